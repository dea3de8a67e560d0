"""How good a detector is: precision against recall, and average precision as COCO counts it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labkit.arguments import as_boxes
from labkit.datasets.boxed_images import BoxedImages
from labkit.ops.boxes import box_iou
from labkit.tables import Table
from labkit.training.detections import Detections, as_labels, matches
from labkit.training.segmentation_reports import known_mean

IOU_THRESHOLDS = np.linspace(0.5, 0.95, 10)
RECALLS = np.linspace(0, 1, 101)
MOST = 100  # boxes of a class that count in an image, those with the highest scores
Truth = tuple[NDArray[np.float64], NDArray[np.int64]]  # boxes and labels of an image


@dataclass(frozen=True, eq=False)
class PrecisionRecall:
    """Precision against recall, box by box, the surest first: at one class and one threshold of overlap.

    Attributes
    ----------
    scores : ndarray of float, shape (n,)
        Of all boxes of all images, falling.
    is_right : ndarray of bool, shape (n,)
        Whether each has found an object that no surer box had found.
    objects : int
        How many objects there are to be found.
    """

    scores: NDArray[np.float64]
    is_right: NDArray[np.bool_]
    objects: int

    @property
    def recall(self) -> NDArray[np.float64]:
        """Of all objects, the share that is found by this box and those before it."""
        return np.cumsum(self.is_right) / max(self.objects, 1)

    @property
    def precision(self) -> NDArray[np.float64]:
        """Of this box and those before it, the share that is right."""
        return np.cumsum(self.is_right) / np.arange(1, len(self.is_right) + 1)

    @property
    def interpolated(self) -> NDArray[np.float64]:
        """The best precision at a recall of at least 0, 0.01, …, 1; 0 where that recall is not reached."""
        best_from_here = np.maximum.accumulate(self.precision[::-1])[::-1]
        places = np.searchsorted(self.recall, RECALLS, side="left")
        return np.append(best_from_here, 0)[places]

    @property
    def average(self) -> float:
        """Average precision: the mean of the interpolated one. Not a number where there is nothing to be found."""
        return float(self.interpolated.mean()) if self.objects else float("nan")


@dataclass(frozen=True, eq=False)
class DetectionReport:
    """What a detector did with images whose objects are known; shows itself as a table with a row a class.

    Attributes
    ----------
    class_names : tuple of str
        The classes, in the order of their labels.
    curves : tuple of tuple of PrecisionRecall
        For each class, and for each of the thresholds 0.5, 0.55, …, 0.95 of overlap.
    images : int
        How many there were.
    """

    class_names: tuple[str, ...]
    curves: tuple[tuple[PrecisionRecall, ...], ...]
    images: int

    @property
    def average_precision(self) -> NDArray[np.float64]:
        """Of each class at each threshold, shape (classes, 10); not a number for a class without objects."""
        return np.array([[curve.average for curve in row] for row in self.curves]).reshape(-1, len(IOU_THRESHOLDS))

    @property
    def ap50(self) -> float:
        """AP@0.5, the mean over the classes that have objects; not a number if none has."""
        return known_mean(self.average_precision[:, 0])

    @property
    def ap75(self) -> float:
        """AP@0.75."""
        return known_mean(self.average_precision[:, 5])

    @property
    def ap(self) -> float:
        """AP@[.5:.95], the mean over classes and thresholds: COCO's main number."""
        return known_mean(self.average_precision)

    def curve(self, class_name: str | None = None, iou_threshold: float = 0.5) -> PrecisionRecall:
        """Return the precision and the recall of a class, the first if none is named, at a threshold of overlap.

        Raises
        ------
        ValueError
            If there is no such class, or the threshold is not one of 0.5, 0.55, …, 0.95.
        """
        name = self.class_names[0] if class_name is None else class_name
        if name not in self.class_names:
            raise ValueError(f"class_name is {name!r}; allowed are {', '.join(map(repr, self.class_names))}")
        near = np.flatnonzero(np.isclose(IOU_THRESHOLDS, iou_threshold))
        if not len(near):
            raise ValueError(f"iou_threshold is {iou_threshold!r}; allowed are 0.5, 0.55, …, 0.95")
        return self.curves[self.class_names.index(name)][near[0]]

    def _table(self) -> Table:
        rows, counts = [], [(0, 0, 0)]
        for name, row, averages in zip(self.class_names, self.curves, self.average_precision, strict=True):
            first = row[0]
            counts.append((first.objects, int(first.is_right.sum()), len(first.scores)))
            rows.append([name, *_counts(counts[-1]), *_cells((averages[0], averages[5], averages.mean()))])
        headings = ["class", "objects", "found", "boxes", "AP@.5", "AP@.75", "AP"]
        notes = ["Found: at an intersection over union of 0.5. AP: the mean from 0.5 to 0.95."]
        sums = [sum(column) for column in zip(*counts, strict=True)]
        totals = ["all", *_counts(sums), *_cells((self.ap50, self.ap75, self.ap))]
        return Table(f"Boxes in {self.images:,} images", headings, [False] + [True] * 6, rows, totals, notes)

    def __str__(self) -> str:
        return str(self._table())

    __repr__ = __str__  # the arrays themselves would fill the screen

    def _repr_html_(self) -> str:
        return self._table().html()


