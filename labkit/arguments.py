"""Arguments are checked and brought to one form here, at the door, so that every later line can trust them.

Every check raises one error that names the argument, the value it got and what is allowed.
"""

from __future__ import annotations

import operator
import reprlib
from collections.abc import Iterable, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

Padding = str | int | tuple[int, int]
Pair = tuple[int, int]


def whole_number(name: str, value: Any, minimum: int = 1) -> int:
    """Return ``value`` as an ``int`` of at least ``minimum``.

    >>> whole_number("stride", 2)
    2

    Raises
    ------
    TypeError
        When ``value`` is not a whole number (``True`` and ``2.0`` are not).
    ValueError
        When it is smaller than ``minimum``.
    """
    if type(value) is int:  # nearly always: the quick way
        number = value
    else:
        allowed = f"allowed is a whole number of at least {minimum}"
        import numpy as np

        if isinstance(value, bool | np.bool_):  # NumPy's too: NumPy 1 would take it for 0 or 1
            raise TypeError(f"{name} is {value!r}; {allowed}")
        try:
            number = operator.index(value)
        except TypeError:
            raise TypeError(f"{name} is {value!r}; {allowed}") from None
    if number < minimum:
        raise ValueError(f"{name} is {value!r}; allowed is a whole number of at least {minimum}")
    return number


def per_axis(name: str, value: Any, rank: int, minimum: int = 1) -> tuple[int, ...]:
    """Return one number for each spatial axis: ``3`` and ``(3, 3)`` mean the same.

    >>> per_axis("kernel_size", 3, rank=2)
    (3, 3)

    Raises
    ------
    TypeError, ValueError
        As :func:`whole_number`, or when a sequence has the wrong length.
    """
    if type(value) is int:
        return (whole_number(name, value, minimum),) * rank
    if isinstance(value, Sequence) and not isinstance(value, str):
        if len(value) != rank:
            raise ValueError(f"{name} is {value!r}; allowed is one whole number, or {rank}, one for each axis")
        return tuple(whole_number(name, number, minimum) for number in value)
    return (whole_number(name, value, minimum),) * rank


def padding_rule(padding: Any) -> Padding:
    """Return ``"valid"``, ``"same"`` or a pair of ints (an int stands for the same number on both sides).

    >>> padding_rule("SAME"), padding_rule(2), padding_rule((1, 2))
    ('same', (2, 2), (1, 2))

    Raises
    ------
    TypeError, ValueError
        When ``padding`` is none of these, or a number is negative.
    """
    if isinstance(padding, str):
        rule = padding.lower()
        if rule not in ("valid", "same"):
            raise ValueError(
                f'padding is {padding!r}; allowed are "valid", "same", a whole number, or a pair (before, after)'
            )
        return rule
    before, after = per_axis("padding", padding, rank=2, minimum=0)
    return before, after


def margins(name: str, value: Any, rank: int) -> tuple[tuple[int, int], ...]:
    """Return a pair (before, after) for each axis, from any of Keras's three ways to say it.

    >>> margins("padding", 1, rank=2), margins("padding", ((0, 1), (2, 3)), rank=2)
    (((1, 1), (1, 1)), ((0, 1), (2, 3)))

    Raises
    ------
    TypeError, ValueError
        As :func:`per_axis`.
    """
    if isinstance(value, Sequence) and not isinstance(value, str):
        if len(value) != rank:
            raise ValueError(
                f"{name} is {value!r}; allowed is one number, or {rank} numbers or pairs, one for each axis"
            )
        sides = [per_axis(name, side, rank=2, minimum=0) for side in value]
    else:
        sides = [per_axis(name, value, rank=2, minimum=0)] * rank
    return tuple((before, after) for before, after in sides)


def one_of(name: str, value: Any, choices: Iterable[Any]) -> Any:
    """Return ``value`` if it is one of ``choices``.

    >>> one_of("fill", "edge", ("zeros", "edge"))
    'edge'

    Raises
    ------
    ValueError
        When it is not.
    """
    choices = tuple(choices)
    if value not in choices:
        raise ValueError(f"{name} is {value!r}; allowed are {', '.join(map(repr, choices))}")
    return value


def image_shape(input_shape: Any, smallest: int = 1) -> tuple[int, int, int]:
    """Return (height, width, channels) as three ints, height and width of at least ``smallest``.

    >>> image_shape([32, 32, 3])
    (32, 32, 3)

    Raises
    ------
    TypeError, ValueError
        When it is anything else.
    """
    axes = ("height", "width", "channels")
    if not isinstance(input_shape, Sequence) or isinstance(input_shape, str) or len(input_shape) != len(axes):
        raise ValueError(f"input_shape is {input_shape!r}; allowed is (height, width, channels)")
    height, width, channels = (
        whole_number(f"input_shape's {axis}", size) for axis, size in zip(axes, input_shape, strict=True)
    )
    if min(height, width) < smallest:
        raise ValueError(
            f"input_shape is {input_shape!r}; allowed is (height, width, channels), "
            f"with a height and a width of at least {smallest}"
        )
    return height, width, channels


