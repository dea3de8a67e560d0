"""The networks of ImageNet against keras.applications, weight for weight; trained one step; saved; in float16."""

import re

import keras
import numpy as np
import pytest
import tensorflow as tf

from labkit import models
from labkit.calculators import summarize


def with_random_weights(network):
    """Give every weight a value of its own: zeros and ones as batch normalization starts would hide a mix-up."""
    random = np.random.default_rng(1)
    for weights in network.weights:
        if "variance" in weights.path:
            weights.assign(random.uniform(0.5, 1.5, weights.shape))
        elif len(weights.shape) > 1:
            weights.assign(random.normal(0, np.sqrt(2 / np.prod(weights.shape[:-1])), weights.shape))
        else:
            weights.assign(random.normal(1 if "gamma" in weights.path else 0, 0.1, weights.shape))
    return network


def copy_weights(theirs, ours, their_name):
    """Give our layers the weights of theirs; biases that ours have not must be zero there."""
    used = set()
    for layer in ours.layers:
        if not layer.weights:
            continue
        source = theirs.get_layer(their_name(layer.name))
        used.add(source.name)
        given = source.get_weights()
        if len(given) == len(layer.weights) + 1:
            source.set_weights([*given[:-1], 0 * given[-1]])
            given = given[:-1]
        layer.set_weights([value.reshape(own.shape) for value, own in zip(given, layer.weights, strict=True)])
    assert used == {layer.name for layer in theirs.layers if layer.weights}


def same_name(name):
    return {"logits": "predictions"}.get(name, name)


def densenet_name(name):
    name = {"logits": "predictions", "conv1_bn": "conv1_bn", "block4_end_bn": "bn"}.get(name, name)
    if match := re.fullmatch(r"block(\d)_end_bn", name):
        return f"pool{int(match[1]) + 1}_bn"
    if match := re.fullmatch(r"transition(\d)_conv", name):
        return f"pool{int(match[1]) + 1}_conv"
    if match := re.fullmatch(r"block(\d)_(\d+_\d_(bn|conv))", name):
        return f"conv{int(match[1]) + 1}_block{match[2]}"
    return {"conv1_conv": "conv1_conv"}.get(name, name)


def mobilenet_name(name):
    if match := re.fullmatch(r"block(\d+)_(depthwise|pointwise)_(conv|bn)", name):
        number, kind, part = match.groups()
        short = {"depthwise": "dw", "pointwise": "pw"}[kind]
        return f"conv_{short}_{number}" + ("_bn" if part == "bn" else "")
    return {"conv1_conv": "conv1", "logits": "conv_preds"}.get(name, name)


def mobilenet_v2_name(name):
    if match := re.fullmatch(r"block(\d+)_(expand|depthwise|project)_(conv|bn)", name):
        number, kind, part = match.groups()
        block = "expanded_conv" if number == "0" else f"block_{number}"
        return f"{block}_{kind}" + ("_BN" if part == "bn" else "")
    return {
        "conv1_conv": "Conv1",
        "conv1_bn": "bn_Conv1",
        "last_conv": "Conv_1",
        "last_bn": "Conv_1_bn",
        "logits": "predictions",
    }.get(name, name)


def xception_name(name):
    if match := re.fullmatch(r"block(\d+)_conv(\d)_separable", name):
        return f"block{match[1]}_sepconv{match[2]}"
    if match := re.fullmatch(r"block(\d+)_conv(\d)_bn", name):
        return name if match[1] == "1" else f"block{match[1]}_sepconv{match[2]}_bn"
    if match := re.fullmatch(r"block1_conv(\d)_conv", name):
        return f"block1_conv{match[1]}"
    return {"logits": "predictions"}.get(name, name)


APPLICATIONS = keras.applications
NIGHTLY = pytest.mark.nightly  # every depth but one a family, and families whose blocks another shares

