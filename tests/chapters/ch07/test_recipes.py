"""The recorded recipes: on the same data, and never on stand-ins."""

from typing import ClassVar

import numpy as np
import pytest

from labkit.chapters.ch07 import experiments
from labkit.chapters.ch07.experiments import DECK_RECIPE
from labkit.training import Recipe


@pytest.fixture(scope="module")
def squares():
    """Forty images of two classes that anybody can tell apart: bright above or bright below."""
    labels = np.arange(40) % 2
    images = np.zeros((40, 28, 28), np.uint8)
    images[labels == 0, :14] = 200
    images[labels == 1, 14:] = 200
    return images, labels


def test_the_deck_s_recipe_is_the_deck_s():
    assert Recipe("adam", batch_size=32, epochs=5) == DECK_RECIPE


def test_a_record_refuses_a_stand_in(monkeypatch):
    class StandIn:
        is_stand_in = True

    monkeypatch.setattr("labkit.datasets.load_fashion_mnist", lambda: StandIn())
    with pytest.raises(RuntimeError, match="real Fashion-MNIST"):
        experiments.record_deck_recipe(0)


@pytest.mark.nightly
def test_the_record_of_recipes_compares_them_on_the_same_data(monkeypatch, squares):
    class Real:
        is_stand_in = False
        x_train, y_train = x_test, y_test = squares

        class provenance:
            sha256: ClassVar = {"file": "hash"}

    monkeypatch.setattr("labkit.datasets.load_fashion_mnist", lambda: Real())
    for name in ("DECK_RECIPE", "SHORT_RECIPE", "LONG_RECIPE"):
        monkeypatch.setattr(experiments, name, Recipe("adam", batch_size=8, epochs=2))
    metrics, data = experiments.record_recipes(0)
    assert metrics["deck_accuracy"] == metrics["short_accuracy"] == metrics["long_accuracy_by_epoch"][-1]
    assert metrics["short_share_of_time"] > 0
    assert data["sha256"] == {"file": "hash"}
