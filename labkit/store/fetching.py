"""Fetching a set of files: several sources, one lock, whole or not at all."""

import contextlib
import gzip
import hashlib
import json
import os
import shutil
import tempfile
import time
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from labkit.store.checks import remember_sha256, remembered_sha256, sha256_of, write_whole
from labkit.store.errors import CacheUnusable, DataError, SourceFailed, SourceSilent, SourcesUnreachable
from labkit.store.locking import cache_errors, locked
from labkit.store.patience import Patience
from labkit.store.places import cache_advice, cache_folder, is_offline
from labkit.store.web import Progress

UNREACHABLE_FOR_SECONDS = 15 * 60
LAST_PATIENCE_SECONDS = 0.6
CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True)
class DataFile:
    """A file as it will lie in the cache: its name, the SHA-256 and the size in bytes of its unpacked content."""

    name: str
    sha256: str
    size: int


class Source(Protocol):
    """Something that can bring files: see `WebFolder` and `DebianPackage`. Its `str` names it to the reader."""

    def bring(self, name: str, size: int, folder: Path, patience: Patience, progress: Progress) -> Path:
        """Bring one file, gzipped or not, somewhere below `folder`; raise `SourceFailed` if that is not possible."""


@dataclass(frozen=True)
class FileSet:
    """Files that belong together, the sources that have them (tried in order), and advice should all of them fail.

    `name` is also the name of their folder in the cache.
    """

    name: str
    files: tuple[DataFile, ...]
    sources: tuple[Source, ...]
    advice: str


# What this process has learnt: the sets, with the cache they were wanted for, that no source answered for.
_unreachable_here: dict[tuple[str, Path], str] = {}
_patience_here = Patience()


def cached_files(wanted: FileSet) -> dict[str, Path] | None:
    """Give the path of each file of a set, if all are in the cache and whole; None otherwise. Never uses a network.

    A file is hashed once; after that its size and time of change are compared with those noted then.

    Examples
    --------
    >>> nothing = FileSet("nothing", files=(), sources=(), advice="")
    >>> cached_files(nothing)
    {}
    """
    folder = cache_folder() / wanted.name
    paths = {file.name: folder / file.name for file in wanted.files}
    with cache_errors(wanted.name):
        return paths if all(_is_whole(paths[file.name], file) for file in wanted.files) else None


def fetch_files(wanted: FileSet, *, again: bool = False, patience: Patience | None = None) -> dict[str, Path]:
    """Give the path of each file of a set, fetching what is missing; every file is whole and checked by SHA-256.

    Any number of processes may call this at once: one fetches, the others wait for it.

    Parameters
    ----------
    wanted : FileSet
        What to get, and where from.
    again : bool
        Ask the sources even if none of them answered a short while ago.
    patience : Patience, optional
        How long to wait in silence.

    Returns
    -------
    dict of str to pathlib.Path
        The files by name, in the cache folder.

    Raises
    ------
    SourcesUnreachable
        If no source answered; remembered for this process, and for 15 minutes for others that share the cache.
    CacheUnusable
        If the cache folder cannot be written, or its disk is full.
    DataError
        If a source answered and none gave the right bytes. The message names each source and what it did.
    """
    found = cached_files(wanted)
    if found is not None:
        return found
    if is_offline():
        raise failure(wanted, ["LABKIT_OFFLINE is set: no source was asked."], silent=True, remembered=False)
    with cache_errors(wanted.name), locked(wanted.name):
        found = cached_files(wanted)  # somebody else may have fetched it while we waited
        if found is not None:
            return found
        known = None if again else recently_unreachable(wanted)
        if known is not None:
            raise SourcesUnreachable(known)
        return _fetch(wanted, patience or (Patience() if again else _session_patience()))


def recently_unreachable(wanted: FileSet) -> str | None:
    """Give the message of the last attempt if no source answered it, in this process or within 15 minutes; else None.

    Examples
    --------
    >>> recently_unreachable(FileSet("never-tried", files=(), sources=(), advice="")) is None
    True
    """
    here = _unreachable_here.get((wanted.name, cache_folder()))
    if here is not None:
        return here
    try:
        mark = json.loads(_mark_file(wanted).read_text())
        age = time.time() - float(mark["time"])
        return str(mark["message"]) if 0 <= age < UNREACHABLE_FOR_SECONDS else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _session_patience() -> Patience:
    """Share one budget among all sets of this process: a machine without a network finds out once, not once a set."""
    _patience_here.top_up(LAST_PATIENCE_SECONDS)
    return _patience_here


