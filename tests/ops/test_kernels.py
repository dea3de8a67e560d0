import numpy as np
import pytest
from skimage.filters import gabor_kernel

from labkit import ops
from labkit.ops import kernels


@pytest.mark.parametrize("name", kernels.names())
def test_every_kernel_shows_itself_and_works_as_an_array(name):
    kernel = kernels.get(name)
    assert kernel.name == name
    assert kernel.purpose
    assert kernel.source
    lines = str(kernel).splitlines()
    assert lines[0] == f"{name}: {kernel.purpose}"
    assert len(lines) == 1 + kernel.shape[0]
    assert kernel._repr_html_().count("<td") == kernel.array.size
    image = np.random.default_rng(0).integers(0, 256, (16, 16))
    np.testing.assert_array_equal(ops.correlate2d(image, kernel), ops.correlate2d(image, kernel.array))


def test_a_kernel_cannot_be_changed_by_accident():
    with pytest.raises(ValueError, match="read-only"):
        kernels.get("sharpen").array[0, 0] = 1


@pytest.mark.parametrize(
    ("ours", "opencvs"),
    [
        ("sobel x", lambda cv2, x: -cv2.Sobel(x, -1, 1, 0)),
        ("sobel y", lambda cv2, x: -cv2.Sobel(x, -1, 0, 1)),
        ("scharr x", lambda cv2, x: -cv2.Scharr(x, -1, 1, 0)),
        ("scharr y", lambda cv2, x: -cv2.Scharr(x, -1, 0, 1)),
        ("laplacian 4", lambda cv2, x: cv2.Laplacian(x, -1)),
        ("box blur", lambda cv2, x: cv2.blur(x, (3, 3))),
        ("gaussian blur", lambda cv2, x: cv2.GaussianBlur(x, (5, 5), 1.0)),
    ],
)
def test_kernels_equal_opencv(ours, opencvs):
    """OpenCV's derivatives point the other way: positive where it gets brighter to the right and below."""
    cv2 = pytest.importorskip("cv2", exc_type=ImportError)
    x = np.random.default_rng(0).normal(size=(9, 8))
    result = ops.correlate2d(x, kernels.get(ours), padding="same", fill="reflect")
    np.testing.assert_allclose(result, opencvs(cv2, x), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", ["sobel x", "sobel y", "scharr x", "scharr y", "prewitt x", "prewitt y"])
def test_edge_filters_ignore_a_flat_picture(name):
    np.testing.assert_array_equal(ops.correlate2d(np.full((9, 9), 7), kernels.get(name)), 0)


@pytest.mark.parametrize("name", ["laplacian 4", "laplacian 8"])
def test_laplacians_ignore_a_slope_too(name):
    np.testing.assert_array_equal(ops.correlate2d(np.add.outer(np.arange(9), 3 * np.arange(9)), kernels.get(name)), 0)


@pytest.mark.parametrize("name", ["identity", "box blur", "gaussian blur", "sharpen", "emboss"])
def test_these_keep_a_flat_picture(name):
    np.testing.assert_allclose(ops.correlate2d(np.full((9, 9), 7), kernels.get(name)), 7)


def test_b15_lines_are_enhanced_in_their_own_direction():
    image = np.zeros((21, 21), int)
    image[:, 10] = 1
    vertical, horizontal = (ops.correlate2d(image, kernels.get(f"{d} line")) for d in ("vertical", "horizontal"))
    assert vertical.max() == 7
    assert horizontal.max() == 1


@pytest.mark.parametrize("orientation", [0, 30, 45, 90, 135])
@pytest.mark.parametrize("phase", [0, 90])
def test_gabor_equals_opencv(orientation, phase):
    """OpenCV builds its kernel for a flipping convolution, and turns the other way."""
    cv2 = pytest.importorskip("cv2", exc_type=ImportError)
    expected = cv2.getGaborKernel((11, 11), 2.5, np.deg2rad(orientation), 5.0, 0.7, np.deg2rad(phase))
    ours = kernels.gabor(11, wavelength=5, orientation=orientation, sigma=2.5, aspect=0.7, phase=phase)
    np.testing.assert_allclose(ours.array, expected[::-1, ::-1], atol=1e-12)


@pytest.mark.parametrize("orientation", [0, 30, 45, 90, 135])
def test_gabor_equals_scikit_image(orientation):
    theirs = gabor_kernel(1 / 5, np.deg2rad(orientation), sigma_x=2.5, sigma_y=2.5, n_stds=2)
    ours = kernels.gabor(theirs.shape[0], wavelength=5, orientation=orientation, sigma=2.5).array
    np.testing.assert_allclose(ours, theirs.real * 2 * np.pi * 2.5**2, atol=1e-12)


def test_a_gabor_bank_answers_most_to_its_own_direction():
    bank = kernels.gabor_bank(4, 11, wavelength=5)
    rows, columns = np.mgrid[:31, :31]
    for i, kernel in enumerate(bank):
        angle = np.pi * i / 4
        stripes = np.cos(2 * np.pi * (columns * np.cos(angle) + rows * np.sin(angle)) / 5)
        answers = [np.abs(ops.correlate2d(stripes, other)).max() for other in bank]
        assert np.argmax(answers) == i, kernel.name


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: kernels.get("sobol"), "name is 'sobol'; allowed are 'identity'"),
        (lambda: kernels.box(0), "size"),
        (lambda: kernels.gaussian(3, 0), "sigma is 0; allowed is a number above 0"),
        (lambda: kernels.gabor(4), "size is 4; allowed is an odd number"),
        (lambda: kernels.gabor(5, wavelength=-1), "wavelength is -1; allowed is a number above 0"),
        (lambda: kernels.gabor_bank(0), "orientations"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
