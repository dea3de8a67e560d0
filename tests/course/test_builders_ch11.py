"""Made ready for fine-tuning, chapter 11: answers that no list foresees."""

import keras
import numpy as np
import pytest
from keras import layers

from labkit.chapters.ch11.exercises import _models_to_tune, prepare_fine_tuning
from labkit.course import check
from labkit.training.transfer import fine_tune_from


def compiled(model, optimizer, loss="binary_crossentropy"):
    model.compile(optimizer, loss=loss, metrics=["accuracy"])
    return model


def sliced(model, first_layer, rate):
    """By a slice, normalization frozen after it, as Keras's guides do it."""
    base = model.get_layer("base")
    base.trainable = True
    names = [layer.name for layer in base.layers]
    for layer in base.layers[: names.index(first_layer)]:
        layer.trainable = False
    for layer in base.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.trainable = False
    return compiled(model, keras.optimizers.Adam(learning_rate=rate), keras.losses.BinaryCrossentropy())


def with_labkit(model, first_layer, rate):
    fine_tune_from(model, first_layer)
    return compiled(model, keras.optimizers.Adam(rate))


@pytest.mark.parametrize("answer", [sliced, with_labkit])
def test_other_right_answers_pass(answer):
    assert check("11-prepare-fine-tuning", answer).passed


def nothing_opened(model, first_layer, rate):
    model.get_layer("base").trainable = True
    for layer in model.get_layer("base").layers:
        layer.trainable = False
    return compiled(model, keras.optimizers.Adam(rate))


def one_layer_only(model, first_layer, rate):
    base = model.get_layer("base")
    base.trainable = True
    for layer in base.layers:
        layer.trainable = layer.name == "block2_conv"
    return compiled(model, keras.optimizers.Adam(rate))


def then(last):
    """The right answer, and something after it."""
    return lambda model, first_layer, rate: last(prepare_fine_tuning(model, first_layer, rate), rate)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (nothing_opened, "Trainable in the base: nothing; asked for: block2_conv, top_conv"),
        (one_layer_only, "Trainable in the base: block2_conv; asked for: block2_conv, top_conv"),
        (then(lambda model, rate: compiled(model, keras.optimizers.SGD(rate))), "compiled with sgd"),
        (then(lambda model, rate: compiled(model, keras.optimizers.Adam(rate / 2))), "asked for is 1e-05"),
        (then(lambda model, rate: compiled(model, keras.optimizers.Adam(rate), "mse")), "The loss is mse"),
        (then(lambda model, rate: model.get_layer("base")), '"base" is not in the model'),
        (then(lambda model, rate: model.layers), "a Keras model was asked for"),
        (lambda model, first_layer, rate: model, "The base as a whole is frozen still"),
    ],
)
def test_what_no_mistake_lists_is_told(answer, told):
    result = check("11-prepare-fine-tuning", answer)
    assert result.status == "failed"
    assert told in result.message


def test_what_is_judged_ready_is_tuned_in_a_training_and_nothing_else():
    """The facts that the exercise judges, against what a training really changes."""
    ((model, first_layer, rate), _) = _models_to_tune()
    ready = prepare_fine_tuning(model, first_layer, rate)
    before = {weight.path: weight.numpy() for weight in ready.weights}
    ready.fit(np.ones((8, 8, 8, 3), "float32"), np.arange(8) % 2, epochs=2, verbose=0)
    moved = {path.split("/")[-2] for path, old in before.items() if np.any(old != _weight(ready, path))}
    assert moved <= {"block2_conv", "top_conv", "head"}
    assert "head" in moved


def _weight(model, path):
    return next(weight for weight in model.weights if weight.path == path).numpy()
