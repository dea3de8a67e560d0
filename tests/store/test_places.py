from pathlib import Path

import pooch
import pytest

from labkit import store


def test_cache_is_the_platforms_own_by_default(monkeypatch):
    monkeypatch.delenv("LABKIT_CACHE")
    assert store.cache_folder() == Path(pooch.os_cache("cnn-labkit"))


def test_cache_that_is_a_file(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LABKIT_CACHE", str(tmp_path / "file"))
    with pytest.raises(store.CacheUnusable, match=r"file cannot be used: it is not a folder.*LABKIT_CACHE"):
        store.cache_folder()


def test_home_in_the_name(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LABKIT_CACHE", "~/labkit")
    assert store.cache_folder() == tmp_path / "labkit"


def test_data_folder(tmp_path, monkeypatch):
    assert store.data_folder() is None
    monkeypatch.setenv("LABKIT_DATA", str(tmp_path))
    assert store.data_folder() == tmp_path
    monkeypatch.setenv("LABKIT_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(store.DataError, match=r"LABKIT_DATA='.*nowhere' is not a folder"):
        store.data_folder()


@pytest.mark.parametrize(("value", "offline"), [("", False), ("0", False), ("no", False), ("1", True), ("TRUE", True)])
def test_offline(monkeypatch, value, offline):
    monkeypatch.setenv("LABKIT_OFFLINE", value)
    assert store.is_offline() is offline


def test_offline_nonsense(monkeypatch):
    monkeypatch.setenv("LABKIT_OFFLINE", "perhaps")
    with pytest.raises(ValueError, match="LABKIT_OFFLINE='perhaps'"):
        store.is_offline()


def test_web_folder_needs_a_web_address():
    with pytest.raises(ValueError, match="url='ftp:"):
        store.WebFolder("ftp://example.org")


def test_checksum_is_remembered_until_the_file_changes(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"Hello")
    digest = store.sha256_of(file)
    assert store.remembered_sha256(file) is None
    store.remember_sha256(file, digest, source="a test")
    assert (store.remembered_sha256(file), store.source_of(file)) == (digest, "a test")
    file.write_bytes(b"Hallo!")
    assert store.remembered_sha256(file) is None
    assert store.source_of(file) is None


def test_a_user_who_is_not_there(monkeypatch):
    """pathlib raises a RuntimeError for it; a folder of that name is simply not there."""
    monkeypatch.setenv("LABKIT_DATA", "~nosuchuser/data")
    with pytest.raises(store.DataError, match="LABKIT_DATA='~nosuchuser/data' is not a folder"):
        store.data_folder()
    monkeypatch.setenv("LABKIT_CACHE", "~nosuchuser/cache")
    assert store.cache_folder().name == "cache"
