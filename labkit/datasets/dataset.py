"""The one type that every data set of labelled images comes as, and the account of its origin."""

import html
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labkit.arguments import whole_number

Kind = Literal["real", "user's data", "stand-in"]
KINDS: tuple[Kind, ...] = ("real", "user's data", "stand-in")


@dataclass(frozen=True)
class Provenance:
    """Where images came from, and how sure that is.

    Attributes
    ----------
    source : str
        In words: a web address, a package, a folder.
    kind : {"real", "user's data", "stand-in"}
        `real` means that every checksum is the published one.
    sha256 : mapping of str to str
        The SHA-256 of each file, unpacked, by file name.
    counts : mapping of str to int
        Number of images in each part, such as ``{"train": 60000, "test": 10000}``.
    note : str
        What else a reader must know; empty if there is nothing.

    Examples
    --------
    >>> print(Provenance("somewhere", "real", counts={"train": 60000, "test": 10000}))
    real data from somewhere: 60,000 train, 10,000 test
    """

    source: str
    kind: Kind
    sha256: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    note: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind={self.kind!r} is not allowed; use one of {', '.join(map(repr, KINDS))}.")

    @property
    def is_stand_in(self) -> bool:
        """Whether these images stand in for data that could not be had."""
        return self.kind == "stand-in"

    @property
    def title_note(self) -> str:
        """What a figure's title must add: nothing for real data, else what the images are, in brackets."""
        if self.kind == "real":
            return ""
        return f" ({self.kind}: {self.source})" if self.is_stand_in else f" ({self.kind})"

    def __str__(self) -> str:
        prefix = {"real": "real data from ", "user's data": "user's data from ", "stand-in": "STAND-IN: "}[self.kind]
        counts = ", ".join(f"{number:,} {part}" for part, number in self.counts.items())
        return f"{prefix}{self.source}" + (f": {counts}" if counts else "") + (f" ({self.note})" if self.note else "")


class OfKnownOrigin:
    """What has a provenance, and says of itself whether it is the real thing."""

    provenance: Provenance

    @property
    def is_stand_in(self) -> bool:
        """Whether this stands in for data that could not be had."""
        return self.provenance.is_stand_in

    @property
    def title_note(self) -> str:
        """What the title of a figure drawn from this must add; empty for real data."""
        return self.provenance.title_note


@dataclass(frozen=True, eq=False)
class ImageDataset(OfKnownOrigin):
    """Labelled images, in a training and a test part, and where they came from.

    The arrays are read-only, so that no cell of a notebook changes them under another's feet.

    Attributes
    ----------
    name : str
        What the set is called.
    x_train, x_test : ndarray of uint8, shape (n, height, width) or (n, height, width, channels)
        The images, 0 (black) to 255 (white).
    y_train, y_test : ndarray of uint8, shape (n,)
        The label of each image: an index into `class_names`.
    class_names : tuple of str
        The classes, in the order of their labels.
    provenance : Provenance
        Source, kind, checksums, counts.

    Raises
    ------
    TypeError
        If images are not uint8 or labels are not integers.
    ValueError
        If shapes or numbers do not fit together, or a label is NaN or names no class.

    Examples
    --------
    >>> import numpy as np
    >>> images, labels = np.zeros((6, 28, 28), np.uint8), [0, 1, 0, 1, 0, 1]
    >>> toy = ImageDataset("toy", images, labels, images[:2], labels[:2], ("dark", "darker"),
    ...                    Provenance("this docstring", "stand-in", counts={"train": 6, "test": 2}))
    >>> print(toy)
    toy: 6 training and 2 test images of 28×28 in 2 classes. STAND-IN: this docstring: 6 train, 2 test
    >>> toy.subset(4).y_train.tolist()
    [0, 1, 0, 1]
    """

    name: str
    x_train: NDArray[np.uint8]
    y_train: NDArray[np.uint8]
    x_test: NDArray[np.uint8]
    y_test: NDArray[np.uint8]
    class_names: tuple[str, ...]
    provenance: Provenance

    def __post_init__(self) -> None:
        if isinstance(self.class_names, str) or not all(isinstance(name, str) for name in self.class_names):
            raise TypeError(f"class_names={self.class_names!r} must be a sequence of names.")
        if not 1 <= len(self.class_names) <= 256:
            raise ValueError(f"class_names has {len(self.class_names)} names; from 1 to 256 are allowed.")
        put = object.__setattr__  # the dataclass is frozen: this is how its own __post_init__ may still tidy up
        put(self, "class_names", tuple(self.class_names))
        for part in ("train", "test"):
            images = _checked_images(f"x_{part}", getattr(self, f"x_{part}"))
            labels = _checked_labels(f"y_{part}", getattr(self, f"y_{part}"), len(self.class_names))
            if len(images) != len(labels):
                raise ValueError(f"x_{part} has {len(images):,} images, but y_{part} has {len(labels):,} labels.")
            put(self, f"x_{part}", images)
            put(self, f"y_{part}", labels)
        if self.x_train.shape[1:] != self.x_test.shape[1:]:
            raise ValueError(
                f"x_test has images of shape {self.x_test.shape[1:]}; those of x_train are {self.x_train.shape[1:]}."
            )

    @property
    def image_shape(self) -> tuple[int, ...]:
        """Shape of one image: (height, width), or (height, width, channels)."""
        return self.x_train.shape[1:]

    def subset(self, n: int, seed: int = 0) -> "ImageDataset":
        """Keep `n` training images, each class in its proportion; the test part stays whole.

        The same `n` and `seed` give the same images on every machine and with every version of NumPy: an image's
        place in the draw is the raw 64-bit output of PCG64, a stream that NEP 19 promises not to change (the methods
        of `Generator` have no such promise), and ties are broken by its index.

        Parameters
        ----------
        n : int
            Number of training images, from the number of classes present to all of them.
        seed : int
            Which draw; 0 or more.

        Returns
        -------
        ImageDataset
            Its training images in their original order.

        Raises
        ------
        TypeError
            If `n` or `seed` is not an integer.
        ValueError
            If they are out of range.
        """
        n, seed = whole_number("n", n), whole_number("seed", seed, minimum=0)
        classes, sizes = np.unique(self.y_train, return_counts=True)
        if not len(classes) <= n <= len(self.y_train):
            raise ValueError(
                f"n={n} is not possible: there are {len(self.y_train):,} training images in {len(classes)} classes, "
                f"so n must be from {len(classes)} to {len(self.y_train):,}."
            )
        draw = np.argsort(np.random.PCG64(seed).random_raw(len(self.y_train)), kind="stable")
        drawn_labels = self.y_train[draw]
        shares = _proportional_shares(sizes, n)
        chosen = [draw[drawn_labels == label][:share] for label, share in zip(classes, shares, strict=True)]
        kept = np.sort(np.concatenate(chosen))
        of = f"{n:,} of {len(self.y_train):,} training images, stratified, seed {seed}"
        provenance = replace(
            self.provenance,
            counts={**self.provenance.counts, "train": n},
            note=f"{self.provenance.note}; {of}" if self.provenance.note else of,
        )
        return replace(self, x_train=self.x_train[kept], y_train=self.y_train[kept], provenance=provenance)

    def __str__(self) -> str:
        size = "×".join(map(str, self.image_shape))
        return (
            f"{self.name}: {len(self.x_train):,} training and {len(self.x_test):,} test images of {size} "
            f"in {len(self.class_names)} classes. {self.provenance}"
        )

    __repr__ = __str__  # the arrays themselves would fill the screen

    def _repr_html_(self) -> str:
        rows = {
            "training images": f"{len(self.x_train):,}",
            "test images": f"{len(self.x_test):,}",
            "size": "×".join(map(str, self.image_shape)),
            "classes": ", ".join(self.class_names),
            "origin": str(self.provenance),
        }
        body = "".join(f"<tr><th scope='row'>{key}</th><td>{html.escape(text)}</td></tr>" for key, text in rows.items())
        return f"<table><caption>{html.escape(self.name)}</caption><tbody>{body}</tbody></table>"


