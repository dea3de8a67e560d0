"""Wiring and growth: they show what they were given, and nothing else."""

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

from labkit import plots


def draw_all():
    yield plots.plot_wiring([np.eye(2, 3, dtype=int)], ["a"], title="t")
    yield plots.plot_connections(np.eye(4, 3, dtype=bool), inputs="a", outputs="b", title="t")
    yield plots.plot_growth([1, 2, 4], {"square": [1, 4, 16]}, xlabel="side", ylabel="count", title="t")


def test_figures_are_closed_for_pyplot_and_no_wider_than_a_page():
    for figure in draw_all():
        assert plt.get_fignums() == []
        assert figure.get_figwidth() == pytest.approx(6)


def test_wiring_has_a_line_for_each_connection_and_a_style_for_each_shared_weight():
    (ax,) = plots.plot_wiring([[[1, 2, 0], [0, 1, 2]]], ["shared"]).axes
    wires = [line for line in ax.lines if line.get_linestyle() != "None"]
    assert len(wires) == 4
    assert len({(line.get_color(), line.get_linestyle()) for line in wires}) == 2


def test_a_weight_of_its_own_has_a_colour_of_its_own():
    """Drawn alike, many weights would read as one that is shared."""
    (ax,) = plots.plot_wiring([-np.ones((4, 6), int)], ["dense"]).axes
    colours = {tuple(line.get_color()) for line in ax.lines if line.get_linestyle() != "None"}
    assert len(colours) == 24
    assert ax.get_legend() is None


def test_the_styles_of_shared_weights_are_named():
    (ax,) = plots.plot_wiring([[[1, 3, 0], [0, 1, 3]]], ["shared"]).axes
    drawn = {line.get_color() for line in ax.lines if line.get_linestyle() != "None"}
    legend = ax.get_legend()
    colours = [line.get_color() for line in legend.get_lines()]
    named = dict(zip([text.get_text() for text in legend.texts], colours, strict=True))
    assert list(named) == ["weight 1", "weight 3"]
    assert set(named.values()) == drawn


def test_a_table_of_connections_is_turned_and_counted():
    (ax,) = plots.plot_connections([[1, 1, 0], [0, 1, 0]], inputs="in", outputs="out").axes
    np.testing.assert_array_equal(ax.images[0].get_array(), [[1, 0], [1, 1], [0, 0]])
    assert [text.get_text() for text in ax.texts] == ["2", "1", "1", "2", "0", "3"]


def test_growth_draws_power_laws_as_straight_lines():
    (ax,) = plots.plot_growth([1, 2, 4], {"square": [1, 4, 16]}, xlabel="side", ylabel="count").axes
    assert ax.get_xscale() == ax.get_yscale() == "log"
    assert [text.get_text() for text in ax.texts] == ["square"]


@pytest.mark.parametrize("counts", [[9, 50, 121], [3, 30, 300], [1, 1e4, 1e6]])
def test_a_logarithmic_axis_has_ticks_to_read_values_by(counts):
    figure = plots.plot_growth([1, 2, 4], {"a": counts}, xlabel="side", ylabel="count")
    (ax,) = figure.axes
    low, high = ax.get_ylim()
    assert sum(low <= tick <= high for tick in ax.get_yticks()) >= 3
