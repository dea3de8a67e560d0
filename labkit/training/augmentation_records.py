"""The long runs of chapter 9 on photographs of cats and dogs, for ``book/records``; each makes one seed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from labkit.training.augmentation_experiments import accuracies_after, both_sides, deck_augmentation, first_pictures
from labkit.training.pets_recipe import PETS_RECIPE, pets_augmentation
from labkit.training.pets_training import recorded_photographs, train_on_pets
from labkit.training.recipes import Recipe

Outcome = tuple[dict[str, Any], dict[str, Any]]

SET_SIZES = (100, 300, 1000, 2000)
SHOWN = 40_000  # pictures, in each training of the learning curve
SMALL = (64, 64)
BEST_SIZE = (112, 112)
AUGMENTED_RECIPE = Recipe("adam", batch_size=20, epochs=40, peak_rate=0.001)


def record_augmented(seed: int, *, epochs: int = AUGMENTED_RECIPE.epochs) -> Outcome:
    """One seed of the decks' network with dropout and the decks' augmentation.

    Network, pictures and batches are those of `record_baseline`. The textbook's constant rate of 0.0001 is too slow for
    pictures that change every time: 30 epochs of it end at 0.73 with the training loss still falling, so this run
    takes Adam in one cycle.

    Raises
    ------
    RuntimeError
        If only drawn pets are to be had.
    """
    import keras

    from labkit.models.cats_dogs import cats_dogs_convnet

    recipe = replace(AUGMENTED_RECIPE, epochs=epochs)
    train, validation, provenance = recorded_photographs()
    keras.utils.set_random_seed(seed)
    run = train_on_pets(
        cats_dogs_convnet(dropout=0.5),
        train,
        validation,
        epochs=epochs,
        batch_size=recipe.batch_size,
        optimizer=recipe.build_optimizer(len(train)),
        augment=deck_augmentation(seed),
        seed=seed,
    )
    return run.metrics(), provenance


def record_best(seed: int, *, epochs: int = PETS_RECIPE.epochs) -> Outcome:
    """One seed of the residual network with the recipe of this book.

    Beside the curves it has the accuracy when each validation picture is looked at twice, once in the mirror.

    Raises
    ------
    RuntimeError
        If only drawn pets are to be had.
    """
    import keras

    from labkit.models.cats_dogs import cats_dogs_resnet

    recipe = replace(PETS_RECIPE, epochs=epochs)
    train, validation, provenance = recorded_photographs(size=BEST_SIZE)
    keras.utils.set_random_seed(seed)
    model = cats_dogs_resnet((*BEST_SIZE, 3))
    run = train_on_pets(
        model,
        train,
        validation,
        epochs=epochs,
        batch_size=recipe.batch_size,
        optimizer=recipe.build_optimizer(len(train)),
        loss=keras.losses.BinaryCrossentropy(label_smoothing=recipe.label_smoothing),
        augment=pets_augmentation(seed),
        seed=seed,
    )
    said = both_sides(model, validation.images)[:, 0] > 0.5
    right = float(np.mean(said == validation.labels))
    return {**run.metrics(), "both_sides_val_accuracy": round(right, 4)}, provenance


def record_set_size(seed: int, *, sizes: tuple[int, ...] = SET_SIZES, shown: int = SHOWN) -> Outcome:
    """One seed of a learning curve: the decks' network on few and on many pictures, with and without augmentation.

    Every training is shown equally many pictures. With the most pictures there are also dropout alone, and both.

    Raises
    ------
    RuntimeError
        If only drawn pets are to be had.
    """
    import keras

    from labkit.models.cats_dogs import cats_dogs_convnet

    train, validation, provenance = recorded_photographs(train=max(sizes), size=SMALL)
    metrics: dict[str, Any] = {}

    def measure(name: str, count: int, dropout: float, augmented: bool) -> None:
        keras.utils.set_random_seed(seed)
        metrics[f"{name}_train_{count}"], metrics[f"{name}_{count}"] = (
            round(accuracy, 4)
            for accuracy in accuracies_after(
                cats_dogs_convnet((*SMALL, 3), dropout=dropout),
                first_pictures(train, count),
                validation,
                shown=shown,
                augment=pets_augmentation(seed) if augmented else None,
                seed=seed,
            )
        )

    for count in sizes:
        measure("plain", count, 0.0, False)
        measure("augmented", count, 0.0, True)
        metrics[f"gain_{count}"] = round(metrics[f"augmented_{count}"] - metrics[f"plain_{count}"], 4)
    fewest, most = min(sizes), max(sizes)
    metrics["more_pictures"] = round(metrics[f"plain_{most}"] - metrics[f"plain_{fewest}"], 4)
    metrics["gap_closed"] = round(
        (metrics[f"plain_train_{most}"] - metrics[f"plain_{most}"])
        - (metrics[f"augmented_train_{most}"] - metrics[f"augmented_{most}"]),
        4,
    )
    measure("dropout", most, 0.5, False)
    measure("both", most, 0.5, True)
    return metrics, provenance
