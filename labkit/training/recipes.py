"""Training recipes, and the runs of them that the book records."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from labkit.training.fashion_parts import fashion_provenance, real_fashion_mnist

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    Attributes
    ----------
    optimizer : str
        A Keras optimizer by name.
    batch_size, epochs : int
        Images a step, and passes over the training images.
    peak_rate : float, optional
        The learning rate at the top of one cycle (see `OneCycle`). Without it the rate is Keras's default throughout.
    weight_decay : float
        The share of each weight, times the learning rate, that is taken off in each step; for ``"adamw"``.
    label_smoothing : float
        The share of each image's probability that is spread evenly over all classes before the loss is taken.
    """

    optimizer: str
    batch_size: int
    epochs: int
    peak_rate: float | None = None
    weight_decay: float = 0.0
    label_smoothing: float = 0.0

    def steps(self, images: int) -> int:
        """Steps of the whole training on this number of images; the last batch of an epoch may be smaller."""
        return math.ceil(images / self.batch_size) * self.epochs

    def build_optimizer(self, images: int) -> keras.optimizers.Optimizer:
        """Return the Keras optimizer for training on this number of images."""
        import keras

        from labkit.training.schedules import OneCycle

        config: dict[str, Any] = {}
        if self.peak_rate is not None:
            config["learning_rate"] = OneCycle(self.peak_rate, self.steps(images))
        if self.weight_decay:
            config["weight_decay"] = self.weight_decay
        optimizer = keras.optimizers.get({"class_name": self.optimizer, "config": config})
        # Biases are few and shift a layer as a whole; shrinking them helps nothing.
        if self.weight_decay:
            optimizer.exclude_from_weight_decay(var_names=["bias"])
        return optimizer


# The lecture deck's recipe; Keras's `fit` takes batches of 32 where nothing is said.
DECK_RECIPE = Recipe(optimizer="adam", batch_size=32, epochs=5)
# Both were chosen on validation images. The long one takes about as long as the deck's; the short one is
# the same in three epochs.
LONG_RECIPE = Recipe("adamw", batch_size=128, epochs=7, peak_rate=0.008, weight_decay=0.05, label_smoothing=0.1)
SHORT_RECIPE = replace(LONG_RECIPE, epochs=3)


@dataclass(frozen=True, eq=False)
class FashionRun:
    """What came of one training run.

    Attributes
    ----------
    loss, train_accuracy : tuple of float
        After each epoch, averaged over it.
    is_right : ndarray of bool, shape (epochs, watched images)
        Whether each watched image was classified correctly at the end of each epoch.
    seconds_after : tuple of float
        Seconds from the start of training to the end of each epoch, watching included.
    """

    loss: tuple[float, ...]
    train_accuracy: tuple[float, ...]
    is_right: NDArray[np.bool_]
    seconds_after: tuple[float, ...]

    @property
    def watched_accuracy(self) -> tuple[float, ...]:
        """Accuracy on the watched images at the end of each epoch."""
        return tuple(self.is_right.mean(axis=1).tolist())

    @property
    def seconds(self) -> float:
        """What the whole training took."""
        return self.seconds_after[-1]


