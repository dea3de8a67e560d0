"""The rehearsal: short trainings, and nothing else changed."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from labkit.datasets.decoding import DecodedPictures
from labkit.store.places import rehearsing
from labkit.training import batches, fit, fit_side_by_side, rehearsal


@pytest.fixture
def cut(monkeypatch):
    """A rehearsal in which a training reads at most 4,000 numbers; Keras's own `fit` is put back."""
    monkeypatch.setenv("LABKIT_PROFILE", "rehearsal")
    monkeypatch.setattr(rehearsal, "MOST", 4_000)
    monkeypatch.setattr(keras.Model, "fit", keras.Model.fit)
    rehearsal.cut_fits()


class Seen(keras.callbacks.Callback):
    """Counts the epochs and steps of a training."""

    def __init__(self):
        super().__init__()
        self.epochs = self.steps = 0

    def on_epoch_begin(self, epoch, logs=None):
        self.epochs += 1

    def on_train_batch_end(self, batch, logs=None):
        self.steps += 1


def compiled(inputs=10):
    model = keras.Sequential([keras.Input((inputs,)), keras.layers.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    return model


def data(count, inputs=10):
    return np.arange(count * inputs, dtype="float32").reshape(count, inputs) / 1000, np.arange(count) % 2


class TestArrays:
    def test_epochs_go_first(self, cut):
        seen = Seen()
        compiled().fit(*data(200), epochs=5, batch_size=20, verbose=0, callbacks=[seen])
        assert (seen.epochs, seen.steps) == (2, 20)

    def test_then_images(self, cut):
        seen = Seen()
        compiled().fit(*data(1000), epochs=5, batch_size=20, verbose=0, callbacks=[seen])
        assert (seen.epochs, seen.steps) == (1, 20)

    def test_a_small_training_is_whole(self, cut):
        seen = Seen()
        compiled().fit(*data(40), epochs=10, batch_size=20, verbose=0, callbacks=[seen])
        assert (seen.epochs, seen.steps) == (10, 20)

    def test_validation_is_as_short(self, cut):
        model, sizes = compiled(), []
        model.fit(*data(40), verbose=0, validation_data=data(1000), callbacks=[_Tested(sizes)])
        assert sum(sizes) == 40

    def test_weights_of_images_are_cut_with_them(self, cut):
        seen = Seen()
        x, y = data(1000)
        compiled().fit(x, y, sample_weight=np.ones(1000), batch_size=20, verbose=0, callbacks=[seen])
        assert seen.steps == 20

    def test_inputs_and_labels_stay_together(self, cut):
        calls = []
        fit = rehearsal._cutting(
            lambda self, x=None, y=None, epochs=1, validation_data=None, steps_per_epoch=None: calls.append((x, y))
        )
        x, y = data(1000)
        fit(None, x, {"one": x[:, 0], "other": y})
        ((kept, labels),) = calls
        assert np.array_equal(kept[:, 0], labels["one"])
        assert len(kept) == len(labels["other"]) == 400
        assert np.array_equal(kept[[0, -1]], x[[0, -1]])  # from one end to the other


class _Tested(keras.callbacks.Callback):
    """Counts the images that validation sees, in batches of 32."""

    def __init__(self, sizes):
        super().__init__()
        self.sizes = sizes

    def on_test_batch_end(self, batch, logs=None):
        self.sizes.append(32 if batch == 0 else 8)


def test_a_pipeline_is_cut_by_steps(cut):
    seen = Seen()
    dataset = tf.data.Dataset.from_tensor_slices(data(1000)).batch(20)
    compiled().fit(dataset, epochs=3, shuffle=False, verbose=0, callbacks=[seen])
    assert (seen.epochs, seen.steps) == (1, 20)


def test_a_generator_is_cut_by_steps(cut):
    def endless():
        while True:
            yield data(4)

    seen = Seen()
    compiled().fit(endless(), steps_per_epoch=500, shuffle=False, verbose=0, callbacks=[seen])
    assert seen.steps == rehearsal.STEPS


def test_labkits_fit_is_cut_and_tells_what_it_did(cut):
    run = fit(compiled(), data(1000), {"validation": data(50)}, epochs=7, optimizer="sgd", loss="binary_crossentropy")
    assert len(run.loss) == len(run.val_accuracy) == 1
    runs = fit_side_by_side(
        {"a": compiled(), "b": compiled()}, data(1000), epochs=7, optimizer="sgd", loss="binary_crossentropy"
    )
    assert [len(run.loss) for run in runs.values()] == [1, 1]


def test_batches_are_fewer_and_of_every_class(cut, monkeypatch):
    images = DecodedPictures(np.zeros((100, 8, 8, 3), np.uint8), np.repeat([0, 1], 50), ("cat", "dog"), "pad")
    given = batches(images, batch_size=20)
    labels = np.concatenate([labels for _, labels in given])
    assert given.images == len(labels) == 32
    assert sorted(set(labels)) == [0, 1]
    assert "32 of them, for a rehearsal" in str(given)
    monkeypatch.delenv("LABKIT_PROFILE")
    assert batches(images, batch_size=20).images == 100


def test_it_is_cut_once(cut):
    once = keras.Model.fit
    rehearsal.cut_fits()
    assert keras.Model.fit is once
    assert not hasattr(once.whole, "whole")


@pytest.mark.parametrize(("name", "answer"), [("rehearsal", True), ("quick", False), ("full", False)])
def test_only_the_profile_of_this_name_is_one(monkeypatch, name, answer):
    monkeypatch.setenv("LABKIT_PROFILE", name)
    assert rehearsing() == answer
