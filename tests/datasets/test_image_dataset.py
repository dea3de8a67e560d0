import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit.datasets import ImageDataset, Provenance

REAL = Provenance("a test", "real")


def make(labels=(0, 1) * 10, classes=("a", "b"), images=None, provenance=REAL, **changes):
    labels = np.asarray(labels)
    images = np.zeros((len(labels), 4, 4), np.uint8) if images is None else images
    parts = {"x_train": images, "y_train": labels, "x_test": images, "y_test": labels} | changes
    return ImageDataset("test set", **parts, class_names=classes, provenance=provenance)


def test_str_says_what_it_is():
    dataset = make(provenance=Provenance("drawings", "stand-in", counts={"train": 20, "test": 20}, note="by hand"))
    assert str(dataset) == (
        "test set: 20 training and 20 test images of 4×4 in 2 classes. STAND-IN: drawings: 20 train, 20 test (by hand)"
    )
    assert repr(dataset) == str(dataset)


def test_html_escapes():
    page = make(classes=("<b>", "&"), provenance=Provenance("<script>", "real"))._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "&lt;b&gt;, &amp;" in page


@pytest.mark.parametrize(
    ("kind", "note", "is_stand_in"),
    [("real", "", False), ("user's data", " (user's data)", False), ("stand-in", " (stand-in: a test)", True)],
)
def test_title_note(kind, note, is_stand_in):
    dataset = make(provenance=Provenance("a test", kind))
    assert (dataset.title_note, dataset.is_stand_in) == (note, is_stand_in)


def test_unknown_kind():
    with pytest.raises(ValueError, match="kind='fake' is not allowed; use one of 'real'"):
        Provenance("a test", "fake")


def test_nothing_can_be_changed():
    dataset = make()
    with pytest.raises(dataclasses.FrozenInstanceError):
        dataset.name = "other"
    with pytest.raises(ValueError, match="read-only"):
        dataset.x_train[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        dataset.y_train[0] = 1


def test_labels_become_uint8():
    assert make(labels=[0, 1, 1]).y_train.dtype == np.uint8


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"x_train": np.zeros((20, 4, 4))}, TypeError, "x_train has dtype float64; images must be uint8"),
        ({"x_test": np.zeros((20, 16), np.uint8)}, ValueError, r"x_test has shape \(20, 16\)"),
        ({"x_train": np.zeros((0, 4, 4), np.uint8), "y_train": []}, ValueError, "at least one image"),
        ({"x_train": np.zeros((20, 0, 4), np.uint8)}, ValueError, "at least one image"),
        ({"y_train": np.full(20, np.nan)}, ValueError, "y_train has 20 NaN labels"),
        ({"y_train": [0.0] * 19 + [np.nan]}, ValueError, "y_train has 1 NaN label"),
        ({"y_test": np.zeros(20)}, TypeError, "y_test has dtype float64; labels must be integers"),
        ({"y_test": np.zeros(20, bool)}, TypeError, "y_test has dtype bool"),
        ({"y_test": ["a"] * 20}, TypeError, "y_test has dtype <U1"),
        ({"y_train": np.zeros((20, 2), int)}, ValueError, r"y_train has shape \(20, 2\)"),
        ({"y_train": [0] * 19}, ValueError, "x_train has 20 images, but y_train has 19 labels"),
        ({"y_train": [0] * 19 + [2]}, ValueError, "labels from 0 to 2; with 2 classes, 0 to 1 are allowed"),
        ({"y_train": [0] * 19 + [-1]}, ValueError, "labels from -1 to 0"),
        ({"y_train": [0] * 19 + [256]}, ValueError, "labels from 0 to 256"),
        ({"x_test": np.zeros((20, 5, 5), np.uint8)}, ValueError, r"x_test has images of shape \(5, 5\)"),
    ],
)
def test_bad_arrays(changes, error, message):
    with pytest.raises(error, match=message):
        make(**changes)


@pytest.mark.parametrize(("classes", "error"), [("ab", TypeError), ((1, 2), TypeError), ((), ValueError)])
def test_bad_class_names(classes, error):
    with pytest.raises(error, match="class_names"):
        make(classes=classes)


@given(
    sizes=st.lists(st.integers(1, 60), min_size=1, max_size=10),
    share=st.floats(0, 1),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=150, deadline=None)
def test_subset_is_stratified(sizes, share, seed):
    labels = np.random.RandomState(0).permutation(np.repeat(np.arange(len(sizes)), sizes))
    images = np.arange(len(labels), dtype=np.uint32).view(np.uint8).reshape(-1, 2, 2)  # each image is its own number
    dataset = make(labels, tuple("0123456789"), images)
    n = len(sizes) + int(share * (len(labels) - len(sizes)))
    subset = dataset.subset(n, seed)

    assert len(subset.x_train) == len(subset.y_train) == n
    kept = subset.x_train.reshape(-1, 4).copy().view(np.uint32).ravel()
    assert (np.diff(kept.astype(int)) > 0).all(), "in the original order, none twice"
    assert (labels[kept] == subset.y_train).all(), "images keep their labels"
    counts = np.bincount(subset.y_train, minlength=len(sizes))
    exact = n * np.array(sizes) / len(labels)
    assert (counts >= 1).all()
    if (exact >= 1).all():
        assert (abs(counts - exact) < 1).all()
    assert subset.x_test is dataset.x_test or (subset.x_test == dataset.x_test).all()
    assert (subset.y_test == dataset.y_test).all()


def test_subset_is_the_same_every_time_and_depends_on_the_seed():
    dataset = make(images=np.arange(20 * 16, dtype=np.uint16).astype(np.uint8).reshape(20, 4, 4))
    first, again, other = dataset.subset(6, seed=1), dataset.subset(6, seed=1), dataset.subset(6, seed=2)
    assert (first.x_train == again.x_train).all()
    assert (first.x_train != other.x_train).any()


def test_stream_of_the_draw_is_the_published_one():
    # First values of numpy/random/tests/data/pcg64-testset-1.csv, NumPy's own record of this stream.
    assert [hex(value) for value in np.random.PCG64(0xDEADBEAF).random_raw(2)] == [
        "0x60d24054e17a0698",
        "0xd5e79d89856e4f12",
    ]


def test_subset_says_so():
    dataset = make(provenance=Provenance("a test", "real", counts={"train": 20, "test": 20}))
    subset = dataset.subset(6, seed=3)
    assert subset.provenance.counts == {"train": 6, "test": 20}
    assert str(subset).endswith("6 train, 20 test (6 of 20 training images, stratified, seed 3)")
    assert dataset.subset(20).x_train.shape == dataset.x_train.shape


@pytest.mark.parametrize("n", [1, 21])
def test_subset_of_impossible_size(n):
    with pytest.raises(ValueError, match=f"n={n} is not possible: .* n must be from 2 to 20"):
        make().subset(n)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n": 6.0}, TypeError, r"n is 6\.0; allowed is a whole number"),
        ({"n": 0}, ValueError, "n is 0; allowed is a whole number of at least 1"),
        ({"n": -4}, ValueError, "n is -4; allowed is a whole number of at least 1"),
        ({"n": True}, TypeError, "n is True; allowed is a whole number"),
        ({"n": 6, "seed": -1}, ValueError, "seed is -1; allowed is a whole number of at least 0"),
        ({"n": 6, "seed": None}, TypeError, "seed is None; allowed is a whole number of at least 0"),
    ],
)
def test_subset_with_bad_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        make().subset(**arguments)


def test_subset_takes_numpy_integers():
    assert len(make().subset(np.int64(6)).x_train) == 6
