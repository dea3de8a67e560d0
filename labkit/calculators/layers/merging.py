"""Layers that merge several inputs: number by number, or behind one another."""

from __future__ import annotations

from dataclasses import dataclass

from labkit.calculators.layers.base import Reach, Shape, WithoutWeights
from labkit.calculators.unknown_layers import UnknownLayerError
from labkit.calculators.working import WorkedTuple


@dataclass(frozen=True)
class Merge(WithoutWeights):
    """Several maps combined number by number; a map of one place or one channel is repeated where needed."""

    def output_shape(self, *shapes: Shape) -> WorkedTuple:
        rank = max(len(shape) for shape in shapes)
        aligned = [(1,) * (rank - len(shape)) + tuple(shape) for shape in shapes]
        merged = tuple(max(sizes) for sizes in zip(*aligned, strict=True))
        if any(size not in (1, most) for shape in aligned for size, most in zip(shape, merged, strict=True)):
            raise ValueError(
                f"input shapes of {type(self).__name__} are {', '.join(map(str, shapes))}; "
                f"allowed are equal shapes, or 1 where a map is to be repeated"
            )
        return WorkedTuple(merged, "the inputs' shape", r"\text{the inputs' shape}")

    def reach(self, shape: Shape) -> Reach:
        return Reach.SAME_PLACE


class Add(Merge):
    """The sum, as in a residual block."""


class Multiply(Merge):
    """The product, as in squeeze-and-excitation."""


@dataclass(frozen=True)
class Concatenate(WithoutWeights):
    """Maps stacked behind one another along ``axis`` (counted with the batch, as in Keras; −1 is channels)."""

    axis: int = -1

    def output_shape(self, *shapes: Shape) -> WorkedTuple:
        rank = len(shapes[0])
        # Keras counts axes with the batch as axis 0, which our shapes leave out.
        axis = self.axis - 1 if self.axis > 0 else self.axis + rank
        if not 0 <= axis < rank or len({(*shape[:axis], *shape[axis + 1 :]) for shape in shapes}) != 1:
            raise ValueError(
                f"input shapes of Concatenate(axis={self.axis}) are {', '.join(map(str, shapes))}; "
                f"allowed are shapes that differ along that axis only"
            )
        parts = [shape[axis] for shape in shapes]
        working = f"{' + '.join(map(str, parts))} = {sum(parts)}"
        return WorkedTuple((*shapes[0][:axis], sum(parts), *shapes[0][axis + 1 :]), working, working)

    def reach(self, shape: Shape) -> Reach:
        if self.axis not in (-1, len(shape)):
            raise UnknownLayerError("receptive field", self)  # maps side by side: places of different maps
        return Reach.SAME_PLACE
