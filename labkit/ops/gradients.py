"""Backward passes: how much the loss changes with each input, weight and bias, given how it changes with each output.

`upstream` is ∂loss/∂output, with the shape of what the forward pass returned; every result has the shape of the thing
it is the gradient of. The chain rule does the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from html import escape
from typing import Any

import numpy as np

from labkit.arguments import as_batch, as_given, as_numbers, as_pair
from labkit.ops.columns import add_patches, check_fits, patches
from labkit.ops.convolution import as_kernels, check_groups
from labkit.ops.in_range import exact, in_range, largest
from labkit.ops.padding import crop_batch, margins, pad_batch
from labkit.ops.pooling import WINDOW_AXES, Window, window_on


@dataclass(frozen=True, eq=False)
class Gradients:
    """The base of all results here: shows what each gradient belongs to, its shape and how large it is.

    It unpacks in the order of its names: ``dx, dkernels, dbias = correlate2d_backward(...)``.
    """

    def __iter__(self) -> Iterator[np.ndarray]:
        return (getattr(self, field.name) for field in fields(self))

    def __str__(self) -> str:
        return "\n".join(f"∂loss/∂{name}: shape {shape}, largest {largest}" for name, shape, largest in self._summary())

    def _repr_html_(self) -> str:
        """Show one row for each gradient."""
        rows = "".join(
            f"<tr><td>∂loss/∂{escape(name)}</td><td>{shape}</td><td>{largest}</td></tr>"
            for name, shape, largest in self._summary()
        )
        head = "<tr><th>gradient</th><th>shape</th><th>largest</th></tr>"
        return f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"

    def _summary(self) -> list[tuple[str, tuple[int, ...], str]]:
        arrays = [(field.name, getattr(self, field.name)) for field in fields(self)]
        return [(name, np.shape(array), f"{np.abs(array).max():.4g}") for name, array in arrays]


@dataclass(frozen=True, eq=False)
class ConvolutionGradients(Gradients):
    """∂loss/∂x, ∂loss/∂kernels and ∂loss/∂bias of a convolution layer (`correlate2d`)."""

    x: np.ndarray
    kernels: np.ndarray
    bias: np.ndarray


@dataclass(frozen=True, eq=False)
class PoolingGradients(Gradients):
    """∂loss/∂x of a pooling, which has nothing else."""

    x: np.ndarray


@in_range
def correlate2d_backward(
    upstream: Any,
    x: Any,
    kernels: Any,
    *,
    stride: Any = 1,
    padding: Any = "valid",
    dilation: Any = 1,
    groups: int = 1,
) -> ConvolutionGradients:
    """Carry gradients back through `correlate2d` (with zeros as filling).

    One output, 5·k₀ + 7·k₁: the kernel's gradient is the image, and the image's is the kernel.

    >>> back = correlate2d_backward([[1]], x=[[5, 7]], kernels=[[2, 3]])
    >>> back.kernels, back.x
    (array([[5, 7]]), array([[2, 3]]))

    Parameters
    ----------
    upstream : array_like
        ∂loss/∂output, with the shape of what `correlate2d` returns for the other arguments.
    x, kernels, stride, padding, dilation, groups
        As they were given to `correlate2d`.

    Returns
    -------
    ConvolutionGradients
        `x`, `kernels` and `bias`, each with the shape of its argument; `bias` has one number for each filter.

    Raises
    ------
    TypeError, ValueError
        As `correlate2d`; also if `upstream` does not have the shape of its result.

    References
    ----------
    I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning*, 2016, equations 9.11 to 9.13.
    """
    batch, axes = as_batch("x", x)
    weights, plain = as_kernels(kernels, axes)
    check_groups(batch.shape[3], weights.shape, groups)
    steps, spread, size = as_pair("stride", stride), as_pair("dilation", dilation), weights.shape[:2]
    amounts = margins(padding, batch.shape[1:3], size, steps, spread)
    padded = pad_batch(batch, amounts)
    check_fits("kernels", padded, size, spread)
    windows = patches(padded, size, steps, spread)
    filters = weights.shape[3]
    above = _as_upstream(upstream, (*windows.shape[:3], filters), axes if plain else max(axes, 3))

    per_pixel, per_weight = largest(weights) * weights[:, :, 0].size, max(largest(batch), 1) * above[..., 0].size
    bound = largest(above) * max(per_pixel, per_weight)
    above, windows, weights = exact(bound, above, windows, weights)
    # out = rows @ matrix, one group at a time; hence ∂matrix = rowsᵀ @ above and ∂rows = above @ matrixᵀ.
    window_gradient = np.zeros(windows.shape, dtype=np.result_type(above, weights))
    kernel_gradient = np.zeros(weights.shape, dtype=np.result_type(above, windows))
    for g in range(groups):
        channels = slice(g * weights.shape[2], (g + 1) * weights.shape[2])
        maps = slice(g * (filters // groups), (g + 1) * (filters // groups))
        rows = windows[..., channels].reshape(-1, size[0] * size[1] * weights.shape[2])
        matrix = weights[..., maps].reshape(rows.shape[1], -1)
        above_rows = above[..., maps].reshape(len(rows), -1)
        kernel_gradient[..., maps] = (rows.T @ above_rows).reshape(kernel_gradient[..., maps].shape)
        window_gradient[..., channels] = (above_rows @ matrix.T).reshape(window_gradient[..., channels].shape)

    padded_gradient = add_patches(window_gradient, np.zeros(padded.shape, window_gradient.dtype), steps, spread)
    bias_gradient = above.sum(axis=(0, 1, 2))
    return ConvolutionGradients(
        x=as_given(crop_batch(padded_gradient, amounts), axes),
        kernels=kernel_gradient[:, :, 0, 0] if plain else kernel_gradient,
        bias=bias_gradient,
    )


@in_range
def max_pool2d_backward(
    upstream: Any, x: Any, size: Any = 2, *, stride: Any = None, padding: Any = "valid"
) -> PoolingGradients:
    """Carry gradients back through `max_pool2d`: only the number that won gets any.

    >>> max_pool2d_backward([[10]], [[1, 3], [4, 2]]).x
    array([[ 0,  0],
           [10,  0]])

    Parameters
    ----------
    upstream : array_like
        ∂loss/∂output, with the shape of what `max_pool2d` returns for the other arguments.
    x, size, stride, padding
        As they were given to `max_pool2d`. Among equals the first one, row by row, has won.

    Returns
    -------
    PoolingGradients

    Raises
    ------
    TypeError, ValueError
        As `max_pool2d`; also if `upstream` does not have the shape of its result.
    """
    batch, axes = as_batch("x", x)
    window = window_on(batch, size, stride, padding)
    lowest = -np.inf if batch.dtype.kind == "f" else np.iinfo(batch.dtype).min
    windows = window.cut(batch, outside=lowest)
    # The padding must not win, even where the image itself holds the lowest integer.
    inside = window.cut(np.ones(batch.shape, dtype=bool), outside=False)
    best = inside & (windows == windows.max(axis=WINDOW_AXES, keepdims=True))
    flat = best.reshape(*windows.shape[:3], -1, windows.shape[5])
    winner = flat.argmax(axis=3)[:, :, :, np.newaxis] == np.arange(flat.shape[3])[:, np.newaxis]
    above = _as_upstream(upstream, (*windows.shape[:3], windows.shape[5]), axes)
    (above,) = exact(largest(above) * window.size[0] * window.size[1], above)
    return _back_to_places(winner.reshape(windows.shape) * _to_windows(above), batch, window, axes)


@in_range
def average_pool2d_backward(
    upstream: Any, x: Any, size: Any = 2, *, stride: Any = None, padding: Any = "valid"
) -> PoolingGradients:
    """Carry gradients back through `average_pool2d`: every number of a window gets an equal share.

    >>> average_pool2d_backward([[10]], [[1, 3], [4, 2]]).x
    array([[2.5, 2.5],
           [2.5, 2.5]])

    Parameters
    ----------
    upstream : array_like
        ∂loss/∂output, with the shape of what `average_pool2d` returns for the other arguments.
    x, size, stride, padding
        As they were given to `average_pool2d`.

    Returns
    -------
    PoolingGradients

    Raises
    ------
    TypeError, ValueError
        As `average_pool2d`; also if `upstream` does not have the shape of its result.
    """
    batch, axes = as_batch("x", x)
    window = window_on(batch, size, stride, padding)
    pixels = window.pixels(batch)
    above = _as_upstream(upstream, (len(batch), *pixels.shape[1:3], batch.shape[3]), axes)
    share = _to_windows(above / pixels)
    everyone = np.broadcast_to(share, (*share.shape[:3], *window.size, share.shape[5]))
    return _back_to_places(everyone, batch, window, axes)


def _as_upstream(upstream: Any, expected: tuple[int, ...], axes: int) -> np.ndarray:
    """Return ∂loss/∂output as (batch, out height, out width, channels), if it has the shape of the output."""
    above = as_numbers("upstream", upstream)
    shape = as_given(np.empty(expected, dtype=bool), axes).shape
    if above.shape != shape:
        raise ValueError(f"upstream has shape {above.shape}; allowed is that of the output, {shape}")
    return above.reshape(expected)


def _to_windows(above: np.ndarray) -> np.ndarray:
    """Give each window's number two axes more, so that it meets all numbers of its window."""
    return np.expand_dims(above, WINDOW_AXES)


def _back_to_places(windows: np.ndarray, batch: np.ndarray, window: Window, axes: int) -> PoolingGradients:
    padded = np.zeros(window.pad(batch).shape, dtype=windows.dtype)
    add_patches(windows, padded, window.stride, (1, 1))
    return PoolingGradients(as_given(crop_batch(padded, window.margins), axes))
