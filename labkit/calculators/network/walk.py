"""Walks a Keras model, from its inputs to its outputs, and writes down every call of every layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod
from typing import Any

import keras

from labkit.calculators import layers
from labkit.calculators.graph import Graph
from labkit.calculators.layers import Shape
from labkit.calculators.network.descriptions import builds_its_own, describe
from labkit.calculators.network.trials import trial
from labkit.calculators.shapes import output_shape
from labkit.calculators.unknown_layers import UnknownLayerError


def read(model_or_layers: Any, input_shape: Shape | None = None) -> Graph:
    """Return the graph of a Keras model, a single Keras layer, or a list of them. Weights are neither made nor read.

    >>> import keras
    >>> graph = read(keras.Sequential([keras.layers.Dense(10)]), (784,))
    >>> [node.name for node in graph.nodes][0], graph[1].shape
    ('input', (10,))

    Parameters
    ----------
    model_or_layers
        Sequential or functional, nested or not; or layers that follow one another.
    input_shape
        Without the batch; needed where the model leaves it open.

    Raises
    ------
    TypeError
        When the model is a class with a ``call`` of its own, in which there is no graph to walk.
    ValueError
        When the input shape is missing, or is not the model's own.
    """
    if isinstance(model_or_layers, list | tuple):
        return _read_chain("network", model_or_layers, input_shape)
    if _outputs(model_or_layers):
        return _read_model(model_or_layers, input_shape)
    if isinstance(model_or_layers, keras.Sequential):
        return _read_chain(model_or_layers.name, model_or_layers.layers, input_shape, model_or_layers)
    if isinstance(model_or_layers, keras.Model):
        raise TypeError(
            f"model is a {type(model_or_layers).__name__}, whose layers are called by its own code; allowed is a "
            f"Sequential or functional model (inputs = keras.Input(shape); keras.Model(inputs, model.call(inputs)))"
        )
    return _read_chain(model_or_layers.name, [model_or_layers], input_shape)


def _outputs(model: Any) -> list[Any]:
    """The model's symbolic outputs; none when it has no graph, or not yet."""
    if not isinstance(model, keras.Model):
        return []
    try:
        return list(model.outputs or [])
    except (AttributeError, ValueError):  # an unbuilt Sequential has none to give
        return []


def _read_model(model: Any, input_shape: Shape | None) -> Graph:
    graph = Graph(model.name)
    if input_shape is not None and len(model.inputs) > 1:
        raise ValueError(f"input_shape is {input_shape}; allowed is None, as the model has {len(model.inputs)} inputs")
    sources = []
    for tensor in model.inputs:
        name = "input" if isinstance(model, keras.Sequential) else tensor._keras_history.operation.name
        shape = _agreed(tuple(tensor.shape[1:]), input_shape)
        sources.append(graph.add(layers.Input(shape), name=name, kind="Input", dtype=tensor.dtype))
    _Walk(graph, [model]).whole(model, sources)
    return graph


def _agreed(own: tuple[int | None, ...], given: Shape | None) -> Shape:
    """The input shape that the model's own and the caller's both admit."""
    if given is None:
        if None in own:
            raise ValueError(f"input_shape is None; allowed is a shape like {own} with every size given")
        return own  # type: ignore[return-value]
    if isinstance(given, tuple | list) and len(given) == len(own) + 1:
        raise ValueError(f"input_shape is {tuple(given)}; allowed is the model's own, {own}, without the batch")
    given = layers.Input(given).shape  # looked over before it is compared
    if len(given) != len(own) or any(mine not in (None, theirs) for mine, theirs in zip(own, given, strict=True)):
        raise ValueError(f"input_shape is {tuple(given)}; allowed is the model's own, {own}")
    return given


