"""Training on cats and dogs: what a run says of itself, that it learns, repeats itself, and where records come from."""

import keras
import numpy as np
import pytest

from labkit.datasets import DecodedPictures
from labkit.training import train_on_pets

CLASSES = ("cat", "dog")


def dark_cats_and_bright_dogs(count: int) -> DecodedPictures:
    labels = np.arange(count) % 2
    noise = np.random.default_rng(count).integers(0, 40, (count, 8, 8, 3))
    return DecodedPictures((noise + 200 * labels[:, None, None, None]).astype(np.uint8), labels, CLASSES, "squash")


def small_network() -> keras.Model:
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Flatten(),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )


def test_a_network_learns_to_tell_dark_from_bright():
    model = small_network()
    train, validation = dark_cats_and_bright_dogs(40), dark_cats_and_bright_dogs(20)
    run = train_on_pets(model, train, validation, epochs=15, batch_size=4, optimizer=keras.optimizers.Adam(0.02))
    assert run.val_accuracy[-1] == 1.0
    assert run.loss[-1] < run.loss[0]
    assert list(run.seconds_after) == sorted(run.seconds_after)
    # What the run says of the last epoch is what Keras measures on the network that is handed back.
    assert model.evaluate(validation.images, validation.labels, verbose=0)[0] == pytest.approx(run.val_loss[-1], 1e-4)


def test_the_same_seed_gives_the_same_run_and_another_seed_another():
    train, validation = dark_cats_and_bright_dogs(12), dark_cats_and_bright_dogs(6)
    losses = [
        train_on_pets(small_network(), train, validation, epochs=2, batch_size=4, seed=seed).loss for seed in (0, 0, 1)
    ]
    assert losses[0] == losses[1]
    assert losses[0] != losses[2]


def test_augmentation_is_for_training_pictures_only():
    class Count(keras.layers.Layer):
        traced = 0

        def call(self, images, training=False):
            Count.traced += 1
            assert training
            return keras.ops.cast(images, "float32") * 0

    # All training pictures are black now, so nothing can be learned from them; the watched ones are as they were.
    pictures = dark_cats_and_bright_dogs(8)
    model = small_network()
    run = train_on_pets(model, pictures, pictures, epochs=1, augment=Count())
    assert Count.traced
    expected = model.evaluate(pictures.images, pictures.labels, verbose=0)[0]
    assert run.val_loss[-1] == pytest.approx(expected, rel=1e-4)
