"""The first network with two convolutions taken apart."""

import pytest

from labkit.models import mnist_convnet, separable_convnet


def test_the_separable_network_is_the_first_with_two_layers_taken_apart():
    whole, apart = mnist_convnet(), separable_convnet()
    assert [layer.name for layer in whole.layers] == [layer.name for layer in apart.layers]
    assert [layer.output.shape for layer in whole.layers] == [layer.output.shape for layer in apart.layers]
    # Depthwise and pointwise kernels, and the biases.
    assert apart.get_layer("conv2").count_params() == 3 * 3 * 32 + 32 * 64 + 64
    assert apart.get_layer("conv3").count_params() == 3 * 3 * 64 + 64 * 64 + 64
    with pytest.raises(ValueError, match="at least 18"):
        separable_convnet((10, 10, 1))
