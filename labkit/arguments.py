"""Arguments made regular once, at the door: every later line can trust them."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

Padding = str | int | tuple[int, int]


def whole_number(name: str, value: Any, minimum: int = 1) -> int:
    """Return ``value`` as an ``int`` of at least ``minimum``.

    >>> whole_number("stride", 2)
    2

    Raises
    ------
    TypeError
        When ``value`` is not a whole number (``True`` and ``2.0`` are not).
    ValueError
        When it is smaller than ``minimum``.
    """
    if type(value) is int:  # nearly always: the quick way
        number = value
    else:
        allowed = f"allowed is a whole number of at least {minimum}"
        if isinstance(value, bool):
            raise TypeError(f"{name} is {value!r}; {allowed}")
        try:
            number = operator.index(value)
        except TypeError:
            raise TypeError(f"{name} is {value!r}; {allowed}") from None
    if number < minimum:
        raise ValueError(f"{name} is {value!r}; allowed is a whole number of at least {minimum}")
    return number


def per_axis(name: str, value: Any, rank: int, minimum: int = 1) -> tuple[int, ...]:
    """Return one number for each spatial axis: ``3`` and ``(3, 3)`` mean the same.

    >>> per_axis("kernel_size", 3, rank=2)
    (3, 3)

    Raises
    ------
    TypeError, ValueError
        As :func:`whole_number`, or when a sequence has the wrong length.
    """
    if type(value) is int:
        return (whole_number(name, value, minimum),) * rank
    if isinstance(value, Sequence) and not isinstance(value, str):
        if len(value) != rank:
            raise ValueError(f"{name} is {value!r}; allowed is one whole number, or {rank}, one for each axis")
        return tuple(whole_number(name, number, minimum) for number in value)
    return (whole_number(name, value, minimum),) * rank


def padding_rule(padding: Any) -> Padding:
    """Return ``"valid"``, ``"same"`` or a pair of ints (an int stands for the same number on both sides).

    >>> padding_rule("SAME"), padding_rule(2), padding_rule((1, 2))
    ('same', (2, 2), (1, 2))

    Raises
    ------
    TypeError, ValueError
        When ``padding`` is none of these, or a number is negative.
    """
    if isinstance(padding, str):
        rule = padding.lower()
        if rule not in ("valid", "same"):
            raise ValueError(
                f'padding is {padding!r}; allowed are "valid", "same", a whole number, or a pair (before, after)'
            )
        return rule
    before, after = per_axis("padding", padding, rank=2, minimum=0)
    return before, after


def margins(name: str, value: Any, rank: int) -> tuple[tuple[int, int], ...]:
    """Return a pair (before, after) for each axis, from any of Keras's three ways to say it.

    >>> margins("padding", 1, rank=2), margins("padding", ((0, 1), (2, 3)), rank=2)
    (((1, 1), (1, 1)), ((0, 1), (2, 3)))

    Raises
    ------
    TypeError, ValueError
        As :func:`per_axis`.
    """
    if isinstance(value, Sequence) and not isinstance(value, str):
        if len(value) != rank:
            raise ValueError(
                f"{name} is {value!r}; allowed is one number, or {rank} numbers or pairs, one for each axis"
            )
        sides = [per_axis(name, side, rank=2, minimum=0) for side in value]
    else:
        sides = [per_axis(name, value, rank=2, minimum=0)] * rank
    return tuple((before, after) for before, after in sides)
