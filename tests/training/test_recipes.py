"""The recorded recipe: what it trains, and that it refuses stand-ins."""

import numpy as np
import pytest

from labkit.training import DECK_RECIPE, Recipe, recipes, train_on_fashion


@pytest.fixture(scope="module")
def squares():
    """Forty pictures of two classes that anybody can tell apart: bright above or bright below."""
    labels = np.arange(40) % 2
    pictures = np.zeros((40, 28, 28), np.uint8)
    pictures[labels == 0, :14] = 200
    pictures[labels == 1, 14:] = 200
    return pictures, labels


def test_the_deck_s_recipe_is_the_deck_s():
    assert Recipe("adam", batch_size=32, epochs=5) == DECK_RECIPE


def test_a_run_learns_and_is_the_same_for_the_same_seed(squares):
    recipe = Recipe("adam", batch_size=8, epochs=4)
    first = train_on_fashion(*squares, watched=squares, recipe=recipe, seed=3)
    second = train_on_fashion(*squares, watched=squares, recipe=recipe, seed=3)
    assert first.watched_accuracy[-1] == 1.0
    assert len(first.train_accuracy) == len(first.watched_accuracy) == 4
    assert first.train_accuracy == second.train_accuracy


def test_a_record_refuses_a_stand_in(monkeypatch):
    class StandIn:
        is_stand_in = True

    monkeypatch.setattr("labkit.datasets.load_fashion_mnist", lambda: StandIn())
    with pytest.raises(RuntimeError, match="real Fashion-MNIST"):
        recipes.record_deck_recipe(0)
