"""The transposed convolution: an image made larger by stamping a kernel."""

from __future__ import annotations

from typing import Any

import numpy as np

from labkit.arguments import as_batch, as_given, as_numbers, as_pair, one_of
from labkit.calculators.geometry import transposed_output_size
from labkit.ops.columns import add_patches
from labkit.ops.convolution import as_bias
from labkit.ops.in_range import exact, in_range, largest
from labkit.ops.padding import crop_batch, margins, pad_batch


@in_range
def transposed2d(x: Any, kernels: Any, bias: Any = None, *, stride: Any = 1, padding: str = "valid") -> np.ndarray:
    """Let every number of an image stamp the kernel, times itself, onto a larger image; add where stamps overlap.

    >>> transposed2d([[1, 2]], [[1, 10], [100, 1000]], stride=2)
    array([[   1,   10,    2,   20],
           [ 100, 1000,  200, 2000]])

    It takes a convolution's result back to the shape of its input (not to its values), and is what carries gradients
    back through a convolution.

    Parameters
    ----------
    x : array_like
        An image (height, width) or (height, width, channels), or a batch (batch, height, width, channels).
    kernels : array_like
        (kernel height, kernel width) for an image without a channel axis, or as Keras stores them for this layer:
        (kernel height, kernel width, filters, channels).
    bias : array_like, optional
        One number for each filter.
    stride : int or (vertical, horizontal)
        How far apart neighbouring pixels stamp.
    padding : {"valid", "same"}
        "valid" keeps everything that was stamped; "same" cuts the result to stride · size.

    Returns
    -------
    numpy.ndarray
        The axes of `x`, with the filters last; (height, width) if `kernels` has two axes.

    Raises
    ------
    TypeError, ValueError
        If an argument is not one of the above, the shapes do not belong together, or the result is too large for its
        type.

    References
    ----------
    V. Dumoulin, F. Visin, "A guide to convolution arithmetic for deep learning", 2016, chapter 4.
    """
    batch, axes = as_batch("x", x)
    weights = as_numbers("kernels", kernels)
    plain = weights.ndim == 2 and axes == 2
    if plain:
        weights = weights[:, :, np.newaxis, np.newaxis]
    if weights.ndim != 4 or weights.shape[3] != batch.shape[3] or weights.size == 0:
        raise ValueError(
            f"kernels has shape {weights.shape}; allowed is (kernel height, kernel width) for an image without a "
            f"channel axis, or (kernel height, kernel width, filters, channels) with the {batch.shape[3]} channels of x"
        )
    steps = as_pair("stride", stride)
    one_of("padding", padding, ("valid", "same"))
    kernel_height, kernel_width, filters, channels = weights.shape
    size = (kernel_height, kernel_width)
    height, width = (
        int(transposed_output_size(n, k, s, padding)) for n, k, s in zip(batch.shape[1:3], size, steps, strict=True)
    )

    offsets = np.zeros((), np.int64) if bias is None else as_bias(bias, filters)
    batch, weights = exact(
        largest(batch) * largest(weights) * kernel_height * kernel_width * channels + largest(offsets), batch, weights
    )
    stamps = batch.reshape(-1, channels) @ weights.reshape(-1, channels).T
    amounts = margins(padding, (height, width), size, steps, (1, 1))
    larger = pad_batch(np.zeros((len(batch), height, width, filters), np.int8), amounts).astype(stamps.dtype)
    add_patches(stamps.reshape(*batch.shape[:3], *size, filters), larger, steps, (1, 1))
    maps = crop_batch(larger, amounts)
    if bias is not None:
        maps = maps + offsets
    return as_given(maps, axes if plain else max(axes, 3))
