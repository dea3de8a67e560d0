"""The gradient in which each ReLU lets through only what speaks for the score: guided backpropagation.

Nothing of the model is changed for it. While a model is recorded as a program, TensorFlow writes down beside each
operation how its gradient is to be made, and here it is told to write another rule beside the ReLUs of that one
program. So it makes no difference whether a ReLU is an activation function, a layer, or hidden inside another layer,
and other threads that run the same model see nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import tensorflow as tf

RULES = {"Relu": "LabkitGuidedRelu", "Relu6": "LabkitGuidedRelu6"}


@tf.RegisterGradient(RULES["Relu"])
def _through_relu(operation: Any, gradient: Any) -> Any:
    return tf.raw_ops.ReluGrad(gradients=tf.maximum(gradient, 0), features=operation.outputs[0])


@tf.RegisterGradient(RULES["Relu6"])
def _through_relu6(operation: Any, gradient: Any) -> Any:
    return tf.raw_ops.Relu6Grad(gradients=tf.maximum(gradient, 0), features=operation.outputs[0])


class GuidedTape(AbstractContextManager):
    """Takes the place of a ``tf.GradientTape`` while a program is recorded; its gradients are guided.

    >>> @tf.function
    ... def guided(x):
    ...     with GuidedTape() as tape:
    ...         y = -tf.nn.relu(x)
    ...     return tape.gradient(y, x)
    >>> guided(tf.constant([-1.0, 2.0])).numpy().tolist()  # the gradient itself is [0, -1]
    [0.0, 0.0]
    """

    def __enter__(self) -> GuidedTape:
        if tf.executing_eagerly():
            raise ValueError(
                "guided backpropagation needs a network that can be recorded as a program (as tf.function does it) and "
                "has a ReLU; this one runs eagerly only, or has none"
            )
        self._graph = tf.compat.v1.get_default_graph()
        self._rules = self._graph.gradient_override_map(RULES)
        self._rules.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._rules.__exit__(*error)

    def watch(self, tensor: Any) -> None:
        """Do nothing: a program knows how each of its tensors was made."""

    def gradient(self, scores: Any, source: Any, output_gradients: Any = None) -> Any:
        """Return the guided derivative of the scores by the source; ``None`` where they do not depend on it.

        Raises
        ------
        ValueError
            When the program has no ReLU, or one out of reach.
        """
        relus = list(_relus(self._graph))
        if not relus:
            raise ValueError(
                "the network has no ReLU (tf.nn.relu or tf.nn.relu6), and without one guided backpropagation is the "
                "gradient: use saliency"
            )
        if any(relu.graph is not self._graph for relu in relus):
            raise ValueError(
                "a ReLU of the network is inside a tf.function, a tf.cond or a tf.while_loop of its own, where its "
                "gradient cannot be guided; call it without"
            )
        return tf.gradients(scores, source, grad_ys=output_gradients)[0]


def _relus(graph: Any) -> Iterator[Any]:
    """The ReLUs of a program, and of the programs that it calls."""
    for operation in graph.get_operations():
        if operation.type in RULES:
            yield operation
        for attribute in operation.node_def.attr.values():
            called = [attribute.func] if attribute.HasField("func") else attribute.list.func
            for function in called:
                yield from _relus(graph._get_function(function.name).graph)
