"""Receptive fields: the worked and the published numbers, and gradients as the oracle."""

import keras
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from labkit.calculators import (
    UnknownLayerError,
    gradient_receptive_field,
    layers,
    receptive_field,
    receptive_field_backwards,
)
from labkit.models import mnist_convnet
from quantity import cases

CONVNET = [
    layers.Conv2D(32, 3, name="conv1"),
    layers.MaxPooling2D(2, name="pool1"),
    layers.Conv2D(64, 3, name="conv2"),
    layers.MaxPooling2D(2, name="pool2"),
    layers.Conv2D(64, 3, name="conv3"),
    layers.Flatten(name="flatten"),
    layers.Dense(64, name="dense1"),
]


@pytest.fixture(scope="module")
def convnet():
    return mnist_convnet()


@pytest.mark.parametrize("keras_too", [False, True])
def test_forwards_each_layer_s_own_field_in_the_picture(convnet, keras_too):  # C12
    network, shape = (convnet, None) if keras_too else (CONVNET, (28, 28, 1))
    names = ["conv1", "pool1", "conv2", "pool2", "conv3"]
    fields = [receptive_field(network, name, shape) for name in names]
    assert [field.size for field in fields] == [(n, n) for n in (3, 4, 8, 10, 18)]
    assert [field.effective_stride for field in fields] == [(n, n) for n in (1, 2, 2, 4, 4)]
    assert fields[-1].pixels == 324
    assert round(100 * fields[-1].coverage, 1) == 41.3
    assert fields[-1].working == "10 + (3 − 1)·4 = 18"


@pytest.mark.parametrize("keras_too", [False, True])
def test_backwards_from_one_neuron(convnet, keras_too):  # C12, as the deck does it
    network, shape = (convnet, None) if keras_too else (CONVNET, (28, 28, 1))
    seen = receptive_field_backwards(network, "conv3", shape).sizes
    expected = {"pool2": 3, "conv2": 6, "pool1": 8, "conv1": 16, "input": 18}
    assert seen == {name: (size, size) for name, size in expected.items()}
    assert list(seen) == list(expected)


def test_without_pooling_three_convolutions_see_seven_by_seven():  # C12
    field = receptive_field([layers.Conv2D(8, 3)] * 2 + [layers.Conv2D(8, 3, name="last")], "last", (28, 28, 1))
    assert field.size == (7, 7)
    assert field.coverage == 0.0625


def test_stacks_of_small_kernels():  # C13: two give 5×5, four 9×9, five 11×11
    stack = [layers.Conv2D(1, 3, name=f"conv{i}") for i in range(1, 6)]
    sizes = [receptive_field(stack, f"conv{i}", (32, 32, 1)).size[0] for i in range(1, 6)]
    assert sizes == [3, 5, 7, 9, 11]


def test_a_dense_layer_sees_the_union_of_what_its_map_saw(convnet):
    """Not always the whole image: the pools of this one drop its last two rows and columns."""
    field = receptive_field(convnet, "dense1")
    assert field.everywhere
    assert not field.whole_image
    assert field.size == (26, 26)
    model = mnist_convnet()
    x = np.zeros((1, 28, 28, 1), "float32")
    beyond = x.copy()
    beyond[:, 26:, :], beyond[:, :, 26:] = 1, 1
    np.testing.assert_array_equal(model(x), model(beyond))


@pytest.mark.parametrize(
    ("name", "layer", "size"),
    [
        ("VGG16", "block5_pool", 212),
        # Araujo, Norris & Sim 2019, table 1
        ("ResNet50", "conv5_block3_out", 483),
        pytest.param("ResNet101", "conv5_block3_out", 1027, marks=pytest.mark.nightly),
        pytest.param("InceptionV3", "mixed10", 1311, marks=pytest.mark.nightly),
        ("MobileNet", "conv_pw_13_relu", 315),
    ],
)
def test_published_fields(name, layer, size, without_weights):
    with without_weights():
        model = getattr(keras.applications, name)(weights=None, include_top=False, input_shape=(224, 224, 3))
    computed, measured = receptive_field(model, layer), gradient_receptive_field(model, layer)
    assert computed.size == (size, size)
    assert computed.effective_stride == (32, 32)
    assert measured.extents == computed.extents


def test_squeeze_and_excitation_sees_the_whole_picture():
    x = keras.Input((32, 32, 8))
    squeezed = keras.layers.GlobalAveragePooling2D(keepdims=True)(x)
    gate = keras.layers.Conv2D(8, 1, activation="sigmoid", name="gate")(squeezed)
    y = keras.layers.Multiply(name="scaled")([keras.layers.Conv2D(8, 3, padding="same", strides=1)(x), gate])
    model = keras.Model(x, keras.layers.Conv2D(8, 3, strides=2, name="after")(y))
    for layer in ("gate", "scaled", "after"):
        field = receptive_field(model, layer)
        assert field.whole_image
        assert str(field) == "whole image"
        assert gradient_receptive_field(model, layer).size == (32, 32)
    assert receptive_field(model, "after").effective_stride == (2, 2)


def _inception(strides=(2, 2, 2)):
    x = keras.Input((40, 40, 3))
    a = keras.layers.Conv2D(2, 1, strides=strides[0], padding="same")(x)
    b = keras.layers.Conv2D(2, 5, strides=strides[1], padding="same")(x)
    c = keras.layers.MaxPooling2D((3, 7), strides=strides[2], padding="same")(x)
    return x, [a, b, c]


def test_over_branches_the_interval_that_holds_them_all():
    x, branches = _inception()
    model = keras.Model(x, keras.layers.Concatenate(name="together")(branches))
    field = receptive_field(model, "together")
    assert field.size == (5, 7)
    assert [branch.size for branch in field.branches] == [(1, 1), (5, 5), (3, 7)]
    assert gradient_receptive_field(model, "together").extents == field.extents


