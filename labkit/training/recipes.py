"""Training recipes, and the runs of them that the book records."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from labkit.training.fitting import Run, fit
from labkit.training.small_images import Part, scaled

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


# Both were chosen on validation images. The long one takes about as long as the deck's; the short one is
# the same in three epochs.
LONG_RECIPE = Recipe("adamw", batch_size=128, epochs=7, peak_rate=0.008, weight_decay=0.05, label_smoothing=0.1)
SHORT_RECIPE = replace(LONG_RECIPE, epochs=3)


def train_on_fashion(
    x_train: np.ndarray,
    y_train: np.ndarray,
    watch: Mapping[str, Part],
    recipe: Recipe,
    seed: int,
    backup: str | Path | None = None,
    callbacks: Sequence[Any] = (),
) -> Run:
    """Train the 93,322-parameter convnet on 28 × 28 images.

    Network, optimizer and metrics are made in here. So under ``with tf.distribute.MirroredStrategy().scope():`` it
    trains on all devices of the machine, each of which takes its share of every batch.

    Parameters
    ----------
    x_train, y_train : ndarray
        Images, uint8 of shape (n, 28, 28), and their labels.
    watch : mapping of str to tuple of ndarray
        Images and labels that are classified after every epoch, by a name; nothing is chosen by them.
    recipe : Recipe
        Optimizer, batch size, epochs, learning rate.
    seed : int
        Seeds weights and shuffling.
    backup : str or Path, optional
        A folder for this run alone. It keeps the state after each epoch, and is removed at the end. Called again in the
        same way after an interruption, the training goes on from there.

    callbacks : sequence of keras.callbacks.Callback
        Others that shall be told of every epoch.

    Returns
    -------
    Run
        Of the epochs that this call ran.
    """
    import keras

    from labkit.models import mnist_convnet

    keras.utils.set_random_seed(seed)
    model = mnist_convnet(softmax=False)
    backups = [] if backup is None else [keras.callbacks.BackupAndRestore(str(backup))]

    def prepared(part: Part) -> tuple[np.ndarray, np.ndarray]:
        return scaled(part[0]), keras.utils.to_categorical(part[1], 10)

    return fit(
        model,
        prepared((x_train, y_train)),
        {name: prepared(part) for name, part in watch.items()},
        epochs=recipe.epochs,
        optimizer=recipe.build_optimizer(len(x_train)),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.label_smoothing),
        batch_size=recipe.batch_size,
        watch_batch_size=1000,
        callbacks=[*callbacks, *backups],
    )
