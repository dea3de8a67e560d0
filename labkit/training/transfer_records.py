"""The long runs of chapters 10 and 11 on photographs of cats and dogs, for ``book/records``; each makes one seed."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

from labkit.training.decoding import DecodedPictures, decode_pictures

if TYPE_CHECKING:
    from labkit.training.transfer import FrozenRun

Outcome = tuple[dict[str, Any], dict[str, Any]]


@dataclass(frozen=True)
class Plan:
    """How photographs are made to fit, what is trained on which features, and what is tuned after that.

    Attributes
    ----------
    backbone : str
        As `labkit.models.pretrained.load` knows it.
    size : int
        Height and width of the pictures.
    resizing, pooling
        See `decode_pictures` and `extract_features`.
    head : dict
        See `train_head`.
    first_tuned : str
        The first layer to tune.
    epochs, rate
        Of the tuning; the learning rate falls from here in a straight line to zero, so that the weights settle.
    """

    backbone: str
    size: int
    resizing: str
    pooling: str | None
    first_tuned: str
    epochs: int
    rate: float
    head: dict[str, Any] = field(default_factory=dict)


# Chosen by cross-validation on the 2,000 training photographs, before any other was looked at: cut to the central
# square they gave 99.1 %, squashed 98.7 %, padded 98.3 % (logistic regression on the features); a head without dropout
# 99.0 %, with it 99.2 %, and after 15 epochs as much as after 30.
LITE0 = Plan(
    "efficientnet-lite0", 224, "crop", "mean", "block7a_expand_conv", 3, 1e-4, head={"dropout": 0.5, "epochs": 15}
)
# As in Chollet's textbook, section 5.3, which gives about 90 % for the head alone and about 97 % after tuning.
VGG16 = Plan(
    "vgg16",
    150,
    "squash",
    None,
    "block5_conv1",
    30,
    1e-5,
    head={"hidden": 256, "dropout": 0.5, "epochs": 30, "batch_size": 20},
)


@dataclass(frozen=True, eq=False)
class _Start:
    """Where every record starts: photographs, and a head on frozen features of them, with the times it took."""

    train: DecodedPictures
    validation: DecodedPictures
    frozen: FrozenRun
    times: dict[str, float]
    provenance: dict[str, Any]


def record_frozen(seed: int) -> Outcome:
    """One seed of a head on frozen features: 2,000 photographs to train and 1,000 to validate on.

    The clock runs from the picture files to the trained head: decoding, features of all 3,000 (the cache is not used),
    head. Seeds differ in the head's first weights and in the order of the rows; the features are the same. Processor
    seconds are summed over all cores, so that a busy machine does not count.

    Raises
    ------
    RuntimeError
        If only drawn pets are to be had.
    """
    start = _frozen(LITE0, seed)
    run = start.frozen.run
    metrics = {
        "last_val_accuracy": round(run.val_accuracy[-1], 4),
        "last_accuracy": round(run.accuracy[-1], 4),
        "val_accuracy_by_epoch": [round(value, 4) for value in run.val_accuracy],
        "parameters_trained": run.head.count_params(),
    }
    return metrics | start.times, start.provenance


def record_fine_tuned(seed: int) -> Outcome:
    """One seed of fine-tuning: a head on frozen features as in `record_frozen`, then the last block with it.

    Raises
    ------
    RuntimeError
        If only drawn pets are to be had.
    """
    return _fine_tuned(LITE0, seed)


def record_vgg16(seed: int) -> Outcome:
    """One seed of what the lecture decks and their textbook do with VGG16: a head on frozen maps, then block 5 with it.

    Hours without a graphics card, and only where Keras can download VGG16's weights or has them.

    Raises
    ------
    RuntimeError
        If only drawn pets are to be had.
    labkit.store.errors.DataError
        If the weights are not to be had.
    """
    return _fine_tuned(VGG16, seed)


def _fine_tuned(plan: Plan, seed: int) -> Outcome:
    from keras.optimizers.schedules import PolynomialDecay

    from labkit.training import transfer
    from labkit.training.augment import RandomAffine

    start = _frozen(plan, seed)
    model = start.frozen.model
    trainability = transfer.fine_tune_from(model, plan.first_tuned)
    started, worked = perf_counter(), process_time()
    run = transfer.fine_tune(
        model,
        start.train,
        start.validation,
        epochs=plan.epochs,
        learning_rate=PolynomialDecay(plan.rate, plan.epochs * math.ceil(len(start.train) / 32), end_learning_rate=0.0),
        augment=RandomAffine(horizontal_flip=True, seed=seed),
        seed=seed,
    )
    frozen_accuracy = start.frozen.run.val_accuracy[-1]
    seconds = perf_counter() - started
    metrics = {
        "frozen_val_accuracy": round(frozen_accuracy, 4),
        "gain": round(run.val_accuracy[-1] - frozen_accuracy, 4),
        **run.metrics(),
        "tensors_before": trainability.before,
        "tensors_after": trainability.after,
        "parameters_tuned": trainability.parameters_after,
        "frozen_seconds": start.times["seconds_in_all"],
        "seconds_in_all": round(start.times["seconds_in_all"] + seconds, 1),
        "processor_seconds": round(start.times["processor_seconds"] + process_time() - worked, 1),
        "cores": start.times["cores"],
    }
    return metrics, start.provenance


def _frozen(plan: Plan, seed: int) -> _Start:
    """Load, decode, extract and train a head, with the clock running."""
    from labkit.datasets import load_cats_vs_dogs
    from labkit.models.pretrained import load
    from labkit.training import transfer
    from labkit.training.decoding import RESIZINGS

    pets = load_cats_vs_dogs(train=2000, validation=1000, test=0, seed=None)
    if pets.is_stand_in:
        raise RuntimeError(f"a record needs photographs of cats and dogs, but this is {pets}")
    backbone = load(plan.backbone, include_top=False, input_size=plan.size)
    size = (plan.size, plan.size)
    started, worked = perf_counter(), process_time()
    train, validation = (
        decode_pictures(part.paths, part.labels, pets.class_names, size, plan.resizing)
        for part in (pets.train, pets.validation)
    )
    decoded = perf_counter()
    frozen = transfer.train_on_frozen(
        backbone, train, validation, pooling=plan.pooling, cache=False, seed=seed, **plan.head
    )
    times = {
        "decoding_seconds": round(decoded - started, 1),
        "extraction_seconds": round(frozen.extraction_seconds, 1),
        "head_seconds": round(frozen.run.seconds, 1),
        "seconds_in_all": round(perf_counter() - started, 1),
        "processor_seconds": round(process_time() - worked, 1),
        "cores": os.cpu_count() or 1,
    }
    provenance = {
        "source": (
            f"photographs of cats and dogs ({pets.provenance.source}): 2,000 to train and 1,000 to validate on, "
            f"{plan.size}×{plan.size}, {RESIZINGS[plan.resizing]}"
        ),
        "kind": pets.provenance.kind,
        "sha256": dict(pets.provenance.sha256),
    }
    return _Start(train, validation, frozen, times, provenance)
