"""Every channel of a layer: where each is drawn, and which are drawn as silent."""

import numpy as np
import pytest

from labkit import plots
from labkit.plots.channels import SILENT


def drawn(maps, **options):
    figure = plots.plot_channels({"conv": maps}, **options)
    (ax,) = figure.axes
    return ax, np.asarray(ax.images[0].get_array())


def test_channels_lie_row_by_row_with_a_margin_between_them():
    maps = np.ones((2, 3, 5)) * np.arange(5)
    _, sheet = drawn(maps, columns=3)
    assert sheet.shape == (2 * 2 + 1, 3 * 3 + 2, 4)
    assert sheet[2] == pytest.approx(np.ones((11, 4)))  # the margin between two rows
    assert sheet[3:, 8:] == pytest.approx(np.ones((2, 3, 4)))  # the sixth place is empty


def test_only_a_channel_of_zeros_is_grey():
    maps = np.zeros((2, 2, 3))
    maps[0, 0, 1] = 5
    maps[:, :, 2] = -1  # the same everywhere, but not zero
    ax, sheet = drawn(maps)
    assert sheet[0, 0] == pytest.approx(SILENT)
    assert sheet[0, 3] != pytest.approx(SILENT)
    assert sheet[0, 6] != pytest.approx(SILENT)
    assert ax.get_title(loc="left") == "conv: 3 channels of 2×2, 1 silent"


def test_each_channel_has_its_own_range():
    maps = np.stack([np.array([[0.0, 1.0]]), np.array([[0.0, 100.0]])], axis=-1)
    _, sheet = drawn(maps)
    assert sheet[0, 1] == pytest.approx(sheet[0, 4])


def test_layers_stand_under_one_another():
    figure = plots.plot_channels({"a": np.ones((4, 4, 2)), "b": np.ones((2, 2, 20))}, title="Two layers")
    assert len(figure.axes) == 2
    assert figure.get_suptitle() == "Two layers"
