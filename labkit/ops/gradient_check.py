"""Is a gradient right? Measure the slope, and compare."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from labkit.arguments import above_zero, as_float, as_numbers


@dataclass(frozen=True, eq=False)
class GradientCheck:
    """What `check_gradient` found.

    Attributes
    ----------
    claimed : numpy.ndarray
        The gradient that was to be checked.
    measured : numpy.ndarray
        The slopes, from central differences.
    largest_error : float
        The largest ``|claimed − measured| / max(1, |claimed|, |measured|)``.
    worst : tuple of int
        The index where it is.
    tolerance : float
        The error that is still admitted.
    """

    claimed: np.ndarray
    measured: np.ndarray
    largest_error: float
    worst: tuple[int, ...]
    tolerance: float

    @property
    def agrees(self) -> bool:
        """Whether claimed and measured slopes agree everywhere."""
        return self.largest_error <= self.tolerance

    def __bool__(self) -> bool:
        return self.agrees

    def __str__(self) -> str:
        verdict = "the gradient agrees" if self.agrees else "the gradient is wrong"
        return (
            f"{verdict}: over {self.claimed.size} numbers, the largest error is {self.largest_error:.1e} "
            f"(admitted: {self.tolerance:.0e})\n"
            f"at index {self.worst}: claimed {self.claimed[self.worst]:.6g}, measured {self.measured[self.worst]:.6g}"
        )

    def _repr_html_(self) -> str:
        """Show the verdict in words, with a sign in front."""
        return f"<p>{'✓' if self.agrees else '✗'} {self}</p>"


def check_gradient(
    loss: Callable[[np.ndarray], Any], at: Any, gradient: Any, *, step: float = 1e-5, tolerance: float = 1e-6
) -> GradientCheck:
    """Compare a gradient with slopes measured by central differences, (loss(a + h) − loss(a − h)) / 2h.

    The slope of a² is 2a:

    >>> check_gradient(lambda a: (a**2).sum(), at=[1.0, 3.0], gradient=[2.0, 6.0]).agrees
    True
    >>> print(check_gradient(lambda a: (a**2).sum(), at=[1.0, 3.0], gradient=[2.0, 3.0]))
    the gradient is wrong: over 2 numbers, the largest error is 5.0e-01 (admitted: 1e-06)
    at index (1,): claimed 3, measured 6

    To check a layer's backward pass, let the loss be its output times any upstream gradient, summed:

    >>> from labkit import ops
    >>> x, kernel, upstream = [[0.5, 2.0, 1.0]], [[1.0, -3.0]], [[1.0, 10.0]]
    >>> back = ops.correlate2d_backward(upstream, x, kernel)
    >>> bool(check_gradient(lambda k: (ops.correlate2d(x, k) * upstream).sum(), kernel, back.kernels))
    True

    Parameters
    ----------
    loss : callable
        Takes an array of the shape of `at`, and returns one number.
    at : array_like
        The point; any shape. Where `loss` has a kink (ReLU at 0, equals in a maximum), there is no slope to find.
    gradient : array_like
        ∂loss/∂at, as claimed; the shape of `at`.
    step : float
        The h of the formula, above 0.
    tolerance : float
        The error that is still admitted: relative for slopes above 1, absolute below.

    Returns
    -------
    GradientCheck
        True where a truth is asked of it, if the gradient agrees.

    Raises
    ------
    TypeError, ValueError
        If the shapes differ, `loss` does not return one finite number, or `step` is not above 0, or so small beside
        the numbers of `at` that rounding swallows it.

    References
    ----------
    I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning*, 2016, section 11.5.
    """
    # In double precision, and a copy: each number is moved and put back.
    point = np.array(as_numbers("at", at), dtype=np.float64)
    claimed = as_numbers("gradient", gradient).astype(np.float64)
    if point.size == 0 or claimed.shape != point.shape:
        raise ValueError(
            f"gradient has shape {claimed.shape}; allowed is that of at, {point.shape}, with nothing empty"
        )
    h = above_zero("step", step)
    admitted = as_float("tolerance", tolerance, minimum=0)
    with np.errstate(over="ignore", invalid="ignore"):
        moved = ((point + h) - (point - h)) / h / 2
    if not (np.abs(moved - 1) <= 0.25).all():  # rounding must not swallow the step, as it does beside 10³⁰
        raise ValueError(f"step is {h:g}; allowed is one by which numbers up to {np.abs(point).max():g} can be moved")

    measured = np.empty_like(point)
    for place in np.ndindex(point.shape):
        here = point[place]
        point[place] = here + h
        above = as_float("loss's result", loss(point))
        point[place] = here - h
        below = as_float("loss's result", loss(point))
        point[place] = here
        measured[place] = as_float("the slope of loss", (above - below) / (2 * h))

    larger = np.maximum(1, np.maximum(np.abs(claimed), np.abs(measured)))
    error = np.abs(claimed / larger - measured / larger)
    worst = tuple(int(i) for i in np.unravel_index(error.argmax(), error.shape))
    return GradientCheck(claimed, measured, float(error[worst]), worst, admitted)
