"""What a compiled, perhaps trained Keras network is, in plain values: for exercises in which a reader builds one.

>>> import keras
>>> from labkit.course.built import built
>>> model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")])
>>> model.compile("adam", loss="sparse_categorical_crossentropy")
>>> network = built(model)
>>> network.layers, network.ends_in, network.loss, network.optimizer, network.steps
(('Flatten', 'Dense'), 'softmax', 'sparse_categorical_crossentropy', 'adam', 0)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Built:
    """A network in plain values.

    Attributes
    ----------
    layers : tuple of str
        The classes of its layers in order, those inside nested models too, inputs left out.
    input_shape, output_shape : tuple
        Without the batch.
    parameters, trainable : int
        All its parameters, and those that training changes.
    ends_in : str
        The activation of the last layer: ``"softmax"``, ``"sigmoid"``, ``"linear"`` …
    loss, optimizer : str
        As Keras writes their names; empty if it has not been compiled.
    from_logits : bool
        Whether the loss expects logits.
    learning_rate : float
        At present; not a number if it has none.
    steps : int
        How many updates of the weights there have been.
    """

    layers: tuple[str, ...]
    input_shape: tuple[int | None, ...]
    output_shape: tuple[int | None, ...]
    parameters: int
    trainable: int
    ends_in: str
    loss: str
    optimizer: str
    from_logits: bool
    learning_rate: float
    steps: int


def built(model: Any) -> Built:
    """Describe a network.

    Raises
    ------
    TypeError
        If it is no Keras model, or has not been built: the message says what to do, for it is shown to the reader.
    """
    import keras

    if not isinstance(model, keras.Model):
        raise TypeError(f"your function returned {type(model).__name__}; a Keras model was asked for")
    if not model.built or getattr(model, "inputs", None) is None:
        raise TypeError("the model does not know its input yet: begin it with keras.Input(...)")
    layers = [layer for layer in _flat(model) if type(layer).__name__ != "InputLayer"]
    optimizer = getattr(model, "optimizer", None)
    loss = getattr(model, "loss", None) if model.compiled else None
    return Built(
        layers=tuple(type(layer).__name__ for layer in layers),
        input_shape=tuple(model.input_shape[1:]),
        output_shape=tuple(model.output_shape[1:]),
        parameters=model.count_params(),
        trainable=sum(int(weight.size) for weight in _arrays(model.trainable_weights)),
        ends_in=_ends_in(layers),
        loss=_snake(loss if isinstance(loss, str) else getattr(loss, "__name__", type(loss).__name__)) if loss else "",
        optimizer=_snake(type(optimizer).__name__) if model.compiled else "",
        from_logits=bool(getattr(loss, "_fn_kwargs", {}).get("from_logits", getattr(loss, "from_logits", False))),
        learning_rate=_learning_rate(optimizer) if model.compiled else float("nan"),
        steps=int(optimizer.iterations) if model.compiled and optimizer is not None else 0,
    )


def _flat(model: Any) -> Iterator[Any]:
    """All layers, a nested model replaced by its own."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from _flat(layer)
        else:
            yield layer


def _arrays(weights: Any) -> Iterator[Any]:
    return (weight.numpy() for weight in weights)


def _ends_in(layers: list[Any]) -> str:
    """The activation of the last layer that has weights, or of a layer after it that is nothing but an activation."""
    for layer in reversed(layers):
        if type(layer).__name__ in ("Softmax", "ReLU"):
            return type(layer).__name__.lower()
        if hasattr(layer, "activation"):
            return str(getattr(layer.activation, "__name__", type(layer.activation).__name__)).lower()
        if layer.weights:
            return "linear"
    return "linear"


def _learning_rate(optimizer: Any) -> float:
    try:
        return float(optimizer.learning_rate)
    except (AttributeError, TypeError):
        return float("nan")


def _snake(name: str) -> str:
    """``SparseCategoricalCrossentropy`` as Keras writes it in a string."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
