"""The first networks of the course: small enough to count by hand, good enough to work."""

from __future__ import annotations

import keras
from keras import layers

from labkit.arguments import image_shape, one_of, whole_number


def mnist_convnet(
    input_shape: tuple[int, int, int] = (28, 28, 1), num_classes: int = 10, softmax: bool = True
) -> keras.Sequential:
    """Return the small convolutional network that all the lecture decks share: 93,322 parameters.

    >>> model = mnist_convnet()
    >>> [layer.name for layer in model.layers]
    ['conv1', 'pool1', 'conv2', 'pool2', 'conv3', 'flatten', 'dense1', 'probabilities']
    >>> [layer.count_params() for layer in model.layers if layer.count_params()]
    [320, 18496, 36928, 36928, 650]

    Three 3×3 convolutions with 2×2 max pooling between them shrink a 28×28 image to 26, 13, 11, 5 and 3; the
    3·3·64 = 576 numbers that are left go through two dense layers. The three convolutions have 55,744 parameters, the
    dense layers 37,578.

    Parameters
    ----------
    input_shape
        ``(height, width, channels)``; at least 18×18, or nothing is left for the third convolution.
    num_classes
        Number of scores at the end.
    softmax
        Whether the scores are turned into probabilities that sum to 1. Without it they are logits, for a loss made with
        ``from_logits=True``, which is the numerically safer way to train.

    Returns
    -------
    keras.Sequential
        Built, not compiled; input ``(batch, height, width, channels)``, output ``(batch, num_classes)``.

    Raises
    ------
    ValueError
        When ``input_shape`` is not three numbers, is too small, or ``num_classes`` is below 1.

    References
    ----------
    F. Chollet, *Deep Learning with Python*, section 5.1 (2017).
    """
    input_shape, num_classes = image_shape(input_shape, smallest=18), whole_number("num_classes", num_classes)
    return keras.Sequential(
        [
            keras.Input(input_shape),
            layers.Conv2D(32, 3, activation="relu", name="conv1"),
            layers.MaxPooling2D(2, name="pool1"),
            layers.Conv2D(64, 3, activation="relu", name="conv2"),
            layers.MaxPooling2D(2, name="pool2"),
            layers.Conv2D(64, 3, activation="relu", name="conv3"),
            layers.Flatten(name="flatten"),
            layers.Dense(64, activation="relu", name="dense1"),
            layers.Dense(num_classes, activation="softmax", name="probabilities")
            if softmax
            else layers.Dense(num_classes, name="logits"),
        ],
        name="mnist_convnet",
    )


def separable_convnet(
    input_shape: tuple[int, int, int] = (28, 28, 1), num_classes: int = 10, softmax: bool = True
) -> keras.Sequential:
    """Return `mnist_convnet` with two of its three convolutions taken apart: 45,034 parameters instead of 93,322.

    >>> model = separable_convnet()
    >>> [layer.count_params() for layer in model.layers if layer.count_params()]
    [320, 2400, 4736, 36928, 650]

    The first convolution stays: with one channel there are no channels to mix, so there is little to take apart.

    Parameters
    ----------
    input_shape, num_classes, softmax
        As of `mnist_convnet`.

    Returns
    -------
    keras.Sequential
        Built, not compiled; with the layers' names of `mnist_convnet`.

    Raises
    ------
    ValueError
        As `mnist_convnet`.

    References
    ----------
    F. Chollet, *Xception: deep learning with depthwise separable convolutions*, 2017.
    """
    whole = mnist_convnet(input_shape, num_classes, softmax)

    def taken_apart(layer: keras.layers.Layer) -> keras.layers.Layer:
        if layer.name in ("conv2", "conv3"):
            return layers.SeparableConv2D(layer.filters, layer.kernel_size, activation="relu", name=layer.name)
        return type(layer).from_config(layer.get_config())

    copy = [taken_apart(layer) for layer in whole.layers]
    return keras.Sequential([keras.Input(input_shape), *copy], name="separable_convnet")


WAYS = ("max", "average", "stride")


def shrinking_convnet(
    way: str, input_shape: tuple[int, int, int] = (28, 28, 1), num_classes: int = 10
) -> keras.Sequential:
    """Return a network of three convolutions that halves its maps twice, in one of three ways.

    >>> networks = [shrinking_convnet(way) for way in WAYS]
    >>> [network.count_params() for network in networks]
    [29738, 29738, 29738]
    >>> networks[0].get_layer("conv3").output.shape == networks[2].get_layer("conv3").output.shape
    True

    Every convolution is 3×3 with same padding, so the maps keep their size (28, 14 and 7 pixels wide for the first, the
    second and the third) whatever halves them. The three networks thus have the same shapes and the same number of
    weights, and may even start from the same weights.

    Parameters
    ----------
    way : {"max", "average", "stride"}
        What halves the maps after the first and after the second convolution: 2×2 max pooling, 2×2 average pooling, or
        no pooling but a stride of 2 in these convolutions themselves.
    input_shape
        ``(height, width, channels)``.
    num_classes
        Number of scores at the end.

    Returns
    -------
    keras.Sequential
        Built, not compiled; input ``(batch, height, width, channels)``, output ``(batch, num_classes)`` logits.

    Raises
    ------
    ValueError
        When ``way`` is not one of the three.
    """
    one_of("way", way, WAYS)
    stride = 2 if way == "stride" else 1

    def halve(number: int) -> list[layers.Layer]:
        if way == "max":
            return [layers.MaxPooling2D(2, name=f"pool{number}")]
        return [layers.AveragePooling2D(2, name=f"pool{number}")] if way == "average" else []

    return keras.Sequential(
        [
            keras.Input(input_shape),
            layers.Conv2D(16, 3, strides=stride, padding="same", activation="relu", name="conv1"),
            *halve(1),
            layers.Conv2D(32, 3, strides=stride, padding="same", activation="relu", name="conv2"),
            *halve(2),
            layers.Conv2D(32, 3, padding="same", activation="relu", name="conv3"),
            layers.Flatten(name="flatten"),
            layers.Dense(num_classes, name="logits"),
        ]
    )
