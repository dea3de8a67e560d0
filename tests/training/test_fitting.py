"""One way of fitting: it measures what is watched as Keras does, and changes nothing by it."""

import keras
import numpy as np
import pytest

from labkit.training import Curves, Run, fit, fit_side_by_side


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


def test_training_goes_on_where_it_stopped(parts):
    """Twice two epochs are four: the momenta are kept."""
    train, others = parts
    half = network()
    how = {"batch_size": 40}  # one batch, so that the order does not matter
    fit(half, train, epochs=2, optimizer="adam", loss=loss(), **how)
    run = fit(half, train, {"others": others}, epochs=2, **how)
    whole = fit(network(), train, {"others": others}, epochs=4, optimizer="adam", loss=loss(), **how)
    assert run.loss == pytest.approx(whole.loss[2:], rel=1e-6)
    assert run.watched["others"].loss == pytest.approx(whole.watched["others"].loss[2:], rel=1e-6)


def test_going_on_needs_a_compiled_model(parts):
    with pytest.raises(ValueError, match="model is not compiled"):
        fit(network(), parts[0], epochs=1)
    with pytest.raises(ValueError, match="optimizer is 'adam' and loss is None; allowed are both, or neither"):
        fit(network(), parts[0], epochs=1, optimizer="adam")


@pytest.mark.parametrize("count", [pytest.param(1, marks=pytest.mark.nightly), 3])
def test_side_by_side_each_is_trained_and_measured_as_alone(parts, count):
    train, others = parts
    networks = {}
    for units in range(4, 4 + count):
        keras.utils.set_random_seed(units)
        layers = [keras.Input((3,)), keras.layers.Dense(units, "relu"), keras.layers.Dense(2)]
        networks[f"{units} units"] = keras.Sequential(layers, name="same")
    copies = {name: keras.models.clone_model(each) for name, each in networks.items()}
    for name, copy in copies.items():
        copy.set_weights(networks[name].get_weights())
    keras.utils.set_random_seed(9)
    runs = fit_side_by_side(networks, train, {"validation": others}, loss=loss(), **HOW)
    assert list(runs) == list(networks)
    for name, copy in copies.items():
        keras.utils.set_random_seed(9)
        alone = fit(copy, train, {"validation": others}, loss=loss(), **HOW)
        assert runs[name].loss == pytest.approx(alone.loss, rel=1e-5)
        assert runs[name].accuracy == alone.accuracy
        assert runs[name].val_loss == pytest.approx(alone.val_loss, rel=1e-5)
        assert runs[name].val_accuracy == alone.val_accuracy
        for one, same in zip(copy.get_weights(), networks[name].get_weights(), strict=True):
            np.testing.assert_allclose(one, same, atol=1e-5)
