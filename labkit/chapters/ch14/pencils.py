"""The numbers of chapter 14 that the reader works out with a pencil."""

from itertools import pairwise

import numpy as np

from labkit.course.pencils import Pencil

MAPS = np.stack([[[4, 0], [0, 0]], [[0, 2], [0, 2]]], axis=-1)
ANOTHER = MAPS @ [1, 2]
AT_ONE, GRADIENTS = np.array([3, 4]), np.array([-2, 1])
CURVE = [1, 0.8, 0.2]


def area(heights: list[float]) -> float:
    """The area under a curve of straight lines, from 0 to 1."""
    return float(np.mean([(one + next_one) / 2 for one, next_one in pairwise(heights)]))


PENCILS = (
    Pencil(
        id="14-score",
        question="Another class has the weights 1 and 2 on the same two maps. What is its score?",
        key=lambda: ANOTHER.mean(),
        mistakes={
            "That is the sum over the positions: the score is the mean.": lambda: ANOTHER.sum(),
            "That is the peak of its map.": lambda: ANOTHER.max(),
            "That is the second map's part: add the first one's.": lambda: 2 * MAPS[..., 1].mean(),
        },
        because="Right, and at three positions of four its map is equally strong.",
    ),
    Pencil(
        id="14-gradient",
        question="A class has the weight 9.8 for a map of 7 × 7. The derivative of its score by one activation of it?",
        key=lambda: 9.8 / 7**2,
        decimals=2,
        mistakes={
            "That is the weight: the mean shares it among all positions.": lambda: 9.8,
            "You divided by one side of the map: count all positions.": lambda: 9.8 / 7,
            "The number of positions divides: one activation moves the mean by little.": lambda: 9.8 * 7**2,
        },
        because="Right: the weight, divided by 49.",
    ),
    Pencil(
        id="14-cut",
        question="At one position two maps have 3 and 4; their weights α are −2 and 1. What is Grad-CAM's L there?",
        key=lambda: max(AT_ONE @ GRADIENTS, 0),
        mistakes={
            "That is the sum before ReLU.": lambda: AT_ONE @ GRADIENTS,
            "You cut off each map by itself: ReLU comes after the sum.": lambda: np.maximum(
                AT_ONE * GRADIENTS, 0
            ).sum(),
            "The sign of the first weight: that map speaks against the class.": lambda: AT_ONE @ abs(GRADIENTS),
        },
        because="Right: more speaks against the class there than for it.",
    ),
    Pencil(
        id="14-deletion",
        question="And the area for probabilities of 1, 0.8 and 0.2, after none, half and all of the pixels?",
        key=lambda: area(CURVE),
        decimals=2,
        mistakes={
            "That is the mean of the three: the ends count half.": lambda: float(np.mean(CURVE)),
            "You took the value at the left of each half: take the mean of both ends.": lambda: sum(CURVE[:-1]) / 2,
            "You took the value at the right of each half: take the mean of both ends.": lambda: sum(CURVE[1:]) / 2,
            "Each part is half as wide as that: half of the pixels.": lambda: 2 * area(CURVE),
        },
        because="Right: the area is larger than in the example, so this map is the worse one in deletion.",
    ),
)
