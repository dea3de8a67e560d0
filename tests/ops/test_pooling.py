"""Pooling against TensorFlow, against a window-by-window definition, and the decks' examples (FACTS.md, B21 and D)."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from labkit import ops
from quantity import cases

POOLS = {
    "max": ops.max_pool2d,
    "min": ops.min_pool2d,
    "sum": ops.sum_pool2d,
    "average": ops.average_pool2d,
}
BACKWARDS = {"max": ops.max_pool2d_backward, "average": ops.average_pool2d_backward}
REDUCTIONS = {"max": np.max, "min": np.min, "sum": np.sum, "average": np.mean}
TENSORFLOWS = {"max": tf.nn.max_pool2d, "average": tf.nn.avg_pool2d}
several = cases(500)
windows = st.tuples(st.integers(1, 3), st.integers(1, 3))


def distinct(shape, seed):
    """No two numbers alike, so that there is one winner."""
    return np.random.default_rng(seed).permutation(np.prod(shape)).reshape(shape) / 7 - 5


@pytest.mark.parametrize("kind", TENSORFLOWS)
@several
@given(windows, windows, st.sampled_from(["valid", "same"]), st.integers(0, 9))
def test_forward_and_backward_equal_tensorflow(kind, size, stride, padding, seed):
    x = distinct((2, 3 + seed % 4, 3 + seed % 3, 2), seed)
    with tf.GradientTape() as tape:
        variable = tf.constant(x)
        tape.watch(variable)
        expected = TENSORFLOWS[kind](variable, size, stride, padding.upper())
        upstream = np.random.default_rng(seed).normal(size=expected.shape)
        loss = tf.reduce_sum(expected * upstream)
    result = POOLS[kind](x, size, stride=stride, padding=padding)
    np.testing.assert_allclose(result, expected, rtol=1e-12, atol=1e-12)
    back = BACKWARDS[kind](upstream, x, size, stride=stride, padding=padding)
    np.testing.assert_allclose(back.x, tape.gradient(loss, variable), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("kind", POOLS)
@several
@given(
    windows,
    windows,
    st.integers(0, 2) | st.tuples(*[st.tuples(st.integers(0, 2), st.integers(0, 2))] * 2),
    st.booleans(),
    st.integers(0, 99),
)
def test_explicit_padding_equals_the_definition(kind, size, stride, padding, whole, seed):
    """Window by window, over those pixels that are really there."""
    pairs = ((padding, padding), (padding, padding)) if isinstance(padding, int) else padding
    if any(side >= length for pair, length in zip(pairs, size, strict=True) for side in pair):
        with pytest.raises(ValueError, match=r"padding is .*; allowed is less than the window"):
            POOLS[kind](np.ones((5, 4)), size, stride=stride, padding=padding)
        return
    x = distinct((5, 4), seed)
    if whole:
        x = np.int64(x * 7)
    (top, bottom), (left, right) = pairs
    expected = [
        [
            REDUCTIONS[kind](x[max(i, 0) : i + size[0], max(j, 0) : j + size[1]])
            for j in range(-left, 4 + right - size[1] + 1, stride[1])
        ]
        for i in range(-top, 5 + bottom - size[0] + 1, stride[0])
    ]
    result = POOLS[kind](x, size, stride=stride, padding=padding)
    np.testing.assert_allclose(result, expected, rtol=1e-12, atol=1e-12)
    assert result.dtype == (np.int64 if whole and kind != "average" else np.float64)


@pytest.mark.parametrize(
    ("kind", "image", "expected"),
    [
        ("max", [[3, 2, 5, 6], [8, 9, 5, 3], [4, 4, 6, 8], [1, 1, 2, 1]], [[9, 6], [4, 8]]),  # D1
        ("max", [[1, 3, 2, 4], [5, 6, 8, 7], [4, 2, 1, 3], [2, 5, 7, 8]], [[6, 8], [5, 8]]),  # D2
        ("average", [[2, 2, 7, 3], [9, 4, 6, 1], [8, 5, 2, 4], [3, 1, 2, 6]], [[4.25, 4.25], [4.25, 3.5]]),  # D3
        ("min", [[20, 8, 12, 15], [6, 12, 9, 8], [9, 12, 10, 6], [18, 10, 5, 9]], [[6, 8], [9, 5]]),  # D4
    ],
)
def test_examples_of_the_decks(kind, image, expected):
    np.testing.assert_array_equal(POOLS[kind](image), expected)


def test_b21_convolution_then_overlapping_pooling():
    maps = ops.correlate2d(np.ones((8, 7)), np.ones((3, 3)))
    assert maps.shape == (6, 5)
    assert ops.max_pool2d(maps, 2, stride=1).shape == (5, 4)


@pytest.mark.parametrize("shape", [(4, 5), (4, 5, 3), (2, 4, 5, 3)])
def test_global_pooling(shape):
    x = distinct(shape, 1)
    places = (0, 1) if len(shape) < 4 else (1, 2)
    np.testing.assert_allclose(ops.global_max_pool2d(x), x.max(axis=places))
    np.testing.assert_allclose(ops.global_average_pool2d(x), x.mean(axis=places))


def test_of_equals_the_first_wins():
    np.testing.assert_array_equal(ops.max_pool2d_backward([[1]], [[7, 7], [7, 7]]).x, [[1, 0], [0, 0]])


@pytest.mark.parametrize("kind", POOLS)
@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([1, 2, 3],), {}, r"x has shape \(3,\); allowed is an image"),
        (([[1.0, np.nan]], 1), {}, r"x is nan at index \(0, 1\); allowed are finite numbers"),
        ((np.ones((3, 3)), 4), {}, "size is 4×4; allowed is what fits into the image.* 3×3"),
        ((np.ones((3, 3)), 0), {}, "size"),
        ((np.ones((3, 3)), 2), {"stride": -1}, "stride"),
        ((np.ones((3, 3)), 2), {"padding": "some"}, "padding"),
    ],
)
def test_bad_input_is_named(kind, arguments, options, message):
    with pytest.raises(ValueError, match=message):
        POOLS[kind](*arguments, **options)


def test_upstream_must_have_the_shape_of_the_output():
    with pytest.raises(ValueError, match=r"upstream has shape \(3, 3\); allowed is that of the output, \(2, 2\)"):
        ops.max_pool2d_backward(np.ones((3, 3)), np.ones((4, 4)))
