"""The numbers of chapter 16 that the reader works out with a pencil."""

import math

from labkit.course.pencils import Pencil


def moving(momentum: float, before: float = 0.4, batch: float = 4) -> float:
    """A moving average after one batch more."""
    return momentum * before + (1 - momentum) * batch


PENCILS = (
    Pencil(
        id="16-slope",
        question="What comes out of a sigmoid is 0.8. How steep is the sigmoid there?",
        key=lambda: 0.8 * (1 - 0.8),
        decimals=2,
        mistakes={
            "That is its steepest slope, where one half comes out.": lambda: 0.5 * (1 - 0.5),
            "That is the second factor: the slope is a product of two.": lambda: 1 - 0.8,
            "That is what comes out: the slope is a product of two.": lambda: 0.8,
        },
        because="Right. You need not know z for it.",
    ),
    Pencil(
        id="16-he",
        question="Which standard deviation does He's rule give the weights of a 3 × 3 convolution on 32 channels?",
        key=lambda: math.sqrt(2 / (9 * 32)),
        decimals=3,
        mistakes={
            "You counted the channels alone: a window has nine positions on each.": lambda: math.sqrt(2 / 32),
            "You left out the ReLU, which takes half of the mean square away.": lambda: math.sqrt(1 / (9 * 32)),
            "That is the variance: take its root.": lambda: 2 / (9 * 32),
            "You counted one channel alone: each activation comes in.": lambda: math.sqrt(2 / 9),
        },
        because="Right: four times the channels, weights half as large.",
    ),
    Pencil(
        id="16-moving",
        question="The same batch comes once more, with the momentum of 0.9. What is the moving mean now?",
        key=lambda: moving(0.9),
        decimals=2,
        mistakes={
            "The old value keeps only a share of it, too.": lambda: 0.4 + 0.1 * 4,
            "You exchanged the shares: the old value keeps the greater one.": lambda: moving(0.1),
            "You gave both the same share.": lambda: moving(0.5),
            "The batch has its share as well.": lambda: 0.9 * 0.4,
        },
        because="Right: still far from 4. It takes many batches.",
    ),
    Pencil(
        id="16-blocks",
        question="Five residual blocks in a row, each with F′ = 0.1. What is the slope of the chain?",
        key=lambda: (1 + 0.1) ** 5,
        decimals=2,
        mistakes={
            "That is the plain chain.": lambda: 0.1**5,
            "The shortcut is one for each block: every factor has its own.": lambda: 0.1**5 + 1,
            "You added the slopes: a chain multiplies them.": lambda: 1 + 5 * 0.1,
            "You added up the five blocks: a chain multiplies.": lambda: 5 * (1 + 0.1),
        },
        because="Right: it grows a little, and does not vanish.",
    ),
)
