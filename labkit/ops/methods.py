"""One sum, three ways to compute it: `by_loops` is the formula, `by_im2col` makes it one matrix product, and `by_fft`
goes through the frequency domain.

Each takes a padded batch (batch, height, width, channels) and kernels (kernel height, kernel width, channels / groups,
filters), and returns the maps (batch, out height, out width, filters).
"""

from __future__ import annotations

import numpy as np
import scipy.fft

from labkit.ops._arguments import Pair
from labkit.ops.columns import patches, places


def by_loops(x: np.ndarray, kernels: np.ndarray, stride: Pair, dilation: Pair, groups: int) -> np.ndarray:
    """Compute the sum as it is written, one multiply-add at a time."""
    kernel_height, kernel_width, channels, filters = kernels.shape
    out_height, out_width = places(x, (kernel_height, kernel_width), stride, dilation)
    maps = np.zeros((len(x), out_height, out_width, filters), dtype=np.result_type(x, kernels))
    for n in range(len(x)):
        for f in range(filters):
            first_channel = f // (filters // groups) * channels
            for i in range(out_height):
                for j in range(out_width):
                    total = maps.dtype.type(0)
                    for u in range(kernel_height):
                        for v in range(kernel_width):
                            row, column = i * stride[0] + u * dilation[0], j * stride[1] + v * dilation[1]
                            for c in range(channels):
                                total += x[n, row, column, first_channel + c] * kernels[u, v, c, f]
                    maps[n, i, j, f] = total
    return maps


def by_im2col(x: np.ndarray, kernels: np.ndarray, stride: Pair, dilation: Pair, groups: int) -> np.ndarray:
    """Lay out the patches as rows and the kernels as columns; one matrix product does the rest."""
    kernel_height, kernel_width, channels, filters = kernels.shape
    maps = []
    for g in range(groups):
        windows = patches(x[..., g * channels : (g + 1) * channels], (kernel_height, kernel_width), stride, dilation)
        rows = windows.reshape(-1, kernel_height * kernel_width * channels)
        columns = kernels[..., g * (filters // groups) : (g + 1) * (filters // groups)].reshape(rows.shape[1], -1)
        maps.append((rows @ columns).reshape(*windows.shape[:3], -1))
    return np.concatenate(maps, axis=-1) if groups > 1 else maps[0]


def by_fft(x: np.ndarray, kernels: np.ndarray, stride: Pair, dilation: Pair, groups: int) -> np.ndarray:
    """Multiply the spectra: correlation in space is a product with the conjugate in frequency.

    The transform sees the picture as periodic. Sums that would wrap around the border are those in which the kernel
    reaches over it, and exactly these are cut away; so the picture needs no further padding.
    """
    kernel_height, kernel_width, channels, filters = kernels.shape
    height, width = x.shape[1:3]
    spread = np.zeros(((kernel_height - 1) * dilation[0] + 1, (kernel_width - 1) * dilation[1] + 1, channels, filters))
    spread[:: dilation[0], :: dilation[1]] = kernels

    fast = (scipy.fft.next_fast_len(height, real=True), scipy.fft.next_fast_len(width, real=True))
    picture_spectrum = scipy.fft.rfft2(x, fast, axes=(1, 2))
    kernel_spectrum = scipy.fft.rfft2(spread.astype(np.result_type(x, kernels, np.float32)), fast, axes=(0, 1)).conj()
    # At each frequency: (batch, groups, channels) times (groups, channels, filters), summed over the channels.
    picture_spectrum = picture_spectrum.reshape(*picture_spectrum.shape[:3], groups, channels)
    kernel_spectrum = kernel_spectrum.reshape(*kernel_spectrum.shape[:3], groups, filters // groups)
    product = np.einsum("nhwgc,hwcgf->nhwgf", picture_spectrum, kernel_spectrum, optimize=True)
    product = product.reshape(*product.shape[:3], filters)
    everywhere = scipy.fft.irfft2(product, fast, axes=(1, 2))
    return everywhere[:, : height - spread.shape[0] + 1 : stride[0], : width - spread.shape[1] + 1 : stride[1]].astype(
        np.result_type(x, kernels, np.float32), copy=False
    )


METHODS = {"im2col": by_im2col, "loops": by_loops, "fft": by_fft}
