"""Gradient ascent: the decks' recipe written out again, and what the better one is better at."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from labkit.explain import ascend_filters, deprocess, find_layer, mosaic

GABOR_SIDE = 32


def deck_by_hand(layer_output, shape, channel, seed, steps=40):
    """Slide recipe for one filter: 40 steps, gradient by its RMS + 1e-5, from grey noise (×20 + 128)."""
    image = np.random.default_rng(seed).random((1, *shape)) * 20 + 128
    for _ in range(steps):
        variable = tf.constant(image.astype(np.float32))
        with tf.GradientTape() as tape:
            tape.watch(variable)
            loss = tf.reduce_mean(layer_output(variable)[..., channel])
        slope = tape.gradient(loss, variable).numpy()
        image = image + slope / (np.sqrt(np.mean(np.square(slope))) + 1e-5)
    return image[0]


@pytest.fixture
def awake(small_model):
    """Biases so high that no ReLU sleeps where the deck's noise starts."""
    for name in ("conv1", "conv2"):
        layer = find_layer(small_model, name).layer
        layer.set_weights([layer.kernel.numpy() / 100, np.full(layer.bias.shape, 2.0)])
    return small_model


def test_the_decks_recipe_exactly(awake):
    conv1, pool, conv2 = (find_layer(awake, name).layer for name in ("conv1", "pool", "conv2"))
    found = ascend_filters(awake, "conv2", [4, 0], seed=3)
    assert found.filters == (4, 0)
    assert found.answers.shape == (40, 2)
    for number, channel in enumerate((4, 0)):
        expected = deck_by_hand(lambda x: conv2(pool(conv1(x))), (12, 12, 3), channel, seed=3)
        np.testing.assert_allclose(found.images[number], expected, atol=0.05)  # of 255, after 40 steps in float32


@pytest.mark.parametrize("recipe", ["plain", "fourier"])
def test_a_filter_alone_and_among_others(awake, recipe):
    together = ascend_filters(awake, "conv2", recipe=recipe, steps=5, batch_size=4)
    assert together.images.shape == (6, 12, 12, 3)
    alone = ascend_filters(awake, "conv2", [5], recipe=recipe, steps=5)
    np.testing.assert_allclose(alone.images[0], together.images[5], atol=0.05)
    again = ascend_filters(awake, "conv2", [5], recipe=recipe, steps=5)
    np.testing.assert_array_equal(again.images, alone.images)
    other = ascend_filters(awake, "conv2", [5], recipe=recipe, steps=5, seed=1)
    assert np.abs(other.images - alone.images).max() > 0.5
    assert "conv2, " + recipe in str(together)


@pytest.fixture(scope="module")
def wave_model():
    """Filters that answer to a wave of eight pixels, to red less green, and to that wave with a fine checkerboard."""
    rows, columns = np.indices((8, 8))
    wave = np.cos(2 * np.pi * columns / 8)[..., None]
    kernel = np.zeros((8, 8, 3, 3), np.float32)
    kernel[..., 0] = wave
    kernel[..., 0, 1], kernel[..., 1, 1] = 1, -1
    kernel[..., 2] = wave + np.where((rows + columns) % 2, 1, -1)[..., None]
    model = keras.Sequential([
        keras.Input((GABOR_SIDE, GABOR_SIDE, 3)),
        layers.Rescaling(1 / 127.5, -1),
        layers.Conv2D(3, 8, activation="relu", name="wave"),
    ])  # fmt: skip
    model.set_weights([kernel, np.zeros(3)])
    return model


def waves_along_rows(image):
    """Shares of the energy in waves of 0, 1, 2, … to the image's width, mean over the rows."""
    rows = image.mean(axis=-1)
    energy = (np.abs(np.fft.rfft(rows - rows.mean(axis=1, keepdims=True), axis=1)) ** 2).mean(axis=0)
    return energy / energy.sum()


def roughness(image):
    """Share of the energy that is in the finest half of the waves."""
    grey = image.mean(axis=-1)
    spectrum = np.abs(np.fft.fft2(grey - grey.mean())) ** 2
    frequencies = np.hypot(*np.meshgrid(np.fft.fftfreq(len(grey)), np.fft.fftfreq(len(grey))))
    return spectrum[frequencies > 0.25].sum() / spectrum.sum()


def test_both_recipes_find_the_wave_and_the_better_one_leaves_the_checkerboard(wave_model):
    found = {recipe: ascend_filters(wave_model, "wave", recipe=recipe, steps=40) for recipe in ("plain", "fourier")}
    for recipe, patterns in found.items():
        assert (patterns.answers[-1] > 3 * patterns.answers[0]).all(), recipe
        assert waves_along_rows(patterns.images[0])[3:6].sum() > 0.6  # four waves of eight pixels, or nearly
        red, green, _ = patterns.images[1].mean(axis=(0, 1))
        assert red > green + 50
        assert patterns.shown.dtype == np.uint8
        assert patterns.asleep == ()
    assert (found["fourier"].answers[-1, :2] > found["plain"].answers[-1, :2]).all()
    assert roughness(found["fourier"].images[2]) < 0.5 * roughness(found["plain"].images[2])
    assert found["fourier"].images.min() >= 0
    assert found["fourier"].images.max() <= 255


