"""What it costs to choose by the test images: the best of several looks better than it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, eq=False)
class Selection:
    """What choosing the best of several networks does to its figure.

    Attributes
    ----------
    reported : ndarray of float, shape (draws,)
        In each draw the accuracy of the chosen network on the images that chose it.
    fresh : ndarray of float, shape (draws,)
        Its accuracy on the other images, which chose nothing.
    """

    reported: NDArray[np.float64]
    fresh: NDArray[np.float64]

    @property
    def optimism(self) -> float:
        """By how much the reported accuracy is too high on average."""
        return float((self.reported - self.fresh).mean())

    def __str__(self) -> str:
        return (
            f"reported {self.reported.mean():.4f}, on fresh images {self.fresh.mean():.4f}: "
            f"too high by {self.optimism:.4f} on average of {len(self.reported):,} draws"
        )


def choose_on_half(is_right: ArrayLike, draws: int = 1000, seed: int = 0) -> Selection:
    """Choose the best of several networks on half of the images, and look at it on the other half; many times.

    >>> coins = np.random.default_rng(0).integers(0, 2, (20, 400))  # twenty networks that guess
    >>> choice = choose_on_half(coins)
    >>> bool(choice.reported.mean() > 0.55), bool(abs(choice.fresh.mean() - 0.5) < 0.02)
    (True, True)

    Parameters
    ----------
    is_right : array_like of bool, shape (networks, images)
        Whether each network is right about each image; at least two images.
    draws : int
        How often the images are divided anew, at random.
    seed : int
        Seeds the draws.

    Raises
    ------
    ValueError
        If `is_right` does not have two axes with at least one network and two images, or `draws` is below 1.
    """
    right = np.asarray(is_right, bool)
    if right.ndim != 2 or right.shape[0] < 1 or right.shape[1] < 2:
        raise ValueError(f"is_right has shape {right.shape}; allowed is (networks, images), with 2 images or more")
    if draws < 1:
        raise ValueError(f"draws is {draws!r}; allowed is a whole number of at least 1")
    rng = np.random.default_rng(seed)
    half = right.shape[1] // 2
    reported, fresh = np.empty(draws), np.empty(draws)
    for draw in range(draws):
        order = rng.permutation(right.shape[1])
        chooses = right[:, order[:half]].mean(axis=1)
        best = int(chooses.argmax())
        reported[draw] = chooses[best]
        fresh[draw] = right[best, order[half:]].mean()
    return Selection(reported, fresh)
