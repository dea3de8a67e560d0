"""The long runs of chapter 9 on photographs of cats and dogs, for ``book/records``; each makes one seed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from labkit.training.augmentation_experiments import accuracies_after, deck_augmentation, first_pictures
from labkit.training.pets_recipe import PETS_RECIPE, pets_augmentation
from labkit.training.pets_training import recorded_photographs, train_on_pets

if TYPE_CHECKING:
    from labkit.training.augment import RandomAffine

Outcome = tuple[dict[str, Any], dict[str, Any]]

SET_SIZES = (100, 300, 1000, 2000)
SHOWN = 20_000  # images, in each training of the learning curve
SMALL = (64, 64)


def record_augmented(seed: int, *, epochs: int = PETS_RECIPE.epochs) -> Outcome:
    """One seed of the decks' network with dropout, and with the changes and the recipe of this book.

    Network, images and batches are those of `record_baseline`.

    Raises
    ------
    RuntimeError
        If only drawn pets are to be had.
    """
    return _augmented(seed, epochs, pets_augmentation(seed))


def record_deck_augmented(seed: int, *, epochs: int = PETS_RECIPE.epochs) -> Outcome:
    """One seed of the same with the decks' changes, which are larger.

    Raises
    ------
    RuntimeError
        If only drawn pets are to be had.
    """
    return _augmented(seed, epochs, deck_augmentation(seed))


def _augmented(seed: int, epochs: int, augmentation: RandomAffine) -> Outcome:
    import keras

    from labkit.models.cats_dogs import cats_dogs_convnet

    recipe = replace(PETS_RECIPE, epochs=epochs)
    train, validation, provenance = recorded_photographs()
    keras.utils.set_random_seed(seed)
    run = train_on_pets(
        cats_dogs_convnet(dropout=0.5),
        train,
        validation,
        epochs=epochs,
        batch_size=recipe.batch_size,
        optimizer=recipe.build_optimizer(len(train)),
        augment=augmentation,
        seed=seed,
    )
    return run.metrics(), provenance


def record_set_size(seed: int, *, sizes: tuple[int, ...] = SET_SIZES, shown: int = SHOWN) -> Outcome:
    """One seed of a learning curve: the decks' network on few and on many images, with and without augmentation.

    Every training is shown equally many images, so that few of them are shown more often.

    Raises
    ------
    RuntimeError
        If only drawn pets are to be had.
    """
    import keras

    from labkit.models.cats_dogs import cats_dogs_convnet

    train, validation, provenance = recorded_photographs(train=max(sizes), size=SMALL)
    metrics: dict[str, Any] = {}

    for count in sizes:
        for name, augment in {"plain": None, "augmented": pets_augmentation(seed)}.items():
            keras.utils.set_random_seed(seed)
            accuracies = accuracies_after(
                cats_dogs_convnet((*SMALL, 3)),
                first_pictures(train, count),
                validation,
                shown=shown,
                augment=augment,
                seed=seed,
            )
            metrics[f"{name}_train_{count}"], metrics[f"{name}_{count}"] = (round(each, 4) for each in accuracies)
        metrics[f"gain_{count}"] = round(metrics[f"augmented_{count}"] - metrics[f"plain_{count}"], 4)
    metrics["more_pictures"] = round(metrics[f"plain_{max(sizes)}"] - metrics[f"plain_{min(sizes)}"], 4)
    return metrics, provenance
