"""The experiments of chapter 5 measure what they say, and are recorded on real digits only."""

import subprocess
import sys
import textwrap

import keras
import numpy as np
import pytest
from keras.callbacks import EarlyStopping

from labkit.chapters.ch05 import experiments
from labkit.chapters.ch05.digits import (
    dense_network,
    placed_at_random,
    regularized_convnet,
    stop_after,
    train_for_steps,
    train_on_digits,
)
from labkit.datasets import ImageDataset, Provenance
from labkit.models import mnist_convnet
from labkit.training import scaled


def bars(count, seed=0):
    """Images of ten classes that anybody can tell apart: a bright bar at a height of its own."""
    random = np.random.default_rng(seed)
    labels = (np.arange(count) % 10).astype(np.uint8)
    images = random.integers(0, 40, (count, 28, 28)).astype(np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[2 * label + 4 : 2 * label + 6, 6:22] = 250
    return images, labels


@pytest.fixture
def few_bars(monkeypatch):
    """In place of real MNIST."""
    data = ImageDataset("bars", *bars(120), *bars(30, seed=1), tuple("0123456789"), Provenance("a test", "user's data"))
    monkeypatch.setattr("labkit.datasets.load_mnist", lambda: data)


def test_the_regularized_convnet_is_the_convnet_of_the_course():
    plain, course = regularized_convnet(), mnist_convnet(softmax=False)
    assert [layer.name for layer in plain.layers] == [layer.name for layer in course.layers]
    assert [array.shape for array in plain.weights] == [array.shape for array in course.weights]
    dropped = regularized_convnet(rate=0.5)
    assert [type(layer).__name__ for layer in dropped.layers][-2:] == ["Dropout", "Dense"]
    assert dropped.count_params() == plain.count_params()


def test_the_dense_network_has_as_many_weights_as_the_convnet_within_one_unit():
    a_unit = 784 + 1 + 10
    assert abs(dense_network().count_params() - mnist_convnet().count_params()) < a_unit


def test_a_run_is_measured_by_the_whole_network_after_each_epoch():
    keras.utils.set_random_seed(0)
    network = regularized_convnet(rate=0.5, width=4)
    run = train_on_digits(network, bars(60), bars(40, seed=1), epochs=2)
    assert [len(values) for values in (run.loss, run.watched["train"].loss, run.val_loss, run.val_accuracy)] == [2] * 4
    images, labels = bars(60)
    scores = network.predict(scaled(images), verbose=0).astype(np.float64)
    chances = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    assert run.watched["train"].loss[-1] == pytest.approx(-np.log(chances[np.arange(60), labels]).mean(), rel=1e-4)


@pytest.mark.parametrize("patience", [1, 2, 3])
@pytest.mark.parametrize("seed", range(5))
def test_it_stops_when_keras_stops(patience, seed):
    losses = np.random.default_rng(seed).integers(1, 9, 12) / 10  # with ties
    stopping = EarlyStopping("loss", patience=patience)
    network = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    network.stop_training = False
    stopping.set_model(network)
    stopping.on_train_begin()
    ran = 0
    for epoch, loss in enumerate(losses):
        stopping.on_epoch_end(epoch, {"loss": loss})
        ran = epoch + 1
        if network.stop_training:
            break
    assert stop_after(losses, patience) == ran


def test_a_patience_of_0_is_refused():
    with pytest.raises(ValueError, match="patience is 0"):
        stop_after([1.0], 0)


def test_each_picture_goes_to_a_place_of_its_own_and_is_kept():
    image = np.zeros((28, 28), np.uint8)
    image[8:20, 8:20] = np.random.default_rng(0).integers(1, 255, (12, 12))
    moved = placed_at_random(np.repeat(image[np.newaxis], 2_000, axis=0), seed=0)
    corners = {tuple(np.argwhere(one)[0] - 8) for one in moved}
    assert corners == {(down, right) for down in range(-4, 5) for right in range(-4, 5)}
    for one in moved[:20]:
        down, right = np.argwhere(one)[0] - 8
        assert np.array_equal(one, np.roll(image, (down, right), axis=(0, 1)))
    assert np.array_equal(placed_at_random(image[np.newaxis], seed=3, reach=0)[0], image)


def test_a_negative_reach_is_refused():
    with pytest.raises(ValueError, match="reach is -1"):
        placed_at_random(np.zeros((1, 3, 3), np.uint8), seed=0, reach=-1)


def test_steps_do_not_depend_on_the_number_of_pictures():
    for count in (20, 60):
        network = dense_network(units=4)
        tests = {"few": bars(20), "more": bars(30)}
        run = train_for_steps(network, bars(count), tests, steps=12, batch_size=10)
        assert network.optimizer.iterations.numpy() == 12
        assert [len(curves.accuracy) for curves in run.watched.values()] == [1, 1]


@pytest.mark.nightly
def test_the_records_hold_what_the_chapter_shows(few_bars, monkeypatch):
    monkeypatch.setattr(experiments, "DECK_EPOCHS", 1)
    monkeypatch.setattr(experiments, "SAME_STEPS_EPOCHS", 2)
    monkeypatch.setattr(experiments, "VALIDATION", 40)
    recipe, provenance = experiments.record_mnist_deck_recipe(0)
    assert set(recipe) == {"test_accuracy_1_epochs", "test_accuracy_2_epochs"}
    assert provenance["source"] == "MNIST, real, 120 of its 60,000 training images and 30 test images"

    monkeypatch.setattr(experiments, "whole_mnist", experiments.real_mnist)
    whole, _ = experiments.record_mnist_deck_recipe_whole(0, epochs=2)
    assert whole["test_accuracy"] == whole["test_accuracy_by_epoch"][1]
    overfitting, _ = experiments.record_digit_overfitting(0, few=20, more=40, epochs=4)
    assert len(overfitting["plain_val_loss"]) == len(overfitting["dropout_whole_loss"]) == 4
    assert len(overfitting["more_val_loss"]) == 2, "as many steps, and so half as many epochs"
    assert overfitting["late_epochs"] == overfitting["stop_on_loss"] - overfitting["stop_on_val_loss"]

    shifted, _ = experiments.record_shifted_digits(0, samples=(20, 60), steps=4)
    assert shifted["lead_anywhere"] == pytest.approx(
        shifted["convnet_anywhere_20"] - shifted["dense_anywhere_60"], abs=2e-4
    )
    by_shift = shifted["dense_by_shift_60"]
    assert len(by_shift) == 5
    assert shifted["dense_drop_4"] == pytest.approx(by_shift[0] - by_shift[4], abs=2e-4)


@pytest.mark.parametrize("name", ["record_mnist_deck_recipe", "record_digit_overfitting", "record_shifted_digits"])
def test_a_record_is_made_on_real_data_only(monkeypatch, name):
    class StandIn:
        is_stand_in = True

        def __str__(self):
            return "enlarged digits"

    monkeypatch.setattr("labkit.datasets.load_mnist", StandIn)
    with pytest.raises(RuntimeError, match="needs real MNIST, but this is enlarged digits"):
        getattr(experiments, name)(0)


@pytest.mark.nightly
def test_a_killed_training_goes_on_where_it_was(tmp_path):
    """What chapter 5 shows with an interruption, here with a process that is killed in the middle of an epoch."""
    program = tmp_path / "train.py"
    program.write_text(
        textwrap.dedent(
            """
            import os, signal, sys
            import keras, numpy as np

            class Kill(keras.callbacks.Callback):
                def on_epoch_begin(self, epoch, logs=None):
                    print("epoch", epoch, flush=True)
                def on_train_batch_begin(self, batch, logs=None):
                    if sys.argv[2] == "kill" and self.model.optimizer.iterations.numpy() == 5:
                        os.kill(os.getpid(), signal.SIGKILL)

            keras.utils.set_random_seed(0)
            model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
            model.compile("adam", "mse")
            inputs = np.arange(12.0).reshape(4, 3) / 12
            backup = [keras.callbacks.BackupAndRestore(sys.argv[1])] if sys.argv[2] != "plain" else []
            model.fit(inputs, inputs.sum(axis=1), batch_size=2, epochs=4, shuffle=False, verbose=0,
                      callbacks=[*backup, Kill()])
            print("weights", model.get_weights()[0].tolist())
            """
        )
    )

    def run(how):
        command = [sys.executable, str(program), str(tmp_path / "backup"), how]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    killed, resumed, plain = run("kill"), run("resume"), run("plain")
    assert killed.returncode == -9
    assert killed.stdout.splitlines() == ["epoch 0", "epoch 1", "epoch 2"]
    assert resumed.stdout.splitlines()[:-1] == ["epoch 2", "epoch 3"]
    assert resumed.stdout.splitlines()[-1] == plain.stdout.splitlines()[-1]
