"""Cats and dogs: photographs where there are any on this machine, drawn pets where there are not.

J. Elson, J. R. Douceur, J. Howell, J. Saul, "Asirra: A CAPTCHA that Exploits Interest-Aligned Manual Image
Categorization", ACM CCS (2007), from whose three million photographs of Petfinder.com Microsoft published 25,000.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from pathlib import Path

import numpy as np

from labkit import store
from labkit.arguments import whole_number
from labkit.datasets import drawn_files
from labkit.datasets.dataset import Kind, Provenance
from labkit.datasets.layouts import CLASS_NAMES, find_cats_and_dogs
from labkit.datasets.picture_files import PARTS, FileSplit, PictureFiles
from labkit.datasets.screening import Screened, screen_images
from labkit.datasets.splitting import place_in_draw
from labkit.store.errors import DataError
from labkit.store.fetching import DataFile, FileSet
from labkit.store.web import WebFolder

NAME = "cats-vs-dogs"
TITLE = "cats and dogs"
STAND_IN_SOURCE = "drawn pets"

# The archive has not been seen where this was written. Its SHA-256 is the one that GoMLX checks it by
# (github.com/gomlx/gomlx, examples/dogsvscats/dogsvscats.go, DownloadChecksum); its size is what the server told those
# who published the log of their download (`Length: 824887076 (787M)`).
MICROSOFT = FileSet(
    name=NAME,
    files=(
        DataFile(
            "kagglecatsanddogs_5340.zip",
            "b7974bd00a84a99921f36ee4403f089853777b5ae8d151c76a86e64900334af9",
            824_887_076,
        ),
    ),
    sources=(
        WebFolder("https://download.microsoft.com/download/3/E/1/3E1C3F21-ECDB-4869-8368-6DEBA77B919F/", suffix=""),
    ),
    advice=(
        f"check the connection and run `python -m labkit data fetch {NAME}`; or put a folder or zip called "
        "cats_vs_dogs… (Microsoft's, Kaggle's or your own) into a folder that LABKIT_DATA names; or go on with drawn "
        'pets: load_cats_vs_dogs(source="drawn").'
    ),
)
# What the user's folder or zip may be called, in small or capital letters: as this data set is called here and on the
# command line, as Microsoft's archive is and what is in it, and as Kaggle's competition is.
USER_NAMES = ("cats_vs_dogs*", f"{NAME}*", "kagglecatsanddogs*", "petimages*", "dogs-vs-cats*", "dogs_vs_cats*")
ARCHIVES = (".zip", ".tar", ".gz", ".tgz")


@dataclass(frozen=True)
class Found:
    """Where the images are on this machine, and what is known about them without opening any."""

    path: Path  # a folder, or an archive
    kind: Kind
    source: str
    sha256: Mapping[str, str] = field(default_factory=dict)
    note: str = ""


def load_cats_vs_dogs(
    train: int = 2000,
    validation: int = 1000,
    test: int = 1000,
    seed: int | None = 0,
    source: str | Path = "auto",
) -> PictureFiles:
    """Find images of cats and dogs and divide them into three parts, half cats and half dogs each.

    With ``source="auto"`` they are looked for in `LABKIT_DATA` (a folder or zip there called ``cats_vs_dogs…``, in
    Microsoft's layout, Kaggle's, or with folders ``cats`` and ``dogs``), then in the cache. Microsoft's archive is
    825 MB, so nothing is downloaded unasked: ``python -m labkit data fetch cats-vs-dogs`` or ``source="microsoft"``
    puts it into the cache. Where none of these is there, drawn pets stand in, and the result says so.

    Every file is decoded once: what cannot be decoded is left out, and so are copies (by the SHA-256 of their bytes),
    so that no image is in two parts. What was found is in the result's `screening`.

    An image's place in the draw depends on nothing but the seed and its own bytes, so that the same images are
    divided in the same way on every machine, whatever the files are called. With the numbers of validation and test
    images unchanged, these stay the same for every `train`, and fewer training images are part of more.

    Parameters
    ----------
    train, validation, test : int
        Number of images in each part: even, 0 or more.
    seed : int or None
        Which draw, 0 or more; drawn pets are drawn anew for each. None takes the images of each class in the order of
        their numbers: first those for training, then for validation, then for testing.
    source : {"auto", "microsoft", "drawn"} or path
        Where to take them from; the path is that of a folder, or of a zip or tar archive.

    Returns
    -------
    PictureFiles
        Paths and labels (0 is a cat, 1 a dog) of each part, cats and dogs in turn.

    Raises
    ------
    TypeError
        If a number is not an integer.
    ValueError
        If a number is odd or negative, all three are 0, or `source` is none of these and nowhere to be found.
    DataError
        If there are fewer images than asked for, cats only, or dogs only; if an archive is damaged or unsafe; if
        Microsoft's is asked for and cannot be had.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from PIL import Image
    >>> place = pathlib.Path(tempfile.mkdtemp())
    >>> for number in range(4):
    ...     Image.new("RGB", (8, 8), (0, 0, number)).save(place / f"cat.{number}.png")
    ...     Image.new("RGB", (8, 8), (255, 0, number)).save(place / f"dog.{number}.png")
    >>> pets = load_cats_vs_dogs(train=4, validation=2, test=0, seed=None, source=place)
    >>> [path.name for path in pets.train.paths], pets.train.labels.tolist()
    (['cat.0.png', 'dog.0.png', 'cat.1.png', 'dog.1.png'], [0, 1, 0, 1])
    >>> [path.name for path in pets.validation.paths]
    ['cat.2.png', 'dog.2.png']
    """
    counts = _checked_counts({"train": train, "validation": validation, "test": test})
    if seed is not None:
        seed = whole_number("seed", seed, minimum=0)
    found = _find(source)
    if found is None:
        return _drawn(counts, seed)
    folder = found.path if found.path.is_dir() else _unpacked(found.path)
    screened = screen_images(folder, find_cats_and_dogs(folder, found.source), found.source)
    splits = _divide(folder, screened, counts, seed, found.source)
    return _result(found, screened, splits)


def find_photographs() -> Found | None:
    """Find photographs on this machine, in the user's folder or in the cache, without opening any; None without any."""
    found = _in_user_folder()
    if found is not None:
        return found
    cached = store.cached_files(MICROSOFT)
    return None if cached is None else _microsofts(next(iter(cached.values())))


