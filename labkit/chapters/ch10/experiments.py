"""The long runs of chapter 10 on photographs of cats and dogs, for ``book/records``; each makes one seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from statistics import fmean
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labkit.chapters.ch10.probes import (
    DEPTHS,
    PER_CLASS,
    as_colour_images,
    chosen_rows,
    draw_per_class,
    features_by_depth,
    linear_probe,
    settle_normalization,
    several_looks,
)
from labkit.course.recording import Outcome, record
from labkit.training.real_data import recorded_photographs
from labkit.training.transfer.features import Features, extract_features
from labkit.training.transfer.plans import LITE0, start_frozen

SIDE_BY_DEPTH, SIDE_OF_FEW = (160, 160), (224, 224)
DRAWN, TESTED = 1000, 1000
AUGMENTED_UP_TO, LOOKS = 100, 5


@record(
    "features-by-depth",
    "A linear probe on each depth of EfficientNet-Lite0: photographs and clothes of 160×160, trained and "
    "random weights",
)
def record_by_depth(seed: int, *, drawn: int = DRAWN, tested: int = TESTED) -> Outcome:
    """One seed of the probe at every depth: photographs and clothes, ImageNet's weights and random ones.

    1,000 images are drawn to train each probe on, and it is tested on 1,000 others, always the same. The random
    network is another for each seed; the one of ImageNet is the same, so there the seed is only in the draw.

    Raises
    ------
    RuntimeError
        If only drawn pets are to be had.
    """
    import keras

    from labkit.datasets import load_fashion_mnist
    from labkit.models.pretrained import load

    photographs, validation, provenance = recorded_photographs(size=SIDE_BY_DEPTH)
    fashion = load_fashion_mnist()
    rows = draw_per_class(fashion.y_train, drawn // 10, seed)
    clothes = [
        as_colour_images(images, labels, fashion.class_names, SIDE_BY_DEPTH)
        for images, labels in (
            (fashion.x_train[rows], fashion.y_train[rows]),
            (fashion.x_test[:tested], fashion.y_test[:tested]),
        )
    ]
    chosen = draw_per_class(photographs.labels, drawn // 2, seed)
    pets = [photographs[chosen], validation]

    metrics: dict[str, Any] = {"layers": list(DEPTHS)}
    for task, (train, test) in {"pets": pets, "clothes": clothes}.items():
        for weights in ("imagenet", "random"):
            keras.utils.set_random_seed(seed)
            backbone = load(
                include_top=False, input_size=SIDE_BY_DEPTH[0], weights=None if weights == "random" else weights
            )
            if weights == "random":
                settle_normalization(backbone, train[:64])
            # Nothing is kept in the cache: these features are needed once.
            known, asked = (features_by_depth(backbone, part, cache=False) for part in (train, test))
            curve = [round(linear_probe(known[name], asked[name]), 4) for name in DEPTHS]
            metrics[f"{task}_{weights}"] = curve
    metrics.update(figures_by_depth(metrics))
    metrics["clothes_pixels"] = round(linear_probe(*_pixels(fashion, rows, tested)), 4)
    source = f"{provenance['source']}; {fashion.provenance.source}: {drawn:,} to train and {tested:,} to test on"
    return metrics, {**provenance, "source": source}


def figures_by_depth(curves: Mapping[str, Any]) -> dict[str, float]:
    """Return single figures for what the curves of one seed show.

    >>> curves = dict.fromkeys(("pets_random", "clothes_imagenet", "clothes_random"), [0.5] * 9)
    >>> figures_by_depth({**curves, "pets_imagenet": [0.5] * 6 + [0.6, 0.7, 0.8]})
    {'first_gain': 0.0, 'last_for_photographs': 0.3, 'pets_gain': 0.3, 'clothes_gain': 0.0}

    Parameters
    ----------
    curves : mapping of str to list of float
        An accuracy for each of `DEPTHS`, by task and weights: ``pets_imagenet``, ``pets_random``, ``clothes_imagenet``,
        ``clothes_random``.

    Returns
    -------
    dict of str to float
        ``first_gain``: of ImageNet's weights over random ones at the first depth, the mean of both tasks.
        ``last_for_photographs``: what the last three depths add for photographs, less what they add for clothes.
        ``pets_gain``, ``clothes_gain``: the best depth of ImageNet's weights over the best of random ones.
    """
    first = [curves[f"{task}_imagenet"][0] - curves[f"{task}_random"][0] for task in ("pets", "clothes")]
    added = {task: curves[f"{task}_imagenet"][-1] - curves[f"{task}_imagenet"][-4] for task in ("pets", "clothes")}
    figures = {"first_gain": fmean(first), "last_for_photographs": added["pets"] - added["clothes"]}
    for task in ("pets", "clothes"):
        figures[f"{task}_gain"] = max(curves[f"{task}_imagenet"]) - max(curves[f"{task}_random"])
    return {name: round(figure, 4) for name, figure in figures.items()}


def _pixels(fashion: Any, rows: NDArray[np.int64], tested: int) -> tuple[Features, Features]:
    """The pixels themselves as features: what a probe can do without any network."""
    known, asked = (
        Features(images.reshape(len(images), -1).astype(np.float32), labels, fashion.class_names, "pixels", "", 0.0)
        for images, labels in (
            (fashion.x_train[rows], fashion.y_train[rows]),
            (fashion.x_test[:tested], fashion.y_test[:tested]),
        )
    )
    return known, asked


@record(
    "few-pictures",
    "A linear probe on the frozen features of EfficientNet-Lite0: 10 to 1,000 photographs a class of 224×224",
)
def record_few_pictures(seed: int, *, per_class: tuple[int, ...] = PER_CLASS) -> Outcome:
    """One seed of how few photographs are enough for a probe on the frozen features, with and without augmentation.

    The photographs of each size are drawn anew for each seed, and are part of the next larger size. Up to 100 a class
    there is a second probe, trained on five looks at each: as it is, and changed at random four times.

    Raises
    ------
    RuntimeError
        If only drawn pets are to be had.
    """
    from labkit.models.pretrained import load
    from labkit.training.augment import pets_augmentation

    photographs, validation, provenance = recorded_photographs(size=SIDE_OF_FEW)
    backbone = load(include_top=False)
    known, asked = (extract_features(backbone, part) for part in (photographs, validation))
    metrics: dict[str, Any] = {"per_class": list(per_class)}
    for count in per_class:
        rows = draw_per_class(known.labels, count, seed)
        metrics[f"frozen_{count}"] = round(linear_probe(chosen_rows(known, rows), asked), 4)
    metrics["frozen_by_size"] = [metrics[f"frozen_{count}"] for count in per_class]

    few = [count for count in per_class if count <= AUGMENTED_UP_TO]
    rows = draw_per_class(known.labels, max(few), seed)
    some = photographs[rows]
    looks = several_looks(backbone, some, pets_augmentation(seed), LOOKS, cache=False)
    for count in few:
        inside = np.isin(rows, draw_per_class(known.labels, count, seed))
        seen = chosen_rows(looks, np.flatnonzero(np.tile(inside, LOOKS)))
        metrics[f"augmented_{count}"] = round(linear_probe(seen, asked), 4)
        metrics[f"gain_{count}"] = round(metrics[f"augmented_{count}"] - metrics[f"frozen_{count}"], 4)
    metrics["gain"] = round(fmean(metrics[f"gain_{count}"] for count in few), 4)
    return metrics, provenance


@record(
    "cats-dogs-frozen",
    "Frozen features of EfficientNet-Lite0 and logistic regression: 2,000 photographs of cats and dogs, 224×224",
)
def record_frozen(seed: int) -> Outcome:
    """One seed of a head on frozen features: 2,000 photographs to train and 1,000 to validate on.

    The clock runs from the image files to the trained head: decoding, features of all 3,000 (the cache is not used),
    head. Seeds differ in the head's first weights and in the order of the rows; the features are the same. Processor
    seconds are summed over all cores, so that a busy machine does not count.

    Raises
    ------
    RuntimeError
        If only drawn pets are to be had.
    """
    start = start_frozen(LITE0, seed)
    run = start.frozen.run
    metrics = {
        "last_val_accuracy": round(run.val_accuracy[-1], 4),
        "last_accuracy": round(run.accuracy[-1], 4),
        "val_accuracy_by_epoch": [round(value, 4) for value in run.val_accuracy],
        "parameters_trained": start.frozen.trained.head.count_params(),
    }
    return metrics | start.times, start.provenance


@record(
    "converged-heads",
    "A head on the frozen features of EfficientNet-Lite0 for 400 epochs: 2,000 photographs of 224×224",
)
def record_converged_heads(seed: int, *, epochs: int = 400) -> Outcome:
    """One seed of the head of chapter 10, trained until more epochs bring nothing, to see what 20 of them leave.

    Raises
    ------
    RuntimeError
        If only drawn pets are to be had.
    """
    start = start_frozen(replace(LITE0, head={**LITE0.head, "epochs": epochs}), seed)
    run = start.frozen.run
    shown = [epoch for epoch in (1, 5, 20, 30, 50, 100, 200, 400) if epoch <= epochs]
    metrics: dict[str, Any] = {"epochs": shown}
    for curve in ("loss", "val_loss", "val_accuracy"):
        metrics[f"{curve}_after"] = [round(getattr(run, curve)[epoch - 1], 4) for epoch in shown]
    metrics["last_val_accuracy"] = round(run.val_accuracy[-1], 4)
    metrics["gain_after_20"] = round(run.val_accuracy[-1] - run.val_accuracy[min(20, epochs) - 1], 4)
    return metrics, start.provenance
