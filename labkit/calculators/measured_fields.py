"""The receptive field measured: which input places change a number, as its gradient says."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from math import prod
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from labkit.calculators import layers
from labkit.calculators.graph import Graph, Node
from labkit.calculators.layers import Shape
from labkit.calculators.links import links
from labkit.calculators.receptive_fields import Extent, ReceptiveField, all_fields
from labkit.calculators.to_graph import as_graph
from labkit.calculators.unknown_layers import UnknownLayerError


def gradient_receptive_field(model: Any, layer: Any, input_shape: Shape | None = None) -> ReceptiveField:
    """Measure what one number in ``layer`` sees of the image, from gradients.

    >>> import keras
    >>> model = keras.Sequential([keras.layers.Conv2D(8, 3), keras.layers.MaxPooling2D(2, name="pool")])
    >>> gradient_receptive_field(model, "pool", input_shape=(28, 28, 1)).size
    (4, 4)

    The layers on the way are made anew by Keras with one filter and equal positive weights, max pooling becomes average
    pooling, products become sums, activations are left out: then no gradient can vanish by chance, cancel or saturate,
    and it is positive exactly where the number sees. The input is made larger than the field, by a multiple of the
    effective stride, so that no border cuts it off and "same" padding falls as it does on the image itself.

    Parameters
    ----------
    model
        A Keras model.
    layer
        The layer, or its name.
    input_shape
        ``(height, width, channels)``, where the model does not say it itself.

    Returns
    -------
    ReceptiveField
        To be compared with what :func:`~labkit.calculators.receptive_fields.receptive_field` computes.

    Raises
    ------
    ValueError
        When there is no such layer, or it is a row of the places of a map, one behind another (Flatten), so that
        every number has a field of its own.
    UnknownLayerError
        When there is no rule for a layer on the way (a ``TypeError``).

    References
    ----------
    Luo et al., *Understanding the Effective Receptive Field in Deep CNNs*, NeurIPS 2016.
    """
    graph = as_graph(model, input_shape)
    target = graph.find(layer)
    computed = all_fields(graph)[target]
    if isinstance(computed, Exception):
        raise computed
    places = tuple((graph[target].shape or ())[:-1])
    if len(places) != len(computed.extents) and not computed.everywhere:
        raise ValueError(
            f"layer is {graph[target].name!r}, in which every number has its own field; ask for the layer before"
        )
    if computed.everywhere:
        seen = _seen(graph, target, computed.image)
        extents = [Extent(first, last, axis.jump) for (first, last), axis in zip(seen, computed.extents, strict=True)]
    else:
        extents = _measured_between(graph, target, computed)
    return ReceptiveField(
        tuple(extents), computed.image, computed.places, computed.everywhere, "measured from gradients"
    )


def _measured_between(graph: Graph, target: int, computed: ReceptiveField) -> list[Extent]:
    """Two neighbouring places, away from the border: the field of one, and the step to the other's."""
    inner, sizes = [], []
    for extent, side in zip(computed.extents, computed.image, strict=True):
        jump = extent.jump or 1
        place = -(-max(-extent.start, 0) // jump) + 2
        needed = extent.stop + (place + 3) * jump
        inner.append(place)
        sizes.append(side + max(0, -(-(needed - side) // jump)) * jump)
    here = _seen(graph, target, tuple(sizes), tuple(inner))
    there = _seen(graph, target, tuple(sizes), tuple(place + 1 for place in inner))
    extents = []
    for (first, last), (next_first, _), place in zip(here, there, inner, strict=True):
        jump = next_first - first
        extents.append(Extent(first - place * jump, last - place * jump, jump))
    return extents


def _seen(graph: Graph, target: int, image: Shape, place: Shape | None = None) -> list[tuple[int, int]]:
    """First and last input place, along each axis, whose change would change the number at ``place``, or any number.

    Where all places see the same, all are asked: the first may lie in padding, and see nothing.
    """
    # One channel is enough: channels do not move anything.
    x = tf.ones((1, *image, 1), tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(x)
        numbers = _run(graph, target, x)
        number = tf.reduce_sum(numbers if place is None else numbers[(0, *place)])
    gradient = tape.gradient(number, x).numpy()[0, ..., 0]
    seen = []
    for axis in range(gradient.ndim):
        others = tuple(other for other in range(gradient.ndim) if other != axis)
        (changed,) = np.nonzero(gradient.sum(axis=others))
        seen.append((int(changed[0]), int(changed[-1])))
    return seen


def _run(graph: Graph, target: int, x: Any) -> Any:
    """The target's output, by the plain stand-ins of the layers it stands on."""
    needed = {target}
    for index in range(target, -1, -1):
        if index in needed:
            needed.update(graph[index].inputs)
    values: dict[int, Any] = {}
    for index in sorted(needed):
        node = graph[index]
        before = [values[i] for i in node.inputs]
        if before and isinstance(node.layer, BY_LINKS):
            channels = [(graph[i].shape or (1,))[-1] for i in node.inputs]  # such a layer may ask for its own
            shapes = [(*map(int, value.shape[1:-1]), number) for value, number in zip(before, channels, strict=True)]
            values[index] = _by_links(node, before, shapes)
        else:
            values[index] = _plain(node.layer, node.operation, *before) if before else x
    return values[target]


BY_LINKS = (
    layers.Unknown,
    layers.ShapeKeeping,
    layers.UpSampling2D,
    layers.Conv1DTranspose,
    layers.Conv2DTranspose,
    layers.Conv3DTranspose,
)


@singledispatch
def _plain(layer: layers.Layer, operation: Any, *values: Any) -> Any:
    """Run a stand-in of the layer that sees the same places, with positive weights and nothing that saturates."""
    raise UnknownLayerError("gradient", layer)


def _by_links(node: Node, values: Sequence[Any], shapes: Sequence[Shape]) -> Any:
    """Run a stand-in that adds up what a layer was found to see, axis by axis."""
    total = 0.0
    for value, how, shape in zip(values, node.reaches(shapes), shapes, strict=True):
        for axis, link in enumerate(links(how, shape, (*shape[:-1], 1))):
            if link.to not in (axis, None):
                raise UnknownLayerError("gradient", node.kind)
            weights = np.array([[place in row for place in range(shape[axis])] for row in link.taps], "float64")
            value = tf.tensordot(value, weights, [[axis + 1], [1]])  # the axis comes out last
            value = tf.experimental.numpy.moveaxis(value, -1, axis + 1)
        total = total + tf.reduce_mean(value, axis=-1, keepdims=True)
    return total


def _equal_weights(copy: Any, value: Any) -> Any:
    copy.build(value.shape)
    for weight in copy.weights:
        weight.assign(np.full(weight.shape, 1 / prod(weight.shape[:-1])))
    return copy(value)


def _remade(operation: Any, **settings: Any) -> Any:
    """A new layer of the same kind and geometry."""
    config = operation.get_config()
    known = {name: value for name, value in settings.items() if name in config}
    return type(operation).from_config({**config, **known, "dtype": "float64"})


@_plain.register(layers.Windowed)
@_plain.register(layers.Dense)
def _(layer: layers.Layer, operation: Any, value: Any) -> Any:
    single = {"filters": 1, "groups": 1, "depth_multiplier": 1, "units": 1, "use_bias": False, "activation": None}
    return _equal_weights(_remade(operation, **single), value)


# What follows is made from the description, so that a layer of one's own that is described as a convolution or as a
# pooling (see `register_layer`) needs no rule here.
@_plain.register
def _(layer: layers.Conv2D, operation: Any, value: Any) -> Any:
    geometry = {"strides": layer.strides, "padding": layer.padding, "dilation_rate": layer.dilation_rate}
    return _equal_weights(keras.layers.Conv2D(1, layer.kernel_size, **geometry, use_bias=False, dtype="float64"), value)


@_plain.register
def _(layer: layers.Pooling, operation: Any, value: Any) -> Any:
    averages = keras.layers.AveragePooling1D if layer.rank == 1 else keras.layers.AveragePooling2D
    return averages(layer.pool_size, layer.strides, layer.padding, dtype="float64")(value)


@_plain.register
def _(layer: layers.GlobalPooling, operation: Any, value: Any) -> Any:
    return tf.reduce_mean(value, axis=range(1, len(value.shape) - 1), keepdims=layer.keepdims)


@_plain.register(layers.ZeroPadding2D)
@_plain.register(layers.Cropping2D)
@_plain.register(layers.Flatten)
def _(layer: layers.Layer, operation: Any, value: Any) -> Any:
    return _remade(operation)(value)


@_plain.register
def _(layer: layers.Reshape, operation: Any, value: Any) -> Any:
    return tf.reshape(value, (1, *layer.target_shape[:-1], -1))


@_plain.register(layers.Elementwise)
@_plain.register(layers.BatchNormalization)
@_plain.register(layers.LayerNormalization)
@_plain.register(layers.Normalization)
def _(layer: layers.Layer, operation: Any, value: Any) -> Any:
    return value


@_plain.register(layers.Merge)
def _(layer: layers.Layer, operation: Any, *values: Any) -> Any:
    return sum(tf.reduce_mean(value, axis=-1, keepdims=True) for value in values)


@_plain.register
def _(layer: layers.Concatenate, operation: Any, *values: Any) -> Any:
    return tf.concat(values, axis=layer.axis)
