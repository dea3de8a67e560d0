"""Small images: from bytes to 0 … 1, and moved."""

import numpy as np
import pytest

from labkit.training import scaled, shifted_right


def test_every_grey_becomes_its_share_in_single_precision():
    greys = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    numbers = scaled(greys)
    assert (numbers.dtype, numbers.shape) == (np.float32, (1, 16, 16, 1))
    assert np.array_equal(numbers[..., 0], greys.astype(np.float32) / np.float32(255))


def test_a_shift_moves_to_the_right_and_fills_with_black():
    images = np.arange(12).reshape(1, 3, 4)
    assert shifted_right(images, 0).tolist() == images.tolist()
    assert shifted_right(images, 1)[0, 0].tolist() == [0, 0, 1, 2]
    assert shifted_right(images, 4).sum() == 0


@pytest.mark.parametrize("pixels", [-1, 5])
def test_a_shift_off_the_picture_is_refused(pixels):
    with pytest.raises(ValueError, match=f"pixels is {pixels}; allowed is 0 to the images' width, 4"):
        shifted_right(np.zeros((1, 3, 4)), pixels)
