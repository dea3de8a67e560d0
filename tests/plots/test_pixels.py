"""What a figure shows, pixel by pixel: no image is black, mirrored, turned, or in the wrong colours.

Every figure is drawn as a page would have it, and the screen is read at the middle of each cell of the data.
"""

import matplotlib

matplotlib.use("agg")

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from labkit import plots


@pytest.fixture
def random():
    return np.random.default_rng(5)


def read(ax, points):
    """The colours on the screen at points (x, y) of the data, shape (points, 3), 0 to 255."""
    canvas = FigureCanvasAgg(ax.figure)  # pyplot has forgotten the figure, and taken its own canvas away
    canvas.draw()
    screen = np.asarray(canvas.buffer_rgba())[..., :3].astype(int)
    x, y = ax.transData.transform(points).T
    return screen[len(screen) - 1 - y.astype(int), x.astype(int)]


def seen(ax, rows, columns, aside=(0, 0)):
    """The colours of the cells of an image, (rows, columns, 3): of their middles, or aside where that is written on."""
    across, down = np.meshgrid(np.arange(columns) + aside[0], np.arange(rows) + aside[1])
    return read(ax, np.column_stack([across.ravel(), down.ravel()])).reshape(rows, columns, 3)


def panels(figure):
    """The axes that hold an image, in reading order."""
    return [ax for ax in figure.axes if ax.images and not hasattr(ax, "_colorbar")]


def brightness(colours):
    return colours @ np.array([0.2126, 0.7152, 0.0722])


def assert_brighter_where_greater(colours, values):
    """The order of the values is the order of what is seen; equal enough values may look alike."""
    order = np.argsort(values, axis=None)
    steps = np.diff(brightness(colours).ravel()[order])
    assert steps.min() >= -0.51, "somewhere a greater value is darker"
    assert brightness(colours).max() - brightness(colours).min() > 60, "all looks alike"


def distinct(random, *shape):
    """Numbers that are all different, in no order: 0 to 1."""
    return random.permutation(np.prod(shape)).reshape(shape) / (np.prod(shape) - 1)


