"""A seed of chapter 17's record, on a few made-up images."""

from types import SimpleNamespace

import numpy as np
import pytest

from labkit.chapters.ch17 import experiments
from labkit.chapters.ch17.experiments import record_small_and_fast


@pytest.mark.nightly
def test_a_seed_of_the_record(monkeypatch):
    rng = np.random.default_rng(0)
    labels = np.arange(256) % 10
    images = (rng.integers(0, 60, (256, 28, 28)) + 19 * labels[:, None, None]).astype(np.uint8)
    few = SimpleNamespace(
        x_train=images,
        y_train=labels,
        x_test=images[:50],
        y_test=labels[:50],
        provenance=SimpleNamespace(sha256={"made up": "here"}),
    )
    monkeypatch.setattr(experiments, "real_fashion_mnist", lambda: few)
    monkeypatch.setattr(experiments, "SPARSITIES", (0.9,))
    monkeypatch.setattr(experiments, "TIMED", 3)
    metrics, data = record_small_and_fast(0)
    assert data["sha256"] == {"made up": "here"}
    plain = {"dense", "separable", "pruned_90_tuned"}
    assert {name for name in plain if f"{name}_bytes" in metrics} == plain
    # The zeros are in the file, and only a compression saves them.
    assert metrics["pruned_90_tuned_bytes"] == metrics["dense_bytes"]
    assert metrics["pruned_90_tuned_gzipped"] < 0.25 * metrics["dense_gzipped"]
    assert metrics["pruned_90_shares"][2] > 0.9 > metrics["pruned_90_shares"][-1]
    for name in ("dense_int8", "dense_int8_weights", "separable_int8", "pruned_90_tuned_int8"):
        assert metrics[f"{name}_bytes"] < 0.4 * metrics[f"{name.split('_int8')[0]}_bytes"]
        assert metrics[f"{name}_milliseconds"] > 0
    assert {f"{name}_accuracy" for name in ("pruned_0_tuned", "pruned_90", "pruned_90_by_layer")} <= set(metrics)
    assert all(0 <= value <= 1 for name, value in metrics.items() if name.endswith("accuracy"))
    assert metrics["pruned_90_times_smaller"] == 1
    assert metrics["int8_times_smaller"] > 2.5
    assert metrics["int8_loss"] == round(metrics["dense_accuracy"] - metrics["dense_int8_accuracy"], 4)
