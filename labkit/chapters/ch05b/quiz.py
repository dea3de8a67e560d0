"""Quiz of chapter 5b, backpropagation through a convolution."""

import numpy as np

from labkit import ops
from labkit.course.quiz import Question


def _one_weight():
    return int(ops.correlate2d([[5, 1, 2]], [[1, -1]])[0, 1])


def _one_pixel():
    return int(ops.transposed2d([[2, 3]], [[1, 4]])[0, 1])


def _side_of_the_gradient():
    error = np.ones((26, 26))
    return len(ops.transposed2d(error, np.ones((3, 3))))


def _third_step():
    velocity = 0.0
    for _ in range(3):
        velocity = 0.5 * velocity - 0.1 * -4.0
    return round(velocity, 2)


QUIZ = [
    Question(
        text="An image of one row, 5, 1, 2, meets a kernel of two weights; the errors of its two outputs are 1 and −1. What is "
        "the gradient of the second weight?",
        key=_one_weight,
        distractors={
            4: "That is the gradient of the first weight: 5 · 1 − 1 · 1.",
            1: "The wrong sign. The second weight met 1, with error 1, and 2, with error −1.",
            3: "The errors have signs: 1 · 1 and 2 · (−1), not 1 + 2.",
        },
        because="It met 1 and 2: 1 · 1 + 2 · (−1) = −1.",
    ),
    Question(
        text="A kernel with the weights 1 and 4 has met a row of three pixels; the errors of the two outputs are 2 and 3. What is "
        "the gradient of the pixel in the middle?",
        key=_one_pixel,
        distractors={
            14: "The kernel has been flipped: 2 · 1 + 3 · 4. In the first output the middle pixel met the 4.",
            5: "Each error goes back times the weight that the pixel met.",
            8: "The second output has seen it too: 3 · 1 is missing.",
        },
        because="In the first output it met 4, in the second 1: 2 · 4 + 3 · 1 = 11.",
    ),
    Question(
        text="A layer with kernels of 3 × 3 and no padding made maps of 26 × 26. How many rows has the gradient with respect to "
        "its input?",
        key=_side_of_the_gradient,
        distractors={
            24: "That is what another convolution without padding would give. Going back, the stamps reach beyond.",
            26: "That is the size of the error. The stamps of the kernel reach two pixels further.",
            3: "So many has the gradient with respect to a kernel.",
        },
        because="A gradient has the shape of what it belongs to: 26 + 3 − 1.",
    ),
    Question(
        text="The gradient stays at −4, the learning rate is 0.1, the momentum 0.5. The velocity begins at 0. What is it after three "
        "steps?",
        key=_third_step,
        distractors={
            0.4: "That is the velocity after the first step, and all that plain gradient descent ever has.",
            1.2: "The old velocity fades: only half of it is carried over.",
            0.6: "That is after two steps: 0.5 · 0.4 + 0.4.",
        },
        because="0.4, then 0.6, then 0.5 · 0.6 + 0.4 = 0.7. It comes ever nearer to 0.8.",
    ),
]
