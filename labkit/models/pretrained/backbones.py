"""A network with weights, and all one needs to use it on an image."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape

import keras
import numpy as np
from numpy.typing import ArrayLike, NDArray

from labkit.explain.finding_layers import find_layer
from labkit.explain.spatial_layers import PASSING_ON
from labkit.models.pretrained.predictions import Predictions, decode
from labkit.models.pretrained.preprocessing import Normalization, prepare


@dataclass(frozen=True, eq=False)
class Backbone:
    """A network trained on ImageNet (or built for counting only), its preprocessing and the names of its outputs.

    >>> from labkit.models.pretrained import load
    >>> vgg16 = load("vgg16", include_top=False, input_size=150, weights=None)
    >>> print(vgg16)
    vgg16 without its top: 14,714,688 parameters, input 150×150×3, output 4×4×512, random weights
    >>> vgg16.feature_layers[8], vgg16.last_conv
    ('block4_conv3', 'block5_conv3')

    Attributes
    ----------
    name
        As :func:`~labkit.models.pretrained.loading.load` knows it.
    model
        The Keras model, not compiled. Its batch normalization, if any, is in inference mode when it is called or
        predicts; with ``training=True`` it is not.
    normalize
        Pixels from 0 to 255, an array or a Keras tensor of shape ``(..., 3)``, to what the model wants: the last step
        of :meth:`preprocess`, to be built into a larger model.
    include_top
        Whether the model ends in the probabilities of 1,000 classes.
    weights
        Where its weights are from.
    """

    name: str
    model: keras.Model
    normalize: Normalization
    include_top: bool
    weights: str = field(default="random weights")

    @property
    def input_size(self) -> int:
        """Height and width of the model's input."""
        return int(self.model.input_shape[1])

    def preprocess(self, images: ArrayLike | Sequence[ArrayLike], scale: float | None = None) -> NDArray[np.float32]:
        """Bring images to what the model wants; see :func:`labkit.models.pretrained.preprocessing.prepare`.

        Parameters
        ----------
        images
            One image of shape ``(height, width, 3)``, a batch ``(n, height, width, 3)``, or a list of images of any
            sizes; red, green, blue, whole numbers or floats from 0 to 255.
        scale
            What white is, 255 or 1, where floats are all at most 1.5.

        Returns
        -------
        ndarray of float32, shape (n, input_size, input_size, 3)

        Raises
        ------
        TypeError, ValueError
            When the images have another type, shape or range, or hold NaN.
        """
        return prepare(images, self.input_size, self.normalize, scale)

    def decode(self, predictions: ArrayLike, top: int = 5) -> Predictions:
        """Name the most probable classes; see :func:`labkit.models.pretrained.predictions.decode`.

        Parameters
        ----------
        predictions
            What the model gives: shape ``(n, 1000)`` or ``(1000,)``.
        top
            How many classes, from 1 to 1,000.

        Raises
        ------
        ValueError
            When the model has no top, or the predictions are not probabilities of 1,000 classes.
        """
        if not self.include_top:
            raise ValueError(
                f"{self.name} was loaded without its top, so it gives features, not classes; "
                f"use load({self.name!r}, include_top=True)"
            )
        return decode(predictions, top)

    def layer(self, name: str) -> keras.layers.Layer:
        """Return a layer by name.

        Raises
        ------
        ValueError
            When there is none of that name; the message lists those that are near, with their shapes.
        """
        return find_layer(self.model, name, "name").layer

    @cached_property
    def feature_layers(self) -> Mapping[int, str]:
        """For each stride (input pixels per step of the map), the deepest layer with such a feature map.

        Padding, pooling and dropout only pass maps on and are not named; neither is a map of a single place.
        """
        deepest: dict[int, str] = {}
        for layer in self.model.layers:
            shape = layer.output.shape
            if len(shape) == 4 and shape[1] > 1 and not isinstance(layer, PASSING_ON):
                # Without padding a map is a little smaller than the input divided by the stride: 35, not 37, for 299.
                stride = 2 ** round(math.log2(self.input_size / shape[1]))
                deepest[stride] = layer.name
        return deepest

    @property
    def last_conv(self) -> str:
        """Name of the layer whose feature map is the last one, activation included: what class activation maps use."""
        return list(self.feature_layers.values())[-1]

    def __str__(self) -> str:
        top = "with" if self.include_top else "without"
        shapes = ["×".join(map(str, shape[1:])) for shape in (self.model.input_shape, self.model.output_shape)]
        return (
            f"{self.name} {top} its top: {self.model.count_params():,} parameters, "
            f"input {shapes[0]}, output {shapes[1]}, {self.weights}"
        )

    __repr__ = __str__

    def _repr_html_(self) -> str:
        features = ", ".join(f"{name} (stride {stride})" for stride, name in self.feature_layers.items())
        return f"<p>{escape(str(self))}</p><p>Feature maps: {escape(features)}</p>"
