"""Which weights a training may change: freezing, and tuning from a layer on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import keras

from labkit.explain.finding_layers import find_layer, layers_inside
from labkit.tables import Paragraph


@dataclass(frozen=True)
class Trainability(Paragraph):
    """What a training could change before and after a call; a tensor is one array of weights, kernel or bias.

    >>> print(Trainability("pets", 30, 4, 16_812_353, 2_097_665))
    pets: 30 → 4 trainable tensors, 16,812,353 → 2,097,665 trainable parameters

    Attributes
    ----------
    name : str
        Of the model.
    before, after : int
        Trainable tensors.
    parameters_before, parameters_after : int
        Numbers in them.
    """

    name: str
    before: int
    after: int
    parameters_before: int
    parameters_after: int

    def __str__(self) -> str:
        return (
            f"{self.name}: {self.before} → {self.after} trainable tensors, "
            f"{self.parameters_before:,} → {self.parameters_after:,} trainable parameters"
        )

    __repr__ = __str__


def freeze(model: keras.Model, layer_name: str | None = None) -> Trainability:
    """Freeze a model, or one layer of it, which may be a whole model inside: no training changes its weights.

    >>> base = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4)], name="base")
    >>> model = keras.Sequential([base, keras.layers.Dense(1)], name="model")
    >>> print(freeze(model, "base"))
    model: 4 → 2 trainable tensors, 41 → 5 trainable parameters

    Frozen batch normalization is in inference mode as well: it normalizes by its moving averages, also in `fit`, and
    leaves them alone. (To call a layer with ``training=False`` when the model is built does not do that: `fit`
    overrides it.)

    Compile afterwards, or again: a model that has been trained goes on as it was compiled. See `ready_to_train`.

    Parameters
    ----------
    model : keras.Model
        Changed in place. A single layer will do as well.
    layer_name : str, optional
        What to freeze of it, also inside of models inside; everything by default.

    Returns
    -------
    Trainability
        Counted over all of `model`.

    Raises
    ------
    TypeError
        If it is neither model nor layer.
    ValueError
        If there is no such layer; the nearest names are offered.
    """
    before = _count(model)
    (model if layer_name is None else find_layer(model, layer_name, "layer_name").layer).trainable = False
    return Trainability(model.name, *_paired(before, _count(model)))


def fine_tune_from(model: keras.Model, layer_name: str) -> Trainability:
    """Make a layer and all after it trainable, and freeze all before it.

    >>> base = keras.Sequential([keras.Input((8,)), keras.layers.Dense(6, name="first"),
    ...                          keras.layers.BatchNormalization(), keras.layers.Dense(4, name="second")])
    >>> model = keras.Sequential([base, keras.layers.Dense(1)], name="model")
    >>> print(fine_tune_from(model, "second"))  # kernel and bias of two layers
    model: 8 → 4 trainable tensors, 99 → 33 trainable parameters

    Before and after are meant in the order of ``model.summary()``, with models inside opened. All batch normalization
    stays frozen, wherever it is, and so in inference mode: its averages were taken over a million images, and a few
    batches of ours would spoil them.

    Parameters
    ----------
    model : keras.Model
        Changed in place.
    layer_name : str
        The first layer to tune, also inside of a model inside.

    Returns
    -------
    Trainability

    Raises
    ------
    TypeError
        If it is no model.
    ValueError
        If there is no such layer; the nearest names are offered.
    """
    before = _count(model)
    first = find_layer(model, layer_name, "layer_name").layer
    leaves = list(_leaves(model))
    start = leaves.index(next(_leaves(first), first))
    tuned = {id(leaf) for leaf in leaves[start:] if not isinstance(leaf, keras.layers.BatchNormalization)}
    model.trainable = True
    _open(model, tuned)
    return Trainability(model.name, *_paired(before, _count(model)))


def trainable_normalization(model: keras.Model) -> list[str]:
    """Name the layers of batch normalization that a training would change.

    >>> model = keras.Sequential([keras.Input((8,)), keras.layers.BatchNormalization(name="bn")])
    >>> trainable_normalization(model)
    ['bn']
    >>> _ = freeze(model)
    >>> trainable_normalization(model)
    []
    """
    return [
        layer.name
        for layer in dict.fromkeys(_leaves(model))
        if isinstance(layer, keras.layers.BatchNormalization) and layer.trainable and layer.weights
    ]


def _leaves(layer: keras.layers.Layer) -> Iterator[keras.layers.Layer]:
    """Every layer in order, those of models inside, and of layers written as classes, in their place."""
    for each in layers_inside(layer):
        if layers_inside(each):
            yield from _leaves(each)
        else:
            yield each


def _open(layer: keras.layers.Layer, tuned: set[int]) -> None:
    """Make what is in a model or layer trainable if it is among the leaves ``tuned``, by their ids, else not."""
    for each in layers_inside(layer):
        leaves = list(_leaves(each))
        # Sets all inside as well, so inner ones come later.
        each.trainable = any(id(leaf) in tuned for leaf in leaves or [each])
        if leaves and each.trainable:
            for weight in each._trainable_variables:  # those that a layer written as a class has beside its layers
                weight.trainable = id(leaves[0]) in tuned
            _open(each, tuned)


def _count(model: keras.layers.Layer) -> tuple[int, int]:
    """Trainable tensors, and the numbers in them."""
    if not isinstance(model, keras.layers.Layer):
        raise TypeError(f"model is a {type(model).__name__}; a Keras model is needed")
    tensors = model.trainable_weights
    return len(tensors), sum(int(keras.ops.size(tensor)) for tensor in tensors)


def _paired(before: tuple[int, int], after: tuple[int, int]) -> tuple[int, int, int, int]:
    return before[0], after[0], before[1], after[1]
