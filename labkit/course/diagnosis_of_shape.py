"""What a machine can see in an array of numbers whose shape is wrong."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np

from labkit.course.comparing import agree


def _one_entry(right: np.ndarray, got: np.ndarray, arguments: Mapping[str, Any]) -> str:
    if right.ndim == 0 and got.size == 1:
        return "A list of one number came instead of the number." + _right_then(right, got)
    if got.ndim == 0 and right.size == 1:
        return "A number came instead of a list of one number." + _right_then(right, got)
    return ""


def _axis_of_length_1(right: np.ndarray, got: np.ndarray, arguments: Mapping[str, Any]) -> str:
    longer, shorter = (got, right) if got.ndim > right.ndim else (right, got)
    if longer.ndim == shorter.ndim or tuple(n for n in longer.shape if n != 1) != tuple(
        n for n in shorter.shape if n != 1
    ):
        return ""
    way = "too much: take it away by indexing or `squeeze`" if longer is got else "too few: add it, as with `x[None]`"
    return f"There is an axis of length 1 {way}." + _right_then(right, got)


def _axes_exchanged(right: np.ndarray, got: np.ndarray, arguments: Mapping[str, Any]) -> str:
    if right.ndim < 2 or sorted(right.shape) != sorted(got.shape):
        return ""
    for axes in itertools.permutations(range(right.ndim)):
        if agree(right.transpose(axes), got):
            return f"The values are right, but transposed: the axes stand in another order, {axes}."
    return "The axes are of the right lengths, but in another order: height comes before width, rows before columns."


def _another_table(right: np.ndarray, got: np.ndarray, arguments: Mapping[str, Any]) -> str:
    if right.size != got.size or right.size < 2:
        return ""
    same = agree(right.ravel(), got.ravel())
    if got.ndim == 1 and same:
        return "The values are right, but in one long row: give them their shape again, `reshape`."
    return (
        "The number of values is right" + (", and so are the values" if same else "") + ": only the shape is another."
    )


def _axes_summed(right: np.ndarray, got: np.ndarray, arguments: Mapping[str, Any]) -> str:
    """An axis is left that should be summed or averaged over, or one is gone that should be left."""
    ways: dict[str, Any] = {"summed": np.sum, "averaged": np.mean, "reduced to its largest value": np.max}
    ways["reduced to its smallest value"] = np.min
    more, fewer, words = (
        (got, right, "is left and has to be") if got.ndim > right.ndim else (right, got, "should be left, but is")
    )
    if not fewer.size or more.ndim == fewer.ndim:
        return ""
    for axes in itertools.combinations(range(more.ndim), more.ndim - fewer.ndim):
        if more.size and tuple(n for axis, n in enumerate(more.shape) if axis not in axes) == fewer.shape:
            for way, done in ways.items():
                if agree(done(more, axis=axes), fewer):
                    which = f"axis {axes[0]}" if len(axes) == 1 else "more than one axis"
                    return f"The values are right, but {which} {words} {way}."
    return ""


def _parts(right: np.ndarray, got: np.ndarray, arguments: Mapping[str, Any]) -> str:
    """One row too many or too few, or a border, along each axis of a table that is right otherwise."""
    if right.ndim != got.ndim or not right.ndim:
        return ""
    unit = {0: "number" if right.ndim == 1 else "row", 1: "column"}
    wrong = [axis for axis in range(right.ndim) if right.shape[axis] != got.shape[axis]]
    differences = {axis: got.shape[axis] - right.shape[axis] for axis in wrong}
    if len(wrong) == 1:
        [(axis, difference)] = differences.items()
        long, short = (got, right) if difference > 0 else (right, got)
        name, size = unit.get(axis, f"entry of axis {axis}"), short.shape[axis]
        for start, where in ((0, "last"), (long.shape[axis] - size, "first")):
            if size and agree(long.take(range(start, start + size), axis), short):
                count = f"{abs(difference)} " if abs(difference) > 1 else ""
                plural = f"{name}s are" if count else f"{name} is"
                return (
                    f"The {where} {count}{plural} {'too much' if difference > 0 else 'missing'}, all others are right."
                )
        if abs(difference) == 1:
            return f"There is one {name} too {'many' if difference > 0 else 'few'}: where does your loop end?"
    if len(set(differences.values())) == 1 and len(wrong) > 1:
        difference = next(iter(differences.values()))
        return f"Along {len(wrong)} axes there are {abs(difference)} too {'many' if difference > 0 else 'few'}."
    return ""


def _number_of_axes(right: np.ndarray, got: np.ndarray, arguments: Mapping[str, Any]) -> str:
    if right.ndim == got.ndim:
        return ""
    kinds = ("a single number", "a row of numbers", "a table")
    came, wanted = (kinds[n] if n < 3 else f"an array of {n} axes" for n in (got.ndim, right.ndim))
    return f"{came[0].upper()}{came[1:]} came instead of {wanted}."


def _right_then(right: np.ndarray, got: np.ndarray) -> str:
    return " The value is right." if right.size == 1 and agree(right.ravel(), got.ravel()) else ""


SHAPES = (_one_entry, _axis_of_length_1, _axes_exchanged, _axes_summed, _another_table, _parts, _number_of_axes)
