"""One sum, three ways to compute it: `by_loops` is the formula, `by_im2col` makes it a matrix product, and `by_fft`
goes through the frequency domain.

Each takes a padded batch (batch, height, width, channels) and kernels (kernel height, kernel width, channels / groups,
filters), and returns the maps (batch, out height, out width, filters).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import scipy.fft

from labkit.arguments import Pair
from labkit.ops.columns import patches, places

# 1 MB of float32. Half and double of it measure as fast; all patches at once take up to twice the time.
CACHED_NUMBERS = 2**18


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
    """Lay out the patches as rows and the kernels as columns; a matrix product does the rest."""
    channels, filters = kernels.shape[2], kernels.shape[3] // groups
    maps = [
        _group_by_im2col(
            x[..., g * channels : (g + 1) * channels], kernels[..., g * filters : (g + 1) * filters], stride, dilation
        )
        for g in range(groups)
    ]
    return np.concatenate(maps, axis=-1) if groups > 1 else maps[0]


def _group_by_im2col(x: np.ndarray, kernels: np.ndarray, stride: Pair, dilation: Pair) -> np.ndarray:
    size, filters = kernels.shape[:2], kernels.shape[3]
    matrix = kernels.reshape(-1, filters)
    out_height, out_width = places(x, size, stride, dilation)
    maps = np.empty((len(x), out_height, out_width, filters), dtype=np.result_type(x, kernels))
    for images, rows in _strips(len(x), out_height, numbers_in_a_row=out_width * len(matrix)):
        seen = slice(rows.start * stride[0], (rows.stop - 1) * stride[0] + (size[0] - 1) * dilation[0] + 1)
        windows = patches(x[images, seen], size, stride, dilation)
        maps[images, rows] = (windows.reshape(-1, len(matrix)) @ matrix).reshape(*windows.shape[:3], filters)
    return maps


def _strips(images: int, rows: int, numbers_in_a_row: int) -> Iterator[tuple[slice, slice]]:
    """Cut the work so that the patches, kernel size times as many numbers as the image, stay in the fast cache.

    Small images go several at once; of a large one go a few rows of the result at a time.
    """
    rows_at_once = min(rows, max(1, CACHED_NUMBERS // numbers_in_a_row))
    pictures_at_once = max(1, CACHED_NUMBERS // (rows * numbers_in_a_row))
    for n in range(0, images, pictures_at_once):
        for top in range(0, rows, rows_at_once):
            yield slice(n, min(n + pictures_at_once, images)), slice(top, min(top + rows_at_once, rows))


def by_fft(x: np.ndarray, kernels: np.ndarray, stride: Pair, dilation: Pair, groups: int) -> np.ndarray:
    """Multiply the spectra: correlation in space is a product with the conjugate in frequency.

    The transform sees the image as periodic. Sums that would wrap around the border are those in which the kernel
    reaches over it, and exactly these are cut away; so the image needs no further padding.
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
