"""TensorFlow Lite files against the Keras networks they were made of; sizes; latency."""

import itertools

import keras
import numpy as np
import pytest

from labkit.models import mnist_convnet, separable_convnet
from labkit.training import LiteNetwork, latencies, size_on_disk, to_tflite
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
        ({"precision": "int4"}, "precision is 'int4'; allowed is one of 'float32'"),
        ({"precision": "int8"}, "representative_images is missing"),
        ({"precision": "int8", "representative_images": PICTURES[:0]}, "representative_images is missing"),
        ({"precision": "int8", "representative_images": PICTURES[..., 0]}, r"allowed is \(n, 28, 28, 1\)"),
        ({"representative_images": PICTURES}, "only 'int8' needs them"),
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
    with pytest.raises(ValueError, match="with 2 inputs and 1 outputs"):
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
