"""The planted shortcut, two animals in one image, and windows of photographs: on arrays whose truth is made here."""

import keras
import numpy as np
import pytest

from labkit.chapters.ch14 import experiments, revealing
from labkit.chapters.ch14.revealing import Looks
from labkit.datasets import load_penn_fudan
from labkit.datasets.boxed_images import BoxedImages
from labkit.datasets.dataset import Provenance


def test_the_tag_is_all_that_changes():
    images = np.random.default_rng(0).integers(0, 200, (2, 224, 224, 3)).astype(np.uint8)
    before = images.copy()
    with_tag = revealing.tagged(images)
    np.testing.assert_array_equal(images, before)
    changed = (with_tag != images).any(axis=(0, 3))
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    assert [rows[0], rows[-1], columns[0], columns[-1]] == [196, 215, 8, 71]
    # Erasing leaves nothing of it.
    np.testing.assert_array_equal(revealing.erased(with_tag), revealing.erased(images))


@pytest.mark.parametrize("side", [1, 7, 14, 28])
def test_the_corner_is_where_the_tag_is(side):
    blank = np.zeros((1, 224, 224, 3), np.uint8)
    step = 224 // side
    touched = [
        [revealing.tagged(blank)[0, r * step : (r + 1) * step, c * step : (c + 1) * step].any() for c in range(side)]
        for r in range(side)
    ]
    np.testing.assert_array_equal(revealing.corner(side), touched)


