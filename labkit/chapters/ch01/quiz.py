"""Quiz of chapter 1, Images as numbers."""

import numpy as np

from labkit.calculators import layers, parameters
from labkit.course.quiz import Question

QUIZ = [
    Question(
        text="A colour image has 48 rows and 64 columns. What is its shape, in the order of this book?",
        key=lambda: str(np.zeros((48, 64, 3)).shape),
        distractors={
            "(64, 48, 3)": "That is width first. Rows come first, so the height does.",
            "(3, 48, 64)": "That is channels-first, another order; this book has the channels last.",
            "(48, 64)": "That is a grey image: the three channels are missing.",
        },
        because="Height (rows), width (columns), channels.",
    ),
    Question(
        text="In uint8, what is 250 + 10?",
        key=lambda: int((np.array([250], np.uint8) + np.array([10], np.uint8))[0]),
        distractors={
            260: "A uint8 ends at 255.",
            255: "That would be clipping. NumPy does not clip; it counts on from 0.",
            5: "Nearly. Not 255 but 256 becomes 0, so 256 has to be taken off.",
        },
        because="260 − 256 = 4: after 255 comes 0.",
    ),
    Question(
        text="How many bits does a colour image of 10 × 10 pixels take, uncompressed, with 8 bits a value?",
        key=lambda: np.zeros((10, 10, 3), np.uint8).nbytes * 8,
        distractors={
            100: "Those are the pixels.",
            300: "Those are the values: 100 pixels with 3 values each.",
            800: "That would be a grey image.",
        },
        because="10·10·3·8.",
    ),
    Question(
        text="A network answers with one name and four numbers for each of the seven cars in a photo. Which task is it?",
        key=lambda: "detection",
        distractors={
            "classification": "That would be one name for the whole image.",
            "localization": "Close: a name and a box, but for one object. Here there are seven.",
            "segmentation": "That would be an answer for every pixel, not four numbers an object.",
        },
        because="A name and a box for each of several objects.",
    ),
    Question(
        text="A dense layer of 10 neurons, with biases, looks at a grey image of 20 × 20 pixels. How many parameters?",
        key=lambda: int(parameters(layers.Dense(10), (20 * 20,))),
        distractors={
            4000: "The weights alone: each neuron has a bias too.",
            4001: "Each of the 10 neurons has its own bias.",
            410: "Each neuron has a weight for each of the 400 pixels.",
        },
        because="(400 + 1)·10.",
    ),
]
