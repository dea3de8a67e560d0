"""Whatever goes wrong on the way: the right data, or a clear error; never a half file that a later run believes."""

import errno
import os
import random
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from labkit import store
from labkit.store import fetching
from labkit.store.errors import SourceSilent
from labkit.store.patience import Patience

CONTENT_OF_FIRST = random.Random(0).randbytes(240_000)


def assert_nothing_half(cache: Path):
    """Whatever lies in the cache under a file's own name is that file, whole; nothing temporary is left."""
    assert not [path for path in cache.rglob("*") if ".incoming-" in path.name]
    for path in (cache / "pictures").glob("*"):
        assert path.name == "first-file"
        assert path.read_bytes() == CONTENT_OF_FIRST


@pytest.mark.parametrize(
    ("fault", "said", "hits"),
    [
        ("404", "answered 404", 1),
        ("403", "answered 403", 1),
        ("500", "answered 500", 3),
        ("truncated", "broke off|damaged", 3),
        ("reset", "broke off", 3),
        ("stall", "stalled after", 1),
        ("wrong bytes", "wrong content", 1),
        ("not gzip", "wrong content", 1),
        ("flood", "sent more than", 1),
        ("bomb", "wrong content .more than", 1),
        ("length in words", "makes no sense", 1),
        ("length in floats", "makes no sense", 1),
    ],
)
def test_fault_gives_clear_error_then_right_data(pictures, server, cache, patience, fault, said, hits):
    server.faults["first-file"] = [fault]
    with pytest.raises(store.DataError, match=said) as caught:
        store.fetch_files(pictures, patience=patience)
    assert not isinstance(caught.value, store.SourcesUnreachable), "a source that answered is no reason for a stand-in"
    for part in ("first-file", server.url, "plug in the cable"):
        assert part in str(caught.value)
    assert server.hits["first-file"] == hits
    assert_nothing_half(cache)
    assert store.cached_files(pictures) is None

    server.faults.clear()
    assert store.fetch_files(pictures)["first-file"].read_bytes() == CONTENT_OF_FIRST
    assert_nothing_half(cache)


@pytest.mark.parametrize("fault", ["500", "503", "429", "truncated", "reset"])
def test_passing_fault_is_tried_again(pictures, server, fault, patience):
    server.faults["first-file"] = [fault, ""]
    if fault == "503":  # a gateway's word for "nobody answers behind me": not tried again, the next source is asked
        with pytest.raises(store.SourcesUnreachable):
            store.fetch_files(pictures, patience=patience)
        return
    assert store.fetch_files(pictures, patience=patience)["first-file"].read_bytes() == CONTENT_OF_FIRST
    assert server.hits["first-file"] == 2


@pytest.mark.parametrize(
    "fault", ["404", "500", "truncated", "reset", "stall", "wrong bytes", "no answer", "length in words"]
)
def test_next_source_steps_in(make_set, server, second_server, fault, patience):
    server.faults["first-file"] = [fault]
    wanted = make_set(store.WebFolder(server.url), store.WebFolder(second_server.url))
    found = store.fetch_files(wanted, patience=patience)["first-file"]
    assert found.read_bytes() == CONTENT_OF_FIRST
    assert store.source_of(found) == second_server.url


def test_next_source_brings_only_what_is_missing(make_set, server, second_server, patience):
    server.faults["second-file"] = ["404"]
    wanted = make_set(
        store.WebFolder(server.url), store.WebFolder(second_server.url), names=("first-file", "second-file")
    )
    store.fetch_files(wanted, patience=patience)
    assert second_server.hits == {"second-file": 1}


def test_gzip_as_transfer_encoding(pictures, server):
    server.faults["first-file"] = ["gzip in transit"]
    assert store.fetch_files(pictures)["first-file"].read_bytes() == CONTENT_OF_FIRST


def test_slow_line_may_take_its_time(pictures, server, patience):
    server.faults["first-file"] = ["slow"]
    assert store.fetch_files(pictures, patience=patience)["first-file"].read_bytes() == CONTENT_OF_FIRST


def test_a_steady_trickle_is_a_slow_line_and_no_silence(make_set, server):
    """8 kB a second: between two pieces nothing comes, and all these moments together are longer than our patience."""
    server.faults["small-file"] = ["steady trickle"]
    server.contents = {"small-file": CONTENT_OF_FIRST[:20_000]}
    wanted = make_set(store.WebFolder(server.url), names=("small-file",), contents=server.contents)
    assert store.fetch_files(wanted, patience=Patience(total=1.0, longest=0.8))["small-file"].stat().st_size == 20_000