def looks(count, seed):
    """Maps of two kinds, a hundred channels each: an animal, brighter for dogs as a rule, and the tag alone."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    plain = np.zeros((count, 7, 7, 2), np.float32)
    plain[:, 2:4, 3:5, 0] = (10 * (labels - 0.5) + rng.normal(0, 6, count))[:, None, None]
    tagged = plain.copy()
    tagged[:, 6, :3, 1] = 40
    plain, tagged = (np.repeat(each, 100, axis=-1) for each in (plain, tagged))
    return Looks(plain, tagged, labels)


def test_a_shortcut_and_its_cures():
    train, test = looks(80, 0), looks(60, 1)
    on_dogs, on_none, on_half = (
        revealing.measured_shortcut(train, test, training, 0)
        for training in ("on the dogs", "on none", "on half of each")
    )
    train, test = (Looks(each.plain, each.plain, each.labels) for each in (train, test))
    erased = revealing.measured_shortcut(train, test, "on the dogs", 0)
    assert on_dogs[0] > 0.95
    assert on_dogs[2] < on_dogs[0] - 0.4
    assert on_dogs[3] > 0.3
    for cured in (on_half, erased):
        assert cured[2] > 0.6
        assert cured[3] < 0.15
    assert erased[:3] == [erased[0]] * 3  # where the corner is grey, no tag makes a difference
    assert on_none[1] == pytest.approx(on_half[1], abs=0.15)


def test_maps_add_up_to_the_logit():
    train = looks(20, 0)
    head = revealing.fitted_head(train.tagged, train.labels, seed=0, epochs=2)
    logits = head.predict(train.tagged.mean(axis=(1, 2)), verbose=0)[:, 0]
    bias = head.get_layer("logit").bias.numpy()
    np.testing.assert_allclose(revealing.class_maps(head, train.tagged).mean(axis=(1, 2)) + bias, logits, atol=1e-4)


def test_half_of_each_is_half_of_each():
    labels = np.array([0] * 10 + [1] * 6)
    chosen = revealing.half_of_each(labels, seed=3)
    assert [chosen[labels == label].sum() for label in (0, 1)] == [5, 3]
    np.testing.assert_array_equal(chosen, revealing.half_of_each(labels, seed=3))


def test_sides_are_exchanged_with_their_masks():
    rng = np.random.default_rng(0)
    cats, dogs = (rng.integers(0, 255, (3, 224, 112, 3)).astype(np.uint8) for _ in range(2))
    cat_masks = rng.uniform(size=(3, 224, 112)) > 0.5
    pairs = revealing.side_by_side(cats, dogs, cat_masks)
    np.testing.assert_array_equal(pairs.images[:3, :, :112], cats)
    np.testing.assert_array_equal(pairs.images[3:, :, 112:], cats)
    np.testing.assert_array_equal(pairs.images[3:, :, :112], dogs)
    for of in range(3):
        np.testing.assert_array_equal(pairs.images[of][pairs.cats[of]], cats[of][cat_masks[of]])
        np.testing.assert_array_equal(pairs.images[3 + of][pairs.cats[3 + of]], cats[of][cat_masks[of]])
    assert not (pairs.cats & pairs.dogs).any()
    # Three quarters on the left, whatever is there: right for the cat in one order, wrong in the other.
    left = np.ones((6, 224, 224), np.float32)
    left[..., :112] = 3
    found = revealing.cat_here_dog_there({"left": left}, revealing.side_by_side(cats, dogs))
    assert found == {
        "left on the cat": [0.75, 0.25],
        "left on the dog": [0.25, 0.75],
        "left: more on the cat": [3, 0],
    }


def test_narrow_masks_are_those_of_cropped_images():
    mask = np.zeros((1, 224, 224), bool)
    mask[:, 10:20, 56:60] = True  # the first columns of the middle
    assert np.argwhere(revealing.narrow(mask)[0]).min(axis=0).tolist() == [10, 0]
    assert revealing.narrow(mask).shape == (1, 224, 112)
    assert revealing.narrow(mask).sum() == 40


def streets(names=("a", "b")):
    """Photographs with one pedestrian of 40×80, red on grey."""
    images, instances = [], []
    for _ in names:
        images.append(np.full((160, 200, 3), 90, np.uint8))
        instances.append(np.zeros((160, 200), np.uint8))
        images[-1][40:120, 30:70] = (255, 0, 0)
        instances[-1][40:120, 30:70] = 1
    return BoxedImages.from_masks(
        images, instances, [[0]] * len(names), ("pedestrian",), Provenance("drawn here", "stand-in"), names=names
    )


def test_windows_have_the_masks_of_what_they_show():
    found = revealing.windows_of(streets(), seed=0)
    assert found.images.shape == (len(found.labels), 224, 224, 3)
    assert np.bincount(found.labels).tolist() == [6, 6]
    shares = found.masks.mean(axis=(1, 2))
    assert (shares[found.labels == 0] == 0).all()
    assert ((shares > 0.09) & (shares < 0.51))[found.labels == 1].all()
    red = (found.images[..., 0] > 172) & (found.images[..., 1] < 45)  # half of the way from grey
    assert (red != found.masks).mean() < 0.01
    np.testing.assert_array_equal(found.images, revealing.windows_of(streets(), seed=0).images)
    assert len(revealing.windows_of(streets(("FudanPed00042", "b")), seed=0).labels) == 6
    some = found.drawn(2, seed=0)
    assert some.labels.tolist() == [0, 0, 1, 1]
    assert len(some.decoded()) == 4


def test_bad_input():
    images = np.zeros((1, 64, 64, 3), np.uint8)
    for call, words in (
        (lambda: revealing.tagged(images), "images have shape"),
        (lambda: revealing.erased(images), "images have shape"),
        (lambda: revealing.corner(0), "side is 0"),
        (lambda: revealing.measured_shortcut(looks(4, 0), looks(4, 1), "on the cats", 0), "training is 'on the cats'"),
        (lambda: revealing.side_by_side(images, images), "cats have shape"),
        (lambda: revealing.windows_of(streets(), seed=0).drawn(7, seed=0), "each is 7"),
    ):
        with pytest.raises(ValueError, match=words):
            call()


@pytest.mark.nightly
def test_a_seed_of_the_planted_shortcut(monkeypatch):
    made = iter([looks(40, 0), looks(40, 1)] * 4)
    monkeypatch.setattr(revealing, "looks_at", lambda *_, **__: next(made))
    monkeypatch.setattr("labkit.models.pretrained.load", lambda *_, **__: None)
    source = {"source": "a test", "kind": "real", "sha256": {}}
    monkeypatch.setattr(experiments, "photographs", lambda *_: ([None, None], source))
    metrics, data = experiments.record_planted_shortcut(0, train=2, tested=2)
    for name in ("drawn", "photographs", "photographs, 14×14"):
        assert metrics[f"{name}: on the dogs"][0] > metrics[f"{name}: on the dogs"][2]
        assert metrics[f"{name}: corner"] == round(3 / 49, 4)
    assert "labkit.datasets.drawn_pets" in data["sha256"]


def test_records_are_made_on_photographs(monkeypatch):
    class DrawnPets:
        is_stand_in = True

    monkeypatch.setattr("labkit.datasets.load_cats_vs_dogs", lambda *_, **__: DrawnPets())
    with pytest.raises(RuntimeError, match="needs photographs of cats and dogs"):
        experiments.photographs(2, 2, 0, (32, 32))
    drawn = load_penn_fudan(source="drawn")
    monkeypatch.setattr("labkit.datasets.load_penn_fudan", lambda: drawn)
    with pytest.raises(RuntimeError, match="needs the photographs of Penn-Fudan"):
        experiments.record_pedestrians(0)


def test_a_seed_of_the_guided_methods(monkeypatch):
    """One weight a layer keeps its order when it is shuffled, so nothing is lost."""
    model = keras.Sequential(
        [
            keras.Input((16, 16, 3)),
            keras.layers.Conv2D(1, 1, kernel_initializer="ones", activation="relu", name="sum"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(1, "sigmoid", kernel_initializer="ones"),
        ]
    )
    images = np.random.default_rng(0).uniform(size=(2, 16, 16, 3)).astype(np.float32)
    network = experiments.Trained(model, "sum", 1.0, images, [1, 1], {}, {"source": "a test", "sha256": {}})
    monkeypatch.setattr(experiments, "trained", lambda *_: network)
    monkeypatch.setattr(experiments, "STAGES", ("sum",))
    metrics, _ = experiments.record_guided_shuffled(0, shown=2, shuffles=2)
    assert metrics["Guided Grad-CAM: mean"] == pytest.approx([1.0], abs=1e-3)
