"""Execute the chapters that changed, or that depend on something that did, two at a time.

    python book/_tools/execute.py [FOLDER]

FOLDER holds ``_toc.yml`` and the chapters that it names. Each chapter runs in a fresh kernel and an empty folder.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

AT_A_TIME = 2
TIMEOUT = 600  # seconds for one cell

# The last thing that a chapter's kernel does. It runs after the chapter, so that it finds what all cells imported.
TELL_IMPORTS = """
import json, os, sys
modules = [module for name, module in list(sys.modules.items()) if name.split(".")[0] == "labkit"]
files = [module.__file__ for module in modules if getattr(module, "__file__", None)]
with open(os.environ["LABKIT_JOURNAL"], "a", encoding="utf-8") as journal:
    print(json.dumps({"kind": "imported", "paths": files}), file=journal)
"""


@dataclass(frozen=True)
class Run:
    """What came out of one kernel."""

    notebook: NotebookNode
    began: float
    seconds: float
    journal: list[dict[str, Any]]
    error: str = ""

    def files(self) -> list[str]:
        """The files of labkit that the kernel imported or opened."""
        imported = [path for entry in self.journal if entry["kind"] == "imported" for path in entry["paths"]]
        return imported + [entry["path"] for entry in self.journal if entry["kind"] == "opened"]

    def claims(self) -> tuple[dict[str, Any], ...]:
        """The claims that were shown; of one shown twice, the last value and the last record."""
        shown = {(entry["id"], "record" in entry): entry for entry in self.journal if entry["kind"] == "claim"}
        return tuple({name: fact for name, fact in entry.items() if name != "kind"} for entry in shown.values())


def run(path: Path, environment: dict[str, str]) -> Run:
    """Execute one notebook in a fresh kernel and an empty folder."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    notebook.cells.append(new_code_cell(TELL_IMPORTS))
    began, error = time.time(), ""
    with tempfile.TemporaryDirectory() as folder, _text_file() as journal, _text_file() as log:
        settings = {"timeout": TIMEOUT, "kernel_name": "python3", "record_timing": False}
        client = NotebookClient(notebook, resources={"metadata": {"path": folder}}, **settings)
        try:
            # TensorFlow greets on the kernel's own stderr, which is of interest only where the kernel died.
            client.execute(env={**os.environ, **environment, "LABKIT_JOURNAL": journal.name}, stderr=log)
        except (CellExecutionError, CellTimeoutError) as failure:
            error = str(failure)
        except (DeadKernelError, AssertionError) as failure:  # nbclient may clear up twice after a kernel that died
            error = f"{str(failure) or 'the kernel died'}\n{log.read()[-2000:]}"
        notebook.cells.pop()
        return Run(notebook, began, round(time.time() - began, 1), [json.loads(line) for line in journal], error)


def _text_file() -> IO[str]:
    return tempfile.NamedTemporaryFile("r+", encoding="utf-8")


def execute(book: Path, chapters: Iterable[str] | None = None) -> list[str]:
    """Execute those chapters of a book whose last execution no longer holds, and say so line by line.

    Parameters
    ----------
    book : Path
        The folder with ``_toc.yml``.
    chapters : iterable of str, optional
        Pages, such as ``"notebooks/02_convolution"``; all by default.

    Returns
    -------
    list of str
        The chapters that failed. One that has failed is executed again each time.
    """
    # Here, because the processes that execute import this module and have no use for it.
    from executions import Execution, Executions, circumstances, execution_key, library_names

    executions = Executions(book)
    due = []
    for chapter in executions.chapters() if chapters is None else chapters:
        standing = executions.find(chapter)
        if standing is None or standing.error:
            due.append(chapter)
    failed = []
    # Fresh processes: a forked one would share the sockets of its parent's kernels.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(AT_A_TIME, mp_context=context) as pool:
        running = {pool.submit(run, executions.source(chapter), circumstances()): chapter for chapter in due}
        for done in as_completed(running):
            chapter, came = running[done], done.result()
            files = library_names(came.files())
            key = "changed meanwhile" if _written_since(came.began, files) else execution_key(came.notebook, files)
            executions.keep(chapter, came.notebook, Execution(key, came.seconds, files, came.claims(), came.error))
            print(f"{chapter}: {'failed after' if came.error else 'executed in'} {came.seconds:.0f} s", flush=True)
            if came.error:
                print(came.error, flush=True)
                failed.append(chapter)
    return failed


def _written_since(moment: float, files: Iterable[str]) -> bool:
    """Whether somebody wrote one of these files while the kernel ran: it may have read the earlier one."""
    from executions import LIBRARY

    return any((LIBRARY / name).stat().st_mtime > moment for name in files)


def main(arguments: list[str]) -> int:
    """Execute what has to be, and fail if a chapter does."""
    from executions import ROOT

    return 1 if execute(Path(arguments[0]).resolve() if arguments else ROOT) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
