"""Pooling: over a window, and over whole maps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from labkit.arguments import Padding, padding_rule, per_axis
from labkit.calculators.layers.base import Reach, Shape, WithoutWeights
from labkit.calculators.layers.windowed import Windowed
from labkit.calculators.working import WorkedTuple


@dataclass(frozen=True)
class Pooling(WithoutWeights, Windowed):
    """Pooling over a window, each channel by itself; no weights. ``strides=None`` means the window's own size."""

    pool_size: Any = 2
    strides: Any = None
    padding: Padding = "valid"

    def __post_init__(self) -> None:
        pool = per_axis("pool_size", self.pool_size, self.rank)
        self._regular(
            pool_size=pool,
            strides=pool if self.strides is None else per_axis("strides", self.strides, self.rank),
            padding=padding_rule(self.padding),
        )

    @property
    def window(self) -> Shape:
        return self.pool_size

    def output_shape(self, shape: Shape) -> WorkedTuple:
        return self._map_of(shape, shape[-1])


class MaxPooling1D(Pooling):
    """The largest number in each window, along one axis."""

    rank = 1


class MaxPooling2D(Pooling):
    """The largest number in each window."""

    rank = 2


class AveragePooling1D(Pooling):
    """The mean of each window, along one axis."""

    rank = 1


class AveragePooling2D(Pooling):
    """The mean of each window."""

    rank = 2


@dataclass(frozen=True)
class GlobalPooling(WithoutWeights):
    """One number for each channel, from all places of its map."""

    keepdims: bool = False

    def output_shape(self, shape: Shape) -> WorkedTuple:
        if len(shape) < 2:
            raise ValueError(f"input_shape of {type(self).__name__} is {tuple(shape)}; allowed is a map with channels")
        kept = (1,) * (len(shape) - 1) if self.keepdims else ()
        return WorkedTuple(
            (*kept, shape[-1]), f"one number a channel: {shape[-1]}", rf"\text{{channels}} = {shape[-1]}"
        )

    def reach(self, shape: Shape) -> Reach:
        return Reach.EVERYWHERE


class GlobalMaxPooling1D(GlobalPooling):
    """The largest number of each channel."""


class GlobalMaxPooling2D(GlobalPooling):
    """The largest number of each channel."""


class GlobalAveragePooling1D(GlobalPooling):
    """The mean of each channel."""


class GlobalAveragePooling2D(GlobalPooling):
    """The mean of each channel."""
