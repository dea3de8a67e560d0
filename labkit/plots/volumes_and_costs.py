"""What counting finds: the volumes along a network, where its cost lies, and what its activations see of the image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle
from numpy.typing import ArrayLike

from labkit.plots.style import COLOURS, WIDTH, finish, looks

Region = tuple[tuple[int, int], tuple[int, int]]  # (first row, last row), (first column, last column)

LINES = ("-", "--", "-.", ":")


def plot_volumes(shapes: Mapping[str, Sequence[int]], *, title: str = "") -> Figure:
    """Draw the arrays between the layers of a network as blocks, and beside them what the sides of a block are.

    A block is as high and as deep as its maps (to scale), and the wider the more channels it has (not to scale: a width
    of one channel could not be seen beside one of 512, so that the width grows with the root of their number).

    Parameters
    ----------
    shapes : mapping of str to (height, width, channels)
        The shape after each layer, by the layer's name.
    """
    figure, ax = plt.subplots(figsize=(WIDTH, 2.7))
    tallest = max(height for height, _, _ in shapes.values())
    widest = max(channels for _, _, channels in shapes.values())
    for place, (name, (height, width, channels)) in enumerate(shapes.items()):
        high, back = height / tallest, 0.28 * width / tallest
        wide = max(0.34 * (channels / widest) ** 0.5, 0.02)
        _block(ax, place - (wide + back) / 2, 0, wide, high, back)
        ax.text(place, -0.07, f"{name}\n{height}×{width}\n×{channels}", ha="center", va="top", fontsize=11)
    _key_to_sides(ax, len(shapes) - 0.1)
    ax.set(xlim=(-0.55, len(shapes) + 0.75), ylim=(-0.62, 1.4))
    ax.set_axis_off()
    ax.set_title(title)
    return finish(figure)


def _block(ax: Axes, left: float, bottom: float, wide: float, high: float, back: float) -> None:
    """Draw a block by the three of its faces that are seen, its left lower front corner where it is told."""
    right, top = left + wide, bottom + high
    front = [(left, bottom), (right, bottom), (right, top), (left, top)]
    side = [(right, bottom), (right + back, bottom + back), (right + back, top + back), (right, top)]
    upper = [(left, top), (right, top), (right + back, top + back), (left + back, top + back)]
    for corners, strength in ((front, 0.85), (side, 0.55), (upper, 0.3)):
        ax.add_patch(Polygon(corners, facecolor=COLOURS["sky"], alpha=strength, edgecolor="none"))
        ax.add_patch(Polygon(corners, fill=False, edgecolor="#333333", linewidth=0.8))


def _key_to_sides(ax: Axes, left: float) -> None:
    """Draw a block with the names of its sides: which of them are height, width and channels."""
    wide, high, back = 0.3, 0.42, 0.2
    bottom = 0.62
    _block(ax, left, bottom, wide, high, back)
    ax.text(left - 0.04, bottom + high / 2, "height", rotation=90, ha="right", va="center")
    ax.text(left + wide / 2, bottom - 0.03, "channels", ha="center", va="top")
    ax.text(left + wide + back / 2 + 0.06, bottom + back / 2 - 0.02, "width", ha="left", va="center")


def plot_cost(costs: Mapping[str, Mapping[str, int]], *, title: str = "") -> Figure:
    """Draw how several kinds of cost are shared out among the layers, as bars in per cent, a panel a kind.

    Parameters
    ----------
    costs : mapping of str to mapping of str to int
        For each kind of cost the number of each layer, by the layer's name; the same layers in every kind.
    """
    layers = list(next(iter(costs.values())))
    figure, axes = plt.subplots(1, len(costs), figsize=(WIDTH, 0.32 * len(layers) + 1.1), sharey=True, squeeze=False)
    for ax, (kind, numbers), colour in zip(axes[0], costs.items(), COLOURS.values(), strict=False):
        shares = 100 * np.array([numbers[layer] for layer in layers]) / sum(numbers.values())
        ax.barh(layers, shares, color=colour)
        for place, share in enumerate(shares):
            ax.text(share + 2, place, _per_cent(share), va="center", fontsize=11)
        ax.set(xlim=(0, 130), xticks=[])
        ax.set_xlabel(kind)
        ax.spines["bottom"].set_visible(False)
        ax.tick_params(left=False)
    axes[0, 0].set_ylabel("layer")
    axes[0, 0].invert_yaxis()
    return finish(figure, title)


def _per_cent(share: float) -> str:
    if share == 0:
        return "0"
    return f"{share:.0f} %" if share >= 0.5 else "< 1 %"


def plot_fields(image: ArrayLike, regions: Mapping[str, Region], *, title: str = "") -> Figure:
    """Show on an image what one activation of each layer sees of it: a panel each, all else darkened.

    Parameters
    ----------
    image : array_like, (height, width)
        A small grey image, dark to light.
    regions : mapping of str to ((first row, last row), (first column, last column))
        What is seen, by the name to put over it; last positions are included.
    """
    picture = np.asarray(image)
    height, width = picture.shape
    columns = min(len(regions), 3)
    rows = -(-len(regions) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(WIDTH, 2.25 * rows + 0.4), squeeze=False)
    for ax in axes.flat:
        ax.set_axis_off()
    for ax, (name, ((top, bottom), (left, right))) in zip(axes.flat, regions.items(), strict=False):
        ax.imshow(picture, cmap="gray")
        unseen = np.ones((height, width))
        unseen[max(top, 0) : bottom + 1, max(left, 0) : right + 1] = 0
        ax.imshow(np.zeros((height, width)), cmap="gray", alpha=0.6 * unseen)
        ax.add_patch(
            Rectangle(
                (left - 0.5, top - 0.5), right - left + 1, bottom - top + 1, fill=False,
                edgecolor=COLOURS["orange"], linewidth=2.5,
            )
        )  # fmt: skip
        ax.set_title(name, fontsize=11)
    return finish(figure, title)


def plot_curves(
    x: ArrayLike,
    panels: Mapping[str, Mapping[str, ArrayLike]],
    *,
    colours: Mapping[str, str] | None = None,
    xlabel: str,
    ylabel: str,
) -> Figure:
    """Draw functions of one variable, a panel for each group, under one another.

    Parameters
    ----------
    x : array_like, (n,)
        Where the functions are taken.
    panels : mapping of str to mapping of str to array_like of shape (n,)
        For each panel, by what it shows, its curves by their names. A name has the same colour and line in all panels.
    colours : mapping of str to str, optional
        For each name one of the palette, as `labkit.plots.style.looks` takes them.
    """
    figure, axes = plt.subplots(len(panels), 1, figsize=(WIDTH, 2.4 * len(panels)), sharex=True, squeeze=False)
    names = list(dict.fromkeys(name for curves in panels.values() for name in curves))
    explained: set[str] = set()
    appearance = looks(names, colours)
    for ax, (text, curves) in zip(axes[:, 0], panels.items(), strict=True):
        ax.axhline(0, color="#9aa1ad", linewidth=0.8)
        for name, values in curves.items():
            place = names.index(name)
            colour, _ = appearance[place]
            ax.plot(
                np.asarray(x), np.asarray(values), LINES[place % len(LINES)], color=colour, linewidth=2.4, label=name
            )
        ax.set_title(text, fontsize=11)
        ax.set_ylabel(ylabel)
        if not explained.issuperset(curves):
            # Curves may run beneath it.
            ax.legend(frameon=True, facecolor="white", edgecolor="none", framealpha=0.85)
        explained.update(curves)
    axes[-1, 0].set_xlabel(xlabel)
    return finish(figure)
