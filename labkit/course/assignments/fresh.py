"""Inputs that nobody has seen: like those of an exercise, with other numbers, made from a seed."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from labkit.course.exercises import Exercise


def fresh_inputs(exercise: Exercise, seed: int, visible: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Make inputs for the hidden cases of an exercise.

    Parameters
    ----------
    exercise : Exercise
        Its ``fresh`` makes them, if it has one; else the visible ones get other numbers.
    seed : int
        The same seed makes the same inputs.
    visible : sequence of tuple
        The exercise's own inputs.

    Returns
    -------
    list of tuple
        Arguments for the answer.
    """
    random = np.random.default_rng([seed, zlib.crc32(exercise.id.encode())])
    if exercise.fresh is not None:
        return list(exercise.fresh(random))
    return [tuple(varied(value, random) for value in arguments) for arguments in visible]


def varied(value: Any, random: np.random.Generator) -> Any:
    """Give an argument other numbers of the same kind, shape and range; what holds none is kept.

    Yes and no change places; a fraction that is 0 stays so, rows that add up to 1 do so again, and what is sorted is
    sorted again.

    >>> varied([3, 1, 2], np.random.default_rng(0))
    [3, 2, 2]
    """
    if isinstance(value, list) and value and all(type(entry) in (int, float) for entry in value):
        return varied(np.array(value), random).tolist()
    if isinstance(value, (list, tuple)):
        return type(value)(varied(entry, random) for entry in value)
    if not isinstance(value, np.ndarray) or not value.size or value.dtype.kind not in "biuf":
        return value
    if value.dtype.kind == "b":
        return random.permutation(value.ravel()).reshape(value.shape)
    low, high = value.min(), value.max()
    digits = 3 if value.size <= 64 else 6  # of a few numbers, such as a reader can follow; of many, none twice
    if value.dtype.kind in "iu":
        made: np.ndarray = np.asarray(random.integers(int(low), int(high), value.shape, endpoint=True))
    elif value.ndim and low >= 0 and value.shape[-1] > 1 and np.allclose(value.sum(axis=-1), 1):
        made = np.floor(random.dirichlet(np.ones(value.shape[-1]), value.shape[:-1]) * 10**digits) / 10**digits
        made[..., -1] = (1 - made[..., :-1].sum(axis=-1)).round(digits)
    else:
        made = np.where(value == 0, 0, random.uniform(low, high, value.shape).round(digits))
    if value.ndim == 1 and value.size > 2 and (np.diff(value) >= 0).all():
        made = np.sort(made)
    return made.astype(value.dtype)
