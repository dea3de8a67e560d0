"""How layers are wired: which output looks at which input, and how the number of weights grows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator
from numpy.typing import ArrayLike

from labkit.plots.style import COLOURS, WIDTH, finish

# One colour and one kind of line for each shared weight, so that they can also be told apart in grey.
WEIGHT_STYLES = [(COLOURS["blue"], "-"), (COLOURS["vermilion"], "--"), (COLOURS["green"], ":")]


def plot_wiring(layers: Sequence[ArrayLike], titles: Sequence[str], *, title: str = "") -> Figure:
    """Draw small layers as dots and lines, inputs below and outputs above.

    Parameters
    ----------
    layers : sequence of array_like of int, each (outputs, inputs)
        0 where there is no connection, −1 where it has a weight of its own, and 1, 2, 3 where it shares the weight of
        that number; connections that share a weight are drawn alike and named beside the layer, all others each in a
        colour of its own.
    titles : sequence of str
        One a layer.
    """
    figure, axes = plt.subplots(len(layers), 1, figsize=(WIDTH, 1.75 * len(layers) + 0.4), squeeze=False)
    for ax, layer, name in zip(axes[:, 0], layers, titles, strict=True):
        wires = np.asarray(layer)
        outputs, inputs = wires.shape
        shift = (inputs - outputs) / 2  # centres the outputs over the inputs
        own = iter(plt.get_cmap("turbo")(np.linspace(0.05, 0.95, max(1, (wires < 0).sum()))))
        shared = {}  # one wire of each shared weight
        for (output, source), number in np.ndenumerate(wires):
            if number:
                colour, line = (next(own), "-") if number < 0 else WEIGHT_STYLES[number - 1]
                width = 1.2 if number < 0 else 2.4
                ends = [source, output + shift], [0, 1]
                (wire,) = ax.plot(*ends, color=colour, linestyle=line, linewidth=width, zorder=1)
                if number > 0:
                    shared[f"weight {number}"] = wire
        if shared:
            names = sorted(shared)
            ax.legend([shared[name] for name in names], names, loc="center left", bbox_to_anchor=(1, 0.5))
        for count, height, start in ((inputs, 0, 0.0), (outputs, 1, shift)):
            ax.plot(np.arange(count) + start, np.full(count, height), "o", color="black", markersize=9, zorder=2)
        ax.text(-0.6, 0, "in", ha="right", va="center")
        ax.text(-0.6, 1, "out", ha="right", va="center")
        ax.set(xlim=(-1.2, inputs - 0.5), ylim=(-0.25, 1.25))
        ax.set_title(name, fontsize=11, fontweight="normal")
        ax.set_axis_off()
    return finish(figure, title)


def plot_connections(table: ArrayLike, *, inputs: str, outputs: str, title: str = "") -> Figure:
    """Draw a table of connections: a row for each map that is looked at, a column for each that looks.

    Parameters
    ----------
    table : array_like of bool, (outputs, inputs)
        Which of the maps before it each map looks at. It is drawn turned, as the paper of LeNet-5 does, with the
        number of connections under each column and beside each row.
    inputs, outputs : str
        What the rows and the columns are.
    """
    looks = np.asarray(table, bool).T
    rows, columns = looks.shape
    figure, ax = plt.subplots(figsize=(WIDTH, 0.36 * rows + 1.5))
    ax.imshow(looks, cmap="Blues", vmin=0, vmax=1.4, aspect="auto")
    ax.hlines(np.arange(rows + 1) - 0.5, -0.5, columns - 0.5, color="#c8ccd4", linewidth=0.8)
    ax.vlines(np.arange(columns + 1) - 0.5, -0.5, rows - 0.5, color="#c8ccd4", linewidth=0.8)
    for column, count in enumerate(looks.sum(axis=0)):
        ax.text(column, rows - 0.3, f"{count}", ha="center", va="top", color=COLOURS["grey"])
    for row, count in enumerate(looks.sum(axis=1)):
        ax.text(columns - 0.3, row, f"{count}", ha="left", va="center", color=COLOURS["grey"])
    ax.text(columns - 0.3, rows - 0.3, f"{looks.sum()}", ha="left", va="top", fontweight="bold")
    ax.set_xticks(range(columns))
    ax.set_yticks(range(rows))
    ax.xaxis.tick_top()
    ax.xaxis.set_label_position("top")
    ax.set_xlabel(outputs)
    ax.set_ylabel(inputs)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return finish(figure, title)


def plot_growth(
    sizes: ArrayLike, counts: Mapping[str, ArrayLike], *, xlabel: str, ylabel: str, title: str = ""
) -> Figure:
    """Draw how several counts grow with a size; both axes are logarithmic, so that a power law is a straight line.

    Parameters
    ----------
    sizes : array_like, (n,)
        Along the horizontal axis.
    counts : mapping of str to array_like of shape (n,)
        Each line by the name written over its right end.
    """
    figure, ax = plt.subplots(figsize=(WIDTH, 3.9))
    x = np.asarray(sizes)
    styles = list(zip(COLOURS.values(), "os^Dv*P", strict=True))
    for place, (name, values) in enumerate(counts.items()):
        colour, marker = styles[place % len(styles)]
        y = np.asarray(values, dtype=float)
        ax.plot(x, y, marker=marker, color=colour)
        ax.annotate(name, (x[-1], y[-1]), xytext=(4, 9), textcoords="offset points", ha="right")
    ax.set(xscale="log", yscale="log", xlabel=xlabel, ylabel=ylabel)
    ax.margins(y=0.1)
    ax.set_xticks(x, [f"{size:,}" for size in x])
    low, high = ax.get_ylim()
    if high < 500 * low:  # powers of ten alone would be one or two ticks
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.yaxis.set_major_formatter(lambda value, _: f"{value:,g}")
    ax.minorticks_off()
    ax.set_title(title)
    return finish(figure)
