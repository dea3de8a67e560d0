"""The project after chapter 11: cats and dogs from few images, judged by animals that nobody has seen."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np

from labkit.course.projects import Answers, LabelledImages, Point, Project
from labkit.datasets import draw_pets

SIDE = 128
TRAINED, TESTED, FRESH = 200, 100, 200  # drawn pets to train on, to test on, and drawn anew
TRAINING_SEED, TEST_SEED = 11, 1_111


def _drawn(count: int, seed: int) -> LabelledImages:
    pets = draw_pets(count, size=(SIDE, SIDE), seed=seed)
    return LabelledImages(pets.images, pets.labels.astype(np.int64))


_always_the_same = cache(_drawn)  # drawn once


def _judging(seed: int) -> Mapping[str, LabelledImages]:
    return {"test pets": _always_the_same(TESTED, TEST_SEED), "fresh pets": _drawn(FRESH, seed)}


def honesty(answers: Answers) -> float:
    """Return 1 minus how far the mean confidence on fresh pets lies from the share of right answers.

    A network that gives 0.95 to what it finds, and is right in 0.85 of the cases, gets 0.90.
    """
    confidence = answers.probabilities["fresh pets"].max(axis=1).mean()
    return 1 - abs(float(confidence) - answers.accuracy("fresh pets"))


PROJECT = Project(
    id="11-pets-from-few",
    title="Pets from few images",
    goal="A network that tells drawn cats from drawn dogs, after no more than 200 of them.",
    input_shape=(SIDE, SIDE, 3),
    class_names=("cat", "dog"),
    training=lambda: _always_the_same(TRAINED, TRAINING_SEED),
    judging=_judging,
    rubric=(
        Point("test pets", "accuracy on 100, always the same", lambda a: a.accuracy("test pets"), 0.78),
        Point("fresh pets", "accuracy on 200 drawn just now", lambda a: a.accuracy("fresh pets"), 0.78),
        Point("weaker class", "of the fresh, the class with less", lambda a: a.weakest_class("fresh pets"), 0.66),
        Point("honesty", "1 − |mean confidence − accuracy|", honesty, 0.88),
    ),
)
