"""labkit's tools on a network that computes in half precision, as on a GPU with tensor cores: the same as in single.

A CPU computes so as well, slowly. Of a rounded number 11 binary digits are left: figures differ by a thousandth.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf

from labkit.explain import METHODS, activations, cam, integrated_gradients, saliency
from labkit.models import mnist_convnet
from labkit.training import fit, fit_side_by_side, gradient_norms, learning_rate_range_test, prune

pytestmark = pytest.mark.nightly

generator = np.random.default_rng(0)
LABELS = np.arange(64) % 4
IMAGES = ((generator.integers(0, 90, (64, 28, 28, 1)) + 50 * LABELS[:, None, None, None]) / 255).astype(np.float32)
LOSS = keras.losses.SparseCategoricalCrossentropy


@pytest.fixture(autouse=True)
def _single_again(monkeypatch):
    monkeypatch.setenv("LABKIT_PROFILE", "rehearsal")
    yield
    keras.config.set_dtype_policy("float32")


def build(policy):
    keras.config.set_dtype_policy(policy)
    keras.utils.set_random_seed(0)
    return mnist_convnet(softmax=False)


def trained(policy):
    model = build(policy)
    seen = IMAGES, LABELS
    return model, fit(model, seen, {"seen": seen}, epochs=4, optimizer="adam", loss=LOSS(from_logits=True))


@pytest.fixture
def half():
    return trained("mixed_float16")


def copied(model):
    """The same network in single precision."""
    other = build("float32")
    other.set_weights(model.get_weights())
    return other


def test_it_learns_as_in_single_precision(half):
    model, run = half
    assert model.compute_dtype == "float16"
    assert isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
    assert {weight.dtype for weight in model.weights} == {"float32"}
    _, single = trained("float32")
    assert run.loss == pytest.approx(single.loss, rel=0.02)
    assert run.loss[-1] < run.loss[0]
    assert np.isfinite(run.watched["seen"].loss).all()


def test_several_networks_side_by_side():
    networks = {name: build("mixed_float16") for name in "ab"}
    runs = fit_side_by_side(
        networks, (IMAGES, LABELS), epochs=2, optimizer="adam", loss=LOSS(from_logits=True), batch_size=32
    )
    assert runs["a"].loss == pytest.approx(runs["b"].loss, rel=0.01)


@pytest.mark.parametrize("method", METHODS)
def test_class_activation_maps(half, method):
    model, _ = half
    some = IMAGES[:4]
    theirs, ours = (np.asarray(cam(each, some, target=1, method=method).maps) for each in (copied(model), model))
    assert np.isfinite(ours).all()
    assert np.corrcoef(theirs.ravel(), ours.ravel())[0, 1] > 0.99


@pytest.mark.parametrize("explain", [saliency, integrated_gradients])
def test_maps_of_pixels(half, explain):
    model, _ = half
    theirs, ours = (np.asarray(explain(each, IMAGES[:2], target=1).maps) for each in (copied(model), model))
    assert np.corrcoef(theirs.ravel(), ours.ravel())[0, 1] > 0.99


def test_feature_maps(half):
    model, _ = half
    names = [layer.name for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    theirs, ours = activations(copied(model), IMAGES[:4], names), activations(model, IMAGES[:4], names)
    for name in names:
        assert np.allclose(theirs[name], ours[name], atol=0.02)


def test_gradient_norms(half):
    model, _ = half
    theirs, ours = gradient_norms(copied(model), IMAGES, LABELS), gradient_norms(model, IMAGES, LABELS)
    assert ours.norms == pytest.approx(theirs.norms, rel=0.05)


def test_learning_rate_range_test(half):
    model, _ = half
    before = model.get_weights()
    found = learning_rate_range_test(model, IMAGES, LABELS, steps=10, highest=0.1)
    assert np.isfinite(found.losses).all()
    assert all(np.array_equal(one, other) for one, other in zip(before, model.get_weights(), strict=True))


def test_pruning(half):
    model, _ = half
    small, report = prune(model, 0.5)
    assert small.compute_dtype == "float16"
    assert np.isfinite(tf.cast(small(IMAGES[:4]), "float32")).all()
    assert report.zeros > 0
