"""The dense layer, forwards and backwards: every output is connected with every input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from labkit.arguments import as_numbers
from labkit.ops.gradients import Gradients
from labkit.ops.in_range import exact, in_range, largest


@dataclass(frozen=True, eq=False)
class DenseGradients(Gradients):
    """∂loss/∂x, ∂loss/∂weights and ∂loss/∂bias of a dense layer."""

    x: np.ndarray
    weights: np.ndarray
    bias: np.ndarray


@in_range
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
        If the shapes do not belong together, a number is not finite, or the result is too large for its type.
    """
    rows, matrix = _as_dense(x, weights)
    units = matrix.shape[1]
    offsets = np.zeros(units, np.int64) if bias is None else as_numbers("bias", bias)
    if offsets.shape != (units,):
        raise ValueError(f"bias has shape {offsets.shape}; allowed is one number for each of the {units} units")
    rows, matrix = exact(largest(rows) * largest(matrix) * len(matrix) + largest(offsets), rows, matrix)
    scores = rows @ matrix
    return scores if bias is None else scores + offsets


@in_range
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
        raise ValueError(f"upstream has shape {above.shape}; allowed is that of the output, {expected}")
    bound = largest(above) * max(largest(matrix) * matrix.shape[1], max(largest(rows), 1) * len(np.atleast_2d(rows)))
    above, rows, matrix = exact(bound, above, rows, matrix)
    above_rows = np.atleast_2d(above)
    return DenseGradients(x=above @ matrix.T, weights=np.atleast_2d(rows).T @ above_rows, bias=above_rows.sum(axis=0))


def _as_dense(x: Any, weights: Any) -> tuple[np.ndarray, np.ndarray]:
    rows, matrix = as_numbers("x", x), as_numbers("weights", weights)
    if rows.ndim not in (1, 2) or rows.size == 0:
        raise ValueError(f"x has shape {rows.shape}; allowed is (features,) or (batch, features), with nothing empty")
    if matrix.ndim != 2 or matrix.shape[0] != rows.shape[-1]:
        raise ValueError(
            f"weights has shape {matrix.shape}; allowed is (features, units) with the {rows.shape[-1]} features of x"
        )
    return rows, matrix
