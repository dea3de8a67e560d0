"""Figures: they are handed over once, show the numbers they were given, and can be read on a phone."""

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

from labkit import plots


def texts(figure):
    return [text.get_text() for ax in figure.axes for text in ax.texts]


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


def test_every_axis_with_ticks_has_a_label():
    for figure in draw_all():
        for ax in figure.axes:
            bar = hasattr(ax, "_colorbar")
            if ax.axison and not bar:
                shares = any(ax.get_shared_x_axes().joined(ax, other) and other.get_xlabel() for other in figure.axes)
                named_ticks = any(label.get_text().isalpha() for label in ax.get_xticklabels())
                assert ax.get_xlabel() or shares or named_ticks
                assert ax.get_ylabel()


def test_a_matrix_shows_its_numbers_and_leaves_unknown_cells_empty():
    figure = plots.plot_matrices([[[1, -2], [np.nan, 0.5]]], ["m"])
    assert sorted(texts(figure)) == sorted(["1", "−2", "0.5", "m"])


def test_all_cells_of_a_figure_are_of_one_size():
    figure = plots.plot_matrices([np.ones((6, 6)), np.ones((3, 3)), np.ones((4, 4))], ["a", "b", "c"])
    figure.canvas.draw()
    widths = [np.ptp(ax.transData.transform([[0, 0], [1, 0]])[:, 0]) for ax in figure.axes]
    assert max(widths) == pytest.approx(min(widths), rel=0.02)


def test_the_confusion_matrix_shows_counts_row_by_row():
    figure = plots.plot_confusion([[3, 1], [0, 4]], ["cat", "dog"])
    assert texts(figure) == ["3", "1", "4"]


def test_the_window_is_framed_where_it_lies():
    figure = plots.plot_window(np.ones((6, 6)), np.ones((3, 3)), np.ones((3, 3)), np.ones((4, 4)), at=(1, 2))
    frames = [patch for ax in figure.axes for patch in ax.patches]
    assert [(frame.get_x(), frame.get_y(), frame.get_width()) for frame in frames] == [(1.5, 0.5, 3), (1.5, 0.5, 1)]
