"""The numbers of chapter 17 that the reader works out with a pencil."""

import numpy as np

from labkit import ops
from labkit.calculators import layers, macs
from labkit.course.pencils import Pencil

WEIGHTS = np.array([-0.3, 2, 0.9, -4, 0.1, 1.5])
NUMBERS = np.array([-2, 1, 3.1])


def left(kernel: int, filters: int) -> float:
    """The share of the multiply-adds that a separable layer has left, in per cent."""
    maps = (28, 28, 4)
    one, two = (
        macs(layer(filters, kernel, padding="same", use_bias=False), maps)
        for layer in (layers.SeparableConv2D, layers.Conv2D)
    )
    return 100 * one / two


def kept(weights: np.ndarray, order: np.ndarray) -> float:
    """The sum of what stays if the first half in this order goes."""
    return float(weights[order[len(weights) // 2 :]].sum())


PENCILS = (
    Pencil(
        id="17-share",
        question="A 3 × 3 convolution with 16 filters is taken apart. Which share of its MACs is left, in per cent?",
        key=lambda: left(3, 16),
        mistakes={
            "You left out the depthwise step, 1/N.": lambda: 100 / 9,
            "You left out the pointwise step, 1/k².": lambda: 100 / 16,
            "The two shares are added, not their denominators.": lambda: 100 / (16 + 9),
        },
        because="Right: a sixteenth and a ninth.",
    ),
    Pencil(
        id="17-prune",
        question="Of the weights −0.3, 2, 0.9, −4, 0.1, 1.5 half go, by magnitude. What do those that stay add up to?",
        key=lambda: kept(WEIGHTS, np.argsort(np.abs(WEIGHTS))),
        decimals=1,
        mistakes={
            "You ranked by value: −4 is the weight of the greatest magnitude.": lambda: kept(
                WEIGHTS, np.argsort(WEIGHTS)
            ),
            "You kept the small ones: those go.": lambda: kept(WEIGHTS, np.argsort(-np.abs(WEIGHTS))),
            "Those that stay keep their signs.": lambda: kept(np.abs(WEIGHTS), np.argsort(np.abs(WEIGHTS))),
        },
        because="Right: the signs stay, only the ranking looks at magnitudes.",
    ),
    Pencil(
        id="17-code",
        question="Eight bits for real numbers from −2 to 3.1, so the scale is 0.02. Which integer stands for 1?",
        key=lambda: ops.quantize_array(NUMBERS).values[1],
        mistakes={
            "Those are steps from zero: zero itself has an integer, the zero point.": lambda: 1 / 0.02,
            "The sign of the zero point: −2 shall become the least integer.": lambda: 1 / 0.02 + 28,
            "You began to count at −128 as if that stood for 0: it stands for −2.": lambda: -128 + 1 / 0.02,
            "You began to count at 0: the least integer is −128.": lambda: (1 + 2) / 0.02,
        },
        because="Right: 150 steps above the least.",
    ),
    Pencil(
        id="17-half-step",
        question="Three bits for numbers from −1 to 2.5: by how much can rounding move a number at most?",
        key=lambda: ops.quantize_array(np.array([-1, 2.5]), bits=3).scale / 2,
        decimals=2,
        mistakes={
            "That is a whole step: a number goes to the nearer end of its step.": lambda: 3.5 / 7,
            "Eight integers have seven steps between them.": lambda: 3.5 / 8 / 2,
            "Three bits make eight integers, not three.": lambda: 3.5 / 2 / 2,
        },
        because="Right: half a step.",
    ),
)
