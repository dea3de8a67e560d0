"""The numbers of chapter 20 that the reader works out with a pencil."""

import numpy as np

from labkit.course.pencils import Pencil

TRUE, SAID = np.array([1, 1, 0, 0]), np.array([1, 0.5, 0.5, 0])


def most_written(kernel: int, stride: int) -> int:
    """How often the pixel that is written most often is written, in two dimensions."""
    return (-(-kernel // stride)) ** 2


PENCILS = (
    Pencil(
        id="20-accuracy",
        question=(
            "An object has 400 of an image's 10,000 pixels. A network finds exactly half of them, and marks nothing "
            "else. For how many per cent of all pixels is it right?"
        ),
        key=lambda: 100 * (10_000 - 200) / 10_000,
        mistakes={
            "That is its share of the object, and its IoU. Of the background every pixel is right.": lambda: 50.0,
            "That would be right if it had found nothing at all. Half of the object is right, too.": lambda: 96.0,
            "That is the share of pixels on which it is wrong.": lambda: 2.0,
        },
        because="Right: it is wrong on 200 of 10,000. Its IoU is 200/400, one half.",
    ),
    Pencil(
        id="20-size",
        question="A map of 7 × 7, a kernel of 4 × 4 and a stride of 2: how high is what they stamp?",
        key=lambda: 2 * (7 - 1) + 4,
        mistakes={
            "That is the stride times the map. The last stamp reaches beyond that.": lambda: 14.0,
            "The last stamp begins at 2 · 6, for the first begins at 0.": lambda: 2 * 7 + 4,
            "That is a convolution, which makes the map smaller.": lambda: 2.0,
            "You forgot the stride.": lambda: 7 - 1 + 4,
        },
        because="Right: the last stamp begins at 2 · 6 and is 4 high.",
    ),
    Pencil(
        id="20-writes",
        question=(
            "A transposed convolution has a kernel of 5 × 5 and a stride of 2. How often is the pixel written that is "
            "written most often?"
        ),
        key=lambda: most_written(5, 2),
        mistakes={
            "That is along one axis. In two dimensions it is its square.": lambda: 3.0,
            "That is the pixel that is written least, away from the border.": lambda: 4.0,
            "That is a pixel which is at a good place along one axis only.": lambda: 6.0,
            "So often it would be at a stride of 1.": lambda: 25.0,
        },
        because="Right: three times along each axis, and beside it are pixels that are written 6 and 4 times.",
    ),
    Pencil(
        id="20-dice",
        question="Four pixels: the truth is 1, 1, 0, 0, the network says 1, 0.5, 0.5, 0. What is the Dice loss?",
        key=lambda: 1 - 2 * float((TRUE * SAID).sum()) / float(TRUE.sum() + SAID.sum()),
        decimals=3,
        mistakes={
            "That is the Dice coefficient. The loss is what it lacks to 1.": lambda: 0.75,
            "You forgot the 2 above the line: what is shared counts for both.": lambda: 1 - 1.5 / 4,
            "You took the half for a yes. The loss takes probabilities as they are.": lambda: 1 - 2 * 2 / (2 + 3),
            "That is 1 − IoU: below the line stand both sums, what is shared twice.": lambda: 1 - 1.5 / 2.5,
        },
        because="Right: 1 − 2 · 1.5 / (2 + 2).",
    ),
)
