"""Reading tensors from a PyTorch file without running anything that is in it.

``torch.save`` writes pickles, and a pickle is a small program: its ``REDUCE`` instruction calls any function that its
``GLOBAL`` instruction can name, ``os.system`` among them. This reader admits the few instructions and the few names
that a dictionary of tensors needs, and refuses the rest before anything is called.

The format (PyTorch's own until version 1.6, ``torch/serialization.py``, ``_legacy_save``) is a chain: the pickles of a
magic number, of the protocol's version, of facts about the machine, of the dictionary itself and of the list of its
storages; then, storage after storage, the number of elements and the raw numbers. A tensor in the dictionary holds no
numbers; it says which storage has them, from where on, and with which strides.
"""

from __future__ import annotations

import hashlib
import io
import math
import pickle
import pickletools
import struct
import warnings
from collections import OrderedDict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from labkit.store.errors import DataError

MAGIC_NUMBER = 0x1950A86A20F9469CFC6C
PROTOCOL_VERSION = 1001
MOST_DIMENSIONS = 8

# What the pickle of a dictionary of tensors is made of: numbers, text, tuples, lists and dictionaries, the memo, names
# (looked up in `_Unpickler.find_class` only), and calls and attributes, which those few names bear.
ADMITTED_INSTRUCTIONS = {
    *("PROTO", "STOP", "MARK", "NONE", "NEWTRUE", "NEWFALSE", "BININT", "BININT1", "BININT2", "LONG1", "BINUNICODE"),
    *("EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "EMPTY_LIST", "APPEND", "APPENDS"),
    *("EMPTY_DICT", "SETITEM", "SETITEMS", "BINPUT", "LONG_BINPUT", "BINGET", "LONG_BINGET"),
    *("BINPERSID", "GLOBAL", "REDUCE", "BUILD"),
}
ELEMENT_TYPES = {
    ("torch", "HalfStorage"): "<f2",
    ("torch", "FloatStorage"): "<f4",
    ("torch", "DoubleStorage"): "<f8",
    ("torch", "IntStorage"): "<i4",
    ("torch", "LongStorage"): "<i8",
}


class DamagedWeights(DataError):
    """A file of weights is not whole, or not what it should be."""


class UnsafePickle(DataError):
    """A file holds a pickle that would do more than build tensors; nothing in it was run."""


class _Storage(NamedTuple):
    element_type: str
    key: str
    length: int


class _Tensor(NamedTuple):
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class _RebuildTensor:
    """Stands in for ``torch._utils._rebuild_tensor_v2``.

    An object without slots or attributes and not a function or a class: the instruction ``BUILD`` sets attributes, and
    could change those for good.
    """

    __slots__ = ()

    def __call__(self, storage: Any, offset: Any, shape: Any, strides: Any, *unused: Any) -> _Tensor:
        return _Tensor(storage, offset, shape, strides)


class _Unpickler(pickle.Unpickler):
    """Knows four kinds of names; every other is refused, and so nothing else can be called."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _RebuildTensor()
        if (module, name) in ELEMENT_TYPES:
            return ELEMENT_TYPES[module, name]  # plain text: there is nothing in it to call or to change
        raise UnsafePickle(f"it asks for {module}.{name}")

    def persistent_load(self, pid: Any) -> _Storage:
        match pid:
            case ("storage", str(element_type), str(key), "cpu", int(length), None) if (
                element_type in ELEMENT_TYPES.values() and length >= 0
            ):
                return _Storage(element_type, key, length)
        raise DamagedWeights("a storage in it is not described as a run of numbers for the CPU")


def read_tensors(path: str | Path, sha256: str | None = None) -> dict[str, NDArray[Any]]:
    """Read a dictionary of tensors from a legacy PyTorch file; nothing that the file may contain is run.

    >>> import pickle, tempfile
    >>> class Hostile:
    ...     def __reduce__(self):
    ...         return print, ("this was run!",)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "weights.pth")
    ...     _ = path.write_bytes(pickle.dumps(MAGIC_NUMBER, 2) + pickle.dumps(Hostile(), 2))
    ...     read_tensors(path)  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    UnsafePickle: ...weights.pth is refused: it asks for __builtin__.print. Nothing in it was run...

    Parameters
    ----------
    path
        The file, as ``torch.save(..., _use_new_zipfile_serialization=False)`` wrote it.
    sha256
        What its SHA-256 must be, in hexadecimal digits; looked at before anything else.

    Returns
    -------
    dict of str to ndarray
        The tensors by name, in the order of the file, each in an array of its own.

    Raises
    ------
    DataError
        When the file cannot be opened.
    DamagedWeights
        When the checksum is another, the file is cut short, or a tensor does not fit into its storage.
    UnsafePickle
        When the file would call or build anything but tensors and dictionaries.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}).") from error
    if sha256 is not None and (found := hashlib.sha256(content).hexdigest()) != sha256:
        raise DamagedWeights(
            f"{path} is damaged or another file: its SHA-256 is {found[:12]}…, not {sha256[:12]}…. It was not read."
        )
    try:
        return _read(io.BytesIO(content))
    except UnsafePickle as error:
        raise UnsafePickle(f"{path} is refused: {error}. Nothing in it was run; do not open it otherwise.") from None
    except DamagedWeights as error:
        raise DamagedWeights(f"{path} cannot be read as tensors: {error}.") from None


