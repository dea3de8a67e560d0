"""From a Keras layer to its description, by its class."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, TypeVar

import keras

from labkit.calculators import layers
from labkit.calculators.layers.base import Reach
from labkit.calculators.links import links
from labkit.calculators.network.probing import Undecided, probe

Describe = Callable[[Any], layers.Layer]
D = TypeVar("D", bound=Describe)

_DESCRIBE: dict[type, Describe] = {}


def register_layer(*classes: type) -> Callable[[D], D]:
    """Teach :func:`~labkit.calculators.report.summarize` a Keras layer: a decorator for the function that describes it.

    >>> import keras
    >>> class Doubled(keras.layers.Layer):
    ...     def call(self, inputs):
    ...         return 2 * inputs
    >>> @register_layer(Doubled)
    ... def _(layer):
    ...     return layers.Elementwise()
    >>> describe(Doubled())
    Elementwise(name=None)

    Parameters
    ----------
    *classes
        Layer classes (or other Keras operations). A class derived from one of them is described in the same way as long
        as it keeps its ``call``.
    """

    def remember(function: D) -> D:
        for one in classes:
            _DESCRIBE[one] = function
        return function

    return remember


def describe(operation: Any) -> layers.Layer:
    """Return the description of a Keras layer or operation; :class:`~labkit.calculators.layers.Unknown` without a rule.

    >>> import keras
    >>> describe(keras.layers.Dense(10))
    Dense(name=None, units=10, activation=None, use_bias=True)

    Raises
    ------
    ValueError
        When the layer's own settings are bad.
    """
    for one in type(operation).__mro__:
        if one in _DESCRIBE:
            return _DESCRIBE[one](operation)
        if "call" in vars(one):  # it computes something of its own, whatever it derives from
            break
    return layers.Unknown()


def builds_its_own(layer: Any) -> bool:
    """Whether a layer makes its weights otherwise than the class by whose rule it is described.

    >>> import keras
    >>> builds_its_own(keras.layers.Dense(10))
    False
    """
    for one in type(layer).__mro__:
        if one in _DESCRIBE:
            return False
        if "build" in vars(one):
            return True
    return False


_SHARED = "kernel_size strides padding use_bias "

# A Keras layer and its description bear the same name, and take the same settings.
for _keras_class, _description, _settings in (
    (keras.layers.Conv2D, layers.Conv2D, _SHARED + "filters groups dilation_rate"),
    (keras.layers.Conv3D, layers.Conv3D, _SHARED + "filters groups dilation_rate"),
    (keras.layers.Conv1DTranspose, layers.Conv1DTranspose, _SHARED + "filters output_padding dilation_rate"),
    (keras.layers.Conv2DTranspose, layers.Conv2DTranspose, _SHARED + "filters output_padding dilation_rate"),
    (keras.layers.Conv3DTranspose, layers.Conv3DTranspose, _SHARED + "filters output_padding dilation_rate"),
    (keras.layers.DepthwiseConv1D, layers.DepthwiseConv1D, _SHARED + "depth_multiplier dilation_rate"),
    (keras.layers.DepthwiseConv2D, layers.DepthwiseConv2D, _SHARED + "depth_multiplier dilation_rate"),
    (keras.layers.SeparableConv2D, layers.SeparableConv2D, _SHARED + "filters depth_multiplier dilation_rate"),
    (keras.layers.MaxPooling1D, layers.MaxPooling1D, "pool_size strides padding"),
    (keras.layers.MaxPooling2D, layers.MaxPooling2D, "pool_size strides padding"),
    (keras.layers.AveragePooling1D, layers.AveragePooling1D, "pool_size strides padding"),
    (keras.layers.AveragePooling2D, layers.AveragePooling2D, "pool_size strides padding"),
    (keras.layers.GlobalMaxPooling1D, layers.GlobalMaxPooling1D, "keepdims"),
    (keras.layers.GlobalMaxPooling2D, layers.GlobalMaxPooling2D, "keepdims"),
    (keras.layers.GlobalAveragePooling1D, layers.GlobalAveragePooling1D, "keepdims"),
    (keras.layers.GlobalAveragePooling2D, layers.GlobalAveragePooling2D, "keepdims"),
    (keras.layers.Dense, layers.Dense, "units use_bias"),
    (keras.layers.Flatten, layers.Flatten, ""),
    (keras.layers.Reshape, layers.Reshape, "target_shape"),
    (keras.layers.ZeroPadding2D, layers.ZeroPadding2D, "padding"),
    (keras.layers.Cropping2D, layers.Cropping2D, "cropping"),
    (keras.layers.UpSampling2D, layers.UpSampling2D, "size interpolation"),
    (keras.layers.Add, layers.Add, ""),
    (keras.layers.Multiply, layers.Multiply, ""),
    (keras.layers.Concatenate, layers.Concatenate, "axis"),
):

    @register_layer(_keras_class)
    def _(
        layer: Any, description: Callable[..., layers.Layer] = _description, settings: str = _settings
    ) -> layers.Layer:
        if getattr(layer, "data_format", None) == "channels_first" and "kernel_size" not in settings:
            return layers.Unknown()
        return _turned(layer, description(**{name: getattr(layer, name) for name in settings.split()}))


def _turned(layer: Any, description: layers.Layer) -> layers.Layer:
    first = getattr(layer, "data_format", None) == "channels_first"
    return layers.ChannelsFirst(description) if first else description


@register_layer(keras.layers.Conv1D, keras.layers.SeparableConv1D)
def _(layer: Any) -> layers.Layer:
    padding = layer.padding
    if padding == "causal":  # sees the past alone: all the padding goes before
        padding = (layer.dilation_rate[0] * (layer.kernel_size[0] - 1), 0)
    each = {"strides": layer.strides, "dilation_rate": layer.dilation_rate, "use_bias": layer.use_bias}
    if isinstance(layer, keras.layers.Conv1D):
        conv: layers.Layer = layers.Conv1D(
            layer.filters, layer.kernel_size, padding=padding, groups=layer.groups, **each
        )
    else:
        more = {"padding": padding, "depth_multiplier": layer.depth_multiplier, **each}
        conv = layers.SeparableConv1D(layer.filters, layer.kernel_size, **more)
    return _turned(layer, conv)


def _on_channels(layer: Any) -> bool:
    """Whether a normalization works along the last axis, the channels (Keras counts axes with the batch)."""
    axes = layer.axis if isinstance(layer.axis, list | tuple) else [layer.axis]
    rank = len(getattr(getattr(layer, "gamma", None), "shape", ())) if layer.built else 0
    return list(axes) == [-1] or (list(axes) == [3] and rank <= 1)


@register_layer(keras.layers.BatchNormalization)
def _(layer: Any) -> layers.Layer:
    if not _on_channels(layer):
        return layers.Unknown()
    return layers.BatchNormalization(center=layer.center, scale=layer.scale)


@register_layer(keras.layers.LayerNormalization)
def _(layer: Any) -> layers.Layer:
    if not _on_channels(layer):
        return layers.Unknown()
    return layers.LayerNormalization(center=layer.center, scale=layer.scale)


@register_layer(keras.layers.Normalization)
def _(layer: Any) -> layers.Layer:
    if layer.input_mean is not None:  # given, not counted from data: nothing is stored
        return layers.Elementwise()
    return layers.Normalization() if _on_channels(layer) else layers.Unknown()


@register_layer(keras.layers.Average, keras.layers.Maximum, keras.layers.Minimum, keras.layers.Subtract)
def _(layer: Any) -> layers.Layer:
    return layers.Merge()


@register_layer(keras.layers.Activation)
def _(layer: Any) -> layers.Layer:
    return _activation(layer.activation)


@lru_cache(maxsize=256)
def _activation(function: Callable[[Any], Any]) -> layers.Layer:
    """An activation may be any function: a small image shows whether it works number by number."""

    def run(inputs: Sequence[Any]) -> Any:
        return keras.ops.convert_to_numpy(function(keras.ops.convert_to_tensor(inputs[0])))

    try:
        (how,) = probe(run, [(5, 5, 3)], (5, 5, 3), ["float32"])
    except Undecided:
        return layers.ShapeKeeping()
    if how is Reach.SAME_PLACE:
        return layers.Elementwise()
    kept = how == links(Reach.SAME_PLACE, (5, 5, 3), (5, 5, 3))
    return layers.Softmax() if kept else layers.ShapeKeeping()


@register_layer(keras.layers.Softmax)
def _(layer: Any) -> layers.Layer:
    return layers.Softmax() if layer.axis == -1 else layers.ShapeKeeping()


@register_layer(
    keras.layers.ELU,
    keras.layers.LeakyReLU,
    keras.layers.ReLU,
    keras.layers.Rescaling,
    # Active in training only; an inference pass, which is what is counted, leaves the numbers as they are.
    keras.layers.Dropout,
    keras.layers.SpatialDropout1D,
    keras.layers.SpatialDropout2D,
    keras.layers.GaussianDropout,
    keras.layers.GaussianNoise,
    keras.layers.ActivityRegularization,
    keras.layers.RandomBrightness,
    keras.layers.RandomContrast,
    keras.layers.RandomFlip,
    keras.layers.RandomRotation,
    keras.layers.RandomTranslation,
    keras.layers.RandomZoom,
)
def _(layer: Any) -> layers.Layer:
    return layers.Elementwise()


def _operation_of(result: Any) -> type:
    return type(result._keras_history.operation)


def _register_functions() -> None:
    """Register what Keras records for ``x + y``, ``x * 2`` and their like.

    Keras keeps the classes behind its functions to itself, so each function is traced once, on an image of one pixel.
    """
    pixel = keras.Input((1, 1, 1))
    ops = keras.ops
    for merge in (ops.add, ops.subtract, ops.multiply, ops.divide, ops.maximum, ops.minimum):
        register_layer(_operation_of(merge(pixel, pixel)))(lambda operation: layers.Merge())
    for alone in (ops.relu, ops.relu6, ops.sigmoid, ops.tanh, ops.silu, ops.gelu, ops.hard_sigmoid, ops.negative):
        register_layer(_operation_of(alone(pixel)))(lambda operation: layers.Elementwise())
    for renamed in (ops.reshape(pixel, (-1, 1)), ops.expand_dims(pixel, 1), ops.squeeze(pixel, 1)):
        register_layer(_operation_of(renamed))(lambda operation: layers.Renamed())


def _register_of_applications() -> None:
    """Register the layers that two families have for themselves: Keras keeps them in the families' modules.

    Without a rule each of 40 such layers would be tried out, which takes minutes a network.
    """
    for family, name, description in (
        (keras.applications.InceptionResNetV2, "CustomScaleLayer", layers.Merge()),  # x + scale · y
        (keras.applications.ConvNeXtTiny, "LayerScale", layers.LayerNormalization(center=False)),  # γ · x, and no more
    ):
        if (its_own := family.__globals__.get(name)) is not None:
            register_layer(its_own)(lambda layer, description=description: description)


_register_functions()
_register_of_applications()
