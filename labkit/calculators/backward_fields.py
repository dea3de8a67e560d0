"""The receptive field backwards: from one number in a layer, the region it sees in every layer before it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Any

from labkit.calculators.field import by
from labkit.calculators.graph import How, Node
from labkit.calculators.layers.base import Reach, Shape
from labkit.calculators.links import Mixed, links
from labkit.calculators.sight import NOT_ONE_SIZE
from labkit.calculators.to_graph import as_graph
from labkit.calculators.unknown_layers import UnknownLayerError

Region = list[tuple[int, int]] | None
"""First and last place along each axis; ``None`` stands for all numbers of a row."""


@dataclass(frozen=True)
class BackwardField:
    """What one activation of a layer sees in each layer before it, down to the image.

    Attributes
    ----------
    layer
        Name of the layer asked about.
    sizes
        From the name of each layer before it, nearest first, to the size of the region seen there.
    workings
        From the same names to the step that gave the size.
    """

    layer: str
    sizes: dict[str, Shape]
    workings: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        lines = [f"one activation of {self.layer} sees"]
        width = max(map(len, self.sizes), default=0)
        across = max((len(by(size)) for size in self.sizes.values()), default=0)
        for name, size in self.sizes.items():
            lines.append(f"  {by(size):>{across}} of {name:<{width}}  {self.workings.get(name, '')}".rstrip())
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th scope="row">{escape(name)}</th><td>{by(size)}</td><td>{escape(self.workings.get(name, ""))}</td>'
            for name, size in self.sizes.items()
        )
        return (
            f"<table><caption>What one activation of {escape(self.layer)} sees</caption><thead><tr>"
            f'<th scope="col">layer</th><th scope="col">region</th><th scope="col">working</th></tr></thead>'
            f"<tbody>{rows}</tbody></table>"
        )


def receptive_field_backwards(model: Any, layer: Any, input_shape: Shape | None = None) -> BackwardField:
    """Return what one number in ``layer`` sees in every layer before it.

    >>> from labkit.calculators.layers import Conv2D, MaxPooling2D
    >>> convnet = [Conv2D(32, 3, name="conv1"), MaxPooling2D(2, name="pool1"), Conv2D(64, 3, name="conv2")]
    >>> print(receptive_field_backwards(convnet, "conv2", input_shape=(28, 28, 1)))
    one activation of conv2 sees
      3×3 of pool1  (1 − 1)·1 + 3 = 3
      6×6 of conv1  (3 − 1)·2 + 2 = 6
      8×8 of input  (6 − 1)·1 + 3 = 8

    A region of n places is made by a window of span k and stride s from (n − 1)·s + k places of the layer before. This
    answers another question than :func:`~labkit.calculators.receptive_fields.receptive_field`, which asks for each
    layer's own field in the image; on the image itself the two agree.

    Parameters
    ----------
    model, layer, input_shape
        As for :func:`~labkit.calculators.receptive_fields.receptive_field`.

    Raises
    ------
    ValueError, UnknownLayerError
        When there is no such layer, or no rule for a layer on the way.
    """
    graph = as_graph(model, input_shape)
    target = graph.find(layer)
    rank = len(graph[0].shape or ()) - 1
    regions: dict[int, Region] = {target: [(0, 0)] * rank}
    workings: dict[int, str] = {}
    for index in range(target, -1, -1):  # every node stands on earlier ones
        if index not in regions:
            continue
        node = graph[index]
        shapes = graph.shapes_into(node.inputs)
        if shapes is None:
            raise UnknownLayerError("receptive field", node.layer)
        for source, how, shape in zip(node.inputs, node.reaches(shapes, node.shape), shapes, strict=True):
            seen, workings[source] = _one_layer_back(node, regions[index], how, shape)
            regions[source] = _joined(regions[source], seen) if source in regions else seen
    found = [index for index in sorted(regions, reverse=True) if index != target]
    return BackwardField(
        graph[target].name,
        {graph[index].name: _size(regions[index], graph[index].shape or ()) for index in found},
        {graph[index].name: workings[index] for index in found},
    )


def _one_layer_back(node: Node, region: Region, how: How, shape: Shape) -> tuple[Region, str]:
    """The region one layer earlier, and the working."""
    if how is Reach.EVERYWHERE or region is None:
        return ([(0, side - 1) for side in shape[:-1]] if len(shape) > 1 else None), "all of it"
    same = how is Reach.SAME_PLACE
    if same and len(shape) == len(node.shape or ()):
        return region, "the same places"
    if how is Reach.RENAMED and len(node.shape or ()) == 1:  # one number of a row stands for one place of the map
        return [(0, 0)] * (len(shape) - 1), "the same places"
    try:
        each = links(how, shape, node.shape or ())
    except Mixed:
        raise UnknownLayerError("receptive field", node.kind, "is lost: it puts numbers in other places") from None
    seen = []
    steps: dict[str, None] = {}  # a set that keeps its order: equal axes are written once
    for link in each:
        if link.to is None:
            seen.append((min(link.taps[0]), max(link.taps[0])))
            continue
        if link.window is None:
            raise UnknownLayerError("receptive field", node.kind, NOT_ONE_SIZE)
        (first, last), (span, stride, before, _) = region[link.to], link.window
        seen.append((first * stride - before, last * stride - before + span - 1))
        steps[f"({last - first + 1} − 1)·{stride} + {span} = {(last - first) * stride + span}"] = None
    return seen, ", ".join(steps) if not same else "the same places"


def _joined(one: Region, other: Region) -> Region:
    """The smallest region that holds both."""
    if one is None or other is None:
        return None
    return [(min(a, c), max(b, d)) for (a, b), (c, d) in zip(one, other, strict=True)]


def _size(region: Region, shape: Shape) -> Shape:
    return tuple(shape) if region is None else tuple(last - first + 1 for first, last in region)
