"""Quiz of chapter 17, small and fast."""

from labkit.calculators import layers, parameters
from labkit.course.quiz import Question
from labkit.ops import quantize_array


def _weights_of_taken_apart() -> int:
    layer = layers.SeparableConv2D(64, 3, use_bias=False)
    return int(parameters(layer, (28, 28, 32)))


def _weights_of_whole() -> int:
    return int(parameters(layers.Conv2D(64, 3, use_bias=False), (28, 28, 32)))


def _greatest_error(low: float, high: float) -> float:
    return round(float(quantize_array([low, high]).scale) / 2, 4)


QUIZ = [
    Question(
        text="A layer has 64 filters of 3×3 on 32 channels. Taken apart, depthwise separable and without biases, how many "
        "weights has it?",
        key=_weights_of_taken_apart,
        distractors={
            _weights_of_whole(): "That is the standard convolution: 3·3·32·64.",
            288: "That is the depthwise part: 3·3·32. The pointwise part has 32·64.",
            2048: "That is the pointwise part: 32·64. The depthwise part has 3·3·32.",
        },
        because="3·3·32 + 32·64 = 288 + 2,048.",
    ),
    Question(
        text="Of a network's weights, 90 % are set to zero. Its float32 file is saved as before. How much smaller is it?",
        key=lambda: "not at all",
        distractors={
            "ten times": "Only if zeros took no bytes. In the file each takes four.",
            "nine times": "Zeros are numbers like others to a file. A compression would see them.",
            "a little": "Not a byte. Only what compresses the file, or stores positions of weights instead, gains by zeros.",
        },
        because="A zero takes as many bytes as any number. gzip makes something of it.",
    ),
    Question(
        text="Activations from 0 to 5.1 are quantized to 8 bits. By how much can a number in this range change at most?",
        key=lambda: _greatest_error(0, 5.1),
        distractors={
            0.02: "That is the scale. The nearest integer is at most half a step away.",
            0.005: "The scale is 5.1 / 255 = 0.02, and half of it is asked for.",
            0.0: "Only multiples of the scale stay as they are.",
        },
        because="Half of the scale: 5.1 / 255 / 2.",
    ),
    Question(
        text="Layer A has 8 times fewer multiply-adds than layer B. How much faster is it?",
        key=lambda: "that has to be measured, on the machine that it is for",
        distractors={
            "8 times": "In this chapter it was less, and in one program, with few channels, nothing at all.",
            "at least twice": "A program that is slow with this kind of layer can lose all of the gain.",
            "it cannot be slower": "It can: moving numbers and starting a layer take time, too.",
        },
        because="Time is also spent on moving numbers, and on starting each layer, and programs differ.",
    ),
    Question(
        text="Why does int8 for activations need some images, and int8 for weights none?",
        key=lambda: "the range of the weights is known, that of the activations depends on the images",
        distractors={
            "the network is trained further on them": "No weight is trained. Only ranges are noted.",
            "to measure the accuracy": "That takes test images, and these should be others.",
            "int8 has no negative numbers": "It has: from −128 on.",
        },
        because="A range that is too narrow cuts off, one that is too wide has coarse steps.",
    ),
]
