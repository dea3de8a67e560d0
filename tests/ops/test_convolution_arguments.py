"""Bad input raises one error that names the argument, its value and what is allowed."""

import re

import numpy as np
import pytest

from labkit import ops

PICTURE, COLOUR, KERNEL = np.ones((5, 5)), np.ones((5, 5, 4)), np.ones((3, 3))


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([1, 2, 3], KERNEL), {}, "x has shape (3,); allowed is an image (height, width)"),
        ((np.ones((0, 5)), KERNEL), {}, "x has shape (0, 5); allowed is an image"),
        (([[1, 2], [3]], KERNEL), {}, "x is [[1, 2], [3]]; allowed is a rectangular array of numbers"),
        (([[1.0, np.nan]], [[1]]), {}, "x is nan at index (0, 1); allowed are finite numbers"),
        ((PICTURE, [[np.inf]]), {}, "kernels is inf at index (0, 0); allowed are finite numbers"),
        ((np.full((3, 3), 2**63, np.uint64), [[1]]), {}, "x holds 9223372036854775808; allowed are integers below 2⁶³"),
        ((PICTURE, [1, 2, 3]), {}, "kernels has shape (3,) with x of 2 axes; allowed is (kernel height, kernel width)"),
        ((COLOUR, KERNEL), {}, "to filter each channel by itself, use depthwise2d"),
        ((PICTURE, np.ones((6, 3))), {}, "kernels is 6×3; allowed is what fits into the image"),
        ((PICTURE, KERNEL), {"dilation": 3}, "kernels is 3×3 (with dilation (3, 3): 7×7); allowed is"),
        ((PICTURE, KERNEL), {"stride": -1}, "stride is -1; allowed is a whole number of at least 1"),
        ((PICTURE, KERNEL), {"stride": (1, 2, 3)}, "stride is (1, 2, 3)"),
        ((PICTURE, KERNEL), {"dilation": 0}, "dilation is 0"),
        ((PICTURE, KERNEL), {"padding": -1}, "padding is -1"),
        ((PICTURE, KERNEL), {"padding": "full"}, "padding is 'full'; allowed are"),
        ((PICTURE, KERNEL), {"padding": (1, 2)}, "padding is (1, 2); allowed are 'valid', 'same', an integer"),
        ((PICTURE, KERNEL), {"padding": ((1, 2), (3,))}, "padding is ((1, 2), (3,)); allowed are"),
        ((PICTURE, KERNEL), {"padding": ((1, 2), (3, -4))}, "padding is -4"),
        ((PICTURE, KERNEL), {"method": "magic"}, "method is 'magic'; allowed are 'im2col', 'loops', 'fft'"),
        ((PICTURE, KERNEL), {"padding": 1, "fill": "wrap"}, "fill is 'wrap'; allowed are 'zeros', 'edge', 'reflect'"),
        ((PICTURE, KERNEL), {"fill": "wrap"}, "fill is 'wrap'; allowed are 'zeros', 'edge', 'reflect'"),
        (
            (COLOUR, np.ones((3, 3, 4, 6))),
            {"groups": 3},
            "groups is 3; allowed is what divides the 4 channels of x and the 6 filters",
        ),
        ((COLOUR, np.ones((3, 3, 4, 6))), {"groups": 2}, "so 4 channels; allowed is channels / groups = 4 / 2 = 2"),
        ((COLOUR, np.ones((3, 3, 3, 6))), {}, "so 3 channels; allowed is channels / groups = 4 / 1 = 4"),
        (
            (COLOUR, np.ones((3, 3, 4, 6)), [1, 2]),
            {},
            "bias has shape (2,); allowed is one number for each of the 6 filters",
        ),
        ((COLOUR, np.ones((3, 3, 4, 6)), 1), {}, "bias has shape (); allowed is one number for each of the 6 filters"),
    ],
)
def test_wrong_values(arguments, options, message):
    for function in (ops.correlate2d, ops.convolve2d):
        with pytest.raises(ValueError, match=re.escape(message)):
            function(*arguments, **options)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([["a"]], KERNEL), {}, "x has dtype <U1; allowed are real numbers"),
        ((PICTURE * 1j, KERNEL), {}, "x has dtype complex128; allowed are real numbers"),
        ((None, KERNEL), {}, "x has dtype object; allowed are real numbers"),
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
        (([[1, 2]], [1]), {}, "kernels has shape (1,) with x of shape (1, 2); allowed is"),
        ((1, [1]), {}, "x has shape (); allowed is a sequence"),
        (([1, 2, 3], [[1, 2]]), {}, "kernels has shape (1, 2) with x of shape (3,); allowed is (kernel length,)"),
        (([1, 2, 3], [1, 2, 3, 4]), {}, "kernels is 1×4; allowed is what fits"),
        (([1, 2, 3], [1, 2]), {"padding": ((0, 0), (1, 1))}, "padding"),
        (([1, 2, 3], [1, 2]), {"stride": 0}, "stride is 0"),
    ],
)
def test_lines(arguments, options, message):
    for function in (ops.correlate1d, ops.convolve1d):
        with pytest.raises((ValueError, TypeError), match=re.escape(message)):
            function(*arguments, **options)


def test_how_much_same_adds_is_unknown_without_a_kernel():
    with pytest.raises(ValueError, match=r"padding is .same.; allowed is an integer.*depends on the kernel"):
        ops.pad2d(PICTURE, "same")


def test_the_picture_is_never_changed():
    image = np.arange(9.0).reshape(3, 3)
    result = ops.pad2d(image, 0)
    result += 1
    np.testing.assert_array_equal(image, np.arange(9.0).reshape(3, 3))
