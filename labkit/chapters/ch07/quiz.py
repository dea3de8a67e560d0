"""Quiz of chapter 7, Fashion-MNIST."""

import math

from labkit.calculators import layers, output_shape, parameters
from labkit.course.quiz import Question


def _weights_within_the_layer():
    """What a dense layer of 64 has beside its weights from 576 inputs and its biases."""
    return int(parameters(layers.Dense(64), (576,))) - 576 * 64 - 64


def _kind_of_network():
    """A convolution has far fewer weights than it has pairs of input and output."""
    of_the_convolution = int(parameters(layers.Conv2D(32, 3), (28, 28, 1)))
    if of_the_convolution < int(parameters(layers.Dense(26 * 26 * 32), (28 * 28,))):
        return "feed-forward, but not fully connected"
    return "feed-forward and fully connected"


def _greatest_sigmoid():
    return round(1 / (1 + math.exp(-100)))


QUIZ = [
    Question(
        text="A layer of 64 filters of 3×3 follows a layer of 32 filters. How many parameters has it?",
        key=lambda: int(parameters(layers.Conv2D(64, 3), (13, 13, 32))),
        distractors={
            640: "A filter has a kernel for each of the 32 channels, not just one.",
            18432: "The weights alone: 64 biases are missing.",
            36928: "That would be after a layer of 64 filters.",
        },
        because="(3·3·32 + 1)·64.",
    ),
    Question(
        text="That layer gets maps of 13×13 and does not pad. How wide are its own maps?",
        key=lambda: output_shape(layers.Conv2D(64, 3), (13, 13, 32))[1],
        distractors={
            13: "That would need padding.",
            10: "13 − 3 is the last position where the kernel can start, but it starts at 0, so there is one more.",
            6: "Half is what pooling gives.",
        },
        because="13 − 3 + 1.",
    ),
    Question(
        text="A network that has learned nothing gives each of ten classes the probability 1/10. What is its loss?",
        key=lambda: f"{math.log(10):.2f}",
        distractors={
            "0.10": "That is the probability. The loss is minus its logarithm.",
            "0.90": "That is the chance of a mistake. The loss is minus the logarithm of the probability.",
            "1.00": "The logarithm to base 10 gives 1; the loss takes the natural one.",
        },
        because="−ln(1/10) = ln 10. A loss far above it before training means that something is wrong.",
    ),
    Question(
        text="You try five recipes, keep the one with the best accuracy on the test images, and report that accuracy. "
        "Compared with its accuracy on new pictures, what you report is, on average,",
        key=lambda: "too high",
        distractors={
            "just right": "It was, until it chose. The best of five is partly the luckiest of five.",
            "too low": "Choosing the best of several raises it, on average.",
            "too high for some recipes and too low for others, which evens out": "Before choosing, yes. But you keep the "
            "one whose luck was best.",
        },
        because="Whatever chooses the recipe belongs to training. Choose with validation images, and test once.",
    ),
    Question(
        text="In a feed-forward network nothing runs back to an earlier layer; in a fully connected one each neuron gets all "
        "activations of the layer before it. Which is the network of this chapter?",
        key=_kind_of_network,
        distractors={
            "fully connected, but not feed-forward": "Each layer gets its input from the one before, and nothing runs "
            "back: that is feed-forward. And a filter sees 3×3 positions at a time.",
            "feed-forward and fully connected": "Its dense layers are. But a filter sees 3×3 positions at a time, not all.",
            "neither": "Nothing runs back to an earlier layer, so it is feed-forward.",
        },
        because="Its dense layers are fully connected, its convolutions are not: 320 parameters, not 17 million.",
    ),
    Question(
        text="In a fully connected network each unit is connected to all units of the next layer. How many weights lie "
        "between two units of one layer, such as the dense layer of 64?",
        key=_weights_within_the_layer,
        distractors={
            2016: "So many pairs there are. None of them is connected.",
            4096: "64·64 would lead from one layer of 64 to another layer of 64.",
            36864: "These 576·64 come from the activations before the layer.",
        },
        because="576·64 weights and 64 biases are all that it has. So: false.",
    ),
    Question(
        text="Is ReLU a loss function, and what type of function are softmax and sigmoid?",
        key=lambda: "all three are activation functions",
        distractors={
            "all three are loss functions": "A loss compares with the right answer, and none of them is given one.",
            "ReLU is a loss function, the others are activation functions": "ReLU is max(0, x): no right answer goes in.",
            "ReLU is an activation function, the others are loss functions": "They give probabilities. The loss is made "
            "from these, and from the right answer.",
        },
        because="They are applied to what a layer has added up. The loss comes after.",
    ),
    Question(
        text="In regression a number is to be found and no class. Suppose it is 37, and somebody puts a sigmoid in the "
        "last layer. What is the nearest whole number that the network can come close to?",
        key=_greatest_sigmoid,
        distractors={
            0: "That is its lower end, for very negative scores.",
            37: "A last layer without an activation function could.",
            100: "A sigmoid is no percentage: it ends at 1.",
        },
        because="Its values lie between 0 and 1. So: false, unless the numbers to be found lie there too.",
    ),
]
