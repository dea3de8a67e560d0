"""Numbers that show their working.

A calculator's answer is an ordinary ``int`` (or tuple of ints) that also knows how it was found. It can be compared,
added and indexed like any other number; Jupyter shows the formula with the numbers put in.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

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
