"""Figures about counting: they show the numbers and names they were given."""

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

from labkit import plots
from labkit.plots.style import COLOURS


def texts(figure):
    return [text.get_text() for ax in figure.axes for text in ax.texts]


def draw_all():
    yield plots.plot_volumes({"input": (28, 28, 1), "conv": (26, 26, 32)}, title="t")
    yield plots.plot_cost({"weights": {"conv": 1, "dense": 3}, "work": {"conv": 2, "dense": 0}}, title="t")
    yield plots.plot_fields(np.zeros((8, 8)), {"conv: 3×3": ((0, 2), (1, 3))}, title="t")
    yield plots.plot_curves([0, 1, 2], {"up": {"a": [0, 1, 2]}, "down": {"b": [2, 1, 0]}}, xlabel="x", ylabel="y")


def test_figures_are_closed_for_pyplot_and_no_wider_than_a_page():
    for figure in draw_all():
        assert plt.get_fignums() == []
        assert figure.get_figwidth() == pytest.approx(6)


def test_volumes_are_named_by_their_shapes():
    figure = plots.plot_volumes({"input": (28, 28, 1), "conv": (26, 25, 32)})
    named, sides = texts(figure)[:2], texts(figure)[2:]
    assert named == ["input\n28×28\n×1", "conv\n26×25\n×32"]
    assert sides == ["height", "channels", "width"]


def test_shares_are_per_cent_of_each_kind():
    figure = plots.plot_cost({"weights": {"conv": 1, "dense": 3}, "work": {"conv": 999, "dense": 1, "flatten": 0}})
    assert texts(figure) == ["25 %", "75 %", "100 %", "< 1 %"]
    widths = [bar.get_width() for bar in figure.axes[0].patches]
    assert widths == pytest.approx([25, 75])


def test_a_frame_takes_in_its_last_row_and_column():
    figure = plots.plot_fields(np.zeros((8, 8)), {"conv": ((0, 2), (1, 4))})
    (frame,) = figure.axes[0].patches
    assert (frame.get_xy(), frame.get_width(), frame.get_height()) == ((0.5, -0.5), 4, 3)


def test_each_field_has_a_panel_in_which_all_else_is_darkened():
    regions = {"conv": ((0, 2), (1, 4)), "beyond": ((-2, 3), (6, 9)), "all": ((0, 7), (0, 7)), "one": ((5, 5), (5, 5))}
    figure = plots.plot_fields(np.zeros((8, 8)), regions)
    panels = [ax for ax in figure.axes if ax.get_title("left")]
    assert [ax.get_title("left") for ax in panels] == list(regions)
    lit = [(np.asarray(ax.images[1].get_alpha()) == 0).sum() for ax in panels]
    assert lit == [3 * 4, 4 * 2, 64, 1]


def test_a_curve_keeps_its_colour_from_panel_to_panel():
    curves = {"a": [0, 1], "b": [1, 0]}
    figure = plots.plot_curves([0, 1], {"values": curves, "slopes": {"b": [1, 1]}}, xlabel="x", ylabel="y")
    colours = [{line.get_label(): line.get_color() for line in ax.lines} for ax in figure.axes]
    assert colours[0]["b"] == colours[1]["b"] != colours[0]["a"]


def test_each_panel_explains_the_curves_that_no_panel_above_has():
    panels = {"values": {"a": [0, 1]}, "again": {"a": [1, 0]}, "errors": {"a": [0, 0], "b": [1, 1]}}
    legends = [ax.get_legend() for ax in plots.plot_curves([0, 1], panels, xlabel="x", ylabel="y").axes]
    assert [legend and [text.get_text() for text in legend.get_texts()] for legend in legends] == [
        ["a"],
        None,
        ["a", "b"],
    ]


def test_curves_have_the_colours_they_are_given():
    panels = {"values": {"a": [0, 1], "b": [1, 0]}, "slopes": {"b": [1, 1]}}
    figure = plots.plot_curves([0, 1], panels, colours={"a": "green", "b": "sky"}, xlabel="x", ylabel="y")
    found = {line.get_label(): line.get_color() for ax in figure.axes for line in ax.lines}
    assert (found["a"], found["b"]) == (COLOURS["green"], COLOURS["sky"])
