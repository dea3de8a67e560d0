"""The long run of chapter 17: one network made smaller in several ways, each with its accuracy, size and latency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from labkit.course.recording import Outcome, record
from labkit.training.fitting import fit, share_right
from labkit.training.real_data import fashion_provenance, real_fashion_mnist
from labkit.training.recipes import SHORT_RECIPE, Recipe
from labkit.training.small_images import scaled

if TYPE_CHECKING:
    import keras

    from labkit.datasets import ImageDataset
    from labkit.training.lite import LiteNetwork

# Chosen before any of these networks was trained: the short recipe of chapter 7, then one epoch at a quarter of its
# rate. The unpruned network is tuned as well, so that what more training does is not taken for what pruning does.
TUNING = replace(SHORT_RECIPE, epochs=1, peak_rate=0.002)
SPARSITIES = (0.5, 0.8, 0.9, 0.95)
REPRESENTATIVE = 200  # training images that set the ranges of the activations
TIMED = 500  # test images that each network is timed on


@dataclass(frozen=True, eq=False)
class _Images:
    train: tuple[NDArray[np.float32], NDArray[np.int64]]
    test: tuple[NDArray[np.float32], NDArray[np.int64]]


@record(
    "small-and-fast",
    "The convnet on Fashion-MNIST made smaller: separable, pruned and tuned, in int8; 3 epochs, and 1 of tuning",
)
def record_small_and_fast(seed: int) -> Outcome:
    """One seed of chapter 17's table, on all of Fashion-MNIST.

    The reader's network and one with depthwise separable convolutions are trained alike. The first is pruned to four
    shares, and each is tuned for an epoch with its zeros held. Files are TensorFlow Lite. Latency is that of the file
    on one thread of this machine's processor, one image at a time, all files in turn.

    Raises
    ------
    RuntimeError
        If only stand-in data is to be had.
    """
    import keras

    from labkit.models import mnist_convnet, separable_convnet
    from labkit.training.pruning import KeepZeros, prune

    data = real_fashion_mnist()
    images = _prepared(data)
    metrics: dict[str, Any] = {}
    models: dict[str, keras.Model] = {}
    for name, build in {"dense": mnist_convnet, "separable": separable_convnet}.items():
        keras.utils.set_random_seed(seed)
        models[name] = build(softmax=False)
        _train(models[name], images, SHORT_RECIPE)
    for sparsity in (0.0, *SPARSITIES):
        name = f"pruned_{round(100 * sparsity)}"
        if sparsity:
            by_layer, _ = prune(models["dense"], sparsity, scope="layer")
            metrics[f"{name}_by_layer_accuracy"] = _accuracy(by_layer, images)
        pruned, report = prune(models["dense"], sparsity)
        metrics[f"{name}_shares"] = [round(kernel.sparsity, 4) for kernel in report.kernels]
        models[name], models[f"{name}_tuned"] = pruned, prune(models["dense"], sparsity).model
        keras.utils.set_random_seed(seed)
        _train(models[f"{name}_tuned"], images, TUNING, [KeepZeros()])
    del models["pruned_0"]  # is the dense network
    for name, model in models.items():
        metrics[f"{name}_accuracy"] = _accuracy(model, images)
    metrics |= _files(models, images)
    return metrics | compared(metrics), fashion_provenance(data)


def compared(metrics: Mapping[str, Any]) -> dict[str, float]:
    """Return what each way of making the network smaller wins and loses, from the figures of one seed.

    >>> figures = {f"{name}_{what}": 1.0 for name in ("dense", "separable", "dense_int8", "pruned_90_tuned")
    ...            for what in ("accuracy", "bytes", "gzipped", "milliseconds")}
    >>> compared(figures | {"dense_bytes": 4.0, "pruned_0_tuned_accuracy": 1.1})["int8_times_smaller"]
    4.0

    Parameters
    ----------
    metrics : mapping of str to float
        As `record_small_and_fast` makes them.
    """

    def times(what: str, name: str) -> float:
        return round(metrics[f"dense_{what}"] / metrics[f"{name}_{what}"], 3)

    def loss(before: str, after: str) -> float:
        return round(metrics[f"{before}_accuracy"] - metrics[f"{after}_accuracy"], 4)

    return {
        "separable_loss": loss("dense", "separable"),
        "separable_times_faster": times("milliseconds", "separable"),
        "pruned_90_loss": loss("pruned_0_tuned", "pruned_90_tuned"),
        "pruned_90_times_smaller": times("bytes", "pruned_90_tuned"),
        "pruned_90_times_smaller_gzipped": times("gzipped", "pruned_90_tuned"),
        "pruned_90_times_faster": times("milliseconds", "pruned_90_tuned"),
        "int8_loss": loss("dense", "dense_int8"),
        "int8_times_smaller": times("bytes", "dense_int8"),
        "int8_times_faster": times("milliseconds", "dense_int8"),
    }


def _prepared(data: ImageDataset) -> _Images:
    x_train, x_test = (scaled(images) for images in (data.x_train, data.x_test))
    return _Images((x_train, data.y_train), (x_test, data.y_test))


def _train(model: keras.Model, images: _Images, recipe: Recipe, callbacks: Sequence[Any] = ()) -> None:
    import keras

    x_train, y_train = images.train
    fit(
        model,
        (x_train, keras.utils.to_categorical(y_train, 10)),
        epochs=recipe.epochs,
        optimizer=recipe.build_optimizer(len(x_train)),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.label_smoothing),
        batch_size=recipe.batch_size,
        callbacks=callbacks,
    )


def _accuracy(model: keras.Model, images: _Images) -> float:
    scores = model.predict(images.test[0], batch_size=1000, verbose=0)
    return round(share_right(scores, images.test[1]), 4)


def _files(models: dict[str, keras.Model], images: _Images) -> dict[str, Any]:
    """Size and latency of each network's file, in float32 and in int8, and the accuracy of those in int8."""
    from labkit.training.latency import latencies
    from labkit.training.lite import LiteNetwork, size_on_disk, to_tflite

    representative = images.train[0][:REPRESENTATIVE]
    # A network that is pruned and not tuned has a file like that of the tuned one, which stands for both.
    kept = [name for name in models if not name.startswith("pruned") or name.endswith("_tuned")]
    contents = {name: to_tflite(models[name]) for name in kept if name != "pruned_0_tuned"}
    contents["dense_int8_weights"] = to_tflite(models["dense"], precision="int8 weights")
    for name in ("dense", "separable", "pruned_90_tuned"):
        contents[f"{name}_int8"] = to_tflite(models[name], precision="int8", representative_images=representative)
    metrics: dict[str, Any] = {}
    networks = {name: LiteNetwork(content) for name, content in contents.items()}
    for name, network in networks.items():
        size = size_on_disk(contents[name])
        metrics[f"{name}_bytes"], metrics[f"{name}_gzipped"] = size.bytes, size.gzipped
        if "int8" in name:
            metrics[f"{name}_accuracy"] = round(share_right(network.predict(images.test[0]), images.test[1]), 4)
    # Only the run of the network is timed, not the quantization of its input.
    prepared = {name: [network.prepare(one) for one in images.test[0][:TIMED]] for name, network in networks.items()}
    programs = {name: partial(_run_one, network, prepared[name]) for name, network in networks.items()}
    times = latencies(programs, range(TIMED))
    # The same network called from Python, as a notebook does it.
    single = [image[np.newaxis] for image in images.test[0][: min(30, TIMED)]]
    times |= latencies({"dense_keras": partial(models["dense"].predict, verbose=0)}, single)
    for name, latency in times.items():
        metrics[f"{name}_milliseconds"] = round(latency.median, 4)
    return metrics


def _run_one(network: LiteNetwork, prepared: Sequence[NDArray[Any]], number: int) -> NDArray[Any]:
    return network.run(prepared[number])
