"""What a layer's activations take in memory.

**Activations** are what training keeps until the backward pass: the input and every layer's output. Flatten and Reshape
only rename what is there and keep nothing of their own; an activation inside a layer is not counted twice.
"""

from __future__ import annotations

from labkit.calculators.layers.base import Layer, Shape
from labkit.calculators.working import Worked, nothing, per_batch, worked_product

BYTES = {
    "float64": 8,
    "float32": 4,
    "float16": 2,
    "bfloat16": 2,
    "int64": 8,
    "int32": 4,
    "int16": 2,
    "int8": 1,
    "uint8": 1,
    "bool": 1,
}
"""Bytes a number takes, by type."""


def activation_bytes(shape: Shape, batch_size: int = 1, dtype: str = "float32") -> Worked:
    """Return how many bytes an array of activations takes.

    >>> activation_bytes((26, 26, 32), batch_size=64).working
    '64·26·26·32·4 = 5,537,792'
    >>> activation_bytes((26, 26, 32), dtype="float16")
    43264

    Parameters
    ----------
    shape
        Shape of a layer's output, without the batch.
    batch_size
        Number of images.
    dtype
        Type of the numbers, such as ``"float32"`` (4 bytes each) or ``"float16"`` (2).

    Raises
    ------
    ValueError
        When ``dtype`` is not one of :data:`BYTES`.
    """
    if dtype not in BYTES:
        raise ValueError(f"dtype is {dtype!r}; allowed are {', '.join(BYTES)}")
    return worked_product(*per_batch(batch_size), *shape, BYTES[dtype])


def kept_bytes(layer: Layer, shape: Shape, batch_size: int = 1, dtype: str = "float32") -> Worked:
    """Return how many bytes a layer with an output of this shape adds to what training keeps.

    >>> from labkit.calculators.layers import Flatten, ReLU
    >>> kept_bytes(ReLU(), (576,)), kept_bytes(Flatten(), (576,))
    (2304, 0)

    Parameters
    ----------
    layer
        A description from :mod:`labkit.calculators.layers`.
    shape
        Shape of its *output*, without the batch.
    batch_size, dtype
        As for :func:`activation_bytes`.

    Raises
    ------
    ValueError
        As :func:`activation_bytes`.
    """
    if not layer.keeps_output:
        return nothing("the same numbers, renamed")
    return activation_bytes(shape, batch_size, dtype)
