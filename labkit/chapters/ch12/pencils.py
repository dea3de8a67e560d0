"""The numbers of chapter 12 that the reader works out with a pencil."""

import numpy as np

from labkit import ops
from labkit.calculators import output_size
from labkit.course.pencils import Pencil

FALL = np.array([[7, 7, 2]] * 3)
DARKER = np.array([[1, 0, -1]] * 3)
CHANNELS = np.array([[[0, 0, 4], [0, 0, 0]], [[0, 0, 0], [0, 0, 0]], [[1, 2, 0], [0, 5, 3]]])
WANTED, FOUND = np.array([3, 4]), np.array([3, 2])
pooled_side = output_size(output_size(6, 3), 2, stride=2)


PENCILS = (
    Pencil(
        id="12-fall",
        question="Under the second kernel, [1, 0, −1] in each row, lie three rows [7, 7, 2]. What does it give, "
        "after ReLU?",
        key=lambda: ops.relu(ops.correlate2d(FALL, DARKER))[0, 0],
        mistakes={
            "That is one row: the kernel has three.": lambda: 7 - 2,
            "That is the first kernel, which looks for a step from dark to bright.": lambda: ops.relu(
                ops.correlate2d(FALL, -DARKER)
            )[0, 0],
            "ReLU lets nothing below zero through; and this kernel takes left minus right.": lambda: ops.correlate2d(
                FALL, -DARKER
            )[0, 0],
        },
        because="Right: from bright to dark, which is what it looks for.",
    ),
    Pencil(
        id="12-activations",
        question="8 kernels of 3 × 3, no padding, on a 6 × 6 image, then 2 × 2 pooling: how many activations are left?",
        key=lambda: pooled_side**2 * 8,
        mistakes={
            "That is one channel: there is a map for each kernel.": lambda: pooled_side**2,
            "Without padding, the convolution takes two off each side first.": lambda: (
                output_size(6, 2, stride=2) ** 2 * 8
            ),
            "That is before the pooling.": lambda: output_size(6, 3) ** 2 * 8,
        },
        because="Right: a small map in each channel.",
    ),
    Pencil(
        id="12-zeros",
        question="Three channels: [[0, 0, 4], [0, 0, 0]], all zeros, and [[1, 2, 0], [0, 5, 3]]. What share is "
        "zero, in per cent?",
        key=lambda: 100 * (CHANNELS == 0).mean(),
        mistakes={
            "That is the share that is not zero.": lambda: 100 * (CHANNELS != 0).mean(),
            "That is the share of silent channels.": lambda: 100 * (CHANNELS == 0).all(axis=(1, 2)).mean(),
            "You left the silent channel out: its zeros count, too.": lambda: 100 * (CHANNELS[[0, 2]] == 0).mean(),
        },
        because="Right: and one channel of three is silent.",
    ),
    Pencil(
        id="12-missing",
        question="A layer should give 3 and 4, and the image found gives 3 and 2. What share is missing?",
        key=lambda: ((WANTED - FOUND) ** 2).sum() / (WANTED**2).sum(),
        decimals=2,
        mistakes={
            "Both distances are squared.": lambda: float(np.linalg.norm(WANTED - FOUND) / np.linalg.norm(WANTED)),
            "Divide by the squares of what is wanted, not of what was found.": lambda: (
                ((WANTED - FOUND) ** 2).sum() / (FOUND**2).sum()
            ),
            "You divided by the square of the sum: square each activation, then add.": lambda: (
                ((WANTED - FOUND) ** 2).sum() / WANTED.sum() ** 2
            ),
        },
        because="Right: the squared distance over the squares of what is wanted.",
    ),
)
