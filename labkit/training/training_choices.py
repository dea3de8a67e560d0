"""Batch normalization, the learning rate and dropout, measured on small networks: for chapter 16, and its record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from labkit.training.comparisons import share_right
from labkit.training.depth_experiments import BATCH_SIZE, TRAINED_ON, VALIDATED_ON, WIDTH, Part, halved
from labkit.training.fashion_parts import drawn_parts, fashion_provenance, real_fashion_mnist
from labkit.training.restoring import restored

if TYPE_CHECKING:
    import keras

NORMALIZED_BY = (1, 2, 4, 8, 32, 100)  # images a batch
DARKENED = 0.5  # what the pixels are multiplied by
EPOCHS, RATE_EPOCHS, HIDDEN_EPOCHS = 6, 3, 40
REMOVED, DRAWS = 0.5, 20  # the share of hidden units taken away, and how often it is drawn which
RATE_FACTORS = {"low": 0.01, "suggested": 1.0, "high": 100.0}


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
            layers.Dense(10, name="scores"),
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


def record_training_choices(seed: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """One seed of everything here, for ``book/records``. A seed draws its own images, first weights and order.

    Raises
    ------
    RuntimeError
        If only stand-in data is to be had: a record is made on real data or not at all.
    """
    data = real_fashion_mnist()
    parts = drawn_parts(data.x_train, data.y_train, train=TRAINED_ON, validation=VALIDATED_ON, seed=seed)
    train, validation = ((halved(images), labels) for images, labels in parts)
    metrics = {
        **_normalization_metrics(train, validation, seed),
        **_rate_metrics(train, validation, seed),
        **_dropout_metrics(train, validation, seed),
    }
    used = f": {TRAINED_ON:,} + {VALIDATED_ON:,} of the training images, halved to 14×14"
    return {name: round(value, 4) for name, value in metrics.items()}, fashion_provenance(data, used)


def _normalization_metrics(train: Part, validation: Part, seed: int) -> dict[str, float]:
    import keras

    keras.utils.set_random_seed(seed)
    model = compiled_residual_network()
    model.fit(*train, batch_size=BATCH_SIZE, epochs=EPOCHS, verbose=0)
    pictures, labels = validation
    dark = pictures * np.float32(DARKENED)

    def stored(images: NDArray[np.float32]) -> float:
        return share_right(model.predict(images, batch_size=500, verbose=0), labels)

    def own(images: NDArray[np.float32], size: int) -> float:
        scores = scores_by_batch(model, images, size)
        return share_right(scores, labels[: len(scores)])

    metrics = {"stored": stored(pictures), "dark_stored": stored(dark), "dark_own_100": own(dark, 100)}
    metrics |= {f"own_{size}": own(pictures, size) for size in NORMALIZED_BY}
    in_order = np.argsort(labels, kind="stable")
    sorted_scores = scores_by_batch(model, pictures[in_order], 100)
    metrics["own_100_sorted"] = share_right(sorted_scores, labels[in_order][: len(sorted_scores)])
    metrics["tiny_batches_cost"] = metrics["stored"] - metrics["own_2"]
    metrics["shift_costs"] = metrics["stored"] - metrics["dark_stored"]
    metrics["own_means_bring_back"] = metrics["dark_own_100"] - metrics["dark_stored"]
    return metrics


def _rate_metrics(train: Part, validation: Part, seed: int) -> dict[str, float]:
    import keras

    from labkit.training.learning_rate_range import learning_rate_range_test

    keras.utils.set_random_seed(seed)
    model = compiled_residual_network()
    suggested = learning_rate_range_test(model, *train, batch_size=BATCH_SIZE, steps=90, seed=seed).suggested
    first = model.get_weights()
    metrics = {"suggested_rate": suggested}
    for name, factor in RATE_FACTORS.items():
        model.set_weights(first)
        for variable in model.optimizer.variables:  # the momentum of the training before
            variable.assign(np.zeros(variable.shape))
        model.optimizer.learning_rate.assign(suggested * factor)
        model.fit(*train, batch_size=BATCH_SIZE, epochs=RATE_EPOCHS, verbose=0)
        metrics[f"rate_{name}"] = share_right(model.predict(validation[0], batch_size=500, verbose=0), validation[1])
    metrics["right_rate_gains"] = metrics["rate_suggested"] - max(metrics["rate_low"], metrics["rate_high"])
    return metrics


def _dropout_metrics(train: Part, validation: Part, seed: int) -> dict[str, float]:
    import keras

    metrics: dict[str, float] = {}
    for name, rate in (("plain", 0.0), ("dropout", 0.5)):
        keras.utils.set_random_seed(seed)
        model = hidden_network(rate)
        model.fit(*train, batch_size=BATCH_SIZE, epochs=HIDDEN_EPOCHS, verbose=0)
        layer = model.get_layer("hidden")
        hidden = keras.Model(model.inputs[0], layer.output).predict(validation[0], batch_size=500, verbose=0)
        weights, bias = model.get_layer("scores").get_weights()
        whole, half = (
            accuracy_without_units(hidden, weights, bias, validation[1], share, seed=seed) for share in (0.0, REMOVED)
        )
        metrics |= {f"{name}_whole": whole, f"{name}_half": half, f"{name}_half_costs": whole - half}
        metrics[f"{name}_correlation"] = mean_correlation(hidden)
        metrics[f"{name}_train"] = share_right(model.predict(train[0], batch_size=500, verbose=0), train[1])
    metrics["dropout_saves"] = metrics["plain_half_costs"] - metrics["dropout_half_costs"]
    metrics["dropout_correlation_change"] = metrics["dropout_correlation"] - metrics["plain_correlation"]
    return metrics
