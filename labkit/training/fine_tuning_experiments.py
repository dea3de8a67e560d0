"""How far down to tune, how fast, and what is forgotten: the experiments of chapter 11, and their records."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from time import process_time
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from labkit.training.decoding import DecodedPictures
from labkit.training.pets_training import recorded_photographs

if TYPE_CHECKING:
    import keras

    from labkit.models.pretrained import Backbone

Outcome = tuple[dict[str, Any], dict[str, Any]]

# From which layer of EfficientNet-Lite0 on it is tuned; None: not at all, only the head is trained.
DEPTHS: Mapping[str, str | None] = {
    "head only": None,
    "block 7": "block7a_expand_conv",
    "blocks 5 to 7": "block5a_expand_conv",
    "blocks 3 to 7": "block3a_expand_conv",
    "everything": "stem_conv",
}
RATE = 1e-4
RATES = (1e-5, 1e-4, 1e-3, 1e-2)
SMALL = (96, 96)
MANY, MANY_TIMES = 500, 3  # photographs, and how often each is shown
FEW, FEW_TIMES = 50, 10


@dataclass(frozen=True, eq=False)
class TuningRun:
    """A network after fine-tuning, and what came of it.

    Attributes
    ----------
    model : keras.Model
        Pictures from 0 to 255 in, probabilities of a dog out.
    backbone : Backbone
        The part of it that was trained on ImageNet, as it is now.
    val_accuracy, val_loss : float
        On the validation pictures, at the end.
    processor_seconds : float
        What the tuning took of all cores together, without the head's own training before it; 0 where nothing was
        tuned. Other programs on the machine change it less than the time by the clock.
    """

    model: keras.Model
    backbone: Backbone
    val_accuracy: float
    val_loss: float
    processor_seconds: float

    def __str__(self) -> str:
        return f"validation accuracy {self.val_accuracy:.3f}; {self.processor_seconds:.0f} s of processor for tuning"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(str(self))}</p>"


def tune(
    train: DecodedPictures,
    validation: DecodedPictures,
    first_layer: str | None,
    *,
    learning_rate: float = RATE,
    times: int = 1,
    head_first: bool = True,
    seed: int = 0,
) -> TuningRun:
    """Put a head on a fresh EfficientNet-Lite0, train it, and tune the network from a layer on.

    The second half is `labkit.training.transfer`'s `fine_tune_from` and `fine_tune`.

    Parameters
    ----------
    train, validation : DecodedPictures
        Cats and dogs; square pictures, whose size becomes the network's.
    first_layer : str or None
        The first layer to tune; None leaves the network as ImageNet left it.
    learning_rate : float
        Adam's, for the tuning.
    times : int
        How often each training picture is shown in the tuning.
    head_first : bool
        Whether the head is trained before the tuning begins; else it starts at random.
    seed : int
        Of the head's first weights, and of the order of the pictures.

    Returns
    -------
    TuningRun

    Raises
    ------
    ValueError
        If nothing is to be trained at all.
    """
    import keras

    from labkit.models.pretrained import load
    from labkit.training.transfer import extract_features, fine_tune, fine_tune_from, freeze, join, train_head
    from labkit.training.transfer.heads import build_head

    if first_layer is None and not head_first:
        raise ValueError("first_layer is None and head_first is False, so nothing would be trained")
    backbone = load("efficientnet-lite0", include_top=False, input_size=train.size[0])
    if head_first:
        parts = [extract_features(backbone, part) for part in (train, validation)]
        run = train_head(*parts, seed=seed)
        head = run.head
    else:
        keras.utils.set_random_seed(seed)
        head = build_head(backbone.model.output_shape[-1:], len(train.class_names))
    model = join(backbone, head)
    if first_layer is None:
        freeze(backbone.model)
        return TuningRun(model, backbone, run.val_accuracy[-1], run.val_loss[-1], 0.0)
    fine_tune_from(model, first_layer)
    started = process_time()
    tuned = fine_tune(model, repeated(train, times), validation, epochs=1, learning_rate=learning_rate, seed=seed)
    seconds = process_time() - started
    return TuningRun(model, backbone, tuned.val_accuracy[-1], tuned.val_loss[-1], seconds)


def repeated(pictures: DecodedPictures, times: int) -> DecodedPictures:
    """Return the pictures several times over: an epoch of them is as many epochs, with one validation at the end.

    >>> pictures = DecodedPictures(np.zeros((2, 8, 8, 3), np.uint8), np.array([0, 1]), ("cat", "dog"), "squash")
    >>> repeated(pictures, 3).labels.tolist()
    [0, 1, 0, 1, 0, 1]

    Parameters
    ----------
    pictures : DecodedPictures
        Any.
    times : int
        1 or more.

    Raises
    ------
    ValueError
        If `times` is less than 1.
    """
    if times < 1:
        raise ValueError(f"times is {times!r}; allowed is a whole number from 1 on")
    images, labels = np.concatenate([pictures.images] * times), np.tile(pictures.labels, times)
    return DecodedPictures(images, labels, pictures.class_names, pictures.resizing)


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
    features = keras.Input((1280,))
    logits = whole.get_layer("logits")(features)
    return keras.Model(features, whole.get_layer("probabilities")(logits), name="imagenet_top")


def old_classes(backbone: Backbone, pictures: DecodedPictures) -> NDArray[np.int64]:
    """Return which of ImageNet's classes a backbone, tuned or not, finds most probable when it has its old top again.

    Parameters
    ----------
    backbone : Backbone
        EfficientNet-Lite0 without its top.
    pictures : DecodedPictures
        Of the backbone's input size.

    Returns
    -------
    ndarray of int, shape (n,)
        From 0 to 999.
    """
    from labkit.training.transfer import extract_features

    features = extract_features(backbone, pictures, cache=False).values
    classes: NDArray[np.int64] = np.asarray(imagenet_top()(features)).argmax(axis=1)
    return classes


def record_fine_tune_depth(seed: int, *, many: int = MANY, few: int = FEW, validation: int = 500) -> Outcome:
    """One seed of tuning EfficientNet-Lite0 from several layers on, with many photographs and with a tenth of them.

    The rate is the same for all. Each of the many is shown three times, each of the few ten times; every seed takes
    others for the few.

    Raises
    ------
    RuntimeError
        If only drawn pets are to be had.
    """
    photographs, held_out, provenance = recorded_photographs(many, validation, SMALL)
    parts = {"many": (photographs, MANY_TIMES), "few": (_part(photographs, seed * few % many, few), FEW_TIMES)}
    metrics: dict[str, Any] = {}
    for name, (pictures, times) in parts.items():
        runs = [tune(pictures, held_out, layer, times=times, seed=seed) for layer in DEPTHS.values()]
        accuracies = [round(run.val_accuracy, 4) for run in runs]
        metrics[f"{name}_val_accuracy_by_depth"] = accuracies
        metrics[f"{name}_val_loss_by_depth"] = [round(run.val_loss, 4) for run in runs]
        metrics[f"{name}_processor_seconds_by_depth"] = [round(run.processor_seconds, 1) for run in runs]
        metrics[f"{name}_gain_top"] = round(accuracies[1] - accuracies[0], 4)
        metrics[f"{name}_gain_everything"] = round(accuracies[-1] - accuracies[0], 4)
    metrics["few_less_gain"] = round(metrics["many_gain_everything"] - metrics["few_gain_everything"], 4)
    return metrics, provenance


def record_forgetting(seed: int, *, pictures: int = 300, times: int = 2, validation: int = 300) -> Outcome:
    """One seed of tuning all of EfficientNet-Lite0 with rates from low to far too high.

    Beside the accuracy on cats and dogs it has, for each rate, for which share of the validation photographs the
    network, given back its old top, still finds the same of ImageNet's 1,000 classes most probable (mostly breeds). The
    rate of the other record is tried with an untrained head as well.

    Raises
    ------
    RuntimeError
        If only drawn pets are to be had.
    """
    from labkit.models.pretrained import load

    train, held_out, provenance = recorded_photographs(pictures, validation, SMALL)
    before = old_classes(load("efficientnet-lite0", include_top=False, input_size=SMALL[0]), held_out)

    def measure(**options: Any) -> tuple[float, float]:
        run = tune(train, held_out, DEPTHS["everything"], times=times, seed=seed, **options)
        return round(run.val_accuracy, 4), round(float(np.mean(old_classes(run.backbone, held_out) == before)), 4)

    runs = [measure(learning_rate=rate) for rate in RATES]
    untrained_head = measure(head_first=False)
    chosen = runs[RATES.index(RATE)]
    metrics = {
        "frozen_val_accuracy": round(tune(train, held_out, None, seed=seed).val_accuracy, 4),
        "val_accuracy_by_rate": [accuracy for accuracy, _ in runs],
        "agreement_by_rate": [agreement for _, agreement in runs],
        "lowest_rate_agreement": runs[0][1],
        "highest_rate_agreement": runs[-1][1],
        "untrained_head_val_accuracy": untrained_head[0],
        "untrained_head_agreement": untrained_head[1],
        "kept_by_head_first": round(chosen[1] - untrained_head[1], 4),
    }
    return metrics, provenance


def _part(pictures: DecodedPictures, start: int, count: int) -> DecodedPictures:
    part = slice(start, start + count)
    return DecodedPictures(pictures.images[part], pictures.labels[part], pictures.class_names, pictures.resizing)
