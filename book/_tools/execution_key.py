"""Drop the book's execution cache when something changed that the chapters import.

jupyter-cache executes a chapter again when its code cells changed. It cannot see that labkit changed under it, so this
runs before every build: it hashes labkit, the pinned requirements, the profile and the data at hand, and empties the
cache unless it was filled under the same hash.

    python book/_tools/execution_key.py _build/.jupyter_cache
"""

from __future__ import annotations

import hashlib
import shutil
import sys
from pathlib import Path

from labkit import datasets
from labkit.training import current_profile

ROOT = Path(__file__).parents[2]


def execution_key(root: Path = ROOT) -> str:
    """A hash over everything but the notebooks that a chapter's outputs depend on."""
    sources = sorted(path for folder in ("labkit", "book/records") for path in (root / folder).rglob("*") if _counts(path))
    key = hashlib.sha256()
    for path in [*sources, root / "requirements.txt"]:
        key.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes() + b"\0")
    key.update(f"{sys.version}\0{current_profile()}\0{datasets.content_key()}".encode())
    return key.hexdigest()


def _counts(path: Path) -> bool:
    return path.suffix in (".py", ".yml", ".json")


def main(cache: Path) -> None:
    """Keep the cache if it belongs to the present key, else start an empty one."""
    stamp = cache / "labkit-key"
    key = execution_key()
    if stamp.exists() and stamp.read_text() == key:
        return
    shutil.rmtree(cache, ignore_errors=True)
    cache.mkdir(parents=True)
    stamp.write_text(key)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
