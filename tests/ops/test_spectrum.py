import numpy as np
import pytest
import scipy.ndimage
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit import ops

several = settings(max_examples=200, deadline=None, derandomize=True)
shapes = st.lists(st.integers(1, 6), min_size=1, max_size=2)


@several
@given(shapes, st.integers(0, 99))
def test_b4_the_theorem_holds_both_ways(shape, seed):
    generator = np.random.default_rng(seed)
    f, h = generator.normal(size=shape), generator.normal(size=shape)
    theorem = ops.convolution_theorem(f, h)
    # NumPy's transform is the oracle for each side by itself.
    np.testing.assert_allclose(
        np.fft.ifftn(theorem.transform_of_convolution).real, ops.circular_convolve(f, h), atol=1e-12
    )
    np.testing.assert_allclose(theorem.product_of_transforms, np.fft.fftn(f) * np.fft.fftn(h), atol=1e-12)
    np.testing.assert_allclose(theorem.transform_of_product, np.fft.fftn(f * h), atol=1e-12)
    np.testing.assert_allclose(theorem.transform_of_convolution, theorem.product_of_transforms, atol=1e-12)
    np.testing.assert_allclose(theorem.transform_of_product, theorem.convolution_of_transforms, atol=1e-12)
    assert theorem.constant == 1 / f.size


def test_without_its_constant_the_second_direction_fails():
    theorem = ops.convolution_theorem([1, 2, 3, 4], [1, 0, -1, 0])
    assert not np.allclose(theorem.transform_of_product, theorem.convolution_of_transforms / theorem.constant)


@several
@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 99))
def test_circular_convolution_equals_scipy(height, width, seed):
    f, h = np.random.default_rng(seed).integers(-9, 10, (2, height, width))
    # SciPy's ndimage wraps around; it puts the kernel's middle, not its corner, at the origin.
    expected = scipy.ndimage.convolve(f, h, mode="wrap", origin=(-(height // 2), -(width // 2)))
    np.testing.assert_array_equal(ops.circular_convolve(f, h), expected)


@several
@given(st.integers(1, 2), st.integers(0, 9999))
def test_convolution_and_correlation_equal_scipy(axes, seed):
    generator = np.random.default_rng(seed)
    f, h = (generator.normal(size=generator.integers(1, 8, axes)) for _ in range(2))
    np.testing.assert_allclose(ops.fft_convolve(f, h), scipy.signal.convolve(f, h, method="direct"), atol=1e-12)
    correlation = ops.cross_correlation(f, h)
    np.testing.assert_allclose(correlation.values, scipy.signal.correlate(h, f, method="direct"), atol=1e-12)
    for axis in range(axes):
        lags = scipy.signal.correlation_lags(h.shape[axis], f.shape[axis])
        np.testing.assert_array_equal(correlation.lags[axis], lags)


def test_the_peak_is_the_shift():
    image = np.zeros((20, 20))
    image[3:8, 4:9] = np.random.default_rng(0).uniform(1, 2, (5, 5))
    assert ops.cross_correlation(image, np.roll(image, (6, -2), axis=(0, 1))).peak == (6, -2)


def test_autocorrelation_is_symmetric_and_largest_at_lag_0():
    signal = np.random.default_rng(0).normal(size=(5, 7))
    result = ops.autocorrelation(signal)
    assert result.peak == (0, 0)
    np.testing.assert_allclose(result.values, result.values[::-1, ::-1], atol=1e-12)
    assert result.values.max() == pytest.approx((signal**2).sum())


def test_autocorrelation_finds_a_period():
    wave = np.sin(2 * np.pi * np.arange(200) / 25)
    result = ops.autocorrelation(wave)
    away = (result.lags[0] > 12) & (result.lags[0] < 38)
    assert result.lags[0][away][result.values[away].argmax()] == 25


def test_results_show_themselves():
    theorem = ops.convolution_theorem([1, 2, 3, 4], [1, 0, -1, 0])
    assert "DFT(f · h) = F ∗ H / 4" in str(theorem)
    assert str(theorem) in theorem._repr_html_()
    assert str(ops.autocorrelation([1, 0, 1])) == "correlation over the lags -2…2, largest (2) at (0,)"


@pytest.mark.parametrize("function", [ops.convolution_theorem, ops.circular_convolve])
def test_signals_must_have_one_shape(function):
    with pytest.raises(ValueError, match=r"f has shape \(2,\) and h \(3,\); allowed are signals of one shape"):
        function([1, 2], [1, 2, 3])


@pytest.mark.parametrize("function", [ops.fft_convolve, ops.cross_correlation])
@pytest.mark.parametrize(("f", "h"), [([1, 2], [[1, 2]]), ([], [1]), (1, 2)])
def test_signals_must_have_as_many_axes(function, f, h):
    with pytest.raises(ValueError, match=r"allowed are signals with equally many axes"):
        function(f, h)