def test_branches_that_stepped_differently_do_not_lie_over_one_another():
    x, (a, b, _) = _inception(strides=(2, 4, 2))
    b = keras.layers.Conv2DTranspose(2, 1, strides=2)(b)
    with pytest.raises(UnknownLayerError, match="Conv2DTranspose"):
        receptive_field(keras.Model(x, keras.layers.Add(name="sum")([a, b])), "sum")
    x = keras.Input((8, 8, 1))
    fine = keras.layers.Cropping2D(((0, 4), (0, 4)))(x)
    coarse = keras.layers.MaxPooling2D(2)(x)
    model = keras.Model(x, keras.layers.Add(name="sum")([fine, coarse]))
    with pytest.raises(ValueError, match=r"'sum' merges branches with effective strides \[1, 2\]; allowed are equal"):
        receptive_field(model, "sum")


WINDOWS = {
    "convolution": lambda k, s, padding: keras.layers.Conv2D(3, k, s, padding),
    "dilated": lambda k, s, padding: keras.layers.Conv2D(2, k, 1, padding, dilation_rate=s),
    "depthwise": lambda k, s, padding: keras.layers.DepthwiseConv2D(k, s, padding),
    "separable": lambda k, s, padding: keras.layers.SeparableConv2D(2, k, s, padding),
    "max": lambda k, s, padding: keras.layers.MaxPooling2D(k, s, padding),
    "average": lambda k, s, padding: keras.layers.AveragePooling2D(k, s, padding),
    "pad": lambda k, s, padding: keras.layers.ZeroPadding2D(((0, k), (s, 0))),
    "crop": lambda k, s, padding: keras.layers.Cropping2D(((0, 1), (1, 0))),
}
windows = st.tuples(
    st.sampled_from(sorted(WINDOWS)), st.integers(1, 4), st.integers(1, 3), st.sampled_from(["valid", "same"])
)
branches = st.tuples(
    st.sampled_from([keras.layers.Add, keras.layers.Concatenate, keras.layers.Multiply]),
    st.lists(st.integers(1, 5), min_size=2, max_size=3),
    st.integers(1, 2),
)


@cases(150)
@given(st.integers(60, 75), st.lists(st.tuples(windows, st.none() | branches), min_size=1, max_size=4))
def test_computed_and_measured_fields_agree(side, recipe):
    """Every kind of window one after another, some with branches behind them."""
    x = y = keras.Input((side, side + 3, 1))
    try:
        for (kind, kernel, stride, padding), fork in recipe:
            y = WINDOWS[kind](kernel, stride, padding)(y)
            assume(min(y.shape[1:]) > 0)  # where newer Keras refuses, older puts out a map without places
            if fork:
                merge, kernels, step = fork
                y = merge()([keras.layers.Conv2D(2, k, step, "same")(y) for k in kernels])
    except ValueError:  # the map ran out of places
        assume(False)
    model = keras.Model(x, y)
    last = model.layers[-1]
    field = receptive_field(model, last)
    # A window that steps further than it is wide leaves gaps; what is computed is the interval around them.
    assert gradient_receptive_field(model, last).extents == field.extents
    assert receptive_field_backwards(model, last).sizes[model.layers[0].name] == field.size


def test_one_dimension_and_causal_padding():
    model = keras.Sequential(
        [
            keras.Input((64, 2)),
            keras.layers.Conv1D(4, 3, padding="causal", dilation_rate=2),
            keras.layers.MaxPooling1D(2),
            keras.layers.Conv1D(4, 3, padding="same", name="last"),
        ]
    )
    field = receptive_field(model, "last")
    assert field.size == (10,)
    assert gradient_receptive_field(model, "last").extents == field.extents


def test_bad_questions(convnet):
    with pytest.raises(ValueError, match="layer is 'conv9'; allowed is one of input, conv1"):
        receptive_field(convnet, "conv9")
    with pytest.raises(ValueError, match="layer is None"):
        receptive_field(convnet, None)
    with pytest.raises(ValueError, match="'flatten', in which every number has its own field"):
        gradient_receptive_field(convnet, "flatten")
    with pytest.raises(UnknownLayerError, match="UpSampling2D"):
        receptive_field([layers.UpSampling2D(2, name="up")], "up", (8, 8, 1))
    with pytest.raises(TypeError, match="model is a str; allowed is a Keras model or a list"):
        receptive_field("vgg16", "block5_pool")
    first, second = keras.Input((8, 8, 1)), keras.Input((8, 8, 1))
    with pytest.raises(ValueError, match="the model has 2 inputs; allowed is one"):
        receptive_field(keras.Model([first, second], keras.layers.Add(name="sum")([first, second])), "sum")


def test_the_region_a_place_sees():
    field = receptive_field(CONVNET, "conv3", (28, 28, 1))
    assert field.region(0, 2) == ((0, 17), (8, 25))
    dense = receptive_field(CONVNET, "dense1", (28, 28, 1))
    assert dense.region(0, 0) == ((0, 25), (0, 25))
    with pytest.raises(ValueError, match=r"place is \(1,\); allowed are 2 numbers"):
        field.region(1)


def test_shown():
    field = receptive_field(CONVNET, "conv3", (28, 28, 1))
    assert str(field) == "18×18"
    assert "<strong>18×18</strong> of 28×28, effective stride 4×4" in field._repr_html_()
    table = receptive_field_backwards(CONVNET, "conv3", (28, 28, 1))._repr_html_()
    assert '<th scope="row">pool1</th><td>8×8</td><td>(6 − 1)·1 + 3 = 8</td>' in table