def _find(source: str | Path) -> Found | None:
    """Find what `source` names; None means that pets are to be drawn."""
    if source == "auto":
        return find_photographs()
    if source == "drawn":
        return None
    if source == "microsoft":
        return _microsofts(next(iter(store.fetch_files(MICROSOFT, again=True).values())))
    path = store.expanded(source)
    if not (path.is_dir() or path.is_file()):  # a pipe is there too, and may never end
        what = "is neither a folder nor a file" if path.exists() else "is not there"
        raise ValueError(
            f'source={str(source)!r} {what}; use "auto", "microsoft", "drawn", or the path of a folder or an '
            "archive with cats and dogs."
        )
    return _users(path, path.name or str(path))


def _in_user_folder() -> Found | None:
    root = store.data_folder()
    if root is None:
        return None
    there = sorted(root.iterdir())
    for pattern in USER_NAMES:
        for path in there:
            # No pipe and no device, whatever it is called: to read one may never end.
            archive = path.suffix.lower() in ARCHIVES and path.is_file()
            if fnmatch(path.name.lower(), pattern) and (path.is_dir() or archive):
                return _users(path, f"{path.name}{'/' if path.is_dir() else ''} in LABKIT_DATA")
    return None


def _users(path: Path, source: str) -> Found:
    if path.is_dir():
        return Found(path, "user's data", source)
    sha256 = _sha256(path)
    kind: Kind = "real" if sha256 == MICROSOFT.files[0].sha256 else "user's data"
    return Found(path, kind, source, {path.name: sha256})


def _microsofts(archive: Path) -> Found:
    source = store.source_of(archive) or str(MICROSOFT.sources[0])
    return Found(archive, "real", source, {archive.name: MICROSOFT.files[0].sha256})


def _unpacked(archive: Path) -> Path:
    """Unpack an archive into the cache, once for each content it may have."""
    return store.build_folder(f"unpacked/{_sha256(archive)[:20]}", lambda folder: store.unpack(archive, folder))


