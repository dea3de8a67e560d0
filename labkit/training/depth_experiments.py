"""Plain and residual networks of 8, 20 and 56 layers, trained alike: what chapter 16 compares, and its long run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labkit.training.comparisons import share_right
from labkit.training.fashion_parts import drawn_parts, fashion_provenance, real_fashion_mnist

Part = tuple[NDArray[np.float32], NDArray[np.uint8]]

COMPARED_DEPTHS, WIDTH = (8, 20, 56), 8
TRAINED_ON, VALIDATED_ON = 3_000, 2_000
BATCH_SIZE, EPOCHS, PEAK_RATE = 32, 10, 0.1


@dataclass(frozen=True)
class DepthRun:
    """What came of training one network.

    Attributes
    ----------
    depth : int
        Layers with weights.
    shortcuts : bool
        Whether it is residual; otherwise plain.
    train_accuracy, val_accuracy : float
        Share right after the training, of the images it was trained on and of others; each measured as the network
        will be used, with batch normalization's stored means.
    loss_by_epoch : tuple of float
        The mean training loss of each epoch, as Keras reports it, while the weights change.
    """

    depth: int
    shortcuts: bool
    train_accuracy: float
    val_accuracy: float
    loss_by_epoch: tuple[float, ...]


def halved(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return images of half the size, from 0 to 1, with an axis for the channel: the mean of each 2×2 pixels.

    >>> halved(np.array([[[0, 255, 51, 51], [0, 255, 51, 51]]], np.uint8)).round(2).tolist()
    [[[[0.5], [0.20000000298023224]]]]

    Parameters
    ----------
    images : ndarray of uint8, shape (n, height, width)
        Height and width even.

    Raises
    ------
    ValueError
        If height or width is odd.
    """
    count, height, width = images.shape
    if height % 2 or width % 2:
        raise ValueError(f"images are {height}×{width}; allowed are an even height and width")
    squares = images.reshape(count, height // 2, 2, width // 2, 2)
    return squares.mean(axis=(2, 4), dtype=np.float32)[..., np.newaxis] / 255


def train_at_depth(
    depth: int, shortcuts: bool, train: Part, validation: Part, *, seed: int, epochs: int = EPOCHS
) -> DepthRun:
    """Train one network with batch normalization, as He et al. train theirs: SGD with momentum, from He's weights.

    The learning rate makes one cycle with a peak of 0.1, where the paper has steps: so that a short training ends
    calmly too.

    Parameters
    ----------
    depth : int
        See `labkit.models.cifar_resnet`.
    shortcuts : bool
        Residual or plain.
    train, validation : tuple of (images, labels)
        Images from 0 to 1 of shape (n, height, width, channels), and their classes from 0 to 9.
    seed : int
        Seeds the weights and the order of the images.
    epochs : int
        Passes over the training images.
    """
    import keras

    from labkit.models import cifar_resnet
    from labkit.training.schedules import OneCycle

    keras.utils.set_random_seed(seed)
    model = cifar_resnet(depth, train[0].shape[1:], width=WIDTH, shortcuts=shortcuts)
    steps = -(-len(train[0]) // BATCH_SIZE) * epochs
    model.compile(
        keras.optimizers.SGD(OneCycle(PEAK_RATE, steps), momentum=0.9),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    losses = model.fit(*train, batch_size=BATCH_SIZE, epochs=epochs, verbose=0).history["loss"]
    right, right_of_others = (
        share_right(model.predict(images, batch_size=500, verbose=0), labels) for images, labels in (train, validation)
    )
    return DepthRun(depth, shortcuts, right, right_of_others, tuple(map(float, losses)))


def record_degradation(seed: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """One seed of the six networks, for ``book/records``. A seed draws its own images, first weights and order.

    Raises
    ------
    RuntimeError
        If only stand-in data is to be had: a record is made on real data or not at all.
    """
    data = real_fashion_mnist()
    parts = drawn_parts(data.x_train, data.y_train, train=TRAINED_ON, validation=VALIDATED_ON, seed=seed)
    train, validation = ((halved(images), labels) for images, labels in parts)
    metrics: dict[str, Any] = {}
    for shortcuts in (False, True):
        kind = "residual" if shortcuts else "plain"
        for depth in COMPARED_DEPTHS:
            run = train_at_depth(depth, shortcuts, train, validation, seed=seed)
            metrics |= {
                f"{kind}_{depth}_train": round(run.train_accuracy, 4),
                f"{kind}_{depth}_val": round(run.val_accuracy, 4),
                f"{kind}_{depth}_loss_by_epoch": [round(loss, 4) for loss in run.loss_by_epoch],
            }
        for part in ("train", "val"):
            deeper, shallower = (metrics[f"{kind}_{depth}_{part}"] for depth in (56, 20))
            metrics[f"{kind}_56_minus_20_{part}"] = round(deeper - shallower, 4)
    for part in ("train", "val"):
        metrics[f"residual_minus_plain_56_{part}"] = round(
            metrics[f"residual_56_{part}"] - metrics[f"plain_56_{part}"], 4
        )
    used = f": {TRAINED_ON:,} + {VALIDATED_ON:,} of the training images, halved to 14×14"
    return metrics, fashion_provenance(data, used)
