"""One pass through a network and back, as far as a question needs it: to a layer, to the image, or not at all.

A program is recorded once for each model, layer and kind of question and then kept, as long as the model lives: the
second image takes a fraction of the time of the first. It reads the weights as they are when it runs.
"""

from __future__ import annotations

import inspect
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from labkit.explain.batches import check_differentiable
from labkit.explain.finding_layers import Place, inputs_of
from labkit.explain.guided_relus import GuidedTape
from labkit.explain.taps import tap
from labkit.explain.targets import check_range, read_outputs, scores_and_classes, scores_by_function

_programs: weakref.WeakKeyDictionary[Any, tuple[tuple, dict[Any, Callable]]] = weakref.WeakKeyDictionary()
_recording = threading.RLock()  # a model is recorded by one thread at a time, and run by any number


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
    outputs
        How many the network has; 0 where a function chose, or where one output leaves the choice of a class open.
    """

    scores: NDArray[np.float32]
    classes: NDArray[np.int64] | None
    maps: NDArray[np.float32]
    gradients: NDArray[np.float32]
    outputs: int


def layer_pass(
    model: Any, place: Place, images: NDArray, target: Any, score: str, call: int = -1, batch_size: int = 8
) -> Pass:
    """Return a layer's maps and the gradient of the scores by them; only what follows the layer is run backwards."""
    name = place.name

    def look(tape: Any, own: Any, layer: Any, batch: Any) -> tuple[Any, Any]:
        with tap(own, layer, lambda _, output: _watch(tape, output)) as seen:
            outputs = own(batch, training=False)
        maps = seen.call(layer, call)
        if not isinstance(maps, tf.Tensor):
            raise ValueError(f"layer {name} gives {len(maps)} tensors; choose a layer that gives one")
        return outputs, maps

    ask = _Question(("layer", Same(place.layer), call), look, score, f"what layer {name} gives")
    return ask.of(model, place.layer, images, target, batch_size)


def image_pass(
    model: Any, images: NDArray, target: Any, score: str, batch_size: int = 8, *, guided: bool = False
) -> Pass:
    """Return the gradient of the scores by every number of the images; guided, if wanted, by the ReLUs on the way."""
    check_differentiable(model)

    def look(tape: Any, own: Any, _: Any, batch: Any) -> tuple[Any, Any]:
        tape.watch(batch)
        return own(batch, training=False), batch

    tape: Callable = GuidedTape if guided else _plain_tape
    question = _Question(("picture", guided), look, score, "the images", tape)
    found = question.of(model, None, images, target, batch_size)
    return replace(found, maps=found.maps[:0])


def score_pass(model: Any, images: NDArray, target: Any, score: str, batch_size: int = 8) -> Pass:
    """Return the scores alone."""

    def look(_: Any, own: Any, __: Any, batch: Any) -> tuple[Any, Any]:
        return own(batch, training=False), None

    return _Question(("score",), look, score, "").of(model, None, images, target, batch_size)


def _plain_tape() -> tf.GradientTape:
    return tf.GradientTape(watch_accessed_variables=False)


@dataclass(frozen=True, eq=False)
class _Question:
    """What is asked of a model: ``look(tape, model, layer, batch)`` gives its outputs, and by what to differentiate."""

    key: tuple
    look: Callable
    score: str
    source: str
    tape: Callable = _plain_tape

    def of(self, model: Any, layer: Any, images: NDArray, target: Any, batch_size: int) -> Pass:
        parts = []
        for at in range(0, len(images), batch_size):
            batch = images[at : at + batch_size]
            if callable(target):
                parts.append(self._by_function(model, layer, batch, target))
            else:
                key = (*self.key, self.score)
                parts.append(run_program(model, key, self._by_class, layer, batch, target[at : at + batch_size]))
        scores, classes, counts, maps, gradients = zip(*parts, strict=True)
        chosen = None
        if not callable(target):
            chosen = _joined(classes).astype(np.int64)
            check_range(target, chosen, int(counts[0]))
        floats = [_joined([tf.cast(each, tf.float32) for each in some]) for some in (maps, gradients)]
        result = Pass(_joined(scores), chosen, floats[0], floats[1], int(counts[0]))
        if not all(np.isfinite(each).all() for each in (result.scores, result.maps, result.gradients)):
            raise ValueError(
                f"{model.name} gives NaN or infinity for these images, in its maps, scores or gradients; check its "
                f"weights, and in half precision the size of its numbers"
            )
        return result

    def _by_class(self, own: Any, layer: Any, batch: Any, asked: Any) -> tuple:
        with self.tape() as tape:
            outputs, source = self.look(tape, own, layer, batch)
            scores, classes, count = scores_and_classes(outputs, asked, self.score)
        return scores, classes, count, *self._derived(tape, scores, source, batch)

    def _by_function(self, model: Any, layer: Any, batch: NDArray, function: Callable) -> tuple:
        """Differentiate the reader's function by itself, new each time, and the model by programs that are kept."""
        read = run_program(model, ("read", self.score), self._read, None, batch)
        floats = [each for each in tf.nest.flatten(read) if each.dtype.is_floating]
        with tf.GradientTape() as tape:
            tape.watch(floats)
            scores = scores_by_function(read, function)
        if not self.source:
            return scores, None, 0, batch[:0], batch[:0]
        slopes = [(number, slope) for number, slope in enumerate(tape.gradient(scores, floats)) if slope is not None]
        if not slopes:
            raise ValueError("the score does not depend on the outputs, so there is nothing to explain")
        numbers = [number for number, _ in slopes]

        def back(own: Any, tapped: Any, images: Any, *given: Any) -> tuple:
            with self.tape() as inner:
                outputs, source = self.look(inner, own, tapped, images)
                every = tf.nest.flatten(read_outputs(outputs, self.score))
                used = [each for each in every if each.dtype.is_floating]
            return self._derived(inner, [used[number] for number in numbers], source, images, list(given))

        key = (*self.key, self.score, tuple(numbers))
        given = [tf.convert_to_tensor(slope) for _, slope in slopes]
        return scores, None, 0, *run_program(model, key, back, layer, batch, *given)

    def _read(self, own: Any, _: Any, batch: Any) -> Any:
        return read_outputs(own(batch, training=False), self.score)

    def _derived(self, tape: Any, scores: Any, source: Any, batch: Any, slopes: Any = None) -> tuple[Any, Any]:
        if source is None:
            return batch[:0], batch[:0]
        gradient = tape.gradient(scores, source, output_gradients=slopes)
        if gradient is None:
            raise ValueError(f"the score does not depend on {self.source}, so there is nothing to explain there")
        return source, tf.cast(gradient, tf.float32)


