"""Reading tensors from a PyTorch file without running anything that is in it.

``torch.save`` writes pickles, and a pickle is a small program: its ``REDUCE`` instruction calls any function that its
``GLOBAL`` instruction can name, ``os.system`` among them. This reader does not hand such a program to Python. It has a
machine of its own (`_Machine`), which knows the few instructions and the few names that a dictionary of tensors needs;
a pickle with any other is refused before its first instruction.

The format (PyTorch's own until version 1.6, ``torch/serialization.py``, ``_legacy_save``) is a chain: the pickles of a
magic number, of the protocol's version, of facts about the machine, of the dictionary itself and of the list of its
storages; then, storage after storage, the number of elements and the raw numbers. A tensor in the dictionary holds no
numbers; it says which storage has them, from where on, and with which strides.
"""

from __future__ import annotations

import hashlib
import io
import math
import pickletools
import stat
import struct
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from labkit.store.errors import DataError

MAGIC_NUMBER = 0x1950A86A20F9469CFC6C
PROTOCOL_VERSION = 1001
MOST_DIMENSIONS = 8

# Bounds far above what weights need, so that a small file cannot ask for much work or much memory.
MOST_BYTES = 2**31
MOST_INSTRUCTIONS = 1_000_000  # of one pickle; a tensor takes about thirty
DEEPEST = 16  # containers in containers; a dictionary of tensors needs five
MOST_COPIES = 16  # tensors may share numbers, and each comes out with numbers of its own

ORDERED_DICT = ("collections", "OrderedDict")
REBUILD_TENSOR = ("torch._utils", "_rebuild_tensor_v2")
ELEMENT_TYPES = {
    ("torch", "HalfStorage"): "<f2",
    ("torch", "FloatStorage"): "<f4",
    ("torch", "DoubleStorage"): "<f8",
    ("torch", "IntStorage"): "<i4",
    ("torch", "LongStorage"): "<i8",
}
ADMITTED_NAMES = {ORDERED_DICT, REBUILD_TENSOR, *ELEMENT_TYPES}


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


class _Name(NamedTuple):
    """A name in a pickle. It is never looked up: what may be done with it is decided by what it says."""

    module: str
    name: str


class _Machine:
    """Runs the instructions of a pickle that build a dictionary of tensors.

    It has a stack and a memo, as Python's own, and three rules more, which keep the work proportional to the file: the
    keys of dictionaries are texts (hashing a tuple that holds one tuple twice, and so on, would never end), containers
    are nested `DEEPEST` deep at most, and a container that was put into another is not filled any further, so that
    nothing can contain itself.
    """

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}
        self.depths: dict[int, int] = {}  # by the id of each container
        self.placed: set[int] = set()  # ids of the containers that are in another
        self.alive: list[Any] = []  # all of these, so that no id is used again

    def run(self, instructions: list[tuple[str, Any]]) -> Any:
        for name, argument in instructions:
            INSTRUCTIONS[name](self, argument)
        if len(self.stack) != 1 or self.marks:
            raise DamagedWeights("a pickle in it does not end with one value")
        return self.stack[0]

    # ---- the stack

    def push(self, value: Any) -> None:
        self.stack.append(value)

    def pop(self) -> Any:
        if len(self.stack) <= (self.marks[-1] if self.marks else 0):
            raise DamagedWeights("a pickle in it takes a value that is not there")
        return self.stack.pop()

    def pop_to_mark(self) -> list[Any]:
        if not self.marks:
            raise DamagedWeights("a pickle in it takes values from a mark that is not there")
        place = self.marks.pop()
        values = self.stack[place:]
        del self.stack[place:]
        return values

    def remember(self, number: Any) -> None:
        self.push(value := self.pop())
        self.memo[int(number)] = value

    def recall(self, number: Any) -> None:
        if int(number) not in self.memo:
            raise DamagedWeights("a pickle in it recalls a value that it did not remember")
        self.push(self.memo[int(number)])

    # ---- containers

    def contain(self, container: Any, values: list[Any]) -> None:
        """Take note that `values` go into `container`."""
        inner = [id(value) for value in values if id(value) in self.depths]
        self.placed.update(inner)
        if id(container) in self.placed and container != ():  # of () there is one only, and it stays empty
            raise DamagedWeights("a pickle in it fills a container that lies in another already")
        depth = 1 + max((self.depths[each] for each in inner), default=0)
        if depth > DEEPEST:
            raise DamagedWeights(f"a pickle in it nests containers more than {DEEPEST} deep")
        if id(container) not in self.depths:
            self.alive.append(container)
        self.depths[id(container)] = max(depth, self.depths.get(id(container), 0))

    def push_container(self, container: Any) -> None:
        self.contain(container, list(container) if isinstance(container, tuple) else [])
        self.push(container)

    def push_tuple(self, length: int) -> None:
        items = [self.pop() for _ in range(length)]
        self.push_container(tuple(reversed(items)))

    def append(self, values: list[Any]) -> None:
        self.push(target := self.pop())
        if type(target) is not list:
            raise DamagedWeights("a pickle in it appends to what is no list")
        self.contain(target, values)
        target.extend(values)

    def set_items(self, items: list[Any]) -> None:
        self.push(target := self.pop())
        keys, values = items[::2], items[1::2]
        if type(target) is not dict or len(keys) != len(values):
            raise DamagedWeights("a pickle in it sets items of what is no dictionary")
        if not all(type(key) is str for key in keys):
            raise DamagedWeights("a dictionary in it has keys that are no texts")
        if len(target) + len(keys) != len(target.keys() | set(keys)):
            raise DamagedWeights("a dictionary in it has one key twice")
        self.contain(target, values)
        target.update(zip(keys, values, strict=True))

    # ---- the few names, and what is done with them

    def call(self, _: Any) -> None:
        arguments, function = self.pop(), self.pop()
        if not isinstance(function, _Name) or type(arguments) is not tuple:
            raise DamagedWeights("a pickle in it calls what is no function")
        if function == ORDERED_DICT and not arguments:
            self.push_container({})
        elif function == REBUILD_TENSOR and [*map(type, arguments[:4])] == [_Storage, int, tuple, tuple]:
            self.push(_Tensor(*arguments[:4]))
        else:
            raise DamagedWeights(f"a pickle in it calls {_short('.'.join(function))} in an unknown way")

    def build(self, _: Any) -> None:
        """Attributes are dropped: PyTorch keeps notes (``_metadata``) on its dictionary, and nothing on tensors."""
        self.pop()
        self.push(target := self.pop())
        if type(target) is not dict:
            raise DamagedWeights("a pickle in it sets attributes of what is no dictionary")

    def storage(self, _: Any) -> None:
        match self.pop():
            case ("storage", _Name() as name, str(key), "cpu", length, None) if name in ELEMENT_TYPES:
                if type(length) is int and 0 <= length < 2**63:
                    self.push(_Storage(ELEMENT_TYPES[name], key, length))
                    return
        raise DamagedWeights("a storage in it is not described as a run of numbers for the CPU")


