"""How well a task is done, layer by layer or size by size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from labkit.plots.style import COLOURS, WIDTH, finish, looks


def plot_probes(
    ticks: Sequence[str],
    curves: Mapping[str, Sequence[Sequence[float]]],
    *,
    levels: Mapping[str, float] | None = None,
    colours: Mapping[str, str] | None = None,
    xlabel: str,
    ylabel: str = "accuracy",
    title: str = "",
) -> Figure:
    """Draw an accuracy for each of several steps: the mean over seeds, and all seeds around it.

    Parameters
    ----------
    ticks : sequence of str
        What the steps are called; they are drawn at equal distances.
    curves : mapping of str to sequences of float
        For each curve, by its name, one sequence a seed: a value a step.
    levels : mapping of str to float, optional
        Values to compare with, drawn as lines across.
    colours : mapping of str to str, optional
        For each curve a name of the palette, as `labkit.plots.style.looks` takes them; of two curves with one colour
        the second is dashed.
    xlabel, ylabel, title : str
        Of the axes, and of the figure.
    """
    appearance = looks(curves, colours)
    figure, ax = plt.subplots(figsize=(WIDTH, 4.4))
    places = np.arange(len(ticks))
    drawn: set[str] = set()
    for (name, seeds), (colour, marker) in zip(curves.items(), appearance, strict=True):
        values = np.asarray(seeds, float)
        ax.fill_between(places, values.min(axis=0), values.max(axis=0), color=colour, alpha=0.18, linewidth=0)
        label = f"{name} ({len(values)} seeds)" if len(values) > 1 else name
        ax.plot(places, values.mean(axis=0), "--" if colour in drawn else "-", marker=marker, color=colour, label=label)
        drawn.add(colour)
    for (name, value), style in zip((levels or {}).items(), ("--", ":", "-."), strict=False):
        ax.axhline(value, linestyle=style, color=COLOURS["grey"], label=name)
    slant = 35 if max(map(len, ticks)) > 6 else 0
    ax.set_xticks(places, ticks, rotation=slant, ha="right" if slant else "center", rotation_mode="anchor")
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    ax.grid(axis="y", color="#e1e4ea")
    # Beneath the axes: the curves leave no corner free.
    figure.legend(loc="outside lower left", ncols=1)
    return finish(figure, title)