def _read(stream: io.BytesIO) -> dict[str, NDArray[Any]]:
    # What comes out of an unknown pickle is not even turned into text for a message: it may be nested without end.
    if _load_pickle(stream) != MAGIC_NUMBER:
        raise DamagedWeights("it does not begin with PyTorch's magic number")
    if _load_pickle(stream) != PROTOCOL_VERSION:
        raise DamagedWeights(f"its protocol is not {PROTOCOL_VERSION}, the one read here")
    machine = _load_pickle(stream)
    if not isinstance(machine, dict) or machine.get("little_endian") is not True:
        raise DamagedWeights("it was not written on a little-endian machine")
    entries = _load_pickle(stream)
    keys = _load_pickle(stream)
    if not isinstance(entries, dict) or not all(
        isinstance(name, str) and isinstance(entry, _Tensor) for name, entry in dict.items(entries)
    ):
        raise DamagedWeights("it holds something else than a dictionary of tensors")
    tensors: dict[str, _Tensor] = dict(dict.items(entries))
    for name, tensor in tensors.items():
        _check(name, tensor)
    storages = {tensor.storage.key: tensor.storage for tensor in tensors.values()}
    if any(tensor.storage != storages[tensor.storage.key] for tensor in tensors.values()):
        raise DamagedWeights("it describes one storage in two ways")
    if not isinstance(keys, list) or not all(type(key) is str for key in keys) or sorted(keys) != sorted(storages):
        raise DamagedWeights("its list of storages is not the one that its tensors need")
    numbers = {key: _load_storage(stream, storages[key]) for key in keys}
    if stream.read(1):
        raise DamagedWeights("there is something behind its last storage")
    return {name: _view(tensor, numbers[tensor.storage.key]) for name, tensor in tensors.items()}


def _load_pickle(stream: io.BytesIO) -> Any:
    """Load the next pickle, after a look through its instructions that runs none of them."""
    start = stream.tell()
    try:
        with warnings.catch_warnings():  # Python warns of odd escapes in texts, which nobody here could act upon
            warnings.simplefilter("ignore")
            instructions = [(opcode.name, argument) for opcode, argument, _ in pickletools.genops(stream)]
    except (ValueError, OverflowError, MemoryError) as error:
        raise DamagedWeights(f"a pickle in it breaks off or is none ({error})") from None
    for name, argument in instructions:
        if name not in ADMITTED_INSTRUCTIONS:
            raise UnsafePickle(f"a pickle in it uses the instruction {name}, which tensors do not need")
        if name == "LONG_BINPUT" and int(argument or 0) >= len(instructions):  # the memo would be made that large
            raise UnsafePickle(f"a pickle in it remembers a value under the number {argument:,}")
    end = stream.tell()
    stream.seek(start)
    try:
        value = _Unpickler(stream).load()
    except DataError:
        raise
    except Exception as error:  # a pickle can go wrong in as many ways as the calls and containers in it
        raise DamagedWeights(f"a pickle in it does not build tensors ({type(error).__name__}: {error})") from None
    stream.seek(end)
    return value


def _check(name: str, tensor: _Tensor) -> None:
    """See to it that a tensor stays within its storage: its strides are used on raw memory."""
    storage, offset, shape, strides = tensor
    numbers = (offset, *shape, *strides) if isinstance(shape, tuple) and isinstance(strides, tuple) else ()
    if (
        not isinstance(storage, _Storage)
        or not numbers
        or len(shape) != len(strides)
        or len(shape) > MOST_DIMENSIONS
        or not all(type(number) is int and 0 <= number <= storage.length for number in numbers)
    ):
        raise DamagedWeights(f"{name[:80]} is not described as a tensor")
    last = offset + sum((length - 1) * stride for length, stride in zip(shape, strides, strict=True))
    # More elements than the storage has would mean that some are counted often: a small file, a giant tensor.
    if not 0 < math.prod(shape) <= storage.length or last >= storage.length:
        raise DamagedWeights(f"{name[:80]} of shape {shape} reaches beyond its storage of {storage.length:,} numbers")


def _load_storage(stream: io.BytesIO, storage: _Storage) -> NDArray[Any]:
    header = stream.read(8)
    if len(header) < 8:
        raise DamagedWeights("it breaks off before a storage")
    (length,) = struct.unpack("<q", header)
    if length != storage.length:
        raise DamagedWeights(f"a storage has {length:,} numbers where {storage.length:,} were announced")
    dtype = np.dtype(storage.element_type)
    raw = stream.read(min(length * dtype.itemsize, stream.getbuffer().nbytes))
    if len(raw) < length * dtype.itemsize:
        raise DamagedWeights(f"it breaks off in a storage of {length:,} numbers, after {len(raw):,} bytes of it")
    return np.frombuffer(raw, dtype)


def _view(tensor: _Tensor, numbers: NDArray[Any]) -> NDArray[Any]:
    byte_strides = [stride * numbers.itemsize for stride in tensor.strides]
    view = np.lib.stride_tricks.as_strided(numbers[tensor.offset :], tensor.shape, byte_strides, writeable=False)
    return np.array(view, order="C")
