"""The rehearsal of the full profile, on any machine: all that a GPU session would run, and every training cut short.

With ``LABKIT_PROFILE=rehearsal`` a chapter takes the *full* side of each of its choices, so that no line of it is met
for the first time where a GPU stands. What it measures means nothing, and nothing that it measures is judged.

>>> kept(images=60_000, epochs=5, numbers=28 * 28)  # 60,000 images of 28×28
(25510, 1)
>>> kept(images=300, epochs=40, numbers=28 * 28)  # a small training is left whole
(300, 40)
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST = 20_000_000  # numbers that a training reads: 25,000 images of 28×28, or 132 of 224×224 in three colours
LEAST = 32  # images that are left however large they are
STEPS = 20  # an epoch that a generator may give, of which nothing else can be known


def kept(images: int, epochs: int, numbers: int) -> tuple[int, int]:
    """Say how many images and epochs a rehearsal leaves of a training.

    Parameters
    ----------
    images, epochs : int
        Of the whole training.
    numbers : int
        That make an image: height × width × channels.

    Returns
    -------
    tuple of (images, epochs)
        First epochs are left out, then images, until it reads no more than `MOST` numbers.
    """
    epochs = max(1, min(epochs, MOST // max(1, images * numbers)))
    return min(images, max(LEAST, MOST // max(1, numbers))), epochs


def spread(count: int, wanted: int) -> NDArray[np.int64]:
    """Return the positions of some rows out of all, evenly apart: of a set in the order of its classes, some of each.

    >>> spread(10, 4)
    array([0, 3, 6, 9])
    """
    return np.linspace(0, count - 1, wanted).astype(np.int64)


def cut_fits() -> None:
    """Let every `fit` of Keras in this session train no longer than a rehearsal does; more calls change nothing."""
    import keras

    if not hasattr(keras.Model.fit, "whole"):
        keras.Model.fit = _cutting(keras.Model.fit)


def _cutting(whole: Callable[..., Any]) -> Callable[..., Any]:
    signature = inspect.signature(whole)

    @wraps(whole)
    def fit(*arguments: Any, **options: Any) -> Any:
        call = signature.bind(*arguments, **options)
        call.apply_defaults()
        _cut(call.arguments)
        return whole(*call.args, **call.kwargs)

    fit.whole = whole  # type: ignore[attr-defined]
    return fit


def _cut(call: dict[str, Any]) -> None:
    """Shorten the arguments of one `fit`, in place."""
    import tensorflow as tf

    x = call["x"]
    if isinstance(x, tf.data.Dataset):
        if x.cardinality() > 0 and call["steps_per_epoch"] is None:
            batch = next(iter(x))[0]
            images, call["epochs"] = kept(int(x.cardinality()) * len(batch), call["epochs"], _numbers(batch))
            call["x"] = x.take(max(1, images // len(batch)))
    elif hasattr(x, "shape"):
        images, call["epochs"] = kept(len(x), call["epochs"], _numbers(x))
        call["x"], call["y"] = _some((x, call["y"]), images)
        if call.get("sample_weight") is not None:
            call["sample_weight"] = _some(call["sample_weight"], images)
        if isinstance(call["validation_data"], tuple):
            call["validation_data"] = _some(call["validation_data"], images)
    elif call["steps_per_epoch"]:
        call["steps_per_epoch"] = min(STEPS, call["steps_per_epoch"])


def _numbers(batch: Any) -> int:
    return int(np.prod(batch.shape[1:]))


def _some(arrays: Any, wanted: int) -> Any:
    """The same rows of each array, also of those in a dictionary."""
    import keras

    def rows(array: Any) -> Any:
        count = len(array)
        return array if count <= wanted else np.asarray(array)[spread(count, wanted)]

    return keras.tree.map_structure(rows, arrays)
