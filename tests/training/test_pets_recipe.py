"""The recipe for cats and dogs holds together: network, optimizer, loss and augmented batches."""

import keras
import numpy as np

from labkit.models import cats_dogs_resnet
from labkit.training import PETS_RECIPE, batches, pets_augmentation
from labkit.training.decoding import DecodedPictures


def test_the_residual_network_learns_from_augmented_batches():
    """Sixteen pictures, bright and dark: learned by heart within a few steps, whatever is done to them."""
    keras.utils.set_random_seed(0)
    labels = np.arange(16) % 2
    images = (labels[:, None, None, None] * 150 + np.random.default_rng(0).integers(0, 100, (16, 32, 32, 3))).astype(
        "u1"
    )
    pictures = DecodedPictures(images, labels, ("dark", "bright"), "squash")
    train = batches(pictures, 8, shuffle_seed=0, augment=pets_augmentation(seed=0))
    model = cats_dogs_resnet((32, 32, 3))
    model.compile(
        PETS_RECIPE.build_optimizer(len(pictures)),
        keras.losses.BinaryCrossentropy(label_smoothing=PETS_RECIPE.label_smoothing),
        metrics=["accuracy"],
    )
    model.fit(train.dataset, epochs=12, shuffle=False, verbose=0)
    assert model.evaluate(batches(pictures).dataset, verbose=0)[1] == 1
