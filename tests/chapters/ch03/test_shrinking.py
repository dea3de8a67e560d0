"""The comparison is fair: side by side, the networks learn just what each would have learned alone."""

import keras
import numpy as np
import pytest

from labkit.chapters.ch03.experiments import SHIFTS, compare_shrinking
from labkit.models import WAYS, shrinking_convnet
from labkit.training.small_images import scaled


@pytest.fixture(scope="module")
def images():
    """Ten classes that a network can learn: a bright bar at a height of its own."""
    random = np.random.default_rng(0)
    labels = np.arange(200) % 10
    images = random.integers(0, 60, (200, 28, 28)).astype(np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[2 * label + 3 : 2 * label + 6, 4:24] = 250
    return images, labels


@pytest.fixture(scope="module")
def runs(images):
    return compare_shrinking(images, images, seed=3, epochs=2, batch_size=50)


def test_side_by_side_is_as_alone(images, runs):
    """Trained alone, from the same weights on the same batches, a network ends where it ended in company."""
    given, labels = images
    keras.utils.set_random_seed(3)
    # All three are made, so that the weights and then the order of the images are drawn from the same state.
    networks = dict(zip(WAYS, map(shrinking_convnet, WAYS), strict=True))
    alone = networks["stride"]
    alone.set_weights(networks[WAYS[0]].get_weights())
    alone.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    alone.fit(scaled(given), labels, batch_size=50, epochs=2, verbose=0)
    said = alone.predict(scaled(given), verbose=0).argmax(axis=1)
    # Sums are made in another order, so a picture on the brink may fall to the other side.
    assert (said == labels).mean() == pytest.approx(runs["stride"].accuracy, abs=0.02)


def test_it_says_how_many_answers_stay(runs):
    assert all(0.15 < run.accuracy < 0.95 for run in runs.values()), "too hard or too easy to compare anything"
    assert set(runs) == set(WAYS)
    for run in runs.values():
        assert len(run.same_answer) == len(SHIFTS)
        assert all(0 <= share <= 1 for share in run.same_answer)


def test_a_record_is_made_on_real_data_only(monkeypatch):
    from labkit.chapters.ch03 import experiments

    class StandIn:
        is_stand_in = True

        def __str__(self):
            return "drawn clothes"

    monkeypatch.setattr("labkit.datasets.load_fashion_mnist", StandIn)
    with pytest.raises(RuntimeError, match="needs the real Fashion-MNIST, but this is drawn clothes"):
        experiments.record_pooling_comparison(0)
