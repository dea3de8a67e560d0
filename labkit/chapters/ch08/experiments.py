"""How hard the drawn pets are: what five ways of telling cats from dogs reach on them, for ``book/records``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from labkit.course.recording import Outcome, record
from labkit.datasets import DrawnPets, draw_pets
from labkit.datasets.drawn_files import drawing_version
from labkit.training.fitting import fit
from labkit.training.pets_training import train_on_pets
from labkit.training.real_data import recorded_photographs

if TYPE_CHECKING:
    import keras

GREY = 127
LINEAR_SIDE = 24  # pixels; a linear model on more would only learn by heart
LAST_EPOCHS = 5  # their mean is what a training run is said to have reached


def hide_animals(pets: DrawnPets) -> NDArray[np.uint8]:
    """Return the images with grey where the animals are, so that only the background can tell the class.

    The two images of a pair, one cat and one dog, lose what either animal covers: else the grey shape would tell.

    >>> pets = draw_pets(2, size=(48, 48))
    >>> bool((hide_animals(pets)[0][pets.animal_masks[1]] == 127).all())
    True

    Parameters
    ----------
    pets : DrawnPets
        An even number of images.

    Returns
    -------
    ndarray of uint8, (n, height, width, 3)

    Raises
    ------
    ValueError
        If an image is left without a partner.
    """
    if len(pets.images) % 2:
        raise ValueError(f"pets holds {len(pets.images)} images; an even number is needed, to hide them in pairs")
    masks = pets.animal_masks.reshape(-1, 2, *pets.animal_masks.shape[1:])
    hidden = np.repeat(masks.any(axis=1), 2, axis=0)
    return np.where(hidden[..., np.newaxis], np.uint8(GREY), pets.images)


def shrink(images: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return images at a smaller height and width, each pixel the mean of what it covers.

    >>> shrink(np.full((2, 150, 150, 3), 90, np.uint8), (96, 96)).shape
    (2, 96, 96, 3)

    Parameters
    ----------
    images : ndarray of uint8, (n, height, width, 3)
        Images.
    size : tuple of 2 int
        Height and width.
    """
    height, width = size
    smaller = (Image.fromarray(image).resize((width, height), Image.Resampling.BOX) for image in images)
    return np.stack([np.asarray(image) for image in smaller])


def linear_accuracy(images: NDArray[np.uint8], labels: NDArray[np.uint8], train: int) -> float:
    """Return the validation accuracy of logistic regression on the pixels, shrunk to 24×24.

    Parameters
    ----------
    images : ndarray of uint8, (n, height, width, 3)
        Images.
    labels : ndarray, (n,)
        0 or 1.
    train : int
        How many of them to fit; the rest validate.
    """
    from skimage.transform import resize

    small = np.stack([resize(image, (LINEAR_SIDE, LINEAR_SIDE), anti_aliasing=True) for image in images])
    return _regression_accuracy(small.reshape(len(small), -1), labels, train, strength=1e-3)


