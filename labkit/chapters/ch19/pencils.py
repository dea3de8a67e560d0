"""The numbers of chapter 19 that the reader works out with a pencil."""

import math

from labkit.course.pencils import Pencil

SAID = (12, 16, 20, 8)  # left, up, right, down of the place (40, 24)
SIZE, STRIDES = 192, (8, 16, 32)


def focal(p: float, gamma: float = 2.0) -> float:
    """The focal loss of an empty place at which something is said to be with probability p."""
    return -(p**gamma) * math.log(1 - p)


def places(size: int, strides: tuple[int, ...] = STRIDES) -> int:
    """Places of all maps of a square image."""
    return sum((size // stride) ** 2 for stride in strides)


PENCILS = (
    Pencil(
        id="19-decode",
        question="The place (40, 24) says: 12 left, 16 up, 20 right, 8 down. How many pixels has its box?",
        key=lambda: (SAID[0] + SAID[2]) * (SAID[1] + SAID[3]),
        mistakes={
            "That is the width plus the height: multiply.": lambda: 32 + 24,
            "You multiplied left by up. The box reaches to the right and down as well.": lambda: 12 * 16,
            "You multiplied right by down. The box reaches to the left and up as well.": lambda: 20 * 8,
            "You added up the wrong pairs: width is left plus right, height is up plus down.": lambda: 28 * 28,
            "Distances are not corners: the width is left plus right.": lambda: 8 * 8,
        },
        because="Right: the box (28, 8, 60, 32) is 32 wide and 24 high.",
    ),
    Pencil(
        id="19-places",
        question="An image of 192 × 192 pixels: how many places have the maps of stride 8, 16 and 32 together?",
        key=lambda: places(SIZE),
        mistakes={
            "That is the map of stride 8 alone. The other two have places as well.": lambda: 24**2,
            "A map is as high as it is wide: square 24, 12 and 6 before you add.": lambda: 24 + 12 + 6,
            "You took one map of stride 16, three times.": lambda: 3 * 12**2,
            "One map is missing, that of stride 8.": lambda: places(SIZE, (16, 32)),
            "One map is missing, that of stride 16.": lambda: places(SIZE, (8, 32)),
            "One map is missing, that of stride 32.": lambda: places(SIZE, (8, 16)),
        },
        because="Right: 24² + 12² + 6².",
    ),
    Pencil(
        id="19-focal",
        question="At an empty place a network says p = 0.1. The cross-entropy is 0.105. What is the focal loss, γ = 2?",
        key=lambda: focal(0.1),
        decimals=5,
        mistakes={
            "The factor is p², for nothing is there: how sure it was of the wrong answer.": lambda: (
                -(0.9**2) * math.log(0.9)
            ),
            "The factor is 0.9² only at an animal. Here nothing is there: it is 0.1².": lambda: 0.9**2 * 0.105,
            "That is with γ = 1: square the 0.1.": lambda: focal(0.1, 1),
            "That is 0.1 · 0.105, with γ = 1: square the 0.1.": lambda: 0.1 * 0.105,
            "That is the factor. Multiply the cross-entropy by it.": lambda: 0.01,
            "That is the cross-entropy itself: it gets the factor 0.1².": lambda: -math.log(0.9),
            "That is the cross-entropy as it stands in the question: it gets the factor 0.1².": lambda: 0.105,
        },
        because="Right: 0.1² · 0.105, a hundredth.",
    ),
)
