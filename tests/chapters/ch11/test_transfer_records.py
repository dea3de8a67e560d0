"""The records of transfer learning: made on photographs only, and what a seed of them holds."""

from dataclasses import replace

import pytest

from labkit.chapters.ch11 import experiments
from labkit.chapters.ch11.experiments import LITE0, VGG16, record_fine_tuned, record_vgg16
from labkit.models.pretrained import load


@pytest.mark.nightly
def test_a_seed_of_fine_tuning(few_and_small, monkeypatch):
    monkeypatch.setattr(experiments, "LITE0", replace(LITE0, size=32, epochs=1))
    metrics, _ = record_fine_tuned(0)
    # Head; kernels of three convolutions more, and of the depthwise one. Batch normalization stays frozen.
    assert (metrics["tensors_before"], metrics["tensors_after"]) == (2, 6)
    names = [layer.name for layer in few_and_small.model.layers]
    above = few_and_small.model.layers[names.index(experiments.LAST_FROZEN) + 1 :]
    tuned = [layer for layer in above if layer.trainable_weights]
    assert [layer.name for layer in tuned] == [
        "block7a_expand_conv",
        "block7a_depthwise_conv",
        "block7a_project_conv",
        "head_conv",
    ]
    assert metrics["gain"] == pytest.approx(metrics["last_val_accuracy"] - metrics["frozen_val_accuracy"], abs=2e-4)


@pytest.mark.nightly
def test_vgg16_is_tuned_as_in_the_decks(few_and_small, monkeypatch):
    """FACTS C9, from images to 4 trainable tensors, then to 10; with random weights, and images of 32×32."""
    vgg16 = load("vgg16", include_top=False, input_size=32, weights=None)
    monkeypatch.setattr("labkit.models.pretrained.load", lambda *_, **__: vgg16)
    small = replace(VGG16, size=32, epochs=1, head={**VGG16.head, "epochs": 1})
    monkeypatch.setattr(experiments, "VGG16", small)
    metrics, _ = record_vgg16(0)
    assert (metrics["tensors_before"], metrics["tensors_after"]) == (4, 10)


@pytest.mark.parametrize("record", [record_fine_tuned, record_vgg16])
def test_a_record_needs_photographs(record, monkeypatch):
    class DrawnPets:
        is_stand_in = True

    monkeypatch.setattr("labkit.datasets.load_cats_vs_dogs", lambda **_: DrawnPets())
    monkeypatch.setattr(
        "labkit.models.pretrained.load", lambda *_, **__: load("vgg16", include_top=False, weights=None)
    )
    with pytest.raises(RuntimeError, match="needs photographs of cats and dogs"):
        record(0)
