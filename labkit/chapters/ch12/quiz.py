"""Quiz of chapter 12, activations."""

from labkit.course.quiz import Question
from labkit.ops import correlate2d, relu


def _silent_at_most(zeros: int, side: int) -> int:
    return zeros // side**2


def _answering(row: list[int]) -> int:
    return int((relu(correlate2d([row] * 6, [[-1, 0, 1]] * 3)) > 0).sum())


QUIZ = [
    Question(
        text="A layer gives 8 maps of 4×4. Of its 128 activations 96 are zero. How many channels can be silent at most?",
        key=lambda: _silent_at_most(96, 4),
        distractors={
            96: "These are single zeros. A silent channel takes 16 of them.",
            8: "Then all 128 activations would be zero.",
            24: "That is 96 by 4. A channel has 4·4 positions.",
        },
        because="6 · 16 = 96. But the zeros may just as well be spread over all channels, and then none is silent.",
    ),
    Question(
        text="A layer has one kernel, [−1, 0, 1] in each of its three rows, and then ReLU. Every row of a 6×6 image is "
        "[9, 9, 9, 0, 0, 0]. How many of the 4×4 activations are not zero?",
        key=lambda: _answering([9, 9, 9, 0, 0, 0]),
        distractors={
            8: "There is a step, but it falls from bright to dark: −27 at eight positions, and ReLU makes 0 of it.",
            16: "Where all is equally bright this kernel gives 0.",
            4: "The step runs through every row. But which sign does the kernel give there?",
        },
        because="The channel is silent for this image. Mirror the image, and eight activations are 27.",
    ),
    Question(
        text="In a sheet of channels, each drawn with its own range, two channels look equally bright. What do you know of "
        "their activations?",
        key=lambda: "nothing about which are greater",
        distractors={
            "they are about equal": "A channel up to 0.01 and one up to 100 look the same here.",
            "both are above the layer's mean": "Each range goes from the channel's smallest to its greatest number.",
            "neither is silent, and both have the same peak": "Not silent, that is right. The peaks can be any.",
        },
        because="It shows where a channel responds. How strongly is another question, and needs a common range.",
    ),
    Question(
        text="A channel is zero for all of your 20 images. What do you do?",
        key=lambda: "look at more images, and at other kinds of them",
        distractors={
            "remove it: it is dead": "It may be waiting for something that your images do not have.",
            "train with a higher rate": "A step that was too large is one way to kill a channel.",
            "nothing: silent channels are a good sign": "Perhaps it is rare, perhaps it is lost capacity. You don't know yet.",
        },
        because="Dead is a word about all images, and 20 are not all.",
    ),
    Question(
        text="From a layer's activations for a cat you search the image, and in what you find there are no whiskers. What "
        "follows?",
        key=lambda: "nothing about the whiskers",
        distractors={
            "the layer has lost them": "They may be in the part that is still missing, or a longer search may find them.",
            "the layer never responded to whiskers": "What a search finds says nothing of what it did not find.",
            "the cat had none": "The image that you started from tells that, not the search.",
        },
        because="An inversion proves presence: what you see was in the activations. It never proves absence.",
    ),
]