def share(name: str, value: Any) -> Any:
    """Return ``value`` if it is a number from 0 up to, but not including, 1: what a part of something may be.

    >>> share("dropout", 0.5)
    0.5

    Raises
    ------
    TypeError, ValueError
        When it is no number, or not in this range.
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} is {value!r}; allowed is a number from 0 to below 1")
    if not 0 <= float(value) < 1:
        raise ValueError(f"{name} is {value!r}; allowed is a number from 0 to below 1")
    return value


# ---------------------------------------------------------------------------------------------------------- arrays
# NumPy is imported where an array is looked at: whoever checks a whole number does not need it.


def as_numbers(name: str, value: Any) -> np.ndarray:
    """Return `value` as an array that can be summed without surprises: int64 or a float of at least 32 bits.

    Images come as uint8, where 200 + 100 is 44; small integers are therefore widened before anything is added.

    >>> import numpy as np
    >>> as_numbers("x", [[True, False]]).dtype, as_numbers("x", np.float16([1])).dtype
    (dtype('int64'), dtype('float32'))
    """
    import numpy as np

    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"{name} is {reprlib.repr(value)}; allowed is a rectangular array of numbers") from None
    if array.dtype.kind in "biu":
        if array.dtype == np.uint64 and array.size and array.max() > np.iinfo(np.int64).max:
            raise ValueError(f"{name} holds {array.max()}; allowed are integers below 2⁶³")
        return array.astype(np.int64, copy=False)
    if array.dtype.kind != "f":
        raise TypeError(f"{name} has dtype {array.dtype}; allowed are real numbers (integers below 2⁶³, or floats)")
    if not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"{name} is {array[where]} at index {where}; allowed are finite numbers")
    return array.astype(np.result_type(array.dtype, np.float32), copy=False)


def as_pair(name: str, value: Any) -> Pair:
    """Return a (vertical, horizontal) pair from one integer, which stands for both, or from two.

    >>> as_pair("stride", 2), as_pair("stride", (1, 3))
    ((2, 2), (1, 3))
    """
    vertical, horizontal = per_axis(name, value, rank=2)
    return vertical, horizontal


def as_float(name: str, value: Any, minimum: float = float("-inf")) -> float:
    """Return `value` as a finite float that is at least `minimum`.

    >>> as_float("epsilon", 1)
    1.0
    """
    number = as_numbers(name, value)
    if number.ndim:
        raise ValueError(f"{name} has shape {number.shape}; allowed is one number")
    if number < minimum:
        raise ValueError(f"{name} is {number:g}; allowed is a number of at least {minimum:g}")
    return float(number)


def above_zero(name: str, value: Any) -> float:
    """Return `value` as a finite float that is above zero.

    >>> above_zero("sigma", 2)
    2.0
    """
    number = as_float(name, value)
    if number <= 0:
        raise ValueError(f"{name} is {number:g}; allowed is a number above 0")
    return number


def as_batch(name: str, x: Any) -> tuple[np.ndarray, int]:
    """Return an image or batch as (batch, height, width, channels), and how many axes it came with.

    >>> import numpy as np
    >>> batch, axes = as_batch("x", np.zeros((28, 28)))
    >>> batch.shape, axes
    ((1, 28, 28, 1), 2)
    """
    array = as_numbers(name, x)
    axes = array.ndim
    if axes not in (2, 3, 4) or array.size == 0:
        raise ValueError(
            f"{name} has shape {array.shape}; allowed is an image (height, width) or (height, width, channels), or a "
            "batch (batch, height, width, channels), with nothing empty"
        )
    if axes == 2:
        array = array[:, :, None]
    if axes <= 3:
        array = array[None]
    return array, axes


def as_given(batch: np.ndarray, axes: int) -> np.ndarray:
    """Undo `as_batch`: give a result the axes that the input came with.

    >>> import numpy as np
    >>> as_given(np.zeros((1, 26, 26, 1)), axes=2).shape
    (26, 26)
    """
    if axes == 4:
        return batch
    return batch[0, :, :, 0] if axes == 2 else batch[0]


def as_boxes(name: str, value: Any) -> np.ndarray:
    """Return boxes as float64, shape (n, 4): left, top, right, bottom, in pixels, right and bottom just outside.

    A box from 2 to 5 holds the pixels 2, 3 and 4, so that its width is right − left. No box at all is `[]`.

    >>> as_boxes("boxes", [[0, 0, 3, 2]]).shape, as_boxes("boxes", []).shape
    ((1, 4), (0, 4))

    Raises
    ------
    TypeError, ValueError
        When it is no array of this shape, a number is not finite, or a box has no area.
    """
    import numpy as np

    boxes = as_numbers(name, value).astype(np.float64)
    if boxes.size == 0:
        return boxes.reshape(0, 4)
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise ValueError(f"{name} has shape {boxes.shape}; allowed is (n, 4): left, top, right, bottom of each box")
    without_area = (boxes[:, 2:] <= boxes[:, :2]).any(axis=1)
    if without_area.any():
        index = int(np.flatnonzero(without_area)[0])
        box = ", ".join(f"{number:g}" for number in boxes[index])
        raise ValueError(
            f"{name} has the box ({box}) at index {index}; allowed is left < right and top < bottom, so that it has "
            "an area"
        )
    return boxes
