"""Real numbers as small integers: the affine scheme, with a scale and a zero point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from labkit.arguments import as_numbers, whole_number
from labkit.ops.in_range import in_range


@dataclass(frozen=True, eq=False)
class Quantized:
    """Integers, and what they stand for: real = scale · (integer − zero point).

    Attributes
    ----------
    values : numpy.ndarray
        The integers: int8 for up to 8 bits, else int16.
    scale : numpy.ndarray
        The distance between two neighbours; one number, or one for each index of an axis.
    zero_point : numpy.ndarray
        The integer that stands for 0, of the same shape.
    """

    values: np.ndarray
    scale: np.ndarray
    zero_point: np.ndarray

    @in_range
    def dequantized(self) -> np.ndarray:
        """The real numbers that the integers stand for."""
        return self.scale * (self.values.astype(np.int64) - self.zero_point)

    def __str__(self) -> str:
        if self.scale.size > 1:
            return f"{self.values.dtype} {self.values.shape} with {self.scale.size} scales up to {self.scale.max():.4g}"
        scale, zero_point = self.scale.item(), self.zero_point.item()
        return f"{self.values.dtype} {self.values.shape}, scale {scale:.4g}, zero point {zero_point}"

    __repr__ = __str__


def affine_scheme(low: Any, high: Any, *, bits: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Return scale and zero point for the real numbers from `low` to `high`.

    >>> scale, zero_point = affine_scheme(-1.0, 4.1)
    >>> round(float(scale), 6), int(zero_point)
    (0.02, -78)

    Where the range does not hold 0, it is widened until it does: 0 must be exact, as padding and ReLU make so many.

    Parameters
    ----------
    low, high : float or array_like
        The ends of the range; arrays of one shape for a scale each.
    bits : int
        From 2 to 16; with 8, integers from −128 to 127.

    Returns
    -------
    scale, zero_point : numpy.ndarray
        Floats above 0, and integers.

    Raises
    ------
    TypeError, ValueError
        If an argument is not one of the above, `low` is above `high`, or the range is too small for its type.

    References
    ----------
    B. Jacob et al., "Quantization and training of neural networks for efficient integer-arithmetic-only inference",
    2018, equation 1 and section 3.
    """
    least, steps = _integers(bits)
    low, high = as_numbers("low", low), as_numbers("high", high)
    if (low > high).any():
        raise ValueError(f"low is {low} and high {high}; allowed is a low that is not above high")
    low, high = np.minimum(low, 0.0), np.maximum(high, 0.0)
    with np.errstate(over="ignore"):
        width = high - low
        step = np.where(np.isfinite(width), width / steps, high / steps - low / steps)  # 2 · 10³⁰⁸ is no float
    scale = _scale(step, low, high)
    return scale, np.round(least - low / scale).astype(np.int64)


def quantize_array(
    x: Any, *, axis: int | None = None, symmetric: bool = False, bits: int = 8, low: Any = None, high: Any = None
) -> Quantized:
    """Round real numbers to integers of a few bits.

    >>> small = quantize_array([-1.0, 0.0, 0.03, 4.1])
    >>> small
    int8 (4,), scale 0.02, zero point -78
    >>> small.values, small.dequantized().round(4)
    (array([-128,  -78,  -76,  127], dtype=int8), array([-1.  ,  0.  ,  0.04,  4.1 ]))

    No number between the ends moves by more than half a scale.

    Parameters
    ----------
    x : array_like
        Real numbers.
    axis : int, optional
        Each index of this axis gets a scale of its own, as the filters of a kernel do. Without it there is one for all.
    symmetric : bool
        Whether the zero point is 0 and the range the same on both sides, −127 to 127 with 8 bits, as for weights.
    bits : int
        From 2 to 16.
    low, high : float, optional
        The range, where it is known from elsewhere; numbers beyond it are cut off. Else it is that of `x`.

    Returns
    -------
    Quantized

    Raises
    ------
    TypeError, ValueError
        If an argument is not one of the above, or a range is given together with `axis` or `symmetric`.

    References
    ----------
    B. Jacob et al., "Quantization and training of neural networks for efficient integer-arithmetic-only inference",
    2018, equations 1 and 12. Symmetric weights with a scale for each filter: TensorFlow Lite's quantization
    specification.
    """
    numbers = as_numbers("x", x)
    numbers = numbers.astype(np.result_type(numbers, np.float32), copy=False)
    least, steps = _integers(bits)
    given = low is not None or high is not None
    if given and (low is None or high is None or axis is not None or symmetric):
        raise ValueError(f"low is {low} and high {high}; allowed are both together, and without axis or symmetric")
    if not given:
        low, high = _range(numbers, axis)
    if symmetric:
        scale = _scale(np.maximum(np.abs(low), np.abs(high)) / (steps // 2), low, high)
        zero_point = np.zeros(scale.shape, np.int64)
        least += 1  # as many integers on either side
    else:
        scale, zero_point = affine_scheme(low, high, bits=bits)
    with np.errstate(over="ignore"):  # what lies far beyond the range is cut off
        values = np.round(numbers / scale)
    values = np.clip(values + zero_point, least, _integers(bits)[0] + steps)
    return Quantized(values.astype(np.int8 if bits <= 8 else np.int16), scale, zero_point)


def _scale(step: Any, low: Any, high: Any) -> np.ndarray:
    """Return the step between two integers as the scale, or 1 where the range is nothing but 0."""
    nothing = (low == 0) & (high == 0)
    # Below this, steps are rounded so coarsely that the range would not fit.
    if (~nothing & (step < np.finfo(step.dtype).tiny)).any():
        raise ValueError(f"the range is {low} to {high}; allowed is one that {step.dtype} can cut into its steps")
    return np.where(nothing, 1.0, step)


def _integers(bits: int) -> tuple[int, int]:
    """The least integer, and how many steps from it to the greatest."""
    if not 2 <= whole_number("bits", bits) <= 16:
        raise ValueError(f"bits is {bits}; allowed is a whole number from 2 to 16")
    return -(2 ** (bits - 1)), 2**bits - 1


def _range(numbers: np.ndarray, axis: int | None) -> tuple[np.ndarray, np.ndarray]:
    if not numbers.size:
        raise ValueError(f"x has shape {numbers.shape}; allowed is at least one number")
    if axis is None:
        return numbers.min(), numbers.max()
    if isinstance(axis, bool) or not isinstance(axis, int) or not -numbers.ndim <= axis < numbers.ndim:
        raise ValueError(f"axis is {axis!r}; allowed is one of the {numbers.ndim} axes of x")
    others = tuple(other for other in range(numbers.ndim) if other != axis % numbers.ndim)
    return numbers.min(axis=others, keepdims=True), numbers.max(axis=others, keepdims=True)
