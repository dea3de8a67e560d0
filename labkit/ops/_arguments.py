"""Arguments are checked and brought to one form here, at the door, so that the operations can be plain arithmetic.

Every check raises one error that names the argument, the value it got and what is allowed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from labkit.arguments import per_axis

Pair = tuple[int, int]


def as_numbers(name: str, value: Any) -> np.ndarray:
    """Return `value` as an array that can be summed without surprises: int64 or a float of at least 32 bits.

    Images come as uint8, where 200 + 100 is 44; small integers are therefore widened before anything is added.

    >>> as_numbers("x", [[True, False]]).dtype, as_numbers("x", np.float16([1])).dtype
    (dtype('int64'), dtype('float32'))
    """
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} must be a rectangular array of numbers: {error}") from None
    if array.dtype.kind in "biu":
        if array.dtype == np.uint64 and array.size and array.max() > np.iinfo(np.int64).max:
            raise ValueError(f"{name} must hold integers below 2⁶³, got {array.max()}")
        return array.astype(np.int64, copy=False)
    if array.dtype.kind != "f":
        raise TypeError(f"{name} must hold real numbers (integers or floats), got dtype {array.dtype}")
    if not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"{name} must hold finite numbers, got {array[where]} at index {where}")
    return array.astype(np.result_type(array.dtype, np.float32), copy=False)


def as_pair(name: str, value: Any) -> Pair:
    """Return a (vertical, horizontal) pair from one integer, which stands for both, or from two.

    >>> as_pair("stride", 2), as_pair("stride", (1, 3))
    ((2, 2), (1, 3))
    """
    vertical, horizontal = per_axis(name, value, rank=2)
    return vertical, horizontal


def as_float(name: str, value: Any, minimum: float = -np.inf) -> float:
    """Return `value` as a finite float that is at least `minimum`.

    >>> as_float("epsilon", 1)
    1.0
    """
    number = as_numbers(name, value)
    if number.ndim:
        raise ValueError(f"{name} must be one number, got an array of shape {number.shape}")
    if number < minimum:
        raise ValueError(f"{name} must be at least {minimum:g}, got {number:g}")
    return float(number)


def as_batch(name: str, x: Any) -> tuple[np.ndarray, int]:
    """Return an image or batch as (batch, height, width, channels), and how many axes it came with.

    >>> batch, axes = as_batch("x", np.zeros((28, 28)))
    >>> batch.shape, axes
    ((1, 28, 28, 1), 2)
    """
    array = as_numbers(name, x)
    axes = array.ndim
    if axes not in (2, 3, 4) or array.size == 0:
        raise ValueError(
            f"{name} must be an image (height, width) or (height, width, channels), or a batch "
            f"(batch, height, width, channels), with nothing empty; got shape {array.shape}"
        )
    if axes == 2:
        array = array[:, :, np.newaxis]
    if axes <= 3:
        array = array[np.newaxis]
    return array, axes


def as_given(batch: np.ndarray, axes: int) -> np.ndarray:
    """Undo `as_batch`: give a result the axes that the input came with.

    >>> as_given(np.zeros((1, 26, 26, 1)), axes=2).shape
    (26, 26)
    """
    if axes == 4:
        return batch
    return batch[0, :, :, 0] if axes == 2 else batch[0]


def as_choice(name: str, value: Any, choices: tuple[str, ...]) -> str:
    """Return `value` if it is one of `choices`.

    >>> as_choice("fill", "edge", ("zeros", "edge"))
    'edge'
    """
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}, got {value!r}")
    return value
