"""Shapes, parameters and multiply-adds: Keras counts the first two, loops that really multiply count the third."""

import keras
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from labkit.calculators import (
    UnknownLayerError,
    activation_bytes,
    layers,
    macs,
    output_shape,
    parameters,
    trainable_parameters,
)
from quantity import cases

# ------------------------------------------------------------------------------------------- the worked numbers


@pytest.mark.parametrize(
    ("layer", "shape", "count"),
    [
        (layers.Conv2D(32, 3), (28, 28, 1), 320),  # C7
        (layers.Conv2D(64, 3), (13, 13, 32), 18_496),
        (layers.Conv2D(64, 3), (5, 5, 64), 36_928),
        (layers.Dense(64), (576,), 36_928),
        (layers.Dense(10), (64,), 650),
        (layers.Conv2D(32, 3), (150, 150, 3), 896),  # C8
        (layers.Conv2D(128, 3), (36, 36, 64), 73_856),
        (layers.Conv2D(128, 3), (17, 17, 128), 147_584),
        (layers.Dense(512), (6_272,), 3_211_776),
        (layers.Dense(1), (512,), 513),
        (layers.Dense(256), (8_192,), 2_097_408),  # C9
        (layers.Conv2D(1, 5), (24, 24, 3), 76),  # C10
        (layers.Conv2D(1, 3, use_bias=False), (16, 16, 20), 180),
        (layers.Conv2D(256, 5, use_bias=False), (9, 9, 3), 19_200),  # C14
        (layers.SeparableConv2D(256, 5, use_bias=False), (9, 9, 3), 843),
        (layers.Conv2D(64, 3, use_bias=False), (9, 9, 32), 2_048 * 9),  # C19
        (layers.Conv2D(64, 3, use_bias=False), (9, 9, 64), 4_096 * 9),
        (layers.Conv2D(96, 11, strides=4), (227, 227, 3), (363 + 1) * 96),  # C11
    ],
)
def test_worked_parameters(layer, shape, count):
    assert parameters(layer, shape) == count


def test_two_small_kernels_see_what_one_large_one_sees_for_less():  # C13
    def weights(kernel, times):
        return times * parameters(layers.Conv2D(1, kernel, use_bias=False), (32, 32, 1))

    assert (weights(5, 1), weights(3, 2)) == (25, 18)
    assert (weights(9, 1), weights(3, 4)) == (81, 36)


def test_worked_shapes():
    assert output_shape(layers.Flatten(), (3, 3, 64)) == (576,)  # D10
    assert output_shape(layers.Conv2D(10, 5, padding="same"), (32, 32, 3)) == (32, 32, 10)  # B16
    assert output_shape(layers.ZeroPadding2D(2), (32, 32, 3)) == (36, 36, 3)  # C5
    assert output_shape(layers.Conv2D(96, 11, strides=4), (227, 227, 3)) == (55, 55, 96)  # C11
    assert output_shape(layers.Conv2D(96, 11, strides=4, padding=4), (224, 224, 3)) == (56, 56, 96)  # C17
    assert output_shape(layers.MaxPooling2D(2, strides=1), (6, 5, 1)) == (5, 4, 1)  # B21


def test_workings():
    assert parameters(layers.Conv2D(32, 3), (28, 28, 1)).working == "(3·3·1 + 1)·32 = 320"
    assert parameters(layers.SeparableConv2D(256, 5), (9, 9, 3)).working == "5·5·3 + (3 + 1)·256 = 1,099"
    assert parameters(layers.Conv2D(64, 3, groups=4), (9, 9, 32)).working == "(3·3·8 + 1)·64 = 4,672"
    assert macs(layers.Dense(10), (64,), batch_size=32).working == "32·64·10 = 20,480"
    assert (
        output_shape(layers.Conv2D(8, (3, 1)), (9, 7, 1)).working
        == "⌊(9 + 0 − 3)/1⌋ + 1 = 7, ⌊(7 + 0 − 1)/1⌋ + 1 = 7, 8 filters"
    )


def test_memory_of_activations():  # C15: batch size, strides and float16 each change it by their factor
    assert activation_bytes((26, 26, 32)) == 26 * 26 * 32 * 4
    assert activation_bytes((26, 26, 32), batch_size=64) == 64 * activation_bytes((26, 26, 32))
    assert activation_bytes((26, 26, 32), dtype="float16") * 2 == activation_bytes((26, 26, 32))


