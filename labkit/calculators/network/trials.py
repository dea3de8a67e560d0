"""A Keras layer or operation made ready to be tried out, without its weights being read or changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from labkit.calculators.graph import Probe
from labkit.calculators.layers.base import Reach, Shape
from labkit.calculators.links import Link
from labkit.calculators.network.probing import Undecided, probe
from labkit.calculators.unknown_layers import UnknownLayerError


def trial(operation: Any, result: Any = None) -> Probe:
    """Return what tries an operation out when it is asked, once for the same shapes.

    Parameters
    ----------
    operation
        The Keras layer or operation.
    result
        The symbolic tensor that came of the call in question, where there is one: with what else the operation was
        called, such as the 255 of ``x / 255``, is known from it.
    """
    known: dict[tuple[Shape, ...], list[Reach | tuple[Link, ...]]] = {}

    def ask(shapes: Sequence[Shape], output: Shape | None = None) -> list[Reach | tuple[Link, ...]]:
        key = tuple(tuple(map(int, shape)) for shape in [*shapes, *([] if output is None else [output])])
        if key not in known:
            kind = type(operation).__name__
            try:
                known[key] = _tried(operation, result, key[: len(shapes)], key[len(shapes) :])
            except Exception as error:  # a stranger's code, whatever it raises
                why = str(error) if isinstance(error, Undecided) else f"it fails with {type(error).__name__}"
                raise UnknownLayerError("receptive field", kind, f"is not known ({why})") from None
        return known[key]

    return ask


def _tried(
    operation: Any, result: Any, shapes: Sequence[Shape], declared: Sequence[Shape]
) -> list[Reach | tuple[Link, ...]]:
    """Try it; an input that is used twice, as in ``x * x``, is one input."""
    if getattr(operation, "data_format", None) == "channels_first":
        raise Undecided("its channels come first")
    if result is None:
        tensors: list[Any] = [None]
        types = [getattr(operation, "compute_dtype", None) or "float32"]
    else:
        tensors = list(_call(result).input_tensors)
        types = [keras.backend.standardize_dtype(tensor.dtype) for tensor in tensors]
    first = {id(tensor): place for place, tensor in reversed(list(enumerate(tensors)))}
    once = sorted(first.values())
    run = _run(operation, result, [tensors[place] for place in once])
    own, kinds = [shapes[place] for place in once], [types[place] for place in once]
    output = run([np.zeros((1, *shape), kind) for shape, kind in zip(own, kinds, strict=True)]).shape[1:]
    if declared and declared[0] != tuple(output):
        raise Undecided(f"what comes out has the shape {tuple(output)}")
    found = dict(zip(once, probe(run, own, output, kinds), strict=True))
    return [found[first[id(tensor)]] for tensor in tensors]


def _call(result: Any) -> Any:
    history = result._keras_history
    return history.operation._inbound_nodes[history.node_index]


def _run(operation: Any, result: Any, tensors: Sequence[Any]) -> Callable[[Sequence[NDArray]], NDArray]:
    """From inputs as arrays to the output as an array, as a network that is not being trained computes it."""
    layer = isinstance(operation, keras.Layer)
    if layer and not operation.built and _makes_weights(operation):
        operation = type(operation).from_config(operation.get_config())  # a stranger to build in its place

    def run(inputs: Sequence[NDArray]) -> NDArray:
        values = [keras.ops.convert_to_tensor(each) for each in inputs]
        if result is None:
            arguments, named, index = tuple(values), {}, 0
        else:
            call, index = _call(result), result._keras_history.tensor_index
            arguments, named = call.arguments.fill_in(
                {id(tensor): value for tensor, value in zip(tensors, values, strict=True)}
            )
        got = compute(*arguments, **named)
        if isinstance(got, dict):
            got = list(got.values())
        return keras.ops.convert_to_numpy(got[index] if isinstance(got, list | tuple) else got)

    def compute(*arguments: Any, **named: Any) -> Any:
        if layer and operation._call_has_training_arg and named.get("training") is None:
            named["training"] = False
        if not layer or (not operation.built and not operation.weights):
            return operation.call(*arguments, **named)
        if not operation.built:
            operation(*arguments, **named)
        trainable, others = weights()
        return operation.stateless_call(trainable, others, *arguments, **named)[0]

    @cache
    def weights() -> tuple[list[Any], list[Any]]:
        variables = operation.trainable_variables, operation.non_trainable_variables
        return [_random(each) for each in variables[0]], [_random(each) for each in variables[1]]

    return run


def _makes_weights(layer: Any) -> bool:
    """Whether building a layer may make weights, its own or those of layers in it."""
    return type(layer).build is not keras.Layer.build or bool(layer._flatten_layers(include_self=False))


def _random(variable: Any) -> Any:
    """Positive numbers in place of a weight's; whole numbers, such as the state of a random generator, stay."""
    if not keras.backend.is_float_dtype(keras.backend.standardize_dtype(variable.dtype)):
        return keras.ops.convert_to_tensor(variable)
    numbers = np.random.default_rng(0).uniform(0.5, 1.5, variable.shape)
    return keras.ops.cast(numbers, variable.dtype)
