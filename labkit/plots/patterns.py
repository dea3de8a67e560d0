"""What filters look for: rows of patterns to compare, and the waves they are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from labkit.plots.style import WIDTH, finish, hairline


def plot_strips(strips: Mapping[str, Sequence[ArrayLike]], *, title: str = "") -> Figure:
    """Draw rows of images under one another, each with a line over it; images of one column belong together.

    Parameters
    ----------
    strips : mapping of str to sequence of array_like, each (height, width, 3)
        For each row, by its name, its images: as many in all rows, and all of one size.
    """
    columns = len(next(iter(strips.values())))
    cell = WIDTH / columns
    figure, axes = plt.subplots(
        len(strips), columns, figsize=(WIDTH, len(strips) * (cell + 0.31) + (0.35 if title else 0)), squeeze=False
    )
    for row, (name, images) in zip(axes, strips.items(), strict=True):
        for ax, image in zip(row, images, strict=True):
            ax.imshow(np.asarray(image))
            ax.set_axis_off()
            hairline(ax)
            ax.set_anchor("S")  # what is free of a row's height is above, for its line
        # No title of the axes: the layout would push the first image away from the others to make room for a long one.
        row[0].annotate(name, (0, 1), (0, 5), "axes fraction", "offset points", fontsize=11).set_in_layout(False)
    return finish(figure, title)


def plot_spectra(spectra: Mapping[str, ArrayLike], *, title: str = "") -> Figure:
    """Draw how much energy is in the waves of each fineness, side by side on one scale.

    Parameters
    ----------
    spectra : mapping of str to array_like of shape (height, width)
        Energies, no wave at all in the middle, as ``numpy.fft.fftshift`` puts it. Each is drawn against its own
        greatest, over four powers of ten.
    """
    figure, axes = plt.subplots(1, len(spectra), figsize=(WIDTH, 3.0), sharey=True, squeeze=False)
    for ax, (name, energy) in zip(axes[0], spectra.items(), strict=True):
        values = np.asarray(energy, dtype=float)
        with np.errstate(divide="ignore"):
            powers = np.log10(values / values.max())
        drawn = ax.imshow(powers, cmap="cividis", vmin=-4, vmax=0, extent=(-0.5, 0.5, 0.5, -0.5))
        ax.set_title(name, fontsize=11, fontweight="normal", loc="center")
        ax.set_xticks([-0.5, 0, 0.5])
        ax.set_yticks([-0.5, 0, 0.5])
    axes[0, 0].set_ylabel("waves a pixel, down")
    axes[0, len(spectra) // 2].set_xlabel("waves a pixel, across")
    bar = figure.colorbar(drawn, ax=axes[0].tolist(), location="bottom", shrink=0.6, ticks=[-4, -2, 0])
    bar.ax.set_xticklabels(["1/10,000", "1/100", "greatest"])
    return finish(figure, title)
