"""What every layer answers to an image, and how much of it is silence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike, NDArray

from labkit.explain.batches import as_batch
from labkit.explain.finding_layers import Place, find_layer, list_layers, shape_text
from labkit.explain.spatial_layers import layers_called
from labkit.explain.taps import tap
from labkit.tables import Preformatted, rows_as_html, rows_as_text


@dataclass(frozen=True)
class Silence:
    """How much of one layer's output is zero.

    Attributes
    ----------
    layer
        Its dotted name.
    shape
        Of its output, the batch first.
    zeros
        Share of the numbers that are exactly zero, over all images.
    channels
        How many channels it has.
    dead
        How many of them are zero at every place of every image.
    silent
        How many of them are zero all over an image, on average over the images.
    """

    layer: str
    shape: tuple[int | None, ...]
    zeros: float
    channels: int
    dead: int
    silent: float


@dataclass(frozen=True)
class SilenceTable:
    """What :func:`sparsity` returns: a row a layer, in the order in which they were asked for."""

    rows: tuple[Silence, ...]
    images: int

    def __getitem__(self, index: int) -> Silence:
        return self.rows[index]

    def __iter__(self) -> Iterator[Silence]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def _cells(self) -> list[tuple[str, ...]]:
        return [
            (row.layer, shape_text(row.shape), f"{row.zeros:.1%}", f"{row.silent:.1f}", f"{row.dead} of {row.channels}")
            for row in self.rows
        ]

    _HEADS = ("layer", "output", "zeros", "silent channels an image", "dead channels")

    def __str__(self) -> str:
        return rows_as_text([self._HEADS, *self._cells()])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return rows_as_html(self._HEADS, self._cells())


@dataclass(frozen=True, eq=False)
class FeatureMaps(Mapping[str, NDArray[np.float32]], Preformatted):
    """What :func:`activations` returns: for each layer's dotted name its output, the batch first."""

    maps: Mapping[str, NDArray[np.float32]]

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        return self.maps[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.maps)

    def __len__(self) -> int:
        return len(self.maps)

    def __str__(self) -> str:
        images = len(next(iter(self.maps.values())))
        width = max(len(name) for name in self.maps)
        rows = "\n".join(f"  {name:{width}}  {shape_text(maps.shape)}" for name, maps in self.maps.items())
        return f"outputs of {len(self)} layers for {images} images\n{rows}"

    __repr__ = __str__


def activations(
    model: Any, images: ArrayLike, layers: Any = None, *, call: int = -1, batch_size: int = 8
) -> FeatureMaps:
    """Return what several layers give for some images, in one pass of the model.

    >>> import keras
    >>> model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(2, 3, name="edges"),
    ...     keras.layers.MaxPooling2D(2, name="pool")])
    >>> print(activations(model, np.ones((5, 8, 8, 1))))
    outputs of 2 layers for 5 images
      edges  6×6×2
      pool   3×3×2

    Parameters
    ----------
    model
        Any Keras model with one input; it is run in inference mode and stays as it is.
    images
        Shape ``(n, height, width, channels)`` or ``(height, width, channels)``, as the model takes them.
    layers
        Names (as :func:`~labkit.explain.finding_layers.find_layer` takes them) or layers; ``None`` takes all that give
        a feature map, in the order of :func:`~labkit.explain.finding_layers.list_layers`.
    call
        Which call of a layer that the model uses several times, from 0; ``-1`` is the last.
    batch_size
        How many images go through the network at once.

    Returns
    -------
    FeatureMaps
        Arrays float32, kept whole: of many images and large layers they are large.

    Raises
    ------
    TypeError, ValueError
        When a layer is not found or was not called, or the images are not allowed.
    """
    batch = as_batch(model, images)
    places = _places(model, layers, batch)
    parts: dict[str, list[NDArray]] = {place.name: [] for place in places}
    for at in range(0, len(batch), batch_size):
        with tap(model, [place.layer for place in places]) as seen:
            model(tf.constant(batch[at : at + batch_size]), training=False)
        for place in places:
            output = seen.call(place.layer, call)
            if not isinstance(output, tf.Tensor):
                raise ValueError(f"layer {place.name} gives {len(output)} tensors; choose a layer that gives one")
            parts[place.name].append(tf.cast(output, tf.float32).numpy())
    # A layer's parts go as soon as they are put together, or all the maps would be in the memory twice.
    return FeatureMaps({name: np.concatenate(parts.pop(name)) for name in list(parts)})


def sparsity(maps: Mapping[str, ArrayLike] | keras.Model, images: ArrayLike | None = None) -> SilenceTable:
    """Count the zeros in each layer's output, and the channels that never answer.

    >>> maps = np.zeros((2, 2, 2, 3)); maps[..., 0] = 1; maps[1, 0, 0, 1] = 5
    >>> print(sparsity({"relu": maps}))
    layer  output  zeros  silent channels an image  dead channels
    relu   2×2×3   62.5%  1.5                        1 of 3

    Only a layer whose output can be exactly zero, as after ReLU, can be silent in this sense.

    Parameters
    ----------
    maps
        What :func:`activations` returns, or arrays by name, the batch first and the channels last; or a model, of
        which all layers with a feature map are looked at. With few images a channel may look dead that others would
        wake.
    images
        For a model, as for :func:`activations`.

    Raises
    ------
    TypeError
        When a model comes without images, or images with what is no model.
    ValueError
        When there are no layers, or a layer's output has no channels.
    """
    if isinstance(maps, keras.Model):
        if images is None:
            raise TypeError("maps is a model; allowed are sparsity(model, images) and sparsity(activations(...))")
        maps = activations(maps, images)
    elif images is not None or not isinstance(maps, Mapping):
        raise TypeError(
            f"maps is a {type(maps).__name__}; allowed is what activations(model, images) returns, "
            f"or a model with images"
        )
    rows = []
    for name, given in maps.items():
        values = np.asarray(given)
        if values.ndim < 2 or not values.size:
            raise ValueError(f"maps[{name!r}] has shape {values.shape}; allowed is (n, ..., channels)")
        silent = ~(values != 0).any(axis=tuple(range(1, values.ndim - 1)))  # for each image and channel
        rows.append(
            Silence(
                name,
                (None, *values.shape[1:]),
                float((values == 0).mean()),
                values.shape[-1],
                int(silent.all(axis=0).sum()),
                float(silent.sum(axis=1).mean()),
            )
        )
    if not rows:
        raise ValueError("maps is empty; allowed is at least one layer's output")
    return SilenceTable(tuple(rows), len(np.asarray(next(iter(maps.values())))))


def _places(model: Any, layers: Any, images: Any) -> Sequence[Place]:
    if layers is None:
        # Of a model inside the model only its layers, or its last map would be there twice.
        left_out = keras.Model, keras.layers.InputLayer
        known = list(list_layers(model))
        if any(place.shape is None for place in known):  # a model written as a class: its code runs once to tell
            known = layers_called(model, tf.constant(images[:1]))
        places = [place for place in known if place.is_spatial and not isinstance(place.layer, left_out)]
        if not places:
            raise ValueError(f"{model.name} has no layer with a feature map of more than one place; name the layers")
        return list({id(place.layer): place for place in places}.values())
    several = layers if isinstance(layers, list | tuple) else [layers]
    if not several:
        raise ValueError("layers is empty; allowed is at least one layer, or None for all with a feature map")
    return [find_layer(model, layer) for layer in several]
