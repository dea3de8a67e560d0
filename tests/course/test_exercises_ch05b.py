"""The solutions of chapter 5b against Keras: its tape for the gradients, its SGD for the step with momentum."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from labkit.chapters.ch05b.exercises import input_gradient, kernel_gradient, momentum_step

RANDOM = np.random.default_rng(50)


def by_tape(images, kernel, errors, stride):
    """Slopes of the sum of error · output over images and kernel, one channel, one filter."""
    pixels, weights = tf.Variable(images[..., None]), tf.Variable(kernel[..., None, None])
    with tf.GradientTape() as tape:
        maps = keras.ops.conv(pixels, weights, strides=stride, padding="valid")
        loss = tf.reduce_sum(maps * errors[..., None])
    return [gradient.numpy() for gradient in tape.gradient(loss, [pixels, weights])]


def test_the_gradient_of_a_kernel_is_that_of_the_tape():
    images, errors = RANDOM.normal(size=(4, 6, 5)), RANDOM.normal(size=(4, 4, 4))
    _, expected = by_tape(images, np.zeros((3, 2)), errors, stride=1)
    np.testing.assert_allclose(kernel_gradient(images, errors), expected[..., 0, 0], atol=1e-12)


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_the_gradient_of_an_image_is_that_of_the_tape(stride):
    kernel, error = RANDOM.normal(size=(3, 2)), RANDOM.normal(size=(2, 4))
    gradient = input_gradient(kernel, error, stride)
    expected, _ = by_tape(np.zeros((1, *gradient.shape)), kernel, error[None], stride)
    np.testing.assert_allclose(gradient, expected[0, ..., 0], atol=1e-12)


def test_steps_with_momentum_are_those_of_keras():
    optimizer, variable = keras.optimizers.SGD(0.05, momentum=0.8), tf.Variable([1.0, -2.0])
    weight, velocity = np.array([1.0, -2.0]), np.zeros(2)
    for gradient in RANDOM.normal(size=(5, 2)):
        optimizer.apply([tf.constant(gradient, tf.float32)], [variable])
        weight, velocity = momentum_step(weight, velocity, gradient, 0.05, 0.8)
        np.testing.assert_allclose(variable.numpy(), weight, atol=1e-5)
