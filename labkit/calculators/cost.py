"""What a layer costs: parameters to learn and to store, multiply-adds to compute.

The conventions, because published counts differ in them:

- One **MAC** is one multiplication with the addition of its product (two floating-point operations). Only convolutions
  and dense layers have them; adding the bias, pooling, activations, normalization and merging are not counted.
- Places where a kernel lies on padding are counted like any other: the usual implementations multiply there too.
- A **parameter** is a stored number, learned or (the running mean and variance of a batch normalization) not.
"""

from __future__ import annotations

from functools import singledispatch
from math import prod
from typing import Any

from labkit.arguments import whole_number
from labkit.calculators import layers
from labkit.calculators.layers import Shape
from labkit.calculators.shapes import UnknownLayerError, output_shape
from labkit.calculators.working import Worked

CONVENTIONS = (
    "1 MAC = 1 multiply-add, counted for convolutions and dense layers alone (not for bias, pooling, activation, "
    "normalization, merging); activations are the bytes of each layer's output."
)


def _product(*factors: int) -> tuple[str, str]:
    """``3·3·64`` as text and as LaTeX."""
    text = [str(factor) for factor in factors]
    return "·".join(text), r" \cdot ".join(text)


def worked_product(*factors: int) -> Worked:
    """Return the product with its working: ``3·3·64 = 576``."""
    total = prod(factors)
    text, latex = _product(*factors)
    return Worked(total, f"{text} = {total:,}", f"{latex} = {total:,}".replace(",", "{,}"))


def nothing(reason: str) -> Worked:
    """Return a zero that says why it is one."""
    return Worked(0, f"0: {reason}", rf"0 \text{{ ({reason})}}")


def _channels_in_group(layer: Any, shape: Shape) -> int:
    if shape[-1] % layer.groups:
        raise ValueError(f"groups is {layer.groups}; allowed is a divisor of the input's {shape[-1]} channels")
    return shape[-1] // layer.groups


# ---------------------------------------------------------------------------------------------------- parameters


@singledispatch
def parameters(layer: layers.Layer, *input_shapes: Shape) -> Worked:
    """Return how many parameters a layer has.

    >>> from labkit.calculators.layers import Conv2D
    >>> parameters(Conv2D(32, 3), (28, 28, 1)).working
    '(3·3·1 + 1)·32 = 320'

    Parameters
    ----------
    layer
        A description from :mod:`labkit.calculators.layers`.
    *input_shapes
        ``(height, width, channels)``, without the batch; only the channels matter to most layers.

    Returns
    -------
    Worked
        The count, with its ``working``: for a convolution (k·k·c + 1)·f, k×k weights for each of c channels and a bias,
        in each of f filters.

    Raises
    ------
    ValueError
        When the shape does not suit the layer.
    UnknownLayerError
        When there is no rule for this kind of layer (a ``TypeError``).
    """
    raise UnknownLayerError("number of parameters", layer)


@parameters.register(layers.Input)
@parameters.register(layers.Elementwise)
@parameters.register(layers.Pooling)
@parameters.register(layers.GlobalPooling)
@parameters.register(layers.Flatten)
@parameters.register(layers.Reshape)
@parameters.register(layers.ZeroPadding2D)
@parameters.register(layers.Cropping2D)
@parameters.register(layers.UpSampling2D)
@parameters.register(layers.Merge)
@parameters.register(layers.Concatenate)
def _(layer: layers.Layer, *input_shapes: Shape) -> Worked:
    return nothing("no weights")


@parameters.register
def _(layer: layers.Unknown, *input_shapes: Shape) -> Worked:
    if layer.weights is None:
        raise UnknownLayerError("number of parameters", layer)
    return Worked(layer.weights[0], "as Keras counts them", r"\text{as Keras counts them}")


def _weights_and_bias(weights: tuple[int, ...], outputs: int, use_bias: bool) -> Worked:
    """``(weights + 1)·outputs``: every output has its own weights and, perhaps, a bias."""
    if not use_bias:
        return worked_product(*weights, outputs)
    text, latex = _product(*weights)
    total = (prod(weights) + 1) * outputs
    shown = f"{total:,}"
    return Worked(
        total,
        f"({text} + 1)·{outputs} = {shown}",
        f"({latex} + 1) \\cdot {outputs} = {shown.replace(',', '{,}')}",
    )


@parameters.register
def _(layer: layers._FullConvolution, shape: Shape) -> Worked:
    return _weights_and_bias((*layer.kernel_size, _channels_in_group(layer, shape)), layer.filters, layer.use_bias)


@parameters.register
def _(layer: layers._DepthwiseConvolution, shape: Shape) -> Worked:
    return _weights_and_bias(layer.kernel_size, shape[-1] * layer.depth_multiplier, layer.use_bias)


@parameters.register
def _(layer: layers._SeparableConvolution, shape: Shape) -> Worked:
    middle = shape[-1] * layer.depth_multiplier
    depthwise = worked_product(*layer.kernel_size, middle)
    pointwise = _weights_and_bias((middle,), layer.filters, layer.use_bias)
    return _sum(depthwise, pointwise)


@parameters.register
def _(layer: layers._TransposedConvolution, shape: Shape) -> Worked:
    return _weights_and_bias((*layer.kernel_size, shape[-1]), layer.filters, layer.use_bias)


@parameters.register
def _(layer: layers.Dense, shape: Shape) -> Worked:
    return _weights_and_bias((shape[-1],), layer.units, layer.use_bias)


@parameters.register
def _(layer: layers.BatchNormalization, shape: Shape) -> Worked:
    return worked_product(2 + layer.center + layer.scale, shape[-1])


