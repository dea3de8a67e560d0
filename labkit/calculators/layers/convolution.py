"""Convolutions: full, depthwise, separable and transposed, in one to three dimensions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from labkit.arguments import Padding, padding_rule, per_axis, whole_number
from labkit.calculators.geometry import checked_padding_amount, transposed_output_size
from labkit.calculators.layers.base import Layer, Shape, map_shape, spatial_axes
from labkit.calculators.layers.windowed import Windowed
from labkit.calculators.links import Link, painted
from labkit.calculators.working import Worked, WorkedTuple, per_batch, weights_and_bias, worked_product, worked_sum


@dataclass(frozen=True)
class _Convolution(Windowed):
    """What convolutions share; the concrete classes put ``filters`` or not in front."""

    def __post_init__(self) -> None:
        each: Any = self
        self._regular(
            kernel_size=per_axis("kernel_size", each.kernel_size, self.rank),
            strides=per_axis("strides", each.strides, self.rank),
            padding=padding_rule(each.padding),
            dilation_rate=per_axis("dilation_rate", each.dilation_rate, self.rank),
        )
        for count in ("filters", "groups", "depth_multiplier"):
            if hasattr(self, count):
                whole_number(count, getattr(self, count))

    @property
    def window(self) -> Shape:
        return self.kernel_size  # type: ignore[attr-defined]

    @property
    def dilation(self) -> Shape:
        return self.dilation_rate  # type: ignore[attr-defined]


# ---------------------------------------------------------------------------------------------------------- full


@dataclass(frozen=True)
class _FullConvolution(_Convolution):
    filters: int
    kernel_size: Any
    strides: Any = 1
    padding: Padding = "valid"
    dilation_rate: Any = field(default=1, kw_only=True)
    groups: int = field(default=1, kw_only=True)
    activation: Any = field(default=None, kw_only=True)
    use_bias: bool = field(default=True, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.filters % self.groups:
            raise ValueError(f"groups is {self.groups}; allowed is a divisor of filters, {self.filters}")

    def output_shape(self, shape: Shape) -> WorkedTuple:
        return self._map_of(shape, self.filters, "filters")

    def parameters(self, shape: Shape) -> Worked:
        return weights_and_bias((*self.kernel_size, self._channels_in_group(shape)), self.filters, self.use_bias)

    def macs(self, shape: Shape, batch_size: int = 1) -> Worked:
        places = self.output_shape(shape)[:-1]
        channels = self._channels_in_group(shape)
        return worked_product(*per_batch(batch_size), *places, *self.kernel_size, channels, self.filters)

    def _channels_in_group(self, shape: Shape) -> int:
        if shape[-1] % self.groups:
            raise ValueError(f"groups is {self.groups}; allowed is a divisor of the input's {shape[-1]} channels")
        return shape[-1] // self.groups


class Conv1D(_FullConvolution):
    """A convolution along one axis: ``filters`` kernels that each span all input channels (of their group)."""

    rank = 1


class Conv2D(_FullConvolution):
    """A convolution over height and width: ``filters`` kernels that each span all input channels (of their group)."""

    rank = 2


class Conv3D(_FullConvolution):
    """A convolution over depth, height and width."""

    rank = 3


# ----------------------------------------------------------------------------------------------------- depthwise


@dataclass(frozen=True)
class _DepthwiseConvolution(_Convolution):
    kernel_size: Any
    strides: Any = 1
    padding: Padding = "valid"
    depth_multiplier: int = 1
    dilation_rate: Any = field(default=1, kw_only=True)
    activation: Any = field(default=None, kw_only=True)
    use_bias: bool = field(default=True, kw_only=True)

    def output_shape(self, shape: Shape) -> WorkedTuple:
        return self._map_of(shape, shape[-1] * self.depth_multiplier)

    def parameters(self, shape: Shape) -> Worked:
        return weights_and_bias(self.kernel_size, shape[-1] * self.depth_multiplier, self.use_bias)

    def macs(self, shape: Shape, batch_size: int = 1) -> Worked:
        return worked_product(*per_batch(batch_size), *self.output_shape(shape), *self.kernel_size)


class DepthwiseConv1D(_DepthwiseConvolution):
    """``depth_multiplier`` kernels for each channel, which never meets another channel, along one axis."""

    rank = 1


class DepthwiseConv2D(_DepthwiseConvolution):
    """``depth_multiplier`` kernels for each channel, which never meets another channel."""

    rank = 2


# ----------------------------------------------------------------------------------------------------- separable


@dataclass(frozen=True)
class _SeparableConvolution(_Convolution):
    filters: int
    kernel_size: Any
    strides: Any = 1
    padding: Padding = "valid"
    depth_multiplier: int = field(default=1, kw_only=True)
    dilation_rate: Any = field(default=1, kw_only=True)
    activation: Any = field(default=None, kw_only=True)
    use_bias: bool = field(default=True, kw_only=True)

    def output_shape(self, shape: Shape) -> WorkedTuple:
        return self._map_of(shape, self.filters, "filters")

    def parameters(self, shape: Shape) -> Worked:
        middle = shape[-1] * self.depth_multiplier
        depthwise = worked_product(*self.kernel_size, middle)
        return worked_sum(depthwise, weights_and_bias((middle,), self.filters, self.use_bias))

    def macs(self, shape: Shape, batch_size: int = 1) -> Worked:
        batch, places = per_batch(batch_size), self.output_shape(shape)[:-1]
        middle = shape[-1] * self.depth_multiplier
        depthwise = worked_product(*batch, *places, *self.kernel_size, middle)
        return worked_sum(depthwise, worked_product(*batch, *places, middle, self.filters))


class SeparableConv1D(_SeparableConvolution):
    """A depthwise convolution along one axis, then a 1-wide one that mixes the channels."""

    rank = 1


class SeparableConv2D(_SeparableConvolution):
    """A depthwise convolution, then a 1×1 one that mixes the channels."""

    rank = 2


# ---------------------------------------------------------------------------------------------------- transposed


@dataclass(frozen=True)
class _TransposedConvolution(Layer):
    rank: ClassVar[int]
    filters: int
    kernel_size: Any
    strides: Any = 1
    padding: str = "valid"
    output_padding: Any = field(default=None, kw_only=True)
    dilation_rate: Any = field(default=1, kw_only=True)
    activation: Any = field(default=None, kw_only=True)
    use_bias: bool = field(default=True, kw_only=True)

    def __post_init__(self) -> None:
        whole_number("filters", self.filters)
        given = self.output_padding
        self._regular(
            kernel_size=per_axis("kernel_size", self.kernel_size, self.rank),
            strides=per_axis("strides", self.strides, self.rank),
            padding=padding_rule(self.padding),
            dilation_rate=per_axis("dilation_rate", self.dilation_rate, self.rank),
            output_padding=None if given is None else per_axis("output_padding", given, self.rank, minimum=0),
        )

    def output_shape(self, shape: Shape) -> WorkedTuple:
        axes = zip(spatial_axes(self, shape, self.rank), *self._each_axis(), strict=True)
        sizes = [transposed_output_size(n, k, s, self.padding, d, more) for n, k, s, d, more in axes]
        return map_shape(sizes, self.filters, "filters")

    def parameters(self, shape: Shape) -> Worked:
        return weights_and_bias((*self.kernel_size, shape[-1]), self.filters, self.use_bias)

    def macs(self, shape: Shape, batch_size: int = 1) -> Worked:
        # Every number of the *input* meets the whole kernel.
        return worked_product(*per_batch(batch_size), *shape, *self.kernel_size, self.filters)

    def reach(self, shape: Shape) -> tuple[Link, ...]:
        axes = enumerate(zip(shape[:-1], self.output_shape(shape)[:-1], *self._each_axis(), strict=True))
        return tuple(
            painted(axis, n, out, k, s, checked_padding_amount(out, k, s, self.padding, d)[0], d)
            for axis, (n, out, k, s, d, _) in axes
        )

    def _each_axis(self) -> tuple[Shape, Shape, Shape, tuple[int | None, ...]]:
        return self.kernel_size, self.strides, self.dilation_rate, self.output_padding or (None,) * self.rank


class Conv1DTranspose(_TransposedConvolution):
    """A transposed convolution along one axis: every input number paints a kernel into the output."""

    rank = 1


class Conv2DTranspose(_TransposedConvolution):
    """A transposed convolution: every input number paints a kernel into the output."""

    rank = 2


class Conv3DTranspose(_TransposedConvolution):
    """A transposed convolution over depth, height and width."""

    rank = 3


@dataclass(frozen=True)
class ChannelsFirst(Layer):
    """A convolution whose input and output have the channels before the places: the same counts, turned shapes."""

    convolution: Layer

    def output_shape(self, shape: Shape) -> WorkedTuple:
        found = self.convolution.output_shape(_turned(shape))
        return WorkedTuple((found[-1], *found[:-1]), found.working, found.latex)

    def parameters(self, shape: Shape) -> Worked:
        return self.convolution.parameters(_turned(shape))

    def macs(self, shape: Shape, batch_size: int = 1) -> Worked:
        return self.convolution.macs(_turned(shape), batch_size=batch_size)


def _turned(shape: Shape) -> Shape:
    return (*shape[1:], *shape[:1])
