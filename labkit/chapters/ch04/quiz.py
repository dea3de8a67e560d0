"""Quiz of chapter 4, counting a convnet."""

from labkit.calculators import activation_bytes, layers, parameters, receptive_field, summarize
from labkit.course.quiz import Question

CONVNET = [
    layers.Conv2D(32, 3, name="conv1"),
    layers.MaxPooling2D(2, name="pool1"),
    layers.Conv2D(64, 3, name="conv2"),
    layers.MaxPooling2D(2, name="pool2"),
    layers.Conv2D(64, 3, name="conv3"),
    layers.Flatten(),
    layers.Dense(64, name="dense1"),
    layers.Dense(10, name="logits"),
]


def _most_work():
    """The name of the convnet's layer with the most multiply-adds."""
    return max(summarize(CONVNET, (28, 28, 1)), key=lambda row: row.macs).name


QUIZ = [
    Question(
        text="A convolution has 16 filters of 5×5 and gets a colour image with 3 channels. How many parameters does it have?",
        key=lambda: int(parameters(layers.Conv2D(16, 5), (100, 100, 3))),
        distractors={
            416: "Each filter spans all 3 channels; you counted one.",
            1200: "These are the weights. Each filter has a bias as well.",
            1248: "A filter has one bias, not one for each channel.",
        },
        because="(5·5·3 + 1)·16.",
    ),
    Question(
        text="A convolution with 16 filters of 3×3 on 3 channels gets a stride of 2 in place of 1. How many parameters does "
        "it have now?",
        key=lambda: int(parameters(layers.Conv2D(16, 3, strides=2), (100, 100, 3))),
        distractors={
            224: "That is half. What the stride halves is each side of the map.",
            112: "That is a quarter. A quarter of the positions is left, but all of them share the same weights.",
            1792: "That is four times as many. No filter has grown.",
        },
        because="(3·3·3 + 1)·16, as before. The stride changes how often the weights are used, not how many there are.",
    ),
    Question(
        text="Which layer of the MNIST convnet does the most multiply-adds?",
        key=_most_work,
        distractors={
            "conv1": "It has the largest maps, but its filters span one channel only: 9 multiply-adds an activation.",
            "conv3": "It has the most weights of the convolutions, but uses each at 3·3 positions only.",
            "dense1": "It has as many parameters as conv3, and uses each of them just once.",
        },
        because="11·11 positions, 64 filters, 3·3·32 weights each: 2,230,272 of 2,794,240.",
    ),
    Question(
        text="Three 3×3 convolutions with a stride of 1 stand on top of each other. How many pixels, along one side, does "
        "an activation after the third one see?",
        key=lambda: receptive_field([layers.Conv2D(1, 3, name=f"c{i}") for i in range(3)], "c2", (32, 32, 1)).size[0],
        distractors={
            9: "Windows overlap: the second and the third add 2 each.",
            27: "Fields add up, they do not multiply.",
            3: "That is what it sees of the map right below it.",
        },
        because="3 + 2 + 2.",
    ),
    Question(
        text="A layer gives 8 maps of 10×10, in float32. How many bytes must training keep of them, for a batch of 32 "
        "images?",
        key=lambda: int(activation_bytes((10, 10, 8), batch_size=32)),
        distractors={
            25600: "These are the activations. Each of them takes 4 bytes.",
            3200: "That is for one image.",
            51200: "That would be float16, with 2 bytes each.",
        },
        because="32·10·10·8 activations of 4 bytes.",
    ),
]
