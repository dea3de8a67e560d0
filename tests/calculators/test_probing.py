"""Layers without a rule are tried out: what they see is found, or it is said why not."""

import keras
import numpy as np
import pytest
from keras import layers as klayers
from keras import ops

from labkit.calculators import gradient_receptive_field, layers, receptive_field, summarize
from labkit.models.pretrained import load
from labkit.training.augment import RandomAffine
from labkit.training.transfer.classifier_head import build_head
from labkit.training.transfer.joining import join


class Scaled(klayers.Layer):
    """Weights of its own, zero at first: nothing would come through."""

    def build(self, shape):
        self.factor = self.add_weight(shape=(shape[-1],), initializer="zeros")

    def call(self, x):
        return x * self.factor


class Block(klayers.Layer):
    """Layers inside a layer."""

    def __init__(self):
        super().__init__()
        self.conv = klayers.Conv2D(4, 3, strides=2, padding="same", activation="relu")
        self.norm = klayers.BatchNormalization()
        self.pool = klayers.MaxPooling2D(2)

    def call(self, x):
        return self.pool(self.norm(self.conv(x)))


class Written(keras.Model):
    """A model written as a class, used as a layer."""

    def __init__(self):
        super().__init__()
        self.conv = klayers.Conv2D(3, 5, padding="same")

    def call(self, x):
        return x + self.conv(x)


