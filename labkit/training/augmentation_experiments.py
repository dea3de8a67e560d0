"""What augmentation is worth: short trainings that can be compared, because all see as many images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labkit.datasets.decoding import DecodedPictures
from labkit.training.pipeline import batches
from labkit.training.schedules import OneCycle

if TYPE_CHECKING:
    import keras

    from labkit.training.augment import RandomAffine

PEAK_RATE = 1e-3
BATCH_SIZE = 20  # the decks'


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


def first_pictures(images: DecodedPictures, count: int) -> DecodedPictures:
    """Return the first few images: of cats and dogs in turn, as loaded, half of each class.

    >>> images = DecodedPictures(np.zeros((6, 8, 8, 3), np.uint8), np.arange(6) % 2, ("cat", "dog"), "squash")
    >>> first_pictures(images, 4).labels.tolist()
    [0, 1, 0, 1]

    Parameters
    ----------
    images : DecodedPictures
        Cats and dogs in turn.
    count : int
        How many, from 2 on.

    Raises
    ------
    ValueError
        If there are not that many.
    """
    if not 2 <= count <= len(images):
        raise ValueError(f"count is {count!r}; allowed is 2 to {len(images)}, the number of images")
    return DecodedPictures(
        images.images[:count], images.labels[:count], images.class_names, images.resizing, images.file
    )


def accuracies_after(
    model: keras.Model,
    train: DecodedPictures,
    validation: DecodedPictures,
    *,
    shown: int,
    augment: Any = None,
    seed: int = 0,
) -> tuple[float, float]:
    """Train until a number of images has been shown, and return the accuracy on both parts.

    >>> import keras
    >>> model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(),
    ...                           keras.layers.Dense(1, activation="sigmoid")])
    >>> dark = np.zeros((4, 8, 8, 3), np.uint8)
    >>> images = DecodedPictures(dark, np.array([0, 1, 0, 1]), ("cat", "dog"), "squash")
    >>> accuracies_after(model, images, images, shown=64)
    (0.5, 0.5)

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
    tuple of float
        On the training images as they are, without augmentation or dropout; on the validation images.
    """
    import keras

    steps = shown // BATCH_SIZE
    model.compile(keras.optimizers.Adam(OneCycle(PEAK_RATE, steps)), "binary_crossentropy", metrics=["accuracy"])
    endless = batches(train, BATCH_SIZE, shuffle_seed=seed, augment=augment).dataset.repeat()
    model.fit(endless, steps_per_epoch=steps, shuffle=False, verbose=0)
    on_train, on_validation = (
        float(model.evaluate(batches(part, 100).dataset, verbose=0)[1]) for part in (train, validation)
    )
    return on_train, on_validation


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
