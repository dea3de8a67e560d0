"""Boxes over images, and how many of a detector's boxes are right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from labkit.plots.style import COLOURS, WIDTH, finish, looks


def plot_boxes(
    images: Sequence[ArrayLike],
    truths: Sequence[ArrayLike] | None = None,
    boxes: Sequence[ArrayLike] | None = None,
    texts: Sequence[Sequence[str]] | None = None,
    *,
    columns: int = 3,
    titles: Sequence[str] | None = None,
    title: str = "",
) -> Figure:
    """Draw images with the boxes that are true (dashed, dark on white) and those that a network gives (solid).

    Parameters
    ----------
    images : sequence of array_like, (height, width, 3) each
        Numbers from 0 to 255.
    truths, boxes : sequence of array_like, (objects, 4) each, optional
        For each image, left, top, right, bottom of every box; right and bottom lie just outside.
    texts : sequence of sequences of str, optional
        For each image what stands at each of `boxes`: a score, a class.
    columns : int
        Images beside each other.
    titles : sequence of str, optional
        Above each image.
    """
    rows = -(-len(images) // columns)
    figure, grid = plt.subplots(rows, columns, figsize=(WIDTH, WIDTH / columns * rows * 1.06), squeeze=False)
    for ax in grid.flat:
        ax.axis("off")
    for number, (ax, image) in enumerate(zip(grid.flat, images, strict=False)):
        ax.imshow(np.asarray(image))
        if titles is not None:
            ax.set_title(titles[number], fontsize=11, fontweight="normal", loc="center")
        for box in _boxes_of(truths, number):
            _frame(ax, box, "white", 2.6, "-")
            _frame(ax, box, "black", 1.2, (0, (3, 2)))
        for place, box in enumerate(_boxes_of(boxes, number)):
            _frame(ax, box, COLOURS["vermilion"], 1.8, "-")
            if texts is not None:
                at = {"color": "white", "va": "bottom", "clip_on": True}
                patch = {"facecolor": COLOURS["vermilion"], "edgecolor": "none", "pad": 1}
                ax.text(box[0], box[1], texts[number][place], bbox=patch, **at)
    return finish(figure, title)


def _boxes_of(boxes: Sequence[ArrayLike] | None, number: int) -> list[list[float]]:
    return [] if boxes is None else np.asarray(boxes[number], float).reshape(-1, 4).tolist()


def _frame(ax: Any, box: Sequence[float], colour: str, width: float, style: Any) -> None:
    """A rectangle along the outer edges of a box's pixels; matplotlib counts from the centre of the first pixel."""
    left, top, right, bottom = (float(number) - 0.5 for number in box)
    corner = (left, top)
    ax.add_patch(
        Rectangle(corner, right - left, bottom - top, fill=False, edgecolor=colour, linewidth=width, linestyle=style)
    )


def plot_precision_recall(curves: Mapping[str, Any], *, title: str = "") -> Figure:
    """Draw precision against recall, box by box, and the best precision from each recall on, which AP averages.

    Parameters
    ----------
    curves : mapping of str to PrecisionRecall
        From `labkit.training.DetectionReport.curve`, by what each shall be called.
    """
    figure, ax = plt.subplots(figsize=(WIDTH, 4.6))  # room for the words along the side
    recalls = np.linspace(0, 1, 101)
    for (name, curve), (colour, _) in zip(curves.items(), looks(curves), strict=True):
        ax.plot(curve.recall, curve.precision, color=colour, alpha=0.45, linewidth=1)
        label = f"{name}: AP {curve.average:.3f}" if curve.objects else f"{name}: no objects"
        ax.plot(recalls, curve.interpolated, color=colour, drawstyle="steps-pre", label=label)
    ax.set_xlim(-0.02, 1.02)
    ax.set_ylim(-0.02, 1.04)
    ax.set_xlabel("recall: share of the objects that is found")
    ax.set_ylabel("precision: share of the boxes that is right")
    ax.grid(color="#e1e4ea")
    ax.legend(loc="lower left")
    return finish(figure, title)
