"""TensorFlow Lite files against the Keras networks they were made of; sizes; latency."""

import itertools
import os

import keras
import numpy as np
import pytest
import tensorflow as tf

from labkit.models import mnist_convnet, separable_convnet
from labkit.training import LiteNetwork, latencies, quiet, size_on_disk, to_tflite
from labkit.training import latency as latency_module


@pytest.fixture(scope="module", params=[mnist_convnet, separable_convnet])
def network(request):
    keras.utils.set_random_seed(5)
    return request.param(softmax=False)


PICTURES = np.random.default_rng(0).uniform(0, 1, (40, 28, 28, 1)).astype(np.float32)


def test_float_files_give_what_keras_gives(network):
    lite = LiteNetwork(to_tflite(network))
    assert lite.input_scheme == (0.0, 0)
    assert np.allclose(lite.predict(PICTURES), network.predict(PICTURES, verbose=0), atol=1e-5)


def test_int8_files_give_nearly_what_keras_gives_in_a_third_of_the_bytes(network):
    exact = network.predict(PICTURES, verbose=0)
    plain = len(to_tflite(network))
    weights = to_tflite(network, precision="int8 weights")
    whole = to_tflite(network, precision="int8", representative_images=PICTURES)
    spread = np.ptp(exact)
    assert np.abs(LiteNetwork(weights).predict(PICTURES) - exact).max() < 0.03 * spread
    lite = LiteNetwork(whole)
    assert np.abs(lite.predict(PICTURES) - exact).max() < 0.06 * spread
    assert len(weights) < 0.4 * plain
    assert len(whole) < 0.4 * plain
    # Pixels from 0 to 1 on 256 integers.
    scale, zero_point = lite.input_scheme
    assert scale == pytest.approx(1 / 255, rel=0.01)
    assert zero_point == -128
    assert lite.prepare(PICTURES[0]).dtype == np.int8


def test_no_pictures_give_no_scores(network):
    assert LiteNetwork(to_tflite(network)).predict(PICTURES[:0]).shape == (0, 10)


def several_outputs(form, policy="float32"):
    """Three outputs whose names and shapes are in no order."""
    keras.utils.set_random_seed(3)
    image = keras.Input((8, 8, 2))
    maps = keras.layers.Conv2D(3, 3, activation="relu", name="zebra", dtype=policy)(image)
    scores = keras.layers.Dense(5, name="ant", dtype=policy)(keras.layers.Flatten(dtype=policy)(maps))
    peak = keras.layers.GlobalMaxPooling2D(name="mole", dtype=policy)(maps)
    outputs = {"list": [maps, scores, peak], "tuple": (maps, scores, peak), "dict": {"z": maps, "a": scores, "m": peak},
               "twice": [scores, maps, scores], "one in a list": [scores]}[form]  # fmt: skip
    return keras.Model(image, outputs)


NAMES = {"list": ("zebra", "ant", "mole"), "tuple": ("zebra", "ant", "mole"), "twice": ("ant", "zebra", "ant_1")}


@pytest.mark.parametrize("batch_size", [1, 4])
@pytest.mark.parametrize("form", ["list", "tuple", "dict", "one in a list"])
def test_several_outputs_keep_their_names_and_their_order(form, batch_size):
    model = several_outputs(form)
    images = np.random.default_rng(1).uniform(0, 1, (6, 8, 8, 2)).astype(np.float32)
    lite = LiteNetwork(to_tflite(model, batch_size=batch_size))
    assert lite.batch_size == batch_size
    exact = model.predict(images, verbose=0)
    found = lite.predict(images)
    if form == "one in a list":
        np.testing.assert_allclose(found, np.reshape(exact, found.shape), atol=1e-5)
        return
    expected = exact if form == "dict" else dict(zip(NAMES[form], exact, strict=True))
    assert set(lite.output_names) == set(found) == set(expected)
    if form != "dict":
        assert lite.output_names == NAMES[form]
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, atol=1e-5)
    # As another program reads it, which knows the order only.
    given = lite.run(lite.prepare(images[:batch_size]))
    assert [values.shape for values in given] == [(batch_size, *found[name].shape[1:]) for name in lite.output_names]


def test_several_outputs_in_int8():
    model = several_outputs("list")
    images = np.random.default_rng(1).uniform(0, 1, (40, 8, 8, 2)).astype(np.float32)
    lite = LiteNetwork(to_tflite(model, precision="int8", representative_images=images, batch_size=3))
    for name, exact in zip(NAMES["list"], model.predict(images, verbose=0), strict=True):
        assert np.abs(lite.predict(images)[name] - exact).max() < 0.06 * np.ptp(exact)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "float16"])
