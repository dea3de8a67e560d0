"""The long run of chapter 11b: person or street, and what it looks like where crops of one photograph are parted."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from labkit import store
from labkit.chapters.ch11b.pedestrians import ARCHIVE, archive, photograph_of, write_crops
from labkit.course.recording import Outcome, record
from labkit.datasets import load_folder
from labkit.datasets.decoding import DecodedPictures
from labkit.datasets.picture_files import PictureFiles

if TYPE_CHECKING:
    import keras

SIDE = 96  # pixels: what the network sees of a crop
EPOCHS = 10
RATE = 0.003
VALIDATION = 0.3
PHOTOGRAPHS = (2, 5, 10, 20, 40)  # to learn from


@record(
    "own-images-person-street",
    "EfficientNet-Lite0, frozen, with a head: person or street in crops of 96×96 from Penn-Fudan's photographs",
)
def record_person_street(seed: int, *, epochs: int = EPOCHS) -> Outcome:
    """One seed of chapter 11b's network on crops of 119 photographs; 51 others are for testing.

    It is trained twice, and held against the same test crops: with validation crops from photographs of their own, and
    with validation crops drawn from all, whatever their photograph. Beside it, a head on features as they are, learned
    from all crops of a few photographs up to many, all of which show a person and a piece of street.

    Raises
    ------
    RuntimeError
        If the photographs are not in the folder that `LABKIT_DATA` names.
    labkit.store.errors.DataError
        If the weights are not to be had.
    """
    import keras

    from labkit.models.pretrained import load

    packed = archive()
    metrics: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as place:
        training, testing = Path(place, "training"), Path(place, "testing")
        store.unpack(packed, Path(place, "unpacked"))
        write_crops(Path(place, "unpacked"), training, testing, seed)
        test = load_folder(testing, validation=0, test=0).train.decode((SIDE, SIDE))
        metrics["test_crops"] = len(test)
        for way, group in {"by_photograph": "_", "by_crop": None}.items():
            files = load_folder(training, validation=VALIDATION, test=0, seed=seed, group=group)
            train, validation = files.train.decode((SIDE, SIDE)), files.validation.decode((SIDE, SIDE))
            keras.utils.set_random_seed(seed)
            model = network(load("efficientnet-lite0", include_top=False, input_size=SIDE).model)
            model.fit(train.images, train.labels, batch_size=32, epochs=epochs, verbose=0)
            found = {name: accuracy(model, part) for name, part in (("val", validation), ("test", test))}
            metrics |= {f"{way}_{name}_accuracy": round(value, 4) for name, value in found.items()}
            metrics[f"{way}_optimism"] = round(found["val"] - found["test"], 4)
            metrics[f"{way}_train_crops"], metrics[f"{way}_val_crops"] = len(train), len(validation)
        everything = load_folder(training, validation=0, test=0, seed=seed)
        metrics["photographs"] = list(PHOTOGRAPHS)
        metrics["test_accuracy_by_photographs"] = by_photographs(everything, test, seed)
    return metrics, {
        "source": f"user's data from {ARCHIVE} in LABKIT_DATA",
        "sha256": {ARCHIVE: store.sha256_of(packed)},
    }


def network(base: keras.Model) -> keras.Model:
    """Build the chapter's network for two classes: random changes, the frozen base, a head; compiled."""
    import keras
    from keras import layers

    base.trainable = False
    model = keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 3)),
            layers.RandomFlip("horizontal"),
            layers.RandomRotation(0.05),
            layers.RandomZoom(0.1),
            layers.Rescaling(1 / 128, offset=-127 / 128),
            base,
            layers.GlobalAveragePooling2D(),
            layers.Dropout(0.3),
            layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(RATE), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def accuracy(model: keras.Model, images: DecodedPictures) -> float:
    """Share of the images that the model names rightly."""
    said = np.argmax(model.predict(images.images, verbose=0), axis=1)
    return float(np.mean(said == images.labels))


def by_photographs(files: PictureFiles, test: DecodedPictures, seed: int) -> list[float]:
    """Test accuracy of a head on features, learned from all crops of so many photographs."""
    from labkit.models.pretrained import load
    from labkit.training.transfer import extract_features

    base = load("efficientnet-lite0", include_top=False, input_size=SIDE)
    known = extract_features(base, files.train.decode((SIDE, SIDE)), cache=False)
    asked = extract_features(base, test, cache=False)
    names = np.array([photograph_of(path) for path in files.train.paths])
    with_both = set(names[known.labels == 0]) & set(names[known.labels == 1])
    order = np.random.default_rng(seed).permutation(sorted(with_both))
    return [
        round(_head_accuracy(replace(known, values=known.values[chosen], labels=known.labels[chosen]), asked), 4)
        for chosen in (np.isin(names, order[:count]) for count in PHOTOGRAPHS)
    ]


def _head_accuracy(known: Any, asked: Any) -> float:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    head = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=1000))
    return float(head.fit(known.values, known.labels).score(asked.values, asked.labels))
