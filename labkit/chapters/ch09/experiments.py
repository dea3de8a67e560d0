"""What augmentation is worth: short trainings that can be compared, because all see as many images."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labkit.course.recording import Outcome, record
from labkit.datasets.decoding import DecodedPictures
from labkit.training.fitting import Run, fit
from labkit.training.pets_training import train_on_pets
from labkit.training.pipeline import batches
from labkit.training.real_data import recorded_photographs
from labkit.training.recipes import Recipe

if TYPE_CHECKING:
    import keras

    from labkit.training.augment import RandomAffine

PEAK_RATE = 1e-3
BATCH_SIZE = 20  # the decks'
# The decks' batches. On images that change every time a constant rate is slow or restless; one cycle is neither.
PETS_RECIPE = Recipe("adam", batch_size=20, epochs=40, peak_rate=0.001)


def deck_augmentation(seed: int | None = None) -> RandomAffine:
    """Return the changes of the lecture decks, by their documented meaning.

    >>> deck_augmentation(seed=0).width_shift
    0.2

    Up to 40° of rotation, shifts by up to a fifth of the image, a shear that at 0.2 of a degree is none to speak of,
    a zoom by a fifth, mirrored or not, and border pixels repeated beyond the border.

    Parameters
    ----------
    seed : int, optional
        See `RandomAffine`.

    References
    ----------
    F. Chollet, *Deep Learning with Python*, section 5.2.5 (2017), where the decks have it from.
    """
    from labkit.training.augment import RandomAffine

    return RandomAffine(
        rotation=40,
        width_shift=0.2,
        height_shift=0.2,
        shear=0.2,
        zoom=0.2,
        horizontal_flip=True,
        fill_mode="nearest",
        seed=seed,
    )


def train_until_shown(
    model: keras.Model,
    train: DecodedPictures,
    validation: DecodedPictures,
    *,
    shown: int,
    augment: Any = None,
    seed: int = 0,
) -> Run:
    """Train until a number of images has been shown, and measure on both parts.

    >>> import keras
    >>> model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(),
    ...                           keras.layers.Dense(1, activation="sigmoid")])
    >>> dark = np.zeros((4, 8, 8, 3), np.uint8)
    >>> images = DecodedPictures(dark, np.array([0, 1, 0, 1]), ("cat", "dog"), "squash")
    >>> run = train_until_shown(model, images, images, shown=64)
    >>> run.watched["train"].accuracy, run.val_accuracy
    ((0.5,), (0.5,))

    Few images are shown more often than many, so that every network makes as many steps, and a smaller set does not
    lose for want of training. The rate is Adam's, in one cycle with a peak of 0.001: at the end the steps are short,
    and the last accuracy is not a matter of the moment.

    Parameters
    ----------
    model : keras.Model
        Takes images with values from 0 to 255, gives probabilities (n, 1). Compiled here, trained in place.
    train, validation : DecodedPictures
        Labels 0 and 1.
    shown : int
        Images in all, repetitions counted, in batches of 20; a number of training images that 20 divides has no
        smaller batch at its end.
    augment : keras.layers.Layer, optional
        Changes each training batch at random, such as `RandomAffine`.
    seed : int
        Of the order of the training images.

    Returns
    -------
    Run
        Watched at the end: ``"train"``, the training images as they are, without augmentation or dropout, and
        ``"validation"``. All steps together count as one epoch.
    """
    import keras

    from labkit.training.schedules import OneCycle

    steps = shown // BATCH_SIZE
    shuffled = batches(train, BATCH_SIZE, shuffle_seed=seed, augment=augment)
    one_long_epoch = replace(shuffled, dataset=shuffled.dataset.repeat().take(steps), images=shown)
    return fit(
        model,
        one_long_epoch,
        {"train": batches(train, 100), "validation": batches(validation, 100)},
        epochs=1,
        optimizer=keras.optimizers.Adam(OneCycle(PEAK_RATE, steps)),
        loss="binary_crossentropy",
        every_epoch=False,
    )


def both_sides(model: keras.Model, images: ArrayLike) -> NDArray[np.float32]:
    """Return what a network says of images and of their mirror images, averaged.

    >>> import keras
    >>> model = keras.Sequential([keras.Input((1, 2, 1)), keras.layers.Flatten(),
    ...                           keras.layers.Dense(1, kernel_initializer=lambda shape, dtype: [[0.0], [1.0]])])
    >>> both_sides(model, [[[[2], [4]]]]).tolist()
    [[3.0]]

    The simplest augmentation at test time. It costs twice the time of one look.

    Parameters
    ----------
    model : keras.Model
        A classifier of images.
    images : array_like, shape (n, height, width, channels)
        As the model takes them.

    Returns
    -------
    ndarray of float32, the shape of the model's output
    """
    images = np.asarray(images)
    looks = [model.predict(seen, batch_size=100, verbose=0) for seen in (images, images[:, :, ::-1])]
    mean: NDArray[np.float32] = np.mean(looks, axis=0, dtype=np.float32)
    return mean


SET_SIZES = (100, 300, 1000, 2000)
SHOWN = 20_000  # images, in each training of the learning curve
SMALL = (64, 64)


@record(
    "cats-dogs-augmented",
    "The decks' network with dropout and mild changes: 2,000 photographs, 150×150, Adam in one cycle, 40 epochs",
)
def record_augmented(seed: int, *, epochs: int = PETS_RECIPE.epochs) -> Outcome:
    """One seed of the decks' network with dropout, and with the changes and the recipe of this book.

    Network, images and batches are those of `record_baseline`.

    Raises
    ------
    RuntimeError
        If only drawn pets are to be had.
    """
    from labkit.training.augment import pets_augmentation

    return _one_cycle(seed, epochs, pets_augmentation(seed))


@record(
    "cats-dogs-deck-augmentation",
    "The same with the decks' changes, which are larger: 2,000 photographs, 150×150, Adam in one cycle, 40 epochs",
)
def record_deck_augmented(seed: int, *, epochs: int = PETS_RECIPE.epochs) -> Outcome:
    """One seed of the same with the decks' changes, which are larger.

    Raises
    ------
    RuntimeError
        If only drawn pets are to be had.
    """
    return _one_cycle(seed, epochs, deck_augmentation(seed))


@record(
    "cats-dogs-unaugmented",
    "The same without changes: 2,000 photographs, 150×150, dropout, Adam in one cycle, 40 epochs",
)
def record_unaugmented(seed: int, *, epochs: int = PETS_RECIPE.epochs) -> Outcome:
    """One seed of what `record_augmented` is to be compared with: all as there, only that no image is changed.

    Raises
    ------
    RuntimeError
        If only drawn pets are to be had.
    """
    return _one_cycle(seed, epochs, None)


def _one_cycle(seed: int, epochs: int, augmentation: RandomAffine | None) -> Outcome:
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


@record(
    "cats-dogs-set-size",
    "The decks' network on 100 to 2,000 photographs of 64×64, with and without augmentation: 20,000 shown to each",
)
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
    from labkit.training.augment import pets_augmentation

    train, validation, provenance = recorded_photographs(train=max(sizes), size=SMALL)
    metrics: dict[str, Any] = {}

    for count in sizes:
        for name, augment in {"plain": None, "augmented": pets_augmentation(seed)}.items():
            keras.utils.set_random_seed(seed)
            run = train_until_shown(
                cats_dogs_convnet((*SMALL, 3)),
                train[:count],
                validation,
                shown=shown,
                augment=augment,
                seed=seed,
            )
            metrics[f"{name}_train_{count}"] = round(run.watched["train"].accuracy[-1], 4)
            metrics[f"{name}_{count}"] = round(run.val_accuracy[-1], 4)
        metrics[f"gain_{count}"] = round(metrics[f"augmented_{count}"] - metrics[f"plain_{count}"], 4)
    metrics["more_pictures"] = round(metrics[f"plain_{max(sizes)}"] - metrics[f"plain_{min(sizes)}"], 4)
    return metrics, provenance
