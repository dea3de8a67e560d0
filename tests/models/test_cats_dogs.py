"""The network for cats and dogs: counts as on the slides, sizes, images from 0 to 255."""

import numpy as np
import pytest

from labkit.models import cats_dogs_convnet


def test_the_convnet_of_the_decks():
    model = cats_dogs_convnet()
    assert model.count_params() == 3_453_121
    counted = [layer.count_params() for layer in model.layers if layer.count_params()]
    assert counted == [896, 18_496, 73_856, 147_584, 3_211_776, 513]
    assert [layer.output.shape[1] for layer in model.layers if layer.name.startswith("pool")] == [74, 36, 17, 7]
    assert model.get_layer("flatten").output.shape == (None, 7 * 7 * 128)
    assert [layer.name for layer in cats_dogs_convnet(dropout=0.5).layers][-4:-2] == ["flatten", "dropout"]


def test_pictures_of_0_to_255_give_a_probability():
    images = np.random.default_rng(0).integers(0, 256, (2, 64, 80, 3)).astype("uint8")
    model = cats_dogs_convnet((64, 80, 3))
    probability = model.predict(images, verbose=0)
    assert probability.shape == (2, 1)
    assert 0.05 < probability.min() <= probability.max() < 0.95  # a new network is in doubt: the images were scaled
    np.testing.assert_allclose(probability, model.predict(images.astype("float32"), verbose=0), atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"input_shape": (150, 150)}, r"input_shape is \(150, 150\); allowed"),
        ({"input_shape": (30, 150, 3)}, r"input_shape is \(30, 150, 3\); allowed"),
        ({"input_shape": (150, 150, 0)}, "input_shape's channels is 0; allowed"),
        ({"dropout": 1.0}, "dropout is 1.0; allowed"),
        ({"dropout": -0.1}, "dropout is -0.1; allowed"),
    ],
)
def test_bad_input(arguments, words):
    with pytest.raises(ValueError, match=words):
        cats_dogs_convnet(**arguments)


def test_the_smallest_pictures():
    assert cats_dogs_convnet((46, 46, 3)).output_shape == (None, 1)
