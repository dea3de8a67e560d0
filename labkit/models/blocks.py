"""The step that all deeper networks of the course are made of: a layer without bias, then batch normalization."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


def normalized(x: Any, layer: keras.layers.Layer, name: str, **normalization: Any) -> Any:
    """Return what a layer makes of maps, each then shifted and scaled by a batch normalization called ``name``.

    >>> maps = keras.Input((28, 28, 3))
    >>> normalized(maps, layers.DepthwiseConv2D(3, use_bias=False), "bn", momentum=0.9).shape
    (None, 26, 26, 3)

    Parameters
    ----------
    x
        Maps, ``(batch, height, width, channels)``.
    layer
        Without a bias: the normalization's shift is one.
    name
        Of the batch normalization.
    **normalization
        Its other settings, ``momentum`` and ``epsilon``.
    """
    return layers.BatchNormalization(name=name, **normalization)(layer(x))


def convolve(
    x: Any,
    filters: int,
    kernel: int,
    name: str,
    *,
    strides: int = 1,
    padding: str = "same",
    kernel_initializer: Any = "glorot_uniform",
    **normalization: Any,
) -> Any:
    """Return maps convolved without bias (layer ``name_conv``) and normalized (layer ``name_bn``).

    >>> maps = keras.Input((28, 28, 3))
    >>> network = keras.Model(maps, convolve(maps, 8, 3, "first", strides=2))
    >>> [layer.name for layer in network.layers[1:]], network.output_shape
    (['first_conv', 'first_bn'], (None, 14, 14, 8))

    Parameters
    ----------
    x
        Maps, ``(batch, height, width, channels)``.
    filters, kernel, strides, padding, kernel_initializer
        Of the convolution.
    name
        Starts the names of both layers.
    **normalization
        As for :func:`normalized`.
    """
    convolution = layers.Conv2D(
        filters,
        kernel,
        strides=strides,
        padding=padding,
        use_bias=False,
        kernel_initializer=kernel_initializer,
        name=f"{name}_conv",
    )
    return normalized(x, convolution, f"{name}_bn", **normalization)
