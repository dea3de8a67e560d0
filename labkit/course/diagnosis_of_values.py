"""What a machine can see in numbers that are wrong, though their shape is right."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from labkit.course.comparing import agree, as_numbers, ordinal, places_that_agree


def _imaginary(right: np.ndarray, got: np.ndarray, arguments: Mapping[str, Any]) -> str:
    if right.dtype.kind == "c" or got.dtype.kind != "c":
        return ""
    only = " The real part is right." if agree(right, got.real) else ""
    return f"Complex numbers came: take the real part, `.real`.{only}"


def _not_a_number(right: np.ndarray, got: np.ndarray, arguments: Mapping[str, Any]) -> str:
    if (missing := int((np.isnan(got) & ~np.isnan(right)).sum())) > 0:
        return f"{_how_many(missing, got)} NaN, which comes of 0/0, inf − inf or the root of a negative number."
    if (missing := int((np.isinf(got) & ~np.isinf(right)).sum())) > 0:
        return f"{_how_many(missing, got)} infinite: something is divided by 0, or exp of a large number is taken."
    return ""


def _all_the_same(right: np.ndarray, got: np.ndarray, arguments: Mapping[str, Any]) -> str:
    if got.size > 1 and not got.any():
        return "Everything that came is 0."
    # Of a pair, equal numbers say little.
    if got.size > 2 and (got == got.flat[0]).all() and not (right == right.flat[0]).all():
        return "The same number came everywhere."
    return ""


def _an_argument(right: np.ndarray, got: np.ndarray, arguments: Mapping[str, Any]) -> str:
    for name, value in arguments.items():
        if got.ndim and (given := as_numbers(value)) is not None and agree(given, got):
            return f"What came is your argument `{name}`, unchanged."
    return ""


def _order(right: np.ndarray, got: np.ndarray, arguments: Mapping[str, Any]) -> str:
    """Reversed, flipped, transposed, shifted, sorted."""
    if right.ndim == 1 and agree(right[::-1], got):
        return "The numbers are right, but in reverse order."
    for axes in itertools.permutations(range(right.ndim)):
        if got.shape == tuple(right.shape[axis] for axis in axes) and agree(right.transpose(axes), got):
            return f"The values are right, but transposed: the axes stand in another order, {axes}."
    if right.ndim > 1 and right.shape[-1] in (3, 4) and agree(right[..., 2::-1], got[..., :3]):
        return "The channels are in reverse order: BGR and RGB are exchanged."
    for count in range(1, min(right.ndim, 3) + 1):
        for axes in itertools.combinations(range(right.ndim), count):
            if agree(np.flip(right, axes), got):
                ways = {(0,): "upside down", (1,): "exchanged left and right", (0, 1): "turned by 180 degrees"}
                return f"The values are right, but {ways.get(axes, f'reversed along the axes {axes}')}."
    return ""


def _shifted(right: np.ndarray, got: np.ndarray, arguments: Mapping[str, Any]) -> str:
    for axis in range(right.ndim):
        length = right.shape[axis]
        for step in (1, -1):
            ahead = range(step, length) if step > 0 else range(length + step)
            back = range(length - step) if step > 0 else range(-step, length)
            if length > 3 and agree(right.take(back, axis), got.take(ahead, axis)):
                return f"Everything stands one place too {'late' if step > 0 else 'early'} along axis {axis}."
    return ""


def _rounded(right: np.ndarray, got: np.ndarray, arguments: Mapping[str, Any]) -> str:
    if right.dtype.kind != "f":
        return ""
    for way, done in {"rounded": np.rint, "rounded down": np.floor, "rounded up": np.ceil, "cut off": np.trunc}.items():
        if agree(done(right), got):
            return f"It is right, but {way} to whole numbers."
    for digits in range(1, 7):
        if agree(np.round(right, digits), got):
            return (
                f"It is right, but rounded to {digits} digit{'s' * (digits > 1)} behind the point: return it unrounded."
            )
    return ""


def _sign(right: np.ndarray, got: np.ndarray, arguments: Mapping[str, Any]) -> str:
    wide = _wide(right)
    if agree(-wide, got):
        return "The sign is wrong, and nothing else."
    if right.dtype.kind == "c":
        return "You took the complex conjugate." if agree(right.conj(), got) else ""
    if agree(np.abs(wide), got):
        return "The sign of the negative numbers is lost."
    if agree(np.maximum(wide, 0), got) and (wide > 0).any():
        return "The negative numbers have become 0."
    return ""


def _offset(right: np.ndarray, got: np.ndarray, arguments: Mapping[str, Any]) -> str:
    if "b" in (right.dtype.kind, got.dtype.kind):  # False for True is no number too small
        return ""
    difference = _wide(got) - _wide(right)
    value = difference.flat[0].item()
    if not agree(_wide(right) + value, got):
        return ""
    every = "It is" if right.size == 1 else "Every number is"
    if abs(abs(value) - 1) < 1e-9 and isinstance(value, float):
        return f"{every} 1 too {'large' if value > 0 else 'small'}: off by one."
    if right.size == 1:
        return ""
    if isinstance(value, complex):
        return "The same number is added everywhere."
    return f"{every} {abs(value):.4g} too {'large' if value > 0 else 'small'}."


def _factor(right: np.ndarray, got: np.ndarray, arguments: Mapping[str, Any]) -> str:
    wide = _wide(right)
    largest = np.unravel_index(np.argmax(np.abs(np.nan_to_num(wide))), wide.shape)
    value = complex(got[largest] / wide[largest]) if wide[largest] else 0
    value = value.real if value.imag == 0 else value
    if not value or not np.isfinite(value) or not agree(wide * value, got):
        return ""
    if isinstance(value, complex):
        return "Every number has been multiplied by the same complex number." if right.size > 1 else ""
    named = _named(abs(value), right, arguments)
    if right.size == 1 and not named:
        return ""
    every = "It is" if right.size == 1 else "Every number is"
    if not named:
        return f"{every} {value:.4g} times what it should be."
    return f"{every} {named}{', and has the wrong sign' * (value < 0)}."


def _named(value: float, right: np.ndarray, arguments: Mapping[str, Any]) -> str:
    """A factor in words, if it is a usual one."""
    lengths = {len_: name for name, len_ in _lengths(right, arguments)}
    if not np.isfinite(1 / value):
        return ""
    for turned, words in ((value, "{} times what it should be"), (1 / value, "1/{} of what it should be")):
        whole = round(turned)
        if (
            whole >= 2
            and abs(turned - whole) < 1e-5 * whole
            and (whole <= 16 or whole in (100, 255, 256, 1000) or whole in lengths)
        ):
            reason = {255: "the largest value of a byte", 256: "the values of a byte"}.get(whole) or lengths.get(whole)
            return words.format(whole) + (f", and {whole} is {reason}" if reason else "")
    return ""


def _lengths(right: np.ndarray, arguments: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    for name, value in arguments.items():
        given = as_numbers(value)
        if given is None or given.dtype.kind == "c":
            continue
        if given.ndim == 0 and given.dtype.kind in "iu":
            yield f"your `{name}`", int(given)
        for axis in range(given.ndim if given.ndim > 1 else 0):
            yield f"the length of axis {axis} of `{name}`", given.shape[axis]
        if given.ndim:
            yield f"the number of values in `{name}`", given.size


def _complement(right: np.ndarray, got: np.ndarray, arguments: Mapping[str, Any]) -> str:
    wide = _wide(right)
    for value, words in ((1, "1 − x"), (255, "255 − x"), (100, "100 − x")):
        if agree(value - wide, got):
            return f"{words} came, where x is right."
    return ""


def _power(right: np.ndarray, got: np.ndarray, arguments: Mapping[str, Any]) -> str:
    wide = _wide(right)
    if not (wide == 1).all() and agree(1 / wide, got):
        return "It is upside down: 1/x came, where x is right."
    for power, words in ((2, "The square came."), (0.5, "The square root came."), (3, "The third power came.")):
        if (power != 0.5 or not np.isnan(wide**power).any()) and agree(wide**power, got):
            return words
    pairs = ((np.exp, "The exponential of what is right came."), (np.log, "The logarithm of what is right came."))
    return next((words for done, words in pairs if np.isfinite(done(wide)).all() and agree(done(wide), got)), "")


def _wrapped(right: np.ndarray, got: np.ndarray, arguments: Mapping[str, Any]) -> str:
    if "c" in (right.dtype.kind, got.dtype.kind) or got.min() < 0 or got.max() > 255:
        return ""
    difference = (_wide(got) - _wide(right)) / 256
    if agree(np.rint(difference), difference) and agree(_wide(right) + 256 * np.rint(difference), got):
        return "Numbers have wrapped around at 256: a byte holds 0 to 255, calculate in a larger type first."
    return ""


def _affine(right: np.ndarray, got: np.ndarray, arguments: Mapping[str, Any]) -> str:
    wide, other = _wide(right).ravel(), _wide(got).ravel()
    if wide.size < 3 or not np.isfinite(wide).all() or not np.isfinite(other).all():
        return ""
    low, high = np.argmin(wide.real), np.argmax(wide.real)
    slope = (other[high] - other[low]) / (wide[high] - wide[low])
    if not np.isfinite(slope) or slope == 0 or not agree(other, (wide - wide[low]) * slope + other[low]):
        return ""
    return "Every number is right but for one factor and one offset, the same everywhere: look at how it is scaled."


def _another_order(right: np.ndarray, got: np.ndarray, arguments: Mapping[str, Any]) -> str:
    if right.size < 2 or not agree(np.sort(right, axis=None), np.sort(got, axis=None)):
        return ""
    is_sorted = got.ndim == 1 and (np.diff(got) >= 0).all()
    return "The right numbers came, but " + ("sorted." if is_sorted else "in another order.")


def _few_wrong(right: np.ndarray, got: np.ndarray, arguments: Mapping[str, Any]) -> str:
    """Say where the wrong ones are, if some are right."""
    wrong = ~places_that_agree(right, got)
    count = int(wrong.sum())
    if count == wrong.size:
        return ""
    if count == 1:
        place = tuple(int(index[0]) for index in np.nonzero(wrong))
        where = f"the {ordinal(place[0])} of the {right.size} numbers" if right.ndim == 1 else f"the number at {place}"
        alone_wrong = (rule(right[place], got[place], arguments) for rule in VALUES)
        more = next(filter(None, alone_wrong), "")
        return f"Only {where} is wrong. {more}".strip()
    inner = tuple(slice(1, -1) for _ in range(min(right.ndim, 2)))
    if right.ndim > 1 and min(right.shape[:2]) > 2 and not wrong[inner].any():
        sides = {"first row": wrong[0], "last row": wrong[-1], "first column": wrong[:, 0], "last column": wrong[:, -1]}
        alone = [name for name, side in sides.items() if side.sum() == count]
        return f"Only the {alone[0]} is wrong." if alone else "Only the border is wrong, the inside is right."
    if right.ndim == 1 and right.size > 3 and wrong[[0, -1]].all() and count == 2:
        return "Only the first and the last number are wrong."
    if right.dtype.kind in "if" and (right < 0).any():
        if np.array_equal(wrong, right < 0):
            return "Only the numbers that should be negative are wrong."
        if np.array_equal(wrong, right > 0):
            return "Only the numbers that should be positive are wrong."
    return f"{count} of the {right.size} numbers are wrong, the others are right."


def _nearly(right: np.ndarray, got: np.ndarray, arguments: Mapping[str, Any]) -> str:
    close = right.dtype.kind in "fc" and np.allclose(right, got, rtol=5e-3, atol=0, equal_nan=True)
    return "It is nearly right: something is rounded on the way, or a small number is added." if close else ""


VALUES: tuple[Callable[..., str], ...] = (
    _imaginary,
    _not_a_number,
    _all_the_same,
    _an_argument,
    _order,
    _rounded,
    _sign,
    _offset,
    _complement,
    _factor,
    _power,
    _wrapped,
    _shifted,
    _another_order,
    _few_wrong,
    _affine,
    _nearly,
)


def _wide(array: np.ndarray) -> np.ndarray:
    return array.astype(complex if array.dtype.kind == "c" else float)


def _how_many(count: int, array: np.ndarray) -> str:
    return "It is" if array.size == 1 else f"{count} of the {array.size} numbers are"
