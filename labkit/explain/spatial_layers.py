"""The last layer that still knows where things are: what class activation maps are made of."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from labkit.explain.finding_layers import (
    Place,
    Shape,
    candidates,
    checked_model,
    layers_inside,
    list_layers,
    output_shape_of,
)
from labkit.explain.taps import tap

# What passes a map on, or prepares the image, without computing features of its own.
PASSING_ON = (
    layers.InputLayer,
    layers.ZeroPadding2D,
    layers.Cropping2D,
    layers.UpSampling2D,
    layers.MaxPooling2D,
    layers.AveragePooling2D,
    layers.Dropout,
    layers.SpatialDropout2D,
    layers.Rescaling,
    layers.Normalization,
    layers.Resizing,
    layers.RandomFlip,
    layers.RandomRotation,
    layers.RandomZoom,
    layers.RandomTranslation,
    layers.RandomCrop,
    layers.RandomContrast,
    layers.RandomBrightness,
)


def last_spatial_layer(model: Any, images: Any = None) -> Place:
    """Pick the last layer with a feature map of more than one place: what class activation maps are made of.

    Pooling, padding and dropout only pass maps on, and are not picked. A nested model is searched inside.

    >>> model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(2, 3, name="edges"),
    ...     keras.layers.MaxPooling2D(2), keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(2)])
    >>> print(last_spatial_layer(model))
    edges 6×6×2

    Parameters
    ----------
    model
        Any Keras model.
    images
        Shape ``(n, height, width, channels)``. Only a model written as a class needs an image: its layers are met in
        the order in which its own code calls them.

    Raises
    ------
    ValueError
        When no layer has such a map, or the model's own code has to run to tell and `images` is missing.
    """
    place = _last_by_graph(checked_model(model), "")
    if place is not None:
        return place
    unknown = any(place.shape is None for place in list_layers(model))
    if unknown and images is not None:
        places = [each for each in layers_called(model, images[:1]) if each.is_spatial and not _passes_on(each.layer)]
        if places:
            return places[-1]
    elif unknown:
        raise ValueError(f"the layers of {model.name} are called by its own code, which has to run once; give images")
    raise ValueError(
        f"{model.name} has no layer with a feature map of more than one place, (n, height, width, channels); "
        f"{candidates(list_layers(model).places)}"
    )


def _passes_on(layer: Any) -> bool:
    return isinstance(layer, PASSING_ON)


def _last_by_graph(parent: Any, prefix: str) -> Place | None:
    for layer in reversed(layers_inside(parent)):
        if _passes_on(layer):
            continue
        place = Place(f"{prefix}{layer.name}", layer, output_shape_of(layer))
        deeper = _last_by_graph(layer, f"{place.name}.") if isinstance(layer, keras.Model) else None
        if deeper is not None:
            return deeper
        if place.is_spatial:
            return place
    return None


def layers_called(model: Any, images: Any) -> list[Place]:
    """Run a model on a few images and return every layer in the order of its last output, with that output's shape.

    >>> model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(2, 3, name="edges")])
    >>> print(*layers_called(model, keras.ops.ones((1, 8, 8, 1))))
    edges 6×6×2

    Parameters
    ----------
    model
        Any Keras model.
    images
        Shape ``(n, height, width, channels)``, one is enough.
    """
    places = {id(place.layer): place for place in list_layers(model)}
    finished: dict[int, Shape] = {}

    def note(layer: Any, output: Any) -> None:
        finished.pop(id(layer), None)
        if hasattr(output, "shape"):
            finished[id(layer)] = tuple(output.shape)

    with tap(model, [place.layer for place in places.values()], on_output=note):
        model(images, training=False)
    return [Place(places[key].name, places[key].layer, (None, *shape[1:])) for key, shape in finished.items()]
