"""The project after chapter 5: digits that are turned, moved, smaller and larger."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray

from labkit.course.projects import LabelledImages, Point, Project
from labkit.datasets import ImageDataset, load_mnist

JUDGED = 2_000  # images a set
REACH, TURN, SMALLEST, LARGEST = 3.0, 20.0, 0.85, 1.2  # pixels, degrees, and how large a digit is seen

_mnist = cache(load_mnist)


def wandering(images: NDArray[np.uint8], seed: int) -> NDArray[np.uint8]:
    """Move, turn and resize each digit by chance, in one resampling; what comes in is black.

    >>> wandering(np.zeros((2, 28, 28, 1), np.uint8), seed=0).shape
    (2, 28, 28, 1)

    Parameters
    ----------
    images : ndarray of uint8, (n, height, width, 1)
        The digits.
    seed : int
        Which ways: by up to 3 pixels along each axis, by up to 20 degrees, to 0.85 up to 1.2 times the size.
    """
    from labkit.training.affine import affine_matrices, resample

    count, height, width, _ = images.shape
    random = np.random.default_rng(seed)
    right, down = random.uniform(-REACH, REACH, (2, count))
    size = random.uniform(SMALLEST, LARGEST, count)
    ways = affine_matrices(
        (height, width),
        rotation=random.uniform(-TURN, TURN, count),
        shift_x=right,
        shift_y=down,
        zoom_x=1 / size,
        zoom_y=1 / size,
    )
    return np.rint(resample(images, ways, "constant")).astype(np.uint8)


def _training() -> LabelledImages:
    digits: ImageDataset = _mnist()
    return LabelledImages(digits.x_train[..., np.newaxis], digits.y_train)


def _judging(seed: int) -> Mapping[str, LabelledImages]:
    digits: ImageDataset = _mnist()
    images, labels = digits.x_test[..., np.newaxis], digits.y_test
    chosen = np.random.default_rng(seed).permutation(len(labels))[:JUDGED]
    # Of a small test set each digit wanders several times, each time elsewhere.
    wanderers = np.resize(chosen, JUDGED)
    return {
        "test digits": LabelledImages(images[chosen], labels[chosen]),
        "wandering": LabelledImages(wandering(images[wanderers], seed), labels[wanderers]),
    }


PROJECT = Project(
    id="05-wandering-digits",
    title="Digits that wander",
    goal="A network that reads digits also where they are turned a little, moved, smaller or larger.",
    input_shape=(28, 28, 1),
    class_names=tuple("0123456789"),
    training=_training,
    judging=_judging,
    rubric=(
        Point("test digits", "accuracy on the test split", lambda a: a.accuracy("test digits"), 0.95, 0.84),
        Point("wandering", "accuracy on digits moved just now", lambda a: a.accuracy("wandering"), 0.92, 0.82),
        Point("weakest digit", "its share that is read, wandering", lambda a: a.weakest_class("wandering"), 0.80, 0.55),
    ),
    is_stand_in=lambda: _mnist().is_stand_in,
)
