"""im2col: every patch that a kernel sees, laid out as one column, so that a layer becomes a matrix product."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from labkit.arguments import Pair, as_batch, as_given, as_numbers, as_pair
from labkit.calculators.geometry import output_size
from labkit.ops.in_range import exact, in_range, largest
from labkit.ops.padding import crop_batch, margins, pad_batch


def im2col(
    x: Any, kernel_size: Any, *, stride: Any = 1, padding: Any = "valid", dilation: Any = 1, fill: str = "zeros"
) -> np.ndarray:
    """Lay out the patches of an image as the columns of a matrix.

    A 2×2 window has four places on a 3×3 image, so there are four columns of four numbers each:

    >>> im2col([[1, 2, 3], [4, 5, 6], [7, 8, 9]], 2)
    array([[1, 2, 4, 5],
           [2, 3, 5, 6],
           [4, 5, 7, 8],
           [5, 6, 8, 9]])

    Parameters
    ----------
    x : array_like
        An image (height, width) or (height, width, channels), or a batch (batch, height, width, channels).
    kernel_size, stride, padding, dilation, fill
        As in `correlate2d`; `kernel_size` is one integer or (height, width).

    Returns
    -------
    numpy.ndarray
        Shape (kernel height · kernel width · channels, batch · output height · output width). Down a column, channels
        change fastest, then the kernel's columns, then its rows, which is how Keras stores kernels: so the whole
        cross-correlation is ``kernels.reshape(-1, filters).T @ columns``.

    Raises
    ------
    TypeError, ValueError
        If an argument is not one of the above, or the kernel is larger than the padded image.

    References
    ----------
    K. Chellapilla, S. Puri, P. Simard, "High performance convolutional neural networks for document processing", 2006.
    """
    batch, _ = as_batch("x", x)
    size, steps, spread = as_pair("kernel_size", kernel_size), as_pair("stride", stride), as_pair("dilation", dilation)
    padded = pad_batch(batch, margins(padding, batch.shape[1:3], size, steps, spread), fill)
    check_fits("kernel_size", padded, size, spread)
    windows = patches(padded, size, steps, spread)
    return windows.reshape(-1, size[0] * size[1] * batch.shape[3]).T


@in_range
def col2im(
    columns: Any, input_shape: Any, kernel_size: Any, *, stride: Any = 1, padding: Any = "valid", dilation: Any = 1
) -> np.ndarray:
    """Put columns back in their places on the image; where patches overlap, their numbers add up.

    It is the transpose of `im2col`, not its inverse: an image of ones comes back as the number of windows that cover
    each pixel. This is what carries gradients back to the input.

    >>> col2im(im2col([[1, 1, 1], [1, 1, 1], [1, 1, 1]], 2), (3, 3), 2)
    array([[1, 2, 1],
           [2, 4, 2],
           [1, 2, 1]])

    Parameters
    ----------
    columns : array_like
        What `im2col` gives for an image of `input_shape` with the same `kernel_size`, `stride`, `padding` (zeros)
        and `dilation`.
    input_shape : tuple of int
        (height, width), (height, width, channels) or (batch, height, width, channels).

    Returns
    -------
    numpy.ndarray
        Shape `input_shape`.

    Raises
    ------
    TypeError, ValueError
        If an argument is not one of the above, the columns do not belong to such an image, or a sum is too large for
        its type.
    """
    matrix = as_numbers("columns", columns)
    empty, axes = as_batch("input_shape", np.zeros(input_shape, dtype=matrix.dtype))
    size, steps, spread = as_pair("kernel_size", kernel_size), as_pair("stride", stride), as_pair("dilation", dilation)
    amounts = margins(padding, empty.shape[1:3], size, steps, spread)
    padded = pad_batch(empty, amounts)
    check_fits("kernel_size", padded, size, spread)
    shape = (len(empty), *places(padded, size, steps, spread), *size, empty.shape[3])
    expected = (int(np.prod(shape[3:])), int(np.prod(shape[:3])))
    if matrix.shape != expected:
        raise ValueError(f"columns has shape {matrix.shape}; allowed is {expected} for input_shape {input_shape}")
    matrix, padded = exact(largest(matrix) * size[0] * size[1], matrix, padded)
    return as_given(crop_batch(add_patches(matrix.T.reshape(shape), padded, steps, spread), amounts), axes)


def patches(x: np.ndarray, kernel_size: Pair, stride: Pair, dilation: Pair) -> np.ndarray:
    """Copy the patches of a padded batch: (batch, out height, out width, kernel height, kernel width, channels).

    One assignment for each place in the kernel, not one for each patch: there are few of the first and many of the
    second, and NumPy moves each lot at once.
    """
    out_size = places(x, kernel_size, stride, dilation)
    windows = np.empty((len(x), *out_size, *kernel_size, x.shape[3]), dtype=x.dtype)
    for u, v, rows, columns in seen_by_each_weight(kernel_size, out_size, stride, dilation):
        windows[:, :, :, u, v] = x[:, rows, columns]
    return windows


def add_patches(windows: np.ndarray, padded: np.ndarray, stride: Pair, dilation: Pair) -> np.ndarray:
    """Add patches, laid out as `patches` gives them, to their places in `padded`, and return it."""
    for u, v, rows, columns in seen_by_each_weight(windows.shape[3:5], windows.shape[1:3], stride, dilation):
        padded[:, rows, columns] += windows[:, :, :, u, v]
    return padded


def seen_by_each_weight(
    kernel_size: Pair, out_size: Pair, stride: Pair, dilation: Pair
) -> Iterator[tuple[int, int, slice, slice]]:
    """For each place (u, v) in the kernel, yield the rows and the columns of the padded image that it meets.

    While the kernel makes its steps, the weight at (u, v) meets every `stride`-th pixel, starting at u · dilation.

    >>> list(seen_by_each_weight((1, 2), out_size=(1, 3), stride=(1, 2), dilation=(1, 1)))
    [(0, 0, slice(0, 1, 1), slice(0, 5, 2)), (0, 1, slice(0, 1, 1), slice(1, 6, 2))]
    """
    for u in range(kernel_size[0]):
        for v in range(kernel_size[1]):
            top, left = u * dilation[0], v * dilation[1]
            rows = slice(top, top + (out_size[0] - 1) * stride[0] + 1, stride[0])
            columns = slice(left, left + (out_size[1] - 1) * stride[1] + 1, stride[1])
            yield u, v, rows, columns


def places(padded: np.ndarray, kernel_size: Pair, stride: Pair, dilation: Pair) -> Pair:
    """Return how many places the kernel has on a padded batch, down and across."""
    height, width = padded.shape[1:3]
    return (
        int(output_size(height, kernel_size[0], stride[0], "valid", dilation[0])),
        int(output_size(width, kernel_size[1], stride[1], "valid", dilation[1])),
    )


def check_fits(name: str, padded: np.ndarray, kernel_size: Pair, dilation: Pair = (1, 1)) -> None:
    """Raise a ValueError if the kernel, spread by its dilation, is larger than the padded image."""
    height, width = padded.shape[1:3]
    reach = tuple((k - 1) * d + 1 for k, d in zip(kernel_size, dilation, strict=True))
    if reach[0] > height or reach[1] > width:
        spread = f" (with dilation {dilation}: {reach[0]}×{reach[1]})" if dilation != (1, 1) else ""
        raise ValueError(
            f"{name} is {kernel_size[0]}×{kernel_size[1]}{spread}; allowed is what fits into the image, which with its "
            f"padding is {height}×{width}"
        )