def test_half_precision_becomes_float32(policy):
    half, full = several_outputs("list", policy), several_outputs("list")
    full.set_weights([weight.astype(np.float32) for weight in half.get_weights()])
    images = np.random.default_rng(1).uniform(0, 1, (4, 8, 8, 2)).astype(np.float32)
    before = [str(layer.dtype_policy.name) for layer in half._flatten_layers()]
    found = LiteNetwork(to_tflite(half)).predict(images)
    for name, exact in zip(NAMES["list"], full.predict(images, verbose=0), strict=True):
        assert found[name].dtype == np.float32
        np.testing.assert_allclose(found[name], exact, atol=1e-5)
    assert [str(layer.dtype_policy.name) for layer in half._flatten_layers()] == before
    assert all("16" in str(output.dtype) for output in half(images))


class Halves(keras.layers.Layer):
    """A block written as a class, whose layers are made in its constructor."""

    def __init__(self, **options):
        super().__init__(**options)
        self.inner = keras.layers.Conv2D(2, 3, dtype="mixed_float16")

    def call(self, x):
        return keras.activations.softmax(self.inner(x))


def test_half_precision_in_a_block_written_as_a_class():
    model = keras.Sequential([
        keras.Input((6, 6, 1)), keras.Sequential([keras.Input((6, 6, 1)), Halves(dtype="mixed_float16")]),
        keras.layers.Flatten(dtype="float32"),
    ])  # fmt: skip
    images = np.random.default_rng(1).uniform(0, 1, (4, 6, 6, 1)).astype(np.float32)
    found = LiteNetwork(to_tflite(model, batch_size=2)).predict(images)
    np.testing.assert_allclose(found, model.predict(images, verbose=0), atol=2e-3)


def test_half_precision_weights_in_a_nested_model_and_behind_a_function():
    inner = keras.Sequential([keras.Input((6, 6, 1)), keras.layers.Conv2D(2, 3, dtype="float16")])
    model = keras.Sequential([
        keras.Input((6, 6, 1)), inner, keras.layers.Lambda(lambda x: 2 * x, dtype="float16"),
        keras.layers.Flatten(dtype="float32"),
    ])  # fmt: skip
    images = np.random.default_rng(1).uniform(0, 1, (4, 6, 6, 1)).astype(np.float32)
    found = LiteNetwork(to_tflite(model)).predict(images)
    np.testing.assert_allclose(found, model.predict(images, verbose=0), atol=5e-3)


def test_whole_numbers_go_in_as_they_are():
    model = keras.Sequential([
        keras.Input((4, 4, 1), dtype="uint8"), keras.layers.Rescaling(1 / 255), keras.layers.Flatten()
    ])  # fmt: skip
    images = np.random.default_rng(1).integers(0, 256, (3, 4, 4, 1))
    np.testing.assert_allclose(LiteNetwork(to_tflite(model)).predict(images), images.reshape(3, 16) / 255, atol=1e-6)


def test_what_cannot_be_converted_is_one_sentence_and_no_pages(capfd):
    rare = keras.layers.Lambda(lambda x: tf.raw_ops.Betainc(a=x, b=x, x=x))
    model = keras.Sequential([keras.Input((4, 4, 1)), rare])
    with pytest.raises(ValueError, match=r"which cannot be converted: .*; allowed are layers") as caught:
        to_tflite(model)
    assert len(str(caught.value)) < 450
    assert "\n" not in str(caught.value)
    LiteNetwork(to_tflite(several_outputs("list", "mixed_float16")))
    assert capfd.readouterr() == ("", "")


def test_damaged_files_are_named():
    content = to_tflite(mnist_convnet())
    for damaged in (content[:1000], content[: len(content) // 2], content[:8] + bytes(200), content[:8]):
        with pytest.raises(ValueError, match=r"content is a \.tflite file that cannot be read"):
            LiteNetwork(damaged)


def test_weights_changed_later_are_in_the_next_file_only(network):
    copy = keras.models.clone_model(network)
    copy.set_weights(network.get_weights())
    before = LiteNetwork(to_tflite(copy)).predict(PICTURES[:1])
    copy.set_weights([0 * weight for weight in copy.get_weights()])
    assert np.abs(before).max() > 0
    assert np.abs(LiteNetwork(to_tflite(copy)).predict(PICTURES[:1])).max() == 0


def test_zeros_shorten_the_compressed_file_only():
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((4, 4, 4)), keras.layers.Flatten(), keras.layers.Dense(200)])
    full = size_on_disk(to_tflite(model))
    kernel, bias = model.get_weights()
    kernel[np.abs(kernel) < np.quantile(np.abs(kernel), 0.9)] = 0
    model.set_weights([kernel, bias])
    pruned = size_on_disk(to_tflite(model))
    assert pruned.bytes == full.bytes > 4 * kernel.size
    assert pruned.gzipped < 0.3 * full.gzipped
    assert "kB" in str(pruned)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras, as it saves
