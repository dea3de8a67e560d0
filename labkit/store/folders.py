"""Folders that come in an archive and are checked file by file: where nobody has published the archive's checksum."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from labkit.store.archives import unpack
from labkit.store.building import build_folder
from labkit.store.checks import sha256_of
from labkit.store.errors import SourceFailed, SourceSilent, SourcesUnreachable, UnsafeArchive
from labkit.store.fetching import FileSet, Source, failure, recently_unreachable
from labkit.store.patience import Patience
from labkit.store.places import cache_folder, is_offline

NAMES_SHOWN = 3


@dataclass(frozen=True)
class FolderSet:
    """A folder of files, the archive that it comes in, the sources that have it, and advice should all of them fail.

    Attributes
    ----------
    name : str
        The folder's name in the cache.
    archive : str
        The archive's name at its sources.
    most_bytes : int
        More than this no source may send.
    sha256 : mapping of str to str
        The beginning of the SHA-256 of each file, by its path in the folder. Other files are left alone.
    sources : tuple of Source
        In the order in which they are asked.
    advice : str
        What a reader can do when none of them helps.
    """

    name: str
    archive: str
    most_bytes: int
    sha256: Mapping[str, str]
    sources: tuple[Source, ...]
    advice: str

    def as_files(self) -> FileSet:
        """Return the set without its files: the name by which it is remembered that no source answered."""
        return FileSet(self.name, (), self.sources, self.advice)

    def fingerprint(self, folder: Path) -> str:
        """One checksum that stands for those of all the files as they are in a folder."""
        found = {name: _start(folder / name, len(start)) for name, start in self.sha256.items()}
        return hashlib.sha256(repr(sorted(found.items())).encode()).hexdigest()

    def differences(self, folder: Path) -> tuple[str, ...]:
        """Name the files that are not in a folder, or not with the bytes that they must have.

        >>> import pathlib, tempfile
        >>> place = pathlib.Path(tempfile.mkdtemp())
        >>> _ = (place / "a.txt").write_bytes(b"Hello")
        >>> FolderSet("toy", "toy.zip", 9, {"a.txt": "185f8db3", "b.txt": "00"}, (), "").differences(place)
        ('b.txt',)
        """
        return tuple(name for name, start in self.sha256.items() if _start(folder / name, len(start)) != start)


def _start(path: Path, digits: int) -> str:
    """The beginning of a file's SHA-256; empty where it cannot be read."""
    try:
        return sha256_of(path)[:digits]
    except OSError:
        return ""


def cached_folder(wanted: FolderSet) -> Path | None:
    """Give the folder if it is in the cache; None otherwise. Never uses a network.

    >>> cached_folder(FolderSet("never-fetched", "never.zip", 1, {}, (), "")) is None
    True
    """
    folder = cache_folder() / wanted.name
    return folder if folder.is_dir() else None


def fetch_folder(wanted: FolderSet, *, again: bool = False) -> Path:
    """Give the folder, fetching and unpacking its archive where it is not there; every file is compared first.

    Any number of processes may call this at once: one fetches, the others wait for it.

    Parameters
    ----------
    wanted : FolderSet
        What to get, and where from.
    again : bool
        Ask the sources even if none of them answered a short while ago.

    Returns
    -------
    pathlib.Path
        The folder in the cache.

    Raises
    ------
    SourcesUnreachable
        If no source answered; remembered as by `fetch_files`.
    CacheUnusable
        If the cache folder cannot be written, or its disk is full.
    DataError
        If a source answered and none gave the right files. The message names each source and what it did.
    """
    found = cached_folder(wanted)
    if found is not None:
        return found
    asked = wanted.as_files()
    if is_offline():
        raise failure(asked, ["LABKIT_OFFLINE is set: no source was asked."], silent=True, remembered=False)
    known = None if again else recently_unreachable(asked)
    if known is not None:
        raise SourcesUnreachable(known)
    return build_folder(wanted.name, lambda folder: _bring(wanted, asked, folder))


def _bring(wanted: FolderSet, asked: FileSet, folder: Path) -> None:
    """Make the folder from the first source whose archive holds the right files."""
    from tqdm import tqdm

    patience, complaints = Patience(), list[SourceFailed]()
    for number, source in enumerate(wanted.sources):
        patience.share_among(len(wanted.sources) - number)
        with tempfile.TemporaryDirectory(dir=folder.parent, ignore_cleanup_errors=True) as workshop:
            try:
                with tqdm(desc=wanted.archive, unit="B", unit_scale=True, disable=None, leave=False) as bar:
                    archive = source.bring(wanted.archive, wanted.most_bytes, Path(workshop), patience, bar)
                unpacked = Path(workshop) / "unpacked"
                unpack(archive, unpacked)
                if wrong := wanted.differences(unpacked):
                    raise SourceFailed(f"holds other files: {some_of(wrong)}")
                unpacked.rename(folder)
                return
            except (SourceFailed, UnsafeArchive) as complaint:
                kind = type(complaint) if isinstance(complaint, SourceFailed) else SourceFailed
                complaints.append(kind(f"{source}: {wanted.archive}: {complaint}"))
    silent = all(isinstance(complaint, SourceSilent) for complaint in complaints)
    raise failure(asked, [str(complaint) for complaint in complaints], silent=silent)


def some_of(names: Sequence[str]) -> str:
    """Name a few of many.

    >>> some_of(["a", "b", "c", "d", "e"])
    'a, b, c and 2 more'
    """
    more = f" and {len(names) - NAMES_SHOWN:,} more" if len(names) > NAMES_SHOWN else ""
    return ", ".join(names[:NAMES_SHOWN]) + more