def _read_chain(name: str, chain: Sequence[Any], input_shape: Shape | None, model: Any = None) -> Graph:
    graph = Graph(name)
    chain = list(chain)
    roots = chain if model is None else [model]
    walk = _Walk(graph, [one for one in roots if isinstance(one, keras.Layer)])
    if chain and isinstance(chain[0], keras.layers.InputLayer):
        input_shape = _agreed(tuple(chain.pop(0).batch_shape[1:]), input_shape)
    elif chain and _outputs(chain[0]):
        input_shape = _agreed(tuple(chain[0].inputs[0].shape[1:]), input_shape)
    if input_shape is None:
        raise ValueError("input_shape is None; allowed is a shape such as (28, 28, 1): the model has none of its own")
    walk.chain(chain, graph.add(layers.Input(input_shape)))
    return graph


class _Walk:
    """Adds calls to one graph, and remembers which layers, and which of their weights, it has met.

    What training changes is for the outermost layers to say, the ``roots``: a model that is frozen trains nothing,
    whatever the layers in it say. In a model that is not, Keras asks the layers (and freezing a model is no more than
    freezing every layer in it, at that time).
    """

    def __init__(self, graph: Graph, roots: Sequence[Any]):
        self.graph = graph
        self.met: set[int] = set()
        self.counted: set[int] = set()
        self.trained = {id(weight) for root in roots for weight in root.trainable_weights}
        open_roots = [root for root in roots if root.trainable]
        self.trained_layers = {id(each) for root in open_roots for each in root._flatten_layers() if each.trainable}

    def chain(self, operations: Sequence[Any], source: int, prefix: str = "") -> int:
        """Add layers that follow one another; return the index of the last."""
        for operation in operations:
            if isinstance(operation, keras.layers.InputLayer):
                continue
            if isinstance(operation, layers.Layer):  # descriptions and Keras layers may be mixed
                source = self.graph.add(operation, [source])
            elif _is_nested(operation):
                (source,) = self.nested(operation, [source], prefix)
            else:
                source = self.call(operation, [source], prefix)
        return source

    def nested(self, model: Any, sources: Sequence[int], prefix: str) -> list[int]:
        """Add the inside of a model that is used as a layer; return the indices of its outputs."""
        inside = f"{prefix}{model.name}/"
        found = self.whole(model, sources, inside) if _outputs(model) else None
        return found or [self.chain(model.layers, sources[0], inside)]

    def whole(self, model: Any, sources: Sequence[int], prefix: str = "") -> list[int]:
        """Add every call of a model, and the weights it has beside those of the layers that are called."""
        found = self.model(model, sources, prefix)
        left = [weight for weight in model.weights if id(weight) not in self.counted]
        if left:
            self.counted.update(map(id, left))
            weights = _numbers(left), _numbers([weight for weight in left if id(weight) in self.trained])
            name, kind = f"{prefix}{model.name} (its own)", type(model).__name__
            self.graph.add(layers.OwnWeights(), sources[:1], name=name, kind=kind, weights=weights)
        return found

    def model(self, model: Any, sources: Sequence[int], prefix: str = "") -> list[int]:
        """Add every call between a model's inputs and its outputs; return the indices of the outputs."""
        found = {_key(tensor): source for tensor, source in zip(model.inputs, sources, strict=True)}
        # Depth first, so that a branch is written down as a whole; a stack of our own, as networks are deeper than
        # Python's. A tensor is met twice: first its inputs are put on top of it, then it is its turn.
        stack = [(tensor, False) for tensor in reversed(model.outputs)]
        while stack:
            tensor, ready = stack.pop()
            if _key(tensor) in found:
                continue
            history = tensor._keras_history
            call = history.operation._inbound_nodes[history.node_index]
            if not ready:
                stack.append((tensor, True))
                stack.extend((incoming, False) for incoming in reversed(call.input_tensors))
                continue
            inputs = [found[_key(incoming)] for incoming in call.input_tensors]
            results = call.outputs
            if _is_nested(history.operation):
                indices = self.nested(history.operation, inputs, prefix)
            else:
                indices = [self.call(history.operation, inputs, prefix, result) for result in results]
            found.update((_key(result), index) for result, index in zip(results, indices, strict=True))
        return [found[_key(tensor)] for tensor in model.outputs]

    def call(self, operation: Any, inputs: Sequence[int], prefix: str, result: Any = None) -> int:
        """Add one call of one layer; ``result`` is what Keras says comes out of it."""
        shared = id(operation) in self.met
        self.met.add(id(operation))
        layer = describe(operation)
        incoming = self.graph.shapes_into(inputs)
        expected = self._expected(result, inputs)
        open_shape = isinstance(layer, layers.Unknown)  # what it gives is for Keras to say
        if not open_shape and expected is not None and incoming is not None and not _gives(layer, incoming, expected):
            layer = layers.Unknown()
        if isinstance(layer, layers.Unknown):
            layer = _what_keras_knows(layer, operation, expected)
        return self.graph.add(
            layer,
            inputs,
            name=prefix + operation.name,
            kind=type(operation).__name__,
            trainable=not isinstance(operation, keras.Layer) or id(operation) in self.trained_layers,
            shared=shared,
            weights=self._weights(operation, shared),
            dtype=getattr(operation, "compute_dtype", None) or getattr(result, "dtype", "float32"),
            operation=operation,
            probe=trial(operation, result),
        )

    def _weights(self, operation: Any, shared: bool) -> tuple[int | None, int | None] | None:
        """The numbers a layer stores and those training changes; a weight that an earlier layer has is not counted."""
        if not isinstance(operation, keras.Layer):
            return None
        if not operation.built:
            # Weights to come are those of its description, unless it makes some in a way of its own.
            return (None, None) if operation.weights or builds_its_own(operation) else None
        new = [weight for weight in operation.weights if shared or id(weight) not in self.counted]
        self.counted.update(map(id, new))
        return _numbers(new), _numbers([weight for weight in new if id(weight) in self.trained])

    def _expected(self, result: Any, inputs: Sequence[int]) -> Shape | None:
        """The shape Keras has for a result, where it was made from the very shapes that come in here."""
        if result is None or None in result.shape[1:]:
            return None
        history = result._keras_history
        call = history.operation._inbound_nodes[history.node_index]
        own = [tuple(tensor.shape[1:]) for tensor in call.input_tensors]
        return tuple(result.shape[1:]) if own == self.graph.shapes_into(inputs) else None