def _sha256(path: Path) -> str:
    sha256 = store.remembered_sha256(path)
    if sha256 is None:
        try:
            sha256 = store.sha256_of(path)
        except OSError as error:
            raise DataError(f"{path} cannot be read ({error.strerror}).") from error
        store.remember_sha256(path, sha256)
    return sha256


def _drawn(counts: Mapping[str, int], seed: int | None) -> PictureFiles:
    total = sum(counts.values())
    folder = drawn_files.drawn_pets_folder(total, seed or 0)
    images = folder / drawn_files.PICTURES
    screened = screen_images(images, find_cats_and_dogs(images), STAND_IN_SOURCE)
    # Each drawn pet is as good as another: taken in the order of their numbers, the larger set holds the smaller.
    splits = _divide(images, screened, counts, seed, STAND_IN_SOURCE, shuffled=False)
    for part, split in splits.items():
        names = [path.relative_to(images) for path in split.paths]
        splits[part] = replace(
            split,
            animal_masks=tuple(folder / drawn_files.ANIMAL_MASKS / name for name in names),
            head_masks=tuple(folder / drawn_files.HEAD_MASKS / name for name in names),
        )
    note = f"{total:,} drawn from seed {seed or 0}; photographs, 825 MB: python -m labkit data fetch {NAME}"
    return _result(Found(folder, "stand-in", STAND_IN_SOURCE, note=note), screened, splits)


def _result(found: Found, screened: Screened, splits: Mapping[str, FileSplit]) -> PictureFiles:
    note = found.note if found.kind == "stand-in" else str(screened.report)
    provenance = Provenance(
        source=found.source,
        kind=found.kind,
        sha256={**found.sha256, "all usable images": screened.contents},
        counts={part: len(split) for part, split in splits.items() if len(split)},
        note=note,
    )
    return PictureFiles(TITLE, **splits, class_names=CLASS_NAMES, provenance=provenance, screening=screened.report)


def _divide(
    folder: Path, screened: Screened, counts: Mapping[str, int], seed: int | None, source: str, *, shuffled: bool = True
) -> dict[str, FileSplit]:
    """Give each part its share of every class, cats and dogs in turn."""
    ranked = [_ranked(screened, label, seed if shuffled else None) for label in range(len(CLASS_NAMES))]
    needed = sum(counts.values()) // len(ranked)
    if any(len(names) < needed for names in ranked):
        asked = ", ".join(f"{part}={count}" for part, count in counts.items())
        there = " and ".join(f"{len(names):,} {name}s" for names, name in zip(ranked, CLASS_NAMES, strict=True))
        raise DataError(
            f"{asked} need {needed:,} cats and {needed:,} dogs; {source} has {there} that can be used. Ask for fewer. "
            f"({screened.report})"
        )
    # Drawn with a seed, training comes last: then more training images leave validation and test as they are.
    order = PARTS if seed is None else tuple(reversed(PARTS))
    splits, start = {}, 0
    for part in order:
        stop = start + counts[part] // len(ranked)
        pairs = list(zip(*(names[start:stop] for names in ranked), strict=True))
        labels = np.tile(np.arange(len(ranked), dtype=np.uint8), len(pairs))
        splits[part] = FileSplit(tuple(folder / name for pair in pairs for name in pair), labels)
        start = stop
    return {part: splits[part] for part in PARTS}


def _ranked(screened: Screened, label: int, seed: int | None) -> list[str]:
    """Put the images of a class into the order in which they are handed out."""
    own = [(candidate, sha256) for candidate, sha256 in screened.usable if candidate.label == label]
    if seed is not None:
        own.sort(key=lambda image: place_in_draw(seed, image[1]))
    return [candidate.name for candidate, _ in own]


def _checked_counts(counts: Mapping[str, int]) -> dict[str, int]:
    checked = {part: whole_number(part, count, minimum=0) for part, count in counts.items()}
    for part, count in checked.items():
        if count % len(CLASS_NAMES):
            raise ValueError(f"{part}={count} must be an even number, 0 or more: half of the images are cats.")
    if not any(checked.values()):
        raise ValueError("train=0, validation=0, test=0: at least one of them must be more than 0.")
    return checked
