"""The numbers of chapter 5b that the reader works out with a pencil."""

import numpy as np

from labkit import ops
from labkit.course.pencils import Pencil

IMAGE = np.array([[1, 2, 0], [0, 1, 3], [2, 0, 1]])
KERNEL = np.array([[1, -1], [2, 0]])
ERROR = np.array([[1, 0], [-1, 2]])
CHANCES = np.array([0.2, 0.7, 0.1])


def third_step(momentum: float = 0.9, rate: float = 0.02) -> float:
    """The weight after a third step on the parabola (2w − 6)², as the chapter's table goes on."""
    weight, velocity = 1.8768, 0.5568
    return weight + momentum * velocity - rate * (8 * weight - 24)


PENCILS = (
    Pencil(
        id="05b-weight",
        question="What is the slope of the loss over the kernel's bottom left weight?",
        key=lambda: ops.correlate2d(IMAGE, ERROR)[1, 0],
        mistakes={
            "You turned the error round before you laid it on the image.": lambda: ops.convolve2d(IMAGE, ERROR)[1, 0],
            "One of the errors is below 0.": lambda: ops.correlate2d(IMAGE, abs(ERROR))[1, 0],
            "That is another weight: the bottom left one met the window at the bottom left.": lambda: ops.correlate2d(
                IMAGE, ERROR
            )[1, 1],
        },
        because="Right: it should become larger.",
    ),
    Pencil(
        id="05b-pixel",
        question="And the slope of the loss over the pixel at the left of the middle row?",
        key=lambda: ops.transposed2d(ERROR, KERNEL)[1, 0],
        mistakes={
            "Two outputs saw it: the bottom left one, too.": lambda: KERNEL[1, 0] * ERROR[0, 0],
            "Two outputs saw it: the top left one, too.": lambda: KERNEL[0, 0] * ERROR[1, 0],
            "One of the two errors is below 0.": lambda: ops.transposed2d(abs(ERROR), KERNEL)[1, 0],
        },
        because="Right: two outputs saw it, with two weights.",
    ),
    Pencil(
        id="05b-logit",
        question="Probabilities of 0.2, 0.7 and 0.1, and the third class is right. What is the error of its logit?",
        key=lambda: CHANCES[2] - 1,
        decimals=1,
        mistakes={
            "At the right class something is taken off.": lambda: CHANCES[2],
            "The sign: the loss falls when this logit grows.": lambda: 1 - CHANCES[2],
            "That is the slope over the probability, −1/p: go on through softmax.": lambda: -1 / CHANCES[2],
        },
        because="Right: it is far off, and asked to grow the most.",
    ),
    Pencil(
        id="05b-third-step",
        question="The third step with momentum begins at w = 1.8768, with v = 0.5568. Where does it end?",
        key=third_step,
        decimals=2,
        mistakes={
            "That is plain gradient descent: the velocity is missing.": lambda: third_step(momentum=0),
            "You kept all of the velocity.": lambda: third_step(momentum=1),
            "That is the new velocity: the weight moves by it.": lambda: third_step() - 1.8768,
            "The sign of the slope: it is below 0 here, so the step goes to the right.": lambda: third_step(rate=-0.02),
        },
        because="Right: plain descent would be far behind.",
    ),
)
