"""Small arrays with their numbers written in."""

import matplotlib

matplotlib.use("agg")

import numpy as np
import pytest

from labkit import plots


def texts(figure):
    return [text.get_text() for ax in figure.axes for text in ax.texts]


def test_a_matrix_shows_its_numbers_and_leaves_unknown_cells_empty():
    figure = plots.plot_matrices([[[1, -2], [np.nan, 0.5]]], ["m"])
    assert sorted(texts(figure)) == sorted(["1", "−2", "0.5", "m"])


def test_all_cells_of_a_figure_are_of_one_size():
    figure = plots.plot_matrices([np.ones((6, 6)), np.ones((3, 3)), np.ones((4, 4))], ["a", "b", "c"])
    figure.canvas.draw()
    widths = [np.ptp(ax.transData.transform([[0, 0], [1, 0]])[:, 0]) for ax in figure.axes]
    assert max(widths) == pytest.approx(min(widths), rel=0.02)


def test_the_window_is_framed_where_it_lies():
    figure = plots.plot_window(np.ones((6, 6)), np.ones((3, 3)), np.ones((3, 3)), np.ones((4, 4)), at=(1, 2))
    frames = [patch for ax in figure.axes for patch in ax.patches]
    assert [(frame.get_x(), frame.get_y(), frame.get_width()) for frame in frames] == [(1.5, 0.5, 3), (1.5, 0.5, 1)]
