"""The pipeline of chapter 8: answers that no list foresees."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from labkit.course import check

SLICES = tf.data.Dataset.from_tensor_slices


def scaled(images, labels):
    return tf.cast(images, tf.float32) / 255, labels


def numbers_shuffled(images, labels, batch):
    """As `labkit.training.batches` does it: not the images are shuffled but their numbers."""
    dataset = tf.data.Dataset.range(len(images)).shuffle(len(images)).batch(batch)
    return dataset.map(lambda chosen: scaled(tf.gather(images, chosen), tf.gather(labels, chosen))).prefetch(1)


def scaled_by_a_layer(images, labels, batch):
    dataset = SLICES((images, labels)).cache().shuffle(10_000).batch(batch)
    scaling = keras.layers.Rescaling(1 / 255)
    return dataset.map(lambda images, labels: (scaling(images), labels)).prefetch(tf.data.AUTOTUNE)


@pytest.mark.parametrize("answer", [numbers_shuffled, scaled_by_a_layer])
def test_other_right_pipelines_pass(answer):
    assert check("08-make-pipeline", answer).passed


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (lambda images, labels, batch: SLICES(images).batch(batch), "not pairs"),
        (lambda images, labels, batch: [(images, labels)], "returned list; a tf.data.Dataset"),
        (
            lambda images, labels, batch: SLICES((images, labels)).map(scaled).shuffle(100).prefetch(1),
            "`.batch(batch)`",
        ),
        (
            lambda images, labels, batch: SLICES((images, labels)).map(scaled).shuffle(100).batch(8).prefetch(1),
            "Batches of 8 images come; 16 were asked for",
        ),
        (
            lambda images, labels, batch: SLICES((images, labels)).prefetch(1).shuffle(100).batch(batch).map(scaled),
            "last",
        ),
        (
            lambda images, labels, batch: SLICES(scaled(images, labels)).map(scaled).shuffle(100).batch(batch),
            "whitest pixel is 0.003922",
        ),
        (lambda images, labels, batch: SLICES(scaled(images, labels)).batch(batch).prefetch(1), "`shuffle` a buffer"),
        (
            lambda images, labels, batch: (
                SLICES((images, labels)).map(scaled).shuffle(100, reshuffle_each_iteration=False).batch(batch)
            ),
            "the order of the first",
        ),
        (
            lambda images, labels, batch: (
                SLICES((images, np.eye(10)[labels])).map(scaled).shuffle(100).batch(batch).prefetch(1)
            ),
            "more than one number",
        ),
        (
            lambda images, labels, batch: (
                SLICES((images, labels)).map(lambda image, label: (1 - image / 255, label)).shuffle(100).batch(batch)
            ),
            "did not go in",
        ),
        (
            lambda images, labels, batch: SLICES(scaled(images, labels)).take(40).shuffle(100).batch(batch),
            "40 different images",
        ),
    ],
)
def test_what_no_mistake_lists_is_told(answer, told):
    result = check("08-make-pipeline", answer)
    assert result.status == "failed"
    assert told in result.message
