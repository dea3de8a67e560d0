"""Networks as files for small devices: conversion to TensorFlow Lite (LiteRT), running them here, and their size."""

from __future__ import annotations

import contextlib
import gzip
import io
import logging
import os
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Precision = Literal["float32", "int8 weights", "int8"]
PRECISIONS = ("float32", "int8 weights", "int8")


def to_tflite(
    model: Any, *, precision: Precision = "float32", representative_images: NDArray[Any] | None = None
) -> bytes:
    """Convert a Keras network to a TensorFlow Lite file, with float or int8 numbers.

    >>> import keras
    >>> keras.utils.set_random_seed(0)
    >>> model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(100)])
    >>> sizes = [len(to_tflite(model, precision=precision)) for precision in ("float32", "int8 weights")]
    >>> sizes[0] > model.count_params() * 4, sizes[1] < model.count_params() * 2
    (True, True)

    Parameters
    ----------
    model : keras.Model
        With one input, one output and a fixed image size.
    precision : {"float32", "int8 weights", "int8"}
        ``"float32"`` changes no number. ``"int8 weights"`` stores each kernel of 1,024 weights or more as int8 (the
        activations between the layers stay float32). ``"int8"`` makes weights and activations int8, the input and the
        output as well.
    representative_images : ndarray, shape (n, height, width, channels)
        Needed for ``"int8"``: images as the network takes them, from the training set. From what each layer answers
        to them come the ranges of the activations. A hundred are enough.

    Returns
    -------
    bytes
        What a ``.tflite`` file holds. The network in it takes one image at a time.

    Raises
    ------
    TypeError
        If `model` is no Keras model.
    ValueError
        If `precision` is none of these, images are missing, superfluous or of the wrong shape, or the model has
        several inputs or outputs, or no fixed image size.
    """
    import keras
    import tensorflow as tf

    if precision not in PRECISIONS:
        raise ValueError(f"precision is {precision!r}; allowed is one of {', '.join(map(repr, PRECISIONS))}")
    if not isinstance(model, keras.Model):
        raise TypeError(f"model is {model!r}; allowed is a Keras model")
    if not getattr(model, "inputs", None):
        raise ValueError(
            f"model is {model.name!r}, which has no fixed inputs; allowed is a sequential or functional model"
        )
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise ValueError(
            f"model is {model.name!r} with {len(model.inputs)} inputs and {len(model.outputs)} outputs; "
            "allowed is one of each"
        )
    shape = tuple(model.inputs[0].shape[1:])
    if None in shape:
        raise ValueError(f"model is {model.name!r} for inputs of {shape}; allowed is a fixed size")
    images = _representative(precision, representative_images, shape)
    # Batch size 1 is fixed in the file, so that no shape has to be computed while it runs.
    one_picture = tf.TensorSpec((1, *shape), tf.float32)
    run = tf.function(lambda image: model(image, training=False)).get_concrete_function(one_picture)
    holder = tf.Module()  # a Keras model does not show its variables to the converter, which then leaves them out
    holder.weights = [weight.value for weight in model.weights]
    converter = tf.lite.TFLiteConverter.from_concrete_functions([run], holder)
    if precision != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if images is not None:
        converter.representative_dataset = lambda: ([image[np.newaxis]] for image in images)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.int8
    with _quiet():
        return bytes(converter.convert())


