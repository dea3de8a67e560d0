"""The affine scheme against its closed-form error bound, and against TensorFlow's own quantization."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from labkit.ops import affine_scheme, quantize_array

NUMBERS = arrays(np.float64, st.integers(1, 30), elements=st.floats(-1e3, 1e3, allow_subnormal=False))


@given(NUMBERS, st.booleans(), st.sampled_from([2, 4, 8, 12]))
@settings(max_examples=60, deadline=None)
def test_no_number_moves_by_more_than_half_a_scale(x, symmetric, bits):
    small = quantize_array(x, symmetric=symmetric, bits=bits)
    assert np.abs(small.dequantized() - x).max() <= small.scale / 2 * (1 + 1e-9)


@given(NUMBERS)
@settings(max_examples=30, deadline=None)
def test_zero_is_exact_and_quantizing_again_changes_nothing(x):
    small = quantize_array(np.append(x, 0.0))
    assert small.dequantized()[-1] == 0
    again = quantize_array(small.dequantized(), low=np.min(x), high=np.max(x))
    assert np.array_equal(again.values, small.values)


def test_a_scale_for_each_filter_is_that_of_the_filter_alone():
    kernel = np.random.default_rng(0).normal(size=(3, 3, 2, 4)) * [0.01, 0.1, 1, 10]
    small = quantize_array(kernel, axis=-1, symmetric=True)
    assert small.scale.shape == (1, 1, 1, 4)
    for filter in range(4):
        alone = quantize_array(kernel[..., filter], symmetric=True)
        assert np.array_equal(small.values[..., filter], alone.values)
        assert small.scale[0, 0, 0, filter] == alone.scale == pytest.approx(np.abs(kernel[..., filter]).max() / 127)
    whole = quantize_array(kernel, symmetric=True)
    loss = [np.abs(one.dequantized() - kernel)[..., 0].max() for one in (small, whole)]
    assert loss[0] < loss[1] / 50  # the quiet filter had one or two integers left


def test_the_integers_are_those_of_tensorflow():
    import tensorflow as tf

    x = np.random.default_rng(1).normal(size=500).astype(np.float32)
    ours = quantize_array(x, symmetric=True)
    theirs = tf.quantization.quantize(
        x, -np.abs(x).max(), np.abs(x).max(), tf.qint8, mode="SCALED", round_mode="HALF_TO_EVEN", narrow_range=True
    )
    assert np.abs(ours.values - theirs.output.numpy().astype(int)).max() <= 1  # float32 there, float64 here
    assert (ours.values == theirs.output.numpy().astype(int)).mean() > 0.99


def test_a_product_of_integers_is_the_product_of_what_they_stand_for():
    rng = np.random.default_rng(2)
    x, weights = quantize_array(rng.uniform(0, 3, (5, 7))), quantize_array(rng.normal(size=(7, 4)), symmetric=True)
    sums = (x.values.astype(np.int32) - x.zero_point) @ (weights.values.astype(np.int32) - weights.zero_point)
    assert sums.dtype.kind == "i"
    assert np.allclose(x.scale * weights.scale * sums, x.dequantized() @ weights.dequantized())


def test_beyond_a_given_range_numbers_are_cut_off():
    small = quantize_array([-5.0, 0.5, 5.0], low=-1, high=1)
    assert small.values.tolist()[::2] == [-128, 127]
    assert np.allclose(small.dequantized(), [-1, 0.5, 1], atol=float(small.scale))


@pytest.mark.parametrize("x", [[0.0, 0.0], [3.0], [-2.0, -2.0]])
def test_constants_come_back(x):
    for symmetric in (False, True):
        assert np.allclose(quantize_array(x, symmetric=symmetric).dequantized(), x)


def test_more_than_8_bits_take_int16():
    assert quantize_array([0.0, 1.0], bits=9).values.dtype == np.int16


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"x": []}, "x has shape .0,.; allowed is at least one number"),
        ({"x": [np.nan]}, "x is nan at index .0,.; allowed are finite numbers"),
        ({"x": [1.0], "axis": 1}, "axis is 1; allowed is one of the 1 axes of x"),
        ({"x": [1.0], "bits": 1}, "bits is 1; allowed is a whole number from 2 to 16"),
        ({"x": [1.0], "low": 0}, "allowed are both together"),
        ({"x": [1.0], "low": 0, "high": 1, "symmetric": True}, "without axis or symmetric"),
        ({"x": [1.0], "low": 2, "high": 1}, "low is 2 and high 1; allowed is a low that is not above high"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        quantize_array(**arguments)


def test_the_scheme_takes_arrays():
    scale, zero_point = affine_scheme([-1.0, 0.0], [1.0, 25.5])
    assert scale == pytest.approx([2 / 255, 0.1])
    assert zero_point.tolist() == [0, -128]
