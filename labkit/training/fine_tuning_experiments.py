"""How far down to tune, how fast, and what is forgotten: the experiments of chapter 11, and their records."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from time import process_time
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from labkit.datasets.decoding import DecodedPictures
from labkit.training.pets_training import recorded_photographs
from labkit.training.pipeline import batches

if TYPE_CHECKING:
    import keras

Outcome = tuple[dict[str, Any], dict[str, Any]]

# From which layer of EfficientNet-Lite0 on it is tuned; None: not at all, only the head is trained.
DEPTHS: Mapping[str, str | None] = {
    "head only": None,
    "block 7": "block7a_expand_conv",
    "blocks 5 to 7": "block5a_expand_conv",
    "everything": "stem_conv",
}
FROM_BLOCK_5 = "block5a_expand_conv"
RATE = 1e-4
RATES = (1e-5, 1e-4, 1e-3, 1e-2)
SIDE = 64
FEATURES = 1280
BATCH_SIZE = 32
MANY, MANY_TIMES = 300, 3  # photographs, and how often each is shown
FEW, FEW_TIMES = 30, 10
VALIDATION = 300


@dataclass(frozen=True)
class TuningRun:
    """What came of one fine-tuning.

    >>> print(TuningRun(0.9, 0.25, 8.0))
    validation accuracy 0.900, loss 0.250; 8.0 ms of processor for each image shown

    Attributes
    ----------
    val_accuracy, val_loss : float
        On the validation images, at the end.
    milliseconds : float
        For each image that was shown: what the training took of all cores together. Other programs on the machine
        change it less than the time by the clock.
    """

    val_accuracy: float
    val_loss: float
    milliseconds: float

    def __str__(self) -> str:
        return (
            f"validation accuracy {self.val_accuracy:.3f}, loss {self.val_loss:.3f}; "
            f"{self.milliseconds:.1f} ms of processor for each image shown"
        )

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(str(self))}</p>"


class Tuner:
    """EfficientNet-Lite0 with a head, to be tuned from a layer on, again and again from the same start.

    To build the training step takes longer than our short trainings, so it is built once for all of them.

    Parameters
    ----------
    side : int
        Height and width of the images.
    first_layer : str
        The first layer that is tuned.
    """

    def __init__(self, side: int, first_layer: str) -> None:
        import keras

        from labkit.models.pretrained import load
        from labkit.training.transfer import fine_tune_from, join
        from labkit.training.transfer.heads import build_head

        self.backbone = load("efficientnet-lite0", include_top=False, input_size=side)
        self.head = build_head((FEATURES,), classes=2)
        self.model = join(self.backbone, self.head)
        fine_tune_from(self.model, first_layer)
        self.model.compile(keras.optimizers.Adam(), "binary_crossentropy", metrics=["accuracy"])
        self._start = self.backbone.model.get_weights()

    def restart(self, head: keras.Model) -> None:
        """Go back to ImageNet's weights, and to those of the given head, which is copied."""
        self.backbone.model.set_weights(self._start)
        self.head.set_weights(head.get_weights())
        for variable in self.model.optimizer.variables:  # the momenta of the last run
            variable.assign(np.zeros(variable.shape, variable.dtype))

    def run(
        self,
        head: keras.Model,
        train: DecodedPictures,
        validation: DecodedPictures,
        *,
        learning_rate: float = RATE,
        times: int = 1,
        seed: int = 0,
    ) -> TuningRun:
        """Tune, beginning with ImageNet's weights and those of the given head; `backbone` and `model` stay tuned.

        Parameters
        ----------
        head : keras.Model
            From `train_head` or `build_head`; copied, not changed.
        train, validation : DecodedPictures
            Cats and dogs.
        learning_rate : float
            Adam's.
        times : int
            How often each training image is shown.
        seed : int
            Of the order of the images.
        """
        self.restart(head)
        self.model.optimizer.learning_rate = learning_rate
        started = process_time()
        shuffled = batches(train, BATCH_SIZE, shuffle_seed=seed).dataset
        self.model.fit(shuffled, epochs=times, shuffle=False, verbose=0)
        milliseconds = 1000 * (process_time() - started) / (times * len(train))
        loss, accuracy = self.model.evaluate(batches(validation, 100).dataset, verbose=0)
        return TuningRun(float(accuracy), float(loss), milliseconds)

    def old_classes(self, images: DecodedPictures) -> NDArray[np.int64]:
        """Return which of ImageNet's classes the backbone, as it is, finds most probable with its old top on it.

        Parameters
        ----------
        images : DecodedPictures
            Any.

        Returns
        -------
        ndarray of int, shape (n,)
            From 0 to 999.
        """
        prepared = self.backbone.normalize(images.images.astype(np.float32))
        maps = self.backbone.model.predict(prepared, batch_size=100, verbose=0)
        classes: NDArray[np.int64] = np.asarray(imagenet_top()(maps.mean(axis=(1, 2)))).argmax(axis=1)
        return classes


