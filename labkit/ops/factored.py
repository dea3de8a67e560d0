"""Convolution layers taken apart: depthwise, pointwise, both together, and kernels that are a column times a row."""

from __future__ import annotations

from typing import Any

import numpy as np

from labkit.arguments import as_batch, as_given, as_numbers, as_pair, padding_rule
from labkit.ops.convolution import correlate2d
from labkit.ops.in_range import in_range


def depthwise2d(x: Any, kernels: Any, bias: Any = None, **options: Any) -> np.ndarray:
    """Filter each channel by itself: nothing is summed over the channels.

    A plain kernel does the same to every channel; this is how a filter is applied to a colour photo:

    >>> photo = np.arange(48).reshape(4, 4, 3)
    >>> depthwise2d(photo, [[0, 1], [-1, 0]]).shape
    (3, 3, 3)

    Parameters
    ----------
    x : array_like
        (height, width, channels) or (batch, height, width, channels).
    kernels : array_like
        (kernel height, kernel width), or as Keras stores them: (kernel height, kernel width, channels, multiplier).
    bias, **options
        As in `correlate2d`, without `groups`.

    Returns
    -------
    numpy.ndarray
        channels · multiplier maps; the maps of one channel stand together.

    Raises
    ------
    TypeError, ValueError
        As `correlate2d`.

    References
    ----------
    L. Sifre, "Rigid-motion scattering for image classification", 2014; A. G. Howard et al., "MobileNets", 2017.
    """
    batch, axes = as_batch("x", x)
    channels = batch.shape[3]
    weights = as_numbers("kernels", kernels)
    if weights.ndim == 2:
        weights = np.repeat(weights[:, :, np.newaxis, np.newaxis], channels, axis=2)
    if weights.ndim != 4 or weights.shape[2] != channels:
        raise ValueError(
            f"kernels has shape {weights.shape}; allowed is (kernel height, kernel width) or (kernel height, kernel "
            f"width, channels, multiplier) with the {channels} channels of x"
        )
    # As many groups as channels: each group of filters sees one channel.
    grouped = weights.reshape(*weights.shape[:2], 1, -1)
    maps = correlate2d(batch, grouped, bias, groups=channels, **options)
    return as_given(maps, axes if maps.shape[3] == 1 else max(axes, 3))


def pointwise2d(x: Any, weights: Any, bias: Any = None, *, stride: Any = 1) -> np.ndarray:
    """Mix the channels of each pixel, and look at no neighbour: a convolution with kernels of 1×1.

    Two channels become their sum and their difference:

    >>> pointwise2d([[[5, 3], [1, 4]]], [[1, 1], [1, -1]])
    array([[[ 8,  2],
            [ 5, -3]]])

    Parameters
    ----------
    x : array_like
        (height, width, channels) or (batch, height, width, channels).
    weights : array_like
        (channels, filters), or as Keras stores them: (1, 1, channels, filters).
    bias, stride
        As in `correlate2d`.

    Returns
    -------
    numpy.ndarray
        The axes of `x`, with the filters last.

    Raises
    ------
    TypeError, ValueError
        As `correlate2d`; also if `weights` is larger than one pixel.

    References
    ----------
    M. Lin, Q. Chen, S. Yan, "Network in network", 2014.
    """
    mix = as_numbers("weights", weights)
    if mix.ndim == 2:
        mix = mix[np.newaxis, np.newaxis]
    if mix.ndim != 4 or mix.shape[:2] != (1, 1):
        raise ValueError(f"weights has shape {mix.shape}; allowed is (channels, filters) or (1, 1, channels, filters)")
    return correlate2d(x, mix, bias, stride=stride)


def separable2d(x: Any, depthwise: Any, pointwise: Any, bias: Any = None, **options: Any) -> np.ndarray:
    """Filter each channel by itself, then mix the channels: a depthwise separable convolution.

    For 256 filters of 5×5 on 3 channels it needs 5·5·3 + 3·256 = 843 weights instead of 5·5·3·256 = 19,200:

    >>> separable2d(np.ones((8, 8, 3)), np.ones((5, 5, 3, 1)), np.ones((1, 1, 3, 256))).shape
    (4, 4, 256)

    Parameters
    ----------
    x : array_like
        (height, width, channels) or (batch, height, width, channels).
    depthwise : array_like
        Kernels as in `depthwise2d`.
    pointwise : array_like
        Weights as in `pointwise2d`, for channels · multiplier channels.
    bias, **options
        As in `correlate2d`, without `groups`; the options belong to the depthwise part.

    Returns
    -------
    numpy.ndarray
        The axes of `x`, with the filters last.

    Raises
    ------
    TypeError, ValueError
        As `depthwise2d` and `pointwise2d`.

    References
    ----------
    F. Chollet, "Xception: deep learning with depthwise separable convolutions", 2017.
    """
    return pointwise2d(depthwise2d(x, depthwise, **options), pointwise, bias)


