"""What is said of a receptive field: its interval along each axis, and how it is shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from math import prod

from labkit.calculators.layers.base import Shape


@dataclass(frozen=True, slots=True)
class Extent:
    """Along one axis: the first and last input place that output place 0 sees, and the step to the next place's.

    ``start`` is negative where the window reaches into padding. ``jump`` is ``None`` once there is only one place.
    """

    start: int
    stop: int
    jump: int | None

    @property
    def size(self) -> int:
        """Number of input places, padding included."""
        return self.stop - self.start + 1


def by(sizes: Shape) -> str:
    """Return sizes as they are spoken: ``3×3``."""
    return "×".join(map(str, sizes)) or "—"


@dataclass(frozen=True, slots=True)
class ReceptiveField:
    """What one number in a layer sees of the image.

    Attributes
    ----------
    extents
        For each axis the interval that place 0 sees.
    image
        The image's size along the same axes.
    places
        How many places the layer's map has along them.
    everywhere
        Whether all places see the same region (after global pooling, a dense layer, squeeze-and-excitation).
    working, latex
        The last step of the computation with its numbers.
    branches
        Where the layer merges several inputs: the field of each.
    """

    extents: tuple[Extent, ...]
    image: Shape
    places: Shape
    everywhere: bool = False
    working: str = ""
    latex: str = ""
    branches: tuple[ReceptiveField, ...] = field(default=(), repr=False, compare=False)

    @property
    def size(self) -> Shape:
        """Size along each axis, such as ``(18, 18)``."""
        return tuple(extent.size for extent in self.extents)

    @property
    def effective_stride(self) -> tuple[int | None, ...]:
        """How far apart, in the image, the fields of two neighbouring places are (the jump), along each axis."""
        return tuple(extent.jump for extent in self.extents)

    @property
    def start(self) -> Shape:
        """First place seen along each axis by place 0; negative inside padding."""
        return tuple(extent.start for extent in self.extents)

    @property
    def pixels(self) -> int:
        """Number of input places in the field, such as 18·18 = 324 (padding included)."""
        return prod(self.size)

    @property
    def coverage(self) -> float:
        """Share of the image that fits into the field, at most 1."""
        return prod(min(size, side) / side for size, side in zip(self.size, self.image, strict=True))

    @property
    def whole_image(self) -> bool:
        """Whether every place sees the whole image."""
        return self.everywhere and self.size == self.image

    def region(self, *place: int) -> tuple[tuple[int, int], ...]:
        """Return first and last input place, along each axis, of what one place of the map sees.

        >>> from labkit.calculators import receptive_field
        >>> from labkit.calculators.layers import Conv2D
        >>> receptive_field([Conv2D(1, 3, strides=2, name="conv")], "conv", (28, 28, 1)).region(4, 0)
        ((8, 10), (0, 2))
        """
        if len(place) != len(self.extents):
            raise ValueError(f"place is {place}; allowed are {len(self.extents)} numbers, one for each axis")
        steps = [0 if self.everywhere else i * (axis.jump or 0) for i, axis in zip(place, self.extents, strict=True)]
        return tuple((axis.start + step, axis.stop + step) for step, axis in zip(steps, self.extents, strict=True))

    def __str__(self) -> str:
        if self.everywhere and self.extents:
            return "whole image" if self.whole_image else f"{by(self.size)} (every place)"
        return by(self.size)

    def _repr_html_(self) -> str:
        stride = by(tuple(jump for jump in self.effective_stride if jump is not None))
        return (
            f"<p>receptive field <strong>{self}</strong> of {by(self.image)}, effective stride {stride}"
            + (f"<br><small>{escape(self.working)}</small>" if self.working else "")
            + "</p>"
        )
