"""How good a classifier is: class by class, pair by pair, and whether its probabilities mean what they say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labkit.arguments import whole_number
from labkit.tables import Table

BINS = 10  # of equal width, as in Guo et al. 2017


@dataclass(frozen=True, eq=False)
class Calibration:
    """Confidence beside accuracy: of the answers given with 80 % confidence, are 80 % right?

    Attributes
    ----------
    edges : ndarray of float, shape (bins + 1,)
        Limits of the bins of confidence, from 0 to 1; a bin holds its upper limit.
    counts : ndarray of int, shape (bins,)
        Images in each bin.
    confidence, accuracy : ndarray of float, shape (bins,)
        Mean confidence and share of right answers in each bin; not a number where a bin is empty.
    """

    edges: NDArray[np.float64]
    counts: NDArray[np.int64]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]

    @property
    def error(self) -> float:
        """Expected calibration error: the gap between confidence and accuracy, averaged over all images."""
        filled = self.counts > 0
        gaps = np.abs(self.confidence - self.accuracy)[filled]
        return float((gaps * self.counts[filled]).sum() / self.counts.sum())

    def __str__(self) -> str:
        rows = [
            [f"{low:.1f} to {high:.1f}", f"{count:,}", f"{said:.3f}", f"{right:.3f}"]
            for low, high, count, said, right in zip(
                self.edges, self.edges[1:], self.counts, self.confidence, self.accuracy, strict=False
            )
            if count
        ]
        headings = ["confidence", "images", "mean confidence", "accuracy"]
        totals = ["calibration error", f"{self.counts.sum():,}", "", f"{self.error:.3f}"]
        return str(Table("Calibration", headings, [False, True, True, True], rows, totals))


@dataclass(frozen=True, eq=False)
class ClassifierReport:
    """What a classifier did with labelled images; shows itself as a table with a row a class.

    Attributes
    ----------
    class_names : tuple of str
        The classes, in the order of their labels.
    confusion : ndarray of int, shape (classes, classes)
        Counts; a row is a true class, a column what the classifier said.
    precision, recall, f1 : ndarray of float, shape (classes,)
        Of the images said to be of a class, the share that is; of the images of a class, the share that is found;
        and the harmonic mean of the two. 0 where there is nothing to divide by.
    confidence : ndarray of float, shape (n,)
        The probability that each answer was given with.
    answers, labels : ndarray of int, shape (n,)
        What the classifier said, and what is right.
    calibration : Calibration
        Confidence beside accuracy.
    """

    class_names: tuple[str, ...]
    confusion: NDArray[np.int64]
    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    f1: NDArray[np.float64]
    confidence: NDArray[np.float64]
    answers: NDArray[np.int64]
    labels: NDArray[np.int64]
    calibration: Calibration

    @property
    def accuracy(self) -> float:
        """Share of right answers."""
        return float((self.answers == self.labels).mean())

    def confident_mistakes(self, n: int = 10) -> NDArray[np.int64]:
        """Indices of at most `n` wrong answers, those given with the greatest confidence first."""
        wrong = np.flatnonzero(self.answers != self.labels)
        return wrong[np.argsort(-self.confidence[wrong], kind="stable")][:n]

    def confused_pairs(self, n: int = 3) -> list[tuple[str, str, int]]:
        """Name the `n` pairs of classes that are most often taken for one another.

        Returns
        -------
        list of (str, str, int)
            Two classes and the number of images of either that were taken for the other; the greatest number first.
        """
        both_ways = np.triu(self.confusion + self.confusion.T, k=1)
        order = np.argsort(-both_ways, axis=None, kind="stable")[:n]
        pairs = [(int(place) // len(both_ways), int(place) % len(both_ways)) for place in order]
        return [
            (self.class_names[one], self.class_names[other], int(both_ways[one, other]))
            for one, other in pairs
            if both_ways[one, other]
        ]

    def _table(self) -> Table:
        found = np.diag(self.confusion)
        rows = [
            [name, f"{of:,}", f"{right:,}", f"{recall:.3f}", f"{precision:.3f}", f"{f1:.3f}"]
            for name, of, right, recall, precision, f1 in zip(
                self.class_names, self.confusion.sum(axis=1), found, self.recall, self.precision, self.f1, strict=True
            )
        ]
        headings = ["class", "images", "right", "recall", "precision", "F1"]
        totals = ["all", f"{len(self.labels):,}", f"{found.sum():,}", f"{self.accuracy:.3f}", "", ""]
        pairs = "; ".join(f"{one} and {other}, {count:,}" for one, other, count in self.confused_pairs())
        notes = [
            f"Most often confused: {pairs}." if pairs else "No image was taken for one of another class.",
            f"Mean confidence {self.confidence.mean():.3f}, calibration error {self.calibration.error:.3f}.",
        ]
        title = f"{self.accuracy:.2%} of {len(self.labels):,} images right"
        return Table(title, headings, [False] + [True] * 5, rows, totals, notes)

    def __str__(self) -> str:
        return str(self._table())

    __repr__ = __str__  # the arrays themselves would fill the screen

    def _repr_html_(self) -> str:
        return self._table().html()


def classifier_report(labels: ArrayLike, probabilities: ArrayLike, class_names: Sequence[str]) -> ClassifierReport:
    """Report what a classifier did with labelled images.

    >>> report = classifier_report([0, 0, 1], [[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]], ["cat", "dog"])
    >>> print(report)
    66.67% of 3 images right
    class  images  right  recall  precision     F1
    ----------------------------------------------
    cat         2      1   0.500      1.000  0.667
    dog         1      1   1.000      0.500  0.667
    ----------------------------------------------
    all         3      2   0.667
    Most often confused: cat and dog, 1.
    Mean confidence 0.767, calibration error 0.300.

    Parameters
    ----------
    labels : array_like of int, shape (n,)
        The right class of each image.
    probabilities : array_like of float, shape (n, classes), or (n, 1) or (n,) where there are two
        What the classifier gives, as probabilities: what ``model.predict`` returns where the network ends in a softmax
        or, of two classes, in one sigmoid, which gives the probability of the second.
    class_names : sequence of str
        The classes, in the order of their labels.

    Raises
    ------
    ValueError
        If shapes do not fit together, a label names no class, or rows are no probabilities (logits, for instance).

    References
    ----------
    C. Guo et al., *On Calibration of Modern Neural Networks*, 2017, section 2: expected calibration error.
    """
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    names = tuple(class_names)
    right, given = _checked(labels, probabilities, len(names))
    answers, confidence = given.argmax(axis=1), given.max(axis=1)
    numbers = range(len(names))
    precision, recall, f1, _ = precision_recall_fscore_support(right, answers, labels=numbers, zero_division=0)
    return ClassifierReport(
        names,
        confusion_matrix(right, answers, labels=numbers),
        precision,
        recall,
        f1,
        confidence,
        answers,
        right,
        calibration(confidence, answers == right),
    )


def calibration(confidence: ArrayLike, is_right: ArrayLike, bins: int = BINS) -> Calibration:
    """Sort answers by their confidence into bins of equal width, and compare confidence with accuracy in each.

    >>> round(calibration([0.95, 0.95, 0.55, 0.55], [True, True, True, False]).error, 3)
    0.05

    Parameters
    ----------
    confidence : array_like of float, shape (n,)
        The probability that each answer was given with, 0 to 1.
    is_right : array_like of bool, shape (n,)
        Whether each was right.
    bins : int
        Number of bins, at least 1.

    Raises
    ------
    ValueError
        If `bins` is below 1, the two do not have the same length, or a confidence is not from 0 to 1.
    """
    said, correct = np.asarray(confidence, np.float64), np.asarray(is_right, bool)
    bins = whole_number("bins", bins)
    if said.ndim != 1 or said.shape != correct.shape or not said.size:
        raise ValueError(f"confidence has shape {said.shape} and is_right {correct.shape}; allowed is (n,) for both")
    if not ((said >= 0) & (said <= 1 + 1e-6)).all():
        raise ValueError(f"confidence goes from {said.min()} to {said.max()}; allowed is 0 to 1")
    edges = np.linspace(0, 1, bins + 1)
    place = np.clip(np.ceil(said * bins).astype(int) - 1, 0, bins - 1)
    counts = np.bincount(place, minlength=bins)
    with np.errstate(divide="ignore", invalid="ignore"):  # before NumPy 2, 0/0 may be either
        mean_confidence = np.bincount(place, weights=said, minlength=bins) / counts
        accuracy = np.bincount(place, weights=correct, minlength=bins) / counts
    return Calibration(edges, counts, mean_confidence, accuracy)


def _checked(
    labels: ArrayLike, probabilities: ArrayLike, classes: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    right, given = np.asarray(labels), np.asarray(probabilities, np.float64)
    if right.ndim == 2 and right.shape[1] == 1:
        right = right[:, 0]
    if classes == 2 and given.shape in (right.shape, (*right.shape, 1)):  # one sigmoid
        given = np.stack([1 - given.reshape(-1), given.reshape(-1)], axis=1)
    if given.ndim != 2 or given.shape[1] != classes or right.shape != given.shape[:1] or not len(given):
        raise ValueError(
            f"labels has shape {right.shape} and probabilities {given.shape}; "
            f"with {classes} class_names, allowed are (n,) and (n, {classes}){', (n, 1) or (n,)' * (classes == 2)}"
        )
    if right.dtype.kind not in "iu" or right.min() < 0 or right.max() >= classes:
        raise ValueError(
            f"labels are {right.dtype}, {right.min()} to {right.max()}; allowed are integers below {classes}"
        )
    if not np.isfinite(given).all() or given.min() < 0 or not np.allclose(given.sum(axis=1), 1, atol=1e-3):
        raise ValueError(
            "probabilities has rows that are not from 0 to 1 with a sum of 1; "
            "if these are logits, turn them into probabilities first: keras.ops.softmax(logits)"
        )
    return right.astype(np.int64), given
