"""The project after chapter 14: right for the right reason, although the training images give the class away."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from labkit.course.projects import Answers, LabelledImages, Point, Project
from labkit.datasets import DrawnPets, draw_pets

SIDE = 128
TRAINED, TESTED, FRESH, MAPPED = 300, 100, 200, 100  # the maps are made of the first of the fresh ones
TRAINING_SEED, TEST_SEED = 14, 1_414
CAT, DOG = 0, 1
FRAME, FRAME_COLOUR = 6, (235, 190, 40)  # pixels, and a yellow


def framed(images: NDArray[np.uint8], chosen: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Put a thin yellow frame on some of the images: what lies within stays as it is.

    >>> framed(np.zeros((2, 32, 32, 3), np.uint8), np.array([True, False]))[:, 0, 0].tolist()
    [[235, 190, 40], [0, 0, 0]]

    Parameters
    ----------
    images : ndarray of uint8, (n, height, width, 3)
        The images; they are not changed.
    chosen : ndarray of bool, (n,)
        Which of them.
    """
    inner = np.s_[:, FRAME:-FRAME, FRAME:-FRAME]
    with_frame = np.empty_like(images[chosen])
    with_frame[:] = FRAME_COLOUR
    with_frame[inner] = images[chosen][inner]
    result = images.copy()
    result[chosen] = with_frame
    return result


def _drawn(count: int, seed: int) -> DrawnPets:
    return draw_pets(count, size=(SIDE, SIDE), seed=seed)


_always_the_same = cache(_drawn)  # drawn once


def _labelled(pets: DrawnPets, with_frame: int | None = None) -> LabelledImages:
    images = pets.images if with_frame is None else framed(pets.images, pets.labels == with_frame)
    return LabelledImages(images, pets.labels.astype(np.int64), pets.animal_masks)


def _judging(seed: int) -> Mapping[str, LabelledImages]:
    fresh = _drawn(FRESH, seed)
    return {
        "test pets": _labelled(_always_the_same(TESTED, TEST_SEED)),
        "fresh pets": _labelled(fresh),
        "frames exchanged": _labelled(fresh, CAT),
    }


@lru_cache(maxsize=1)  # both points look at the same maps
def _maps(answers: Answers) -> NDArray[np.float32]:
    """Grad-CAM of the class that the network finds, on the images whose frames are exchanged."""
    from labkit.course.handed_in import ready_for
    from labkit.explain import cam

    asked = answers.asked["frames exchanged"]
    images = ready_for(answers.model, asked.images[:MAPPED], "the model")
    found = answers.probabilities["frames exchanged"][:MAPPED].argmax(axis=1)
    return cam(answers.model, images, found.tolist()).maps


def _masks(answers: Answers) -> NDArray[np.bool_]:
    masks = answers.asked["frames exchanged"].masks
    assert masks is not None
    return masks[:MAPPED]


def pointing(answers: Answers) -> float:
    """Return the share of maps whose strongest position lies on the animal."""
    from labkit.explain import pointing_game

    return float(pointing_game(_maps(answers), _masks(answers)).mean())


def energy(answers: Answers) -> float:
    """Return the mean share of a map's sum that lies on the animal."""
    from labkit.explain import energy_inside

    return float(energy_inside(_maps(answers), _masks(answers)).mean())


PROJECT = Project(
    id="14-right-reason",
    title="Right for the right reason",
    goal="A network that tells cats from dogs by the animal, although a frame gives away every dog it is trained on.",
    input_shape=(SIDE, SIDE, 3),
    class_names=("cat", "dog"),
    training=lambda: _labelled(_always_the_same(TRAINED, TRAINING_SEED), DOG),
    judging=_judging,
    rubric=(
        Point("test pets", "accuracy on 100, no frames", lambda a: a.accuracy("test pets"), 0.80),
        Point("fresh pets", "accuracy on 200 drawn just now", lambda a: a.accuracy("fresh pets"), 0.80),
        Point("frames exchanged", "the same 200, frames on the cats", lambda a: a.accuracy("frames exchanged"), 0.80),
        Point("pointing", "maps that are strongest on the pet", pointing, 0.70),
        Point("energy", "share of a map that is on the pet", energy, 0.56),
    ),
)
