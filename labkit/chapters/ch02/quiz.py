"""Quiz of chapter 2, convolution."""

import numpy as np

from labkit import ops
from labkit.course.quiz import Question


def _laplacian_on(value):
    return int(ops.correlate2d([[value] * 3] * 3, [[0, 1, 0], [1, -4, 1], [0, 1, 0]])[0, 0])


QUIZ = [
    Question(
        text="A kernel of width 5 slides over an image 28 pixels wide, without padding. How wide is the output?",
        key=lambda: ops.correlate2d(np.zeros((28, 28)), np.zeros((5, 5))).shape[1],
        distractors={
            28: "That would need padding: near the edge, the kernel would hang over.",
            23: "Nearly. 28 − 5 is the last position where it can start, but the first position is 0, so there is one more.",
            5: "That is the kernel.",
        },
        because="28 − 5 + 1: the kernel can start at 0, 1, …, 23.",
    ),
    Question(
        text="What does the kernel [1, 0, −1] give on the signal 1, 2, 4, 8 at its first position, by cross-correlation?",
        key=lambda: int(ops.correlate1d([1, 2, 4, 8], [1, 0, -1])[0]),
        distractors={
            3: "This is what convolution gives: it flips the kernel first.",
            5: "You added 1 and 4; the last weight is −1.",
            -1: "The weights do not face neighbours: the middle weight is 0, so it is 1 − 4.",
        },
        because="1·1 + 0·2 + (−1)·4 = −3.",
    ),
    Question(
        text="The weights of the Laplacian [[0, 1, 0], [1, −4, 1], [0, 1, 0]] add up to 0. What does it give where all "
        "pixels are 200?",
        key=lambda: _laplacian_on(200),
        distractors={
            200: "That would be a kernel whose weights add up to 1, such as a blur.",
            -800: "That is the middle weight alone; the four neighbours bring +800.",
            255: "Nothing is brightest here: there is no edge in a flat image.",
        },
        because="4·200 − 4·200. A flat region has no edges.",
    ),
    Question(
        text="All nine weights of a 3×3 kernel are 1/9. The window under it is 0 but for one pixel of 90. What comes out?",
        key=lambda: round(float(ops.correlate2d([[0, 0, 0], [0, 90, 0], [0, 0, 0]], np.full((3, 3), 1 / 9))[0, 0])),
        distractors={
            90: "That would be the identity, with a single weight of 1.",
            0: "The window is not all 0, and no weight is negative to cancel the 90.",
            810: "The weights are 1/9, not 9: they add up to 1, so a flat image keeps its brightness.",
        },
        because="90 · 1/9. Each pixel becomes the mean of its neighbourhood: the image is blurred.",
    ),
]
