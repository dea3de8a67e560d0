"""Feature maps of several sizes from one backbone: fine ones that know where, coarse ones that know what."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import keras

from labkit.models.pretrained.known_backbones import LITE0

if TYPE_CHECKING:
    from labkit.models.pretrained import Backbone

# Where the blocks of EfficientNet-Lite0 hand on few channels; the deepest layers of a stride have six times as many.
BLOCK_ENDS = {
    2: "block1a_project_bn",
    4: "block2b_add",
    8: "block3b_add",
    16: "block5c_add",
    32: "block7a_project_bn",
}


def feature_pyramid(backbone: Backbone, strides: Sequence[int] = (8, 16, 32)) -> keras.Model:
    """Return a model from images to feature maps, one for each stride.

    >>> from labkit.models.pretrained import load
    >>> backbone = load("efficientnet-lite0", include_top=False, input_size=128, weights=None)
    >>> [tuple(shape[1:]) for shape in feature_pyramid(backbone).output_shape]
    [(16, 16, 40), (8, 8, 112), (4, 4, 320)]

    A stride of 8 means that neighbouring places of the map lie 8 pixels apart in the image.

    Parameters
    ----------
    backbone : Backbone
        From `labkit.models.pretrained.load`, of the input size that the images have. It is used as it is, not copied:
        who tunes the pyramid tunes the backbone. Its batch normalization is frozen, and so stays in inference mode.
    strides : sequence of int
        Of the maps, finest first: some of 2, 4, 8, 16 and 32.

    Returns
    -------
    keras.Model
        Images (n, size, size, 3), 0 to 255, to a list of maps (n, size/stride, size/stride, channels).

    Raises
    ------
    ValueError
        If the backbone has no map of such a stride.
    """
    ends = BLOCK_ENDS if backbone.name == LITE0 else backbone.feature_layers
    if not strides or any(stride not in ends for stride in strides):
        raise ValueError(f"strides is {strides!r}; allowed are some of {', '.join(map(str, ends))}")
    maps = [backbone.model.get_layer(ends[stride]).output for stride in strides]
    base = keras.Model(backbone.model.inputs[0], maps, name="backbone")
    for layer in base.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False  # then its means and variances stay those of ImageNet in training, too
    images = keras.Input((backbone.input_size, backbone.input_size, 3), name="images")
    found = base(backbone.normalize.in_layers(images))
    return keras.Model(images, list(found) if isinstance(found, (list, tuple)) else [found], name="feature_pyramid")


def attach(pyramid: keras.Model, head: keras.Model) -> keras.Model:
    """Join a pyramid and a head that was trained on its maps into one model that takes images.

    >>> from labkit.models import centre_head
    >>> from labkit.models.pretrained import load
    >>> pyramid = feature_pyramid(load("efficientnet-lite0", include_top=False, input_size=64, weights=None))
    >>> detector = attach(pyramid, centre_head(pyramid.output_shape, num_classes=1, width=16))
    >>> detector.input_shape, detector.output_shape
    ((None, 64, 64, 3), (None, 84, 5))

    Parameters
    ----------
    pyramid : keras.Model
        From `feature_pyramid`.
    head : keras.Model
        Takes what the pyramid gives. Both parts are used as they are, not copied.

    Returns
    -------
    keras.Model
        Not compiled. Saved as ``.keras`` and loaded again it predicts the same.

    Raises
    ------
    ValueError
        If the head does not take what the pyramid gives.
    """
    gives, takes = map_shapes(pyramid.output_shape), map_shapes(head.input_shape)
    if gives != takes:
        raise ValueError(f"head takes maps of {takes}; allowed are {gives}, which the pyramid gives")
    maps = pyramid.outputs
    return keras.Model(pyramid.inputs[0], head(maps if len(maps) > 1 else maps[0]), name=f"{head.name}_on_images")


def map_shapes(shapes: Sequence) -> list[tuple[int, int, int]]:
    """Return (height, width, channels) of each map, of one or of several, whether a batch axis is named or not.

    >>> map_shapes([(None, 8, 8, 40), (4, 4, 112)]), map_shapes((None, 8, 8, 40))
    ([(8, 8, 40), (4, 4, 112)], [(8, 8, 40)])

    Raises
    ------
    ValueError
        If they are no such shapes.
    """
    several = shapes if len(shapes) and isinstance(shapes[0], (list, tuple)) else [shapes]
    if any(len(shape) not in (3, 4) or None in shape[-3:] for shape in several):
        raise ValueError(f"shapes is {shapes!r}; allowed are one (height, width, channels), or several")
    return [(int(shape[-3]), int(shape[-2]), int(shape[-1])) for shape in several]


def halving(shapes: Sequence[tuple[int, int, int]]) -> bool:
    """Whether each map is half as high and half as wide as the one before.

    >>> halving([(8, 8, 40), (4, 4, 112)]), halving([(9, 9, 40), (5, 5, 112)])
    (True, False)
    """
    return all(fine[side] == 2 * coarse[side] for fine, coarse in pairwise(shapes) for side in (0, 1))
