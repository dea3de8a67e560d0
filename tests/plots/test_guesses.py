"""Names under images: each bar is as long as its probability, under the image it belongs to, the first on top."""

import matplotlib

matplotlib.use("agg")

from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest

from labkit import plots


def says(**probabilities):
    return [SimpleNamespace(label=label, probability=probability) for label, probability in probabilities.items()]


@pytest.fixture
def figure():
    images = [np.full((4, 6, 3), 200, np.uint8), np.zeros((5, 3, 3), np.uint8)]
    return plots.plot_guesses(images, [says(cup=0.75, plate=0.125), says(spoon=0.5)], ["before", "after"], title="t")


def test_it_is_closed_for_pyplot_and_no_wider_than_a_page(figure):
    assert plt.get_fignums() == []
    assert figure.get_figwidth() == pytest.approx(6)


def test_each_name_stands_under_its_image_with_a_bar_of_its_probability(figure):
    before, after, under_before, under_after = figure.axes
    assert [ax.get_title(loc="center") for ax in (before, after)] == ["before", "after"]
    assert [ax.images[0].get_array().max() for ax in (before, after)] == [200, 0]
    for ax, probabilities in ((under_before, [0.75, 0.125]), (under_after, [0.5])):
        whole, drawn = ax.containers
        assert [bar.get_width() for bar in whole] == [1] * len(probabilities)
        assert [bar.get_width() for bar in drawn] == probabilities
    assert [text.get_text() for text in under_before.texts] == ["75%  cup", "12%  plate"]
    assert [text.get_text() for text in under_after.texts] == ["50%  spoon"]
    assert under_before.get_xlim() == under_after.get_xlim() == (0, 1)


def test_the_first_name_is_on_top(figure):
    ax = figure.axes[2]
    heights = [ax.transData.transform((0, text.get_position()[1]))[1] for text in ax.texts]
    assert heights[0] > heights[1]


@pytest.mark.parametrize(
    ("guesses", "titles", "words"),
    [
        ([], ["a"], "guesses holds 0 entries; allowed are 1, one an image"),
        ([says(cup=1.0)], ["a", "b"], "titles holds 2 entries; allowed are 1, one an image"),
    ],
)
def test_each_image_needs_guesses_and_a_title(guesses, titles, words):
    with pytest.raises(ValueError, match=words):
        plots.plot_guesses([np.zeros((2, 2, 3))], guesses, titles)
