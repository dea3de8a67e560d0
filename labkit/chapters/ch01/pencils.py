"""The numbers of chapter 1 that the reader works out with a pencil."""

import numpy as np

from labkit.calculators import layers, parameters
from labkit.course.pencils import Pencil

LINE, WEIGHTS = np.array([1, 2, 4, 8, 16, 32]), np.array([1, 2, 3])
PIXEL = np.array([100, 200, 50])  # red, green, blue
OF_EYES = np.array([0.299, 0.587, 0.114])


def outputs(size: int, window: int) -> int:
    """Positions of a square window on a square image."""
    return (size - window + 1) ** 2


PENCILS = (
    Pencil(
        id="01-grey",
        question="A pixel is 100 red, 200 green and 50 blue. How grey is it by the weights 0.299, 0.587, 0.114?",
        key=lambda: PIXEL @ OF_EYES,
        decimals=1,
        mistakes={
            "That is the plain mean: here green counts most, and blue least.": lambda: PIXEL.mean(),
            "You read the pixel as blue, green, red: mind the order of the channels.": lambda: PIXEL[::-1] @ OF_EYES,
        },
        because="Right: the three weights add up to 1, and green has the largest.",
    ),
    Pencil(
        id="01-wrap",
        question="By hand: what is 150 + 170 in numbers of eight bits, uint8?",
        key=lambda: (np.array([150], np.uint8) + np.array([170], np.uint8))[0],
        mistakes={
            "Eight bits hold no number as large as this sum: the count starts again at 0.": lambda: 150 + 170,
            "The sum does not stop at the greatest number: it goes on from 0.": lambda: np.iinfo(np.uint8).max,
            "You took off 255: with 0, eight bits have 256 states.": lambda: (150 + 170) % 255,
        },
        because="Right: the sum less 256.",
    ),
    Pencil(
        id="01-dense",
        question="A dense neuron looks at a colour image of 64 × 48 pixels. How many weights has it, without a bias?",
        key=lambda: parameters(layers.Dense(1, use_bias=False), (64 * 48 * 3,)),
        mistakes={
            "Each pixel has three channels, and each channel a weight.": lambda: 64 * 48,
            "You added height and width: a neuron has a weight for every pixel, not for every side.": lambda: (
                (64 + 48) * 3
            ),
            "You counted a bias, too.": lambda: 64 * 48 * 3 + 1,
        },
        because="Right: height times width times channels.",
    ),
    Pencil(
        id="01-line",
        question="The kernel 1, 2, 3 slides along 1, 2, 4, 8, 16, 32. Its first output is 17. What is the second?",
        key=lambda: np.correlate(LINE, WEIGHTS)[1],
        mistakes={
            "You laid the kernel on backwards: its first weight meets the first number of the window.": lambda: (
                np.convolve(LINE, WEIGHTS, "valid")[1]
            ),
            "You moved by a whole window: the next one begins one position further on.": lambda: np.correlate(
                LINE, WEIGHTS
            )[3],
            "You added up the window and left out the weights.": lambda: LINE[1:4].sum(),
        },
        because="Right: twice the first one, as the whole line has doubled.",
    ),
    Pencil(
        id="01-local",
        question="Windows of 5 × 5 on a grey image of 28 × 28; each output has weights of its own. How many weights?",
        key=lambda: outputs(28, 5) * 5**2,
        mistakes={
            "That is the convolution: there all outputs share one window of weights.": lambda: 5**2,
            "You took an output for every pixel: near the edge no window fits.": lambda: 28**2 * 5**2,
            "That is the dense layer, whose outputs see all pixels: here each sees its window.": lambda: (
                outputs(28, 5) * 28**2
            ),
            "You counted one position too few along each side: the first counts too.": lambda: (28 - 5) ** 2 * 5**2,
        },
        because="Right: as many windows as fit, with their own weights each.",
    ),
)