# ------------------------------------------------------------------------- any layer at all, with Keras as the oracle


@st.composite
def windows(draw, kernels=5):
    """Settings of a sliding window that Keras admits: either strides or dilation."""
    how = {
        "strides": draw(st.integers(1, 3)),
        "padding": draw(st.sampled_from(["valid", "same"])),
    }
    if draw(st.booleans()):
        how |= {"strides": 1, "dilation_rate": draw(st.integers(1, 3))}
    kernel = draw(st.integers(1, kernels) | st.tuples(st.integers(1, kernels), st.integers(1, kernels)))
    return {"kernel_size": kernel, "use_bias": draw(st.booleans()), **how}


@st.composite
def images(draw):
    return draw(st.tuples(st.integers(3, 14), st.integers(3, 14), st.integers(1, 6)))


@st.composite
def convolutions(draw):
    """A convolution of some kind as (class name, settings, input shape)."""
    height, width, channels = draw(images())
    how = draw(windows())
    kind = draw(st.sampled_from(["Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Conv2DTranspose"]))
    if kind == "Conv2D":
        groups = draw(st.integers(1, 3))
        channels *= groups
        how |= {"filters": groups * draw(st.integers(1, 4)), "groups": groups}
    elif kind == "Conv2DTranspose":
        how.pop("dilation_rate", None)
        how["filters"] = draw(st.integers(1, 6))
    else:
        how["depth_multiplier"] = draw(st.integers(1, 3))
        if isinstance(how["kernel_size"], tuple):  # TensorFlow's depthwise kernels want one stride, any kernel
            how["kernel_size"] = tuple(how["kernel_size"])
        if kind == "SeparableConv2D":
            how["filters"] = draw(st.integers(1, 6))
    return kind, how, (height, width, channels)


@st.composite
def other_layers(draw):
    shape = draw(images())
    pool = {
        "pool_size": draw(st.integers(1, 3)),
        "strides": draw(st.none() | st.integers(1, 3)),
        "padding": draw(st.sampled_from(["valid", "same"])),
    }
    margin = draw(st.integers(0, 2) | st.tuples(st.integers(0, 2), st.integers(0, 2)))
    norm = {"center": draw(st.booleans()), "scale": draw(st.booleans())}
    keep = {"keepdims": draw(st.booleans())}
    kind, how = draw(
        st.sampled_from(
            [
                ("MaxPooling2D", pool),
                ("AveragePooling2D", pool),
                ("GlobalMaxPooling2D", keep),
                ("GlobalAveragePooling2D", keep),
                ("Dense", {"units": draw(st.integers(1, 9)), "use_bias": draw(st.booleans())}),
                ("Flatten", {}),
                ("Reshape", {"target_shape": (-1, shape[-1])}),
                ("ZeroPadding2D", {"padding": margin}),
                ("Cropping2D", {"cropping": margin}),
                ("UpSampling2D", {"size": draw(st.integers(1, 3))}),
                ("BatchNormalization", norm),
                ("LayerNormalization", norm),
                ("ReLU", {}),
                ("Softmax", {}),
                ("Dropout", {"rate": 0.5}),
            ]
        )
    )
    return kind, how, shape


def _counts(layer):
    """Keras's own counts of a layer that is built."""
    return layer.count_params(), sum(int(np.prod(weight.shape)) for weight in layer.trainable_weights)


@cases(2500)
@given(convolutions() | other_layers())
def test_shapes_and_parameters_are_those_of_keras(case):
    kind, how, shape = case
    layer, oracle = getattr(layers, kind)(**how), getattr(keras.layers, kind)(**how)
    try:
        expected = tuple(oracle.compute_output_shape((1, *shape)))
    except ValueError:
        expected = None
    if expected is None or min(expected) < 1:  # older Keras puts out a negative size where newer refuses
        with pytest.raises(ValueError, match="allowed"):
            output_shape(layer, shape)
        return
    oracle.build((1, *shape))
    assert output_shape(layer, shape) == expected[1:]
    assert (parameters(layer, shape), trainable_parameters(layer, shape)) == _counts(oracle)


