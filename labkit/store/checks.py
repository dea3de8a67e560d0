"""SHA-256 checks, and the memory of what was checked."""

import contextlib
import hashlib
import json
import os
import secrets
from pathlib import Path
from typing import Any

from labkit.store.places import cache_folder


def sha256_of(path: Path) -> str:
    """Compute the SHA-256 of a file's bytes, as 64 hexadecimal digits.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "greeting.txt"
    >>> _ = file.write_bytes(b"Hello")
    >>> sha256_of(file)[:16]
    '185f8db32271fe25'
    """
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def remembered_sha256(path: Path) -> str | None:
    """Give the hash noted for a file, if its size and time of change are still those of the note."""
    return _note_on(path).get("sha256")


def source_of(path: Path) -> str | None:
    """Give the source that a file of the cache was fetched from, if that was noted and the file is unchanged."""
    return _note_on(path).get("source")


def remember_sha256(path: Path, sha256: str, source: str | None = None) -> None:
    """Note a file's hash in the cache; where the cache cannot be written, the hash is computed again next time."""
    now = path.stat()
    note = {"file": str(path), "size": now.st_size, "mtime_ns": now.st_mtime_ns, "sha256": sha256, "source": source}
    with contextlib.suppress(OSError):
        write_whole(_note_file(path), json.dumps(note).encode())


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: no reader ever sees half of it, and an interruption leaves the earlier one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".incoming-{secrets.token_hex(8)}")
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def _note_on(path: Path) -> dict[str, Any]:
    try:
        note = json.loads(_note_file(path).read_text())
        now = path.stat()
        return note if (note["size"], note["mtime_ns"]) == (now.st_size, now.st_mtime_ns) else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _note_file(path: Path) -> Path:
    key = hashlib.sha256(os.fsencode(path.absolute())).hexdigest()[:20]
    return cache_folder() / "checked" / f"{key}.json"
