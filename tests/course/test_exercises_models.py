"""Exercises that ask for a Keras model: right models of another kind pass."""

import keras
import numpy as np
import pytest
from keras import layers

from labkit.course import check


class Inception(keras.Model):
    def __init__(self, filters):
        super().__init__()
        sizes = (1, 1, 3, 1, 5, 1)
        self.convolve = [
            layers.Conv2D(number, size, padding="same", activation="relu")
            for number, size in zip(filters, sizes, strict=True)
        ]
        self.pool = layers.MaxPooling2D(3, strides=1, padding="same")

    def call(self, x):
        one, before_three, three, before_five, five, last = self.convolve
        return keras.ops.concatenate(
            [one(x), three(before_three(x)), five(before_five(x)), last(self.pool(x))], axis=-1
        )


class Residual(keras.Model):
    """Its layers are made from the last to the first, and its normalizations have another epsilon."""

    def __init__(self, input_shape, filters, strides, last_relu=True):
        super().__init__()
        self.last_relu = last_relu
        self.projected = strides > 1 or input_shape[-1] != filters
        self.normalize = [layers.BatchNormalization(epsilon=1e-5) for _ in range(2 + self.projected)]
        self.project = layers.Conv2D(filters, 1, strides, use_bias=False) if self.projected else None
        self.second = layers.Conv2D(filters, 3, padding="same", use_bias=False)
        self.first = layers.Conv2D(filters, 3, strides, padding="same", use_bias=False)

    def call(self, x, training=None):
        y = keras.ops.relu(self.normalize[0](self.first(x), training=training))
        y = self.normalize[1](self.second(y), training=training)
        y += self.normalize[2](self.project(x), training=training) if self.projected else x
        return keras.ops.relu(y) if self.last_relu else y


class Block(keras.Model):
    def __init__(self, shape, last_relu=True):
        super().__init__()
        self.last_relu = last_relu
        self.second = layers.Conv2D(shape[-1], 3, padding="same")
        self.first = layers.Conv2D(shape[-1], 3, padding="same")

    def call(self, x):
        y = self.second(keras.ops.relu(self.first(x))) + x
        return keras.ops.relu(y) if self.last_relu else y


@pytest.mark.parametrize(
    ("id", "answer"),
    [
        ("15-inception", lambda input_shape, filters: Inception(filters)),
        ("15-residual", Residual),
        ("16-block", Block),
    ],
)
def test_subclassed_models_pass(id, answer):
    assert check(id, lambda *given: answer(*given)).passed


@pytest.mark.parametrize(
    ("id", "answer", "message"),
    [
        ("15-residual", lambda *given: Residual(*given, last_relu=False), "After the addition there is one more ReLU."),
        ("16-block", lambda shape: Block(shape, last_relu=False), "The ReLU after the sum is missing."),
    ],
)
def test_mistakes_are_seen_in_subclassed_models(id, answer, message):
    result = check(id, answer)
    assert result.status == "failed"
    assert message in result.message


@pytest.mark.parametrize(
    ("id", "answer", "message"),
    [
        ("15-residual", lambda shape, filters, strides: keras.Sequential, "a keras.Model is wanted, this is a type"),
        (
            "15-inception",
            lambda shape, filters: keras.Sequential([keras.Input((2, 2, 1)), layers.ReLU()]),
            "its input is",
        ),
        ("16-block", lambda shape: np.zeros(shape), "return a keras.Model; this is a ndarray"),
    ],
)
def test_what_is_no_such_model_is_told(id, answer, message):
    assert message in check(id, answer).message


def test_a_batch_may_be_normalized_in_single_precision():
    def answer(batch, mean, variance, training):
        batch = keras.ops.convert_to_tensor(batch, "float32")
        if training:
            mean, variance = keras.ops.moments(batch, axes=tuple(range(batch.ndim - 1)))
        mean, variance = keras.ops.cast(mean, "float32"), keras.ops.cast(variance, "float32")
        return (batch - mean) / keras.ops.sqrt(variance + 0.001)

    assert check("16-normalized", answer).passed
