"""The numbers of the decks that can be checked by hand, to the last digit (FACTS.md, B and D)."""

import numpy as np
import pytest

from labkit import ops

METHODS = ["loops", "im2col"]
SHARPENED = [[0, 0, 0, 0, 0, 0], [0, 105, 102, 100, 97, 96], [0, 103, 99, 103, 101, 102]]
SHARPENED += [[0, 101, 98, 104, 102, 100], [0, 99, 101, 106, 104, 99], [0, 104, 104, 104, 100, 98]]


def exact(result, expected):
    assert result.dtype == np.int64
    np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize("method", METHODS)
def test_b7_sharpen(method):
    result = ops.correlate2d(SHARPENED, ops.kernels.get("sharpen"), method=method)
    exact(result[:2], [[320, 206, 198, 188], [210, 89, 111, 101]])


@pytest.mark.parametrize("method", METHODS)
def test_b8_the_curve_answers_to_a_curve_only(method):
    curve = [[0, 0, 0, 0, 0, 0, 30], [0, 0, 0, 0, 50, 50, 50], [0, 0, 0, 20, 50, 0, 0]]
    curve += [[0, 0, 0, 50, 50, 0, 0]] * 4
    other = [[0] * 7, [0, 40, 0, 0, 0, 0, 0], [40, 0, 40, 0, 0, 0, 0], [40, 20, 0, 0, 0, 0, 0]]
    other += [[0, 50, 0, 0, 0, 0, 0], [0, 0, 50, 0, 0, 0, 0], [25, 25, 0, 50, 0, 0, 0]]
    exact(ops.correlate2d(curve, ops.kernels.get("curve"), method=method), [[6600]])
    exact(ops.correlate2d(other, ops.kernels.get("curve"), method=method), [[0]])


@pytest.mark.parametrize("method", METHODS)
def test_b9_diagonal_cross(method):
    image = [[18, 54, 51, 239, 244, 188], [55, 121, 75, 78, 95, 88], [35, 24, 204, 113, 109, 221]]
    image += [[3, 154, 104, 235, 25, 130], [15, 253, 225, 159, 78, 233], [68, 85, 180, 214, 245, 0]]
    result = ops.correlate2d(np.uint8(image), ops.kernels.get("diagonal cross"), method=method)
    exact(result[0], [429, 505, 686, 856])


@pytest.mark.parametrize("method", METHODS)
def test_b10_binary_pictures(method):
    small = [[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]]
    large = [[1, 0, 1, 0, 1, 0], [0, 1, 1, 0, 1, 1], [1, 0, 1, 0, 1, 0]]
    large += [[1, 0, 1, 1, 1, 0], [0, 1, 1, 0, 1, 1], [1, 0, 1, 0, 1, 0]]
    cross = ops.kernels.get("diagonal cross")
    exact(ops.correlate2d(small, cross, method=method), [[4, 3, 4], [2, 4, 3], [2, 3, 4]])
    exact(ops.correlate2d(large, cross, method=method), [[5, 1, 4, 1], [3, 3, 4, 3], [3, 2, 5, 2], [5, 2, 4, 2]])


@pytest.mark.parametrize("method", METHODS)
def test_b11_the_last_entry_is_11_not_10(method):
    image = [[1, 2, 3, 1, 3, 5], [2, 2, 5, 4, 2, 5], [0, 6, 9, 6, 2, 2]]
    image += [[2, 0, 1, 9, 4, 0], [5, 5, 4, 6, 7, 6], [6, 1, 3, 7, 1, 5]]
    kernel = ops.kernels.get("prewitt x")
    deck = [[-14, -1, 10, -1], [-11, -11, 7, 12], [-7, -10, 1, 13], [5, -16, -4, 10]]
    result = ops.correlate2d(image, kernel, method=method)
    exact(result.ravel()[:-1], np.ravel(deck)[:-1])
    assert result[3, 3] == 11
    exact(ops.correlate2d(image, kernel, stride=2, method=method), [[-14, 10], [-7, 1]])


def test_b6_sobel_is_the_decks():
    exact(ops.kernels.get("sobel x").array, [[1, 0, -1], [2, 0, -2], [1, 0, -1]])
    exact(ops.kernels.get("sobel y").array, ops.kernels.get("sobel x").array.T)


def test_c11_im2col_of_alexnets_first_layer():
    columns = ops.im2col(np.zeros((227, 227, 3), np.float32), 11, stride=4)
    assert columns.shape == (363, 3025)