@cases(200)
@given(
    st.sampled_from(["Conv1D", "SeparableConv1D", "DepthwiseConv1D", "Conv1DTranspose", "MaxPooling1D"]),
    st.integers(8, 20),
    st.integers(1, 4),
    st.integers(1, 4),
    st.integers(1, 3),
    st.sampled_from(["valid", "same"]),
)
def test_one_dimension_is_as_keras_has_it(kind, length, channels, kernel, stride, padding):
    how = {"strides": stride, "padding": padding}
    how["pool_size" if kind == "MaxPooling1D" else "kernel_size"] = kernel
    if kind in ("Conv1D", "SeparableConv1D", "Conv1DTranspose"):
        how["filters"] = 3
    layer, oracle = getattr(layers, kind)(**how), getattr(keras.layers, kind)(**how)
    oracle.build((1, length, channels))
    assert output_shape(layer, (length, channels)) == tuple(oracle.compute_output_shape((1, length, channels)))[1:]
    assert parameters(layer, (length, channels)) == oracle.count_params()


# ------------------------------------------------------------------------------ multiply-adds, counted one by one


class Meter:
    """Multiplies and adds, and counts how often."""

    def __init__(self):
        self.count = 0

    def weighted_sum(self, values, weights):
        total = 0.0
        for value, weight in zip(np.ravel(values), np.ravel(weights), strict=True):
            total += value * weight
            self.count += 1
        return total


