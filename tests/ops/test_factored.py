"""Depthwise, pointwise, separable and transposed convolution against Keras and TensorFlow."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit import ops

quick = settings(max_examples=300, deadline=None, derandomize=True)
sides, steps, seeds = st.integers(1, 3), st.integers(1, 3), st.integers(0, 2**32 - 1)
paddings = st.sampled_from(["valid", "same"])


@quick
@given(sides, sides, steps, paddings, st.integers(1, 3), seeds)
def test_depthwise_equals_tensorflow(height, width, step, padding, multiplier, seed):
    generator = np.random.default_rng(seed)
    x, kernels = generator.normal(size=(2, 7, 6, 3)), generator.normal(size=(height, width, 3, multiplier))
    for stride, dilation in ((step, 1), (1, step)):
        if padding == "valid" and (max(height, width) - 1) * dilation + 1 > 6:
            continue
        expected = tf.nn.depthwise_conv2d(
            x, kernels, (1, stride, stride, 1), padding.upper(), dilations=(dilation, dilation)
        )
        result = ops.depthwise2d(x, kernels, stride=stride, padding=padding, dilation=dilation)
        np.testing.assert_allclose(result, expected, rtol=1e-9, atol=1e-9)


@quick
@given(sides, sides, steps, paddings, seeds)
def test_transposed_equals_tensorflow(height, width, step, padding, seed):
    generator = np.random.default_rng(seed)
    x, kernels = generator.normal(size=(2, 4, 3, 5)), generator.normal(size=(height, width, 2, 5))
    result = ops.transposed2d(x, kernels, stride=step, padding=padding)
    expected = tf.nn.conv2d_transpose(x, kernels, result.shape, step, padding.upper())
    np.testing.assert_allclose(result, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(("kernel", "stride"), [(3, 2), (2, 3), (1, 2), (4, 1)])
def test_transposed_has_the_shape_and_values_of_keras(kernel, stride, padding):
    generator = np.random.default_rng(0)
    x, kernels, bias = generator.normal(size=(2, 4, 3, 5)), generator.normal(size=(kernel, kernel, 2, 5)), [1.0, -1.0]
    layer = keras.layers.Conv2DTranspose(2, kernel, strides=stride, padding=padding)
    layer.build((None, 4, 3, 5))
    layer.set_weights([kernels, np.asarray(bias)])
    expected = keras.ops.convert_to_numpy(layer(x))
    result = ops.transposed2d(x, kernels, bias, stride=stride, padding=padding)
    np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-4)


def test_transposed_carries_gradients_back():
    generator = np.random.default_rng(0)
    x, kernels = generator.normal(size=(7, 7, 2)), generator.normal(size=(3, 3, 2, 4))
    upstream = generator.normal(size=ops.correlate2d(x, kernels, stride=2).shape)
    back = ops.correlate2d_backward(upstream, x, kernels, stride=2)
    np.testing.assert_allclose(ops.transposed2d(upstream, kernels, stride=2), back.x, rtol=1e-9)


def test_separable_equals_keras():
    generator = np.random.default_rng(0)
    x = generator.normal(size=(2, 8, 9, 3))
    depthwise, pointwise = generator.normal(size=(3, 3, 3, 2)), generator.normal(size=(1, 1, 6, 5))
    bias = generator.normal(size=5)
    layer = keras.layers.SeparableConv2D(5, 3, strides=2, padding="same", depth_multiplier=2)
    layer.build((None, 8, 9, 3))
    layer.set_weights([depthwise, pointwise, bias])
    result = ops.separable2d(x, depthwise, pointwise, bias, stride=2, padding="same")
    np.testing.assert_allclose(result, keras.ops.convert_to_numpy(layer(x)), rtol=1e-4, atol=1e-4)


def test_pointwise_is_a_product_at_each_pixel():
    generator = np.random.default_rng(0)
    x, weights = generator.integers(-9, 10, (2, 4, 5, 3)), generator.integers(-9, 10, (3, 7))
    np.testing.assert_array_equal(ops.pointwise2d(x, weights, bias=np.arange(7)), x @ weights + np.arange(7))


def test_depthwise_with_a_plain_kernel_filters_each_channel():
    generator = np.random.default_rng(0)
    x, sobel = generator.integers(0, 256, (6, 7, 3)), ops.kernels.get("sobel x")
    result = ops.depthwise2d(x, sobel, padding="same")
    for c in range(3):
        np.testing.assert_array_equal(result[..., c], ops.correlate2d(x[..., c], sobel, padding="same"))
    assert ops.depthwise2d(x[..., 0], sobel).shape == (4, 5)


@quick
@given(
    st.integers(1, 4),
    st.integers(1, 4),
    st.tuples(st.integers(1, 2), st.integers(1, 2)),
    st.tuples(st.integers(1, 2), st.integers(1, 2)),
    st.sampled_from(["valid", "same", 1, ((0, 2), (1, 0))]),
    st.sampled_from(["zeros", "edge", "reflect"]),
    seeds,
)
def test_a_column_and_a_row_are_the_kernel(height, width, stride, dilation, padding, fill, seed):
    generator = np.random.default_rng(seed)
    x = generator.integers(-9, 10, (8, 9))
    column, row = generator.integers(1, 10, height), generator.integers(-9, 0, width)
    kernel = np.outer(column, row)
    options = {"stride": stride, "dilation": dilation, "padding": padding, "fill": fill}
    result = ops.spatially_separable2d(x, kernel, **options)
    np.testing.assert_array_equal(result, ops.correlate2d(x, kernel, **options))
    factors = ops.factor_kernel(kernel / 7)
    np.testing.assert_allclose(np.outer(*factors), kernel / 7, rtol=1e-12)


@pytest.mark.parametrize("name", ["sobel x", "sobel y", "scharr x", "prewitt y", "box blur", "gaussian blur"])
def test_these_kernels_are_of_rank_one(name):
    kernel = ops.kernels.get(name).array
    np.testing.assert_allclose(np.outer(*ops.factor_kernel(kernel)), kernel, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    ("kernel", "message"),
    [
        ([[0, 1, 0], [1, -4, 1], [0, 1, 0]], "kernel has rank 2; allowed is rank 1"),
        ([[2, 4], [3, 5]], "kernel has rank 2; allowed is rank 1"),
        ([[0, 0]], "all zeros"),
        ([1, 2, 1], r"kernel has shape \(3,\); allowed is \(height, width\)"),
    ],
)
def test_a_kernel_that_cannot_be_factored(kernel, message):
    with pytest.raises(ValueError, match=message):
        ops.factor_kernel(kernel)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: ops.depthwise2d(np.ones((5, 5, 3)), np.ones((3, 3, 2, 1))),
            "kernels has shape .*; allowed is .*3 channels",
        ),
        (lambda: ops.pointwise2d(np.ones((5, 5, 3)), np.ones((3, 3, 3, 1))), "weights has shape .*; allowed is"),
        (
            lambda: ops.pointwise2d(np.ones((5, 5, 3)), np.ones((2, 4))),
            "so 2 channels; allowed is channels / groups = 3 / 1 = 3",
        ),
        (
            lambda: ops.transposed2d(np.ones((5, 5, 3)), np.ones((3, 3, 3, 2))),
            "kernels has shape .*; allowed is .*3 channels",
        ),
        (lambda: ops.transposed2d(np.ones((5, 5)), np.ones((3, 3)), padding=1), "padding is 1; allowed are"),
        (lambda: ops.transposed2d(np.ones((5, 5)), np.ones((3, 3)), stride=0), "stride"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
