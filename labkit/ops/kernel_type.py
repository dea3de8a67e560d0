"""A kernel that knows its name and shows itself."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False, repr=False)
class Kernel:
    """A kernel with its name, what it does, and where it comes from. It can be used wherever an array can.

    >>> print(Kernel("sharpen", np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]), "sharpens", "deck S2"))
    sharpen: sharpens
     0  -1   0
    -1   5  -1
     0  -1   0

    Attributes
    ----------
    name : str
    array : numpy.ndarray
        Shape (height, width), read-only.
    purpose : str
        What it does to an image.
    source : str
    """

    name: str
    array: np.ndarray
    purpose: str
    source: str

    def __post_init__(self) -> None:
        array = np.array(self.array)
        array.flags.writeable = False
        object.__setattr__(self, "array", array)

    @property
    def shape(self) -> tuple[int, ...]:
        """(height, width)."""
        return self.array.shape

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        # NumPy asks for copy=None where a view will do; its version 1 does not know the argument.
        return self.array.astype(dtype or self.array.dtype, copy=bool(copy))

    def __str__(self) -> str:
        return f"{self.name}: {self.purpose}\n{_grid(self.array)}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Show the kernel as a table whose cells are purple below zero, orange above it, as in the book's figures."""
        strongest = np.abs(self.array).max() or 1
        rows = "".join(
            "<tr>" + "".join(_cell(value, value / strongest) for value in row) + "</tr>" for row in self.array
        )
        # The words stand outside the table: as its caption they would be squeezed to its width.
        return (
            f"<div><strong>{escape(self.name)}</strong>: {escape(self.purpose)} ({escape(self.source)})</div>"
            f'<table style="border-collapse: collapse; width: auto; margin: .5em 0"><tbody>{rows}</tbody></table>'
        )


def _grid(array: np.ndarray) -> str:
    """Return the numbers in right-aligned columns."""
    texts = [[f"{value:.3g}" for value in row] for row in array]
    width = max(len(text) for row in texts for text in row)
    return "\n".join("  ".join(text.rjust(width) for text in row) for row in texts)


def _cell(value: float, strength: float) -> str:
    colour = (
        f"rgba(230, 120, 0, {0.6 * strength:.2f})" if strength > 0 else f"rgba(100, 80, 180, {-0.6 * strength:.2f})"
    )
    return f'<td style="padding: .3em .6em; text-align: right; background: {colour}">{value:.3g}</td>'
