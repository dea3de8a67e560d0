"""Halving images, training at a depth, and one small seed of the record."""

from types import SimpleNamespace

import numpy as np
import pytest
from skimage.transform import downscale_local_mean

from labkit.chapters.ch16 import experiments
from labkit.chapters.ch16.experiments import record_degradation
from labkit.chapters.ch16.measuring import halved, train_at_depth
from labkit.training import Curves, Run


def test_halving_is_a_local_mean():
    images = np.random.default_rng(0).integers(0, 256, (3, 6, 8), dtype=np.uint8)
    expected = [downscale_local_mean(image, (2, 2)) / 255 for image in images]
    small = halved(images)
    assert small.dtype == np.float32
    np.testing.assert_allclose(small[..., 0], expected, rtol=1e-6)
    with pytest.raises(ValueError, match="images are 5×4; allowed"):
        halved(np.zeros((1, 5, 4), np.uint8))


def test_training_learns_what_is_easy():
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 128).astype(np.uint8)
    images = (random.random((128, 8, 8, 1)) * 0.2 + labels[:, None, None, None] * 0.8).astype(np.float32)
    run = train_at_depth(8, True, (images[:96], labels[:96]), (images[96:], labels[96:]), seed=0, epochs=8)
    assert len(run.loss) == 8
    assert run.loss[-1] < run.loss[0]
    assert run.watched["train"].accuracy[-1] > 0.9
    assert run.val_accuracy[-1] > 0.9


def fashion(is_stand_in):
    images, labels = np.zeros((60, 28, 28), np.uint8), np.zeros(60, np.uint8)
    return SimpleNamespace(
        is_stand_in=is_stand_in, x_train=images, y_train=labels, provenance=SimpleNamespace(sha256={"train": "0"})
    )


def test_a_seed_of_the_record(monkeypatch):
    seen = []

    def quick(depth, shortcuts, train, validation, *, seed):
        seen.append((depth, shortcuts, train[0].shape, validation[0].shape, seed))
        watched = {"train": Curves((), (depth / 100,)), "validation": Curves((), (depth / 200,))}
        return Run((2.0, 1.0), (), watched)

    monkeypatch.setattr(experiments, "TRAINED_ON", 32)
    monkeypatch.setattr(experiments, "VALIDATED_ON", 16)
    monkeypatch.setattr(experiments, "train_at_depth", quick)
    monkeypatch.setattr("labkit.datasets.load_fashion_mnist", lambda: fashion(is_stand_in=False))
    metrics, data = record_degradation(5)
    sizes = (32, 14, 14, 1), (16, 14, 14, 1)
    assert seen == [(depth, shortcuts, *sizes, 5) for shortcuts in (False, True) for depth in (8, 20, 56)]
    assert metrics["plain_56_minus_20_train"] == 0.36
    assert metrics["residual_minus_plain_56_val"] == 0.0
    assert "32 + 16 of the training images" in data["source"]


def test_no_record_on_stand_ins(monkeypatch):
    monkeypatch.setattr("labkit.datasets.load_fashion_mnist", lambda: fashion(is_stand_in=True))
    with pytest.raises(RuntimeError, match="needs the real Fashion-MNIST"):
        record_degradation(0)
