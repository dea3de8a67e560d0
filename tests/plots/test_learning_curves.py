"""The images of learning show what they are given."""

import numpy as np
import pytest

from labkit import plots


def test_a_walk_lies_where_it_went():
    weights = np.linspace(0, 2, 5)
    figure = plots.plot_descent(weights, weights**2, {"small steps": ([2, 1, 0.5], [4, 1, 0.25])}, title="Downhill")
    curve, walk = figure.axes[0].lines
    assert walk.get_xdata().tolist() == [2, 1, 0.5]
    assert curve.get_ydata().tolist() == (weights**2).tolist()
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["small steps"]


def test_the_names_of_walks_lie_on_none_of_them():
    figure = plots.plot_descent([0, 1], [0, 1], {"jumps": ([0, 1, 0, 1], [0, 0.3, 0.6, 0.9])})
    figure.set_layout_engine("constrained")
    figure.canvas.draw()
    assert not figure.legends[0].get_window_extent().overlaps(figure.axes[0].get_window_extent())


def test_sizes_are_drawn_with_mean_and_seeds():
    runs = {"convnet": [[0.8, 0.9], [0.9, 1.0]], "dense": [[0.5, 0.7]]}
    figure = plots.plot_sample_sizes([100, 1_000], {"here": runs, "there": runs})
    above, below = figure.axes
    assert above.lines[0].get_ydata() == pytest.approx([0.85, 0.95])
    assert [label.get_text() for label in below.get_xticklabels()] == ["100", "1,000"]
    assert "convnet (2 seeds)" in [text.get_text() for text in below.get_legend().get_texts()]
