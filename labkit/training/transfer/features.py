"""What a trained network sees in images, computed once and kept."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from labkit.arguments import whole_number
from labkit.datasets.decoding import DecodedPictures
from labkit.tables import Paragraph
from labkit.training.transfer.feature_cache import features_key, kept_or_made
from labkit.training.transfer.image_checks import check_images

if TYPE_CHECKING:
    import keras

    from labkit.models.pretrained import Backbone

POOLINGS = ("mean", None)


@dataclass(frozen=True, eq=False)
class Features(Paragraph):
    """The features of images, with their labels.

    >>> print(Features(np.zeros((4, 16), np.float32), np.array([0, 1, 0, 1]), ("cat", "dog"), "means of maps", "", 2.0))
    4 images, 16 features of each (means of maps), in 2 classes (cat, dog): extracted in 2.0 s

    Attributes
    ----------
    values : ndarray of float32, shape (n, features) or (n, height, width, channels)
        One row, or one stack of maps, for each image.
    labels : ndarray of int, shape (n,)
        Indices into `class_names`.
    class_names : tuple of str
        In the order of the labels.
    description : str
        Of what network and layer they are.
    key : str
        Changes with anything that they depend on; their name in the cache.
    seconds : float
        What it took to get them.
    from_cache : bool
        Whether they were found there.
    """

    values: NDArray[np.float32]
    labels: NDArray[np.int64]
    class_names: tuple[str, ...]
    description: str
    key: str
    seconds: float
    from_cache: bool = False

    def __len__(self) -> int:
        return len(self.values)

    def __str__(self) -> str:
        shape = "×".join(f"{length:,}" for length in self.values.shape[1:])
        names = ", ".join(self.class_names[:5]) + (", …" if len(self.class_names) > 5 else "")
        origin = "found in the cache" if self.from_cache else "extracted"
        return (
            f"{len(self):,} images, {shape} features of each ({self.description}), "
            f"in {len(self.class_names)} classes ({names}): {origin} in {self.seconds:.1f} s"
        )

    __repr__ = __str__  # the array itself would fill the screen


def extract_features(
    backbone: Backbone,
    images: DecodedPictures,
    *,
    layer: str | None = None,
    pooling: str | None = "mean",
    batch_size: int = 8,
    cache: bool = True,
) -> Features:
    """Run images through a backbone once, and keep what comes out.

    >>> from labkit.models.pretrained import load
    >>> backbone = load("efficientnet-lite0", include_top=False, input_size=32, weights=None)
    >>> images = DecodedPictures(np.zeros((2, 32, 32, 3), np.uint8), np.array([0, 1]), ("cat", "dog"), "crop")
    >>> extract_features(backbone, images, cache=False).values.shape
    (2, 1280)
    >>> extract_features(backbone, images, layer="block2a_project_bn", pooling=None, cache=False).values.shape
    (2, 8, 8, 24)

    The weights of a frozen backbone do not change, so neither does what it says of an image: to compute it again at
    every epoch would be waste. Features are kept in the cache folder, under a name made from the network's layers and
    weights, its normalization, the layer, the pooling, and every pixel. With any of these changed they are computed
    anew; with all of them the same they are found again, also in another session.

    Parameters
    ----------
    backbone : Backbone
        From `labkit.models.pretrained.load`, without its top.
    images : DecodedPictures
        Of the backbone's input size, 0 to 255.
    layer : str, optional
        The layer of ``backbone.model`` whose output is taken; its last by default.
    pooling : {"mean", None}
        Whether to take the mean of each map, one number a channel, or the maps themselves.
    batch_size : int
        Images at a time. Few are quicker on a CPU: what a large batch's maps need, more than 32 MB each, is taken from
        the system and given back at every layer.
    cache : bool
        Whether to look for the features in the cache, and to keep them there.

    Returns
    -------
    Features

    Raises
    ------
    TypeError, ValueError
        If an argument is not one of the above; for an unknown layer, the nearest names are offered.
    """
    from labkit.models.pretrained import Backbone

    if not isinstance(backbone, Backbone):
        raise TypeError(
            f"backbone is a {type(backbone).__name__}; a Backbone, from labkit.models.pretrained.load, is needed"
        )
    started = perf_counter()
    batch_size = whole_number("batch_size", batch_size)
    size = backbone.input_size
    check_images("images", images, (size, size), backbone.name)
    model = feature_model(backbone, layer, pooling)
    description = f"{backbone.name}, {'means of ' if pooling else ''}{layer or 'its last layer'}"

    def compute() -> NDArray[np.float32]:
        return _run(model, backbone.normalize, images.images, batch_size)

    if cache:
        key = features_key(model, backbone.normalize, images.images)
        values, found = kept_or_made(key, compute, (len(images), *model.output_shape[1:]))
    else:
        key, values, found = "", compute(), False
    seconds = perf_counter() - started
    return Features(values, images.labels, images.class_names, description, key, seconds, found)


def feature_model(backbone: Backbone, layer: str | None = None, pooling: str | None = "mean") -> keras.Model:
    """Return a backbone cut off after a layer, with the mean over each map where that is wanted.

    >>> from labkit.models.pretrained import load
    >>> backbone = load("efficientnet-lite0", include_top=False, weights=None)
    >>> feature_model(backbone, "stem_relu", pooling=None).output_shape
    (None, 112, 112, 32)

    The layers are the backbone's own, not copies.

    Parameters
    ----------
    backbone, layer, pooling
        As in `extract_features`.

    Raises
    ------
    ValueError
        If there is no such layer or pooling, or the backbone has its top and no layer is named.
    """
    import keras

    if pooling not in POOLINGS:
        raise ValueError(f"pooling is {pooling!r}; allowed are 'mean' and None")
    if layer is None and backbone.include_top:
        raise ValueError(
            f"backbone is {backbone.name} with its top, which gives classes, not features; "
            f"use load({backbone.name!r}, include_top=False), or name a layer"
        )
    output = backbone.model.output if layer is None else backbone.layer(layer).output
    if pooling == "mean" and len(output.shape) == 4:
        output = keras.layers.GlobalAveragePooling2D(name="means")(output)
    return keras.Model(backbone.model.input, output, name="features")


def _run(model: keras.Model, normalize: Any, images: NDArray[Any], batch_size: int) -> NDArray[np.float32]:
    import tensorflow as tf

    # One signature for every batch: a last, smaller batch would have the whole network traced again.
    @tf.function(input_signature=[tf.TensorSpec((None, *images.shape[1:]), tf.float32)])
    def features_of(batch: Any) -> Any:
        return model(normalize(batch), training=False)

    values = np.empty((len(images), *model.output_shape[1:]), np.float32)
    for start in range(0, len(images), batch_size):
        part = slice(start, start + batch_size)
        values[part] = features_of(images[part].astype(np.float32))
    return values
