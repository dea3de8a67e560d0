"""What images and class names a method takes, and in what words it refuses the rest."""

import keras
import numpy as np
import pytest
from keras import layers

from labkit.explain import ascend_filters, cam, deletion, integrated_gradients, occlusion, saliency, smooth_grad


def whole_numbers(dtype):
    return keras.Sequential([
        keras.Input((12, 12, 3), dtype=dtype), layers.Rescaling(1 / 255), layers.Conv2D(3, 3, name="conv"),
        layers.GlobalAveragePooling2D(), layers.Dense(3),
    ])  # fmt: skip


@pytest.mark.parametrize("dtype", ["uint8", "int32"])
def test_whole_numbers_have_no_gradient_but_a_network_of_floats_has(dtype):
    model = whole_numbers(dtype)
    images = np.random.default_rng(0).integers(0, 255, (2, 12, 12, 3), dtype=np.uint8)
    if tuple(map(int, keras.__version__.split(".")[:2])) < (3, 7):  # clones no Sequential onto another input
        floats = whole_numbers("float32")
    else:
        floats = keras.models.clone_model(model, input_tensors=[keras.Input((12, 12, 3))])  # as the message says
    floats.set_weights(model.get_weights())
    np.testing.assert_allclose(cam(model, images, 1).maps, cam(floats, images, 1).maps, atol=1e-5)
    one, other = (occlusion(each, images, 1, window=6, stride=6).maps for each in (model, floats))
    np.testing.assert_allclose(one, other, atol=1e-5)
    for explain in (saliency, smooth_grad, integrated_gradients):
        with pytest.raises(ValueError, match=f"takes {dtype} images, and by whole numbers a score has no gradient"):
            explain(model, images, 1)
        assert explain(floats, images, 1).maps.any()
    with pytest.raises(ValueError, match="by whole numbers a score has no gradient"):
        ascend_filters(model, "conv", steps=1)
    with pytest.raises(ValueError, match=f"takes {dtype}, whole numbers from"):
        cam(model, images / 255)


def test_channels_first_is_refused():
    model = keras.Sequential([
        keras.Input((3, 12, 12)), layers.Permute((2, 3, 1)), layers.Conv2D(2, 3), layers.GlobalAveragePooling2D(),
        layers.Dense(3),
    ])  # fmt: skip
    images = np.ones((2, 3, 12, 12), np.float32)
    with pytest.raises(ValueError, match="which is channels first; allowed are images and models with channels last"):
        cam(model, images)
    last = keras.Sequential([keras.Input((12, 12, 3)), layers.Permute((3, 1, 2)), model])  # as the message says
    assert cam(last, np.moveaxis(images, 1, -1), 1).maps.shape == (2, 12, 12)


def test_class_names_fit_the_network(small_model, images):
    for names in (("ant", "bee"), ("ant", "bee", "cow", "dog")):
        for explain in (cam, saliency, occlusion):
            arguments = {"window": 4, "stride": 4} if explain is occlusion else {}
            with pytest.raises(ValueError, match=f"class_names has {len(names)} names; the network tells 3 classes"):
                explain(small_model, images, class_names=names, **arguments)
        with pytest.raises(ValueError, match="the network tells 3 classes apart"):
            deletion(small_model, images, np.ones((5, 12, 12)), class_names=names)
    for target in ("ant", "bee", 1, None):
        for explain in (cam, saliency):
            with pytest.raises(ValueError, match="class_names has 'ant' at 0 and at 2; allowed is a name of its own"):
                explain(small_model, images, target, class_names=("ant", "bee", "ant"))
    with pytest.raises(TypeError, match="class_names is 'abc'"):
        cam(small_model, images, class_names="abc")
