"""The families have the same size and frame, and each block computes what its name says."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from labkit.calculators import summarize
from labkit.models import FAMILIES, family_network


@pytest.fixture(scope="module")
def networks():
    return {family: family_network(family) for family in FAMILIES}


def conv(channels_in, channels_out, kernel):
    """Weights of a convolution without bias, and four numbers a map for its normalization."""
    return kernel**2 * channels_in * channels_out + 4 * channels_out


def test_all_have_the_same_size_and_cost(networks):
    sizes = [network.count_params() for network in networks.values()]
    assert all(abs(size / 60_000 - 1) <= 0.03 for size in sizes)
    costs = [int(summarize(network).macs) for network in networks.values()]
    assert max(costs) / min(costs) < 1.1


@pytest.mark.parametrize(("family", "parameters"), [("plain", 40_000), ("residual", 300_000), ("dense", 90_000)])
def test_other_sizes_are_met_too(family, parameters):
    network = family_network(family, (32, 32, 3), 7, parameters=parameters)
    assert abs(network.count_params() / parameters - 1) <= 0.03
    assert network.output.shape == (None, 7)


def test_the_frame_is_the_same(networks):
    for network in networks.values():
        sides = [network.get_layer(name).output.shape[1] for name in ("stem_relu", "pool0", "pool1", "pool2")]
        assert sides == [28, 14, 7, 4]
        assert network.layers[-1].name == "logits"
        assert network.layers[-1].get_config()["activation"] == "linear"


def test_plain_by_formula(networks):
    network = networks["plain"]
    first, second, third = (network.get_layer(f"stage{stage}_4_relu").output.shape[-1] for stage in (1, 2, 3))
    expected = (
        conv(1, first, 3)
        + 4 * conv(first, first, 3)
        + conv(first, second, 3)
        + 3 * conv(second, second, 3)
        + conv(second, third, 3)
        + 3 * conv(third, third, 3)
        + (third + 1) * 10
    )
    assert network.count_params() == expected


def test_separable_by_formula(networks):
    network = networks["separable"]
    widths = [network.get_layer(f"stage{stage}_4_pointwise_relu").output.shape[-1] for stage in (1, 2, 3)]
    expected, incoming = conv(1, widths[0], 3), widths[0]
    for width in widths:
        for _ in range(4):
            expected += (9 + 4) * incoming + conv(incoming, width, 1)
            incoming = width
    assert network.count_params() == expected + (widths[2] + 1) * 10


def test_a_residual_block_without_its_convolutions_is_its_shortcut(networks):
    network = keras.models.clone_model(networks["residual"])
    network.get_layer("stage1a_2_norm").gamma.assign(np.zeros_like(network.get_layer("stage1a_2_norm").gamma))
    block = keras.Model(
        network.input, [network.get_layer(name).output for name in ("pool0", "stage1a_add", "stage1a_relu")]
    )
    images = np.random.default_rng(0).random((2, 28, 28, 1)).astype("float32")
    came_in, added, went_out = block(images)
    np.testing.assert_array_equal(added, came_in)
    np.testing.assert_array_equal(went_out, np.maximum(came_in, 0))


def test_an_inception_module_looks_at_four_things_side_by_side(networks):
    network = networks["inception"]
    branches = network.get_layer("stage2b_concat").input
    assert [tensor.shape[1:3] for tensor in branches] == [(7, 7)] * 4
    widths = [tensor.shape[-1] for tensor in branches]
    assert sum(widths) == network.get_layer("stage2b_concat").output.shape[-1]
    fields = {row.name: row.receptive_field.size[0] for row in summarize(network) if row.receptive_field}
    before, step = fields["stage2a_concat"], 4  # two poolings
    assert fields["stage2b_1x1_conv"] == before
    assert fields["stage2b_3x3_conv"] == before + 2 * step
    assert fields["stage2b_5x5_conv"] == before + 4 * step


def test_dense_layers_get_the_maps_of_all_before(networks):
    network = networks["dense"]
    incoming = network.get_layer("pool1").output.shape[-1]
    for number in range(1, 5):
        convolution = network.get_layer(f"stage2_{number}_conv")
        assert convolution.input.shape[-1] == incoming
        incoming += convolution.filters
    assert network.get_layer("pool2").output.shape[-1] == incoming


@pytest.mark.parametrize("family", FAMILIES)
def test_a_small_step_down_the_gradient_lowers_the_loss(networks, family):
    keras.utils.set_random_seed(0)
    network = keras.models.clone_model(networks[family])
    labels = np.arange(10)
    images = np.zeros((10, 28, 28, 1), "float32")
    for image, label in zip(images, labels, strict=True):
        image[2 * label + 3 : 2 * label + 6] = 1
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    weights = network.trainable_weights
    with tf.GradientTape() as tape:
        before = loss(labels, network(images, training=True))
    gradients = tape.gradient(before, [weight.value for weight in weights])
    assert all(np.isfinite(gradient).all() for gradient in gradients)
    steepness = sum(float(tf.reduce_sum(gradient**2)) for gradient in gradients)
    for weight, gradient in zip(weights, gradients, strict=True):
        weight.assign_sub(1e-3 / steepness * gradient)
    after = loss(labels, network(images, training=True))
    assert float(before - after) == pytest.approx(1e-3, rel=0.3)  # as the slope foretells


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"family": "vgg"}, "family is 'vgg'; allowed are 'plain'"),
        ({"family": "plain", "input_shape": (28, 28)}, r"input_shape is \(28, 28\); allowed is"),
        ({"family": "plain", "input_shape": (1, 28, 1)}, r"input_shape is \(1, 28, 1\); allowed is"),
        ({"family": "plain", "num_classes": 0}, "num_classes is 0; allowed is a whole number of at least 1"),
        ({"family": "plain", "parameters": 100}, "parameters is 100; no plain network .* within 3%: the nearest"),
        ({"family": "plain", "parameters": -1}, "parameters is -1; no plain network"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        family_network(**arguments)
