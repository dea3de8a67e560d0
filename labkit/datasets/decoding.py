"""Image files, decoded once: all of one size, kept in memory or in a file.

Decoding a photograph takes far longer than copying it, so it is done once and not at every epoch.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageOps

from labkit.arguments import one_of, whole_number
from labkit.datasets.layouts import is_junk
from labkit.datasets.reading import read_picture
from labkit.store.locking import cache_errors, locked
from labkit.store.places import cache_folder
from labkit.tables import Paragraph

# How a photograph is made to fit, and how a result says so.
RESIZINGS = {"squash": "squashed", "crop": "cropped in the middle", "pad": "padded with black"}
CACHES = ("memory", "file")
AT_ONCE = 64  # images that are decoded before they are written to a file


def selected(selection: Any, count: int) -> slice | NDArray[Any]:
    """Return what selects rows of a set, checked.

    >>> selected([True, False, True], 3)
    array([ True, False,  True])

    Raises
    ------
    TypeError
        If it is neither a slice nor a list of positions, or of a truth value for each row.
    IndexError
        If a position lies outside, or there are not as many truth values as rows.
    """
    if isinstance(selection, slice):
        return selection
    rows = np.asarray(selection)
    if rows.size == 0:
        rows = rows.astype(np.int64)
    if rows.ndim != 1 or rows.dtype.kind not in "iub":
        raise TypeError(f"selection is {selection!r}; allowed are a slice, a list of positions, or of truth values")
    if rows.dtype.kind == "b" and len(rows) != count:
        raise IndexError(f"selection has {len(rows):,} truth values; one for each of {count:,} images is needed")
    if rows.dtype.kind != "b" and rows.size and not (-count <= rows.min() and rows.max() < count):
        raise IndexError(f"selection has positions from {rows.min()} to {rows.max()}; there are {count:,} images")
    return rows


def resize_picture(image: NDArray[np.uint8], size: tuple[int, int], resizing: str = "squash") -> NDArray[np.uint8]:
    """Give an image another size.

    >>> wide = np.zeros((100, 200, 3), np.uint8) + np.uint8(200)
    >>> [int((resize_picture(wide, (50, 50), way) == 0).sum() / 3) for way in ("squash", "crop", "pad")]
    [0, 0, 1250]

    Parameters
    ----------
    image : ndarray of uint8, shape (height, width, 3)
        As from `read_picture`.
    size : (height, width)
        Of the result, in pixels.
    resizing : {"squash", "crop", "pad"}
        What is done when the shapes differ. Squash: all of the image, out of proportion. Crop: in proportion, as much
        of the middle as fits. Pad: all of the image, in proportion, between black bars.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
        Bilinear; where pixels become fewer, the mean over all that make one (Pillow's bilinear filter does that).

    Raises
    ------
    ValueError
        If `resizing` is none of the three.
    """
    one_of("resizing", resizing, RESIZINGS)
    picture, wide_high = Image.fromarray(image), (size[1], size[0])  # Pillow counts (width, height)
    if resizing == "squash":
        return np.asarray(picture.resize(wide_high, Image.Resampling.BILINEAR))
    fit = ImageOps.fit if resizing == "crop" else ImageOps.pad
    return np.asarray(fit(picture, wide_high, method=Image.Resampling.BILINEAR))


@dataclass(frozen=True, eq=False)
class DecodedPictures(Paragraph):
    """Images of one size as bytes with their labels, ready to be drawn from again and again.

    >>> pets = DecodedPictures(np.zeros((4, 2, 3, 3), np.uint8), np.array([0, 1, 0, 1]), ("cat", "dog"), "squash")
    >>> print(pets)
    4 images of 2×3, squashed, in 2 classes (cat, dog): 72 bytes in memory
    >>> print(pets[pets.labels == 1])
    2 images of 2×3, squashed, in 2 classes (cat, dog): 36 bytes in memory

    Attributes
    ----------
    images : ndarray of uint8, shape (n, height, width, 3)
        0 to 255.
    labels : ndarray of int, shape (n,)
        Indices into `class_names`.
    class_names : tuple of str
        In the order of the labels.
    resizing : str
        How they were given their size: squash, crop or pad.
    file : pathlib.Path or None
        Where they lie; None if in memory.

    Raises
    ------
    ValueError
        If there is not one label for each image.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    class_names: tuple[str, ...]
    resizing: str
    file: Path | None = None

    def __post_init__(self) -> None:
        if len(self.images) != len(self.labels):
            raise ValueError(f"labels has length {len(self.labels):,}; one for each of {len(self.images):,} is needed")

    def __getitem__(self, selection: Any) -> DecodedPictures:
        """Some of the images with their labels; the class names stay.

        Parameters
        ----------
        selection : slice, array_like of int or array_like of bool
            As NumPy takes it along the first axis. A single index is none: ``images.images[3]`` is one image.

        Raises
        ------
        TypeError
            If it selects one image and not a set of them.
        """
        rows = selected(selection, len(self))
        # What is picked from a file by a list of indices lies in memory.
        return replace(self, images=self.images[rows], labels=self.labels[rows], file=None)

    def __len__(self) -> int:
        return len(self.images)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of each image."""
        return self.images.shape[1], self.images.shape[2]

    @property
    def memory(self) -> str:
        """How much room they take, and where."""
        return f"{_bytes(self.images.nbytes)} {f'in {self.file}' if self.file else 'in memory'}"

    def __str__(self) -> str:
        return (
            f"{len(self):,} images of {self.size[0]}×{self.size[1]}, {RESIZINGS[self.resizing]}, "
            f"in {_classes(self.class_names)}: {self.memory}"
        )

    __repr__ = __str__  # the arrays themselves would fill the screen


def decode_pictures(
    paths: Sequence[str | Path],
    labels: ArrayLike,
    class_names: Sequence[str],
    size: tuple[int, int] = (150, 150),
    resizing: str = "squash",
    cache: str = "memory",
) -> DecodedPictures:
    """Read image files, give them one size, and keep them.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "white.png"
    >>> Image.new("RGB", (60, 40), "white").save(file)
    >>> print(decode_pictures([file, file], [0, 1], ["cat", "dog"], size=(32, 32), resizing="crop"))
    2 images of 32×32, cropped in the middle, in 2 classes (cat, dog): 6.1 kB in memory

    Parameters
    ----------
    paths : sequence of str or pathlib.Path
        The files, in any format that `read_picture` reads. What systems leave in folders of images (``.DS_Store``,
        ``Thumbs.db``) is left out, with its label.
    labels : array_like of int, shape (n,)
        For each file, an index into `class_names`.
    class_names : sequence of str
        The classes.
    size : (height, width)
        Of every image, in pixels.
    resizing : {"squash", "crop", "pad"}
        See `resize_picture`.
    cache : {"memory", "file"}
        Where the images are kept. One of 150×150 takes 67.5 kB, so 2,000 take 135 MB of memory, which is the fastest.
        A file in the cache folder serves sets that are too large for that; it is found again in the next session as
        long as the image files have not changed.

    Returns
    -------
    DecodedPictures
        In the order of the paths.

    Raises
    ------
    labkit.datasets.reading.UnreadablePicture
        If a file cannot be decoded; the message names it.
    labkit.store.errors.CacheUnusable
        If ``cache="file"`` and nothing can be written there.
    TypeError, ValueError
        If an argument is not one of the above.
    """
    files = _checked_paths(paths)
    names = _checked_names(class_names)
    indices = _checked_labels(labels, len(files), len(names))
    images_only = [number for number, file in enumerate(files) if not is_junk(file.name)]
    files, indices = [files[number] for number in images_only], indices[images_only]
    if not files:
        raise ValueError("paths holds no image, only files that systems leave in folders; at least one is needed")
    shape = (len(files), *_checked_size(size), 3)
    one_of("resizing", resizing, RESIZINGS)
    one_of("cache", cache, CACHES)
    if cache == "memory":
        images = np.empty(shape, np.uint8)
        _decode_into(images, files, resizing)
        return DecodedPictures(images, indices, names, resizing)
    file = cache_folder() / "decoded" / f"{_fingerprint(files, shape, resizing)}.npy"
    kept = _opened(file, shape)
    if kept is None:
        with cache_errors("decoded images"), locked(f"decoded/{file.stem}"):
            kept = _opened(file, shape)  # somebody else may have written it while we waited
            if kept is None:
                _write(file, shape, files, resizing)
                kept = np.load(file, mmap_mode="r")
    return DecodedPictures(kept, indices, names, resizing, file)


def _decode_into(images: NDArray[np.uint8], files: Sequence[Path], resizing: str) -> None:
    """Fill `images`; Pillow decodes outside Python's lock, so that threads share the work among the cores."""
    height, width = images.shape[1:3]

    def decode(number: int) -> None:
        images[number] = resize_picture(read_picture(files[number]), (height, width), resizing)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [pool.submit(decode, number) for number in range(len(files))]
        try:
            for job in jobs:
                job.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _fingerprint(files: list[Path], shape: tuple[int, ...], resizing: str) -> str:
    """Return a name that changes with any of the files and with what is made of them."""
    digest = hashlib.sha256(f"{shape} {resizing}".encode())
    for file in files:
        with suppress(OSError):  # a file that is not there is reported by the reader
            status = file.stat()
            digest.update(f"{file.absolute()}|{status.st_size}|{status.st_mtime_ns}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()[:32]


def _opened(file: Path, shape: tuple[int, ...]) -> NDArray[np.uint8] | None:
    """The images of a file, read when they are asked for; None if it is not there, or damaged."""
    with suppress(OSError, ValueError):
        images = np.load(file, mmap_mode="r")
        if images.shape == shape and images.dtype == np.uint8:
            return images
    return None


def _write(file: Path, shape: tuple[int, ...], files: list[Path], resizing: str) -> None:
    """Decode into a file that bears its name only when it is whole.

    It is written and not mapped into memory: on a full disk a write is an error, but a mapped page kills the process.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    for left_behind in file.parent.glob(f"{file.stem}.*.part"):  # by a process that was killed
        left_behind.unlink(missing_ok=True)
    handle, unfinished = tempfile.mkstemp(dir=file.parent, prefix=f"{file.stem}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as stream:
            header = {"descr": "|u1", "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(stream, header)
            for start in range(0, len(files), AT_ONCE):
                some = files[start : start + AT_ONCE]
                images = np.empty((len(some), *shape[1:]), np.uint8)
                _decode_into(images, some, resizing)
                stream.write(images.data)
        os.replace(unfinished, file)
    finally:
        Path(unfinished).unlink(missing_ok=True)


def _checked_paths(paths: Sequence[str | Path]) -> list[Path]:
    if isinstance(paths, str | bytes | Path):
        raise TypeError(f"paths is {paths!r}; a sequence of paths is needed")
    files = [Path(path) for path in paths]
    if not files:
        raise ValueError("paths is empty; at least one image is needed")
    return files


def _checked_names(class_names: Sequence[str]) -> tuple[str, ...]:
    if isinstance(class_names, str) or not all(isinstance(name, str) for name in class_names):
        raise TypeError(f"class_names is {class_names!r}; a sequence of names is needed")
    if not class_names:
        raise ValueError("class_names is empty; at least one name is needed")
    return tuple(class_names)


def _checked_labels(labels: ArrayLike, files: int, classes: int) -> NDArray[np.int64]:
    array = np.asarray(labels)
    if array.dtype.kind not in "iu":
        raise TypeError(f"labels has dtype {array.dtype}; whole numbers from 0 to {classes - 1} are needed")
    if array.shape != (files,):
        raise ValueError(f"labels has shape {array.shape}; there are {files:,} paths, so ({files},) is needed")
    if array.min() < 0 or array.max() >= classes:
        raise ValueError(
            f"labels goes from {array.min()} to {array.max()}; with {classes} classes, 0 to {classes - 1} is allowed"
        )
    return array.astype(np.int64)


def _checked_size(size: tuple[int, int]) -> tuple[int, int]:
    try:
        height, width = size
    except (TypeError, ValueError):
        raise ValueError(f"size is {size!r}; allowed is (height, width)") from None
    return whole_number("the height in size", height), whole_number("the width in size", width)


def _bytes(count: int) -> str:
    if count < 1000:
        return f"{count} bytes"
    number, unit = (count / 1e3, "kB") if count < 1e6 else (count / 1e6, "MB") if count < 1e9 else (count / 1e9, "GB")
    return f"{number:,.1f} {unit}"


def _classes(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
    return f"{len(names)} {'class' if len(names) == 1 else 'classes'} ({shown})"
