"""VGG (2014): nothing but 3×3 convolutions, in six configurations from one table."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from labkit.models.imagenet_networks.construction import assemble, checked_width, choose, scaled
from labkit.models.imagenet_networks.local_response import LocalResponseNormalization

# The paper's table 1, without the "conv" before each kernel size and number of filters; | is a pooling.
CONFIGURATIONS = {
    "A": "3-64 | 3-128 | 3-256 3-256 | 3-512 3-512 | 3-512 3-512",
    "A-LRN": "3-64 LRN | 3-128 | 3-256 3-256 | 3-512 3-512 | 3-512 3-512",
    "B": "3-64 3-64 | 3-128 3-128 | 3-256 3-256 | 3-512 3-512 | 3-512 3-512",
    "C": "3-64 3-64 | 3-128 3-128 | 3-256 3-256 1-256 | 3-512 3-512 1-512 | 3-512 3-512 1-512",
    "D": "3-64 3-64 | 3-128 3-128 | 3-256 3-256 3-256 | 3-512 3-512 3-512 | 3-512 3-512 3-512",
    "E": "3-64 3-64 | 3-128 3-128 | 3-256 3-256 3-256 3-256 | 3-512 3-512 3-512 3-512 | 3-512 3-512 3-512 3-512",
}


def vgg(
    configuration: str = "D",
    input_shape: tuple[int, int, int] = (224, 224, 3),
    num_classes: int = 1000,
    width: float = 1.0,
) -> keras.Model:
    """Return a VGG network; D is VGG-16 (138,357,544 parameters), E is VGG-19 (143,667,240).

    >>> network = vgg("A", (32, 32, 3), num_classes=10, width=0.25)
    >>> [layer.name for layer in network.layers][1:5], network.get_layer("block5_pool").output.shape
    (['block1_conv1', 'block1_pool', 'block2_conv1', 'block2_pool'], (None, 1, 1, 128))

    Five blocks of convolutions with same padding, each followed by 2×2 max pooling; then two dense layers of 4,096,
    with dropout of one half, and the scores. A to E differ in how many convolutions the blocks have
    (:data:`CONFIGURATIONS`): 11, 11, 13, 16, 16 and 19 layers with weights.

    Parameters
    ----------
    configuration : {"A", "A-LRN", "B", "C", "D", "E"}
        Column of the paper's table 1.
    input_shape
        ``(height, width, channels)``; at least 32×32.
    num_classes
        Number of classes.
    width
        Factor on every number of channels and dense units.

    Returns
    -------
    keras.Model
        Not compiled; input ``(batch, height, width, channels)``, output ``(batch, num_classes)`` probabilities.

    Raises
    ------
    TypeError, ValueError
        When an argument is not as allowed, or the image is too small.

    References
    ----------
    K. Simonyan, A. Zisserman, "Very deep convolutional networks for large-scale image recognition", 2015, tables 1, 2.
    """
    blocks = choose("configuration", configuration, CONFIGURATIONS).split(" | ")
    checked_width(width)

    def body(x: Any) -> Any:
        for number, block in enumerate(blocks, start=1):
            for index, entry in enumerate(block.split(), start=1):
                x = _layer(entry, width, f"block{number}", index)(x)
            x = layers.MaxPooling2D(2, name=f"block{number}_pool")(x)
        return x

    def head(x: Any) -> Any:
        x = layers.Flatten(name="flatten")(x)
        for number in (1, 2):
            x = layers.Dense(scaled(4096, width), activation="relu", name=f"fc{number}")(x)
            x = layers.Dropout(0.5, name=f"dropout{number}")(x)
        return x

    return assemble(f"vgg_{configuration.lower()}", body, head, input_shape, num_classes)


def _layer(entry: str, width: float, block: str, index: int) -> layers.Layer:
    """The layer that an entry of the table stands for: ``3-64`` is a 3×3 convolution with 64 filters."""
    if entry == "LRN":
        return LocalResponseNormalization(name=f"{block}_lrn")
    kernel, filters = map(int, entry.split("-"))
    return layers.Conv2D(scaled(filters, width), kernel, padding="same", activation="relu", name=f"{block}_conv{index}")
