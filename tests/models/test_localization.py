"""Networks that say where things are: parameters in closed form, shapes, saved and loaded."""

import keras
import numpy as np
import pytest

from labkit.models import attach, box_head, centre_head, feature_pyramid, unet_decoder
from labkit.models.pretrained import load

SHAPES = [(32, 32, 16), (16, 16, 24), (8, 8, 40), (4, 4, 112), (2, 2, 320)]


@pytest.fixture(scope="module")
def backbone():
    return load("efficientnet-lite0", include_top=False, input_size=64, weights=None)


@pytest.mark.parametrize(("classes", "width"), [(1, 128), (2, 64), (3, 16)])
def test_parameters_of_the_centre_head(classes, width):
    laterals = sum((channels + 1) * width for _, _, channels in SHAPES[2:])
    tower = 2 * (9 * width * width + 2 * width)  # without bias, but the normalization's shift and scale
    answers = 9 * width * (classes + 4) + classes + 4
    head = centre_head(SHAPES[2:], classes, width)
    assert head.count_params() == laterals + tower + answers
    assert head.output_shape == (None, 64 + 16 + 4, classes + 4)


@pytest.mark.parametrize("skips", [True, False])
@pytest.mark.parametrize("upsampling", ["nearest", "transposed"])
def test_parameters_of_the_unet(skips, upsampling):
    widths = (64, 64, 48, 32, 24)
    encoded = [channels for _, _, channels in SHAPES[-2::-1]] if skips else [0] * 4
    joins = sum(
        9 * (before + skip) * after + 4 * after  # four numbers a channel of a batch normalization
        for before, skip, after in zip(widths, encoded, widths[1:], strict=False)
    )
    doubling = sum(4 * width * width + width for width in widths) if upsampling == "transposed" else 0
    decoder = unet_decoder(SHAPES, 3, widths, skips=skips, upsampling=upsampling)
    assert decoder.count_params() == (320 + 1) * 64 + joins + doubling + 9 * 24 * 3 + 3
    assert decoder.output_shape == (None, 64, 64, 3)
    assert len(decoder.inputs) == (len(SHAPES) if skips else 1)  # Keras 3.13 refuses those that nothing uses


def test_parameters_of_the_box_head():
    head = box_head((4, 5, 10), squeezed=6, hidden=7, dropout=0.5)
    assert head.count_params() == (10 + 1) * 6 + (4 * 5 * 6 + 1) * 7 + (7 + 1) * 4
    boxes = head.predict(np.zeros((2, 4, 5, 10)), verbose=0)
    assert ((boxes > 0) & (boxes < 1)).all()


def test_an_untrained_detector_expects_little():
    head = centre_head(SHAPES[2:], 1, 16)
    answers = head.predict([np.zeros((1, *shape)) for shape in SHAPES[2:]], verbose=0)[0]
    np.testing.assert_allclose(1 / (1 + np.exp(-answers[:, 0])), 0.01, rtol=1e-4)
    reach = np.log(1 + np.exp(2.0)) * np.repeat([8, 16, 32], [64, 16, 4])
    np.testing.assert_allclose(answers[:, 1:], np.repeat(reach[:, None], 4, axis=1), rtol=1e-4)


def test_places_go_map_by_map_and_row_by_row():
    """A mark in the finest map changes most the answers round its own place, and none of the coarser maps'."""
    keras.utils.set_random_seed(0)
    shapes = [(8, 16, 4), (4, 8, 4), (2, 4, 4)]
    head = centre_head(shapes, 1, 16)
    maps = [np.zeros((2, *shape), "float32") for shape in shapes]
    maps[0][1, 5, 12] = 10
    still, marked = head.predict(maps, verbose=0)
    changed = np.abs(marked - still).sum(axis=1)
    row, column = divmod(int(changed.argmax()), 16)
    assert abs(row - 5) <= 2
    assert abs(column - 12) <= 2
    assert not changed[8 * 16 :].any()


def test_the_pyramids_maps_are_the_backbones(backbone):
    images = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3)).astype("float32")
    pyramid = feature_pyramid(backbone, strides=(2, 4, 8, 16, 32))
    assert [shape[1:] for shape in pyramid.output_shape] == SHAPES
    within = keras.Model(backbone.model.inputs, backbone.model.get_layer("block3b_add").output)
    expected = within.predict(backbone.normalize(images), verbose=0)
    np.testing.assert_allclose(pyramid.predict(images, verbose=0)[2], expected, atol=1e-4)
    in_training = pyramid(images, training=True)[2]
    np.testing.assert_allclose(in_training, expected, atol=1e-4)  # batch normalization stays as it was trained


def test_other_backbones_have_pyramids_too():
    vgg = load("vgg16", include_top=False, input_size=64, weights=None)
    assert [shape[1:] for shape in feature_pyramid(vgg, (8, 16)).output_shape] == [(8, 8, 512), (4, 4, 512)]


@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")  # TensorFlow's variables and NumPy 2
@pytest.mark.parametrize("kind", ["centres", "pixels", "box"])
def test_saved_and_loaded_it_says_the_same(backbone, kind, tmp_path):
    keras.utils.set_random_seed(0)
    strides = {"centres": (8, 16, 32), "pixels": (2, 4, 8, 16, 32), "box": (32,)}[kind]
    pyramid = feature_pyramid(backbone, strides)
    shapes = pyramid.output_shape
    head = {
        "centres": lambda: centre_head(shapes, 2, 16),
        "pixels": lambda: unet_decoder(shapes, upsampling="transposed"),
        "box": lambda: box_head(shapes),
    }[kind]()
    model = attach(pyramid, head)
    images = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3)).astype("float32")
    said = model.predict(images, verbose=0)
    maps = pyramid.predict(images, verbose=0)
    np.testing.assert_allclose(head.predict(maps, verbose=0), said, atol=1e-4)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(again.predict(images, verbose=0), said, atol=1e-5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda backbone: feature_pyramid(backbone, (8, 64)), r"strides is \(8, 64\); allowed are some of 2, 4, 8"),
        (lambda _: centre_head(SHAPES[:2], 1), "feature_shapes is .*; allowed are three, each half as high"),
        (lambda _: centre_head([(8, 8, 1), (5, 5, 1), (2, 2, 1)], 1), "feature_shapes is .*; allowed are three"),
        (lambda _: centre_head(SHAPES[2:], 1, 12), "width is 12; allowed is a multiple of 8"),
        (lambda _: unet_decoder(SHAPES, widths=(8, 8)), r"widths is \(8, 8\); allowed are 5 numbers"),
        (lambda _: unet_decoder(SHAPES, upsampling="bicubic"), "upsampling is 'bicubic'; allowed are 'nearest'"),
        (lambda _: box_head((8, 8)), r"shapes is \(8, 8\); allowed are one \(height, width, channels\)"),
        (
            lambda backbone: attach(feature_pyramid(backbone), centre_head([(8, 8, 4), (4, 4, 4), (2, 2, 4)], 1, 8)),
            r"head takes maps of \[\(8, 8, 4\), .*; allowed are \[\(8, 8, 40\)",
        ),
    ],
)
def test_what_does_not_fit_is_refused(backbone, call, message):
    with pytest.raises(ValueError, match=message):
        call(backbone)
