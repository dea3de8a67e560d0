"""The real data, where this machine has them already: nothing is fetched for these tests."""

import os
import zipfile

import numpy as np
import pytest

from labkit import datasets, store
from labkit.datasets import fashion, penn_fudan

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
    # An ankle boot comes first; the labels as the authors' file has them (any tutorial prints the first ones).
    assert dataset.y_train[:10].tolist() == [9, 0, 0, 3, 0, 2, 7, 2, 5, 5]
    assert dataset.y_test[:10].tolist() == [9, 2, 1, 1, 6, 1, 4, 6, 5, 7]
    assert dataset.x_train.shape == (60_000, 28, 28)
    # The mean and standard deviation that the field normalizes by: 0.2860 and 0.3530.
    assert dataset.x_train.mean() / 255 == pytest.approx(0.2860, abs=5e-5)
    assert dataset.x_train.std() / 255 == pytest.approx(0.3530, abs=5e-5)
    assert np.bincount(dataset.subset(6_000).y_train).tolist() == [600] * 10


def test_images_and_labels_of_fashion_mnist_belong_together():
    """The nearest mean image names 68 in 100 test images (a tenth if labels or images were in another order)."""
    if store.cached_files(fashion.FASHION_MNIST.files) is None:
        pytest.skip("Fashion-MNIST has not been fetched: python -m labkit data fetch fashion-mnist")
    dataset = datasets.load_fashion_mnist()
    train, test = (x.reshape(len(x), -1).astype(np.float32) for x in (dataset.x_train[:10_000], dataset.x_test[:2_000]))
    means = np.stack([train[dataset.y_train[:10_000] == number].mean(axis=0) for number in range(10)])
    nearest = (-2 * test @ means.T + (means**2).sum(axis=1)).argmin(axis=1)
    assert 0.6 < (nearest == dataset.y_test[:2_000]).mean() < 0.75
    # Trousers (1) are a column: their mean is brighter above one another than side by side, which tells a transpose.
    trousers = means[1].reshape(28, 28)
    assert trousers[:, 14].mean() > 1.2 * trousers[14].mean()


def test_the_whole_of_mnist_in_the_users_folder():
    folder = store.data_folder()
    if folder is None or not (folder / "mnist").is_dir():
        pytest.skip("LABKIT_DATA names no folder with mnist/ in it")
    dataset = datasets.load_mnist()
    assert dataset.x_train.shape == (60_000, 28, 28)
    assert dataset.y_train[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert dataset.y_test[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    # Of the training set 5,923 zeros, 6,742 ones, ... as everybody counts them who loads it.
    assert np.bincount(dataset.y_train).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(dataset.y_test).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


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


def test_penn_fudans_annotated_boxes_are_its_masks_boxes():
    """Counted from 0 and half-open they are, but for 16 of 423, which differ by a few pixels at a side or two."""
    archive = None if store.data_folder() is None else store.data_folder() / "PennFudanPed.zip"
    if archive is None or not archive.is_file():
        pytest.skip("LABKIT_DATA has no PennFudanPed.zip")
    pedestrians = datasets.load_penn_fudan()
    assert pedestrians.provenance.kind == "real"
    assert (pedestrians.train.counts.sum(), pedestrians.test.counts.sum()) == (297, 126)
    same = 0
    with zipfile.ZipFile(archive) as files:
        for part in (pedestrians.train, pedestrians.test):
            for name, boxes in zip(part.names, part.boxes, strict=True):
                text = files.read(f"PennFudanPed/Annotation/{name}.txt").decode("latin-1")
                annotated = penn_fudan.annotated_boxes(text)
                same += int((annotated == boxes).all(axis=1).sum())
                assert np.abs(annotated - boxes).max() <= 14
    assert same == 423 - 16
