"""Features: the same as the network gives, kept by content, heads on top of them, and both joined into one model."""

import pickle
from dataclasses import replace

import keras
import numpy as np
import pytest

from labkit.datasets import DecodedPictures
from labkit.models.pretrained import Backbone, Normalization, load
from labkit.store.checks import sha256_of
from labkit.training import RandomAffine, transfer
from labkit.training.transfer import feature_cache
from labkit.training.transfer.classifier_head import build_head

CLASSES = ("cat", "dog")
PLAIN = Normalization((120.0, 110.0, 100.0), (60.0, 61.0, 62.0))


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LABKIT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def small_backbone(seed=0, normalization=PLAIN) -> Backbone:
    """Two convolutions with batch normalization between; Keras numbers the layers that bear no name."""
    keras.utils.set_random_seed(seed)
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, padding="same", name="first")(inputs)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.ReLU()(x)
    x = keras.layers.Conv2D(5, 3, strides=2, padding="same", activation="relu", name="last")(x)
    return Backbone("small", keras.Model(inputs, x, name="small_model"), normalization, include_top=False)


def pets(count=20, seed=0, classes=CLASSES) -> DecodedPictures:
    images = np.random.default_rng(seed).integers(0, 256, (count, 8, 8, 3)).astype(np.uint8)
    return DecodedPictures(images, np.arange(count) % len(classes), tuple(classes), "crop")


def changed_weights() -> Backbone:
    backbone = small_backbone()
    kernel, bias = backbone.model.get_layer("last").get_weights()
    bias[0] += 1e-3
    backbone.model.get_layer("last").set_weights([kernel, bias])
    return backbone


def changed_picture() -> DecodedPictures:
    images = pets().images.copy()
    images[-1, -1, -1, -1] ^= 1
    return replace(pets(), images=images)


# ------------------------------------------------------------------------------------------------------- extraction


def test_features_are_what_the_network_gives():
    backbone, images = small_backbone(), pets(7)
    maps = backbone.model.predict(backbone.preprocess(images.images), verbose=0)
    whole = transfer.extract_features(backbone, images, pooling=None, batch_size=3)
    means = transfer.extract_features(backbone, images, batch_size=3)
    np.testing.assert_allclose(whole.values, maps, atol=1e-5)
    np.testing.assert_allclose(means.values, maps.mean(axis=(1, 2)), atol=1e-5)
    assert means.labels.tolist() == images.labels.tolist()
    assert (len(means), means.class_names) == (7, CLASSES)


def test_a_layer_is_taken_by_name():
    backbone, images = small_backbone(), pets(3)
    inner = keras.Model(backbone.model.input, backbone.model.get_layer("first").output)
    maps = inner.predict(backbone.preprocess(images.images), verbose=0)
    features = transfer.extract_features(backbone, images, layer="first")
    np.testing.assert_allclose(features.values, maps.mean(axis=(1, 2)), atol=1e-5)


def test_the_same_content_is_found_again():
    first = transfer.extract_features(small_backbone(), pets())
    # Built again, so that its unnamed layers have other names; frozen; the labels are those asked with.
    backbone = small_backbone()
    transfer.freeze(backbone.model)
    again = transfer.extract_features(backbone, replace(pets(), labels=1 - pets().labels), batch_size=7)
    assert (first.from_cache, again.from_cache) == (False, True)
    assert first.key == again.key
    assert (first.values == again.values).all()
    assert (again.labels == 1 - first.labels).all()
    assert "found in the cache" in str(again)
    assert "found in the cache" in again._repr_html_()


@pytest.mark.parametrize(
    ("backbone", "images", "options"),
    [
        (changed_weights, pets, {}),
        (lambda: small_backbone(normalization=replace(PLAIN, bgr=True)), pets, {}),
        (lambda: small_backbone(normalization=replace(PLAIN, mean=(120.0, 110.0, 101.0))), pets, {}),
        (small_backbone, changed_picture, {}),
        (small_backbone, lambda: replace(pets(), images=pets().images[::-1]), {}),
        (small_backbone, pets, {"layer": "first"}),
        (small_backbone, pets, {"pooling": None}),
    ],
    ids=["weights", "channel order", "mean", "one pixel", "order of images", "layer", "pooling"],
)
def test_what_the_features_depend_on_misses_when_it_changes(backbone, images, options):
    before = transfer.extract_features(small_backbone(), pets())
    after = transfer.extract_features(backbone(), images(), **options)
    assert not after.from_cache
    assert after.key != before.key


