"""Where the loaders of the MNIST family look, in which order, and what they say about it."""

import gzip
import os

import numpy as np
import pytest

from labkit import datasets, store
from labkit.datasets import digits, fashion, mnist_family
from labkit.datasets.idx import read_idx


def test_fetched_data_are_real(mnist, tiny_contents):
    dataset = datasets.load_mnist()
    assert dataset.provenance.kind == "real"
    assert dataset.provenance.source == "the shelf"
    assert dataset.provenance.counts == {"train": 40, "test": 20}
    assert dataset.title_note == ""
    assert (dataset.x_train.shape, dataset.x_train.dtype) == ((40, 28, 28), np.uint8)
    assert dataset.x_test.tobytes() == tiny_contents["t10k-images-idx3-ubyte"][16:]
    assert dataset.y_train.tolist() == [n % 10 for n in range(40)]


def test_second_load_comes_from_the_cache(mnist):
    datasets.load_mnist()
    datasets.load_mnist()
    assert mnist.asked == 4


def test_change_in_the_cache_behind_our_back_is_mended(mnist, tmp_path):
    datasets.load_mnist()
    path = tmp_path / "cache" / "mnist" / "t10k-labels-idx1-ubyte"
    before, content = path.stat(), bytearray(path.read_bytes())
    content[-1] = 0  # same size, and below the same time: what was noted about the file still seems to hold
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert datasets.load_mnist().y_test[-1] == 9
    assert mnist.asked == 5


def test_stand_in_only_when_no_source_answers(mnist):
    mnist.answers = False
    dataset = datasets.load_mnist()
    assert dataset.is_stand_in
    assert "STAND-IN: scikit-learn digits" in str(dataset)
    assert dataset.title_note == " (stand-in: scikit-learn digits)"
    datasets.load_mnist()
    assert mnist.asked == 1, "the decision is remembered"


def test_no_stand_in_for_wrong_bytes(mnist):
    mnist.contents["train-images-idx3-ubyte"] = b"something else"
    with pytest.raises(store.DataError, match=r"the shelf: train-images-idx3-ubyte: has the wrong content"):
        datasets.load_mnist()


def test_fashion_has_no_stand_in(fashion_mnist):
    fashion_mnist.answers = False
    with pytest.raises(store.SourcesUnreachable, match="look on the shelf"):
        datasets.load_fashion_mnist()


@pytest.mark.parametrize("spelling", ["{}", "{}.gz", "dots", "dots.gz"])
def test_users_own_copy(mnist, tiny_contents, user_folder, spelling):
    def spell(file):
        return spelling.format(file).replace("dots", file.replace("-idx", ".idx"))

    user_folder("mnist", tiny_contents, spell, gzip.compress if spelling.endswith("gz") else bytes)
    dataset = datasets.load_mnist()
    assert dataset.provenance.kind == "real", "the checksums are the published ones"
    assert dataset.provenance.source == "the folder mnist/ in LABKIT_DATA"
    assert mnist.asked == 0


def test_users_own_data_with_unknown_checksums(mnist, tiny_contents, user_folder):
    own = np.arange(40) % 5
    user_folder("mnist", tiny_contents | {"train-labels-idx1-ubyte": bytes([0, 0, 8, 1, 0, 0, 0, 40, *own])})
    dataset = datasets.load_mnist()
    assert dataset.provenance.kind == "user's data"
    assert dataset.provenance.note == "not MNIST's published checksum: train-labels-idx1-ubyte"
    assert dataset.title_note == " (user's data)"
    assert dataset.y_train.max() == 4
    assert set(dataset.provenance.sha256) == set(tiny_contents)


def test_a_part_of_mnist_says_how_much(mnist, tiny_contents, user_folder):
    user_folder("mnist10k", tiny_contents | {"train-labels-idx1-ubyte": bytes([0, 0, 8, 1, 0, 0, 0, 40]) + bytes(40)})
    assert str(datasets.load_mnist().provenance).startswith(
        "user's data from the folder mnist10k/ in LABKIT_DATA: 40 train, 20 test (40 of MNIST's 60,000 training images;"
    )


