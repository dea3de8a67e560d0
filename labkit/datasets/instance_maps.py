"""Maps of instances: one number a pixel, 0 for no object, 1 for the first, 2 for the second."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def mask_boxes(instances: ArrayLike) -> NDArray[np.float64]:
    """Return the box round each object of a map of instances: the tightest that holds all of its pixels.

    >>> mask_boxes([[0, 1, 1, 0], [0, 1, 0, 2]]).astype(int).tolist()
    [[1, 0, 3, 2], [3, 1, 4, 2]]

    Parameters
    ----------
    instances : array_like of int, shape (height, width)
        0 where there is no object, 1 for the pixels of the first, 2 for those of the second, and so on.

    Returns
    -------
    ndarray, shape (objects, 4)
        Left, top, right, bottom; right and bottom lie just outside.

    Raises
    ------
    ValueError
        If it is no such map, or a number in between has no pixel.
    """
    from scipy.ndimage import find_objects

    numbers = as_map("instances", instances)
    places = find_objects(numbers)
    without = [index for index, place in enumerate(places, start=1) if place is None]
    if without:
        raise ValueError(f"instances has no pixel of object {without[0]}; 1 to {len(places)} need some each")
    return np.array([(x.start, y.start, x.stop, y.stop) for y, x in places], np.float64).reshape(-1, 4)


def only_objects(instances: NDArray[np.uint8], kept: ArrayLike) -> NDArray[np.uint8]:
    """Return a map of instances with some of its objects only, numbered anew.

    >>> only_objects(np.array([[0, 1, 2, 3]], np.uint8), [False, True, True]).tolist()
    [[0, 0, 1, 2]]

    Parameters
    ----------
    instances : ndarray of uint8, shape (height, width)
        As for `mask_boxes`.
    kept : array_like of bool, shape (objects,)
        Which.
    """
    stay = np.asarray(kept, bool)
    renumbered = np.append(0, np.where(stay, np.cumsum(stay), 0)).astype(np.uint8)
    return renumbered[instances]


def as_map(name: str, numbers: ArrayLike) -> NDArray[np.uint8]:
    """Return a map of instances as uint8, or raise an error that names it.

    >>> as_map("instances", [[0, 1]]).dtype.name
    'uint8'
    """
    array = np.asarray(numbers)
    if array.dtype.kind not in "iub" or array.ndim != 2:
        raise ValueError(f"{name} is {array.dtype} of shape {array.shape}; allowed are integers of (height, width)")
    if array.size and not (array.min() >= 0 and array.max() <= 255):
        raise ValueError(f"{name} goes from {array.min()} to {array.max()}; allowed is 0 to 255")
    return array.astype(np.uint8, copy=False)
