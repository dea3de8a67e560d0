"""What chapter 3 trains and records: three ways of shrinking, made so that this one thing is all that differs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labkit.course.recording import Outcome, record
from labkit.training.fitting import Run, fit_side_by_side
from labkit.training.real_data import fashion_provenance, real_fashion_mnist
from labkit.training.small_images import Part, scaled, shifted_right

if TYPE_CHECKING:
    import keras

# Pixels by which the test images are shifted to see whether the answers stay.
SHIFTS = (1, 2, 3, 4)


@dataclass(frozen=True)
class ShrinkingRun:
    """What came of one of the three networks.

    Attributes
    ----------
    run : Run
        Its training; watched are the ``"test"`` images, at the end. The times are those of all three together.
    same_answer : tuple of float
        The share of the test images that get the same answer when they are shifted to the right by 1, 2, 3 and 4
        pixels.
    """

    run: Run
    same_answer: tuple[float, ...]

    @property
    def accuracy(self) -> float:
        """On the test images."""
        return self.run.watched["test"].accuracy[-1]


def compare_shrinking(
    train: Part, test: Part, *, seed: int, epochs: int, batch_size: int = 64
) -> dict[str, ShrinkingRun]:
    """Train the three networks of `shrinking_convnet` side by side, from the same weights.

    Parameters
    ----------
    train, test : tuple of ndarray
        Images, uint8 of shape (n, 28, 28), and their labels.
    seed : int
        Seeds the weights and the order of the images.
    epochs, batch_size : int
        Passes over the training images, and images a step.

    Returns
    -------
    dict of str to ShrinkingRun
        By the way of shrinking: ``"max"``, ``"average"``, ``"stride"``.
    """
    import keras

    from labkit.models.small_convnets import WAYS, shrinking_convnet

    keras.utils.set_random_seed(seed)
    networks = {way: shrinking_convnet(way) for way in WAYS}
    for other in networks.values():
        other.set_weights(networks[WAYS[0]].get_weights())
    images, labels = test
    runs = fit_side_by_side(
        networks,
        (scaled(train[0]), train[1]),
        {"test": (scaled(images), labels)},
        epochs=epochs,
        optimizer="adam",
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        batch_size=batch_size,
        every_epoch=False,
    )

    def same_answers(network: keras.Model) -> tuple[float, ...]:
        said, *moved = (
            network.predict(scaled(shifted_right(images, pixels)), batch_size=500, verbose=0).argmax(axis=1)
            for pixels in (0, *SHIFTS)
        )
        return tuple(float((answers == said).mean()) for answers in moved)

    return {way: ShrinkingRun(runs[way], same_answers(network)) for way, network in networks.items()}


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
    runs = compare_shrinking((data.x_train, data.y_train), (data.x_test, data.y_test), seed=seed, epochs=5)
    metrics: dict[str, Any] = {f"accuracy_{way}": round(each.accuracy, 4) for way, each in runs.items()}
    for other in ("average", "stride"):
        metrics[f"max_minus_{other}"] = round(runs["max"].accuracy - runs[other].accuracy, 4)
    for way, each in runs.items():
        metrics |= {
            f"same_answer_{way}_{pixels}": round(share, 4)
            for pixels, share in zip(SHIFTS, each.same_answer, strict=True)
        }
    metrics["training_seconds"] = round(runs["max"].run.seconds)
    return metrics, fashion_provenance(data)
