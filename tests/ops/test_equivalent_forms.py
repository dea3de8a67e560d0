"""The same operation written by others: Keras, SciPy, NumPy and OpenCV."""

import keras
import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit import ops

METHODS = ["loops", "im2col", "fft"]
quick = settings(max_examples=200, deadline=None, derandomize=True)


@pytest.fixture
def random():
    return np.random.default_rng(0)


def through(layer, x, *weights):
    """What a Keras layer gives for one batch, with weights of ours."""
    layer.build((None, *x.shape[1:]))
    layer.set_weights([np.asarray(weight, np.float32) for weight in weights])
    return keras.ops.convert_to_numpy(layer(x.astype(np.float32)))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "options",
    [
        {"padding": "valid"},
        {"padding": "same", "stride": 2},
        {"padding": "same", "dilation": 2},
        {"padding": "valid", "stride": 3, "groups": 2},
    ],
)
def test_correlate2d_is_keras_conv2d(random, method, options):
    groups = options.get("groups", 1)
    x, bias = random.normal(size=(2, 9, 8, 4)), random.normal(size=6)
    kernels = random.normal(size=(3, 2, 4 // groups, 6))
    names = {"stride": "strides", "dilation": "dilation_rate"}
    layer = keras.layers.Conv2D(6, (3, 2), **{names.get(name, name): value for name, value in options.items()})
    expected = through(layer, x, kernels, bias)
    np.testing.assert_allclose(
        ops.correlate2d(x, kernels, bias, method=method, **options), expected, rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_correlate1d_is_keras_conv1d(random, padding):
    x, kernels, bias = random.normal(size=(2, 11, 3)), random.normal(size=(4, 3, 5)), random.normal(size=5)
    expected = through(keras.layers.Conv1D(5, 4, strides=2, padding=padding), x, kernels, bias)
    result = ops.correlate1d(x, kernels, bias, stride=2, padding=padding)
    np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("mode", "padding"), [("valid", "valid"), ("same", "same"), ("full", ((2, 2), (4, 4)))])
def test_plain_pictures_equal_scipy(random, method, mode, padding):
    x, kernel = random.normal(size=(7, 9)), random.normal(size=(3, 5))
    for ours, scipys in [
        (ops.correlate2d, scipy.signal.correlate2d),
        (ops.convolve2d, scipy.signal.convolve2d),
    ]:
        result = ours(x, kernel, padding=padding, method=method)
        np.testing.assert_allclose(result, scipys(x, kernel, mode), rtol=1e-9, atol=1e-9)


def test_a_line_with_channels_needs_no_batch(random):
    x, kernels = random.integers(-9, 10, (11, 3)), random.integers(-9, 10, (4, 3, 5))
    np.testing.assert_array_equal(ops.correlate1d(x, kernels), ops.correlate1d(x[np.newaxis], kernels)[0])
    np.testing.assert_array_equal(ops.correlate1d(x[:, 0], kernels[:, :1]), ops.correlate1d(x[:, :1], kernels[:, :1]))


@quick
@given(st.lists(st.integers(-99, 99), min_size=5, max_size=12), st.lists(st.integers(-99, 99), min_size=1, max_size=5))
def test_lines_equal_numpy(line, kernel):
    for method in ("loops", "im2col"):
        np.testing.assert_array_equal(ops.convolve1d(line, kernel, method=method), np.convolve(line, kernel, "valid"))
        np.testing.assert_array_equal(ops.correlate1d(line, kernel, method=method), np.correlate(line, kernel, "valid"))
    full = (len(kernel) - 1, len(kernel) - 1)
    np.testing.assert_array_equal(ops.convolve1d(line, kernel, padding=full), np.convolve(line, kernel, "full"))


@quick
@given(st.integers(0, 2**32 - 1))
def test_convolution_commutes(seed):
    generator = np.random.default_rng(seed)
    f, h = generator.integers(-9, 10, (4, 5)), generator.integers(-9, 10, (3, 2))
    one = ops.convolve2d(f, h, padding=((2, 2), (1, 1)))
    other = ops.convolve2d(h, f, padding=((3, 3), (4, 4)))
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("fill", "border"), [("zeros", "BORDER_CONSTANT"), ("edge", "BORDER_REPLICATE"), ("reflect", "BORDER_REFLECT_101")]
)
def test_fillings_equal_opencv(random, fill, border):
    cv2 = pytest.importorskip("cv2", exc_type=ImportError)
    x, kernel = random.normal(size=(8, 9)), random.normal(size=(5, 3))
    expected = cv2.filter2D(x, -1, kernel, borderType=getattr(cv2, border))
    np.testing.assert_allclose(ops.correlate2d(x, kernel, padding="same", fill=fill), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_uint8_pictures_do_not_overflow(method):
    white = np.full((3, 3), 255, np.uint8)
    result = ops.correlate2d(white, np.full((3, 3), 255, np.uint8), method=method)
    assert np.rint(result) == 9 * 255**2


@pytest.mark.parametrize("method", METHODS)
def test_float32_stays_float32(random, method):
    x, kernels = random.normal(size=(5, 5, 2)).astype(np.float32), random.normal(size=(3, 3, 2, 2)).astype(np.float32)
    assert ops.correlate2d(x, kernels, method=method).dtype == np.float32


@pytest.mark.parametrize(
    ("x_shape", "kernel_shape", "shape"),
    [
        ((5, 6), (3, 3), (3, 4)),
        ((5, 6), (3, 3, 1, 2), (3, 4, 2)),
        ((5, 6, 2), (3, 3, 2, 1), (3, 4, 1)),
        ((4, 5, 6, 2), (3, 3, 2, 7), (4, 3, 4, 7)),
    ],
)
def test_the_result_has_the_axes_of_the_picture(x_shape, kernel_shape, shape):
    assert ops.correlate2d(np.ones(x_shape), np.ones(kernel_shape)).shape == shape


def test_a_shifted_picture_gives_a_shifted_map(random):
    image, kernel = np.zeros((12, 12), int), random.integers(-5, 6, (3, 3))
    image[2:6, 2:6] = random.integers(0, 9, (4, 4))
    shifted = np.roll(image, (3, 4), axis=(0, 1))
    maps = [ops.correlate2d(p, kernel, padding="same") for p in (image, shifted)]
    np.testing.assert_array_equal(np.roll(maps[0], (3, 4), axis=(0, 1)), maps[1])


@quick
@given(st.integers(1, 4), st.integers(1, 3), st.sampled_from(["valid", "same"]), st.integers(0, 2**32 - 1))
def test_col2im_is_the_transpose_of_im2col(kernel, stride, padding, seed):
    """⟨im2col x, c⟩ = ⟨x, col2im c⟩ for every x and c is what makes it the transpose."""
    generator = np.random.default_rng(seed)
    x = generator.integers(-9, 10, (2, 6, 5, 3))
    options = {"stride": stride, "padding": padding}
    columns = ops.im2col(x, kernel, **options)
    other = generator.integers(-9, 10, columns.shape)
    assert (columns * other).sum() == (x * ops.col2im(other, x.shape, kernel, **options)).sum()


@pytest.mark.parametrize("at_once", [1, 60, 200, 10_000])
@pytest.mark.parametrize("options", [{}, {"stride": 2, "padding": "same"}, {"dilation": 2, "groups": 3, "padding": 2}])
def test_strips_change_nothing(random, monkeypatch, at_once, options):
    x, kernels = random.integers(-9, 10, (5, 9, 8, 3)), random.integers(-9, 10, (3, 2, 3, 6))
    kernels = kernels[:, :, : 3 // options.get("groups", 1)]
    monkeypatch.setattr("labkit.ops.convolution_algorithms.CACHED_NUMBERS", at_once)
    np.testing.assert_array_equal(
        ops.correlate2d(x, kernels, **options), ops.correlate2d(x, kernels, method="loops", **options)
    )


def test_im2col_and_one_product_are_the_convolution(random):
    x, kernels = random.integers(-9, 10, (2, 6, 5, 3)), random.integers(-9, 10, (3, 2, 3, 4))
    product = kernels.reshape(-1, 4).T @ ops.im2col(x, (3, 2), stride=2)
    np.testing.assert_array_equal(product.T.reshape(2, 2, 2, 4), ops.correlate2d(x, kernels, stride=2))
