"""Arrows on a photograph and marks on a series stand where they were asked for."""

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.quiver import Quiver

from labkit import plots


def test_arrows_have_one_length_and_point_where_the_numbers_say():
    directions = [(3, 4), (0, -2)]  # down, right
    figure = plots.plot_directions(np.zeros((20, 30)), [(5, 6), (10, 12)], directions, length=10, title="t")
    arrows = next(drawn for drawn in figure.axes[0].get_children() if isinstance(drawn, Quiver))
    np.testing.assert_allclose(arrows.XY, [[6, 5], [12, 10]])
    np.testing.assert_allclose(np.stack([arrows.V, arrows.U], axis=1), [[6, 8], [0, -10]])


def test_marks_stand_on_series_and_response():
    figure = plots.plot_series([1, 9, 2, 8], [0, 5, 1, 4], [1, 3], names=("a", "b"), xlabel="moment", title="t")
    marks = [ax.lines[1].get_xydata().tolist() for ax in figure.axes]
    assert marks == [[[1, 9], [3, 8]], [[1, 5], [3, 4]]]
    assert figure.axes[-1].get_xlabel() == "moment"


def test_figures_are_closed_and_no_wider_than_a_page():
    for figure in (
        plots.plot_directions(np.zeros((4, 4)), [(1, 1)], [(1, 0)]),
        plots.plot_series([1, 2], [3, 4], [], names=("a", "b"), xlabel="x"),
    ):
        assert plt.get_fignums() == []
        assert figure.get_figwidth() == pytest.approx(6)