def test_architecture_without_weights_is_in_the_key():
    """Two networks with the same weights, but other activations or strides."""
    keys = set()
    for activation, strides in (("relu", 1), ("tanh", 1), ("relu", 2)):
        keras.utils.set_random_seed(0)
        inputs = keras.Input((8, 8, 3))
        model = keras.Model(inputs, keras.layers.Conv2D(4, 3, strides=strides, activation=activation)(inputs))
        backbone = Backbone("one", model, PLAIN, include_top=False)
        keys.add(transfer.extract_features(backbone, pets(), pooling="mean").key)
    assert len(keys) == 3


@pytest.mark.parametrize("damage", ["truncated", "one bit", "no checksum", "no values", "another shape"])
def test_a_damaged_file_is_detected_and_made_anew(cache, damage):
    good = transfer.extract_features(small_backbone(), pets())
    folder = cache / "features" / good.key
    values, checksum = folder / "values.npy", folder / "values.sha256"
    content = values.read_bytes()
    if damage == "truncated":
        values.write_bytes(content[:-100])
    elif damage == "one bit":
        values.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    elif damage == "no checksum":
        checksum.unlink()
    elif damage == "no values":
        values.unlink()
    else:
        np.save(values, good.values[:3])
        checksum.write_text(sha256_of(values))
    again = transfer.extract_features(small_backbone(), pets())
    assert not again.from_cache
    np.testing.assert_allclose(again.values, good.values, atol=1e-6)
    assert transfer.extract_features(small_backbone(), pets()).from_cache


class Hostile:
    """Unpickling it writes a file."""

    def __init__(self, place):
        self.place = place

    def __reduce__(self):
        return open, (str(self.place), "w")


def test_nothing_is_unpickled(cache, tmp_path):
    good = transfer.extract_features(small_backbone(), pets())
    folder = cache / "features" / good.key
    np.save(folder / "values.npy", np.array([Hostile(tmp_path / "owned")], dtype=object), allow_pickle=True)
    (folder / "values.sha256").write_text(sha256_of(folder / "values.npy"))
    assert not transfer.extract_features(small_backbone(), pets()).from_cache
    (folder / "values.npy").write_bytes(pickle.dumps(Hostile(tmp_path / "owned")))
    (folder / "values.sha256").write_text(sha256_of(folder / "values.npy"))
    assert not transfer.extract_features(small_backbone(), pets()).from_cache
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize("interrupted", ["while computing", "while writing"])
def test_interrupted_work_leaves_nothing(cache, monkeypatch, interrupted):
    def stop_computing(*_):
        raise KeyboardInterrupt

    def stop_writing(file, *_, **__):
        file.write_bytes(b"\x93NUMPY and then nothing")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        if interrupted == "while computing":
            patch.setattr("labkit.training.transfer.features._run", stop_computing)
        else:
            patch.setattr(feature_cache.np, "save", stop_writing)
        with pytest.raises(KeyboardInterrupt):
            transfer.extract_features(small_backbone(), pets())
    assert list((cache / "features").iterdir()) == []
    assert not transfer.extract_features(small_backbone(), pets()).from_cache


def test_without_the_cache_nothing_is_kept(cache):
    transfer.extract_features(small_backbone(), pets(), cache=False)
    assert not cache.exists()


