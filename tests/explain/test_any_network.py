"""Networks put together at random, as people write them: explained as an oracle computes it, or refused in a sentence.

Activations as names, functions, layers and Lambdas, in float32 and half precision, followed by casts and reshapes;
blocks written as classes, two deep; inputs of whole numbers; operators on Keras's tensors.
"""

import random
import threading

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from labkit.explain import activations, cam, saliency

ACTIVATIONS = {
    "relu": [lambda d: layers.Activation("relu", dtype=d), lambda d: layers.Activation(tf.nn.relu, dtype=d),
             lambda d: layers.ReLU(dtype=d), lambda d: layers.Lambda(lambda x: tf.nn.relu(x), dtype=d)],
    "tanh": [lambda d: layers.Activation("tanh", dtype=d), lambda d: layers.Activation(keras.ops.tanh, dtype=d),
             lambda d: layers.Lambda(tf.tanh, dtype=d)],
}  # fmt: skip
ENDS = {
    "softmax": [lambda d: layers.Softmax(dtype=d), lambda d: layers.Activation("softmax", dtype=d),
                lambda d: layers.Activation(tf.nn.softmax, dtype=d), lambda d: layers.Lambda(tf.nn.softmax, dtype=d)],
    "sigmoid": [lambda d: layers.Activation("sigmoid", dtype=d), lambda d: layers.Activation(tf.nn.sigmoid, dtype=d),
                lambda d: layers.Lambda(keras.ops.sigmoid, dtype=d)],
    "none": [lambda d: layers.Identity(dtype=d)],
}  # fmt: skip


class Inner(layers.Layer):
    """A convolution, a weight of its own, an activation."""

    def __init__(self, filters, activation, **options):
        super().__init__(**options)
        self.conv = layers.Conv2D(filters, 3, padding="same", dtype=self.dtype_policy)
        self.activation = activation

    def build(self, shape):
        self.conv.build(shape)
        self.gain = self.add_weight(shape=(self.conv.filters,), initializer="ones", name="gain")

    def call(self, x):
        return self.activation(self.conv(x)) * self.gain


class Outer(layers.Layer):
    """A block in a block."""

    def __init__(self, filters, activation, **options):
        super().__init__(**options)
        self.inner = Inner(filters, activation, dtype=self.dtype_policy)

    def build(self, shape):
        self.inner.build(shape)

    def call(self, x):
        return self.inner(x)


def a_network(seed):
    """A network, the same without its end, images for it, its policy, and whether it takes whole numbers."""
    chance = random.Random(seed)
    keras.utils.set_random_seed(seed)
    policy = chance.choice(["float32", "float32", "mixed_float16"])
    whole = chance.random() < 0.3
    image = x = keras.Input((8, 8, chance.choice([1, 3])), dtype="uint8" if whole else "float32")
    if whole or chance.random() < 0.5:
        x = chance.choice([lambda t: layers.Rescaling(1 / 255)(t), lambda t: keras.ops.cast(t, "float32") / 255.0])(x)
    for number in range(chance.choice([1, 2])):
        kind = chance.choice(sorted(ACTIVATIONS))
        make = chance.choice(ACTIVATIONS[kind])
        if chance.random() < 0.5:
            x = Outer(4, make(policy), dtype=policy, name=f"block{number}")(x)
        else:
            x = make(policy)(layers.Conv2D(4, 3, padding="same", dtype=policy, name=f"conv{number}")(x))
        if chance.random() < 0.4:
            x = chance.choice([lambda t: 0.5 * t + 0.25, lambda t: t + keras.ops.mean(t, axis=3, keepdims=True)])(x)
    last = x = layers.Conv2D(3, 1, dtype=policy, name="last")(x)
    x = layers.GlobalAveragePooling2D(dtype=policy)(last)
    end = chance.choice(sorted(ENDS))
    units = 1 if end == "sigmoid" else chance.choice([2, 4])
    logits = layers.Dense(units, dtype=policy, name="scores")(x)
    x = chance.choice(ENDS[end])(policy)(logits)
    after = chance.choice(["nothing", "cast", "flatten", "reshape", "both"])
    if after in ("reshape", "both"):
        x = layers.Flatten(dtype=policy)(layers.Reshape((1, units), dtype=policy)(x))
    if after == "flatten":
        x = layers.Flatten(dtype=policy)(x)
    if after in ("cast", "both") or policy != "float32":
        x = chance.choice(
            [lambda t: layers.Activation("linear", dtype="float32")(t), lambda t: keras.ops.cast(t, "float32")]
        )(x)
    model = keras.Model(image, x)
    rng = np.random.default_rng(seed)
    model.set_weights([rng.normal(0, 0.5, weight.shape).astype(weight.dtype) for weight in model.get_weights()])
    images = rng.integers(0, 256, (4, *image.shape[1:])).astype(np.float32)
    return model, keras.Model(image, [last, logits]), images if whole else images / 255, policy, whole


