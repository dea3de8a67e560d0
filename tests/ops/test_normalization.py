import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit import ops


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.integers(0, 4), st.floats(0.5, 3), st.floats(0, 1), st.floats(0, 1), st.integers(1, 7), st.integers(0, 99))
def test_across_channels_equals_tensorflow(radius, k, alpha, beta, channels, seed):
    x = np.random.default_rng(seed).normal(size=(2, 3, 2, channels)).astype(np.float32)
    expected = tf.nn.local_response_normalization(x, radius, k, alpha, beta)
    result = ops.local_response_normalization(x, 2 * radius + 1, k=k, alpha=alpha, beta=beta)
    np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-6)


def test_across_positions_sums_the_squares_of_a_window():
    x = np.random.default_rng(0).normal(size=(2, 6, 5, 3))
    # The sum over a window is its mean times its pixels: a pooling with stride 1.
    squares = ops.sum_pool2d(x**2, 3, stride=1, padding="same")
    result = ops.local_response_normalization(x, 3, k=1, alpha=0.5, beta=0.75, across="positions")
    np.testing.assert_allclose(result, x / (1 + 0.5 * squares) ** 0.75)


@pytest.mark.parametrize("shape", [(8, 3), (4, 5, 6, 3)])
def test_batch_normalization_equals_keras(shape):
    generator = np.random.default_rng(0)
    x = generator.normal(2, 3, size=shape).astype(np.float32)
    gamma, beta = generator.normal(size=3).astype(np.float32), generator.normal(size=3).astype(np.float32)
    mean, variance = generator.normal(size=3).astype(np.float32), generator.uniform(0.5, 2, 3).astype(np.float32)
    layer = keras.layers.BatchNormalization(momentum=0.9)
    layer.build((None, *shape[1:]))
    layer.set_weights([gamma, beta, mean, variance])

    before = ops.batch_normalize_inference(x, mean, variance, gamma, beta)
    np.testing.assert_allclose(before, keras.ops.convert_to_numpy(layer(x, training=False)), rtol=1e-4, atol=1e-5)
    step = ops.batch_normalize_training(x, gamma, beta, moving_mean=mean, moving_variance=variance, momentum=0.9)
    np.testing.assert_allclose(step.output, keras.ops.convert_to_numpy(layer(x, training=True)), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(step.moving_mean, layer.get_weights()[2], rtol=1e-5)
    np.testing.assert_allclose(step.moving_variance, layer.get_weights()[3], rtol=1e-5)
    assert step.output.dtype == np.float32


def test_a_normalized_batch_has_mean_0_and_variance_1():
    x = np.random.default_rng(0).normal(5, 3, size=(64, 4, 4, 3))
    output = ops.batch_normalize_training(x, epsilon=0).output
    np.testing.assert_allclose(output.mean(axis=(0, 1, 2)), 0, atol=1e-12)
    np.testing.assert_allclose(output.var(axis=(0, 1, 2)), 1)


def test_the_result_shows_itself():
    result = ops.batch_normalize_training([[1.0], [3.0]])
    assert "mean of the batch      [2.]" in str(result)
    assert str(result) in result._repr_html_()


def test_dropout_keeps_the_mean_and_drops_the_share():
    x = np.ones(100_000)
    dropped = ops.dropout(x, 0.3, seed=0)
    assert set(np.unique(dropped)) == {0, 1 / 0.7}
    # Four standard errors of a share of 0.3 among 100,000.
    assert (dropped == 0).mean() == pytest.approx(0.3, abs=4 * np.sqrt(0.3 * 0.7 / x.size))
    np.testing.assert_array_equal(dropped, ops.dropout(x, 0.3, seed=np.random.default_rng(0)))
    np.testing.assert_array_equal(ops.dropout(x, 0), x)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ops.local_response_normalization(np.ones((2, 2, 2)), 4), "size is 4; allowed is an odd number"),
        (lambda: ops.local_response_normalization(np.ones((2, 2, 2)), k=0), "k is 0; allowed is a number above 0"),
        (lambda: ops.local_response_normalization(np.ones((2, 2, 2)), across="rows"), "across is 'rows'; allowed are"),
        (lambda: ops.batch_normalize_training(np.ones(3)), r"x has shape \(3,\); allowed is"),
        (
            lambda: ops.batch_normalize_training(np.ones((2, 3)), gamma=[1, 2]),
            r"gamma has shape \(2,\); allowed is one number, or one for each of 3 channels",
        ),
        (
            lambda: ops.batch_normalize_training(np.ones((2, 3)), momentum=2),
            "momentum is 2; allowed is a number from 0 to 1",
        ),
        (
            lambda: ops.batch_normalize_inference(np.ones((2, 3)), 0, -1),
            "variance \\+ epsilon is -0.999; allowed is a number above 0",
        ),
        (lambda: ops.dropout([1.0], 1), "rate is 1; allowed is a number from 0 to below 1"),
        (lambda: ops.dropout([1.0], -0.5), "rate is -0.5; allowed is a number of at least 0"),
        (lambda: ops.dropout([np.inf]), "x is inf at index .0,.; allowed are finite numbers"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
