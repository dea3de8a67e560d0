"""The door of all that counts whole networks: a Keras model, or a list of descriptions, becomes a graph."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from labkit.calculators import layers
from labkit.calculators.graph import Graph
from labkit.calculators.layers import Shape


def _is_keras(thing: Any) -> bool:
    # Whoever holds a Keras object has imported Keras; so no need to import it to find out.
    keras = sys.modules.get("keras")
    return keras is not None and isinstance(thing, keras.Layer)


def as_graph(model_or_layers: Any, input_shape: Shape | None = None) -> Graph:
    """Return the graph of a Keras model, or of a list of descriptions (which needs ``input_shape``).

    >>> len(as_graph([layers.Flatten(), layers.Dense(10)], (28, 28, 1)))
    3

    Raises
    ------
    TypeError
        When it is neither.
    ValueError
        When the input shape is missing, or a layer does not fit on the one before.
    """
    if isinstance(model_or_layers, Graph):
        return model_or_layers
    listed_layers = isinstance(model_or_layers, list | tuple)
    if listed_layers:
        for layer in model_or_layers:
            if not isinstance(layer, layers.Layer) and not _is_keras(layer):
                raise TypeError(f"a layer is {layer!r}; allowed are the descriptions of labkit.calculators.layers")
        if not any(map(_is_keras, model_or_layers)):
            return _chain(model_or_layers, input_shape)
    if listed_layers or _is_keras(model_or_layers):
        from labkit.calculators import network  # the one module here that imports Keras

        return network.read(model_or_layers, input_shape)
    raise TypeError(
        f"model is a {type(model_or_layers).__name__}; allowed is a Keras model or a list of labkit.calculators.layers"
    )


def _chain(descriptions: Sequence[Any], input_shape: Shape | None) -> Graph:
    graph = Graph("network")
    if descriptions and isinstance(descriptions[0], layers.Input):
        if input_shape is not None and layers.Input(input_shape).shape != descriptions[0].shape:
            raise ValueError(
                f"input_shape is {input_shape}; allowed is {descriptions[0].shape}, as the list's own Input says"
            )
        first, descriptions = descriptions[0], descriptions[1:]
    elif input_shape is None:
        raise ValueError("input_shape is None; allowed is a shape such as (28, 28, 1), as a list of layers has none")
    else:
        first = layers.Input(input_shape)
    last = graph.add(first)
    for layer in descriptions:
        last = graph.add(layer, [last])
    return graph