def _padded(x, layer, oracle_shape):
    """The image with the zeros Keras adds, found from the sizes alone."""
    if layer.padding == "valid":
        return x
    pads = []
    for n, out, k, s, d in zip(x.shape[:2], oracle_shape, layer.window, layer.strides, layer.dilation, strict=True):
        total = max((out - 1) * s + d * (k - 1) + 1 - n, 0)
        pads.append((total // 2, total - total // 2))
    return np.pad(x, [*pads, (0, 0)])


def _patch(x, layer, i, j):
    (kh, kw), (sh, sw), (dh, dw) = layer.window, layer.strides, layer.dilation
    return x[i * sh : i * sh + dh * (kh - 1) + 1 : dh, j * sw : j * sw + dw * (kw - 1) + 1 : dw]


def _conv(meter, layer, x, kernel, out_shape):
    x = _padded(x, layer, out_shape[:2])
    out = np.zeros(out_shape)
    per_group, outputs = kernel.shape[2], out_shape[2] // layer.groups
    for i, j, f in np.ndindex(*out_shape):
        first = f // outputs * per_group
        out[i, j, f] = meter.weighted_sum(_patch(x, layer, i, j)[:, :, first : first + per_group], kernel[..., f])
    return out


def _depthwise(meter, layer, x, kernel, out_shape):
    x = _padded(x, layer, out_shape[:2])
    multiplier = kernel.shape[3]
    out = np.zeros((*out_shape[:2], x.shape[2] * multiplier))
    for i, j, c in np.ndindex(*out.shape):
        patch = _patch(x, layer, i, j)[:, :, c // multiplier]
        out[i, j, c] = meter.weighted_sum(patch, kernel[:, :, c // multiplier, c % multiplier])
    return out


def _separable(meter, layer, x, depthwise, pointwise, out_shape):
    middle = _depthwise(meter, layer, x, depthwise, out_shape)
    out = np.zeros(out_shape)
    for i, j, f in np.ndindex(*out_shape):
        out[i, j, f] = meter.weighted_sum(middle[i, j], pointwise[0, 0, :, f])
    return out


def _transposed(meter, layer, x, kernel, out_shape):
    (kh, kw), (sh, sw) = layer.kernel_size, layer.strides
    canvas = np.zeros((x.shape[0] * sh + kh, x.shape[1] * sw + kw, out_shape[2]))
    for i, j, c in np.ndindex(*x.shape):
        for a, b, f in np.ndindex(kh, kw, out_shape[2]):
            canvas[i * sh + a, j * sw + b, f] += x[i, j, c] * kernel[a, b, f, c]
            meter.count += 1
    # "same" removes from the full canvas what the convolution it transposes would have padded.
    cut = [0, 0]
    if layer.padding == "same":
        cut = [max(k - s, 0) // 2 for k, s in ((kh, sh), (kw, sw))]
    return canvas[cut[0] : cut[0] + out_shape[0], cut[1] : cut[1] + out_shape[1]]


LOOPS = {
    layers.Conv2D: _conv,
    layers.DepthwiseConv2D: _depthwise,
    layers.SeparableConv2D: _separable,
    layers.Conv2DTranspose: _transposed,
}


@cases(250)
@given(convolutions(), st.integers(0, 2**32 - 1))
def test_macs_are_what_a_loop_counts(case, seed):
    """The loops compute what Keras computes, so what they count is the cost of that."""
    kind, how, shape = case
    how = {**how, "use_bias": False}
    layer, oracle = getattr(layers, kind)(**how), getattr(keras.layers, kind)(**how)
    if kind in ("DepthwiseConv2D", "SeparableConv2D") and layer.padding == "same":
        # TensorFlow's depthwise kernel takes no dilation larger than its padded input on a CPU; nothing to learn there.
        assume(max(layer.dilation) * max(layer.window) < min(shape[:2]))
    try:
        expected = oracle.compute_output_shape((1, *shape))[1:]
    except ValueError:
        assume(False)
    assume(min(expected) > 0 and macs(layer, shape) < 30_000)
    random = np.random.default_rng(seed)
    x = random.normal(size=shape)
    oracle.build((1, *shape))
    weights = [random.normal(size=weight.shape) for weight in oracle.weights]
    oracle.set_weights(weights)
    meter = Meter()
    out = LOOPS[type(layer)](meter, layer, x, *weights, expected)
    np.testing.assert_allclose(out, oracle(x[None].astype("float32"))[0], rtol=1e-3, atol=1e-3)
    assert macs(layer, shape) == meter.count
    assert macs(layer, shape, batch_size=3) == 3 * meter.count


def test_macs_of_a_dense_layer_are_what_a_loop_counts():
    meter, x, weights = Meter(), np.ones((2, 3, 5)), np.ones((5, 7))
    for i, j, unit in np.ndindex(2, 3, 7):
        meter.weighted_sum(x[i, j], weights[:, unit])
    assert macs(layers.Dense(7), (2, 3, 5)) == meter.count


# --------------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: layers.Conv2D(0, 3), ["filters", "0"]),
        (lambda: layers.Conv2D(8, (3, 3, 3)), ["kernel_size", "(3, 3, 3)", "2"]),
        (lambda: layers.Conv2D(8, 3, strides=-1), ["strides", "-1"]),
        (lambda: layers.Conv2D(8, 3, groups=3), ["groups", "3", "8"]),
        (lambda: layers.Conv2D(8, 3, padding="full"), ["padding", "'full'"]),
        (lambda: layers.Dense(-1), ["units", "-1"]),
        (lambda: layers.MaxPooling2D(0), ["pool_size", "0"]),
        (lambda: layers.ZeroPadding2D((1, 2, 3)), ["padding", "(1, 2, 3)"]),
        (lambda: output_shape(layers.Conv2D(8, 3), (28, 28)), ["Conv2D", "(28, 28)", "(height, width, channels)"]),
        (lambda: output_shape(layers.Conv2D(8, 3), (2, 2, 1)), ["kernel", "3", "2"]),
        (lambda: output_shape(layers.Cropping2D(2), (4, 4, 1)), ["cropping", "2", "4"]),
        (lambda: output_shape(layers.Reshape((5, 5)), (4, 4, 1)), ["target_shape", "(5, 5)", "16"]),
        (lambda: output_shape(layers.Add(), (4, 4, 1), (3, 4, 1)), ["Add", "(3, 4, 1)"]),
        (lambda: output_shape(layers.Concatenate(), (4, 4, 1), (3, 4, 1)), ["Concatenate", "(3, 4, 1)"]),
        (lambda: parameters(layers.Conv2D(8, 3, groups=2), (9, 9, 3)), ["groups", "2", "3"]),
        (lambda: macs(layers.Dense(8), (9,), batch_size=0), ["batch_size", "0"]),
        (lambda: activation_bytes((3,), dtype="float31"), ["dtype", "float31", "float16"]),
    ],
)
def test_bad_input_names_the_argument_the_value_and_what_is_allowed(call, words):
    with pytest.raises(ValueError, match="allowed") as caught:
        call()
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize("question", [output_shape, parameters, trainable_parameters, macs])
def test_a_stranger_is_never_counted_as_nothing(question):
    class Stranger(layers.Layer):
        pass

    with pytest.raises(UnknownLayerError, match="Stranger is not known; allowed"):
        question(Stranger(), (28, 28, 1))
    with pytest.raises(UnknownLayerError):
        question(layers.Unknown(), (28, 28, 1))