TWINS = [
    ("vgg", {"configuration": "D"}, "VGG16", same_name, 64),
    pytest.param("vgg", {"configuration": "E"}, "VGG19", same_name, 64, marks=NIGHTLY),
    ("resnet", {"depth": 50}, "ResNet50", same_name, 64),
    pytest.param("densenet", {"depth": 121}, "DenseNet121", densenet_name, 64, marks=NIGHTLY),
    pytest.param("mobilenet", {}, "MobileNet", mobilenet_name, 64, marks=NIGHTLY),
    ("mobilenet_v2", {}, "MobileNetV2", mobilenet_v2_name, 64),
    ("xception", {}, "Xception", xception_name, 71),
]


@pytest.mark.parametrize(("builder", "arguments", "name", "their_name", "size"), TWINS)
def test_same_weights_same_output_as_keras(builder, arguments, name, their_name, size):
    theirs = getattr(APPLICATIONS, name)(weights=None, input_shape=(size, size, 3), classes=7)
    with_random_weights(theirs)
    ours = getattr(models, builder)(input_shape=(size, size, 3), num_classes=7, **arguments)
    if builder == "xception":  # Keras numbers the shortcuts by how many layers were made before
        shortcuts = iter(sorted((layer.name for layer in theirs.layers if re.match("conv2d", layer.name)), key=_number))
        norms = iter(sorted((layer.name for layer in theirs.layers if re.match("batch_norm", layer.name)), key=_number))
        names = {}
        for layer in ours.layers:
            if layer.name.endswith("_shortcut_conv"):
                names[layer.name] = next(shortcuts)
            elif layer.name.endswith("_shortcut_bn"):
                names[layer.name] = next(norms)
        copy_weights(theirs, ours, lambda each: names.get(each, xception_name(each)))
    else:
        copy_weights(theirs, ours, their_name)
    images = np.random.default_rng(0).random((2, size, size, 3), "float32")
    expected = np.asarray(theirs(images))
    assert expected.std() > 1e-3
    np.testing.assert_allclose(ours(images), expected, rtol=2e-3, atol=1e-5)
    # Parameters: the same, but for the biases that Keras's ResNet has before batch normalization.
    extra = sum(layer.filters for layer in theirs.layers if isinstance(layer, keras.layers.Conv2D) and layer.use_bias)
    differ = extra if builder == "resnet" else 0
    assert ours.count_params() + differ == theirs.count_params()


def _number(name):
    return int(re.search(r"(\d+)?$", name)[0] or 0)


@pytest.mark.parametrize("width", [0.35, 0.5, 0.75, 1.3, 1.4])
def test_mobilenet_v2_of_other_widths_has_keras_s_counts(width):
    theirs = APPLICATIONS.MobileNetV2(weights=None, input_shape=(32, 32, 3), classes=3, alpha=width)
    assert models.mobilenet_v2((32, 32, 3), 3, width).count_params() == theirs.count_params()


@pytest.mark.parametrize("width", [0.25, 0.5, 0.75])
def test_mobilenet_of_other_widths_has_keras_s_counts(width):
    theirs = APPLICATIONS.MobileNet(weights=None, input_shape=(32, 32, 3), classes=3, alpha=width)
    assert models.mobilenet((32, 32, 3), 3, width).count_params() == theirs.count_params()


# ---------------------------------------------------------------------------------- local response normalization


def test_local_response_normalization_across_channels_is_tensorflow_s():
    maps = np.random.default_rng(2).normal(0, 30, (2, 3, 4, 9)).astype("float32")
    layer = models.LocalResponseNormalization(size=5, alpha=1e-2, beta=0.6, k=1.5)
    expected = tf.nn.local_response_normalization(maps, depth_radius=2, bias=1.5, alpha=1e-2, beta=0.6)
    np.testing.assert_allclose(layer(maps), expected, rtol=1e-5)


