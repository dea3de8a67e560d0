"""The experiments of chapter 6: variants of LeNet-5 side by side, what a step costs, and which maps stay alike."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labkit.course.recording import Outcome, record
from labkit.training.fitting import Run, fit_side_by_side
from labkit.training.real_data import mnist_provenance, real_mnist, whole_mnist
from labkit.training.recipes import Recipe
from labkit.training.small_images import Part, scaled

if TYPE_CHECKING:
    import keras

BATCH_SIZE = 32
PEAK_RATE = 0.004


def train_side_by_side(
    networks: Mapping[str, keras.Model],
    train: Part,
    test: Part,
    *,
    epochs: int,
    loss: Any = "sparse_categorical_crossentropy",
    batch_size: int = BATCH_SIZE,
    peak_rate: float = PEAK_RATE,
) -> dict[str, Run]:
    """Train several networks as `fit_side_by_side` does, with Adam and one cycle of the learning rate.

    Parameters
    ----------
    networks : mapping of str to keras.Model
        The networks by name, not compiled; they are trained in place.
    train, test : tuple of (images, labels)
        Images, uint8 of shape (n, 28, 28), and labels: to train on, and to measure after each epoch.
    epochs, batch_size : int
        Passes over the training images, and images a step.
    loss : str or keras.losses.Loss
        For networks that end in softmax Keras's name; for the original
        :class:`~labkit.models.lenet.loss.MaximumAPosteriori`.
    peak_rate : float
        The highest learning rate of the cycle.

    Returns
    -------
    dict of str to Run
        Watched are the ``"test"`` images; nothing is chosen by them.
    """
    recipe = Recipe("adam", batch_size, epochs, peak_rate)
    return fit_side_by_side(
        networks,
        (scaled(train[0]), train[1]),
        {"test": (scaled(test[0]), test[1])},
        epochs=epochs,
        optimizer=recipe.build_optimizer(len(train[0])),
        loss=loss,
        batch_size=batch_size,
    )


def step_seconds(networks: Mapping[str, keras.Model], *, rounds: int = 40, batch_size: int = 64) -> dict[str, float]:
    """Return what a training step of each network takes: the median over many steps, the networks taking turns.

    Taking turns, all of them suffer alike when the computer has something else to do.

    Parameters
    ----------
    networks : mapping of str to keras.Model
        The networks by name, of 28×28 images and ten classes, with softmax; they are compiled and trained on noise.
    rounds : int
        Steps of each network that are timed, after three that are not.
    batch_size : int
        Images a step.
    """
    random = np.random.default_rng(0)
    images = random.random((batch_size, 28, 28, 1), "float32")
    labels = random.integers(0, 10, batch_size)
    for network in networks.values():
        network.compile("adam", "sparse_categorical_crossentropy")
    seconds: dict[str, list[float]] = {name: [] for name in networks}
    for _ in range(3 + rounds):
        for name, network in networks.items():
            started = perf_counter()
            network.train_on_batch(images, labels)
            seconds[name].append(perf_counter() - started)
    return {name: median(values[3:]) for name, values in seconds.items()}


def count_different(maps: ArrayLike, tolerance: float = 1e-3) -> int:
    """Count how many maps of a stack are different.

    >>> left, right = [[1.0, 0.0]], [[0.0, 1.0]]
    >>> count_different(np.stack([left, right, left], axis=-1))
    2

    Parameters
    ----------
    maps : array_like, (height, width, maps)
        The output of a layer for one image.
    tolerance : float
        Maps are alike that nowhere differ by more than this share of the greatest value: equal sums may come out a
        little different on a computer.
    """
    stack: NDArray[Any] = np.moveaxis(np.asarray(maps, float), -1, 0)
    allowed = tolerance * np.abs(stack).max()
    found: list[NDArray[Any]] = []
    for one in stack:
        if all(np.abs(one - other).max() > allowed for other in found):
            found.append(one)
    return len(found)


EPOCHS = 10


@record(
    "lenet-c3",
    "The LeNet-5 of 1998 on MNIST with its sparse C3 and with a dense one: batches of 32, one cycle, 10 epochs",
)
def record_lenet_c3(seed: int, *, epochs: int = EPOCHS) -> Outcome:
    """One seed of the original LeNet-5 with its sparse C3, and beside it with a C3 that looks at every map.

    A step is timed in today's variant, where the dense C3 is Keras's own convolution.

    Raises
    ------
    RuntimeError
        If only stand-in data is to be had.
    """
    import keras

    from labkit.models import MaximumAPosteriori, lenet5

    data = real_mnist()
    networks = {}
    for c3 in ("sparse", "dense"):
        keras.utils.set_random_seed(seed)
        networks[c3] = lenet5("original", c3=c3)
    runs = train_side_by_side(
        networks,
        (data.x_train, data.y_train),
        (data.x_test, data.y_test),
        epochs=epochs,
        loss=MaximumAPosteriori(),
    )
    seconds = step_seconds({c3: lenet5("modern", c3=c3) for c3 in ("sparse", "dense")})
    metrics = _by_network(runs) | {
        "sparse_minus_dense_error": _per_cent(_accuracy(runs["dense"])[-1] - _accuracy(runs["sparse"])[-1]),
        "sparse_step_over_dense": round(seconds["sparse"] / seconds["dense"], 3),
    }
    return metrics, mnist_provenance(data)


@record(
    "lenet-whole",
    "The LeNet-5 of 1998 on all 60,000 training images of MNIST: batches of 32, one cycle, 20 epochs",
)
def record_lenet_whole(seed: int, *, epochs: int = 20) -> Outcome:
    """One seed of the original LeNet-5 on as many images, for as many passes, as in the paper.

    It is trained by Adam in one cycle; the paper's own rule, a stochastic form of Levenberg and Marquardt's, is not
    tried.

    Raises
    ------
    RuntimeError
        If only stand-in data is to be had, or fewer than 60,000 training images.
    """
    import keras

    from labkit.models import MaximumAPosteriori, lenet5

    data = whole_mnist()
    keras.utils.set_random_seed(seed)
    runs = train_side_by_side(
        {"original": lenet5("original")},
        (data.x_train, data.y_train),
        (data.x_test, data.y_test),
        epochs=epochs,
        loss=MaximumAPosteriori(),
    )
    return _by_network(runs), mnist_provenance(data)


@record(
    "lenet-choices",
    "Today's LeNet-5 on MNIST with tanh or ReLU, average or max pooling: batches of 32, one cycle, 10 epochs",
)
def record_lenet_choices(seed: int, *, epochs: int = EPOCHS) -> Outcome:
    """One seed of today's LeNet-5 in four ways: tanh or ReLU, average or max pooling.

    Raises
    ------
    RuntimeError
        If only stand-in data is to be had.
    """
    import keras

    from labkit.models import lenet5

    data = real_mnist()
    networks = {}
    for activation in ("tanh", "relu"):
        for pooling in ("average", "max"):
            keras.utils.set_random_seed(seed)
            networks[f"{activation}_{pooling}"] = lenet5("modern", activation=activation, pooling=pooling)
    runs = train_side_by_side(networks, (data.x_train, data.y_train), (data.x_test, data.y_test), epochs=epochs)
    last = {name: _accuracy(run)[-1] for name, run in runs.items()}
    metrics = _by_network(runs) | {
        "max_lead_tanh": _per_cent(last["tanh_max"] - last["tanh_average"]),
        "max_lead_relu": _per_cent(last["relu_max"] - last["relu_average"]),
        "relu_lead_average": _per_cent(last["relu_average"] - last["tanh_average"]),
        "relu_lead_max": _per_cent(last["relu_max"] - last["tanh_max"]),
    }
    return metrics, mnist_provenance(data)


def _by_network(runs: dict[str, Run]) -> dict[str, Any]:
    """Error at the end and after each epoch, in per cent, as the paper gives it."""
    errors = {name: [_per_cent(1 - value) for value in _accuracy(run)] for name, run in runs.items()}
    return {f"{name}_error": values[-1] for name, values in errors.items()} | {
        f"{name}_error_by_epoch": values for name, values in errors.items()
    }


def _accuracy(run: Run) -> tuple[float, ...]:
    return run.watched["test"].accuracy


def _per_cent(share: float) -> float:
    return round(100 * share, 2)
