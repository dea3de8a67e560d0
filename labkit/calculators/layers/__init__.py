"""A vocabulary for describing layers without building them: same names and arguments as Keras, no TensorFlow.

>>> from labkit.calculators.layers import Conv2D, Dense, Flatten, MaxPooling2D
>>> network = [Conv2D(32, 3), MaxPooling2D(2), Flatten(), Dense(10)]

A description holds a layer's numbers and the rules of its kind: the shape of its output, its parameters, its
multiply-adds, what its numbers see. The calculators ask for them:
:func:`~labkit.calculators.shapes.output_shape`, :func:`~labkit.calculators.cost.parameters`,
:func:`~labkit.calculators.cost.macs`, :func:`~labkit.calculators.receptive_fields.receptive_field`. Shapes are
channels-last and leave out the batch: ``(height, width, channels)`` in two dimensions, ``(length, channels)`` in one.

Beyond Keras, ``padding`` may be an int or a pair ``(before, after)`` wherever it may be ``"valid"`` or ``"same"``,
because the papers write it so.
"""

from labkit.calculators.layers.base import Input, Layer, Renamed, Shape, Unknown
from labkit.calculators.layers.convolution import (
    ChannelsFirst,
    Conv1D,
    Conv1DTranspose,
    Conv2D,
    Conv2DTranspose,
    Conv3D,
    Conv3DTranspose,
    DepthwiseConv1D,
    DepthwiseConv2D,
    SeparableConv1D,
    SeparableConv2D,
)
from labkit.calculators.layers.dense import Dense
from labkit.calculators.layers.elementwise import (
    Activation,
    Dropout,
    Elementwise,
    LeakyReLU,
    LocalResponseNormalization,
    OwnWeights,
    ReLU,
    Rescaling,
    ShapeKeeping,
    Softmax,
)
from labkit.calculators.layers.merging import Add, Concatenate, Merge, Multiply
from labkit.calculators.layers.normalization import BatchNormalization, LayerNormalization, Normalization
from labkit.calculators.layers.pooling import (
    AveragePooling1D,
    AveragePooling2D,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    GlobalPooling,
    MaxPooling1D,
    MaxPooling2D,
    Pooling,
)
from labkit.calculators.layers.reshaping import Cropping2D, Flatten, Reshape, UpSampling2D, ZeroPadding2D
from labkit.calculators.layers.windowed import Windowed

__all__ = [
    "Activation",
    "Add",
    "AveragePooling1D",
    "AveragePooling2D",
    "BatchNormalization",
    "ChannelsFirst",
    "Concatenate",
    "Conv1D",
    "Conv1DTranspose",
    "Conv2D",
    "Conv2DTranspose",
    "Conv3D",
    "Conv3DTranspose",
    "Cropping2D",
    "Dense",
    "DepthwiseConv1D",
    "DepthwiseConv2D",
    "Dropout",
    "Elementwise",
    "Flatten",
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "GlobalMaxPooling1D",
    "GlobalMaxPooling2D",
    "GlobalPooling",
    "Input",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "LocalResponseNormalization",
    "MaxPooling1D",
    "MaxPooling2D",
    "Merge",
    "Multiply",
    "Normalization",
    "OwnWeights",
    "Pooling",
    "ReLU",
    "Renamed",
    "Rescaling",
    "Reshape",
    "SeparableConv1D",
    "SeparableConv2D",
    "Shape",
    "ShapeKeeping",
    "Softmax",
    "Unknown",
    "UpSampling2D",
    "Windowed",
    "ZeroPadding2D",
]