SAME = ((1, 1), (1, 1))
OPERATIONS = {
    "x / 255": (lambda x: x / 255, *SAME),
    "1 - x": (lambda x: 1 - x, *SAME),
    "x ** 2": (lambda x: x**2, *SAME),
    "x * x": (lambda x: x * x, *SAME),
    "Identity": (klayers.Identity(), *SAME),
    "RandomAffine": (RandomAffine(rotation=20), *SAME),
    "Lambda": (klayers.Lambda(lambda t: 2 * t), *SAME),
    "own weights": (Scaled(), *SAME),
    "cast": (lambda x: ops.cast(x, "float16"), *SAME),
    "sqrt": (ops.sqrt, *SAME),
    "clip": (lambda x: ops.clip(x, 0, 1), *SAME),
    "where": (lambda x: ops.where(x > 0, x, 0.0), *SAME),
    "channels reversed": (lambda x: ops.flip(x, axis=-1), *SAME),
    "there and back": (lambda x: ops.squeeze(ops.expand_dims(x, 1), 1), *SAME),
    "reshape": (lambda x: ops.reshape(x, (-1, 30, 31, 3)), *SAME),
    "spatial mean taken off": (lambda x: x - ops.mean(x, axis=(1, 2), keepdims=True), (30, 31), (1, 1)),
    "group normalization": (klayers.GroupNormalization(1), (30, 31), (None, None)),
    "rows' softmax": (klayers.Softmax(axis=1), (30, 1), (None, 1)),
    "slice": (lambda x: x[:, ::2, 1:], (1, 1), (2, 1)),
    "pad": (lambda x: ops.pad(x, ((0, 0), (2, 1), (1, 1), (0, 0))), *SAME),
    "pooled by a function": (lambda x: ops.average_pool(x, 3, 2, "same"), (3, 3), (2, 2)),
    "axes exchanged": (klayers.Permute((2, 1, 3)), *SAME),
    "block": (Block(), (5, 5), (4, 4)),
    "written model": (Written(), (5, 5), (1, 1)),
    "transposed, without steps": (klayers.Conv2DTranspose(2, 3), (3, 3), (1, 1)),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_without_a_rule_is_tried_out(name):
    operation, size, stride = OPERATIONS[name]
    x = keras.Input((30, 31, 3))
    y = operation(x)
    model = keras.Model(x, klayers.Conv2D(2, 3, name="after")(y))
    before, after = summarize(model).rows[-2:]
    assert (before.receptive_field.size, before.effective_stride) == (size, stride)
    grown = tuple(a if s is None else min(a + 2 * s, m) for a, s, m in zip(size, stride, (30, 31), strict=True))
    assert after.receptive_field.size == grown


def _seen_by_nan(model, image):
    """Which places of the image reach which places of the output: a number that is none goes everywhere it can."""
    sides = image[:-1]
    x = np.ones((int(np.prod(sides)), *image), "float32")
    for row, place in enumerate(np.ndindex(*sides)):
        x[(row, *place)] = np.nan
    return np.isnan(np.asarray(model(x))).any(axis=-1)


def test_what_is_found_is_what_not_a_number_spreads_to():
    x = keras.Input((12, 11, 2))
    y = ops.average_pool(klayers.Lambda(lambda t: t / 2)(x), 3, 2, "same")
    model = keras.Model(x, klayers.Conv2D(2, 2, name="last")(y))
    reached = _seen_by_nan(model, (12, 11, 2)).reshape(12, 11, *model.output_shape[1:3])
    field = receptive_field(model, "last")
    for place in np.ndindex(*model.output_shape[1:3]):
        rows, columns = np.nonzero(reached[:, :, place[0], place[1]])
        for seen, (first, last), side in zip((rows, columns), field.region(*place), (12, 11), strict=True):
            assert (seen.min(), seen.max()) == (max(first, 0), min(last, side - 1))


@pytest.mark.parametrize(("name", "features"), [("efficientnet-lite0", 1280), ("vgg16", 512)])
def test_the_course_s_joined_models_are_read_to_the_end(name, features):
    backbone = load(name, include_top=False, input_size=64, weights=None)
    model = join(backbone, build_head((features,), classes=2), augment=RandomAffine(rotation=10))
    report = summarize(model)
    assert report.not_counted("receptive_field") == ()
    assert report.parameters == model.count_params()


@pytest.mark.parametrize(
    ("operation", "reason"),
    [
        (lambda x: ops.flip(x, axis=1), "is not of one size, or not evenly spaced"),
        (lambda x: ops.roll(x, 1, axis=1), "is not of one size, or not evenly spaced"),
        (klayers.Resizing(15, 15), "is not of one size, or not evenly spaced"),
        (klayers.Concatenate(axis=1), "is not of one size, or not evenly spaced"),
        (lambda x: x + ops.transpose(x, (0, 2, 1, 3)), "it merges maps that are turned"),
        (klayers.Lambda(lambda t: t + ops.transpose(t, (0, 2, 1, 3))), "mixes the axes"),
        (klayers.Lambda(lambda t: 0 * t), "nothing changes what comes out"),
    ],
)
def test_what_cannot_be_told_is_said_with_the_reason(operation, reason):
    x = keras.Input((20, 20, 3))
    y = operation([x, x]) if isinstance(operation, klayers.Concatenate) else operation(x)
    report = summarize(keras.Model(x, klayers.Conv2D(2, 3, name="after")(y)))
    assert report["after"].receptive_field is None
    assert sum(reason in row.note for row in report) == 1


@pytest.mark.parametrize(
    "operation",
    [
        klayers.UpSampling2D(2),
        klayers.UpSampling2D(2, interpolation="bilinear"),
        klayers.Conv2DTranspose(2, 3, strides=2),
        lambda x: ops.flip(x, axis=2),
        lambda x: ops.roll(x, 1, axis=1),
    ],
)
def test_a_layer_that_sees_all_sees_it_behind_such_a_layer_too(operation):
    x = keras.Input((9, 9, 1))
    y = klayers.Dense(2, name="dense")(klayers.Flatten()(operation(klayers.AveragePooling2D(2)(x))))
    assert receptive_field(keras.Model(x, y), "dense").region(0, 0) == ((0, 7), (0, 7))  # the pool drops the ninth


def test_layers_not_yet_built_are_tried_out_and_stay_as_they_are():
    network = keras.Sequential([klayers.Lambda(lambda t: t / 2), RandomAffine(rotation=9), klayers.Conv2D(2, 3)])
    fields = [row.receptive_field.size for row in summarize(network, (28, 28, 3))]
    assert fields == [(1, 1), (1, 1), (1, 1), (3, 3)]
    assert not network.built
    assert not network.layers[-1].weights


def test_trying_out_changes_no_weight():
    model = keras.Sequential([keras.Input((16, 16, 3)), Scaled(), Block()])
    before = model.get_weights()
    assert summarize(model).rows[-1].receptive_field.size == (5, 5)
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_an_activation_is_what_its_function_is():
    x = keras.Input((6, 6, 2))
    y = klayers.Activation(lambda t: t - ops.mean(t, axis=(1, 2), keepdims=True), name="centred")(x)
    assert str(receptive_field(keras.Model(x, y), "centred")) == "whole image"
    y = klayers.Softmax(name="shares")(klayers.Flatten()(x))
    assert str(receptive_field(keras.Model(x, y), "shares")) == "whole image"


def test_rows_of_numbers_that_are_made_an_image_are_the_image():
    for shape in [(28, 28), (784,)]:
        x = keras.Input(shape)
        y = klayers.Conv2D(3, 3, name="conv")(klayers.Reshape((28, 28, 1))(x / 255))
        assert receptive_field(keras.Model(x, y), "conv").size == (3, 3)


def test_padding_is_cut_off_at_every_map_and_not_only_at_the_image():
    model = keras.Sequential(
        [
            keras.Input((25, 25, 1)),
            klayers.AveragePooling2D(2),
            klayers.Conv2D(1, 3, padding="same"),
            klayers.GlobalAveragePooling2D(name="all"),
        ]
    )
    field = receptive_field(model, "all")
    assert (field.size, field.whole_image, str(field)) == ((24, 24), False, "24×24 (every place)")
    assert gradient_receptive_field(model, "all").extents == field.extents


def test_a_region_from_everywhere_and_a_window_that_sees_more_are_not_of_one_size():
    x = keras.Input((5, 5, 1))
    pooled = klayers.GlobalAveragePooling2D(keepdims=True)(klayers.AveragePooling2D(2)(x))  # rows 0 to 3
    y = klayers.Add(name="both")([x, pooled])  # and the fifth row, in its own places only
    report = summarize(keras.Model(x, klayers.Dense(1, name="dense")(klayers.Flatten()(y))))
    assert report["both"].receptive_field is None
    assert "is not of one size" in report["both"].note
    assert report["dense"].receptive_field.whole_image


def test_gradients_behind_squeeze_and_excitation_and_padding():
    x = keras.Input((16, 16, 4))
    gate = klayers.Conv2D(4, 1, activation="sigmoid")(klayers.GlobalAveragePooling2D(keepdims=True)(x))
    y = klayers.ZeroPadding2D(1, name="padded")(klayers.Multiply()([x, gate]))
    model = keras.Model(x, klayers.Conv2D(4, 3, name="conv")(y))
    for name in ("padded", "conv"):
        assert gradient_receptive_field(model, name).size == receptive_field(model, name).size == (16, 16)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(
    ("stride", "output_padding", "dilation"),  # Keras has no others
    [(1, None, 1), (1, 0, 1), (1, None, 2), (2, None, 1), (2, 0, 1), (2, 1, 1)],
)
def test_transposed_convolutions_in_all_variants(padding, stride, output_padding, dilation):
    x = keras.Input((2, 2, 3))
    how = {"output_padding": output_padding, "dilation_rate": dilation}
    try:
        layer = klayers.Conv2DTranspose(1, 2, stride, padding, **how, name="up")
    except ValueError:
        assert output_padding == 0
        pytest.skip("older Keras has no output padding of 0")
    y = layer(x)
    row = summarize(keras.Model(x, y))["up"]
    assert row.macs == 2 * 2 * 3 * 2 * 2 * 1 == 48
    assert row.output_shape == (1, *y.shape[1:])


def test_descriptions_of_transposed_convolutions_take_these_settings():
    described = layers.Conv2DTranspose(1, 3, 2, output_padding=1, dilation_rate=1)
    assert described.output_shape((4, 4, 2)) == (10, 10, 1)
    with pytest.raises(ValueError, match="output_padding is -1; allowed"):
        layers.Conv2DTranspose(1, 3, 2, output_padding=-1)


SIDES = {"1D": (9,), "2D": (9, 8), "3D": (5, 6, 7)}


@pytest.mark.parametrize(
    "make",
    [
        lambda **how: klayers.Conv1D(4, 3, 2, "same", **how),
        lambda **how: klayers.Conv2D(4, 3, padding="same", dilation_rate=2, **how),
        lambda **how: klayers.Conv3D(4, 2, 2, **how),
        lambda **how: klayers.DepthwiseConv1D(3, 2, depth_multiplier=2, **how),
        lambda **how: klayers.DepthwiseConv2D(3, 2, "same", **how),
        lambda **how: klayers.SeparableConv1D(4, 3, **how),
        lambda **how: klayers.SeparableConv2D(4, 3, 2, depth_multiplier=2, **how),
        lambda **how: klayers.Conv1DTranspose(4, 3, 2, output_padding=1, **how),
        lambda **how: klayers.Conv2DTranspose(4, 3, 2, "same", **how),
        lambda **how: klayers.Conv3DTranspose(4, 2, 2, **how),
    ],
)
def test_channels_first_costs_what_channels_last_costs(make):
    last, first = make(), make(data_format="channels_first")
    sides = {"1D": (9,), "2D": (9, 8), "3D": (5, 6, 7)}[
        next(key for key in ("1D", "2D", "3D") if key in type(last).__name__)
    ]
    x, turned = keras.Input((*sides, 2)), keras.Input((2, *sides))
    there = summarize(keras.Model(x, last(x))).rows[-1]
    here = summarize([first], (2, *sides)).rows[-1]
    assert (here.macs, here.parameters) == (there.macs, there.parameters)
    assert here.output_shape == (1, *first.compute_output_shape(turned.shape)[1:])
    assert here.receptive_field is None
    assert there.macs > 0


@pytest.mark.parametrize("operation", [klayers.Conv2DTranspose(2, 3), lambda x: x / 2, klayers.Lambda(lambda t: t + 1)])
def test_gradients_pass_layers_that_were_tried_out(operation):
    x = keras.Input((20, 20, 2))
    model = keras.Model(x, klayers.Conv2D(2, 3, strides=2, name="after")(operation(x)))
    assert gradient_receptive_field(model, "after").extents == receptive_field(model, "after").extents
