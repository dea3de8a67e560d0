"""The exercise of chapter 16 that trains: other right ways pass."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from labkit.chapters.ch16.exercises import _right_losses
from labkit.course import all_exercises, check

EXERCISE = all_exercises()["16-train-epoch"]


def test_kerass_own_single_steps_pass():
    def answer(model, optimizer, loss, batches):
        model.compile(optimizer, loss)
        total = 0.0
        for images, labels in batches:
            model.reset_metrics()
            total += model.train_on_batch(images, labels) * len(images)
        return total / 200

    assert check(EXERCISE.id, answer).passed


def test_a_compiled_step_and_a_returned_tensor_pass():
    def answer(model, optimizer, loss, batches):
        optimizer.build(model.trainable_variables)

        @tf.function(reduce_retracing=True)
        def step(images, labels):
            with tf.GradientTape() as tape:
                value = loss(labels, model(images, training=True))
            gradients = tape.gradient(value, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
            return value

        total = sum(step(tf.constant(images), tf.constant(labels)) * len(images) for images, labels in batches)
        return total / sum(len(images) for images, _ in batches)

    assert check(EXERCISE.id, answer).passed


def test_the_readers_network_starts_anew_each_time_and_the_readers_seed_is_left_alone():
    keras.utils.set_random_seed(3)
    expected = float(tf.random.uniform(()))
    keras.utils.set_random_seed(3)
    assert check(EXERCISE.id, EXERCISE.solution).passed
    assert float(tf.random.uniform(())) == expected
    assert check(EXERCISE.id, EXERCISE.solution).passed


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (lambda model, optimizer, loss, batches: "low", "one number is asked for, the mean loss; a str came"),
        (lambda model, optimizer, loss, batches: [1.0, 2.0], "one number is asked for"),
        (
            lambda model, optimizer, loss, batches: EXERCISE.solution(model, optimizer, loss, batches[:5]),
            "the optimizer took 5 steps; one for each of the 7 batches",
        ),
        (
            lambda model, optimizer, loss, batches: EXERCISE.solution(model, optimizer, lambda *s: -loss(*s), batches),
            "it has to fall",
        ),
        (
            lambda model, optimizer, loss, batches: EXERCISE.solution(model, optimizer, loss, batches) / 2,
            "over all images of the epoch it was another one",
        ),
    ],
)
def test_what_is_lacking_is_named(answer, told):
    result = check(EXERCISE.id, answer)
    assert result.status == "failed"
    assert told in result.message


def test_the_four_means_can_be_told_apart():
    losses = np.array(_right_losses())
    means = [np.average(losses, weights=[32] * 6 + [8]), losses.mean(), losses[-1], losses.sum()]
    assert np.diff(np.sort(means)).min() > 0.01 * max(means[:3])
