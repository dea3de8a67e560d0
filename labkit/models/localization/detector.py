"""A one-stage detector without anchors: each place of three maps says what has its centre here, and how far it goes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from labkit.arguments import whole_number
from labkit.models.localization.pyramids import halving, map_shapes

STRIDES = (8, 16, 32)
GROUPS = 8  # of channels that are normalized together: the three maps differ too much to share a mean and a variance
RARE = 0.01  # the probability of a centre that an untrained head gives, so that the many places without one cost little
SPAN = 2.0  # and how far its boxes go, about, in strides


def centre_head(feature_shapes: Sequence, num_classes: int, width: int = 128) -> keras.Model:
    """Return the head of a detector: from three feature maps to what is centred at each place, and its box.

    >>> head = centre_head([(40, 40, 40), (20, 20, 112), (10, 10, 320)], num_classes=1)
    >>> head.count_params(), head.output_shape  # 40·40 + 20·20 + 10·10 places
    (361989, (None, 2100, 5))

    The coarse maps know what is there and the fine ones where: so each coarse map is enlarged and added to the next
    finer one (a feature pyramid). Two convolutions, the same for all three maps, then look at each place.

    Parameters
    ----------
    feature_shapes : three of (height, width, channels)
        Of strides 8, 16 and 32: `feature_pyramid`'s shapes. Each map is half as high and wide as the one before.
    num_classes : int
        Of objects.
    width : int
        Channels in between, a multiple of 8.

    Returns
    -------
    keras.Model
        Maps to (n, places, num_classes + 4): for each place, those of the finest map first and row by row, the logit of
        each class having its centre here, and how many pixels the box goes left, up, right and down.
        `labkit.training.encode_centres` makes such numbers of boxes, `decode_centres` boxes of such numbers.

    Raises
    ------
    TypeError, ValueError
        If an argument is not one of the above.

    References
    ----------
    Z. Tian et al., "FCOS: fully convolutional one-stage object detection", 2019, section 3: the four distances.
    X. Zhou et al., "Objects as points", 2019, section 3: the map of centres. T.-Y. Lin et al., "Feature pyramid
    networks", 2017, section 3; "Focal loss", 2017, section 4.1: the first bias.
    """
    shapes = map_shapes(feature_shapes)
    if len(shapes) != len(STRIDES) or not halving(shapes):
        raise ValueError(f"feature_shapes is {shapes}; allowed are three, each half as high and wide as the one before")
    num_classes = whole_number("num_classes", num_classes)
    if whole_number("width", width) % GROUPS:
        raise ValueError(f"width is {width}; allowed is a multiple of {GROUPS}")

    inputs = [keras.Input(shape, name=f"stride{stride}") for shape, stride in zip(shapes, STRIDES, strict=True)]
    levels = _top_down(inputs, width)
    tower = [each for number in (1, 2) for each in _convolution(width, f"tower{number}")]
    surely_not = keras.initializers.Constant(-math.log((1 - RARE) / RARE))
    what = layers.Conv2D(num_classes, 3, padding="same", bias_initializer=surely_not, name="centres")
    span = layers.Conv2D(4, 3, padding="same", bias_initializer=keras.initializers.Constant(SPAN), name="distances")
    answers = []
    for level, stride in zip(levels, STRIDES, strict=True):
        for layer in tower:
            level = layer(level)
        # Softplus keeps the distances above zero; they are learnt in strides, and told in pixels.
        pixels = layers.Rescaling(stride, name=f"pixels{stride}")(layers.Activation("softplus")(span(level)))
        both = layers.Concatenate(name=f"answers{stride}")([what(level), pixels])
        answers.append(layers.Reshape((-1, num_classes + 4), name=f"places{stride}")(both))
    return keras.Model(inputs, layers.Concatenate(axis=1, name="places")(answers), name="centre_head")


def _top_down(maps: Sequence[Any], width: int) -> list[Any]:
    """Bring all maps to one number of channels, and add to each the next coarser one, enlarged."""
    levels: list[Any] = []
    for stride, one in reversed(list(zip(STRIDES, maps, strict=True))):
        level = layers.Conv2D(width, 1, name=f"lateral{stride}")(one)
        if levels:
            larger = layers.UpSampling2D(2, name=f"enlarge{stride}")(levels[-1])
            level = layers.Add(name=f"add{stride}")([level, larger])
        levels.append(level)
    return levels[::-1]


def _convolution(width: int, name: str) -> list[keras.layers.Layer]:
    return [
        layers.Conv2D(width, 3, padding="same", use_bias=False, name=f"{name}_conv"),
        layers.GroupNormalization(GROUPS, name=f"{name}_norm"),
        layers.ReLU(name=f"{name}_relu"),
    ]
