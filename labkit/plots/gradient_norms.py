"""How a gradient fares from layer to layer, and how a loss answers to a growing learning rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

from labkit.plots.style import COLOURS, WIDTH, finish, looks

STYLES = ("-", "--", "-.", ":")


def plot_gradient_norms(
    norms: Mapping[str, Sequence[float]], *, colours: Mapping[str, str] | None = None, title: str = ""
) -> Figure:
    """Draw the norm of the gradient at each layer, on a logarithmic axis. What is exactly 0 has no place on it.

    Parameters
    ----------
    norms : mapping of str to sequence of float
        For each network, by its name, a norm a layer, the nearest to the image first. Depths may differ.
    colours : mapping of str to str, optional
        For each network a name of the palette, as `labkit.plots.style.looks` takes them.
    """
    appearance = looks(norms, colours)
    figure, ax = plt.subplots(figsize=(WIDTH, 4.2))
    for (name, values), (colour, marker), style in zip(norms.items(), appearance, cycle(STYLES), strict=False):
        heights = np.asarray(values, float)
        zeros = int((heights == 0).sum())
        label = f"{name} (0 at {zeros} layers)" if zeros else name
        ax.plot(
            np.arange(1, len(heights) + 1),
            np.where(heights > 0, heights, np.nan),
            marker=marker,
            markevery=max(1, len(heights) // 10),
            linestyle=style,
            color=colour,
            label=label,
        )
    ax.set_yscale("log")
    if len(powers := _powers_in_sight(*ax.get_ylim())) > 1:
        ax.yaxis.set_major_locator(FixedLocator(powers))
        ax.yaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=3))
    ax.set_xlabel("layer, counted from the image")
    ax.set_ylabel("norm of the gradient")
    ax.grid(axis="y", color="#e1e4ea")
    figure.legend(loc="outside lower left", ncols=1)
    return finish(figure, title)


def _powers_in_sight(low: float, high: float) -> list[float]:
    """At most eight powers of ten, evenly apart, with 1 among them where it is in sight; matplotlib's begin anywhere.

    >>> _powers_in_sight(2e-4, 300)
    [0.001, 0.01, 0.1, 1.0, 10.0, 100.0]
    >>> _powers_in_sight(1e-12, 2)
    [1e-12, 1e-10, 1e-08, 1e-06, 0.0001, 0.01, 1.0]
    """
    first, last = np.log10(low), np.log10(high)
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100) if last - first <= 7 * step)
    return [10.0**power for power in range(-300, 301, step) if first <= power <= last]


def plot_range_test(
    rates: Sequence[float], losses: Sequence[float], smoothed: Sequence[float], suggested: float, *, title: str = ""
) -> Figure:
    """Draw the loss over a growing learning rate, and the rate that is suggested.

    Parameters
    ----------
    rates, losses, smoothed : sequence of float
        For each step its rate, the loss of its batch, and the running mean of the losses.
    suggested : float
        Drawn as a line.
    """
    figure, ax = plt.subplots(figsize=(WIDTH, 3.8))
    ax.plot(rates, losses, ".", color=COLOURS["sky"], label="a batch")
    ax.plot(rates, smoothed, color=COLOURS["blue"], linewidth=2, label="running mean")
    ax.axvline(suggested, color=COLOURS["vermilion"], linestyle="--", label=f"suggested: {suggested:.2g}")
    ax.set_xscale("log")
    # Single batches may lie far above the rest once the steps are too long.
    top = 1.3 * max(max(smoothed[: max(1, len(smoothed) // 2)]), smoothed[0])
    ax.set_ylim(0, top)
    ax.set_xlabel("learning rate")
    ax.set_ylabel("loss")
    ax.grid(axis="y", color="#e1e4ea")
    ax.legend(loc="lower left")
    return finish(figure, title)
