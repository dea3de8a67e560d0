"""What sets networks apart: how their blocks are wired, what they cost, what they reach, and how far they see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from labkit.plots.style import COLOURS, WIDTH, finish, looks

# What a box stands for → its colour. The words in it say the same.
FILLS = {"maps": "#ffffff", "learned": "#cfe8f7", "fixed": "#fbe3b5", "joined": "#c9ebdf"}


@dataclass(frozen=True)
class Diagram:
    """Boxes on a grid, from the input at the top to the output at the bottom, and arrows between them.

    Attributes
    ----------
    boxes : mapping of str to (column, row, text, kind) or (column, row, text, kind, reach)
        Where each box is and what stands in it; the kind is a name of `FILLS`. A box reaches so far to both sides.
    arrows : sequence of (str, str) or (str, str, float)
        From box to box; with a number the arrow goes round, so far beyond the boxes: to the right, below 0 to the left.
    """

    boxes: Mapping[str, tuple[float, float, str, str] | tuple[float, float, str, str, float]]
    arrows: Sequence[tuple[str, str] | tuple[str, str, float]] = field(default=())


def _chain(*boxes: tuple[str, str], column: float = 0.0) -> Diagram:
    """Boxes under one another, each with an arrow to the next."""
    named = {str(row): (column, float(row), text, kind) for row, (text, kind) in enumerate(boxes)}
    return Diagram(named, [(str(row), str(row + 1)) for row in range(len(boxes) - 1)])


DIAGRAMS = {
    "plain": _chain(("maps", "maps"), ("3×3", "learned"), ("3×3", "learned"), ("maps", "maps")),
    "inception": Diagram(
        {
            "in": (1.5, 0, "maps", "maps", 1.92),
            "one": (0, 2, "1×1", "learned"),
            "three_reduce": (1, 1, "1×1", "learned"),
            "three": (1, 2, "3×3", "learned"),
            "five_reduce": (2, 1, "1×1", "learned"),
            "five": (2, 2, "5×5", "learned"),
            "pool": (3, 1, "max 3×3", "fixed"),
            "pool_one": (3, 2, "1×1", "learned"),
            "out": (1.5, 3, "all maps stacked", "joined", 1.92),
        },
        [
            ("in", "one"), ("in", "three_reduce"), ("in", "five_reduce"), ("in", "pool"), ("three_reduce", "three"),
            ("five_reduce", "five"), ("pool", "pool_one"), ("one", "out"), ("three", "out"), ("five", "out"),
            ("pool_one", "out"),
        ],
    ),
    "residual": Diagram(
        {
            "in": (0, 0, "maps x", "maps"),
            "first": (0, 1, "3×3", "learned"),
            "second": (0, 2, "3×3", "learned"),
            "out": (0, 3, "F(x) + x", "joined"),
        },
        [("in", "first"), ("first", "second"), ("second", "out"), ("in", "out", 0.45)],
    ),
    "dense": Diagram(
        {
            "in": (0, 0, "maps", "maps"),
            "first": (0, 1, "3×3", "learned"),
            "second": (0, 2, "3×3", "learned"),
            "out": (0, 3, "stacked", "joined"),
        },
        [
            ("in", "first"), ("first", "second"), ("second", "out"), ("in", "second", 0.2), ("in", "out", 0.45),
            ("first", "out", -0.4),
        ],
    ),
    "separable": _chain(
        ("maps", "maps"), ("3×3, each map\nby itself", "learned"), ("1×1 over\nall maps", "learned"), ("maps", "maps")
    ),
    "squeeze": Diagram(
        {
            "in": (0, 0, "maps", "maps"),
            "mean": (1.5, 0, "mean of\neach map", "fixed"),
            "dense1": (1.5, 1, "dense, few", "learned"),
            "dense2": (1.5, 2, "dense, one\na map", "learned"),
            "gate": (1.5, 3, "sigmoid:\n0 to 1", "fixed"),
            "out": (0, 3, "maps times\ntheir weight", "joined"),
        },
        [("in", "mean"), ("mean", "dense1"), ("dense1", "dense2"), ("dense2", "gate"), ("gate", "out"), ("in", "out")],
    ),
}  # fmt: skip
"""How the blocks of chapter 15 are wired, by the name of the idea."""


def plot_blocks(names: Sequence[str], titles: Sequence[str], *, title: str = "") -> Figure:
    """Draw how blocks are wired, side by side: blue boxes learn, yellow ones do not, and green ones join.

    Parameters
    ----------
    names : sequence of str
        Names of `DIAGRAMS`.
    titles : sequence of str
        One a block.

    Raises
    ------
    ValueError
        If there is no such block.
    """
    for name in names:
        if name not in DIAGRAMS:
            raise ValueError(f"name is {name!r}; allowed are {', '.join(map(repr, DIAGRAMS))}")
    spans = [max(box[0] for box in DIAGRAMS[name].boxes.values()) + 1.9 for name in names]
    figure, axes = plt.subplots(1, len(names), figsize=(WIDTH, 3.6), gridspec_kw={"width_ratios": spans}, squeeze=False)
    for ax, name, heading, span in zip(axes[0], names, titles, spans, strict=True):
        _draw(ax, DIAGRAMS[name], span)
        ax.set_title(heading, fontsize=11, fontweight="normal", loc="center")
    return finish(figure, title)


def _draw(ax, diagram: Diagram, span: float) -> None:
    half_width, half_height = 0.44, 0.26
    reaches = {}
    for name, (column, row, text, kind, *given) in diagram.boxes.items():
        longest = max(map(len, text.split("\n")))
        reach = reaches[name] = given[0] if given else half_width + max(0, longest - 7) * 0.055
        ax.add_patch(
            FancyBboxPatch(
                (column - reach, row - half_height), 2 * reach, 2 * half_height, boxstyle="round,pad=0.02",
                facecolor=FILLS[kind], edgecolor="#333333", linewidth=1.1, zorder=2,
            )
        )  # fmt: skip
        ax.text(column, row, text, ha="center", va="center", fontsize=11, zorder=3, linespacing=0.95)
    for start, end, *bend in diagram.arrows:
        (x0, y0), (x1, y1) = diagram.boxes[start][:2], diagram.boxes[end][:2]
        before, after = reaches[start], reaches[end]
        if bend:  # along the side, from edge to edge
            side = 1 if bend[0] > 0 else -1
            out, back = x0 + side * (before + 0.02), x1 + side * (after + 0.04)
            beyond = side * max(side * out, side * back) + bend[0]
            course: dict[str, Any] = {"path": Path([(out, y0), (beyond, y0), (beyond, y1), (back, y1)], [1, 4, 4, 4])}
        elif y0 == y1:
            side = 1 if x1 > x0 else -1
            course = {"posA": (x0 + side * before, y0), "posB": (x1 - side * (after + 0.02), y1)}
        else:  # straight down, where a box is as wide as that
            if abs(x1 - x0) <= before:
                x0 = x1
            elif abs(x1 - x0) <= after:
                x1 = x0
            course = {"posA": (x0, y0 + half_height), "posB": (x1, y1 - half_height - 0.02)}
        ax.add_patch(
            FancyArrowPatch(
                **course, arrowstyle="-|>", mutation_scale=12, shrinkA=0, shrinkB=0, color="#333333", linewidth=1.4,
                zorder=1,
            )
        )  # fmt: skip
    columns = [box[0] for box in diagram.boxes.values()]
    middle = (min(columns) + max(columns)) / 2
    ax.set(xlim=(middle - span / 2, middle + span / 2), ylim=(3.4, -0.4))
    ax.set_axis_off()


def plot_years(errors: Mapping[str, float], *, ylabel: str, title: str = "") -> Figure:
    """Draw one bar a year, with its number on top and its name below.

    Parameters
    ----------
    errors : mapping of str to float
        By the words to write below the bar, lines broken by newlines; in the order of the years.
    """
    figure, ax = plt.subplots(figsize=(WIDTH, 3.6))
    places = range(len(errors))
    ax.bar(places, list(errors.values()), color=COLOURS["blue"], width=0.7)
    for place, value in zip(places, errors.values(), strict=True):
        ax.text(place, value + 0.4, f"{value:g}", ha="center", va="bottom")
    ax.set_xticks(places, list(errors))
    ax.tick_params(bottom=False)
    ax.set(ylabel=ylabel, ylim=(0, 1.12 * max(errors.values())))
    return finish(figure, title)


@dataclass(frozen=True)
class Point:
    """A network in an image of cost and error.

    Attributes
    ----------
    name : str
        What to write beside it.
    macs, error, parameters : float
        Where it is, and its area.
    beside : {"right", "left", "above", "below"}
        Where its name stands.
    """

    name: str
    macs: float
    error: float
    parameters: float
    beside: str = "right"


PLACES = {
    "right": ((1, 0), "left", "center"),
    "left": ((-1, 0), "right", "center"),
    "above": ((0, 1), "center", "bottom"),
    "below": ((0, -1), "center", "top"),
}


def plot_costs(groups: Mapping[str, Sequence[Point]], *, xlabel: str, ylabel: str, title: str = "") -> Figure:
    """Draw networks as discs: across what they cost, upwards their error, and as area their parameters.

    Parameters
    ----------
    groups : mapping of str to sequence of Point
        Networks whose errors were measured alike, by how; each group has a colour.
    """
    appearance = looks(groups)
    figure, ax = plt.subplots(figsize=(WIDTH, 4.6))
    for (name, points), (colour, _) in zip(groups.items(), appearance, strict=True):
        areas = [8e-6 * point.parameters for point in points]
        ax.scatter(
            [point.macs for point in points], [point.error for point in points], s=areas, color=colour, alpha=0.45
        )
        ax.scatter([point.macs for point in points], [point.error for point in points], s=9, color=colour, label=name)
        for point, area in zip(points, areas, strict=True):
            (right, up), horizontal, vertical = PLACES[point.beside]
            away = (area / 3.1416) ** 0.5 + 3
            ax.annotate(
                point.name, (point.macs, point.error), xytext=(right * away, up * away), textcoords="offset points",
                ha=horizontal, va=vertical,
            )  # fmt: skip
    ax.set(xscale="log", xlabel=xlabel, ylabel=ylabel)
    ax.margins(x=0.2, y=0.16)
    ax.set_ylim(bottom=0)
    ax.legend(loc="lower left", handletextpad=0.3, markerscale=2)
    return finish(figure, title)


def plot_depths(
    curves: Mapping[str, Sequence[float]], *, level: float, level_name: str, xlabel: str, ylabel: str, title: str = ""
) -> Figure:
    """Draw what grows with depth, one line a network, and a dashed level to compare it with.

    Parameters
    ----------
    curves : mapping of str to sequence of float
        For each network a number a layer, from the first on.
    level : float
        Where the dashed line is, named ``level_name``.
    """
    appearance = looks(curves)
    figure, ax = plt.subplots(figsize=(WIDTH, 4.0))
    ax.axhline(level, color=COLOURS["grey"], linestyle="--", linewidth=1.4)
    ax.text(0.99, level, level_name, transform=ax.get_yaxis_transform(), ha="right", va="bottom", color=COLOURS["grey"])
    for (name, numbers), (colour, marker) in zip(curves.items(), appearance, strict=True):
        ax.plot(range(1, len(numbers) + 1), numbers, color=colour, linewidth=1.8)
        ax.plot(len(numbers), numbers[-1], marker=marker, color=colour, markersize=9, linestyle="none", label=name)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.set_ylim(bottom=0)
    ax.legend(loc="upper left")
    return finish(figure, title)
