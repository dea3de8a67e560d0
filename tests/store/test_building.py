import os
import threading

import pytest

from labkit import store


def make(folder):
    folder.mkdir()
    (folder / "file").write_text("content")


def test_made_once(cache):
    turns = []

    def make_and_count(folder):
        turns.append(folder)
        make(folder)

    for _ in range(2):
        folder = store.build_folder("a/b", make_and_count)
    assert folder == cache / "a" / "b"
    assert (folder / "file").read_text() == "content"
    assert len(turns) == 1
    assert [path.name for path in folder.parent.iterdir()] == ["b"], "nothing may be left lying about"


def test_one_makes_it_while_others_wait(cache):
    started, turns = threading.Event(), []

    def slowly(folder):
        turns.append(folder)
        started.wait(0.2)
        make(folder)

    threads = [threading.Thread(target=store.build_folder, args=("a/b", slowly)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(turns) == 1


def test_what_fails_leaves_nothing(cache):
    def fail(folder):
        make(folder)
        raise store.DataError("half way")

    with pytest.raises(store.DataError, match="half way"):
        store.build_folder("a/b", fail)
    assert list((cache / "a").iterdir()) == []
    assert store.build_folder("a/b", make).is_dir()


def test_what_a_killed_process_left_is_cleared(cache):
    (cache / "a" / ".making-b-xyz" / "made").mkdir(parents=True)
    store.build_folder("a/b", make)
    assert [path.name for path in (cache / "a").iterdir()] == ["b"]


def test_full_disk_is_the_caches_fault(cache):
    def fail(folder):
        raise OSError(28, os.strerror(28))

    with pytest.raises(store.CacheUnusable, match=r"a/b cannot be kept.*its disk is full"):
        store.build_folder("a/b", fail)
