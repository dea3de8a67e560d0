"""Training a network that tells cats from dogs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labkit.datasets.decoding import DecodedPictures
from labkit.training.fitting import Run, fit
from labkit.training.pipeline import batches

if TYPE_CHECKING:
    import keras


def train_on_pets(
    model: keras.Model,
    train: DecodedPictures,
    validation: DecodedPictures,
    *,
    epochs: int,
    batch_size: int = 20,
    optimizer: str | keras.optimizers.Optimizer = "rmsprop",
    loss: str | keras.losses.Loss = "binary_crossentropy",
    augment: Any = None,
    seed: int = 0,
) -> Run:
    """Train a network that ends in the probability of a dog, and watch the validation images after every epoch.

    >>> import keras, numpy as np
    >>> model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(),
    ...                           keras.layers.Dense(1, activation="sigmoid")])
    >>> images = DecodedPictures(np.zeros((4, 8, 8, 3), np.uint8), np.array([0, 1, 0, 1]), ("cat", "dog"), "squash")
    >>> train_on_pets(model, images, images, epochs=2).val_accuracy
    (0.5, 0.5)

    Nothing is chosen by the validation images: the network is left as it is after the last epoch.

    Parameters
    ----------
    model : keras.Model
        Takes images with values from 0 to 255, gives probabilities (n, 1). It is compiled here and trained in place.
        Call `keras.utils.set_random_seed` before you build it: its first weights, and dropout, follow that.
    train, validation : DecodedPictures
        Labels 0 (cat) and 1 (dog).
    epochs, batch_size : int
        Passes over the training images, and images a step.
    optimizer, loss
        Names or objects, as `compile` takes them.
    augment : keras.layers.Layer, optional
        Changes each training batch at random, such as `RandomAffine`.
    seed : int
        Of the order of the training images.

    Returns
    -------
    Run
    """
    shuffled = batches(train, batch_size=batch_size, shuffle_seed=seed, augment=augment)
    watched = batches(validation, batch_size=100)  # larger, as no gradients are kept
    return fit(model, shuffled, {"validation": watched}, epochs=epochs, optimizer=optimizer, loss=loss)
