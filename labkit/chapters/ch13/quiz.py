"""Quiz of chapter 13, filter patterns."""

import numpy as np

from labkit.chapters.ch13.exercises import lay_out
from labkit.course.quiz import Question


def _sheet_width() -> int:
    return int(lay_out(np.zeros((20, 10, 10)), 5, 2).shape[1])


def _pixel_two() -> int:
    kernel = np.array([1, -2, 4])
    slope = np.zeros(5, int)
    for place in (0, 2):
        slope[place : place + 3] += kernel
    return int(slope[2])


QUIZ = [
    Question(
        text="A line of five pixels, the kernel (1, −2, 4), stride 2. What is the slope of the sum of both activations at the "
        "pixel in the middle?",
        key=_pixel_two,
        distractors={
            3: "That is with stride 1, where three positions cover it.",
            4: "That is the first position alone. The second one begins at this pixel.",
            -2: "That is the slope at its neighbours.",
        },
        because="The last weight of the first position and the first weight of the second lie on it: 4 + 1.",
    ),
    Question(
        text="Twenty images of 10×10 are laid out with five in a row and a margin of 2. How wide is the sheet, in pixels?",
        key=_sheet_width,
        distractors={
            60: "There is no margin after the last one.",
            50: "The margins between the images are missing.",
            62: "There are no margins at the edges.",
        },
        because="Five images and four margins: 5 · 10 + 4 · 2.",
    ),
    Question(
        text="After forty steps a filter's image is still the noise of the start. What is the likeliest reason?",
        key=lambda: "its activations are 0 behind ReLU, and so is the gradient",
        distractors={
            "the step is too large": "A step of one grey level that goes somewhere would be seen.",
            "the filter looks for noise": "Then its activation would have grown with the first steps.",
            "the gradient was not divided by its size": "It was. Nothing divided by 0.00001 is still nothing.",
        },
        because="It is inactive at this start. Another start, or a shift of the image, may wake it.",
    ),
    Question(
        text="What made the patterns less noisy, where we measured it?",
        key=lambda: "to change waves instead of pixels",
        distractors={
            "to take more steps": "We have not measured that: all recipes took forty steps.",
            "to divide the gradient by its root mean square": "That sets the length of the step, not its direction.",
            "to climb along the colours of photographs": "That changed the colours. The noise stayed.",
        },
        because="On a scale on which coarse waves change as easily as fine ones, large forms are as near as noise. That "
        "recipe also began with faint clouds in place of noise.",
    ),
    Question(
        text="A filter's pattern looks like an eye. What may you say?",
        key=lambda: "that an image like this activates it strongly",
        distractors={
            "that it is an eye detector": "Other images may activate it as strongly. That has to be tested.",
            "that the network has understood faces": "One channel of thousands, one image, from one start.",
            "that the training images had eyes in them": "They may have had; the pattern does not prove it.",
        },
        because="One strong input is shown, not all of them. Look at photographs, too, and at what else wakes it.",
    ),
]
