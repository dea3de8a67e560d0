"""What the builders share: checks at the door, scaled channels, and one clear word when an image is too small."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import Any

import keras
from keras import layers

from labkit.arguments import image_shape, one_of, whole_number

MOST_PIXELS = 2048  # no network of the course needs a larger image before it has anything left


def checked_width(width: Any) -> float:
    """Return the factor on all numbers of channels.

    >>> checked_width(0.25)
    0.25

    Raises
    ------
    ValueError
        When it is not a number above 0.
    """
    if isinstance(width, bool) or not isinstance(width, int | float) or not isfinite(width) or width <= 0:
        raise ValueError(f"width is {width!r}; allowed is a number above 0 (1 is the published network)")
    return width


def choose(name: str, value: Any, table: dict[Any, Any]) -> Any:
    """Return the entry of a table of published configurations.

    >>> choose("depth", 18, {18: "small", 50: "large"})
    'small'

    Raises
    ------
    ValueError
        When there is no such entry; names those there are.
    """
    return table[one_of(name, value, table)]


def scaled(channels: int, width: float) -> int:
    """Return a number of channels times the width, rounded, at least 1.

    >>> scaled(64, 1), scaled(64, 0.25), scaled(3, 0.01)
    (64, 16, 1)
    """
    return max(1, round(channels * width))


def assemble(
    name: str,
    body: Callable[[Any], Any],
    head: Callable[[Any], Any],
    input_shape: Any,
    num_classes: Any,
) -> keras.Model:
    """Return the network that ``body``, ``head``, a dense layer and a softmax make.

    >>> network = assemble("tiny", layers.Conv2D(8, 5, name="conv"), layers.Flatten(), (5, 5, 1), 10)
    >>> network.output_shape
    (None, 10)
    >>> assemble("tiny", layers.Conv2D(8, 5, name="conv"), layers.Flatten(), (4, 9, 1), 10)
    Traceback (most recent call last):
        ...
    ValueError: input_shape is (4, 9, 1): nothing is left of the image at layer 'conv' of tiny; allowed is a height
    and a width of at least 5

    Parameters
    ----------
    name
        The network's.
    body
        From images to feature maps: the part in which an image can become too small.
    head
        From feature maps to the numbers that the scores are computed from, one row an image.
    input_shape, num_classes
        As the builders take them.

    Raises
    ------
    TypeError, ValueError
        When an argument is not as allowed, or the image is too small for the body.
    """
    shape = image_shape(input_shape)
    classes = whole_number("num_classes", num_classes)
    images = keras.Input(shape, name="images")
    try:
        maps = body(images)
    except ValueError:
        refuse_if_too_small(name, body, shape)
        raise
    if 0 in maps.shape:  # older releases of Keras let a size of zero pass
        refuse_if_too_small(name, body, shape)
    return keras.Model(images, classify(head(maps), classes), name=name)


def classify(x: Any, num_classes: int, prefix: str = "") -> Any:
    """Return the probabilities of the classes, from one row of numbers an image."""
    x = layers.Dense(num_classes, name=f"{prefix}logits")(x)
    # In float16 a softmax loses what little the unlikely classes have; so this one layer stays in float32.
    return layers.Softmax(dtype="float32", name=f"{prefix}probabilities")(x)


def refuse_if_too_small(name: str, body: Callable[[Any], Any], shape: tuple[int, int, int]) -> None:
    """Raise a ValueError that names the layer at which nothing is left of the image, and the least size."""
    images = keras.Input((None, None, shape[2]))
    network = keras.Model(images, body(images))
    layer = vanishes_at(network, shape[:2])
    if layer is not None:
        least = next(
            (size for size in range(min(shape[:2]), MOST_PIXELS) if vanishes_at(network, (size, size)) is None), None
        )
        raise ValueError(
            f"input_shape is {shape}: nothing is left of the image at layer {layer!r} of {name}; allowed is a height "
            f"and a width of at least {least}"
        )


def vanishes_at(network: keras.Model, size: tuple[int, int]) -> str | None:
    """Return the first layer of a network of open size that leaves nothing of an image; None when all leave something.

    >>> inputs = keras.Input((None, None, 1))
    >>> network = keras.Model(inputs, layers.MaxPooling2D(2, name="pool")(layers.Conv2D(4, 3, name="conv")(inputs)))
    >>> [vanishes_at(network, (size, 9)) for size in (2, 3, 4)]
    ['conv', 'pool', None]
    """
    shapes: dict[int, tuple[Any, ...]] = {id(network.inputs[0]): (1, *size, network.inputs[0].shape[-1])}
    for layer in network.layers[1:]:
        taken = [shapes[id(tensor)] for tensor in layer._inbound_nodes[0].input_tensors]
        try:
            shape = tuple(layer.compute_output_shape(taken if len(taken) > 1 else taken[0]))
        except ValueError:
            return str(layer.name)
        if min(shape) < 1:  # older releases of Keras let a size of zero pass
            return str(layer.name)
        shapes[id(layer.output)] = shape
    return None
