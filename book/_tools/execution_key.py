"""Drop the book's execution cache when something changed that the chapters import.

jupyter-cache executes a chapter again when its code cells changed. It cannot see that labkit changed under it, so this
runs before every build: it hashes labkit, the records, the pinned requirements, the profile and the data at hand, and
empties the cache unless it was filled under the same hash.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
from pathlib import Path

import labkit
from labkit import datasets
from labkit.course import current_profile
from labkit.course.records import records_folder

ROOT = Path(__file__).parents[2]


def execution_key() -> str:
    """A hash over everything but the notebooks that a chapter's outputs depend on."""
    package = Path(labkit.__file__).parent
    sources = [path for path in package.rglob("*") if path.suffix in (".py", ".yml")]
    sources += [*records_folder().glob("*.json"), ROOT / "requirements.txt"]
    key = hashlib.sha256(f"{sys.version}\0{current_profile()}\0{datasets.content_key()}".encode())
    for path in sorted(sources):
        key.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return key.hexdigest()


def drop_stale_executions(cache: Path) -> None:
    """Keep the cache if it belongs to the present key, else start an empty one."""
    stamp = cache / "labkit-key"
    key = execution_key()
    if stamp.exists() and stamp.read_text() == key:
        return
    shutil.rmtree(cache, ignore_errors=True)
    cache.mkdir(parents=True)
    stamp.write_text(key)
