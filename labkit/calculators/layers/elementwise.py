"""Layers that work number by number: activations, dropout, rescaling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from labkit.calculators.layers.base import Reach, Shape, WithoutWeights
from labkit.calculators.unknown_layers import UnknownLayerError
from labkit.calculators.working import WorkedTuple, unchanged


@dataclass(frozen=True)
class Elementwise(WithoutWeights):
    """A layer that keeps the shape, mixes no two places and has no weights."""

    number_by_number = True

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

    number_by_number = False

    def reach(self, shape: Shape) -> Reach:
        # On a map it works on the channels of one place; on a row of numbers it sees all of it.
        return Reach.EVERYWHERE if len(shape) == 1 else Reach.SAME_PLACE


class LocalResponseNormalization(Elementwise):
    """AlexNet's normalization across neighbouring channels."""

    number_by_number = False


class ShapeKeeping(Elementwise):
    """A layer without weights that keeps the shape, but may mix places: a softmax over them, for instance."""

    number_by_number = False

    def reach(self, shape: Shape) -> Reach:
        raise UnknownLayerError("receptive field", self)


@dataclass(frozen=True)
class Dropout(Elementwise):
    """Drops a share ``rate`` of the numbers while training, nothing afterwards."""

    rate: float


@dataclass(frozen=True)
class Rescaling(Elementwise):
    """``x · scale + offset``."""

    scale: Any
    offset: Any = 0.0


class OwnWeights(Elementwise):
    """The weights a model has beside those of its layers; what becomes of them is not known."""

    keeps_output = False
