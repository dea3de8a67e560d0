"""The head of chapter 10 on a trained base: answers that no list foresees."""

import keras
import pytest
from keras import layers

from labkit.course import check


def on_top(base, *head, frozen=True, loss="binary_crossentropy", optimizer="adam"):
    """Base and head, compiled if there is a loss."""
    base.trainable = not frozen
    model = keras.Sequential([keras.Input(base.input_shape[1:]), base, *head])
    if loss:
        model.compile(optimizer, loss=loss, metrics=["accuracy"])
    return model


def means(rate=0.2):
    return layers.GlobalAveragePooling2D(), layers.Dropout(rate)


def functional_with_logits(base):
    base.trainable = False
    inputs = keras.Input(base.input_shape[1:])
    x = base(inputs, training=False)
    x = layers.Dropout(0.2)(layers.GlobalAveragePooling2D()(x))
    model = keras.Model(inputs, layers.Dense(1)(x))
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.05), loss=loss, metrics=[keras.metrics.BinaryAccuracy(threshold=0.0)])
    return model


def base_continued(base):
    """Not the base as a layer, but its layers gone on with."""
    base.trainable = False
    x = layers.Dropout(0.2)(layers.GlobalAveragePooling2D()(base.outputs[0]))
    model = keras.Model(base.inputs, layers.Dense(1, activation="sigmoid")(x))
    model.compile(keras.optimizers.Adam(0.003), loss=keras.losses.BinaryCrossentropy())
    return model


@pytest.mark.parametrize("answer", [functional_with_logits, base_continued])
def test_other_right_heads_pass(answer):
    keras.utils.set_random_seed(0)
    assert check("10-build-classifier", answer).passed


def all_frozen(base):
    model = on_top(base, *means(), layers.Dense(1, "sigmoid"))
    model.trainable = False
    return model


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (all_frozen, "Nothing can be trained any more"),
        (lambda base: on_top(base, *means(), layers.Dense(2, "softmax")), "yours gives the shape (2,)"),
        (lambda base: on_top(base, *means(), layers.Dense(1, "tanh")), "It ends in tanh"),
        (lambda base: on_top(base, *means(), layers.Dense(1, "sigmoid"), loss=None), "is not compiled"),
        (
            lambda base: on_top(
                base, *means(), layers.Dense(1, "sigmoid"), loss=keras.losses.BinaryCrossentropy(from_logits=True)
            ),
            "a sigmoid has made probabilities of them already",
        ),
        (lambda base: on_top(base, means()[0], layers.Dense(1, "sigmoid")), "`Dropout` is missing"),
        (lambda base: on_top(base, *means(0.8), layers.Dense(1, "sigmoid")), "leaves out 80%"),
        (lambda base: on_top(base, *means(), layers.Dense(8), layers.Dense(1, "sigmoid")), "unit on the means"),
        (
            lambda base: on_top(
                base,
                *means(),
                layers.Dense(1, "sigmoid", kernel_initializer="zeros"),
                optimizer=keras.optimizers.SGD(0.0),
            ),
            "at least 0.90 is asked for",
        ),
        (lambda base: on_top(layers.Identity(), *means(), layers.Dense(1)), "raised"),
        (lambda base: base.layers, "a Keras model was asked for"),
    ],
)
def test_what_no_mistake_lists_is_told(answer, told):
    keras.utils.set_random_seed(1)
    result = check("10-build-classifier", answer)
    assert result.status == "failed"
    assert told in result.message
