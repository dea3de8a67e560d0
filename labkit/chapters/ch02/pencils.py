"""The numbers of chapter 2 that the reader works out with a pencil."""

import numpy as np

from labkit import ops
from labkit.course.pencils import Pencil

SIGNAL, FLIPPED = np.array([1, 2, 4, 8]), np.array([2, 1, 0])
EXAMPLE = np.array(
    [
        [1, 2, 3, 1, 3, 5],
        [2, 2, 5, 4, 2, 5],
        [0, 6, 9, 6, 2, 2],
        [2, 0, 1, 9, 4, 0],
        [5, 5, 4, 6, 7, 6],
        [6, 1, 3, 7, 1, 5],
    ]
)
EDGES = np.array([[1, 0, -1]] * 3)
THREE = np.array([3, 1, 2])


PENCILS = (
    Pencil(
        id="02-positions",
        question="A kernel of 5 weights slides along a signal of 20 numbers. At how many positions does it fit?",
        key=lambda: len(np.correlate(np.zeros(20), np.ones(5))),
        mistakes={
            "You counted the steps: the position where it began counts too.": lambda: 20 - 5,
            "At the last of these it would hang over the end.": lambda: 20,
            "You laid the windows side by side: the kernel moves on by one number, and windows overlap.": lambda: (
                20 // 5
            ),
        },
        because="Right: one more than the steps.",
    ),
    Pencil(
        id="02-last-window",
        question="The kernel lies on the bottom right corner of the image. What does it give there?",
        key=lambda: ops.correlate2d(EXAMPLE, EDGES)[-1, -1],
        mistakes={
            "That is the first window, at the top left.": lambda: ops.correlate2d(EXAMPLE, EDGES)[0, 0],
            "You subtracted the wrong way round: this kernel takes the left column minus the right one.": lambda: (
                -ops.correlate2d(EXAMPLE, EDGES)[-1, -1]
            ),
            "You compared rows: the weights are equal down a column, and differ along a row.": lambda: ops.correlate2d(
                EXAMPLE, EDGES.T
            )[-1, -1],
            "One off: add up both columns once more, each by itself.": lambda: (
                ops.correlate2d(EXAMPLE, EDGES)[-1, -1] - 1
            ),
        },
        because="Right. You may have done better than a published example: read on.",
    ),
    Pencil(
        id="02-flip",
        question="The kernel [2, 1, 0] is laid flipped on [1, 2, 4, 8], where all of it fits. The first number?",
        key=lambda: np.convolve(SIGNAL, FLIPPED, "valid")[0],
        mistakes={
            "You did not flip the kernel: that is the cross-correlation.": lambda: np.correlate(SIGNAL, FLIPPED)[0],
            "There the kernel still hangs over the start of the signal.": lambda: np.convolve(SIGNAL, FLIPPED)[0],
            "That is the second position.": lambda: np.convolve(SIGNAL, FLIPPED, "valid")[1],
        },
        because="Right: the weights meet the first three numbers, the last weight first.",
    ),
    Pencil(
        id="02-flat",
        question="All nine weights of a 3 × 3 kernel are 1/3. What does it give where every pixel is 20?",
        key=lambda: ops.correlate2d(np.full((3, 3), 20), np.full((3, 3), 1 / 3))[0, 0],
        mistakes={
            "That would be so if the weights added up to 1: what do they add up to?": lambda: 20,
            "You added up the pixels and left out the weights.": lambda: 9 * 20,
            "That is one product: there are nine.": lambda: 20 / 3,
        },
        because="Right: on a flat region only the sum of the weights counts.",
    ),
    Pencil(
        id="02-shifted-copy",
        question="The signal [3, 1, 2] meets its own copy, shifted by one position. What is the sum of the products?",
        key=lambda: np.correlate(THREE, THREE, "full")[1],
        mistakes={
            "That is shift 0, where each number meets itself.": lambda: THREE @ THREE,
            "That is a shift by two positions: only one pair meets there.": lambda: THREE[0] * THREE[2],
            "You let the copy go around the end: what hangs over meets nothing.": lambda: THREE @ np.roll(THREE, 1),
        },
        because="Right: two pairs meet.",
    ),
)
