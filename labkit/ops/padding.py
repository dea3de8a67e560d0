"""Padding: what a kernel sees where it reaches over the border of an image."""

from __future__ import annotations

from typing import Any

import numpy as np

from labkit.arguments import Pair, as_batch, as_given, one_of
from labkit.calculators.geometry import padding_amount

# NumPy's names for the same fillings.
FILLS = {"zeros": "constant", "edge": "edge", "reflect": "reflect"}
Margins = tuple[Pair, Pair]


def pad2d(x: Any, padding: int | Margins, *, fill: str = "zeros") -> np.ndarray:
    """Put a margin around an image.

    >>> pad2d([[1, 2], [3, 4]], 1)
    array([[0, 0, 0, 0],
           [0, 1, 2, 0],
           [0, 3, 4, 0],
           [0, 0, 0, 0]])
    >>> pad2d([[1, 2], [3, 4]], ((0, 0), (0, 2)), fill="edge")
    array([[1, 2, 2, 2],
           [3, 4, 4, 4]])

    Parameters
    ----------
    x : array_like
        An image (height, width) or (height, width, channels), or a batch (batch, height, width, channels).
    padding : int or pair of pairs
        Pixels on every side, or ((top, bottom), (left, right)).
    fill : {"zeros", "edge", "reflect"}
        What the margin holds: zeros; the nearest pixel of the border; the image mirrored at its border pixel, which
        is not repeated.

    Returns
    -------
    numpy.ndarray
        The larger image, with the axes of `x`.

    Raises
    ------
    TypeError, ValueError
        If `x` is not an image, or `padding` or `fill` is not one of the above.
    """
    batch, axes = as_batch("x", x)
    if isinstance(padding, str):
        raise ValueError(
            f"padding is {padding!r}; allowed is an integer or ((top, bottom), (left, right)): how much 'same' adds "
            "depends on the kernel, see labkit.calculators.padding_amount"
        )
    padded = pad_batch(batch, margins(padding, batch.shape[1:3], (1, 1), (1, 1), (1, 1)), fill)
    return as_given(padded, axes).copy()


def margins(padding: Any, size: Pair, kernel_size: Pair, stride: Pair, dilation: Pair) -> Margins:
    """Return ((top, bottom), (left, right)) for any padding that a convolution or a pooling takes.

    >>> margins("same", size=(13, 13), kernel_size=(6, 6), stride=(5, 5), dilation=(1, 1))
    ((1, 2), (1, 2))
    """
    vertical = horizontal = padding
    if isinstance(padding, (tuple, list)):
        if not (len(padding) == 2 and all(isinstance(pair, (tuple, list)) and len(pair) == 2 for pair in padding)):
            raise ValueError(
                f"padding is {padding!r}; allowed are 'valid', 'same', an integer of at least 0, or "
                "((top, bottom), (left, right))"
            )
        vertical, horizontal = padding
    top, bottom = padding_amount(size[0], kernel_size[0], stride[0], vertical, dilation[0])
    left, right = padding_amount(size[1], kernel_size[1], stride[1], horizontal, dilation[1])
    return (top, bottom), (left, right)


def pad_batch(x: np.ndarray, amounts: Margins, fill: str = "zeros") -> np.ndarray:
    """Pad a (batch, height, width, channels) array in height and width; without a margin it is the array itself."""
    one_of("fill", fill, tuple(FILLS))
    if not any(map(any, amounts)):
        return x
    return np.pad(x, ((0, 0), *amounts, (0, 0)), mode=FILLS[fill])  # type: ignore[call-overload]


def crop_batch(x: np.ndarray, amounts: Margins) -> np.ndarray:
    """Take the margin off again."""
    (top, bottom), (left, right) = amounts
    return x[:, top : x.shape[1] - bottom, left : x.shape[2] - right, :]
