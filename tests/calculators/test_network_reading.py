"""summarize on Keras models: Keras's own counts, for all of keras.applications and for every way to build a model."""

import inspect
from math import prod

import keras
import pytest

from labkit.calculators import layers, register_layer, summarize
from labkit.calculators.layers.base import Reach
from labkit.calculators.network.descriptions import describe
from labkit.calculators.network.trials import trial
from labkit.models import mnist_convnet

APPLICATIONS = sorted(name for name, item in vars(keras.applications).items() if inspect.isfunction(item))
EIGHT_FAMILIES = [
    "VGG16",
    "ResNet50",
    "ResNet50V2",
    "InceptionV3",
    "Xception",
    "DenseNet121",
    "MobileNetV3Small",
    "EfficientNetB0",
]


def _size(weights):
    return sum(prod(weight.shape) for weight in weights)


def _agrees_with_keras(name, without_weights):
    side = 331 if name == "NASNetLarge" else 224
    with without_weights():
        model = getattr(keras.applications, name)(weights=None, input_shape=(side, side, 3))
    report = summarize(model)
    by_layer = report.collapsed()  # Keras counts a model within a model as one layer
    for layer in model.layers:
        row = by_layer[layer.name]
        output = layer.output[0] if isinstance(layer.output, list) else layer.output
        assert row.output_shape == (1, *output.shape[1:]), layer.name
        assert row.parameters == layer.count_params(), layer.name
        assert row.trainable_parameters == _size(layer.trainable_weights), layer.name
    assert report.parameters == sum(row.parameters for row in report) == model.count_params()
    assert report.trainable_parameters == _size(model.trainable_weights)
    return report


@pytest.mark.parametrize("name", EIGHT_FAMILIES)
def test_eight_families_are_counted_as_keras_counts_them(name, without_weights):
    report = _agrees_with_keras(name, without_weights)
    assert report.not_counted("macs") == ()
    assert report.not_counted("receptive_field") == ()


def test_there_are_forty():
    assert len(APPLICATIONS) >= 38  # Keras 3.0 has 38, later ones 40
    assert set(EIGHT_FAMILIES) <= set(APPLICATIONS)


@pytest.mark.slow
@pytest.mark.parametrize("name", APPLICATIONS)
def test_every_application_is_counted_as_keras_counts_it(name, without_weights):
    report = _agrees_with_keras(name, without_weights)
    assert report.not_counted("macs") == ()


@pytest.mark.parametrize(
    ("family", "name", "settings", "inputs"),
    [("InceptionResNetV2", "CustomScaleLayer", (0.5,), 2), ("ConvNeXtTiny", "LayerScale", (1.0, 8), 1)],
)
def test_what_two_families_have_for_themselves_has_the_rule_that_trying_out_finds(family, name, settings, inputs):
    layer = getattr(keras.applications, family).__globals__[name](*settings)
    given = [keras.Input((6, 5, 8)) for _ in range(inputs)]
    result = layer(given if inputs > 1 else given[0])
    rule, tried = describe(layer), trial(layer, result)([(6, 5, 8)] * inputs)
    assert rule.output_shape(*[(6, 5, 8)] * inputs) == (6, 5, 8)
    assert tried == [rule.reach((6, 5, 8))] * inputs == [Reach.SAME_PLACE] * inputs


@pytest.fixture(scope="module")
def metrics_table(without_weights):
    """FACTS G9 (Sze et al. 2017): VGG-16, and ResNet-50 as first published, as Keras has it.

    Its stride lies in the first 1×1 of a block; the later variant, with the stride in the 3×3, takes 4.1 G.
    """
    with without_weights():
        return {
            "VGG-16": summarize(keras.applications.VGG16(weights=None)),
            "ResNet-50": summarize(keras.applications.ResNet50(weights=None)),
        }


@pytest.mark.parametrize(("name", "convolutions", "total"), [("VGG-16", 15.3e9, 15.5e9), ("ResNet-50", 3.86e9, 3.9e9)])
def test_multiply_adds_of_the_metrics_table(metrics_table, name, convolutions, total):
    report = metrics_table[name]
    counted = sum(row.macs for row in report if row.type == "Conv2D")
    assert counted == pytest.approx(convolutions, rel=0.01)
    # The table rounds its totals to two or three digits: 3.86 G of convolutions and 2 M are given as 3.9 G.
    assert report.macs == pytest.approx(total, rel=0.0125 if name == "ResNet-50" else 0.01)


