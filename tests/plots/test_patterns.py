"""Rows of patterns, and spectra: what is drawn where."""

import numpy as np

from labkit import plots


def test_strips_name_their_rows():
    images = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 3)).astype(np.uint8)
    figure = plots.plot_strips({"plain": images, "waves": images[::-1]}, title="Two rows")
    assert len(figure.axes) == 8
    assert [line.get_text() for ax in figure.axes for line in ax.texts] == ["plain", "waves"]
    np.testing.assert_array_equal(figure.axes[4].images[0].get_array(), images[3])
    assert figure.get_suptitle() == "Two rows"


def test_a_long_name_leaves_the_images_at_equal_distances():
    images = np.zeros((4, 8, 8, 3), np.uint8)
    figure = plots.plot_strips({"a": images, "a name much wider than its first image": images}, title="Two rows")
    figure.canvas.draw()
    left = [ax.get_window_extent().x0 for ax in figure.axes[:4]]
    np.testing.assert_allclose(np.diff(left), np.diff(left).mean(), atol=1)


def test_the_line_over_a_row_hides_no_image():
    images = np.zeros((6, 8, 8, 3), np.uint8)
    figure = plots.plot_strips({"one": images, "two": images, "three": images}, title="Three rows")
    figure.canvas.draw()
    above = [figure._suptitle.get_window_extent().y0, *(ax.get_window_extent().y0 for ax in figure.axes[::6][:-1])]
    for ax, limit in zip(figure.axes[::6], above, strict=True):
        line = ax.texts[0].get_window_extent()
        assert ax.get_window_extent().y1 <= line.y0
        assert line.y1 <= limit


def test_spectra_are_drawn_in_powers_of_ten():
    energy = np.full((8, 8), 1e-2)
    energy[4, 4], energy[0, 0] = 10, 0
    figure = plots.plot_spectra({"one": energy, "two": 100 * energy})
    first, second = (figure.axes[place].images[0] for place in (0, 1))
    assert first.get_clim() == (-4, 0)
    assert first.get_array()[4, 4] == 0
    np.testing.assert_allclose(first.get_array()[1, 1], -3)
    np.testing.assert_allclose(first.get_array(), second.get_array())
    figure.canvas.draw()