# What the pickle of a dictionary of tensors is made of: numbers, text, tuples, lists and dictionaries, the memo, names,
# and calls and attributes, which those few names bear.
INSTRUCTIONS: dict[str, Callable[[_Machine, Any], None]] = {
    "PROTO": lambda machine, _: None,
    "STOP": lambda machine, _: None,
    "MARK": lambda machine, _: machine.marks.append(len(machine.stack)),
    "NONE": lambda machine, _: machine.push(None),
    "NEWTRUE": lambda machine, _: machine.push(True),
    "NEWFALSE": lambda machine, _: machine.push(False),
    **dict.fromkeys(("BININT", "BININT1", "BININT2", "LONG1", "BINUNICODE"), _Machine.push),
    "EMPTY_TUPLE": lambda machine, _: machine.push_tuple(0),
    "TUPLE1": lambda machine, _: machine.push_tuple(1),
    "TUPLE2": lambda machine, _: machine.push_tuple(2),
    "TUPLE3": lambda machine, _: machine.push_tuple(3),
    "TUPLE": lambda machine, _: machine.push_container(tuple(machine.pop_to_mark())),
    "EMPTY_LIST": lambda machine, _: machine.push_container([]),
    "APPEND": lambda machine, _: machine.append([machine.pop()]),
    "APPENDS": lambda machine, _: machine.append(machine.pop_to_mark()),
    "EMPTY_DICT": lambda machine, _: machine.push_container({}),
    "SETITEM": lambda machine, _: machine.set_items([machine.pop(), machine.pop()][::-1]),
    "SETITEMS": lambda machine, _: machine.set_items(machine.pop_to_mark()),
    **dict.fromkeys(("BINPUT", "LONG_BINPUT"), _Machine.remember),
    **dict.fromkeys(("BINGET", "LONG_BINGET"), _Machine.recall),
    "GLOBAL": lambda machine, name: machine.push(_Name(*name.split(" ", 1))),
    "REDUCE": _Machine.call,
    "BUILD": _Machine.build,
    "BINPERSID": _Machine.storage,
}


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
        When the file cannot be opened, or is none.
    DamagedWeights
        When the checksum is another, the file is cut short or too large, or what it says of its tensors cannot be.
    UnsafePickle
        When the file would call or build anything but tensors and dictionaries.
    """
    path = Path(path)
    content = _content(path)
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


def _content(path: Path) -> bytes:
    """Read a file that is one: a pipe or a device might never end."""
    try:
        if not stat.S_ISREG((facts := path.stat()).st_mode):
            raise DataError(f"{path} cannot be read (it is no file).")
        if facts.st_size > MOST_BYTES:
            raise DamagedWeights(f"{path} cannot be read as tensors: it has more than {MOST_BYTES:,} bytes.")
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}).") from error
    except ValueError as error:  # a name that no file can have
        raise DataError(f"{str(path)!r} cannot be read ({error}).") from None


def _read(stream: io.BytesIO) -> dict[str, NDArray[Any]]:
    # What comes out of an unknown pickle is not turned into text for a message: it may be long.
    if _load_pickle(stream) != MAGIC_NUMBER:
        raise DamagedWeights("it does not begin with PyTorch's magic number")
    if _load_pickle(stream) != PROTOCOL_VERSION:
        raise DamagedWeights(f"its protocol is not {PROTOCOL_VERSION}, the one read here")
    machine = _load_pickle(stream)
    if type(machine) is not dict or machine.get("little_endian") is not True:
        raise DamagedWeights("it was not written on a little-endian machine")
    tensors = _load_pickle(stream)
    keys = _load_pickle(stream)
    if type(tensors) is not dict or not all(isinstance(entry, _Tensor) for entry in tensors.values()):
        raise DamagedWeights("it holds something else than a dictionary of tensors")
    for name, tensor in tensors.items():
        _check(name, tensor)
    storages = {tensor.storage.key: tensor.storage for tensor in tensors.values()}
    if any(tensor.storage != storages[tensor.storage.key] for tensor in tensors.values()):
        raise DamagedWeights("it describes one storage in two ways")
    if type(keys) is not list or not all(type(key) is str for key in keys) or sorted(keys) != sorted(storages):
        raise DamagedWeights("its list of storages is not the one that its tensors need")
    asked = sum(math.prod(tensor.shape) * np.dtype(tensor.storage.element_type).itemsize for tensor in tensors.values())
    if asked > MOST_COPIES * stream.getbuffer().nbytes:
        raise DamagedWeights(f"its tensors share their numbers more than {MOST_COPIES} times over")
    numbers = {key: _load_storage(stream, storages[key]) for key in keys}
    if stream.read(1):
        raise DamagedWeights("there is something behind its last storage")
    return {name: _view(tensor, numbers[tensor.storage.key]) for name, tensor in tensors.items()}


def _load_pickle(stream: io.BytesIO) -> Any:
    """Load the next pickle; all its instructions are looked at before the first is run."""
    instructions: list[tuple[str, Any]] = []
    try:
        with warnings.catch_warnings():  # Python warns of odd escapes in texts, which nobody here could act upon
            warnings.simplefilter("ignore")
            for opcode, argument, _ in pickletools.genops(stream):
                if len(instructions) == MOST_INSTRUCTIONS:
                    raise DamagedWeights(f"a pickle in it has more than {MOST_INSTRUCTIONS:,} instructions")
                instructions.append((opcode.name, argument))
    except (ValueError, OverflowError, MemoryError) as error:
        raise DamagedWeights(f"a pickle in it breaks off or is none ({_short(str(error))})") from None
    for name, argument in instructions:
        if name not in INSTRUCTIONS:
            raise UnsafePickle(f"a pickle in it uses the instruction {name}, which tensors do not need")
        if name == "GLOBAL" and tuple(argument.split(" ", 1)) not in ADMITTED_NAMES:
            raise UnsafePickle(f"it asks for {_short(argument.replace(' ', '.', 1))}")
        if name == "LONG_BINPUT" and argument >= len(instructions):  # Python's own memo would be made that large
            raise UnsafePickle(f"a pickle in it remembers a value under the number {argument:,}")
    return _Machine().run(instructions)


def _short(text: str) -> str:
    """Text of unknown origin, fit for a message: not long, and nothing in it that a screen would obey."""
    return ascii(text[:80])[1:-1]


def _check(name: str, tensor: _Tensor) -> None:
    """See to it that a tensor stays within its storage: its strides are used on raw memory."""
    storage, offset, shape, strides = tensor
    if not len(shape) == len(strides) <= MOST_DIMENSIONS or not all(
        type(number) is int and 0 <= number <= storage.length for number in (offset, *shape, *strides)
    ):
        raise DamagedWeights(f"{_short(name)} is not described as a tensor")
    last = offset + sum((length - 1) * stride for length, stride in zip(shape, strides, strict=True))
    # More elements than the storage has would mean that some are counted often: a small file, a giant tensor.
    if not 0 < math.prod(shape) <= storage.length or last >= storage.length:
        raise DamagedWeights(
            f"{_short(name)} of shape {shape} reaches beyond its storage of {storage.length:,} numbers"
        )


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
