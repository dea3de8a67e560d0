"""Make the book one's own: its address, wherever a reader is sent to it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from labkit.course.scaffold import CLONE
from labkit.store.checks import write_whole

ADDRESS = re.compile(r"https://[\w.-]+(:\d+)?(/[\w.-]+){2,}")
BRANCH = re.compile(r"[\w][\w./-]*")


def adopt(address: str, branch: str | None = None, clone: Path = CLONE) -> list[Path]:
    """Let buttons, set-up cells and citation lead to another repository; return the files that changed.

    ``python -m labkit adopt https://github.com/me/my-book`` does this for the clone that it stands in. The address is
    written into ``_config.yml``, which the buttons of each page follow, and into ``CITATION.cff``; then the set-up cell
    of each chapter is made anew. Nothing is executed: what a chapter computes does not depend on where it lives.

    Parameters
    ----------
    address : str
        Of the repository, as a browser shows it.
    branch : str, optional
        The branch or tag that Colab installs labkit from; the one that stands there by default.
    clone : Path
        Root of the clone.

    Raises
    ------
    ValueError
        If it is no address of a repository or no name of a branch, or if this is not a clone of the book.
    """
    address = str(address).strip().rstrip("/").removesuffix(".git")
    if not ADDRESS.fullmatch(address):
        raise ValueError(f"address is {address!r}; allowed is that of a repository: https://github.com/me/my-book")
    if branch is not None and not BRANCH.fullmatch(branch):
        raise ValueError(f"branch is {branch!r}; allowed is the name of a branch or tag, such as main")
    config, citation = clone / "_config.yml", clone / "CITATION.cff"
    if not config.is_file() or not (clone / "notebooks").is_dir():
        raise ValueError(f"{clone} holds no notebooks; this works in a clone of the book")

    before = {path: path.read_bytes() for path in (config, citation, *sorted((clone / "notebooks").glob("*.ipynb")))}
    _set(config, r"(?m)^(repository:\n  url: ).*$", address)
    _set(citation, r"(?m)^(repository-code: ).*$", address)
    if branch is not None:
        _set(config, r"(?m)^(  branch: ).*$", branch)
    tool = clone / "book" / "_tools" / "notebooks.py"
    subprocess.run([sys.executable, str(tool), "--set-up"], cwd=clone, check=True)
    return [path for path, text in before.items() if path.read_bytes() != text]


def _set(path: Path, entry: str, value: str) -> None:
    """Replace what follows the entry, which must stand there once."""
    text, found = re.subn(entry, lambda match: match[1] + value, path.read_text(encoding="utf-8"))
    if found != 1:
        raise ValueError(f"{path.name} should have one line that fits {entry!r}, and has {found}")
    write_whole(path, text.encode())
