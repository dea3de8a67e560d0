"""A softmax and a sigmoid are known by what they do, however they were written; what is neither, is not guessed at."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from labkit.explain import cam, deletion, saliency
from labkit.explain.output_operations import squashing_end


@keras.saving.register_keras_serializable("labkit_tests")
class Squashed(layers.Layer):
    """A layer with a call of its own that ends in what it is told to."""

    def __init__(self, units, kind, **kwargs):
        super().__init__(**kwargs)
        self.kind, self.inner = kind, layers.Dense(units, name="inner")

    def build(self, shape):
        self.inner.build(shape)

    def call(self, x):
        return getattr(tf.nn, self.kind)(self.inner(x))

    def get_config(self):
        return {**super().get_config(), "units": self.inner.units, "kind": self.kind}


@keras.saving.register_keras_serializable("labkit_tests")
class Nested(layers.Layer):
    """A block in a block."""

    def __init__(self, units, kind, **kwargs):
        super().__init__(**kwargs)
        self.inner = Squashed(units, kind, dtype=self.dtype_policy)

    def build(self, shape):
        self.inner.build(shape)

    def call(self, x):
        return self.inner(x)


def ends(kind, units):
    function = getattr(tf.nn, kind)
    return {
        "name": [layers.Dense(units, kind)],
        "tensorflow": [layers.Dense(units, function)],
        "keras.ops": [layers.Dense(units, getattr(keras.ops, kind))],
        "a lambda": [layers.Dense(units, lambda x: function(x))],
        "activation": [layers.Dense(units), layers.Activation(kind)],
        "activation of tensorflow": [layers.Dense(units), layers.Activation(function)],
        "Lambda": [layers.Dense(units), layers.Lambda(function)],
        "class": [Squashed(units, kind)],
        "flattened": [layers.Dense(units, kind), layers.Flatten()],
        "identity": [layers.Dense(units, function), layers.Identity(), layers.Dropout(0.5)],
        "reshaped": [layers.Dense(units, kind), layers.Reshape((1, 1, units)), layers.GlobalAveragePooling2D()],
        "cast": [layers.Dense(units, kind, dtype="mixed_float16"), layers.Activation("linear", dtype="float32")],
        "half": [layers.Dense(units, function, dtype="float16"), layers.Flatten(dtype="float16")],
        "cast before": [layers.Dense(units, dtype="float16"), layers.Activation(kind, dtype="float32")],
        "double": [layers.Dense(units, kind, dtype="float64"), layers.Identity(dtype="float32")],
        "nested": [keras.Sequential([keras.Input((4,)), layers.Dense(units, function)]), layers.Flatten()],
        "convolution": [layers.Reshape((1, 1, 4)), layers.Conv2D(units, 1, activation=function), layers.Flatten()],
        "two classes deep": [keras.Sequential([keras.Input((4,)), Nested(units, kind)])],
        "nested half": [Nested(units, kind, dtype="mixed_float16"), layers.Reshape((1, units), dtype="float32"),
                        layers.Flatten(dtype="float32")],
        "convolution pooled": [layers.Reshape((1, 1, 4)), layers.Conv2D(units, 1), layers.GlobalMaxPooling2D(),
                               layers.Activation(kind)],
    }  # fmt: skip


KINDS = {"softmax": 4, "sigmoid": 1}
CASES = [(kind, way) for kind, units in KINDS.items() for way in ends(kind, units)]


def network(end, seed=3):
    model = keras.Sequential([
        keras.Input((8, 8, 2)), layers.Conv2D(4, 3, activation="relu", name="conv"), layers.GlobalAveragePooling2D(),
        *end,
    ])  # fmt: skip
    rng = np.random.default_rng(seed)
    model.set_weights([rng.normal(0, 1, w.shape).astype(w.dtype) for w in model.get_weights()])
    return model


@pytest.fixture
def small():
    return np.random.default_rng(1).uniform(0, 1, (6, 8, 8, 2)).astype(np.float32)


def by_hand(model, images):
    """The logits: the mean of the maps times the last kernel, in float64."""
    maps = model.layers[0](images).numpy().astype(np.float64)
    kernel, bias = (np.asarray(w, np.float64) for w in model.get_weights()[-2:])
    kernel = kernel.reshape(4, -1)
    return maps, maps.mean(axis=(1, 2)) @ kernel + bias, kernel


@pytest.mark.parametrize(("kind", "way"), CASES, ids=[f"{kind}, {way}" for kind, way in CASES])
def test_the_logits_behind_every_way_to_write_it(kind, way, small):
    """CAM in closed form: before a mean, Grad-CAM of a logit is the maps times the last kernel, by the places."""
    model = network(ends(kind, KINDS[kind])[way])
    maps, logits, kernel = by_hand(model, small)
    predicted = logits.argmax(axis=1) if kind == "softmax" else (logits[:, 0] > 0).astype(int)
    found = cam(model, small, layer="conv", size="layer")
    np.testing.assert_array_equal(found.classes, predicted)
    np.testing.assert_allclose(
        found.scores, logits.max(axis=1) if kind == "softmax" else np.abs(logits[:, 0]), atol=2e-2
    )
    columns = kernel[:, predicted] if kind == "softmax" else kernel * np.where(predicted, 1, -1)
    expected = np.maximum(np.einsum("nhwk,kn->nhw", maps, columns), 0) / 36
    np.testing.assert_allclose(found.maps * found.peaks[:, None, None], expected, atol=2e-3)
    by_function = cam(model, small, lambda outputs: outputs[:, 0], layer="conv")
    np.testing.assert_allclose(by_function.scores, logits[:, 0], atol=2e-2)
    probabilities = cam(model, small, score="output", layer="conv").scores
    assert (probabilities >= (0.5 if kind == "sigmoid" else 0.25)).all()
    assert squashing_end(model, small).kind == kind


@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")  # TensorFlow's variables and NumPy 2
@pytest.mark.parametrize("way", ["tensorflow", "Lambda", "class", "flattened", "keras.ops"])
def test_a_sure_network_has_evidence_before_and_after_it_was_saved(way, small, tmp_path):
    model = network(ends("softmax", 4)[way])
    weights = model.get_weights()
    weights[-1] = np.array([0, 300, 0, 0], np.float32)
    model.set_weights(weights)
    found = cam(model, small, 1, "conv", size="layer")
    maps, _, kernel = by_hand(model, small)
    expected = np.maximum(maps @ kernel[:, 1], 0) / 36
    np.testing.assert_allclose(found.maps * found.peaks[:, None, None], expected, atol=1e-4)
    model.save_weights(tmp_path / "net.weights.h5")
    again = network(ends("softmax", 4)[way], seed=9)
    again.load_weights(tmp_path / "net.weights.h5")
    if way in ("tensorflow", "class", "flattened"):
        model.save(tmp_path / "net.keras")
        again = keras.saving.load_model(tmp_path / "net.keras", custom_objects={"softmax_v2": tf.nn.softmax})
    np.testing.assert_allclose(cam(again, small, 1, "conv", size="layer").maps, found.maps, atol=1e-5)


def hand_written(x):
    return 1 / (1 + tf.exp(-x))


@pytest.mark.parametrize(
    "end",
    [
        [layers.Dense(1, hand_written)], [layers.Dense(1, "tanh")], [layers.Dense(1, "relu")],
        [layers.Dense(1, "hard_sigmoid")], [layers.Dense(1, "softplus")],
        [layers.Dense(1), layers.Lambda(lambda x: 0.5 * tf.tanh(x / 2) + 0.5)],
        [layers.Dense(1, "sigmoid"), layers.Rescaling(2.0, offset=-1.0)],
        [layers.Dense(1, "sigmoid"), layers.Lambda(lambda p: 1 - p)],
        [layers.Dense(1, tf.function(tf.nn.sigmoid))],
    ],
)  # fmt: skip
def test_one_output_that_is_no_sigmoid_is_not_guessed_at(end, small):
    model = network(end)
    for explain in (cam, saliency):
        with pytest.raises(ValueError, match=r"target is None, but the single output .* give target=1 .*target=lambda"):
            explain(model, small)
    with pytest.raises(ValueError, match="target is None"):
        cam(model, small, [1, None, 0, 1, 1, 1])
    outputs = model(small).numpy()[:, 0]
    np.testing.assert_allclose(cam(model, small, 1).scores, outputs, atol=1e-5)
    np.testing.assert_allclose(cam(model, small, 0).scores, -outputs, atol=1e-5)
    np.testing.assert_allclose(cam(model, small, lambda p: p[:, 0] - 0.5).scores, outputs - 0.5, atol=1e-5)


@pytest.mark.parametrize(
    "end",
    [
        [layers.Dense(1)], [layers.Dense(1), layers.Flatten(), layers.Identity()],
        [layers.Dense(1), layers.Rescaling(0.1)],
        [layers.Dense(1, dtype="mixed_float16")], [layers.Dense(1), layers.BatchNormalization()],
        [layers.Dense(3), layers.Dense(1, use_bias=False)], [layers.Reshape((2, 2, 1)), layers.GlobalAveragePooling2D(),
        layers.Dense(1), layers.Reshape(())],
    ],
)  # fmt: skip
def test_one_output_without_a_last_step_is_a_logit(end, small):
    model = network(end)
    outputs = model(small).numpy().reshape(-1).astype(np.float32)
    found = cam(model, small)
    np.testing.assert_array_equal(found.classes, outputs > 0)
    np.testing.assert_allclose(found.scores, np.abs(outputs), atol=1e-2)


def test_a_dark_image_of_a_sigmoid_is_class_0(small):
    """P = 0.12 is class 0, however the sigmoid was written; its score is 0.88."""
    for end in ends("sigmoid", 1).values():
        model = network(end)
        weights = model.get_weights()
        weights[-2], weights[-1] = np.zeros_like(weights[-2]), np.full_like(weights[-1], np.log(0.12 / 0.88))
        model.set_weights(weights)
        found = cam(model, small, score="output")
        assert found.classes.tolist() == [0] * 6
        np.testing.assert_allclose(found.scores, 0.88, atol=1e-3)
        curves = deletion(model, small, np.ones((6, 8, 8)), steps=2)
        np.testing.assert_allclose(curves.scores, 0.88, atol=1e-3)


def softmax_by_hand(x):
    return tf.exp(x) / tf.reduce_sum(tf.exp(x), axis=-1, keepdims=True)


def softmax_by_hand_of_one_power(x):
    powers = keras.ops.exp(x)
    return powers / keras.ops.sum(powers, axis=-1, keepdims=True)


def softmax_less_the_largest(x):
    powers = tf.exp(x - tf.stop_gradient(tf.reduce_max(x, axis=-1, keepdims=True)))
    return powers / tf.reduce_sum(powers, axis=-1, keepdims=True)


@tf.custom_gradient
def softmax_with_its_own_gradient(x):
    shares = softmax_less_the_largest(x)
    return shares, lambda above: shares * (above - tf.reduce_sum(above * shares, axis=-1, keepdims=True))


@pytest.mark.parametrize("by_hand_", [softmax_by_hand_of_one_power, softmax_less_the_largest,
                                      softmax_with_its_own_gradient])  # fmt: skip
def test_a_softmax_written_out(by_hand_, small):
    model = network([layers.Dense(4), layers.Lambda(by_hand_, output_shape=(4,))])
    maps, logits, kernel = by_hand(model, small)
    found = cam(model, small, layer="conv", size="layer")
    np.testing.assert_array_equal(found.classes, logits.argmax(axis=1))
    np.testing.assert_allclose(found.scores, logits.max(axis=1), atol=1e-4)
    expected = np.maximum(np.einsum("nhwk,kn->nhw", maps, kernel[:, found.classes]), 0) / 36
    np.testing.assert_allclose(found.maps * found.peaks[:, None, None], expected, atol=1e-4)
    assert squashing_end(model, small).kind == "softmax"


@pytest.mark.parametrize(
    "other",
    [
        lambda x: tf.exp(x) / (1 + tf.exp(x)),
        lambda x: tf.exp(x) / tf.exp(x + 1),
        lambda x: tf.exp(x) / tf.reduce_sum(tf.exp(x)),
        lambda x: tf.exp(x) / tf.reduce_sum(tf.exp(x), axis=0, keepdims=True),
        lambda x: x / tf.reduce_sum(x, axis=-1, keepdims=True),
    ],
)
def test_what_only_looks_like_a_softmax_is_none(other, small):
    model = network([layers.Dense(4), layers.Lambda(other, output_shape=(4,))])
    assert squashing_end(model, small) is None
    np.testing.assert_allclose(cam(model, small, 1, "conv").scores, model.predict(small, verbose=0)[:, 1], rtol=1e-4)


class Program(layers.Layer):
    """What it does, it does in a tf.function of its own."""

    def __init__(self, function, **kwargs):
        super().__init__(**kwargs)
        self.program = tf.function(function, autograph=False)

    def call(self, x):
        return self.program(x)


@pytest.mark.parametrize(("kind", "units"), KINDS.items())
def test_a_program_of_its_own_is_seen_and_not_guessed_at(kind, units, small):
    model = network([layers.Dense(units), Program(getattr(tf.nn, kind)), layers.Flatten()])
    logits = by_hand(model, small)[1]
    assert squashing_end(model, small).kind == kind
    outputs = model.predict(small, verbose=0)
    np.testing.assert_allclose(cam(model, small, max(units - 1, 1), "conv").scores, outputs[:, -1], atol=1e-5)
    if units == 1:
        with pytest.raises(ValueError, match="no threshold between two classes is known"):
            cam(model, small, layer="conv")
    else:
        found = cam(model, small, layer="conv")
        np.testing.assert_array_equal(found.classes, logits.argmax(axis=1))
        np.testing.assert_allclose(found.scores, outputs.max(axis=1), atol=1e-5)


def test_a_program_that_squashes_nothing_is_the_output_itself(small):
    model = network([layers.Dense(4), Program(lambda x: 2 * x)])
    np.testing.assert_allclose(cam(model, small, 1, "conv").scores, 2 * by_hand(model, small)[1][:, 1], atol=1e-3)
    single = network([layers.Dense(1), Program(lambda x: 2 * x)])
    with pytest.raises(ValueError, match="no threshold between two classes is known"):
        cam(single, small, layer="conv")


def test_of_several_outputs_none_is_chosen_for_the_reader(small):
    image = keras.Input((8, 8, 2))
    maps = layers.Conv2D(3, 3, name="conv")(image)
    heads = [layers.Dense(n, "softmax")(layers.GlobalAveragePooling2D()(maps)) for n in (2, 3)]
    for outputs in (heads, {"a": heads[0], "b": heads[1]}):
        model = keras.Model(image, outputs)
        with pytest.raises(ValueError, match=r"the model has \d outputs in a \w+; choose by a function"):
            cam(model, small, layer="conv")
