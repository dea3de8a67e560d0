"""From decoded images to the batches that a network is trained on.

`batches` makes a `tf.data` pipeline that shuffles, augments, and prepares the next batch while the network is busy with
the last; `endless_batches` does the same in plain Python.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from labkit.arguments import whole_number
from labkit.datasets.decoding import DecodedPictures
from labkit.store.places import rehearsing
from labkit.tables import Paragraph
from labkit.training import rehearsal

if TYPE_CHECKING:
    import tensorflow as tf


@dataclass(frozen=True, eq=False)
class Batches(Paragraph):
    """A `tf.data` pipeline and what it would forget: the class names and the number of images.

    Attributes
    ----------
    dataset : tf.data.Dataset
        For ``model.fit(train.dataset, validation_data=validation.dataset, shuffle=False)``; some versions of Keras warn
        without the last, because they cannot shuffle a data set, which has been done here. One pass is one epoch; each
        element is images (batch, height, width, 3), from 0 to 255, and labels (batch,).
    class_names : tuple of str
        In the order of the labels.
    images, batch_size : int
        In an epoch, and in a batch; the last batch may be smaller.
    description : str
        What the pipeline does, step by step.
    """

    dataset: tf.data.Dataset
    class_names: tuple[str, ...]
    images: int
    batch_size: int
    description: str

    def __iter__(self) -> Iterator[tuple[NDArray[Any], NDArray[np.int64]]]:
        """Give the batches of one epoch as arrays."""
        return iter(self.dataset.as_numpy_iterator())

    def __len__(self) -> int:
        return -(-self.images // self.batch_size)

    def __str__(self) -> str:
        return f"{len(self):,} batches an epoch: {self.description}"

    __repr__ = __str__


def batches(
    images: DecodedPictures, batch_size: int = 20, shuffle_seed: int | None = None, augment: Any = None
) -> Batches:
    """Return the images in batches, as Keras's `fit`, `evaluate` and `predict` take them.

    >>> images = DecodedPictures(np.zeros((50, 8, 8, 3), np.uint8), np.arange(50) % 2, ("cat", "dog"), "pad")
    >>> train = batches(images, batch_size=20, shuffle_seed=0)
    >>> [images.shape for images, labels in train]
    [(20, 8, 8, 3), (20, 8, 8, 3), (10, 8, 8, 3)]
    >>> print(train)
    3 batches an epoch: 50 images of 8×8, padded with black, in 2 classes (cat, dog): 9.6 kB in memory; shuffled
    (seed 0); 20 a batch

    Not the images are shuffled but their numbers, all of them, anew for every epoch; so shuffling takes no memory,
    and no image has to wait in a buffer. Two pipelines made alike give the same batches.

    Parameters
    ----------
    images : DecodedPictures
        From `decode_pictures`.
    batch_size : int
        Pictures a batch, at least 1.
    shuffle_seed : int, optional
        0 or more: shuffle, and how. None keeps the order, as is right for validation and test.
    augment : keras.layers.Layer, optional
        Changes each batch at random, such as `RandomAffine`; it is called with ``training=True``. With it images
        come as floats, without it as uint8.

    Returns
    -------
    Batches

    Raises
    ------
    TypeError, ValueError
        If an argument is not one of the above.
    """
    import tensorflow as tf

    if not isinstance(images, DecodedPictures):
        raise TypeError(f"images is a {type(images).__name__}; DecodedPictures, from decode_pictures, are needed")
    batch_size = whole_number("batch_size", batch_size)
    steps = [str(images)]
    count = len(images)
    dataset = tf.data.Dataset.range(count)
    if rehearsing():
        count, _ = rehearsal.kept(count, 1, images.images[0].size)
        dataset = tf.data.Dataset.from_tensor_slices(rehearsal.spread(len(images), count))
        steps.append(f"{count:,} of them, for a rehearsal")
    if shuffle_seed is not None:
        seed = whole_number("shuffle_seed", shuffle_seed, minimum=0)
        dataset = dataset.shuffle(count, seed=seed, reshuffle_each_iteration=True)
        steps.append(f"shuffled (seed {seed})")
    steps.append(f"{batch_size} a batch")

    def fetch(chosen: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        # NumPy does the copying, because it can do so from a file as well as from memory.
        batch = tf.numpy_function(lambda rows: images.images[rows], [chosen], tf.uint8, stateful=False)
        batch.set_shape((None, *images.images.shape[1:]))
        return batch, tf.gather(images.labels, chosen)

    dataset = dataset.batch(batch_size).map(fetch)
    if augment is not None:
        if not callable(augment):
            raise TypeError(f"augment is {augment!r}; a Keras layer, such as RandomAffine, or None is needed")
        # One batch at a time: each uses all cores anyhow, and the random numbers come in the same order at every run.
        dataset = dataset.map(lambda images, labels: (augment(images, training=True), labels))
        steps.append(f"augmented by {getattr(augment, 'name', augment)}")
    return Batches(dataset.prefetch(tf.data.AUTOTUNE), images.class_names, count, batch_size, "; ".join(steps))


def endless_batches(
    images: DecodedPictures, batch_size: int = 20, seed: int = 0
) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.int64]]]:
    """Yield batches without end, in plain Python: epoch after epoch, each shuffled anew.

    >>> images = DecodedPictures(np.zeros((5, 8, 8, 3), np.uint8), np.arange(5) % 2, ("cat", "dog"), "squash")
    >>> generator = endless_batches(images, batch_size=2)
    >>> [len(next(generator)[1]) for _ in range(6)]
    [2, 2, 1, 2, 2, 1]

    A function with ``yield`` is not run when it is called: it gives a generator, which runs to the next ``yield`` each
    time that `next` asks. `fit` cannot see where an epoch of it ends, so tell it: ``steps_per_epoch=...``.

    Parameters
    ----------
    images : DecodedPictures
        From `decode_pictures`.
    batch_size : int
        Images a batch, at least 1; the last batch of an epoch may be smaller.
    seed : int
        Of the shuffling, 0 or more.

    Yields
    ------
    tuple of ndarray
        Images (batch, height, width, 3), uint8, and labels (batch,).

    Raises
    ------
    TypeError, ValueError
        If `batch_size` or `seed` is not a whole number, or too small.
    """
    batch_size = whole_number("batch_size", batch_size)
    generator = np.random.default_rng(whole_number("seed", seed, minimum=0))

    def endless() -> Iterator[tuple[NDArray[np.uint8], NDArray[np.int64]]]:
        while True:
            order = generator.permutation(len(images))
            for start in range(0, len(order), batch_size):
                chosen = order[start : start + batch_size]
                yield images.images[chosen], images.labels[chosen]

    return endless()  # a function of its own, so that a wrong argument is refused at once and not at the first batch
