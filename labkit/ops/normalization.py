"""Normalization and dropout: what keeps the numbers between the layers in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from labkit.arguments import above_zero, as_batch, as_float, as_given, as_numbers, one_of, whole_number
from labkit.ops.in_range import held, in_range
from labkit.tables import Preformatted


@in_range
def local_response_normalization(
    x: Any, size: int = 5, *, k: float = 2.0, alpha: float = 1e-4, beta: float = 0.75, across: str = "channels"
) -> np.ndarray:
    """Divide each number by what goes on around it: b = a / (k + α · Σ a²)^β, as AlexNet does.

    The same 3 beside a loud neighbour becomes quieter:

    >>> local_response_normalization([[[3.0, 0.0]]], k=1, alpha=0.1).round(3)
    array([[[1.854, 0.   ]]])
    >>> local_response_normalization([[[3.0, 9.0]]], k=1, alpha=0.1).round(3)
    array([[[0.533, 1.6  ]]])

    Parameters
    ----------
    x : array_like
        (height, width), (height, width, channels) or (batch, height, width, channels).
    size : int
        How many neighbours are in the sum, n, the number itself included; odd.
    k, alpha, beta : float
        The constants of the formula; the defaults are AlexNet's. `k` is above 0, the others are at least 0.
    across : {"channels", "positions"}
        Which neighbours: "channels" sums over `size` channels at the same pixel (inter-channel), "positions" over
        `size` × `size` pixels of the same channel (intra-channel). Beyond the border there is nothing to add.

    Returns
    -------
    numpy.ndarray
        The shape of `x`, floats.

    Raises
    ------
    TypeError, ValueError
        If an argument is not one of the above, or a number is not finite.

    References
    ----------
    A. Krizhevsky, I. Sutskever, G. E. Hinton, "ImageNet classification with deep convolutional neural networks", 2012,
    section 3.3. `tf.nn.local_response_normalization` takes depth_radius = (n − 1) / 2 and calls k bias.
    """
    batch, axes = as_batch("x", x)
    if whole_number("size", size) % 2 == 0:
        raise ValueError(f"size is {size}; allowed is an odd number: as many neighbours on either side")
    one_of("across", across, ("channels", "positions"))
    offset = above_zero("k", k)
    neighbourhood = batch.astype(np.result_type(batch, np.float32), copy=False) ** 2
    for axis in (3,) if across == "channels" else (1, 2):
        neighbourhood = _sum_of_neighbours(neighbourhood, size // 2, axis)
    scale = (offset + as_float("alpha", alpha, minimum=0) * neighbourhood) ** as_float("beta", beta, minimum=0)
    held("(k + alpha · Σ x²)^beta", scale)  # where it were infinite, everything would come out as zero
    return as_given(batch / scale, axes)


def _sum_of_neighbours(x: np.ndarray, radius: int, axis: int) -> np.ndarray:
    """Add to each number those up to `radius` before and after it along an axis."""
    margin = [(radius, radius) if a == axis else (0, 0) for a in range(x.ndim)]
    return np.lib.stride_tricks.sliding_window_view(np.pad(x, margin), 2 * radius + 1, axis=axis).sum(axis=-1)


@dataclass(frozen=True, eq=False)
class BatchNormalized(Preformatted):
    """What batch normalization gives in training.

    Attributes
    ----------
    output : numpy.ndarray
        The normalized batch.
    mean, variance : numpy.ndarray
        Of this batch, one number for each channel.
    moving_mean, moving_variance : numpy.ndarray
        What to keep for inference: the averages so far, moved a little towards this batch.
    """

    output: np.ndarray
    mean: np.ndarray
    variance: np.ndarray
    moving_mean: np.ndarray
    moving_variance: np.ndarray

    def __str__(self) -> str:
        return (
            f"batch of shape {self.output.shape}, normalized over all axes but the last\n"
            f"mean of the batch      {self.mean.round(4)}, moving {self.moving_mean.round(4)}\n"
            f"variance of the batch  {self.variance.round(4)}, moving {self.moving_variance.round(4)}"
        )


@in_range
def batch_normalize_training(
    x: Any,
    gamma: Any = 1.0,
    beta: Any = 0.0,
    *,
    moving_mean: Any = 0.0,
    moving_variance: Any = 1.0,
    momentum: float = 0.99,
    epsilon: float = 1e-3,
) -> BatchNormalized:
    """Bring each channel to mean 0 and variance 1 over the batch, then scale and shift it: γ · (x − μ) / √(σ² + ε) + β.

    >>> result = batch_normalize_training([[1.0], [3.0]], epsilon=0)
    >>> result.output
    array([[-1.],
           [ 1.]])
    >>> result.moving_mean.round(4)  # 0.99 · 0 + 0.01 · 2
    array([0.02])

    Parameters
    ----------
    x : array_like
        Channels last, with a batch axis in front: (batch, channels) or (batch, height, width, channels).
    gamma, beta : array_like
        Scale and shift, one number for each channel, or one for all.
    moving_mean, moving_variance : array_like
        The averages so far, one number for each channel, or one for all; a new layer starts with 0 and 1.
    momentum : float
        How much of the averages is kept at a step, from 0 to 1.
    epsilon : float
        Keeps the division away from zero; at least 0.

    Returns
    -------
    BatchNormalized

    Raises
    ------
    TypeError, ValueError
        If an argument is not one of the above, or a number is not finite.

    References
    ----------
    S. Ioffe, C. Szegedy, "Batch normalization", 2015, algorithms 1 and 2. As in Keras, the variance is divided by the
    number of values, not by one less, and the defaults are those of Keras.
    """
    batch = _as_channels_last(x)
    keep = as_float("momentum", momentum, minimum=0)
    if keep > 1:
        raise ValueError(f"momentum is {momentum}; allowed is a number from 0 to 1")
    all_but_channels = tuple(range(batch.ndim - 1))
    mean, variance = batch.mean(axis=all_but_channels), batch.var(axis=all_but_channels)
    held("the variance", variance)
    return BatchNormalized(
        output=batch_normalize_inference(batch, mean, variance, gamma, beta, epsilon=epsilon),
        mean=mean,
        variance=variance,
        moving_mean=keep * _per_channel("moving_mean", moving_mean, batch) + (1 - keep) * mean,
        moving_variance=keep * _per_channel("moving_variance", moving_variance, batch) + (1 - keep) * variance,
    )


@in_range
def batch_normalize_inference(
    x: Any, mean: Any, variance: Any, gamma: Any = 1.0, beta: Any = 0.0, *, epsilon: float = 1e-3
) -> np.ndarray:
    """Normalize with the averages from training, so that an image's result does not depend on its neighbours.

    >>> batch_normalize_inference([[5.0]], mean=[1.0], variance=[4.0], gamma=[10.0], beta=[3.0], epsilon=0)
    array([[23.]])

    Parameters
    ----------
    x, gamma, beta, epsilon
        As in `batch_normalize_training`.
    mean, variance : array_like
        The moving averages, one number for each channel, or one for all; `variance` is at least 0.

    Returns
    -------
    numpy.ndarray
        The shape of `x`, floats.

    Raises
    ------
    TypeError, ValueError
        If an argument is not one of the above, or a number is not finite.
    """
    batch = _as_channels_last(x)
    scale, shift = _per_channel("gamma", gamma, batch), _per_channel("beta", beta, batch)
    centre, spread = _per_channel("mean", mean, batch), _per_channel("variance", variance, batch)
    spread = spread + as_float("epsilon", epsilon, minimum=0)
    if (spread <= 0).any():
        raise ValueError(f"variance + epsilon is {spread.min():g}; allowed is a number above 0 in every channel")
    held("variance + epsilon", spread)  # else everything would come out as beta
    return scale * (batch - centre) / np.sqrt(spread) + shift


@in_range
def dropout(x: Any, rate: float = 0.5, *, seed: int | np.random.Generator | None = None) -> np.ndarray:
    """Set a random share of the numbers to zero, and make the others larger, so that the sum is the same on average.

    >>> dropout([1.0] * 8, rate=0.5, seed=0)
    array([2., 0., 0., 0., 2., 2., 2., 2.])

    At test time nothing is dropped and, thanks to the scaling ("inverted" dropout), nothing else is to be done.

    Parameters
    ----------
    x : array_like
        Any shape.
    rate : float
        The share that is dropped, from 0 up to but not including 1.
    seed : int or numpy.random.Generator, optional
        For the same choice each time.

    Returns
    -------
    numpy.ndarray
        The shape of `x`, floats: x / (1 − rate) or 0.

    Raises
    ------
    TypeError, ValueError
        If `x` does not hold finite numbers, or `rate` is not in its range.

    References
    ----------
    N. Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014; its scaling at test
    time is done here in training, as in Keras.
    """
    numbers, share = as_numbers("x", x), as_float("rate", rate, minimum=0)
    if share >= 1:
        raise ValueError(f"rate is {rate}; allowed is a number from 0 to below 1, so that something is left")
    kept = np.random.default_rng(seed).random(numbers.shape) >= share
    return np.where(kept, numbers / (1 - share), 0)


def _as_channels_last(x: Any) -> np.ndarray:
    batch = as_numbers("x", x)
    if batch.ndim < 2 or batch.size == 0:
        raise ValueError(f"x has shape {batch.shape}; allowed is (batch, ..., channels), with nothing empty")
    return batch


def _per_channel(name: str, value: Any, batch: np.ndarray) -> np.ndarray:
    """Return one number for each channel, in the batch's float type."""
    numbers, channels = as_numbers(name, value), batch.shape[-1]
    if numbers.shape not in ((), (channels,)):
        raise ValueError(
            f"{name} has shape {numbers.shape}; allowed is one number, or one for each of {channels} channels"
        )
    return np.broadcast_to(numbers, (channels,)).astype(batch.dtype if batch.dtype.kind == "f" else np.float64)
