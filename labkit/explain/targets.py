"""What is asked: of which class, and of which number for it, the logit or the output."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from numpy.typing import NDArray

from labkit.explain.finding_layers import list_layers
from labkit.explain.taps import wrapped_calls

Target = Any
"""A class index or name, a sequence of these, one an image, a function of the outputs, or None: what is predicted."""

PREDICTED = -1
SCORES = ("logit", "output")


def resolve_target(
    target: Target, images: int, class_names: Sequence[str] | None
) -> NDArray[np.int64] | Callable[[Any], Any]:
    """Return one class index an image (`PREDICTED` where the network is to say), or the function that was given.

    >>> resolve_target("dog", 2, class_names=("cat", "dog")).tolist()
    [1, 1]
    >>> resolve_target(["dog", None], 2, class_names=("cat", "dog")).tolist()
    [1, -1]

    Raises
    ------
    TypeError, ValueError
        When a name is not among the class names, or there are not as many targets as images.
    """
    if callable(target):
        return target
    if isinstance(target, list | tuple | np.ndarray) and np.ndim(np.asarray(target, dtype=object)) == 1:
        if len(target) != images:
            raise ValueError(f"target has {len(target)} entries; {images} images need one, or {images}")
        return np.array([_index(each, class_names) for each in target], np.int64)
    return np.full(images, _index(target, class_names), np.int64)


def _index(target: Any, class_names: Sequence[str] | None) -> int:
    if target is None:
        return PREDICTED
    if isinstance(target, str):
        if class_names is None:
            raise ValueError(f"target is {target!r}; a name needs class_names=, in the order of the outputs")
        names = list(class_names)
        if target not in names:
            near = difflib.get_close_matches(target, names, n=3, cutoff=0.4)
            raise ValueError(f"target is {target!r}, no class; near it are {', '.join(near or names[:10])}")
        return names.index(target)
    if isinstance(target, bool) or not isinstance(target, int | np.integer):
        raise TypeError(f"target is {target!r}; allowed is a class index, a name, a function of the outputs, or None")
    if target < 0:
        raise ValueError(f"target is {target}; class indices begin at 0")
    return int(target)


def check_score(score: str) -> None:
    """Refuse what is neither ``"logit"`` nor ``"output"``."""
    if score not in SCORES:
        raise ValueError(f'score is {score!r}; allowed are "logit" and "output"')


def check_range(classes: NDArray[np.int64], outputs: int) -> None:
    """Refuse a class that the network does not have; one output stands for two classes."""
    allowed = max(outputs, 2)
    if classes.size and classes.max() >= allowed:
        raise ValueError(f"target is {classes.max()}; the network tells {allowed} classes apart, 0 to {allowed - 1}")


class Logits:
    """The numbers that went into the softmax or the sigmoid, for each output of a model that ends in one."""

    def __init__(self) -> None:
        self.pairs: list[tuple[Any, Any]] = []

    def behind(self, output: Any) -> Any | None:
        """Return the logits behind an output, or nothing where no softmax or sigmoid layer made it."""
        return next((logits for made, logits in reversed(self.pairs) if made is output), None)


@contextmanager
def logits_read(model: Any) -> Iterator[Logits]:
    """Write down what every softmax and sigmoid is given, while the model runs; it is as it was afterwards."""
    logits = Logits()

    def read(layer: Any, original: Callable, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(layer, layers.Activation | layers.Softmax):
            before, output = inputs, original(inputs, *args, **kwargs)
        else:
            # The layer's own arithmetic without its last step, and then that step.
            activation = layer.__dict__["activation"]
            layer.__dict__["activation"] = keras.activations.linear
            try:
                before = original(inputs, *args, **kwargs)
            finally:
                layer.__dict__["activation"] = activation
            output = activation(before)
        logits.pairs.append((output, before))
        return output

    squashing = [place.layer for place in list_layers(model) if _squashes(place.layer)]
    with wrapped_calls(squashing, read):
        yield logits


def _squashes(layer: Any) -> bool:
    """Whether a softmax or a sigmoid is the last step of a layer, and can be told from the rest."""
    if isinstance(layer, layers.Softmax):
        return layer.axis in (-1, (-1,), [-1])
    if getattr(layer, "activation", None) not in (keras.activations.softmax, keras.activations.sigmoid):
        return False
    whole = (layers.Activation.call, layers.Dense.call, layers.Conv2D.call, layers.EinsumDense.call)
    return type(layer).call in whole


def scores_and_classes(outputs: Any, logits: Logits, classes: Any, score: str) -> tuple[Any, Any, int]:
    """Return each image's score for its class, that class, and how many outputs there are.

    A network with one output tells two classes apart: its logit speaks for class 1, and its negative for class 0.
    """
    if not isinstance(outputs, tf.Tensor):
        one = repr(next(iter(outputs))) if isinstance(outputs, dict) else 0
        raise ValueError(
            f"the model has {len(outputs)} outputs in a {type(outputs).__name__}; choose by a function, as in "
            f"target=lambda outputs: outputs[{one}][:, 3]"
        )
    before = logits.behind(outputs)
    values = tf.cast(outputs if before is None or score == "output" else before, tf.float32)
    if values.shape.rank == 1:
        values = values[:, tf.newaxis]
    if values.shape.rank != 2:
        raise ValueError(
            f"the output has shape {tuple(outputs.shape)}; (n, classes) is needed, or a function that makes one number "
            f"an image of it, as in target=lambda outputs: outputs[:, 5, 5, 3]"
        )
    count = values.shape[-1]
    if count == 1:
        probability = before is not None and score == "output"
        values = tf.concat([1 - values if probability else -values, values], axis=1)
    chosen = tf.where(classes < 0, tf.argmax(values, axis=1), classes)
    # Out of range is reported afterwards, in plain words; here the program only must not fail.
    kept = tf.minimum(chosen, values.shape[-1] - 1)
    return tf.gather(values, kept, axis=1, batch_dims=1), chosen, count


def scores_by_function(outputs: Any, logits: Logits, function: Callable[[Any], Any], score: str) -> Any:
    """Return what the reader's function makes of the outputs (of the logits behind them, where there are any)."""

    def chosen(output: Any) -> Any:
        before = logits.behind(output)
        return output if before is None or score == "output" else before

    images = tf.nest.flatten(outputs)[0].shape[0]
    scores = tf.convert_to_tensor(function(tf.nest.map_structure(chosen, outputs)))
    if scores.shape != (images,):
        raise ValueError(f"target gave shape {tuple(scores.shape)}; of {images} images it must make ({images},)")
    return tf.cast(scores, tf.float32)
