"""What the last step of a network is: told by the operation that makes its output, however it was written.

A softmax is the same operation as an argument ``activation="softmax"``, as ``tf.nn.softmax``, as a layer of its own or
in a Lambda, and after the model was saved and loaded. So nothing here looks at layers: while a model is recorded as a
program, its output is followed back, past what only casts it or gives it another shape, to the operation that made it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

SQUASHING = {"Softmax": "softmax", "Sigmoid": "sigmoid"}
# Of these only those are passed that keep as many numbers an image: the mean of one place is that place.
PASSING_ON = {"Identity", "IdentityN", "StopGradient", "Cast", "Reshape", "Squeeze", "ExpandDims", "EnsureShape",
              "Snapshot", "Mean", "Max", "Min", "Sum"}  # fmt: skip
# With one number an image these cannot change its place either.
MOVING = {"StridedSlice", "Transpose"}
# A sum of products, which may be of any size and either sign.
WEIGHING = {"MatMul", "BatchMatMul", "BatchMatMulV2", "BatchMatMulV3", "Einsum", "Conv2D", "DepthwiseConv2dNative",
            "FusedBatchNormV3"}  # fmt: skip
# Of any size and either sign if all that they are made of is.
# A tf.function that is called within the program: what it does stands in a program of its own.
CALLING = {"PartitionedCall", "StatefulPartitionedCall"}
COMBINING = {"AddV2", "Add", "AddN", "Sub", "BiasAdd", "Mul", "RealDiv", "Neg", "Mean", "Sum", "AvgPool"}


@dataclass(frozen=True, eq=False)
class Squashing:
    """A softmax or sigmoid at a network's end.

    Attributes
    ----------
    kind
        ``"softmax"`` or ``"sigmoid"``.
    operation
        Its name in the program, with the names of the layers it is in: ``"net/answer/Softmax"``.
    logits
        What it was given, in the shape of the output; ``None`` where it is in a program of its own, out of reach.
    """

    kind: str
    operation: str
    logits: Any


def squashing_step(output: Any) -> Squashing | None:
    """Return the softmax or sigmoid that a program's output comes from.

    >>> def run(x):
    ...     return squashing_step(tf.reshape(tf.nn.sigmoid(3 * x), (-1, 1))).logits
    >>> tf.function(run, autograph=False)(tf.constant([2.0])).numpy().tolist()
    [[6.0]]

    ``None`` where there is none, or the output was not recorded in a program: then only Keras's own functions say what
    they were given.
    """
    if not tf.is_symbolic_tensor(output):
        given = getattr(output, "_keras_logits", None)
        return None if given is None else Squashing("sigmoid" if output.shape[-1] == 1 else "softmax", "", given)
    step = _behind_shapes(output)
    kind, logits = _kind_and_logits(step)
    if kind is None:
        return None
    return Squashing(kind, step.op.name, logits if step is output else tf.reshape(logits, tf.shape(output)))


def squashing_end(model: Any, images: Any) -> Squashing | None:
    """Return the softmax or sigmoid that a model ends in, if its one output does; the model is recorded for it.

    It is found in a ``tf.function`` of the model's own too, where what it is given is out of reach.
    """
    found = []

    def run(batch: Any) -> Any:
        outputs = model(batch, training=False)
        found.append(_any_squashing(outputs) if isinstance(outputs, tf.Tensor) else None)
        return outputs

    tf.function(run, autograph=False).get_concrete_function(tf.TensorSpec.from_tensor(tf.convert_to_tensor(images)))
    return found[0]


def is_unbounded(output: Any) -> bool:
    """Whether a program's output is a sum of products, so that its sign can tell two classes apart."""
    return tf.is_symbolic_tensor(output) and _is_unbounded(output.op, {})


def _behind_shapes(tensor: Any) -> Any:
    while tensor.op.type in PASSING_ON | MOVING:
        before = tensor.op.inputs[tensor.value_index if tensor.op.type == "IdentityN" else 0]
        count = _numbers(before)
        if count is None or count != _numbers(tensor) or (tensor.op.type in MOVING and count != 1):
            return tensor
        if not before.dtype.is_floating or not tensor.dtype.is_floating:
            return tensor
        tensor = before
    return tensor


def _any_squashing(output: Any) -> Squashing | None:
    step = _behind_shapes(output)
    if step.op.type not in CALLING:
        return squashing_step(output)
    inner = _behind_shapes(step.graph._get_function(step.op.get_attr("f").name).graph.outputs[step.value_index])
    kind, _ = _kind_and_logits(inner)
    return Squashing(kind, step.op.name, None) if kind else None


def _kind_and_logits(step: Any) -> tuple[str | None, Any]:
    kind = SQUASHING.get(step.op.type)
    if kind is not None:
        return kind, step.op.inputs[0]
    written_out = _behind_exponentials(step)
    return ("softmax", written_out) if written_out is not None else (None, None)


def _behind_exponentials(tensor: Any) -> Any | None:
    """Return x where a tensor is eˣ / Σ eˣ: a softmax written out. The largest x may have been taken off before."""
    if tensor.op.type not in ("RealDiv", "Div", "DivNoNan"):
        return None
    powers, total = (_behind_shapes(each) for each in tensor.op.inputs)
    if powers.op.type != "Exp" or total.op.type != "Sum" or _behind_shapes(total.op.inputs[0]) is not powers:
        return None
    axis = tf.get_static_value(total.op.inputs[1])
    if axis is None or [each % powers.shape.rank for each in np.ravel(axis)] != [powers.shape.rank - 1]:
        return None  # shares of something else than the classes of one image
    exponent = powers.op.inputs[0]
    if exponent.op.type == "Sub":
        scores, most = exponent.op.inputs
        most = _behind_shapes(most)
        if most.op.type == "Max" and _behind_shapes(most.op.inputs[0]) is _behind_shapes(scores):
            return scores
    return exponent


def _numbers(tensor: Any) -> int | None:
    """How many numbers an image has, where that is known: the first axis may be open, or left away."""
    shape = tensor.shape
    if shape.rank is None or any(side is None for side in shape[1:]):
        return None
    return math.prod(shape[1:])


def _is_unbounded(op: Any, known: dict[Any, bool]) -> bool:
    if op.name not in known:
        known[op.name] = False  # until it is known: a program has no circles, but the walk must end
        if op.type in WEIGHING:
            known[op.name] = True
        elif op.type in COMBINING | PASSING_ON | MOVING | {"MaxPool"}:
            parts = [each.op for each in op.inputs if _depends_on_data(each.op)]
            known[op.name] = bool(parts) and all(_is_unbounded(part, known) for part in parts)
    return known[op.name]


def _depends_on_data(op: Any) -> bool:
    """Whether an operation has to do with the images at all; weights are read and constants are not."""
    captured = {id(tensor) for tensor in op.graph.internal_captures}
    waiting, met = [op], set()
    while waiting:
        one = waiting.pop()
        if one.name in met or one.type in ("ReadVariableOp", "Const", "Shape"):
            continue
        met.add(one.name)
        if one.type == "Placeholder" and id(one.outputs[0]) not in captured:
            return True
        waiting.extend(each.op for each in one.inputs)
    return False
