"""What training gave: curves of loss and accuracy, confusion, runs from several seeds, calibration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from labkit.plots.style import COLOURS, WIDTH, finish, looks


def plot_history(history: Mapping[str, Sequence[float]], *, title: str = "") -> Figure:
    """Draw loss and accuracy after every epoch, training and validation.

    Parameters
    ----------
    history : mapping
        What ``model.fit(...).history`` holds: ``loss``, ``accuracy`` and, if measured, ``val_loss``, ``val_accuracy``.
    """
    figure, axes = plt.subplots(2, 1, figsize=(WIDTH, 5.2), sharex=True)
    for ax, name, label in zip(axes, ("accuracy", "loss"), ("accuracy", "loss (of an image)"), strict=True):
        epochs = np.arange(1, len(history[name]) + 1)
        ax.plot(epochs, history[name], "o-", color=COLOURS["blue"], label="training images")
        if f"val_{name}" in history:
            ax.plot(epochs, history[f"val_{name}"], "s--", color=COLOURS["vermilion"], label="validation images")
        ax.set_ylabel(label)
        ax.grid(axis="y", color="#e1e4ea")
    axes[0].legend(loc="best")
    axes[1].set_xlabel("epoch")
    axes[1].set_xticks(epochs)
    return finish(figure, title)


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
            ax.text(column, row, f"{count}", ha="center", va="center", color=colour)
    ax.set_xticks(range(len(class_names)), class_names, rotation=55, ha="right", rotation_mode="anchor")
    ax.set_yticks(range(len(class_names)), class_names)
    ax.tick_params(length=0)
    ax.set_xlabel("the network says")
    ax.set_ylabel("it is")
    ax.spines[:].set_visible(False)
    return finish(figure, title)


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


def plot_seeds(
    runs: Mapping[str, Sequence[Sequence[float]]], *, xlabel: str = "epoch", ylabel: str, title: str = ""
) -> Figure:
    """Draw learning curves with their noise: for each way of training the mean over its seeds, and all seeds around it.

    Parameters
    ----------
    runs : mapping of str to sequences of float
        For each way of training one sequence a seed: a value an epoch. Ways may have different numbers of epochs.
    """
    appearance = looks(runs)
    figure, ax = plt.subplots(figsize=(WIDTH, 3.8))
    for (name, seeds), (colour, marker) in zip(runs.items(), appearance, strict=True):
        values = np.asarray(seeds, float)
        epochs = np.arange(1, values.shape[1] + 1)
        ax.fill_between(epochs, values.min(axis=0), values.max(axis=0), color=colour, alpha=0.18, linewidth=0)
        label = f"{name} ({len(values)} seeds)" if len(values) > 1 else name
        ax.plot(epochs, values.mean(axis=0), marker=marker, markersize=5, color=colour, label=label)
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.grid(axis="y", color="#e1e4ea")
    ax.legend(loc="best")
    return finish(figure, title)


def plot_calibration(calibration: Any, *, title: str = "") -> Figure:
    """Draw accuracy against confidence, and below it how many answers were given with each confidence.

    Parameters
    ----------
    calibration : labkit.training.reports.Calibration
        Anything with its ``edges``, ``counts``, ``confidence``, ``accuracy`` and ``error``.
    """
    figure, (above, below) = plt.subplots(2, 1, figsize=(WIDTH, 5.6), sharex=True, height_ratios=(2.4, 1))
    filled = calibration.counts > 0
    above.plot([0, 1], [0, 1], "--", color=COLOURS["grey"], label="as sure as it is right")
    above.plot(
        calibration.confidence[filled],
        calibration.accuracy[filled],
        "o-",
        color=COLOURS["blue"],
        label=f"this network (calibration error {calibration.error:.3f})",
    )
    above.set_ylabel("accuracy")
    above.set_ylim(0, 1.03)
    above.legend(loc="upper left")
    widths = np.diff(calibration.edges)
    below.bar(calibration.edges[:-1], calibration.counts, widths * 0.92, align="edge", color=COLOURS["sky"])
    below.set_ylabel("images")
    below.set_xlabel("confidence: the probability of the class that it says")
    for ax in (above, below):
        ax.grid(axis="y", color="#e1e4ea")
    return finish(figure, title)
