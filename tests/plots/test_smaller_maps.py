"""Images of shrinking: cells, bars and windows stand where the numbers say."""

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from labkit import plots
from labkit.calculators import output_size, padding_amount
from labkit.plots import COLOURS


def rectangles(figure, colour):
    """Left ends and widths of the rectangles filled with a colour."""
    patches = [patch for ax in figure.axes for patch in ax.patches if isinstance(patch, Rectangle)]
    return [
        (round(patch.get_x()), round(patch.get_width()))
        for patch in patches
        if to_hex(patch.get_facecolor()) == COLOURS[colour].lower()
    ]


def words(figure):
    return [text.get_text() for ax in figure.axes for text in ax.texts]


def draw_all():
    yield plots.plot_places(7, 3, 2, (0, 0), 3, title="t")
    yield plots.plot_pooling(np.arange(16).reshape(4, 4), [[5, 7], [13, 15]], 2, titles=("a", "b"), title="t")
    yield plots.plot_lines([1, 2], {"a": [0, 1], "b": [1, 2]}, xlabel="x", ylabel="y", title="t")
    yield plots.plot_paired({"a": [0.1, 0.2], "b": [0.3, 0.1]}, ylabel="y", title="t")


def test_figures_are_closed_for_pyplot_and_as_wide_as_a_page():
    for figure in draw_all():
        assert plt.get_fignums() == []
        assert figure.get_figwidth() == pytest.approx(6)


def test_bars_stand_where_the_kernel_lies():
    figure = plots.plot_places(13, 6, 5, padding_amount(13, 6, 5), output_size(13, 6, 5, "same"))
    assert rectangles(figure, "blue") == [(-1, 6), (4, 6), (9, 6)]
    assert words(figure).count("pad") == 3
    # Outputs are not confused with the cells' own numbers.
    assert [word for word in words(figure) if word.startswith("output")] == ["output 0", "output 1", "output 2"]
    assert rectangles(figure, "orange") == []


def test_numbers_that_no_place_looks_at_are_marked():
    figure = plots.plot_places(13, 6, 5, (0, 0), output_size(13, 6, 5))
    assert rectangles(figure, "orange") == [(11, 1), (12, 1)]
    # A stride longer than the kernel misses numbers in between.
    assert rectangles(plots.plot_places(7, 1, 3, (0, 0), 3), "orange") == [(1, 1), (2, 1), (4, 1), (5, 1)]


def test_a_window_and_its_result_have_one_colour():
    figure = plots.plot_pooling(np.arange(16).reshape(4, 4), [[5, 7], [13, 15]], 2, titles=("a", "b"))
    before, after = ([patch.get_edgecolor() for patch in ax.patches] for ax in figure.axes)
    assert before == after
    assert len(set(before)) == 4


def test_a_line_at_zero_is_inside_the_picture():
    figure = plots.plot_lines([1, 2], {"a": [0, 0], "b": [1, 2]}, xlabel="x", ylabel="y")
    assert figure.axes[0].get_ylim()[0] < 0


def test_a_seed_is_a_line_and_each_way_has_its_mean():
    figure = plots.plot_paired({"a": [0.1, 0.3], "b": [0.5, 0.1]}, ylabel="y")
    ax = figure.axes[0]
    assert [line.get_ydata().tolist() for line in ax.lines] == [[0.1, 0.5], [0.3, 0.1]]
    means = [segment[0][1] for segment in ax.collections[0].get_segments()]
    assert means == pytest.approx([0.2, 0.3])


def test_ways_without_an_order_are_not_joined_and_equal_dots_do_not_hide_each_other():
    figure = plots.plot_paired({"a": [0.1, 0.1], "b": [0.5, 0.1]}, ylabel="y", joined=False)
    ax = figure.axes[0]
    assert [line.get_linestyle() for line in ax.lines] == ["None", "None"]
    first, second = (line.get_xdata() for line in ax.lines)
    assert np.all(second - first > 0.05)
    assert (first + second) / 2 == pytest.approx([0, 1])
    assert [label.get_text() for label in ax.get_xticklabels()] == ["a", "b"]


def test_ways_need_as_many_seeds_as_each_other():
    with pytest.raises(ValueError, match="zip"):
        plots.plot_paired({"a": [0.1, 0.3], "b": [0.5]}, ylabel="y")
    assert plt.get_fignums() == []
