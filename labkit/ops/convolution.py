"""Convolution, and what convolution layers compute: cross-correlation.

A kernel slides over the image; at each place, what it covers is multiplied by it, number by number, and summed:

    z(i, j) = Σ_u Σ_v Σ_c  x(i·stride + u·dilation, j·stride + v·dilation, c) · kernel(u, v, c)  +  bias

That is the cross-correlation, `correlate2d`, which Keras calls convolution. The convolution of mathematics,
`convolve2d`, turns the kernel by 180° first. The sum itself is written out in convolution_algorithms.py, in three ways.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from labkit.arguments import as_batch, as_given, as_numbers, as_pair, one_of, padding_rule, whole_number
from labkit.ops.columns import check_fits
from labkit.ops.convolution_algorithms import METHODS
from labkit.ops.in_range import exact, in_range, largest
from labkit.ops.padding import margins, pad_batch


@in_range
def correlate2d(
    x: Any,
    kernels: Any,
    bias: Any = None,
    *,
    stride: Any = 1,
    padding: Any = "valid",
    dilation: Any = 1,
    groups: int = 1,
    method: str = "im2col",
    fill: str = "zeros",
) -> np.ndarray:
    """Slide kernels over an image: what a convolution layer computes (the kernel is not flipped).

    By hand, the top left number of the result is 1·1 + 2·0 + 4·0 + 5·(−1) = −4:

    >>> image = [[1, 2, 3],
    ...            [4, 5, 6],
    ...            [7, 8, 0]]
    >>> correlate2d(image, [[1, 0],
    ...                       [0, -1]])
    array([[-4, -4],
           [-4,  5]])

    A colour image and four kernels that each span its three channels give four maps:

    >>> correlate2d(np.ones((8, 8, 3)), np.ones((3, 3, 3, 4)), stride=2, padding="same").shape
    (4, 4, 4)

    Parameters
    ----------
    x : array_like
        An image (height, width) or (height, width, channels), or a batch (batch, height, width, channels).
    kernels : array_like
        (kernel height, kernel width) for an image without a channel axis, or as Keras stores them:
        (kernel height, kernel width, channels / groups, filters).
    bias : array_like, optional
        One number for each filter, added to its whole map.
    stride : int or (vertical, horizontal)
        How many pixels the kernel moves at a step.
    padding : {"valid", "same"}, int or ((top, bottom), (left, right))
        "valid" adds nothing. "same" adds as much as makes the result ⌈size / stride⌉ large, the odd pixel below and on
        the right, as Keras does. Otherwise the number of pixels to add.
    dilation : int or (vertical, horizontal)
        The distance between neighbouring weights of the kernel, in pixels.
    groups : int
        Channels and filters are cut into this many groups; each group of filters sees only its group of channels.
    method : {"im2col", "loops", "fft"}
        How it is computed. "loops" and "im2col" are exact on integers; "fft" gives floats.
    fill : {"zeros", "edge", "reflect"}
        What the padding holds, see `pad2d`.

    Returns
    -------
    numpy.ndarray
        The maps, with the axes of `x` in front and the filters last; (height, width) if `kernels` has two axes.
        Integers stay integers (int64), so uint8 images cannot overflow; otherwise the larger float type.

    Raises
    ------
    TypeError, ValueError
        If an argument is not one of the above, the shapes do not belong together, a number is not finite, the kernel
        is larger than the padded image, or the result is too large for its type. The message names the argument.

    References
    ----------
    I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning*, 2016, equations 9.6 and 9.7. The rule of "same" is that of
    `tf.nn.convolution`; the size of the result that of V. Dumoulin, F. Visin, "A guide to convolution arithmetic for
    deep learning", 2016.
    """
    batch, axes = as_batch("x", x)
    weights, plain = as_kernels(kernels, axes)
    check_groups(batch.shape[3], weights.shape, groups)
    steps, spread = as_pair("stride", stride), as_pair("dilation", dilation)
    compute = METHODS[one_of("method", method, tuple(METHODS))]

    size = weights.shape[:2]
    padded = pad_batch(batch, margins(padding, batch.shape[1:3], size, steps, spread), fill)
    check_fits("kernels", padded, size, spread)
    offsets = np.zeros((), np.int64) if bias is None else as_bias(bias, weights.shape[3])
    if method != "fft":
        bound = largest(batch) * largest(weights) * weights[..., 0].size + largest(offsets)
        padded, weights = exact(bound, padded, weights)
    maps = compute(padded, weights, steps, spread, groups)
    if bias is not None:
        maps = maps + offsets
    return as_given(maps, axes if plain else max(axes, 3))


def convolve2d(x: Any, kernels: Any, bias: Any = None, **options: Any) -> np.ndarray:
    """Convolve in the sense of mathematics: `correlate2d` with each kernel turned by 180°.

    The turned kernel is what makes a single bright pixel come out as the kernel itself, the right way round:

    >>> convolve2d([[0, 0, 0], [0, 1, 0], [0, 0, 0]], [[1, 2, 3], [4, 5, 6], [7, 8, 9]], padding=1)
    array([[1, 2, 3],
           [4, 5, 6],
           [7, 8, 9]])

    Parameters
    ----------
    x, kernels, bias, **options
        As in `correlate2d`.

    Returns
    -------
    numpy.ndarray
        As from `correlate2d`. With `padding` one less than the kernel it is the whole ("full") convolution.

    Raises
    ------
    TypeError, ValueError
        As `correlate2d`.
    """
    weights = as_numbers("kernels", kernels)
    return correlate2d(x, weights[::-1, ::-1] if weights.ndim >= 2 else weights, bias, **options)


def correlate1d(
    x: Any,
    kernels: Any,
    bias: Any = None,
    *,
    stride: int = 1,
    padding: Any = "valid",
    dilation: int = 1,
    **options: Any,
) -> np.ndarray:
    """Slide a kernel along a line of numbers, without flipping it.

    By hand: 1·1 + 3·0 + 2·(−1) = −1, then 3·1 + 2·0 + 5·(−1) = −2, then 2·1 + 5·0 + 4·(−1) = −2:

    >>> correlate1d([1, 3, 2, 5, 4], [1, 0, -1])
    array([-1, -2, -2])

    Parameters
    ----------
    x : array_like
        A sequence (length,) or (length, channels), or a batch (batch, length, channels).
    kernels : array_like
        (kernel length,) for a sequence without a channel axis, or (kernel length, channels / groups, filters).
    padding : {"valid", "same"}, int or (before, after)
        As in `correlate2d`.
    bias, stride, dilation, **options
        As in `correlate2d`; `stride` and `dilation` are one integer each.

    Returns
    -------
    numpy.ndarray
        As from `correlate2d`, with one axis less.

    Raises
    ------
    TypeError, ValueError
        As `correlate2d`.
    """
    line, weights = as_numbers("x", x), as_numbers("kernels", kernels)
    if line.ndim not in (1, 2, 3):
        raise ValueError(
            f"x has shape {line.shape}; allowed is a sequence (length,) or (length, channels), or a batch "
            "(batch, length, channels)"
        )
    if weights.ndim not in ((1, 3) if line.ndim == 1 else (3,)):
        raise ValueError(
            f"kernels has shape {weights.shape} with x of shape {line.shape}; allowed is (kernel length,) for a "
            "sequence without channels, or (kernel length, channels / groups, filters)"
        )
    # A line is an image one pixel high.
    image = line[:, np.newaxis] if line.ndim == 3 else line[np.newaxis]
    maps = correlate2d(
        image,
        weights[np.newaxis],
        bias,
        stride=(1, whole_number("stride", stride, 1)),
        padding=_one_axis(padding),
        dilation=(1, whole_number("dilation", dilation, 1)),
        **options,
    )
    return maps[:, 0] if line.ndim == 3 else maps[0]


def convolve1d(x: Any, kernels: Any, bias: Any = None, **options: Any) -> np.ndarray:
    """Convolve a line of numbers: `correlate1d` with the kernel turned round, as `numpy.convolve` has it.

    >>> convolve1d([1, 3, 2, 5, 4], [1, 0, -1])
    array([1, 2, 2])

    Parameters
    ----------
    x, kernels, bias, **options
        As in `correlate1d`.

    Returns
    -------
    numpy.ndarray
        As from `correlate1d`.

    Raises
    ------
    TypeError, ValueError
        As `correlate1d`.
    """
    weights = as_numbers("kernels", kernels)
    return correlate1d(x, weights[::-1] if weights.ndim else weights, bias, **options)


def as_kernels(kernels: Any, axes: int) -> tuple[np.ndarray, bool]:
    """Return the kernels with four axes, and whether they came as one plain (height, width) kernel."""
    weights = as_numbers("kernels", kernels)
    plain = weights.ndim == 2
    if weights.ndim not in (2, 4) or weights.size == 0 or (plain and axes != 2):
        hint = "; to filter each channel by itself, use depthwise2d" if plain and axes != 2 else ""
        raise ValueError(
            f"kernels has shape {weights.shape} with x of {axes} axes; allowed is (kernel height, kernel width) for an "
            "image without a channel axis, or (kernel height, kernel width, channels / groups, filters), with nothing "
            f"empty{hint}"
        )
    return (weights[:, :, np.newaxis, np.newaxis] if plain else weights), plain


def check_groups(channels: int, kernel_shape: tuple[int, ...], groups: Any) -> None:
    """Raise an error unless `groups` divides channels and filters, and the kernels span one group of channels."""
    whole_number("groups", groups, 1)
    filters = kernel_shape[3]
    if channels % groups or filters % groups:
        raise ValueError(
            f"groups is {groups}; allowed is what divides the {channels} channels of x and the {filters} filters"
        )
    if kernel_shape[2] != channels // groups:
        raise ValueError(
            f"kernels has shape {kernel_shape}, so {kernel_shape[2]} channels; allowed is "
            f"channels / groups = {channels} / {groups} = {channels // groups}"
        )


def as_bias(bias: Any, filters: int) -> np.ndarray:
    """Return the bias as an array that can be added to maps of so many filters."""
    offsets = as_numbers("bias", bias)
    if offsets.shape not in ((filters,), ()) or (offsets.ndim == 0 and filters > 1):
        raise ValueError(f"bias has shape {offsets.shape}; allowed is one number for each of the {filters} filters")
    return offsets


def _one_axis(padding: Any) -> Any:
    """Return the padding of an image one pixel high from that of a line."""
    rule = padding_rule(padding)
    return rule if isinstance(rule, str) else ((0, 0), rule)