def test_local_response_normalization_within_a_channel_sums_over_places():
    maps = np.random.default_rng(3).normal(0, 30, (2, 6, 5, 3)).astype("float32")
    layer = models.LocalResponseNormalization(size=3, alpha=1e-2, region="within")
    # The mean over a window, zeros beyond the edge counted, is a pooling of padded maps.
    padded = np.pad(maps**2, ((0, 0), (1, 1), (1, 1), (0, 0)))
    sums = 9 * tf.nn.avg_pool2d(padded, 3, 1, "VALID").numpy()
    np.testing.assert_allclose(layer(maps), maps / (2 + 1e-2 * sums) ** 0.75, rtol=1e-4)


def test_what_local_response_normalization_looks_at():
    fields = [
        summarize([models.LocalResponseNormalization(size=3, region=region)], (9, 9, 2)).rows[-1].receptive_field
        for region in ("across", "within")
    ]
    assert [field.size for field in fields] == [(1, 1), (3, 3)]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [({"size": 4}, "size is 4; allowed is an odd"), ({"region": "beside"}, "region is 'beside'; allowed are 'across'")],
)
def test_local_response_normalization_says_what_it_takes(arguments, words):
    with pytest.raises(ValueError, match=words):
        models.LocalResponseNormalization(**arguments)


# ------------------------------------------------------------------------------------- trained, saved, in float16

SMALL = [
    ("alexnet", {"first_stride": 1, "width": 1 / 16, "input_shape": (28, 28, 1)}),
    pytest.param(
        "alexnet", {"first_stride": 1, "width": 1 / 16, "input_shape": (28, 28, 1), "groups": 1}, marks=NIGHTLY
    ),
    ("vgg", {"configuration": "A-LRN", "width": 1 / 8}),
    pytest.param("vgg", {"configuration": "C", "width": 1 / 8}, marks=NIGHTLY),
    ("googlenet", {"width": 1 / 8, "input_shape": (28, 28, 1)}),
    pytest.param("resnet", {"depth": 18, "width": 1 / 8, "input_shape": (28, 28, 1)}, marks=NIGHTLY),
    ("resnet", {"depth": 50, "width": 1 / 16, "squeeze_ratio": 4}),
    pytest.param("resnet", {"depth": 34, "width": 1 / 16, "shortcuts": False}, marks=NIGHTLY),
    pytest.param("densenet", {"width": 1 / 8}, marks=NIGHTLY),
    ("xception", {"width": 1 / 16, "input_shape": (28, 28, 1)}),
    pytest.param("mobilenet", {"width": 1 / 8, "input_shape": (28, 28, 1)}, marks=NIGHTLY),
    ("mobilenet_v2", {"width": 1 / 8, "input_shape": (28, 28, 1)}),
]


def small(builder, arguments):
    return getattr(models, builder)(**({"input_shape": (32, 32, 3), "num_classes": 4} | arguments))


@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")  # TensorFlow's variables and NumPy 2
@pytest.mark.parametrize(("builder", "arguments"), SMALL)
def test_one_training_step_moves_every_weight_and_the_file_gives_it_back(builder, arguments, tmp_path):
    keras.utils.set_random_seed(0)
    network = small(builder, arguments)
    images = np.random.default_rng(0).random((8, *network.input_shape[1:]), "float32")
    labels = np.arange(8) % 4
    before = [weights.numpy().copy() for weights in network.trainable_weights]
    with tf.GradientTape() as tape:
        loss = keras.losses.SparseCategoricalCrossentropy()(labels, network(images, training=True))
    gradients = tape.gradient(loss, network.trainable_weights)
    assert all(np.isfinite(gradient).all() for gradient in gradients)
    assert all(weights.shape == gradient.shape for weights, gradient in zip(before, gradients, strict=True))
    keras.optimizers.SGD(0.05).apply(gradients, network.trainable_weights)
    moved = [not np.array_equal(old, new) for old, new in zip(before, network.trainable_weights, strict=True)]
    # A kernel before batch normalization of maps of one pixel, or behind a dead ReLU, may stand still; few may.
    assert np.mean(moved) > 0.8
    network.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras")
    np.testing.assert_array_equal(again(images), network(images))


