"""Training on cats and dogs: what a run says of itself, that it learns, repeats itself, and where records come from."""

import keras
import numpy as np
import pytest
from PIL import Image

from labkit.course.records import EXPERIMENTS
from labkit.datasets import DecodedPictures
from labkit.training import PetsRun, pets_records, pets_training
from labkit.training.pets_training import recorded_photographs, train_on_pets

CLASSES = ("cat", "dog")


def dark_cats_and_bright_dogs(count: int) -> DecodedPictures:
    labels = np.arange(count) % 2
    noise = np.random.default_rng(count).integers(0, 40, (count, 8, 8, 3))
    return DecodedPictures((noise + 200 * labels[:, None, None, None]).astype(np.uint8), labels, CLASSES, "squash")


def small_network() -> keras.Model:
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Flatten(),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )


@pytest.fixture
def folder_of_pets(tmp_path, monkeypatch):
    """A user's folder with four cats and four dogs, numbered."""
    pets = tmp_path / "cats_vs_dogs"
    pets.mkdir()
    for number in range(4):
        for label, name in enumerate(CLASSES):
            colour = (200 * label, number, 0)
            Image.new("RGB", (60, 40), colour).save(pets / f"{name}.{number}.png")
    monkeypatch.setenv("LABKIT_DATA", str(tmp_path))
    monkeypatch.setenv("LABKIT_CACHE", str(tmp_path / "cache"))
    return pets


def test_the_best_epoch_is_counted_from_one_and_the_first_of_several():
    run = PetsRun((1, 1, 1), (0.5, 0.9, 1.0), (1, 1, 1), (0.5, 0.75, 0.75), (1.0, 2.0, 3.5))
    assert run.best_epoch == 2
    assert run.seconds == 3.5


def test_metrics_hold_every_curve_and_carry_the_prefix():
    metrics = PetsRun((0.7, 0.61234), (0.5, 0.9), (0.8, 0.9), (0.75, 0.5), (1.0, 2.0)).metrics("plain_")
    assert metrics["plain_loss_by_epoch"] == [0.7, 0.6123]
    assert metrics["plain_best_val_accuracy"] == 0.75
    assert metrics["plain_last_val_accuracy"] == 0.5
    assert all(name.startswith("plain_") for name in metrics)


def test_a_network_learns_to_tell_dark_from_bright():
    model = small_network()
    train, validation = dark_cats_and_bright_dogs(40), dark_cats_and_bright_dogs(20)
    run = train_on_pets(model, train, validation, epochs=15, batch_size=4, optimizer=keras.optimizers.Adam(0.02))
    assert run.val_accuracy[-1] == 1.0
    assert run.loss[-1] < run.loss[0]
    assert list(run.seconds_after) == sorted(run.seconds_after)
    # What the run says of the last epoch is what Keras measures on the network that is handed back.
    assert model.evaluate(validation.images, validation.labels, verbose=0)[0] == pytest.approx(run.val_loss[-1], 1e-4)


def test_the_same_seed_gives_the_same_run_and_another_seed_another():
    train, validation = dark_cats_and_bright_dogs(12), dark_cats_and_bright_dogs(6)
    losses = [
        train_on_pets(small_network(), train, validation, epochs=2, batch_size=4, seed=seed).loss for seed in (0, 0, 1)
    ]
    assert losses[0] == losses[1]
    assert losses[0] != losses[2]


def test_augmentation_is_for_training_pictures_only():
    class Count(keras.layers.Layer):
        traced = 0

        def call(self, images, training=False):
            Count.traced += 1
            assert training
            return keras.ops.cast(images, "float32") * 0

    # All training pictures are black now, so nothing can be learned from them; the watched ones are as they were.
    pictures = dark_cats_and_bright_dogs(8)
    model = small_network()
    run = train_on_pets(model, pictures, pictures, epochs=1, augment=Count())
    assert Count.traced
    expected = model.evaluate(pictures.images, pictures.labels, verbose=0)[0]
    assert run.val_loss[-1] == pytest.approx(expected, rel=1e-4)


def test_photographs_for_records_come_in_the_order_of_their_numbers(folder_of_pets):
    train, validation, provenance = recorded_photographs(train=4, validation=4, size=(8, 8))
    assert train.images[:, 0, 0].tolist() == [[0, 0, 0], [200, 0, 0], [0, 1, 0], [200, 1, 0]]
    assert validation.images[:, 0, 0].tolist() == [[0, 2, 0], [200, 2, 0], [0, 3, 0], [200, 3, 0]]
    assert provenance["kind"] == "user's data"
    assert "4 to train" in provenance["source"]


def test_a_record_of_cats_and_dogs_refuses_drawn_pets(monkeypatch, tmp_path):
    monkeypatch.setenv("LABKIT_CACHE", str(tmp_path))
    monkeypatch.delenv("LABKIT_DATA", raising=False)
    with pytest.raises(RuntimeError, match="photographs"):
        recorded_photographs(train=2, validation=2)


def test_the_baseline_is_the_decks_network_with_their_steps(monkeypatch):
    asked = {}

    def pretend(model, train, validation, **settings):
        asked.update(settings, parameters=model.count_params())
        return PetsRun((1.0,), (0.5,), (1.0,), (0.5,), (1.0,))

    monkeypatch.setattr(pets_records, "recorded_photographs", lambda: (None, None, {"source": "nowhere"}))
    monkeypatch.setattr(pets_records, "train_on_pets", pretend)
    metrics, data = pets_records.record_baseline(seed=3)
    assert data == {"source": "nowhere"}
    assert metrics["last_val_accuracy"] == 0.5
    assert asked["parameters"] == 3_453_121
    assert (asked["batch_size"], asked["epochs"], asked["seed"]) == (20, 20, 3)
    assert float(asked["optimizer"].learning_rate) == pytest.approx(1e-4)


def test_the_record_is_registered_and_its_size_is_the_decks():
    assert EXPERIMENTS["cats-dogs-baseline"][1] == "labkit.training.pets_records:record_baseline"
    assert pets_training.SIZE == (150, 150)
