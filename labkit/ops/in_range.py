"""Results that their type cannot hold are refused; NumPy lets them pass: 2⁶³ comes round as −2⁶³, 2 · 10³⁰⁸ is inf."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import numpy as np

INT64 = np.iinfo(np.int64)

P = ParamSpec("P")
R = TypeVar("R")


def in_range(operation: Callable[P, R]) -> Callable[P, R]:
    """Make an operation raise a ValueError where an array that it returns holds what is no finite number of its type.

    >>> @in_range
    ... def square(x):
    ...     return np.square(x)
    >>> square(np.array([1e200]))
    Traceback (most recent call last):
    ValueError: the result of square is inf; allowed are numbers with which it stays below 1.8e+308 (float64)
    """

    @functools.wraps(operation)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        with np.errstate(all="ignore"):  # no warnings besides: what they tell of is looked for in the result
            result: Any = operation(*args, **kwargs)
        return held(operation.__name__, result)

    return checked


def held(operation: str, result: Any) -> Any:
    """Return arrays if their types can hold them: Python's integers as int64, floats as they are."""
    if isinstance(result, tuple):
        return tuple(held(operation, part) for part in result)
    if dataclasses.is_dataclass(result) and not isinstance(result, type):
        arrays = {name: value for name, value in vars(result).items() if isinstance(value, np.ndarray)}
        return dataclasses.replace(result, **{name: held(operation, array) for name, array in arrays.items()})
    if result.dtype.kind == "O":
        for extreme in (result.min(), result.max()):
            if not INT64.min <= extreme <= INT64.max:
                raise ValueError(
                    f"the result of {operation} is {extreme}; allowed are integers with which it stays below 2⁶³ "
                    "(int64), or floats"
                )
        return result.astype(np.int64)
    if not np.isfinite(result).all():
        extreme = np.ravel(result)[~np.isfinite(np.ravel(result))][0]
        raise ValueError(
            f"the result of {operation} is {extreme}; allowed are numbers with which it stays below "
            f"{np.finfo(result.dtype).max:.1e} ({result.dtype})"
        )
    return result


def largest(array: np.ndarray) -> int:
    """Return how far the integers of an array are from zero at most, as a Python integer, which has no bounds.

    >>> largest(np.array([-128, 127], np.int8))
    128
    """
    return max(-int(array.min()), int(array.max()), 0) if array.size and array.dtype.kind == "i" else 0


def exact(bound: int, *arrays: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return integers in the type that holds every sum on the way: int64, if no sum is beyond `bound`, else Python's.

    Python's integers are slow; so extreme images come out right, and usual ones are not delayed. Pad before, not
    after: `numpy.pad` fills up with NumPy's integers.

    >>> [array.dtype for array in exact(2**62, np.array([1])) + exact(2**63, np.array([1]))]
    [dtype('int64'), dtype('O')]
    """
    if bound <= INT64.max or any(array.dtype.kind != "i" for array in arrays):
        return arrays
    return tuple(array.astype(object) for array in arrays)
