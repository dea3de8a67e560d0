"""Convolution layers taken apart: depthwise, which filters each channel by itself, and pointwise, which mixes them."""

from __future__ import annotations

from typing import Any

import numpy as np

from labkit.arguments import as_batch, as_given, as_numbers
from labkit.ops.convolution import correlate2d


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
