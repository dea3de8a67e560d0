"""The exercise of chapter 20 that trains: another right way passes, and what no list foresees is told."""

import re

import keras
import pytest
from keras import layers

from labkit.course import all_exercises, check

EXERCISE = all_exercises()["20-train-segmenter"]


def test_strides_a_transposed_convolution_and_a_sum_for_the_skip_pass():
    def answer(images, masks):
        image = keras.Input(images.shape[1:])
        fine = layers.Conv2D(12, 3, padding="same", activation="relu")(image)
        x = layers.Conv2D(16, 3, strides=2, padding="same", activation="relu")(fine)
        x = layers.Conv2D(16, 5, padding="same", activation="relu")(x)
        x = layers.Conv2DTranspose(12, 4, strides=2, padding="same")(x)
        x = layers.Conv2D(8, 3, padding="same", activation="relu")(layers.Add()([x, fine]))
        model = keras.Model(image, layers.Conv2D(1, 1, activation="sigmoid")(x))
        model.compile(keras.optimizers.Adam(0.01), loss="binary_crossentropy")
        model.fit(images, masks, batch_size=16, epochs=14, verbose=0)
        return model

    keras.utils.set_random_seed(0)
    assert check(EXERCISE.id, answer).passed


def two_channels(images, masks):
    return keras.Sequential([keras.Input(images.shape[1:]), layers.Conv2D(2, 3, padding="same")])


def not_compiled(images, masks):
    image = keras.Input(images.shape[1:])
    small = layers.UpSampling2D()(layers.MaxPooling2D()(image))
    return keras.Model(image, layers.Conv2D(1, 1)(layers.Concatenate()([small, image])))


def another_size(images, masks):
    return keras.Sequential([keras.Input((32, 32, 1)), layers.Conv2D(1, 3, padding="same")])


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (two_channels, r"\(24, 24, 1\); yours gives \(24, 24, 2\)"),
        (not_compiled, "The model is not compiled"),
        (another_size, r"24×24×1 should go in; yours takes \(32, 32, 1\)"),
        (lambda images, masks: masks, "a Keras model was asked for"),
    ],
)
def test_what_is_missing_is_told(answer, told):
    result = check(EXERCISE.id, answer)
    assert result.status == "failed"
    assert re.search(told, str(result))