@pytest.mark.nightly
@pytest.mark.parametrize(("builder", "arguments"), SMALL)
def test_mixed_precision_gives_probabilities_in_float32(builder, arguments):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        network = small(builder, arguments)
    finally:
        keras.config.set_dtype_policy("float32")
    assert network.get_layer("logits").compute_dtype == "float16"
    images = np.random.default_rng(0).random((2, *network.input_shape[1:]), "float32")
    probabilities = np.asarray(network(images))
    assert probabilities.dtype == "float32"
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)


def test_side_classifiers_send_gradients_into_the_middle():
    network = models.googlenet((65, 65, 1), 4, 1 / 16, auxiliary=True)
    images = np.random.default_rng(0).random((4, 65, 65, 1), "float32")
    weights = [network.get_layer(f"inception_{name}_3x3").kernel.value for name in ("4a", "4d", "5b")]
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(weights)
        scores = [output[:, 0] for output in network(images)]
    reached = [[gradient is not None for gradient in tape.gradient(score, weights)] for score in scores]
    assert reached == [[True, True, True], [True, False, False], [True, True, False]]


def test_a_plain_network_is_the_residual_one_without_its_shortcuts():
    plain, residual = (small("resnet", {"depth": 18, "width": 0.125, "shortcuts": each}) for each in (False, True))
    names = {layer.name for layer in residual.layers} - {layer.name for layer in plain.layers}
    assert {name.split("_", 2)[2] for name in names if name != "images"} == {"add", "0_conv", "0_bn"}


def test_squeeze_and_excitation_weighs_each_map():
    maps = keras.Input((5, 6, 8))
    network = with_random_weights(keras.Model(maps, models.squeeze_and_excitation(maps, 4, "block")))
    images = np.random.default_rng(4).normal(0, 2, (3, 5, 6, 8)).astype("float32")
    reduce, excite = (weights.numpy() for weights in network.weights)
    assert reduce.shape == (8, 2)
    weights = 1 / (1 + np.exp(-np.maximum(images.mean(axis=(1, 2)) @ reduce, 0) @ excite))
    np.testing.assert_allclose(network(images), images * weights[:, None, None], rtol=1e-4)


def test_squeeze_and_excitation_stands_before_the_addition():
    network = small("resnet", {"depth": 50, "width": 1 / 16, "squeeze_ratio": 4})
    names = [layer.name.removeprefix("conv2_block2_") for layer in network.layers if "conv2_block2_" in layer.name]
    assert names[-6:] == ["squeeze", "reduce", "excite", "scale", "add", "out"]


def test_alexnet_normalizes_before_it_pools():
    """Section 3.5 of the paper: normalization follows the first and the second convolution, and pooling follows it."""
    names = [layer.name for layer in small("alexnet", {"first_stride": 1, "width": 1 / 16}).layers][1:-2]
    assert names[:6] == ["conv1", "lrn1", "pool1", "conv2", "lrn2", "pool2"]
    assert names[6:] == ["conv3", "conv4", "conv5", "pool5", "flatten", "fc6", "dropout6", "fc7", "dropout7"]


def test_dropout_as_published():
    networks = {
        "alexnet": small("alexnet", {"first_stride": 1, "width": 1 / 16}),  # section 4.2
        "vgg": small("vgg", {"width": 1 / 16}),  # section 3.1
        "googlenet": small("googlenet", {"width": 1 / 16, "auxiliary": True, "input_shape": (65, 65, 3)}),  # section 5
    }
    rates = {
        name: [layer.rate for layer in network.layers if isinstance(layer, keras.layers.Dropout)]
        for name, network in networks.items()
    }
    assert rates["alexnet"] == rates["vgg"] == [0.5, 0.5]
    assert sorted(rates["googlenet"]) == [0.4, 0.7, 0.7]
