"""Grey images of 28×28, as they are stored: made fit for a network, and moved."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Part = tuple[NDArray[np.uint8], NDArray[np.uint8]]  # images and labels


def scaled(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return what a network takes in: pixels from 0 to 1, and an axis for the one channel.

    >>> scaled(np.array([[[0, 51, 255]]], np.uint8))[..., 0].tolist() == [[[0.0, np.float32(0.2), 1.0]]]
    True

    Parameters
    ----------
    images : ndarray of uint8, shape (n, height, width)
        Grey images.

    Returns
    -------
    ndarray of float32, shape (n, height, width, 1)
    """
    return np.divide(images[..., np.newaxis], 255, dtype=np.float32)


def shifted_right(images: np.ndarray, pixels: int) -> np.ndarray:
    """Return images moved to the right; what comes in from the left is black.

    >>> shifted_right(np.array([[[1, 2, 3]]]), 1)
    array([[[0, 1, 2]]])

    Parameters
    ----------
    images : ndarray, (n, height, width)
        The images.
    pixels : int
        How far, at least 0 and at most the width.
    """
    if not 0 <= pixels <= images.shape[2]:
        raise ValueError(f"pixels is {pixels!r}; allowed is 0 to the images' width, {images.shape[2]}")
    moved = np.zeros_like(images)
    moved[:, :, pixels:] = images[:, :, : images.shape[2] - pixels]
    return moved
