"""Mistakes in the data that no program reports and every result pays for, found before training."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labkit.arguments import whole_number

Part = tuple[ArrayLike, ArrayLike]


class DataWarning(UserWarning):
    """Data that can be trained on, but is probably not what was meant."""


@dataclass(frozen=True)
class DataCheck:
    """What was found wrong with data that can be trained on all the same; empty if nothing was.

    Attributes
    ----------
    findings : tuple of str
        One sentence each.
    """

    findings: tuple[str, ...]

    def __bool__(self) -> bool:
        return not self.findings

    def __str__(self) -> str:
        return "\n".join(self.findings) or "nothing suspicious in this data"


def check_data(
    *,
    train: Part,
    validation: Part | None = None,
    test: Part | None = None,
    num_classes: int,
    pixel_range: tuple[float, float] = (0, 1),
) -> DataCheck:
    """Look for the commonest silent mistakes in images and labels, before a network is trained on them.

    >>> images = np.zeros((4, 2, 2, 1)); images[:, 0, 0, 0] = [0.1, 0.4, 0.7, 1.0]
    >>> print(check_data(train=(images, [0, 1, 0, 1]), num_classes=2))
    nothing suspicious in this data

    What cannot be right is an error: labels that name no class, images and labels of different number, values that
    are not numbers. What is possible but hardly meant is a loud `DataWarning` and a line of the result: pixels of
    another range than the network expects, a class that is missing, the same image in two parts.

    Parameters
    ----------
    train, validation, test : tuple of (images, labels)
        Images of shape (n, height, width) or (n, height, width, channels); labels of shape (n,).
    num_classes : int
        Number of classes; labels must be 0 to ``num_classes - 1``.
    pixel_range : tuple of float
        What the network expects: ``(0, 1)`` where pixels were divided by 255 before, ``(0, 255)`` where the network
        does that itself.

    Raises
    ------
    TypeError
        If labels are not integers.
    ValueError
        If a part does not fit together or labels are out of range; the message names the part.
    """
    num_classes = whole_number("num_classes", num_classes)
    given = {"train": train, "validation": validation, "test": test}
    parts = {name: _checked_part(name, *part, num_classes) for name, part in given.items() if part is not None}
    findings = [
        *_range_findings(parts, pixel_range),
        *_class_findings(parts, num_classes),
        *_overlap_findings(parts),
    ]
    for finding in findings:
        warnings.warn(finding, DataWarning, stacklevel=2)
    return DataCheck(tuple(findings))


def same_images(one: ArrayLike, other: ArrayLike) -> NDArray[np.int64]:
    """Find the images of `other` that are in `one` as well, by a hash of their pixels.

    >>> same_images([[[1, 2]], [[3, 4]]], [[[3, 4]], [[5, 6]]])
    array([0])

    Parameters
    ----------
    one, other : array_like, (n, ...)
        Images of one shape and of one type.

    Returns
    -------
    ndarray of int
        Indices into `other`.
    """
    known = set(_hashes(np.asarray(one)))
    return np.array([index for index, digest in enumerate(_hashes(np.asarray(other))) if digest in known], np.int64)


def _hashes(images: NDArray) -> Sequence[bytes]:
    return [hashlib.blake2b(np.ascontiguousarray(image).tobytes(), digest_size=16).digest() for image in images]


def _checked_part(name: str, images: ArrayLike, labels: ArrayLike, num_classes: int) -> tuple[NDArray, NDArray]:
    pictures, classes = np.asarray(images), np.asarray(labels)
    if pictures.ndim not in (3, 4) or not pictures.size:
        raise ValueError(f"{name} images have shape {pictures.shape}; allowed is (n, height, width[, channels]), n ≥ 1")
    if classes.shape != pictures.shape[:1]:
        raise ValueError(f"{name} labels have shape {classes.shape}; {len(pictures):,} images need ({len(pictures)},)")
    if classes.dtype.kind not in "iu":
        raise TypeError(f"{name} labels are {classes.dtype}; allowed are integers from 0 to {num_classes - 1}")
    if classes.min() < 0 or classes.max() >= num_classes:
        raise ValueError(
            f"{name} labels go from {classes.min()} to {classes.max()}; with num_classes={num_classes}, "
            f"allowed is 0 to {num_classes - 1}"
        )
    if pictures.dtype.kind == "f" and not np.isfinite(pictures).all():
        raise ValueError(f"{name} images hold values that are not finite numbers; allowed are finite numbers")
    return pictures, classes


def _range_findings(parts: dict[str, tuple[NDArray, NDArray]], pixel_range: tuple[float, float]) -> list[str]:
    low, high = pixel_range
    findings = []
    for name, (images, _) in parts.items():
        least, greatest = images.min(), images.max()
        if greatest <= 1 < high:
            findings.append(
                f"{name} images go from {least:g} to {greatest:g}, but {low:g} to {high:g} is expected: "
                "a network that divides by 255 itself would see black. Were they divided by 255 already?"
            )
        elif least < low or greatest > high:
            findings.append(
                f"{name} images go from {least:g} to {greatest:g}, but {low:g} to {high:g} is expected"
                + (": divide them by 255." if high == 1 and greatest > 1 else ".")
            )
    return findings


def _class_findings(parts: dict[str, tuple[NDArray, NDArray]], num_classes: int) -> list[str]:
    findings = []
    for name, (_, labels) in parts.items():
        missing = np.setdiff1d(np.arange(num_classes), labels)
        if missing.size:
            findings.append(f"{name} has no image of class {', '.join(map(str, missing))}.")
    return findings


def _overlap_findings(parts: dict[str, tuple[NDArray, NDArray]]) -> list[str]:
    names = list(parts)
    findings = []
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            images, others = parts[one][0], parts[other][0]
            if images.shape[1:] != others.shape[1:] or images.dtype != others.dtype:
                continue
            shared = same_images(images, others)
            if shared.size:
                findings.append(
                    f"{shared.size:,} of the {len(others):,} {other} images are {one} images as well "
                    f"(the first is number {shared[0]:,}): what is measured on them is partly remembered."
                )
    return findings
