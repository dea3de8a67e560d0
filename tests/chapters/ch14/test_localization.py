"""What the record of chapter 14 measures, on a network whose one feature is brightness."""

import keras
import numpy as np
import pytest

from labkit.chapters.ch14 import experiments as records
from labkit.datasets import draw_pets
from labkit.explain import centre_blobs


@pytest.fixture(scope="module")
def bright():
    """A network that says "dog" where an image is bright."""
    network = keras.Sequential(
        [
            keras.Input((16, 16, 3)),
            keras.layers.Conv2D(1, 1, kernel_initializer="ones", name="sum"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(1, "sigmoid", kernel_initializer="ones"),
        ]
    )
    images = np.zeros((2, 16, 16, 3), np.float32)
    images[:, 4:8, 4:8] = 1
    return network, images, {"animal": images[..., 0] > 0, "head": np.roll(images[..., 0], 8, axis=1) > 0}


def test_the_right_place_is_found_and_the_wrong_one_not(bright):
    methods = records.methods_of_maps("sum", "sum", seed=0)
    figures = records.measured(methods["Grad-CAM"], bright[0], bright[1], [1, 1], bright[2])
    assert [figures[f"animal_{measure}"] for measure in ("pointing", "energy", "iou")] == [1, 1, 1]
    assert [figures[f"head_{measure}"] for measure in ("pointing", "energy", "iou")] == [0, 0, 0]


def test_every_method_gives_maps_of_the_pictures_size(bright):
    methods = records.methods_of_maps("sum", "sum", seed=0)
    del methods["occlusion"]  # its window is larger than these images
    for name, method in methods.items():
        found = method(bright[0], bright[1], [1, 1])
        assert np.shape(getattr(found, "maps", found)) == (2, 16, 16), name


def test_centre_correlation_knows_a_flat_map():
    assert records.centre_correlation(np.zeros((1, 8, 8))) == 0
    assert records.centre_correlation(1 - centre_blobs(1, 8, 8)) == pytest.approx(-1)


def test_pictures_and_masks_stay_together():
    pets = draw_pets(2, size=(64, 64), seed=3)
    images, masks = records.decoded(pets, slice(None)).images, records.enlarged(pets.animal_masks)
    assert images.shape[:3] == masks.shape == (2, 224, 224)
    assert masks.mean() == pytest.approx(pets.animal_masks.mean(), abs=0.01)


def test_a_seed_of_the_shuffled_weights(bright, monkeypatch):
    """The head of one weight keeps its order when it is shuffled; the maps of a sum of three equal weights too."""
    model, images, masks = bright
    network = records.Trained(model, "sum", 1.0, images, [1, 1], masks, {"source": "a test", "sha256": {}})
    monkeypatch.setattr(records, "trained", lambda *given: network)
    monkeypatch.setattr(records, "STAGES", ("sum",))
    metrics, data = records.record_shuffled_weights(0, shown=2, shuffles=2)
    assert metrics["Grad-CAM: mean"] == pytest.approx([1.0])
    assert metrics["Grad-CAM: spread"] == pytest.approx([0.0])
    assert data["source"] == "a test"
