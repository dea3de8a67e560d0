"""Preprocessing: Keras's own functions and scikit-image's resizing are the oracles."""

import tracemalloc

import keras
import numpy as np
import pytest
from skimage.transform import resize

from labkit.datasets import load_photo
from labkit.models.pretrained.loading import NORMALIZATIONS
from labkit.models.pretrained.preprocessing import AT_A_TIME, prepare

LITE = NORMALIZATIONS["lite"]


@pytest.mark.parametrize("mode", ["tf", "caffe", "torch"])
def test_normalizations_are_those_of_keras(mode):
    pixels = np.random.default_rng(0).uniform(0, 255, (2, 5, 4, 3)).astype(np.float32)
    expected = keras.applications.imagenet_utils.preprocess_input(pixels.copy(), mode=mode)
    np.testing.assert_allclose(NORMALIZATIONS[mode](pixels), expected, atol=1e-4)


@pytest.mark.parametrize("module", ["vgg16", "resnet50", "resnet_v2", "xception", "densenet", "nasnet", "mobilenet_v2"])
def test_each_family_has_its_own(module):
    from labkit.models.pretrained.known_backbones import BACKBONES

    name = {
        "resnet_v2": "resnet50v2",
        "densenet": "densenet121",
        "nasnet": "nasnetmobile",
        "mobilenet_v2": "mobilenetv2",
    }
    entry = BACKBONES[name.get(module, module)]
    pixels = np.random.default_rng(0).uniform(0, 255, (1, 5, 4, 3)).astype(np.float32)
    expected = getattr(keras.applications, module).preprocess_input(pixels.copy())
    np.testing.assert_allclose(NORMALIZATIONS[entry.normalization](pixels), expected, atol=1e-4)


def test_a_picture_of_the_right_size_is_only_normalized():
    pixels = np.random.default_rng(0).integers(0, 256, (2, 24, 24, 3)).astype(np.uint8)
    before = pixels.copy()
    np.testing.assert_allclose(prepare(pixels, 24, LITE), (pixels.astype(float) - 127) / 128, atol=1e-6)
    np.testing.assert_array_equal(pixels, before)


def test_cut_and_resized_as_elsewhere():
    """Bicubic resizing is not the same everywhere (the kernel's a is −0.5 or −0.75): close is what can be asked."""
    photo = load_photo("coffee").image  # 400×600
    square = photo[25:375, 125:475].astype(float)
    expected = np.clip(resize(square, (224, 224), order=3, anti_aliasing=True, preserve_range=True), 0, 255)
    answer = prepare(photo, 224, LITE)[0] * 128 + 127
    assert np.abs(answer - expected).mean() < 2.5
    assert answer.min() >= 0
    assert answer.max() <= 255.001


def test_an_edge_stays_in_its_place():
    image = np.zeros((64, 64, 3), np.uint8)
    image[:, 32:] = 255
    row = prepare(image, 28, LITE)[0, 14, :, 0]
    assert (row[:13] < -0.9).all()
    assert (row[15:] > 0.9).all()


def test_all_forms_of_pictures_agree():
    small, large = (load_photo(name).image for name in ("chelsea", "coffee"))
    together = prepare([small, large, small], 32, LITE)
    assert together.shape == (3, 32, 32, 3)
    assert together.dtype == np.float32
    for index, image in enumerate((small, large, small)):
        np.testing.assert_allclose(together[index : index + 1], prepare(image, 32, LITE), atol=1e-5)
    np.testing.assert_allclose(prepare(np.stack([small, small]), 32, LITE), together[[0, 2]], atol=1e-5)


def test_many_images_are_prepared_as_each_alone():
    random = np.random.default_rng(0)
    sides = [64] * (AT_A_TIME + 1) + [80] * 3 + [64] * 2  # more than go at a time, and three groups of one size
    images = [random.integers(0, 256, (side, side, 3), np.uint8) for side in sides]
    together = prepare(images, 64, LITE)
    alone = [prepare(image, 64, LITE)[0] for image in images]
    np.testing.assert_array_equal(together, np.stack(alone), strict=True)


