"""Guided backpropagation against the rule written out by hand, and with models that hide their ReLUs."""

import threading
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from labkit.explain import cam, find_layer, guided_backprop, guided_grad_cam, list_layers, saliency


def relu_by_hand(highest=np.inf):
    """A ReLU with the guided rule as its gradient, by tf.custom_gradient."""

    @tf.custom_gradient
    def relu(x):
        def back(gradient):
            return tf.where((x > 0) & (x < highest) & (gradient > 0), gradient, 0)

        return tf.minimum(tf.maximum(x, 0), highest), back

    return relu


def by_hand(model, images, target, highest=np.inf):
    """The guided gradient of the small network: its layers one by one, eagerly, with ReLUs that are made by hand."""
    relu = relu_by_hand(highest)
    conv1, pool, conv2, row, answer = (
        find_layer(model, name).layer for name in ("conv1", "pool", "conv2", "row", "answer")
    )
    x = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(x)
        first = relu(tf.nn.conv2d(x, conv1.kernel, 1, "VALID") + conv1.bias)
        second = relu(tf.nn.conv2d(pool(first), conv2.kernel, 1, "SAME") + conv2.bias)
        score = (row(second) @ answer.kernel + answer.bias)[:, target]
    return tape.gradient(score, x).numpy()


def test_two_units_in_numpy():
    """Unit 1 is on and speaks for, 2 is on and speaks against, 3 is off; the pixels' own slopes may be negative."""
    model = keras.Sequential(
        [keras.Input((1, 2, 1)), layers.Flatten(), layers.Dense(3, activation="relu"), layers.Dense(2)]
    )
    first, last = np.array([[1.0, 2, 3], [-0.5, 1, -5]]), np.array([[4.0, 0], [-1, 0], [2, 1]])
    model.set_weights([first, np.zeros(3), last, np.zeros(2)])
    image = np.array([1.0, 1.0])
    units = image @ first
    assert (units > 0).tolist() == [True, True, False]
    back = np.where((units > 0) & (last[:, 0] > 0), last[:, 0], 0)
    found = guided_backprop(model, image.reshape(1, 2, 1), 0)
    np.testing.assert_allclose(found.values.ravel(), first @ back)
    np.testing.assert_allclose(found.values.ravel(), [4, -2])
    np.testing.assert_allclose(found.maps.ravel(), [1, 0.5])
    assert saliency(model, image.reshape(1, 2, 1), 0).values.ravel().tolist() == [2, -3]  # and the gradient itself


@pytest.mark.parametrize("target", [0, 2])
def test_however_the_model_is_built(any_model, images, target):
    found = guided_backprop(any_model, images, target)
    np.testing.assert_allclose(found.values, by_hand(any_model, images, target), atol=1e-5)
    largest = np.abs(found.values).max(axis=-1)
    np.testing.assert_allclose(found.maps * found.peaks[:, None, None], largest, rtol=1e-5)
    assert np.abs(found.values - saliency(any_model, images, target).values).max() > 0.01
    by_function = guided_backprop(any_model, images, lambda outputs: outputs[:, target])
    np.testing.assert_allclose(by_function.values, found.values, atol=1e-5)


RELUS = {
    "name": lambda: layers.Activation("relu"),
    "function": lambda: layers.Activation(tf.nn.relu),
    "layer": lambda: layers.ReLU(),
    "lambda": lambda: layers.Lambda(lambda x: keras.ops.relu(x)),
    "six": lambda: layers.ReLU(6),
    "six, by name": lambda: layers.Activation("relu6"),
    "model": lambda: keras.Sequential([layers.ReLU(max_value=6.0)]),
}


@pytest.mark.parametrize("kind", RELUS)
def test_relus_of_every_kind(small_model, images, kind):
    """The weights of the first convolution are made large, so that a ReLU6 reaches its end."""
    weights = small_model.get_weights()
    weights[0] *= 20
    model = keras.Sequential(
        [keras.Input((12, 12, 3)), layers.Conv2D(4, 3, name="conv1"), RELUS[kind](),
         layers.MaxPooling2D(2, name="pool"), layers.Conv2D(6, 3, padding="same", name="conv2"), RELUS[kind](),
         layers.Flatten(name="row"), layers.Dense(3, name="answer")]
    )  # fmt: skip
    model.set_weights(weights)
    highest = 6 if kind.startswith(("six", "model")) else np.inf
    expected = by_hand(model, images, 1, highest)
    np.testing.assert_allclose(guided_backprop(model, images, 1).values, expected, atol=1e-4)
    if highest == 6:
        assert np.abs(expected - by_hand(model, images, 1)).max() > 0.1  # there is something to tell apart


class Residual(layers.Layer):
    """A ReLU inside a layer that is written as a class."""

    def __init__(self):
        super().__init__()
        self.conv = layers.Conv2D(3, 1)

    def call(self, x):
        return x + tf.nn.relu(self.conv(x))


def test_inside_another_layer(images):
    model = keras.Sequential([keras.Input((12, 12, 3)), Residual(), layers.Flatten(), layers.Dense(2)])
    conv, dense = model.layers[0].conv, model.layers[-1]
    relu = relu_by_hand()
    x = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(x)
        inner = x + relu(tf.nn.conv2d(x, conv.kernel, 1, "VALID") + conv.bias)
        score = (tf.reshape(inner, (5, -1)) @ dense.kernel + dense.bias)[:, 1]
    np.testing.assert_allclose(guided_backprop(model, images, 1).values, tape.gradient(score, x), atol=1e-5)


