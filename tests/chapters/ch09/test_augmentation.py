"""What augmentation is worth is measured fairly: as many images shown, nothing of it in validation."""

import keras
import numpy as np
import pytest
from keras import layers

from labkit.chapters.ch09 import experiments
from labkit.chapters.ch09.experiments import both_sides, deck_augmentation, train_until_shown
from labkit.datasets.decoding import DecodedPictures
from labkit.training import Curves, Run, pets_augmentation

SIDE = 64


@pytest.fixture(scope="module")
def images():
    """Bright or dark images: learned in a few steps."""
    labels = np.arange(40) % 2
    noise = np.random.default_rng(0).integers(0, 60, (40, SIDE, SIDE, 3))
    return DecodedPictures((labels[:, None, None, None] * 150 + noise).astype("u1"), labels, ("cat", "dog"), "squash")


@pytest.fixture
def recorded_on(monkeypatch, images):
    """The records' photographs are replaced, whatever size is asked for, by small ones."""

    def photographs(train=2000, validation=1000, size=(150, 150)):
        enlarged = np.repeat(np.repeat(images.images[:, ::4, ::4], 10, axis=1), 10, axis=2)[:, : size[0], : size[1]]
        part = DecodedPictures(enlarged, images.labels, images.class_names, "squash")
        return part, part, {"source": "a test"}

    monkeypatch.setattr(experiments, "recorded_photographs", photographs)


class Counting(layers.Layer):
    """Counts the images that come through in training."""

    def __init__(self):
        super().__init__()
        self.seen = keras.Variable(0, dtype="int32", trainable=False)

    def call(self, images, training=False):
        if training:
            self.seen.assign_add(keras.ops.shape(images)[0])
        return images


def tiny(counting=None):
    before = [counting] if counting else []
    return keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 3)),
            layers.Rescaling(1 / 255),
            *before,
            layers.GlobalAveragePooling2D(),
            layers.Dense(1, activation="sigmoid", kernel_initializer="zeros"),  # the same start everywhere
        ]
    )


@pytest.mark.parametrize("count", [20, 40])
def test_few_pictures_are_shown_more_often(images, count):
    counting = Counting()
    train_until_shown(tiny(counting), images[:count], images, shown=120)
    assert int(counting.seen.numpy()) == 120


def test_only_training_pictures_are_changed(images):
    """An augmentation that blackens every picture leaves nothing to learn; the validation images stay as they are."""

    class Blacken(layers.Layer):
        def call(self, batch, training=False):
            return keras.ops.zeros_like(batch) if training else batch

    keras.utils.set_random_seed(0)
    learned = train_until_shown(tiny(), images, images, shown=16_000)
    keras.utils.set_random_seed(0)
    nothing = train_until_shown(tiny(), images, images, shown=200, augment=Blacken())
    for run, right in ((learned, 1), (nothing, 0.5)):
        assert run.watched["train"].accuracy == run.val_accuracy == (right,)


def test_both_sides_cannot_tell_a_picture_from_its_mirror_image(images):
    model = keras.Sequential([keras.Input((SIDE, SIDE, 3)), layers.Flatten(), layers.Dense(1)])
    few = images.images[:3].astype("float32") / 255
    np.testing.assert_allclose(both_sides(model, few), both_sides(model, few[:, :, ::-1]), atol=1e-5)
    mean = (model.predict(few, verbose=0) + model.predict(few[:, :, ::-1], verbose=0)) / 2
    np.testing.assert_allclose(both_sides(model, few), mean, atol=1e-5)


def test_the_decks_numbers():
    config = deck_augmentation(seed=1).get_config()
    assert {name: config[name] for name in ("rotation", "width_shift", "height_shift", "shear", "zoom")} == {
        "rotation": 40,
        "width_shift": 0.2,
        "height_shift": 0.2,
        "shear": 0.2,
        "zoom": 0.2,
    }
    assert config["horizontal_flip"]
    assert config["fill_mode"] == "nearest"


@pytest.mark.nightly
def test_a_record_of_a_set_size_has_every_size_with_and_without(recorded_on):
    metrics, data = experiments.record_set_size(0, sizes=(20, 40), shown=40)
    assert {f"{name}_{count}" for name in ("plain", "augmented") for count in (20, 40)} <= set(metrics)
    assert metrics["more_pictures"] == pytest.approx(metrics["plain_40"] - metrics["plain_20"], abs=2e-4)
    assert metrics["gain_40"] == pytest.approx(metrics["augmented_40"] - metrics["plain_40"], abs=2e-4)
    assert data == {"source": "a test"}


@pytest.mark.nightly
@pytest.mark.parametrize("record", [experiments.record_augmented, experiments.record_deck_augmented])
def test_the_decks_network_with_augmentation_is_recorded_epoch_by_epoch(recorded_on, record):
    metrics, _ = record(0, epochs=2)
    assert len(metrics["val_accuracy_by_epoch"]) == 2
    assert metrics["last_val_accuracy"] == metrics["val_accuracy_by_epoch"][-1]


@pytest.mark.parametrize(
    ("record", "augmentation"),
    [
        ("record_augmented", pets_augmentation),
        ("record_deck_augmented", deck_augmentation),
        ("record_unaugmented", lambda seed: None),
    ],
)
def test_each_record_changes_pictures_as_it_says(recorded_on, monkeypatch, record, augmentation):
    used = []

    def pretend(*_, augment, **__):
        used.append(augment and augment.get_config())
        return Run((1.0,), (0.5,), {"validation": Curves((1.0,), (0.5,))}, (1.0,))

    monkeypatch.setattr(experiments, "train_on_pets", pretend)
    getattr(experiments, record)(7, epochs=1)
    changes = augmentation(7)
    expected = changes and {**changes.get_config(), "name": None}
    assert [config and {**config, "name": None} for config in used] == [expected]


def test_a_record_is_made_on_photographs_only(monkeypatch):
    class StandIn:
        is_stand_in = True

        def __str__(self):
            return "drawn pets"

    monkeypatch.setattr("labkit.datasets.load_cats_vs_dogs", lambda **_: StandIn())
    for record in ("record_augmented", "record_deck_augmented", "record_set_size"):
        with pytest.raises(RuntimeError, match="needs photographs of cats and dogs, but this is drawn pets"):
            getattr(experiments, record)(0)
