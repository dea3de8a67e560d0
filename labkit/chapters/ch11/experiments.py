"""The long runs of chapter 11: how far down to tune, how fast, what is forgotten; each makes one seed."""

from __future__ import annotations

import math
from dataclasses import replace
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

import numpy as np

from labkit.chapters.ch11.tuner import DEPTHS, FEATURES, RATE, SIDE, tuner
from labkit.course.recording import Outcome, record
from labkit.datasets import draw_pets
from labkit.datasets.decoding import DecodedPictures
from labkit.datasets.drawn_files import drawing_version
from labkit.training.fitting import Run, fit
from labkit.training.real_data import recorded_photographs
from labkit.training.transfer.plans import LITE0, Plan, start_frozen

if TYPE_CHECKING:
    import keras

    from labkit.training.transfer import Trainability, TrainedHead


FROM_BLOCK_5 = "block5a_expand_conv"
RATES = (1e-5, 1e-4, 1e-3, 1e-2)
MANY, MANY_TIMES = 300, 3  # photographs, and how often each is shown
FEW, FEW_TIMES = 30, 10
VALIDATION = 300
BATCH = 32  # images a step of tuning


LAST_FROZEN = "block6d_add"  # the layer before the first that is tuned


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


@record(
    "cats-dogs-fine-tuned",
    "EfficientNet-Lite0 on 2,000 photographs: a head on frozen features, then its last block tuned, 3 epochs",
)
def record_fine_tuned(seed: int) -> Outcome:
    """One seed of fine-tuning: a head on frozen features as in `record_frozen`, then the last block with it.

    What the blocks below the tuned one say of an image does not change, so their maps are kept, of every training
    photograph and of its mirror image, and only the layers above them run at every epoch: as `fine_tune` does on
    images, but for less work.

    Raises
    ------
    RuntimeError
        If only drawn pets are to be had.
    """
    import keras

    from labkit.models.pretrained import load
    from labkit.training import transfer

    plan = LITE0
    train, validation, provenance = recorded_photographs(size=(plan.size, plan.size), resizing=plan.resizing)
    mirrored = replace(train, images=train.images[:, :, ::-1])
    backbone = load(plan.backbone, include_top=False, input_size=plan.size)
    maps, mirrored_maps, watched_maps = (
        transfer.extract_features(backbone, part, layer=LAST_FROZEN, pooling=None)
        for part in (train, mirrored, validation)
    )
    started, worked = perf_counter(), process_time()
    top = keras.Model(backbone.layer(LAST_FROZEN).output, backbone.model.output, name="top")
    means = keras.Sequential([top, keras.layers.GlobalAveragePooling2D()])
    features, watched = (
        replace(part, values=means.predict(part.values, batch_size=100, verbose=0)) for part in (maps, watched_maps)
    )
    frozen = transfer.train_head(features, watched, seed=seed, **plan.head)

    model = keras.Sequential([*means.layers, frozen.head])
    model.build((None, *maps.values.shape[1:]))
    transfer.freeze(model, "top")
    trainability = transfer.fine_tune_from(model, plan.first_tuned)
    keras.utils.set_random_seed(seed)
    steps = plan.epochs * math.ceil(2 * len(train) / BATCH)
    rate = keras.optimizers.schedules.PolynomialDecay(plan.rate, steps, end_learning_rate=0.0)
    run = fit(
        model,
        (np.concatenate([maps.values, mirrored_maps.values]), np.concatenate([maps.labels, mirrored_maps.labels])),
        {"validation": (watched_maps.values, watched_maps.labels)},
        epochs=plan.epochs,
        optimizer=keras.optimizers.Adam(rate),
        loss="binary_crossentropy",
        batch_size=BATCH,
        watch_batch_size=BATCH,
    )
    metrics = {
        **_tuned_figures(frozen.run, run, trainability),
        "head_and_tuning_seconds": round(perf_counter() - started, 1),
        "head_and_tuning_processor_seconds": round(process_time() - worked, 1),
    }
    return metrics, provenance


