"""Debian's archive, with an apt-get of our own making: the real one is for `data fetch`, not for tests."""

import gzip
import os
import shutil
import subprocess
import time

import pytest

from labkit import store
from labkit.store.patience import Patience

CONTENT = bytes(range(256)) * 500  # the second file of conftest.py

pytestmark = pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="there is no dpkg-deb on this machine")


@pytest.fixture
def package(tmp_path):
    """A real, small Debian package."""
    root = tmp_path / "package"
    (root / "DEBIAN").mkdir(parents=True)
    (root / "DEBIAN/control").write_text(
        "Package: dataset-pictures\nVersion: 1\nArchitecture: all\nMaintainer: nobody <n@example.org>\nDescription: x\n"
    )
    (root / "usr/share/datasets").mkdir(parents=True)
    (root / "usr/share/datasets/second-file.gz").write_bytes(gzip.compress(CONTENT))
    built = tmp_path / "dataset-pictures_1_all.deb"
    subprocess.run(["dpkg-deb", "--build", "--root-owner-group", root, built], check=True, capture_output=True)
    return built


@pytest.fixture
def apt_get(tmp_path, monkeypatch):
    """Put an apt-get with the given body of shell code first on the path."""

    def install(body):
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        script = folder / "apt-get"
        script.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/calls\n{body}\n')
        script.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
        return tmp_path / "calls"

    return install


@pytest.fixture
def pictures(make_set):
    source = store.DebianPackage("dataset-pictures", "usr/share/datasets")
    return make_set(source, names=("second-file",))


def test_package_is_fetched_and_unpacked(apt_get, package, pictures, cache):
    calls = apt_get(f'case "$*" in *download*) cp {package} . ;; esac')
    found = store.fetch_files(pictures)["second-file"]
    assert found.read_bytes() == CONTENT
    assert store.source_of(found) == "Debian's package dataset-pictures"
    update, download = calls.read_text().splitlines()
    assert update.endswith("update")
    assert download.endswith("download dataset-pictures")
    for setting in ("Acquire::http::Timeout=4", "Acquire::https::Timeout=4", "Acquire::Retries=0"):
        assert setting in update
        assert setting in download
    for private in ("Dir::State::lists=", "Dir::Cache="):
        assert f"-o{private}{cache}" in update
    assert [path.name for path in found.parent.iterdir()] == ["second-file"]


def test_machine_without_apt(pictures, monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(store.SourcesUnreachable, match="no apt-get on this machine"):
        store.fetch_files(pictures)


def test_no_network(apt_get, pictures):
    apt_get('echo "E: Unable to locate package dataset-pictures"; exit 100')
    with pytest.raises(store.SourcesUnreachable, match=r"no archive answered.*Unable to locate"):
        store.fetch_files(pictures)


def test_archive_without_the_package(apt_get, pictures):
    apt_get('touch lists/deb_main_Packages; echo "E: Unable to locate package dataset-pictures"; exit 100')
    with pytest.raises(store.DataError, match="Unable to locate package") as caught:
        store.fetch_files(pictures)
    assert not isinstance(caught.value, store.SourcesUnreachable)


def test_apt_that_hangs_is_ended_with_its_helpers(apt_get, pictures, tmp_path):
    apt_get(f"(sleep 2; touch {tmp_path}/survived) & sleep 60")
    before = time.monotonic()
    with pytest.raises(store.SourcesUnreachable, match="nothing arrived"):
        store.fetch_files(pictures, patience=Patience(total=0.6))
    assert time.monotonic() - before < 5
    time.sleep(max(0.0, 2.3 - (time.monotonic() - before)))
    assert not (tmp_path / "survived").exists()


def test_damaged_package(apt_get, package, pictures):
    apt_get(f'case "$*" in *download*) head -c 300 {package} > dataset-pictures_1_all.deb ;; esac')
    with pytest.raises(store.DataError, match="package cannot be opened"):
        store.fetch_files(pictures)


def test_package_without_the_file(apt_get, package, make_set):
    apt_get(f'case "$*" in *download*) cp {package} . ;; esac')
    with pytest.raises(store.DataError, match=r"package has no usr/share/datasets/first-file\.gz"):
        store.fetch_files(make_set(store.DebianPackage("dataset-pictures", "usr/share/datasets")))


def test_disk_that_fills_up_under_apt(apt_get, pictures, cache):
    apt_get('echo "E: Write error - write (28: No space left on device)"; exit 100')
    with pytest.raises(store.CacheUnusable, match=f"{cache} cannot be used: its disk is full"):
        store.fetch_files(pictures)


def test_disk_that_fills_up_under_dpkg(apt_get, package, pictures, tmp_path):
    apt_get(f'case "$*" in *download*) cp {package} . ;; esac')
    dpkg_deb = tmp_path / "bin" / "dpkg-deb"
    dpkg_deb.write_text('#!/bin/sh\necho "lzma write error: No space left on device" >&2; exit 2\n')
    dpkg_deb.chmod(0o755)
    with pytest.raises(store.CacheUnusable, match="its disk is full"):
        store.fetch_files(pictures)
