"""The long runs of chapter 16: depth with and without shortcuts; normalization, learning rate and dropout."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from labkit.chapters.ch16.measuring import (
    BATCH_SIZE,
    WIDTH,
    Part,
    accuracy_without_units,
    autoencoder,
    blurred,
    compiled_residual_network,
    halved,
    hidden_network,
    less_contrast,
    mean_correlation,
    neighbour_correlation,
    noisy,
    scores_by_batch,
    train_at_depth,
    train_in_one_cycle,
)
from labkit.course.recording import Outcome, record
from labkit.datasets.dataset import ImageDataset
from labkit.training.fitting import fit, share_right
from labkit.training.rates import metrics_by_rate
from labkit.training.real_data import (
    drawn_parts,
    fashion_provenance,
    mnist_provenance,
    real_fashion_mnist,
    real_mnist,
)
from labkit.training.small_images import scaled

COMPARED_DEPTHS = (8, 20, 56)
TRAINED_ON, VALIDATED_ON = 3_000, 2_000
REMOVED = 0.5  # the share of hidden units taken away
NORMALIZED_BY = (1, 2, 4, 8, 32, 100)  # images a batch
DARKENED = 0.5  # what the pixels are multiplied by
EPOCHS, RATE_EPOCHS, HIDDEN_EPOCHS = 6, 3, 40
PEAK_RATES = (0.1, 0.03, 0.01, 0.003)
RATE_FACTORS = {"low": 0.01, "suggested": 1.0, "high": 100.0}


def _small_images(data: ImageDataset, seed: int) -> tuple[Part, Part]:
    """Images of 14×14 to train and to validate on, other ones for each seed."""
    parts = drawn_parts(data.x_train, data.y_train, train=TRAINED_ON, validation=VALIDATED_ON, seed=seed)
    train, validation = ((halved(images), labels) for images, labels in parts)
    return train, validation


def _used(others: str = "") -> str:
    """What a record says of them."""
    return f": {TRAINED_ON:,} + {VALIDATED_ON:,} of the training images{others}, halved to 14×14"


@record(
    "degradation",
    "Plain and residual networks of 8, 20 and 56 layers: 3,000 pictures of Fashion-MNIST at 14×14, one "
    "cycle, 10 epochs",
)
def record_degradation(seed: int) -> Outcome:
    """One seed of the six networks, for ``book/records``. A seed draws its own images, first weights and order.

    Raises
    ------
    RuntimeError
        If only stand-in data is to be had: a record is made on real data or not at all.
    """
    data = real_fashion_mnist()
    train, validation = _small_images(data, seed)
    metrics: dict[str, Any] = {}
    for shortcuts in (False, True):
        kind = "residual" if shortcuts else "plain"
        for depth in COMPARED_DEPTHS:
            run = train_at_depth(depth, shortcuts, train, validation, seed=seed)
            metrics |= {
                f"{kind}_{depth}_train": round(run.watched["train"].accuracy[-1], 4),
                f"{kind}_{depth}_val": round(run.val_accuracy[-1], 4),
                f"{kind}_{depth}_loss_by_epoch": [round(loss, 4) for loss in run.loss],
            }
        for part in ("train", "val"):
            deeper, shallower = (metrics[f"{kind}_{depth}_{part}"] for depth in (56, 20))
            metrics[f"{kind}_56_minus_20_{part}"] = round(deeper - shallower, 4)
    for part in ("train", "val"):
        metrics[f"residual_minus_plain_56_{part}"] = round(
            metrics[f"residual_56_{part}"] - metrics[f"plain_56_{part}"], 4
        )
    return metrics, fashion_provenance(data, _used())


@record(
    "training-choices",
    "A residual network of 8 layers: whose means normalize, darker pictures, three rates, 6 and 3 epochs; dropout, 40",
)
def record_training_choices(seed: int) -> Outcome:
    """One seed of everything here, for ``book/records``. A seed draws its own images, first weights and order.

    Raises
    ------
    RuntimeError
        If only stand-in data is to be had: a record is made on real data or not at all.
    """
    data = real_fashion_mnist()
    train, validation = _small_images(data, seed)
    metrics = {
        **_normalization_metrics(train, validation, seed),
        **_rate_metrics(train, validation, seed),
        **_dropout_metrics(train, validation, seed),
    }
    return {name: round(value, 4) for name, value in metrics.items()}, fashion_provenance(data, _used())


def _normalization_metrics(train: Part, validation: Part, seed: int) -> dict[str, float]:
    import keras

    keras.utils.set_random_seed(seed)
    model = compiled_residual_network()
    fit(model, train, epochs=EPOCHS, batch_size=BATCH_SIZE)
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
        run = fit(
            model, train, {"validation": validation}, epochs=RATE_EPOCHS, batch_size=BATCH_SIZE, every_epoch=False
        )
        metrics[f"rate_{name}"] = run.val_accuracy[-1]
    metrics["right_rate_gains"] = metrics["rate_suggested"] - max(metrics["rate_low"], metrics["rate_high"])
    return metrics


def _dropout_metrics(train: Part, validation: Part, seed: int) -> dict[str, float]:
    import keras

    metrics: dict[str, float] = {}
    for name, rate in (("plain", 0.0), ("dropout", 0.5)):
        keras.utils.set_random_seed(seed)
        model = hidden_network(rate)
        run = fit(model, train, {"train": train}, epochs=HIDDEN_EPOCHS, batch_size=BATCH_SIZE, every_epoch=False)
        layer = model.get_layer("hidden")
        hidden = keras.Model(model.inputs[0], layer.output).predict(validation[0], batch_size=500, verbose=0)
        weights, bias = model.get_layer("logits").get_weights()
        whole, half = (
            accuracy_without_units(hidden, weights, bias, validation[1], share, seed=seed) for share in (0.0, REMOVED)
        )
        metrics |= {f"{name}_whole": whole, f"{name}_half": half, f"{name}_half_costs": whole - half}
        metrics[f"{name}_correlation"] = mean_correlation(hidden)
        metrics[f"{name}_train"] = run.watched["train"].accuracy[-1]
    metrics["dropout_saves"] = metrics["plain_half_costs"] - metrics["dropout_half_costs"]
    metrics["dropout_correlation_change"] = metrics["dropout_correlation"] - metrics["plain_correlation"]
    return metrics


@record(
    "degradation-by-rate",
    "Plain and residual networks of 8, 20 and 56 layers, each at four learning rates: 3,000 images of Fashion-MNIST at "
    "14×14, one cycle, 10 epochs",
)
def record_degradation_by_rate(seed: int, *, epochs: int = 10) -> Outcome:
    """One seed of the six networks of `record_degradation`, each trained at several rates, for ``book/records``.

    The rate of each network is chosen by its accuracy on 2,000 validation images. What is compared is measured on the
    training images and on the 10,000 test images, which have no part in the choice. Each list of the record has one
    number a rate, in the order of ``rates``.

    Raises
    ------
    RuntimeError
        If only stand-in data is to be had: a record is made on real data or not at all.
    """
    data = real_fashion_mnist()
    train, validation = _small_images(data, seed)
    test = halved(data.x_test), data.y_test
    metrics: dict[str, Any] = {"rates": list(PEAK_RATES)}
    for kind, shortcuts in (("plain", False), ("residual", True)):
        for depth in COMPARED_DEPTHS:
            runs = {
                rate: train_at_depth(
                    depth, shortcuts, train, validation, test=test, seed=seed, epochs=epochs, peak_rate=rate
                )
                for rate in PEAK_RATES
            }
            metrics |= metrics_by_rate(f"{kind}_{depth}", runs)
        for part in ("train", "test"):
            deeper, shallower = (metrics[f"{kind}_{depth}_{part}"] for depth in (56, 20))
            metrics[f"{kind}_56_minus_20_{part}"] = round(deeper - shallower, 4)
    for part in ("train", "test"):
        difference = metrics[f"residual_56_{part}"] - metrics[f"plain_56_{part}"]
        metrics[f"residual_minus_plain_56_{part}"] = round(difference, 4)
    return metrics, fashion_provenance(data, _used(" and all 10,000 test images"))


@record(
    "domain-shift",
    "A residual network of 8 layers on images with less contrast, noise or blur: stored means and those of the batch",
)
def record_domain_shift(seed: int, *, epochs: int = 15) -> Outcome:
    """One seed of a network whose images change after its training, for ``book/records``.

    It is asked with its stored means, and with the means of batches of 100 of the images themselves. The control are
    the unchanged images: what the batch's own means bring there, they do not owe to the change.

    Raises
    ------
    RuntimeError
        If only stand-in data is to be had: a record is made on real data or not at all.
    """
    import keras

    from labkit.models import cifar_resnet

    data = real_fashion_mnist()
    train, (images, labels) = _small_images(data, seed)
    keras.utils.set_random_seed(seed)
    model = cifar_resnet(8, train[0].shape[1:], width=WIDTH)
    run = train_in_one_cycle(model, train, {}, epochs=epochs)
    changed = {
        "unchanged": images,
        "contrast": less_contrast(images),
        "noise": noisy(images, seed),
        "blur": blurred(images),
    }
    metrics: dict[str, Any] = {"train": round(run.accuracy[-1], 4)}
    for name, seen in changed.items():
        stored = share_right(model.predict(seen, batch_size=500, verbose=0), labels)
        own = share_right(scores_by_batch(model, seen, 100), labels)
        metrics |= {f"{name}_stored": round(stored, 4), f"{name}_own": round(own, 4)}
    for name in changed:
        metrics[f"{name}_gain"] = round(metrics[f"{name}_own"] - metrics[f"{name}_stored"], 4)
        metrics[f"{name}_costs"] = round(metrics["unchanged_stored"] - metrics[f"{name}_stored"], 4)
        metrics[f"{name}_gain_beyond_control"] = round(metrics[f"{name}_gain"] - metrics["unchanged_gain"], 4)
    return metrics, fashion_provenance(data, _used())


@record(
    "dropout-features",
    "An autoencoder of 256 hidden units on 10,000 digits of MNIST for 20 epochs: its features without and with dropout",
)
def record_dropout_features(seed: int, *, images: int = 10_000, epochs: int = 20) -> Outcome:
    """One seed of what Srivastava and others show in pictures (section 7 of their paper), in numbers.

    How smooth the weights of a hidden unit are over the image, how many units answer to a digit, and how strongly.

    Raises
    ------
    RuntimeError
        If only stand-in data is to be had: a record is made on real data or not at all.
    """
    import keras

    data = real_mnist()
    train, (unseen, _) = drawn_parts(data.x_train, data.y_train, train=images, validation=1_000, seed=seed)
    digits, unseen_digits = scaled(train[0]), scaled(unseen)
    metrics: dict[str, float] = {}
    for name, rate in (("plain", 0.0), ("dropout", 0.5)):
        keras.utils.set_random_seed(seed)
        model = autoencoder(rate)
        model.fit(digits, digits, batch_size=BATCH_SIZE, epochs=epochs, verbose=0)
        layer = model.get_layer("hidden")
        hidden = keras.Model(model.inputs[0], layer.output).predict(unseen_digits, batch_size=500, verbose=0)
        metrics |= {
            f"{name}_smooth": neighbour_correlation(layer.get_weights()[0], 28),
            f"{name}_active": float((hidden > 0).mean()),
            f"{name}_mean": float(hidden.mean()),
            f"{name}_loss": float(model.evaluate(unseen_digits, unseen_digits, batch_size=500, verbose=0)),
        }
    for figure in ("smooth", "active", "mean"):
        metrics[f"{figure}_change"] = metrics[f"dropout_{figure}"] - metrics[f"plain_{figure}"]
    provenance = mnist_provenance(data)
    provenance["source"] += f": {images:,} of the training images, 1,000 others to look at"
    return {name: round(value, 4) for name, value in metrics.items()}, provenance
