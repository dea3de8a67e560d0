"""Quiz of chapter 6, LeNet-5."""

import numpy as np

from labkit.course.quiz import Question


def _lenet_costs(layer: str) -> tuple[int, int]:
    """Parameters of a layer of LeNet-5, and its connections as the paper counts them."""
    from labkit.calculators import summarize
    from labkit.models import lenet5

    row = next(row for row in summarize(lenet5("original")).rows if row.name == layer)
    return int(row.parameters), int(row.macs) + int(np.prod(row.output_shape))


QUIZ = [
    Question(
        text="C3 makes 16 maps of 10×10 and has 1,516 parameters. How many connections is that, as the paper counts?",
        key=lambda: _lenet_costs("c3")[1],
        distractors={
            1516: "That would be each parameter used at one position only.",
            24256: "The table has already been counted: do not multiply by the 16 filters again.",
            150000: "Almost: the paper counts the biases as connections as well.",
        },
        because="Each parameter is used at all 10·10 positions: 1,516·100.",
    ),
    Question(
        text="S2 makes 6 maps of 14×14. How many trainable parameters has it in the paper, and how many as average pooling?",
        key=lambda: f"{2 * 6} and 0",
        distractors={
            "24 and 0": "The four numbers of a window share one coefficient.",
            "12 and 12": "A mean has nothing to learn.",
            "0 and 0": "That is what Keras's AveragePooling2D has. The paper's subsampling learns.",
        },
        because="A coefficient and a bias for each of 6 maps; a mean has none.",
    ),
    Question(
        text="In C5 there are 48,120 parameters, and 48,120 connections. Why are the two equal?",
        key=lambda: "its maps are 1×1, so each weight is used at one position only",
        distractors={
            "it has no biases": "It has 120, and they are counted in both figures.",
            "it is connected to all 16 maps": "So would a dense C3 be, to all 6, and there the two differ.",
            "its weights are shared": "Sharing would make the connections more.",
        },
        because="On a 5×5 map a 5×5 kernel has one position. With larger images C5 would have more.",
    ),
    Question(
        text="All filters of a layer start with equal weights, see the same maps, and are treated alike by the layer that "
        "follows. After training, how many different filters are there?",
        key=lambda: "one",
        distractors={
            "16": "What should tell them apart? They get equal gradients at every step.",
            "it depends on the number of epochs": "Equal gradients keep equal weights equal, however often.",
            "it depends on the optimizer": "Every optimizer moves equal weights with equal gradients alike.",
        },
        because="This is the symmetry. Random starting weights break it, and so can a table of connections.",
    ),
    Question(
        text="Two codes of ±1 differ in 6 of 84 numbers. What is their squared distance?",
        key=lambda: int(((np.ones(84) - np.r_[-np.ones(6), np.ones(78)]) ** 2).sum()),
        distractors={
            6: "A +1 and a −1 differ by 2, not by 1.",
            12: "Each difference of 2 has to be squared.",
            84: "Where the codes agree, the difference is 0.",
        },
        because="Six differences of 2, squared: 6·4.",
    ),
]