# ----------------------------------------------------------------------------------------------- the course's networks


def test_the_mnist_convnet():  # C7
    report = summarize(mnist_convnet())
    assert [row.parameters for row in report if row.parameters] == [320, 18_496, 36_928, 36_928, 650]
    assert report.parameters == report.trainable_parameters == 93_322
    assert [row.output_shape[1] for row in report][1:6] == [26, 13, 11, 5, 3]
    assert report["flatten"].output_shape == (1, 576)
    assert report.parameters.working == "320 + 18,496 + 36,928 + 36,928 + 650 = 93,322"


def cats_and_dogs():
    net = [keras.Input((150, 150, 3))]
    for filters in (32, 64, 128, 128):
        net += [keras.layers.Conv2D(filters, 3, activation="relu"), keras.layers.MaxPooling2D(2)]
    return [*net, keras.layers.Flatten(), keras.layers.Dense(512, "relu"), keras.layers.Dense(1, "sigmoid")]


def test_the_cats_and_dogs_convnet():  # C8
    report = summarize(keras.Sequential(cats_and_dogs()))
    assert report.parameters == 3_453_121
    assert [row.parameters for row in report if row.type == "Conv2D"] == [896, 18_496, 73_856, 147_584]
    assert report.rows[9].output_shape == (1, 6_272)


def test_vgg16_as_a_base(without_weights):  # C9
    with without_weights():
        base = keras.applications.VGG16(weights=None, include_top=False, input_shape=(150, 150, 3))
        model = keras.Sequential(
            [base, keras.layers.Flatten(), keras.layers.Dense(256, "relu"), keras.layers.Dense(1, "sigmoid")]
        )
        model.build((None, 150, 150, 3))
    report = summarize(model)
    assert report.parameters == 16_812_353
    assert report["vgg16/block5_pool"].output_shape == (1, 4, 4, 512)
    rows = report.collapsed().rows
    assert [row.parameters for row in rows if row.parameters] == [14_714_688, 2_097_408, 257]
    base.trainable = False
    frozen = summarize(model)
    assert (frozen.parameters, frozen.trainable_parameters) == (16_812_353, 2_097_408 + 257)


# --------------------------------------------------------------------------------------- every way to build a model


def _rows(report):
    return [
        (row.output_shape, row.parameters, row.macs, row.activation_bytes, str(row.receptive_field)) for row in report
    ]


def test_every_way_in_gives_the_same_report():
    def fresh():
        return [
            keras.layers.Conv2D(32, 3, activation="relu", name="conv1"),
            keras.layers.MaxPooling2D(2, name="pool1"),
            keras.layers.Flatten(name="flatten"),
            keras.layers.Dense(10, name="dense"),
        ]

    described = [layers.Conv2D(32, 3), layers.MaxPooling2D(2), layers.Flatten(), layers.Dense(10)]
    shape = (28, 28, 1)
    expected = _rows(summarize(described, shape))
    unbuilt = keras.Sequential(fresh())
    assert _rows(summarize(unbuilt, shape)) == expected
    assert not unbuilt.built  # counting has not built it
    assert _rows(summarize(fresh(), shape)) == expected
    assert _rows(summarize(keras.Sequential([keras.Input(shape), *fresh()]))) == expected
    x = keras.Input(shape)
    y = x
    for layer in fresh():
        y = layer(y)
    functional = keras.Model(x, y)
    assert _rows(summarize(functional)) == expected
    assert _rows(summarize(keras.Sequential([functional]))) == expected
    assert _rows(summarize(keras.Sequential([keras.Sequential(fresh())]), shape)) == expected
    assert _rows(summarize([layers.Input(shape), *described])) == expected


def test_a_single_layer():
    assert summarize(keras.layers.Dense(10), (784,)).parameters == 7_850


def test_shared_layers_are_counted_once_and_computed_twice():
    tower = keras.Sequential(
        [keras.layers.Conv2D(4, 3, name="conv"), keras.layers.GlobalAveragePooling2D()], name="tower"
    )
    first, second = keras.Input((12, 12, 1)), keras.Input((12, 12, 1))
    model = keras.Model([first, second], keras.layers.Concatenate()([tower(first), tower(second)]))
    report = summarize(model)
    assert report.parameters == model.count_params() == 40
    assert report["tower/conv"].macs == report["tower/conv_1"].macs
    assert "counted at the first call" in report["tower/conv_1"].note
    assert report.collapsed().parameters == 40


