"""Quiz of chapter 2b, what kernels find."""

import numpy as np

from labkit import ops
from labkit.chapters.ch02b.exercises import SOBEL_X
from labkit.course.quiz import Question


def _sobel_on_a_ramp():
    ramp = np.tile(np.arange(0, 30, 5), (3, 1))
    return int(abs(ops.convolve2d(ramp, SOBEL_X)[0, 0]))


def _least_shift_with_stride_4():
    """The smallest shift of the input that moves the map of a convolution with stride 4 as a whole."""
    random = np.random.default_rng(0)
    line, kernel = random.integers(1, 100, 64), np.array([1, 2, -1])
    before = ops.correlate1d(line, kernel, stride=4)
    for shift in range(1, 16):
        after = ops.correlate1d(np.roll(line, shift), kernel, stride=4)
        if any(np.array_equal(after[5:], before[5 - step : len(before) - step]) for step in range(5)):
            return shift
    raise AssertionError("no shift of up to 15 moves the map")


def _what_stays():
    """Which of the two machines gives the same numbers when its input moves."""
    random = np.random.default_rng(0)
    image, kernel = np.zeros((12, 12)), random.normal(size=(3, 3))
    image[4:8, 3:7] = random.normal(size=(4, 4))
    before, after = ops.correlate2d(image, kernel), ops.correlate2d(np.roll(image, 2, axis=1), kernel)
    names = []
    if np.allclose(before, after):
        names.append("the feature map")
    if np.isclose(before.max(), after.max()):
        names.append("the greatest number of the feature map")
    return " and ".join(names)


QUIZ = [
    Question(
        text="An image gets brighter by 5 from each pixel to the next on its right. What is the size of the Sobel x "
        "response?",
        key=_sobel_on_a_ramp,
        distractors={
            5: "That is the slope itself. The kernel compares pixels two apart, and counts that difference 1 + 2 + 1 times.",
            10: "That is the difference of two pixels two apart; the kernel takes 1 + 2 + 1 of such differences.",
            20: "The weights 1 + 2 + 1 make 4, but left and right are two pixels apart, not one.",
        },
        because="Left and right differ by 2 · 5 = 10, and the weights 1 + 2 + 1 count that four times: eight times the slope.",
    ),
    Question(
        text="What is the first number, at frequency 0, of the Fourier transform of an edge kernel such as "
        "[1, −1, 0, 0]?",
        key=lambda: round(np.fft.fft([1, -1, 0, 0])[0].real),
        distractors={
            1: "That is the first weight. At frequency 0 all weights are added.",
            2: "That is the number at the highest frequency, where the signs alternate: 1 − (−1).",
            4: "That is how many numbers there are.",
        },
        because="At frequency 0 the transform adds all weights up, 1 − 1. So an edge kernel removes what is constant.",
    ),
    Question(
        text="A kernel grows from 15 × 15 to 30 × 30. How many times as many multiplications does each output number "
        "take, if the kernel slides?",
        key=lambda: 30**2 // 15**2,
        distractors={
            1: "So it is with the transform, whose cost hardly depends on the kernel's size. Sliding pays for every weight.",
            2: "Height and width both double.",
            15: "Count the weights: 225 before, 900 after.",
        },
        because="900 weights instead of 225. Through the transform, the cost stays nearly the same.",
    ),
    Question(
        text="A convolution has stride 4. What is the smallest shift of the input, in pixels, that shifts its map without "
        "changing it otherwise?",
        key=_least_shift_with_stride_4,
        distractors={
            1: "So it is with stride 1. With stride 4, the kernel then looks at positions that it left out before.",
            2: "The kernel then still looks at positions that it left out before.",
            8: "That works as well, but a smaller one will do.",
        },
        because="After 4 pixels the kernel stands on the same numbers again, one position of the map further.",
    ),
    Question(
        text="An image of an animal on a black ground moves by two pixels, and stays whole. What does not change at all?",
        key=_what_stays,
        distractors={
            "the feature map": "The map moves along: that is equivariance.",
            "the position of the greatest number in the feature map": "The position moves along with the animal.",
            "nothing": "One thing forgets the position altogether.",
        },
        because="Pooling over all positions forgets where, and so makes an invariant number out of an equivariant map.",
    ),
]
