"""Pooling: one number is kept of every window, in each channel by itself. There is nothing to learn in it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from labkit.arguments import Pair, as_batch, as_given, as_pair
from labkit.ops.columns import check_fits, patches
from labkit.ops.in_range import exact, in_range, largest
from labkit.ops.padding import Margins, margins


def max_pool2d(x: Any, size: Any = 2, *, stride: Any = None, padding: Any = "valid") -> np.ndarray:
    """Keep the largest number of every window.

    >>> max_pool2d([[3, 2, 5, 6], [8, 9, 5, 3], [4, 4, 6, 8], [1, 1, 2, 1]])
    array([[9, 6],
           [4, 8]])

    Parameters
    ----------
    x : array_like
        An image (height, width) or (height, width, channels), or a batch (batch, height, width, channels).
    size : int or (height, width)
        The window.
    stride : int or (vertical, horizontal), optional
        How many pixels the window moves at a step; by default its own size, so that windows do not overlap.
    padding : {"valid", "same"}, int or ((top, bottom), (left, right))
        As in `correlate2d`, and less than the window on every side. The padding never wins: it is not a number of the
        image.

    Returns
    -------
    numpy.ndarray
        The smaller image, with the axes of `x`; integers stay integers.

    Raises
    ------
    TypeError, ValueError
        If an argument is not one of the above, a number is not finite, or the window is larger than the padded image.

    References
    ----------
    I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning*, 2016, section 9.3.
    """
    batch, axes = as_batch("x", x)
    window = window_on(batch, size, stride, padding)
    lowest = -np.inf if batch.dtype.kind == "f" else np.iinfo(batch.dtype).min
    return as_given(window.cut(batch, outside=lowest).max(axis=WINDOW_AXES), axes)


def min_pool2d(x: Any, size: Any = 2, *, stride: Any = None, padding: Any = "valid") -> np.ndarray:
    """Keep the smallest number of every window.

    >>> min_pool2d([[20, 8, 12, 15], [6, 12, 9, 8], [9, 12, 10, 6], [18, 10, 5, 9]])
    array([[6, 8],
           [9, 5]])

    Parameters
    ----------
    x, size, stride, padding
        As in `max_pool2d`.

    Returns
    -------
    numpy.ndarray
        As from `max_pool2d`.

    Raises
    ------
    TypeError, ValueError
        As `max_pool2d`.
    """
    batch, axes = as_batch("x", x)
    window = window_on(batch, size, stride, padding)
    highest = np.inf if batch.dtype.kind == "f" else np.iinfo(batch.dtype).max
    return as_given(window.cut(batch, outside=highest).min(axis=WINDOW_AXES), axes)


@in_range
def sum_pool2d(x: Any, size: Any = 2, *, stride: Any = None, padding: Any = "valid") -> np.ndarray:
    """Add up every window.

    >>> sum_pool2d([[2, 2, 7, 3], [9, 4, 6, 1], [8, 5, 2, 4], [3, 1, 2, 6]])
    array([[17, 17],
           [17, 14]])

    Parameters
    ----------
    x, size, stride, padding
        As in `max_pool2d`; the padding counts as zero.

    Returns
    -------
    numpy.ndarray
        As from `max_pool2d`.

    Raises
    ------
    TypeError, ValueError
        As `max_pool2d`; also if a sum is too large for its type.
    """
    batch, axes = as_batch("x", x)
    window = window_on(batch, size, stride, padding)
    (windows,) = exact(largest(batch) * window.size[0] * window.size[1], window.cut(batch))
    return as_given(windows.sum(axis=WINDOW_AXES), axes)


def average_pool2d(x: Any, size: Any = 2, *, stride: Any = None, padding: Any = "valid") -> np.ndarray:
    """Take the mean of every window.

    >>> average_pool2d([[2, 2, 7, 3], [9, 4, 6, 1], [8, 5, 2, 4], [3, 1, 2, 6]])
    array([[4.25, 4.25],
           [4.25, 3.5 ]])

    Parameters
    ----------
    x, size, stride, padding
        As in `max_pool2d`. The padding is not counted: at the border the mean is over the pixels that are there, as in
        Keras and TensorFlow (other libraries divide by the whole window).

    Returns
    -------
    numpy.ndarray
        The smaller image, with the axes of `x`; floats.

    Raises
    ------
    TypeError, ValueError
        As `max_pool2d`.
    """
    batch, axes = as_batch("x", x)
    window = window_on(batch, size, stride, padding)
    return as_given(_mean(window.cut(batch), WINDOW_AXES, window.pixels(batch)), axes)


def global_max_pool2d(x: Any) -> np.ndarray:
    """Keep the largest number of every channel: whether a feature is in the image, no matter where.

    >>> global_max_pool2d([[1, 7], [3, 5]])
    array(7)

    Parameters
    ----------
    x : array_like
        An image (height, width) or (height, width, channels), or a batch (batch, height, width, channels).

    Returns
    -------
    numpy.ndarray
        Shape (), (channels,) or (batch, channels).

    Raises
    ------
    TypeError, ValueError
        If `x` is not one of the above, or a number is not finite.
    """
    batch, axes = as_batch("x", x)
    return _without_place(batch.max(axis=(1, 2)), axes)


def global_average_pool2d(x: Any) -> np.ndarray:
    """Take the mean of every channel.

    >>> global_average_pool2d([[1, 7], [3, 5]])
    array(4.)

    Parameters
    ----------
    x : array_like
        As in `global_max_pool2d`.

    Returns
    -------
    numpy.ndarray
        Shape (), (channels,) or (batch, channels); floats.

    Raises
    ------
    TypeError, ValueError
        As `global_max_pool2d`.

    References
    ----------
    M. Lin, Q. Chen, S. Yan, "Network in network", 2014, section 3.2.
    """
    batch, axes = as_batch("x", x)
    return _without_place(_mean(batch, (1, 2), np.full((1, 1), batch.shape[1] * batch.shape[2])), axes)


def _mean(numbers: np.ndarray, axes: Pair, count: np.ndarray) -> np.ndarray:
    """Divide sums by a count. A mean lies between its numbers and so is never too large, but their sum may be."""
    if numbers.dtype.kind == "i":
        most = math.prod(numbers.shape[axis] for axis in axes)
        (numbers,) = exact(largest(numbers) * most, numbers)
        return (numbers.sum(axis=axes) / count).astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        mean = numbers.sum(axis=axes) / count
    if not np.isfinite(mean).all():
        mean = (numbers / np.expand_dims(count, axes)).sum(axis=axes)
        mean = np.clip(mean, numbers.min(axis=axes), numbers.max(axis=axes))  # between them in spite of rounding, too
    return mean.astype(numbers.dtype, copy=False)


WINDOW_AXES = (3, 4)  # where `Window.cut` has the height and the width of the windows


@dataclass(frozen=True)
class Window:
    """A pooling window, its steps, and the padding of the image under it.

    >>> batch = np.arange(9).reshape(1, 3, 3, 1)
    >>> window_on(batch, 2, 1, "valid").cut(batch).shape
    (1, 2, 2, 2, 2, 1)
    """

    size: Pair
    stride: Pair
    margins: Margins

    def cut(self, batch: np.ndarray, outside: float = 0) -> np.ndarray:
        """Return what is in the windows: (batch, out height, out width, height, width, channels)."""
        return patches(self.pad(batch, outside), self.size, self.stride, dilation=(1, 1))

    def pad(self, batch: np.ndarray, outside: float = 0) -> np.ndarray:
        """Return the batch with its padding, which holds `outside`."""
        return np.pad(batch, ((0, 0), *self.margins, (0, 0)), constant_values=outside)

    def pixels(self, batch: np.ndarray) -> np.ndarray:
        """Count the pixels of the image, not of its padding, in every window: (1, out height, out width, 1)."""
        return self.cut(np.ones((1, *batch.shape[1:3], 1), dtype=batch.dtype)).sum(axis=WINDOW_AXES)


def window_on(batch: np.ndarray, size: Any, stride: Any, padding: Any) -> Window:
    """Return the window that the arguments of a pooling describe, or raise an error that names the wrong one."""
    window_size = as_pair("size", size)
    steps = window_size if stride is None else as_pair("stride", stride)
    amounts = margins(padding, batch.shape[1:3], window_size, steps, (1, 1))
    if any(side >= length for pair, length in zip(amounts, window_size, strict=True) for side in pair):
        raise ValueError(
            f"padding is {amounts}; allowed is less than the window, {window_size}, so that no window holds padding "
            "alone"
        )
    window = Window(window_size, steps, amounts)
    check_fits("size", window.pad(batch), window_size)
    return window


def _without_place(values: np.ndarray, axes: int) -> np.ndarray:
    """Return values (batch, channels) with the batch and the channels only if the input had them."""
    if axes == 4:
        return values
    return values[0] if axes == 3 else values[0, 0, ...]
