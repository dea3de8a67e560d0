"""Small networks of chapter 16, and what is measured on them: depth, batch normalization, dropout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from labkit.training.fitting import Run, fit, share_right
from labkit.training.restoring import restored

if TYPE_CHECKING:
    import keras

Part = tuple[NDArray[np.float32], NDArray[np.uint8]]

WIDTH = 8  # filters of the first stage
DRAWS = 20  # of the units that are taken away
BATCH_SIZE, EPOCHS, PEAK_RATE = 32, 10, 0.1


def halved(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return images of half the size, from 0 to 1, with an axis for the channel: the mean of each 2×2 pixels.

    >>> halved(np.array([[[0, 255, 51, 51], [0, 255, 51, 51]]], np.uint8)).round(2).tolist()
    [[[[0.5], [0.20000000298023224]]]]

    Parameters
    ----------
    images : ndarray of uint8, shape (n, height, width)
        Height and width even.

    Raises
    ------
    ValueError
        If height or width is odd.
    """
    count, height, width = images.shape
    if height % 2 or width % 2:
        raise ValueError(f"images are {height}×{width}; allowed are an even height and width")
    squares = images.reshape(count, height // 2, 2, width // 2, 2)
    return squares.mean(axis=(2, 4), dtype=np.float32)[..., np.newaxis] / 255


def train_at_depth(
    depth: int,
    shortcuts: bool,
    train: Part,
    validation: Part,
    *,
    test: Part | None = None,
    seed: int,
    epochs: int = EPOCHS,
    peak_rate: float = PEAK_RATE,
) -> Run:
    """Train one network with batch normalization, as He et al. train theirs: SGD with momentum, from He's weights.

    The learning rate makes one cycle, where the paper has steps: so that a short training ends calmly too.

    Parameters
    ----------
    depth : int
        See `labkit.models.cifar_resnet`.
    shortcuts : bool
        Residual or plain.
    train, validation : tuple of (images, labels)
        Images from 0 to 1 of shape (n, height, width, channels), and their classes from 0 to 9.
    test : tuple of (images, labels), optional
        More images to measure on at the end, of which nothing is chosen.
    seed : int
        Seeds the weights and the order of the images.
    epochs : int
        Passes over the training images.
    peak_rate : float
        The highest learning rate; the paper's first is 0.1.
    """
    import keras

    from labkit.models import cifar_resnet

    keras.utils.set_random_seed(seed)
    model = cifar_resnet(depth, train[0].shape[1:], width=WIDTH, shortcuts=shortcuts)
    watched = {"train": train, "validation": validation} | ({"test": test} if test else {})
    return train_in_one_cycle(model, train, watched, epochs=epochs, peak_rate=peak_rate)


def train_in_one_cycle(
    model: keras.Model,
    train: Part,
    watched: Mapping[str, Part],
    *,
    epochs: int = EPOCHS,
    peak_rate: float = PEAK_RATE,
) -> Run:
    """Train a network that ends in logits by SGD with momentum, in one cycle of the learning rate.

    Parameters
    ----------
    model : keras.Model
        Trained in place.
    train : tuple of (images, labels)
        Images as the network takes them, and their classes.
    watched : mapping of str to the same
        Images to measure on at the end.
    epochs : int
        Passes over the training images.
    peak_rate : float
        The highest learning rate.
    """
    import keras

    from labkit.training.schedules import OneCycle

    steps = -(-len(train[0]) // BATCH_SIZE) * epochs
    return fit(
        model,
        train,
        watched,
        epochs=epochs,
        optimizer=keras.optimizers.SGD(OneCycle(peak_rate, steps), momentum=0.9),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        batch_size=BATCH_SIZE,
        every_epoch=False,
    )


def compiled_residual_network() -> keras.Model:
    """Return a residual network of 8 layers for images of 14×14, ready to be trained by SGD with momentum."""
    import keras

    from labkit.models import cifar_resnet

    model = cifar_resnet(8, (14, 14, 1), width=WIDTH)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.05, momentum=0.9), loss, metrics=["accuracy"])
    return model


def scores_by_batch(model: keras.Model, images: NDArray[np.float32], batch_size: int) -> NDArray[np.float32]:
    """Return the scores of a network that is run as in training: normalized by the means of each batch.

    What it has stored is left as it was. Images that fill no whole batch at the end get no scores.

    Parameters
    ----------
    model : keras.Model
        With batch normalization.
    images : ndarray, shape (n, height, width, channels)
        As the model takes them.
    batch_size : int
        Images that are normalized together, 1 to n.

    Returns
    -------
    ndarray, shape (n // batch_size · batch_size, classes)
        In the order of the images.

    Raises
    ------
    ValueError
        If `batch_size` is out of range.
    """
    import tensorflow as tf

    if not 1 <= batch_size <= len(images):
        raise ValueError(f"batch_size is {batch_size!r}; allowed is 1 to the number of images, {len(images):,}")
    run = tf.function(lambda batch: model(batch, training=True), autograph=False)
    starts = range(0, len(images) - batch_size + 1, batch_size)
    with restored(model.non_trainable_variables):
        return np.concatenate([run(tf.constant(images[start : start + batch_size])).numpy() for start in starts])


def hidden_network(rate: float = 0.0) -> keras.Model:
    """Return a network for images of 14×14 with one hidden layer, ``"hidden"``, compiled with Adam.

    >>> hidden_network().count_params() == 196 * 64 + 64 + 64 * 10 + 10
    True

    Parameters
    ----------
    rate : float
        Share of the 64 hidden units that dropout sets to 0 at each training step; 0 for no dropout.
    """
    import keras
    from keras import layers

    model = keras.Sequential(
        [
            keras.Input((14, 14, 1)),
            layers.Flatten(name="flatten"),
            layers.Dense(64, activation="relu", name="hidden"),
            *([layers.Dropout(rate, name="dropout")] if rate else []),
            layers.Dense(10, name="logits"),
        ]
    )
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return model