def test_a_cache_that_cannot_be_used_costs_time_only(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("LABKIT_CACHE", str(tmp_path / "file"))
    with pytest.warns(UserWarning, match="computed but not kept"):
        features = transfer.extract_features(small_backbone(), pets())
    assert features.values.shape == (20, 5)


def test_a_disk_that_is_full_costs_the_copy_only(monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(feature_cache.np, "save", full)
    with pytest.warns(UserWarning, match="disk is full"):
        features = transfer.extract_features(small_backbone(), pets())
    assert features.values.shape == (20, 5)


def test_what_is_no_picture_for_this_backbone_is_refused():
    backbone, good = small_backbone(), pets()
    unit = (good.images / 255).astype(np.float32)
    cases = [
        (replace(good, images=unit), ValueError, r"images are floats from 0 to 1, where 0 to 255 is expected"),
        (replace(good, images=unit * 2 - 1), ValueError, r"floats from -1 to 1"),
        (replace(good, images=backbone.preprocess(good.images)), ValueError, r"nor prepared"),
        (replace(good, images=np.full((20, 8, 8, 3), np.nan)), ValueError, r"0 to 255 is expected"),
        (replace(good, images=good.images.astype(np.int16) - 1), ValueError, r"whole numbers from -1"),
        (replace(good, images=good.images[:, :4]), ValueError, r"4×8, but small takes 8×8; decode_pictures"),
        (replace(good, images=good.images[..., :1]), ValueError, r"shape \(20, 8, 8, 1\)"),
        (replace(good, images=good.images[:0], labels=good.labels[:0]), ValueError, r"images is empty"),
        (replace(good, labels=good.labels + 1), ValueError, r"labels from 1 to 2; with 2 classes, 0 to 1 is allowed"),
        (replace(good, labels=good.labels / 1), ValueError, r"dtype float64"),
        (replace(good, class_names=("cat",)), ValueError, r"1 class name"),
        (good.images, TypeError, r"DecodedPictures, from decode_pictures"),
    ]
    for images, error, message in cases:
        with pytest.raises(error, match=message):
            transfer.extract_features(backbone, images)


def test_floats_from_0_to_255_are_taken():
    whole = transfer.extract_features(small_backbone(), pets())
    floats = transfer.extract_features(small_backbone(), replace(pets(), images=pets().images.astype(np.float32)))
    assert (whole.values == floats.values).all()


def test_wrong_arguments_are_named():
    with pytest.raises(ValueError, match=r"'lost', no layer of small_model; there are: .*last"):
        transfer.extract_features(small_backbone(), pets(), layer="lost")
    with pytest.raises(ValueError, match="pooling is 'max'; allowed are 'mean' and None"):
        transfer.extract_features(small_backbone(), pets(), pooling="max")
    with pytest.raises(ValueError, match="batch_size is 0"):
        transfer.extract_features(small_backbone(), pets(), batch_size=0)
    with pytest.raises(TypeError, match=r"a Backbone, from .* is needed"):
        transfer.extract_features(small_backbone().model, pets())
    with pytest.raises(ValueError, match=r"small with its top.*include_top=False"):
        transfer.extract_features(replace(small_backbone(), include_top=True), pets())


# ------------------------------------------------------------------------------------------------------------- heads


def made_up(classes=2, width=6, count=60, seed=0) -> transfer.Features:
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % classes
    values = (4 * np.eye(width)[labels] + rng.normal(0, 0.3, (count, width))).astype(np.float32)
    return transfer.Features(values, labels, tuple("abcdef"[:classes]), "made up", "", 0.0)


@pytest.mark.parametrize(
    ("classes", "options"),
    [
        (2, {}),
        (3, {"hidden": 8, "dropout": 0.2}),
        pytest.param(2, {"hidden": 8, "dropout": 0.2}, marks=pytest.mark.nightly),
        pytest.param(3, {}, marks=pytest.mark.nightly),
    ],
)
def test_a_head_learns_what_can_be_learned(classes, options):
    trained = transfer.train_head(made_up(classes), made_up(classes, seed=1), learning_rate=0.02, epochs=15, **options)
    run = trained.run
    assert run.val_accuracy[-1] > 0.95
    assert len(run.accuracy) == len(run.val_accuracy) == len(run.loss) == len(run.val_loss) == 15
    assert trained.head.output_shape == (None, 1 if classes == 2 else 3)
    assert "validation accuracy" in str(trained)


def test_the_same_seed_gives_the_same_head():
    runs = [transfer.train_head(made_up(), epochs=2, dropout=0.5, seed=seed).run.loss for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]


def test_without_validation_there_are_no_such_curves():
    trained = transfer.train_head(made_up(), epochs=1)
    assert trained.run.val_accuracy == trained.run.val_loss == ()
    assert "validation" not in str(trained)


def test_maps_are_flattened_as_in_the_decks():
    features = transfer.extract_features(small_backbone(), pets(), pooling=None)
    head = transfer.train_head(features, hidden=3, epochs=1).head
    assert head.count_params() == 4 * 4 * 5 * 3 + 3 + 3 + 1


def test_features_that_do_not_fit_are_refused():
    good = made_up()
    cases = [
        ((good, made_up(width=7)), {}, ValueError, r"features of shape \(7,\), but features of shape \(6,\)"),
        ((good, replace(good, class_names=("b", "a"))), {}, ValueError, "classes b, a, but features has a, b"),
        ((replace(good, labels=good.labels + 5),), {}, ValueError, "features has labels from 5 to 6"),
        ((good, replace(good, labels=good.labels - 1)), {}, ValueError, "validation has labels from -1 to 0"),
        ((replace(good, values=good.values[:0]),), {}, ValueError, "features is empty"),
        ((good.values,), {}, TypeError, "Features, from extract_features"),
        ((good,), {"dropout": 1.0}, ValueError, "dropout is 1.0"),
        ((good,), {"hidden": -1}, ValueError, "hidden is -1"),
        ((good,), {"epochs": 0}, ValueError, "epochs is 0"),
        ((good,), {"learning_rate": 0.0}, ValueError, "learning_rate is 0.0"),
    ]
    for features, options, error, message in cases:
        with pytest.raises(error, match=message):
            transfer.train_head(*features, **options)


# ----------------------------------------------------------------------------------------------------------- joining


@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")  # TensorFlow's variables and NumPy 2
@pytest.mark.parametrize("bgr", [False, True])
@pytest.mark.parametrize(("layer", "pooling"), [(None, "mean"), (None, None), ("first", "mean"), ("first", None)])
def test_the_joined_model_says_what_the_head_says_of_the_features(tmp_path, layer, pooling, bgr):
    backbone, images = small_backbone(normalization=replace(PLAIN, bgr=bgr)), pets()
    features = transfer.extract_features(backbone, images, layer=layer, pooling=pooling)
    head = transfer.train_head(features, epochs=2).head
    model = transfer.join(backbone, head, layer=layer)
    predictions = model.predict(images.images, verbose=0)
    np.testing.assert_allclose(predictions, head.predict(features.values, verbose=0), atol=1e-4)

    model.save(tmp_path / "joined.keras")
    again = keras.models.load_model(tmp_path / "joined.keras", safe_mode=True)
    assert (again.predict(images.images, verbose=0) == predictions).all()


@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")  # TensorFlow's variables and NumPy 2
def test_a_real_backbone_joined_with_augmentation_is_saved_and_loaded_bit_for_bit(tmp_path):
    backbone = load("efficientnet-lite0", include_top=False, input_size=32, weights=None)
    images = pets().images.repeat(4, axis=1).repeat(4, axis=2)
    model = transfer.join(backbone, build_head((1280,), 3), augment=RandomAffine(rotation=20, seed=0))
    predictions = model.predict(images, verbose=0)
    model.save(tmp_path / "joined.keras")
    again = keras.models.load_model(tmp_path / "joined.keras", safe_mode=True)
    assert (again.predict(images, verbose=0) == predictions).all()
    assert [layer.name for layer in again.layers][-4:] == ["normalization", "efficientnet_lite0", "means", "head"]


def test_a_joined_model_augments_in_training_only():
    backbone, images = small_backbone(), pets().images.astype(np.float32)
    model = transfer.join(backbone, build_head((5,), 2), augment=RandomAffine(rotation=90, seed=0))
    assert np.array_equal(model(images, training=False), model(images))
    assert not np.allclose(model(images, training=True), model(images), atol=1e-4)


def test_a_head_that_does_not_fit_the_backbone_is_refused():
    with pytest.raises(ValueError, match="head takes 6 features, but small gives 5"):
        transfer.join(small_backbone(), build_head((6,), 2))
    with pytest.raises(ValueError, match="head takes 5 features, but small gives 4 at first"):
        transfer.join(small_backbone(), build_head((5,), 2), layer="first")
    with pytest.raises(ValueError, match="head takes 2×2×5 features, but small gives 4×4×5"):
        transfer.join(small_backbone(), build_head((2, 2, 5), 2))


def test_pictures_to_a_joined_and_frozen_model_in_one_call():
    images, backbone = pets(), small_backbone()
    result = transfer.train_on_frozen(backbone, images, pets(seed=1), epochs=3, seed=5)
    expected = result.trained.head.predict(result.train.values, verbose=0)
    np.testing.assert_allclose(result.model.predict(images.images, verbose=0), expected, atol=1e-4)
    assert len(result.model.trainable_weights) == 2
    assert len(result.run.val_accuracy) == 3
    assert "features in" in str(result)
    assert transfer.train_on_frozen(backbone, images, epochs=1).validation is None
