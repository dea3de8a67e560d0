"""Networks as files for small devices: conversion to TensorFlow Lite (LiteRT), running them here, and their size."""

from __future__ import annotations

import contextlib
import gzip
import io
import logging
import os
import re
import reprlib
import sys
import tempfile
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from labkit.arguments import one_of, whole_number

Precision = Literal["float32", "int8 weights", "int8"]
PRECISIONS = ("float32", "int8 weights", "int8")

# What is changed for a moment while a file is made belongs to the whole process: where messages go, a model's policy.
_one_at_a_time = threading.RLock()


def to_tflite(
    model: Any,
    *,
    precision: Precision = "float32",
    representative_images: NDArray[Any] | None = None,
    batch_size: int = 1,
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
        With one input and a fixed image size. Where it computes in half precision (``mixed_float16``), the file
        computes the same in float32, which every device can. Several outputs, in a list or a dictionary, stand in the
        file in their order, under the names of their layers or their keys.
    precision : {"float32", "int8 weights", "int8"}
        ``"float32"`` changes no number. ``"int8 weights"`` stores each kernel of 1,024 weights or more as int8 (the
        activations between the layers stay float32). ``"int8"`` makes weights and activations int8, the input and the
        output as well.
    representative_images : ndarray, shape (n, height, width, channels)
        Needed for ``"int8"``: images as the network takes them, from the training set. From what each layer answers
        to them come the ranges of the activations. A hundred are enough.
    batch_size : int
        How many images the network in the file takes at a time.

    Returns
    -------
    bytes
        What a ``.tflite`` file holds.

    Raises
    ------
    TypeError
        If `model` is no Keras model.
    ValueError
        If an argument is none of these, images are missing, superfluous or of the wrong shape, or the model has
        several inputs, no fixed image size, or a layer that TensorFlow Lite cannot compute.
    """
    import keras
    import tensorflow as tf

    one_of("precision", precision, PRECISIONS)
    batch_size = whole_number("batch_size", batch_size)
    if not isinstance(model, keras.Model):
        raise TypeError(f"model is {model!r}; allowed is a Keras model")
    if not getattr(model, "inputs", None):
        raise ValueError(
            f"model is {model.name!r}, which has no fixed inputs; allowed is a sequential or functional model"
        )
    if len(model.inputs) != 1:
        raise ValueError(f"model is {model.name!r} with {len(model.inputs)} inputs; allowed is one")
    names = _output_names(model)
    shape = tuple(model.inputs[0].shape[1:])
    if None in shape:
        raise ValueError(f"model is {model.name!r} for inputs of {shape}; allowed is a fixed size")
    images = _representative(precision, representative_images, shape)
    # The batch size is fixed in the file, so that no shape has to be computed while it runs.
    whole = not tf.as_dtype(model.inputs[0].dtype).is_floating
    batch = tf.TensorSpec((batch_size, *shape), model.inputs[0].dtype if whole else tf.float32)

    def run(image: Any) -> Any:
        outputs = network(image, training=False)
        if isinstance(outputs, tf.Tensor):
            return outputs
        return dict(zip(names, outputs.values() if isinstance(outputs, dict) else outputs, strict=True))

    with _one_at_a_time, quiet(), _in_float32(model):
        try:
            network = _with_float32_weights(model)
            program = tf.function(run, autograph=False).get_concrete_function(batch)
            holder = tf.Module()  # a Keras model does not show its variables to the converter, which leaves them out
            holder.weights = [weight.value for weight in network.weights]
            converter = tf.lite.TFLiteConverter.from_concrete_functions([program], holder)
            if precision != "float32":
                converter.optimizations = [tf.lite.Optimize.DEFAULT]
            if images is not None:
                batches = np.resize(images, (-(-len(images) // batch_size), batch_size, *shape))
                converter.representative_dataset = lambda: ([each] for each in batches)
                converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
                converter.inference_input_type = converter.inference_output_type = tf.int8
            content = bytes(converter.convert())
        except Exception as error:  # of many kinds, and of many pages
            raise ValueError(
                f"model is {model.name!r}, which cannot be converted: {_reason(error)}; allowed are layers whose "
                f"operations TensorFlow Lite has"
            ) from None
    return _in_order(content, names)


class LiteNetwork:
    """Run a TensorFlow Lite file on this machine, as many images at a time as it was made for.

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
        threads = whole_number("threads", threads)
        if not isinstance(content, bytes) or content[4:8] != b"TFL3":
            raise ValueError(f"content is {reprlib.repr(content)}; allowed is what a .tflite file holds")
        with _one_at_a_time, quiet():
            try:
                _read_through(content)
                self._interpreter = _interpreter(content, threads)
                self._interpreter.allocate_tensors()
            except (ValueError, RuntimeError) as error:
                raise ValueError(
                    f"content is a .tflite file that cannot be read: {_reason(error)}; allowed is a whole one"
                ) from None
            (self._input,) = self._interpreter.get_input_details()
            self._outputs = self._interpreter.get_output_details()
            self._names = _names_in(self._interpreter, self._outputs)

    @property
    def batch_size(self) -> int:
        """How many images it takes at a time."""
        return int(self._input["shape"][0])

    @property
    def output_names(self) -> tuple[str, ...]:
        """The names of its outputs, in their order."""
        return self._names

    @property
    def input_scheme(self) -> tuple[float, int]:
        """Scale and zero point of the input; ``(0.0, 0)`` where it is float32."""
        return self._input["quantization"]

    def prepare(self, image: NDArray[Any]) -> NDArray[Any]:
        """Return one image, or as many as it takes at a time, with a batch axis, float32 or quantized."""
        batch = np.asarray(image, np.float32)
        return _encoded(batch if batch.ndim == len(self._input["shape"]) else batch[np.newaxis], self._input)

    def run(self, prepared: NDArray[Any]) -> Any:
        """Run the network on prepared images and return what it gives, as it gives it; this is what is timed.

        Of several outputs it is a tuple.
        """
        self._interpreter.set_tensor(self._input["index"], prepared)
        self._interpreter.invoke()
        given = tuple(self._interpreter.get_tensor(output["index"]) for output in self._outputs)
        return given[0] if len(given) == 1 else given

    def predict(self, images: NDArray[Any]) -> Any:
        """Return the outputs for many images, as the Keras network would: an array, or several by their names.

        Raises
        ------
        ValueError
            If the images have another shape than the network takes.
        """
        shape = tuple(self._input["shape"][1:].tolist())
        if np.shape(images)[1:] != shape:
            raise ValueError(f"images have the shape {np.shape(images)}; allowed is (n, {', '.join(map(str, shape))})")
        images, size = np.asarray(images, np.float32), self.batch_size
        empty = [_decoded(np.zeros((0, *output["shape"][1:]), output["dtype"]), output) for output in self._outputs]
        parts = [empty]
        for at in range(0, len(images), size):
            part = images[at : at + size]
            filled = np.concatenate([part, np.zeros((size - len(part), *shape), np.float32)])
            given = self.run(self.prepare(filled))
            several = given if isinstance(given, tuple) else (given,)
            parts.append(
                [_decoded(values, output)[: len(part)] for values, output in zip(several, self._outputs, strict=True)]
            )
        joined = [np.concatenate(each) for each in zip(*parts, strict=True)]
        return joined[0] if len(joined) == 1 else dict(zip(self._names, joined, strict=True))


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
    if not scale:
        return values.astype(details["dtype"])
    bounds = np.iinfo(details["dtype"])
    return np.clip(np.round(values / scale) + zero_point, bounds.min, bounds.max).astype(details["dtype"])


def _decoded(values: NDArray[Any], details: dict[str, Any]) -> NDArray[np.float32]:
    scale, zero_point = details["quantization"]
    if not scale:
        return values
    return np.float32(scale) * (values.astype(np.float32) - zero_point)


def _read_through(content: bytes) -> None:
    """Raise a ValueError where a file points beyond its end: older TensorFlow reads on there, and Python ends."""
    from tensorflow.lite.python import schema_py_generated as schema

    try:
        schema.ModelT.InitFromPackedBuf(content, 0)
    except Exception as error:  # of many kinds: wherever the reading came to its end
        raise ValueError(f"its structure ends too early ({type(error).__name__})") from None


def _interpreter(content: bytes, threads: int) -> Any:
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        import tensorflow as tf

        Interpreter = tf.lite.Interpreter
    return Interpreter(model_content=content, num_threads=threads)


def _output_names(model: Any) -> list[str]:
    """One name for each output: the dictionary's keys, or those of the layers, numbered where one comes again."""
    structure = model._outputs_struct if hasattr(model, "_outputs_struct") else model.outputs
    if isinstance(structure, dict):
        names, values = [str(key) for key in structure], list(structure.values())
    else:
        values = list(structure) if isinstance(structure, list | tuple) else [structure]
        layers = list(getattr(model, "output_names", []))
        names = layers if len(layers) == len(values) else [f"output_{number}" for number in range(len(values))]
    if any(isinstance(value, dict | list | tuple) for value in values):
        raise ValueError(
            f"model is {model.name!r}, whose outputs are nested; allowed are one output, a list or a dictionary of them"
        )
    return [
        name if name not in names[:place] else f"{name}_{names[:place].count(name)}" for place, name in enumerate(names)
    ]


@contextlib.contextmanager
def _in_float32(model: Any) -> Iterator[None]:
    """Let layers that compute in half precision compute in float32 for a moment; weights are as they are."""
    half = [(layer, layer.dtype_policy) for layer in model._flatten_layers() if "16" in str(layer.compute_dtype)]
    try:
        for layer, _ in half:
            layer.dtype_policy = "float32"
        yield
    finally:
        for layer, policy in half:
            layer.dtype_policy = policy


def _with_float32_weights(model: Any) -> Any:
    """Return the model, or a copy whose weights are float32 where its own are of half precision."""
    import keras

    # Older Keras notes the change to half precision before a layer as an operation of its own, which no policy reaches.
    casts = [each for each in getattr(model, "operations", ()) if type(each).__name__ == "Cast"]
    if not any("16" in str(each.dtype) for each in (*model.weights, *casts)):
        return model

    def in_float32(layer: Any) -> Any:
        if isinstance(layer, keras.layers.Lambda):  # its function, which a configuration cannot hold
            return keras.layers.Lambda(layer.function, name=layer.name, dtype="float32")
        return type(layer).from_config({**layer.get_config(), "dtype": "float32"})

    copy = keras.models.clone_model(model, clone_function=in_float32, recursive=True)
    copy.set_weights([np.asarray(weight, np.float32) for weight in model.get_weights()])
    return copy


def _in_order(content: bytes, names: list[str]) -> bytes:
    """Bring the outputs of a file, which the converter shuffles, into the model's order."""
    if len(names) == 1:
        return content
    from tensorflow.lite.python import schema_py_generated as schema

    changed = bytearray(content)
    file = schema.Model.GetRootAs(changed, 0)
    signature = file.SignatureDefs(0)
    given = [signature.Outputs(number) for number in range(signature.OutputsLength())]
    places = {each.Name().decode(): each.TensorIndex() for each in given}
    file.Subgraphs(0).OutputsAsNumpy()[:] = [places[name] for name in names]
    return bytes(changed)


def _names_in(interpreter: Any, outputs: list[dict[str, Any]]) -> tuple[str, ...]:
    """The names that a file's signature gives to its outputs; those of the tensors where it has none."""
    for signature in interpreter.get_signature_list():
        details = interpreter.get_signature_runner(signature).get_output_details()
        names = {each["index"]: name for name, each in details.items()}
        return tuple(names.get(output["index"], output["name"]) for output in outputs)
    return tuple(output["name"] for output in outputs)


def _reason(error: Exception) -> str:
    """What an error of many pages says, in a few words: its telling line, without colours and places in the code."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    lines = [line.strip() for line in text.splitlines() if line.strip()] or [type(error).__name__]
    telling = next((line for line in lines if "error:" in line.lower() or "not " in line), lines[0])
    words = telling.split("error: ")[-1].rstrip(".;: ")
    return words if len(words) <= 200 else f"{words[:199]}…"


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Drop the converter's chatter, and the warning that TensorFlow's own interpreter will move to another package.

    >>> import os
    >>> with quiet():
    ...     _ = os.write(2, b"nobody sees this")

    Most of it is written by C++, straight to the process's standard error, which Python cannot redirect; Jupyter shows
    it under the cell.
    """
    nowhere = io.StringIO()
    loggers = [logging.getLogger(name) for name in ("tensorflow", "absl")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    sys.stderr.flush()
    kept, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stderr(nowhere), contextlib.redirect_stdout(nowhere):
            warnings.simplefilter("ignore")
            yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(null)
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
