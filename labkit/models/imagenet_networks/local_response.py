"""Local response normalization: AlexNet's, which Keras has not."""

from __future__ import annotations

from typing import Any

import keras

from labkit.arguments import one_of, whole_number
from labkit.calculators import layers as descriptions
from labkit.calculators.network import register_layer

REGIONS = ("across", "within")


@keras.saving.register_keras_serializable(package="labkit")
class LocalResponseNormalization(keras.layers.Layer):
    """Each number divided by what it and its neighbours add up to: a strong response damps those beside it.

    >>> import numpy as np
    >>> maps = np.array([3.0, 0.0, 0.0, 4.0, 0.0], "float32").reshape(1, 1, 1, 5)  # one place, five channels
    >>> layer = LocalResponseNormalization(size=3, alpha=1.0, beta=0.5, k=0.0)
    >>> np.asarray(layer(maps + 1e-6)).round(2).ravel().tolist()  # 3/3 and 4/4: each the only one in its region
    [1.0, 0.0, 0.0, 1.0, 0.0]

    The number a becomes a / (k + alpha · Σ a²)^beta, summed over its region: the ``size`` channels around its own, at
    the same place ("across", the paper's), or the ``size`` × ``size`` places around its own, in the same channel
    ("within"). Beyond the edge there are zeros. There is nothing to learn.

    Parameters
    ----------
    size : int
        How many neighbours a region spans, itself among them; odd.
    alpha, beta, k : float
        As in the formula. The sum is not divided by ``size``, as it is not in the paper (some frameworks do).
    region : {"across", "within"}
        Over channels or over places.

    Raises
    ------
    ValueError
        When ``size`` is even or below 1, or ``region`` is neither.

    References
    ----------
    A. Krizhevsky, I. Sutskever, G. Hinton, "ImageNet classification with deep convolutional neural networks", 2012,
    section 3.3.
    """

    def __init__(
        self,
        size: int = 5,
        alpha: float = 1e-4,
        beta: float = 0.75,
        k: float = 2.0,
        region: str = "across",
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        if whole_number("size", size) % 2 == 0:
            raise ValueError(f"size is {size!r}; allowed is an odd number: as many neighbours on either side")
        one_of("region", region, REGIONS)
        self.size, self.alpha, self.beta, self.k, self.region = size, alpha, beta, k, region

    def call(self, inputs: Any) -> Any:
        """Return the normalized maps; shape and type as they came."""
        maps = keras.ops.cast(inputs, "float32")  # squares leave the range of float16
        ways = (1, 1, 1, self.size) if self.region == "across" else (1, self.size, self.size, 1)
        squares = keras.ops.square(maps)
        return keras.ops.cast(maps / (self.k + self.alpha * _window_sums(squares, ways)) ** self.beta, inputs.dtype)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape as it came."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make the same layer again."""
        own = {name: getattr(self, name) for name in ("size", "alpha", "beta", "k", "region")}
        return super().get_config() | own


def _window_sums(numbers: Any, window: tuple[int, ...]) -> Any:
    """Sums over a window around each number, one axis after the other, with zeros beyond the edges."""
    for axis, size in enumerate(window):
        if size > 1:
            before = [(size // 2, size // 2) if one == axis else (0, 0) for one in range(len(window))]
            padded = keras.ops.pad(numbers, before)
            length = keras.ops.shape(numbers)[axis]
            numbers = sum(_slice(padded, axis, start, length) for start in range(size))
    return numbers


def _slice(numbers: Any, axis: int, start: int, length: Any) -> Any:
    return numbers[tuple(slice(start, start + length) if one == axis else slice(None) for one in range(axis + 1))]


@register_layer(LocalResponseNormalization)
def _(layer: LocalResponseNormalization) -> descriptions.Layer:
    if layer.region == "across":
        return descriptions.LocalResponseNormalization()
    return descriptions.AveragePooling2D(layer.size, strides=1, padding="same")  # looks at the same places
