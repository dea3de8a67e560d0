"""What is asked: of which class, and of which number for it, the logit or the output."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from labkit.explain.output_operations import is_unbounded, squashing_step

Target = Any
"""A class index or name, a sequence of these, one an image, a function of the outputs, or None: what is predicted."""

PREDICTED = -1
UNDECIDED = 0
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
    check_names(class_names)
    if callable(target):
        return target
    if isinstance(target, list | tuple | np.ndarray) and np.ndim(np.asarray(target, dtype=object)) == 1:
        if len(target) != images:
            raise ValueError(f"target has {len(target)} entries; {images} images need one, or {images}")
        return np.array([_index(each, class_names) for each in target], np.int64)
    return np.full(images, _index(target, class_names), np.int64)


def check_names(class_names: Sequence[str] | None, outputs: int | None = None) -> None:
    """Refuse one text for class names, a name twice, and more or fewer than the network tells classes apart."""
    if class_names is None:
        return
    if isinstance(class_names, str):
        raise TypeError(f"class_names is {class_names!r}; allowed is a sequence of names, in the order of the outputs")
    names = list(class_names)
    first: dict[str, int] = {}
    for number, name in enumerate(names):
        if first.setdefault(name, number) < number:
            raise ValueError(
                f"class_names has {name!r} at {first[name]} and at {number}; "
                f"allowed is a name of its own for each class"
            )
    if outputs is not None and len(names) != max(outputs, 2):
        raise ValueError(
            f"class_names has {len(names)} names; the network tells {max(outputs, 2)} classes apart, and each needs "
            f"one, in the order of the outputs"
        )


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


def check_range(asked: NDArray[np.int64], classes: NDArray[np.int64], outputs: int) -> None:
    """Refuse a class that the network does not have, and a choice it cannot make; one output stands for two classes."""
    if outputs == UNDECIDED and (asked == PREDICTED).any():
        raise ValueError(
            "target is None, but the single output comes neither from a sigmoid nor straight from sums of products, so "
            "that no threshold between two classes is known; give target=1 for what the output speaks for, target=0 "
            "for its opposite, or a function, as in target=lambda outputs: outputs[:, 0]"
        )
    allowed = max(outputs, 2)
    if classes.size and classes.max() >= allowed:
        raise ValueError(f"target is {classes.max()}; the network tells {allowed} classes apart, 0 to {allowed - 1}")


def read_outputs(outputs: Any, score: str) -> Any:
    """Return the outputs; for the score ``"logit"``, of each that ends in a softmax or sigmoid, what went into it."""

    def read(output: Any) -> Any:
        step = squashing_step(output) if score == "logit" else None
        return output if step is None else step.logits

    return tf.nest.map_structure(read, outputs)


def scores_and_classes(outputs: Any, classes: Any, score: str) -> tuple[Any, Any, int]:
    """Return each image's score for its class, that class, and how many outputs there are.

    A network with one output tells two classes apart: its logit speaks for class 1, and its negative for class 0. Which
    of them is predicted can be told of a sigmoid, and of an output that is itself a logit; of no other, and then the
    count is `UNDECIDED`.
    """
    if not isinstance(outputs, tf.Tensor):
        one = repr(next(iter(outputs))) if isinstance(outputs, dict) else 0
        raise ValueError(
            f"the model has {len(outputs)} outputs in a {type(outputs).__name__}; choose by a function, as in "
            f"target=lambda outputs: outputs[{one}][:, 3]"
        )
    values = tf.cast(read_outputs(outputs, score), tf.float32)
    if values.shape.rank == 1:
        values = values[:, tf.newaxis]
    if values.shape.rank != 2:
        raise ValueError(
            f"the output has shape {tuple(outputs.shape)}; (n, classes) is needed, or a function that makes one number "
            f"an image of it, as in target=lambda outputs: outputs[:, 5, 5, 3]"
        )
    count = values.shape[-1]
    if count == 1:
        squashed = squashing_step(outputs) is not None
        if not squashed and not is_unbounded(outputs):
            count = UNDECIDED
        values = tf.concat([1 - values if squashed and score == "output" else -values, values], axis=1)
    chosen = tf.where(classes < 0, tf.argmax(values, axis=1), classes)
    # Out of range is reported afterwards, in plain words; here the program only must not fail.
    kept = tf.minimum(chosen, values.shape[-1] - 1)
    return tf.gather(values, kept, axis=1, batch_dims=1), chosen, count


def scores_by_function(outputs: Any, function: Callable[[Any], Any]) -> Any:
    """Return what the reader's function makes of the outputs."""
    images = tf.nest.flatten(outputs)[0].shape[0]
    scores = tf.convert_to_tensor(function(outputs))
    if scores.shape != (images,):
        raise ValueError(f"target gave shape {tuple(scores.shape)}; of {images} images it must make ({images},)")
    return tf.cast(scores, tf.float32)
