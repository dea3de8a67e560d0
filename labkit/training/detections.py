"""What a detector says of images, and which of it is right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labkit.arguments import as_boxes, as_numbers
from labkit.ops.boxes import box_iou
from labkit.tables import Paragraph


@dataclass(frozen=True, eq=False)
class Detections(Paragraph):
    """The boxes that a detector gives for one image, how sure it is of each, and of which class each is.

    >>> print(Detections([[0, 0, 3, 2], [4, 4, 8, 8]], [0.9, 0.4]))
    2 boxes, scores from 0.400 to 0.900

    Attributes
    ----------
    boxes : ndarray of float64, shape (n, 4)
        Left, top, right, bottom in pixels; right and bottom lie just outside.
    scores : ndarray of float64, shape (n,)
        The larger, the surer; in any order.
    labels : ndarray of int64, shape (n,)
        Indices into the class names; all 0 if not given.

    Raises
    ------
    TypeError, ValueError
        If shapes do not fit together, a box has no area, a number is not finite, or a label is no index.
    """

    boxes: NDArray[np.float64]
    scores: NDArray[np.float64]
    labels: NDArray[np.int64] = None  # type: ignore[assignment]  # filled in below

    def __post_init__(self) -> None:
        put = object.__setattr__  # the dataclass is frozen: this is how its own __post_init__ may still tidy up
        put(self, "boxes", as_boxes("boxes", self.boxes))
        put(self, "scores", as_numbers("scores", self.scores).astype(np.float64))
        given = np.zeros(len(self.boxes), np.int64) if self.labels is None else self.labels
        put(self, "labels", as_labels("labels", given))
        for name in ("scores", "labels"):
            if (shape := getattr(self, name).shape) != (len(self.boxes),):
                raise ValueError(f"{name} has shape {shape}; allowed is ({len(self.boxes)},), one for each box")

    def __len__(self) -> int:
        return len(self.boxes)

    def __getitem__(self, selection: Any) -> Detections:
        """Some of the boxes, by a slice, a list of positions, or of truth values."""
        return Detections(self.boxes[selection], self.scores[selection], self.labels[selection])

    def __str__(self) -> str:
        if not len(self):
            return "no boxes"
        plural = "es"[: 2 * (len(self) != 1)]
        return f"{len(self):,} box{plural}, scores from {self.scores.min():.3f} to {self.scores.max():.3f}"

    __repr__ = __str__


def as_labels(name: str, labels: ArrayLike) -> NDArray[np.int64]:
    """Return labels as int64, or raise an error that names them.

    >>> as_labels("labels", []).shape
    (0,)
    """
    array = np.asarray(labels)
    if array.size == 0:
        return np.zeros(0, np.int64)
    if array.ndim != 1 or array.dtype.kind not in "iu" or array.min() < 0:
        raise ValueError(f"{name} is {array.dtype} of shape {array.shape}; allowed are whole numbers from 0 on, (n,)")
    return array.astype(np.int64)


def match_boxes(boxes: ArrayLike, truths: ArrayLike, iou_threshold: float = 0.5) -> NDArray[np.int64]:
    """Say for each box of an image which true box it has found; the surest box chooses first.

    >>> match_boxes([[0, 0, 4, 4], [1, 0, 5, 4], [9, 9, 12, 12]], [[0, 0, 4, 4]])
    array([ 0, -1, -1])

    Each box, in its order, takes of the true boxes that are still free the one that it shares most with, if the
    intersection over union reaches the threshold. A second box on the same object therefore finds nothing.

    Parameters
    ----------
    boxes : array_like, shape (n, 4)
        Of one class, sorted by falling score.
    truths : array_like, shape (m, 4)
        The true boxes of that class.
    iou_threshold : float
        0 to 1.

    Returns
    -------
    ndarray of int64, shape (n,)
        The index of the true box, −1 where there is none.

    References
    ----------
    T.-Y. Lin et al., "Microsoft COCO", 2014; ``COCOeval.evaluateImg`` of pycocotools, also in what it does with ties
    (of two true boxes that share the same, the later one is taken).
    """
    return matches(box_iou(boxes, truths), iou_threshold)


def matches(shared: NDArray[np.float64], iou_threshold: float) -> NDArray[np.int64]:
    """Return `match_boxes` of boxes whose intersections over union, shape (n, m), are known."""
    found = np.full(len(shared), -1, np.int64)
    if not shared.shape[1]:
        return found
    free = np.ones(shared.shape[1], bool)
    enough = min(iou_threshold, 1 - 1e-10)  # a threshold of 1 is reached in spite of rounding
    for number in np.flatnonzero(shared.max(axis=1) >= enough):
        left = np.where(free, shared[number], -1)
        best = len(left) - 1 - int(left[::-1].argmax())
        if left[best] >= enough:
            found[number], free[best] = best, False
    return found
