"""Quiz of chapter 16, training deep networks."""

import numpy as np

from labkit.chapters.ch16.exercises import normalized
from labkit.course.quiz import Question


def _steepest_chain(layers: int) -> str:
    return f"about {0.25**layers:.1g}"


def _slope_with_shortcut(slope: int) -> int:
    return slope + 1


def _normalized_alone(value: float) -> str:
    return f"{normalized(np.array([[value]]), np.zeros(1), np.ones(1), True)[0, 0]:g}"


def _deeper_is_worse_on(train_error: float, deeper_train_error: float) -> str:
    return "degradation" if deeper_train_error > train_error else "overfitting"


QUIZ = [
    Question(
        text="Five sigmoids in a row, all weights 1. How large can the slope of the chain be at most?",
        key=lambda: _steepest_chain(5),
        distractors={
            "about 1": "The sigmoid is nowhere steeper than a quarter.",
            "about 0.2": "That is one sigmoid. The chain rule multiplies five of them.",
            "about 0.03": "That is a half to the fifth. The steepest slope is a quarter.",
        },
        because="0.25 to the fifth power is 0.00098. Weights multiply it: with weights of 4 the bound would be 1.",
    ),
    Question(
        text="In a residual block F′(x) is −1. What is the slope of the block?",
        key=lambda: _slope_with_shortcut(-1),
        distractors={
            1: "The 1 is added to F′: −1 + 1.",
            -1: "That is the block without its shortcut.",
            2: "Mind the sign of F′.",
        },
        because="The +1 keeps the slope away from zero where F′ is small, and not where it is near −1.",
    ),
    Question(
        text="A network of 56 layers has an error of 9 per cent on the images it was trained on, one of 20 layers 6 "
        "per cent. What is that?",
        key=lambda: _deeper_is_worse_on(0.06, 0.09),
        distractors={
            "overfitting": "Then the deeper one would be better on its training images.",
            "a vanished gradient": "That may be one reason. The numbers only tell that it has learned less.",
            "too few images": "Both had the same ones. Few images are easier to know by heart, not harder.",
        },
        because="The deeper network could copy the shallow one and pass its numbers on. It does not find that.",
    ),
    Question(
        text="Batch normalization before a dense layer, in training, with one image a batch, and γ = 1, β = 0. "
        "What comes out for a channel with the value 7?",
        key=lambda: _normalized_alone(7.0),
        distractors={
            "7": "The mean of the batch is subtracted, and it is 7.",
            "1": "The value minus its own mean is 0, whatever it is divided by.",
            "it cannot be computed": "The 0.001 under the root prevents 0 by 0.",
        },
        because="All images give the same, so the layers after it cannot tell them apart.",
    ),
    Question(
        text="In a learning-rate range test the running mean of the loss is lowest at a rate of 0.5. What do you train "
        "with?",
        key=lambda: "about 0.05, and compare with its neighbours",
        distractors={
            "0.5": "There the loss is about to rise. That the mean lags behind makes it worse.",
            "5": "There it has risen already.",
            "the lowest rate of the test": "It is stable, and so slow that nothing was learned.",
        },
        because="A tenth is a rule of thumb. The test takes a minute, so it is worth repeating for each network.",
    ),
]
