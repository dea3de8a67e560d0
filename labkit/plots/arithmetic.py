"""Small arrays with their numbers written in: the arithmetic of convolution as images."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from labkit.plots.style import COLOURS, SIGNED, WIDTH, finish

MARK = COLOURS["vermilion"]


def plot_matrices(
    arrays: Sequence[ArrayLike],
    titles: Sequence[str],
    *,
    between: Sequence[str] | None = None,
    marked: Sequence[tuple[int, int, int, int] | None] | None = None,
    title: str = "",
    columns: int | None = None,
) -> Figure:
    """Draw small matrices beside one another, their numbers written in.

    Parameters
    ----------
    arrays : sequence of array_like, each (height, width)
        What to draw. NaN is drawn as an empty cell.
    titles : sequence of str
        One a matrix.
    between : sequence of str, optional
        Signs between neighbours, such as ``["⋆", "="]``.
    marked : sequence, optional
        For each matrix ``(row, column, height, width)`` of a window to frame, or ``None``.
    title : str
        What to see.
    columns : int, optional
        Matrices in a row; all of them by default.
    """
    matrices = [np.atleast_2d(np.asarray(array, dtype=float)) for array in arrays]
    columns = columns or len(matrices)
    rows = -(-len(matrices) // columns)
    widths = [max((m.shape[1] for m in matrices[c::columns]), default=1) for c in range(columns)]
    cell = min(0.5, (WIDTH - 0.3 * columns) / sum(widths))  # inches, the same in every matrix
    heights = [max(m.shape[0] for m in matrices[r * columns : (r + 1) * columns]) for r in range(rows)]
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(WIDTH, cell * sum(heights) + 0.55 * rows + (0.65 if title else 0)),
        squeeze=False,
        width_ratios=widths,
        height_ratios=heights,
    )
    for place, ax in enumerate(axes.flat):
        if place >= len(matrices):
            ax.set_axis_off()
            continue
        matrix = matrices[place]
        draw_matrix(ax, matrix, titles[place], points=min(12.0, max(8.0, 24 * cell)))
        # All axes of a row are as high, and all of a column as wide, as their largest matrix: so cells are equal.
        row, column = divmod(place, columns)
        ax.set_xlim(np.array([-0.52, 0.52]) * widths[column] + (matrix.shape[1] - 1) / 2)
        ax.set_ylim(np.array([0.52, -0.52]) * heights[row] + (matrix.shape[0] - 1) / 2)
        if marked is not None and (window := marked[place]) is not None:
            frame(ax, *window)
        if between and place < len(between) and (place + 1) % columns:
            ax.annotate(
                between[place], (1, 0.5), xycoords="axes fraction", xytext=(9, 0), textcoords="offset points",
                ha="center", va="center", fontsize=15,
            )  # fmt: skip
    return finish(figure, title)


def draw_matrix(ax: Axes, matrix: np.ndarray, title: str = "", points: float = 11) -> None:
    """Draw one matrix: light cells, orange for positive and purple for negative numbers, the numbers on top."""
    limit = np.nanmax(np.abs(matrix)) if np.isfinite(matrix).any() else 1.0
    # Half the colour range, so that black numbers stand out on every cell.
    ax.imshow(matrix, cmap=SIGNED, vmin=-2.2 * (limit or 1), vmax=2.2 * (limit or 1), aspect="equal")
    for (row, column), value in np.ndenumerate(matrix):
        if np.isfinite(value):
            ax.text(column, row, _number(value), ha="center", va="center", fontsize=points, color="black")
    rows, columns = matrix.shape
    ax.hlines(np.arange(rows + 1) - 0.5, -0.5, columns - 0.5, color="#c8ccd4", linewidth=0.8)
    ax.vlines(np.arange(columns + 1) - 0.5, -0.5, rows - 0.5, color="#c8ccd4", linewidth=0.8)
    ax.set_axis_off()
    ax.text((columns - 1) / 2, -0.7, title, fontsize=11, ha="center", va="bottom")


def frame(ax: Axes, row: int, column: int, height: int, width: int) -> None:
    """Frame a window of a drawn matrix."""
    ax.add_patch(Rectangle((column - 0.5, row - 0.5), width, height, fill=False, edgecolor=MARK, linewidth=3, zorder=5))


def plot_window(
    image: ArrayLike, kernel: ArrayLike, products: ArrayLike, output: ArrayLike, *, at: tuple[int, int], title: str = ""
) -> Figure:
    """Draw one step of a sliding kernel: the window, the kernel, their products, and the sum put into the output.

    Parameters
    ----------
    image, kernel : array_like, (height, width)
        Input and kernel.
    products : array_like, the kernel's shape
        Window times kernel, entry by entry.
    output : array_like
        The output; NaN where it is still empty.
    at : tuple of int
        Row and column of the output entry being made (also of the window's corner: stride 1, no padding).
    """
    kernel_shape = np.shape(kernel)
    row, column = at
    return plot_matrices(
        [image, kernel, products, output],
        ["input and its window", "kernel", "window × kernel", "output: the sum"],
        marked=[(row, column, *kernel_shape), None, None, (row, column, 1, 1)],
        columns=2,
        title=title,
    )


def plot_signals(
    signals: Sequence[ArrayLike],
    titles: Sequence[str],
    *,
    xlabels: Sequence[str],
    ylabel: str,
    positions: Sequence[ArrayLike] | None = None,
) -> Figure:
    """Draw short one-dimensional signals under one another as stems, each value written at its stem.

    Parameters
    ----------
    signals : sequence of array_like, (length,) each
        What to draw.
    titles, xlabels : sequence of str
        One a signal.
    positions : sequence of array_like, optional
        Where on the horizontal axis the values stand; 0, 1, 2, … by default.
    """
    figure, axes = plt.subplots(len(signals), 1, figsize=(WIDTH, 1.9 * len(signals)), squeeze=False)
    for number, ax in enumerate(axes[:, 0]):
        values = np.asarray(signals[number], dtype=float)
        places = np.arange(values.size) if positions is None else np.asarray(positions[number])
        ax.axhline(0, color="#9aa1ad", linewidth=0.8)
        ax.vlines(places, 0, values, color=COLOURS["blue"], linewidth=2)
        ax.plot(places, values, "o", color=COLOURS["blue"])
        for place, value in zip(places, values, strict=True):
            above = value >= 0
            ax.annotate(
                _number(value), (place, value), xytext=(0, 6 if above else -6), textcoords="offset points",
                ha="center", va="bottom" if above else "top",
            )  # fmt: skip
        ax.margins(y=0.35)
        ax.set_title(titles[number], fontsize=11)
        ax.set_ylabel(ylabel)
        ax.set_xlabel(xlabels[number])
        ax.xaxis.get_major_locator().set_params(integer=True)
    return finish(figure)


def _number(value: float) -> str:
    if abs(value - round(value)) < 1e-9:
        return f"{round(value)}".replace("-", "−")
    return f"{value:.2g}".replace("-", "−")
