"""The record of the decks' network, from scratch."""

import pytest

from labkit.chapters.ch08 import experiments
from labkit.training import Curves, Run


def test_the_baseline_is_the_decks_network_with_their_steps(monkeypatch):
    asked = {}

    def pretend(model, train, validation, **settings):
        asked.update(settings, parameters=model.count_params())
        return Run((1.0,), (0.5,), {"validation": Curves((1.0,), (0.5,))}, (1.0,))

    monkeypatch.setattr(experiments, "recorded_photographs", lambda: (None, None, {"source": "nowhere"}))
    monkeypatch.setattr(experiments, "train_on_pets", pretend)
    metrics, data = experiments.record_baseline(seed=3)
    assert data == {"source": "nowhere"}
    assert metrics["last_val_accuracy"] == 0.5
    assert asked["parameters"] == 3_453_121
    assert (asked["batch_size"], asked["epochs"], asked["seed"]) == (20, 20, 3)
    assert float(asked["optimizer"].learning_rate) == pytest.approx(1e-4)
