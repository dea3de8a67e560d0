"""A recipe says how a network is trained, and a training follows it."""

import keras
import numpy as np
import pytest

from labkit.training import OneCycle, Recipe, train_on_fashion

PLAIN = Recipe("adam", batch_size=32, epochs=5)


@pytest.fixture(scope="module")
def squares():
    """Forty images of two classes that anybody can tell apart: bright above or bright below."""
    labels = np.arange(40) % 2
    images = np.zeros((40, 28, 28), np.uint8)
    images[labels == 0, :14] = 200
    images[labels == 1, 14:] = 200
    return images, labels


def test_without_a_peak_the_rate_is_keras_s_own():
    optimizer = PLAIN.build_optimizer(60_000)
    assert float(optimizer.learning_rate) == pytest.approx(float(keras.optimizers.Adam().learning_rate))


def test_steps_count_the_smaller_last_batch():
    assert PLAIN.steps(60_000) == 5 * 1875
    assert Recipe("adam", batch_size=32, epochs=2).steps(33) == 2 * 2


def test_weights_decay_and_biases_do_not():
    """With a gradient of zero, AdamW multiplies a weight by 1 − rate · decay (Loshchilov and Hutter 2019)."""
    recipe = Recipe("adamw", batch_size=1, epochs=4, peak_rate=0.5, weight_decay=0.1)
    layer = keras.layers.Dense(1, kernel_initializer="ones", bias_initializer="ones")
    layer.build((None, 1))
    optimizer = recipe.build_optimizer(images=1)
    expected = 1.0
    for step in range(3):
        optimizer.apply([keras.ops.zeros_like(weight) for weight in layer.weights], layer.trainable_variables)
        expected *= 1 - float(OneCycle(peak=0.5, steps=4)(step)) * 0.1
    assert expected < 0.95
    assert float(layer.kernel[0, 0]) == pytest.approx(expected)
    assert float(layer.bias[0]) == 1


def test_a_run_learns_and_is_the_same_for_the_same_seed(squares):
    recipe = Recipe("adam", batch_size=8, epochs=4)
    first = train_on_fashion(*squares, watch={"validation": squares}, recipe=recipe, seed=3)
    second = train_on_fashion(*squares, watch={"validation": squares}, recipe=recipe, seed=3)
    assert first.val_accuracy[-1] == 1.0
    assert len(first.accuracy) == len(first.val_accuracy) == 4
    assert first.accuracy == second.accuracy
    assert first.watched == second.watched
    assert first.seconds == max(first.seconds_after)