class TestImages:
    def test_a_grid_shows_each_image_as_it_is(self, random):
        colour = random.integers(0, 256, (3, 5, 3), dtype=np.uint8)
        grey = random.integers(0, 256, (3, 5), dtype=np.uint8)
        grid = plots.plot_image_grid([colour, grey, colour / 255, grey / 255], columns=2, title="t")
        expected = [colour, grey[..., None], colour, grey[..., None]]
        for ax, image in zip(panels(grid), expected, strict=True):
            assert np.abs(seen(ax, 3, 5) - image).max() <= 1

    def test_a_dark_image_stays_dark(self):
        (ax,) = panels(plots.plot_image_grid([np.full((4, 4), 20, np.uint8)], columns=1))
        assert np.abs(seen(ax, 4, 4) - 20).max() <= 1

    def test_a_zoom(self, random):
        image = random.integers(0, 256, (6, 6), dtype=np.uint8)
        first, second = panels(plots.plot_zoom([image, image[1:4, 2:5]], [(1, 2, 3, 3)], ["whole", "part"]))
        assert np.abs(seen(first, 6, 6) - image[..., None])[0].max() <= 1  # the frame hides some of the others
        # The numbers are written over the last part: most of a cell is free, its middle is not.
        assert first.images[0].get_array().tolist() == image.tolist()
        assert second.images[0].get_array().tolist() == image[1:4, 2:5].tolist()

    def test_answers_leave_the_image_and_veil_the_mask(self, random):
        image = random.integers(0, 256, (4, 6, 3), dtype=np.uint8)
        mask = np.zeros((4, 6), bool)
        mask[1, 2:5] = True
        plain, veiled = panels(plots.plot_answers(image, [plots.Answer("none"), plots.Answer("m", mask=mask)]))
        assert np.abs(seen(plain, 4, 6) - image).max() <= 1
        changed = np.abs(seen(veiled, 4, 6) - image).max(axis=-1) > 1
        np.testing.assert_array_equal(changed, mask)

    def test_strips(self, random):
        first, second = random.integers(0, 256, (2, 4, 4, 3), dtype=np.uint8)
        shown = panels(plots.plot_strips({"a": [first, second], "b": [second, first]}))
        for ax, image in zip(shown, [first, second, second, first], strict=True):
            assert np.abs(seen(ax, 4, 4) - image).max() <= 1

    def test_arrows_lie_on_their_image(self, random):
        image = random.integers(0, 256, (20, 30), dtype=np.uint8)
        (ax,) = panels(plots.plot_directions(image, [[1, 1]], [[0, 1]], length=2))
        assert np.abs(seen(ax, 20, 30)[6:] - image[6:, :, None]).max() <= 1

    def test_frames_lie_on_their_image(self, random):
        image = distinct(random, 8, 8)
        (ax,) = panels(plots.plot_fields(image, {"all": ((0, 7), (0, 7))}))
        assert_brighter_where_greater(seen(ax, 8, 8), image)

    def test_channels_each_in_its_place_and_the_silent_ones_grey(self, random):
        maps = np.zeros((32, 32, 3))
        maps[:, :, 0] = np.arange(32)[:, None]  # brighter downwards
        maps[:, :, 2] = np.arange(32)[None, :]  # brighter to the right
        (ax,) = panels(plots.plot_channels({"layer": maps}, columns=3))
        height, width = ax.images[0].get_array().shape[:2]
        colours = seen(ax, height, width)
        gap = (width - 3 * 32) // 2
        down, silent, right = (colours[:32, start : start + 32] for start in (0, 32 + gap, 64 + 2 * gap))
        assert brightness(down)[30].min() > brightness(down)[1].max() + 60
        assert brightness(right)[:, 30].min() > brightness(right)[:, 1].max() + 60
        assert np.ptp(silent.reshape(-1, 3), axis=0).max() == 0
        assert np.ptp(silent[0, 0]) < 20, "grey"


class TestMaps:
    def test_unsigned_maps_are_brighter_where_greater(self, random):
        values = distinct(random, 4, 6) * 7 + 2
        (ax,) = panels(plots.plot_maps([values], ["m"], signed=False, columns=1))
        assert_brighter_where_greater(seen(ax, 4, 6), values)

    def test_signed_maps_are_purple_below_zero_white_at_it_and_orange_above(self, random):
        values = distinct(random, 5, 5) * 2 - 1
        values[2, 3] = 0
        (ax,) = panels(plots.plot_maps([values], ["m"], columns=1))
        colours = seen(ax, 5, 5)
        warm = colours[..., 0] - colours[..., 2]  # red less blue
        assert (warm[values > 0.2] > 20).all()
        assert (warm[values < -0.2] < -20).all()
        assert colours[2, 3].min() >= 240

    def test_kernels_share_one_scale(self):
        one, other = np.array([[1.0, -1.0], [0.5, 0.0]]), np.array([[0.5, 0.0], [0.0, 0.0]])
        first, second = (seen(ax, 2, 2) for ax in panels(plots.plot_kernels([one, other], columns=2)))
        assert np.abs(first[1, 0] - second[0, 0]).max() <= 1, "0.5 is 0.5 in both"
        assert first[0, 0, 0] - first[0, 0, 2] > 20 > -20 > first[0, 1, 0] - first[0, 1, 2]
        assert second[1].min() >= 240

    def test_matrices_are_coloured_by_sign(self):
        # Numbers are written in the middle of the cells: the colours are read at the cells' upper left.
        (ax,) = panels(plots.plot_matrices([[[5, -5, 0], [0, 0, 5]]], ["m"]))
        colours = seen(ax, 2, 3, aside=(-0.35, -0.35))
        warm = np.round((colours[..., 0] - colours[..., 2]) / 20)
        assert np.sign(warm).tolist() == [[1, -1, 0], [0, 0, 1]]

    def test_spectra_are_brighter_where_there_is_more(self, random):
        energy = 10 ** (distinct(random, 5, 5) * 3)
        (ax,) = panels(plots.plot_spectra({"s": energy}))
        waves = np.arange(5) / 5 - 0.4  # a pixel, from −0.5 to 0.5
        across, down = np.meshgrid(waves, waves)
        colours = read(ax, np.column_stack([across.ravel(), down.ravel()]))
        assert_brighter_where_greater(colours, energy.ravel())

    def test_connections_are_dark_where_there_is_one(self):
        table = np.array([[1, 1, 0], [0, 1, 0]], bool)  # inputs by outputs
        (ax,) = panels(plots.plot_connections(table, inputs="in", outputs="out"))
        dark = brightness(seen(ax, 3, 2, aside=(-0.4, -0.4))) < 200
        np.testing.assert_array_equal(dark, table.T)

    def test_confusion_is_darker_where_there_are_more(self):
        (ax,) = panels(plots.plot_confusion([[0, 90, 10], [5, 0, 95], [100, 0, 0]], ["a", "b", "c"]))
        dark = brightness(seen(ax, 3, 3, aside=(-0.4, -0.4))) < 120
        np.testing.assert_array_equal(dark, [[0, 1, 0], [0, 0, 1], [1, 0, 0]])


