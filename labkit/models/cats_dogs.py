"""The lecture decks' network that tells cats from dogs."""

from __future__ import annotations

import keras
from keras import layers

from labkit.arguments import image_shape, share

SMALLEST = 46  # pixels on a side: what four convolutions and poolings leave one number of


def cats_dogs_convnet(input_shape: tuple[int, int, int] = (150, 150, 3), dropout: float = 0.0) -> keras.Sequential:
    """Return the lecture decks' network for cats and dogs: 3,453,121 parameters.

    >>> model = cats_dogs_convnet()
    >>> [layer.count_params() for layer in model.layers if layer.count_params()]
    [896, 18496, 73856, 147584, 3211776, 513]

    Four 3×3 convolutions, each with 2×2 max pooling after it, shrink an image of 150×150 to 74, 36, 17 and 7. The
    7·7·128 = 6,272 numbers that are left go through two dense layers, of which the first holds 93 of 100 parameters.

    Images go in as they are read, 0 to 255: the first layer divides by 255, so that nobody can forget to.

    Parameters
    ----------
    input_shape
        ``(height, width, channels)``; at least 46×46, or nothing is left to flatten.
    dropout
        Share of the flattened numbers that each training step sets to zero, 0 to less than 1. The decks take 0.5 when
        they augment. With 0 there is no such layer.

    Returns
    -------
    keras.Sequential
        Built, not compiled; input ``(batch, height, width, channels)``, output ``(batch, 1)``: the probability of the
        class with label 1.

    Raises
    ------
    ValueError
        When ``input_shape`` is not three numbers or is too small, or ``dropout`` is out of range.

    References
    ----------
    F. Chollet, *Deep Learning with Python*, section 5.2 (2017), where the scaling is a step of the data pipeline.
    """
    input_shape = image_shape(input_shape, SMALLEST)
    share("dropout", dropout)
    return keras.Sequential(
        [
            keras.Input(input_shape),
            layers.Rescaling(1 / 255, name="rescaling"),
            layers.Conv2D(32, 3, activation="relu", name="conv1"),
            layers.MaxPooling2D(2, name="pool1"),
            layers.Conv2D(64, 3, activation="relu", name="conv2"),
            layers.MaxPooling2D(2, name="pool2"),
            layers.Conv2D(128, 3, activation="relu", name="conv3"),
            layers.MaxPooling2D(2, name="pool3"),
            layers.Conv2D(128, 3, activation="relu", name="conv4"),
            layers.MaxPooling2D(2, name="pool4"),
            layers.Flatten(name="flatten"),
            *([layers.Dropout(dropout, name="dropout")] if dropout else []),
            layers.Dense(512, activation="relu", name="dense1"),
            layers.Dense(1, activation="sigmoid", name="probability"),
        ],
        name="cats_dogs_convnet",
    )
