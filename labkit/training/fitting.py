"""Fitting a network and measuring it: one way for all trainings of the course, and one result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

import numpy as np

from labkit.arguments import whole_number
from labkit.tables import Paragraph
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
class Run(Paragraph):
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


def fit(
    model: keras.Model,
    train: Batches | tuple[Any, Any],
    watch: Mapping[str, Batches | tuple[Any, Any]] | None = None,
    *,
    epochs: int,
    optimizer: str | keras.optimizers.Optimizer | None = None,
    loss: str | keras.losses.Loss | None = None,
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
    >>> len(fit(model, (images, labels), epochs=3).loss)  # goes on from there, with the optimizer's momenta
    3

    Nothing is chosen by what is watched: the network is left as it is after the last epoch.

    Parameters
    ----------
    model : keras.Model
        Trained in place. First weights, dropout and the order of arrays follow `keras.utils.set_random_seed`: call it
        before you build the model. Batches have an order of their own.
    train : Batches or tuple of (images, labels)
        What to train on, as the network takes it. Arrays are shuffled anew for every epoch.
    watch : mapping of str to the same
        Sets to measure loss and accuracy on, by their names.
    epochs, batch_size : int
        Passes over the training images, and images a step; batches bring their own size.
    optimizer, loss
        Names or objects, as `compile` takes them. Without both, training goes on as the model was last compiled, with
        ``metrics=["accuracy"]``.
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
        If ``epochs`` is below 1, if one of optimizer and loss is missing, or both and the model is not compiled.
    """
    if (optimizer is None) != (loss is None):
        raise ValueError(f"optimizer is {optimizer!r} and loss is {loss!r}; allowed are both, or neither, to go on")
    if optimizer is not None:
        model.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"])
    elif not model.compiled:
        raise ValueError("optimizer and loss are None and model is not compiled; allowed is None to go on training")
    training = _train(
        model,
        _given(train, batch_size),
        {name: _given(part, watch_batch_size) for name, part in (watch or {}).items()},
        epochs=epochs,
        every_epoch=every_epoch,
        callbacks=callbacks,
    )
    return training.run()


def fit_side_by_side(
    networks: Mapping[str, keras.Model],
    train: tuple[Any, Any],
    watch: Mapping[str, tuple[Any, Any]] | None = None,
    *,
    epochs: int,
    optimizer: str | keras.optimizers.Optimizer,
    loss: str | keras.losses.Loss,
    batch_size: int = 32,
    watch_batch_size: int = 500,
    every_epoch: bool = True,
) -> dict[str, Run]:
    """Train several networks on the same batches in the same order, so that nothing else tells them apart.

    >>> import keras
    >>> images, labels = np.array([[0.0], [1.0]] * 4), np.array([0, 1] * 4)
    >>> networks = {name: keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, "sigmoid")]) for name in "ab"}
    >>> runs = fit_side_by_side(networks, (images, labels), epochs=2, optimizer="adam", loss="binary_crossentropy")
    >>> {name: len(run.loss) for name, run in runs.items()}
    {'a': 2, 'b': 2}

    They are trained as one model with several outputs. Build each after ``keras.utils.set_random_seed`` with the same
    seed, and they start from the same weights where they have the same layers.

    Parameters
    ----------
    networks : mapping of str to keras.Model
        Of images of one shape, with one output each; they are trained in place.
    optimizer : str or keras.optimizers.Optimizer
        One that treats every weight by itself, as Adam does and SGD: so none of the networks notices the others.
    train, watch, epochs, loss, batch_size, watch_batch_size, every_epoch
        As for `fit`; arrays only.

    Returns
    -------
    dict of str to Run
        By the networks' names. The times are those of all networks together.

    Raises
    ------
    ValueError
        If ``epochs`` is below 1.

    References
    ----------
    D. P. Kingma, J. Ba, *Adam: A Method for Stochastic Optimization*, 2015, algorithm 1.
    """
    import keras

    # Networks of one builder have one name, which one model cannot have twice.
    outputs = {f"network_{place}": network for place, network in enumerate(networks.values())}
    images = keras.Input(next(iter(networks.values())).input_shape[1:])
    named = {name: keras.Model(net.inputs[0], net.outputs[0], name=name) for name, net in outputs.items()}
    together = keras.Model(images, {name: network(images) for name, network in named.items()})
    together.compile(optimizer, dict.fromkeys(outputs, loss), metrics={name: ["accuracy"] for name in outputs})

    def given(part: tuple[Any, Any], size: int) -> dict[str, Any]:
        return _given((part[0], dict.fromkeys(outputs, part[1])), size)

    training = _train(
        together,
        given(train, batch_size),
        {name: given(part, watch_batch_size) for name, part in (watch or {}).items()},
        epochs=epochs,
        every_epoch=every_epoch,
    )
    # Of a single output Keras gives the figures without its name.
    prefixes = [f"{name}_" for name in outputs] if len(outputs) > 1 else [""]
    return {name: training.run(prefix) for name, prefix in zip(networks, prefixes, strict=True)}


@dataclass(frozen=True)
class _Training:
    """What Keras measured in one training, of all outputs of the model."""

    history: Mapping[str, Sequence[float]]
    watched: Mapping[str, Sequence[Mapping[str, float]]]  # of each set what `evaluate` said, time after time
    seconds_after: tuple[float, ...]
    processor_seconds: float

    def run(self, prefix: str = "") -> Run:
        """The part of the output whose figures have this prefix."""
        loss, accuracy = f"{prefix}loss", f"{prefix}accuracy"
        watched = {
            name: Curves(tuple(float(each[loss]) for each in said), tuple(float(each[accuracy]) for each in said))
            for name, said in self.watched.items()
        }
        while_learning = tuple(map(float, self.history[loss])), tuple(map(float, self.history[accuracy]))
        return Run(*while_learning, watched, self.seconds_after, self.processor_seconds)


def _train(
    model: keras.Model,
    train: Mapping[str, Any],
    watch: Mapping[str, Mapping[str, Any]],
    *,
    epochs: int,
    every_epoch: bool,
    callbacks: Sequence[Any] = (),
) -> _Training:
    """Train a compiled model, and measure."""
    import keras

    epochs = whole_number("epochs", epochs)
    watched: dict[str, list[Mapping[str, float]]] = {name: [] for name in watch}
    seconds_after: list[float] = []

    def measure() -> None:
        for name, given in watch.items():
            watched[name].append(model.evaluate(**given, verbose=0, return_dict=True))

    def after_epoch(epoch: int, logs: Any) -> None:
        if every_epoch:
            measure()
        seconds_after.append(perf_counter() - started)

    started, worked = perf_counter(), process_time()
    history = model.fit(
        **train,
        epochs=epochs,
        shuffle="y" in train,  # a pipeline has done it
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=after_epoch), *callbacks],
        verbose=0,
    ).history
    processor_seconds = process_time() - worked
    if not every_epoch:
        measure()
    return _Training(history, watched, tuple(seconds_after), processor_seconds)


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
