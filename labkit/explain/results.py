"""What the methods return: maps from 0 to 1, one an image, with what was asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labkit.tables import Preformatted


@dataclass(frozen=True, eq=False)
class Explanation(Preformatted):
    """Where in each image the evidence for a class lies, as one method sees it.

    Attributes
    ----------
    maps
        Float32, shape ``(n, height, width)``: from 0 (nothing speaks for the class) to 1 (the strongest place of that
        image). A map without any evidence is 0 everywhere.
    method
        The method's name.
    scores
        Shape ``(n,)``: the score that was explained, of each image.
    classes
        Shape ``(n,)``: the class it belongs to; ``None`` where a function of the outputs was asked about.
    labels
        The classes as text.
    peaks
        Shape ``(n,)``: the strongest place before it was scaled to 1, in the method's own unit. By them maps of one
        method for several classes of an image can be compared: ``maps * peaks[:, None, None]``.
    layer
        The layer whose maps it is made of; empty for methods that work on the image.
    values
        Shape ``(n, height, width, channels)``: what each number of the image contributes, with its sign; ``None`` for
        methods that work on a layer.
    """

    maps: NDArray[np.float32]
    method: str
    scores: NDArray[np.float32]
    classes: NDArray[np.int64] | None
    labels: tuple[str, ...]
    peaks: NDArray[np.float32]
    layer: str = ""
    values: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return len(self.maps)

    def __str__(self) -> str:
        place = f" at {self.layer}" if self.layer else ""
        height, width = self.maps.shape[1:]
        rows = "\n".join(
            f"  image {number}: {label}, score {score:.3g}, "
            + (f"strongest place {_place(one)}" if one.any() else "no evidence")
            for number, (label, score, one) in enumerate(zip(self.labels, self.scores, self.maps, strict=True))
        )
        return f"{self.method}{place}, maps of {height}×{width}\n{rows}"

    def __repr__(self) -> str:
        return str(self)


def _place(one: NDArray) -> str:
    row, column = np.unravel_index(int(one.argmax()), one.shape)
    return f"row {row}, column {column}"


def scaled(maps: NDArray) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Cut maps off at zero, divide each by its peak, and return them with the peaks; a map of zeros stays one.

    >>> scaled(np.array([[[-1.0, 2.0], [4.0, 0.0]], [[0, 0], [0, 0]]]))[0].tolist()
    [[[0.0, 0.5], [1.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]]]
    """
    positive = np.maximum(np.asarray(maps, np.float64), 0)
    peaks = positive.max(axis=(1, 2))
    return (positive / np.where(peaks > 0, peaks, 1)[:, None, None]).astype(np.float32), peaks.astype(np.float32)


def labels_of(classes: NDArray | None, images: int, class_names: Sequence[str] | None) -> tuple[str, ...]:
    """Write classes as text.

    >>> labels_of(np.array([1, 0]), 2, ("cat", "dog")), labels_of(np.array([7]), 1, None)
    (('dog', 'cat'), ('class 7',))
    """
    if classes is None:
        return ("a function of the outputs",) * images
    return tuple(str(class_names[each]) if class_names is not None else f"class {each}" for each in classes)
