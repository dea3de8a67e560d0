"""The numbers of chapter 4 that the reader works out with a pencil."""

import numpy as np

from labkit import ops
from labkit.calculators import layers, macs, parameters, receptive_field
from labkit.course.pencils import Pencil

CHAIN = [layers.Conv2D(1, 5, name="a"), layers.MaxPooling2D(2, name="b"), layers.Conv2D(1, 5, name="c")]
LOGITS = np.log([5.0, 4.0, 1.0])


PENCILS = (
    Pencil(
        id="04-parameters",
        question="A convolution has 16 filters of 5 × 5 and gets 8 maps. How many parameters has it, with biases?",
        key=lambda: parameters(layers.Conv2D(16, 5), (28, 28, 8)),
        mistakes={
            "Those are the weights; each filter has a bias, too.": lambda: 16 * 8 * 25,
            "You gave a filter one kernel: it has one for each map that comes in.": lambda: (25 + 1) * 16,
            "You added one bias for all; each filter has its own.": lambda: 16 * 8 * 25 + 1,
            "You gave each kernel a bias: a filter has one, whatever the number of its kernels.": lambda: (
                16 * 8 * (25 + 1)
            ),
        },
        because="Right: a kernel for each pair, and a bias for each filter.",
    ),
    Pencil(
        id="04-macs",
        question="How many multiply-adds does the third convolution of our network take for one image?",
        key=lambda: macs(layers.Conv2D(64, 3), (5, 5, 64)),
        mistakes={
            "Those are its weights: each is used at every position of the output.": lambda: 3 * 3 * 64 * 64,
            "You counted the biases, too: they are no multiply-adds.": lambda: (3 * 3 * 64 + 1) * 64 * 9,
            "You took the positions of the map that comes in: count those of the map that goes out.": lambda: macs(
                layers.Conv2D(64, 3, padding="same"), (5, 5, 64)
            ),
        },
        because="Right: its weights, times nine positions.",
    ),
    Pencil(
        id="04-field",
        question="A 5 × 5 convolution, a 2 × 2 pooling with stride 2, a 5 × 5 convolution: how wide is the field?",
        key=lambda: receptive_field(CHAIN, "c", (64, 64, 1)).size[0],
        mistakes={
            "You forgot the jump: behind the pooling, neighbours are two pixels apart.": lambda: 5 + 1 + 4,
            "The pooling has a window, too: it adds to the field.": lambda: 5 + 4 * 2,
            "A stride lengthens the jump of the layers behind it, not of its own.": lambda: 5 + 1 * 2 + 4 * 2,
            "You multiplied the field by the stride: only the steps behind it get longer.": lambda: 5 * 2 + 4 * 2,
        },
        because="Right: first the field grows by the steps, then the jump by the stride.",
    ),
    Pencil(
        id="04-softmax",
        question="Three logits are ln 5, ln 4 and 0. Which share does softmax give the second class?",
        key=lambda: ops.softmax(LOGITS)[1],
        decimals=2,
        mistakes={
            "You divided the logits: take their exponentials first.": lambda: LOGITS[1] / LOGITS.sum(),
            "The third class counts, too: the exponential of 0 is 1.": lambda: 4 / (5 + 4),
            "That is the first class.": lambda: ops.softmax(LOGITS)[0],
        },
        because="Right: the shares add up to 1.",
    ),
    Pencil(
        id="04-separable",
        question="64 filters of 5 × 5 on 32 channels, depthwise separable, no biases: how many weights?",
        key=lambda: parameters(layers.SeparableConv2D(64, 5, use_bias=False), (32, 32, 32)),
        mistakes={
            "That is the ordinary convolution, which does both at once.": lambda: 5 * 5 * 32 * 64,
            "The pointwise step has a weight for each pair of channel and filter.": lambda: 5 * 5 * 32 + 64,
            "The depthwise step has a kernel for each channel, not one for all.": lambda: 5 * 5 + 32 * 64,
        },
        because="Right: a kernel for each channel, and a weight for each pair.",
    ),
)
