"""Unpacking zip and tar archives that nobody has vouched for."""

import bz2
import errno
import gzip
import lzma
import shutil
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import IO, Any, TypeVar

from labkit.store.errors import UnsafeArchive

MAX_BYTES = 4 * 1024**3
MAX_RATIO = 200  # photographs do not shrink at all, IDX files to a half; deflate's own limit, a bomb's, is 1,032
MAX_MEMBERS = 200_000
MAX_TAR_HEADER = 64 * 1024  # bytes of a long name or of PAX's notes on a member; real ones have a few hundred
COPY_BYTES = 1024**2

# What the operating system says to a name that occurs twice, as a file and as a folder, or that it cannot write.
BAD_NAMES = (errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ)

Member = tuple[str, IO[bytes] | None]
Result = TypeVar("Result")


def unpack(archive: Path, folder: Path, *, max_bytes: int = MAX_BYTES) -> None:
    """Unpack a zip or tar archive into a new folder, whole or not at all.

    Sizes are counted as they are written: what an archive says of itself is not believed.

    Parameters
    ----------
    archive : pathlib.Path
        The archive; its kind is read from its content, not from its name.
    folder : pathlib.Path
        Where to; must not exist yet. Its parent must.
    max_bytes : int
        Largest total size of what comes out.

    Raises
    ------
    UnsafeArchive
        If it is no archive or a damaged one; if a member would land outside the folder, is a link or a device, or
        occurs twice; or if more comes out than `max_bytes`, or than 200 times the size of the archive.
    FileExistsError
        If `folder` exists.

    Examples
    --------
    >>> import pathlib, tempfile, zipfile
    >>> place = pathlib.Path(tempfile.mkdtemp())
    >>> with zipfile.ZipFile(place / "pets.zip", "w") as archive:
    ...     archive.writestr("PetImages/Cat/0.txt", "meow")
    >>> unpack(place / "pets.zip", place / "pets")
    >>> (place / "pets/PetImages/Cat/0.txt").read_text()
    'meow'
    """
    archive, folder = Path(archive), Path(folder)
    if folder.exists():
        raise FileExistsError(f"folder={str(folder)!r} exists already; archives are unpacked into a new folder.")
    allowance = min(max_bytes, max(COPY_BYTES, MAX_RATIO * archive.stat().st_size))
    workshop = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".incoming-"))
    try:
        members, count = _members(archive, allowance), 0
        while (member := _read(archive, lambda: next(members, None))) is not None:
            name, stream = member
            if (count := count + 1) > MAX_MEMBERS:
                raise UnsafeArchive(f"{archive.name} has more than {MAX_MEMBERS:,} members; it is not unpacked.")
            allowance -= _put(archive, name, stream, workshop, allowance)
        workshop.chmod(0o755)
        workshop.rename(folder)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _read(archive: Path, work: Callable[[], Result]) -> Result:
    """Do something that reads the archive: whatever goes wrong then is the archive's fault.

    Damage leads zipfile and tarfile astray in any way there is, from BadZipFile to IndexError and UnicodeDecodeError.
    """
    try:
        return work()
    except (UnsafeArchive, MemoryError):
        raise
    except Exception as error:
        raise UnsafeArchive(f"{archive.name} cannot be unpacked: {error or type(error).__name__}") from error


def _put(archive: Path, name: str, stream: IO[bytes] | None, workshop: Path, allowance: int) -> int:
    """Write one member; return its size. A full disk and the like are no fault of the archive, and pass as they are."""
    target = workshop.joinpath(*_safe_parts(archive, name))
    try:
        if stream is None:
            target.mkdir(parents=True, exist_ok=True)
            return 0
        target.parent.mkdir(parents=True, exist_ok=True)
        return _copy(archive, name, stream, target, allowance)
    except OSError as error:
        if error.errno not in BAD_NAMES:
            raise
        raise UnsafeArchive(f"{archive.name} cannot be unpacked: {error}") from error
    except UnicodeEncodeError as error:  # a name that the file system's encoding does not have
        raise UnsafeArchive(f"{archive.name} cannot be unpacked: {error}") from error


