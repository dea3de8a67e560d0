"""Images and feature maps in rows and grids."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from labkit.plots.style import SIGNED, WIDTH, finish, hairline


def plot_image_grid(
    images: Sequence[ArrayLike],
    titles: Sequence[str] | None = None,
    *,
    columns: int = 5,
    title: str = "",
    title_points: float = 11,
) -> Figure:
    """Draw images in a grid, each with a line over it.

    Parameters
    ----------
    images : sequence of array_like, each (height, width) or (height, width, 3)
        Grey images are drawn dark to light over their own type's range (0–255, or 0–1 for floats).
    titles : sequence of str, optional
        One an image.
    """
    pictures = [np.asarray(image) for image in images]
    rows = -(-len(pictures) // columns)
    height, width = pictures[0].shape[:2]
    cell = WIDTH / columns
    lines = max((text.count("\n") + 1 for text in titles), default=0) if titles else 0
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(WIDTH, rows * (cell * height / width + lines * title_points / 58) + (0.35 if title else 0)),
        squeeze=False,
    )
    for ax in axes.flat:
        ax.set_axis_off()
    for place, picture in enumerate(pictures):
        ax = axes.flat[place]
        if picture.ndim == 2:
            ax.imshow(picture, cmap="gray", vmin=0, vmax=255 if picture.dtype == np.uint8 else 1)
        else:
            ax.imshow(picture)
        hairline(ax)
        if titles:
            ax.set_title(titles[place], fontsize=title_points, fontweight="normal", loc="center")
    return finish(figure, title)


def plot_maps(
    maps: Sequence[ArrayLike],
    titles: Sequence[str],
    *,
    signed: bool | Sequence[bool] = True,
    columns: int = 2,
    title: str = "",
) -> Figure:
    """Draw feature maps: signed ones purple–white–orange around zero, others dark to light.

    Parameters
    ----------
    maps : sequence of array_like, each (height, width)
        The maps; each has its own range, which its colour bar shows.
    titles : sequence of str
        One a map.
    signed : bool or sequence of bool
        Whether zero is in the middle of the colours.
    """
    values = [np.asarray(one, dtype=float) for one in maps]
    signs = [signed] * len(values) if isinstance(signed, bool) else list(signed)
    rows = -(-len(values) // columns)
    height, width = values[0].shape
    cell = WIDTH / columns
    figure, axes = plt.subplots(
        rows, columns, figsize=(WIDTH, rows * (0.82 * cell * height / width + 0.35) + (0.35 if title else 0)),
        squeeze=False,
    )  # fmt: skip
    for ax in axes.flat:
        ax.set_axis_off()
    for ax, one, name, sign in zip(axes.flat, values, titles, signs, strict=False):
        # The strongest half per cent would wash out all the rest.
        limit = np.quantile(np.abs(one), 0.995) or 1.0
        drawn = ax.imshow(one, cmap=SIGNED if sign else "gray", vmin=-limit if sign else one.min(), vmax=limit)
        bar = figure.colorbar(drawn, ax=ax, fraction=0.05, pad=0.02)
        bar.outline.set_visible(False)
        ax.set_title(name, fontsize=11, fontweight="normal", loc="center")
    return finish(figure, title)


def plot_kernels(kernels: Sequence[ArrayLike], *, columns: int = 8, title: str = "") -> Figure:
    """Draw many small kernels on one scale: purple below zero, white at zero, orange above.

    Parameters
    ----------
    kernels : sequence of array_like, each (height, width)
        The kernels; all have the colours of the strongest weight among them.
    """
    limit = max(np.abs(np.asarray(kernel)).max() for kernel in kernels)
    rows = -(-len(kernels) // columns)
    cell = WIDTH / columns
    figure, axes = plt.subplots(rows, columns, figsize=(WIDTH, rows * cell + (0.5 if title else 0)), squeeze=False)
    for ax in axes.flat:
        ax.set_axis_off()
    for ax, kernel in zip(axes.flat, kernels, strict=False):
        drawn = ax.imshow(np.asarray(kernel), cmap=SIGNED, vmin=-limit, vmax=limit)
    bar = figure.colorbar(drawn, ax=axes, fraction=0.03, pad=0.02, label="weight")
    bar.outline.set_visible(False)
    return finish(figure, title)