@cache
def tuner(first_layer: str) -> Tuner:
    """Return the one tuner for small images from a layer on."""
    return Tuner(SIDE, first_layer)


@cache
def imagenet_top() -> keras.Model:
    """Return the last layers of EfficientNet-Lite0 by themselves, as ImageNet left them.

    Given back to a backbone that has been tuned, they tell what it still knows of its 1,000 old classes.

    Returns
    -------
    keras.Model
        Mean features (n, 1280) in, probabilities (n, 1000) out.

    Raises
    ------
    DataError
        If the weights are not installed.
    """
    import keras

    from labkit.models.pretrained import load

    whole = load("efficientnet-lite0").model
    features = keras.Input((FEATURES,))
    logits = whole.get_layer("logits")(features)
    return keras.Model(features, whole.get_layer("probabilities")(logits), name="imagenet_top")


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
    parts = {"many": (photographs, MANY_TIMES), "few": (_part(photographs, seed * few % many, few), FEW_TIMES)}
    metrics: dict[str, Any] = {}
    for name, (images, times) in parts.items():
        head = _head_on_frozen(images, held_out, seed)
        runs = [head.as_run]
        for layer in filter(None, DEPTHS.values()):
            runs.append(tuner(layer).run(head.head, images, held_out, times=times, seed=seed))
        accuracies = [round(run.val_accuracy, 4) for run in runs]
        metrics[f"{name}_val_accuracy_by_depth"] = accuracies
        metrics[f"{name}_val_loss_by_depth"] = [round(run.val_loss, 4) for run in runs]
        metrics[f"{name}_gain_top"] = round(accuracies[1] - accuracies[0], 4)
        metrics[f"{name}_gain_everything"] = round(accuracies[-1] - accuracies[0], 4)
        losses = metrics[f"{name}_val_loss_by_depth"]
        metrics[f"{name}_loss_by_everything"] = round(losses[-1] - losses[0], 4)
        # In the end those of the few, which come second: the first run also has to build its training step.
        metrics["milliseconds_by_depth"] = [round(run.milliseconds, 2) for run in runs]
    metrics["few_less_gain"] = round(metrics["many_gain_everything"] - metrics["few_gain_everything"], 4)
    return metrics, provenance


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

    from labkit.training.transfer.heads import build_head

    train, held_out, provenance = recorded_photographs(images, validation, (SIDE, SIDE))
    network = tuner(FROM_BLOCK_5)
    head = _head_on_frozen(train, held_out, seed)
    network.restart(head.head)
    before = network.old_classes(held_out)

    def measure(start: keras.Model, rate: float) -> tuple[float, float]:
        run = network.run(start, train, held_out, learning_rate=rate, times=times, seed=seed)
        return round(run.val_accuracy, 4), round(float(np.mean(network.old_classes(held_out) == before)), 4)

    runs = [measure(head.head, rate) for rate in RATES]
    keras.utils.set_random_seed(seed)
    untrained = measure(build_head((FEATURES,), classes=2), RATE)
    metrics = {
        "frozen_val_accuracy": round(head.as_run.val_accuracy, 4),
        "val_accuracy_by_rate": [accuracy for accuracy, _ in runs],
        "agreement_by_rate": [agreement for _, agreement in runs],
        "lowest_rate_agreement": runs[0][1],
        "highest_rate_agreement": runs[-1][1],
        "untrained_head_val_accuracy": untrained[0],
        "untrained_head_agreement": untrained[1],
        "gained_by_head_first": round(runs[RATES.index(RATE)][0] - untrained[0], 4),
    }
    return metrics, provenance


@dataclass(frozen=True, eq=False)
class _FrozenHead:
    head: keras.Model
    as_run: TuningRun


def _head_on_frozen(train: DecodedPictures, validation: DecodedPictures, seed: int) -> _FrozenHead:
    """Train a head on what ImageNet's network sees, before any tuning."""
    from labkit.models.pretrained import load
    from labkit.training.transfer import extract_features, train_head

    backbone = load("efficientnet-lite0", include_top=False, input_size=train.size[0])
    run = train_head(*(extract_features(backbone, part) for part in (train, validation)), seed=seed)
    return _FrozenHead(run.head, TuningRun(run.val_accuracy[-1], run.val_loss[-1], 0.0))


def _part(images: DecodedPictures, start: int, count: int) -> DecodedPictures:
    part = slice(start, start + count)
    return DecodedPictures(images.images[part], images.labels[part], images.class_names, images.resizing)
