"""Programs that are kept answer only for the model as it is, and threads do not see each other."""

import threading
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from labkit.explain import cam, find_layer, list_layers, randomize_weights, saliency


def test_threads_explain_one_model_and_leave_it_as_it_was(images):
    """Shared layers, and four questions at once: the maps are those asked for one by one, the model's output too."""
    shared = layers.Conv2D(3, 3, padding="same", activation="relu", name="shared")
    pictures = keras.Input((12, 12, 3))
    x = layers.GlobalAveragePooling2D()(shared(shared(pictures)))
    model = keras.Model(pictures, layers.Dense(3, activation="softmax", name="answer")(x))
    before = model(images).numpy()
    questions = [
        lambda: cam(model, images, 0),
        lambda: cam(model, images, 1, "shared", call=0),
        lambda: cam(model, images, lambda outputs: outputs[:, 2] - outputs[:, 1]),
        lambda: saliency(model, images, 2),
    ]
    expected = [ask().maps for ask in questions]
    together = threading.Barrier(len(questions))

    def ask(number):
        for _ in range(8):
            together.wait(60)
            np.testing.assert_allclose(questions[number]().maps, expected[number], atol=1e-4)

    with ThreadPoolExecutor(len(questions)) as pool:
        list(pool.map(ask, range(len(questions))))
    np.testing.assert_array_equal(model(images), before)
    assert model.get_layer("answer").activation is keras.activations.softmax
    assert not any("call" in vars(place.layer) for place in list_layers(model))


def test_first_questions_at_the_same_time(builders, images):
    """Programs that are recorded by several threads at once."""
    for builder in builders.values():
        model = builder()
        before = model(images, training=False).numpy()
        together = threading.Barrier(4)

        def ask(target, model=model, together=together):
            together.wait(60)
            return cam(model, images, target % 3, ("conv1", "conv2")[target % 2]).scores

        with ThreadPoolExecutor(4) as pool:
            first = list(pool.map(ask, range(4)))
        np.testing.assert_allclose(first, [cam(model, images, target % 3).scores for target in range(4)], atol=1e-5)
        np.testing.assert_array_equal(model(images, training=False), before)


def test_two_randomizations_give_the_weights_back(small_model, images):
    before = small_model.get_weights()
    together = threading.Barrier(2)

    def shuffle(seed):
        together.wait(60)
        return randomize_weights(small_model, images[:1], lambda m, x: saliency(m, x, 1), seed=seed).correlations

    with ThreadPoolExecutor(2) as pool:
        at_once = list(pool.map(shuffle, range(2)))
    for now, then in zip(small_model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)
    together = threading.Barrier(1)
    np.testing.assert_allclose(at_once, [shuffle(0), shuffle(1)], atol=1e-6)


@pytest.mark.parametrize("place", ["conv1", "conv2"])
def test_every_new_activation_is_seen(small_model, images, place):
    """Twelve functions, each gone before the next is made, so that Python may give the next the same id."""
    layer = find_layer(small_model, place).layer
    for number in range(12):
        layer.activation = lambda x, factor=1.0 + number: factor * tf.nn.relu(x)
        found = cam(small_model, images, 1, score="output")
        np.testing.assert_allclose(found.scores, small_model(images).numpy()[:, 1], atol=1e-5)


@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")  # TensorFlow's variables and NumPy 2
@pytest.mark.parametrize(
    "change",
    [
        lambda model: setattr(model.layers[0], "strides", (2, 2)),
        lambda model: setattr(model.layers[1], "call", lambda x: -x),
        lambda model: model.layers[6].quantize("int8"),
        lambda model: setattr(model.layers[3], "scale", 5.0),
        lambda model: setattr(model.layers[4], "function", tf.cos),
        lambda model: model.add(layers.Rescaling(3.0)),
        lambda model: model.pop(),
    ],
    ids=["setting", "call", "variable", "number", "function", "layer more", "layer less"],
)
def test_whatever_changes_in_a_model_is_seen(images, change):
    model = keras.Sequential([
        keras.Input((12, 12, 3)), layers.Conv2D(3, 3), layers.ReLU(), layers.Conv2D(3, 1), layers.Rescaling(2.0),
        layers.Lambda(tf.sin), layers.GlobalAveragePooling2D(), layers.Dense(3), layers.Rescaling(2.0),
    ])  # fmt: skip
    before = cam(model, images, 1, model.layers[0], score="output")
    change(model)
    after = cam(model, images, 1, model.layers[0], score="output")
    np.testing.assert_allclose(after.scores, model(images).numpy()[:, 1], atol=1e-5)
    assert np.abs(after.scores - before.scores).max() > 1e-4
    assert after.maps.shape == before.maps.shape


def test_a_model_that_does_not_change_is_recorded_once(small_model, images, monkeypatch):
    cam(small_model, images, 1)
    monkeypatch.setattr(tf, "function", None)
    cam(small_model, images[:2], 2)
    small_model.set_weights([w / 2 for w in small_model.get_weights()])
    cam(small_model, images, 1)


def test_a_model_that_cannot_be_recorded_runs_eagerly(images):
    class Counting(keras.Model):
        def __init__(self):
            super().__init__()
            self.conv, self.answer = layers.Conv2D(2, 3), layers.Dense(3, activation="softmax")

        def call(self, x):
            assert float(tf.reduce_sum(x)) >= 0  # needs a value, which a recording does not have
            return self.answer(tf.reduce_mean(self.conv(x), axis=(1, 2)))

    model = Counting()
    model(images)
    model.compile(run_eagerly=True)
    features = tf.reduce_mean(model.conv(images), axis=(1, 2)).numpy()
    expected = features @ model.answer.kernel.numpy() + model.answer.bias.numpy()
    np.testing.assert_allclose(cam(model, images, 1).scores, expected[:, 1], rtol=1e-4)
    np.testing.assert_allclose(cam(model, images, lambda logits: logits[:, 1]).scores, expected[:, 1], rtol=1e-4)
