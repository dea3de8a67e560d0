"""Numbers that show their working.

A calculator's answer is an ordinary ``int`` (or tuple of ints) that also knows how it was found. It can be compared,
added and indexed like any other number; Jupyter shows the formula with the numbers put in.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import prod
from typing import TypeVar

from labkit.arguments import whole_number

T = TypeVar("T", bound="_ShowsWorking")


class _ShowsWorking:
    """What the two result types share: the working as text and as LaTeX, and how Jupyter shows it."""

    working: str
    latex: str

    def _shown(self: T, working: str, latex: str) -> T:
        self.working = working
        self.latex = latex
        return self

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex}$"


class Worked(_ShowsWorking, int):
    """An ``int`` that shows its working.

    >>> answer = Worked(26, "28 − 3 + 1 = 26", "28 - 3 + 1 = 26")
    >>> answer + 1
    27
    >>> answer.working
    '28 − 3 + 1 = 26'

    Parameters
    ----------
    value
        The number.
    working
        The formula with the numbers put in, as text.
    latex
        The same as LaTeX, without dollar signs. Arithmetic on a ``Worked`` gives a plain ``int``: the working belongs
        to this one number.
    """

    def __new__(cls, value: int, working: str, latex: str) -> Worked:  # noqa: D102
        return int.__new__(cls, value)._shown(working, latex)

    def __getnewargs__(self) -> tuple[int, str, str]:  # type: ignore[override]  # copy and pickle need the working too
        return int(self), self.working, self.latex


class WorkedTuple(_ShowsWorking, tuple[int, ...]):
    """A tuple of ints, such as a shape or the padding before and after, that shows its working.

    >>> before, after = WorkedTuple((1, 2), "3 zeros: 1 before, 2 after", "3 = 1 + 2")
    >>> before, after
    (1, 2)

    Parameters
    ----------
    values
        The numbers.
    working, latex
        As for :class:`Worked`.
    """

    def __new__(cls, values: Iterable[int], working: str, latex: str) -> WorkedTuple:  # noqa: D102
        return tuple.__new__(cls, values)._shown(working, latex)

    def __getnewargs__(self) -> tuple[tuple[int, ...], str, str]:
        return tuple(self), self.working, self.latex


# ------------------------------------------------------------------------------------ the forms that answers come in


def unchanged(shape: Iterable[int]) -> WorkedTuple:
    """Return a shape that stays as it is."""
    return WorkedTuple(shape, "unchanged", r"\text{unchanged}")


def nothing(reason: str) -> Worked:
    """Return a zero that says why it is one."""
    return Worked(0, f"0: {reason}", rf"0 \text{{ ({reason})}}")


def per_batch(batch_size: int) -> tuple[int, ...]:
    """Return the batch as a factor, left out when it is 1."""
    batch = whole_number("batch_size", batch_size)
    return (batch,) if batch > 1 else ()


def worked_product(*factors: int) -> Worked:
    """Return the product with its working: ``3·3·64 = 576``."""
    total = prod(factors)
    text, latex = _factors(*factors)
    return Worked(total, f"{text} = {total:,}", f"{latex} = {total:,}".replace(",", "{,}"))


def worked_sum(first: Worked, second: Worked) -> Worked:
    """Return the sum of two products, written out, with one total."""
    left, right = (number.working.rpartition(" = ")[0] for number in (first, second))
    left_latex, right_latex = (number.latex.rpartition(" = ")[0] for number in (first, second))
    shown = f"{first + second:,}"
    return Worked(
        first + second,
        f"{left} + {right} = {shown}",
        f"{left_latex} + {right_latex} = {shown.replace(',', '{,}')}",
    )


def weights_and_bias(weights: tuple[int, ...], outputs: int, use_bias: bool) -> Worked:
    """Return ``(weights + 1)·outputs``: every output has its own weights and, perhaps, a bias."""
    if not use_bias:
        return worked_product(*weights, outputs)
    text, latex = _factors(*weights)
    total = (prod(weights) + 1) * outputs
    shown = f"{total:,}"
    return Worked(
        total,
        f"({text} + 1)·{outputs} = {shown}",
        f"({latex} + 1) \\cdot {outputs} = {shown.replace(',', '{,}')}",
    )


def _factors(*factors: int) -> tuple[str, str]:
    """``3·3·64`` as text and as LaTeX."""
    text = [str(factor) for factor in factors]
    return "·".join(text), r" \cdot ".join(text)
