"""Training a network that tells cats from dogs, and what came of it epoch by epoch."""

from __future__ import annotations

import html
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

from labkit.datasets.decoding import DecodedPictures
from labkit.training.pipeline import batches

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class PetsRun:
    """What came of one training run; each tuple holds a value an epoch.

    >>> run = PetsRun((0.7, 0.5, 0.2), (0.5, 0.8, 0.9), (0.7, 0.6, 0.8), (0.5, 0.75, 0.7), (2.0, 4.0, 6.0))
    >>> print(run)
    3 epochs in 6 s: validation accuracy 0.700 at the end, 0.750 at its best (epoch 2); on the training images 0.900

    Attributes
    ----------
    loss, accuracy : tuple of float
        On the training images: a mean over the epoch, taken while the weights change, with augmentation and dropout
        at work where there are any.
    val_loss, val_accuracy : tuple of float
        On the validation images, after the epoch.
    seconds_after : tuple of float
        Seconds from the start of the training to the end of each epoch.
    """

    loss: tuple[float, ...]
    accuracy: tuple[float, ...]
    val_loss: tuple[float, ...]
    val_accuracy: tuple[float, ...]
    seconds_after: tuple[float, ...]

    @property
    def seconds(self) -> float:
        """What the whole training took."""
        return self.seconds_after[-1]

    @property
    def best_epoch(self) -> int:
        """The epoch, counted from 1, after which most validation images were right; the first of several."""
        return self.val_accuracy.index(max(self.val_accuracy)) + 1

    def metrics(self, prefix: str = "") -> dict[str, Any]:
        """Return all of it for a record: single numbers, and a list for each curve.

        Parameters
        ----------
        prefix : str
            Put before every name, where a record has several runs.
        """
        figures: dict[str, Any] = {
            "last_val_accuracy": round(self.val_accuracy[-1], 4),
            "best_val_accuracy": round(max(self.val_accuracy), 4),
            "best_epoch": self.best_epoch,
            "last_accuracy": round(self.accuracy[-1], 4),
            "training_seconds": round(self.seconds),
        }
        for curve in ("loss", "accuracy", "val_loss", "val_accuracy"):
            figures[f"{curve}_by_epoch"] = [round(value, 4) for value in getattr(self, curve)]
        return {f"{prefix}{name}": value for name, value in figures.items()}

    def __str__(self) -> str:
        return (
            f"{len(self.loss)} epochs in {self.seconds:.0f} s: validation accuracy {self.val_accuracy[-1]:.3f} at the "
            f"end, {max(self.val_accuracy):.3f} at its best (epoch {self.best_epoch}); on the training images "
            f"{self.accuracy[-1]:.3f}"
        )

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(str(self))}</p>"


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
) -> PetsRun:
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
    PetsRun
    """
    import keras

    seconds_after: list[float] = []

    def stop_the_clock(epoch: int, logs: Any) -> None:
        seconds_after.append(perf_counter() - started)

    model.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"])
    shuffled = batches(train, batch_size=batch_size, shuffle_seed=seed, augment=augment)
    watched = batches(validation, batch_size=100)  # larger, as no gradients are kept
    started = perf_counter()
    history = model.fit(
        shuffled.dataset,
        validation_data=watched.dataset,
        epochs=epochs,
        shuffle=False,  # the pipeline has done it
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=stop_the_clock)],
        verbose=0,
    ).history
    curves = {name: tuple(map(float, history[name])) for name in ("loss", "accuracy", "val_loss", "val_accuracy")}
    return PetsRun(**curves, seconds_after=tuple(seconds_after))
