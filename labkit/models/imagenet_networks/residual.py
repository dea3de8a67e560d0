"""ResNet (2015): blocks that add their input to what they compute."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import keras
from keras import layers

from labkit.arguments import whole_number
from labkit.models.blocks import convolve
from labkit.models.imagenet_networks.construction import assemble, checked_width, choose, scaled

# Of every convolution and its batch normalization.
SETTINGS: dict[str, Any] = {"kernel_initializer": "he_normal", "epsilon": 1e-5}


class Depth(NamedTuple):
    """The kind of block, and how many of them the four stages have."""

    bottleneck: bool
    blocks: tuple[int, int, int, int]


# The paper's table 1.
DEPTHS = {
    18: Depth(False, (2, 2, 2, 2)),
    34: Depth(False, (3, 4, 6, 3)),
    50: Depth(True, (3, 4, 6, 3)),
    101: Depth(True, (3, 4, 23, 3)),
    152: Depth(True, (3, 8, 36, 3)),
}


def resnet(
    depth: int = 50,
    input_shape: tuple[int, int, int] = (224, 224, 3),
    num_classes: int = 1000,
    width: float = 1.0,
    *,
    shortcuts: bool = True,
    squeeze_ratio: int | None = None,
) -> keras.Model:
    """Return a residual network of 18 to 152 layers; ResNet-50 has 25,557,032 trainable parameters.

    >>> network = resnet(18, (32, 32, 3), num_classes=10, width=0.25)
    >>> [network.get_layer(f"conv{stage}_block2_add").output.shape[1:] for stage in (2, 3, 4, 5)]
    [(8, 8, 16), (4, 4, 32), (2, 2, 64), (1, 1, 128)]

    A 7×7 convolution and a 3×3 pooling, both with stride 2; four stages, ``conv2`` to ``conv5``, of blocks that
    compute y = F(x) + x; global average pooling. The first block of ``conv3``, ``conv4`` and ``conv5`` doubles the
    channels and halves the maps, so that its shortcut is a 1×1 convolution (the paper's option B). Batch normalization
    follows every convolution, which therefore has no bias.

    A basic block (18 and 34) is two 3×3 convolutions. A bottleneck (50 and more) is 1×1, 3×3 and 1×1, the last with
    four times the channels. The stride lies where the paper has it, in a block's first convolution; many later builds
    (torchvision's, "v1.5") move a bottleneck's into the 3×3.

    Parameters
    ----------
    depth : {18, 34, 50, 101, 152}
        Layers with weights on the longest way.
    input_shape
        ``(height, width, channels)``.
    num_classes
        Number of classes.
    width
        Factor on every number of channels.
    shortcuts
        False leaves the additions out, and with them the 1×1 convolutions on the shortcuts: the paper's plain network.
    squeeze_ratio
        With a number, each block weighs its channels by :func:`squeeze_and_excitation` before the addition: SE-ResNet,
        for which its paper takes 16.

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
    K. He, X. Zhang, S. Ren, J. Sun, "Deep residual learning for image recognition", 2016, table 1 and figure 5.
    J. Hu, L. Shen, G. Sun, "Squeeze-and-excitation networks", 2018.
    """
    bottleneck, blocks = choose("depth", depth, DEPTHS)
    checked_width(width)
    if squeeze_ratio is not None:
        whole_number("squeeze_ratio", squeeze_ratio)

    def weigh(x: Any, name: str) -> Any:
        return x if squeeze_ratio is None else squeeze_and_excitation(x, squeeze_ratio, name)

    def body(x: Any) -> Any:
        x = layers.ZeroPadding2D(3, name="conv1_pad")(x)
        x = convolve(x, scaled(64, width), 7, "conv1", strides=2, padding="valid", **SETTINGS)
        x = layers.ReLU(name="conv1_relu")(x)
        x = layers.ZeroPadding2D(1, name="pool1_pad")(x)
        x = layers.MaxPooling2D(3, strides=2, name="pool1")(x)
        for stage, number in enumerate(blocks, start=2):
            filters = scaled(64 * 2 ** (stage - 2), width)
            for index in range(1, number + 1):
                strides = 2 if index == 1 and stage > 2 else 1
                x = residual_block(
                    x,
                    filters,
                    f"conv{stage}_block{index}",
                    strides=strides,
                    bottleneck=bottleneck,
                    shortcut=shortcuts,
                    weigh=weigh,
                )
        return x

    name = f"{'' if squeeze_ratio is None else 'se_'}{'resnet' if shortcuts else 'plain'}{depth}"
    return assemble(name, body, layers.GlobalAveragePooling2D(name="average"), input_shape, num_classes)


def residual_block(
    x: Any,
    filters: int,
    name: str,
    *,
    strides: int = 1,
    bottleneck: bool = False,
    shortcut: bool = True,
    weigh: Callable[[Any, str], Any] | None = None,
) -> Any:
    """Return ReLU(F(x) + x), where F is two or three convolutions with batch normalization.

    >>> maps = keras.Input((56, 56, 64))
    >>> residual_block(maps, 64, "basic").shape
    (None, 56, 56, 64)
    >>> residual_block(maps, 64, "wide", bottleneck=True, strides=2).shape
    (None, 28, 28, 256)

    Where F changes the shape, the shortcut is a 1×1 convolution with the same stride, and batch normalization.

    Parameters
    ----------
    x
        Maps, ``(batch, height, width, channels)``.
    filters
        Of each convolution but a bottleneck's last, which has four times as many.
    name
        Starts the name of every layer.
    strides
        Of the first convolution, and of the shortcut.
    bottleneck
        1×1, 3×3, 1×1 in the place of 3×3, 3×3.
    shortcut
        False returns ReLU(F(x)).
    weigh
        Applied to F(x), with the block's name, before the addition.
    """
    kernels = (1, 3, 1) if bottleneck else (3, 3)
    sizes = (filters, filters, 4 * filters) if bottleneck else (filters, filters)
    inner = x
    for number, (kernel, size) in enumerate(zip(kernels, sizes, strict=True), start=1):
        inner = convolve(inner, size, kernel, f"{name}_{number}", strides=strides if number == 1 else 1, **SETTINGS)
        if number < len(kernels):
            inner = layers.ReLU(name=f"{name}_{number}_relu")(inner)
    if weigh is not None:
        inner = weigh(inner, name)
    if shortcut:
        if inner.shape != x.shape:
            x = convolve(x, sizes[-1], 1, f"{name}_0", strides=strides, **SETTINGS)
        inner = layers.Add(name=f"{name}_add")([x, inner])
    return layers.ReLU(name=f"{name}_out")(inner)


def squeeze_and_excitation(x: Any, ratio: int, name: str) -> Any:
    """Return the maps, each times a weight between 0 and 1 that depends on what all of them hold.

    >>> maps = keras.Input((14, 14, 256))
    >>> network = keras.Model(maps, squeeze_and_excitation(maps, 16, "block"))
    >>> network.output_shape, network.count_params()  # 2·256·16
    ((None, 14, 14, 256), 8192)

    Squeeze: the mean of each map. Excitation: two dense layers without bias, through ``channels/ratio`` numbers and
    back, and a sigmoid.

    Parameters
    ----------
    x
        Maps, ``(batch, height, width, channels)``.
    ratio
        How many times fewer numbers the first dense layer has; at least one is left.
    name
        Starts the name of every layer.

    References
    ----------
    J. Hu, L. Shen, G. Sun, "Squeeze-and-excitation networks", 2018, section 3.
    """
    channels = x.shape[-1]
    weights = layers.GlobalAveragePooling2D(keepdims=True, name=f"{name}_squeeze")(x)
    weights = layers.Dense(max(1, channels // ratio), activation="relu", use_bias=False, name=f"{name}_reduce")(weights)
    weights = layers.Dense(channels, activation="sigmoid", use_bias=False, name=f"{name}_excite")(weights)
    return layers.Multiply(name=f"{name}_scale")([x, weights])
