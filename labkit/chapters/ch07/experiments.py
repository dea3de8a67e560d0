"""What chapter 7 trains and records: three recipes for one network, and what choosing by the test images costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labkit.course.recording import Outcome, record
from labkit.training.real_data import fashion_provenance, real_fashion_mnist
from labkit.training.recipes import LONG_RECIPE, SHORT_RECIPE, Recipe, train_on_fashion
from labkit.training.small_images import scaled

# The lecture deck's recipe; Keras's `fit` takes batches of 32 where nothing is said.
DECK_RECIPE = Recipe(optimizer="adam", batch_size=32, epochs=5)


@dataclass(frozen=True, eq=False)
class Selection:
    """What choosing the best of several networks does to its figure.

    Attributes
    ----------
    reported : ndarray of float, shape (draws,)
        In each draw the accuracy of the chosen network on the images that chose it.
    fresh : ndarray of float, shape (draws,)
        Its accuracy on the other images, which chose nothing.
    """

    reported: NDArray[np.float64]
    fresh: NDArray[np.float64]

    @property
    def optimism(self) -> float:
        """By how much the reported accuracy is too high on average."""
        return float((self.reported - self.fresh).mean())

    def __str__(self) -> str:
        return (
            f"reported {self.reported.mean():.4f}, on fresh images {self.fresh.mean():.4f}: "
            f"too high by {self.optimism:.4f} on average of {len(self.reported):,} draws"
        )


def choose_on_half(is_right: ArrayLike, draws: int = 1000, seed: int = 0) -> Selection:
    """Choose the best of several networks on half of the images, and look at it on the other half; many times.

    >>> coins = np.random.default_rng(0).integers(0, 2, (20, 400))  # twenty networks that guess
    >>> choice = choose_on_half(coins)
    >>> bool(choice.reported.mean() > 0.55), bool(abs(choice.fresh.mean() - 0.5) < 0.02)
    (True, True)

    Parameters
    ----------
    is_right : array_like of bool, shape (networks, images)
        Whether each network is right about each image; at least two images.
    draws : int
        How often the images are divided anew, at random.
    seed : int
        Seeds the draws.

    Raises
    ------
    ValueError
        If `is_right` does not have two axes with at least one network and two images, or `draws` is below 1.
    """
    right = np.asarray(is_right, bool)
    if right.ndim != 2 or right.shape[0] < 1 or right.shape[1] < 2:
        raise ValueError(f"is_right has shape {right.shape}; allowed is (networks, images), with 2 images or more")
    if draws < 1:
        raise ValueError(f"draws is {draws!r}; allowed is a whole number of at least 1")
    rng = np.random.default_rng(seed)
    half = right.shape[1] // 2
    reported, fresh = np.empty(draws), np.empty(draws)
    for draw in range(draws):
        order = rng.permutation(right.shape[1])
        chooses = right[:, order[:half]].mean(axis=1)
        best = int(chooses.argmax())
        reported[draw] = chooses[best]
        fresh[draw] = right[best, order[half:]].mean()
    return Selection(reported, fresh)


def right_answers(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> Any:
    """Return a callback whose ``is_right`` grows by a row an epoch: which of the images are classified rightly.

    Parameters
    ----------
    images, labels : ndarray
        Images, uint8 of shape (n, 28, 28), and their labels.
    """
    import keras

    class RightAnswers(keras.callbacks.Callback):
        def __init__(self) -> None:
            super().__init__()
            self.is_right: list[NDArray[np.bool_]] = []

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            scores = self.model.predict(scaled(images), batch_size=1000, verbose=0)
            self.is_right.append(scores.argmax(axis=1) == labels)

    return RightAnswers()


@record(
    "fashion-deck-recipe",
    "The deck's recipe on Fashion-MNIST: 60,000 training images, Adam, batches of 32, 5 epochs",
)
def record_deck_recipe(seed: int) -> Outcome:
    """One seed of the deck's recipe on all of Fashion-MNIST, for ``book/records``.

    As in the deck, the test images are watched after each epoch. Nothing is chosen by them, so the last value is an
    honest test accuracy; to stop at the best epoch would not be.

    Raises
    ------
    RuntimeError
        If only stand-in data is to be had: a record is made on real data or not at all.
    """
    data = real_fashion_mnist()
    run = train_on_fashion(data.x_train, data.y_train, {"test": (data.x_test, data.y_test)}, DECK_RECIPE, seed)
    by_epoch = {
        f"{part}_accuracy_{epoch}": round(value, 4)
        for part, values in (("train", run.accuracy), ("test", run.watched["test"].accuracy))
        for epoch, value in enumerate(values, start=1)
    }
    metrics = {
        "test_accuracy": round(run.watched["test"].accuracy[-1], 4),
        **by_epoch,
        "training_seconds": round(run.seconds),
    }
    return metrics, fashion_provenance(data)


@record(
    "fashion-recipes",
    "Three recipes for one network on Fashion-MNIST in one run: the deck's, a short one and a long one",
)
def record_recipes(seed: int) -> Outcome:
    """One seed of the deck's recipe, the short and the long one, in one run, on all of Fashion-MNIST.

    The wall times are to be compared with one another; those of different machines, or days, are not. How much is won
    by reporting the deck's best epoch instead of its last is measured as well (see `choose_on_half`).

    Raises
    ------
    RuntimeError
        If only stand-in data is to be had.
    """
    data = real_fashion_mnist()
    metrics: dict[str, Any] = {}
    runs, is_right = {}, {}
    for name, recipe in {"deck": DECK_RECIPE, "short": SHORT_RECIPE, "long": LONG_RECIPE}.items():
        test, answers = (data.x_test, data.y_test), right_answers(data.x_test, data.y_test)
        run = train_on_fashion(data.x_train, data.y_train, {"test": test}, recipe, seed, callbacks=[answers])
        runs[name], is_right[name] = run, np.array(answers.is_right)
        accuracy = run.watched["test"].accuracy
        metrics[f"{name}_accuracy"] = round(accuracy[-1], 4)
        metrics[f"{name}_accuracy_by_epoch"] = [round(value, 4) for value in accuracy]
        metrics[f"{name}_seconds"] = round(run.seconds, 1)
        metrics[f"{name}_seconds_by_epoch"] = [round(value, 1) for value in run.seconds_after]
    for name in ("short", "long"):
        metrics[f"{name}_share_of_time"] = round(runs[name].seconds / runs["deck"].seconds, 3)
    metrics["optimism_of_the_best_epoch"] = round(choose_on_half(is_right["deck"]).optimism, 5)
    return metrics, fashion_provenance(data)
