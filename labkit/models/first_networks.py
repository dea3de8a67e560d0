"""The first networks of the course: small enough to count by hand, good enough to work."""

from __future__ import annotations

import keras
from keras import layers

from labkit.arguments import image_shape, whole_number


def mnist_convnet(
    input_shape: tuple[int, int, int] = (28, 28, 1), num_classes: int = 10, softmax: bool = True
) -> keras.Sequential:
    """Return the small convolutional network that all the lecture decks share: 93,322 parameters.

    >>> model = mnist_convnet()
    >>> [layer.name for layer in model.layers]
    ['conv1', 'pool1', 'conv2', 'pool2', 'conv3', 'flatten', 'dense1', 'scores']
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
            layers.Dense(num_classes, activation="softmax" if softmax else None, name="scores"),
        ],
        name="mnist_convnet",
    )
