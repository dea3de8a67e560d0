"""What is measured on features is what it says: all depths of one pass, a fair probe, draws within draws."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from keras import layers

from labkit import datasets
from labkit.chapters.ch10 import experiments, probes
from labkit.datasets.dataset import ImageDataset, Provenance
from labkit.datasets.decoding import DecodedPictures
from labkit.models import pretrained
from labkit.models.pretrained import Backbone, Normalization, load
from labkit.training.transfer import Features, extract_features

SIDE = 32
LAYERS = ("stem_relu", "block2b_add", "head_relu")


def tiny_backbone(include_top=False, input_size=SIDE, weights="imagenet"):
    """Layers of the right names, and a fraction of the work."""
    x = inputs = keras.Input((SIDE, SIDE, 3))
    for name in probes.DEPTHS:
        x = layers.Conv2D(4, 1, strides=2 if x.shape[1] > 4 else 1)(x)
        x = layers.Activation("relu", name=name)(layers.BatchNormalization()(x))
    return Backbone("tiny", keras.Model(inputs, x), Normalization((127.0,) * 3, (128.0,) * 3), include_top=include_top)


@pytest.fixture(scope="module")
def backbone():
    keras.utils.set_random_seed(0)
    return load(include_top=False, input_size=SIDE, weights=None)


@pytest.fixture(scope="module")
def images():
    """Bright images are dogs."""
    labels = np.arange(24) % 2
    noise = np.random.default_rng(0).integers(0, 60, (24, SIDE, SIDE, 3))
    return DecodedPictures((labels[:, None, None, None] * 150 + noise).astype("u1"), labels, ("cat", "dog"), "squash")


def made_up(values, labels):
    return Features(np.asarray(values, np.float32), np.asarray(labels), ("cat", "dog"), "made up", "", 0.0)


def test_one_pass_gives_what_a_pass_for_each_layer_gives(backbone, images):
    together = probes.features_by_depth(backbone, images, LAYERS, cache=False)
    for layer in LAYERS:
        alone = extract_features(backbone, images, layer=layer, cache=False)
        np.testing.assert_allclose(together[layer].values, alone.values, rtol=1e-4, atol=1e-6)
    assert list(together[LAYERS[0]].labels) == list(images.labels)


def test_the_depths_are_the_ends_of_the_stages(backbone):
    assert [backbone.layer(name).output.shape[-1] for name in probes.DEPTHS] == [
        *(32, 16, 24, 40, 80, 112, 192, 320, 1280)
    ]


def test_the_probe_does_not_mind_the_scale_of_a_feature():
    random = np.random.default_rng(1)
    labels = np.arange(60) % 2
    values = random.normal(labels[:, None], 1, (60, 5))
    plain = probes.linear_probe(made_up(values, labels), made_up(values, labels))
    tiny = probes.linear_probe(*[made_up(values * 1e-12 + 3e-12, labels)] * 2)
    assert plain == tiny > 0.7


def test_the_probe_finds_nothing_where_nothing_is():
    random = np.random.default_rng(2)
    train, test = (made_up(random.normal(size=(400, 3)), random.integers(0, 2, 400)) for _ in range(2))
    assert 0.4 < probes.linear_probe(train, test) < 0.6


def test_normalization_settled_on_pictures_keeps_the_numbers_of_these_pictures_in_scale(images):
    keras.utils.set_random_seed(3)
    backbone = load(include_top=False, input_size=SIDE, weights=None)
    faded = probes.features_by_depth(backbone, images, ("block5c_add",), cache=False)["block5c_add"]
    momentum = backbone.model.get_layer("head_bn").momentum
    probes.settle_normalization(backbone, images)
    settled = probes.features_by_depth(backbone, images, ("block5c_add",), cache=False)["block5c_add"]
    assert faded.values.std() < 1e-3 < 0.1 < settled.values.std()
    assert backbone.model.get_layer("head_bn").momentum == momentum

    # With the averages of these very images, what comes out of the first normalization has mean 0 and variance 1.
    stem = keras.Model(backbone.model.input, backbone.model.get_layer("stem_bn").output)
    maps = np.asarray(stem(backbone.normalize(images.images.astype("float32"))))
    np.testing.assert_allclose(maps.mean(axis=(0, 1, 2)), 0, atol=1e-3)


def test_several_looks_begin_with_the_pictures_as_they_are(images):
    backbone = tiny_backbone()

    def mirror(batch, training):
        return batch[:, :, ::-1].astype("float32")

    looks = probes.several_looks(backbone, images, mirror, 3, cache=False)
    plain = extract_features(backbone, images, cache=False)
    mirrored = extract_features(backbone, replace(images, images=images.images[:, :, ::-1]), cache=False)
    assert len(looks) == 3 * len(images)
    np.testing.assert_allclose(looks.values[:24], plain.values, rtol=1e-5)
    np.testing.assert_allclose(looks.values[48:], mirrored.values, rtol=1e-5)
    assert list(looks.labels) == list(images.labels) * 3


def test_fewer_pictures_are_part_of_more_and_classes_are_even():
    labels = np.arange(40) % 2
    few, more = (probes.draw_per_class(labels, count, seed=5) for count in (3, 10))
    assert set(few) < set(more)
    assert np.bincount(labels[few]).tolist() == [3, 3]
    assert list(few) != list(probes.draw_per_class(labels, 3, seed=6))
    with pytest.raises(ValueError, match="count is 21, but class 0 has 20"):
        probes.draw_per_class(labels, 21, seed=0)


def test_grey_pictures_get_three_equal_channels():
    grey = np.arange(28 * 28, dtype=np.uint8).reshape(1, 28, 28)
    colour = probes.as_colour_images(grey, [0], ("bag", "coat"), (28, 28)).images
    for channel in range(3):
        np.testing.assert_array_equal(colour[..., channel], grey)


@pytest.fixture
def small_records(monkeypatch, images):
    """Small photographs, clothes and networks in the place of the real ones."""
    names = tuple("abcdefghij")
    shades = np.repeat(np.arange(10), 4).astype("u1")
    clothes = (np.random.default_rng(0).integers(0, 40, (40, 28, 28)) + 20 * shades[:, None, None]).astype("u1")
    fashion = ImageDataset("small", clothes, shades, clothes, shades, names, Provenance("a test", "real"))
    monkeypatch.setattr(datasets, "load_fashion_mnist", lambda: fashion)
    monkeypatch.setattr(experiments, "recorded_photographs", lambda size: (images, images, {"source": "a test"}))
    monkeypatch.setattr(experiments, "SIDE_BY_DEPTH", (SIDE, SIDE))
    monkeypatch.setattr(pretrained, "load", tiny_backbone)


@pytest.mark.nightly
def test_the_record_by_depth_has_a_value_for_each_depth(small_records):
    metrics, data = experiments.record_by_depth(0, drawn=20, tested=20)
    for task in ("pets", "clothes"):
        for weights in ("imagenet", "random"):
            assert len(metrics[f"{task}_{weights}"]) == len(probes.DEPTHS)
    assert {"first_gain", "last_for_photographs", "clothes_gain", "clothes_pixels"} <= set(metrics)
    assert "a test" in data["source"]


def test_the_record_of_few_pictures_compares_on_the_same_draw(small_records):
    metrics, _ = experiments.record_few_pictures(0, per_class=(2, 6))
    assert metrics["frozen_by_size"] == [metrics["frozen_2"], metrics["frozen_6"]]
    assert metrics["gain_2"] == pytest.approx(metrics["augmented_2"] - metrics["frozen_2"], abs=1e-4)
    assert metrics["frozen_6"] > 0.9  # bright and dark: even random features tell them
