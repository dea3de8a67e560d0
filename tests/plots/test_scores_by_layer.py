"""Accuracies step by step: what is drawn is what was handed over."""

import pytest

from labkit import plots


def drawn(**options):
    return plots.plot_probes(["10", "30"], {"frozen": [[0.8, 0.9], [0.6, 0.7]]}, xlabel="pictures", **options)


def test_the_line_is_the_mean_over_the_seeds():
    (ax,) = drawn().axes
    assert ax.lines[0].get_ydata() == pytest.approx([0.7, 0.8])
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["10", "30"]


def test_levels_are_named_in_the_legend():
    figure = drawn(levels={"from scratch": 0.75}, title="Few are enough")
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["frozen (2 seeds)", "from scratch"]
    assert list(figure.axes[0].lines[1].get_ydata()) == [0.75, 0.75]
    assert figure.get_suptitle() == "Few are enough"


def test_one_run_has_no_seeds_in_its_name():
    figure = plots.plot_probes(["first_layer", "last_layer"], {"a run": [[0.5, 0.6]]}, xlabel="layer")
    assert figure.legends[0].get_texts()[0].get_text() == "a run"


def test_of_two_curves_of_one_colour_the_second_is_dashed():
    curves = {"training": [[0.5, 0.6]], "validation": [[0.4, 0.5]], "other": [[0.1, 0.2]]}
    colours = {"training": "blue", "validation": "blue", "other": "green"}
    lines = plots.plot_probes(["8", "20"], curves, colours=colours, xlabel="layers").axes[0].lines
    assert [line.get_linestyle() for line in lines] == ["-", "--", "-"]
    assert lines[0].get_color() == lines[1].get_color() != lines[2].get_color()