def _members(archive: Path, allowance: int) -> Iterator[Member]:
    # Tar is asked first: a tar that ends with a zip would pass for a zip.
    for opener in (open, gzip.open, bz2.open, lzma.open):
        with opener(archive, "rb") as stream:
            opened = _as_tar(archive, stream, allowance)
            if opened is not None:
                yield from _tar_members(archive, opened)
                return
    if not zipfile.is_zipfile(archive):
        raise UnsafeArchive(f"{archive.name} is neither a zip nor a tar archive, or it is damaged.")
    yield from _zip_members(archive)


def _zip_members(archive: Path) -> Iterator[Member]:
    with zipfile.ZipFile(archive) as opened:
        for member in opened.infolist():
            kind = stat.S_IFMT(member.external_attr >> 16)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise _refused(archive, member.filename, "it is a link or a device")
            name = member.filename.replace("\\", "/")  # as some programs on Windows write it
            if name.endswith("/"):
                yield name, None
            else:
                with opened.open(member) as stream:
                    yield name, stream


class _Counted:
    """A stream that ends with an error when more comes out of it than is allowed; headers and padding count as well."""

    def __init__(self, archive: Path, stream: IO[bytes], allowance: int) -> None:
        self.archive, self.stream, self.left = archive, stream, allowance

    def read(self, size: int) -> bytes:
        chunk = self.stream.read(size)
        self.left -= len(chunk)
        if self.left < 0:
            raise UnsafeArchive(f"{self.archive.name} is not unpacked: what comes out is too large for its size.")
        return chunk


class _Header(tarfile.TarInfo):
    """A header whose notes (a long name, PAX's records) are of a size that a real archive may have."""

    archive = ""

    def _proc_member(self, tarfile_: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type in NOTES and self.size > MAX_TAR_HEADER:
            said = f"it has a header of {self.size:,} bytes; allowed are {MAX_TAR_HEADER:,}"
            raise UnsafeArchive(f"{self.archive} is not unpacked: {said}.")
        return super()._proc_member(tarfile_)  # type: ignore[misc]


NOTES = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)


def _as_tar(archive: Path, stream: Any, allowance: int) -> tarfile.TarFile | None:
    """Open a stream as a tar archive, to be read from front to back; None if it is none."""
    # Headers and padding may together take as much room as what is unpacked, and the end mark fills a record.
    counted: Any = _Counted(archive, stream, 2 * allowance + 2 * tarfile.RECORDSIZE)
    with suppress(tarfile.ReadError, EOFError, OSError, zlib.error, lzma.LZMAError):
        # tarfile makes its headers itself: what they are to say in an error comes with their class.
        header = type("Header", (_Header,), {"archive": archive.name})
        return tarfile.open(fileobj=counted, mode="r|", tarinfo=header)
    return None


def _tar_members(archive: Path, opened: tarfile.TarFile) -> Iterator[Member]:
    with opened:
        for member in opened:
            if member.isdir():
                yield member.name, None
            elif member.isreg():
                yield member.name, opened.extractfile(member)
            else:
                raise _refused(archive, member.name, "it is a link or a device")
        # tarfile stops at the end mark; only reading on to the very end has gzip and xz compare their checksums.
        if opened.fileobj is not None and len(opened.fileobj.read(COPY_BYTES)) == COPY_BYTES:
            raise UnsafeArchive(f"{archive.name} cannot be unpacked: it goes on after its end mark.")


def _safe_parts(archive: Path, name: str) -> tuple[str, ...]:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or "\0" in name:
        raise _refused(archive, name, "it would land outside the folder")
    return path.parts


def _copy(archive: Path, name: str, stream: IO[bytes], target: Path, allowance: int) -> int:
    copied = 0
    with open(target, "xb") as out:
        while chunk := _read(archive, lambda: stream.read(COPY_BYTES)):
            copied += len(chunk)
            if copied > allowance:
                raise _refused(archive, name, "what comes out is too large for the size of the archive")
            out.write(chunk)
    return copied


def _refused(archive: Path, name: str, reason: str) -> UnsafeArchive:
    return UnsafeArchive(f"{archive.name} is not unpacked: of its member {name!r}, {reason}.")
