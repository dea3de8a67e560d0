"""Pictures of training and of its mistakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from labkit.plots.style import COLOURS, WIDTH, finish


def plot_history(history: Mapping[str, Sequence[float]], *, title: str = "") -> Figure:
    """Draw loss and accuracy after every epoch, training and validation.

    Parameters
    ----------
    history : mapping
        What ``model.fit(...).history`` holds: ``loss``, ``accuracy`` and, if measured, ``val_loss``, ``val_accuracy``.
    """
    figure, axes = plt.subplots(2, 1, figsize=(WIDTH, 5.2), sharex=True)
    for ax, name, label in zip(axes, ("accuracy", "loss"), ("accuracy", "loss (of a picture)"), strict=True):
        epochs = np.arange(1, len(history[name]) + 1)
        ax.plot(epochs, history[name], "o-", color=COLOURS["blue"], label="training pictures")
        if f"val_{name}" in history:
            ax.plot(epochs, history[f"val_{name}"], "s--", color=COLOURS["vermilion"], label="validation pictures")
        ax.set_ylabel(label)
        ax.grid(axis="y", color="#e1e4ea")
    axes[0].legend(loc="lower right")
    axes[1].set_xlabel("epoch")
    axes[1].set_xticks(epochs)
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontweight="bold", fontsize=12)
    return finish(figure)


def plot_confusion(matrix: ArrayLike, class_names: Sequence[str], *, title: str = "") -> Figure:
    """Draw a confusion matrix: a row is a true class, a column what the network said, a number a count of images.

    Parameters
    ----------
    matrix : array_like of int, (classes, classes)
        Counts. The colour of a cell is its share of its row.
    """
    counts = np.asarray(matrix)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure, ax = plt.subplots(figsize=(WIDTH, WIDTH + (0.3 if title else 0)))
    ax.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        if count:
            colour = "white" if shares[row, column] > 0.55 else "black"
            ax.text(column, row, f"{count}", ha="center", va="center", fontsize=9.5, color=colour)
    ax.set_xticks(range(len(class_names)), class_names, rotation=55, ha="right", rotation_mode="anchor")
    ax.set_yticks(range(len(class_names)), class_names)
    ax.tick_params(length=0)
    ax.set_xlabel("the network says")
    ax.set_ylabel("it is")
    ax.spines[:].set_visible(False)
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontweight="bold", fontsize=12)
    return finish(figure)


def plot_runs(runs: Sequence[Sequence[float]], published: Sequence[float], *, ylabel: str, title: str = "") -> Figure:
    """Draw several runs of one recipe, epoch by epoch, and a published run beside them.

    Parameters
    ----------
    runs : sequence of sequences of float
        A value an epoch for each run.
    published : sequence of float
        The same from the source.
    """
    figure, ax = plt.subplots(figsize=(WIDTH, 3.6))
    epochs = np.arange(1, len(published) + 1)
    for number, run in enumerate(runs):
        ax.plot(
            epochs, run, "o-", color=COLOURS["blue"], alpha=0.75, label="" if number else f"{len(runs)} recorded runs"
        )
    ax.plot(epochs, published, "D--", color=COLOURS["vermilion"], label="the published run")
    ax.set_xticks(epochs)
    ax.set_xlabel("epoch")
    ax.set_ylabel(ylabel)
    ax.grid(axis="y", color="#e1e4ea")
    ax.legend(loc="lower right")
    ax.set_title(title)
    return finish(figure)
