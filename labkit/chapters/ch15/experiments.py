"""Five families of networks with equal parameters on Fashion-MNIST: what chapter 15 compares, and its long run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labkit.course.recording import Outcome, record
from labkit.training.fitting import Run, fit
from labkit.training.rates import metrics_by_rate
from labkit.training.real_data import drawn_parts, fashion_provenance, real_fashion_mnist
from labkit.training.recipes import Recipe
from labkit.training.small_images import Part, scaled

if TYPE_CHECKING:
    import keras

PARAMETERS = 60_000
TRAINED_ON, VALIDATED_ON = 6_000, 2_000
# One learning rate for all. On validation images the plain network did better with it than with 0.003 and with 0.03
# (0.845, 0.837 and 0.822, seed 100). The others might do better with another.
BATCH_SIZE, EPOCHS, PEAK_RATE = 64, 5, 0.01
FAMILY_RATES = (0.003, 0.01, 0.03)
ALEXNET_RATES = (0.0003, 0.001, 0.003)  # lower, since that network has no batch normalization


@dataclass(frozen=True)
class FamilyRun:
    """What came of training the network of one family.

    Attributes
    ----------
    parameters, macs : int
        What it has, and the multiply-adds for one image.
    run : Run
        Its training; the watched images are classified at the end.
    """

    parameters: int
    macs: int
    run: Run

    def accuracy(self, watched: str) -> float:
        """Return the share of these watched images that it got right after the training."""
        return self.run.watched[watched].accuracy[-1]


def train_family(
    family: str,
    train: Part,
    watched: Mapping[str, Part],
    *,
    seed: int,
    parameters: int = PARAMETERS,
    epochs: int = EPOCHS,
    peak_rate: float = PEAK_RATE,
) -> FamilyRun:
    """Train one network of `labkit.models.family_network`, with Adam in one cycle of the learning rate.

    Parameters
    ----------
    family : str
        As `family_network` knows it.
    train : tuple of ndarray
        Images, uint8 of shape (n, height, width), and their labels from 0 to 9.
    watched : mapping of str to such tuples
        Images to classify after the training. Nothing is chosen by them.
    seed : int
        Seeds the weights and the order of the images.
    parameters : int
        See `family_network`.
    epochs : int
        Passes over the training images, at least 1.
    peak_rate : float
        The highest learning rate.

    Raises
    ------
    ValueError
        If ``family`` is unknown, ``epochs`` below 1, or for what `family_network` refuses.
    """
    import keras

    from labkit.calculators import summarize
    from labkit.models import family_network

    if epochs < 1:
        raise ValueError(f"epochs is {epochs!r}; allowed is a whole number of at least 1")
    keras.utils.set_random_seed(seed)
    model = family_network(family, (*train[0].shape[1:], 1), parameters=parameters)
    run = _trained(model, train, watched, epochs=epochs, peak_rate=peak_rate)
    return FamilyRun(model.count_params(), int(summarize(model).macs), run)


def _trained(model: keras.Model, train: Part, watched: Mapping[str, Part], *, epochs: int, peak_rate: float) -> Run:
    import keras

    images, labels = train
    recipe = Recipe("adam", BATCH_SIZE, epochs, peak_rate)
    return fit(
        model,
        (scaled(images), labels),
        {name: (scaled(x), y) for name, (x, y) in watched.items()},
        epochs=epochs,
        optimizer=recipe.build_optimizer(len(images)),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        batch_size=recipe.batch_size,
        every_epoch=False,
    )


@record(
    "family-race",
    "Five families of 60,000 parameters on 6,000 pictures of Fashion-MNIST: batches of 64, one cycle, 5 epochs",
)
def record_family_race(seed: int, *, epochs: int = EPOCHS) -> Outcome:
    """One seed of the race: each family on the same 6,000 training images, tested on the 10,000 test images.

    A seed draws its own training images and first weights.

    Raises
    ------
    RuntimeError
        If only stand-in data is to be had: a record is made on real data or not at all.
    """
    from labkit.models.families import FAMILIES

    data = real_fashion_mnist()
    train, validation = drawn_parts(data.x_train, data.y_train, train=TRAINED_ON, validation=VALIDATED_ON, seed=seed)
    watched = {"validation": validation, "test": (data.x_test, data.y_test)}
    metrics: dict[str, Any] = {}
    for family in FAMILIES:
        trained = train_family(family, train, watched, seed=seed, epochs=epochs)
        metrics |= {
            f"test_accuracy_{family}": round(trained.accuracy("test"), 4),
            f"validation_accuracy_{family}": round(trained.accuracy("validation"), 4),
            f"processor_seconds_{family}": round(trained.run.processor_seconds / epochs, 1),
            f"parameters_{family}": trained.parameters,
            f"macs_{family}": trained.macs,
        }
    metrics |= {
        f"lead_{family}": round(metrics[f"test_accuracy_{family}"] - metrics["test_accuracy_plain"], 4)
        for family in FAMILIES
        if family != "plain"
    }
    used = f": {TRAINED_ON:,} of the training images a seed, all 10,000 test images"
    return metrics, fashion_provenance(data, used)


@record(
    "family-race-by-rate",
    "Five families of 60,000 parameters on 6,000 images of Fashion-MNIST, each at three rates: one cycle, 5 epochs",
)
def record_family_race_by_rate(seed: int, *, epochs: int = EPOCHS) -> Outcome:
    """One seed of the race in which the validation images choose each family's learning rate.

    A seed draws its own training images and first weights. Each list of the record has one number a rate.

    Raises
    ------
    RuntimeError
        If only stand-in data is to be had: a record is made on real data or not at all.
    """
    from labkit.models.families import FAMILIES

    data = real_fashion_mnist()
    train, validation = drawn_parts(data.x_train, data.y_train, train=TRAINED_ON, validation=VALIDATED_ON, seed=seed)
    watched = {"validation": validation, "test": (data.x_test, data.y_test)}
    metrics: dict[str, Any] = {"rates": list(FAMILY_RATES)}
    for family in FAMILIES:
        runs = {
            rate: train_family(family, train, watched, seed=seed, epochs=epochs, peak_rate=rate).run
            for rate in FAMILY_RATES
        }
        metrics |= metrics_by_rate(family, runs)
    metrics |= {
        f"lead_{family}": round(metrics[f"{family}_test"] - metrics["plain_test"], 4)
        for family in FAMILIES
        if family != "plain"
    }
    used = f": {TRAINED_ON:,} of the training images a seed, all 10,000 test images"
    return metrics, fashion_provenance(data, used)


def alexnet_in_small(response_normalization: bool) -> keras.Model:
    """Return a network of AlexNet's order of layers for images of 28×28, with or without its normalization.

    >>> alexnet_in_small(True).count_params() == alexnet_in_small(False).count_params()
    True

    Parameters
    ----------
    response_normalization : bool
        Whether local response normalization, which has no weights, follows the first two convolutions.
    """
    import keras
    from keras import layers

    from labkit.models import LocalResponseNormalization

    x = images = keras.Input((28, 28, 1))
    for place, filters in enumerate((32, 64), start=1):
        x = layers.Conv2D(filters, 5, padding="same", activation="relu", name=f"conv{place}")(x)
        if response_normalization:
            x = LocalResponseNormalization(name=f"lrn{place}")(x)
        x = layers.MaxPooling2D(3, 2, name=f"pool{place}")(x)
    x = layers.Dense(128, activation="relu", name="dense")(layers.Flatten(name="flatten")(x))
    return keras.Model(images, layers.Dense(10, name="logits")(x))


@record(
    "response-normalization",
    "AlexNet in small, with and without its normalization: 6,000 images of Fashion-MNIST, three rates, 5 epochs",
)
def record_response_normalization(seed: int, *, epochs: int = EPOCHS) -> Outcome:
    """One seed of both networks, from the same first weights and on the same images, tested on the 10,000 test images.

    Each is trained at three rates, and the rate is chosen by the validation images: a normalization changes which
    rate is right.

    Raises
    ------
    RuntimeError
        If only stand-in data is to be had: a record is made on real data or not at all.
    """
    import keras

    data = real_fashion_mnist()
    train, validation = drawn_parts(data.x_train, data.y_train, train=TRAINED_ON, validation=VALIDATED_ON, seed=seed)
    watched = {"validation": validation, "test": (data.x_test, data.y_test)}
    metrics: dict[str, Any] = {"rates": list(ALEXNET_RATES)}
    for name, switched_on in (("without", False), ("with", True)):
        runs = {}
        for rate in ALEXNET_RATES:
            keras.utils.set_random_seed(seed)
            runs[rate] = _trained(alexnet_in_small(switched_on), train, watched, epochs=epochs, peak_rate=rate)
        metrics |= metrics_by_rate(name, runs)
    metrics["gain"] = round(metrics["with_test"] - metrics["without_test"], 4)
    used = f": {TRAINED_ON:,} of the training images a seed, all 10,000 test images"
    return metrics, fashion_provenance(data, used)
