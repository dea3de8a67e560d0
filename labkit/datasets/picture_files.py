"""Labelled images that stay in their files until they are needed: training, validation and test part."""

from __future__ import annotations

import html
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labkit.datasets.dataset import OfKnownOrigin, Provenance
from labkit.datasets.decoding import DecodedPictures, decode_pictures, selected
from labkit.datasets.screening import ScreeningReport

PARTS = ("train", "validation", "test")


@dataclass(frozen=True, eq=False)
class FileSplit:
    """One part of a set of image files: the paths, and what is to be seen in each.

    Attributes
    ----------
    paths : tuple of pathlib.Path
        The files; `labkit.datasets.read_picture` reads each of them.
    labels : ndarray of uint8, shape (n,)
        The label of each: an index into the class names. Read-only.
    animal_masks, head_masks : tuple of pathlib.Path
        For drawn pets, a file for each image that is white where the animal, or its head, is to be seen (read by
        `labkit.datasets.read_mask`); empty for photographs.
    class_names : tuple of str
        The classes, in the order of their labels; a part of a set has those of the set.

    Raises
    ------
    ValueError
        If there are not as many labels as paths.

    Examples
    --------
    >>> split = FileSplit((Path("cat.0.jpg"), Path("dog.0.jpg")), [0, 1])
    >>> len(split), split.labels.dtype.name
    (2, 'uint8')
    >>> split[:1].paths[0].name
    'cat.0.jpg'
    """

    paths: tuple[Path, ...]
    labels: NDArray[np.uint8]
    animal_masks: tuple[Path, ...] = ()
    head_masks: tuple[Path, ...] = ()
    class_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        labels = np.array(self.labels, dtype=np.uint8)
        labels.flags.writeable = False
        if labels.shape != (len(self.paths),):
            raise ValueError(f"labels has shape {labels.shape}; with {len(self.paths):,} paths, one each is needed.")
        object.__setattr__(self, "labels", labels)  # the dataclass is frozen: so its own __post_init__ may tidy up

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, selection: Any) -> FileSplit:
        """Some of the files with all that belongs to them.

        Parameters
        ----------
        selection : slice, array_like of int or array_like of bool
            As NumPy takes it along the first axis.
        """
        rows = np.arange(len(self))[selected(selection, len(self))]
        paths = {name: getattr(self, name) for name in ("paths", "animal_masks", "head_masks")}
        some = {name: tuple(files[row] for row in rows) for name, files in paths.items() if files}
        return replace(self, labels=self.labels[rows], **some)

    def decode(self, size: tuple[int, int], resizing: str = "squash", *, cache: str = "memory") -> DecodedPictures:
        """Read the files, give all images one size, and keep them with their labels and class names.

        >>> import tempfile
        >>> from PIL import Image
        >>> file = Path(tempfile.mkdtemp()) / "white.png"
        >>> Image.new("RGB", (60, 40), "white").save(file)
        >>> print(FileSplit((file, file), [0, 1], class_names=("cat", "dog")).decode((32, 32), "crop"))
        2 images of 32×32, cropped in the middle, in 2 classes (cat, dog): 6.1 kB in memory

        Parameters
        ----------
        size : (height, width)
            Of every image, in pixels.
        resizing : {"squash", "crop", "pad"}
            See `resize_picture`.
        cache : {"memory", "file"}
            See `decode_pictures`.

        Returns
        -------
        DecodedPictures
            As `batches`, `extract_features` and the others of `labkit.training` take them.

        Raises
        ------
        labkit.datasets.reading.UnreadablePicture
            If a file cannot be decoded; the message names it.
        TypeError, ValueError
            If an argument is not one of the above, or the part is empty.
        """
        return decode_pictures(self.paths, self.labels, self.class_names, size, resizing, cache)

    def __repr__(self) -> str:
        return f"{len(self):,} image files"


@dataclass(frozen=True, eq=False)
class PictureFiles(OfKnownOrigin):
    """Labelled image files in three parts that have no image in common, and where they came from.

    Attributes
    ----------
    name : str
        What the set is called.
    train, validation, test : FileSplit
        Each may be empty.
    class_names : tuple of str
        The classes, in the order of their labels.
    provenance : Provenance
        Source, kind, checksum, counts.
    screening : ScreeningReport
        What was found when every file was decoded once.

    Examples
    --------
    >>> one_of_each = FileSplit((Path("cat.0.jpg"), Path("dog.0.jpg")), [0, 1])
    >>> nothing = FileSplit((), [])
    >>> print(PictureFiles("toy pets", one_of_each, nothing, nothing, ("cat", "dog"),
    ...                    Provenance("a docstring", "user's data", counts={"train": 2}),
    ...                    ScreeningReport("somewhere", examined=2, usable=2)))
    toy pets: image files in 2 classes (cat, dog). user's data from a docstring: 2 train
    """

    name: str
    train: FileSplit
    validation: FileSplit
    test: FileSplit
    class_names: tuple[str, ...]
    provenance: Provenance
    screening: ScreeningReport

    def __post_init__(self) -> None:
        for part in PARTS:
            object.__setattr__(self, part, replace(getattr(self, part), class_names=self.class_names))

    def __str__(self) -> str:
        classes = f"{len(self.class_names)} classes ({', '.join(self.class_names)})"
        return f"{self.name}: image files in {classes}. {self.provenance}"

    __repr__ = __str__  # thousands of paths would fill the screen

    def _repr_html_(self) -> str:
        rows = {part: f"{len(getattr(self, part)):,} images" for part in PARTS}
        rows |= {"classes": ", ".join(self.class_names), "origin": str(self.provenance)}
        rows |= {f"screening: {what}": found for what, found in self.screening.rows().items()}
        body = "".join(f"<tr><th scope='row'>{key}</th><td>{html.escape(text)}</td></tr>" for key, text in rows.items())
        return f"<table><caption>{html.escape(self.name)}</caption><tbody>{body}</tbody></table>"
