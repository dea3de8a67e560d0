"""The experiments of chapter 6 compare what they say they compare, and are recorded on real digits only."""

import keras
import numpy as np
import pytest

from labkit.chapters.ch06 import experiments
from labkit.chapters.ch06.experiments import count_different, step_seconds, train_side_by_side
from labkit.datasets import ImageDataset, Provenance
from labkit.models import lenet5
from labkit.training import Curves, Run


def bars(count, seed=0):
    """Images of ten classes that anybody can tell apart: a bright bar at a height of its own."""
    random = np.random.default_rng(seed)
    labels = (np.arange(count) % 10).astype(np.uint8)
    images = random.integers(0, 40, (count, 28, 28)).astype(np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[2 * label + 4 : 2 * label + 6, 6:22] = 250
    return images, labels


def small(units, seed=0):
    keras.utils.set_random_seed(seed)
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(units, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ],
        name="small",
    )


def trained(networks):
    keras.utils.set_random_seed(5)
    return train_side_by_side(networks, bars(60), bars(40, seed=1), epochs=3, batch_size=20)


def test_a_network_learns_the_same_in_company_as_alone():
    alone, accompanied, other = small(8), small(8), small(5, seed=1)
    by_itself, together = trained({"a": alone}), trained({"a": accompanied, "b": other})
    for one, same in zip(alone.get_weights(), accompanied.get_weights(), strict=True):
        np.testing.assert_allclose(one, same, atol=1e-5)
    assert by_itself["a"].watched["test"].accuracy == together["a"].watched["test"].accuracy
    assert [len(run.watched["test"].accuracy) for run in together.values()] == [3, 3]


def test_the_last_accuracy_is_that_of_the_network_handed_in():
    network = small(16)
    run = train_side_by_side({"a": network}, bars(200), bars(40, seed=1), epochs=4, peak_rate=0.01)["a"]
    accuracy = run.watched["test"].accuracy
    images, labels = bars(40, seed=1)
    said = network.predict(images[..., np.newaxis] / 255, verbose=0).argmax(axis=1)
    assert accuracy[-1] == pytest.approx((said == labels).mean())
    assert accuracy[-1] > 0.5


def test_steps_are_timed_for_each():
    assert all(value > 0 for value in step_seconds({"a": small(4), "b": small(4)}, rounds=2).values())


def test_maps_that_differ_by_rounding_only_are_alike():
    maps = np.random.default_rng(0).normal(size=(5, 5, 4))
    assert count_different(maps) == 4
    maps[..., 3] = maps[..., 1] * (1 + 1e-6)
    assert count_different(maps) == 3
    assert count_different(np.zeros((2, 2, 3))) == 1


@pytest.mark.parametrize(("c3", "different"), [("dense", 1), ("sparse", 16)])
def test_only_the_table_tells_equal_filters_apart(c3, different):
    """What the chapter shows, before training: C3's filters start equal, and S2's maps differ."""
    keras.utils.set_random_seed(0)
    network = lenet5("original", c3=c3)
    layer = network.get_layer("c3")
    layer.set_weights([np.full_like(layer.get_weights()[0], 0.02), layer.get_weights()[1]])
    maps = keras.Model(network.inputs[0], layer.output)(np.random.default_rng(0).random((1, 28, 28, 1), "float32"))
    assert count_different(maps[0]) == different


@pytest.fixture
def few_bars(monkeypatch):
    """In place of real MNIST."""
    data = ImageDataset("bars", *bars(64), *bars(20, seed=1), tuple("0123456789"), Provenance("a test", "user's data"))
    monkeypatch.setattr("labkit.datasets.load_mnist", lambda: data)


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("record", "ways"),
    [
        (experiments.record_lenet_c3, ("sparse", "dense")),
        (experiments.record_lenet_choices, ("tanh_average", "tanh_max", "relu_average", "relu_max")),
    ],
)
def test_a_record_holds_what_the_chapter_shows(few_bars, monkeypatch, record, ways):
    monkeypatch.setattr(experiments, "step_seconds", lambda networks: dict.fromkeys(networks, 1.0))
    metrics, provenance = record(0, epochs=1)
    for way in ways:
        assert metrics[f"{way}_error_by_epoch"] == [metrics[f"{way}_error"]]
    assert "64 of its 60,000 training images" in provenance["source"]


def test_a_lead_is_the_other_networks_error_minus_ones_own(few_bars, monkeypatch):
    def pretend(networks, *data, **how):
        accuracies = {name: (0.5, 0.9 + 0.01 * place) for place, name in enumerate(networks)}
        return {name: Run((), (), {"test": Curves((), accuracy)}) for name, accuracy in accuracies.items()}

    monkeypatch.setattr(experiments, "train_side_by_side", pretend)
    monkeypatch.setattr(experiments, "step_seconds", lambda networks: {"sparse": 3.0, "dense": 2.0})
    metrics, _ = experiments.record_lenet_choices(0)
    assert metrics["tanh_average_error_by_epoch"] == [50.0, 10.0]
    assert (metrics["max_lead_tanh"], metrics["max_lead_relu"]) == (1.0, 1.0)
    assert (metrics["relu_lead_average"], metrics["relu_lead_max"]) == (2.0, 2.0)
    metrics, _ = experiments.record_lenet_c3(0)
    assert metrics["sparse_minus_dense_error"] == metrics["sparse_error"] - metrics["dense_error"] == 1.0
    assert metrics["sparse_step_over_dense"] == 1.5
    monkeypatch.setattr(experiments, "whole_mnist", experiments.real_mnist)
    metrics, _ = experiments.record_lenet_whole(0)
    assert metrics["original_error"] == 10.0
    assert metrics["original_error_by_epoch"] == [50.0, 10.0]


@pytest.mark.parametrize("record", [experiments.record_lenet_c3, experiments.record_lenet_choices])
def test_stand_in_digits_are_refused(monkeypatch, record):
    stand_in = ImageDataset("bars", *bars(20), *bars(10), tuple("0123456789"), Provenance("a test", "stand-in"))
    monkeypatch.setattr("labkit.datasets.load_mnist", lambda: stand_in)
    with pytest.raises(RuntimeError, match="a record needs real MNIST"):
        record(0)
