"""Quiz of chapter 8, cats and dogs."""

import io
import math

from PIL import Image

from labkit.calculators import layers, parameters
from labkit.course.quiz import Question
from labkit.datasets.reading import decode_picture


def _format_of_a_gif() -> str:
    file = io.BytesIO()
    Image.new("L", (2, 2)).save(file, "GIF")
    return decode_picture(file.getvalue()).format


QUIZ = [
    Question(
        text="2,000 training images go through the network in batches of 20. How many steps has an epoch?",
        key=lambda: math.ceil(2000 / 20),
        distractors={
            20: "That is the number of images in a step.",
            2000: "That would be one image a step.",
            3000: "That is the whole training of the decks: 30 epochs of 100 steps.",
        },
        because="2,000 / 20. A generator without end has to be told so.",
    ),
    Question(
        text="7·7·128 = 6,272 numbers go into a dense layer of 512. How many parameters has it?",
        key=lambda: int(parameters(layers.Dense(512), (6272,))),
        distractors={
            3211264: "The weights alone: 512 biases are missing.",
            6784: "6,272 + 512: but each output has a weight for each input.",
            73856: "That is the third convolution.",
        },
        because="6,272·512 + 512: of 100 parameters of the network, 93 are here.",
    ),
    Question(
        text="A file is called 17.jpg, and its first bytes are GIF89a. What does a good reader take it for?",
        key=_format_of_a_gif,
        distractors={
            "JPEG": "The name is only a name. The bytes decide.",
            "no image": "Its bytes are those of an image that can be decoded.",
        },
        because="Readers go by the first bytes, whatever the name says.",
    ),
    Question(
        text="The network gives an image the probability 0.3 of a dog, and it is a dog. What is its loss?",
        key=lambda: f"{-math.log(0.3):.2f}",
        distractors={
            "0.30": "That is the probability. The loss is minus its logarithm.",
            "0.36": "−ln 0.7 would be the loss of a cat.",
            "0.70": "1 − 0.3 is the probability of a cat, and no logarithm has been taken.",
        },
        because="−ln 0.3. With 0.5 it would be ln 2 = 0.69.",
    ),
    Question(
        text="After 20 epochs 97 of 100 training images are right and 73 of 100 validation images. What has happened?",
        key=lambda: "It has learned many training images by heart.",
        distractors={
            "It has too few parameters.": "Then the training images would be hard for it as well.",
            "It was trained too short.": "On the training images there is hardly anything left to gain.",
            "The validation images are harder by chance.": "They are drawn from the same set, and with 1,000 of them "
            "chance moves the figure by one or two points.",
        },
        because="The gap is overfitting. More images narrow it, real ones or, in the next chapter, changed ones.",
    ),
]