def test_each_remedy_by_itself(wave_model):
    found = {
        name: ascend_filters(wave_model, "wave", recipe=[name] if name else [], steps=20)
        for name in ("", "waves", "colours", "shifts", "smoothness")
    }
    plain = found.pop("")
    assert plain.recipe == "plain"
    np.testing.assert_array_equal(plain.images, ascend_filters(wave_model, "wave", steps=20).images)
    for name, patterns in found.items():
        assert patterns.recipe == name
        assert (patterns.answers[-1] > 2 * patterns.answers[0]).all(), name
        assert np.abs(patterns.images - plain.images).max() > 1
    # Which colours are mixed does not change where it begins, only where it goes.
    np.testing.assert_allclose(found["colours"].answers[0], plain.answers[0], rtol=1e-3, atol=1e-4)
    for name in ("waves", "smoothness"):
        assert roughness(found[name].images[2]) < roughness(plain.images[2])


def test_the_name_of_a_mixture(small_model):
    assert ascend_filters(small_model, "conv1", [0], recipe=("shifts", "waves"), steps=1).recipe == "waves + shifts"
    everything = ("smoothness", "shifts", "colours", "waves")
    assert ascend_filters(small_model, "conv1", [0], recipe=everything, steps=1).recipe == "fourier"


def test_another_input_range_gives_the_same_picture_in_its_units(wave_model):
    inner = keras.Sequential([keras.Input((GABOR_SIDE, GABOR_SIDE, 3)), wave_model.layers[1]])  # takes −1 to 1
    given = ascend_filters(inner, "wave", [0], input_range=(-1, 1), steps=10)
    expected = ascend_filters(wave_model, "wave", [0], steps=10)
    np.testing.assert_allclose((given.images + 1) * 127.5, expected.images, atol=0.2)


def test_a_filter_asleep_is_named(small_model):
    layer = find_layer(small_model, "conv2").layer
    kernel, bias = layer.get_weights()
    kernel[..., 2], bias[2] = 0, -1
    layer.set_weights([kernel, bias])
    patterns = ascend_filters(small_model, "conv2", [2], steps=3)
    assert patterns.asleep == (2,)
    np.testing.assert_array_equal(patterns.answers, 0)
    assert np.isfinite(patterns.images).all()


def test_an_open_size_and_a_class(builders):
    inputs = keras.Input((None, None, 3))
    model = keras.Model(inputs, layers.Dense(2, name="answer")(layers.GlobalAveragePooling2D()(inputs)))
    assert ascend_filters(model, "answer", [1], steps=1).images.shape == (1, 64, 64, 3)
    assert ascend_filters(model, "answer", [1], steps=1, size=20).images.shape == (1, 20, 20, 3)
    with pytest.raises(ValueError, match="size is 20; net takes 12×12"):
        ascend_filters(builders["functional"](), "conv1", size=20)


def test_deprocess_as_the_deck_has_it():
    rng = np.random.default_rng(0)
    given = rng.normal(40, 90, (3, 16, 16, 3))
    for one, shown in zip(given, deprocess(given), strict=True):
        x = (one - one.mean()) / (one.std() + 1e-5) * 0.1 + 0.5
        np.testing.assert_array_equal(shown, np.clip(np.clip(x, 0, 1) * 255, 0, 255).astype("uint8"))
    np.testing.assert_array_equal(deprocess(np.full((2, 2, 3), 9.0)), 127)


def test_the_mosaic_of_the_decks():
    """8×8 patterns of 64 pixels with 5 between them."""
    images = np.random.default_rng(0).integers(0, 256, (64, 64, 64, 3)).astype(np.uint8)
    sheet = mosaic(images)
    assert sheet.shape == (8 * 64 + 7 * 5, 8 * 64 + 7 * 5, 3)
    np.testing.assert_array_equal(sheet[69 : 69 + 64, 138 : 138 + 64], images[10])
    assert not sheet[64:69].any()
    assert mosaic(images[:5], columns=3, margin=0).shape == (128, 192, 3)


def test_bad_input(small_model):
    for arguments, words in (
        ({"layer": "conv9"}, "no layer of net"),
        ({"layer": "conv2", "filters": [6]}, r"filters is \[6\]; allowed are channels of conv2, 0 to 5"),
        ({"layer": "conv2", "filters": []}, "filters is"),
        ({"layer": "conv2", "recipe": "deck"}, "recipe is 'deck'"),
        ({"layer": "conv2", "recipe": ("waves", "magic")}, r"recipe is \('waves', 'magic'\); allowed are 'plain'"),
        ({"layer": "conv2", "steps": 0}, "steps is 0"),
        ({"layer": "conv2", "input_range": (1, 0)}, r"input_range is \(1, 0\)"),
    ):
        with pytest.raises(ValueError, match=words):
            ascend_filters(small_model, **arguments)
    with pytest.raises(ValueError, match="images has shape"):
        mosaic(np.zeros((4, 4, 3)))
