"""The real Fashion-MNIST and parts of it, for the long runs."""

from __future__ import annotations

from typing import Any

import numpy as np

from labkit.datasets import ImageDataset

Part = tuple[np.ndarray, np.ndarray]


def real_fashion_mnist() -> ImageDataset:
    """Return Fashion-MNIST, or refuse.

    Raises
    ------
    RuntimeError
        If only stand-in data is to be had: a record is made on real data or not at all.
    """
    from labkit.datasets import load_fashion_mnist

    data = load_fashion_mnist()
    if data.is_stand_in:
        raise RuntimeError(f"a record needs the real Fashion-MNIST, but this is {data}")
    return data


def fashion_provenance(data: ImageDataset, used: str = ", 60,000 + 10,000 images") -> dict[str, Any]:
    """Return what a record says of its data: how much of it was used (all, unless said), and the checksums."""
    return {"source": f"Fashion-MNIST, real{used}", "sha256": dict(data.provenance.sha256)}


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
