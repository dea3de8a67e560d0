"""Backbone and head as one model that takes images as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labkit.datasets.decoding import DecodedPictures
from labkit.tables import Paragraph
from labkit.training.fitting import Run
from labkit.training.transfer.classifier_head import TrainedHead, train_head
from labkit.training.transfer.features import Features, extract_features, feature_model
from labkit.training.transfer.freezing import freeze

if TYPE_CHECKING:
    import keras

    from labkit.models.pretrained import Backbone


def join(backbone: Backbone, head: keras.Model, *, layer: str | None = None, augment: Any = None) -> keras.Model:
    """Join a backbone and a head that was trained on its features into one model.

    >>> from labkit.models.pretrained import load
    >>> from labkit.training.transfer.classifier_head import build_head
    >>> backbone = load("efficientnet-lite0", include_top=False, input_size=64, weights=None)
    >>> model = join(backbone, build_head((1280,), classes=2))
    >>> [each.name for each in model.layers]
    ['images', 'normalization', 'efficientnet_lite0', 'means', 'head']
    >>> model.input_shape, model.output_shape
    ((None, 64, 64, 3), (None, 1))

    It takes images from 0 to 255 and says what the head says of their features. Both parts are used as they are, not
    copied: fine-tuning the joined model changes the backbone too.

    Parameters
    ----------
    backbone : Backbone
        Without its top, or cut at `layer`.
    head : keras.Model
        From means of maps (n, channels), or from the maps (n, height, width, channels), to probabilities.
    layer : str, optional
        The layer that the features were taken from; the last by default.
    augment : keras.layers.Layer, optional
        Changes images at random while training, such as `RandomAffine`.

    Returns
    -------
    keras.Model
        Not compiled. Saved as ``.keras`` and loaded again it predicts the same.

    Raises
    ------
    ValueError
        If the head does not take what the backbone gives.
    """
    import keras

    size = backbone.input_size
    pooled = len(head.input_shape) == 2
    gives = feature_model(backbone, layer, "mean" if pooled else None).output_shape[1:]
    if tuple(head.input_shape[1:]) != tuple(gives):
        takes, given = ("×".join(map(str, shape)) for shape in (head.input_shape[1:], gives))
        raise ValueError(
            f"head takes {takes} features, but {backbone.name} gives {given}"
            f"{f' at {layer}' if layer else ''}; train a head on its features"
        )
    base = backbone.model if layer is None else feature_model(backbone, layer, None)
    inputs = keras.Input((size, size, 3), name="images")
    x = inputs if augment is None else augment(inputs)
    x = base(backbone.normalize.in_layers(x))
    if pooled and len(x.shape) == 4:
        x = keras.layers.GlobalAveragePooling2D(name="means")(x)
    return keras.Model(inputs, head(x), name="joined")


@dataclass(frozen=True, eq=False)
class TrainedOnFrozen(Paragraph):
    """What came of training a head on a frozen backbone.

    Attributes
    ----------
    model : keras.Model
        Backbone and head joined: from images to probabilities.
    trained : TrainedHead
        The head and its training.
    train, validation : Features
        What it was trained and watched on; None where there is no validation.
    """

    model: keras.Model
    trained: TrainedHead
    train: Features
    validation: Features | None

    @property
    def run(self) -> Run:
        """Curves and times of the head's training."""
        return self.trained.run

    @property
    def extraction_seconds(self) -> float:
        """What it took to get all the features."""
        return self.train.seconds + (self.validation.seconds if self.validation else 0.0)

    def __str__(self) -> str:
        return f"{self.trained}; features in {self.extraction_seconds:.1f} s"

    __repr__ = __str__


def train_on_frozen(
    backbone: Backbone,
    train: DecodedPictures,
    validation: DecodedPictures | None = None,
    *,
    pooling: str | None = "mean",
    cache: bool = True,
    **head_options: Any,
) -> TrainedOnFrozen:
    """Extract features, train a head on them, and join both: from images to a model in one call.

    >>> import numpy as np
    >>> from labkit.models.pretrained import load
    >>> backbone = load("efficientnet-lite0", include_top=False, input_size=32, weights=None)
    >>> images = DecodedPictures(np.zeros((4, 32, 32, 3), np.uint8), np.arange(4) % 2, ("cat", "dog"), "crop")
    >>> train_on_frozen(backbone, images, cache=False, epochs=1).model.predict(images.images, verbose=0).shape
    (4, 1)

    Parameters
    ----------
    backbone : Backbone
        Without its top; it is frozen here.
    train, validation : DecodedPictures
        Of the backbone's input size.
    pooling, cache
        See `extract_features`.
    **head_options
        See `train_head`.

    Returns
    -------
    TrainedOnFrozen

    Raises
    ------
    TypeError, ValueError
        As `extract_features` and `train_head` do.
    """
    features = extract_features(backbone, train, pooling=pooling, cache=cache)
    watched = None if validation is None else extract_features(backbone, validation, pooling=pooling, cache=cache)
    trained = train_head(features, watched, **head_options)
    freeze(backbone.model)
    return TrainedOnFrozen(join(backbone, trained.head), trained, features, watched)