def test_a_drop_now_and_then_is_silence():
    """A byte each time somebody looks, ten times a second and less: slower than any line."""
    received = iter(range(10_000))
    patience = Patience(total=0.4, longest=10)
    clock = time.monotonic()
    with pytest.raises(SourceSilent):
        patience.wait(lambda seconds: time.sleep(seconds), lambda: next(received) // 2)
    assert time.monotonic() - clock < 3


def test_full_disk(pictures, cache, monkeypatch):
    def no_room(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as full:
        full.setattr(fetching.os, "fsync", no_room)
        with pytest.raises(store.CacheUnusable, match="disk is full") as caught:
            store.fetch_files(pictures)
    assert str(cache) in str(caught.value)
    assert "LABKIT_CACHE" in str(caught.value)
    assert_nothing_half(cache)
    assert store.fetch_files(pictures)["first-file"].read_bytes() == CONTENT_OF_FIRST


def test_disk_without_room_is_seen_before_the_download(pictures, server, cache, monkeypatch):
    monkeypatch.setattr(fetching.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 100_000))
    with pytest.raises(store.CacheUnusable, match=f"{cache} cannot be used: 0.1 MB are free, 0.5 MB are needed"):
        store.fetch_files(pictures)
    assert not server.hits


def test_full_disk_during_download(pictures, cache, monkeypatch):
    def no_room(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("labkit.store.web._Tap.write", no_room)
    with pytest.raises(store.CacheUnusable, match="disk is full"):
        store.fetch_files(pictures)
    assert_nothing_half(cache)


def test_cache_below_a_file_cannot_be_made(pictures, tmp_path, monkeypatch):
    # As root, permissions do not stop writing; a file where a folder should be stops everybody.
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LABKIT_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(store.CacheUnusable, match="LABKIT_CACHE") as caught:
        store.fetch_files(pictures)
    assert str(tmp_path / "file" / "cache") in str(caught.value)


def test_read_only_cache_is_read(pictures, server, monkeypatch):
    store.fetch_files(pictures)

    def read_only(*_, **__):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    for door in ("mkdtemp", "mkstemp"):
        monkeypatch.setattr(f"tempfile.{door}", read_only)
    monkeypatch.setattr("pathlib.Path.mkdir", read_only)
    assert store.fetch_files(pictures)["first-file"].read_bytes() == CONTENT_OF_FIRST
    assert server.hits["first-file"] == 1


def test_read_only_cache_that_lacks_the_file(pictures, server, monkeypatch):
    def read_only(*_, **__):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr("pathlib.Path.mkdir", read_only)
    with pytest.raises(store.CacheUnusable, match=r"Read-only file system.*LABKIT_CACHE"):
        store.fetch_files(pictures)
    assert not server.hits, "nothing is downloaded that could not be kept"


def test_damage_in_the_cache_is_mended(pictures, server, cache):
    path = store.fetch_files(pictures)["first-file"]
    path.write_bytes(CONTENT_OF_FIRST[:-1] + b"?")
    assert store.cached_files(pictures) is None
    assert store.fetch_files(pictures)["first-file"].read_bytes() == CONTENT_OF_FIRST
    path.write_bytes(b"half")
    assert store.fetch_files(pictures)["first-file"].read_bytes() == CONTENT_OF_FIRST
    assert server.hits["first-file"] == 3


FETCH_IN_A_PROCESS = """
    import sys
    from labkit import store
    url, sha256, size = sys.argv[1:]
    wanted = store.FileSet(
        "pictures", (store.DataFile("first-file", sha256, int(size)),), (store.WebFolder(url),), advice=""
    )
    print(store.fetch_files(wanted)["first-file"].stat().st_size)
"""


def start_fetching(server, pictures):
    file = pictures.files[0]
    code = textwrap.dedent(FETCH_IN_A_PROCESS)
    return subprocess.Popen(
        [sys.executable, "-c", code, server.url, file.sha256, str(file.size)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(Path(store.__file__).parents[2])},
        text=True,
    )


def test_killed_mid_download(pictures, server, cache):
    server.faults["first-file"] = ["stall"]
    process = start_fetching(server, pictures)
    deadline = time.monotonic() + 20
    while not list(cache.glob("pictures/.incoming-*/*.gz")) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert list(cache.glob("pictures/.incoming-*")), "it was to be killed in the middle"

    server.faults.clear()
    assert store.fetch_files(pictures)["first-file"].read_bytes() == CONTENT_OF_FIRST
    assert_nothing_half(cache)


def test_eight_processes_fetch_once(pictures, server, cache):
    server.faults["first-file"] = ["slow"]
    processes = [start_fetching(server, pictures) for _ in range(8)]
    outputs = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0] * 8, outputs
    assert {out.strip() for out, _ in outputs} == {str(len(CONTENT_OF_FIRST))}
    assert server.hits["first-file"] == 1
    assert_nothing_half(cache)


def test_hanging_holder_of_the_lock(pictures, cache, monkeypatch):
    from filelock import FileLock

    monkeypatch.setattr("labkit.store.locking.LOCK_SECONDS", 0.1)
    (cache / "locks").mkdir(parents=True)
    with FileLock(cache / "locks" / "pictures.lock"), pytest.raises(store.DataError, match="another process"):
        store.fetch_files(pictures)
