"""Layers that work number by number: activations, dropout, rescaling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from labkit.calculators.layers.base import Reach, Shape, WithoutWeights
from labkit.calculators.working import WorkedTuple, unchanged


@dataclass(frozen=True)
class Elementwise(WithoutWeights):
    """A layer that keeps the shape, mixes no two places and has no weights."""

    def output_shape(self, shape: Shape) -> WorkedTuple:
        return unchanged(shape)

    def reach(self, shape: Shape) -> Reach:
        return Reach.SAME_PLACE


@dataclass(frozen=True)
class Activation(Elementwise):
    """An activation as a layer of its own."""

    activation: Any


class ReLU(Elementwise):
    """max(0, x)."""


class LeakyReLU(Elementwise):
    """max(0, x) + α·min(0, x)."""


class Softmax(Elementwise):
    """Scores turned into probabilities along the last axis."""


class LocalResponseNormalization(Elementwise):
    """AlexNet's normalization across neighbouring channels."""


@dataclass(frozen=True)
class Dropout(Elementwise):
    """Drops a share ``rate`` of the numbers while training, nothing afterwards."""

    rate: float


@dataclass(frozen=True)
class Rescaling(Elementwise):
    """``x · scale + offset``."""

    scale: Any
    offset: Any = 0.0
