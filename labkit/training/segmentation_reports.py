"""How good a segmentation is: overlap counted in pixels, and how well its outlines lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labkit.arguments import as_float
from labkit.tables import Table


@dataclass(frozen=True, eq=False)
class SegmentationReport:
    """What a network made of images whose every pixel is known; shows itself as a table with a row a class.

    Attributes
    ----------
    class_names : tuple of str
        The classes, in the order of their labels.
    intersections, predicted, true : ndarray of int64, shape (n, classes)
        Pixels of each image that are of a class in both maps, in the predicted map, and in the true one.
    boundary_f : ndarray of float64, shape (n, classes)
        How well the outlines lie; not a number where neither map has one.
    tolerance : float
        How many pixels an outline may be off.
    """

    class_names: tuple[str, ...]
    intersections: NDArray[np.int64]
    predicted: NDArray[np.int64]
    true: NDArray[np.int64]
    boundary_f: NDArray[np.float64]
    tolerance: float

    @property
    def iou(self) -> NDArray[np.float64]:
        """Intersection over union of each class, the pixels of all images taken together, shape (classes,)."""
        return _divided(self.intersections.sum(axis=0), self._unions.sum(axis=0))

    @property
    def dice(self) -> NDArray[np.float64]:
        """Twice the intersection over the sum of both, the pixels of all images taken together, shape (classes,)."""
        return _divided(2 * self.intersections.sum(axis=0), (self.predicted + self.true).sum(axis=0))

    @property
    def image_iou(self) -> NDArray[np.float64]:
        """Intersection over union image by image, shape (n, classes); not a number where neither map has the class."""
        return _divided(self.intersections, self._unions)

    @property
    def _unions(self) -> NDArray[np.int64]:
        return self.predicted + self.true - self.intersections

    @property
    def accuracy(self) -> float:
        """Share of pixels that are right."""
        return float(self.intersections.sum() / self.true.sum())

    def _table(self) -> Table:
        share = self.true.sum(axis=0) / self.true.sum()
        per_image, outlines = (_column_means(numbers) for numbers in (self.image_iou, self.boundary_f))
        columns = zip(self.class_names, share, self.iou, self.dice, per_image, outlines, strict=True)
        rows = [[name, f"{part:.1%}", *map(_cell, numbers)] for name, part, *numbers in columns]
        means = [_cell(known_mean(numbers)) for numbers in (self.iou, self.dice, per_image, outlines)]
        headings = ["class", "pixels", "IoU", "Dice", "IoU per image", "boundary F"]
        notes = [f"Boundary F: outlines may be off by {self.tolerance:g} pixels; the mean over images."]
        title = f"{self.accuracy:.2%} of the pixels of {len(self.true):,} images right"
        return Table(title, headings, [False] + [True] * 5, rows, ["mean", "", *means], notes)

    def __str__(self) -> str:
        return str(self._table())

    __repr__ = __str__  # the arrays themselves would fill the screen

    def _repr_html_(self) -> str:
        return self._table().html()


def segmentation_report(
    predictions: ArrayLike,
    truths: ArrayLike,
    class_names: Sequence[str] = ("background", "foreground"),
    *,
    tolerance: float = 2,
) -> SegmentationReport:
    """Report what a network made of images whose every pixel is known.

    >>> truths = np.zeros((1, 8, 8), int); truths[0, 2:6, 2:6] = 1
    >>> predictions = np.zeros((1, 8, 8), int); predictions[0, 2:6, 3:7] = 1
    >>> print(segmentation_report(predictions, truths, tolerance=1))
    87.50% of the pixels of 1 images right
    class       pixels    IoU   Dice  IoU per image  boundary F
    -----------------------------------------------------------
    background   75.0%  0.846  0.917          0.846       1.000
    foreground   25.0%  0.600  0.750          0.600       1.000
    -----------------------------------------------------------
    mean                0.723  0.833          0.723       1.000
    Boundary F: outlines may be off by 1 pixels; the mean over images.

    Parameters
    ----------
    predictions, truths : array_like of int or bool, shape (n, height, width)
        The class of each pixel, an index into `class_names`; true for the second of two.
    class_names : sequence of str
        The classes, in the order of their labels.
    tolerance : float
        How many pixels an outline may be off, 0 or more.

    Returns
    -------
    SegmentationReport

    Raises
    ------
    TypeError, ValueError
        If the two do not have the same shape, or hold what is no class.

    References
    ----------
    M. Everingham et al., "The PASCAL visual object classes challenge: a retrospective", 2015, section 2.3: intersection
    over union of all pixels. G. Csurka et al., "What is a good evaluation measure for semantic segmentation?", 2013,
    section 2.2: the boundary F, image by image.
    """
    names, allowed = tuple(class_names), as_float("tolerance", tolerance, minimum=0)
    said, known = _as_maps("predictions", predictions, len(names)), _as_maps("truths", truths, len(names))
    if said.shape != known.shape:
        raise ValueError(f"predictions has shape {said.shape}; allowed is {known.shape}, that of truths")
    numbers = np.arange(len(names))[:, np.newaxis, np.newaxis]
    pairs = [(one == numbers, other == numbers) for one, other in zip(said, known, strict=True)]

    def counted(masks: list[NDArray[np.bool_]]) -> NDArray[np.int64]:
        return np.array([np.count_nonzero(each, axis=(1, 2)) for each in masks], np.int64)

    return SegmentationReport(
        names,
        counted([one & other for one, other in pairs]),
        counted([one for one, _ in pairs]),
        counted([other for _, other in pairs]),
        np.array([[boundary_f(p, t, allowed) for p, t in zip(one, other, strict=True)] for one, other in pairs]),
        allowed,
    )


def boundary_f(prediction: ArrayLike, truth: ArrayLike, tolerance: float = 2) -> float:
    """Say how well the outline of one mask lies on that of another: the F-measure of their pixels.

    >>> disc, shifted = np.zeros((2, 9, 9), bool)
    >>> disc[3:6, 3:6], shifted[3:6, 4:7] = True, True
    >>> round(boundary_f(disc, shifted, 0), 3), boundary_f(disc, shifted, 1)
    (0.5, 1.0)

    Precision is the share of the predicted outline that lies within the tolerance of the true one, recall the share of
    the true outline within the tolerance of the predicted one. The image's border is no outline.

    Parameters
    ----------
    prediction, truth : array_like of bool, shape (height, width)
        The two masks.
    tolerance : float
        In pixels, from centre to centre.

    Returns
    -------
    float
        0 to 1; not a number if neither mask has an outline, 0 if only one has.
    """
    from scipy.ndimage import distance_transform_edt

    lines = [_outline(np.asarray(mask, bool)) for mask in (prediction, truth)]
    lengths = [np.count_nonzero(line) for line in lines]
    if not all(lengths):
        return 0.0 if any(lengths) else float("nan")
    precision, recall = (
        np.mean(distance_transform_edt(~other)[line] <= tolerance) for line, other in (lines, lines[::-1])
    )
    return float(2 * precision * recall / (precision + recall)) if precision + recall else 0.0


def _outline(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The pixels of a mask that have one above, below, left or right that is not of it."""
    padded = np.pad(mask, 1, mode="edge")
    inside = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return mask & ~inside


