"""Tuning EfficientNet-Lite0 again and again from the same start: what chapter 11 compares."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from labkit.datasets.decoding import DecodedPictures
from labkit.training.fitting import Run, fit
from labkit.training.pipeline import batches

if TYPE_CHECKING:
    import keras


# From which layer of EfficientNet-Lite0 on it is tuned; None: not at all, only the head is trained.
DEPTHS: Mapping[str, str | None] = {
    "head only": None,
    "block 7": "block7a_expand_conv",
    "blocks 5 to 7": "block5a_expand_conv",
    "everything": "stem_conv",
}
RATE = 1e-4
SIDE = 64
FEATURES = 1280
BATCH_SIZE = 32


class Tuner:
    """EfficientNet-Lite0 with a head, to be tuned from a layer on, again and again from the same start.

    To build the training step takes longer than our short trainings, so it is built once for all of them.

    Parameters
    ----------
    side : int
        Height and width of the images.
    first_layer : str
        The first layer that is tuned.
    """

    def __init__(self, side: int, first_layer: str) -> None:
        import keras

        from labkit.models.pretrained import load
        from labkit.training.transfer import fine_tune_from, join
        from labkit.training.transfer.classifier_head import build_head

        self.backbone = load("efficientnet-lite0", include_top=False, input_size=side)
        self.head = build_head((FEATURES,), classes=2)
        self.model = join(self.backbone, self.head)
        fine_tune_from(self.model, first_layer)
        self.model.compile(keras.optimizers.Adam(), "binary_crossentropy", metrics=["accuracy"])
        self._start = self.backbone.model.get_weights()

    def restart(self, head: keras.Model) -> None:
        """Go back to ImageNet's weights, and to those of the given head, which is copied."""
        self.backbone.model.set_weights(self._start)
        self.head.set_weights(head.get_weights())
        for variable in self.model.optimizer.variables:  # the momenta of the last run
            variable.assign(np.zeros(variable.shape, variable.dtype))

    def run(
        self,
        head: keras.Model,
        train: DecodedPictures,
        validation: DecodedPictures,
        *,
        learning_rate: float = RATE,
        times: int = 1,
        seed: int = 0,
    ) -> Run:
        """Tune, beginning with ImageNet's weights and those of the given head; `backbone` and `model` stay tuned.

        Parameters
        ----------
        head : keras.Model
            From `train_head` or `build_head`; copied, not changed.
        train, validation : DecodedPictures
            Cats and dogs.
        learning_rate : float
            Adam's.
        times : int
            How often each training image is shown.
        seed : int
            Of the order of the images.

        Returns
        -------
        Run
            Measured on the validation images at the end.
        """
        self.restart(head)
        self.model.optimizer.learning_rate = learning_rate
        return fit(  # goes on as the model was compiled
            self.model,
            batches(train, BATCH_SIZE, shuffle_seed=seed),
            {"validation": batches(validation, 100)},
            epochs=times,
            every_epoch=False,
        )

    def old_classes(self, images: DecodedPictures) -> NDArray[np.int64]:
        """Return which of ImageNet's classes the backbone, as it is, finds most probable with its old top on it.

        Parameters
        ----------
        images : DecodedPictures
            Any.

        Returns
        -------
        ndarray of int, shape (n,)
            From 0 to 999.
        """
        prepared = self.backbone.normalize(images.images.astype(np.float32))
        maps = self.backbone.model.predict(prepared, batch_size=100, verbose=0)
        classes: NDArray[np.int64] = np.asarray(imagenet_top()(maps.mean(axis=(1, 2)))).argmax(axis=1)
        return classes


@cache
def tuner(first_layer: str) -> Tuner:
    """Return the one tuner for small images from a layer on."""
    return Tuner(SIDE, first_layer)


@cache
def imagenet_top() -> keras.Model:
    """Return the last layers of EfficientNet-Lite0 by themselves, as ImageNet left them.

    Given back to a backbone that has been tuned, they tell what it still knows of its 1,000 old classes.

    Returns
    -------
    keras.Model
        Mean features (n, 1280) in, probabilities (n, 1000) out.

    Raises
    ------
    DataError
        If the weights are not installed.
    """
    import keras

    from labkit.models.pretrained import load

    whole = load("efficientnet-lite0").model
    features = keras.Input((FEATURES,))
    logits = whole.get_layer("logits")(features)
    return keras.Model(features, whole.get_layer("probabilities")(logits), name="imagenet_top")
