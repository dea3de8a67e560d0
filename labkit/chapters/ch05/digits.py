"""Networks and trainings of chapter 5 on handwritten digits: overfitting and its cures, digits out of the middle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from labkit.training.fitting import Run, fit
from labkit.training.small_images import Part, scaled

if TYPE_CHECKING:
    import keras

# The deck trains on 60,000 images for 5 epochs. With a sixth of them, 30 epochs have as many steps.
DECK_EPOCHS, SAME_STEPS_EPOCHS = 5, 30
FEW, MORE, VALIDATION = 300, 3_000, 1_000  # training images where they are few, where they are more; to validate on
REACH = 4  # pixels: a digit fits 20 × 20 about the middle of 28 × 28, so that most are moved so far without being cut
SAMPLES, TESTED = (100, 300, 1_000), 5_000


def train_on_digits(
    model: keras.Model,
    train: Part,
    watched: Part,
    *,
    epochs: int,
    batch_size: int = 32,
    optimizer: str = "adam",
) -> Run:
    """Train a network that ends in scores (logits) on 28 × 28 images.

    Parameters
    ----------
    model : keras.Model
        The network, not compiled. Weights and order of the images follow ``keras.utils.set_random_seed``.
    train, watched : tuple of (images, labels)
        Images, uint8 of shape (n, 28, 28), and labels: those to train on, and those to measure after each epoch.
    epochs, batch_size : int
        Passes over the training images, and images a step.
    optimizer : str
        A Keras optimizer by name, with its defaults.

    Returns
    -------
    Run
        Watched are ``"train"``, the training images as the whole network sees them, and ``"validation"``.
    """
    import keras

    images = scaled(train[0]), train[1]
    return fit(
        model,
        images,
        # The training images are measured like the others, after the epoch, so that the two can be compared.
        {"train": images, "validation": (scaled(watched[0]), watched[1])},
        epochs=epochs,
        optimizer=optimizer,
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        batch_size=batch_size,
    )


def regularized_convnet(rate: float = 0.0, width: int = 32) -> keras.Model:
    """Return the convnet of the course, with scores at its end and one or two means against overfitting.

    >>> regularized_convnet().count_params(), regularized_convnet(width=8).count_params()
    (93322, 6058)

    Parameters
    ----------
    rate : float
        Share of the 64 activations of the dense layer that dropout sets to 0 at each training step; 0 for no dropout.
    width : int
        Filters of the first convolution; the later ones and the dense layer have twice as many.

    References
    ----------
    N. Srivastava et al., *Dropout: A Simple Way to Prevent Neural Networks from Overfitting*, JMLR 15, 2014.
    """
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(width, 3, activation="relu", name="conv1"),
            layers.MaxPooling2D(2, name="pool1"),
            layers.Conv2D(2 * width, 3, activation="relu", name="conv2"),
            layers.MaxPooling2D(2, name="pool2"),
            layers.Conv2D(2 * width, 3, activation="relu", name="conv3"),
            layers.Flatten(name="flatten"),
            layers.Dense(2 * width, activation="relu", name="dense1"),
            *([layers.Dropout(rate, name="dropout")] if rate else []),
            layers.Dense(10, name="logits"),
        ]
    )


def dense_network(units: int = 117) -> keras.Model:
    """Return a network without convolutions, with as many weights as the convnet has, as nearly as can be.

    >>> dense_network().count_params()
    93025
    """
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Flatten(name="flatten"),
            layers.Dense(units, activation="relu", name="dense1"),
            layers.Dense(10, name="logits"),
        ]
    )


def stop_after(losses: Sequence[float], patience: int = 3) -> int:
    """Say after how many epochs early stopping ends a training with these losses.

    >>> stop_after([0.9, 0.5, 0.6, 0.4, 0.5, 0.6, 0.7, 0.3])
    7

    As ``keras.callbacks.EarlyStopping``: once `patience` epochs in a row have brought no loss below the lowest so far.

    Parameters
    ----------
    losses : sequence of float
        A loss an epoch.
    patience : int
        Epochs to wait, at least 1.
    """
    if patience < 1:
        raise ValueError(f"patience is {patience!r}; allowed is a whole number of at least 1")
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        if epoch - best >= patience:
            return epoch + 1
    return len(losses)


def placed_at_random(images: NDArray[np.uint8], seed: int, reach: int = REACH) -> NDArray[np.uint8]:
    """Move each image by a distance of its own, up or down and left or right; what comes in is black.

    >>> placed_at_random(np.full((1, 3, 3), 7, np.uint8), seed=0, reach=1).shape
    (1, 3, 3)

    Parameters
    ----------
    images : ndarray, (n, height, width)
        The images.
    seed : int
        Which positions.
    reach : int
        Greatest distance along each axis, in pixels; at least 0.
    """
    if reach < 0:
        raise ValueError(f"reach is {reach!r}; allowed is a whole number of at least 0")
    count, *shape = images.shape
    padded = np.pad(images, ((0, 0), (reach, reach), (reach, reach)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, shape, axis=(1, 2))
    down, right = np.random.default_rng(seed).integers(0, 2 * reach + 1, (2, count))
    return windows[np.arange(count), down, right]


def train_for_steps(
    model: keras.Model, train: Part, tests: Mapping[str, Part], *, steps: int, batch_size: int = 64
) -> Run:
    """Train a network that ends in scores (logits) with Adam for a number of steps, and measure it at the end.

    Networks that get different numbers of images are compared after as many steps, not after as many epochs.

    Parameters
    ----------
    model : keras.Model
        The network, not compiled.
    train : tuple of (images, labels)
        Images, uint8 of shape (n, 28, 28), and labels.
    tests : mapping of str to tuple of (images, labels)
        What to measure on.
    steps : int
        Training steps; whole epochs are run, as many as come nearest.
    batch_size : int
        Images a step.

    Returns
    -------
    Run
        Watched are the `tests`.
    """
    import keras

    return fit(
        model,
        (scaled(train[0]), train[1]),
        {name: (scaled(images), labels) for name, (images, labels) in tests.items()},
        epochs=max(1, round(steps / -(-len(train[0]) // batch_size))),
        optimizer="adam",
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        batch_size=batch_size,
        every_epoch=False,
    )
