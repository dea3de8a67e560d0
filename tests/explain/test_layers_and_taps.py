"""Layers are found by name in every kind of model, and read while it runs; the model stays as it was."""

import threading
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from labkit.explain import find_layer, last_spatial_layer, list_layers, tap


def test_a_tap_reads_the_same_maps_from_every_kind_of_model(any_model, images):
    """The oracle: the first layers, called one by one."""
    conv1, pool, conv2 = (find_layer(any_model, name).layer for name in ("conv1", "pool", "conv2"))
    expected = conv2(pool(conv1(images)))
    before = any_model(images, training=False)
    with tap(any_model, "conv2") as seen:
        outputs = any_model(images, training=False)
    np.testing.assert_array_equal(seen["conv2"], expected)
    np.testing.assert_array_equal(outputs, before)
    np.testing.assert_allclose(any_model.predict(images, verbose=0), before, atol=1e-6)


def test_a_tap_in_a_fresh_graph(any_model, images):
    @tf.function(autograph=False)
    def run(batch):
        with tap(any_model, ["conv1", "conv2"]) as seen:
            any_model(batch, training=False)
        return seen["conv1"], seen["conv2"]

    with tap(any_model, ["conv1", "conv2"]) as seen:
        any_model(images, training=False)
    for from_graph, name in zip(run(images), ("conv1", "conv2"), strict=True):
        np.testing.assert_allclose(from_graph, seen[name], atol=1e-6)


def state_of(model):
    return {place.name: dict(place.layer.__dict__) for place in list_layers(model)}


def test_the_model_is_as_it_was_after_an_exception(any_model, images):
    before = state_of(any_model)

    def fails(layer, output):
        raise RuntimeError("inside")

    with pytest.raises(RuntimeError, match="inside"), tap(any_model, ["conv1", "conv2"], fails):
        any_model(images, training=False)
    with pytest.raises(Exception), tap(any_model, "conv1"):  # noqa: B017, PT011 - Keras's own, whatever it is
        any_model(images[..., :2])
    after = state_of(any_model)
    assert {name: set(own) for name, own in after.items()} == {name: set(own) for name, own in before.items()}
    assert not any("call" in own for own in after.values())


def test_taps_within_taps(small_model, images):
    with tap(small_model, "conv1") as outer, tap(small_model, ["conv1", "conv2"]) as inner:
        small_model(images)
    np.testing.assert_array_equal(outer["conv1"], inner["conv1"])
    assert "call" not in find_layer(small_model, "conv1").layer.__dict__


def test_taps_closed_in_another_order(small_model, images):
    expected = small_model(images)
    for first_to_close in (0, 1):
        taps = [tap(small_model, "conv1"), tap(small_model, "conv1")]
        seen = [each.__enter__() for each in taps]
        taps[first_to_close].__exit__(None, None, None)
        small_model(images)
        assert [len(each.calls("conv1")) for each in seen] == [first_to_close, 1 - first_to_close]
        taps[1 - first_to_close].__exit__(None, None, None)
        np.testing.assert_array_equal(small_model(images), expected)
        assert "call" not in find_layer(small_model, "conv1").layer.__dict__


def test_each_thread_hears_its_own_calls(small_model, images):
    """Four threads tap and call one model at once; every one reads the maps of its own images, and no other."""
    conv1 = find_layer(small_model, "conv1").layer
    expected = [conv1(images * number).numpy() for number in range(4)]
    together = threading.Barrier(4)

    def read(number):
        for _ in range(10):
            together.wait(60)
            with tap(small_model, "conv1") as seen:
                small_model(images * number)
            assert len(seen.calls("conv1")) == 1
            np.testing.assert_allclose(seen["conv1"], expected[number], atol=1e-5)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(read, range(4)))
    assert "call" not in conv1.__dict__


def test_a_layer_with_a_call_of_its_own_gets_it_back(small_model, images):
    layer = find_layer(small_model, "conv1").layer
    original = layer.call
    layer.__dict__["call"] = mine = lambda x: original(x) + 1
    with tap(small_model, "conv1") as seen:
        small_model(images)
    np.testing.assert_array_equal(seen["conv1"], original(images) + 1)
    assert layer.__dict__["call"] is mine


def test_shared_layers_give_the_last_call_unless_told(images):
    shared = layers.Conv2D(3, 3, padding="same", activation="relu", name="shared")
    pictures = keras.Input((12, 12, 3))
    once = shared(pictures)
    model = keras.Model(pictures, layers.GlobalAveragePooling2D()(shared(once)))
    with tap(model, "shared") as seen:
        model(images)
    assert len(seen.calls("shared")) == 2
    np.testing.assert_array_equal(seen["shared"], shared(shared(images)))
    np.testing.assert_array_equal(seen.call("shared", 0), shared(images))
    with pytest.raises(ValueError, match="call is 2; shared was called 2 times"):
        seen.call("shared", 2)


