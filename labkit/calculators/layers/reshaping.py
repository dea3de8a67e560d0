"""Layers that move whole maps: into a row, into another shape, wider, narrower, larger."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

from labkit.arguments import margins, per_axis, whole_number
from labkit.calculators.layers.base import (
    Reach,
    Shape,
    Window,
    WithoutWeights,
    map_shape,
    spatial_axes,
)
from labkit.calculators.links import Link
from labkit.calculators.unknown_layers import UnknownLayerError
from labkit.calculators.working import Worked, WorkedTuple


@dataclass(frozen=True)
class Flatten(WithoutWeights):
    """All numbers in one row."""

    keeps_output = False

    def output_shape(self, shape: Shape) -> WorkedTuple:
        total = prod(shape)
        text = "·".join(map(str, shape))
        return WorkedTuple((total,), f"{text} = {total}", f"{text} = {total}".replace("·", r" \cdot "))

    def reach(self, shape: Shape) -> Reach:
        return Reach.RENAMED


@dataclass(frozen=True)
class Reshape(WithoutWeights):
    """The same numbers in another shape; one entry of ``target_shape`` may be −1, "whatever is left"."""

    target_shape: Shape

    keeps_output = False

    def __post_init__(self) -> None:
        self._regular(target_shape=tuple(whole_number("target_shape", size, minimum=-1) for size in self.target_shape))

    def output_shape(self, shape: Shape) -> WorkedTuple:
        target, total = self.target_shape, prod(shape)
        given = prod(size for size in target if size != -1)
        if target.count(-1) > 1 or total % given or (-1 not in target and given != total):
            raise ValueError(f"target_shape is {target}; allowed is a shape of {total} numbers, as in {tuple(shape)}")
        new = tuple(total // given if size == -1 else size for size in target)
        return WorkedTuple(new, f"the same {total} numbers", rf"\text{{the same {total} numbers}}")

    def reach(self, shape: Shape) -> Reach:
        return Reach.RENAMED


class _Resizing(WithoutWeights):
    """What padding and cropping share."""

    def _resized(self, shape: Shape, margins: tuple[tuple[int, int], ...], sign: int) -> WorkedTuple:
        sizes = []
        for n, (before, after) in zip(spatial_axes(self, shape, 2), margins, strict=True):
            out = n + sign * (before + after)
            if out < 1:
                raise ValueError(f"cropping is ({before}, {after}); allowed is less than the input's size, {n}, in all")
            mark = "+" if sign > 0 else "−"
            working = f"{n} {mark} {before} {mark} {after} = {out}"
            sizes.append(Worked(out, working, working.replace("−", "-")))
        return map_shape(sizes, shape[-1])


@dataclass(frozen=True)
class ZeroPadding2D(_Resizing):
    """Zeros around an image: an int, ``(vertical, horizontal)``, or ``((top, bottom), (left, right))``."""

    padding: Any = 1

    def __post_init__(self) -> None:
        self._regular(padding=margins("padding", self.padding, rank=2))

    def output_shape(self, shape: Shape) -> WorkedTuple:
        return self._resized(shape, self.padding, +1)

    def reach(self, shape: Shape) -> tuple[Window, ...]:
        return tuple(Window(1, 1, before) for before, _ in self.padding)


@dataclass(frozen=True)
class Cropping2D(_Resizing):
    """An image without its margins: an int, ``(vertical, horizontal)``, or ``((top, bottom), (left, right))``."""

    cropping: Any = 0

    def __post_init__(self) -> None:
        self._regular(cropping=margins("cropping", self.cropping, rank=2))

    def output_shape(self, shape: Shape) -> WorkedTuple:
        return self._resized(shape, self.cropping, -1)

    def reach(self, shape: Shape) -> tuple[Window, ...]:
        return tuple(Window(1, 1, -before) for before, _ in self.cropping)


@dataclass(frozen=True)
class UpSampling2D(WithoutWeights):
    """Each number repeated (or interpolated) ``size`` times along both axes."""

    size: Any = 2
    interpolation: str = "nearest"

    def __post_init__(self) -> None:
        self._regular(size=per_axis("size", self.size, rank=2))

    def output_shape(self, shape: Shape) -> WorkedTuple:
        sizes = [
            Worked(n * f, f"{n}·{f} = {n * f}", rf"{n} \cdot {f} = {n * f}")
            for n, f in zip(spatial_axes(self, shape, 2), self.size, strict=True)
        ]
        return map_shape(sizes, shape[-1])

    def reach(self, shape: Shape) -> tuple[Link, ...]:
        if self.interpolation != "nearest":
            raise UnknownLayerError("receptive field", self, f"is not known for {self.interpolation!r}")
        return tuple(
            Link(axis, tuple((place // f,) for place in range(n * f)), Window(1, 1, 0) if f == 1 else None)
            for axis, (n, f) in enumerate(zip(shape[:-1], self.size, strict=True))
        )
