"""How much of the image one number in a layer sees, and where.

Along each axis a receptive field is an interval of input places. The place i of a map sees the input from
``start + i·jump`` to ``stop + i·jump``; a window of span k (with dilation), stride s and padding p before makes of that

    start ← start − p·jump,    stop ← stop + (k − 1 − p)·jump,    jump ← jump·s,

so that the size grows by (k − 1)·jump (Araujo, Norris & Sim, *Computing Receptive Fields of Convolutional Neural
Networks*, Distill 2019, equations 1 and 2). The jump is the effective stride. Where branches meet, the field is the
smallest interval that holds them all. After global pooling or a dense layer every number sees what all places of the
map saw.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from math import prod
from typing import Any

from labkit.calculators.graph import Graph
from labkit.calculators.layers.base import Reach, Shape, Window
from labkit.calculators.to_graph import as_graph
from labkit.calculators.unknown_layers import UnknownLayerError


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
    def whole_picture(self) -> bool:
        """Whether every place sees the whole image."""
        return self.everywhere and self.size == self.image

    def region(self, *place: int) -> tuple[tuple[int, int], ...]:
        """Return first and last input place, along each axis, of what one place of the map sees.

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
            return "whole image" if self.whole_picture else f"{by(self.size)} (every place)"
        return by(self.size)

    def _repr_html_(self) -> str:
        stride = by(tuple(jump for jump in self.effective_stride if jump is not None))
        return (
            f"<p>receptive field <strong>{self}</strong> of {by(self.image)}, effective stride {stride}"
            + (f"<br><small>{escape(self.working)}</small>" if self.working else "")
            + "</p>"
        )


def _through_windows(before: ReceptiveField, windows: tuple[Window, ...], places: Shape) -> ReceptiveField:
    extents: list[Extent] = []
    steps: dict[str, None] = {}  # a set that keeps its order: equal axes are written once
    formulas: dict[str, None] = {}
    for extent, (span, stride, pad) in zip(before.extents, windows, strict=True):
        jump = extent.jump
        if before.everywhere or jump is None:
            extents.append(Extent(extent.start, extent.stop, None if jump is None else jump * stride))
            continue
        grown = Extent(extent.start - pad * jump, extent.stop + (span - 1 - pad) * jump, jump * stride)
        extents.append(grown)
        steps[f"{extent.size} + ({span} − 1)·{jump} = {grown.size}"] = None
        formulas[rf"{extent.size} + ({span} - 1) \cdot {jump} = {grown.size}"] = None
    return ReceptiveField(
        tuple(extents), before.image, places, before.everywhere, ", ".join(steps), r",\quad ".join(formulas)
    )


def _everywhere(before: ReceptiveField) -> ReceptiveField:
    if before.everywhere:
        extents = tuple(Extent(extent.start, extent.stop, None) for extent in before.extents)
    else:
        extents = tuple(
            Extent(max(extent.start, 0), min(extent.stop + (places - 1) * (extent.jump or 0), side - 1), None)
            for extent, places, side in zip(before.extents, before.places, before.image, strict=True)
        )
    return ReceptiveField(
        extents, before.image, (1,) * len(extents), True, "all places of the map before", r"\text{all places}"
    )


def _merged(fields: list[ReceptiveField], name: str) -> ReceptiveField:
    if len(fields) == 1:
        return fields[0]
    extents = []
    for axis in zip(*(one.extents for one in fields), strict=True):
        jumps = {extent.jump for extent in axis if extent.jump is not None}
        if len(jumps) > 1:
            raise ValueError(
                f"layer {name!r} merges branches with effective strides {sorted(jumps)}; allowed are equal ones, "
                f"or its places would not lie over one another"
            )
        start, stop = min(extent.start for extent in axis), max(extent.stop for extent in axis)
        extents.append(Extent(start, stop, jumps.pop() if jumps else None))
    everywhere = any(one.everywhere for one in fields)
    if everywhere:  # a region now, no longer a moving window: what lies in the padding is no part of it
        extents = [
            Extent(max(extent.start, 0), min(extent.stop, side - 1), extent.jump)
            for extent, side in zip(extents, fields[0].image, strict=True)
        ]
    places = tuple(max(sizes) for sizes in zip(*(one.places for one in fields), strict=True))
    working = "the interval that holds " + ", ".join(dict.fromkeys(str(one) for one in fields))
    return ReceptiveField(
        tuple(extents), fields[0].image, places, everywhere, working, rf"\text{{{working}}}", tuple(fields)
    )


