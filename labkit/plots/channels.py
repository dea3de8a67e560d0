"""Every channel of a layer, side by side."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from labkit.plots.style import WIDTH, finish

SILENT = to_rgba("#C9CED6")  # a grey that viridis does not have
_MARGIN = to_rgba("white")


def plot_channels(layers: Mapping[str, ArrayLike], *, columns: int = 16, title: str = "") -> Figure:
    """Draw every channel of some layers in grids, dark to bright, and those that are zero all over in plain grey.

    Parameters
    ----------
    layers : mapping of str to array_like, each (height, width, channels)
        What each layer gives for one image, by the layer's name. Each channel has its own range, from its smallest
        number to its greatest: bright means strong for this channel, and says nothing about others.
    columns : int
        Channels in a row. The last row may be shorter.
    title : str
        Of the figure.
    """
    sheets = {name: _sheet(np.asarray(maps, float), columns) for name, maps in layers.items()}
    heights = [WIDTH * sheet.shape[0] / sheet.shape[1] for sheet in sheets.values()]
    figure, axes = plt.subplots(
        len(sheets),
        1,
        figsize=(WIDTH, sum(heights) + 0.36 * len(sheets) + (0.35 if title else 0)),
        height_ratios=heights,
        squeeze=False,
    )
    for ax, (name, sheet) in zip(axes[:, 0], sheets.items(), strict=True):
        maps = np.asarray(layers[name])
        silent = int((maps == 0).all(axis=(0, 1)).sum())
        height, width, channels = maps.shape
        # Shrunk, thousands of pixels need averaging; enlarged, a pixel is to look like one.
        ax.imshow(sheet, interpolation="antialiased")
        ax.set_title(
            f"{name}: {channels} channels of {height}×{width}, {silent} silent",
            fontsize=11,
            fontweight="normal",
            loc="left",
        )
        ax.set_axis_off()
    return finish(figure, title)


def _sheet(maps: NDArray[np.float64], columns: int) -> NDArray[np.float64]:
    """The channels of one layer as one image, RGBA."""
    height, width, channels = maps.shape
    gap = max(1, width // 16)
    rows = -(-channels // columns)
    sheet = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap, 4), _MARGIN)
    colours = plt.get_cmap("viridis")
    for channel in range(channels):
        one = maps[:, :, channel]
        low, span = one.min(), np.ptp(one)
        row, column = divmod(channel, columns)
        top, left = row * (height + gap), column * (width + gap)
        sheet[top : top + height, left : left + width] = (
            colours((one - low) / (span or 1.0)) if one.any() else np.broadcast_to(SILENT, (height, width, 4))
        )
    return sheet