def test_frozen_layers_are_not_trainable():
    model = mnist_convnet()
    model.get_layer("conv1").trainable = False
    report = summarize(model)
    assert report["conv1"].trainable_parameters == 0
    assert report.trainable_parameters == _size(model.trainable_weights)


class Extra(keras.layers.Conv2D):
    """A convolution with a weight more than a convolution has."""

    def build(self, shape):
        super().build(shape)
        self.extra = self.add_weight(shape=(8,), name="extra")


def _nested():
    inner = keras.Sequential([keras.Input((8,)), keras.layers.Dense(6), keras.layers.BatchNormalization()], name="in")
    middle = keras.Sequential([keras.Input((8,)), inner, keras.layers.Dense(5, name="middle")], name="between")
    return keras.Sequential([keras.Input((8,)), middle, keras.layers.Dense(4, name="last")])


@pytest.mark.parametrize("frozen", [(), ("",), ("between",), ("between/in",), ("between", "last")])
@pytest.mark.parametrize("thawed", ["", "last", "between/middle", "between/in/dense"])
def test_a_frozen_model_trains_nothing_whatever_its_layers_say(frozen, thawed):
    model = _nested()

    def at(path):
        layer = model
        for name in filter(None, path.split("/")):
            layer = layer.layers[0] if name == "dense" else layer.get_layer(name)
        return layer

    for path in frozen:
        at(path).trainable = False
    at(thawed).trainable = True
    assert summarize(model).trainable_parameters == _size(model.trainable_weights)


def test_an_unbuilt_frozen_model_trains_nothing():
    model = keras.Sequential([keras.layers.Dense(4), keras.layers.Dense(2)])
    model.trainable = False
    model.layers[-1].trainable = True
    assert summarize(model, (3,)).trainable_parameters == 0
    assert summarize(model, (3,)).parameters == 3 * 4 + 4 + 4 * 2 + 2


@pytest.mark.parametrize("frozen", [(), (0,), (1,), (0, 1), ("shared",)])
@pytest.mark.parametrize("built", [False, True])
def test_a_shared_layer_is_trained_where_one_of_its_models_trains_it(frozen, built):
    shared = keras.layers.Dense(4, name="shared")

    def model():
        halves = [keras.Sequential([shared, keras.layers.Dense(4)], name=f"half{i}") for i in range(2)]
        whole = keras.Sequential(halves)
        for which in frozen:
            if which == "shared":
                shared.trainable = False
            else:
                halves[which].trainable = False
                shared.trainable = True  # a frozen model trains nothing, whatever its layers say
        return whole

    network = model()
    before = summarize(network, (4,)).trainable_parameters if not built else None
    network.build((None, 4))
    expected = _size(network.trainable_weights)
    assert (summarize(network).trainable_parameters if built else before) == expected


def test_weights_that_a_model_adds_to_itself_are_counted():
    class Scaling(keras.Model):
        def __init__(self):
            image = keras.Input((6,))
            super().__init__(image, keras.layers.Dense(3)(image), name="scaling")
            self.scale = self.add_weight(shape=(5,), name="scale")
            self.fixed = self.add_weight(shape=(2,), name="fixed", trainable=False)

    model = Scaling()
    x = keras.Input((6,))
    nested = keras.Model(x, keras.layers.Dense(2)(model(x)))
    for each in (model, nested):
        report = summarize(each)
        assert report.parameters == each.count_params()
        assert report.trainable_parameters == _size(each.trainable_weights)
        assert report.rows[-1].receptive_field is not None
    assert summarize(model)["scaling (its own)"].parameters == 7


def test_a_layer_s_own_weights_outweigh_its_description():
    model = keras.Sequential([keras.Input((8, 8, 3)), Extra(8, 3, name="extra")])
    report = summarize(model)
    assert report.parameters == report.trainable_parameters == model.count_params() == 3 * 3 * 3 * 8 + 8 + 8
    assert report["extra"].parameters.working == "as Keras counts them"
    assert report["extra"].macs == 6 * 6 * 3 * 3 * 3 * 8
    assert summarize([Extra(8, 3, name="extra")], (8, 8, 3))["extra"].parameters is None  # not made yet: not known


