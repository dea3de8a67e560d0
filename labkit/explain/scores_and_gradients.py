"""One pass through a network and back, as far as a question needs it: to a layer, to the image, or not at all.

A program is recorded once for each model, layer and kind of question and then kept, as long as the model lives: the
second image takes a fraction of the time of the first. It reads the weights as they are when it runs.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike, NDArray

from labkit.explain.finding_layers import Place, checked_model, inputs_of
from labkit.explain.taps import tap
from labkit.explain.targets import check_range, logits_read, scores_and_classes, scores_by_function

_programs: weakref.WeakKeyDictionary[Any, dict[Any, Callable]] = weakref.WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class Pass:
    """What one pass gave.

    Attributes
    ----------
    scores
        Shape ``(n,)``: the number that was asked about, for each image.
    classes
        Shape ``(n,)``: the class it belongs to; ``None`` where a function chose.
    maps, gradients
        Of the layer, or of the image: its values and the score's derivative by each of them, float32. Empty where
        only the scores were asked for.
    """

    scores: NDArray[np.float32]
    classes: NDArray[np.int64] | None
    maps: NDArray[np.float32]
    gradients: NDArray[np.float32]


def as_batch(model: Any, images: ArrayLike) -> NDArray[np.float32]:
    """Return images as the model takes them, with a batch axis.

    Raises
    ------
    TypeError, ValueError
        When there are no images, they are not numbers, hold NaN or infinity, or do not fit the model's input.
    """
    inputs = inputs_of(checked_model(model))
    if len(inputs) > 1:
        raise ValueError(
            f"{model.name} has {len(inputs)} inputs; allowed is one: make a model in which the others are fixed, "
            f"keras.Model(images, model([images, ...]))"
        )
    batch = np.asarray(images)
    if batch.dtype.kind not in "uifb":
        raise TypeError(f"images hold {batch.dtype}; allowed are numbers")
    if batch.ndim == 3:
        batch = batch[np.newaxis]
    if batch.ndim != 4 or not batch.size:
        raise ValueError(f"images have shape {np.shape(images)}; allowed is (n, height, width, channels), or one image")
    expected = tuple(inputs[0].shape[1:]) if inputs else (None, None, None)
    if len(expected) == 3 and any(
        want not in (None, have) for want, have in zip(expected, batch.shape[1:], strict=True)
    ):
        raise ValueError(f"images have shape {batch.shape}; {model.name} takes (n, {', '.join(map(str, expected))})")
    batch = batch.astype(np.float32)
    if not np.isfinite(batch).all():
        raise ValueError("images hold NaN or infinity; allowed are finite numbers")
    return batch


def layer_pass(
    model: Any, place: Place, images: NDArray, target: Any, score: str, call: int = -1, batch_size: int = 32
) -> Pass:
    """Return a layer's maps and the gradient of the scores by them; only what follows the layer is run backwards."""
    name = place.name

    def run(own: Any, layer: Any, batch: Any, asked: Any) -> tuple:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            with tap(own, layer, lambda _, output: _watch(tape, output)) as seen:
                scores, classes, count = _ask(own, batch, asked, score)
            maps = seen.call(layer, call)
        if not isinstance(maps, tf.Tensor):
            raise ValueError(f"layer {name} gives {len(maps)} tensors; choose a layer that gives one")
        return scores, classes, count, maps, _gradient(tape, scores, maps, f"what layer {name} gives")

    return _in_batches(model, ("layer", place.layer, score, call), run, images, target, batch_size, place.layer)


def picture_pass(model: Any, images: NDArray, target: Any, score: str, batch_size: int = 32) -> Pass:
    """Return the gradient of the scores by every number of the images."""

    def run(own: Any, _: Any, batch: Any, asked: Any) -> tuple:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(batch)
            scores, classes, count = _ask(own, batch, asked, score)
        return scores, classes, count, batch[:0], _gradient(tape, scores, batch, "the images")

    return _in_batches(model, ("picture", score), run, images, target, batch_size)


