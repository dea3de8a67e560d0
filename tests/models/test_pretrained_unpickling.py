"""The reader of PyTorch files: right about good ones, unmoved by bad ones."""

import hashlib
import os
import pickle
import struct
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from labkit.models.pretrained import DamagedWeights, UnsafePickle, read_tensors, safe_unpickling
from labkit.store import DataError

MAGIC, PROTOCOL = pickle.dumps(0x1950A86A20F9469CFC6C, 2), pickle.dumps(1001, 2)
MACHINE = pickle.dumps({"protocol_version": 1001, "little_endian": True}, 2)

# ---- a small assembler of pickles: each function gives the instructions that push one value


def text(value):
    raw = value.encode()
    return b"X" + struct.pack("<I", len(raw)) + raw


def number(value):
    return b"J" + struct.pack("<i", value) if abs(value) < 2**31 else pickle.dumps(value, 2)[2:-1]


def name(module, attribute):
    return f"c{module}\n{attribute}\n".encode()


def several(*items):
    return b"(" + b"".join(items) + b"t"


def numbers(values):
    return several(*map(number, values))


def storage(key="0", count=6, kind="FloatStorage", place="cpu"):
    return several(text("storage"), name("torch", kind), text(key), text(place), number(count), b"N") + b"Q"


def tensor(stored=None, offset=0, shape=(2, 3), strides=(3, 1)):
    arguments = several(
        storage() if stored is None else stored, number(offset), numbers(shape), numbers(strides), b"\x89}"
    )
    return name("torch._utils", "_rebuild_tensor_v2") + arguments + b"R"


def entries(**values):
    body = b"".join(text(key) + value for key, value in values.items())
    return b"\x80\x02" + name("collections", "OrderedDict") + b")R(" + body + b"u."


def file(pickled=None, keys=("0",), data=None, machine=MACHINE):
    """A whole file; `data` are the raw storages, each with its count in front."""
    data = struct.pack("<q6f", 6, *range(6)) if data is None else data
    return MAGIC + PROTOCOL + machine + (pickled or entries(w=tensor())) + pickle.dumps(list(keys), 2) + data


@pytest.fixture
def read(tmp_path):
    def read_bytes(content, **options):
        path = tmp_path / "weights.pth"
        path.write_bytes(content)
        return read_tensors(path, **options)

    return read_bytes


@pytest.fixture
def alarm(monkeypatch):
    """A list that grows when anything runs a command."""
    rung = []
    for function in ("system", "popen", "execv", "posix_spawn"):
        monkeypatch.setattr(os, function, lambda *arguments, **_: rung.append(arguments), raising=False)
    return rung


# ---- good files


def test_a_tensor_comes_out_as_it_was(read):
    answer = read(file())
    assert list(answer) == ["w"]
    np.testing.assert_array_equal(answer["w"], [[0, 1, 2], [3, 4, 5]])
    assert answer["w"].dtype == np.float32


@pytest.mark.parametrize(
    ("offset", "shape", "strides", "expected"),
    [
        (0, (3, 2), (1, 3), [[0, 3], [1, 4], [2, 5]]),  # transposed
        (3, (3,), (1,), [3, 4, 5]),
        (5, (), (), 5),
        (0, (1, 6, 1), (6, 1, 1), [[[0], [1], [2], [3], [4], [5]]]),
    ],
)
def test_offsets_and_strides(read, offset, shape, strides, expected):
    np.testing.assert_array_equal(read(file(entries(w=tensor(None, offset, shape, strides))))["w"], expected)


def test_two_tensors_may_share_a_storage_and_each_owns_its_numbers(read):
    answer = read(file(entries(a=tensor(), b=tensor(None, 0, (6,), (1,)))))
    answer["a"][:] = 9
    np.testing.assert_array_equal(answer["b"], range(6))


def test_an_empty_shape_may_stand_in_every_tensor(read):
    one = tensor(None, 2, (), ())
    assert read(file(entries(a=one, b=one)))["b"] == 2


def test_whole_numbers(read):
    content = file(
        entries(n=tensor(storage("7", 1, "LongStorage"), 0, (), ())), ["7"], struct.pack("<qq", 1, 123_456_789_012)
    )
    assert read(content)["n"] == 123_456_789_012


def test_the_checksum_is_looked_at_first(read):
    content = file()
    assert list(read(content, sha256=hashlib.sha256(content).hexdigest())) == ["w"]
    with pytest.raises(DamagedWeights, match=r"weights\.pth is damaged or another file: its SHA-256 is .*, not 000000"):
        read(content, sha256="0" * 64)