def _fetch(wanted: FileSet, patience: Patience) -> dict[str, Path]:
    folder = cache_folder() / wanted.name
    folder.mkdir(parents=True, exist_ok=True)
    for left_behind in folder.glob(".incoming-*"):  # by a process that was killed; we hold the lock, so it is nobody's
        shutil.rmtree(left_behind, ignore_errors=True)
    needed = 2 * sum(file.size for file in wanted.files)  # what is brought, and what is unpacked from it
    free = shutil.disk_usage(folder).free
    if free < needed:
        reason = f"{free / 1e6:.1f} MB are free, {needed / 1e6:.1f} MB are needed"
        raise CacheUnusable(f"{wanted.name} cannot be kept. {cache_advice(cache_folder(), reason)}")
    complaints: list[SourceFailed] = []
    with tempfile.TemporaryDirectory(dir=folder, prefix=".incoming-", ignore_cleanup_errors=True) as workshop:
        for asked, source in enumerate(wanted.sources):
            patience.share_among(len(wanted.sources) - asked)
            try:
                _take_from(source, wanted, folder, Path(workshop), patience)
                break
            except SourceFailed as complaint:
                complaints.append(complaint)
    found = cached_files(wanted)
    if found is not None:
        _forget_unreachable(wanted)
        return found
    silent = all(isinstance(complaint, SourceSilent) for complaint in complaints)
    raise failure(wanted, [str(complaint) for complaint in complaints], silent=silent)


def failure(wanted: FileSet, complaints: list[str], *, silent: bool, remembered: bool = True) -> DataError:
    """Give the error that says why a set could not be had; where no source answered, note that for a while.

    >>> print(failure(FileSet("toy", (), (), "make one."), ["the shelf is empty"], silent=False))
    toy could not be fetched.
      - the shelf is empty
    What to do: make one.
    """
    message = _message(wanted, complaints)
    if not silent:
        return DataError(message)
    if remembered:
        _note_unreachable(wanted, message)
    return SourcesUnreachable(message)


def _take_from(source: Source, wanted: FileSet, folder: Path, workshop: Path, patience: Patience) -> None:
    """Take from one source all files that are still missing; files that other sources gave stay."""
    from tqdm import tqdm

    for file in wanted.files:
        target = folder / file.name
        if _is_whole(target, file):
            continue
        try:
            # disable=None shows the bar in a terminal only: in a log or a notebook it would be a page of noise.
            with tqdm(desc=f"{wanted.name}: {file.name}", unit="B", unit_scale=True, disable=None, leave=False) as bar:
                brought = source.bring(file.name, file.size, workshop, patience, bar)
            checked = _unpacked_and_checked(brought, file, workshop)
        except SourceFailed as complaint:
            raise type(complaint)(f"{source}: {file.name}: {complaint}") from complaint
        os.replace(checked, target)
        remember_sha256(target, file.sha256, source=str(source))


def _unpacked_and_checked(brought: Path, file: DataFile, workshop: Path) -> Path:
    """Unpack what was brought, never beyond the size it must have, and compare its SHA-256."""
    checked = workshop / f"{file.name}.checked"
    digest, size = hashlib.sha256(), 0
    with open(brought, "rb") as raw:
        # A server that declares the gzip as a transfer encoding has had it unpacked on the way already.
        is_gzip = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        with gzip.open(raw) if is_gzip else raw as stream, open(checked, "wb") as out:
            try:
                while size <= file.size and (chunk := stream.read(CHUNK_BYTES)):
                    size += len(chunk)
                    digest.update(chunk)
                    out.write(chunk)
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                raise SourceFailed(f"is damaged ({error})") from error
            out.flush()
            os.fsync(out.fileno())
    if size != file.size or digest.hexdigest() != file.sha256:
        seen = f"more than {file.size:,}" if size > file.size else f"{size:,}"
        raise SourceFailed(
            f"has the wrong content ({seen} of {file.size:,} bytes; SHA-256 {digest.hexdigest()[:12]}… "
            f"instead of {file.sha256[:12]}…)"
        )
    return checked


def _is_whole(path: Path, file: DataFile) -> bool:
    try:
        if path.stat().st_size != file.size:
            return False
        known = remembered_sha256(path)
        if known is None:
            known = sha256_of(path)
            remember_sha256(path, known)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return known == file.sha256


def _message(wanted: FileSet, complaints: list[str]) -> str:
    lines = [f"{wanted.name} could not be fetched."]
    lines += [f"  - {complaint}" for complaint in complaints]
    lines += [f"What to do: {wanted.advice}"]
    return "\n".join(lines)


def _mark_file(wanted: FileSet) -> Path:
    return cache_folder() / "unreachable" / f"{wanted.name}.json"


def _note_unreachable(wanted: FileSet, message: str) -> None:
    _unreachable_here[wanted.name, cache_folder()] = message
    with contextlib.suppress(OSError):  # without the mark, other processes find out for themselves
        write_whole(_mark_file(wanted), json.dumps({"time": time.time(), "message": message}).encode())


def _forget_unreachable(wanted: FileSet) -> None:
    _unreachable_here.pop((wanted.name, cache_folder()), None)
    _mark_file(wanted).unlink(missing_ok=True)