def test_the_model_stays_as_it_was(small_model, images):
    before, weights = small_model(images).numpy(), small_model.get_weights()
    slope = saliency(small_model, images, 1).values
    guided_backprop(small_model, images, 1)
    np.testing.assert_array_equal(small_model(images), before)
    np.testing.assert_array_equal(saliency(small_model, images, 1).values, slope)
    assert find_layer(small_model, "conv1").layer.activation is keras.activations.relu
    assert not any("call" in vars(place.layer) for place in list_layers(small_model))
    for now, then in zip(small_model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(now, then)


def test_threads_do_not_see_each_other(builders, images):
    """Two ask for guided gradients while two ask for those by the chain rule, of the same model, for the first time."""
    for builder in builders.values():
        model = builder()
        guided = by_hand(model, images, 1)
        together = threading.Barrier(4)

        def ask(number, model=model, together=together):
            together.wait(60)
            method = guided_backprop if number % 2 else saliency
            return method(model, images, 1).values

        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(ask, range(4)))
        plain = saliency(model, images, 1).values
        for number, each in enumerate(found):
            np.testing.assert_allclose(each, guided if number % 2 else plain, atol=1e-5)


def test_new_weights_are_seen(small_model, images):
    guided_backprop(small_model, images, 1)
    small_model.set_weights([-weight for weight in small_model.get_weights()])
    np.testing.assert_allclose(
        guided_backprop(small_model, images, 1).values, by_hand(small_model, images, 1), atol=1e-5
    )


def test_guided_grad_cam_is_the_product(any_model, images):
    found = guided_grad_cam(any_model, images, 2, "conv1")
    product = by_hand(any_model, images, 2) * cam(any_model, images, 2, "conv1").maps[..., np.newaxis]
    np.testing.assert_allclose(found.values, product, atol=1e-5)
    assert found.method == "guided-grad-cam"
    predicted = guided_grad_cam(any_model, images)
    np.testing.assert_array_equal(predicted.classes, any_model(images, training=False).numpy().argmax(axis=1))


def test_batches_are_their_images(small_model, images):
    for method in (guided_backprop, guided_grad_cam):
        together = method(small_model, images, class_names=("ant", "bee", "cow"), batch_size=2)
        assert together.maps.shape == (5, 12, 12)
        assert together.labels[0] in ("ant", "bee", "cow")
        for number, image in enumerate(images[:2]):
            np.testing.assert_allclose(method(small_model, image).maps[0], together.maps[number], atol=1e-5)


def test_half_precision(images):
    model = keras.Sequential(
        [keras.Input((12, 12, 3)), layers.Conv2D(3, 3, activation="relu", dtype="mixed_float16"), layers.Flatten(),
         layers.Dense(2)]
    )  # fmt: skip
    found = guided_backprop(model, images, 1)
    kernel, dense = model.layers[0].kernel, model.layers[-1]
    relu = relu_by_hand()
    x = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(x)
        row = tf.reshape(relu(tf.nn.conv2d(x, kernel, 1, "VALID")), (5, -1))
        score = (row @ dense.kernel)[:, 1]
    np.testing.assert_allclose(found.values, tape.gradient(score, x), atol=5e-3)


def test_bad_input(small_model, images):
    smooth = keras.Sequential([keras.Input((12, 12, 3)), layers.Conv2D(2, 3, activation="tanh"), layers.Flatten()])

    class Hidden(layers.Layer):
        @tf.function
        def call(self, x):
            return tf.nn.relu(x)

    hidden = keras.Sequential([keras.Input((12, 12, 3)), Hidden(), layers.Flatten()])
    for call, words in (
        (lambda: guided_backprop(smooth, images, 1), "has no ReLU"),
        (lambda: guided_backprop(smooth, images, lambda z: z[:, 0]), "has no ReLU"),
        (lambda: guided_backprop(hidden, images, 1), "inside a tf.function"),
        (lambda: guided_backprop(small_model, images, 5), "target is 5"),
        (lambda: guided_backprop(small_model, images * np.nan, 1), "NaN"),
        (lambda: guided_backprop(small_model, images, score="x"), "score is 'x'"),
        (lambda: guided_backprop(small_model, images[..., :1], 1), "images have shape"),
        (lambda: guided_backprop(small_model, images, 1, class_names=("a", "b")), "class_names has 2 names"),
        (lambda: guided_grad_cam(small_model, images, 1, "answer"), "which has no places"),
        (lambda: guided_grad_cam(small_model, images, 1, batch_size=0), "batch_size is 0"),
    ):
        with pytest.raises(ValueError, match=words):
            call()
    with pytest.raises(TypeError, match="allowed is a Keras model"):
        guided_backprop("net", images)


def test_a_network_that_only_runs_eagerly_is_told(images):
    class Counting(keras.Model):
        def __init__(self):
            super().__init__()
            self.conv = layers.Conv2D(2, 3, activation="relu")

        def call(self, x):
            assert float(tf.reduce_sum(x)) >= 0  # needs a value, which a recording does not have
            return tf.reduce_mean(self.conv(x), axis=(1, 2))

    model = Counting()
    model(images)
    model.compile(run_eagerly=True)
    with pytest.raises(ValueError, match="runs eagerly only"):
        guided_backprop(model, images, 1)
