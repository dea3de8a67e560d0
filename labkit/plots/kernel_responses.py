"""What kernels find: directions on a photograph, places in a series."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from labkit.plots.style import COLOURS, WIDTH, finish


def plot_directions(
    image: ArrayLike, places: ArrayLike, directions: ArrayLike, *, length: float = 30, title: str = ""
) -> Figure:
    """Draw arrows on a grey picture, such as the direction of its gradient at some places.

    Parameters
    ----------
    image : array_like, (height, width)
        Values 0 to 255.
    places : array_like, (n, 2)
        Row and column of the foot of each arrow.
    directions : array_like, (n, 2)
        How far each arrow points down and to the right; only the direction counts.
    length : float
        Of an arrow, in pixels of the picture.
    title : str
        What to see.
    """
    picture = np.asarray(image)
    feet = np.asarray(places, dtype=float)
    arrows = np.asarray(directions, dtype=float)
    arrows = length * arrows / np.linalg.norm(arrows, axis=1, keepdims=True)
    height, width = picture.shape
    figure, ax = plt.subplots(figsize=(WIDTH, WIDTH * height / width + 0.4))
    ax.imshow(picture, cmap="gray", vmin=0, vmax=255)
    ax.quiver(
        feet[:, 1], feet[:, 0], arrows[:, 1], arrows[:, 0], color=COLOURS["orange"], edgecolor="black", linewidth=0.8,
        width=0.009, angles="xy", scale_units="xy", scale=1, headwidth=3.2, headlength=3.5, headaxislength=3.2,
    )  # fmt: skip
    ax.set_axis_off()
    ax.set_title(title)
    return finish(figure)


def plot_series(
    series: ArrayLike, response: ArrayLike, found: ArrayLike, *, names: tuple[str, str], xlabel: str, title: str = ""
) -> Figure:
    """Draw a time series above a kernel's response to it, with the places found marked in both.

    Parameters
    ----------
    series, response : array_like, (n,)
        Equally long.
    found : array_like of int
        Places to mark.
    names : (str, str)
        The lines over the two panels.
    """
    marks = np.asarray(found, dtype=int)  # an empty list would be floats
    figure, axes = plt.subplots(2, 1, figsize=(WIDTH, 4.4), sharex=True)
    for ax, values, name in zip(axes, (np.asarray(series), np.asarray(response)), names, strict=True):
        ax.plot(values, color=COLOURS["blue"], linewidth=1.2)
        ax.plot(marks, values[marks], "v", color=COLOURS["vermilion"], markersize=8)
        ax.set_title(name, fontsize=11, fontweight="normal")
        ax.set_ylabel("value")
    axes[-1].set_xlabel(xlabel)
    return finish(figure, title)