def _as_maps(name: str, maps: ArrayLike, classes: int) -> NDArray[np.int64]:
    array = np.asarray(maps)
    if array.dtype.kind not in "iub":
        raise TypeError(f"{name} has dtype {array.dtype}; allowed are classes: whole numbers, or true and false")
    if array.ndim != 3 or array.size == 0:
        raise ValueError(f"{name} has shape {array.shape}; allowed is (n, height, width)")
    if array.min() < 0 or array.max() >= classes:
        raise ValueError(f"{name} goes from {array.min()} to {array.max()}; allowed is 0 to {classes - 1}, the classes")
    return array.astype(np.int64)


def _divided(numerator: NDArray[np.int64], denominator: NDArray[np.int64]) -> NDArray[np.float64]:
    """Divide; not a number where there is nothing to divide by."""
    return np.divide(numerator, denominator, out=np.full(numerator.shape, np.nan), where=denominator > 0)


def _column_means(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([known_mean(column) for column in numbers.T])


def known_mean(numbers: NDArray[np.float64]) -> float:
    """Return the mean of those that are numbers; not a number if none is.

    >>> known_mean(np.array([1.0, np.nan, 2.0]))
    1.5
    """
    known = numbers[~np.isnan(numbers)]
    return float(known.mean()) if known.size else float("nan")


def _cell(number: float) -> str:
    return "–" if np.isnan(number) else f"{number:.3f}"