def _proportional_shares(sizes: NDArray[np.int64], n: int) -> list[int]:
    """Divide `n` in proportion to class sizes: at least one each, the largest remainders rounded up (Hamilton's rule).

    In whole numbers only, so that no machine rounds differently.
    """
    total = int(sizes.sum())
    shares = [max(1, n * int(size) // total) for size in sizes]
    # By how much each class's share falls short of its exact proportion, times `total`; ties go to the lower label.
    while (missing := n - sum(shares)) != 0:
        shortfalls = [n * int(size) - share * total for size, share in zip(sizes, shares, strict=True)]
        if missing > 0:
            open_classes = [index for index, share in enumerate(shares) if share < sizes[index]]
            shares[max(open_classes, key=lambda index: (shortfalls[index], -index))] += 1
        else:  # the guarantee of one a class gave out too many
            open_classes = [index for index, share in enumerate(shares) if share > 1]
            shares[min(open_classes, key=lambda index: (shortfalls[index], index))] -= 1
    return shares


def _checked_images(name: str, images: ArrayLike) -> NDArray[np.uint8]:
    array = np.asarray(images)
    if array.dtype != np.uint8:
        raise TypeError(f"{name} has dtype {array.dtype}; images must be uint8, from 0 to 255.")
    if array.ndim not in (3, 4):
        raise ValueError(
            f"{name} has shape {array.shape}; (n, height, width) or (n, height, width, channels) is needed."
        )
    if 0 in array.shape:
        raise ValueError(f"{name} has shape {array.shape}; there must be at least one image, and it must not be empty.")
    return _read_only(array)


def _checked_labels(name: str, labels: ArrayLike, classes: int) -> NDArray[np.uint8]:
    array = np.asarray(labels)
    if array.dtype.kind == "f" and np.isnan(array).any():
        raise ValueError(f"{name} has {int(np.isnan(array).sum())} NaN labels; every image needs a class.")
    if array.dtype.kind not in "iu":
        raise TypeError(f"{name} has dtype {array.dtype}; labels must be integers, from 0 to {classes - 1}.")
    if array.ndim != 1:
        raise ValueError(f"{name} has shape {array.shape}; one label an image is needed, shape (n,).")
    if array.size and not (array.min() >= 0 and array.max() < classes):
        raise ValueError(
            f"{name} has labels from {array.min()} to {array.max()}; "
            f"with {classes} classes, 0 to {classes - 1} are allowed."
        )
    return _read_only(array.astype(np.uint8, copy=False))


def _read_only(array: NDArray[np.uint8]) -> NDArray[np.uint8]:
    view = array.view()
    view.flags.writeable = False
    return view
