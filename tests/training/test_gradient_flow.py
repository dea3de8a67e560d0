"""Norms of gradients against chains whose gradient is known, and against finite differences."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from labkit.models import cifar_resnet
from labkit.training import gradient_norms


def chain(weights, activation=None):
    """One number through one weight after another, then two scores: the last number and zero."""
    layers = [
        keras.layers.Dense(
            1, use_bias=False, activation=activation, kernel_initializer=keras.initializers.Constant(weight)
        )
        for weight in weights
    ]
    scores = keras.layers.Dense(2, use_bias=False, trainable=True, name="scores")
    model = keras.Sequential([keras.Input((1,)), *layers, scores])
    scores.set_weights([np.array([[1.0, 0.0]], np.float32)])
    return model


def test_a_linear_chain_by_hand():
    weights, x = [0.5, 2.0, 3.0], 0.7
    found = gradient_norms(chain(weights), [[x]], [0])
    score = x * np.prod(weights)
    slope = 1 / (1 + np.exp(-score)) - 1  # of the loss, by the first score
    by_hand = [abs(slope * x * np.prod(weights) / weight) for weight in weights]
    last = abs(score * slope) * np.sqrt(2)  # both scores' weights get the same, with opposite signs
    np.testing.assert_allclose(found.norms, [*by_hand, last], rtol=1e-5)
    assert found.loss == pytest.approx(np.log1p(np.exp(-score)), rel=1e-5)
    assert found.first_to_last == pytest.approx(by_hand[0] / last, rel=1e-5)


def test_a_chain_of_sigmoids_shrinks_by_at_least_a_quarter_a_layer():
    found = gradient_norms(chain([1.0] * 11, "sigmoid"), [[1.0]], [1])
    # From a layer to the one before: times its weight, 1, and sigmoid's slope, at most 1/4; the inputs differ little.
    first, eleventh = found.norms[0], found.norms[10]
    assert 0 < first / eleventh <= 0.25**10 / 0.5  # inputs lie between 0.5 and 1


def test_finite_differences_agree():
    keras.utils.set_random_seed(4)
    model = cifar_resnet(8, (6, 6, 1), width=1, batch_normalization=False, activation="tanh")
    random = np.random.default_rng(4)
    images, labels = random.normal(size=(5, 6, 6, 1)), random.integers(0, 10, 5)
    found = gradient_norms(model, images, labels)
    first = found.layers[0]
    kernel = model.get_layer(first).kernel
    values, squares, step = kernel.numpy(), 0.0, 1e-2
    for place in np.ndindex(*values.shape):
        ends = []
        for sign in (1, -1):
            moved = values.copy()
            moved[place] += sign * step
            kernel.assign(moved)
            ends.append(gradient_norms(model, images, labels).loss)
        squares += ((ends[0] - ends[1]) / (2 * step)) ** 2
    assert kernel.shape[2] == 1  # the layer that sees the image
    assert found.norms[0] == pytest.approx(np.sqrt(squares), rel=2e-3)


def test_what_the_network_has_stored_stays():
    model = cifar_resnet(8, (6, 6, 1), width=3)
    before = [variable.numpy() for variable in model.variables]
    gradient_norms(model, np.random.default_rng(0).normal(size=(4, 6, 6, 1)), [0, 1, 2, 3])
    for variable, value in zip(model.variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)


def test_finite_and_alive_at_56_layers_with_shortcuts():
    keras.utils.set_random_seed(0)
    model = cifar_resnet(56, (8, 8, 1), width=4)
    random = np.random.default_rng(0)
    found = gradient_norms(model, random.normal(size=(8, 8, 8, 1)), random.integers(0, 10, 8))
    assert len(found.layers) == 56
    assert np.isfinite(found.norms).all()
    assert min(found.norms) > 1e-6


def test_bad_input():
    softmax = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, activation="softmax", name="end")])
    with pytest.raises(ValueError, match="ends in the softmax 'end'"):
        gradient_norms(softmax, [[0.0, 0.0]], [0])
    with pytest.raises(ValueError, match="no layer with a kernel"):
        gradient_norms(keras.Sequential([keras.Input((2,)), keras.layers.ReLU()]), [[0.0, 0.0]], [0])


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ([keras.layers.Dense(3, tf.nn.softmax, name="end")], "ends in the softmax 'end'"),
        ([keras.layers.Dense(3), keras.layers.Lambda(tf.nn.softmax, name="end")], "ends in the softmax 'end'"),
        ([keras.layers.Dense(3, keras.ops.softmax, name="end"), keras.layers.Flatten()], "ends in the softmax 'end'"),
        ([keras.layers.Dense(3), keras.layers.Softmax(name="end"), keras.layers.Identity()], "the softmax 'end'"),
        ([keras.layers.Dense(1, "sigmoid", name="end")], "ends in the sigmoid 'end'"),
        ([keras.layers.Dense(3), keras.layers.Lambda(lambda x: tf.exp(x) / tf.reduce_sum(tf.exp(x), -1, True))],
         "numbers of 0 and up that add up to 1; allowed are scores"),
    ],
)  # fmt: skip
def test_probabilities_are_refused_however_they_are_made(end, words):
    model = keras.Sequential([keras.Input((2,)), *end])
    with pytest.raises(ValueError, match=words):
        gradient_norms(model, [[1.0, 2.0], [0.0, 3.0]], [0, 0])


def test_small_gradients_are_not_rounded_to_nothing():
    # The square of 1e-25 is 0 in float32, and 1e-25 is not.
    found = gradient_norms(chain([1e-5] * 5), [[1.0]], [1])
    np.testing.assert_allclose(found.norms[:5], [0.5e-20] * 5, rtol=1e-4)
    assert found.norms[5] == pytest.approx(0.5e-25 * np.sqrt(2), rel=1e-4)
