"""Quiz of chapter 15, the evolution of convolutional networks."""

from labkit.course.quiz import Question


def _bottleneck_weights() -> int:
    from labkit.calculators import layers, parameters

    reduce = parameters(layers.Conv2D(16, 1, use_bias=False), (28, 28, 192))
    return int(reduce) + int(parameters(layers.Conv2D(32, 5, use_bias=False), (28, 28, 16)))


def _first_dense(side: int) -> str:
    return f"{side * side * 256 * 4096 / 1e6:.0f} million"


def _stacked_maps(incoming: int, growth: int, layers: int) -> int:
    return incoming + growth * layers


QUIZ = [
    Question(
        text="A 5×5 convolution with 32 filters takes 192 maps. GoogLeNet first brings them to 16 with a 1×1 convolution. How "
        "many weights have the two together, without biases?",
        key=_bottleneck_weights,
        distractors={
            153600: "That is the 5×5 right on the 192 maps.",
            12800: "That is the 5×5 alone. The 1×1 has 192 · 16 more.",
            3072: "That is the 1×1 alone. The 5×5 has 25 · 16 · 32 more.",
        },
        because="192 · 16 + 25 · 16 · 32: about a tenth of 153,600.",
    ),
    Question(
        text="Why does AlexNet's third pooling matter so much for its size?",
        key=lambda: f"the first dense layer has {_first_dense(6)} weights instead of {_first_dense(13)}",
        distractors={
            "the pooling has many weights": "A pooling has none.",
            "it makes the convolutions after it smaller": "There is none after it. And a convolution's weights do not depend on "
            "the size of the maps.",
            "it halves the number of maps": "The 256 maps stay. Their height and width are halved.",
        },
        because="A dense layer has a weight for each number that comes in: 6·6·256 against 13·13·256.",
    ),
    Question(
        text="64 maps go into a dense block of 6 layers that add 32 maps each. How many come out?",
        key=lambda: _stacked_maps(64, 32, 6),
        distractors={
            192: "These are the new ones. The old ones come along.",
            96: "That is after the first layer.",
            2048: "Maps are stacked, so their numbers are added: 64 + 32 + 32 + …",
        },
        because="64 + 6 · 32. A residual block would have added them number by number, and their count would stay.",
    ),
    Question(
        text="One table gives VGG-16 a top-5 error of 7.4 %, and Keras's gives it 9.9 %. What can you conclude?",
        key=lambda: "that they were measured differently",
        distractors={
            "that Keras's weights are spoiled": "They are those of the paper's authors.",
            "that one of the two is a misprint": "Both are right, each for its way of measuring.",
            "that they are two networks": "It is one network with the same weights.",
        },
        because="Many crops of each image, and several sizes, give a smaller error than one crop in the middle. Compare only what "
        "was measured alike.",
    ),
    Question(
        text="In a race over three seeds one family is ahead of another by 0.3 points, and the seeds of each spread over half a "
        "point. What do you say?",
        key=lambda: "that this race does not decide it",
        distractors={
            "that the first is better": "Another three seeds may turn it round.",
            "that both are equally good": "Nor does it show that. A difference too small to be seen here may be real.",
            "that the network should be larger": "That is another question.",
        },
        because="A lead that is smaller than the spread is not a finding. More seeds, or more test images, would tell.",
    ),
]
