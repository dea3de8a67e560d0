"""How maps get smaller: places along an axis, pooling windows, and what comparisons of them gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from labkit.plots.arithmetic import draw_matrix
from labkit.plots.style import COLOURS, WIDTH, finish, looks

# One marker and line style a series, so that colour is never the only difference.
STYLES = (("o", "-"), ("s", "--"), ("^", "-."), ("D", ":"), ("v", "-"), ("P", "--"))


def plot_places(
    size: int, kernel: int, stride: int, margin: tuple[int, int], places: int, *, title: str = ""
) -> Figure:
    """Draw one axis of an image cell by cell, and below it, a bar each, the positions of the kernel.

    A bar bears the number of the output that comes of its cells; the cells have numbers of their own.

    Parameters
    ----------
    size, kernel, stride : int
        Cells of the axis, cells the kernel spans, cells from one position to the next.
    margin : (int, int)
        Cells of padding before and after.
    places : int
        How many positions there are.
    title : str
        What to see.
    """
    before, after = margin
    starts = [place * stride - before for place in range(places)]
    covered = {cell for start in starts for cell in range(start, start + kernel)}
    written_inside = kernel >= 3
    # Narrow axes keep their cells at a readable width rather than being blown up.
    room = max(size + before + after + (0 if written_inside else 3), 12)
    padding = "pad" if room <= 18 else "p"
    figure, ax = plt.subplots(figsize=(WIDTH, 1.35 + 0.27 * places))
    for cell in range(-before, size + after):
        inside = 0 <= cell < size
        missed = inside and cell not in covered
        ax.add_patch(
            Rectangle(
                (cell, 0),
                1,
                1,
                facecolor=COLOURS["orange"] if missed else "white" if inside else "#e4e7ed",
                hatch="//" if missed else None,
                edgecolor=COLOURS["grey"],
                linewidth=0.9,
            )
        )
        # Words on hatching need a ground of their own.
        ground = {"facecolor": "white", "edgecolor": "none", "pad": 0.8} if missed else None
        ax.text(
            cell + 0.5,
            0.47,
            str(cell) if inside else padding,
            ha="center",
            va="center",
            color="black" if inside else COLOURS["grey"],
            bbox=ground,
        )
    for place, start in enumerate(starts):
        low = -0.95 - 0.85 * place
        ax.add_patch(Rectangle((start + 0.06, low), kernel - 0.12, 0.62, facecolor=COLOURS["blue"]))
        middle, colour, side = (
            (start + kernel / 2, "white", "center") if written_inside else (start + kernel + 0.15, "black", "left")
        )
        ax.text(middle, low + 0.29, f"output {place}", ha=side, va="center", color=colour)
    ax.set_xlim(-before - 0.1, -before + room + 0.1)
    ax.set_ylim(-0.5 - 0.85 * places, 1.15)
    ax.set_axis_off()
    ax.set_title(title, fontsize=11.5)
    return finish(figure)


def plot_pooling(before: ArrayLike, after: ArrayLike, size: int, *, titles: tuple[str, str], title: str = "") -> Figure:
    """Draw a small map and what pooling leaves of it, each window in a colour of its own.

    Parameters
    ----------
    before, after : array_like, (height, width)
        The map and its pooled map.
    size : int
        Rows and columns of a window; windows lie side by side.
    titles : (str, str)
        Over the two maps.
    title : str
        What to see.
    """
    maps = [np.asarray(before, dtype=float), np.asarray(after, dtype=float)]
    widths = [one.shape[1] for one in maps]
    cell = min(0.6, (WIDTH - 1) / sum(widths))
    figure, axes = plt.subplots(
        1, 2, figsize=(WIDTH, cell * maps[0].shape[0] + (1.1 if title else 0.7)), width_ratios=widths
    )
    colours = [COLOURS[name] for name in ("blue", "vermilion", "green", "purple", "orange", "sky")]
    for ax, one, name, side in zip(axes, maps, titles, (size, 1), strict=True):
        draw_matrix(ax, one, name, points=13)
        for place, (row, column) in enumerate(np.ndindex(*maps[1].shape)):
            ax.add_patch(
                Rectangle(
                    (side * column - 0.44, side * row - 0.44),
                    side - 0.12,
                    side - 0.12,
                    fill=False,
                    linewidth=3,
                    edgecolor=colours[place % len(colours)],
                    zorder=5,
                )
            )
        # Both axes are as high as the larger map, so their cells are equal.
        height = maps[0].shape[0]
        ax.set_ylim((one.shape[0] - 1) / 2 + 0.52 * height, (one.shape[0] - 1) / 2 - 0.52 * height)
        ax.set_xlim(-0.6, one.shape[1] - 0.4)
    return finish(figure, title)


def plot_lines(
    x: Sequence[float], series: Mapping[str, Sequence[float]], *, xlabel: str, ylabel: str, title: str = ""
) -> Figure:
    """Draw several series over the same few points, each with its name at its end.

    Parameters
    ----------
    x : sequence of float
        The points.
    series : mapping of str to sequence of float
        Values by the name of the series; drawn from 0 up.
    """
    appearance = looks(series)
    figure, ax = plt.subplots(figsize=(WIDTH, 3.9))
    for (name, values), (colour, marker), (_, line) in zip(series.items(), appearance, cycle(STYLES), strict=False):
        ax.plot(x, values, marker=marker, linestyle=line, color=colour, label=name)
    ax.set_xticks(x)
    ax.set_ylim(bottom=-0.03 * max(map(max, series.values())))  # a line at 0 stays visible
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    ax.grid(axis="y", color="#e1e4ea")
    figure.legend(loc="outside lower center", ncols=3)
    ax.set_title(title)
    return finish(figure)


def plot_paired(values: Mapping[str, Sequence[float]], *, ylabel: str, title: str = "", joined: bool = True) -> Figure:
    """Draw what several ways gave, a dot a seed, the dots of one seed joined.

    Lines that all go the same way tell of a difference between the ways; lines that cross, of chance.

    Parameters
    ----------
    values : mapping of str to sequence of float
        For each way its value for every seed, the seeds in the same order.
    joined : bool
        Whether lines join the dots of one seed. Without them the dots stand side by side: for ways that have no order.
    """
    ways = list(values)
    lines = list(zip(*values.values(), strict=True))  # before there is a figure that would stay open
    figure, ax = plt.subplots(figsize=(WIDTH, 3.6))
    places = np.arange(len(ways))
    for seed, line in enumerate(lines):
        marker, style = STYLES[seed % len(STYLES)]
        aside = 0 if joined else 0.12 * (seed - (len(lines) - 1) / 2)
        ax.plot(
            places + aside, line, marker=marker, linestyle=style if joined else "none",
            color=list(COLOURS.values())[seed % 7], label=f"seed {seed}",
        )  # fmt: skip
    ax.set_xticks(places, ways)
    means = [float(np.mean(values[way])) for way in ways]
    ax.hlines(means, np.arange(len(ways)) - 0.18, np.arange(len(ways)) + 0.18, color="black", linewidth=3, label="mean")
    ax.margins(x=0.15)
    ax.set_ylabel(ylabel)
    ax.grid(axis="y", color="#e1e4ea")
    figure.legend(loc="outside lower center", ncols=min(4, len(lines) + 1), columnspacing=1.2)
    ax.set_title(title)
    return finish(figure)
