"""All data sets of the course at a glance: what is there, what would be used, and getting it ahead of time."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from labkit import store
from labkit.datasets import digits, drawn_scenes, fashion, mnist_family, penn_fudan, pets, photos
from labkit.store.errors import DataError, SourcesUnreachable

StatusKind = Literal["real", "user's data", "stand-in", "not fetched"]

PHOTOS = "photos"
# Each with the source of its stand-in, where it has one.
_FAMILIES: dict[str, tuple[mnist_family.Family, str | None]] = {
    "fashion-mnist": (fashion.FASHION_MNIST, None),
    "mnist": (digits.MNIST, digits.STAND_IN_SOURCE),
}
NAMES = (*_FAMILIES, pets.NAME, penn_fudan.NAME, PHOTOS)


@dataclass(frozen=True)
class DatasetStatus:
    """What a loader would give now, as far as this machine knows without asking anybody.

    Attributes
    ----------
    name : str
        The name that `fetch` knows it by.
    kind : {"real", "user's data", "stand-in", "not fetched"}
        What it is. `not fetched`: the loader would ask the sources first.
    source : str
        Where it is from; for what is not fetched, where it would be looked for.
    size : int
        Bytes on the disk; 0 for what is not there.
    verified : bool
        Whether every file has its published SHA-256.
    sha256 : tuple of (str, str)
        The SHA-256 of each file, by file name; of a folder of images, that of the list of its names and sizes.
    """

    name: str
    kind: StatusKind
    source: str
    size: int
    verified: bool
    sha256: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        size = f", {self.size / 1e6:.1f} MB" if self.size else ""
        return f"{self.name}: {self.kind}, {self.source}{size}{', verified' if self.verified else ''}"


def status() -> tuple[DatasetStatus, ...]:
    """Tell, for every data set, what its loader would give now; quickly, and without the network.

    Checksums are remembered beside the size and time of change of each file, so that large files are hashed once.

    Raises
    ------
    DataError
        If a folder named by `LABKIT_DATA` or `LABKIT_CACHE` cannot be used as it is.

    Examples
    --------
    >>> [entry.name for entry in status()]
    ['fashion-mnist', 'mnist', 'cats-vs-dogs', 'penn-fudan', 'photos']
    """
    return tuple(_look(name) for name in NAMES)


def content_key() -> str:
    """Give a short hash over what all loaders would give now: it changes when kinds or checksums change.

    Returns
    -------
    str
        16 hexadecimal digits.

    Examples
    --------
    >>> len(content_key())
    16
    """
    # A stand-in and what has not been fetched are one thing: the real data is not here. Which of the two it is called
    # changes with the quarter of an hour for which it is remembered that no source answered.
    kinds = {"not fetched": "stand-in"}
    contents = [(entry.name, kinds.get(entry.kind, entry.kind), entry.sha256) for entry in status()]
    return hashlib.sha256(json.dumps(contents).encode()).hexdigest()[:16]


def fetch(names: Iterable[str] | None = None) -> tuple[DatasetStatus, ...]:
    """Fetch data sets ahead of time, asking the sources anew even if none of them answered a short while ago.

    Parameters
    ----------
    names : iterable of str, optional
        Which; by default all but the photographs of cats and dogs (825 MB) and of pedestrians (54 MB): these must be
        asked for by name.

    Returns
    -------
    tuple of DatasetStatus
        What there is now, of these.

    Raises
    ------
    ValueError
        If a name is not known.
    DataError
        If one could not be had. Asked for all, a data set whose stand-in is ready is not missed; asked for by name,
        it is. The others have been fetched all the same.

    Examples
    --------
    >>> fetch(["photos"])[0].kind
    'real'
    """
    if isinstance(names, str):
        names = [names]
    wanted = list(NAMES) if names is None else list(dict.fromkeys(names))
    unknown = [name for name in wanted if name not in NAMES]
    if unknown:
        raise ValueError(f"names={unknown} are not data sets; use {', '.join(map(repr, NAMES))}.")
    failures: list[DataError] = []
    for name in wanted:
        if name == PHOTOS:  # they come with scikit-image
            continue
        if name == pets.NAME:
            if names is not None:
                failures += _fetch_pets()
            continue
        if name == penn_fudan.NAME:
            if names is not None:
                failures += _fetch_penn_fudan()
            continue
        family, stand_in = _FAMILIES[name]
        if mnist_family.find_in_user_folder(family) is not None:  # what the user has, the loader takes
            continue
        try:
            store.fetch_files(family.files, again=True)
        except SourcesUnreachable as failure:
            if names is not None or stand_in is None:
                failures.append(failure)
        except DataError as failure:
            failures.append(failure)
    if failures:
        raise DataError("\n".join(map(str, failures)))
    return tuple(_look(name) for name in wanted)


def _fetch_pets() -> list[DataError]:
    try:
        if pets.find_photographs() is None:
            store.fetch_files(pets.MICROSOFT, again=True)
    except DataError as failure:
        return [failure]
    return []


def _fetch_penn_fudan() -> list[DataError]:
    try:
        if penn_fudan.find_users() is None:
            store.fetch_folder(penn_fudan.published(), again=True)
    except DataError as failure:
        return [failure]
    return []


def _look(name: str) -> DatasetStatus:
    if name == PHOTOS:
        return _photos_status()
    if name == pets.NAME:
        return _pets_status()
    if name == penn_fudan.NAME:
        return _penn_fudan_status()
    family, stand_in = _FAMILIES[name]
    found = mnist_family.find(family)
    if found is not None:
        source = f"{found.source} ({found.note})" if found.note else found.source
        return DatasetStatus(name, found.kind, source, found.size, found.kind == "real", tuple(found.sha256.items()))
    if stand_in is not None and (store.is_offline() or store.recently_unreachable(family.files)):
        return DatasetStatus(name, "stand-in", stand_in, 0, False)
    return DatasetStatus(name, "not fetched", " or ".join(map(str, family.files.sources)), 0, False)


def _photos_status() -> DatasetStatus:
    loaded = [photos.load_photo(name) for name in photos.PHOTOS]
    size = sum(photos.photo_path(name).stat().st_size for name in photos.PHOTOS)
    hashes = tuple(pair for photo in loaded for pair in photo.provenance.sha256.items())
    return DatasetStatus(PHOTOS, "real", f"scikit-image ({', '.join(photos.PHOTOS)})", size, True, hashes)


def _pets_status() -> DatasetStatus:
    found = pets.find_photographs()
    if found is None:
        return DatasetStatus(pets.NAME, "stand-in", pets.STAND_IN_SOURCE, 0, False)
    if found.path.is_dir():
        files = [(path.name, path.stat().st_size) for path in sorted(found.path.rglob("*")) if path.is_file()]
        listing = hashlib.sha256(json.dumps(files).encode()).hexdigest()
        size = sum(size for _, size in files)
        return DatasetStatus(pets.NAME, found.kind, found.source, size, False, ((found.source, listing),))
    size, verified = found.path.stat().st_size, found.kind == "real"
    return DatasetStatus(pets.NAME, found.kind, found.source, size, verified, tuple(found.sha256.items()))


def _penn_fudan_status() -> DatasetStatus:
    found = penn_fudan.find()
    if found is None:
        if store.is_offline() or penn_fudan.recently_unreachable():
            return DatasetStatus(penn_fudan.NAME, "stand-in", drawn_scenes.SOURCE, 0, False)
        return DatasetStatus(penn_fudan.NAME, "not fetched", penn_fudan.ADDRESS, 0, False)
    kind, note = penn_fudan.account_of(found.folder)
    files = sorted(path for path in (found.folder / penn_fudan.ROOT).rglob("*") if path.is_file())
    listing = hashlib.sha256(json.dumps([(path.name, path.stat().st_size) for path in files]).encode()).hexdigest()
    source = f"{found.source} ({note})" if note else found.source
    size = sum(path.stat().st_size for path in files)
    return DatasetStatus(penn_fudan.NAME, kind, source, size, kind == "real", ((penn_fudan.ROOT, listing),))