def test_no_file(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        read_tensors(tmp_path / "nothing.pth")


# ---- hostile files

COMMAND = text("echo gotcha") + b"\x85"  # a tuple of one


@pytest.mark.parametrize(
    "body",
    {
        "os.system": name("os", "system") + COMMAND + b"R",
        "posix.system": name("posix", "system") + COMMAND + b"R",
        "eval": name("builtins", "eval") + COMMAND + b"R",
        "eval of old": name("__builtin__", "eval") + COMMAND + b"R",
        "getattr": name("builtins", "getattr") + COMMAND + b"R",
        "within a value": b"}" + text("w") + name("os", "system") + COMMAND + b"Rs",
        "as an argument": name("torch._utils", "_rebuild_tensor_v2") + b"(" + name("os", "system") + COMMAND + b"RtR",
        "another of torch": name("torch._utils", "_rebuild_parameter") + COMMAND + b"R",
        "dotted": name("collections", "OrderedDict.__init__") + COMMAND + b"R",
        "dotted to os": name("torch.storage", "os.system") + COMMAND + b"R",
        "dotted storage": name("torch", "FloatStorage.__class__") + COMMAND + b"R",
        "in a description of a storage": several(text("storage"), name("os", "system")) + b"Q",
        "never called": name("os", "system"),
        "STACK_GLOBAL": text("os") + text("system") + b"\x93" + COMMAND + b"R",
        "INST": b"(" + text("echo gotcha") + b"ios\nsystem\n",
        "OBJ": b"(" + name("os", "system") + text("echo gotcha") + b"o",
        "NEWOBJ": name("collections", "OrderedDict") + b")\x81",
        "EXT1": b"\x82\x01",
        "giant memo": b"}r" + struct.pack("<I", 2**32 - 1),
        "giant bytes": b"\x8e" + struct.pack("<Q", 3) + b"abc",
    }.items(),
    ids=lambda item: item[0],
)
def test_a_hostile_pickle_is_refused_and_nothing_runs(read, alarm, body):
    for content in (
        file(b"\x80\x02" + body[1] + b"."),
        MAGIC + b"\x80\x02" + body[1] + b".",
        b"\x80\x02" + body[1] + b".",  # in the place of the magic number
    ):
        with pytest.raises(UnsafePickle, match=r"is refused: .* Nothing in it was run"):
            read(content)
    assert alarm == []


def test_what_pickle_itself_writes_of_a_hostile_object_is_refused(read, alarm):
    class Hostile:
        def __reduce__(self):
            return os.listdir, (".",)

    for protocol in range(6):
        with pytest.raises((UnsafePickle, DamagedWeights)):
            read(MAGIC + PROTOCOL + MACHINE + pickle.dumps({"w": Hostile()}, protocol))
    assert alarm == []


STATE = b"}" + text("__call__") + number(1) + b"s"
SLOTS = b"N" + STATE + b"\x86"  # the pair (None, attributes): BUILD then calls setattr


@pytest.mark.parametrize("state", [STATE, SLOTS], ids=["dictionary", "slots"])
@pytest.mark.parametrize(
    "target",
    [
        name("collections", "OrderedDict"),
        name("torch._utils", "_rebuild_tensor_v2"),
        name("torch", "FloatStorage"),
        storage(),
        tensor(),
    ],
    ids=["OrderedDict", "rebuild", "FloatStorage", "a storage", "a tensor"],
)
def test_build_changes_nothing_that_outlives_the_file(read, target, state):
    with pytest.raises(DamagedWeights):
        read(file(b"\x80\x02" + target + state + b"b."))
    np.testing.assert_array_equal(read(file())["w"], [[0, 1, 2], [3, 4, 5]])


def test_attributes_of_a_dictionary_are_ignored(read):
    """PyTorch keeps `_metadata` there; a hostile file could keep `items`."""
    pickled = entries(w=tensor())[:-1] + b"}" + text("items") + number(1) + b"sb."
    assert list(read(file(pickled))) == ["w"]


@pytest.mark.parametrize(
    "value",
    {
        "reaches beyond": tensor(None, 1),
        "strides beyond": tensor(None, 0, (2, 3), (4, 1)),
        "starts beyond": tensor(None, 6, (1,), (1,)),
        "stride 0, giant": tensor(None, 0, (2_000_000_000,), (0,)),
        "empty, giant": tensor(None, 0, (0, 2_000_000_000), (1, 1)),
        "negative offset": tensor(None, -1),
        "negative stride": tensor(None, 5, (6,), (-1,)),
        "negative shape": tensor(None, 0, (-1, -6), (1, 1)),
        "more strides": tensor(None, 0, (6,), (1, 1)),
        "very large": tensor(None, 0, (1,), (2**70,)),
        "nine dimensions": tensor(None, 0, (1,) * 9, (1,) * 9),
        "no storage": tensor(text("0")),
        "text for a shape": name("torch._utils", "_rebuild_tensor_v2")
        + several(storage(), number(0), text("2"), b"N")
        + b"R",
        "no arguments": name("torch._utils", "_rebuild_tensor_v2") + b")R",
        "too few": name("torch._utils", "_rebuild_tensor_v2") + several(storage()) + b"R",
        "OrderedDict of a number": name("collections", "OrderedDict") + number(5) + b"\x85R",
        "a storage called": name("torch", "FloatStorage") + b")R",
        "a number": number(5),
        "unknown place": tensor(storage(place="cuda:0")),
        "negative count": tensor(storage(count=-6)),
        "larger count": tensor(storage(count=7)),
        "smaller elements": tensor(storage(kind="HalfStorage")),
        "larger elements": tensor(storage(kind="DoubleStorage")),
    }.items(),
    ids=lambda item: item[0],
)
def test_a_tensor_that_does_not_fit_is_refused(read, value):
    with pytest.raises(DamagedWeights, match="cannot be read as tensors"):
        read(file(entries(w=value[1])))


def test_one_storage_described_twice_is_refused(read):
    """Else the first tensor, checked against the larger count, would read beyond the smaller one."""
    large = tensor(storage("0", 1000), 900, (50,), (1,))
    with pytest.raises(DamagedWeights, match="in two ways"):
        read(file(entries(a=large, b=tensor())))


@pytest.mark.parametrize(
    "content",
    {
        "empty": b"",
        "text": b"hello",
        "a zip, as PyTorch writes since 1.6": b"PK\x03\x04" + bytes(60),
        "another magic number": pickle.dumps(5, 2) + file()[len(MAGIC) :],
        "another protocol": MAGIC + pickle.dumps(1002, 2) + file()[len(MAGIC + PROTOCOL) :],
        "big-endian": file(machine=pickle.dumps({"little_endian": False}, 2)),
        "no machine": file(machine=pickle.dumps([], 2)),
        "nested without end": pickle.dumps(5, 2)[:2] + b"]" * 100_000 + b"a" * 99_999 + b".",
        "other keys": file(keys=["1"]),
        "no keys": file(keys=[]),
        "keys twice": file(keys=["0", "0"]),
        "a number for a key": file(keys=[0]),
        "something behind": file() + b"x",
        "other count": file(data=struct.pack("<q6f", 5, *range(6))),
        "giant count": file(entries(w=tensor(storage("0", 2**31 - 1))), data=struct.pack("<q", 2**31 - 1)),
    }.items(),
    ids=lambda item: item[0],
)
def test_a_file_that_is_something_else_is_refused(read, content):
    with pytest.raises(DamagedWeights, match="cannot be read as tensors"):
        read(content[1])


# ---- small files that ask for much work or much memory

PAIR_OF_ITSELF = b"q\x00h\x00\x86"  # put, get, a tuple of the two: twice as large at every step


@pytest.fixture
def within_seconds():
    """What is refused at once takes milliseconds; what is followed to its end, hours. A busy machine adds a second."""
    start = time.process_time()
    yield
    assert time.process_time() - start < 10


@pytest.mark.usefixtures("within_seconds")
@pytest.mark.parametrize(
    "body",
    {
        "a key without end": b"})" + 200 * PAIR_OF_ITSELF + b"Ns",
        "a tuple without end": b")" + 200 * PAIR_OF_ITSELF,
        "a value without end": b"}" + text("w") + b")" + 200 * PAIR_OF_ITSELF + b"s",
        "pairs for an OrderedDict": name("collections", "OrderedDict") + b"])" + 200 * PAIR_OF_ITSELF + b"N\x86a\x85R",
        "tuples, 100,000 deep": b")" + 100_000 * b"\x85",
        "a key 100,000 deep": b"})" + 100_000 * b"\x85" + b"Ns",
        "lists, 20,000 deep": 20_000 * b"]" + 19_999 * b"a",
        "dictionaries, 20,000 deep": 20_000 * (b"}" + text("w")) + b"N" + 20_000 * b"s",
        "a list in itself": b"]q\x00h\x00a",
        "a dictionary in itself": b"}q\x00" + text("w") + b"h\x00s",
        "two lists in one another": b"]q\x00]q\x01h\x00ah\x01a",
        "a list that grows in a tuple": b"]q\x00\x85h\x00h\x00ah\x00",
        "marks without end": 100_000 * b"(",
        "a bytes key": b"}Nh\x00s",
        "a number for a key": b"}" + number(5) + b"Ns",
        "a truth for a key": b"}\x88Ns",
        "one key twice": b"}(" + 2 * (text("w") + tensor()) + b"u",
        "nothing to set": b"}" + text("w") + b"(" + text("v") + b"u",
        "a giant storage": b"}" + text("w") + tensor(storage("0", 2**200)) + b"s",
        "a storage of True numbers": b"}"
        + text("w")
        + tensor(several(text("storage"), name("torch", "FloatStorage"), text("0"), text("cpu"), b"\x88N") + b"Q")
        + b"s",
    }.items(),
    ids=lambda item: item[0],
)
def test_a_small_file_cannot_ask_for_much(read, body):
    for content in (file(b"\x80\x02" + body[1] + b"."), MAGIC + PROTOCOL + b"\x80\x02" + body[1] + b"."):
        with pytest.raises(DamagedWeights, match="cannot be read as tensors") as caught:
            read(content)
        assert len(str(caught.value)) < 400


@pytest.mark.usefixtures("within_seconds")
def test_one_storage_is_not_copied_a_thousand_times(read):
    data = struct.pack("<q", 5000) + bytes(20_000)
    many = entries(**{f"w{i}": tensor(storage(count=5000), 0, (5000,), (1,)) for i in range(1000)})
    with pytest.raises(DamagedWeights, match="share their numbers more than 16 times over"):
        read(file(many, data=data))


def test_bounds_of_instructions_and_bytes(read, monkeypatch):
    monkeypatch.setattr(safe_unpickling, "MOST_INSTRUCTIONS", 100)
    with pytest.raises(DamagedWeights, match="has more than 100 instructions"):
        read(file(b"\x80\x02]" + 99 * b"Na" + b"."))
    monkeypatch.setattr(safe_unpickling, "MOST_BYTES", 100)
    with pytest.raises(DamagedWeights, match="it has more than 100 bytes"):
        read(file())


@pytest.mark.usefixtures("within_seconds")
def test_what_is_no_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, "/dev/zero"):
        with pytest.raises(DataError, match=r"cannot be read \(it is no file\)"):
            read_tensors(path)
    with pytest.raises(DataError, match="cannot be read"):
        read_tensors("a\0b")


