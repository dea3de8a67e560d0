"""Gradients by layer and the range test, as they are drawn."""

import numpy as np
import pytest

from labkit.plots import plot_gradient_norms, plot_range_test
from labkit.plots.style import COLOURS


def test_zeros_are_named_and_not_drawn():
    figure = plot_gradient_norms({"alive": [0.1, 0.2, 0.3], "vanished": [0.0, 0.0, 1e-9]}, title="what to see")
    (ax,) = figure.axes
    assert ax.get_yscale() == "log"
    alive, vanished = ax.lines
    np.testing.assert_array_equal(alive.get_xdata(), [1, 2, 3])
    assert np.isnan(vanished.get_ydata()[:2]).all()
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["alive", "vanished (0 at 2 layers)"]
    assert figure.get_suptitle() == "what to see"


def test_the_suggested_rate_is_marked():
    figure = plot_range_test([0.01, 0.1, 1.0], [2.0, 1.0, 90.0], [2.0, 1.5, 10.0], 0.01)
    (ax,) = figure.axes
    assert ax.get_xscale() == "log"
    assert ax.lines[2].get_xdata()[0] == 0.01
    assert ax.get_ylim()[1] < 3  # the batch of 90 does not flatten the rest
    assert "suggested: 0.01" in [text.get_text() for text in ax.get_legend().get_texts()]


def test_a_network_has_the_colour_it_is_given():
    figure = plot_gradient_norms({"a": [1.0, 2.0], "b": [2.0, 1.0]}, colours={"b": "blue", "a": "green"})
    assert [line.get_color() for line in figure.axes[0].lines] == [COLOURS["green"], COLOURS["blue"]]
    with pytest.raises(ValueError, match=r"colours\['b'\] is None; allowed are blue, orange"):
        plot_gradient_norms({"a": [1.0], "b": [2.0]}, colours={"a": "green"})


@pytest.mark.parametrize("lowest", [1e-24, 1e-14, 1e-3, 0.2])
def test_powers_of_ten_on_the_axis_are_few_and_pass_through_1(lowest):
    figure = plot_gradient_norms({"a": [lowest, 1.5, 20.0]})
    figure.canvas.draw()
    (ax,) = figure.axes
    low, high = ax.get_ylim()
    ticks = [tick for tick in ax.get_yticks() if low <= tick <= high]
    assert 2 <= len(ticks) <= 8
    assert 1 in ticks
    assert len(set(np.diff(np.log10(ticks)).round(6))) == 1
