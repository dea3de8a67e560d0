"""No curve is left out of a figure because the colours or the markers run out."""

import pytest

from labkit.plots import plot_depths, plot_gradient_norms, plot_method_scores, plot_probes, plot_trade
from labkit.plots.style import COLOURS

MOST = len(COLOURS)


def probes(count):
    return plot_probes(["a", "b"], {f"curve {n}": [[n, n + 1]] for n in range(count)}, xlabel="x")


def depths(count):
    curves = {f"network {n}": [1, n + 2] for n in range(count)}
    return plot_depths(curves, level=3, level_name="all", xlabel="x", ylabel="y")


def trade(count):
    return plot_trade({f"way {n}": [("one", n + 1, 0.5)] for n in range(count)}, xlabel="x", ylabel="y")


def norms(count):
    return plot_gradient_norms({f"network {n}": [n + 1, n + 2] for n in range(count)})


def scores(count):
    return plot_method_scores(["method"], {f"score {n}": [[n / 10]] for n in range(count)}, xlabel="x")


@pytest.mark.parametrize("draw", [probes, depths, trade, norms, scores])
def test_as_many_as_there_are_colours_are_all_drawn(draw):
    figure = draw(MOST)
    legends = [*figure.legends, *(ax.get_legend() for ax in figure.axes if ax.get_legend())]
    assert sum(len(legend.get_texts()) for legend in legends) == MOST


@pytest.mark.parametrize("draw", [probes, depths, trade, norms, scores])
def test_more_are_refused(draw):
    with pytest.raises(ValueError, match=f"{MOST + 1} curves; allowed are at most {MOST}"):
        draw(MOST + 1)
