"""Draws that are the same on every machine, and the smooth noise that textures are made of."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Choice = TypeVar("Choice")
Field = NDArray[np.floating[Any]]  # a number for each pixel


class Chance:
    """A source of draws for one part of one picture.

    It uses nothing but the raw 64-bit output of PCG64, a stream that NEP 19 promises not to change. Each part of a
    picture (the scene, the animal) has a stream of its own, so that none tells anything about another.

    Examples
    --------
    >>> Chance(0, 5).uniform(1, 2) == Chance(0, 5).uniform(1, 2)
    True

    Parameters
    ----------
    seed : int
        The seed of the whole set.
    *place : int
        Which picture, and which part of it.
    """

    def __init__(self, seed: int, *place: int) -> None:
        self._bits = np.random.PCG64(np.random.SeedSequence(seed, spawn_key=place))

    def fractions(self, *shape: int) -> NDArray[np.float64]:
        """Return independent numbers, uniform in [0, 1)."""
        raw = self._bits.random_raw(math.prod(shape))
        return np.asarray((raw >> np.uint64(11)) * 2.0**-53, np.float64).reshape(shape)

    def uniform(self, low: float, high: float) -> float:
        """Return one number, uniform in [low, high)."""
        return low + (high - low) * self._fraction()

    def around(self, centre: float, spread: float) -> float:
        """Return one number within `spread` of `centre`, likelier near it (the sum of two uniform ones)."""
        return centre + spread * (self._fraction() + self._fraction() - 1)

    def happens(self, probability: float) -> bool:
        """Return True with this probability."""
        return self.uniform(0, 1) < probability

    def pick(self, choices: Sequence[Choice]) -> Choice:
        """Return one of several, all equally likely."""
        return choices[int(self.uniform(0, len(choices)))]

    def weighted(self, weights: Mapping[Choice, float]) -> Choice:
        """Return one of several with the given weights."""
        left = self.uniform(0, sum(weights.values()))
        for choice, weight in weights.items():
            left -= weight
            if left < 0:
                return choice
        return choice  # a rounding error past the last

    def noise(self, height: int, width: int, cell: float, cell_across: float | None = None) -> Field:
        """Return smooth noise of about −1 to 1, shape (height, width).

        Random values on a coarse grid are joined by cubics.

        Parameters
        ----------
        height, width : int
            Shape, in pixels.
        cell, cell_across : float
            Distance of the grid's points down and across, in pixels; `cell_across` is `cell` if not given.
        """
        rows = max(2, round(height / max(cell, 1)) + 1)
        columns = max(2, round(width / max(cell_across or cell, 1)) + 1)
        return np.asarray(Image.fromarray(self._grid(rows, columns)).resize((width, height), Image.Resampling.BICUBIC))

    def strokes(self, height: int, width: int, length: float, breadth: float, degrees: float) -> Field:
        """Return noise of about −1 to 1 made of strokes, shape (height, width).

        Parameters
        ----------
        height, width : int
            Shape, in pixels.
        length, breadth : float
            Of a stroke, in pixels.
        degrees : float
            How far the strokes are turned from upright.
        """
        cos, sin = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
        across, down = abs(cos) * width + abs(sin) * height, abs(sin) * width + abs(cos) * height
        grid = self._grid(int(down / length) + 3, int(across / breadth) + 3)
        middle = (grid.shape[1] / 2, grid.shape[0] / 2)
        to_grid = (cos / breadth, sin / breadth, 0, -sin / length, cos / length, 0)
        shift = (width / 2, height / 2)
        right = middle[0] - to_grid[0] * shift[0] - to_grid[1] * shift[1]
        below = middle[1] - to_grid[3] * shift[0] - to_grid[4] * shift[1]
        matrix = (*to_grid[:2], right, *to_grid[3:5], below)
        turned = Image.fromarray(grid).transform(
            (width, height), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR
        )
        return np.asarray(turned)

    def grain(self, *shape: int) -> Field:
        """Return nearly normal noise of variance 1/3: the sum of four uniform numbers, less their mean."""
        raw = self._bits.random_raw(math.prod(shape))
        return (
            (raw.view(np.uint16).reshape(-1, 4).sum(axis=1, dtype=np.uint32) / np.float32(2**16) - 2)
            .astype(np.float32)
            .reshape(shape)
        )

    def _fraction(self) -> float:
        return (int(self._bits.random_raw()) >> 11) * 2.0**-53

    def _grid(self, rows: int, columns: int) -> Field:
        return (2 * self.fractions(rows, columns) - 1).astype(np.float32)
