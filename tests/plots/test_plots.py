"""Figures: they are handed over once, show the numbers they were given, and can be read on a phone."""

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

from labkit import plots


def draw_all():
    image = np.arange(36).reshape(6, 6)
    yield plots.plot_matrices([image, np.eye(3)], ["a", "b"], marked=[(0, 0, 3, 3), None], title="t")
    yield plots.plot_window(image, np.eye(3), np.eye(3), np.full((4, 4), np.nan), at=(0, 0), title="t")
    yield plots.plot_signals([[1, 2], [3, -4, 5]], ["a", "b"], xlabels=["x", "y"], ylabel="value")
    yield plots.plot_image_grid([np.zeros((5, 5)), np.zeros((5, 5, 3), np.uint8)], ["a", "b"], columns=2, title="t")
    yield plots.plot_maps([image, -image], ["a", "b"], title="t")
    yield plots.plot_history({"accuracy": [0.1, 0.2], "loss": [2, 1], "val_accuracy": [0.1, 0.1], "val_loss": [2, 2]})
    yield plots.plot_confusion([[3, 1], [0, 4]], ["cat", "dog"], title="t")
    yield plots.plot_runs([[0.5, 0.6], [0.4, 0.7]], [0.5, 0.6], ylabel="accuracy")


def test_figures_are_closed_for_pyplot_and_no_wider_than_a_page():
    for figure in draw_all():
        assert plt.get_fignums() == []
        assert figure.get_figwidth() == pytest.approx(6)


WIDE = [np.full((9, 9), 27), np.full((9, 9), 8)]


def test_the_numbers_of_wide_matrices_can_be_read():
    plots.plot_matrices(WIDE, ["a", "b"], title="t")  # what reads the letters of every figure here fails otherwise


def test_every_axis_with_ticks_has_a_label():
    for figure in draw_all():
        for ax in figure.axes:
            bar = hasattr(ax, "_colorbar")
            if ax.axison and not bar:
                shares = any(ax.get_shared_x_axes().joined(ax, other) and other.get_xlabel() for other in figure.axes)
                named_ticks = any(label.get_text().isalpha() for label in ax.get_xticklabels())
                assert ax.get_xlabel() or shares or named_ticks
                assert ax.get_ylabel()
