"""The race trains each family as it says, tests on images it did not see, and records what the book shows."""

from types import SimpleNamespace

import numpy as np
import pytest

from labkit.chapters.ch15 import experiments
from labkit.chapters.ch15.experiments import record_family_race, train_family
from labkit.models.families import FAMILIES
from labkit.training import Curves, Run


@pytest.fixture(scope="module")
def bars():
    """Ten classes that a network can learn: a bright bar at a height of its own."""
    random = np.random.default_rng(0)
    labels = np.arange(300) % 10
    images = random.integers(0, 60, (300, 14, 14)).astype(np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[label + 2 : label + 4, 2:12] = 250
    return images, labels


def test_a_network_learns_and_is_watched(bars):
    watched = {"seen": bars, "upside down": (bars[0][:, ::-1], bars[1])}
    trained = train_family("residual", bars, watched, seed=1, epochs=6)
    assert abs(trained.parameters / 60_000 - 1) < 0.03
    assert trained.accuracy("seen") > 0.5
    assert trained.accuracy("upside down") < 0.5 * trained.accuracy("seen")
    assert trained.run.processor_seconds > 0


def test_no_epochs_are_refused(bars):
    with pytest.raises(ValueError, match="epochs is 0; allowed is a whole number of at least 1"):
        train_family("plain", bars, {}, seed=0, epochs=0)


class Small:
    """Looks like Fashion-MNIST, and is small."""

    is_stand_in = False

    class provenance:
        sha256 = (("file", "00"),)

    def __init__(self, bars):
        (self.x_train, self.y_train), (self.x_test, self.y_test) = bars, (bars[0][:50], bars[1][:50])


@pytest.mark.nightly
def test_a_record_has_a_figure_for_each_family(bars, monkeypatch):
    monkeypatch.setattr("labkit.datasets.load_fashion_mnist", lambda: Small(bars))
    some = {family: FAMILIES[family] for family in ("plain",)}
    monkeypatch.setattr("labkit.models.families.FAMILIES", some)
    monkeypatch.setattr(experiments, "TRAINED_ON", 100)
    monkeypatch.setattr(experiments, "VALIDATED_ON", 50)
    metrics, data = record_family_race(0, epochs=1)
    for family in some:
        assert abs(metrics[f"parameters_{family}"] / 60_000 - 1) < 0.03
        assert metrics[f"macs_{family}"] > 100_000
    assert "100 of the training images" in data["source"]


def test_a_record_is_made_on_real_data_only(monkeypatch):
    class StandIn:
        is_stand_in = True

        def __str__(self):
            return "drawn clothes"

    monkeypatch.setattr("labkit.datasets.load_fashion_mnist", StandIn)
    with pytest.raises(RuntimeError, match="needs the real Fashion-MNIST, but this is drawn clothes"):
        record_family_race(0)


def test_the_normalization_is_compared_at_the_rate_that_suits_each(bars, monkeypatch):
    monkeypatch.setattr("labkit.datasets.load_fashion_mnist", lambda: Small(bars))
    monkeypatch.setattr(experiments, "TRAINED_ON", 100)
    monkeypatch.setattr(experiments, "VALIDATED_ON", 50)

    def quick(model, train, watched, *, optimizer, **_):
        normalized = any("lrn" in layer.name for layer in model.layers)
        right = optimizer.learning_rate.peak == (0.003 if normalized else 0.001)
        accuracy = {"validation": 0.9 if right else 0.5, "test": 0.6 + 0.1 * normalized if right else 0.99}
        return Run((1.0,), (0.5,), {part: Curves((), (share,)) for part, share in accuracy.items()})

    monkeypatch.setattr(experiments, "fit", quick)
    monkeypatch.setattr(experiments.Recipe, "build_optimizer", lambda recipe, images: Fixed(recipe.peak_rate))
    metrics, _ = experiments.record_response_normalization(0)
    assert (metrics["without_rate"], metrics["with_rate"]) == (0.001, 0.003)
    assert metrics["gain"] == pytest.approx(0.1)


def test_each_family_races_at_the_rate_that_suits_it(bars, monkeypatch):
    monkeypatch.setattr("labkit.datasets.load_fashion_mnist", lambda: Small(bars))
    monkeypatch.setattr(experiments, "TRAINED_ON", 100)
    monkeypatch.setattr(experiments, "VALIDATED_ON", 50)

    def quick(family, train, watched, *, seed, epochs, peak_rate):
        right = peak_rate == (0.03 if family == "dense" else 0.01)
        accuracy = {"validation": 0.9 if right else 0.5, "test": 0.7 + 0.1 * (family == "dense") if right else 0.99}
        return SimpleNamespace(run=Run((), (), {part: Curves((), (share,)) for part, share in accuracy.items()}))

    monkeypatch.setattr(experiments, "train_family", quick)
    metrics, _ = experiments.record_family_race_by_rate(0)
    assert (metrics["plain_rate"], metrics["dense_rate"]) == (0.01, 0.03)
    assert metrics["lead_dense"] == pytest.approx(0.1)
    assert metrics["lead_residual"] == 0


class Fixed:
    """Stands for an optimizer: has the rate that it was made with."""

    def __init__(self, peak):
        self.learning_rate = type("Rate", (), {"peak": peak})
