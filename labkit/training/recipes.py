"""Training recipes, and the runs of them that the book records."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    Attributes
    ----------
    optimizer : str
        A Keras optimizer by name, with Keras's defaults.
    batch_size, epochs : int
        Images a step, and passes over the training images.
    """

    optimizer: str
    batch_size: int
    epochs: int


# The lecture deck's recipe; Keras's `fit` takes batches of 32 where nothing is said.
DECK_RECIPE = Recipe(optimizer="adam", batch_size=32, epochs=5)


@dataclass(frozen=True)
class FashionRun:
    """What came of one training run: accuracies after each epoch, and the seconds that training took."""

    train_accuracy: tuple[float, ...]
    watched_accuracy: tuple[float, ...]
    seconds: float


def train_on_fashion(
    x_train: np.ndarray,
    y_train: np.ndarray,
    watched: tuple[np.ndarray, np.ndarray],
    recipe: Recipe,
    seed: int,
) -> FashionRun:
    """Train the 93,322-parameter convnet on 28 × 28 images.

    Parameters
    ----------
    x_train, y_train : ndarray
        Images, uint8 of shape (n, 28, 28), and their labels.
    watched : tuple of ndarray
        Images and labels whose accuracy is measured after every epoch; nothing is chosen by it.
    recipe : Recipe
        Optimizer, batch size, epochs.
    seed : int
        Seeds weights and shuffling.
    """
    import keras

    from labkit.models import mnist_convnet

    keras.utils.set_random_seed(seed)
    model = mnist_convnet(softmax=False)
    model.compile(
        optimizer=recipe.optimizer,
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    x_watched, y_watched = watched
    started = perf_counter()
    history = model.fit(
        x_train[..., None] / np.float32(255),
        y_train,
        batch_size=recipe.batch_size,
        epochs=recipe.epochs,
        validation_data=(x_watched[..., None] / np.float32(255), y_watched),
        verbose=0,
    ).history
    seconds = perf_counter() - started
    return FashionRun(tuple(history["accuracy"]), tuple(history["val_accuracy"]), seconds)


def record_deck_recipe(seed: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """One seed of the deck's recipe on all of Fashion-MNIST, for ``book/records``.

    As in the deck, the test images are watched after each epoch. Nothing is chosen by them, so the last value is an
    honest test accuracy; to stop at the best epoch would not be.

    Raises
    ------
    RuntimeError
        If only stand-in data is to be had: a record is made on real data or not at all.
    """
    from labkit.datasets import load_fashion_mnist

    data = load_fashion_mnist()
    if data.is_stand_in:
        raise RuntimeError(f"a record needs the real Fashion-MNIST, but this is {data}")
    run = train_on_fashion(data.x_train, data.y_train, (data.x_test, data.y_test), DECK_RECIPE, seed)
    by_epoch = {
        f"{part}_accuracy_{epoch}": round(value, 4)
        for part, values in (("train", run.train_accuracy), ("test", run.watched_accuracy))
        for epoch, value in enumerate(values, start=1)
    }
    metrics = {"test_accuracy": round(run.watched_accuracy[-1], 4), **by_epoch, "training_seconds": round(run.seconds)}
    provenance = {
        "source": "Fashion-MNIST, real, 60,000 + 10,000 images",
        "sha256": dict(data.provenance.sha256),
    }
    return metrics, provenance
