"""Xception (2017), MobileNet (2017) and MobileNetV2 (2018): places and channels filtered apart."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from labkit.models.blocks import convolve, normalized
from labkit.models.imagenet_networks.construction import assemble, checked_width, scaled

# ------------------------------------------------------------------------------------------------------------ Xception

MIDDLE_BLOCKS = 8


def xception(
    input_shape: tuple[int, int, int] = (299, 299, 3), num_classes: int = 1000, width: float = 1.0
) -> keras.Model:
    """Return Xception: 22,855,952 trainable parameters.

    >>> network = xception((71, 71, 3), num_classes=10, width=0.125)
    >>> network.get_layer("block4_add").output.shape, network.get_layer("block14_conv2_relu").output.shape
    ((None, 5, 5, 91), (None, 3, 3, 256))

    Two plain convolutions, then 34 depthwise separable ones: in the entry flow blocks 2 to 4, which shrink the maps, in
    the middle flow blocks 5 to 12, all alike, and in the exit flow blocks 13 and 14. Blocks 2 to 13 add their input.

    Parameters
    ----------
    input_shape
        ``(height, width, channels)``; at least 7×7.
    num_classes
        Number of classes.
    width
        Factor on every number of channels.

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
    F. Chollet, "Xception: deep learning with depthwise separable convolutions", 2017, figure 5.
    """
    checked_width(width)

    def separable(x: Any, filters: int, name: str) -> Any:
        filters = scaled(filters, width)
        layer = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False, name=f"{name}_separable")
        return normalized(x, layer, f"{name}_bn")

    def shrinking_block(x: Any, filters: tuple[int, int], name: str, first_relu: bool = True) -> Any:
        shortcut = convolve(x, scaled(filters[1], width), 1, f"{name}_shortcut", strides=2)
        for number, size in enumerate(filters, start=1):
            if first_relu or number > 1:
                x = layers.ReLU(name=f"{name}_conv{number}_relu")(x)
            x = separable(x, size, f"{name}_conv{number}")
        x = layers.MaxPooling2D(3, strides=2, padding="same", name=f"{name}_pool")(x)
        return layers.Add(name=f"{name}_add")([x, shortcut])

    def body(x: Any) -> Any:
        for number, (filters, strides) in enumerate(((32, 2), (64, 1)), start=1):
            x = convolve(x, scaled(filters, width), 3, f"block1_conv{number}", strides=strides, padding="valid")
            x = layers.ReLU(name=f"block1_conv{number}_relu")(x)
        for number, filters in enumerate((128, 256, 728), start=2):
            x = shrinking_block(x, (filters, filters), f"block{number}", first_relu=number > 2)
        for number in range(5, 5 + MIDDLE_BLOCKS):
            inner = x
            for index in (1, 2, 3):
                inner = layers.ReLU(name=f"block{number}_conv{index}_relu")(inner)
                inner = separable(inner, 728, f"block{number}_conv{index}")
            x = layers.Add(name=f"block{number}_add")([inner, x])
        x = shrinking_block(x, (728, 1024), "block13")
        for number, filters in enumerate((1536, 2048), start=1):
            x = separable(x, filters, f"block14_conv{number}")
            x = layers.ReLU(name=f"block14_conv{number}_relu")(x)
        return x

    return assemble("xception", body, layers.GlobalAveragePooling2D(name="average"), input_shape, num_classes)


# ----------------------------------------------------------------------------------------------------------- MobileNet

# Filters and stride of each depthwise separable convolution: the paper's table 1.
MOBILENET_BLOCKS = (
    (64, 1),
    (128, 2),
    (128, 1),
    (256, 2),
    (256, 1),
    (512, 2),
    *[(512, 1)] * 5,
    (1024, 2),
    (1024, 1),
)


def mobilenet(
    input_shape: tuple[int, int, int] = (224, 224, 3), num_classes: int = 1000, width: float = 1.0
) -> keras.Model:
    """Return MobileNet: 4,231,976 trainable parameters.

    >>> network = mobilenet((32, 32, 3), num_classes=10, width=0.25)
    >>> network.get_layer("block13_pointwise_relu").output.shape
    (None, 1, 1, 256)

    One plain convolution, then 13 depthwise separable ones: each map filtered by itself with 3×3, then all mixed with
    1×1, batch normalization and ReLU after both. The ReLU stops at 6, as Google's code has it.

    Parameters
    ----------
    input_shape
        ``(height, width, channels)``. Every layer pads to same, so no image is too small.
    num_classes
        Number of classes.
    width
        Factor on every number of channels: the paper's width multiplier α.

    Returns
    -------
    keras.Model
        Not compiled; input ``(batch, height, width, channels)``, output ``(batch, num_classes)`` probabilities.

    Raises
    ------
    TypeError, ValueError
        When an argument is not as allowed.

    References
    ----------
    A. Howard et al., "MobileNets: efficient convolutional neural networks for mobile vision applications", 2017,
    table 1.
    """
    checked_width(width)

    def body(x: Any) -> Any:
        x = convolve(x, scaled(32, width), 3, "conv1", strides=2)
        x = layers.ReLU(6.0, name="conv1_relu")(x)
        for number, (filters, strides) in enumerate(MOBILENET_BLOCKS, start=1):
            x = depthwise_separable(x, scaled(filters, width), f"block{number}", strides=strides)
        return x

    def head(x: Any) -> Any:
        x = layers.GlobalAveragePooling2D(name="average")(x)
        return layers.Dropout(0.001, name="dropout")(x)

    return assemble("mobilenet", body, head, input_shape, num_classes)


def depthwise_separable(x: Any, filters: int, name: str, strides: int = 1) -> Any:
    """Return maps filtered one by one with 3×3, then mixed with 1×1.

    >>> maps = keras.Input((56, 56, 64))
    >>> keras.Model(maps, depthwise_separable(maps, 128, "block")).count_params()  # 3·3·64 + 64·128 + 4·64 + 4·128
    9536

    A plain 3×3 convolution would need 3·3·64·128 = 73,728.

    Parameters
    ----------
    x
        Maps, ``(batch, height, width, channels)``.
    filters
        Number of maps after mixing.
    name
        Starts the name of every layer.
    strides
        Of the 3×3 convolution.
    """
    x = _depthwise(x, f"{name}_depthwise", strides)
    x = convolve(x, filters, 1, f"{name}_pointwise", padding="valid")
    return layers.ReLU(6.0, name=f"{name}_pointwise_relu")(x)


# --------------------------------------------------------------------------------------------------------- MobileNetV2

# Expansion, filters, number of blocks and stride of the first of them: the paper's table 2.
MOBILENET_V2_STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


def mobilenet_v2(
    input_shape: tuple[int, int, int] = (224, 224, 3), num_classes: int = 1000, width: float = 1.0
) -> keras.Model:
    """Return MobileNetV2: 3,504,872 trainable parameters.

    >>> network = mobilenet_v2((32, 32, 3), num_classes=10, width=0.35)
    >>> network.get_layer("block16_project_bn").output.shape
    (None, 1, 1, 112)

    Inverted residual blocks: widen with 1×1, filter each map by itself with 3×3, narrow with 1×1 and no activation;
    narrow ends are added where their shapes agree.

    Parameters
    ----------
    input_shape
        ``(height, width, channels)``. Every layer pads to same, so no image is too small.
    num_classes
        Number of classes.
    width
        Factor on every number of channels, each made divisible by 8, as Google's code does; the last 1,280 do not
        shrink, but grow.

    Returns
    -------
    keras.Model
        Not compiled; input ``(batch, height, width, channels)``, output ``(batch, num_classes)`` probabilities.

    Raises
    ------
    TypeError, ValueError
        When an argument is not as allowed.

    References
    ----------
    M. Sandler et al., "MobileNetV2: inverted residuals and linear bottlenecks", 2018, table 2.
    """
    checked_width(width)

    def body(x: Any) -> Any:
        x = convolve(x, divisible(32 * width), 3, "conv1", strides=2)
        x = layers.ReLU(6.0, name="conv1_relu")(x)
        number = 0
        for expansion, filters, blocks, first_stride in MOBILENET_V2_STAGES:
            for index in range(blocks):
                strides = first_stride if index == 0 else 1
                x = inverted_residual(x, divisible(filters * width), expansion, f"block{number}", strides)
                number += 1
        x = convolve(x, divisible(1280 * max(1, width)), 1, "last", padding="valid")
        return layers.ReLU(6.0, name="last_relu")(x)

    return assemble("mobilenet_v2", body, layers.GlobalAveragePooling2D(name="average"), input_shape, num_classes)


def inverted_residual(x: Any, filters: int, expansion: int, name: str, strides: int = 1) -> Any:
    """Return maps widened, filtered one by one and narrowed, plus the input where the shapes agree.

    >>> maps = keras.Input((28, 28, 32))
    >>> network = keras.Model(maps, inverted_residual(maps, 32, 6, "block"))
    >>> network.get_layer("block_depthwise_relu").output.shape, network.output_shape
    ((None, 28, 28, 192), (None, 28, 28, 32))

    Parameters
    ----------
    x
        Maps, ``(batch, height, width, channels)``.
    filters
        Number of maps after narrowing.
    expansion
        How many times the channels are widened; with 1 there is no widening convolution.
    name
        Starts the name of every layer.
    strides
        Of the 3×3 convolution.
    """
    inner = x
    if expansion > 1:
        inner = convolve(inner, x.shape[-1] * expansion, 1, f"{name}_expand", padding="valid")
        inner = layers.ReLU(6.0, name=f"{name}_expand_relu")(inner)
    inner = _depthwise(inner, f"{name}_depthwise", strides)
    # No activation after narrowing: a ReLU would lose what few maps have to carry (section 3.2).
    inner = convolve(inner, filters, 1, f"{name}_project", padding="valid")
    return layers.Add(name=f"{name}_add")([x, inner]) if x.shape == inner.shape else inner


def divisible(channels: float, by: int = 8) -> int:
    """Return the nearest multiple of ``by``, at least ``by``, and not more than a tenth below the number.

    >>> divisible(24 * 0.35), divisible(32 * 0.35), divisible(32), divisible(1)
    (8, 16, 32, 8)
    """
    nearest = max(by, int(channels + by / 2) // by * by)
    return nearest + by if nearest < 0.9 * channels else nearest


def _depthwise(x: Any, name: str, strides: int) -> Any:
    layer = layers.DepthwiseConv2D(3, strides=strides, padding="same", use_bias=False, name=f"{name}_conv")
    return layers.ReLU(6.0, name=f"{name}_relu")(normalized(x, layer, f"{name}_bn"))