def train_on_fashion(
    x_train: np.ndarray,
    y_train: np.ndarray,
    watched: tuple[np.ndarray, np.ndarray],
    recipe: Recipe,
    seed: int,
    backup: str | Path | None = None,
) -> FashionRun:
    """Train the 93,322-parameter convnet on 28 × 28 images.

    Network, optimizer and metrics are made in here. So under ``with tf.distribute.MirroredStrategy().scope():`` it
    trains on all devices of the machine, each of which takes its share of every batch.

    Parameters
    ----------
    x_train, y_train : ndarray
        Images, uint8 of shape (n, 28, 28), and their labels.
    watched : tuple of ndarray
        Images and labels that are classified after every epoch; nothing is chosen by them.
    recipe : Recipe
        Optimizer, batch size, epochs, learning rate.
    seed : int
        Seeds weights and shuffling.
    backup : str or Path, optional
        A folder for this run alone. It keeps the state after each epoch, and is removed at the end. Called again in the
        same way after an interruption, the training goes on from there.

    Returns
    -------
    FashionRun
        Of the epochs that this call ran.
    """
    import keras

    from labkit.models import mnist_convnet

    keras.utils.set_random_seed(seed)
    model = mnist_convnet(softmax=False)
    model.compile(
        optimizer=recipe.build_optimizer(len(x_train)),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.label_smoothing),
        metrics=["accuracy"],
    )
    images, labels = watched[0][..., None] / np.float32(255), watched[1]
    is_right: list[NDArray[np.bool_]] = []
    seconds_after: list[float] = []

    def watch(epoch: int, logs: Mapping[str, float]) -> None:
        scores = model.predict(images, batch_size=1000, verbose=0)
        is_right.append(scores.argmax(axis=1) == labels)
        seconds_after.append(perf_counter() - started)

    callbacks = [keras.callbacks.LambdaCallback(on_epoch_end=watch)]
    if backup is not None:
        callbacks.append(keras.callbacks.BackupAndRestore(str(backup)))
    started = perf_counter()
    history = model.fit(
        x_train[..., None] / np.float32(255),
        keras.utils.to_categorical(y_train, 10),
        batch_size=recipe.batch_size,
        epochs=recipe.epochs,
        callbacks=callbacks,
        verbose=0,
    ).history
    return FashionRun(tuple(history["loss"]), tuple(history["accuracy"]), np.array(is_right), tuple(seconds_after))


def record_deck_recipe(seed: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """One seed of the deck's recipe on all of Fashion-MNIST, for ``book/records``.

    As in the deck, the test images are watched after each epoch. Nothing is chosen by them, so the last value is an
    honest test accuracy; to stop at the best epoch would not be.

    Raises
    ------
    RuntimeError
        If only stand-in data is to be had: a record is made on real data or not at all.
    """
    data = real_fashion_mnist()
    run = train_on_fashion(data.x_train, data.y_train, (data.x_test, data.y_test), DECK_RECIPE, seed)
    by_epoch = {
        f"{part}_accuracy_{epoch}": round(value, 4)
        for part, values in (("train", run.train_accuracy), ("test", run.watched_accuracy))
        for epoch, value in enumerate(values, start=1)
    }
    metrics = {"test_accuracy": round(run.watched_accuracy[-1], 4), **by_epoch, "training_seconds": round(run.seconds)}
    return metrics, fashion_provenance(data)


def record_recipes(seed: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """One seed of the deck's recipe, the short and the long one, in one run, on all of Fashion-MNIST.

    The wall times are to be compared with one another; those of different machines, or days, are not. How much is won
    by reporting the deck's best epoch instead of its last is measured as well (see `choose_on_half`).

    Raises
    ------
    RuntimeError
        If only stand-in data is to be had.
    """
    from labkit.training.selection import choose_on_half

    data = real_fashion_mnist()
    metrics: dict[str, Any] = {}
    runs = {}
    for name, recipe in {"deck": DECK_RECIPE, "short": SHORT_RECIPE, "long": LONG_RECIPE}.items():
        run = train_on_fashion(data.x_train, data.y_train, (data.x_test, data.y_test), recipe, seed)
        runs[name] = run
        metrics[f"{name}_accuracy"] = round(run.watched_accuracy[-1], 4)
        metrics[f"{name}_accuracy_by_epoch"] = [round(value, 4) for value in run.watched_accuracy]
        metrics[f"{name}_seconds"] = round(run.seconds, 1)
        metrics[f"{name}_seconds_by_epoch"] = [round(value, 1) for value in run.seconds_after]
    for name in ("short", "long"):
        metrics[f"{name}_share_of_time"] = round(runs[name].seconds / runs["deck"].seconds, 3)
    metrics["optimism_of_the_best_epoch"] = round(choose_on_half(runs["deck"].is_right).optimism, 5)
    return metrics, fashion_provenance(data)
