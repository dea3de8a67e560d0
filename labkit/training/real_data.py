"""Real images for the long runs, or none: what is recorded was measured on what it says it was."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

from labkit.datasets.dataset import ImageDataset
from labkit.datasets.decoding import RESIZINGS, DecodedPictures

Part = tuple[np.ndarray, np.ndarray]
Data = TypeVar("Data")

SIZE = (150, 150)  # of the lecture decks' images: height and width


def real_or_refuse(data: Data, wanted: str) -> Data:
    """Return the data, unless it is a stand-in: a record is made on real data or not at all.

    Parameters
    ----------
    data
        What a loader of `labkit.datasets` returned.
    wanted : str
        What the data should have been, for the message.

    Raises
    ------
    RuntimeError
        If only stand-in data is to be had.
    """
    if data.is_stand_in:  # type: ignore[attr-defined]
        raise RuntimeError(f"a record needs {wanted}, but this is {data}")
    return data


def real_fashion_mnist() -> ImageDataset:
    """Return Fashion-MNIST, or refuse (see `real_or_refuse`)."""
    from labkit.datasets import load_fashion_mnist

    return real_or_refuse(load_fashion_mnist(), "the real Fashion-MNIST")


def real_mnist() -> ImageDataset:
    """Return MNIST, or refuse (see `real_or_refuse`)."""
    from labkit.datasets import load_mnist

    return real_or_refuse(load_mnist(), "real MNIST")


def whole_mnist() -> ImageDataset:
    """Return MNIST if it is real and whole; else raise RuntimeError.

    For runs that are compared with what others measured on all of its 60,000 training images.
    """
    data = real_mnist()
    if len(data.x_train) < 60_000:
        raise RuntimeError(
            f"this record needs all 60,000 training images of MNIST; there are {len(data.x_train):,}. "
            "Put its four files into a folder and name that in LABKIT_DATA"
        )
    return data


def recorded_photographs(
    train: int = 2000, validation: int = 1000, size: tuple[int, int] = SIZE, resizing: str = "squash"
) -> tuple[DecodedPictures, DecodedPictures, dict[str, Any]]:
    """Return real photographs to train and to validate on, always the same, and what a record says of them.

    They are taken in the order of their numbers, half of them cats. A record names the resizing (see `decode_pictures`)
    where it is another than the decks' squashing.

    Raises
    ------
    RuntimeError
        If there are drawn pets only: a record is made on photographs or not at all.
    """
    from labkit.datasets import load_cats_vs_dogs

    pets = load_cats_vs_dogs(train=train, validation=validation, test=0, seed=None)
    real_or_refuse(pets, "photographs of cats and dogs")
    parts = [part.decode(size, resizing) for part in (pets.train, pets.validation)]
    resized = "" if resizing == "squash" else f", {RESIZINGS[resizing]}"
    provenance = {
        "source": (
            f"photographs of cats and dogs ({pets.provenance.source}): {train:,} to train and "
            f"{validation:,} to validate on, {size[0]}×{size[1]}{resized}"
        ),
        "kind": pets.provenance.kind,
        "sha256": dict(pets.provenance.sha256),
    }
    return parts[0], parts[1], provenance


def fashion_provenance(data: ImageDataset, used: str = ", 60,000 + 10,000 images") -> dict[str, Any]:
    """Return what a record says of its data: how much of it was used (all, unless said), and the checksums."""
    return {"source": f"Fashion-MNIST, real{used}", "sha256": dict(data.provenance.sha256)}


def mnist_provenance(data: ImageDataset) -> dict[str, Any]:
    """Return what a record says of its digits: how many, of what kind, with which checksums."""
    train, test = len(data.x_train), len(data.x_test)
    part = "all" if train == 60_000 else f"{train:,}"
    return {
        "source": f"MNIST, real, {part} of its 60,000 training images and {test:,} test images",
        "kind": data.provenance.kind,
        "sha256": dict(data.provenance.sha256),
    }


def drawn_parts(images: np.ndarray, labels: np.ndarray, *, train: int, validation: int, seed: int) -> tuple[Part, Part]:
    """Draw images to train on, and others to validate on.

    >>> first, second = drawn_parts(np.arange(60_000), np.zeros(60_000), train=6_000, validation=2_000, seed=0)
    >>> len(first[0]), len(second[0]), len(np.intersect1d(first[0], second[0]))
    (6000, 2000, 0)

    Parameters
    ----------
    images, labels
        As many of one as of the other.
    train, validation
        How many images each part gets.
    seed
        Seeds the drawing.
    """
    order = np.random.default_rng(seed).permutation(len(images))
    first, second = order[:train], order[train : train + validation]
    return (images[first], labels[first]), (images[second], labels[second])
