"""The long runs of chapter 6 on handwritten digits, for ``book/records``; each makes one seed."""

from __future__ import annotations

from typing import Any

from labkit.training.digit_records import Outcome, mnist_provenance, real_mnist
from labkit.training.lenet_experiments import step_seconds, train_side_by_side

EPOCHS = 10


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
    accuracy = train_side_by_side(
        networks,
        (data.x_train, data.y_train),
        (data.x_test, data.y_test),
        epochs=epochs,
        loss=MaximumAPosteriori(),
    )
    seconds = step_seconds({c3: lenet5("modern", c3=c3) for c3 in ("sparse", "dense")})
    metrics = _by_network(accuracy) | {
        "sparse_minus_dense_error": _per_cent(accuracy["dense"][-1] - accuracy["sparse"][-1]),
        "sparse_step_over_dense": round(seconds["sparse"] / seconds["dense"], 3),
    }
    return metrics, mnist_provenance(data)


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
    accuracy = train_side_by_side(networks, (data.x_train, data.y_train), (data.x_test, data.y_test), epochs=epochs)
    last = {name: values[-1] for name, values in accuracy.items()}
    metrics = _by_network(accuracy) | {
        "max_lead_tanh": _per_cent(last["tanh_max"] - last["tanh_average"]),
        "max_lead_relu": _per_cent(last["relu_max"] - last["relu_average"]),
        "relu_lead_average": _per_cent(last["relu_average"] - last["tanh_average"]),
        "relu_lead_max": _per_cent(last["relu_max"] - last["tanh_max"]),
    }
    return metrics, mnist_provenance(data)


def _by_network(accuracy: dict[str, tuple[float, ...]]) -> dict[str, Any]:
    """Error at the end and after each epoch, in per cent, as the paper gives it."""
    errors = {name: [_per_cent(1 - value) for value in values] for name, values in accuracy.items()}
    return {f"{name}_error": values[-1] for name, values in errors.items()} | {
        f"{name}_error_by_epoch": values for name, values in errors.items()
    }


def _per_cent(share: float) -> float:
    return round(100 * share, 2)
