"""The record of a head on frozen features: made on photographs only, and what a seed of it holds."""

from dataclasses import replace

import pytest

from labkit.chapters.ch10 import experiments
from labkit.chapters.ch10.experiments import LITE0, record_frozen
from labkit.models.pretrained import load


@pytest.mark.nightly
def test_a_seed_of_frozen_features(few_and_small, tmp_path, monkeypatch):
    monkeypatch.setattr(experiments, "LITE0", replace(LITE0, size=32))
    metrics, data = record_frozen(0)
    assert metrics["parameters_trained"] == 1281
    assert len(metrics["val_accuracy_by_epoch"]) == LITE0.head["epochs"]
    parts = metrics["decoding_seconds"] + metrics["extraction_seconds"] + metrics["head_seconds"]
    assert parts <= metrics["seconds_in_all"] + 1.0
    assert data["sha256"] == {} or all(len(value) == 64 for value in data["sha256"].values())
    assert not (tmp_path / "cache" / "features").exists()  # the times are those without the cache


def test_it_needs_photographs(monkeypatch):
    class DrawnPets:
        is_stand_in = True

    monkeypatch.setattr("labkit.datasets.load_cats_vs_dogs", lambda **_: DrawnPets())
    monkeypatch.setattr(
        "labkit.models.pretrained.load", lambda *_, **__: load("vgg16", include_top=False, weights=None)
    )
    with pytest.raises(RuntimeError, match="needs photographs of cats and dogs"):
        record_frozen(0)


def test_a_head_trained_to_convergence_is_looked_at_on_the_way(few_and_small, monkeypatch):
    monkeypatch.setattr(experiments, "LITE0", replace(LITE0, size=32))
    metrics, _ = experiments.record_converged_heads(0, epochs=21)
    assert metrics["epochs"] == [1, 5, 20]
    assert metrics["loss_after"] == sorted(metrics["loss_after"], reverse=True)
    gained = metrics["last_val_accuracy"] - metrics["val_accuracy_after"][-1]
    assert metrics["gain_after_20"] == pytest.approx(gained, abs=2e-4)
