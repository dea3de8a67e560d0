"""The numbers of chapter 15 that the reader works out with a pencil."""

from labkit.calculators import layers, parameters
from labkit.course.pencils import Pencil


def weights(channels: int, filters: int, kernel: int, groups: int = 1) -> int:
    """Weights of a convolution without biases."""
    layer = layers.Conv2D(filters, kernel, groups=groups, use_bias=False)
    return int(parameters(layer, (28, 28, channels)))


PENCILS = (
    Pencil(
        id="15-top-five",
        question="Of 20 images, the right class is first for 12, among the five for 5 more. Top-5 error, in per cent?",
        key=lambda: 100 * (20 - 12 - 5) / 20,
        mistakes={
            "That is the top-1 error: a class among the five is right, too.": lambda: 100 * (20 - 12) / 20,
            "That is the share that is right.": lambda: 100 * (12 + 5) / 20,
            "The first guess is one of the five: those images count as right.": lambda: 100 * (20 - 5) / 20,
            "That is how many, not which share of the images.": lambda: 20 - 12 - 5,
        },
        because="Right: it is wrong only where the class is not among the five.",
    ),
    Pencil(
        id="15-groups",
        question="A 3 × 3 convolution makes 128 maps of 64, in 4 groups. How many weights has it, without biases?",
        key=lambda: weights(64, 128, 3, groups=4),
        mistakes={
            "That is without groups, where each filter sees all maps.": lambda: weights(64, 128, 3),
            "That is one group: there are four.": lambda: weights(16, 32, 3),
            "That is with two groups.": lambda: weights(64, 128, 3, groups=2),
        },
        because="Right: each filter sees a quarter of the maps.",
    ),
    Pencil(
        id="15-bottleneck",
        question="64 filters of 3 × 3 on 256 maps, through a bottleneck of 32 maps. How many weights, without biases?",
        key=lambda: weights(256, 32, 1) + weights(32, 64, 3),
        mistakes={
            "That is without the bottleneck.": lambda: weights(256, 64, 3),
            "The 1 × 1 convolution before it has weights, too.": lambda: weights(32, 64, 3),
            "You put the 3 × 3 kernels first: the 1 × 1 comes before, so that they see few maps.": lambda: (
                weights(256, 32, 3) + weights(32, 64, 1)
            ),
        },
        because="Right: less than a fifth of the direct way.",
    ),
    Pencil(
        id="15-shortcut",
        question="Three residual blocks in a row, each with F(x) = x / 2. Into the first comes x = 8. What comes out?",
        key=lambda: 8 * (1 + 1 / 2) ** 3,
        mistakes={
            "Those are plain blocks: a residual block adds what came in.": lambda: 8 * (1 / 2) ** 3,
            "Each block adds half of what came into it, not half of the first x.": lambda: 8 + 3 * 8 / 2,
            "That is one block.": lambda: 8 * (1 + 1 / 2),
        },
        because="Right: each block makes it half as much again.",
    ),
)
