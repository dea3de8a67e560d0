"""Normalization with stored numbers: what is learned, and what is only counted."""

from __future__ import annotations

from dataclasses import dataclass

from labkit.calculators.layers.base import Layer, Reach, Shape
from labkit.calculators.working import Worked, WorkedTuple, nothing, unchanged, worked_product


class _Normalizing(Layer):
    """What the normalizations share: the shape stays, and nothing is a weighted sum."""

    def output_shape(self, shape: Shape) -> WorkedTuple:
        return unchanged(shape)

    def macs(self, *input_shapes: Shape, batch_size: int = 1) -> Worked:
        return nothing("no weighted sums")

    def reach(self, shape: Shape) -> Reach:
        return Reach.SAME_PLACE


@dataclass(frozen=True)
class BatchNormalization(_Normalizing):
    """Each channel normalized by mean and variance: learned scale γ and shift β, running mean and variance."""

    center: bool = True
    scale: bool = True

    number_by_number = True

    def parameters(self, shape: Shape) -> Worked:
        return worked_product(2 + self.center + self.scale, shape[-1])

    def trainable_parameters(self, shape: Shape) -> int:
        return (self.center + self.scale) * shape[-1]


@dataclass(frozen=True)
class LayerNormalization(_Normalizing):
    """The numbers on the last axis normalized by their own mean and variance: learned γ and β."""

    center: bool = True
    scale: bool = True

    def parameters(self, shape: Shape) -> Worked:
        return worked_product(self.center + self.scale, shape[-1])

    def reach(self, shape: Shape) -> Reach:
        # On a map it works on the channels of one place; on a row of numbers it sees all of it.
        return Reach.EVERYWHERE if len(shape) == 1 else Reach.SAME_PLACE


@dataclass(frozen=True)
class Normalization(_Normalizing):
    """Each channel standardized by a mean and a variance counted once from the data, with the count kept beside."""

    number_by_number = True

    def parameters(self, shape: Shape) -> Worked:
        total = 2 * shape[-1] + 1
        return Worked(total, f"2·{shape[-1]} + 1 = {total}", f"2 \\cdot {shape[-1]} + 1 = {total}")

    def trainable_parameters(self, shape: Shape) -> int:
        return 0
