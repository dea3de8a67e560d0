"""Numbers that count how often they are multiplied: what the loops do is what the calculators say they cost."""

import numpy as np
import pytest

from labkit.calculators import layers, macs
from labkit.ops.convolution_algorithms import by_loops
from labkit.ops.padding import margins, pad_batch


class Counted:
    """A number that keeps count of the multiplications it takes part in."""

    multiplications = 0

    def __mul__(self, other):
        Counted.multiplications += 1
        return self

    def __radd__(self, total):
        return total


def count_multiplications(shape, kernel_shape, stride, padding, dilation, groups):
    x, kernels = np.full((1, *shape), Counted(), dtype=object), np.full(kernel_shape, Counted(), dtype=object)
    steps, spread = (stride, stride), (dilation, dilation)
    amounts = margins(padding, shape[:2], kernel_shape[:2], steps, spread)
    padded = np.pad(x, ((0, 0), *amounts, (0, 0)), constant_values=Counted())
    assert padded.shape == pad_batch(np.zeros((1, *shape)), amounts).shape
    Counted.multiplications = 0
    by_loops(padded, kernels, steps, spread, groups)
    return Counted.multiplications


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(
    ("stride", "dilation", "groups"), [(1, 1, 1), (2, 1, 1), (1, 2, 1), (1, 1, 2), (3, 1, 2), (1, 3, 4)]
)
def test_the_loops_multiply_as_often_as_the_calculator_says(stride, dilation, groups, padding):
    shape, filters, kernel = (9, 8, 4), 8, (3, 2)
    counted = count_multiplications(shape, (*kernel, 4 // groups, filters), stride, padding, dilation, groups)
    layer = layers.Conv2D(
        filters, kernel, strides=stride, padding=padding, dilation_rate=dilation, groups=groups, use_bias=False
    )
    assert counted == macs(layer, shape)


def test_the_first_layer_of_the_mnist_convnet():
    assert count_multiplications((28, 28, 1), (3, 3, 1, 32), 1, "valid", 1, 1) == 26 * 26 * 32 * 9
    assert macs(layers.Conv2D(32, 3), (28, 28, 1)) == 26 * 26 * 32 * 9
