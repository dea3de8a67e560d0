"""The numbers of chapter 3 that the reader works out with a pencil."""

import numpy as np

from labkit import ops
from labkit.calculators import output_size, padding_amount, same_padding
from labkit.course.pencils import Pencil

WINDOW = np.array([[4, 1], [0, 7]])


PENCILS = (
    Pencil(
        id="03-positions",
        question="A kernel of 7 on an axis of 96 pixels, with a stride of 4 and no padding: how many positions?",
        key=lambda: output_size(96, 7, stride=4),
        mistakes={
            "You counted the steps: the position where it began counts too.": lambda: (96 - 7) // 4,
            "You rounded up: a part of a step leads nowhere.": lambda: output_size(96, 7, stride=4, padding="same"),
            "That is for a stride of 1.": lambda: output_size(96, 7),
        },
        because="Right: steps, rounded down, and one more.",
    ),
    Pencil(
        id="03-keeps",
        question="How many zeros on each side keep the size, for a kernel of 11 and a stride of 1?",
        key=lambda: same_padding(11),
        mistakes={
            "That is both sides together.": lambda: 11 - 1,
            "The middle weight needs no zero: only what hangs over does.": lambda: (11 + 1) // 2,
            "With so many, the map would be larger than the image.": lambda: 11,
        },
        because="Right: half of what the kernel has beside its middle.",
    ),
    Pencil(
        id="03-same-zeros",
        question="12 pixels, a kernel of 5, a stride of 5, same padding: how many zeros are added in all?",
        key=lambda: sum(padding_amount(12, 5, stride=5)),
        mistakes={
            "k − 1 zeros keep the size at a stride of 1: here, count what is missing for the last position.": lambda: (
                5 - 1
            ),
            "You rounded the number of positions down: same padding rounds it up.": lambda: max(
                (12 // 5 - 1) * 5 + 5 - 12, 0
            ),
            "That is what goes after: there are zeros before, too.": lambda: padding_amount(12, 5, stride=5)[1],
        },
        because="Right, and the odd one goes after.",
    ),
    Pencil(
        id="03-span",
        question="A kernel of 5 weights has a dilation of 3. How many pixels does it span?",
        key=lambda: (5 - 1) * 3 + 1,
        mistakes={
            "You took a gap after the last weight, too: five weights have four gaps.": lambda: 5 * 3,
            "Those are the gaps; the last weight covers a pixel as well.": lambda: (5 - 1) * 3,
            "That is without dilation.": lambda: 5,
            "At a dilation of 3 two pixels lie between neighbours, not three.": lambda: (5 - 1) * (3 + 1) + 1,
        },
        because="Right: four steps of three, and the pixel where it began.",
    ),
    Pencil(
        id="03-average",
        question="A window has the rows 4, 1 and 0, 7. What does average pooling keep of it?",
        key=lambda: ops.average_pool2d(WINDOW)[0, 0],
        mistakes={
            "That is max pooling.": lambda: ops.max_pool2d(WINDOW)[0, 0],
            "That is the sum; the mean divides it by the number of activations.": lambda: ops.sum_pool2d(WINDOW)[0, 0],
            "The zero counts as an activation, too.": lambda: WINDOW.sum() / np.count_nonzero(WINDOW),
        },
        because="Right: a quarter of the sum.",
    ),
    Pencil(
        id="03-pooled",
        question="A map has 21 columns. How many are left after pooling with windows of 3 and a stride of 2?",
        key=lambda: output_size(21, 3, stride=2),
        mistakes={
            "That is with windows side by side: here they overlap.": lambda: output_size(21, 3, stride=3),
            "You counted the steps: the first window counts too.": lambda: (21 - 3) // 2,
            "At the last of these the window would hang over the edge.": lambda: -(-21 // 2),
        },
        because="Right: the size rule, with the window in the place of the kernel.",
    ),
)
