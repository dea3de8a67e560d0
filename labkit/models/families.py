"""Small networks of five families, which differ in their blocks and in nothing else: what chapter 15 races."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import keras
from keras import layers

from labkit.arguments import image_shape, one_of, whole_number
from labkit.models.blocks import normalized

STAGES = 3  # of four convolutions each; after every stage but the last the maps are halved, and the width is doubled
LEAST = 16  # width of the last stage
# Of the running means of the normalization; Keras's 0.99 lags behind in trainings of a few hundred steps.
MOMENTUM = 0.9
TOLERANCE = 0.03  # how far the parameters may be from the number asked for


def family_network(
    family: str,
    input_shape: tuple[int, int, int] = (28, 28, 1),
    num_classes: int = 10,
    *,
    parameters: int = 60_000,
) -> keras.Model:
    """Return a small network of a family, as wide as a number of parameters allows.

    >>> round(family_network("plain", parameters=60_000).count_params() / 60_000, 1)
    1.0

    All begin with a 3×3 convolution and a pooling, have three stages that are four convolutions deep, with a pooling
    between two stages, and end with the mean of each map and one dense layer. Every convolution goes with batch
    normalization and ReLU. What differs is the block:

    - ``"plain"``: 3×3 convolutions one after the other (VGG);
    - ``"inception"``: 1×1, 3×3 and 5×5 convolutions and a pooling side by side (GoogLeNet);
    - ``"residual"``: two 3×3 convolutions, and what came in is added to what comes out (ResNet);
    - ``"dense"``: each 3×3 convolution gets the maps of all earlier ones of its stage (DenseNet);
    - ``"separable"``: 3×3 on each map by itself, then 1×1 over the maps (MobileNet).

    A family whose block costs less gets wider ones.

    Parameters
    ----------
    family : {"plain", "inception", "residual", "dense", "separable"}
        What the blocks are.
    input_shape : tuple of int
        ``(height, width, channels)``; height and width at least 2.
    num_classes : int
        Number of scores at the end, at least 1.
    parameters : int
        How many parameters the network should have; it has as many within 3 %. From about 40,000 on there is a width
        for every number.

    Returns
    -------
    keras.Model
        Built, not compiled; input ``(batch, height, width, channels)``, output ``(batch, num_classes)`` logits.

    Raises
    ------
    ValueError
        When ``family`` is unknown, ``input_shape`` too small, ``num_classes`` below 1, or when no width gives that many
        parameters.

    References
    ----------
    K. Simonyan, A. Zisserman (2015); C. Szegedy and others, *Going deeper with convolutions* (2015); K. He and others,
    *Deep residual learning for image recognition* (2016); G. Huang and others, *Densely connected convolutional
    networks* (2017); A. Howard and others, *MobileNets* (2017).
    """
    one_of("family", family, FAMILIES)
    input_shape, num_classes = image_shape(input_shape, smallest=2), whole_number("num_classes", num_classes)

    @cache
    def count(widths: tuple[int, ...]) -> int:
        return _build(family, input_shape, num_classes, widths).count_params()

    widths = _widths(count, parameters)
    off = abs(count(widths) / parameters - 1) if parameters > 0 else 1.0
    if off > TOLERANCE:
        raise ValueError(
            f"parameters is {parameters!r}; no {family} network of this kind has as many within {TOLERANCE:.0%}: "
            f"the nearest, with widths {widths}, has {count(widths)}"
        )
    return _build(family, input_shape, num_classes, widths)


def _widths(count: Callable[[tuple[int, ...]], int], parameters: int) -> tuple[int, ...]:
    """Find the widths of the stages with the nearest number of parameters.

    That number grows nearly with the square of the width, so a few steps of the rule of three lead close to it.
    """
    last = 64
    for _ in range(4):
        last = max(LEAST, round(last * math.sqrt(max(parameters, 1) / count(_halving(last)))))
    candidates = [_halving(width) for width in range(max(LEAST, last - 1), last + 2)]
    return min(candidates, key=lambda widths: abs(count(widths) - parameters))


def _halving(last: int) -> tuple[int, ...]:
    """The width of each stage: half that of the next. Rounded so that no step of the last changes both others."""
    return (last + 1) // 4, last // 2, last


def _build(family: str, input_shape: tuple[int, int, int], num_classes: int, widths: tuple[int, ...]) -> keras.Model:
    images = keras.Input(input_shape, name="images")
    x = _convolve(images, widths[0], 3, "stem")
    x = layers.MaxPooling2D(2, padding="same", name="pool0")(x)
    for stage, width in enumerate(widths, start=1):
        x = FAMILIES[family](x, width, f"stage{stage}")
        if stage < STAGES:
            x = layers.MaxPooling2D(2, padding="same", name=f"pool{stage}")(x)
    means = layers.GlobalAveragePooling2D(name="means")(x)
    return keras.Model(images, layers.Dense(num_classes, name="logits")(means), name=family)


def _convolve(x, filters: int, kernel_size: int, name: str, *, relu: bool = True):
    """Convolve with same padding, normalize, and take the ReLU. The normalization has the bias."""
    layer = layers.Conv2D(filters, kernel_size, padding="same", use_bias=False, name=f"{name}_conv")
    x = normalized(x, layer, f"{name}_norm", momentum=MOMENTUM)
    return layers.ReLU(name=f"{name}_relu")(x) if relu else x


def _plain(x, width: int, name: str):
    for number in range(1, 5):
        x = _convolve(x, width, 3, f"{name}_{number}")
    return x


def _inception(x, width: int, name: str):
    for module in ("a", "b"):
        start = f"{name}{module}"
        # GoogLeNet's module 3a has 64 + 128 + 32 + 32 maps: a quarter, a half, an eighth and an eighth. Here the
        # quarter takes what the others leave, so that the sum is the width.
        half, eighth = width // 2, max(1, width // 8)
        one = _convolve(x, width - half - 2 * eighth, 1, f"{start}_1x1")
        three = _convolve(_convolve(x, max(1, 3 * width // 8), 1, f"{start}_3x3_reduce"), half, 3, f"{start}_3x3")
        five = _convolve(_convolve(x, max(1, width // 16), 1, f"{start}_5x5_reduce"), eighth, 5, f"{start}_5x5")
        pooled = layers.MaxPooling2D(3, strides=1, padding="same", name=f"{start}_pool")(x)
        pooled = _convolve(pooled, eighth, 1, f"{start}_pool_1x1")
        x = layers.Concatenate(name=f"{start}_concat")([one, three, five, pooled])
    return x


def _residual(x, width: int, name: str):
    for block in ("a", "b"):
        start = f"{name}{block}"
        shortcut = x if x.shape[-1] == width else _convolve(x, width, 1, f"{start}_shortcut", relu=False)
        x = _convolve(_convolve(x, width, 3, f"{start}_1"), width, 3, f"{start}_2", relu=False)
        x = layers.ReLU(name=f"{start}_relu")(layers.Add(name=f"{start}_add")([x, shortcut]))
    return x


def _dense(x, width: int, name: str):
    # Here the width is that of the whole stage: four convolutions add a quarter of it each, to the maps that came in.
    for number in range(1, 5):
        new = _convolve(x, max(1, (width + number - 1) // 4), 3, f"{name}_{number}")
        x = layers.Concatenate(name=f"{name}_{number}_concat")([x, new])
    return x


def _separable(x, width: int, name: str):
    for number in range(1, 5):
        start = f"{name}_{number}"
        layer = layers.DepthwiseConv2D(3, padding="same", use_bias=False, name=f"{start}_depthwise")
        x = normalized(x, layer, f"{start}_depthwise_norm", momentum=MOMENTUM)
        x = layers.ReLU(name=f"{start}_depthwise_relu")(x)
        x = _convolve(x, width, 1, f"{start}_pointwise")
    return x


# Name of a family → what builds a stage of it.
FAMILIES: dict[str, Callable] = {
    "plain": _plain,
    "inception": _inception,
    "residual": _residual,
    "dense": _dense,
    "separable": _separable,
}
