"""Bad input raises one error that names the argument, its value and what is allowed."""

import re

import numpy as np
import pytest

from labkit import ops

PICTURE, COLOUR, KERNEL = np.ones((5, 5)), np.ones((5, 5, 4)), np.ones((3, 3))


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([1, 2, 3], KERNEL), {}, "x must be an image (height, width)"),
        ((np.ones((0, 5)), KERNEL), {}, "nothing empty; got shape (0, 5)"),
        (([[1, 2], [3]], KERNEL), {}, "x must be a rectangular array of numbers"),
        (([[1.0, np.nan]], [[1]]), {}, "x must hold finite numbers, got nan at index (0, 1)"),
        ((PICTURE, [[np.inf]]), {}, "kernels must hold finite numbers, got inf at index (0, 0)"),
        ((np.full((3, 3), 2**63, np.uint64), [[1]]), {}, "x must hold integers below 2⁶³, got 9223372036854775808"),
        ((PICTURE, [1, 2, 3]), {}, "kernels must have shape (kernel height, kernel width)"),
        ((COLOUR, KERNEL), {}, "to filter each channel by itself, use depthwise2d"),
        ((PICTURE, np.ones((6, 3))), {}, "kernels must fit into the image: the kernel is 6×3, the image"),
        ((PICTURE, KERNEL), {"dilation": 3}, "the kernel is 3×3 (with dilation (3, 3): 7×7)"),
        ((PICTURE, KERNEL), {"stride": -1}, "stride is -1; allowed is a whole number of at least 1"),
        ((PICTURE, KERNEL), {"stride": (1, 2, 3)}, "stride is (1, 2, 3)"),
        ((PICTURE, KERNEL), {"dilation": 0}, "dilation is 0"),
        ((PICTURE, KERNEL), {"padding": -1}, "padding is -1"),
        ((PICTURE, KERNEL), {"padding": "full"}, "padding is 'full'; allowed are"),
        ((PICTURE, KERNEL), {"padding": (1, 2)}, "padding must be 'valid', 'same', an integer"),
        ((PICTURE, KERNEL), {"padding": ((1, 2), (3,))}, "got ((1, 2), (3,))"),
        ((PICTURE, KERNEL), {"padding": ((1, 2), (3, -4))}, "padding is -4"),
        ((PICTURE, KERNEL), {"method": "magic"}, "method is 'magic'; allowed are 'im2col', 'loops', 'fft'"),
        ((PICTURE, KERNEL), {"padding": 1, "fill": "wrap"}, "fill is 'wrap'; allowed are 'zeros', 'edge', 'reflect'"),
        ((PICTURE, KERNEL), {"fill": "wrap"}, "fill is 'wrap'; allowed are 'zeros', 'edge', 'reflect'"),
        ((COLOUR, np.ones((3, 3, 4, 6))), {"groups": 3}, "groups must divide the channels and the filters, got 3"),
        ((COLOUR, np.ones((3, 3, 4, 6))), {"groups": 2}, "kernels must span channels / groups = 4 / 2 = 2 channels"),
        ((COLOUR, np.ones((3, 3, 3, 6))), {}, "kernels must span channels / groups = 4 / 1 = 4 channels, got 3"),
        ((COLOUR, np.ones((3, 3, 4, 6)), [1, 2]), {}, "bias must hold one number for each of the 6 filters"),
        ((COLOUR, np.ones((3, 3, 4, 6)), 1), {}, "bias must hold one number for each of the 6 filters"),
    ],
)
def test_wrong_values(arguments, options, message):
    for function in (ops.correlate2d, ops.convolve2d):
        with pytest.raises(ValueError, match=re.escape(message)):
            function(*arguments, **options)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([["a"]], KERNEL), {}, "x must hold real numbers"),
        ((PICTURE * 1j, KERNEL), {}, "x must hold real numbers (integers or floats), got dtype complex128"),
        ((None, KERNEL), {}, "x must hold real numbers"),
        ((PICTURE, KERNEL), {"stride": 1.5}, "stride is 1.5"),
        ((PICTURE, KERNEL), {"stride": True}, "stride is True"),
        ((PICTURE, KERNEL), {"padding": None}, "padding is None"),
    ],
)
def test_wrong_types(arguments, options, message):
    with pytest.raises(TypeError, match=re.escape(message)):
        ops.correlate2d(*arguments, **options)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([[1, 2]], [1]), {}, "kernels must have shape"),
        ((1, [1]), {}, "x must be a sequence"),
        (([1, 2, 3], [[1, 2]]), {}, "kernels must have shape (kernel length,)"),
        (([1, 2, 3], [1, 2, 3, 4]), {}, "kernels must fit into the image: the kernel is 1×4"),
        (([1, 2, 3], [1, 2]), {"padding": ((0, 0), (1, 1))}, "padding"),
        (([1, 2, 3], [1, 2]), {"stride": 0}, "stride is 0"),
    ],
)
def test_lines(arguments, options, message):
    for function in (ops.correlate1d, ops.convolve1d):
        with pytest.raises((ValueError, TypeError), match=re.escape(message)):
            function(*arguments, **options)


def test_how_much_same_adds_is_unknown_without_a_kernel():
    with pytest.raises(ValueError, match=r"padding must be an integer.*depends on the kernel"):
        ops.pad2d(PICTURE, "same")


def test_the_picture_is_never_changed():
    image = np.arange(9.0).reshape(3, 3)
    result = ops.pad2d(image, 0)
    result += 1
    np.testing.assert_array_equal(image, np.arange(9.0).reshape(3, 3))
