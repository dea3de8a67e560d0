"""Networks made smaller: which weights go, and what that costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter
from numpy.typing import ArrayLike

from labkit.plots.style import COLOURS, WIDTH, finish, looks


def plot_weights(kernels: Mapping[str, ArrayLike], threshold: float, *, title: str = "") -> Figure:
    """Draw how the weights of each kernel are spread, and which of them lie within a threshold of zero.

    Parameters
    ----------
    kernels : mapping of str to array_like
        Weights by the name of their layer, of any shape.
    threshold : float
        Magnitudes up to this one are drawn as those that go.
    """
    figure, axes = plt.subplots(len(kernels), 1, figsize=(WIDTH, 1.25 * len(kernels) + 0.9), sharex=True, squeeze=False)
    flat = {name: np.asarray(kernel, float).ravel() for name, kernel in kernels.items()}
    reach = max(np.quantile(np.abs(weights), 0.999) for weights in flat.values())
    # Edges at the threshold, so that no bar is half of one kind.
    step = threshold / max(1, round(threshold / (reach / 30))) if threshold else reach / 30
    edges = step * np.arange(-np.ceil(reach / step), np.ceil(reach / step) + 1)
    for ax, (name, weights) in zip(axes[:, 0], flat.items(), strict=True):
        small = np.abs(weights) <= threshold
        for part, colour, label in (
            (weights[~small], COLOURS["blue"], "stay"),
            (weights[small], COLOURS["orange"], "go"),
        ):
            ax.hist(part, edges, color=colour, label=label, weights=np.full(part.size, 1 / weights.size))
        ax.set_title(f"{name}: {small.mean():.0%} of {weights.size:,} go", fontsize=11, fontweight="normal")
        ax.set_yticks([])
    axes[0, 0].legend(loc="upper right")
    axes[-1, 0].set_xlabel("weight")
    return finish(figure, title)


def plot_trade(
    groups: Mapping[str, Sequence[tuple[str, float, float]]], *, xlabel: str, ylabel: str, title: str = ""
) -> Figure:
    """Draw networks as points, with their names: across what they cost, upwards what they are worth.

    Parameters
    ----------
    groups : mapping of str to sequence of (str, float, float)
        For each way of making networks smaller its networks: a name, a cost above 0, and a worth. They are joined by a
        line in the order given.
    """
    appearance = looks(groups)
    figure, ax = plt.subplots(figsize=(WIDTH, 4.6))
    for (name, points), (colour, marker) in zip(groups.items(), appearance, strict=True):
        costs, worths = [cost for _, cost, _ in points], [worth for _, _, worth in points]
        ax.plot(costs, worths, marker=marker, markersize=9, linewidth=1.4, color=colour, label=name)
        # A line that falls to the left leaves room at its left; over the others there is room above.
        left = len(points) > 2
        offset, sideways, upwards = ((-9, 0), "right", "center") if left else ((0, 8), "center", "bottom")
        for text, cost, worth in points:
            ax.annotate(text, (cost, worth), xytext=offset, textcoords="offset points", ha=sideways, va=upwards)
    ax.set(xscale="log", xlabel=xlabel, ylabel=ylabel)
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.margins(x=0.12, y=0.16)
    ax.grid(axis="y", color="#e1e4ea")
    figure.legend(loc="outside lower left", ncols=2)
    return finish(figure, title)
