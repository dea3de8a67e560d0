"""What every description of a layer has: a name, and the answers to what a calculator asks.

The rules for each kind of layer stand in its class, and nowhere else; ``labkit.calculators`` asks for them by its
functions (``output_shape(layer, shape)``, ``parameters(layer, shape)`` …), where the conventions are said.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar, NamedTuple

from labkit.arguments import whole_number
from labkit.calculators.unknown_layers import UnknownLayerError
from labkit.calculators.working import Worked, WorkedTuple, nothing

Shape = tuple[int, ...]


class Window(NamedTuple):
    """A window that slides along one axis: the places it spans (with dilation), its step, the padding before."""

    span: int
    stride: int
    before: int
    dilation: int = 1


class Reach(Enum):
    """How a layer without a window connects its output places to its input places."""

    SAME_PLACE = "each place sees the same place"
    EVERYWHERE = "each place sees all places"
    RENAMED = "the places are renamed"


@dataclass(frozen=True)
class Layer:
    """What every description has: a name, or none, in which case a table makes one up.

    To teach the calculators a layer of your own, derive from the kind of layer it is most like (from this class when it
    is like none) and give it the rules in which it differs.
    """

    name: str | None = field(default=None, kw_only=True)

    keeps_output: ClassVar[bool] = True
    """Whether training keeps what comes out: not where the same numbers are only renamed."""

    number_by_number: ClassVar[bool] = False
    """Whether every number that comes out depends on one number that goes in, of the same place and channel."""

    # How many inputs there are is for each kind of layer to say: a dense layer has one, a merging one several.

    def output_shape(self, *input_shapes: Any, **how: Any) -> WorkedTuple:
        """Answer :func:`~labkit.calculators.shapes.output_shape`."""
        raise UnknownLayerError("output shape", self)

    def parameters(self, *input_shapes: Any, **how: Any) -> Worked:
        """Answer :func:`~labkit.calculators.cost.parameters`."""
        raise UnknownLayerError("number of parameters", self)

    def trainable_parameters(self, *input_shapes: Any, **how: Any) -> int:
        """Answer :func:`~labkit.calculators.cost.trainable_parameters`: all of them, where nothing else is said."""
        return int(self.parameters(*input_shapes))

    def macs(self, *input_shapes: Any, **how: Any) -> Worked:
        """Answer :func:`~labkit.calculators.cost.macs`."""
        raise UnknownLayerError("number of multiply-adds", self)

    def reach(self, shape: Shape) -> Reach | tuple[Any, ...]:
        """Return the window along each axis, or how places are connected without one; ``shape`` is the input's.

        It depends on the input what ``"same"`` pads.

        Raises
        ------
        UnknownLayerError
            When that is not known, or is not the same for all places (up-sampling, transposed convolution).
        """
        raise UnknownLayerError("receptive field", self)

    def _regular(self, **values: Any) -> None:
        # A frozen dataclass may still set its own fields while it is being made.
        for key, value in values.items():
            object.__setattr__(self, key, value)


class WithoutWeights(Layer):
    """A layer with nothing to learn and no weighted sums."""

    def parameters(self, *input_shapes: Any, **how: Any) -> Worked:
        return nothing("no weights")

    def macs(self, *input_shapes: Any, **how: Any) -> Worked:
        return nothing("no weighted sums")


@dataclass(frozen=True)
class Input(WithoutWeights):
    """The image (or vector) that goes in; ``shape`` leaves out the batch."""

    shape: Shape

    def __post_init__(self) -> None:
        if not isinstance(self.shape, tuple | list) or not self.shape:
            raise TypeError(f"input_shape is {self.shape!r}; allowed is a tuple such as (28, 28, 1), without the batch")
        if self.shape[0] is None and len(self.shape) > 1:
            raise ValueError(
                f"input_shape is {tuple(self.shape)}; allowed is the shape of one image, without the batch: "
                f"{tuple(self.shape[1:])}"
            )
        self._regular(shape=tuple(whole_number("input_shape", size) for size in self.shape))

    def output_shape(self) -> WorkedTuple:
        return WorkedTuple(self.shape, "given", r"\text{given}")

    def reach(self, shape: Shape) -> Reach:
        return Reach.SAME_PLACE


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

    number_by_number = True  # where trying it out says "the same place", it means the same number

    def output_shape(self, *input_shapes: Shape) -> WorkedTuple:
        shape = self.shape_rule(*input_shapes) if self.shape_rule else None
        if shape is None:
            raise UnknownLayerError("output shape", self)
        return WorkedTuple(shape, "as Keras gives it", r"\text{as Keras gives it}")

    def parameters(self, *input_shapes: Shape) -> Worked:
        if self.weights is None:
            raise UnknownLayerError("number of parameters", self)
        return Worked(self.weights[0], "as Keras counts them", r"\text{as Keras counts them}")

    def trainable_parameters(self, *input_shapes: Shape) -> int:
        if self.weights is None:
            raise UnknownLayerError("number of parameters", self)
        return self.weights[1]


class Renamed(Unknown):
    """A function that puts the same numbers, in the same order, into another shape."""

    keeps_output = False

    def parameters(self, *input_shapes: Shape) -> Worked:
        return nothing("no weights")

    def macs(self, *input_shapes: Shape, **how: Any) -> Worked:
        return nothing("no weighted sums")

    def reach(self, shape: Shape) -> Reach:
        return Reach.RENAMED


def spatial_axes(layer: Layer, shape: Shape, rank: int) -> Shape:
    """Return the axes a window slides along, once it is sure that there are that many, and channels after them."""
    if len(shape) != rank + 1:
        axes = ("(length, channels)", "(height, width, channels)", "(depth, height, width, channels)")[rank - 1]
        raise ValueError(f"input_shape of {type(layer).__name__} is {tuple(shape)}; allowed is {axes}")
    return shape[:rank]


def map_shape(sizes: list[Worked], channels: int, called: str = "channels") -> WorkedTuple:
    """Return sizes and channels as a shape; in its working equal axes are written once."""
    distinct = {size.working: size.latex for size in sizes}
    last = f"{channels} {called}"
    return WorkedTuple(
        (*sizes, channels), ", ".join([*distinct, last]), r",\quad ".join([*distinct.values(), rf"\text{{{last}}}"])
    )
