"""Drawn pets: cats and dogs made by code, a stand-in for photographs that knows where everything is."""

import html
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labkit.datasets.dataset import Provenance
from labkit.datasets.drawn_pets.rendering import SPECIES, Rendering, render

SMALLEST = 32  # pixels; in a smaller picture an eye is less than one
FEW = 256  # pictures that are drawn before another process has started and loaded all it needs


@dataclass(frozen=True, eq=False)
class DrawnPets:
    """Drawn cats and dogs, and where everything in them is.

    Attributes
    ----------
    images : ndarray of uint8, (n, height, width, 3)
        The pictures.
    labels : ndarray of uint8, (n,)
        0 for a cat, 1 for a dog; pictures 2k and 2k + 1 are one of each.
    animal_masks, head_masks : ndarray of bool, (n, height, width)
        Where the animal and its head are seen. What stands before them is not part of them.
    parts : mapping of str to ndarray of float32, (n, 2)
        Where the eyes, ears, nose and tip of the tail are, in pixels from the left and from the top; left is the
        animal's own left. NaN for what is turned away, hidden or outside the picture.
    seed : int
        What they were drawn from.
    class_names : tuple of str
        The classes, in the order of their labels.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    animal_masks: NDArray[np.bool_]
    head_masks: NDArray[np.bool_]
    parts: Mapping[str, NDArray[np.float32]]
    seed: int
    class_names: tuple[str, ...] = SPECIES

    @property
    def provenance(self) -> Provenance:
        """What these pictures are: a stand-in."""
        return Provenance("drawn pets", "stand-in", counts={"pictures": len(self.images)}, note=f"seed {self.seed}")

    def __str__(self) -> str:
        height, width = self.images.shape[1:3]
        dogs = int(self.labels.sum())
        cats = len(self.labels) - dogs
        return (
            f"{len(self.images):,} drawn pets of {height}×{width}, seed {self.seed}: " + f"{cats:,} cats, {dogs:,} dogs"
        )

    __repr__ = __str__  # the arrays themselves would fill the screen

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(str(self))}</p>"


def draw_pets(n: int, size: Sequence[int] = (150, 150), seed: int = 0) -> DrawnPets:
    """Draw cats and dogs: any number, any size, each with its masks.

    They stand in for photographs where none can be had, and they know what photographs do not tell: where the animal
    ends and its head begins. An animal is a few dozen ellipsoids in space, seen by a camera; its fur is noise. Cats
    and dogs differ in proportions, each of which overlaps: muzzle, ears, eyes, nose, whiskers, neck, legs and tail.
    Coats, poses, places, light and camera are drawn alike for both.

    Examples
    --------
    >>> pets = draw_pets(4, size=(64, 64))
    >>> print(pets)
    4 drawn pets of 64×64, seed 0: 2 cats, 2 dogs
    >>> pets.images.shape, pets.head_masks.shape
    ((4, 64, 64, 3), (4, 64, 64))
    >>> sorted(pets.parts)
    ['left_ear', 'left_eye', 'nose', 'right_ear', 'right_eye', 'tail_tip']

    Parameters
    ----------
    n : int
        How many, at least 1. Half of them are dogs; of an odd number, one class has one more.
    size : sequence of 2 int
        Height and width in pixels, each at least 32.
    seed : int
        Which pictures, 0 or more. Picture i of a seed is the same whatever `n` is.

    Returns
    -------
    DrawnPets
        The pictures and all that is known of them.

    Raises
    ------
    TypeError
        If a number is not an integer, or `size` is no pair.
    ValueError
        If one is out of range.
    """
    n, seed = _at_least(1, "n", n), _at_least(0, "seed", seed)
    if isinstance(size, str) or not isinstance(size, Sequence) or len(size) != 2:
        raise TypeError(f"size is {size!r}; allowed is a pair of integers: height and width")
    height, width = (_at_least(SMALLEST, "size", value) for value in size)
    drawn = _draw_all(n, height, width, seed)
    return DrawnPets(
        np.stack([picture.image for picture in drawn]),
        np.array([picture.label for picture in drawn], np.uint8),
        np.stack([picture.animal for picture in drawn]),
        np.stack([picture.head for picture in drawn]),
        {name: np.stack([picture.parts[name] for picture in drawn]) for name in drawn[0].parts},
        seed,
    )


def _draw_all(n: int, height: int, width: int, seed: int) -> list[Rendering]:
    """Draw pictures 0 to n − 1, many of them on all cores."""
    if n < FEW:
        return [render(index, height, width, seed) for index in range(n)]
    from joblib import Parallel, delayed  # its processes need no guard in the caller's script

    return list(Parallel(n_jobs=-1)(delayed(render)(index, height, width, seed) for index in range(n)))


def _at_least(lowest: int, name: str, value: int) -> int:
    if isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} is {value!r}; allowed are integers from {lowest}")
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} is {value!r}; allowed are integers from {lowest}") from None
    if number < lowest:
        raise ValueError(f"{name} is {value!r}; allowed are integers from {lowest}")
    return number
