"""Normalizing by batches of any size, taking units away, correlations, and one seed of the record."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest

from labkit.chapters.ch16 import experiments
from labkit.chapters.ch16.experiments import record_training_choices
from labkit.chapters.ch16.measuring import (
    accuracy_without_units,
    mean_correlation,
    neighbour_correlation,
    scores_by_batch,
)
from labkit.ops import batch_normalize_training


def test_each_batch_is_normalized_by_itself():
    layer = keras.layers.BatchNormalization(epsilon=1e-3)
    model = keras.Sequential([keras.Input((2, 2, 3)), layer])
    model.set_weights([np.full(3, value, np.float32) for value in (2.0, 0.5, 7.0, 3.0)])
    images = np.random.default_rng(0).normal(size=(5, 2, 2, 3)).astype(np.float32)
    expected = [batch_normalize_training(images[i : i + 2], 2.0, 0.5).output for i in (0, 2)]
    scores = scores_by_batch(model, images, 2)
    np.testing.assert_allclose(scores, np.concatenate(expected), atol=1e-5)
    assert [weight[0] for weight in model.get_weights()] == [2.0, 0.5, 7.0, 3.0]
    for size in (0, 6):
        with pytest.raises(ValueError, match=f"batch_size is {size}; allowed is 1 to the number of images, 5"):
            scores_by_batch(model, images, size)


def test_units_that_say_the_same_can_be_spared():
    labels = np.arange(10) % 2
    alike = np.repeat(np.eye(2, dtype=np.float32)[labels], 3, axis=1)  # each of two units three times
    weights = np.repeat(np.eye(2, dtype=np.float32), 3, axis=0)
    zero = np.zeros(2, np.float32)
    assert accuracy_without_units(alike, weights, zero, labels, 1 / 6) == 1.0
    # Of two units without a copy one is always missing. With 0 everywhere the first class is the answer, so the five
    # images of that class are always right, and those of the other as long as their own unit stays.
    single = np.eye(2, dtype=np.float32)
    half = accuracy_without_units(single[labels], single, zero, labels, 0.5, draws=400)
    assert half == pytest.approx(0.75, abs=0.03)


@pytest.mark.parametrize("share", [-0.1, 1.0])
def test_a_share_out_of_range(share):
    with pytest.raises(ValueError, match=f"share is {share}; allowed"):
        accuracy_without_units(np.ones((2, 4)), np.ones((4, 2)), np.zeros(2), np.zeros(2), share)


def test_correlations_leave_out_constant_units():
    random = np.random.default_rng(0)
    free = random.normal(size=(5000, 4))
    assert mean_correlation(free) < 0.03
    constant = np.zeros((5000, 1))
    assert mean_correlation(np.hstack([free[:, :1], -2 * free[:, :1], constant])) == 1.0
    mixed = mean_correlation(np.stack([free[:, 0], free[:, 0] + free[:, 1]], axis=1))
    assert mixed == pytest.approx(1 / np.sqrt(2), abs=0.02)


def fashion(is_stand_in):
    random = np.random.default_rng(0)
    labels = random.integers(0, 10, 300).astype(np.uint8)
    images = (random.integers(0, 20, (300, 28, 28)) + 20 * labels[:, None, None]).astype(np.uint8)
    return SimpleNamespace(
        is_stand_in=is_stand_in, x_train=images, y_train=labels, provenance=SimpleNamespace(sha256={"train": "0"})
    )


@pytest.mark.nightly
def test_a_seed_of_the_record(monkeypatch):
    small = {"TRAINED_ON": 128, "VALIDATED_ON": 100, "EPOCHS": 1, "RATE_EPOCHS": 1, "HIDDEN_EPOCHS": 2}
    for name, value in small.items():
        monkeypatch.setattr(experiments, name, value)
    monkeypatch.setattr("labkit.datasets.load_fashion_mnist", lambda: fashion(is_stand_in=False))
    metrics, data = record_training_choices(3)
    assert "128 + 100 of the training images" in data["source"]
    shares = [value for name, value in metrics.items() if name.startswith(("own_", "stored", "dark_"))]
    assert all(-1 <= value <= 1 for value in shares)
    assert metrics["tiny_batches_cost"] == pytest.approx(metrics["stored"] - metrics["own_2"], abs=2e-4)
    assert metrics["dropout_saves"] == pytest.approx(
        metrics["plain_half_costs"] - metrics["dropout_half_costs"], abs=2e-4
    )


def test_no_record_on_stand_ins(monkeypatch):
    monkeypatch.setattr("labkit.datasets.load_fashion_mnist", lambda: fashion(is_stand_in=True))
    with pytest.raises(RuntimeError, match="needs the real Fashion-MNIST"):
        record_training_choices(0)


def test_noise_is_not_smooth_and_a_blurred_copy_is():
    random = np.random.default_rng(0)
    noise = random.normal(size=(28 * 28, 20)).astype(np.float32)
    assert abs(neighbour_correlation(noise, 28)) < 0.02
    # The mean of a pixel and its right neighbour shares one of two equal parts with the next such mean.
    maps = noise.T.reshape(20, 28, 28)
    pairs = ((maps + np.roll(maps, -1, axis=2)) / 2).reshape(20, -1).T
    assert neighbour_correlation(pairs, 28) == pytest.approx(0.5, abs=0.03)
    by_hand = np.mean([np.corrcoef(each[:, :-1].ravel(), each[:, 1:].ravel())[0, 1] for each in maps])
    assert neighbour_correlation(noise, 28) == pytest.approx(by_hand, abs=1e-5)


def test_a_seed_of_the_features(monkeypatch):
    digits = np.random.default_rng(0).integers(0, 256, (1100, 28, 28)).astype(np.uint8)
    labels = np.zeros(1100, np.uint8)
    real = SimpleNamespace(
        x_train=digits,
        y_train=labels,
        x_test=digits[:10],
        is_stand_in=False,
        provenance=SimpleNamespace(kind="real", sha256={"file": "0"}),
    )
    monkeypatch.setattr(experiments, "real_mnist", lambda: real)
    metrics, data = experiments.record_dropout_features(0, images=64, epochs=1)
    assert metrics["smooth_change"] == pytest.approx(metrics["dropout_smooth"] - metrics["plain_smooth"], abs=2e-4)
    assert 0.2 < metrics["plain_active"] < 0.8  # hardly trained: about half of the units are on
    assert "64 of the training images" in data["source"]
