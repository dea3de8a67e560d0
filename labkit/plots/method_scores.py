"""Methods beneath one another, each with what it reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from labkit.plots.style import COLOURS, WIDTH, finish, looks


def plot_method_scores(
    methods: Sequence[str],
    scores: Mapping[str, ArrayLike],
    *,
    baselines: int = 0,
    standard_errors: Mapping[str, ArrayLike] | None = None,
    xlabel: str,
    title: str = "",
) -> Figure:
    """Draw what each of several methods reached: the mean over the seeds, and a line from the lowest to the highest.

    Parameters
    ----------
    methods : sequence of str
        Their names, from top to bottom.
    scores : mapping of str to array_like, each (seeds, methods)
        One or several measures, by name.
    baselines : int
        How many of the last methods stand apart, under a line, for comparison.
    standard_errors : mapping of str to array_like, each (methods,), optional
        How far the means may be off because the images are few: a thin line with caps, one standard error on either
        side.
    xlabel, title : str
        Of the axis, and of the figure.
    """
    appearance = looks(scores)
    figure, ax = plt.subplots(figsize=(WIDTH, 1.5 + 0.36 * len(methods)))
    rows = np.arange(len(methods))
    for number, (name, (colour, marker)) in enumerate(zip(scores, appearance, strict=True)):
        values = np.asarray(scores[name], float)
        heights = rows + 0.22 * (number - (len(scores) - 1) / 2)
        ax.hlines(heights, values.min(axis=0), values.max(axis=0), color=colour, linewidth=2, alpha=0.5)
        ax.plot(values.mean(axis=0), heights, marker, color=colour, label=name)
        if standard_errors:
            ax.errorbar(
                values.mean(axis=0), heights, xerr=standard_errors[name], fmt="none", ecolor=colour, lw=1, capsize=3
            )
    if baselines:
        ax.axhline(len(methods) - baselines - 0.5, color=COLOURS["grey"], linewidth=1)
    ax.set_yticks(rows, methods)
    ax.invert_yaxis()
    ax.set_xlabel(xlabel)
    ax.grid(axis="x", color="#e1e4ea")
    if len(scores) > 1:
        figure.legend(loc="outside lower left", ncols=len(scores))
    return finish(figure, title)
