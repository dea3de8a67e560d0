"""The experiments of chapter 11 do what they say; on a network of a few layers that stands for the large one."""

import keras
import numpy as np
import pytest
from keras import layers

from labkit.chapters.ch11 import experiments, tuner
from labkit.chapters.ch11.tuner import DEPTHS, Tuner, imagenet_top
from labkit.datasets.decoding import DecodedPictures
from labkit.models import pretrained
from labkit.models.pretrained import Backbone, Normalization
from labkit.training.transfer.classifier_head import build_head

SIDE = 64
TUNABLE = [name for name in reversed(DEPTHS.values()) if name]


def small_load(name="efficientnet-lite0", *, include_top=True, input_size=224, weights="imagenet"):
    """The names that the experiments tune from, batch normalization, and 1,280 maps at the end."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((input_size, input_size, 3))
    x = layers.AveragePooling2D(16)(inputs)
    for first in TUNABLE:
        x = layers.Conv2D(4, 1, name=first)(x)
        x = layers.BatchNormalization(name=f"{first}_bn")(x)
    x = layers.Conv2D(1280, 1, name="head_conv")(x)
    if include_top:
        x = layers.GlobalAveragePooling2D()(x)
        x = layers.Softmax(name="probabilities")(layers.Dense(1000, name="logits")(x))
    return Backbone(name, keras.Model(inputs, x), Normalization((127.0,) * 3, (128.0,) * 3), include_top)


@pytest.fixture(autouse=True)
def small_network(monkeypatch, tmp_path):
    monkeypatch.setattr(pretrained, "load", small_load)
    monkeypatch.setenv("LABKIT_CACHE", str(tmp_path))
    for cached in (tuner.tuner, tuner.imagenet_top):
        cached.cache_clear()
    yield
    for cached in (tuner.tuner, tuner.imagenet_top):
        cached.cache_clear()


@pytest.fixture
def images():
    """Bright or dark."""
    labels = np.arange(40) % 2
    noise = np.random.default_rng(0).integers(0, 60, (40, SIDE, SIDE, 3))
    return DecodedPictures((labels[:, None, None, None] * 150 + noise).astype("u1"), labels, ("cat", "dog"), "squash")


@pytest.fixture
def head():
    keras.utils.set_random_seed(3)
    return build_head((1280,), classes=2)


def changed(backbone: Backbone) -> list[str]:
    """The layers whose weights are not those of a fresh network."""
    fresh = small_load(include_top=False, input_size=SIDE)
    return [
        new.name
        for old, new in zip(fresh.model.layers, backbone.model.layers, strict=True)
        if any(not np.array_equal(a, b) for a, b in zip(old.get_weights(), new.get_weights(), strict=True))
    ]


@pytest.mark.parametrize("place", range(len(TUNABLE)))
def test_what_lies_from_the_first_layer_on_is_tuned_but_no_normalization(place, images, head):
    network = Tuner(SIDE, TUNABLE[place])
    network.run(head, images, images)
    assert changed(network.backbone) == [*TUNABLE[place:], "head_conv"]


def test_every_run_begins_anew(images, head):
    network = Tuner(SIDE, TUNABLE[-1])
    first = network.run(head, images, images, learning_rate=1e-3, times=2)
    other = network.run(head, images, images, learning_rate=1e-2)
    again = network.run(head, images, images, learning_rate=1e-3, times=2)
    assert again.val_loss[-1] == pytest.approx(first.val_loss[-1], rel=1e-5)
    assert other.val_loss[-1] != pytest.approx(first.val_loss[-1], rel=1e-3)


def test_a_restart_brings_back_the_weights_of_the_beginning(images, head):
    network = Tuner(SIDE, TUNABLE[0])
    network.run(head, images, images, learning_rate=1e-2)
    network.restart(head)
    assert changed(network.backbone) == []


def test_the_scores_are_those_of_the_model(images, head):
    network = Tuner(SIDE, TUNABLE[-1])
    run = network.run(head, images, images, times=2)
    dog = network.model.predict(images.images, verbose=0)[:, 0]
    assert run.val_accuracy[-1] == pytest.approx(np.mean((dog > 0.5) == images.labels))
    of_the_truth = np.where(images.labels == 1, dog, 1 - dog)
    assert run.val_loss[-1] == pytest.approx(-np.log(of_the_truth).mean(), rel=1e-4)
    assert len(run.loss) == 2


def test_the_old_top_gives_the_old_classes(images, head):
    """Backbone and top put together again answer as the whole network does."""
    network = Tuner(SIDE, TUNABLE[-1])
    whole = small_load(input_size=SIDE)
    for layer in network.backbone.model.layers:
        if layer.get_weights():
            layer.set_weights(whole.model.get_layer(layer.name).get_weights())
    expected = whole.model.predict(whole.normalize(images.images.astype("f4")), verbose=0).argmax(axis=1)
    assert np.array_equal(network.old_classes(images), expected)
    assert imagenet_top().output_shape == (None, 1000)


@pytest.fixture
def recorded_on(monkeypatch, images):
    def photographs(train, validation, size):
        assert size == (SIDE, SIDE)
        return images, images, {"source": "a test"}

    monkeypatch.setattr(experiments, "recorded_photographs", photographs)


@pytest.mark.nightly
def test_the_record_of_depths(recorded_on):
    metrics, data = experiments.record_fine_tune_depth(1, many=40, few=10)
    assert data == {"source": "a test"}
    lists = [value for value in metrics.values() if isinstance(value, list)]
    assert [len(value) for value in lists] == [len(DEPTHS)] * 5
    for name in ("many", "few"):
        accuracies = metrics[f"{name}_val_accuracy_by_depth"]
        assert metrics[f"{name}_gain_everything"] == pytest.approx(accuracies[-1] - accuracies[0], abs=1e-4)
    assert metrics["milliseconds_by_depth"][0] == 0


@pytest.mark.nightly
def test_the_record_of_forgetting(recorded_on):
    metrics, data = experiments.record_forgetting(1, images=40)
    assert data == {"source": "a test"}
    assert len(metrics["val_accuracy_by_rate"]) == len(metrics["agreement_by_rate"]) == len(experiments.RATES)
    assert metrics["agreement_by_rate"][0] == metrics["lowest_rate_agreement"]
    assert metrics["lowest_rate_agreement"] > metrics["highest_rate_agreement"]


def test_tuning_is_compared_with_the_best_that_a_trained_head_reached():
    metrics, data = experiments.record_fine_tune_with_room(3, train=16, validation=8, head_epochs=10, epochs=2)
    assert len(metrics["head_loss_by_tenth"]) == 10
    assert metrics["head_loss_by_tenth"][-1] < metrics["head_loss_by_tenth"][0]
    assert metrics["head_best_val_accuracy"] >= metrics["head_val_accuracy"]
    assert metrics["tuned_val_accuracy"] == metrics["tuned_val_accuracy_by_epoch"][1]
    difference = metrics["tuned_val_accuracy"] - metrics["head_best_val_accuracy"]
    assert metrics["gain_over_best_head"] == pytest.approx(difference, abs=2e-4)
    assert list(data["sha256"]) == ["labkit.datasets.drawn_pets"]
