"""The dense layer, forwards and backwards: every output is connected with every input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from labkit.arguments import as_numbers
from labkit.ops.gradients import Gradients


@dataclass(frozen=True, eq=False)
class DenseGradients(Gradients):
    """∂loss/∂x, ∂loss/∂weights and ∂loss/∂bias of a dense layer."""

    x: np.ndarray
    weights: np.ndarray
    bias: np.ndarray


def dense(x: Any, weights: Any, bias: Any = None) -> np.ndarray:
    """Multiply by a matrix and add a bias: what a dense layer computes.

    >>> dense([1, 2], [[3, 4, 5], [6, 7, 8]], bias=[0, 0, 100])
    array([ 15,  18, 121])

    Parameters
    ----------
    x : array_like
        (features,) or (batch, features).
    weights : array_like
        (features, units), as Keras stores them.
    bias : array_like, optional
        (units,).

    Returns
    -------
    numpy.ndarray
        (units,) or (batch, units); integers stay integers.

    Raises
    ------
    TypeError, ValueError
        If the shapes do not belong together, or a number is not finite.
    """
    rows, matrix = _as_dense(x, weights)
    scores = rows @ matrix
    if bias is None:
        return scores
    offsets = as_numbers("bias", bias)
    if offsets.shape != (matrix.shape[1],):
        raise ValueError(f"bias must hold one number for each of the {matrix.shape[1]} units, got {offsets.shape}")
    return scores + offsets


def dense_backward(upstream: Any, x: Any, weights: Any) -> DenseGradients:
    """Carry gradients back through `dense`.

    >>> back = dense_backward([1, 10], x=[5, 7], weights=[[1, 2], [3, 4]])
    >>> back.x, back.bias
    (array([21, 43]), array([ 1, 10]))
    >>> back.weights
    array([[ 5, 50],
           [ 7, 70]])

    Parameters
    ----------
    upstream : array_like
        ∂loss/∂output: (units,) or (batch, units).
    x, weights
        As they were given to `dense`.

    Returns
    -------
    DenseGradients
        `x`, `weights` and `bias`; the last two are sums over the batch.

    Raises
    ------
    TypeError, ValueError
        As `dense`; also if `upstream` does not have the shape of its result.
    """
    rows, matrix = _as_dense(x, weights)
    above = as_numbers("upstream", upstream)
    expected = (*rows.shape[:-1], matrix.shape[1])
    if above.shape != expected:
        raise ValueError(f"upstream must have the shape of the output, {expected}, got {above.shape}")
    above_rows = np.atleast_2d(above)
    return DenseGradients(x=above @ matrix.T, weights=np.atleast_2d(rows).T @ above_rows, bias=above_rows.sum(axis=0))


def _as_dense(x: Any, weights: Any) -> tuple[np.ndarray, np.ndarray]:
    rows, matrix = as_numbers("x", x), as_numbers("weights", weights)
    if rows.ndim not in (1, 2) or rows.size == 0:
        raise ValueError(f"x must have shape (features,) or (batch, features), nothing empty; got {rows.shape}")
    if matrix.ndim != 2 or matrix.shape[0] != rows.shape[-1]:
        raise ValueError(
            f"weights must have shape (features, units) with the {rows.shape[-1]} features of x, got {matrix.shape}"
        )
    return rows, matrix