def _key(tensor: Any) -> tuple[int, int, int]:
    """What tells one symbolic tensor from all others: which call of which layer made it."""
    history = tensor._keras_history
    return id(history.operation), history.node_index, history.tensor_index


def _is_nested(operation: Any) -> bool:
    return isinstance(operation, keras.Sequential) or bool(_outputs(operation))


def _gives(layer: layers.Layer, incoming: Sequence[Shape], expected: Shape) -> bool:
    """Whether our rule gives the shape that Keras has; a rule that does not is no rule for this layer."""
    try:
        return tuple(output_shape(layer, *incoming)) == expected
    except (UnknownLayerError, ValueError, TypeError):
        return False


def _what_keras_knows(layer: layers.Unknown, operation: Any, expected: Shape | None) -> layers.Unknown:
    """A layer without a rule: Keras may still know the shape of its output and, once it is built, its weights."""
    weights = None if isinstance(operation, keras.Layer) else (0, 0)  # a layer's own are counted on the layer

    def shape_rule(*incoming: Shape) -> Shape | None:
        if expected is not None:
            return expected
        symbols = [keras.KerasTensor((1, *map(int, shape))) for shape in incoming]
        try:
            spec = operation.compute_output_spec(symbols[0] if len(symbols) == 1 else symbols)
            shape = tuple(spec.shape[1:])
        except Exception:  # a stranger's code: whatever it raises, the shape is simply not known
            return None
        return None if None in shape else shape

    return replace(layer, shape_rule=shape_rule, weights=weights)


def _numbers(weights: Sequence[Any]) -> int:
    return sum(prod(weight.shape) for weight in weights)
