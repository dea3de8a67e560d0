"""Boxes round objects: how far two of them are the same, and which of many to keep.

A box is (left, top, right, bottom) in pixels, a half-open interval along each axis: the box (0, 0, 3, 2) holds the
columns 0, 1, 2 and the rows 0, 1, so its area is 3 · 2 = 6.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from labkit.arguments import as_boxes, as_float, as_numbers


def box_iou(a: Any, b: Any) -> np.ndarray:
    """Divide what each two boxes share by what they cover together: intersection over union.

    >>> box_iou([[0, 0, 4, 2]], [[0, 0, 4, 2], [2, 0, 6, 2], [4, 0, 8, 2]])
    array([[1.        , 0.33333333, 0.        ]])

    Parameters
    ----------
    a : array_like, shape (n, 4)
        Boxes (left, top, right, bottom).
    b : array_like, shape (m, 4)
        Others.

    Returns
    -------
    numpy.ndarray
        Shape (n, m), float64, 0 (nothing shared) to 1 (the same box).

    Raises
    ------
    TypeError, ValueError
        If an argument does not have that shape, a number is not finite, or a box has no area.

    References
    ----------
    M. Everingham et al., "The PASCAL visual object classes (VOC) challenge", 2010, section 4.2.
    """
    first, second = as_boxes("a", a)[:, np.newaxis], as_boxes("b", b)[np.newaxis]
    shared = _area(np.maximum(first[..., :2], second[..., :2]), np.minimum(first[..., 2:], second[..., 2:]))
    together = _area(first[..., :2], first[..., 2:]) + _area(second[..., :2], second[..., 2:]) - shared
    return shared / together


def _area(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return width times height between corners; nothing where they have passed each other."""
    width, height = np.moveaxis(np.maximum(high - low, 0), -1, 0)
    return width * height


def non_max_suppression(boxes: Any, scores: Any, iou_threshold: Any, score_threshold: Any = 0) -> np.ndarray:
    """Keep the best box of every heap: take the box with the highest score, strike out all that overlap it, repeat.

    >>> non_max_suppression([[0, 0, 10, 10], [1, 0, 11, 10], [20, 0, 30, 10]], [0.8, 0.9, 0.7], iou_threshold=0.5)
    array([1, 2])

    Parameters
    ----------
    boxes : array_like, shape (n, 4)
        (left, top, right, bottom) of each.
    scores : array_like, shape (n,)
        How sure the detector is of each. Where two are equal, the box that comes first goes first.
    iou_threshold : float
        0 to 1. A box is struck out when it shares more than this with one that is kept.
    score_threshold : float
        Boxes with a lower score are not looked at.

    Returns
    -------
    numpy.ndarray
        Indices of the boxes that are kept, the highest score first.

    Raises
    ------
    TypeError, ValueError
        If an argument is not one of the above, a number is not finite, or a box has no area.

    References
    ----------
    P. Felzenszwalb et al., "Object detection with discriminatively trained part-based models", 2010, section 7.2.
    """
    corners, sure = as_boxes("boxes", boxes), as_numbers("scores", scores)
    if sure.shape != (len(corners),):
        raise ValueError(f"scores has shape {sure.shape}; allowed is ({len(corners)},), one for each box")
    overlap, lowest = as_float("iou_threshold", iou_threshold), as_float("score_threshold", score_threshold)
    if not 0 <= overlap <= 1:
        raise ValueError(f"iou_threshold is {overlap:g}; allowed is a number from 0 to 1")

    order = np.argsort(-sure, kind="stable")
    left = order[sure[order] >= lowest]
    kept = []
    while len(left):
        best, left = left[0], left[1:]
        kept.append(best)
        left = left[box_iou(corners[[best]], corners[left])[0] <= overlap]
    return np.array(kept, np.int64)
