"""What chapter 3 trains and records: three ways of shrinking, made so that this one thing is all that differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from labkit.course.recording import Outcome, record
from labkit.training.real_data import fashion_provenance, real_fashion_mnist
from labkit.training.small_images import scaled, shifted_right

# Pixels by which the test images are shifted to see whether the answers stay.
SHIFTS = (1, 2, 3, 4)


@dataclass(frozen=True)
class ShrinkingRun:
    """One seed of the comparison of max pooling, average pooling and stride.

    Attributes
    ----------
    accuracy : mapping of str to float
        Accuracy on the test images, for each way.
    same_answer : mapping of str to tuple of float
        For each way, the share of the test images that get the same answer when they are shifted to the right by 1,
        2, 3 and 4 pixels.
    seconds : float
        What training the three took together.
    """

    accuracy: Mapping[str, float]
    same_answer: Mapping[str, tuple[float, ...]]
    seconds: float


def compare_shrinking(
    train: tuple[np.ndarray, np.ndarray],
    test: tuple[np.ndarray, np.ndarray],
    *,
    seed: int,
    epochs: int,
    batch_size: int = 64,
) -> ShrinkingRun:
    """Train the three networks of `shrinking_convnet` side by side.

    They start from the same weights and see the same batches in the same order, so that nothing but the way of
    shrinking tells them apart. They are trained as one model with three outputs; the optimizer, Adam, treats every
    weight by itself, so none of the three notices the others.

    Parameters
    ----------
    train, test : tuple of ndarray
        Images, uint8 of shape (n, 28, 28), and their labels.
    seed : int
        Seeds the weights and the order of the images.
    epochs, batch_size : int
        Passes over the training images, and images a step.

    References
    ----------
    D. P. Kingma, J. Ba, *Adam: A Method for Stochastic Optimization*, 2015, algorithm 1.
    """
    import keras

    from labkit.models.small_convnets import WAYS, shrinking_convnet

    keras.utils.set_random_seed(seed)
    networks = [shrinking_convnet(way) for way in WAYS]
    for other in networks[1:]:
        other.set_weights(networks[0].get_weights())
    pictures = keras.Input((28, 28, 1))
    together = keras.Model(pictures, [network(pictures) for network in networks])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    together.compile(optimizer="adam", loss=[loss] * len(networks))

    started = perf_counter()
    together.fit(scaled(train[0]), [train[1]] * len(networks), batch_size=batch_size, epochs=epochs, verbose=0)
    seconds = perf_counter() - started

    def answers(images: np.ndarray) -> list[np.ndarray]:
        return [scores.argmax(axis=1) for scores in together.predict(scaled(images), batch_size=500, verbose=0)]

    images, labels = test
    said = answers(images)
    said_shifted = [answers(shifted_right(images, pixels)) for pixels in SHIFTS]
    return ShrinkingRun(
        {way: float((said[place] == labels).mean()) for place, way in enumerate(WAYS)},
        {
            way: tuple(float((moved[place] == said[place]).mean()) for moved in said_shifted)
            for place, way in enumerate(WAYS)
        },
        seconds,
    )


@record(
    "pooling-comparison",
    "Max pooling, average pooling and stride compared on Fashion-MNIST: same start, same batches of 64, 5 epochs",
)
def record_pooling_comparison(seed: int) -> Outcome:
    """One seed of the comparison on all of Fashion-MNIST, five epochs, for ``book/records``.

    Raises
    ------
    RuntimeError
        If only stand-in data is to be had: a record is made on real data or not at all.
    """
    data = real_fashion_mnist()
    run = compare_shrinking((data.x_train, data.y_train), (data.x_test, data.y_test), seed=seed, epochs=5)
    metrics: dict[str, Any] = {f"accuracy_{way}": round(value, 4) for way, value in run.accuracy.items()}
    for other in ("average", "stride"):
        metrics[f"max_minus_{other}"] = round(run.accuracy["max"] - run.accuracy[other], 4)
    for way, shares in run.same_answer.items():
        metrics |= {
            f"same_answer_{way}_{pixels}": round(share, 4) for pixels, share in zip(SHIFTS, shares, strict=True)
        }
    metrics["training_seconds"] = round(run.seconds)
    return metrics, fashion_provenance(data)
