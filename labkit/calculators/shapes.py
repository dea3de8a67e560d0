"""From a layer and the shape of its input to the shape of its output."""

from __future__ import annotations

from functools import singledispatch
from math import prod
from typing import Any

from labkit.calculators import layers
from labkit.calculators.geometry import _output_size, transposed_output_size
from labkit.calculators.layers import Shape
from labkit.calculators.working import Worked, WorkedTuple


class UnknownLayerError(TypeError):
    """A calculator was asked about a layer it has no rule for."""

    def __init__(self, question: str, layer: object, why: str = "is not known"):
        super().__init__(
            f"the {question} of {type(layer).__name__} {why}; allowed are the layers of "
            f"labkit.calculators.layers, or a class of your own that is registered"
        )


def _spatial(layer: layers.Layer, shape: Shape, rank: int) -> Shape:
    """The axes a window slides along, once it is sure that there are that many, and channels after them."""
    if len(shape) != rank + 1:
        axes = "(length, channels)" if rank == 1 else "(height, width, channels)"
        raise ValueError(f"input_shape of {type(layer).__name__} is {tuple(shape)}; allowed is {axes}")
    return shape[:rank]


def _one_line(sizes: list[Worked], channels: str) -> tuple[str, str]:
    """The working of all axes as one text and one LaTeX formula; equal axes are written once."""
    distinct = {size.working: size.latex for size in sizes}
    return ", ".join([*distinct, channels]), r",\quad ".join([*distinct.values(), rf"\text{{{channels}}}"])


@singledispatch
def output_shape(layer: layers.Layer, *input_shapes: Shape) -> WorkedTuple:
    """Return the shape of a layer's output, without the batch.

    >>> from labkit.calculators.layers import Conv2D
    >>> output_shape(Conv2D(32, 3, strides=2, padding="same"), (28, 28, 1))
    (14, 14, 32)

    Parameters
    ----------
    layer
        A description from :mod:`labkit.calculators.layers`.
    *input_shapes
        ``(height, width, channels)``; for a layer that merges several inputs, the shape of each.

    Returns
    -------
    WorkedTuple
        The shape, with its ``working``.

    Raises
    ------
    ValueError
        When the shapes do not suit the layer.
    UnknownLayerError
        When there is no rule for this kind of layer (a ``TypeError``).
    """
    raise UnknownLayerError("output shape", layer)


@output_shape.register
def _(layer: layers.Input) -> WorkedTuple:
    return WorkedTuple(layer.shape, "given", r"\text{given}")


@output_shape.register
def _(layer: layers.Unknown, *input_shapes: Shape) -> WorkedTuple:
    shape = layer.shape_rule(*input_shapes) if layer.shape_rule else None
    if shape is None:
        raise UnknownLayerError("output shape", layer)
    return WorkedTuple(shape, "as Keras gives it", r"\text{as Keras gives it}")


def _window_sizes(layer: Any, shape: Shape) -> list[Worked]:
    padding = layer.padding
    axes = zip(_spatial(layer, shape, layer.rank), layer.window, layer.strides, layer.dilation, strict=True)
    return [_output_size(n, k, s, padding, d) for n, k, s, d in axes]


def _windowed_shape(layer: Any, shape: Shape, channels: int, called: str = "channels") -> WorkedTuple:
    sizes = _window_sizes(layer, shape)
    return WorkedTuple((*sizes, channels), *_one_line(sizes, f"{channels} {called}"))


@output_shape.register(layers._FullConvolution)
@output_shape.register(layers._SeparableConvolution)
def _(layer: layers.Conv2D | layers.SeparableConv2D, shape: Shape) -> WorkedTuple:
    return _windowed_shape(layer, shape, layer.filters, "filters")


@output_shape.register
def _(layer: layers._DepthwiseConvolution, shape: Shape) -> WorkedTuple:
    return _windowed_shape(layer, shape, shape[-1] * layer.depth_multiplier)


@output_shape.register
def _(layer: layers.Pooling, shape: Shape) -> WorkedTuple:
    return _windowed_shape(layer, shape, shape[-1])


@output_shape.register
def _(layer: layers._TransposedConvolution, shape: Shape) -> WorkedTuple:
    axes = zip(_spatial(layer, shape, layer.rank), layer.kernel_size, layer.strides, strict=True)
    sizes = [transposed_output_size(n, k, s, layer.padding) for n, k, s in axes]
    return WorkedTuple((*sizes, layer.filters), *_one_line(sizes, f"{layer.filters} filters"))


