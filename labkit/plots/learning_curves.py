"""How a network learns: a walk down the loss, and what more samples bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator
from numpy.typing import ArrayLike

from labkit.plots.style import COLOURS, WIDTH, finish, looks


def plot_descent(
    weights: ArrayLike, losses: ArrayLike, walks: Mapping[str, tuple[ArrayLike, ArrayLike]], *, title: str = ""
) -> Figure:
    """Draw the loss over one weight, and walks on it, step by step.

    Parameters
    ----------
    weights, losses : array_like, (n,)
        The curve.
    walks : mapping of str to (weights, losses)
        For each walk the weight after each step, the start first, and the loss there.
    """
    appearance = looks(walks)
    figure, ax = plt.subplots(figsize=(WIDTH, 3.8))
    ax.plot(weights, losses, color=COLOURS["grey"], linewidth=1.5)
    for (name, (steps, heights)), (colour, marker) in zip(walks.items(), appearance, strict=True):
        ax.plot(steps, heights, marker=marker, linestyle="--", color=colour, label=name)
    ax.set_xlabel("weight")
    ax.set_ylabel("loss")
    ax.grid(axis="y", color="#e1e4ea")
    # Below the axes: inside, a walk that climbs may cross any corner.
    figure.legend(loc="outside lower center", ncols=len(walks), columnspacing=1.2)
    return finish(figure, title)


def plot_sample_sizes(
    sizes: Sequence[int],
    panels: Mapping[str, Mapping[str, Sequence[Sequence[float]]]],
    *,
    ylabel: str = "accuracy on test digits",
    title: str = "",
) -> Figure:
    """Draw how well networks do with more and more training images: the mean over seeds, and all seeds around it.

    Parameters
    ----------
    sizes : sequence of int
        Numbers of training images, drawn on a logarithmic scale.
    panels : mapping of str to mapping
        For each panel, by its title, and for each network, by its name, a sequence a seed: a value for each size.
    """
    appearance = looks(max(panels.values(), key=len))
    figure, axes = plt.subplots(
        len(panels), 1, figsize=(WIDTH, 2.7 * len(panels) + 0.4), sharex=True, sharey=True, squeeze=False
    )
    for ax, (name, networks) in zip(axes[:, 0], panels.items(), strict=True):
        for (network, runs), (colour, marker) in zip(networks.items(), appearance, strict=False):
            values = np.asarray(runs, float)
            ax.fill_between(sizes, values.min(axis=0), values.max(axis=0), color=colour, alpha=0.18, linewidth=0)
            label = f"{network} ({len(values)} seeds)" if len(values) > 1 else network
            ax.plot(sizes, values.mean(axis=0), marker=marker, color=colour, label=label)
        ax.set_title(name, fontsize=11, fontweight="normal")
        ax.set_ylabel(ylabel)
        ax.grid(axis="y", color="#e1e4ea")
    last = axes[-1, 0]
    last.set_xscale("log")
    last.set_xticks(sizes, [f"{size:,}" for size in sizes])
    last.xaxis.set_minor_locator(NullLocator())
    last.set_xlabel("training images")
    last.legend(loc="lower right")
    return finish(figure, title)
