"""GoogLeNet (2014): inception modules, which look at several sizes at once."""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
from keras import layers

from labkit.models.imagenet_networks.construction import assemble, checked_width, classify, scaled
from labkit.models.imagenet_networks.local_response import LocalResponseNormalization


class Inception(NamedTuple):
    """The six numbers of an inception module: filters of its convolutions."""

    one: int
    three_reduce: int
    three: int
    five_reduce: int
    five: int
    pool: int


# The paper's table 1, from "inception (3a)" down.
MODULES = {
    "3a": Inception(64, 96, 128, 16, 32, 32),
    "3b": Inception(128, 128, 192, 32, 96, 64),
    "4a": Inception(192, 96, 208, 16, 48, 64),
    "4b": Inception(160, 112, 224, 24, 64, 64),
    "4c": Inception(128, 128, 256, 24, 64, 64),
    "4d": Inception(112, 144, 288, 32, 64, 64),
    "4e": Inception(256, 160, 320, 32, 128, 128),
    "5a": Inception(256, 160, 320, 32, 128, 128),
    "5b": Inception(384, 192, 384, 48, 128, 128),
}
AUXILIARY_AFTER = ("4a", "4d")
SIDE_WINDOW = 5  # places on a side that a side classifier averages; its maps are 1/16 of the image


def googlenet(
    input_shape: tuple[int, int, int] = (224, 224, 3),
    num_classes: int = 1000,
    width: float = 1.0,
    *,
    auxiliary: bool = False,
) -> keras.Model:
    """Return GoogLeNet: 6,998,552 parameters, 13,378,280 with the two classifiers that help it train.

    >>> network = googlenet((64, 64, 3), num_classes=10, width=0.125)
    >>> network.get_layer("inception_3a").output.shape  # (64 + 128 + 32 + 32)/8 channels
    (None, 8, 8, 32)

    Three convolutions, nine inception modules, and global average pooling in the place of AlexNet's and VGG's large
    dense layers: 22 layers with weights on the longest way. There is no batch normalization, which is younger; local
    response normalization stands where the paper has it.

    Parameters
    ----------
    input_shape
        ``(height, width, channels)``. Every layer pads to same, so no image is too small without ``auxiliary``.
    num_classes
        Number of classes.
    width
        Factor on every number of channels.
    auxiliary
        Whether to add the two side classifiers, after modules 4a and 4d, that send gradients into the middle of the
        network. The paper gives their losses a weight of 0.3 and drops them after training. They need images of at
        least 65×65.

    Returns
    -------
    keras.Model
        Not compiled; input ``(batch, height, width, channels)``, output ``(batch, num_classes)`` probabilities; with
        ``auxiliary`` a list of three such outputs, the network's own first.

    Raises
    ------
    TypeError, ValueError
        When an argument is not as allowed, or the image is too small.

    References
    ----------
    C. Szegedy et al., "Going deeper with convolutions", 2015, table 1 and section 5.
    """
    checked_width(width)

    def body(x: Any) -> Any:
        x = _convolution(x, scaled(64, width), 7, "conv1", strides=2)
        x = layers.MaxPooling2D(3, strides=2, padding="same", name="pool1")(x)
        x = LocalResponseNormalization(name="lrn1")(x)
        x = _convolution(x, scaled(64, width), 1, "conv2_reduce")
        x = _convolution(x, scaled(192, width), 3, "conv2")
        x = LocalResponseNormalization(name="lrn2")(x)
        stage = "2"
        for name, filters in MODULES.items():
            if name[0] != stage:
                x = layers.MaxPooling2D(3, strides=2, padding="same", name=f"pool{stage}")(x)
                stage = name[0]
            x = inception_module(x, Inception(*(scaled(number, width) for number in filters)), f"inception_{name}")
        return x

    def head(x: Any) -> Any:
        x = layers.GlobalAveragePooling2D(name="average")(x)
        return layers.Dropout(0.4, name="dropout")(x)

    network = assemble("googlenet", body, head, input_shape, num_classes)
    if not auxiliary:
        return network
    sides = [network.get_layer(f"inception_{name}").output for name in AUXILIARY_AFTER]
    if min(sides[0].shape[1:3]) < SIDE_WINDOW:
        raise ValueError(
            f"input_shape is {input_shape}: nothing is left of the image at layer 'auxiliary1_pool' of googlenet; "
            f"allowed is a height and a width of at least {(SIDE_WINDOW - 1) * 16 + 1}"
        )
    outputs = [_side_classifier(x, f"auxiliary{n}_", width, num_classes) for n, x in enumerate(sides, start=1)]
    return keras.Model(network.input, [network.output, *outputs], name="googlenet")


def inception_module(x: Any, filters: Inception, name: str) -> Any:
    """Return four branches side by side: 1×1, 3×3 and 5×5 convolutions and a pooling, their maps concatenated.

    >>> maps = keras.Input((28, 28, 192))
    >>> inception_module(maps, MODULES["3a"], "inception_3a").shape
    (None, 28, 28, 256)

    The 1×1 convolutions before the larger kernels, and after the pooling, keep the cost down: 5×5 on 192 maps would
    need 153,600 weights for 32 filters, through 16 maps it needs 3,072 + 12,800.

    Parameters
    ----------
    x
        Maps, ``(batch, height, width, channels)``.
    filters
        How many of each, in the order of the paper's table.
    name
        Starts the name of every layer.
    """
    one = _convolution(x, filters.one, 1, f"{name}_1x1")
    three = _convolution(x, filters.three_reduce, 1, f"{name}_3x3_reduce")
    three = _convolution(three, filters.three, 3, f"{name}_3x3")
    five = _convolution(x, filters.five_reduce, 1, f"{name}_5x5_reduce")
    five = _convolution(five, filters.five, 5, f"{name}_5x5")
    pool = layers.MaxPooling2D(3, strides=1, padding="same", name=f"{name}_pool")(x)
    pool = _convolution(pool, filters.pool, 1, f"{name}_pool_1x1")
    return layers.Concatenate(name=name)([one, three, five, pool])


def _side_classifier(x: Any, prefix: str, width: float, num_classes: int) -> Any:
    x = layers.AveragePooling2D(SIDE_WINDOW, strides=3, name=f"{prefix}pool")(x)
    x = _convolution(x, scaled(128, width), 1, f"{prefix}conv")
    x = layers.Flatten(name=f"{prefix}flatten")(x)
    x = layers.Dense(scaled(1024, width), activation="relu", name=f"{prefix}fc")(x)
    x = layers.Dropout(0.7, name=f"{prefix}dropout")(x)
    return classify(x, num_classes, prefix)


def _convolution(x: Any, filters: int, kernel: int, name: str, strides: int = 1) -> Any:
    return layers.Conv2D(filters, kernel, strides=strides, padding="same", activation="relu", name=name)(x)
