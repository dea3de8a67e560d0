"""The three networks differ in how they shrink their maps, and in nothing else."""

import pytest

from labkit.calculators import summarize
from labkit.models import WAYS, shrinking_convnet


@pytest.fixture(scope="module")
def networks():
    return {way: shrinking_convnet(way) for way in WAYS}


def test_same_weights_same_maps(networks):
    shapes = [[weight.shape for weight in network.get_weights()] for network in networks.values()]
    assert shapes[0] == shapes[1] == shapes[2]
    for network in networks.values():
        sides = [network.get_layer(f"conv{number}").input.shape[1] for number in (1, 2, 3)]
        assert sides == [28, 14, 7]


def test_parameters_by_hand(networks):
    by_hand = (9 * 1 + 1) * 16 + (9 * 16 + 1) * 32 + (9 * 32 + 1) * 32 + (7 * 7 * 32 + 1) * 10
    assert {network.count_params() for network in networks.values()} == {by_hand}


def test_a_stride_saves_work(networks):
    macs = {way: summarize(network).macs for way, network in networks.items()}
    first, second = 28 * 28 * 9 * 16, 14 * 14 * 9 * 16 * 32
    assert macs["max"] == macs["average"]
    assert macs["max"] - macs["stride"] == (first + second) * 3 // 4


def test_only_the_way_is_another(networks):
    kinds = {way: {type(layer).__name__ for layer in network.layers} for way, network in networks.items()}
    assert kinds["max"] - kinds["stride"] == {"MaxPooling2D"}
    assert kinds["average"] - kinds["stride"] == {"AveragePooling2D"}
    assert [layer.strides for layer in networks["stride"].layers[:2]] == [(2, 2), (2, 2)]


def test_an_unknown_way_is_named():
    with pytest.raises(ValueError, match="way is 'median'; allowed are 'max', 'average', 'stride'"):
        shrinking_convnet("median")
