import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from labkit import ops

numbers = arrays(np.float64, array_shapes(min_dims=1, max_dims=3), elements=st.floats(-1e3, 1e3))
several = settings(max_examples=200, deadline=None, derandomize=True)


@several
@given(numbers)
def test_they_equal_tensorflow(x):
    for ours, theirs in [
        (ops.relu, tf.nn.relu),
        (lambda x: ops.leaky_relu(x, 0.25), lambda x: tf.nn.leaky_relu(x, 0.25)),
        (ops.sigmoid, tf.nn.sigmoid),
        (ops.tanh, tf.nn.tanh),
        (ops.softmax, tf.nn.softmax),
        (lambda x: ops.softmax(x, axis=0), lambda x: tf.nn.softmax(x, axis=0)),
    ]:
        np.testing.assert_allclose(ours(x), theirs(x), rtol=1e-12, atol=1e-12)


@several
@given(numbers)
def test_softmax_sums_to_one_and_only_distances_count(x):
    np.testing.assert_allclose(ops.softmax(x).sum(axis=-1), 1, rtol=1e-12)
    np.testing.assert_allclose(ops.softmax(x + 1e4), ops.softmax(x), rtol=1e-8, atol=1e-12)


def test_d8_leaky_relu_is_negative_left_of_zero():
    assert ops.leaky_relu(-2, negative_slope=0.1) == -0.2
    deck = max(0, 0.1 * 2) + max(0, -2)
    assert deck == 0.2


def test_d7_sigmoid_is_flat_far_from_zero_and_does_not_overflow():
    np.testing.assert_array_equal(ops.sigmoid([-1000, 0, 1000]), [0, 0.5, 1])


@pytest.mark.parametrize("function", [ops.relu, ops.leaky_relu, ops.sigmoid, ops.tanh, ops.softmax])
def test_float32_stays_float32_and_the_shape_stays(function):
    result = function(np.zeros((2, 3), np.float32))
    assert result.dtype == np.float32
    assert result.shape == (2, 3)


@pytest.mark.parametrize("function", [ops.relu, ops.leaky_relu, ops.sigmoid, ops.tanh, ops.softmax])
def test_bad_input_is_named(function):
    with pytest.raises(ValueError, match=r"x is nan at index \(1,\); allowed are finite numbers"):
        function([0.0, np.nan])
    with pytest.raises(TypeError, match=r"x has dtype .*; allowed are real numbers"):
        function(["a"])


def test_bad_options_are_named():
    with pytest.raises(ValueError, match="negative_slope is -1; allowed is a number of at least 0"):
        ops.leaky_relu([1], negative_slope=-1)
    with pytest.raises(ValueError, match="axis is 2; allowed is a non-empty axis of x"):
        ops.softmax([[1, 2]], axis=2)
    with pytest.raises(ValueError, match="axis"):
        ops.softmax([[1, 2]], axis=-3)
    with pytest.raises(ValueError, match="axis"):
        ops.softmax(1.0)
