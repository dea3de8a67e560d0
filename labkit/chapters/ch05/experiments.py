"""The long runs of chapter 5 on handwritten digits, for ``book/records``; each makes one seed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from statistics import fmean
from typing import Any

from labkit.chapters.ch05.digits import (
    DECK_EPOCHS,
    FEW,
    MORE,
    REACH,
    SAME_STEPS_EPOCHS,
    SAMPLES,
    TESTED,
    VALIDATION,
    Part,
    dense_network,
    placed_at_random,
    regularized_convnet,
    scaled,
    stop_after,
    train_for_steps,
    train_on_digits,
)
from labkit.course.recording import Outcome, record
from labkit.training.fitting import Run, fit
from labkit.training.real_data import mnist_provenance, real_mnist, whole_mnist
from labkit.training.small_images import shifted_right


@record(
    "mnist-deck-recipe",
    "The deck's recipe on MNIST: RMSprop, batches of 64, test accuracy after 5 and after 30 epochs",
)
def record_mnist_deck_recipe(seed: int) -> Outcome:
    """One seed of the deck's recipe: RMSprop, batches of 64, and the test accuracy after 5 epochs and after 30.

    The deck has 60,000 training images. Where fewer are to be had, 5 epochs are fewer steps; with 10,000 images,
    the 30 epochs make up for that, so that the two causes of a difference can be told apart.

    Raises
    ------
    RuntimeError
        If only stand-in data is to be had: a record is made on real data or not at all.
    """
    import keras

    data = real_mnist()
    train, test = ((scaled(x), y) for x, y in ((data.x_train, data.y_train), (data.x_test, data.y_test)))
    keras.utils.set_random_seed(seed)
    model = regularized_convnet()
    how: dict[str, Any] = {"batch_size": 64, "every_epoch": False}
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    first = fit(model, train, {"test": test}, epochs=DECK_EPOCHS, optimizer="rmsprop", loss=loss, **how)
    longer = fit(model, train, {"test": test}, epochs=SAME_STEPS_EPOCHS - DECK_EPOCHS, **how)  # goes on from there
    metrics = {
        f"test_accuracy_{epochs}_epochs": round(run.watched["test"].accuracy[-1], 4)
        for epochs, run in ((DECK_EPOCHS, first), (SAME_STEPS_EPOCHS, longer))
    }
    return metrics, mnist_provenance(data)


@record(
    "mnist-deck-recipe-whole",
    "The deck's recipe on all 60,000 training images of MNIST: RMSprop, batches of 64, 5 epochs",
)
def record_mnist_deck_recipe_whole(seed: int, *, epochs: int = DECK_EPOCHS) -> Outcome:
    """One seed of the deck's recipe on as many images as the deck has.

    Raises
    ------
    RuntimeError
        If only stand-in data is to be had, or fewer than 60,000 training images.
    """
    import keras

    data = whole_mnist()
    train, test = ((scaled(x), y) for x, y in ((data.x_train, data.y_train), (data.x_test, data.y_test)))
    keras.utils.set_random_seed(seed)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    run = fit(
        regularized_convnet(), train, {"test": test}, epochs=epochs, optimizer="rmsprop", loss=loss, batch_size=64
    )
    by_epoch = [round(value, 4) for value in run.watched["test"].accuracy]
    return {"test_accuracy": by_epoch[-1], "test_accuracy_by_epoch": by_epoch}, mnist_provenance(data)


@record(
    "mnist-overfitting",
    "The convnet on 300 digits of MNIST for 30 epochs: as it is, with dropout, narrower, with more pictures",
)
def record_digit_overfitting(seed: int, *, few: int = FEW, more: int = MORE, epochs: int = 30) -> Outcome:
    """One seed of overfitting provoked on few images, and of three cures: dropout, fewer weights, more images.

    Losses and accuracies are measured on validation images taken out of the training part. The run with more images
    has as many steps as the others, and so fewer epochs.

    Raises
    ------
    RuntimeError
        If only stand-in data is to be had.
    """
    import keras

    data = real_mnist()
    part = data.subset(VALIDATION + more, seed=seed)
    watched = part.x_train[:VALIDATION], part.y_train[:VALIDATION]
    images, labels = part.x_train[VALIDATION:], part.y_train[VALIDATION:]

    def run(rate: float = 0.0, width: int = 32, count: int = few, epochs: int = epochs) -> Run:
        keras.utils.set_random_seed(seed)
        network = regularized_convnet(rate, width)
        return train_on_digits(network, (images[:count], labels[:count]), watched, epochs=epochs)

    runs = {
        "plain": run(),
        "dropout": run(rate=0.5),
        "narrow": run(width=8),
        "more": run(count=more, epochs=max(1, epochs * few // more)),
    }
    plain = runs["plain"]
    stop_on_loss, stop_on_val_loss = stop_after(plain.loss), stop_after(plain.val_loss)
    lasts = {name: one.val_loss[-1] for name, one in runs.items()}
    metrics: dict[str, Any] = {
        "dropout_minus_plain_val_loss": round(lasts["dropout"] - lasts["plain"], 4),
        "dropout_epochs_to_fit": _epochs_to_fit(runs["dropout"]),
        "plain_epochs_to_fit": _epochs_to_fit(plain),
        "dropout_extra_epochs": _epochs_to_fit(runs["dropout"]) - _epochs_to_fit(plain),
        "stop_on_loss": stop_on_loss,
        "stop_on_val_loss": stop_on_val_loss,
        "late_epochs": stop_on_loss - stop_on_val_loss,
        "late_val_loss": round(plain.val_loss[stop_on_loss - 1] - min(plain.val_loss[:stop_on_val_loss]), 4),
    }
    for name, one in runs.items():
        metrics |= {
            f"{name}_loss": _rounded(one.loss),
            f"{name}_whole_loss": _rounded(one.watched["train"].loss),
            f"{name}_val_loss": _rounded(one.val_loss),
            f"{name}_val_accuracy": _rounded(one.val_accuracy),
        }
    return metrics, mnist_provenance(data)


@record(
    "mnist-shifted-digits",
    "Convnet and dense network on 100 to 1,000 digits of MNIST, in the middle and at random places: 400 steps",
)
def record_shifted_digits(seed: int, *, samples: tuple[int, ...] = SAMPLES, steps: int = 400) -> Outcome:
    """One seed of the convnet beside a dense network of as many weights, on digits in the middle and at random places.

    Both are trained for as many steps on each number of samples. Trained on most digits, in the middle, they are
    measured on test digits moved to the right as well.

    Raises
    ------
    RuntimeError
        If only stand-in data is to be had.
    """
    import keras

    data = real_mnist()
    networks: dict[str, Callable[[], keras.Model]] = {"convnet": regularized_convnet, "dense": dense_network}
    # Half of the test images are plenty for differences of several per cent.
    images, labels = data.x_test[:TESTED], data.y_test[:TESTED]
    in_the_middle: dict[str, Part] = {
        f"moved by {pixels}": (shifted_right(images, pixels), labels) for pixels in range(REACH + 1)
    }
    anywhere: dict[str, Part] = {"anywhere": (placed_at_random(images, seed=1), labels)}
    most = max(samples)
    metrics: dict[str, Any] = {}
    for name, build in networks.items():
        for count in samples:
            part = data.subset(count, seed=seed)
            tests = in_the_middle if count == most else {"moved by 0": in_the_middle["moved by 0"]}
            keras.utils.set_random_seed(seed)
            middle = _accuracies(train_for_steps(build(), (part.x_train, part.y_train), tests, steps=steps))
            keras.utils.set_random_seed(seed)
            moved = placed_at_random(part.x_train, seed=seed + 2)
            (at_random,) = _accuracies(train_for_steps(build(), (moved, part.y_train), anywhere, steps=steps))
            metrics[f"{name}_middle_{count}"] = round(middle[0], 4)
            metrics[f"{name}_anywhere_{count}"] = round(at_random, 4)
            if count == most:
                metrics[f"{name}_by_shift_{count}"] = _rounded(middle)
    for pixels in (REACH // 2, REACH):
        drop = {
            name: metrics[f"{name}_by_shift_{most}"][0] - metrics[f"{name}_by_shift_{most}"][pixels]
            for name in networks
        }
        metrics[f"convnet_drop_{pixels}"] = round(drop["convnet"], 4)
        metrics[f"dense_drop_{pixels}"] = round(drop["dense"], 4)
        metrics[f"dense_drops_more_{pixels}"] = round(drop["dense"] - drop["convnet"], 4)
    # A positive lead: the convnet does better with its samples than the dense network with three times as many.
    for place in ("middle", "anywhere"):
        leads = [
            metrics[f"convnet_{place}_{count}"] - metrics[f"dense_{place}_{larger}"]
            for count, larger in pairwise(samples)
        ]
        metrics[f"lead_{place}"] = round(fmean(leads), 4)
    return metrics, mnist_provenance(data)


def _accuracies(run: Run) -> list[float]:
    """What was right at the end of each watched set."""
    return [curves.accuracy[-1] for curves in run.watched.values()]


def _epochs_to_fit(run: Run, loss: float = 0.1) -> int:
    """Epochs until the whole network's loss on its own training images is small."""
    losses = run.watched["train"].loss
    return next((epoch for epoch, value in enumerate(losses, start=1) if value < loss), len(losses))


def _rounded(values: Any) -> list[float]:
    return [round(float(value), 4) for value in values]
