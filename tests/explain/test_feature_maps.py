"""Every layer's output in one pass, and its zeros counted."""

import keras
import numpy as np
import pytest
from keras import layers

from labkit.explain import activations, find_layer, sparsity


def test_every_layer_in_one_pass(any_model, images):
    """The oracle: Keras's layers, called one by one."""
    conv1, pool, conv2, row, answer = (
        find_layer(any_model, name).layer for name in ("conv1", "pool", "conv2", "row", "answer")
    )
    expected = {}
    x = images
    for layer in (conv1, pool, conv2, row, answer):
        x = expected[layer.name] = layer(x)
    found = activations(any_model, images, ["conv1", "conv2", "answer"], batch_size=2)
    assert len(found) == 3
    for name, maps in found.items():
        np.testing.assert_allclose(maps, expected[name.split(".")[-1]], atol=1e-6)


def test_all_layers_with_a_map(builders, images):
    assert list(activations(builders["sequential"](), images[0])) == ["conv1", "pool", "conv2"]
    nested = activations(builders["nested"](), images)
    assert list(nested) == ["augment", "backbone.conv1", "backbone.pool", "backbone.conv2"]
    assert "backbone.conv1  10×10×4" in str(nested)
    with pytest.raises(ValueError, match="name the layers"):
        activations(keras.Sequential([keras.Input((12, 12, 3)), layers.GlobalMaxPooling2D()]), images)
    with pytest.raises(ValueError, match="layers is empty"):
        activations(builders["sequential"](), images, [])
    with pytest.raises(ValueError, match="there are: "):
        activations(builders["sequential"](), images, "nothing")


def test_zeros_and_dead_channels_by_hand():
    """Channel 0 always answers, channel 1 at one place of one image, channel 2 never."""
    model = keras.Sequential([
        keras.Input((2, 2, 1)), layers.Conv2D(3, 1, activation="relu", name="relu"), layers.Flatten(name="row"),
    ])  # fmt: skip
    model.set_weights([np.array([1.0, 1, -1]).reshape(1, 1, 1, 3), np.array([1.0, -4, 0])])
    images = np.zeros((2, 2, 2, 1))
    images[1, 0, 1] = 5
    relu, row = sparsity(activations(model, images, ["relu", "row"]))
    assert (relu.zeros, relu.channels, relu.dead, relu.silent) == (15 / 24, 3, 1, 1.5)
    assert (row.zeros, row.channels, row.dead) == (15 / 24, 12, 7)
    table = sparsity(activations(model, images, "relu"))
    assert "62.5%" in str(table)
    assert "<td>1 of 3</td>" in table._repr_html_()


def test_bad_input_of_sparsity():
    with pytest.raises(ValueError, match="maps is empty"):
        sparsity({})
    with pytest.raises(ValueError, match=r"maps\['x'\] has shape \(3,\)"):
        sparsity({"x": np.zeros(3)})


class Written(keras.Model):
    """Its layers are called by its own code."""

    def __init__(self):
        super().__init__()
        self.conv = keras.layers.Conv2D(4, 3, activation="relu", name="edges")
        self.pool = keras.layers.MaxPooling2D(2, name="smaller")
        self.flat = keras.layers.GlobalAveragePooling2D()
        self.head = keras.layers.Dense(2)

    def call(self, images):
        return self.head(self.flat(self.pool(self.conv(images))))


def test_a_model_written_as_a_class_runs_once_to_tell_its_feature_maps():
    images = np.random.default_rng(0).random((5, 8, 8, 1), np.float32)
    model = Written()
    model(images)
    maps = activations(model, images)
    assert list(maps) == ["edges", "smaller"]
    np.testing.assert_allclose(maps["edges"], model.conv(images), rtol=1e-5, atol=1e-6)


def test_sparsity_of_a_model_is_that_of_its_activations():
    images = np.random.default_rng(0).random((5, 8, 8, 1), np.float32)
    model = Written()
    model(images)
    assert str(sparsity(model, images)) == str(sparsity(activations(model, images)))
    with pytest.raises(TypeError, match=r"maps is a model; allowed are sparsity\(model, images\)"):
        sparsity(model)
    with pytest.raises(TypeError, match="maps is a ndarray; allowed is what activations"):
        sparsity(images)
