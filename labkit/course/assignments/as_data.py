"""Arguments and results as plain data, for a file that may be read and need not be trusted: JSON, no pickle.

>>> import numpy as np
>>> decode(encode((1, [np.array([0.5, 2.0])])))
(1, [array([0.5, 2. ])])
"""

from __future__ import annotations

import base64
import zlib
from typing import Any

import numpy as np

READABLE = 64  # entries: larger arrays are packed


def encode(value: Any) -> Any:
    """Write a value in terms of what JSON knows.

    Parameters
    ----------
    value : object
        Numbers, text, bytes, None, NumPy's scalars and arrays, and lists, tuples and dictionaries of these.

    Raises
    ------
    TypeError
        If it holds something else.
    """
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "biufcUS":
        return {
            "array": value.dtype.str,
            "shape": list(value.shape),
            "scalar": isinstance(value, np.generic),
        } | _values(np.asarray(value))
    if type(value) is list:
        return [encode(entry) for entry in value]
    if type(value) is tuple:
        return {"tuple": [encode(entry) for entry in value]}
    if type(value) is dict:
        return {"dict": [[encode(key), encode(entry)] for key, entry in value.items()]}
    if type(value) is bytes:
        return {"bytes": base64.b64encode(value).decode("ascii")}
    raise TypeError(f"a {type(value).__name__} is not data; allowed are numbers, text, arrays, and lists of them")


def decode(written: Any) -> Any:
    """Read what `encode` wrote."""
    if isinstance(written, list):
        return [decode(entry) for entry in written]
    if not isinstance(written, dict):
        return written
    if "tuple" in written:
        return tuple(decode(entry) for entry in written["tuple"])
    if "dict" in written:
        return {decode(key): decode(entry) for key, entry in written["dict"]}
    if "bytes" in written:
        return base64.b64decode(written["bytes"])
    dtype = np.dtype(written["array"])
    if "packed" in written:
        array = np.frombuffer(zlib.decompress(base64.b64decode(written["packed"])), dtype)
    else:
        array = np.array(decode(written["values"])).astype(dtype)
    array = array.reshape(written["shape"]).copy()
    return array[()] if written["scalar"] else array


def _values(array: np.ndarray) -> dict[str, Any]:
    if array.size > READABLE or array.dtype.kind in "cS":
        packed = zlib.compress(np.ascontiguousarray(array).tobytes(), 9)
        return {"packed": base64.b64encode(packed).decode("ascii")}
    return {"values": array.ravel().tolist()}