@pytest.mark.filterwarnings("ignore")  # Keras warns of its own ways with NumPy
def test_quantized_and_adapted_layers_are_counted_as_they_are():
    def dense():
        return keras.Sequential([keras.Input((784,)), keras.layers.Dense(10), keras.layers.Dense(12)])

    quantized, adapted = dense(), dense()
    quantized.quantize("int8")
    adapted.layers[0].enable_lora(2)
    for model in (quantized, adapted):
        report = summarize(model)
        assert report.parameters == _size(model.weights)
        assert report.trainable_parameters == _size(model.trainable_weights)
        assert report.macs == 784 * 10 + 10 * 12


class Tied(keras.layers.Layer):
    """Uses the kernel of another layer."""

    def __init__(self, other):
        super().__init__(name="tied")
        self.kernel = other.kernel

    def call(self, x):
        return keras.ops.matmul(x, keras.ops.transpose(self.kernel))


def test_a_weight_of_two_layers_is_counted_once():
    x = keras.Input((4,))
    dense = keras.layers.Dense(3)
    y = dense(x)
    model = keras.Model(x, Tied(dense)(y))
    assert summarize(model).parameters == model.count_params() == 4 * 3 + 3


def test_an_open_input_shape_must_be_given():
    x = keras.Input((None, None, 3))
    model = keras.Model(x, keras.layers.Conv2D(8, 3)(x))
    assert summarize(model, (32, 40, 3)).rows[-1].output_shape == (1, 30, 38, 8)
    with pytest.raises(ValueError, match=r"input_shape is None; allowed is a shape like \(None, None, 3\)"):
        summarize(model)
    with pytest.raises(ValueError, match=r"input_shape is \(32, 40, 1\); allowed is the model's own"):
        summarize(model, (32, 40, 1))


def test_half_precision_halves_the_activations():  # C15
    def count(dtype):
        net = [keras.Input((28, 28, 1)), keras.layers.Conv2D(8, 3, dtype=dtype)]
        return summarize(keras.Sequential(net)).rows[-1].activation_bytes

    assert count("mixed_float16") * 2 == count("float32")


# ------------------------------------------------------------------------------------------------ layers not known


class Scaled(keras.layers.Layer):
    """A layer nobody has told the calculators about."""

    def build(self, shape):
        self.factor = self.add_weight(shape=(shape[-1],))

    def call(self, x):
        return x * self.factor


class Strange(keras.layers.Conv2D):
    """Derived from a known layer, but computes something else."""

    def call(self, x):
        return keras.ops.repeat(super().call(x), 2, axis=1)

    def compute_output_shape(self, shape):
        batch, height, width, channels = super().compute_output_shape(shape)
        return batch, 2 * height, width, channels


class Renamed(keras.layers.Conv2D):
    """Derived from a known layer, and computes the same."""


def test_a_layer_not_known_says_so_and_marks_the_total():
    model = keras.Sequential([keras.Input((8, 8, 3)), Scaled(name="scaled"), keras.layers.Conv2D(4, 3, name="conv")])
    report = summarize(model)
    row = report["scaled"]
    assert (row.output_shape, row.parameters) == ((1, 8, 8, 3), 3)  # Keras knows these
    assert row.macs is None
    assert report["conv"].macs == 6 * 6 * 3 * 3 * 3 * 4  # counted as ever
    assert report.not_counted() == ("scaled",)
    assert report.parameters == model.count_params()
    for shown in (str(report), report.to_markdown(), report.to_html()):
        assert "≥ 3,888" in shown
        assert "Scaled is not known" in shown
    assert report.macs.working == "3,888 = 3,888, not counting scaled"


def test_an_unbuilt_stranger_hides_what_comes_after_it():
    report = summarize(
        [keras.layers.Conv2D(4, 3), Scaled(name="scaled"), keras.layers.Conv2D(4, 3, name="last")], (8, 8, 1)
    )
    assert report["scaled"].parameters is None
    assert report["last"].parameters is None
    assert report["last"].output_shape is None
    assert "≥ 40" in str(report.select("name", "parameters"))
    assert "the shape of its input is not known" in report["last"].note


