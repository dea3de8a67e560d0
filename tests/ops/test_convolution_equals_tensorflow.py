"""Every method, on thousands of random problems, against `tf.nn.conv2d` (unlike Keras, it dilates with a stride)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from labkit import ops
from quantity import cases

METHODS = ["loops", "im2col", "fft"]


@dataclass(frozen=True)
class Problem:
    x: np.ndarray
    kernels: np.ndarray
    options: dict[str, Any]


@st.composite
def problems(draw, whole_numbers_too=True):
    """A small convolution with any stride, padding, dilation and groups whose kernel fits."""

    def small(low, high):
        return draw(st.integers(low, high))

    groups = small(1, 3)
    kernel_size = (small(1, 3), small(1, 3))
    stride, dilation = (small(1, 3), small(1, 3)), (small(1, 3), small(1, 3))
    padding = draw(
        st.sampled_from(["valid", "same"])
        | st.integers(0, 2)
        | st.tuples(st.tuples(st.integers(0, 2), st.integers(0, 2)), st.tuples(st.integers(0, 2), st.integers(0, 2)))
    )
    reach = [(k - 1) * d + 1 for k, d in zip(kernel_size, dilation, strict=True)]
    if padding == "same":
        smallest = (1, 1)
    else:
        added = (0, 0) if padding == "valid" else (2 * padding,) * 2 if isinstance(padding, int) else map(sum, padding)
        smallest = tuple(max(1, r - a) for r, a in zip(reach, added, strict=True))
    shape = (small(1, 2), smallest[0] + small(0, 3), smallest[1] + small(0, 3), groups * small(1, 2))
    kernel_shape = (*kernel_size, shape[3] // groups, groups * small(1, 2))
    generator = np.random.default_rng(small(0, 2**32 - 1))
    if whole_numbers_too and draw(st.booleans()):
        x, kernels = generator.integers(-9, 10, shape), generator.integers(-9, 10, kernel_shape)
    else:
        x, kernels = generator.normal(size=shape), generator.normal(size=kernel_shape)
    return Problem(x, kernels, {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups})


def tensorflow_padding(padding):
    if isinstance(padding, str):
        return padding.upper()
    rows, columns = ((padding, padding),) * 2 if isinstance(padding, int) else padding
    return [[0, 0], rows, columns, [0, 0]]


def by_tensorflow(x, kernels, stride, padding, dilation, groups):
    """Each group is a convolution of its own."""
    outputs = [
        tf.nn.conv2d(some_x, some_kernels, stride, tensorflow_padding(padding), dilations=dilation)
        for some_x, some_kernels in zip(tf.split(x, groups, 3), tf.split(kernels, groups, 3), strict=True)
    ]
    return tf.concat(outputs, 3)


@pytest.mark.parametrize("method", METHODS)
@cases(2000)
@given(problem=problems())
def test_equals_tensorflow(method, problem):
    x, kernels = problem.x, problem.kernels
    expected = by_tensorflow(x.astype(np.float64), kernels.astype(np.float64), **problem.options).numpy()
    result = ops.correlate2d(x, kernels, method=method, **problem.options)
    if x.dtype.kind == "i" and method != "fft":
        assert result.dtype == np.int64
        np.testing.assert_array_equal(result, expected)
    else:
        np.testing.assert_allclose(result, expected, rtol=1e-9, atol=1e-9 * max(1, np.abs(x).max()))


def spread(kernels, dilation):
    """Kernels with zeros between the weights: TensorFlow has no gradient for dilation on a CPU."""
    rows, columns = (
        np.repeat(np.eye(k), d, axis=1)[:, : (k - 1) * d + 1] * (np.arange((k - 1) * d + 1) % d == 0)
        for k, d in zip(kernels.shape[:2], dilation, strict=True)
    )
    return tf.einsum("ua,vb,uvcf->abcf", rows, columns, kernels)


@cases(2000)
@given(problem=problems(whole_numbers_too=False))
def test_backward_equals_autodiff(problem):
    options = problem.options
    # "same" is worked out for the spread kernel, whose reach is that of the dilated one.
    undilated = {**options, "dilation": (1, 1)}
    x, kernels = tf.constant(problem.x), tf.constant(problem.kernels)
    with tf.GradientTape() as tape:
        tape.watch([x, kernels])
        output = by_tensorflow(x, spread(kernels, options["dilation"]), **undilated)
        upstream = np.random.default_rng(0).normal(size=output.shape)
        loss = tf.reduce_sum(output * upstream)
    expected = tape.gradient(loss, [x, kernels])
    result = ops.correlate2d_backward(upstream, problem.x, problem.kernels, **options)
    np.testing.assert_allclose(result.x, expected[0], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(result.kernels, expected[1], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(result.bias, upstream.sum(axis=(0, 1, 2)), rtol=1e-9)