def test_what_a_file_says_of_itself_comes_short_and_printable(read):
    name_of_a_tensor = text("\x1b[2J\n" + 1000 * "x")
    with pytest.raises(DamagedWeights) as caught:
        read(file(b"\x80\x02}" + name_of_a_tensor + tensor(None, 9) + b"s."))
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300
    with pytest.raises(UnsafePickle) as caught:
        read(file(b"\x80\x02" + name("o\x1b[2J" + 1000 * "s", "system") + b"."))
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300


def test_every_truncation_is_noticed(read):
    content = file()
    for length in range(len(content)):
        with pytest.raises((DamagedWeights, UnsafePickle)):
            read(content[:length])


@settings(
    max_examples=300, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@example(changes=[(79, 92)])  # a text with an escape that Python warns of
@given(changes=st.lists(st.tuples(st.integers(0, len(file()) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_a_changed_file_gives_tensors_or_our_own_error(read, changes):
    content = bytearray(file())
    for place, byte in changes:
        content[place] = byte
    try:
        answer = read(bytes(content))
    except (DamagedWeights, UnsafePickle):
        return
    assert all(isinstance(array, np.ndarray) and array.size <= 6 for array in answer.values())


# Values made of what the reader admits, in any order: pickles that are well formed and mean nothing.
PIECES = st.sampled_from(
    [
        *(b"(", b"t", b")", b"\x85", b"\x86", b"\x87", b"]", b"a", b"e", b"}", b"s", b"u", b"N", b"\x88", b"K\x02"),
        *(b"R", b"b", b"Q", b"q\x00", b"q\x01", b"h\x00", b"h\x01", text("w"), text("storage"), storage(), tensor()),
        *(name(*known) for known in sorted(safe_unpickling.ADMITTED_NAMES)),
    ]
)


@settings(
    max_examples=400, deadline=1000, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(pieces=st.lists(PIECES, max_size=60))
def test_any_sequence_of_admitted_instructions_ends_soon(read, pieces):
    try:
        answer = read(file(b"\x80\x02" + b"".join(pieces) + b"."))
    except DamagedWeights:
        return
    assert all(type(key) is str and array.size <= 6 for key, array in answer.items())
