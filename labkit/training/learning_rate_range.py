"""The learning-rate range test: one short training with a growing rate shows which rates a network can bear."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from labkit.arguments import whole_number
from labkit.training.restoring import restored

if TYPE_CHECKING:
    import keras

SMOOTHING = 0.9  # weight of what came before in the running mean of the losses
GIVEN_UP_AT = 4.0  # times the lowest smoothed loss: there the training has blown up, and is ended


@dataclass(frozen=True)
class RangeTest:
    """The loss at each step of a training whose learning rate grows.

    Attributes
    ----------
    rates, losses : tuple of float
        The rate of each step, and the loss of its batch before the step. They end early where the loss blew up.
    smoothed : tuple of float
        A running mean of the losses: single batches differ too much to be read.
    """

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    smoothed: tuple[float, ...]

    @property
    def lowest_at(self) -> float:
        """The rate at which the smoothed loss was lowest: a training with it is about to go wrong."""
        return self.rates[int(np.argmin(self.smoothed))]

    @property
    def suggested(self) -> float:
        """A tenth of `lowest_at`. A rule of thumb and no theorem: try its neighbours too."""
        return self.lowest_at / 10

    def __str__(self) -> str:
        return (
            f"{len(self.rates)} steps with rates from {self.rates[0]:.2g} to {self.rates[-1]:.2g}; the loss was lowest "
            f"at {self.lowest_at:.2g}, so try {self.suggested:.2g}"
        )

    __repr__ = __str__


def learning_rate_range_test(
    model: keras.Model,
    images: ArrayLike,
    labels: ArrayLike,
    *,
    lowest: float = 1e-4,
    highest: float = 10.0,
    steps: int = 100,
    batch_size: int = 32,
    seed: int = 0,
) -> RangeTest:
    """Train for some steps with a learning rate that grows by the same factor each step, then undo the training.

    >>> import keras
    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="ones")])
    >>> model.compile("sgd", "mse")
    >>> test = learning_rate_range_test(model, np.ones((32, 1)), np.zeros(32), lowest=0.01, steps=31)
    >>> test.lowest_at > 1, float(model.get_weights()[0][0, 0])
    (True, 1.0)

    At first the rate is too small, and the loss hardly moves; then it falls; at last the steps are too long, and it
    rises. Afterwards the weights, the optimizer and its rate are what they were before.

    Parameters
    ----------
    model : keras.Model
        Compiled, with an optimizer whose rate is a number and no schedule.
    images, labels : array_like, shape (n, ...)
        What to train on, as the model takes it.
    lowest, highest : float
        The first and the last rate; above 0, and the last above the first.
    steps : int
        At least 2. If they need more than all images, these come again.
    batch_size : int
        Pictures a step. Take what you will train with: rates and batch sizes go together.
    seed : int
        Seeds the order of the images.

    Raises
    ------
    ValueError
        If a number is out of range, or the model is not compiled, or has a schedule.

    References
    ----------
    L. N. Smith, *Cyclical Learning Rates for Training Neural Networks*, 2017, section 3.3. There the rate grows in a
    straight line and the accuracy is watched; to grow it by a factor shows more orders of magnitude.
    """
    images, classes = np.asarray(images), np.asarray(labels)
    if not 0 < lowest < highest:
        raise ValueError(f"lowest is {lowest!r} and highest {highest!r}; allowed is 0 < lowest < highest")
    steps = whole_number("steps", steps, minimum=2)
    if not 1 <= batch_size <= len(images):
        raise ValueError(f"batch_size is {batch_size!r}; allowed is 1 to the number of images, {len(images):,}")
    optimizer = getattr(model, "optimizer", None)
    if optimizer is None:
        raise ValueError("model is not compiled; call model.compile(...) first")
    if not hasattr(optimizer.learning_rate, "assign"):
        raise ValueError("model has a learning-rate schedule; allowed is an optimizer whose rate is a number")

    optimizer.build(model.trainable_variables)
    random = np.random.default_rng(seed)
    order = np.concatenate([random.permutation(len(images)) for _ in range(-(-steps * batch_size // len(images)))])
    rates, losses, smoothed = [], [], []
    mean = 0.0
    with restored((*model.variables, *optimizer.variables)):
        for step, rate in enumerate(np.geomspace(lowest, highest, steps)):
            batch = order[step * batch_size : (step + 1) * batch_size]
            optimizer.learning_rate.assign(rate)
            model.reset_metrics()  # Keras reports a mean since the last reset
            loss = float(model.train_on_batch(images[batch], classes[batch], return_dict=True)["loss"])
            if not math.isfinite(loss):
                break
            mean = SMOOTHING * mean + (1 - SMOOTHING) * loss
            rates.append(float(rate))
            losses.append(loss)
            smoothed.append(mean / (1 - SMOOTHING ** (step + 1)))  # as if the mean had not begun with 0
            if smoothed[-1] > GIVEN_UP_AT * min(smoothed):
                break
    model.reset_metrics()
    if not rates:
        raise ValueError("model gives a loss that is no finite number before the first step")
    return RangeTest(tuple(rates), tuple(losses), tuple(smoothed))
