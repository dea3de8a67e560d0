"""Quiz of chapter 14, Grad-CAM."""

import numpy as np

from labkit.course.quiz import Question


def _slope() -> str:
    probability = 1 / (1 + np.exp(-10.0))
    return f"{probability * (1 - probability):.6f}"


QUIZ = [
    Question(
        text="Of two classes one has a logit that is 10 larger than the other's. By how much does its probability grow, for "
        "a small change of this logit, per unit of change?",
        key=_slope,
        distractors={
            "0.999955": "That is the probability. Its slope is p·(1 − p).",
            "0.250000": "That is the slope where both are equally probable.",
            "1.000000": "That is the slope of the logit itself.",
        },
        because="p = 0.999955, so p·(1 − p) = 0.000045. The surer the network, the smaller the gradient of its output.",
    ),
    Question(
        text='A Grad-CAM map for "zebra" is bright on the dog in an image that has no zebra. What does that say?',
        key=lambda: "only where the most was found for zebra, be it ever so little",
        distractors={
            "there is a zebra in the image": "Dividing by the peak makes any map reach 1. The score says how much it is.",
            "the code is wrong": "It works as it was made: every map with something positive in it is stretched to 1.",
            "the network predicts a zebra": "The map belongs to the class that was asked for, predicted or not.",
        },
        because="Each map is divided by its own peak. Look at the score and at the peak before you look at the map.",
    ),
    Question(
        text="A network ends in global average pooling and one dense layer. How do Grad-CAM and CAM differ there, once each "
        "is cut off at 0 and divided by its peak?",
        key=lambda: "not at all",
        distractors={
            "by the sign of some weights": "The gradient of a map is its dense weight over a number of positions: same sign.",
            "Grad-CAM is sharper": "Both are sums of the same maps, with weights that are in proportion.",
            "by the number of positions": "By this factor before dividing; after it no more.",
        },
        because="The gradient of the score by each map is its dense weight over the number of positions, the same everywhere.",
    ),
    Question(
        text="You shuffle all weights of the network, and a method's maps hardly change. What follows?",
        key=lambda: "the maps say little about what the network has learned",
        distractors={
            "the method is robust": "Robust against the loss of all knowledge: what then does it explain?",
            "the network did not need its weights": "It guesses now. The maps do not show that.",
            "the maps are right": "Perhaps they lie on the object. But not because of what was learned.",
        },
        because="An edge detector outlines objects too. A map that should explain a network has to depend on it.",
    ),
]
