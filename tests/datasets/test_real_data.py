"""The real data, where this machine has them already: nothing is fetched for these tests."""

import os

import numpy as np
import pytest

from labkit import datasets, store
from labkit.datasets import fashion

CACHE, DATA = os.environ.get("LABKIT_CACHE"), os.environ.get("LABKIT_DATA")


@pytest.fixture(autouse=True)
def this_machines_own(monkeypatch, environment):
    monkeypatch.delenv("LABKIT_CACHE")
    for name, value in {"LABKIT_CACHE": CACHE, "LABKIT_DATA": DATA, "LABKIT_OFFLINE": "1"}.items():
        if value:
            monkeypatch.setenv(name, value)


def test_fashion_mnist_is_as_its_paper_says():
    if store.cached_files(fashion.FASHION_MNIST.files) is None:
        pytest.skip("Fashion-MNIST has not been fetched: python -m labkit data fetch fashion-mnist")
    dataset = datasets.load_fashion_mnist()
    assert dataset.provenance.kind == "real"
    # Xiao, Rasul, Vollgraf (2017), section 2: 7,000 images a category, of which 6,000 are for training.
    assert np.bincount(dataset.y_train).tolist() == [6_000] * 10
    assert np.bincount(dataset.y_test).tolist() == [1_000] * 10
    assert dataset.x_train.shape == (60_000, 28, 28)
    # The mean and standard deviation that the field normalizes by: 0.2860 and 0.3530.
    assert dataset.x_train.mean() / 255 == pytest.approx(0.2860, abs=5e-5)
    assert dataset.x_train.std() / 255 == pytest.approx(0.3530, abs=5e-5)
    assert np.bincount(dataset.subset(6_000).y_train).tolist() == [600] * 10


def test_part_of_mnist_in_the_users_folder():
    folder = store.data_folder()
    if folder is None or not (folder / "mnist10k").is_dir():
        pytest.skip("LABKIT_DATA names no folder with mnist10k/ in it")
    dataset = datasets.load_mnist()
    if "mnist10k/" not in dataset.provenance.source:
        pytest.skip("the whole of MNIST is there, and preferred")
    assert "10,000 of MNIST's 60,000 training images" in str(dataset)
    # The test part is MNIST's own: 980 zeros, 1,135 ones, ... (class counts as its page's users have always had them).
    assert np.bincount(dataset.y_test).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