def feature_accuracy(images: NDArray[np.uint8], labels: NDArray[np.uint8], train: int) -> float:
    """Return the validation accuracy of logistic regression on the features of a frozen ImageNet network.

    Parameters
    ----------
    images, labels, train
        As for `linear_accuracy`.
    """
    from labkit.models.pretrained import load

    backbone = load("efficientnet-lite0", include_top=False)
    maps = [
        backbone.model.predict_on_batch(backbone.preprocess(part))
        for part in np.array_split(images, len(images) // 32 + 1)
    ]
    return _regression_accuracy(np.concatenate(maps).mean(axis=(1, 2)), labels, train, strength=1e-2)


def convnet_accuracy(
    images: NDArray[np.uint8], labels: NDArray[np.uint8], train: int, *, seed: int, epochs: int, augmented: bool = False
) -> float:
    """Return the validation accuracy of the decks' network from scratch, the mean of its last epochs.

    Parameters
    ----------
    images, labels, train
        As for `linear_accuracy`.
    seed : int
        Seeds weights, order, dropout and augmentation.
    epochs : int
        Passes over the training images.
    augmented : bool
        Whether images are changed at random and the flattened numbers dropped out.
    """
    import keras

    from labkit.models.cats_dogs import cats_dogs_convnet
    from labkit.training.augment import pets_augmentation

    keras.utils.set_random_seed(seed)
    network: keras.Model = cats_dogs_convnet(images.shape[1:], dropout=0.5 if augmented else 0.0)
    if augmented:
        network = keras.Sequential([keras.Input(images.shape[1:]), pets_augmentation(seed), network])
    run = fit(
        network,
        (images[:train], labels[:train]),
        {"validation": (images[train:], labels[train:])},
        epochs=epochs,
        optimizer=keras.optimizers.Adam(1e-3),
        loss="binary_crossentropy",
        watch_batch_size=32,
    )
    return float(np.mean(run.val_accuracy[-LAST_EPOCHS:]))


@record(
    "drawn-pets-bands",
    "Five ways of telling drawn pets; networks from scratch at 96×96: 12 epochs, 24 augmented, 6 on backgrounds",
)
def record_drawn_pets_bands(
    seed: int,
    train: int = 2000,
    validation: int = 1000,
    size: tuple[int, int] = (150, 150),
    trained_size: tuple[int, int] = (96, 96),
    epochs: int = 12,
    augmented_epochs: int = 24,
) -> Outcome:
    """One seed of the five ways on drawn pets, for ``book/records``.

    Parameters
    ----------
    seed : int
        Seeds the images and the training.
    train, validation : int
        How many images of each; even numbers.
    size : tuple of 2 int
        Height and width of an image.
    trained_size : tuple of 2 int
        Height and width to which images are shrunk for the network that is trained from scratch, to save time.
    epochs, augmented_epochs : int
        Passes over the training images, without augmentation and with it. Backgrounds get half of `epochs`.
    """
    pets = draw_pets(train + validation, size, seed)
    images, labels = pets.images, pets.labels
    small, hidden = shrink(images, trained_size), shrink(hide_animals(pets), trained_size)
    metrics = {
        "linear": linear_accuracy(images, labels, train),
        "frozen_features": feature_accuracy(images, labels, train),
        "baseline": convnet_accuracy(small, labels, train, seed=seed, epochs=epochs),
        "augmented": convnet_accuracy(small, labels, train, seed=seed, epochs=augmented_epochs, augmented=True),
        "background": convnet_accuracy(hidden, labels, train, seed=seed, epochs=epochs // 2),
    }
    metrics["gain"] = metrics["augmented"] - metrics["baseline"]
    source = f"drawn pets of {size[0]}×{size[1]}, stand-in, {train:,} + {validation:,} images drawn from the run's seed"
    # The images are as good as the code that draws them, and it is easier to keep.
    data = {"source": source, "sha256": {"labkit.datasets.drawn_pets": drawing_version()}}
    return {name: round(value, 4) for name, value in metrics.items()}, data


def _regression_accuracy(features: NDArray[Any], labels: NDArray[np.uint8], train: int, strength: float) -> float:
    """Fit standardized features with logistic regression of inverse regularization `strength`, and validate."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=1000))
    return float(model.fit(features[:train], labels[:train]).score(features[train:], labels[train:]))


# The decks do not show how they compile; their network and their steps are those of Chollet's textbook, section 5.2,
# which takes RMSprop with this learning rate.
LEARNING_RATE = 1e-4


@record(
    "cats-dogs-baseline",
    "The decks' network on 2,000 photographs of cats and dogs: 150×150, batches of 20, RMSprop, 20 epochs",
)
def record_baseline(seed: int, *, epochs: int = 20) -> Outcome:
    """One seed of the decks' network on 2,000 photographs as they are: no augmentation, no dropout.

    Batches of 20 and images of 150×150 as in the decks; 20 epochs, where they have 30: enough to see the
    curves of training and validation part.

    Raises
    ------
    RuntimeError
        If only drawn pets are to be had.
    """
    import keras

    from labkit.models.cats_dogs import cats_dogs_convnet

    train, validation, provenance = recorded_photographs()
    keras.utils.set_random_seed(seed)
    model = cats_dogs_convnet()
    optimizer = keras.optimizers.RMSprop(LEARNING_RATE)
    run = train_on_pets(model, train, validation, epochs=epochs, batch_size=20, optimizer=optimizer, seed=seed)
    return run.metrics(), provenance
