"""Quiz of chapter 12, activations."""

from labkit.course.quiz import Question


def _silent_at_most(zeros: int, side: int) -> int:
    return zeros // side**2


def _zeros_after_pooling(share: float, side: int) -> str:
    return f"1 of {round(1 / share ** (side * side))}"


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
        text="Half of a layer's activations are zero, each by itself with probability 1/2. Then comes 2×2 max pooling. How "
        "many of its activations are zero?",
        key=lambda: _zeros_after_pooling(0.5, 2),
        distractors={
            "1 of 2": "A pooled activation is zero only if all four are.",
            "1 of 8": "That would take four halves added up. They are multiplied: ½·½·½·½.",
            "1 of 4": "Two zeros side by side are not enough; all four have to be zero.",
        },
        because="Pooling makes maps denser. So compare convolutions with convolutions.",
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
        text="Shown noise, the last convolution of a small network has more zeros than for photographs. What does a share of "
        "zeros describe?",
        key=lambda: "the layer together with the images that it saw",
        distractors={
            "the layer alone": "Then it would not change with the images.",
            "how good the network is": "An untrained network has plenty of zeros, too.",
            "the images alone": "Another layer gives another share for the same images.",
        },
        because="So say which images, how many, and after which layer.",
    ),
]
