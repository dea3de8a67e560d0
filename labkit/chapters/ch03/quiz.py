"""Quiz of chapter 3, padding, stride and pooling."""

import numpy as np

from labkit import ops
from labkit.calculators import layers, output_shape, output_size, padding_amount, parameters
from labkit.course.quiz import Question


def _pooled_shape():
    return " × ".join(map(str, output_shape(layers.MaxPooling2D(2), (11, 11, 64))))


QUIZ = [
    Question(
        text="A kernel of width 5 moves over a row of 28 pixels with a stride of 2, without padding. How many positions?",
        key=lambda: int(output_size(28, 5, stride=2)),
        distractors={
            11: "That is the number of steps; the first position counts too.",
            24: "That is stride 1.",
            14: "That is same padding, 28/2.",
        },
        because="⌊(28 − 5)/2⌋ + 1 = 11 + 1.",
    ),
    Question(
        text="How many zeros does same padding add to a row of 28 pixels, in all, for a kernel of 3 and a stride of 2?",
        key=lambda: sum(padding_amount(28, 3, stride=2)),
        distractors={
            2: "At stride 1 it is 2, one on each side.",
            0: "Then there would be only 13 positions, and same padding gives 14.",
            14: "That is the number of positions.",
        },
        because="14 positions need 13·2 + 3 = 29 pixels. The one zero stands after the row, none before.",
    ),
    Question(
        text="Max pooling with windows of 2×2, a stride of 2 and no padding gets maps of 11 × 11 × 64. What comes out?",
        key=_pooled_shape,
        distractors={
            "6 × 6 × 64": "That would be with same padding. Without it, the last row and column fill no window.",
            "5 × 5 × 16": "Pooling works in each channel by itself and leaves their number alone.",
            "10 × 10 × 64": "That is a stride of 1.",
        },
        because="⌊(11 − 2)/2⌋ + 1 = 5 in height and width, and all 64 channels.",
    ),
    Question(
        text="A layer of 64 filters of 3×3 on 32 channels has 18,496 parameters at stride 1. How many at stride 2?",
        key=lambda: int(parameters(layers.Conv2D(64, 3, strides=2), (28, 28, 32))),
        distractors={
            4624: "A quarter of the POSITIONS is left. The kernels are the same at every one of them.",
            9248: "Stride changes where the kernels are laid, not how many weights they have.",
            36992: "Stride changes where the kernels are laid, not how many weights they have.",
        },
        because="The same: (3·3·32 + 1)·64. What shrinks is the map, and with it the work.",
    ),
    Question(
        text="Global average pooling gets maps of 7 × 7 × 128. How many activations come out?",
        key=lambda: int(ops.global_average_pool2d(np.zeros((7, 7, 128))).size),
        distractors={
            49: "It is the positions that are averaged away, not the channels.",
            6272: "That is what flattening gives: nothing is averaged.",
            1: "Each channel keeps a mean of its own.",
        },
        because="One mean for each channel.",
    ),
]