def _counts(numbers: Sequence[int]) -> list[str]:
    return [f"{number:,}" for number in numbers]


def _cells(numbers: Sequence[float]) -> list[str]:
    return ["–" if np.isnan(number) else f"{number:.3f}" for number in numbers]


def detection_report(
    predictions: Sequence[Detections],
    truths: BoxedImages | Sequence[tuple[ArrayLike, ArrayLike]],
    class_names: Sequence[str] | None = None,
) -> DetectionReport:
    """Report what a detector did with images whose objects are known.

    >>> report = detection_report(
    ...     [Detections([[0, 0, 4, 4], [6, 6, 9, 9]], [0.9, 0.8]), Detections([[1, 0, 5, 4]], [0.7])],
    ...     [([[0, 0, 4, 4]], [0]), ([[0, 0, 4, 4]], [0])],
    ...     ["cat"],
    ... )
    >>> print(report)
    Boxes in 2 images
    class  objects  found  boxes  AP@.5  AP@.75     AP
    --------------------------------------------------
    cat          2      2      3  0.835   0.505  0.604
    --------------------------------------------------
    all          2      2      3  0.835   0.505  0.604
    Found: at an intersection over union of 0.5. AP: the mean from 0.5 to 0.95.

    The boxes of a class go through all images by falling score, equal ones in the order of the images and of the boxes.
    A box is right if it finds an object that no surer box has found (`match_boxes`). The average precision is the area
    under the curve of the best precision at each recall, taken at 101 recalls. A class with objects of which no box was
    given has 0; a class without objects has no average precision and is left out of the mean.

    Parameters
    ----------
    predictions : sequence of Detections
        One for each image. Of each class the 100 boxes with the highest scores count.
    truths : BoxedImages, or sequence of (boxes, labels)
        What is there, in the same order.
    class_names : sequence of str, optional
        In the order of the labels; those of the `BoxedImages` if not given.

    Returns
    -------
    DetectionReport

    Raises
    ------
    TypeError, ValueError
        If there are not as many predictions as images, a prediction is no `Detections`, or a label names no class.

    References
    ----------
    T.-Y. Lin et al., "Microsoft COCO: common objects in context", 2014; the numbers are those of ``COCOeval`` in
    pycocotools for boxes of all areas.
    """
    known, names = _truths(truths, class_names)
    if isinstance(predictions, Detections) or not all(isinstance(each, Detections) for each in predictions):
        raise TypeError("predictions is no sequence of Detections; allowed is one for each image")
    if len(predictions) != len(known):
        raise ValueError(f"predictions has length {len(predictions):,}; allowed is {len(known):,}, one for each image")
    for name, labels in (
        ("predictions", [each.labels for each in predictions]),
        ("truths", [labels for _, labels in known]),
    ):
        if (most := max((int(each.max(initial=0)) for each in labels), default=0)) >= len(names):
            raise ValueError(f"{name} has the label {most}; allowed is 0 to {len(names) - 1}, the classes")
    curves = tuple(_curves(predictions, known, label) for label in range(len(names)))
    return DetectionReport(names, curves, len(known))


def _truths(truths: BoxedImages | Sequence, class_names: Sequence[str] | None) -> tuple[list[Truth], tuple[str, ...]]:
    if isinstance(truths, BoxedImages):
        return list(zip(truths.boxes, truths.labels, strict=True)), tuple(class_names or truths.class_names)
    known = []
    for number, (boxes, labels) in enumerate(truths):
        pair = as_boxes(f"truths[{number}]'s boxes", boxes), as_labels(f"truths[{number}]'s labels", labels)
        if len(pair[0]) != len(pair[1]):
            raise ValueError(
                f"truths[{number}] has {len(pair[0])} boxes, but {len(pair[1])} labels; allowed is one each"
            )
        known.append(pair)
    if class_names is None:
        most = max((int(labels.max(initial=0)) for _, labels in known), default=0)
        class_names = [f"class {label}" for label in range(most + 1)]
    return known, tuple(class_names)


def _curves(predictions: Sequence[Detections], known: list[Truth], label: int) -> tuple[PrecisionRecall, ...]:
    """Go through the images once, and return the curve of a class at each threshold."""
    objects, scores, is_right = 0, [], []
    for prediction, (boxes, labels) in zip(predictions, known, strict=True):
        there = boxes[labels == label]
        objects += len(there)
        said = prediction[prediction.labels == label]
        surest = np.argsort(-said.scores, kind="stable")[:MOST]
        shared = box_iou(said.boxes[surest], there)
        scores.append(said.scores[surest])
        is_right.append(np.array([matches(shared, threshold) >= 0 for threshold in IOU_THRESHOLDS]))
    everything = np.concatenate([*scores, np.zeros(0)])
    order = np.argsort(-everything, kind="stable")
    right = np.concatenate([*is_right, np.zeros((len(IOU_THRESHOLDS), 0), bool)], axis=1)[:, order]
    return tuple(PrecisionRecall(everything[order], row, objects) for row in right)
