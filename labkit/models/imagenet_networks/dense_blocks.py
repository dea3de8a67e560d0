"""DenseNet (2017): each layer sees the maps of all before it."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from labkit.models.imagenet_networks.construction import assemble, checked_width, choose, scaled

EPSILON = 1e-5
GROWTH = 32

# How many layers the four dense blocks have: the paper's table 1.
DEPTHS = {121: (6, 12, 24, 16), 169: (6, 12, 32, 32), 201: (6, 12, 48, 32), 264: (6, 12, 64, 48)}


def densenet(
    depth: int = 121,
    input_shape: tuple[int, int, int] = (224, 224, 3),
    num_classes: int = 1000,
    width: float = 1.0,
) -> keras.Model:
    """Return a densely connected network of 121 to 264 layers; DenseNet-121 has 7,978,856 trainable parameters.

    >>> network = densenet(121, (32, 32, 3), num_classes=10, width=0.25)
    >>> [network.get_layer(f"block{block}_out").output.shape[-1] for block in (1, 2, 3, 4)]
    [64, 128, 256, 256]

    Every layer of a block adds 32 maps to a growing stack, computed from the whole stack through a 1×1 convolution to
    128 maps. Between blocks, a transition halves the maps in number and in size. Batch normalization and ReLU come
    before each convolution.

    Parameters
    ----------
    depth : {121, 169, 201, 264}
        Layers with weights.
    input_shape
        ``(height, width, channels)``; at least 29×29.
    num_classes
        Number of classes.
    width
        Factor on every number of channels, the growth of 32 among them.

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
    G. Huang, Z. Liu, L. van der Maaten, K. Weinberger, "Densely connected convolutional networks", 2017, table 1
    (DenseNet-BC: bottlenecks, and a compression of one half).
    """
    blocks = choose("depth", depth, DEPTHS)
    growth = scaled(GROWTH, checked_width(width))

    def body(x: Any) -> Any:
        x = layers.ZeroPadding2D(3, name="conv1_pad")(x)
        x = _convolution(2 * growth, 7, "conv1_conv", strides=2, padding="valid")(x)
        x = _activate(x, "conv1")
        x = layers.ZeroPadding2D(1, name="pool1_pad")(x)
        x = layers.MaxPooling2D(3, strides=2, name="pool1")(x)
        for number, length in enumerate(blocks, start=1):
            x = dense_block(x, length, growth, f"block{number}")
            x = _activate(x, f"block{number}_end")
            if number < len(blocks):
                x = _convolution(x.shape[-1] // 2, 1, f"transition{number}_conv")(x)
                x = layers.AveragePooling2D(2, name=f"transition{number}_pool")(x)
        return x

    return assemble(f"densenet{depth}", body, layers.GlobalAveragePooling2D(name="average"), input_shape, num_classes)


def dense_block(x: Any, length: int, growth: int, name: str) -> Any:
    """Return the maps and, stacked after them, ``growth`` more from each of ``length`` layers.

    >>> maps = keras.Input((56, 56, 64))
    >>> dense_block(maps, 6, 32, "block1").shape  # 64 + 6·32
    (None, 56, 56, 256)

    Parameters
    ----------
    x
        Maps, ``(batch, height, width, channels)``.
    length
        Number of layers, each of two convolutions.
    growth
        Maps that each adds.
    name
        Starts the name of every layer.
    """
    for index in range(1, length + 1):
        new = _activate(x, f"{name}_{index}_0")
        new = _convolution(4 * growth, 1, f"{name}_{index}_1_conv")(new)
        new = _activate(new, f"{name}_{index}_1")
        new = _convolution(growth, 3, f"{name}_{index}_2_conv")(new)
        x = layers.Concatenate(name=f"{name}_out" if index == length else f"{name}_{index}_stack")([x, new])
    return x


def _activate(x: Any, name: str) -> Any:
    return layers.ReLU(name=f"{name}_relu")(layers.BatchNormalization(epsilon=EPSILON, name=f"{name}_bn")(x))


def _convolution(filters: int, kernel: int, name: str, strides: int = 1, padding: str = "same") -> layers.Layer:
    return layers.Conv2D(
        filters,
        kernel,
        strides=strides,
        padding=padding,
        use_bias=False,
        kernel_initializer="he_normal",
        name=name,
    )
