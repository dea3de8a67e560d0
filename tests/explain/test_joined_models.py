"""The model that transfer learning makes: a backbone inside, run in inference mode, and a head that is a model too."""

import keras
import numpy as np
import pytest
from keras import layers

from labkit.explain import activations, cam, find_layer, last_spatial_layer, saliency
from labkit.models.pretrained import Backbone, Normalization
from labkit.training.transfer import join


@pytest.fixture(scope="module")
def joined():
    rng = np.random.default_rng(3)
    inputs = keras.Input((32, 32, 3))
    x = layers.Conv2D(6, 3, strides=2, padding="same", use_bias=False, name="stem")(inputs)
    x = layers.BatchNormalization(name="stem_norm")(x)
    x = layers.ReLU(name="stem_relu")(x)
    x = layers.Conv2D(8, 3, strides=2, padding="same", name="deep")(x)
    x = layers.ReLU(name="head_relu")(x)
    inner = keras.Model(inputs, x, name="small")
    inner.set_weights([np.abs(rng.normal(1, 0.3, w.shape)) if w.ndim == 1 else rng.normal(0, 0.3, w.shape)
                       for w in inner.get_weights()])  # fmt: skip
    backbone = Backbone("small", inner, Normalization((120.0,) * 3, (60.0,) * 3), include_top=False)
    head = keras.Sequential([keras.Input((8,)), layers.Dense(1, activation="sigmoid", name="probability")], name="head")
    head.set_weights([rng.normal(size=(8, 1)), rng.normal(size=1)])
    model = join(backbone, head, augment=layers.RandomFlip(name="augment"))
    return model, backbone, head, rng.integers(0, 256, (3, 32, 32, 3)).astype(np.uint8)


def test_grad_cam_is_cam(joined):
    """Mean and one dense layer: the closed form, from the backbone itself on images that it prepared itself."""
    model, backbone, head, images = joined
    features = backbone.model(backbone.normalize(images.astype(np.float32)), training=False).numpy()
    weights, bias = head.get_weights()
    assert last_spatial_layer(model).name == "small.head_relu"
    for name, sign in (("cat", -1), ("dog", 1)):
        found = cam(model, images, name, class_names=("cat", "dog"), size="layer")
        expected = np.maximum(sign * features @ weights[:, 0], 0) / 64
        np.testing.assert_allclose(found.maps * found.peaks[:, None, None], expected, atol=1e-4)
        np.testing.assert_allclose(found.scores, sign * (features.mean(axis=(1, 2)) @ weights[:, 0] + bias), atol=1e-4)


def test_the_rest_works_there_too(joined):
    model, backbone, _, images = joined
    prepared = backbone.normalize(images.astype(np.float32))
    maps = activations(model, images, ["small.stem_relu", "head_relu"])
    np.testing.assert_allclose(maps["small.head_relu"], backbone.model(prepared, training=False), atol=1e-4)
    assert cam(model, images, layer="stem_relu", method="layer-cam").maps.shape == (3, 32, 32)
    assert saliency(model, images).values.shape == (3, 32, 32, 3)
    with pytest.raises(ValueError, match=r"there are: .*small\.stem 16×16×6"):
        find_layer(model, "small.stam")


def test_saved_and_loaded(joined, tmp_path):
    import warnings

    model, _, _, images = joined
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "__array__", DeprecationWarning)  # TensorFlow's variables and NumPy 2
        model.save(tmp_path / "joined.keras")
        loaded = keras.saving.load_model(tmp_path / "joined.keras")
    for method in ("grad-cam", "hires-cam"):
        expected = cam(model, images, 1, method=method)
        np.testing.assert_allclose(cam(loaded, images, 1, method=method).maps, expected.maps, atol=1e-5)