def test_sizes_of_files_and_models(tmp_path):
    file = tmp_path / "zeros.bin"
    file.write_bytes(bytes(5000))
    assert size_on_disk(file) == size_on_disk(str(file)) == size_on_disk(bytes(5000))
    assert size_on_disk(mnist_convnet()).bytes > 4 * 93_322
    with pytest.raises(TypeError, match="network is 3"):
        size_on_disk(3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"precision": "int4"}, "precision is 'int4'; allowed are 'float32'"),
        ({"precision": "int8"}, "representative_images is missing"),
        ({"precision": "int8", "representative_images": PICTURES[:0]}, "representative_images is missing"),
        ({"precision": "int8", "representative_images": PICTURES[..., 0]}, r"allowed is \(n, 28, 28, 1\)"),
        ({"representative_images": PICTURES}, "only 'int8' needs them"),
        ({"batch_size": 0}, "batch_size is 0; allowed is a whole number of at least 1"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        to_tflite(mnist_convnet(), **arguments)


def test_models_that_do_not_fit_are_named():
    open_size = keras.Sequential([keras.Input((None, None, 1)), keras.layers.Conv2D(1, 3)])
    with pytest.raises(ValueError, match="allowed is a fixed size"):
        to_tflite(open_size)
    with pytest.raises(TypeError, match="model is 3; allowed is a Keras model"):
        to_tflite(3)
    with pytest.raises(ValueError, match="has no fixed inputs"):
        to_tflite(keras.Sequential([keras.layers.Dense(2)]))
    left, right = keras.Input((2,)), keras.Input((2,))
    with pytest.raises(ValueError, match="with 2 inputs; allowed is one"):
        to_tflite(keras.Model([left, right], keras.layers.Add()([left, right])))


def test_what_is_no_file_or_no_picture_is_named():
    with pytest.raises(ValueError, match="content is b'nothing'"):
        LiteNetwork(b"nothing")
    content = to_tflite(mnist_convnet())
    with pytest.raises(ValueError, match="threads is 0"):
        LiteNetwork(content, threads=0)
    with pytest.raises(ValueError, match=r"allowed is \(n, 28, 28, 1\)"):
        LiteNetwork(content).predict(PICTURES[0])


def test_latency_is_the_median_of_each_program_in_turn(monkeypatch):
    now = [0.0]
    calls = []

    def takes(name, milliseconds):
        each = itertools.cycle(milliseconds)

        def run(image):
            calls.append((name, image))
            now[0] += next(each) / 1000

        return run

    monkeypatch.setattr(latency_module, "perf_counter", lambda: now[0])
    times = latencies({"slow": takes("slow", [8, 9, 100]), "fast": takes("fast", [1])}, [0, 1, 2], warm_up=0)
    assert times["slow"].median == pytest.approx(9)
    assert times["fast"].median == pytest.approx(1)
    assert times["slow"].runs == 3
    assert calls == [(name, image) for image in range(3) for name in ("slow", "fast")]
    assert str(times["fast"]) == "1 ms (middle half 1 to 1; 3 runs)"


def test_warming_up_is_not_timed():
    seen = []
    assert latencies({"one": seen.append}, "ab", warm_up=3)["one"].runs == 2
    assert seen == ["a", "a", "a", "a", "b"]


def test_nothing_to_time_is_refused():
    with pytest.raises(ValueError, match="programs is empty"):
        latencies({}, [1])
    with pytest.raises(ValueError, match="inputs is empty"):
        latencies({"sum": sum}, [])
    with pytest.raises(ValueError, match="warm_up is -1"):
        latencies({"sum": sum}, [[1]], warm_up=-1)


def test_what_compiled_code_says_is_dropped_and_only_in_there(capfd):
    with quiet():
        os.write(2, b"WARNING: inside\n")
        print("inside")
    os.write(2, b"after\n")
    assert capfd.readouterr() == ("", "after\n")