Answer = ReceptiveField | Exception
"""A field, or why there is none."""


def all_fields(graph: Graph) -> list[Answer]:
    """Return the receptive field of every node; where there is none, the error that says why.

    >>> from labkit.calculators.layers import Conv2D, MaxPooling2D
    >>> [str(field) for field in all_fields(as_graph([Conv2D(8, 3), MaxPooling2D(2)], (28, 28, 1)))]
    ['1×1', '3×3', '4×4']
    """
    inputs = sum(not node.inputs for node in graph.nodes)
    several = ValueError(f"the model has {inputs} inputs; allowed is one") if inputs > 1 else None
    answers: list[Answer] = []
    for index, node in enumerate(graph.nodes):
        if not node.inputs:
            answers.append(several or _picture(node.shape))
            continue
        before: list[Answer] = [answers[i] for i in node.inputs]
        reason = next((answer for answer in before if isinstance(answer, Exception)), None)
        answers.append(reason or _step(graph, index, before))  # type: ignore[arg-type]
    return answers


def _picture(shape: Shape | None) -> ReceptiveField:
    sides = tuple(int(side) for side in (shape or ())[:-1])
    return ReceptiveField((Extent(0, 0, 1),) * len(sides), sides, sides)


def _step(graph: Graph, index: int, before: list[ReceptiveField]) -> Answer:
    node = graph[index]
    shapes = graph.shapes_into(node.inputs)
    if shapes is None or node.shape is None:
        return UnknownLayerError("receptive field", node.layer)
    try:
        field = _merged(before, node.name)
        how = node.layer.reach(shapes[0])
    except (UnknownLayerError, ValueError) as error:
        return error
    if isinstance(how, tuple):
        return _through_windows(field, how, tuple(node.shape[:-1]))
    if how is Reach.EVERYWHERE:
        return _everywhere(field)
    if how is Reach.RENAMED and not field.everywhere and len(node.shape) > 1:
        return UnknownLayerError("receptive field", node.layer)  # which axis is which is lost
    return field


def receptive_field(model: Any, layer: Any, input_shape: Shape | None = None) -> ReceptiveField:
    """Return what one number in ``layer`` sees of the image.

    >>> from labkit.calculators.layers import Conv2D, MaxPooling2D
    >>> convnet = [Conv2D(32, 3), MaxPooling2D(2), Conv2D(64, 3), MaxPooling2D(2), Conv2D(64, 3, name="conv3")]
    >>> field = receptive_field(convnet, "conv3", input_shape=(28, 28, 1))
    >>> field.size, field.effective_stride, field.working
    ((18, 18), (4, 4), '10 + (3 − 1)·4 = 18')

    Parameters
    ----------
    model
        A Keras model, or a list of descriptions from :mod:`labkit.calculators.layers`.
    layer
        The layer, or its name.
    input_shape
        ``(height, width, channels)``, where the model does not say it itself.

    Returns
    -------
    ReceptiveField
        Its ``size``, ``effective_stride``, ``start`` and ``working``; over branches the bounding interval, with each
        branch's own in ``branches``.

    Raises
    ------
    ValueError
        When there is no such layer, branches with different effective strides meet, or the model has several inputs.
    UnknownLayerError
        When there is no rule for a layer on the way (a ``TypeError``).

    References
    ----------
    Araujo, Norris & Sim, Distill 2019, doi:10.23915/distill.00021.
    """
    graph = as_graph(model, input_shape)
    answer = all_fields(graph)[graph.find(layer)]
    if isinstance(answer, Exception):
        raise answer
    return answer