@parameters.register
def _(layer: layers.LayerNormalization, shape: Shape) -> Worked:
    return worked_product(layer.center + layer.scale, shape[-1])


@parameters.register
def _(layer: layers.Normalization, shape: Shape) -> Worked:
    total = 2 * shape[-1] + 1
    return Worked(total, f"2·{shape[-1]} + 1 = {total}", f"2 \\cdot {shape[-1]} + 1 = {total}")


def _sum(first: Worked, second: Worked) -> Worked:
    """The two products written out, with one total."""
    left, right = (number.working.rpartition(" = ")[0] for number in (first, second))
    left_latex, right_latex = (number.latex.rpartition(" = ")[0] for number in (first, second))
    shown = f"{first + second:,}"
    return Worked(
        first + second,
        f"{left} + {right} = {shown}",
        f"{left_latex} + {right_latex} = {shown.replace(',', '{,}')}",
    )


@singledispatch
def trainable_parameters(layer: layers.Layer, *input_shapes: Shape) -> int:
    """Return how many of a layer's parameters gradient descent may change (in a layer that is not frozen).

    >>> from labkit.calculators.layers import BatchNormalization
    >>> parameters(BatchNormalization(), (7, 7, 64)), trainable_parameters(BatchNormalization(), (7, 7, 64))
    (256, 128)

    Parameters
    ----------
    layer, *input_shapes
        As for :func:`parameters`. All parameters are trainable but the running mean and variance of a
        :class:`~labkit.calculators.layers.BatchNormalization` and all of a
        :class:`~labkit.calculators.layers.Normalization`.

    Raises
    ------
    ValueError, UnknownLayerError
        As :func:`parameters`.
    """
    return int(parameters(layer, *input_shapes))


@trainable_parameters.register
def _(layer: layers.Unknown, *input_shapes: Shape) -> int:
    if layer.weights is None:
        raise UnknownLayerError("number of parameters", layer)
    return layer.weights[1]


@trainable_parameters.register
def _(layer: layers.BatchNormalization, shape: Shape) -> int:
    return (layer.center + layer.scale) * shape[-1]


@trainable_parameters.register
def _(layer: layers.Normalization, shape: Shape) -> int:
    return 0


# ---------------------------------------------------------------------------------------------------------- MACs


@singledispatch
def macs(layer: layers.Layer, *input_shapes: Shape, batch_size: int = 1) -> Worked:
    """Return how many multiply-adds one forward pass through a layer takes.

    >>> from labkit.calculators.layers import Conv2D
    >>> macs(Conv2D(32, 3), (28, 28, 1)).working
    '26·26·3·3·1·32 = 194,688'

    Parameters
    ----------
    layer, *input_shapes
        As for :func:`parameters`.
    batch_size
        Number of images.

    Returns
    -------
    Worked
        The count, with its ``working``: for a convolution, places · kernel · channels · filters. What is counted and
        what is not is said at the top of :mod:`labkit.calculators.cost`.

    Raises
    ------
    ValueError, UnknownLayerError
        As :func:`parameters`.

    References
    ----------
    V. Sze et al., *Efficient Processing of Deep Neural Networks* (2017), section II.
    """
    raise UnknownLayerError("number of multiply-adds", layer)


@macs.register(layers.Input)
@macs.register(layers.Elementwise)
@macs.register(layers.Pooling)
@macs.register(layers.GlobalPooling)
@macs.register(layers.Flatten)
@macs.register(layers.Reshape)
@macs.register(layers.ZeroPadding2D)
@macs.register(layers.Cropping2D)
@macs.register(layers.UpSampling2D)
@macs.register(layers.BatchNormalization)
@macs.register(layers.LayerNormalization)
@macs.register(layers.Normalization)
@macs.register(layers.Merge)
@macs.register(layers.Concatenate)
def _(layer: layers.Layer, *input_shapes: Shape, batch_size: int = 1) -> Worked:
    return nothing("no weighted sums")


def per_batch(batch_size: int) -> tuple[int, ...]:
    """Return the batch as a factor, left out when it is 1."""
    batch = whole_number("batch_size", batch_size)
    return (batch,) if batch > 1 else ()


@macs.register
def _(layer: layers._FullConvolution, shape: Shape, batch_size: int = 1) -> Worked:
    places = output_shape(layer, shape)[:-1]
    channels = _channels_in_group(layer, shape)
    return worked_product(*per_batch(batch_size), *places, *layer.kernel_size, channels, layer.filters)


@macs.register
def _(layer: layers._DepthwiseConvolution, shape: Shape, batch_size: int = 1) -> Worked:
    return worked_product(*per_batch(batch_size), *output_shape(layer, shape), *layer.kernel_size)


@macs.register
def _(layer: layers._SeparableConvolution, shape: Shape, batch_size: int = 1) -> Worked:
    batch, places = per_batch(batch_size), output_shape(layer, shape)[:-1]
    middle = shape[-1] * layer.depth_multiplier
    depthwise = worked_product(*batch, *places, *layer.kernel_size, middle)
    return _sum(depthwise, worked_product(*batch, *places, middle, layer.filters))


@macs.register
def _(layer: layers._TransposedConvolution, shape: Shape, batch_size: int = 1) -> Worked:
    # Every number of the *input* meets the whole kernel.
    return worked_product(*per_batch(batch_size), *shape, *layer.kernel_size, layer.filters)


@macs.register
def _(layer: layers.Dense, shape: Shape, batch_size: int = 1) -> Worked:
    return worked_product(*per_batch(batch_size), *shape, layer.units)
