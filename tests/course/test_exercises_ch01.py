"""Exercises of chapter 1: right answers of another kind pass, and a near miss does not."""

import numpy as np
import pytest

from labkit.course import check


def in_uint8_throughout(image, amount):
    room = np.uint8(255 - amount)
    return np.minimum(image, room) + np.uint8(amount)


def where_the_sum_got_smaller(image, amount):
    wrapped = image + np.uint8(amount)
    return np.where(wrapped < image, np.uint8(255), wrapped)


@pytest.mark.parametrize("answer", [in_uint8_throughout, where_the_sum_got_smaller])
def test_brighter_without_a_larger_type(answer):
    assert check("01-brighten", answer).passed


def test_brighter_but_flat_is_no_picture():
    def flat(image, amount):
        return np.minimum(image.astype(int) + amount, 255).astype(np.uint8).ravel()

    result = check("01-brighten", flat)
    assert result.status == "failed"
    assert "expected the shape (1, 2), but (2,) came" in result.message


def test_brighter_for_grey_pictures_only():
    """Two loops, and a comparison of single numbers: the photograph of the chapter has colours."""

    def grey(image, amount):
        result = image.copy()
        for row in range(image.shape[0]):
            for column in range(image.shape[1]):
                total = int(image[row, column]) + amount
                result[row, column] = 255 if total > 255 else total
        return result

    assert check("01-brighten", grey).status == "failed"


def test_the_masks_can_be_seen_in_a_failure():
    """A table that is too large is told by its shape and range, which says nothing about a mask."""
    result = check("01-bounding-box", lambda mask: (1, 2, mask.any(axis=1).sum(), mask.any(axis=0).sum()))
    assert "values from" not in result.message
