"""The numbers of chapter 5 that the reader works out with a pencil."""

import math

import numpy as np

from labkit.course.pencils import Pencil

CHANCES = np.array([0.7, 0.2, 0.1])


def stepped(rate: float, slope: float, weight: float = 1) -> float:
    """The weight after one step of gradient descent."""
    return weight - rate * slope


PENCILS = (
    Pencil(
        id="05-loss",
        question="Three classes get the probabilities 0.7, 0.2 and 0.1. The second is right. What is the loss?",
        key=lambda: -np.log(CHANCES[1]),
        decimals=2,
        mistakes={
            "You took the class with the highest probability: what counts is that of the right one.": lambda: (
                -np.log(CHANCES[0])
            ),
            "That is what the probability lacks: take its logarithm.": lambda: 1 - CHANCES[1],
            "That is the logarithm to the base of 10: take the natural one, ln.": lambda: -np.log10(CHANCES[1]),
            "The minus is missing: a loss is not below 0.": lambda: np.log(CHANCES[1]),
        },
        because="Right: more than guessing among three would cost.",
    ),
    Pencil(
        id="05-step",
        question="Start with w = 1 again; x = 3, y = 6, and the learning rate is 0.05. Where does one step lead?",
        key=lambda: stepped(0.05, 2 * 3 * (3 - 6)),
        decimals=2,
        mistakes={
            "That is uphill: go against the slope.": lambda: stepped(0.05, -2 * 3 * (3 - 6)),
            "The slope lacks its factor x.": lambda: stepped(0.05, 2 * (3 - 6)),
            "The slope of a square has a factor of two.": lambda: stepped(0.05, 3 * (3 - 6)),
            "You went by the whole slope: the learning rate scales it.": lambda: stepped(1, 2 * 3 * (3 - 6)),
        },
        because="Right: nearly at 2, where the loss is 0.",
    ),
    Pencil(
        id="05-rate",
        question="At w = 1 the slope was −16. Which learning rate leads to the lowest point, 3, in one step?",
        key=lambda: (3 - 1) / 16,
        decimals=3,
        mistakes={
            "That leads to the other side, as high as before.": lambda: 2 * (3 - 1) / 16,
            "You divided the wrong way round: rate times slope is the way to go.": lambda: 16 / (3 - 1),
            "The way from 1 to 3 is shorter than 3.": lambda: 3 / 16,
        },
        because="Right. On a parabola it is the same from everywhere; a network's loss is no parabola.",
    ),
    Pencil(
        id="05-steps",
        question="1,000 images in batches of 64: how many steps do three epochs take?",
        key=lambda: 3 * math.ceil(1000 / 64),
        mistakes={
            "You left out the last, smaller batch of each epoch.": lambda: 3 * (1000 // 64),
            "You let the batches run on from one epoch to the next: each epoch ends with a smaller batch of its own.": (
                lambda: math.ceil(3 * 1000 / 64)
            ),
            "That is one epoch.": lambda: math.ceil(1000 / 64),
        },
        because="Right: rounded up in each epoch.",
    ),
)
