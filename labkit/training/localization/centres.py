"""Boxes as a detector without anchors says them, place by place, and back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labkit.arguments import as_boxes, as_float, as_numbers, as_pair, whole_number
from labkit.models.localization.detector import STRIDES
from labkit.ops.boxes import non_max_suppression
from labkit.training.detections import Detections, as_labels

LIMITS = (64, 192)  # pixels: smaller objects are told on the finest map, larger ones on the coarsest
SPREAD = 0.2  # how fast the map of centres falls off around one, as a share of the box's sides
LEAST = 0.3  # places where it is at least this high learn the box, too


def cell_centres(size: Any) -> NDArray[np.float32]:
    """Return where in the image the places of the three maps lie, and their stride.

    >>> cell_centres(32).shape  # 4·4 + 2·2 + 1
    (21, 3)
    >>> cell_centres(32)[[0, 1, -1]].tolist()
    [[4.0, 4.0, 8.0], [12.0, 4.0, 8.0], [16.0, 16.0, 32.0]]

    Parameters
    ----------
    size : int or (height, width)
        Of the image, in pixels: multiples of 32.

    Returns
    -------
    ndarray of float32, shape (places, 3)
        Across, down, stride, in the order of `centre_head`'s answers.

    Raises
    ------
    TypeError, ValueError
        If the size is no such number.
    """
    height, width = as_pair("size", size)
    if height % STRIDES[-1] or width % STRIDES[-1]:
        raise ValueError(f"size is {size!r}; allowed are multiples of {STRIDES[-1]}")
    return _cells(height, width).copy()


@lru_cache(maxsize=8)
def _cells(height: int, width: int) -> NDArray[np.float32]:
    maps = []
    for stride in STRIDES:
        down, across = np.mgrid[stride // 2 : height : stride, stride // 2 : width : stride]
        maps.append(np.stack([across.ravel(), down.ravel(), np.full(down.size, stride)], axis=1))
    return np.concatenate(maps).astype(np.float32)


def encode_centres(
    boxes: ArrayLike, labels: ArrayLike, size: Any, num_classes: int, limits: Sequence[float] = LIMITS
) -> NDArray[np.float32]:
    """Say what a detector shall answer at each place of an image with these boxes.

    >>> answers = encode_centres([[4, 4, 28, 20]], [0], size=32, num_classes=1)
    >>> answers.shape
    (21, 6)
    >>> answers[answers[:, 0] == 1].tolist()  # at the centre, (12, 12): 8 to the left, 8 up, 16 right, 8 down
    [[1.0, 8.0, 8.0, 16.0, 8.0, 1.0]]

    Each box belongs to one of the three maps, by its size. The place nearest to its middle is its centre; around it the
    map of its class falls off like a bell, narrow across a narrow box, and places high on that slope learn the box too.
    Where two boxes want the same place, the smaller one gets it.

    Parameters
    ----------
    boxes : array_like, shape (n, 4)
        Left, top, right, bottom in pixels. One that is too small to hold the middle of a place, of 8 by 8 pixels, has a
        centre, but nothing is learnt of its sides.
    labels : array_like of int, shape (n,)
        Indices of classes.
    size : int or (height, width)
        Of the image: multiples of 32.
    num_classes : int
        Of objects.
    limits : two floats
        Root of the area, in pixels, up to which a box belongs to the first map, and to the second.

    Returns
    -------
    ndarray of float32, shape (places, num_classes + 5)
        The map of centres of each class, 0 to 1; distances left, up, right, down in pixels; and how much the place
        counts for the box, 0 to 1.

    Raises
    ------
    TypeError, ValueError
        If an argument is not one of the above, or a label names no class.

    References
    ----------
    X. Zhou et al., "Objects as points", 2019, section 3; Z. Liu et al., "Training-time-friendly network for real-time
    object detection", 2020, section 3, for a bell with the box's shape, under which several places learn the box.
    """
    corners, classes = as_boxes("boxes", boxes), as_labels("labels", labels)
    num_classes = whole_number("num_classes", num_classes)
    if classes.shape != (len(corners),) or classes.max(initial=0) >= num_classes:
        raise ValueError(f"labels is {labels!r}; allowed are {len(corners)} numbers from 0 to {num_classes - 1}")
    places = cell_centres(size)
    across, down, strides = places.T
    answers = np.zeros((len(places), num_classes + 5), np.float32)
    highest = np.zeros(len(places))
    sides = corners[:, 2:] - corners[:, :2]
    sizes = np.sqrt(sides[:, 0] * sides[:, 1])
    own_stride = np.array(STRIDES)[np.searchsorted(limits, sizes)]
    for number in np.argsort(-sizes, kind="stable"):  # the smallest last, so that it has its way
        left, top, right, bottom = corners[number]
        from_middle = np.stack([across - (left + right) / 2, down - (top + bottom) / 2])
        spread = SPREAD * sides[number][:, np.newaxis]
        bell = np.exp(-0.5 * ((from_middle / spread) ** 2).sum(axis=0)) * (strides == own_stride[number])
        away = np.where(strides == own_stride[number], (from_middle**2).sum(axis=0), np.inf)
        bell[away.argmin()] = 1
        mine = bell >= np.maximum(highest, LEAST)
        distances = np.stack([across - left, down - top, right - across, bottom - down], axis=1)[mine]
        answers[mine, num_classes : num_classes + 4] = np.maximum(distances, 0)
        answers[mine, -1] = bell[mine] * (distances > 0).all(axis=1)
        highest[mine] = bell[mine]
        answers[:, classes[number]] = np.maximum(answers[:, classes[number]], bell)
    return answers


def decode_centres(
    answers: ArrayLike,
    size: Any,
    *,
    score_threshold: float = 0.05,
    iou_threshold: float = 0.5,
    most: int = 100,
) -> Detections:
    """Read the boxes off what a detector answers at each place of an image.

    >>> answers = np.full((21, 5), -9.0)
    >>> answers[5] = [2.0, 8.0, 8.0, 16.0, 8.0]  # the sixth place is at (12, 12)
    >>> found = decode_centres(answers, size=32)
    >>> found.boxes.tolist(), found.scores.round(3).tolist()
    ([[4.0, 4.0, 28.0, 20.0]], [0.881])

    Places beside a centre find the same object; of each class the surest box stays, and those that lie on it go.

    Parameters
    ----------
    answers : array_like, shape (places, num_classes + 4)
        What a `centre_head` gives for one image.
    size : int or (height, width)
        Of the image.
    score_threshold : float
        Boxes of a lower probability are left out; a report on a detector wants a low one.
    iou_threshold : float
        Two boxes of a class that share more than this are taken for one.
    most : int
        At most so many boxes, the surest.

    Returns
    -------
    Detections
        The surest first; boxes are cut at the image's border.

    Raises
    ------
    TypeError, ValueError
        If an argument is not one of the above, or an answer is not a number.
    """
    said, places = as_numbers("answers", answers).astype(np.float64), cell_centres(size)
    if said.ndim != 2 or len(said) != len(places) or said.shape[1] < 5:
        raise ValueError(f"answers has shape {said.shape}; allowed is ({len(places)}, num_classes + 4)")
    height, width = as_pair("size", size)
    lowest, most = as_float("score_threshold", score_threshold), whole_number("most", most)
    scores = 1 / (1 + np.exp(-np.clip(said[:, :-4], -60, 60)))
    point, (left, up, right, down) = places[:, :2], said[:, -4:].T
    boxes = np.stack([point[:, 0] - left, point[:, 1] - up, point[:, 0] + right, point[:, 1] + down], axis=1)
    boxes = np.clip(boxes, 0, [width, height, width, height])
    has_area = (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
    found: list[tuple[float, int, int]] = []
    for label, column in enumerate(scores.T):
        candidates = np.flatnonzero(has_area & (column >= lowest))
        candidates = candidates[np.argsort(-column[candidates], kind="stable")][: 10 * most]
        kept = candidates[non_max_suppression(boxes[candidates], column[candidates], iou_threshold)]
        found += [(-column[place], int(place), label) for place in kept]
    found = sorted(found)[:most]
    chosen = [place for _, place, _ in found]
    return Detections(boxes[chosen], np.array([-score for score, _, _ in found]), np.array([one for *_, one in found]))


def mirrored_answers(answers: ArrayLike, size: Any) -> NDArray[np.float32]:
    """Turn what a detector answers about mirror images into answers about the images themselves, or the other way.

    >>> answers = np.zeros((21, 5), np.float32)
    >>> answers[4] = [2.0, 8.0, 8.0, 16.0, 8.0]  # the fifth place is at (4, 12) of 32 pixels: its mirror is at (28, 12)
    >>> mirrored_answers([answers], size=32)[0, 7].tolist()  # left and right have changed
    [2.0, 16.0, 8.0, 8.0, 8.0]

    Parameters
    ----------
    answers : array_like, shape (n, places, num_classes + 4)
        What a `centre_head` gives.
    size : int or (height, width)
        Of the images.

    Returns
    -------
    ndarray of float32, of the same shape
        Each row of each map from right to left, with left and right distances exchanged.

    Raises
    ------
    TypeError, ValueError
        If the answers are not of so many places.
    """
    said, (height, width) = as_numbers("answers", answers).astype(np.float32), as_pair("size", size)
    places = len(cell_centres(size))
    if said.ndim != 3 or said.shape[1] != places or said.shape[2] < 5:
        raise ValueError(f"answers has shape {said.shape}; allowed is (n, {places}, num_classes + 4)")
    maps, begin = [], 0
    for stride in STRIDES:
        rows, columns = height // stride, width // stride
        one = said[:, begin : begin + rows * columns].reshape(len(said), rows, columns, -1)[:, :, ::-1]
        maps.append(one.reshape(len(said), rows * columns, -1))
        begin += rows * columns
    turned = np.concatenate(maps, axis=1)
    turned[..., [-4, -2]] = turned[..., [-2, -4]]
    return turned
