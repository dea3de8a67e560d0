"""Two ways to write a box: by its corners in pixels, and by its centre and size as shares of the image."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labkit.arguments import as_boxes, as_numbers, as_pair


def centre_form(boxes: ArrayLike, size: Any) -> NDArray[np.float32]:
    """Write boxes by their centres and sizes, as shares of the image's width and height: what a network can learn.

    >>> centre_form([[0, 0, 50, 50]], size=100).tolist()
    [[0.25, 0.25, 0.5, 0.5]]

    Parameters
    ----------
    boxes : array_like, shape (n, 4)
        Left, top, right, bottom in pixels.
    size : int or (height, width)
        Of the image.

    Returns
    -------
    ndarray of float32, shape (n, 4)
        Centre across, centre down, width, height.
    """
    corners, (height, width) = as_boxes("boxes", boxes), as_pair("size", size)
    low, high = corners[:, :2], corners[:, 2:]
    shares = np.concatenate([(low + high) / 2, high - low], axis=1) / [width, height, width, height]
    return shares.astype(np.float32)


def corner_form(centres: ArrayLike, size: Any) -> NDArray[np.float64]:
    """Write boxes by their corners in pixels, cut at the image's border: `centre_form` undone.

    >>> corner_form([[0.25, 0.25, 0.5, 0.5], [0.9, 0.5, 0.4, 0.5]], size=100).round(3).tolist()
    [[0.0, 0.0, 50.0, 50.0], [70.0, 25.0, 100.0, 75.0]]

    Parameters
    ----------
    centres : array_like, shape (n, 4)
        Centre across, centre down, width, height as shares of the image's width and height; `box_head`'s answers.
    size : int or (height, width)
        Of the image.

    Returns
    -------
    ndarray, shape (n, 4)
        Left, top, right, bottom.
    """
    shares, (height, width) = as_numbers("centres", centres).astype(np.float64), as_pair("size", size)
    if shares.ndim != 2 or shares.shape[1] != 4:
        raise ValueError(f"centres has shape {shares.shape}; allowed is (n, 4)")
    middle, half = shares[:, :2], shares[:, 2:] / 2
    return np.clip(np.concatenate([middle - half, middle + half], axis=1), 0, 1) * [width, height, width, height]
