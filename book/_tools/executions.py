"""The executions that the tests judge and the book shows: what each gave, and whether it still holds.

A chapter is executed once (`execute.py`) and its execution kept below ``_build/executions``: the notebook with all that
it gave, and beside it a JSON file with its key, the files it depends on and the claims it showed. The same notebook
goes into jupyter-cache, where Sphinx finds it, so that Sphinx executes nothing.

The key is a hash over all that an execution depends on: the chapter's code cells, every file of labkit that its kernel
imported or opened, the pinned requirements, Python, the profile, ``LABKIT_STRICT`` and what the data sets are.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from nbformat import NotebookNode
from sphinx_external_toc.parsing import parse_toc_yaml

import labkit
from labkit import datasets
from labkit.store.checks import write_whole

ROOT = Path(__file__).parents[2]
# labkit's files are named from here, so that an execution holds in a checkout that was moved.
LIBRARY = Path(labkit.__file__).parents[1]


def circumstances() -> dict[str, str]:
    """The environment of an execution: quick unless another profile is asked for, and always strict."""
    return {"LABKIT_PROFILE": os.environ.get("LABKIT_PROFILE") or "quick", "LABKIT_STRICT": "1"}


@cache
def _everywhere() -> str:
    """What all chapters depend on, as one hash."""
    facts = [sys.version, datasets.content_key(), *circumstances().values()]
    requirements = (ROOT / "requirements.txt").read_bytes()
    return hashlib.sha256("\0".join(facts).encode() + requirements).hexdigest()


def execution_key(notebook: NotebookNode, files: Iterable[str]) -> str:
    """A hash over all that an execution depends on; prose is not among it.

    Parameters
    ----------
    notebook : NotebookNode
        The chapter; sources and metadata of its code cells count.
    files : iterable of str
        Files of labkit, named from the folder that labkit lies in; one that is missing counts as empty.
    """
    cells = [(cell.source, cell.metadata) for cell in notebook.cells if cell.cell_type == "code"]
    key = hashlib.sha256(f"{_everywhere()}\0{json.dumps(cells, sort_keys=True)}".encode())
    for name in sorted(files):
        path = LIBRARY / name
        key.update(f"\0{name}\0".encode() + (hashlib.sha256(path.read_bytes()).digest() if path.exists() else b""))
    return key.hexdigest()


def library_names(paths: Iterable[str]) -> tuple[str, ...]:
    """Paths as `execution_key` names them, each once and in order."""
    names = {Path(path) for path in paths}
    return tuple(sorted(str(path.relative_to(LIBRARY) if path.is_relative_to(LIBRARY) else path) for path in names))


@dataclass(frozen=True)
class Execution:
    """One execution of a chapter.

    Attributes
    ----------
    key : str
        What it was made from.
    seconds : float
        How long it took.
    files : tuple of str
        The files of labkit that it imported or opened.
    claims : tuple of mapping
        The claims it showed: ``id``, ``verdict``, and ``value`` or the name of a ``record``.
    error : str
        The exception that ended it, if one did.
    """

    key: str
    seconds: float
    files: tuple[str, ...] = ()
    claims: tuple[dict[str, Any], ...] = ()
    error: str = ""


class Executions:
    """The executions of one book: a folder with ``_toc.yml`` and the chapters that it names.

    Parameters
    ----------
    book : Path
        The folder; executions are kept in its ``_build``.
    """

    def __init__(self, book: Path = ROOT) -> None:
        self.book = book
        self.folder = book / "_build" / "executions"
        self._cache = book / "_build" / ".jupyter_cache"

    def chapters(self) -> list[str]:
        """The pages that are notebooks, in the order of the table of contents."""
        return [page for page in parse_toc_yaml(self.book / "_toc.yml") if self.source(page).exists()]

    def source(self, chapter: str) -> Path:
        """The chapter's own file."""
        return self.book / f"{chapter}.ipynb"

    def facts(self, chapter: str) -> Path:
        """The file with all that is kept of an execution but the notebook; it is written last."""
        return self.folder / f"{chapter}.json"

    def find(self, chapter: str) -> Execution | None:
        """The last execution of a chapter, if it still holds; it may have failed."""
        if not self.facts(chapter).exists() or not self._notebook(chapter).exists():
            return None
        stored = json.loads(self.facts(chapter).read_text(encoding="utf-8"))
        execution = Execution(**{**stored, "files": tuple(stored["files"]), "claims": tuple(stored["claims"])})
        notebook = nbformat.read(self.source(chapter), as_version=4)
        if execution.key != execution_key(notebook, execution.files) or not self._sphinx_finds(notebook):
            return None
        return execution

    def executed(self, chapter: str) -> NotebookNode:
        """The chapter with all that its execution gave.

        Raises
        ------
        ValueError
            If it was not executed, or failed, or has changed since.
        """
        execution = self.find(chapter)
        if execution is None or execution.error:
            how = f"failed: {execution.error}" if execution else "is missing, or something changed that it depends on"
            raise ValueError(f"The execution of {chapter} {how}; `make chapters` executes what has to be.")
        return nbformat.read(self._notebook(chapter), as_version=4)

    def keep(self, chapter: str, notebook: NotebookNode, execution: Execution) -> None:
        """Keep an execution here and in jupyter-cache. A failed one as well, lest Sphinx execute the chapter itself."""
        cache, uri = get_cache(self._cache), str(self.source(chapter))
        for earlier in cache.list_cache_records():
            if earlier.uri == uri:
                cache.remove_cache(earlier.pk)
        bundle = CacheBundleIn(notebook, uri, data={"execution_seconds": execution.seconds})
        cache.cache_notebook_bundle(bundle, check_validity=not execution.error, overwrite=True)
        self.facts(chapter).parent.mkdir(parents=True, exist_ok=True)
        write_whole(self._notebook(chapter), nbformat.writes(notebook).encode())
        write_whole(self.facts(chapter), json.dumps(asdict(execution), indent=1, ensure_ascii=False).encode())

    def claims(self) -> dict[str, list[dict[str, Any]]]:
        """What this build's executions gave for each claim: a value, a record, or both."""
        found: dict[str, list[dict[str, Any]]] = {}
        for chapter in self.chapters():
            execution = self.find(chapter)
            for shown in execution.claims if execution else ():
                found.setdefault(shown["id"], []).append(shown)
        return found

    def _notebook(self, chapter: str) -> Path:
        return self.folder / f"{chapter}.ipynb"

    def _sphinx_finds(self, notebook: NotebookNode) -> bool:
        try:
            get_cache(self._cache).match_cache_notebook(notebook)
        except KeyError:
            return False
        return True