@record(
    "cats-dogs-vgg16",
    "VGG16 as in the decks on 2,000 photographs of 150×150: a head on frozen maps, then block 5 tuned, 30 epochs",
)
def record_vgg16(seed: int) -> Outcome:
    """One seed of what the lecture decks and their textbook do with VGG16: a head on frozen maps, then block 5 with it.

    Images are mirrored at random. It takes hours without a graphics card, and runs only where Keras has the weights
    or can download them.

    Raises
    ------
    RuntimeError
        If only drawn pets are to be had.
    labkit.store.errors.DataError
        If the weights are not to be had.
    """
    from keras.optimizers.schedules import PolynomialDecay

    from labkit.training import transfer
    from labkit.training.augment import RandomAffine

    plan = VGG16
    start = start_frozen(plan, seed)
    model = start.frozen.model
    trainability = transfer.fine_tune_from(model, plan.first_tuned)
    started, worked = perf_counter(), process_time()
    run = transfer.fine_tune(
        model,
        start.train,
        start.validation,
        epochs=plan.epochs,
        learning_rate=PolynomialDecay(
            plan.rate, plan.epochs * math.ceil(len(start.train) / BATCH), end_learning_rate=0.0
        ),
        augment=RandomAffine(horizontal_flip=True, seed=seed),
        seed=seed,
    )
    seconds = perf_counter() - started
    metrics = {
        **_tuned_figures(start.frozen.run, run, trainability),
        "frozen_seconds": start.times["seconds_in_all"],
        "seconds_in_all": round(start.times["seconds_in_all"] + seconds, 1),
        "processor_seconds": round(start.times["processor_seconds"] + process_time() - worked, 1),
        "cores": start.times["cores"],
    }
    return metrics, start.provenance


def _tuned_figures(head: Run, run: Run, trainability: Trainability) -> dict[str, Any]:
    """What tuning changed, for a record."""
    before = head.val_accuracy[-1]
    return {
        "frozen_val_accuracy": round(before, 4),
        "gain": round(run.val_accuracy[-1] - before, 4),
        **run.metrics(),
        "tensors_before": trainability.before,
        "tensors_after": trainability.after,
        "parameters_tuned": trainability.parameters_after,
    }


@record(
    "fine-tune-depth",
    "EfficientNet-Lite0 tuned from three layers on: 300 and 30 photographs of 64×64, shown 3 and 10 times, Adam",
)
def record_fine_tune_depth(seed: int, *, many: int = MANY, few: int = FEW, validation: int = VALIDATION) -> Outcome:
    """One seed of tuning EfficientNet-Lite0 from several layers on, with many photographs and with a tenth of them.

    The rate is the same for all, and the head is trained before. Each of the many is shown three times, each of the few
    ten times; every seed takes others for the few.

    Raises
    ------
    RuntimeError
        If only drawn pets are to be had.
    """
    photographs, held_out, provenance = recorded_photographs(many, validation, (SIDE, SIDE))
    parts = {"many": (photographs, MANY_TIMES), "few": (photographs[seed * few % many :][:few], FEW_TIMES)}
    metrics: dict[str, Any] = {}
    for name, (images, times) in parts.items():
        head = _head_on_frozen(images, held_out, seed)
        runs = [head.run]
        for layer in filter(None, DEPTHS.values()):
            runs.append(tuner(layer).run(head.head, images, held_out, times=times, seed=seed))
        accuracies = [round(run.val_accuracy[-1], 4) for run in runs]
        metrics[f"{name}_val_accuracy_by_depth"] = accuracies
        metrics[f"{name}_val_loss_by_depth"] = [round(run.val_loss[-1], 4) for run in runs]
        metrics[f"{name}_gain_top"] = round(accuracies[1] - accuracies[0], 4)
        metrics[f"{name}_gain_everything"] = round(accuracies[-1] - accuracies[0], 4)
        losses = metrics[f"{name}_val_loss_by_depth"]
        metrics[f"{name}_loss_by_everything"] = round(losses[-1] - losses[0], 4)
        # In the end those of the few, which come second: the first run also has to build its training step.
        milliseconds = [1000 * run.processor_seconds / (times * len(images)) for run in runs]
        metrics["milliseconds_by_depth"] = [0.0, *(round(each, 2) for each in milliseconds[1:])]  # nothing is tuned
    metrics["few_less_gain"] = round(metrics["many_gain_everything"] - metrics["few_gain_everything"], 4)
    return metrics, provenance


