"""Fashion-MNIST: 70,000 images of clothes, 28×28.

H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms",
arXiv:1708.07747 (2017). MIT licence.
"""

from labkit.datasets import mnist_family
from labkit.datasets.dataset import ImageDataset
from labkit.store.debian import DebianPackage
from labkit.store.fetching import DataFile, FileSet
from labkit.store.web import WebFolder

# SHA-256 of the unpacked files, computed from Debian's package dataset-fashion-mnist 0.0~git20200523.55506a9-1. That
# these are the authors' bytes was checked as follows: Debian took name and time out of the gzip headers; with both put
# back (t10k: 2017-08-31 10:50:27 UTC, train: 10:50:06 UTC) each archive has exactly the MD5 that the README of
# github.com/zalandoresearch/fashion-mnist publishes for it (8d4fb7e6…, 25c81989…, bef4ecab…, bb300cfd…).
FILES = (
    DataFile("train-images-idx3-ubyte", "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888", 47_040_016),
    DataFile("train-labels-idx1-ubyte", "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9", 60_008),
    DataFile("t10k-images-idx3-ubyte", "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b", 7_840_016),
    DataFile("t10k-labels-idx1-ubyte", "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34", 10_008),
)

FASHION_MNIST = mnist_family.Family(
    title="Fashion-MNIST",
    files=FileSet(
        name="fashion-mnist",
        files=FILES,
        sources=(
            WebFolder("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"),
            WebFolder("https://storage.googleapis.com/tensorflow/tf-keras-datasets/"),
            DebianPackage("dataset-fashion-mnist", "usr/share/datasets/fashion-mnist"),
        ),
        advice=(
            "check the connection and run `python -m labkit data fetch fashion-mnist`; or put the four IDX files "
            "(github.com/zalandoresearch/fashion-mnist) into a folder fashion-mnist/ and name the folder around it in "
            "LABKIT_DATA."
        ),
    ),
    class_names=(
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    user_folders={"fashion-mnist": ""},
)


def load_fashion_mnist() -> ImageDataset:
    """Load Fashion-MNIST: 60,000 training and 10,000 test images of clothes, 28×28, in ten classes.

    It is looked for in `LABKIT_DATA` (folder ``fashion-mnist``), in the cache, and then on the web and in Debian's
    archive. There is no stand-in: these are the authors' bytes, or the error says what to do.

    Returns
    -------
    ImageDataset
        Images as uint8 of shape (n, 28, 28), 0 is the background.

    Raises
    ------
    DataError
        If it cannot be had; as SourcesUnreachable if no source answered.

    Examples
    --------
    >>> fashion = load_fashion_mnist()
    >>> fashion.x_train.shape, fashion.class_names[int(fashion.y_train[0])]
    ((60000, 28, 28), 'Ankle boot')
    """
    return mnist_family.load(FASHION_MNIST)
