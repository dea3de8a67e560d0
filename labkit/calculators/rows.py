"""One row of a report: everything the calculators say about one call of one layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from labkit.calculators import cost
from labkit.calculators.graph import Graph, Node
from labkit.calculators.layers import Unknown
from labkit.calculators.layers.base import Reach, Shape
from labkit.calculators.memory import kept_bytes
from labkit.calculators.receptive_fields import Answer, ReceptiveField
from labkit.calculators.unknown_layers import UnknownLayerError
from labkit.calculators.working import Worked, nothing


@dataclass(frozen=True, slots=True)
class Row:
    """One call of one layer. What is not known is ``None``, never zero.

    Attributes
    ----------
    name, type
        The layer's name and kind.
    output_shape
        With the batch in front.
    parameters, trainable_parameters
        All of them, and those that training may change.
    macs
        Multiply-adds of a forward pass of the batch.
    activation_bytes
        Bytes of its output for the batch.
    receptive_field
        What one of its numbers sees of the image.
    note
        What a reader must know about the row, such as that the layer is not known.
    """

    name: str
    type: str
    output_shape: tuple[int, ...] | None
    parameters: Worked | None
    trainable_parameters: int | None
    macs: Worked | None
    activation_bytes: Worked | None
    receptive_field: ReceptiveField | None
    note: str = ""
    shape_working: str = ""
    field_working: str = ""

    @property
    def effective_stride(self) -> tuple[int | None, ...] | None:
        """How far, in the image, the fields of two neighbouring places are apart, along each axis."""
        return self.receptive_field.effective_stride if self.receptive_field else None

    @property
    def working(self) -> str:
        """Every formula of the row with its numbers put in, one a line."""
        named = {
            "shape": self.shape_working,
            "parameters": self.parameters.working if self.parameters else "",
            "MACs": self.macs.working if self.macs else "",
            "field": self.field_working,
        }
        lines = [f"{name}: {text}" for name, text in named.items() if text]
        return "\n".join([*lines, self.note] if self.note else lines)


def read_row(graph: Graph, index: int, fields: list[Answer], batch: int) -> Row:
    """Ask every calculator about one node of a graph, for a batch of images; ``fields`` are those of all nodes."""
    node, field = graph[index], fields[index]
    incoming = graph.shapes_into(node.inputs)

    def ask(rule: Callable[..., Any], **how: Any) -> Any:
        if incoming is None:
            return None
        try:
            return rule(node.layer, *incoming, **how)
        except UnknownLayerError:
            return None

    parameters, trainable = ask(cost.parameters), ask(cost.trainable_parameters)
    if node.weights is not None:  # what the layer has outweighs what its description says
        stored, trainable = node.weights
        if stored is None or parameters != stored:
            text = "as Keras counts them"
            parameters = None if stored is None else Worked(stored, text, rf"\text{{{text}}}")
    multiplications = ask(cost.macs, batch_size=batch)
    if multiplications is None and incoming is not None and _works_alone(node, incoming):
        multiplications = nothing("number by number")
    notes = []
    if incoming is None:
        notes.append("the shape of its input is not known, so it is not counted")
    elif multiplications is None or parameters is None or node.shape is None:
        notes.append(f"{node.kind} is not known, so it is not fully counted")
    first = not any(fields[source] is field for source in node.inputs)
    if incoming is not None and isinstance(field, Exception) and first:
        notes.append(f"no receptive field from here on: {str(field).partition('; allowed')[0]}")
    if node.shared and parameters:
        notes.append("called again, its parameters were counted at the first call")
        parameters, trainable = Worked(0, "0: counted already", r"0 \text{ (counted already)}"), 0
    known_field = field if isinstance(field, ReceptiveField) else None
    changed = known_field is not None and first
    return Row(
        name=node.name,
        type=node.kind,
        output_shape=None if node.shape is None else (batch, *map(int, node.shape)),
        parameters=parameters,
        trainable_parameters=trainable if node.trainable or node.weights or trainable is None else 0,
        macs=multiplications,
        activation_bytes=None if node.shape is None else kept_bytes(node.layer, node.shape, batch, node.dtype),
        receptive_field=known_field,
        note="; ".join(notes),
        shape_working=node.shape.working if node.shape is not None else "",
        field_working=known_field.working if known_field is not None and changed else "",
    )


def _works_alone(node: Node, shapes: Sequence[Shape]) -> bool:
    """Whether it has no weights and makes each number of one of each input: then there is nothing to sum up."""
    if node.weights not in (None, (0, 0)) or not isinstance(node.layer, Unknown):
        return False
    try:
        return all(how is Reach.SAME_PLACE for how in node.reaches(shapes, node.shape))
    except UnknownLayerError:
        return False


def joined(first: Row, second: Row) -> Row:
    """Make one row of two that follow each other in a nested model."""

    def add(a: Any, b: Any) -> Any:
        return None if a is None or b is None else a + b

    def worked(a: Worked | None, b: Worked | None) -> Worked | None:
        total = add(a, b)
        return None if total is None else Worked(total, f"the sum of its layers, {total:,}", f"{total:,}")

    return replace(
        second,
        name=first.name,
        type=first.type,
        parameters=worked(first.parameters, second.parameters),
        trainable_parameters=add(first.trainable_parameters, second.trainable_parameters),
        macs=worked(first.macs, second.macs),
        activation_bytes=worked(first.activation_bytes, second.activation_bytes),
        note="; ".join(filter(None, dict.fromkeys([first.note, second.note]))),
        shape_working="",
        field_working="",
    )
