"""Activations: what is done to each number after the sum, so that layers are more than one large matrix.

All of them take an array of any shape; all but `softmax` treat each number by itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from labkit.arguments import as_float, as_numbers, whole_number
from labkit.ops.in_range import in_range


def relu(x: Any) -> np.ndarray:
    """Keep what is positive, and make the rest zero: max(0, x).

    >>> relu([-2, -1, 0, 3])
    array([0, 0, 0, 3])

    Parameters
    ----------
    x : array_like
        Any shape.

    Returns
    -------
    numpy.ndarray
        The shape of `x`; integers stay integers.

    Raises
    ------
    TypeError, ValueError
        If `x` does not hold finite numbers.

    References
    ----------
    V. Nair, G. E. Hinton, "Rectified linear units improve restricted Boltzmann machines", 2010.
    """
    return np.maximum(as_numbers("x", x), 0)


@in_range
def leaky_relu(x: Any, negative_slope: float = 0.1) -> np.ndarray:
    """Keep what is positive, and let a little of the rest through: max(0, x) + α · min(0, x).

    >>> leaky_relu([-2, -1, 0, 3])
    array([-0.2, -0.1,  0. ,  3. ])

    Parameters
    ----------
    x : array_like
        Any shape.
    negative_slope : float
        The slope α left of zero; at least 0. At 0 it is `relu`.

    Returns
    -------
    numpy.ndarray
        The shape of `x`, floats.

    Raises
    ------
    TypeError, ValueError
        If `x` does not hold finite numbers, `negative_slope` is below 0, or the result is too large for its type.

    References
    ----------
    A. L. Maas, A. Y. Hannun, A. Y. Ng, "Rectifier nonlinearities improve neural network acoustic models", 2013.
    """
    numbers = as_numbers("x", x)
    return np.maximum(numbers, 0) + as_float("negative_slope", negative_slope, minimum=0) * np.minimum(numbers, 0)


def sigmoid(x: Any) -> np.ndarray:
    """Squeeze every number into the range from 0 to 1: 1 / (1 + e^−x).

    Far from zero it is flat, so that there is no gradient left to learn from:

    >>> sigmoid([-1000, -1, 0, 1, 1000]).round(3)
    array([0.   , 0.269, 0.5  , 0.731, 1.   ])

    Parameters
    ----------
    x : array_like
        Any shape.

    Returns
    -------
    numpy.ndarray
        The shape of `x`, floats.

    Raises
    ------
    TypeError, ValueError
        If `x` does not hold finite numbers.
    """
    numbers = as_numbers("x", x)
    # e^−x overflows for large negative x, where the equal e^x / (1 + e^x) does not: the exponent is never above zero.
    # As floats, for |−2⁶³| is no int64.
    small = np.exp(-np.abs(numbers.astype(np.result_type(numbers, np.float32), copy=False)))
    return np.where(numbers >= 0, 1, small) / (1 + small)


def tanh(x: Any) -> np.ndarray:
    """Squeeze every number into the range from −1 to 1: a `sigmoid` stretched to twice its height, 2 · sigmoid(2x) − 1.

    >>> tanh([-1, 0, 1]).round(3)
    array([-0.762,  0.   ,  0.762])

    Parameters
    ----------
    x : array_like
        Any shape.

    Returns
    -------
    numpy.ndarray
        The shape of `x`, floats.

    Raises
    ------
    TypeError, ValueError
        If `x` does not hold finite numbers.
    """
    return np.tanh(as_numbers("x", x))


def softmax(x: Any, axis: int = -1) -> np.ndarray:
    """Turn scores into shares that sum to 1: e^x_i / Σ_j e^x_j.

    Only the distances between the scores count, so 1000 more on each changes nothing (and does not overflow):

    >>> softmax([1, 2, 3]).round(3), softmax([1001, 1002, 1003]).round(3)
    (array([0.09 , 0.245, 0.665]), array([0.09 , 0.245, 0.665]))

    Parameters
    ----------
    x : array_like
        Scores, any shape but a single number.
    axis : int
        The axis along which the shares sum to 1.

    Returns
    -------
    numpy.ndarray
        The shape of `x`, floats.

    Raises
    ------
    TypeError, ValueError
        If `x` does not hold finite numbers, or has no such axis.

    References
    ----------
    I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning*, 2016, sections 4.1 and 6.2.2.3.
    """
    scores = as_numbers("x", x)
    along = whole_number("axis", axis, minimum=-scores.ndim)
    if along >= scores.ndim or scores.shape[along] == 0:
        raise ValueError(f"axis is {axis}; allowed is a non-empty axis of x, which has shape {scores.shape}")
    best = scores.max(axis=along, keepdims=True)
    if scores.dtype.kind == "i":
        # The distance of two int64 may be no int64, but always is a uint64, where the subtraction comes round to it.
        distances = (best.astype(np.uint64) - scores.astype(np.uint64)).astype(np.float64)
    else:
        with np.errstate(over="ignore"):  # at an infinite distance the share is 0, as it would be far short of it
            distances = best - scores
    powers = np.exp(-distances)
    return powers / powers.sum(axis=along, keepdims=True)