def test_a_layer_that_changes_nothing_has_a_gradient_of_its_own():
    """Dropout hands on its input: were the tap the same tensor, the other branch would be counted too."""
    values = keras.Input((2,))
    through = layers.Dropout(0.5, name="through")(values)
    model = keras.Model(values, layers.Add()([layers.Rescaling(3.0)(through), values]))
    with tf.GradientTape() as tape, tap(model, "through", lambda layer, output: tape.watch(output)) as seen:
        total = tf.reduce_sum(model(np.ones((1, 2), np.float32)))
    np.testing.assert_array_equal(tape.gradient(total, seen["through"]), [[3, 3]])


def test_half_precision(images):
    with_half = keras.Sequential([
        keras.Input((12, 12, 3)), layers.Conv2D(4, 3, dtype="mixed_float16", name="conv"), layers.Flatten(),
    ])  # fmt: skip
    with tap(with_half, "conv") as seen:
        with_half(images)
    assert seen["conv"].dtype == tf.float16
    np.testing.assert_array_equal(seen["conv"], with_half.get_layer("conv")(images))


def test_a_recorded_program_does_not_see_the_tap(small_model, images):
    small_model.predict(images, verbose=0)
    with tap(small_model, "conv1") as seen:
        small_model.predict(images, verbose=0)
    with pytest.raises(ValueError, match="conv1 was not called in this pass; call the model directly"):
        seen["conv1"]
    with pytest.raises(KeyError, match="tapped are conv1"):
        seen["conv2"]


class Block(layers.Layer):
    """A layer written as a class, with layers in a list."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.steps = [layers.Conv2D(2, 3, name="first"), layers.Conv2D(3, 3, activation="relu", name="second")]

    def call(self, x):
        for step in self.steps:
            x = step(x)
        return x


def test_dotted_names_reach_into_models_and_blocks(images):
    inner = keras.Sequential([keras.Input((12, 12, 3)), Block(name="block"), layers.ReLU(name="out")], name="backbone")
    model = keras.Sequential([keras.Input((12, 12, 3)), inner, layers.Flatten(name="row"), layers.Dense(2, name="out")])
    assert [place.name for place in list_layers(model)] == [
        "backbone", "backbone.block", "backbone.block.first", "backbone.block.second", "backbone.out", "row", "out",
    ]  # fmt: skip
    assert find_layer(model, "backbone.block.second").layer is inner.layers[0].steps[1]
    assert find_layer(model, "block.second").name == find_layer(model, "second").name == "backbone.block.second"
    assert find_layer(model, "out").layer is model.layers[-1]  # the whole name goes before the end of one
    assert find_layer(model, inner.layers[1]).name == "backbone.out"
    with tap(model, "second") as seen:
        model(images)
    assert seen["backbone.block.second"].shape == (5, 8, 8, 3)


def test_a_wrong_name_lists_what_there_is(small_model):
    with pytest.raises(ValueError, match="layer is 'convv2', no layer of net; there are: conv1 10×10×4, conv2 5×5×6"):
        find_layer(small_model, "convv2")
    with pytest.raises(ValueError, match="conv1 10×10×4, pool 5×5×4, conv2 5×5×6, row 150, answer 3"):
        find_layer(small_model, "nothing of the kind")
    with pytest.raises(ValueError, match="'stranger', which is not a layer of net"):
        find_layer(small_model, layers.ReLU(name="stranger"))
    with pytest.raises(TypeError, match="layer is 3; allowed"):
        find_layer(small_model, 3)
    with pytest.raises(TypeError, match="model is a Dense"):
        find_layer(layers.Dense(2), "x")
    halves = [keras.Sequential([keras.Input((4,)), layers.Dense(4, name="same")], name=name) for name in "ab"]
    with pytest.raises(ValueError, match=r"the name of 2 layers of both; give one of 'a\.same', 'b\.same'"):
        find_layer(keras.Sequential([keras.Input((4,)), *halves], name="both"), "same")


def test_a_model_never_called():
    for model in (keras.Sequential([layers.Dense(2)]), keras.models.clone_model(keras.Sequential([layers.Dense(2)]))):
        with pytest.raises(ValueError, match="has never been called"):
            list_layers(model)


def test_the_last_spatial_layer(any_model, images):
    place = last_spatial_layer(any_model, images)
    assert place.layer is find_layer(any_model, "conv2").layer
    assert place.shape == (None, 5, 5, 6)


def test_the_last_spatial_layer_of_a_class_needs_a_picture(builders):
    with pytest.raises(ValueError, match="give images"):
        last_spatial_layer(builders["written"]())


def test_no_spatial_layer():
    model = keras.Sequential([keras.Input((4, 4, 1)), layers.Conv2D(3, 4), layers.Flatten(), layers.Dense(2)])
    with pytest.raises(ValueError, match="no layer with a feature map of more than one place"):
        last_spatial_layer(model)


def test_the_table_shows_itself(small_model):
    table = list_layers(small_model)
    assert len(table) == 5
    assert "<td>5×5×6</td>" in table._repr_html_()