class TestOverlays:
    """The map's strongest position is the warmest, and the image below is not mirrored."""

    @pytest.mark.parametrize("style", ["even", "deck"])
    def test_colour_lies_where_the_map_is_strong(self, style):
        image = np.full((40, 60, 3), 100, np.uint8)
        heat = np.zeros((4, 6))
        heat[0, 5] = 1
        laid = plots.overlay(image, heat, style=style).astype(int)
        strong, weak = laid[2:6, 55:58].mean(axis=(0, 1)), laid[30:, :20].mean(axis=(0, 1))
        if style == "deck":  # JET: red where strong, blue where weak
            assert strong[0] - strong[2] > 20 > -20 > weak[0] - weak[2]
        else:  # inferno: light yellow where strong; where weak the image in grey
            assert strong[0] - strong[2] > 50
            assert weak.tolist() == [100, 100, 100]
            assert brightness(strong) > brightness(weak) + 50

    def test_half_a_map_is_orange(self):
        laid = plots.overlay(np.full((8, 8, 3), 100, np.uint8), np.full((8, 8), 0.6)).astype(int)
        assert (laid[..., 0] - laid[..., 2] > 40).all()

    def test_the_image_is_seen_below_the_map_and_not_mirrored(self):
        image = np.full((8, 8, 3), 30, np.uint8)
        image[:4, :4] = 220
        for strength in (0, 0.5, 1):
            light = brightness(plots.overlay(image, np.full((8, 8), strength)).astype(int))
            assert light[:4, :4].min() > max(light[4:].max(), light[:4, 4:].max()) + 20

    @pytest.mark.parametrize(("colour", "grey"), [((200, 0, 0), 60), ((0, 0, 200), 23)])
    def test_red_is_a_lighter_grey_than_blue(self, colour, grey):
        laid = plots.overlay(np.full((8, 8, 3), colour, np.uint8), np.zeros((8, 8))).astype(int)
        assert np.abs(laid - grey).max() <= 1

    def test_red_stays_red_where_colours_are_added(self):
        image = np.zeros((8, 8, 3), np.uint8)
        image[:, :4, 0] = 200  # red on the left, blue on the right
        image[:, 4:, 2] = 200
        laid = plots.overlay(image, np.full((8, 8), 0.5), style="deck").astype(int)
        assert (laid[:, 0, 0] - laid[:, 7, 0] > 50).all()
        assert (laid[:, 7, 2] - laid[:, 0, 2] > 50).all()
