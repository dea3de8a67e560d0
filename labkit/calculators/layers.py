"""A vocabulary for describing layers without building them: same names and arguments as Keras, no TensorFlow.

>>> from labkit.calculators.layers import Conv2D, Dense, Flatten, MaxPooling2D
>>> network = [Conv2D(32, 3), MaxPooling2D(2), Flatten(), Dense(10)]

A description holds a layer's numbers and nothing else. What follows from them is computed by the calculators:
:func:`~labkit.calculators.shapes.output_shape`, :func:`~labkit.calculators.cost.parameters`,
:func:`~labkit.calculators.cost.macs`, :func:`~labkit.calculators.receptive_fields.receptive_field`. Shapes are
channels-last and leave out the batch: ``(height, width, channels)`` in two dimensions, ``(length, channels)`` in one.

Beyond Keras, ``padding`` may be an int or a pair ``(before, after)`` wherever it may be ``"valid"`` or ``"same"``,
because the papers write it so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from labkit.arguments import Padding, margins, padding_rule, per_axis, whole_number

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Layer:
    """What every description has: a name, or none, in which case a table makes one up.

    To teach the calculators a layer of your own, derive from this class (or from :class:`Elementwise`) and register
    its rules: ``output_shape.register``, ``parameters.register`` and so on.
    """

    name: str | None = field(default=None, kw_only=True)

    def _regular(self, **values: Any) -> None:
        # A frozen dataclass may still set its own fields while it is being made.
        for key, value in values.items():
            object.__setattr__(self, key, value)


@dataclass(frozen=True)
class Input(Layer):
    """The image (or vector) that goes in; ``shape`` leaves out the batch."""

    shape: Shape

    def __post_init__(self) -> None:
        if not isinstance(self.shape, tuple | list) or not self.shape:
            raise TypeError(f"input_shape is {self.shape!r}; allowed is a tuple such as (28, 28, 1), without the batch")
        self._regular(shape=tuple(whole_number("input_shape", size) for size in self.shape))


@dataclass(frozen=True)
class Unknown(Layer):
    """A layer the calculators have no rules for; what its maker knows about it may be given.

    Parameters
    ----------
    shape_rule
        From the input shapes to the output shape, or ``None`` when that is not known either.
    weights
        ``(parameters, of which trainable)``, or ``None``.
    """

    shape_rule: Callable[..., Shape | None] | None = None
    weights: tuple[int, int] | None = None


# ---------------------------------------------------------------------------------------- layers that slide a window


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


@dataclass(frozen=True)
class _Convolution(Windowed):
    """What convolutions share; the concrete classes put ``filters`` or not in front."""

    def _make_regular(self, kernel_size: Any, strides: Any, padding: Any, dilation_rate: Any) -> None:
        self._regular(
            kernel_size=per_axis("kernel_size", kernel_size, self.rank),
            strides=per_axis("strides", strides, self.rank),
            padding=padding_rule(padding),
            dilation_rate=per_axis("dilation_rate", dilation_rate, self.rank),
        )

    @property
    def window(self) -> Shape:
        return self.kernel_size  # type: ignore[attr-defined]

    @property
    def dilation(self) -> Shape:
        return self.dilation_rate  # type: ignore[attr-defined]


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
        self._make_regular(self.kernel_size, self.strides, self.padding, self.dilation_rate)
        whole_number("filters", self.filters)
        whole_number("groups", self.groups)
        if self.filters % self.groups:
            raise ValueError(f"groups is {self.groups}; allowed is a divisor of filters, {self.filters}")


class Conv1D(_FullConvolution):
    """A convolution along one axis: ``filters`` kernels that each span all input channels (of their group)."""

    rank = 1


class Conv2D(_FullConvolution):
    """A convolution over height and width: ``filters`` kernels that each span all input channels (of their group)."""

    rank = 2


@dataclass(frozen=True)
class _DepthwiseConvolution(_Convolution):
    kernel_size: Any
    strides: Any = 1
    padding: Padding = "valid"
    depth_multiplier: int = 1
    dilation_rate: Any = field(default=1, kw_only=True)
    activation: Any = field(default=None, kw_only=True)
    use_bias: bool = field(default=True, kw_only=True)

    def __post_init__(self) -> None:
        self._make_regular(self.kernel_size, self.strides, self.padding, self.dilation_rate)
        whole_number("depth_multiplier", self.depth_multiplier)


class DepthwiseConv1D(_DepthwiseConvolution):
    """``depth_multiplier`` kernels for each channel, which never meets another channel, along one axis."""

    rank = 1


class DepthwiseConv2D(_DepthwiseConvolution):
    """``depth_multiplier`` kernels for each channel, which never meets another channel."""

    rank = 2


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

    def __post_init__(self) -> None:
        self._make_regular(self.kernel_size, self.strides, self.padding, self.dilation_rate)
        whole_number("filters", self.filters)
        whole_number("depth_multiplier", self.depth_multiplier)


class SeparableConv1D(_SeparableConvolution):
    """A depthwise convolution along one axis, then a 1-wide one that mixes the channels."""

    rank = 1


class SeparableConv2D(_SeparableConvolution):
    """A depthwise convolution, then a 1×1 one that mixes the channels."""

    rank = 2


@dataclass(frozen=True)
class _TransposedConvolution(Layer):
    rank: ClassVar[int]
    filters: int
    kernel_size: Any
    strides: Any = 1
    padding: str = "valid"
    activation: Any = field(default=None, kw_only=True)
    use_bias: bool = field(default=True, kw_only=True)

    def __post_init__(self) -> None:
        whole_number("filters", self.filters)
        self._regular(
            kernel_size=per_axis("kernel_size", self.kernel_size, self.rank),
            strides=per_axis("strides", self.strides, self.rank),
            padding=padding_rule(self.padding),
        )


class Conv1DTranspose(_TransposedConvolution):
    """A transposed convolution along one axis: every input number paints a kernel into the output."""

    rank = 1


class Conv2DTranspose(_TransposedConvolution):
    """A transposed convolution: every input number paints a kernel into the output."""

    rank = 2


@dataclass(frozen=True)
class Pooling(Windowed):
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
    def window(self) -> Shape:  # noqa: D102
        return self.pool_size


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


# ------------------------------------------------------------------------------- layers that see, or move, whole maps


@dataclass(frozen=True)
class GlobalPooling(Layer):
    """One number for each channel, from all places of its map."""

    keepdims: bool = False


class GlobalMaxPooling1D(GlobalPooling):
    """The largest number of each channel."""


class GlobalMaxPooling2D(GlobalPooling):
    """The largest number of each channel."""


class GlobalAveragePooling1D(GlobalPooling):
    """The mean of each channel."""


class GlobalAveragePooling2D(GlobalPooling):
    """The mean of each channel."""


@dataclass(frozen=True)
class Dense(Layer):
    """``units`` weighted sums of all numbers on the last axis."""

    units: int
    activation: Any = None
    use_bias: bool = True

    def __post_init__(self) -> None:
        whole_number("units", self.units)


@dataclass(frozen=True)
class Flatten(Layer):
    """All numbers in one row."""


@dataclass(frozen=True)
class Reshape(Layer):
    """The same numbers in another shape; one entry of ``target_shape`` may be −1, "whatever is left"."""

    target_shape: Shape

    def __post_init__(self) -> None:
        self._regular(target_shape=tuple(whole_number("target_shape", size, minimum=-1) for size in self.target_shape))


@dataclass(frozen=True)
class ZeroPadding2D(Layer):
    """Zeros around an image: an int, ``(vertical, horizontal)``, or ``((top, bottom), (left, right))``."""

    padding: Any = 1

    def __post_init__(self) -> None:
        self._regular(padding=margins("padding", self.padding, rank=2))


@dataclass(frozen=True)
class Cropping2D(Layer):
    """An image without its margins: an int, ``(vertical, horizontal)``, or ``((top, bottom), (left, right))``."""

    cropping: Any = 0

    def __post_init__(self) -> None:
        self._regular(cropping=margins("cropping", self.cropping, rank=2))


@dataclass(frozen=True)
class UpSampling2D(Layer):
    """Each number repeated (or interpolated) ``size`` times along both axes."""

    size: Any = 2

    def __post_init__(self) -> None:
        self._regular(size=per_axis("size", self.size, rank=2))


# --------------------------------------------------------------------------------- layers that work number by number


@dataclass(frozen=True)
class Elementwise(Layer):
    """A layer that keeps the shape, mixes no two places and has no weights."""


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


@dataclass(frozen=True)
class BatchNormalization(Layer):
    """Each channel normalized by mean and variance: learned scale γ and shift β, running mean and variance."""

    center: bool = True
    scale: bool = True


@dataclass(frozen=True)
class LayerNormalization(Layer):
    """The numbers on the last axis normalized by their own mean and variance: learned γ and β."""

    center: bool = True
    scale: bool = True


@dataclass(frozen=True)
class Normalization(Layer):
    """Each channel standardized by a mean and a variance counted once from the data, with the count kept beside."""


# ------------------------------------------------------------------------------------ layers that merge several inputs


@dataclass(frozen=True)
class Merge(Layer):
    """Several maps combined number by number; a map of one place or one channel is repeated where needed."""


class Add(Merge):
    """The sum, as in a residual block."""


class Multiply(Merge):
    """The product, as in squeeze-and-excitation."""


@dataclass(frozen=True)
class Concatenate(Layer):
    """Maps stacked behind one another along ``axis`` (counted with the batch, as in Keras; −1 is channels)."""

    axis: int = -1
