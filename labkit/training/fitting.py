"""Fitting a network and measuring it: one way for all trainings of the course, and one result."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

import numpy as np

from labkit.arguments import whole_number
from labkit.training.pipeline import Batches

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Curves:
    """Loss and accuracy on images that are watched, measured on the network as it will be used.

    Attributes
    ----------
    loss, accuracy : tuple of float
        A value an epoch; a single one where it was measured at the end only.
    """

    loss: tuple[float, ...] = ()
    accuracy: tuple[float, ...] = ()


@dataclass(frozen=True)
class Run:
    """What came of one training; each tuple holds a value an epoch.

    >>> validation = Curves((0.7, 0.6, 0.8), (0.5, 0.75, 0.7))
    >>> run = Run((0.7, 0.5, 0.2), (0.5, 0.8, 0.9), {"validation": validation}, (2.0, 4.0, 6.0))
    >>> print(run)
    3 epochs in 6 s: validation accuracy 0.700 at the end, 0.750 at its best (epoch 2); on the training images 0.900

    Attributes
    ----------
    loss, accuracy : tuple of float
        On the training images: a mean over the epoch, taken while the weights change, with augmentation and dropout
        at work where there are any.
    watched : mapping of str to Curves
        What was measured on each set of watched images, by its name. Nothing is chosen by them.
    seconds_after : tuple of float
        Seconds from the start of the training to the end of each epoch, watching included.
    processor_seconds : float
        What the training took of all cores together. Other programs on the machine change it less than the time by
        the clock.
    """

    loss: tuple[float, ...]
    accuracy: tuple[float, ...]
    watched: Mapping[str, Curves] = field(default_factory=dict)
    seconds_after: tuple[float, ...] = ()
    processor_seconds: float = 0.0

    @property
    def seconds(self) -> float:
        """What the whole training took."""
        return self.seconds_after[-1]

    @property
    def val_loss(self) -> tuple[float, ...]:
        """Loss on the set that was watched as ``"validation"``; empty if there was none."""
        return self.watched.get("validation", Curves()).loss

    @property
    def val_accuracy(self) -> tuple[float, ...]:
        """Accuracy on the set that was watched as ``"validation"``; empty if there was none."""
        return self.watched.get("validation", Curves()).accuracy

    @property
    def best_epoch(self) -> int:
        """The epoch, counted from 1, after which most validation images were right; the first of several."""
        return self.val_accuracy.index(max(self.val_accuracy)) + 1

    def metrics(self, prefix: str = "") -> dict[str, Any]:
        """Return all of training and validation for a record: single numbers, and a list for each curve.

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
        parts = []
        for name, curves in self.watched.items():
            last, best = curves.accuracy[-1], max(curves.accuracy)
            at_best = f", {best:.3f} at its best (epoch {curves.accuracy.index(best) + 1})"
            parts.append(f"{name} accuracy {last:.3f} at the end{at_best if len(curves.accuracy) > 1 else ''}")
        parts.append(f"on the training images {self.accuracy[-1]:.3f}")
        return f"{len(self.loss)} epochs in {self.seconds:.0f} s: {'; '.join(parts)}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(str(self))}</p>"


def fit(
    model: keras.Model,
    train: Batches | tuple[Any, Any],
    watch: Mapping[str, Batches | tuple[Any, Any]] | None = None,
    *,
    epochs: int,
    optimizer: str | keras.optimizers.Optimizer,
    loss: str | keras.losses.Loss,
    batch_size: int = 32,
    watch_batch_size: int = 500,
    every_epoch: bool = True,
    callbacks: Sequence[Any] = (),
) -> Run:
    """Compile a network, train it, and watch sets of images while it learns.

    >>> import keras
    >>> images, labels = np.array([[0.0], [1.0]] * 4), np.array([0, 1] * 4)
    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, "sigmoid", kernel_initializer="zeros")])
    >>> run = fit(model, (images, labels), {"seen": (images, labels)}, epochs=2, optimizer="sgd",
    ...           loss="binary_crossentropy")
    >>> len(run.loss), len(run.watched["seen"].accuracy)
    (2, 2)

    Nothing is chosen by what is watched: the network is left as it is after the last epoch.

    Parameters
    ----------
    model : keras.Model
        Compiled here, trained in place. First weights, dropout and the order of arrays follow
        `keras.utils.set_random_seed`: call it before you build the model. Batches have an order of their own.
    train : Batches or tuple of (images, labels)
        What to train on, as the network takes it. Arrays are shuffled anew for every epoch.
    watch : mapping of str to the same
        Sets to measure loss and accuracy on, by their names.
    epochs, batch_size : int
        Passes over the training images, and images a step; batches bring their own size.
    optimizer, loss
        Names or objects, as `compile` takes them.
    watch_batch_size : int
        Images that are measured at a time; no other result for another number.
    every_epoch : bool
        Whether to measure after every epoch or once, at the end.
    callbacks : sequence of keras.callbacks.Callback
        Others that shall be told of every epoch.

    Returns
    -------
    Run

    Raises
    ------
    ValueError
        If ``epochs`` is below 1.
    """
    import keras

    epochs = whole_number("epochs", epochs)
    watch = watch or {}
    measured: dict[str, list[tuple[float, float]]] = {name: [] for name in watch}
    seconds_after: list[float] = []

    def measure() -> None:
        for name, part in watch.items():
            given = _given(part, watch_batch_size)
            value, accuracy = model.evaluate(**given, verbose=0)
            measured[name].append((float(value), float(accuracy)))

    def after_epoch(epoch: int, logs: Any) -> None:
        if every_epoch:
            measure()
        seconds_after.append(perf_counter() - started)

    model.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"])
    started, worked = perf_counter(), process_time()
    history = model.fit(
        **_given(train, batch_size),
        epochs=epochs,
        shuffle=not isinstance(train, Batches),  # a pipeline has done it
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=after_epoch), *callbacks],
        verbose=0,
    ).history
    processor_seconds = process_time() - worked
    if not every_epoch:
        measure()
    return Run(
        tuple(map(float, history["loss"])),
        tuple(map(float, history["accuracy"])),
        {name: Curves(*zip(*values, strict=True)) for name, values in measured.items()},
        tuple(seconds_after),
        processor_seconds,
    )


def share_right(scores: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of images whose right class has the greatest score.

    >>> share_right(np.array([[0.9, 0.1], [0.8, 0.2]]), np.array([0, 1]))
    0.5
    """
    return float((scores.argmax(axis=-1) == labels).mean())


def _given(part: Batches | tuple[Any, Any], batch_size: int) -> dict[str, Any]:
    """What `fit` and `evaluate` of Keras are given."""
    if isinstance(part, Batches):
        return {"x": part.dataset}
    return {"x": part[0], "y": part[1], "batch_size": batch_size}
