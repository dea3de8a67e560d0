"""Quiz of chapter 20, Every pixel. Segmentation."""

import numpy as np

from labkit.chapters.ch20.exercises import mask_scores, stamped
from labkit.course.quiz import Question


def _writes(kernel: int, stride: int) -> set[int]:
    """How often pixels away from the border are written, along one axis."""
    counts = stamped(np.ones((1, 12)), np.ones((1, kernel)), stride)[0, kernel:-kernel]
    return {int(count) for count in counts}


HALF, WHOLE = np.zeros((2, 10, 10), bool)
WHOLE[3:7, 3:7], HALF[3:7, 3:5] = True, True

QUIZ = [
    Question(
        text="A network marks exactly half of an object, and nothing else. Which score is the highest?",
        key=lambda: "Dice, 0.67" if round(float(mask_scores(HALF, WHOLE)[1]), 2) == 0.67 else "they are all the same",
        distractors={
            "IoU, 0.50": "Shared over either: a half. Dice counts what is shared twice, above and below.",
            "they are all the same": "Only for masks that are the same, or share nothing.",
            "the share of the object that is found, 0.50": "It is the same as the IoU here, for nothing else is marked.",
        },
        because="Dice is 2 · IoU / (1 + IoU), never below the IoU. So never compare one paper's Dice with another's IoU.",
    ),
    Question(
        text="Which way to double a map writes each pixel, away from the border, equally often?",
        key=lambda: (
            "a transposed convolution of 4×4, stride 2"
            if len(_writes(4, 2)) == 1 and len(_writes(3, 2)) > 1
            else "none"
        ),
        distractors={
            "a transposed convolution of 3×3, stride 2": "1, 2, 1, 2 times along each axis: a checkerboard.",
            "a transposed convolution of 5×5, stride 2": "3, 2, 3, 2 times: larger, and uneven still.",
            "none": "Where the stride divides the kernel, it does.",
        },
        because="The kernel's size must be a multiple of the stride. Training may even it out, but has to learn that first.",
    ),
    Question(
        text="You train a decoder without skips. What suffers most?",
        key=lambda: "the outlines",
        distractors={
            "which animals are found at all": "The coarsest map is left, and with it roughly where they are.",
            "the time for a step": "It gets shorter: fewer channels to convolve.",
            "nothing, the decoder learns to draw": "From 4×4 positions? Where exactly a leg ends they do not know.",
        },
        because="Coarse maps know what, fine ones know where. Skips carry the second to where the first is.",
    ),
    Question(
        text="A small object: 2% of the pixels. The image doubles in area, all of the new part background, and the network is surely right about it. "
        "What happens to the losses?",
        key=lambda: "the mean cross-entropy halves, Dice stays",
        distractors={
            "both halve": "In the Dice coefficient a pixel that is 0 in both counts nowhere.",
            "both stay": "The cross-entropy is a mean over all pixels, and the new ones add nearly 0 to its sum.",
            "Dice halves, the mean cross-entropy stays": "The other way round: which of them counts all pixels?",
        },
        because="That is why Dice does not see how small an object is beside its image.",
    ),
    Question(
        text="Two cats overlap. What does a semantic mask, with a class for each pixel, say of them?",
        key=lambda: "cat at each of their pixels, and not where one ends",
        distractors={
            "which pixels are whose": "That takes a number for each object besides the class: instances.",
            "that there are two": "How many there are is not in it. Where they touch they are one region.",
            "cat for the nearer one only": "Each pixel gets its own answer, and both are cats.",
        },
        because="Instance segmentation is one step further: to which object does each pixel belong?",
    ),
]
