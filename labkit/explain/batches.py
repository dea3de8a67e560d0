"""Images as a model takes them: one batch of numbers, channels last."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike, NDArray

from labkit.explain.finding_layers import checked_model, inputs_of, list_layers


def input_of(model: Any) -> Any | None:
    """Return the model's one symbolic input; ``None`` where it is written as a class and has none.

    Raises
    ------
    ValueError
        When it has several.
    """
    inputs = inputs_of(model)
    if len(inputs) > 1:
        raise ValueError(
            f"{model.name} has {len(inputs)} inputs; allowed is one: make a model in which the others are fixed, "
            f"keras.Model(images, model([images, ...]))"
        )
    return inputs[0] if inputs else None


def as_batch(model: Any, images: ArrayLike) -> NDArray[np.float32]:
    """Return images as the model takes them, with a batch axis.

    Raises
    ------
    TypeError, ValueError
        When there are no images, they are not numbers, hold NaN or infinity, or do not fit the model's input.
    """
    given = input_of(checked_model(model))
    batch = np.asarray(images)
    if batch.dtype.kind not in "uifb":
        raise TypeError(f"images hold {batch.dtype}; allowed are numbers")
    if batch.ndim == 3:
        batch = batch[np.newaxis]
    if batch.ndim != 4 or not batch.size:
        raise ValueError(f"images have shape {np.shape(images)}; allowed is (n, height, width, channels), or one image")
    expected = (None, None, None) if given is None else tuple(given.shape[1:])
    if len(expected) == 3 and any(
        want not in (None, have) for want, have in zip(expected, batch.shape[1:], strict=True)
    ):
        raise ValueError(f"images have shape {batch.shape}; {model.name} takes (n, {', '.join(map(str, expected))})")
    batch = batch.astype(np.float32)
    if not np.isfinite(batch).all():
        raise ValueError("images hold NaN or infinity; allowed are finite numbers")
    _check_channels_last(model, batch)
    if given is not None and not tf.as_dtype(given.dtype).is_floating:
        _check_whole_numbers(model, batch, tf.as_dtype(given.dtype))
    return batch


def _check_channels_last(model: Any, batch: NDArray) -> None:
    first = [each.name for each in list_layers(model) if getattr(each.layer, "data_format", "") == "channels_first"]
    _, height, width, channels = batch.shape
    if first or (height in (1, 3) and width > 4 and channels > 4):
        reason = f"; layer {first[0]} computes with channels first" if first else ", which is channels first"
        raise ValueError(
            f"images have shape {batch.shape}{reason}; allowed are images and models with channels last: "
            f"np.moveaxis(images, 1, -1), and in front of a model that wants them first keras.layers.Permute((3, 1, 2))"
        )


def _check_whole_numbers(model: Any, batch: NDArray, dtype: tf.DType) -> None:
    low, high = (0, 1) if dtype.is_bool else (dtype.min, dtype.max)
    if (batch != np.round(batch)).any() or batch.min() < low or batch.max() > high:
        raise ValueError(
            f"images have numbers from {batch.min():g} to {batch.max():g}; {model.name} takes {dtype.name}, whole "
            f"numbers from {low} to {high}"
        )


def check_differentiable(model: Any) -> None:
    """Refuse a model of whole numbers where a gradient by its input is asked for.

    Raises
    ------
    ValueError
        When the model's input is of an integer type, and with it no score has a slope.
    """
    given = input_of(model)
    if given is not None and not tf.as_dtype(given.dtype).is_floating:
        raise ValueError(
            f"{model.name} takes {given.dtype} images, and by whole numbers a score has no gradient; give the same "
            f"network with keras.Input(dtype='float32'), as keras.models.clone_model(model, input_tensors=[keras.Input("
            f"{tuple(given.shape[1:])})]) makes it, and then set_weights(model.get_weights())"
        )