@in_range
def factor_kernel(kernel: Any) -> tuple[np.ndarray, np.ndarray]:
    """Write a kernel as a column times a row, if it is one.

    Sobel's is a blur downwards times a difference across:

    >>> factor_kernel([[1, 0, -1], [2, 0, -2], [1, 0, -1]])
    (array([1, 2, 1]), array([ 1,  0, -1]))

    Parameters
    ----------
    kernel : array_like
        (height, width), of rank 1: every row a multiple of one row.

    Returns
    -------
    column : numpy.ndarray
        Shape (height,).
    row : numpy.ndarray
        Shape (width,). ``np.outer(column, row)`` is the kernel; integers stay integers.

    Raises
    ------
    TypeError, ValueError
        If `kernel` does not have two axes, holds only zeros, or is of a higher rank.
    """
    weights = as_numbers("kernel", kernel)
    if weights.ndim != 2 or weights.size == 0:
        raise ValueError(f"kernel has shape {weights.shape}; allowed is (height, width), with nothing empty")
    whole = weights.dtype.kind == "i"
    if whole:
        weights = weights.astype(object)  # Python's integers: products of int64 may be none
    # The row with the largest number gives the pattern, for the least rounding.
    top, left = np.unravel_index(np.abs(weights).argmax(), weights.shape)
    if weights[top, left] == 0:
        raise ValueError("kernel is all zeros; allowed is one with another number, for zero times any row is the same")
    if whole:
        row = weights[top] // np.gcd.reduce(weights[top])
        column = weights[:, left] // row[left]
        if column.max() == 2**63:  # −2⁶³ is an int64, and 2⁶³ is none
            column, row = -column, -row
    else:
        row = weights[top] / weights[top, left]
        column = weights[:, left]
    product = np.outer(column, row)
    near = 1e-6 * np.abs(weights).max()
    if not ((product == weights).all() if whole else np.allclose(product, weights, rtol=1e-6, atol=near)):
        rank = max(2, np.linalg.matrix_rank(weights.astype(np.float64)))
        raise ValueError(f"kernel has rank {rank}; allowed is rank 1, every row a multiple of one row")
    return column, row


def spatially_separable2d(
    x: Any, kernel: Any, *, stride: Any = 1, padding: Any = "valid", dilation: Any = 1, fill: str = "zeros"
) -> np.ndarray:
    """Slide a kernel of rank 1 as a column and then as a row: k + k multiply-adds a pixel instead of k · k.

    >>> image = np.arange(16).reshape(4, 4) ** 2
    >>> sobel = [[1, 0, -1], [2, 0, -2], [1, 0, -1]]
    >>> spatially_separable2d(image, sobel)
    array([[ -80,  -96],
           [-144, -160]])
    >>> correlate2d(image, sobel)
    array([[ -80,  -96],
           [-144, -160]])

    Parameters
    ----------
    x : array_like
        An image (height, width).
    kernel : array_like
        (kernel height, kernel width), of rank 1.
    stride, padding, dilation, fill
        As in `correlate2d`.

    Returns
    -------
    numpy.ndarray
        (out height, out width), the same as from `correlate2d`.

    Raises
    ------
    TypeError, ValueError
        As `correlate2d` and `factor_kernel`.
    """
    column, row = factor_kernel(kernel)
    (down, across), (rows_apart, columns_apart) = as_pair("stride", stride), as_pair("dilation", dilation)
    vertical, horizontal = _margins_of_one_axis(padding)
    narrow = correlate2d(
        x, column[:, np.newaxis], stride=(down, 1), padding=vertical, dilation=(rows_apart, 1), fill=fill
    )
    return correlate2d(
        narrow, row[np.newaxis], stride=(1, across), padding=horizontal, dilation=(1, columns_apart), fill=fill
    )


def _margins_of_one_axis(padding: Any) -> tuple[Any, Any]:
    """Split a padding into that of the columns (top, bottom) and that of the rows (left, right)."""
    if isinstance(padding, str):
        return padding, padding  # one pixel wide, a kernel asks for nothing on that side
    vertical, horizontal = padding if isinstance(padding, (tuple, list)) and len(padding) == 2 else (padding, padding)
    return (padding_rule(vertical), (0, 0)), ((0, 0), padding_rule(horizontal))
