"""Unpacking zip and tar archives that nobody has vouched for."""

import errno
import lzma
import shutil
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from labkit.store.errors import UnsafeArchive

MAX_BYTES = 4 * 1024**3
MAX_RATIO = 200  # photographs do not shrink at all, IDX files to a half; deflate's own limit, a bomb's, is 1,032
MAX_MEMBERS = 200_000
COPY_BYTES = 1024**2

# What zipfile and tarfile say to a damaged or encrypted archive; gzip and bz2 also raise an OSError without a number.
DAMAGED = (tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError)
# What the operating system says to a name that occurs twice, or as a file and as a folder.
COLLISIONS = (None, errno.EEXIST, errno.ENOTDIR, errno.EISDIR)

Member = tuple[str, IO[bytes] | None]


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
        for count, (name, stream) in enumerate(_members(archive)):
            if count >= MAX_MEMBERS:
                raise UnsafeArchive(f"{archive.name} has more than {MAX_MEMBERS:,} members; it is not unpacked.")
            target = workshop.joinpath(*_safe_parts(archive, name))
            if stream is None:
                target.mkdir(parents=True, exist_ok=True)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            allowance -= _copy(archive, name, stream, target, allowance)
        workshop.chmod(0o755)
        workshop.rename(folder)
    except UnsafeArchive:
        raise
    except (OSError, *DAMAGED) as error:
        if isinstance(error, OSError) and error.errno not in COLLISIONS:
            raise  # a full disk and the like: nothing the archive could be blamed for
        raise UnsafeArchive(f"{archive.name} cannot be unpacked: {error}") from error
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _members(archive: Path) -> Iterator[Member]:
    if tarfile.is_tarfile(archive):  # asked first: a tar that ends with a zip would pass for a zip
        yield from _tar_members(archive)
    elif zipfile.is_zipfile(archive):
        yield from _zip_members(archive)
    else:
        raise UnsafeArchive(f"{archive.name} is neither a zip nor a tar archive, or it is damaged.")


def _zip_members(archive: Path) -> Iterator[Member]:
    with zipfile.ZipFile(archive) as opened:
        for member in opened.infolist():
            kind = stat.S_IFMT(member.external_attr >> 16)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise _refused(archive, member.filename, "it is a link or a device")
            if member.is_dir():
                yield member.filename, None
            else:
                with opened.open(member) as stream:
                    yield member.filename, stream


def _tar_members(archive: Path) -> Iterator[Member]:
    with tarfile.open(archive) as opened:
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
        while chunk := stream.read(COPY_BYTES):
            copied += len(chunk)
            if copied > allowance:
                raise _refused(archive, name, "what comes out is too large for the size of the archive")
            out.write(chunk)
    return copied


def _refused(archive: Path, name: str, reason: str) -> UnsafeArchive:
    return UnsafeArchive(f"{archive.name} is not unpacked: of its member {name!r}, {reason}.")
