"""The dense layer: weighted sums of all numbers on the last axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from labkit.arguments import whole_number
from labkit.calculators.layers.base import Layer, Reach, Shape
from labkit.calculators.working import Worked, WorkedTuple, per_batch, weights_and_bias, worked_product


@dataclass(frozen=True)
class Dense(Layer):
    """``units`` weighted sums of all numbers on the last axis."""

    units: int
    activation: Any = None
    use_bias: bool = True

    def __post_init__(self) -> None:
        whole_number("units", self.units)

    def output_shape(self, shape: Shape) -> WorkedTuple:
        return WorkedTuple((*shape[:-1], self.units), f"{self.units} units", rf"\text{{{self.units} units}}")

    def parameters(self, shape: Shape) -> Worked:
        return weights_and_bias((shape[-1],), self.units, self.use_bias)

    def macs(self, shape: Shape, batch_size: int = 1) -> Worked:
        return worked_product(*per_batch(batch_size), *shape, self.units)

    def reach(self, shape: Shape) -> Reach:
        # On a map it works on the channels of one place; on a row of numbers it sees all of it.
        return Reach.EVERYWHERE if len(shape) == 1 else Reach.SAME_PLACE
