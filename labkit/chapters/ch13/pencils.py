"""The numbers of chapter 13 that the reader works out with a pencil."""

import numpy as np

from labkit.course.pencils import Pencil

WEIGHTS = np.array([3, -1, 5])
GRADIENT = np.array([6, 0, 8, 0])


def slope_of_the_sum(weights: np.ndarray, size: int) -> np.ndarray:
    """How much each pixel of a line counts in the sum over all positions."""
    return np.convolve(np.ones(size - len(weights) + 1, int), weights)


def byte(deviations: float, spread: float = 0.1) -> float:
    """A pixel so many deviations above the mean, made to be looked at."""
    return 255 * min(0.5 + spread * deviations, 1)


PENCILS = (
    Pencil(
        id="13-slope",
        question="The kernel (3, −1, 5) goes over the pixels 0 to 4, stride 1. How much does pixel 1 count in the sum?",
        key=lambda: slope_of_the_sum(WEIGHTS, 5)[1],
        mistakes={
            "That is a pixel far from the edges: pixel 1 lies under two positions only.": lambda: WEIGHTS.sum(),
            "That is position 0 alone: position 1 reaches this pixel, too.": lambda: WEIGHTS[1],
            "You took the kernel flipped: at position 1 the pixel meets the first weight.": lambda: slope_of_the_sum(
                WEIGHTS[::-1], 5
            )[1],
        },
        because="Right: the second weight from position 0, the first from position 1.",
    ),
    Pencil(
        id="13-step",
        question="A gradient has the values 6, 0, 8, 0. What is added to the third pixel?",
        key=lambda: GRADIENT[2] / np.sqrt((GRADIENT**2).mean()),
        decimals=2,
        mistakes={
            "You took the root of the sum of the squares: take the root of their mean.": lambda: (
                GRADIENT[2] / np.linalg.norm(GRADIENT)
            ),
            "You divided by the mean square: take its root.": lambda: GRADIENT[2] / (GRADIENT**2).mean(),
            "You divided by the mean of the values: square them first.": lambda: GRADIENT[2] / GRADIENT.mean(),
            "Zeros count in the mean, too: there are four values.": lambda: (
                GRADIENT[2] / np.sqrt((GRADIENT**2).sum() / 2)
            ),
        },
        because="Right: the step as a whole has a root mean square of 1.",
    ),
    Pencil(
        id="13-byte",
        question="An image has the mean 100 and the deviation 40. Which byte does a pixel of 120 become?",
        key=lambda: np.floor(byte((120 - 100) / 40)),
        mistakes={
            "A deviation above the mean is 0.1 more, not 1.": lambda: byte((120 - 100) / 40, spread=1),
            "The pixel is above the mean, so it is brighter than the middle.": lambda: np.floor(byte((100 - 120) / 40)),
            "That is a whole deviation above the mean: this pixel is half a one.": lambda: np.floor(byte(1)),
            "That is still a share, from 0 to 1: a byte is 255 times as much.": lambda: byte((120 - 100) / 40) / 255,
        },
        because="Right: a twentieth above the middle.",
    ),
    Pencil(
        id="13-sheet",
        question="Twelve images of 96 × 96, six in a row, with margins of 4 between them: how high is the sheet?",
        key=lambda: 2 * 96 + 1 * 4,
        mistakes={
            "That is how wide it is.": lambda: 6 * 96 + 5 * 4,
            "There is no margin below the last row: it lies between rows.": lambda: 2 * (96 + 4),
            "You left out the margin.": lambda: 2 * 96,
        },
        because="Right: two rows, and one margin between them.",
    ),
)
