"""Images of weights that go and of what a smaller network costs: their numbers are those that were given."""

import numpy as np
import pytest

from labkit.plots import plot_trade, plot_weights


@pytest.mark.parametrize("threshold", [0.0, 0.05, 0.3])
def test_bars_hold_the_shares_that_go_and_stay(threshold):
    weights = np.random.default_rng(0).uniform(-0.5, 0.5, (3, 3, 40))
    figure = plot_weights({"conv": weights, "dense": 2 * weights}, threshold, title="small ones go")
    for ax, kernel in zip(figure.axes, (weights, 2 * weights), strict=True):
        stay, go = ([bar.get_height() for bar in bars] for bars in ax.containers)
        share = (np.abs(kernel) <= threshold).mean()
        assert sum(go) == pytest.approx(share)
        assert sum(stay) == pytest.approx(1 - share, abs=0.01)  # the greatest of all may lie beyond the image
        assert ax.get_title("left").startswith(("conv", "dense"))


def test_points_are_where_they_belong_and_named():
    groups = {"pruned": [("50 %", 200, 0.91), ("90 %", 50, 0.89)], "int8": [("int8", 88, 0.908)]}
    figure = plot_trade(groups, xlabel="kB", ylabel="accuracy")
    (ax,) = figure.axes
    assert [line.get_xydata().tolist() for line in ax.lines] == [[[200, 0.91], [50, 0.89]], [[88, 0.908]]]
    assert [text.get_text() for text in ax.texts] == ["50 %", "90 %", "int8"]
    assert ax.get_xscale() == "log"
