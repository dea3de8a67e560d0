"""A network as the calculators see it: its layers in order, what each one stands on, and every shape.

There is one such form whatever a reader hands in, a list of descriptions or a Keras model; everything that counts works
on it and so needs to be written once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from labkit.calculators import layers
from labkit.calculators.layers.base import Reach, Shape, Window
from labkit.calculators.links import Link
from labkit.calculators.shapes import output_shape
from labkit.calculators.unknown_layers import UnknownLayerError
from labkit.calculators.working import WorkedTuple

How = Reach | tuple[Window | Link, ...]
Probe = Callable[[Sequence[Shape], Shape | None], Sequence[How]]


@dataclass(frozen=True)
class Node:
    """One call of one layer.

    Attributes
    ----------
    name, kind
        The layer's name and what it is called in a table, such as ``"Conv2D"``.
    layer
        Its description.
    inputs
        Indices of the nodes it stands on.
    shape
        Shape of its output without the batch; ``None`` when that is not known.
    trainable
        Whether training may change it.
    shared
        Whether an earlier node is a call of the same layer, which already counted its parameters.
    dtype
        Type of the numbers it puts out.
    weights
        Its parameters and those of them that training may change, where they were counted on the layer itself and not
        worked out from its description; each is ``None`` when it is not known.
    operation
        The Keras layer or operation it was read from, if it was.
    probe
        Tries the operation out, for input shapes, where its description has no rule for what it sees.
    """

    name: str
    kind: str
    layer: layers.Layer
    inputs: tuple[int, ...]
    shape: WorkedTuple | None
    trainable: bool = True
    shared: bool = False
    dtype: str = "float32"
    weights: tuple[int | None, int | None] | None = None
    operation: Any = field(default=None, compare=False, repr=False)
    probe: Probe | None = field(default=None, compare=False, repr=False)

    def reaches(self, shapes: Sequence[Shape], output: Shape | None = None) -> Sequence[How]:
        """Return, for each input of these shapes, how the places of the output depend on its places.

        Where the shape of the output is given, only an operation that gives it when it is tried out is believed.

        Raises
        ------
        UnknownLayerError
            When the layer has no rule for it, and trying it out does not tell.
        """
        try:
            return [self.layer.reach(shape) for shape in shapes]
        except UnknownLayerError:
            if self.probe is None:
                raise
        return self.probe(shapes, output)


class Graph:
    """Nodes in an order in which each stands on earlier ones.

    >>> graph = Graph("a chain")
    >>> image = graph.add(layers.Input((28, 28, 1)))
    >>> graph[graph.add(layers.Conv2D(32, 3), [image])].shape
    (26, 26, 32)
    """

    def __init__(self, name: str):
        self.name = name
        self.nodes: list[Node] = []
        self._names: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self.nodes)

    def __getitem__(self, index: int) -> Node:
        return self.nodes[index]

    def shapes_into(self, inputs: Sequence[int]) -> list[WorkedTuple] | None:
        """Return the shapes of these nodes' outputs; ``None`` when one of them is not known."""
        shapes = [self.nodes[index].shape for index in inputs]
        return None if None in shapes else shapes  # type: ignore[return-value]

    def add(self, layer: layers.Layer, inputs: Sequence[int] = (), **details: Any) -> int:
        """Put a layer on top of the nodes ``inputs``, work out its shape, and return its index."""
        kind = details.pop("kind", None) or type(layer).__name__
        name = self._unique(details.pop("name", None) or layer.name, kind)
        incoming = self.shapes_into(inputs)
        shape = None
        if incoming is not None:
            try:
                shape = output_shape(layer, *incoming)
            except UnknownLayerError:
                pass
            except (TypeError, ValueError) as error:
                raise type(error)(f"layer {name!r}: {error}") from None
        self.nodes.append(Node(name, kind, layer, tuple(inputs), shape, **details))
        return len(self.nodes) - 1

    def _unique(self, name: str | None, kind: str) -> str:
        """The given name; or, as Keras does, the kind in small letters; numbered from the second on."""
        stem = name or kind.lower()
        count = self._names[stem]
        self._names[stem] += 1
        return f"{stem}_{count}" if count else stem

    def find(self, layer: Any) -> int:
        """Return the index of the node with this name, or of this layer object (its first call)."""
        for index, node in enumerate(self.nodes):
            if layer is not None and (node.name == layer or node.layer is layer or node.operation is layer):
                return index
        raise ValueError(f"layer is {layer!r}; allowed is one of {listed([node.name for node in self.nodes])}")


def listed(names: Sequence[str], most: int = 30) -> str:
    """Return names for an error message; of a deep network's only the first and the last."""
    if len(names) > most:
        names = [*names[: most - 2], "…", names[-1]]
    return ", ".join(names)
