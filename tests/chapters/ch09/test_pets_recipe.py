"""The recipe for cats and dogs holds together: network, optimizer and augmented batches."""

import keras
import numpy as np
import pytest

from labkit.chapters.ch09.experiments import PETS_RECIPE
from labkit.datasets.decoding import DecodedPictures
from labkit.models import cats_dogs_convnet
from labkit.training import pets_augmentation
from labkit.training.pets_training import train_on_pets


@pytest.mark.nightly
def test_the_network_learns_from_augmented_batches():
    """Twenty images, bright and dark: told apart within a few epochs, whatever is done to them."""
    keras.utils.set_random_seed(0)
    labels = np.arange(20) % 2
    noise = np.random.default_rng(0).integers(0, 100, (20, 46, 46, 3))
    images = DecodedPictures(
        (labels[:, None, None, None] * 150 + noise).astype("u1"), labels, ("dark", "bright"), "pad"
    )
    run = train_on_pets(
        cats_dogs_convnet((46, 46, 3), dropout=0.5),
        images,
        images,
        epochs=PETS_RECIPE.epochs,
        batch_size=PETS_RECIPE.batch_size,
        optimizer=PETS_RECIPE.build_optimizer(len(images)),
        augment=pets_augmentation(seed=0),
        seed=0,
    )
    assert run.val_accuracy[0] < 1
    assert run.val_accuracy[-1] == 1
