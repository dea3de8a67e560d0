"""What convolution and pooling share: a window that slides over the input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from labkit.calculators.geometry import checked_output_size, checked_padding_amount
from labkit.calculators.layers.base import Layer, Shape, Window, map_shape, spatial_axes
from labkit.calculators.working import WorkedTuple


@dataclass(frozen=True)
class Windowed(Layer):
    """A layer that slides a window over its input; ``rank`` is the number of axes the window slides along.

    Every such layer has ``strides`` (one for each axis) and ``padding``.
    """

    rank: ClassVar[int]

    @property
    def window(self) -> Shape:
        """Size of the window along each axis."""
        raise NotImplementedError

    @property
    def dilation(self) -> Shape:
        """Distance between two of the window's places, along each axis."""
        return (1,) * self.rank

    def reach(self, shape: Shape) -> tuple[Window, ...]:
        each: Any = self
        return tuple(
            Window(d * (k - 1) + 1, s, checked_padding_amount(n, k, s, each.padding, d)[0], d)
            for n, k, s, d in zip(shape[:-1], self.window, each.strides, self.dilation, strict=True)
        )

    def _map_of(self, shape: Shape, channels: int, called: str = "channels") -> WorkedTuple:
        """The shape of what comes out, if that has so many channels."""
        each: Any = self
        axes = zip(spatial_axes(self, shape, self.rank), self.window, each.strides, self.dilation, strict=True)
        return map_shape([checked_output_size(n, k, s, each.padding, d) for n, k, s, d in axes], channels, called)
