"""How well a map finds the object, where masks say where it is.

Maps have shape ``(n, height, width)`` and no negative values, masks the same shape, true where the object is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labkit.tables import rows_as_html, rows_as_text


def pointing_game(maps: ArrayLike, masks: ArrayLike) -> NDArray[np.bool_]:
    """Whether the strongest place of each map lies on the object; a map without evidence points nowhere.

    >>> pointing_game([[[0, 1], [0, 0]], [[0, 0], [0, 0]]], [[[0, 1], [0, 1]]] * 2).tolist()
    [True, False]

    Raises
    ------
    ValueError
        When maps and masks do not fit each other, maps hold NaN or negative values, or a mask is empty.

    References
    ----------
    J. Zhang et al., "Top-down neural attention by excitation backprop", 2016, section 4.
    """
    values, inside = _checked(maps, masks)
    flat = values.reshape(len(values), -1)
    hit = np.take_along_axis(inside.reshape(flat.shape), flat.argmax(axis=1)[:, None], axis=1)[:, 0]
    return hit & (flat.max(axis=1) > 0)


def energy_inside(maps: ArrayLike, masks: ArrayLike) -> NDArray[np.float64]:
    """Return the share of each map's sum that lies on the object, 0 for a map without evidence.

    >>> energy_inside([[[0, 3], [1, 0]]], [[[0, 1], [0, 1]]]).tolist()
    [0.75]

    An object that fills a share p of the image gets p by a map that is the same everywhere.

    Raises
    ------
    ValueError
        As :func:`pointing_game`.

    References
    ----------
    H. Wang et al., "Score-CAM", 2020, section 4.3.
    """
    values, inside = _checked(maps, masks)
    total = values.sum(axis=(1, 2))
    return (values * inside).sum(axis=(1, 2)) / np.where(total > 0, total, 1)


def best_iou(maps: ArrayLike, masks: ArrayLike) -> NDArray[np.float64]:
    """Return each map's intersection over union with the object, at the threshold that is best for that map.

    >>> best_iou([[[0, 3], [1, 2]]], [[[0, 1], [0, 1]]]).tolist()  # the places from 2 up are the object
    [1.0]

    The threshold is chosen with the mask in view: this is what a map could reach, and more than it does reach.
    Everything at or above it counts as found, and a threshold of zero, all of the image, is not admitted.

    Raises
    ------
    ValueError
        As :func:`pointing_game`.
    """
    values, inside = _checked(maps, masks)
    best = np.zeros(len(values))
    for number, (one, mask) in enumerate(zip(values.reshape(len(values), -1), inside, strict=True)):
        order = np.argsort(-one, kind="stable")
        sizes = np.arange(1, one.size + 1)
        hits = np.cumsum(mask.ravel()[order])
        ious = hits / (sizes + mask.sum() - hits)
        # Places of one value come in together: only the last of them is a threshold.
        thresholds = np.append(np.diff(one[order]) < 0, True) & (one[order] > 0)
        best[number] = ious[thresholds].max(initial=0)
    return best


def centre_blobs(images: int, height: int, width: int) -> NDArray[np.float32]:
    """Return maps that know nothing but that photographers aim: a Gaussian in the middle, a quarter of the side wide.

    >>> centre_blobs(2, 5, 5)[1].argmax()
    np.int64(12)
    """
    row, column = (np.linspace(-2, 2, size) for size in (height, width))
    blob = np.exp(-(row[:, None] ** 2 + column**2) / 2)
    return np.repeat(blob[np.newaxis], images, axis=0).astype(np.float32)


def random_maps(images: int, height: int, width: int, seed: int = 0) -> NDArray[np.float32]:
    """Return maps of noise from 0 to 1, coarse as those of a last layer: what no method may fall behind.

    >>> random_maps(2, 28, 28).shape
    (2, 28, 28)
    """
    from labkit.explain.class_activation import resized

    coarse = np.random.default_rng(seed).uniform(size=(images, 7, 7)).astype(np.float32)
    return resized(coarse, (height, width))


@dataclass(frozen=True, eq=False)
class Localization:
    """How well one method finds the objects; arrays have one value an image.

    Attributes
    ----------
    method
        Its name.
    pointing, energy, iou
        What :func:`pointing_game`, :func:`energy_inside` and :func:`best_iou` give.
    seconds
        Time an image.
    """

    method: str
    pointing: NDArray[np.bool_]
    energy: NDArray[np.float64]
    iou: NDArray[np.float64]
    seconds: float


@dataclass(frozen=True)
class LocalizationTable:
    """What :func:`compare_localization` returns: a row a method, each mean with its standard error."""

    rows: tuple[Localization, ...]

    _HEADS = ("method", "pointing game", "energy inside", "best IoU", "ms an image")

    def __iter__(self) -> Iterator[Localization]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, method: str) -> Localization:
        return {row.method: row for row in self.rows}[method]

    def _cells(self) -> list[tuple[str, ...]]:
        return [
            (row.method, _mean(row.pointing), _mean(row.energy), _mean(row.iou), f"{1000 * row.seconds:.1f}")
            for row in self.rows
        ]

    def __str__(self) -> str:
        return rows_as_text([self._HEADS, *self._cells()])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return rows_as_html(self._HEADS, self._cells())


def compare_localization(
    model: Any,
    images: ArrayLike,
    masks: ArrayLike,
    methods: Mapping[str, Callable[[Any, Any], Any]],
    *,
    seed: int = 0,
) -> LocalizationTable:
    """Measure several methods on images with masks, beside two that never look at the image.

    >>> images, masks = np.zeros((3, 8, 8, 1)), np.zeros((3, 8, 8), bool); masks[:, 3:5, 3:5] = True
    >>> table = compare_localization(None, images, masks, {"the truth": lambda model, images: masks})
    >>> [row.method for row in table], table["the truth"].iou.tolist()
    (['the truth', 'centre blob', 'random'], [1.0, 1.0, 1.0])

    Parameters
    ----------
    model
        Handed to each method.
    images
        Shape ``(n, height, width, channels)``.
    masks
        Shape ``(n, height, width)``, true where the object is.
    methods
        For each name a function of the model and the images that returns maps or an
        :class:`~labkit.explain.results.Explanation`, as ``lambda model, images: cam(model, images, target=1)``. It runs
        once before it is timed, so that recording its program does not count.
    seed
        Of the random maps.

    Raises
    ------
    ValueError
        As :func:`pointing_game`.
    """
    batch = np.asarray(images)
    pictures, height, width = batch.shape[:3]
    rivals: dict[str, Callable[[Any, Any], Any]] = {
        **methods,
        "centre blob": lambda *_: centre_blobs(pictures, height, width),
        "random": lambda *_: random_maps(pictures, height, width, seed),
    }
    rows = []
    for name, method in rivals.items():
        method(model, batch)
        started = time.perf_counter()
        found = method(model, batch)
        seconds = (time.perf_counter() - started) / pictures
        maps = getattr(found, "maps", found)
        scores = pointing_game(maps, masks), energy_inside(maps, masks), best_iou(maps, masks)
        rows.append(Localization(name, *scores, seconds))
    return LocalizationTable(tuple(rows))


def _mean(values: NDArray) -> str:
    error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
    return f"{values.mean():.3f} ± {error:.3f}" if len(values) > 1 else f"{values.mean():.3f}"


def _checked(maps: ArrayLike, masks: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    values, inside = np.asarray(maps, np.float64), np.asarray(masks).astype(bool)
    if values.ndim != 3 or values.shape != inside.shape or not values.size:
        raise ValueError(f"maps have shape {values.shape} and masks {inside.shape}; both must be (n, height, width)")
    if not np.isfinite(values).all() or values.min() < 0:
        raise ValueError("maps hold NaN or negative values; allowed are numbers from 0 up")
    if not inside.any(axis=(1, 2)).all():
        raise ValueError(f"masks[{int(inside.any(axis=(1, 2)).argmin())}] is empty; every mask must show an object")
    return values, inside
