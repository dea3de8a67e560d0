"""From a layer and the shape of its input to the shape of its output."""

from __future__ import annotations

from labkit.calculators.layers.base import Layer, Shape
from labkit.calculators.unknown_layers import UnknownLayerError
from labkit.calculators.working import WorkedTuple


def output_shape(layer: Layer, *input_shapes: Shape) -> WorkedTuple:
    """Return the shape of a layer's output, without the batch.

    >>> from labkit.calculators.layers import Conv2D
    >>> output_shape(Conv2D(32, 3, strides=2, padding="same"), (28, 28, 1))
    (14, 14, 32)

    Parameters
    ----------
    layer
        A description from :mod:`labkit.calculators.layers`.
    *input_shapes
        ``(height, width, channels)``; for a layer that merges several inputs, the shape of each.

    Returns
    -------
    WorkedTuple
        The shape, with its ``working``.

    Raises
    ------
    ValueError
        When the shapes do not suit the layer.
    UnknownLayerError
        When there is no rule for this kind of layer (a ``TypeError``).
    """
    if not isinstance(layer, Layer):
        raise UnknownLayerError("output shape", layer)
    return layer.output_shape(*input_shapes)
