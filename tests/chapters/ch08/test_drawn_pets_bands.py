"""The measure of how hard the drawn pets are, on very few of them."""

import numpy as np
import pytest

from labkit.chapters.ch08 import experiments
from labkit.chapters.ch08.experiments import GREY, convnet_accuracy, hide_animals, linear_accuracy, shrink
from labkit.course.records import all_records
from labkit.datasets import draw_pets
from labkit.datasets.drawn_files import drawing_version


@pytest.fixture(scope="module")
def pets():
    return draw_pets(12, size=(48, 48), seed=2)


def test_hidden_animals_leave_the_same_shape_for_both_of_a_pair(pets):
    hidden = hide_animals(pets)
    assert (hidden[pets.animal_masks] == GREY).all()
    for cat_or_dog, other, masks in zip(
        hidden[::2], hidden[1::2], pets.animal_masks.reshape(-1, 2, 48, 48), strict=True
    ):
        either = masks.any(axis=0)
        assert (cat_or_dog[either] == GREY).all()
        assert (other[either] == GREY).all()
    background = ~pets.animal_masks.reshape(-1, 2, 48, 48).any(axis=1).repeat(2, axis=0)
    assert np.array_equal(hidden[background], pets.images[background])


def test_an_odd_number_cannot_be_hidden_in_pairs():
    with pytest.raises(ValueError, match="even number"):
        hide_animals(draw_pets(3, size=(32, 32)))


def test_shrinking_takes_the_mean_of_what_a_pixel_covers():
    images = np.random.default_rng(0).integers(0, 256, (2, 8, 12, 3)).astype(np.uint8)
    expected = images.reshape(2, 4, 2, 6, 2, 3).mean(axis=(2, 4))
    np.testing.assert_allclose(shrink(images, (4, 6)), expected, atol=1)  # rounded across, then down


def test_a_linear_model_tells_what_is_linear():
    rng = np.random.default_rng(0)
    labels = np.arange(40, dtype=np.uint8) % 2
    images = (rng.integers(0, 100, (40, 32, 32, 3)) + 100 * labels[:, None, None, None]).astype(np.uint8)
    assert linear_accuracy(images, labels, train=20) == 1


@pytest.mark.parametrize("augmented", [False, pytest.param(True, marks=pytest.mark.nightly)])
def test_the_convnet_learns_what_is_easy(augmented):
    labels = np.arange(48, dtype=np.uint8) % 2
    noise = np.random.default_rng(0).integers(0, 60, (48, 48, 48, 3))
    images = (noise + 180 * labels[:, None, None, None]).astype(np.uint8)
    assert convnet_accuracy(images, labels, 40, seed=0, epochs=12, augmented=augmented) > 0.9


@pytest.mark.nightly
def test_a_seed_of_the_record_has_every_band_and_tells_which_code_drew(monkeypatch):
    monkeypatch.setattr(experiments, "feature_accuracy", lambda images, labels, train: 0.94)
    metrics, data = experiments.record_drawn_pets_bands(
        1, train=8, validation=4, size=(64, 64), trained_size=(48, 48), epochs=2, augmented_epochs=1
    )
    assert set(metrics) == {"linear", "frozen_features", "baseline", "augmented", "background", "gain"}
    assert metrics["gain"] == pytest.approx(metrics["augmented"] - metrics["baseline"], abs=2e-4)
    assert data["source"] == "drawn pets of 64×64, stand-in, 8 + 4 images drawn from the run's seed"
    assert data["sha256"] == {"labkit.datasets.drawn_pets": drawing_version()}


def test_the_recorded_bands_are_those_of_the_pets_that_are_drawn_today():
    """Whoever changes the drawing records the bands anew."""
    assert all_records()["drawn-pets-bands"].data["sha256"] == {"labkit.datasets.drawn_pets": drawing_version()}
