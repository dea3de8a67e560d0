"""A tiny data set in MNIST's layout, on a shelf instead of the web."""

import gzip
import hashlib
import shutil

import numpy as np
import pytest

from labkit import store
from labkit.datasets import catalogue, digits, fashion, mnist_family
from labkit.store import errors, fetching


def to_idx(array):
    """Write an array of unsigned bytes as IDX, independently of the reader under test."""
    header = bytes([0, 0, 8, array.ndim]) + b"".join(size.to_bytes(4, "big") for size in array.shape)
    return header + array.astype(np.uint8).tobytes()


def tiny_files(train=40, test=20, seed=0):
    random = np.random.default_rng(seed)
    return {
        "train-images-idx3-ubyte": to_idx(random.integers(0, 256, (train, 28, 28))),
        "train-labels-idx1-ubyte": to_idx(np.arange(train) % 10),
        "t10k-images-idx3-ubyte": to_idx(random.integers(0, 256, (test, 28, 28))),
        "t10k-labels-idx1-ubyte": to_idx(np.arange(test) % 10),
    }


class Shelf:
    """A source that has files at hand, or does not answer."""

    def __init__(self, contents):
        self.contents, self.answers, self.asked = contents, True, 0

    def __str__(self):
        return "the shelf"

    def bring(self, name, size, folder, patience, progress):
        self.asked += 1
        if not self.answers:
            raise errors.SourceSilent("did not answer")
        path = folder / f"{name}.gz"
        path.write_bytes(gzip.compress(self.contents[name]))
        return path


def make_family(name, title, user_folders, contents):
    shelf = Shelf(contents)
    files = tuple(store.DataFile(file, hashlib.sha256(data).hexdigest(), len(data)) for file, data in contents.items())
    return mnist_family.Family(
        title=title,
        files=store.FileSet(name, files, (shelf,), advice="look on the shelf."),
        class_names=tuple("0123456789"),
        user_folders=user_folders,
    )


@pytest.fixture(autouse=True)
def environment(tmp_path, monkeypatch):
    for name in ("LABKIT_DATA", "LABKIT_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LABKIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(fetching, "_unreachable_here", {})


@pytest.fixture
def tiny_contents():
    return tiny_files()


@pytest.fixture
def mnist(monkeypatch, tiny_contents):
    """Put the tiny set in MNIST's place; gives the shelf it comes from."""
    family = make_family("mnist", "MNIST", digits.MNIST.user_folders, tiny_contents)
    monkeypatch.setattr(digits, "MNIST", family)
    monkeypatch.setitem(catalogue._FAMILIES, "mnist", (family, digits.STAND_IN_SOURCE))
    return family.files.sources[0]


@pytest.fixture
def fashion_mnist(monkeypatch):
    """Put another tiny set in Fashion-MNIST's place; gives the shelf it comes from."""
    family = make_family("fashion-mnist", "Fashion-MNIST", {"fashion-mnist": ""}, tiny_files(seed=1))
    monkeypatch.setattr(fashion, "FASHION_MNIST", family)
    monkeypatch.setitem(catalogue._FAMILIES, "fashion-mnist", (family, None))
    return family.files.sources[0]


@pytest.fixture
def user_folder(tmp_path, monkeypatch):
    """A function that puts files into a folder below LABKIT_DATA."""

    def put(name, contents, spelling=lambda file: file, pack=lambda data: data):
        folder = tmp_path / "data" / name
        folder.mkdir(parents=True)
        for file, data in contents.items():
            (folder / spelling(file)).write_bytes(pack(data))
        monkeypatch.setenv("LABKIT_DATA", str(tmp_path / "data"))
        return folder

    yield put
    shutil.rmtree(tmp_path / "data", ignore_errors=True)
