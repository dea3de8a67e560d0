"""Three small networks that differ in one thing: how they shrink their feature maps."""

from __future__ import annotations

import keras
from keras import layers

from labkit.arguments import one_of

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
            layers.Dense(num_classes, name="scores"),
        ]
    )