@record(
    "forgetting",
    "EfficientNet-Lite0 tuned from block 5 on at four rates: 300 photographs of 64×64, each shown twice, Adam",
)
def record_forgetting(seed: int, *, images: int = MANY, times: int = 2, validation: int = VALIDATION) -> Outcome:
    """One seed of tuning EfficientNet-Lite0 from block 5 on with rates from low to far too high.

    Beside the accuracy on cats and dogs it has, for each rate, for which share of the validation photographs the
    network, given back its old top, still finds the same of ImageNet's 1,000 classes most probable (mostly breeds). The
    rate of the other record is tried with an untrained head as well.

    Raises
    ------
    RuntimeError
        If only drawn pets are to be had.
    """
    import keras

    from labkit.training.transfer.classifier_head import build_head

    train, held_out, provenance = recorded_photographs(images, validation, (SIDE, SIDE))
    network = tuner(FROM_BLOCK_5)
    head = _head_on_frozen(train, held_out, seed)
    network.restart(head.head)
    before = network.old_classes(held_out)

    def measure(start: keras.Model, rate: float) -> tuple[float, float]:
        run = network.run(start, train, held_out, learning_rate=rate, times=times, seed=seed)
        return round(run.val_accuracy[-1], 4), round(float(np.mean(network.old_classes(held_out) == before)), 4)

    runs = [measure(head.head, rate) for rate in RATES]
    keras.utils.set_random_seed(seed)
    untrained = measure(build_head((FEATURES,), classes=2), RATE)
    metrics = {
        "frozen_val_accuracy": round(head.run.val_accuracy[-1], 4),
        "val_accuracy_by_rate": [accuracy for accuracy, _ in runs],
        "agreement_by_rate": [agreement for _, agreement in runs],
        "lowest_rate_agreement": runs[0][1],
        "highest_rate_agreement": runs[-1][1],
        "untrained_head_val_accuracy": untrained[0],
        "untrained_head_agreement": untrained[1],
        "gained_by_head_first": round(runs[RATES.index(RATE)][0] - untrained[0], 4),
    }
    return metrics, provenance


@record(
    "fine-tune-with-room",
    "EfficientNet-Lite0 on 400 drawn pets of 128×128: a head alone for 400 epochs, then tuned from block 5 on for 4",
)
def record_fine_tune_with_room(
    seed: int, *, train: int = 400, validation: int = 300, head_epochs: int = 400, epochs: int = 4
) -> Outcome:
    """One seed of tuning where the frozen features leave something to win: on drawings, which ImageNet has few of.

    The head is trained until more epochs bring nothing, so that what tuning wins is not what the head had still to
    learn; and tuning is compared with the best that the head reached in any epoch, which is more than fair to the head.

    Raises
    ------
    labkit.store.errors.DataError
        If the weights are not to be had.
    """
    from labkit.models.pretrained import load
    from labkit.training import transfer

    pets = draw_pets(train + validation, size=(128, 128), seed=seed)
    images = DecodedPictures(pets.images, pets.labels.astype(np.int64), pets.class_names, "squash")
    seen, held_out = images[:train], images[train:]
    backbone = load("efficientnet-lite0", include_top=False, input_size=128)
    frozen = transfer.train_on_frozen(backbone, seen, held_out, cache=False, seed=seed, epochs=head_epochs)
    head = frozen.run
    transfer.fine_tune_from(frozen.model, FROM_BLOCK_5)
    tuned = transfer.fine_tune(frozen.model, seen, held_out, epochs=epochs, learning_rate=3e-4, seed=seed)
    tenth = max(1, head_epochs // 10)
    metrics = {
        "head_val_accuracy": round(head.val_accuracy[-1], 4),
        "head_best_val_accuracy": round(max(head.val_accuracy), 4),
        "head_accuracy": round(head.accuracy[-1], 4),
        "head_loss_by_tenth": [round(loss, 4) for loss in head.loss[tenth - 1 :: tenth]],
        "tuned_val_accuracy": round(tuned.val_accuracy[-1], 4),
        "tuned_val_accuracy_by_epoch": [round(value, 4) for value in tuned.val_accuracy],
        "gain": round(tuned.val_accuracy[-1] - head.val_accuracy[-1], 4),
        "gain_over_best_head": round(tuned.val_accuracy[-1] - max(head.val_accuracy), 4),
    }
    source = f"drawn pets of 128×128, stand-in, {train} + {validation} images drawn from the run's seed"
    return metrics, {"source": source, "sha256": {"labkit.datasets.drawn_pets": drawing_version()}}


def _head_on_frozen(train: DecodedPictures, validation: DecodedPictures, seed: int) -> TrainedHead:
    """Train a head on what ImageNet's network sees, before any tuning."""
    from labkit.models.pretrained import load
    from labkit.training.transfer import extract_features, train_head

    backbone = load("efficientnet-lite0", include_top=False, input_size=train.size[0])
    return train_head(*(extract_features(backbone, part) for part in (train, validation)), seed=seed)