def score_pass(model: Any, images: NDArray, target: Any, score: str, batch_size: int = 32) -> Pass:
    """Return the scores alone."""

    def run(own: Any, _: Any, batch: Any, asked: Any) -> tuple:
        return (*_ask(own, batch, asked, score), batch[:0], batch[:0])

    return _in_batches(model, ("score", score), run, images, target, batch_size)


def _ask(model: Any, batch: Any, asked: Any, score: str) -> tuple:
    with logits_read(model) as logits:
        outputs = model(batch, training=False)
    if callable(asked):
        return scores_by_function(outputs, logits, asked, score), None, 0
    return scores_and_classes(outputs, logits, asked, score)


def _watch(tape: Any, output: Any) -> None:
    for tensor in tf.nest.flatten(output):
        if tensor.dtype.is_floating:
            tape.watch(tensor)


def _gradient(tape: Any, scores: Any, source: Any, name: str) -> Any:
    gradient = tape.gradient(scores, source)
    if gradient is None:
        raise ValueError(f"the score does not depend on {name}, so there is nothing to explain there")
    return tf.cast(gradient, tf.float32)


def _in_batches(
    model: Any, key: tuple, run: Callable, images: NDArray, target: Any, batch_size: int, layer: Any = None
) -> Pass:
    if callable(target):  # a function is the reader's, new each time, perhaps with other values inside: no program
        parts = [run(model, layer, tf.constant(images[at : at + batch_size]), target)
                 for at in range(0, len(images), batch_size)]  # fmt: skip
    else:
        parts = [run_program(model, key, run, layer, images[at : at + batch_size], target[at : at + batch_size])
                 for at in range(0, len(images), batch_size)]  # fmt: skip
    scores, classes, _, maps, gradients = zip(*parts, strict=True)
    chosen = None
    if not callable(target):
        chosen = _joined(classes).astype(np.int64)
        check_range(chosen, int(parts[0][2]))
    result = Pass(
        _joined(scores),
        chosen,
        _joined([tf.cast(each, tf.float32) for each in maps]),
        _joined(gradients),
    )
    if not all(np.isfinite(each).all() for each in (result.scores, result.maps, result.gradients)):
        raise ValueError(
            f"{model.name} gives NaN or infinity for these images, in its maps, scores or gradients; check its "
            f"weights, and in half precision the size of its numbers"
        )
    return result


def _joined(parts: Any) -> NDArray:
    return np.concatenate([np.asarray(part) for part in parts])


def run_program(model: Any, key: tuple, run: Callable, layer: Any, *arrays: NDArray) -> Any:
    """Run ``run(model, layer, *arrays)`` as a recorded program, recording it anew if the model has changed since."""
    given = [tf.constant(array) for array in arrays]
    if getattr(model, "run_eagerly", False):
        return run(model, layer, *given)
    # Who takes the softmax off the last layer by hand must get another program.
    state = tuple((id(each), id(getattr(each, "activation", None))) for each in model._flatten_layers())
    # One program for any number of images, where the model's graph admits that.
    any_number = bool(inputs_of(model))
    shapes = tuple((None, *each.shape[1:]) if any_number else tuple(each.shape) for each in given)
    programs = _programs.setdefault(model, {})
    whole_key = (*(id(part) if part is layer else part for part in key), shapes, state)
    if whole_key not in programs:
        # Held weakly: a program must not keep alive the model that keeps it.
        own, tapped = weakref.ref(model), weakref.ref(layer) if layer is not None else lambda: None
        specs = [tf.TensorSpec(shape, each.dtype) for shape, each in zip(shapes, given, strict=True)]
        function = tf.function(lambda *tensors: run(own(), tapped(), *tensors), autograph=False)
        programs[whole_key] = function.get_concrete_function(*specs)
    return programs[whole_key](*given)
