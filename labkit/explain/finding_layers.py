"""Finding a layer of a Keras model by its name, dotted where it is inside a nested model."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras

from labkit.tables import rows_as_html, rows_as_text

Shape = tuple[int | None, ...]


@dataclass(frozen=True)
class Place:
    """One layer of a model: where it is, what it is, and the shape of what comes out of it.

    Attributes
    ----------
    name
        Dotted: the names of the models it is nested in, then its own.
    layer
        The Keras layer itself.
    shape
        Of its output, the batch first; ``None`` where a model written as a class does not say before it runs.
    """

    name: str
    layer: Any
    shape: Shape | None

    @property
    def is_spatial(self) -> bool:
        """Whether a feature map of more than one place comes out."""
        return is_spatial(self.shape)

    def __str__(self) -> str:
        return f"{self.name} {shape_text(self.shape)}"


@dataclass(frozen=True)
class LayerTable:
    """What :func:`list_layers` returns: every layer of a model, nested ones after the model they are in."""

    places: tuple[Place, ...]

    def __iter__(self) -> Iterator[Place]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)

    def _cells(self) -> list[tuple[str, ...]]:
        return [(place.name, type(place.layer).__name__, shape_text(place.shape)) for place in self.places]

    def __str__(self) -> str:
        return rows_as_text(self._cells())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return rows_as_html(("layer", "kind", "output"), self._cells())


def list_layers(model: Any) -> LayerTable:
    """List every layer of a model by its dotted name, with the shape of its output.

    >>> inner = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(2, 3, name="edges")], name="backbone")
    >>> model = keras.Sequential([keras.Input((8, 8, 1)), inner, keras.layers.Flatten(name="row")])
    >>> print(list_layers(model))
    backbone        Sequential  6×6×2
    backbone.edges  Conv2D      6×6×2
    row             Flatten     72

    Parameters
    ----------
    model
        Any Keras model. Layers that live in lists or in layers written as classes are found too.
    """
    return LayerTable(tuple(_walk(checked_model(model), "")))


def find_layer(model: Any, layer: Any, argument: str = "layer") -> Place:
    """Find a layer by its dotted name, or by as much of the end of that name as tells it from all others.

    >>> inner = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(2, 3, name="edges")], name="backbone")
    >>> model = keras.Sequential([keras.Input((8, 8, 1)), inner, keras.layers.Flatten(name="row")])
    >>> print(find_layer(model, "backbone.edges"))
    backbone.edges 6×6×2
    >>> find_layer(model, "edges").layer is find_layer(model, inner.layers[0]).layer
    True

    Parameters
    ----------
    model
        Any Keras model.
    layer
        A name such as ``"backbone.edges"`` or ``"edges"``, or a layer of the model itself.
    argument
        What the caller calls it, for the error.

    Raises
    ------
    ValueError
        When the model has no such layer, or several; the message lists those there are, with their shapes.
    """
    places = list_layers(model).places
    if isinstance(layer, keras.layers.Layer):
        found = [place for place in places if place.layer is layer]
        if not found:
            there_are = candidates(places)
            raise ValueError(f"{argument} is {layer.name!r}, which is not a layer of {model.name}; {there_are}")
        return found[0]
    if not isinstance(layer, str):
        raise TypeError(f"{argument} is {layer!r}; allowed is a layer's name or a layer of {model.name}")
    exact = [place for place in places if place.name == layer]
    # The same layer may be met twice, inside two models that share it: it is one layer all the same.
    found = exact or list({id(p.layer): p for p in places if p.name.endswith(f".{layer}")}.values())
    if len({id(place.layer) for place in found}) == 1:
        return found[0]
    if found:
        if exact:
            advice = "give the layer itself, as in layer=model.layers[0]"
        else:
            advice = "give one of " + ", ".join(repr(place.name) for place in found)
        raise ValueError(f"{argument} is {layer!r}, the name of {len(found)} layers of {model.name}; {advice}")
    near = set(difflib.get_close_matches(layer, [place.name for place in places], n=5, cutoff=0.5))
    near |= {p.name for p in places if difflib.get_close_matches(layer.split(".")[-1], [p.layer.name], cutoff=0.6)}
    shown = [place for place in places if place.name in near] or places
    raise ValueError(f"{argument} is {layer!r}, no layer of {model.name}; {candidates(shown)}")


def is_spatial(shape: Shape | None) -> bool:
    """Whether a shape, batch first, is that of a feature map with more than one place.

    >>> is_spatial((None, 7, 7, 512)), is_spatial((None, 1, 1, 512)), is_spatial((None, 512))
    (True, False, False)
    """
    return shape is not None and len(shape) == 4 and shape[1:3] != (1, 1)


def shape_text(shape: Shape | None) -> str:
    """Write a shape without its batch.

    >>> shape_text((None, 7, 7, 512)), shape_text((None, None, None, 3)), shape_text(None)
    ('7×7×512', '?×?×3', 'known when it runs')
    """
    if shape is None:
        return "known when it runs"
    return "×".join("?" if size is None else str(size) for size in shape[1:]) or "a number"


def checked_model(model: Any) -> Any:
    """Return the model, if it is one that has weights.

    Raises
    ------
    TypeError, ValueError
        When it is no Keras model, or was never called.
    """
    if not isinstance(model, keras.Model):
        raise TypeError(f"model is a {type(model).__name__}; allowed is a Keras model")
    if not model.built:
        raise ValueError(
            f"{model.name} has never been called, so it has no weights yet; call it once, as in model(images), "
            f"or begin it with keras.Input"
        )
    return model


def inputs_of(model: Any) -> list[Any]:
    """Return the model's symbolic inputs; none when it is written as a class and has no graph."""
    try:
        return list(model.inputs or [])
    except (AttributeError, ValueError):
        return []


def layers_inside(layer: Any) -> list[Any]:
    """The layers a model, or a layer written as a class, is made of."""
    if isinstance(layer, keras.Model):
        return layer.layers
    return layer._flatten_layers(include_self=False, recursive=False)


def _walk(parent: Any, prefix: str) -> Iterator[Place]:
    for layer in layers_inside(parent):
        name = f"{prefix}{layer.name}"
        yield Place(name, layer, output_shape_of(layer))
        yield from _walk(layer, f"{name}.")


def output_shape_of(layer: Any) -> Shape | None:
    """Return the shape of what comes out of a layer; ``None`` where that is known only when it runs."""
    try:
        return tuple(layer.output.shape)
    except (AttributeError, ValueError):  # never called with symbols, or it has several outputs
        return None


def candidates(places: Any) -> str:
    """Name the layers there are, for an error message; of many only the first and the last."""
    shown = [str(place) for place in places]
    if len(shown) > 24:
        shown = [*shown[:3], f"… {len(shown) - 20} more …", *shown[-17:]]
    return "there are: " + ", ".join(shown)
