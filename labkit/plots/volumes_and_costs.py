"""What counting finds: the volumes along a network, where its cost lies, and what its numbers see of the image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle
from numpy.typing import ArrayLike

from labkit.plots.style import COLOURS, WIDTH, finish

Region = tuple[tuple[int, int], tuple[int, int]]  # (first row, last row), (first column, last column)

LINES = ("-", "--", "-.", ":")


def plot_volumes(shapes: Mapping[str, Sequence[int]], *, title: str = "") -> Figure:
    """Draw the arrays between the layers of a network as blocks.

    A block is as high and as deep as its maps (to scale), and the wider the more channels it has (not to scale: a width
    of one channel could not be seen beside one of 512, so that the width grows with the root of their number).

    Parameters
    ----------
    shapes : mapping of str to (height, width, channels)
        The shape after each layer, by the layer's name.
    """
    figure, ax = plt.subplots(figsize=(WIDTH, 2.6))
    tallest = max(height for height, _, _ in shapes.values())
    widest = max(channels for _, _, channels in shapes.values())
    for place, (name, (height, width, channels)) in enumerate(shapes.items()):
        high, back = height / tallest, 0.28 * width / tallest
        wide = max(0.34 * (channels / widest) ** 0.5, 0.02)
        left = place - (wide + back) / 2
        front = [(left, 0), (left + wide, 0), (left + wide, high), (left, high)]
        side = [(left + wide, 0), (left + wide + back, back), (left + wide + back, high + back), (left + wide, high)]
        top = [(left, high), (left + wide, high), (left + wide + back, high + back), (left + back, high + back)]
        for corners, strength in ((front, 0.85), (side, 0.55), (top, 0.3)):
            ax.add_patch(Polygon(corners, facecolor=COLOURS["sky"], alpha=strength, edgecolor="none"))
            ax.add_patch(Polygon(corners, fill=False, edgecolor="#333333", linewidth=0.8))
        ax.text(place, -0.07, f"{name}\n{height}×{width}\n×{channels}", ha="center", va="top", fontsize=11)
    ax.set(xlim=(-0.55, len(shapes) - 0.45), ylim=(-0.62, 1.35))
    ax.set_axis_off()
    ax.set_title(title)
    return finish(figure)


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
    """Frame on an image what one number of each layer sees of it.

    Parameters
    ----------
    image : array_like, (height, width)
        A small grey image, dark to light.
    regions : mapping of str to ((first row, last row), (first column, last column))
        What is seen, by the name to put beside it; last places are included.
    """
    picture = np.asarray(image)
    figure, ax = plt.subplots(figsize=(WIDTH, 3.7))
    ax.imshow(picture, cmap="gray", alpha=0.75)
    for place, (name, ((top, bottom), (left, right))) in enumerate(regions.items()):
        colour = list(COLOURS.values())[place % len(COLOURS)]
        ax.add_patch(
            Rectangle(
                (left - 0.5, top - 0.5), right - left + 1, bottom - top + 1, fill=False, edgecolor=colour,
                linewidth=3, linestyle=LINES[place % len(LINES)], label=name,
            )
        )  # fmt: skip
    ax.legend(loc="center left", bbox_to_anchor=(1.03, 0.5), handlelength=2.4, labelspacing=0.9)
    ax.set(xlabel="column", ylabel="row")
    ax.set_title(title)
    return finish(figure)


def plot_curves(x: ArrayLike, panels: Mapping[str, Mapping[str, ArrayLike]], *, xlabel: str, ylabel: str) -> Figure:
    """Draw functions of one variable, a panel for each group, under one another.

    Parameters
    ----------
    x : array_like, (n,)
        Where the functions are taken.
    panels : mapping of str to mapping of str to array_like of shape (n,)
        For each panel, by what it shows, its curves by their names. A name has the same colour and line in all panels.
    """
    figure, axes = plt.subplots(len(panels), 1, figsize=(WIDTH, 2.4 * len(panels)), sharex=True, squeeze=False)
    names = list(dict.fromkeys(name for curves in panels.values() for name in curves))
    for ax, (text, curves) in zip(axes[:, 0], panels.items(), strict=True):
        ax.axhline(0, color="#9aa1ad", linewidth=0.8)
        for name, values in curves.items():
            place = names.index(name)
            colour = list(COLOURS.values())[place]
            ax.plot(
                np.asarray(x), np.asarray(values), LINES[place % len(LINES)], color=colour, linewidth=2.4, label=name
            )
        ax.set_title(text, fontsize=11)
        ax.set_ylabel(ylabel)
    axes[0, 0].legend()
    axes[-1, 0].set_xlabel(xlabel)
    return finish(figure)
