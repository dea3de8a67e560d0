"""Telling filters for edges from filters for colours, and a seed of the record of zeros."""

import numpy as np
import pytest

from labkit.chapters.ch12 import experiments
from labkit.chapters.ch12.experiments import explained_by_colour, record_sparsity, relu_layers, rise
from labkit.models.pretrained import load


def test_every_relu_of_the_backbone_is_found_and_no_other_layer():
    backbone = load("efficientnet-lite0", include_top=False, weights=None)
    names = relu_layers(backbone.model)
    assert len(names) == 33
    assert all(name.endswith("_relu") for name in names)


@pytest.mark.parametrize("scale", [1.0, 1e-3])
def test_a_filter_that_averages_tells_the_colour_and_an_edge_filter_does_not(scale):
    images = np.random.default_rng(1).integers(0, 256, (3, 30, 30, 3))
    red = np.zeros((3, 3, 3))
    red[:, :, 0] = 1
    edge = np.broadcast_to(np.array([[-1, 0, 1]] * 3)[:, :, None], (3, 3, 3))
    shares = explained_by_colour(scale * np.stack([red, edge, 0 * red], axis=-1), images)
    assert shares[0] == pytest.approx(1.0)
    assert shares[1] < 0.05
    assert np.isnan(shares[2])


def test_a_mixture_lies_between():
    images = np.random.default_rng(1).integers(0, 256, (3, 30, 30, 1))
    corner = np.zeros((3, 3, 1, 1))
    corner[0, 0] = 1  # one of nine independent pixels: its mean explains a ninth
    assert explained_by_colour(corner, images)[0] == pytest.approx(1 / 9, abs=0.03)


def test_growing_with_depth_compares_the_ends():
    assert rise([0.1, 0.9, 0.4]) == 0.3
    assert rise([0.5, 0.5, 0.5, 0.5]) == 0.0


def test_a_seed_of_the_record(few_and_small, monkeypatch):
    monkeypatch.setattr(experiments, "SIDE", 48)
    monkeypatch.setattr(experiments, "BACKBONE_SIDE", 32)
    metrics, data = record_sparsity(1, trained_on=8, looked_at=4, by_backbone=2, epochs=1)
    for name, layers in {"untrained": 8, "trained": 8, "trained_on_noise": 8, "backbone": 33}.items():
        for what in ("zeros", "silent", "dead"):
            values = metrics[f"{name}_{what}_by_layer"]
            assert len(values) == layers
            assert all(0 <= value <= 1 for value in values)
    zeros = metrics["trained_zeros_by_layer"]
    assert metrics["trained_zeros_rise"] == pytest.approx(zeros[6] - zeros[0], abs=1e-4)
    # Plain grey is the same everywhere, so every zero is in a channel of zeros.
    assert metrics["trained_on_grey_zeros_by_layer"] == metrics["trained_on_grey_silent_by_layer"]
    assert "2 others a seed" in data["source"]
