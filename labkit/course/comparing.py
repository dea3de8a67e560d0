"""Comparing what came with what was expected, and showing either in little room."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable, Mapping
from numbers import Number
from typing import Any

import numpy as np

NUMBERS = "biufc"
DEEPEST = 16  # levels of lists in lists that are looked into
ROOM = 1000  # characters that one value may take in a message
RELATIVE = {2: 2e-3, 4: 1e-5}  # by the bytes of one real number: half and single precision


def as_numbers(value: Any) -> np.ndarray | None:
    """A number, or lists, tuples and arrays of numbers, as an array; ``None`` for whatever is not made of numbers.

    >>> as_numbers((1, 2)).shape, as_numbers("12"), as_numbers([[1, 2], [3]])
    ((2,), None, None)
    """
    if _holds_other_things(value):
        return None
    try:
        array = np.asarray(value)
        if array.dtype.kind == "O" and array.size and all(isinstance(entry, Number) for entry in array.flat):
            array = array.astype(complex if any(isinstance(entry, complex) for entry in array.flat) else float)
    except Exception:  # rows of unequal length, or a type that cannot be made an array and says so in its own way
        return None
    return array if array.dtype.kind in NUMBERS else None


def _holds_other_things(value: Any, depth: int = 0) -> bool:
    """Whether there is text in it, or no end of lists: NumPy would make arrays of enormous size of these."""
    if isinstance(value, (str, bytes)) or value is None or depth > DEEPEST:
        return True
    return isinstance(value, (list, tuple)) and any(_holds_other_things(entry, depth + 1) for entry in value)


def agree(expected: Any, came: Any) -> bool:
    """Whether two outcomes are the same: numbers up to their precision, everything else exactly.

    A list, a tuple and an array of the same entries are the same. Whole numbers have to be equal, numbers in double
    precision agree to 1e-6, in single to 1e-5, in half to 2e-3. Complex numbers are not the same as real ones.

    >>> agree([1, 2], np.array([1.0, 2.0])), agree(["a"], ("a",)), agree(1.5, 1.6)
    (True, True, False)
    """
    right, got = as_numbers(expected), as_numbers(came)
    if right is not None and got is not None:
        return right.shape == got.shape and _values_agree(right, got)
    if right is not None or got is not None:
        return False
    expected, came = _plain(expected), _plain(came)
    if isinstance(expected, (list, tuple)) and isinstance(came, (list, tuple)):
        return len(expected) == len(came) and all(agree(*pair) for pair in zip(expected, came, strict=True))
    if isinstance(expected, Mapping) and isinstance(came, Mapping):
        return expected.keys() == came.keys() and all(agree(expected[key], came[key]) for key in expected)
    try:
        return type(expected) is type(came) and bool(expected == came)
    except Exception:  # the comparison of some types is no yes or no
        return False


def _values_agree(right: np.ndarray, got: np.ndarray) -> bool:
    return bool(places_that_agree(right, got).all())


def places_that_agree(right: np.ndarray, got: np.ndarray) -> np.ndarray:
    """Where two arrays of numbers of one shape agree, each number by itself."""
    if got.dtype.kind == "c" and right.dtype.kind != "c":
        return np.zeros(right.shape, bool)
    inexact = [array.dtype for array in (right, got) if array.dtype.kind in "fc"]
    if not inexact:
        return np.asarray(right == got)
    # The coarser of the two says how near they can come; sums that nearly vanish keep an error of the summands' size.
    size = min(np.finfo(dtype).dtype.itemsize for dtype in inexact)
    relative = RELATIVE.get(size, 1e-9 if right.dtype.kind in "biu" else 1e-6)
    finite = np.abs(right[np.isfinite(right)].astype(complex))
    absolute = max(relative / 10 * finite.max(initial=0) if size in RELATIVE else 0, 1e-9)
    with np.errstate(all="ignore"):
        wide = complex if "c" in (right.dtype.kind, got.dtype.kind) else float
        return np.isclose(got.astype(wide), right.astype(wide), rtol=relative, atol=absolute, equal_nan=True)


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value


def same_contents(before: Any, after: Any) -> bool:
    """Whether an argument still holds what it held; arrays and containers are looked into, other objects are not.

    >>> same_contents([1, [2, 3]], [1, [3, 2]]), same_contents(object(), object())
    (False, True)
    """
    if type(before) is not type(after):
        return False
    if isinstance(before, np.ndarray):
        if before.shape != after.shape or before.dtype != after.dtype:
            return False
        if before.dtype.hasobject:
            return same_contents(before.tolist(), after.tolist())
        return before.tobytes() == after.tobytes()
    if isinstance(before, (list, tuple)):
        return len(before) == len(after) and all(map(same_contents, before, after))
    if isinstance(before, Mapping):
        return before.keys() == after.keys() and all(same_contents(before[key], after[key]) for key in before)
    if isinstance(before, (Number, str, bytes, bytearray, set, np.generic)):
        return bool(before == after or before != before)  # NaN differs from itself
    return True


def brief(value: Any) -> str:
    """Show a value in a message: numbers on one line, small tables row by row, large arrays by shape and range."""
    array = as_numbers(value)
    if array is None:
        return f" {cut(_short.repr(value))}"
    if array.size > 60:
        shown = array[~np.isnan(array)]
        missing = "" if shown.size == array.size else f", {array.size - shown.size} of them NaN"
        span = f" with values from {shown.min():.4g} to {shown.max():.4g}" if shown.size else ""
        return f" an array of shape {array.shape}{span}{missing}"
    text = np.array2string(array, separator=", ", precision=4, suppress_small=True, max_line_width=200)
    return f"\n{text}" if array.ndim > 1 else f" {text}"


def cut(text: str) -> str:
    """The beginning of a text that is too long for a message, and how much of it is left out.

    >>> cut("x" * 1005)[-25:]
    'xxx … (5 more characters)'
    """
    return text if len(text) <= ROOM else f"{text[:ROOM]} … ({len(text) - ROOM:,} more characters)"


class _Short(reprlib.Repr):
    """`repr` that looks only at the beginning of what is large."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlist = self.maxtuple = self.maxset = self.maxfrozenset = self.maxdict = self.maxarray = 100
        self.maxstring = self.maxother = self.maxlong = 2 * ROOM

    def repr(self, x: Any) -> str:
        """Show a value, whatever its own `repr` does."""
        try:
            return super().repr(x)
        except Exception:
            return f"a {type(x).__name__}"

    def repr_str(self, x: str, level: int) -> str:
        """Show the beginning of a text, and how long it is."""
        return repr(x) if len(x) <= ROOM else f"{x[:ROOM]!r} … ({len(x) - ROOM:,} more characters)"

    def repr_bytes(self, x: bytes, level: int) -> str:
        """Show the beginning of bytes, and how many there are."""
        return repr(x) if len(x) <= ROOM else f"{x[:ROOM]!r} … ({len(x) - ROOM:,} more bytes)"

    def repr_dict(self, x: dict, level: int) -> str:
        """Show a dictionary in its own order."""
        entries = [f"{self.repr1(key, level - 1)}: {self.repr1(x[key], level - 1)}" for key in list(x)[: self.maxdict]]
        return f"{{{', '.join([*entries, '...'] if len(x) > self.maxdict else entries)}}}"


_short = _Short()


def listed(words: Iterable[str]) -> str:
    """Names as a sentence has them.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def ordinal(index: int) -> str:
    """The place of an entry in words, counted from the first.

    >>> ordinal(1), ordinal(10)
    ('second', '11th')
    """
    names = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
    return names[index] if index < len(names) else f"{index + 1}th"
