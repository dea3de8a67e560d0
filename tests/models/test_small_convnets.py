"""The course's first network: its counts are the decks', its outputs what their names say."""

import numpy as np
import pytest

from labkit.models import mnist_convnet


def test_the_convnet_of_all_decks():
    model = mnist_convnet()
    assert model.count_params() == 93_322
    assert model.output_shape == (None, 10)
    assert [layer.output.shape[1] for layer in model.layers] == [26, 13, 11, 5, 3, 576, 64, 10]


def test_probabilities_or_logits():
    x = np.random.default_rng(0).random((4, 28, 28, 1), "float32")
    np.testing.assert_allclose(np.sum(mnist_convnet()(x), axis=1), 1, rtol=1e-5)
    logits = mnist_convnet(softmax=False)
    assert logits.count_params() == 93_322
    assert np.min(logits(x)) < 0


def test_other_pictures_and_classes():
    assert mnist_convnet((18, 32, 3), num_classes=2)(np.zeros((1, 18, 32, 3), "float32")).shape == (1, 2)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"input_shape": (28, 28)}, r"input_shape is \(28, 28\); allowed"),
        ({"input_shape": (17, 28, 1)}, r"input_shape is \(17, 28, 1\); allowed"),
        ({"num_classes": 0}, "num_classes is 0; allowed"),
    ],
)
def test_bad_input(arguments, words):
    with pytest.raises(ValueError, match=words):
        mnist_convnet(**arguments)