@output_shape.register
def _(layer: layers.GlobalPooling, shape: Shape) -> WorkedTuple:
    if len(shape) < 2:
        raise ValueError(f"input_shape of {type(layer).__name__} is {tuple(shape)}; allowed is a map with channels")
    kept = (1,) * (len(shape) - 1) if layer.keepdims else ()
    return WorkedTuple((*kept, shape[-1]), f"one number a channel: {shape[-1]}", rf"\text{{channels}} = {shape[-1]}")


@output_shape.register
def _(layer: layers.Dense, shape: Shape) -> WorkedTuple:
    return WorkedTuple((*shape[:-1], layer.units), f"{layer.units} units", rf"\text{{{layer.units} units}}")


@output_shape.register
def _(layer: layers.Flatten, shape: Shape) -> WorkedTuple:
    total = prod(shape)
    text = "·".join(map(str, shape))
    return WorkedTuple((total,), f"{text} = {total}", f"{text} = {total}".replace("·", r" \cdot "))


@output_shape.register
def _(layer: layers.Reshape, shape: Shape) -> WorkedTuple:
    target, total = layer.target_shape, prod(shape)
    given = prod(size for size in target if size != -1)
    if target.count(-1) > 1 or total % given or (-1 not in target and given != total):
        raise ValueError(f"target_shape is {target}; allowed is a shape of {total} numbers, as in {tuple(shape)}")
    new = tuple(total // given if size == -1 else size for size in target)
    return WorkedTuple(new, f"the same {total} numbers", rf"\text{{the same {total} numbers}}")


def _resized(shape: Shape, margins: tuple[tuple[int, int], ...], sign: int, layer: layers.Layer) -> WorkedTuple:
    sizes = []
    for n, (before, after) in zip(_spatial(layer, shape, 2), margins, strict=True):
        out = n + sign * (before + after)
        if out < 1:
            raise ValueError(f"cropping is ({before}, {after}); allowed is less than the input's size, {n}, in all")
        mark = "+" if sign > 0 else "−"
        working = f"{n} {mark} {before} {mark} {after} = {out}"
        sizes.append(Worked(out, working, working.replace("−", "-")))
    return WorkedTuple((*sizes, shape[-1]), *_one_line(sizes, f"{shape[-1]} channels"))


@output_shape.register
def _(layer: layers.ZeroPadding2D, shape: Shape) -> WorkedTuple:
    return _resized(shape, layer.padding, +1, layer)


@output_shape.register
def _(layer: layers.Cropping2D, shape: Shape) -> WorkedTuple:
    return _resized(shape, layer.cropping, -1, layer)


@output_shape.register
def _(layer: layers.UpSampling2D, shape: Shape) -> WorkedTuple:
    sizes = [
        Worked(n * f, f"{n}·{f} = {n * f}", rf"{n} \cdot {f} = {n * f}")
        for n, f in zip(_spatial(layer, shape, 2), layer.size, strict=True)
    ]
    return WorkedTuple((*sizes, shape[-1]), *_one_line(sizes, f"{shape[-1]} channels"))


@output_shape.register(layers.Elementwise)
@output_shape.register(layers.BatchNormalization)
@output_shape.register(layers.LayerNormalization)
@output_shape.register(layers.Normalization)
def _(layer: layers.Layer, shape: Shape) -> WorkedTuple:
    return WorkedTuple(shape, "unchanged", r"\text{unchanged}")


@output_shape.register
def _(layer: layers.Merge, *shapes: Shape) -> WorkedTuple:
    rank = max(len(shape) for shape in shapes)
    aligned = [(1,) * (rank - len(shape)) + tuple(shape) for shape in shapes]
    merged = tuple(max(sizes) for sizes in zip(*aligned, strict=True))
    if any(size not in (1, most) for shape in aligned for size, most in zip(shape, merged, strict=True)):
        raise ValueError(
            f"input shapes of {type(layer).__name__} are {', '.join(map(str, shapes))}; "
            f"allowed are equal shapes, or 1 where a map is to be repeated"
        )
    return WorkedTuple(merged, "the inputs' shape", r"\text{the inputs' shape}")


@output_shape.register
def _(layer: layers.Concatenate, *shapes: Shape) -> WorkedTuple:
    rank = len(shapes[0])
    # Keras counts axes with the batch as axis 0, which our shapes leave out.
    axis = layer.axis - 1 if layer.axis > 0 else layer.axis + rank
    if not 0 <= axis < rank or len({(*shape[:axis], *shape[axis + 1 :]) for shape in shapes}) != 1:
        raise ValueError(
            f"input shapes of Concatenate(axis={layer.axis}) are {', '.join(map(str, shapes))}; "
            f"allowed are shapes that differ along that axis only"
        )
    parts = [shape[axis] for shape in shapes]
    working = f"{' + '.join(map(str, parts))} = {sum(parts)}"
    return WorkedTuple((*shapes[0][:axis], sum(parts), *shapes[0][axis + 1 :]), working, working)