def accuracy_without_units(
    hidden: NDArray[np.float32],
    weights: NDArray[np.float32],
    bias: NDArray[np.float32],
    labels: NDArray[Any],
    share: float,
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> float:
    """Return the accuracy of a last layer when a share of the units before it is taken away, a mean over draws.

    >>> hidden, weights = np.eye(2, dtype=np.float32), np.eye(2, dtype=np.float32)
    >>> accuracy_without_units(hidden, weights, np.zeros(2, np.float32), np.array([0, 1]), share=0)
    1.0

    The units that stay are divided by their share, as dropout does, so that the scores keep their size.

    Parameters
    ----------
    hidden : ndarray, shape (n, units)
        What the units give for n images.
    weights, bias : ndarray, shapes (units, classes) and (classes,)
        Of the last layer.
    labels : ndarray of int, shape (n,)
        The right classes.
    share : float
        Of the units, rounded to whole ones: 0 to less than 1.
    draws, seed : int
        How often it is drawn which units go, and what seeds that.

    Raises
    ------
    ValueError
        If `share` is out of range.
    """
    if not 0 <= share < 1:
        raise ValueError(f"share is {share!r}; allowed is 0 to less than 1")
    units = hidden.shape[1]
    stay = units - round(share * units)
    random = np.random.default_rng(seed)
    right = []
    for _ in range(draws):
        places = random.permutation(units)[:stay]
        scores = hidden[:, places] @ weights[places] * (units / stay) + bias
        right.append(share_right(scores, labels))
    return float(np.mean(right))


def mean_correlation(hidden: NDArray[np.float32]) -> float:
    """Return how alike the units of a layer are: the mean size of the correlation of two units.

    >>> mean_correlation(np.array([[1, -1], [2, -2], [3, -3]], np.float32))
    1.0

    Parameters
    ----------
    hidden : ndarray, shape (n, units)
        What the units give for n images. Units that are always the same are left out; at least two must be left.
    """
    alive = hidden[:, hidden.std(axis=0) > 0].astype(np.float64)
    table = np.abs(np.corrcoef(alive, rowvar=False))
    return round(float(table[np.triu_indices(len(table), k=1)].mean()), 6)


def less_contrast(images: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return images whose pixels have come nearer to middle grey: half of their distance from it is left.

    >>> less_contrast(np.array([0.0, 0.5, 1.0], np.float32)).tolist()
    [0.25, 0.5, 0.75]
    """
    return 0.5 + (images - 0.5) * np.float32(0.5)


def noisy(images: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    """Return images with normal noise of standard deviation 0.1 on every pixel, cut at 0 and 1.

    >>> noisy(np.zeros((1, 2, 2, 1), np.float32), seed=0).shape
    (1, 2, 2, 1)
    """
    noise = np.random.default_rng(seed).normal(0, 0.1, images.shape)
    return np.clip(images + noise, 0, 1).astype(np.float32)


def blurred(images: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return images whose every pixel is the mean of the 3×3 around it; the border pixels go on beyond the border.

    >>> blurred(np.eye(3, dtype=np.float32)[np.newaxis, :, :, np.newaxis])[0, 1, 1].round(4).tolist()
    [0.33329999446868896]
    """
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    return np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2)).mean(axis=(-2, -1), dtype=np.float32)


def autoencoder(rate: float = 0.0, units: int = 256) -> keras.Model:
    """Return a network that gives back images of 28×28 from one hidden layer, ``"hidden"``, compiled with Adam.

    >>> autoencoder(units=100).count_params() == 784 * 100 + 100 + 100 * 784 + 784
    True

    Parameters
    ----------
    rate : float
        Share of the hidden units that dropout sets to 0 at each training step; 0 for no dropout.
    units : int
        Hidden units, with ReLU.
    """
    import keras
    from keras import layers

    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Flatten(name="flatten"),
            layers.Dense(units, activation="relu", name="hidden"),
            *([layers.Dropout(rate, name="dropout")] if rate else []),
            layers.Dense(784, activation="sigmoid", name="pixels"),
            layers.Reshape((28, 28, 1), name="image"),
        ]
    )
    model.compile("adam", "binary_crossentropy")
    return model


def neighbour_correlation(weights: NDArray[np.float32], side: int) -> float:
    """Return how smooth the weights of units are over the image: the mean correlation with the pixel to the right.

    >>> ramp = np.tile(np.arange(5.0, dtype=np.float32), 5).reshape(25, 1)
    >>> neighbour_correlation(ramp, 5)
    1.0
    >>> chessboard = (np.indices((5, 5)).sum(axis=0) % 2).reshape(25, 1).astype(np.float32)
    >>> neighbour_correlation(chessboard, 5)
    -1.0

    Noise has 0; a stroke or a spot is near 1.

    Parameters
    ----------
    weights : ndarray, shape (side · side, units)
        From each pixel to each unit. Units whose weights are all alike are left out.
    side : int
        Height and width of the image.
    """
    maps = weights.T.reshape(-1, side, side)
    left, right = (part.reshape(len(maps), -1).astype(np.float64) for part in (maps[:, :, :-1], maps[:, :, 1:]))
    left, right = (part - part.mean(axis=1, keepdims=True) for part in (left, right))
    sizes = np.sqrt((left**2).sum(axis=1) * (right**2).sum(axis=1))
    return round(float(((left * right).sum(axis=1)[sizes > 0] / sizes[sizes > 0]).mean()), 6)
