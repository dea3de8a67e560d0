"""Real data or none, always the same, and parts of it that share no image."""

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from labkit.training import real_or_refuse, recorded_photographs
from labkit.training.real_data import SIZE, drawn_parts, whole_mnist

CLASSES = ("cat", "dog")


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


def test_a_stand_in_is_refused_and_real_data_handed_through():
    real = SimpleNamespace(is_stand_in=False)
    assert real_or_refuse(real, "real stars") is real
    with pytest.raises(RuntimeError, match="a record needs real stars, but this is namespace"):
        real_or_refuse(SimpleNamespace(is_stand_in=True), "real stars")


def test_a_part_of_mnist_is_not_the_whole(monkeypatch):
    part = SimpleNamespace(is_stand_in=False, x_train=range(10_000))
    monkeypatch.setattr("labkit.datasets.load_mnist", lambda: part)
    with pytest.raises(RuntimeError, match="all 60,000 training images of MNIST; there are 10,000"):
        whole_mnist()
    part.x_train = range(60_000)
    assert whole_mnist() is part


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


def test_training_and_validation_share_no_picture():
    images = np.arange(60_000)
    train, validation = drawn_parts(images, images % 10, train=6_000, validation=2_000, seed=3)
    assert len(set(train[0])) == 6_000
    assert len(set(validation[0])) == 2_000
    assert not set(train[0]) & set(validation[0])
    assert (train[1] == train[0] % 10).all()


def test_photographs_have_the_decks_size():
    assert SIZE == (150, 150)
