"""What a layer costs: parameters to learn and to store, multiply-adds to compute.

The conventions, because published counts differ in them:

- One **MAC** is one multiplication with the addition of its product (two floating-point operations). Only convolutions
  and dense layers have them; adding the bias, pooling, activations, normalization and merging are not counted.
- Places where a kernel lies on padding are counted like any other: the usual implementations multiply there too.
- A **parameter** is a stored number, learned or (the running mean and variance of a batch normalization) not.
"""

from __future__ import annotations

from labkit.calculators.layers.base import Layer, Shape
from labkit.calculators.unknown_layers import UnknownLayerError
from labkit.calculators.working import Worked

CONVENTIONS = (
    "1 MAC = 1 multiply-add, counted for convolutions and dense layers alone (not for bias, pooling, activation, "
    "normalization, merging); activations are the bytes of each layer's output."
)


def parameters(layer: Layer, *input_shapes: Shape) -> Worked:
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
    if not isinstance(layer, Layer):
        raise UnknownLayerError("number of parameters", layer)
    return layer.parameters(*input_shapes)


def trainable_parameters(layer: Layer, *input_shapes: Shape) -> int:
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
    if not isinstance(layer, Layer):
        raise UnknownLayerError("number of parameters", layer)
    return layer.trainable_parameters(*input_shapes)


def macs(layer: Layer, *input_shapes: Shape, batch_size: int = 1) -> Worked:
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
    if not isinstance(layer, Layer):
        raise UnknownLayerError("number of multiply-adds", layer)
    return layer.macs(*input_shapes, batch_size=batch_size)
