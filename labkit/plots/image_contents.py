"""What is in an image: zooming in until the numbers appear, and boxes and masks laid over it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from labkit.plots.style import COLOURS, WIDTH, finish

Box = tuple[int, int, int, int]  # first row, first column, height, width

# Bright enough to stand out on a photograph, and far apart for any kind of colour vision.
ON_PHOTO = (COLOURS["sky"], COLOURS["orange"], COLOURS["purple"], "white")


def plot_zoom(stages: Sequence[ArrayLike], windows: Sequence[Box], titles: Sequence[str], *, title: str = "") -> Figure:
    """Draw a grey image, a window of it enlarged, a window of that, …; the last one with its numbers written in.

    Parameters
    ----------
    stages : sequence of array_like, each (height, width)
        The image, then each window cut out of the one before; values 0 to 255.
    windows : sequence of (row, column, height, width)
        Where the next stage lies: one for each stage but the last.
    titles : sequence of str
        One a stage.
    """
    images = [np.asarray(stage) for stage in stages]
    # The last stage gets a row of its own: its numbers need the room.
    above, last = "".join(map(str, range(len(windows)))), str(len(windows))
    figure, axes = plt.subplot_mosaic(f"{above};{last * len(above)}", figsize=(WIDTH, 7.2), height_ratios=(1, 1.6))
    for place, image in enumerate(images):
        ax = axes[str(place)]
        ax.imshow(image, cmap="gray", vmin=0, vmax=255)
        ax.set_title(titles[place], fontsize=11, fontweight="normal", loc="center")
        ax.set_axis_off()
        if place < len(windows):
            _outline(ax, windows[place], COLOURS["orange"])
    for (row, column), value in np.ndenumerate(images[-1]):
        colour = "black" if value > 110 else "white"
        axes[last].text(column, row, f"{value:.0f}", ha="center", va="center", color=colour)
    return finish(figure, title)


@dataclass(frozen=True)
class Answer:
    """What one panel of :func:`plot_answers` lays over the image.

    Attributes
    ----------
    title : str
        The line over the panel.
    boxes : mapping of str to (row, column, height, width)
        Boxes by the names written on them.
    mask : array_like of bool, (height, width), optional
        The pixels to colour.
    """

    title: str
    boxes: Mapping[str, Box] = field(default_factory=dict)
    mask: ArrayLike | None = None


def plot_answers(image: ArrayLike, answers: Sequence[Answer], *, columns: int = 2, title: str = "") -> Figure:
    """Draw one image several times, each time with another answer laid over it: boxes with names, or a mask.

    Parameters
    ----------
    image : array_like of uint8, (height, width, 3)
        The image.
    answers : sequence of Answer
        One a panel.
    """
    picture = np.asarray(image)
    rows = -(-len(answers) // columns)
    panel = WIDTH / columns * picture.shape[0] / picture.shape[1]
    figure, axes = plt.subplots(
        rows, columns, figsize=(WIDTH, rows * (panel + 0.35) + (0.35 if title else 0)), squeeze=False
    )
    for ax in axes.flat:
        ax.set_axis_off()
    for ax, answer in zip(axes.flat, answers, strict=False):
        ax.imshow(picture)
        ax.set_title(answer.title, fontsize=11, fontweight="normal", loc="center")
        if answer.mask is not None:
            ax.imshow(_veil(answer.mask, COLOURS["sky"]))
        for (name, box), colour in zip(answer.boxes.items(), ON_PHOTO * len(answer.boxes), strict=False):
            _outline(ax, box, colour)
            ax.annotate(
                name, (box[1], box[0]), xytext=(2, -2), textcoords="offset points", va="top", fontsize=11,
                bbox={"facecolor": colour, "edgecolor": "none", "pad": 1.5},
            )  # fmt: skip
    return finish(figure, title)


def _outline(ax: Axes, box: Box, colour: str) -> None:
    row, column, height, width = box
    ax.add_patch(Rectangle((column - 0.5, row - 0.5), width, height, fill=False, edgecolor=colour, linewidth=2.5))


def _veil(mask: ArrayLike, colour: str) -> np.ndarray:
    """A coloured layer that is nearly opaque where the mask is true and clear elsewhere, as RGBA."""
    chosen = np.asarray(mask, dtype=bool)
    layer = np.zeros((*chosen.shape, 4))
    layer[chosen] = (*to_rgb(colour), 0.8)
    return layer
