"""Quiz of chapter 10, transfer learning."""

from labkit.calculators import layers, parameters
from labkit.course.quiz import Question


def _head_on_means() -> int:
    return int(parameters(layers.Dense(1), (1280,)))


def _seconds_saved(images: int, milliseconds: int, epochs: int) -> int:
    return images * milliseconds * (epochs - 1) // 1000


QUIZ = [
    Question(
        text="A base gives 7×7 maps, 1,280 of them. You take the mean of each map and put one output on top. How many "
        "parameters does this head have?",
        key=_head_on_means,
        distractors={
            1280: "The bias is missing.",
            62721: "That is a head on all 7·7·1,280 numbers. The means are 1,280.",
            50: "That is a weight for each of the 7·7 positions; there are 1,280 maps.",
        },
        because="1,280 weights and a bias: few enough for a few photographs.",
    ),
    Question(
        text="Running an image through the frozen base takes 10 milliseconds. With 2,000 images and 30 epochs, how many "
        "seconds are saved if the features are computed only once?",
        key=lambda: _seconds_saved(2000, 10, 30),
        distractors={
            600: "That is the time of all 30 passes. One of them is still needed.",
            20: "That is the time of the one pass that is needed.",
            29: "That many passes are saved; each takes 20 seconds.",
        },
        because="29 of 30 passes, 20 seconds each. The base says the same of an image every time.",
    ),
    Question(
        text="A base was trained on pixels from −1 to 1, and you hand it pixels from 0 to 255. What happens?",
        key=lambda: "it answers, and the answers are worth little",
        distractors={
            "Keras reports an error": "The shape is right, and the range is none of Keras's business.",
            "nothing: the network scales its input itself": "Some do, if a layer for it is built in. This one was not.",
            "the answers are the same, only slower": "Its weights are made for numbers a hundred times smaller.",
        },
        because="That is why the normalization belongs inside the model that you save.",
    ),
    Question(
        text="Features of the training photographs are in the cache. Now you want to augment. What do you do?",
        key=lambda: "augment the photographs, and run each changed one through the base",
        distractors={
            "mirror the features": "After the mean over each map nothing is left that could be mirrored.",
            "augment the validation photographs": "The head does not learn from them. They are there to measure it.",
            "train the head for more epochs": "It will see the same features again, as often as you like.",
        },
        because="It costs a pass for each changed image. That is the price of augmentation, here as everywhere.",
    ),
    Question(
        text="Your task is far from photographs: the sound of engines, drawn as grey images. Whose features do you try?",
        key=lambda: "those of several depths, and compare them with a probe",
        distractors={
            "those of the last layer: they are the best": "On photographs like ImageNet's. Elsewhere it has to be measured.",
            "those of the first layer: they are the most general": "General, and little more than edges and colours.",
            "none: the task is too far": "On images of clothes they did much better than random weights.",
        },
        because="A probe takes seconds, and answers for your own images.",
    ),
]
