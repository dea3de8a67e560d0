"""Zooms, and answers laid over an image: they show what they were given, and nothing else."""

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.patches import Rectangle

from labkit import plots


def draw_all():
    image = np.arange(64).reshape(8, 8)
    yield plots.plot_zoom([image, image[:4, :4], image[:2, :2]], [(0, 0, 4, 4), (0, 0, 2, 2)], ["a", "b", "c"])
    yield plots.plot_answers(np.zeros((4, 6, 3), np.uint8), [plots.Answer("none")], title="t")


def test_figures_are_closed_for_pyplot_and_no_wider_than_a_page():
    for figure in draw_all():
        assert plt.get_fignums() == []
        assert figure.get_figwidth() == pytest.approx(6)


def test_a_zoom_writes_the_numbers_of_its_last_stage_only():
    image = np.arange(16).reshape(4, 4)
    figure = plots.plot_zoom([image, image[:3, :3], image[1:3, 1:3]], [(0, 0, 3, 3), (1, 1, 2, 2)], ["", "", ""])
    written = [[text.get_text() for text in ax.texts] for ax in figure.axes]
    assert written == [[], [], ["5", "6", "9", "10"]]


def test_boxes_lie_around_whole_pixels_and_carry_their_names():
    answer = plots.Answer("detection", boxes={"cup": (1, 2, 3, 4)})
    (ax,) = plots.plot_answers(np.zeros((8, 9, 3), np.uint8), [answer], columns=1).axes
    (box,) = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    assert (box.get_x(), box.get_y(), box.get_width(), box.get_height()) == (1.5, 0.5, 4, 3)
    assert [text.get_text() for text in ax.texts] == ["cup"]


def test_a_mask_colours_its_own_pixels_and_no_others():
    mask = np.array([[True, False], [False, False]])
    (ax,) = plots.plot_answers(np.zeros((2, 2, 3), np.uint8), [plots.Answer("", mask=mask)], columns=1).axes
    opacity = ax.images[-1].get_array()[:, :, 3]
    np.testing.assert_array_equal(opacity > 0, mask)
