"""Numbers at the ends of their types: the right value, or one error that says so; never a wrong value in silence."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit import ops
from labkit.ops import kernels

LEAST, MOST = -(2**63), 2**63 - 1
HUGE = float(np.finfo(np.float64).max)
FLOAT32 = float(np.finfo(np.float32).max)


@pytest.fixture(autouse=True)
def _no_warnings():
    with np.errstate(all="raise", under="ignore"):
        yield


# ---- activations


@pytest.mark.parametrize(
    ("scores", "shares"),
    [
        ([LEAST, MOST], [0, 1]),
        ([LEAST, LEAST], [0.5, 0.5]),
        ([MOST, MOST, LEAST], [0.5, 0.5, 0]),
        ([2**62, 2**62 + 1], [1 / (1 + np.e), np.e / (1 + np.e)]),  # as floats these two are one number
        ([-HUGE, HUGE], [0, 1]),
        ([HUGE, HUGE], [0.5, 0.5]),
        (np.array([-FLOAT32, FLOAT32], np.float32), [0, 1]),
    ],
)
def test_softmax_sees_distances_only(scores, shares):
    np.testing.assert_allclose(ops.softmax(scores), shares, rtol=1e-6)


def test_other_activations_of_the_extremes():
    np.testing.assert_array_equal(ops.sigmoid([LEAST, 0, MOST]), [0, 0.5, 1])
    np.testing.assert_array_equal(ops.sigmoid([-HUGE, HUGE]), [0, 1])
    np.testing.assert_array_equal(ops.tanh([LEAST, MOST]), [-1, 1])
    np.testing.assert_array_equal(ops.relu([LEAST, MOST]), [0, MOST])
    np.testing.assert_allclose(ops.leaky_relu([LEAST, MOST]), [LEAST / 10, MOST])
    with pytest.raises(ValueError, match=r"the result of leaky_relu is -inf; allowed are numbers .* 1\.8e\+308"):
        ops.leaky_relu([-HUGE], negative_slope=2)


# ---- pooling

integers = st.one_of(
    st.integers(LEAST, MOST), st.sampled_from([LEAST, LEAST + 1, -(2**62), 2**62, 2**62 + 1, MOST, 0, 1, -1])
)
squares = st.lists(integers, min_size=9, max_size=9)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(numbers=squares, padding=st.sampled_from(["valid", "same"]))
def test_pooling_of_any_integers(numbers, padding):
    image = np.array(numbers, np.int64).reshape(3, 3)
    windows = [
        [int(image[i, j]) for i in range(top, min(top + 2, 3)) for j in range(left, min(left + 2, 3))]
        for top in (0, 2)[: 2 if padding == "same" else 1]
        for left in (0, 2)[: 2 if padding == "same" else 1]
    ]
    means = [float(Fraction(sum(window), len(window))) for window in windows]
    np.testing.assert_allclose(ops.average_pool2d(image, 2, padding=padding).ravel(), means, rtol=1e-15, atol=0)
    np.testing.assert_allclose(ops.global_average_pool2d(image), float(Fraction(sum(numbers), 9)), rtol=1e-15, atol=0)
    assert ops.max_pool2d(image, 2, padding=padding).ravel().tolist() == [max(window) for window in windows]
    assert ops.min_pool2d(image, 2, padding=padding).ravel().tolist() == [min(window) for window in windows]
    right_or_refused(lambda: ops.sum_pool2d(image, 2, padding=padding), [sum(window) for window in windows])


def right_or_refused(compute, right):
    """The integers themselves, where int64 can hold them all; else the error."""
    if all(LEAST <= number <= MOST for number in right):
        answer = compute()
        assert answer.dtype == np.int64
        assert answer.ravel().tolist() == right
    else:
        with pytest.raises(ValueError, match=r"the result of \w+ is -?\d+; allowed are integers"):
            compute()


@pytest.mark.parametrize("value", [2**62, MOST, LEAST, HUGE, -HUGE, 5e-324, np.float32(FLOAT32)])
def test_a_mean_of_equals_is_that_number(value):
    image = np.full((4, 4), value)
    np.testing.assert_allclose(ops.average_pool2d(image, 4), [[value]], rtol=1e-6, atol=0)
    np.testing.assert_allclose(ops.global_average_pool2d(image), value, rtol=1e-6, atol=0)


def test_a_sum_beyond_the_floats_is_refused():
    with pytest.raises(ValueError, match="the result of sum_pool2d is inf"):
        ops.sum_pool2d(np.full((2, 2), HUGE))
    with pytest.raises(ValueError, match=r"the result of sum_pool2d is inf; .* below 3\.4e\+38 \(float32\)"):
        ops.sum_pool2d(np.full((2, 2), FLOAT32, np.float32))


def test_the_padding_wins_against_no_pixel():
    image = np.full((2, 2), LEAST)
    back = ops.max_pool2d_backward(np.ones((2, 2), int), image, 2, stride=2, padding=((1, 1), (1, 1))).x
    np.testing.assert_array_equal(back, np.ones((2, 2)))


# ---- sums of products


@settings(max_examples=60, deadline=None, derandomize=True)
@given(image=squares, kernel=st.lists(integers, min_size=4, max_size=4), bias=integers)
def test_correlation_of_any_integers(image, kernel, bias):
    x, k = np.array(image, object).reshape(3, 3), np.array(kernel, object).reshape(2, 2)
    right = [int((x[i : i + 2, j : j + 2] * k).sum()) + bias for i in (0, 1) for j in (0, 1)]
    x, k = x.astype(np.int64), k.astype(np.int64)
    for method in ("im2col", "loops"):
        right_or_refused(lambda method=method: ops.correlate2d(x, k, [bias], method=method), right)
    right_or_refused(lambda: ops.dense(x.ravel()[:4], k.reshape(4, 1), [bias]),
                     [sum(a * b for a, b in zip(image[:4], kernel, strict=True)) + bias])  # fmt: skip
    stamped = np.zeros((4, 4), object)
    for i in range(3):
        for j in range(3):
            stamped[i : i + 2, j : j + 2] += image[3 * i + j] * np.array(kernel, object).reshape(2, 2)
    right_or_refused(lambda: ops.transposed2d(x, k), stamped.ravel().tolist())
    around = [sum(kernel[s] * kernel[(t - s) % 4] for s in range(4)) for t in range(4)]
    right_or_refused(lambda: ops.circular_convolve(kernel, kernel), around)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(rows=squares, above=st.lists(integers, min_size=6, max_size=6))
def test_gradients_of_any_integers(rows, above):
    x, up = np.array(rows, object).reshape(3, 3), np.array(above, object).reshape(3, 2)
    matrix = x[:, :2]
    right = [*(up @ matrix.T).ravel(), *(x.T @ up).ravel(), *up.sum(axis=0)]
    given = [each.astype(np.int64) for each in (up, x, matrix)]

    def flat(back):
        return np.concatenate([np.ravel(getattr(back, name)) for name in ("x", "weights", "bias")])

    right_or_refused(lambda: flat(ops.dense_backward(*given)), right)
    # A dense layer is a convolution of 1×1 over the batch's rows.
    image, kernels_ = given[1].reshape(3, 1, 3), given[2].reshape(1, 1, 3, 2)

    def convolved():
        back = ops.correlate2d_backward(given[0].reshape(3, 1, 2), image, kernels_)
        return np.concatenate([back.x.ravel(), back.kernels.ravel(), back.bias])

    right_or_refused(convolved, right)


@pytest.mark.parametrize(
    "compute",
    [
        lambda: ops.correlate2d([[HUGE, HUGE]], [[1.0, 1.0]]),
        lambda: ops.correlate2d([[HUGE, HUGE]], [[1.0, 1.0]], method="loops"),
        lambda: ops.correlate2d([[HUGE, HUGE]], [[1.0, 1.0]], method="fft"),
        lambda: ops.correlate2d([[HUGE]], [[1.0]], bias=[HUGE]),
        lambda: ops.correlate2d_backward([[HUGE]], [[2.0]], [[2.0]]),
        lambda: ops.transposed2d([[HUGE]], [[2.0]]),
        lambda: ops.depthwise2d([[[HUGE]]], [[2.0]]),
        lambda: ops.dense([HUGE], [[2.0]]),
        lambda: ops.dense_backward([HUGE], [2.0], [[2.0]]),
        lambda: ops.col2im(np.full((4, 4), HUGE), (3, 3), 2),
        lambda: ops.max_pool2d_backward(np.full((2, 2), HUGE), [[0, 0, 0], [0, 9, 0], [0, 0, 0]], 2, stride=1),
        lambda: (
            ops.average_pool2d_backward(np.full((2, 2), HUGE), np.ones((2, 2)), 1, stride=1, padding=0)
            and ops.average_pool2d_backward(np.full((5, 5), HUGE), np.ones((9, 9)), 5, stride=1)
        ),
        lambda: ops.fft_convolve([HUGE, HUGE], [HUGE, HUGE]),
        lambda: ops.cross_correlation([HUGE, HUGE], [HUGE, HUGE]),
        lambda: ops.circular_convolve([HUGE, HUGE], [1.0, 1.0]),
        lambda: ops.convolution_theorem([HUGE, HUGE], [HUGE, HUGE]),
        lambda: ops.local_response_normalization([[[1e200]]]),
        lambda: ops.batch_normalize_training([[-HUGE], [HUGE]]),
        lambda: ops.batch_normalize_inference([[HUGE]], 0.0, 1e-300),
        lambda: ops.batch_normalize_inference([[1.0]], 0.0, HUGE, epsilon=HUGE),
        lambda: ops.dropout([HUGE] * 20, 0.5, seed=0),
    ],
)
def test_what_leaves_the_floats_is_refused(compute):
    with pytest.raises(ValueError, match="; allowed are numbers with which it stays below"):
        compute()


def test_integers_are_squared_as_floats():
    image = np.full((1, 1, 1), 2**40)
    expected = 2.0**40 / (2 + 1e-4 * 2.0**80) ** 0.75
    np.testing.assert_allclose(ops.local_response_normalization(image), [[[expected]]], rtol=1e-12)
    theorem = ops.convolution_theorem([2**40, 1], [2**40, 1])
    np.testing.assert_allclose(theorem.transform_of_product, [2.0**80 + 1, 2.0**80 - 1])


def test_integers_are_factored_exactly():
    column, row = ops.factor_kernel(np.outer([2**31, -3], [2**31, 7]))
    np.testing.assert_array_equal(np.outer(column, row), np.outer([2**31, -3], [2**31, 7]))
    column, row = ops.factor_kernel([[LEAST, 0], [1, 0]])
    assert (column.tolist(), row.tolist()) in (([LEAST, 1], [1, 0]), ([-LEAST, -1], [-1, 0]))
    with pytest.raises(ValueError, match="kernel has rank 2"):
        ops.factor_kernel([[10_000_000, 10_000_001], [10_000_000, 10_000_000]])  # nearly, and no integers do it
    column, row = ops.factor_kernel([[HUGE, -HUGE]])
    np.testing.assert_array_equal(np.outer(column, row), [[HUGE, -HUGE]])


# ---- kernels from formulas


@pytest.mark.parametrize("sigma", [5e-324, 1e-310, 1e-200, 1e-150, 1e-20, 0.01, 1.0, 1e20, 1e154, 1e200, HUGE])
@pytest.mark.parametrize("size", [1, 2, 5, 6])
def test_a_gaussian_of_any_width(size, sigma):
    """Between one pixel (or four, if there is no middle) and the plain mean; in steps of σ, in exact fractions."""
    distances = [(Fraction(2 * i - size + 1, 2) / Fraction(sigma)) ** 2 / 2 for i in range(size)]
    line = np.array([np.exp(-float(min(each - min(distances), 1000))) for each in distances])
    np.testing.assert_allclose(kernels.gaussian(size, sigma).array, np.outer(line, line) / line.sum() ** 2, rtol=1e-9)


@pytest.mark.parametrize("sigma", [5e-324, 1e-200, 1e200, HUGE])
@pytest.mark.parametrize("aspect", [1e-300, 1.0, 1e300])
def test_a_gabor_filter_of_any_width(sigma, aspect):
    array = kernels.gabor(5, wavelength=4, sigma=sigma, aspect=aspect).array
    assert np.isfinite(array).all()
    assert array[2, 2] == 1
    if sigma < 1 and aspect >= 1:
        assert np.count_nonzero(array) == 1
    if sigma > 1 and aspect <= 1:
        np.testing.assert_allclose(array, [np.round(np.cos(np.pi / 2 * np.arange(-2, 3)))] * 5, atol=1e-12)


def test_what_no_formula_gives_is_refused():
    with pytest.raises(ValueError, match=r"wavelength is 5e-324; allowed is a length"):
        kernels.gabor(5, wavelength=5e-324, sigma=1)
    for build in (kernels.box, lambda size: kernels.gaussian(size, 1.0), lambda size: kernels.gabor(size)):
        with pytest.raises(ValueError, match=r"size is 1000001; allowed is a whole number from 1 to 4,096"):
            build(1_000_001)
    for bad in (np.nan, np.inf, -1e-200, 0.0, -0.0):
        with pytest.raises(ValueError, match=r"sigma is .*; allowed"):
            kernels.gaussian(5, bad)


# ---- quantization


@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize("bits", [2, 8, 16])
@pytest.mark.parametrize("ends", [(-1.7e308, 1.7e308), (LEAST, MOST), (0.0, HUGE), (-1e-300, 1e-300), (2**62, 2**62)])
def test_quantizing_the_widest_ranges(ends, bits, symmetric):
    numbers = np.array([*ends, ends[0] / 2, ends[1] / 3], np.float64)
    quantized = ops.quantize_array(numbers, bits=bits, symmetric=symmetric)
    scale, zero = Fraction(float(quantized.scale)), int(quantized.zero_point)
    least = -(2 ** (bits - 1)) + symmetric
    assert least <= quantized.values.min() <= quantized.values.max() < 2 ** (bits - 1)
    for number, value in zip(numbers, quantized.values, strict=True):
        assert abs(scale * (int(value) - zero) - Fraction(float(number))) <= scale * Fraction(1_000_001, 1_000_000)


def test_a_range_without_steps_is_refused():
    for tiny in (5e-324, 1e-308):
        with pytest.raises(ValueError, match=r"the range is .*; allowed is one that float64 can cut into its steps"):
            ops.quantize_array([0.0, tiny])
        with pytest.raises(ValueError, match=r"the range is .*; allowed is one that float64 can cut into its steps"):
            ops.quantize_array([0.0, tiny], symmetric=True)
    assert ops.quantize_array([0.0, 0.0]).scale == 1


def test_what_lies_far_beyond_a_given_range_is_cut_off():
    assert ops.quantize_array([-HUGE, HUGE], low=-1e-3, high=1e-3).values.tolist() == [-128, 127]


# ---- measuring slopes


@pytest.mark.parametrize(("at", "step"), [(1e16, 1e-5), (HUGE, 1.0), (0.0, HUGE), (1.0, 5e-324), (LEAST, 1e-5)])
def test_a_step_that_moves_nothing_is_refused(at, step):
    with pytest.raises(ValueError, match=r"step is .*; allowed is one by which"):
        ops.check_gradient(np.sum, [at], [0.0], step=step)


def test_a_gradient_far_off_is_wrong_by_all():
    check = ops.check_gradient(lambda v: 1e300 * v.sum(), [1.0], [-HUGE])
    assert not check
    assert check.largest_error == pytest.approx(1)