def test_whole_set_is_preferred_to_a_part(mnist, tiny_contents, user_folder):
    user_folder("mnist10k", tiny_contents)
    user_folder("mnist", tiny_contents)
    assert "mnist/" in datasets.load_mnist().provenance.source


def test_users_folder_without_any_of_the_files_is_passed_over(mnist, user_folder):
    user_folder("mnist", {"notes.txt": b""})
    assert datasets.load_mnist().provenance.source == "the shelf"


def test_users_folder_that_lacks_a_file(mnist, tiny_contents, user_folder):
    del tiny_contents["t10k-labels-idx1-ubyte"]
    folder = user_folder("mnist", tiny_contents)
    with pytest.raises(store.DataError, match=f"{folder} lacks t10k-labels-idx1-ubyte"):
        datasets.load_mnist()


def test_users_file_that_is_cut_short(mnist, tiny_contents, user_folder):
    packed = gzip.compress(tiny_contents["train-images-idx3-ubyte"])
    user_folder("mnist", tiny_contents | {"train-images-idx3-ubyte": packed[: len(packed) // 2]})
    with pytest.raises(store.DataError, match=r"train-images-idx3-ubyte cannot be read.*whole copy"):
        datasets.load_mnist()


def test_users_pictures_of_another_size(mnist, tiny_contents, user_folder):
    images = bytes([0, 0, 8, 3, 0, 0, 0, 40, 0, 0, 0, 2, 0, 0, 0, 2]) + bytes(160)
    user_folder("mnist", tiny_contents | {"train-images-idx3-ubyte": images})
    with pytest.raises(store.DataError, match=r"has the shape \(40, 2, 2\); \(n, 28, 28\) is needed"):
        datasets.load_mnist()


def test_users_labels_without_class(mnist, tiny_contents, user_folder):
    labels = bytes([0, 0, 8, 1, 0, 0, 0, 40]) + bytes([11] * 40)
    user_folder("mnist", tiny_contents | {"train-labels-idx1-ubyte": labels})
    with pytest.raises(store.DataError, match=r"mnist/ in LABKIT_DATA does not hold .* labels from 11 to 11"):
        datasets.load_mnist()


def test_users_folder_need_not_be_writable(mnist, tiny_contents, user_folder, monkeypatch):
    folder = user_folder("mnist", tiny_contents)
    before = {path: path.stat().st_mtime_ns for path in [folder, *folder.iterdir()]}
    datasets.load_mnist()
    datasets.status()
    assert {path: path.stat().st_mtime_ns for path in [folder, *folder.iterdir()]} == before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not an IDX file"),
        (b"\0\0\x0d\x01" + bytes(8), "not an IDX file of unsigned bytes .it starts with 00 00 0d 01"),
        (b"\0\0\x08\x03" + bytes(5), "ends within its header"),
        (b"\0\0\x08\x01\0\0\0\x05abcd", "has 4 numbers, but its header promises 5"),
        (b"\0\0\x08\x01\0\0\0\x03abcd", "has 4 numbers, but its header promises 3"),
        (b"\0\0\x08\x03" + b"\xff" * 12, "promises 79,228,162"),
        (bytes([0, 0, 8, 0, 7]), "has 0 dimensions; labels have 1 and images 3"),
        (bytes([0, 0, 8, 255]) + bytes(4 * 255), "has 255 dimensions"),
        (bytes([0, 0, 8, 5]) + bytes(20), "has 5 dimensions"),
    ],
)
def test_files_that_are_not_idx(tmp_path, content, message):
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(store.DataError, match=message) as caught:
        read_idx(tmp_path / "file")
    assert str(tmp_path / "file") in str(caught.value)


def test_idx_bomb(tmp_path, monkeypatch):
    monkeypatch.setattr("labkit.datasets.idx.MAX_BYTES", 1_000)
    (tmp_path / "file").write_bytes(gzip.compress(bytes(2_000)))
    with pytest.raises(store.DataError, match="more than 1,000 bytes"):
        read_idx(tmp_path / "file")


def test_published_tables_are_complete():
    for family in (digits.MNIST, fashion.FASHION_MNIST):
        assert tuple(file.name for file in family.files.files) == mnist_family.FILE_NAMES
        assert all(len(bytes.fromhex(file.sha256)) == 32 for file in family.files.files)
        assert [file.size for file in family.files.files] == [60_000 * 784 + 16, 60_008, 10_000 * 784 + 16, 10_008]
        assert len(family.class_names) == 10


class TestStandIn:
    @pytest.fixture(autouse=True)
    def offline(self, monkeypatch):
        monkeypatch.setenv("LABKIT_OFFLINE", "1")

    def test_every_digit_of_scikit_learn_is_used_once(self):
        from sklearn.datasets import load_digits

        dataset = datasets.load_mnist()
        labels = np.concatenate([dataset.y_train, dataset.y_test])
        assert sorted(labels) == sorted(load_digits().target)
        assert len(labels) == 1797
        assert dataset.provenance.counts == {"train": len(dataset.y_train), "test": len(dataset.y_test)}

    def test_split_is_stratified_and_disjoint(self):
        dataset = datasets.load_mnist()
        shares = np.bincount(dataset.y_test) / (np.bincount(dataset.y_train) + np.bincount(dataset.y_test))
        assert (abs(shares - 1 / 6) < 0.005).all()
        train = {image.tobytes() for image in dataset.x_train}
        assert not any(image.tobytes() in train for image in dataset.x_test)

    def test_enlarged_as_opencv_does(self):
        cv2 = pytest.importorskip("cv2", exc_type=ImportError)
        from sklearn.datasets import load_digits

        small = load_digits().images[:50]
        for ours, image in zip(digits._enlarged(small.astype(np.uint8)), small, strict=True):
            theirs = cv2.resize(image.astype(np.float64) * 255 / 16, (20, 20), interpolation=cv2.INTER_LINEAR)
            assert abs(ours[4:24, 4:24] - theirs).max() <= 0.5 + 1e-9
            assert ours.sum() == ours[4:24, 4:24].sum()


@pytest.mark.parametrize("name", ["astronaut", "chelsea", "coffee", "rocket"])
def test_photos_are_those_of_scikit_image(name):
    from skimage import data

    photo = datasets.load_photo(name)
    assert (photo.image == getattr(data, name)()).all()
    assert photo.image.dtype == np.uint8
    assert (photo.title_note, photo.is_stand_in, photo.provenance.kind) == ("", False, "real")
    assert photo.description in str(photo)
    assert "scikit-image" in photo._repr_html_()
    with pytest.raises(ValueError, match="read-only"):
        photo.image[0] = 0


def test_photos_never_ask_the_network(monkeypatch):
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("a photo asked the network"))
    datasets.load_photo("rocket")


def test_unknown_photo():
    with pytest.raises(ValueError, match="name='dog' is not a photo; use one of 'astronaut', 'chelsea'"):
        datasets.load_photo("dog")


def test_photo_that_is_missing_or_damaged(tmp_path, monkeypatch):
    monkeypatch.setattr("labkit.datasets.photos.photo_path", lambda name: tmp_path / name)
    with pytest.raises(store.DataError, match=r"coffee cannot be read .*Install scikit-image anew"):
        datasets.load_photo("coffee")
    (tmp_path / "coffee").write_bytes(b"tea")
    with pytest.raises(store.DataError, match="coffee is damaged: its SHA-256"):
        datasets.load_photo("coffee")


def test_small_digits_are_scikit_learns_in_an_order_of_the_seed():
    from sklearn.datasets import load_digits

    given = load_digits()
    (first, labels), (again, _), (other, _) = (datasets.small_digits(seed) for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    for image, label in zip(first[:20, ..., 0], labels[:20], strict=True):
        (place,) = np.flatnonzero((given.images == image * 16).all(axis=(1, 2)))
        assert given.target[place] == label