@pytest.mark.parametrize("seed", range(24))
def test_any_network_is_explained_as_by_hand(seed):
    """Of a mean and a dense layer, Grad-CAM of a logit is the maps times that layer's kernel, over the places."""
    model, tapped, images, policy, whole = a_network(seed)
    maps, logits = (np.asarray(each, np.float64) for each in tapped.predict(images, verbose=0))
    kernel = np.asarray(model.get_layer("scores").get_weights()[0], np.float64)
    single = kernel.shape[1] == 1
    classes = (logits[:, 0] > 0).astype(int) if single else logits.argmax(axis=1)
    signs = np.where(classes, 1, -1) if single else np.ones(len(images))
    columns = (kernel[:, [0] * len(images)] if single else kernel[:, classes]) * signs
    near = 1e-4 if policy == "float32" else 3e-2
    found = cam(model, images, layer="last", size="layer")
    np.testing.assert_array_equal(found.classes, classes)
    scores = signs * (logits[:, 0] if single else logits[np.arange(len(images)), classes])
    np.testing.assert_allclose(found.scores, scores, atol=near * max(1, np.abs(scores).max()))
    expected = np.maximum(np.einsum("nhwk,kn->nhw", maps, columns), 0) / 64
    np.testing.assert_allclose(found.maps * found.peaks[:, None, None], expected, atol=near * max(expected.max(), 1e-3))
    seen = activations(model, images, ["last"])["last"]
    np.testing.assert_allclose(seen, maps, atol=near * max(1, np.abs(maps).max()))
    if whole:
        with pytest.raises(ValueError, match="takes uint8 images, and by whole numbers a score has no gradient"):
            saliency(model, images)
    else:
        assert np.isfinite(saliency(model, images).values).all()


def test_any_networks_in_threads():
    """Each thread explains its own and a common network; all get what one alone gets."""
    networks = [a_network(seed)[::2][:2] for seed in (0, 1, 2)]
    alone = [cam(model, images, layer="last").maps for model, images in networks]
    wrong = []

    def explain(number):
        for place in (number, 0, number):
            model, images = networks[place]
            if not np.allclose(cam(model, images, layer="last").maps, alone[place], atol=1e-5):
                wrong.append(place)

    threads = [threading.Thread(target=explain, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert wrong == []


@pytest.mark.parametrize(
    "shape", [(8, 8), (2, 8, 8, 1, 1), (0, 8, 8, 1), (1, 8, 0, 1), (8,), (), (1, 1, 8, 8), (9, 8, 1)]
)
def test_images_of_any_other_rank_or_size_are_refused(shape):
    model = keras.Sequential(
        [keras.Input((8, 8, 1)), layers.Conv2D(2, 3, name="last"), layers.Flatten(), layers.Dense(2)]
    )
    for explain in (cam, saliency, lambda model, images: activations(model, images, ["last"])):
        with pytest.raises(ValueError, match="images have shape"):
            explain(model, np.zeros(shape))
    for bad in (np.full((8, 8, 1), "x"), np.full((8, 8, 1), None), np.zeros((8, 8, 1), complex)):
        with pytest.raises(TypeError, match="images hold"):
            cam(model, bad)
