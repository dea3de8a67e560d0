"""MNIST: 70,000 handwritten digits, 28×28; and its stand-in, for machines that no source answers.

Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-Based Learning Applied to Document Recognition", Proceedings of
the IEEE 86 (1998), section III.
"""

import hashlib

import numpy as np
from numpy.typing import NDArray

from labkit.datasets import mnist_family
from labkit.datasets.dataset import ImageDataset, Provenance
from labkit.store.errors import SourcesUnreachable
from labkit.store.fetching import DataFile, FileSet
from labkit.store.web import WebFolder

# SHA-256 of the unpacked files. Those of the test files were computed here, from archives with the MD5s that
# torchvision publishes (torchvision/datasets/mnist.py: 9fb629c4…, ec29112d…). Those of the training files come from a
# table that has the same two test hashes beside them: github.com/lunal-dev/kettle, src/kettle/training.py, MNIST_FILES;
# other projects publish the same. The whole training files have not been seen where this was written.
FILES = (
    DataFile("train-images-idx3-ubyte", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db", 47_040_016),
    DataFile("train-labels-idx1-ubyte", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5", 60_008),
    DataFile("t10k-images-idx3-ubyte", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7", 7_840_016),
    DataFile("t10k-labels-idx1-ubyte", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2", 10_008),
)

MNIST = mnist_family.Family(
    title="MNIST",
    files=FileSet(
        name="mnist",
        files=FILES,
        sources=(
            WebFolder("https://storage.googleapis.com/cvdf-datasets/mnist/"),
            WebFolder("https://ossci-datasets.s3.amazonaws.com/mnist/"),
        ),
        advice=(
            "check the connection and run `python -m labkit data fetch mnist`; or put the four IDX files into a folder "
            "mnist/ and name the folder around it in LABKIT_DATA; or set LABKIT_OFFLINE=1 to go on with the stand-in."
        ),
    ),
    class_names=tuple("0123456789"),
    user_folders={"mnist": "", "mnist10k": "{train} of MNIST's 60,000 training images"},
)

STAND_IN_SOURCE = "scikit-learn digits"


def load_mnist() -> ImageDataset:
    """Load MNIST: handwritten digits, 28×28, in ten classes.

    It is looked for in `LABKIT_DATA` (folders ``mnist``, the whole set, and ``mnist10k``, a part of it), in the cache,
    and then on the web. Where no source answers, scikit-learn's digits stand in, and the result says so.

    Returns
    -------
    ImageDataset
        Images as uint8 of shape (n, 28, 28), 0 is the background.

    Raises
    ------
    DataError
        If a source answered with wrong bytes, the user's files are damaged, or the cache cannot be used.

    Examples
    --------
    >>> mnist = load_mnist()
    >>> mnist.image_shape, len(mnist.class_names)
    ((28, 28), 10)
    """
    try:
        return mnist_family.load(MNIST)
    except SourcesUnreachable:
        return _stand_in()


def small_digits(seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return scikit-learn's digits, which every machine has, in an order by chance that a seed makes again.

    >>> images, labels = small_digits()
    >>> images.shape, float(images.max()), labels.shape
    ((1797, 8, 8, 1), 1.0, (1797,))

    Parameters
    ----------
    seed : int
        Which order.

    Returns
    -------
    images : ndarray of float32, shape (1797, 8, 8, 1)
        From 0 to 1, bright on black.
    labels : ndarray of int, shape (1797,)
        The digit in each.

    References
    ----------
    E. Alpaydin, C. Kaynak, *Optical Recognition of Handwritten Digits*, UCI Machine Learning Repository, 1998.
    """
    from sklearn.datasets import load_digits

    digits = load_digits()
    order = np.random.default_rng(seed).permutation(len(digits.target))
    return (digits.images[order, ..., np.newaxis] / 16).astype(np.float32), digits.target[order]


def _stand_in() -> ImageDataset:
    """Put scikit-learn's digits (1,797 images, 8×8, 43 writers; E. Alpaydin, C. Kaynak 1998) into MNIST's form."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    small, labels = digits.images.astype(np.uint8), digits.target.astype(np.uint8)
    images = _enlarged(small)
    is_test = np.zeros(len(labels), bool)
    for digit in range(10):
        # The writers follow one another: the last sixth of each digit was mostly written by hands not seen in training.
        of_digit = np.flatnonzero(labels == digit)
        is_test[of_digit[-(len(of_digit) // 6) :]] = True
    return ImageDataset(
        MNIST.title,
        x_train=images[~is_test],
        y_train=labels[~is_test],
        x_test=images[is_test],
        y_test=labels[is_test],
        class_names=MNIST.class_names,
        provenance=Provenance(
            STAND_IN_SOURCE,
            "stand-in",
            sha256={"digits": hashlib.sha256(small.tobytes() + labels.tobytes()).hexdigest()},
            counts={"train": int((~is_test).sum()), "test": int(is_test.sum())},
            note="real handwriting, enlarged from 8×8; not MNIST",
        ),
    )


def _enlarged(small: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Enlarge images from 8×8 (0 to 16) to 20×20 (0 to 255), within a margin of 4: MNIST's own layout.

    Bilinear, in whole numbers, so that every machine makes the same images: in tenths of a small pixel, the centre of
    the large pixel i lies at ((i + 1/2) · 8/20 − 1/2) · 10 = 4i − 3.
    """
    weights = np.zeros((20, 8), np.int64)
    for i in range(20):
        left, tenths = divmod(min(max(4 * i - 3, 0), 70), 10)
        weights[i, left] += 10 - tenths
        if tenths:
            weights[i, left + 1] += tenths
    hundredths = weights @ small.astype(np.int64) @ weights.T
    large = (hundredths * 255 + 800) // 1600
    return np.pad(large.astype(np.uint8), ((0, 0), (4, 4), (4, 4)))
