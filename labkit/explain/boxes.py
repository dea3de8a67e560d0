"""From a heat map to boxes: where the evidence lies together."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labkit.arguments import as_numbers, as_pair, share


def boxes_from_map(
    heat: ArrayLike, threshold: float = 0.2, *, image_size: tuple[int, int] | None = None
) -> NDArray[np.float64]:
    """Return the boxes round the regions of a map in which the evidence is strong, the largest region first.

    >>> boxes_from_map([[0, 9, 8, 0], [0, 7, 0, 0], [0, 0, 0, 5]], threshold=0.5).tolist()
    [[1.0, 0.0, 3.0, 2.0], [3.0, 2.0, 4.0, 3.0]]

    Places that touch along an edge belong together. With the first box alone, and a threshold of 0.2, this is how the
    authors of class activation maps found objects.

    Parameters
    ----------
    heat : array_like, shape (height, width)
        No number below 0; one of the maps that `cam` gives.
    threshold : float
        0 to below 1: a place counts that has more than this share of the strongest one.
    image_size : (height, width), optional
        Of the image, where the map is coarser than it: boxes are then in the image's pixels.

    Returns
    -------
    ndarray, shape (n, 4)
        Left, top, right, bottom; right and bottom lie just outside. None where the map is 0 everywhere.

    Raises
    ------
    TypeError, ValueError
        If the map has another shape, a number that is not finite or is below 0, or the threshold is out of range.

    References
    ----------
    B. Zhou et al., "Learning deep features for discriminative localization", 2016, section 3.2.
    """
    from scipy.ndimage import find_objects, label

    values = as_numbers("heat", heat).astype(np.float64)
    if values.ndim != 2 or values.size == 0:
        raise ValueError(f"heat has shape {values.shape}; allowed is one map, (height, width)")
    if values.min() < 0:
        raise ValueError(f"heat goes down to {values.min():g}; allowed are numbers from 0 on")
    regions, _ = label(values > share("threshold", threshold) * values.max())
    sizes = np.bincount(regions.ravel())[1:]
    boxes = np.array([(x.start, y.start, x.stop, y.stop) for y, x in find_objects(regions)], np.float64)
    boxes = boxes.reshape(-1, 4)[np.argsort(-sizes, kind="stable")]
    if image_size is None:
        return boxes
    height, width = as_pair("image_size", image_size)
    return boxes * np.array([width / values.shape[1], height / values.shape[0]] * 2)
