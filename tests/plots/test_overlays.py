"""Overlays against OpenCV step by step as in the decks, with red first all the way."""

import builtins

import cv2
import numpy as np
import pytest
from matplotlib import colormaps
from PIL import Image

from labkit.plots import overlay


@pytest.fixture
def image():
    return np.random.default_rng(0).integers(0, 256, (30, 40, 3)).astype(np.uint8)


@pytest.fixture
def heatmap():
    values = np.random.default_rng(1).random((7, 5))
    return values / values.max()


def test_the_decks_steps(image, heatmap):
    """heatmap = resize(...); uint8(255·heatmap); applyColorMap(JET); heatmap·0.4 + image: all of it blue first."""
    large = np.uint8(255 * cv2.resize(heatmap.astype(np.float32), (40, 30)))
    blue_first = cv2.applyColorMap(large, cv2.COLORMAP_JET) * 0.4 + image[..., ::-1]
    expected = np.clip(blue_first.round(), 0, 255).astype(np.uint8)[..., ::-1]
    np.testing.assert_array_equal(overlay(image, heatmap, style="deck"), expected)


def test_red_is_first():
    hot = overlay(np.zeros((4, 4, 3), np.uint8), np.ones((4, 4)), style="deck", alpha=1)
    assert hot[0, 0].tolist() == [128, 0, 0]  # JET ends in dark red
    red = np.zeros((4, 4, 3), np.uint8)
    red[..., 0] = 200
    np.testing.assert_array_equal(overlay(red, np.zeros((4, 4)), style="deck", alpha=0), red)


def test_even_mixes_matplotlibs_inferno_into_pillows_grey_the_more_the_stronger_the_map(image):
    grey = np.asarray(Image.fromarray(image).convert("L"), float)[..., None]
    for value in (0.0, 0.3, 0.5, 1.0):
        colour = 255 * np.array(colormaps["inferno"](value)[:3])
        expected = (1 - 0.6 * value) * grey + 0.6 * value * colour
        np.testing.assert_allclose(overlay(image, np.full((30, 40), value), alpha=0.6), expected, atol=2)


def test_even_shows_the_image_where_the_map_is_zero_whatever_lies_beside(image):
    half = np.zeros((30, 40))
    half[:, 20:] = 1
    shown = overlay(image, half)
    np.testing.assert_array_equal(shown[:, :20], overlay(image, half * 0)[:, :20])
    assert np.ptp(shown[:, :20], axis=-1).max() == 0, "it has a colour of its own"


def test_the_weight_of_the_colours_where_none_is_given(image, heatmap):
    for style, alpha in (("even", 0.8), ("deck", 0.4)):
        np.testing.assert_array_equal(
            overlay(image, heatmap, style=style), overlay(image, heatmap, style=style, alpha=alpha)
        )


def test_floats_and_grey_pictures_are_taken(image, heatmap):
    np.testing.assert_array_equal(overlay(image / 255, heatmap), overlay(image, heatmap))
    grey = image[..., 0]
    three = np.repeat(grey[..., None], 3, axis=2)
    np.testing.assert_array_equal(overlay(grey, heatmap), overlay(three, heatmap))
    np.testing.assert_array_equal(overlay(image[..., ::-1].copy()[..., ::-1], heatmap), overlay(image, heatmap))
    np.testing.assert_array_equal(overlay(grey[..., None], heatmap), overlay(three, heatmap))


def test_saved_as_it_is_shown(image, heatmap, tmp_path):
    path = tmp_path / "katzenklo-ä.png"
    result = overlay(image, heatmap, path=path)
    np.testing.assert_array_equal(np.asarray(Image.open(path)), result)  # Pillow reads red first
    with pytest.raises(ValueError, match="allowed is a name that ends in"):
        overlay(image, heatmap, path=tmp_path / "map.nothing")
    with pytest.raises(OSError, match="nowhere"):
        overlay(image, heatmap, path=tmp_path / "nowhere" / "map.png")


def test_without_opencv_it_says_what_to_install(image, heatmap, monkeypatch):
    original = builtins.__import__

    def without(name, *rest, **more):
        if name == "cv2":
            raise ImportError(name)
        return original(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match="pip install opencv-python-headless"):
        overlay(image, heatmap)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"image": np.zeros((4, 4, 4))}, r"image has shape \(4, 4, 4\)"),
        ({"image": np.full((4, 4, 3), 200.0)}, "image holds float64 from 200.0 to 200.0; .*divide by 255"),
        ({"image": np.full((4, 4, 3), np.nan)}, "image holds"),
        ({"heatmap": np.zeros((1, 4, 4))}, "one map, not a batch"),
        ({"heatmap": np.full((4, 4), 2)}, "heatmap goes from 2.0 to 2.0"),
        ({"heatmap": np.full((4, 4), np.nan)}, "heatmap goes from nan"),
        ({"style": "jet"}, "style is 'jet'"),
        ({"alpha": 2}, "alpha is 2; allowed is 0 to 1"),
        ({"alpha": -0.1, "style": "deck"}, "alpha is -0.1"),
        ({"alpha": float("nan")}, "alpha is nan"),
    ],
)
def test_bad_input(arguments, words):
    with pytest.raises(ValueError, match=words):
        overlay(**{"image": np.zeros((4, 4, 3)), "heatmap": np.zeros((4, 4)), **arguments})