class LiteNetwork:
    """Run a TensorFlow Lite file on this machine, one image at a time.

    >>> import keras
    >>> model = keras.Sequential([keras.Input((2, 2, 1)), keras.layers.Flatten()])
    >>> LiteNetwork(to_tflite(model)).predict(np.array([[[[1], [2]], [[3], [4]]]]))
    array([[1., 2., 3., 4.]], dtype=float32)

    It runs in the package ``ai-edge-litert`` where that is installed, and else in TensorFlow itself.

    Parameters
    ----------
    content : bytes
        As `to_tflite` gives it.
    threads : int
        How many threads it may use.

    Raises
    ------
    ValueError
        If the content is no such file, or `threads` is not a whole number of at least 1.
    """

    def __init__(self, content: bytes, *, threads: int = 1) -> None:
        if not isinstance(threads, int) or threads < 1:
            raise ValueError(f"threads is {threads!r}; allowed is a whole number of at least 1")
        if not isinstance(content, bytes) or content[4:8] != b"TFL3":
            raise ValueError(f"content is {content[:12]!r}…; allowed is what a .tflite file holds")
        self._interpreter = _interpreter(content, threads)
        self._interpreter.allocate_tensors()
        (self._input,) = self._interpreter.get_input_details()
        (self._output,) = self._interpreter.get_output_details()

    @property
    def input_scheme(self) -> tuple[float, int]:
        """Scale and zero point of the input; ``(0.0, 0)`` where it is float32."""
        return self._input["quantization"]

    def prepare(self, image: NDArray[Any]) -> NDArray[Any]:
        """Return one image as the file takes it: with a batch axis, float32 or quantized."""
        return _encoded(np.asarray(image, np.float32)[np.newaxis], self._input)

    def run(self, prepared: NDArray[Any]) -> NDArray[Any]:
        """Run the network on one prepared image and return what it gives, as it gives it; this is what is timed."""
        self._interpreter.set_tensor(self._input["index"], prepared)
        self._interpreter.invoke()
        return self._interpreter.get_tensor(self._output["index"])

    def predict(self, images: NDArray[Any]) -> NDArray[np.float32]:
        """Return the outputs for many images, as the Keras network would.

        Raises
        ------
        ValueError
            If the images have another shape than the network takes.
        """
        shape = tuple(self._input["shape"][1:].tolist())
        if np.shape(images)[1:] != shape:
            raise ValueError(f"images have the shape {np.shape(images)}; allowed is (n, {', '.join(map(str, shape))})")
        outputs = [_decoded(self.run(self.prepare(image)), self._output)[0] for image in images]
        return np.array(outputs, np.float32).reshape(len(outputs), *self._output["shape"][1:])


@dataclass(frozen=True)
class FileSize:
    """How many bytes something takes, as it is and compressed by gzip."""

    bytes: int
    gzipped: int

    def __str__(self) -> str:
        return f"{self.bytes / 1000:,.1f} kB, gzipped {self.gzipped / 1000:,.1f} kB"


def size_on_disk(network: Any) -> FileSize:
    """Measure a network's file, plain and gzipped.

    >>> size_on_disk(bytes(1000)).bytes
    1000
    >>> size_on_disk(bytes(1000)).gzipped < 40
    True

    Zeros take as many bytes as other numbers. Only a compression sees that they repeat.

    Parameters
    ----------
    network : bytes, path or keras.Model
        The content of a file, a file, or a model, which is saved as ``.keras`` for a moment.

    Returns
    -------
    FileSize

    Raises
    ------
    TypeError
        If it is none of these.
    """
    if isinstance(network, bytes):
        content = network
    elif isinstance(network, str | os.PathLike):
        content = Path(network).read_bytes()
    elif hasattr(network, "save"):
        with tempfile.TemporaryDirectory() as folder:
            network.save(Path(folder) / "network.keras")
            content = (Path(folder) / "network.keras").read_bytes()
    else:
        raise TypeError(f"network is {network!r}; allowed are bytes, a path, or a Keras model")
    return FileSize(len(content), len(gzip.compress(content, mtime=0)))


def _representative(precision: str, images: NDArray[Any] | None, shape: tuple[int, ...]) -> NDArray[Any] | None:
    if precision != "int8":
        if images is not None:
            raise ValueError(f"representative_images are given for precision {precision!r}; only 'int8' needs them")
        return None
    if images is None or not len(images):
        raise ValueError("representative_images is missing; precision 'int8' needs some training images")
    if np.shape(images)[1:] != shape:
        raise ValueError(
            f"representative_images have the shape {np.shape(images)}; allowed is (n, {', '.join(map(str, shape))})"
        )
    return np.asarray(images, np.float32)


def _encoded(values: NDArray[np.float32], details: dict[str, Any]) -> NDArray[Any]:
    scale, zero_point = details["quantization"]
    if details["dtype"] == np.float32:
        return values
    bounds = np.iinfo(details["dtype"])
    return np.clip(np.round(values / scale) + zero_point, bounds.min, bounds.max).astype(details["dtype"])


def _decoded(values: NDArray[Any], details: dict[str, Any]) -> NDArray[np.float32]:
    scale, zero_point = details["quantization"]
    if details["dtype"] == np.float32:
        return values
    return np.float32(scale) * (values.astype(np.float32) - zero_point)


def _interpreter(content: bytes, threads: int) -> Any:
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        import tensorflow as tf

        Interpreter = tf.lite.Interpreter
    with _quiet():
        return Interpreter(model_content=content, num_threads=threads)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Drop the converter's chatter, and the warning that TensorFlow's own interpreter will move to another package."""
    nowhere = io.StringIO()
    logger = logging.getLogger("tensorflow")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stderr(nowhere), contextlib.redirect_stdout(nowhere):
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