def test_a_stranger_s_own_shape_rule_is_asked_in_plain_numbers():
    class Particular(keras.layers.Layer):
        def compute_output_spec(self, x):
            assert {type(size) for size in x.shape} == {int}
            return keras.KerasTensor((1, *reversed(x.shape[1:])))

        def call(self, x):
            return keras.ops.transpose(x)

    report = summarize([keras.layers.Conv2D(4, 3), Particular(name="particular")], (8, 9, 1))
    assert report["particular"].output_shape == (1, 4, 7, 6)


def test_what_ends_the_receptive_fields_is_said_once():
    net = [layers.UpSampling2D(2, name="up"), layers.Conv2D(3, 3, name="conv"), layers.ReLU(name="relu")]
    report = summarize(net, (8, 8, 1))
    assert report.not_counted("receptive_field") == ("up", "conv", "relu")
    assert [row.name for row in report if row.note] == ["up"]
    assert report["up"].note.startswith(
        "no receptive field from here on: the receptive field of UpSampling2D is not of one"
    )


def test_a_derived_layer_is_known_as_long_as_it_computes_the_same():
    x = keras.Input((8, 8, 3))
    report = summarize(keras.Model(x, Renamed(4, 3, name="same")(Strange(4, 3, name="other")(x))))
    assert report["other"].macs is None
    assert report["other"].output_shape == (1, 12, 6, 4)
    assert report["same"].macs == 10 * 4 * 3 * 3 * 4 * 4


def test_a_layer_can_be_taught():
    class Taught(Scaled):
        pass

    @register_layer(Taught)
    def _(layer):
        return layers.LayerNormalization(center=False)  # the same costs: one factor a channel

    report = summarize(keras.Sequential([keras.Input((8, 8, 3)), Taught(name="taught")]))
    assert report["taught"].macs == 0
    assert report["taught"].parameters == 3


def test_channels_first_is_not_mistaken_for_channels_last():
    net = [keras.layers.MaxPooling2D(2, data_format="channels_first", name="pool")]
    assert summarize(net, (3, 8, 8))["pool"].macs is None


def test_functions_in_the_graph_are_read_too():
    x = keras.Input((8, 8, 3))
    y = keras.layers.Conv2D(3, 3, padding="same")(x) * 0.5 + x
    report = summarize(keras.Model(x, keras.ops.relu(y)))
    assert report.not_counted() == ()
    assert str(report.rows[-1].receptive_field) == "3×3"
    sorted_too = summarize(keras.Model(x, keras.ops.sort(y)))
    assert len(sorted_too.not_counted()) == 1


# -------------------------------------------------------------------------------------------------------- bad input


class Subclassed(keras.Model):
    def call(self, x):
        return x


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: summarize(Subclassed(), (8, 8, 1)), TypeError, "model is a Subclassed, whose layers are called by"),
        (lambda: summarize(keras.Sequential([keras.layers.Dense(3)])), ValueError, "input_shape is None; allowed"),
        (lambda: summarize(mnist_convnet(), batch_size=0), ValueError, "batch_size is 0; allowed"),
        (lambda: summarize(mnist_convnet(), 28), TypeError, "input_shape is 28; allowed is a tuple"),
        (lambda: summarize(keras.layers.Dense(3), 28), TypeError, "input_shape is 28; allowed is a tuple"),
        (lambda: summarize(mnist_convnet(), (32, 32, 1)), ValueError, "input_shape is .32, 32, 1.; allowed"),
        (lambda: summarize(mnist_convnet(), (None, 28, 28, 1)), ValueError, "28, 28, 1., without the batch"),
        (lambda: summarize(keras.layers.Dense(3), (None, 28)), ValueError, "without the batch: .28,."),
        (lambda: summarize(mnist_convnet(), (32, 28, 28, 1)), ValueError, "28, 28, 1., without the batch"),
        (lambda: summarize([keras.layers.Conv2D(3, 9)], (8, 8, 1)), ValueError, "layer 'conv2d.*kernel is 9; allowed"),
        (lambda: summarize([keras.layers.Dense(3), "dense"], (8,)), TypeError, "a layer is 'dense'; allowed"),
        (lambda: summarize(42), TypeError, "model is a int; allowed is a Keras model or a list"),
    ],
)
def test_bad_input(call, error, words):
    with pytest.raises(error, match=words):
        call()
