"""What a machine can see by itself in a wrong answer: a mistake that nobody has listed, said in one sentence.

Each rule looks at what was expected and what came, and says what it sees or nothing. The first that speaks is heard,
so the rules stand from the plain to the far-fetched. A rule may name a factor, an offset or a place; it never says the
value that is right.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from labkit.course.comparing import agree, as_numbers, ordinal
from labkit.course.diagnosis_of_shape import SHAPES
from labkit.course.diagnosis_of_values import VALUES


def diagnosis(expected: Any, came: Any, arguments: Mapping[str, Any] | None = None) -> str:
    """Say what is wrong with an outcome, as far as a machine can see it.

    Parameters
    ----------
    expected : object
        The right outcome.
    came : object
        The wrong one.
    arguments : mapping, optional
        The arguments by their names; a factor that is the length of one of them is then named by it.

    Returns
    -------
    str
        One sentence, or two; empty if nothing is seen.

    Examples
    --------
    >>> diagnosis([1, 2, 4], [2, 4, 8])
    'Every number is 2 times what it should be.'
    >>> diagnosis([1, 2, 4], [4, 2, 1])
    'The numbers are right, but in reverse order.'
    """
    return next(iter(findings(expected, came, arguments).values()), "")


def findings(expected: Any, came: Any, arguments: Mapping[str, Any] | None = None) -> dict[str, str]:
    """Everything that is seen, by the name of the rule, the most telling first; arguments as for `diagnosis`."""
    arguments = arguments or {}
    right, got = as_numbers(expected), as_numbers(came)
    if right is None or got is None:
        said = _another_kind(expected, came)
        return {"kind": said} if said else {}
    if right.shape != got.shape:
        rules: tuple[Callable[..., str], ...] = SHAPES
    else:
        rules = VALUES if right.size else ()
    with np.errstate(all="ignore"):
        spoken = ((rule.__name__, rule(right, got, arguments)) for rule in rules)
        return {name: said for name, said in spoken if said}


def _another_kind(expected: Any, came: Any) -> str:
    if isinstance(came, type):
        return f"A class came, `{came.__name__}`: put brackets behind it to make one."
    if inspect.isroutine(came):
        return "A function came instead of what it gives: call it, with brackets and arguments."
    if isinstance(came, Iterator) and not isinstance(expected, Iterator):
        return "A generator or iterator came, which holds nothing yet: make a list of it, `list(…)`."
    if isinstance(came, (set, frozenset)) and not isinstance(expected, (set, frozenset)):
        return "A set came, which has no order and holds nothing twice: a list is wanted."
    if isinstance(expected, (str, bytes)) or isinstance(came, (str, bytes)):
        return _text(expected, came)
    if isinstance(expected, Mapping) or isinstance(came, Mapping):
        return _mapping(expected, came)
    if as_numbers(expected) is not None and isinstance(came, (list, tuple)):
        missing = any(entry is None for entry in came)
        return "There is `None` among the values." if missing else "It is not an array: its rows differ in length."
    if isinstance(expected, (list, tuple)) and isinstance(came, (list, tuple)):
        return _entries(list(expected), list(came))
    return "" if type(expected) is type(came) else f"It is of another kind: {_kind(came)} instead of {_kind(expected)}."


def _kind(value: Any) -> str:
    names = {str: "a text", bytes: "bytes", bool: "True or False", dict: "a dictionary", list: "a list"}
    names |= {tuple: "a tuple", type(None): "None"}
    numbers = as_numbers(value)
    if numbers is not None and not isinstance(value, bool):
        return "numbers" if numbers.ndim else "a number"
    return names.get(type(value), type(value).__name__)


def _text(expected: Any, came: Any) -> str:
    if type(expected) is not type(came):
        quotes = " Leave the quotes away." if isinstance(came, str) and as_numbers(expected) is not None else ""
        return f"It is of another kind: {_kind(came)} instead of {_kind(expected)}.{quotes}"
    if expected.lower() == came.lower():
        return "Only capital and small letters differ."
    if expected.split() == came.split():
        return "Only blanks or ends of lines differ."
    if expected[::-1] == came:
        return "It is right, but in reverse order."
    return ""


def _mapping(expected: Any, came: Any) -> str:
    if not (isinstance(expected, Mapping) and isinstance(came, Mapping)):
        return f"It is of another kind: {_kind(came)} instead of {_kind(expected)}."
    if expected.keys() != came.keys():
        missing, extra = len(expected.keys() - came.keys()), len(came.keys() - expected.keys())
        return f"Of the keys, {missing} of {len(expected)} are missing, and {extra} are there that should not be."
    wrong = [key for key in expected if not agree(expected[key], came[key])]
    return f"Only the value of {wrong[0]!r} is wrong." if len(wrong) == 1 < len(expected) else ""


def _entries(expected: list[Any], came: list[Any]) -> str:
    if len(expected) != len(came):
        return f"There are {len(came)} entries; there should be {len(expected)}."
    if agree(expected[::-1], came):
        return "The entries are right, but in reverse order."
    left = list(expected)
    for entry in came:
        index = next((index for index, other in enumerate(left) if agree(other, entry)), None)
        if index is None:
            break
        del left[index]
    else:
        return "The entries are right, but in another order."
    wrong = [number for number, pair in enumerate(zip(expected, came, strict=True)) if not agree(*pair)]
    if len(wrong) != 1 or len(expected) == 1:
        return ""
    more = diagnosis(expected[wrong[0]], came[wrong[0]])
    return f"Only the {ordinal(wrong[0])} of the {len(expected)} entries is wrong. {more}".strip()