def test_many_images_need_little_more_memory_than_what_is_returned():
    images = np.zeros((20 * AT_A_TIME, 32, 32, 3), np.uint8)
    tracemalloc.start()
    prepared = prepare(images, 32, LITE)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # A copy of the whole batch, of a quarter of the size, and a few steps of a twentieth each.
    assert peak < 1.6 * prepared.nbytes


def test_scales_agree():
    pixels = load_photo("chelsea").image
    expected = prepare(pixels, 32, LITE)
    for images, scale in ((pixels.astype(np.float32), None), (pixels / 255, 1), (pixels.astype(int), 255)):
        np.testing.assert_allclose(prepare(images, 32, LITE, scale), expected, atol=1e-4)


def test_a_dark_picture_is_taken_when_the_scale_is_said():
    dark = np.full((8, 8, 3), 1.0)
    assert prepare(dark, 8, LITE, scale=255).max() == pytest.approx(-126 / 128)
    assert prepare(dark, 8, LITE, scale=1).max() == pytest.approx(1)
    assert prepare(np.zeros((8, 8, 3), np.uint8), 8, LITE).max() == pytest.approx(-127 / 128)


PICTURE = np.full((8, 8, 3), 100.0)


@pytest.mark.parametrize(
    ("images", "scale", "message"),
    [
        (PICTURE / 255, None, r"floats from 0.392 to 0.392.*scale=1"),
        (PICTURE * 0 + 1.5, None, "where 0 to 255 is expected"),
        (PICTURE / 50 - 3, None, "hand them to .model"),
        (PICTURE, 1, "0 to 1 is allowed"),
        (PICTURE * 3, None, "0 to 255 is allowed"),
        (PICTURE - 101, 255, "0 to 255 is allowed"),
        (PICTURE.astype(np.uint8), 1, "scale=1 is for floats"),
        (PICTURE, 2, "scale is 2; allowed are 1 and 255"),
        (np.where(np.arange(3) == 1, np.nan, PICTURE), None, "NaN"),
        (np.where(np.arange(3) == 1, np.inf, PICTURE), None, "infinite"),
        (PICTURE[..., 0], None, "repeat a gray image"),
        (PICTURE[..., :1], None, "repeat a gray image"),
        (np.full((8, 8, 4), 100), None, "drop the fourth channel"),
        (np.full((3, 8, 8), 100), None, "bring the channels to the end"),
        (np.full((2, 3, 8, 8), 100), None, "bring the channels to the end"),
        (np.full((1, 2, 8, 8, 3), 100), None, "is needed"),
        (np.zeros((0, 8, 8, 3)), None, "at least one image"),
        (np.zeros((8, 0, 3)), None, "at least one image"),
        ([], None, "images is empty"),
        ([PICTURE, PICTURE[..., :2]], None, r"shape \(8, 8, 2\)"),
        ([PICTURE[None]], None, r"shape \(1, 8, 8, 3\)"),
    ],
)
def test_what_is_refused(images, scale, message):
    with pytest.raises(ValueError, match=message):
        prepare(images, 8, LITE, scale)


@pytest.mark.parametrize("images", [np.zeros((8, 8, 3), bool), np.zeros((8, 8, 3), complex), np.full((8, 8, 3), "a")])
def test_what_are_no_numbers(images):
    with pytest.raises(TypeError, match="images has dtype"):
        prepare(images, 8, LITE)


WHOLE = np.full((9, 9, 3), 100, np.uint8)


@pytest.mark.parametrize(
    ("others", "scale", "words"),
    [
        ([WHOLE, WHOLE / 255.0], None, r"images\[1\] is floats from 0.392 to 0.392"),
        ([WHOLE / 255.0, WHOLE * 1.0], None, r"images\[0\] is floats"),
        ([WHOLE * 1.0, WHOLE, WHOLE / 255.0], None, r"images\[2\] is floats"),
        ([WHOLE / 255.0, WHOLE], 1, r"images\[1\] is whole numbers.*scale=1 is for floats"),
        ([WHOLE / 255.0, WHOLE * 1.0], 1, r"images\[1\] is from 100 to 100; 0 to 1 is allowed"),
    ],
)
def test_every_image_of_a_list_is_judged_by_its_own_range(others, scale, words):
    with pytest.raises(ValueError, match=words):
        prepare(others, 8, LITE, scale=scale)