def _watch(tape: Any, output: Any) -> None:
    for tensor in tf.nest.flatten(output):
        if tensor.dtype.is_floating:
            tape.watch(tensor)


def _joined(parts: Any) -> NDArray:
    return np.concatenate([np.asarray(part) for part in parts])


def run_program(model: Any, key: tuple, run: Callable, layer: Any, *arrays: Any) -> Any:
    """Run ``run(model, layer, *arrays)`` as a recorded program, recording it anew if the model has changed since."""
    given = [tf.constant(array) for array in arrays]
    # One program for any number of images, where the model's graph admits that.
    any_number = bool(inputs_of(model))
    shapes = tuple((None, *each.shape[1:]) if any_number else tuple(each.shape) for each in given)
    with _recording:
        programs = _programs_of(model)
        whole_key = (*key, shapes)
        if whole_key not in programs:
            # Held weakly: a program must not keep alive the model that keeps it.
            own, tapped = weakref.ref(model), weakref.ref(layer) if layer is not None else lambda: None
            specs = [tf.TensorSpec(shape, each.dtype) for shape, each in zip(shapes, given, strict=True)]
            function = tf.function(lambda *tensors: run(own(), tapped(), *tensors), autograph=False)
            try:
                programs[whole_key] = function.get_concrete_function(*specs)
            except Exception:
                if not getattr(model, "run_eagerly", False):
                    raise
                programs[whole_key] = lambda *tensors: run(own(), tapped(), *tensors)
        program = programs[whole_key]
    return program(*given)


def _programs_of(model: Any) -> dict[Any, Callable]:
    """Return the programs recorded of a model as it is now; those of another state of it are forgotten."""
    state = tuple(_state(layer) for layer in model._flatten_layers())
    kept = _programs.get(model)
    if kept is None or kept[0] != state:
        kept = _programs[model] = (state, {})
    return kept[1]


def _state(layer: Any) -> tuple:
    """What a layer computes with, but for the values of its weights: settings, functions, and which variables it has.

    Who takes the softmax off the last layer by hand must get another program.
    """
    own = [(name, Same(value) if callable(value) else repr(value)) for name, value in vars(layer).items()
           if not name.startswith("_") and (callable(value) or _is_plain(value))]  # fmt: skip
    policy = getattr(layer, "dtype_policy", None)
    return Same(layer), getattr(policy, "name", None), tuple(own), tuple(map(Same, layer.variables))


def _is_plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, str | int | float)


class Same:
    """Equal only to what holds the very same object; an ``id`` would be given again once the object is gone."""

    def __init__(self, value: Any):
        method = inspect.ismethod(value)  # made anew whenever it is read: the same if its object and function are
        self.hash = id(value.__self__) if method else id(value)
        try:  # weakly: what is compared must not be kept alive, and with it the model
            self.value: Callable[[], Any] = weakref.WeakMethod(value) if method else weakref.ref(value)
        except TypeError:
            self.value = lambda: value

    def __hash__(self) -> int:
        return self.hash

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Same):
            return False
        mine, theirs = self.value(), other.value()
        return mine is not None and (mine is theirs or (inspect.ismethod(mine) and mine == theirs))
