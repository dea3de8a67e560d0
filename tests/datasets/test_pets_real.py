"""The real photographs, where `LABKIT_DATA` has the 3,000 of them that the records are made with."""

import os

import pytest

from labkit import datasets, store

CACHE, DATA = os.environ.get("LABKIT_CACHE"), os.environ.get("LABKIT_DATA")


@pytest.mark.skipif(not DATA, reason="LABKIT_DATA names no folder")
def test_the_records_pictures_by_their_numbers(monkeypatch, environment):
    monkeypatch.setenv("LABKIT_DATA", DATA)
    monkeypatch.delenv("LABKIT_CACHE")
    if CACHE:
        monkeypatch.setenv("LABKIT_CACHE", CACHE)
    if not (store.data_folder() / "cats_vs_dogs_3000.zip").is_file():
        pytest.skip("LABKIT_DATA has no cats_vs_dogs_3000.zip")
    files = datasets.load_cats_vs_dogs(2000, 1000, 0, seed=None)
    assert [int(path.stem) for path in files.train.paths] == [number for number in range(1000) for _ in range(2)]
    assert [int(path.stem) for path in files.validation.paths] == [
        number for number in range(1000, 1500) for _ in range(2)
    ]
    assert (files.screening.examined, files.screening.usable) == (3000, 3000)
    assert max(datasets.read_picture(files.train.paths[0]).shape) <= 300
