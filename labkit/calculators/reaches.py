"""What each layer does to a receptive field: the window it slides, or how it connects places without one."""

from __future__ import annotations

from enum import Enum
from functools import singledispatch
from typing import Any

from labkit.calculators import layers
from labkit.calculators.geometry import _padding_amount
from labkit.calculators.layers import Shape
from labkit.calculators.shapes import UnknownLayerError


class Reach(Enum):
    """How a layer without a window connects its output places to its input places."""

    SAME_PLACE = "each place sees the same place"
    EVERYWHERE = "each place sees all places"
    RENAMED = "the places are renamed"


Window = tuple[int, int, int]
"""Span (with dilation), stride and padding before, along one axis."""


@singledispatch
def reach(layer: layers.Layer, shape: Shape) -> Reach | tuple[Window, ...]:
    """Return a layer's window along each axis, or how it connects places without one.

    >>> reach(layers.Conv2D(8, 3, padding="same"), (28, 28, 1))
    ((3, 1, 1), (3, 1, 1))

    Parameters
    ----------
    layer
        A description from :mod:`labkit.calculators.layers`.
    shape
        Shape of its input: what ``"same"`` pads depends on it.

    Raises
    ------
    UnknownLayerError
        When there is no rule for this kind of layer, or none that is the same for all places (up-sampling, transposed
        convolution).
    """
    raise UnknownLayerError("receptive field", layer)


@reach.register
def _(layer: layers.Windowed, shape: Shape) -> tuple[Window, ...]:
    each: Any = layer
    return tuple(
        (d * (k - 1) + 1, s, _padding_amount(n, k, s, each.padding, d)[0])
        for n, k, s, d in zip(shape[:-1], each.window, each.strides, each.dilation, strict=True)
    )


@reach.register
def _(layer: layers.ZeroPadding2D, shape: Shape) -> tuple[Window, ...]:
    return tuple((1, 1, before) for before, _ in layer.padding)


@reach.register
def _(layer: layers.Cropping2D, shape: Shape) -> tuple[Window, ...]:
    return tuple((1, 1, -before) for before, _ in layer.cropping)


@reach.register(layers.Input)
@reach.register(layers.Elementwise)
@reach.register(layers.BatchNormalization)
@reach.register(layers.Normalization)
@reach.register(layers.Merge)
def _(layer: layers.Layer, shape: Shape) -> Reach:
    return Reach.SAME_PLACE


@reach.register
def _(layer: layers.Concatenate, shape: Shape) -> Reach:
    if layer.axis not in (-1, len(shape)):
        raise UnknownLayerError("receptive field", layer)  # maps side by side: places of different maps
    return Reach.SAME_PLACE


@reach.register(layers.UpSampling2D)
@reach.register(layers._TransposedConvolution)
def _(layer: layers.Layer, shape: Shape) -> Reach:
    raise UnknownLayerError("receptive field", layer, "is not of one size for all its places")


@reach.register(layers.Flatten)
@reach.register(layers.Reshape)
def _(layer: layers.Layer, shape: Shape) -> Reach:
    return Reach.RENAMED


@reach.register
def _(layer: layers.GlobalPooling, shape: Shape) -> Reach:
    return Reach.EVERYWHERE


@reach.register(layers.Dense)
@reach.register(layers.LayerNormalization)
def _(layer: layers.Layer, shape: Shape) -> Reach:
    # On a map these work on the channels of one place; on a row of numbers they see all of it.
    return Reach.EVERYWHERE if len(shape) == 1 else Reach.SAME_PLACE
