"""AlexNet (2012): five convolutions and three dense layers, in two towers, one for each of two graphics cards."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from labkit.arguments import whole_number
from labkit.models.imagenet_networks.construction import assemble, checked_width, scaled
from labkit.models.imagenet_networks.local_response import LocalResponseNormalization


def alexnet(
    input_shape: tuple[int, int, int] = (227, 227, 3),
    num_classes: int = 1000,
    width: float = 1.0,
    *,
    groups: int = 2,
    first_stride: int = 4,
) -> keras.Model:
    """Return AlexNet: 60,965,224 parameters in the paper's two towers, 62,378,344 in one.

    >>> network = alexnet(width=0.25)
    >>> [network.get_layer(f"conv{number}").output.shape[1:] for number in (1, 2, 3, 4, 5)]
    [(55, 55, 24), (27, 27, 64), (13, 13, 96), (13, 13, 96), (13, 13, 64)]
    >>> alexnet((28, 28, 1), 10, width=0.125, first_stride=1).output_shape  # for small images
    (None, 10)

    ======  =============  ==================================  ===========
    layer   maps           kernel                              parameters
    ======  =============  ==================================  ===========
    conv1   96 of 55×55    11×11, stride 4, no padding             34,944
    pool1   96 of 27×27    3×3, stride 2: windows overlap
    conv2   256 of 27×27   5×5, in two groups                     307,456
    pool2   256 of 13×13   3×3, stride 2
    conv3   384 of 13×13   3×3, sees both towers                  885,120
    conv4   384 of 13×13   3×3, in two groups                     663,936
    conv5   256 of 13×13   3×3, in two groups                     442,624
    pool5   256 of 6×6     3×3, stride 2
    fc6     4,096                                              37,752,832
    fc7     4,096                                              16,781,312
    logits  1,000                                               4,097,000
    ======  =============  ==================================  ===========

    Local response normalization follows conv1 and conv2, dropout of one half fc6 and fc7. The paper writes that its
    images are 224×224; its 55×55 maps need 227.

    Parameters
    ----------
    input_shape
        ``(height, width, channels)``.
    num_classes
        Number of classes.
    width
        Factor on every number of channels and dense units.
    groups
        2 for the paper's towers, 1 for a network that sees all maps in every layer.
    first_stride
        Stride of conv1. With 4, images shrink too fast for less than 67×67; with 1, 28×28 are enough.

    Returns
    -------
    keras.Model
        Not compiled; input ``(batch, height, width, channels)``, output ``(batch, num_classes)`` probabilities.

    Raises
    ------
    TypeError, ValueError
        When an argument is not as allowed, ``groups`` does not divide the channels, or the image is too small.

    References
    ----------
    A. Krizhevsky, I. Sutskever, G. Hinton, "ImageNet classification with deep convolutional neural networks", 2012,
    section 3.
    """
    checked_width(width)
    whole_number("groups", groups)
    whole_number("first_stride", first_stride)
    channels = [scaled(number, width) for number in (96, 256, 384, 384, 256)]
    # The grouped convolutions split what goes in and what comes out, and two of them meet every number here.
    if any(number % groups for number in channels):
        raise ValueError(
            f"groups is {groups!r}; allowed is what divides all numbers of channels, at width {width} {channels}"
        )

    def body(x: Any) -> Any:
        x = layers.Conv2D(channels[0], 11, strides=first_stride, activation="relu", name="conv1")(x)
        x = LocalResponseNormalization(name="lrn1")(x)
        x = layers.MaxPooling2D(3, strides=2, name="pool1")(x)
        x = _convolution(channels[1], 5, groups, "conv2")(x)
        x = LocalResponseNormalization(name="lrn2")(x)
        x = layers.MaxPooling2D(3, strides=2, name="pool2")(x)
        x = _convolution(channels[2], 3, 1, "conv3")(x)
        x = _convolution(channels[3], 3, groups, "conv4")(x)
        x = _convolution(channels[4], 3, groups, "conv5")(x)
        return layers.MaxPooling2D(3, strides=2, name="pool5")(x)

    def head(x: Any) -> Any:
        x = layers.Flatten(name="flatten")(x)
        for number in (6, 7):
            x = layers.Dense(scaled(4096, width), activation="relu", name=f"fc{number}")(x)
            x = layers.Dropout(0.5, name=f"dropout{number}")(x)
        return x

    return assemble("alexnet", body, head, input_shape, num_classes)


def _convolution(filters: int, kernel: int, groups: int, name: str) -> layers.Layer:
    return layers.Conv2D(filters, kernel, padding="same", groups=groups, activation="relu", name=name)
