"""One way of fitting: it measures what is watched as Keras does, and changes nothing by it."""

import keras
import numpy as np
import pytest

from labkit.training import Curves, Run, fit


def network() -> keras.Model:
    keras.utils.set_random_seed(4)
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(2)])


@pytest.fixture(scope="module")
def parts():
    rng = np.random.default_rng(0)
    images = rng.normal(size=(60, 3)).astype(np.float32)
    labels = (images.sum(axis=1) > 0).astype(int)
    return (images[:40], labels[:40]), (images[40:], labels[40:])


HOW = {"optimizer": "adam", "epochs": 3, "batch_size": 8}


def loss():
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def test_it_trains_and_measures_as_keras_alone(parts):
    train, others = parts
    run = fit(network(), train, {"train": train, "validation": others}, loss=loss(), **HOW)
    alone = network()
    alone.compile("adam", loss(), metrics=["accuracy"])
    history = alone.fit(*train, epochs=3, batch_size=8, validation_data=others, verbose=0).history
    assert run.loss == tuple(history["loss"])
    assert run.accuracy == tuple(history["accuracy"])
    assert run.val_loss == pytest.approx(history["val_loss"], rel=1e-6)
    assert run.val_accuracy == pytest.approx(history["val_accuracy"])
    assert run.watched["train"].loss[-1] == pytest.approx(alone.evaluate(*train, verbose=0)[0], rel=1e-6)


def test_watching_changes_nothing(parts):
    train, others = parts
    watched, at_the_end, blind = (
        fit(network(), train, watch, loss=loss(), every_epoch=every_epoch, **HOW)
        for watch, every_epoch in (({"others": others}, True), ({"others": others}, False), (None, True))
    )
    assert watched.loss == at_the_end.loss == blind.loss
    assert at_the_end.watched["others"].loss == watched.watched["others"].loss[-1:]
    assert blind.watched == {}
    assert blind.val_loss == ()
    assert list(watched.seconds_after) == sorted(watched.seconds_after)
    assert watched.processor_seconds > 0


def test_no_epochs_are_refused(parts):
    with pytest.raises(ValueError, match="epochs is 0; allowed is a whole number of at least 1"):
        fit(network(), parts[0], loss=loss(), optimizer="adam", epochs=0)


def test_the_best_epoch_is_counted_from_one_and_the_first_of_several():
    run = Run((1, 1, 1), (0.5, 0.9, 1.0), {"validation": Curves((1, 1, 1), (0.5, 0.75, 0.75))}, (1.0, 2.0, 3.5))
    assert run.best_epoch == 2
    assert run.seconds == 3.5


def test_metrics_hold_every_curve_and_carry_the_prefix():
    validation = Curves((0.8, 0.9), (0.75, 0.5))
    metrics = Run((0.7, 0.61234), (0.5, 0.9), {"validation": validation}, (1.0, 2.0)).metrics("plain_")
    assert metrics["plain_loss_by_epoch"] == [0.7, 0.6123]
    assert metrics["plain_best_val_accuracy"] == 0.75
    assert metrics["plain_last_val_accuracy"] == 0.5
    assert all(name.startswith("plain_") for name in metrics)
