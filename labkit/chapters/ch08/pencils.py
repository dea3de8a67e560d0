"""The numbers of chapter 8 that the reader works out with a pencil."""

import math

import numpy as np
from sklearn.metrics import accuracy_score, precision_score, recall_score

from labkit.calculators import output_size
from labkit.course.pencils import Pencil

ARE_CATS = np.repeat([1, 0], 50)
SAID_CAT = np.repeat([1, 0, 1, 0], [40, 10, 24, 26])


def flattened(side: int, padding: str = "valid", pooling: str = "valid") -> int:
    """How many activations the four convolutions and poolings of the chapter leave of an image."""
    for _ in range(4):
        side = output_size(output_size(side, 3, padding=padding), 2, stride=2, padding=pooling)
    return side * side * 128


PENCILS = (
    Pencil(
        id="08-steps",
        question="1,050 images are put together in batches of 32. How many steps has an epoch?",
        key=lambda: math.ceil(1050 / 32),
        mistakes={
            "The images that are left over make a batch, too, a shorter one.": lambda: 1050 // 32,
            "A step takes a batch, not an image.": lambda: 1050,
            "That is how many images the last batch has.": lambda: 1050 % 32,
        },
        because="Right: full batches, and a shorter one.",
    ),
    Pencil(
        id="08-flattened",
        question="The same network gets images of 96 × 96. How many activations are left for the first dense layer?",
        key=lambda: flattened(96),
        mistakes={
            "You left the sides to the poolings alone: each convolution takes off 2 before.": lambda: flattened(
                96, padding="same"
            ),
            "You rounded up: a pooling drops the remainder.": lambda: flattened(96, pooling="same"),
            "Those are the positions of one map: there are 128 maps.": lambda: flattened(96) // 128,
            "You took one side only: a map has rows and columns.": lambda: math.isqrt(flattened(96) // 128) * 128,
        },
        because="Right: the sides go 96, 94, 47, 45, 22, 20, 10, 8, 4.",
    ),
    Pencil(
        id="08-loss",
        question="The network says p = 0.25, and the image shows a cat. What is its loss?",
        key=lambda: -math.log(1 - 0.25),
        decimals=2,
        mistakes={
            "That would be so for a dog: p is the probability of a dog.": lambda: -math.log(0.25),
            "That is the probability of a dog; the loss is a logarithm.": lambda: 0.25,
            "That is the probability of its class; now minus its logarithm.": lambda: 1 - 0.25,
            "You took the logarithm to base 10: the loss takes the natural one.": lambda: -math.log10(1 - 0.25),
        },
        because="Right: the probability of its class is 1 − p.",
    ),
    Pencil(
        id="08-precision",
        question="Of 50 cats a network calls 40 a cat, and of 50 dogs it calls 24 a cat. Its precision for cats?",
        key=lambda: precision_score(ARE_CATS, SAID_CAT),
        decimals=2,
        mistakes={
            "That is the recall: the share of all cats that was found.": lambda: recall_score(ARE_CATS, SAID_CAT),
            "That is the accuracy, which counts the dogs as well.": lambda: accuracy_score(ARE_CATS, SAID_CAT),
            "You divided by all images: divide by those that it calls a cat.": lambda: 40 / 100,
            "That is the share of dogs among what it calls a cat.": lambda: 24 / 64,
        },
        because="Right: 40 of the 64 that it calls cats.",
    ),
)
