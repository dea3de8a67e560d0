"""Compare a chapter's execution with what is committed of it, as nbval does.

The judgement is nbval's own: its tests of a notebook's cells run here as they are, with a kernel that executes nothing
and gives what the stored execution gave. Before, the execution goes through the same `strip` that wrote the committed
notebook.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from nbformat import NotebookNode
from nbval.plugin import IPyNbFile, NbCellError

from notebooks import strip


class Replay:
    """Stands for a kernel: to each code cell in turn it answers with the outputs of a stored execution."""

    def __init__(self, notebook: NotebookNode) -> None:
        self._cells = iter([cell for cell in notebook.cells if cell.cell_type == "code"])
        self._messages: list[dict[str, Any]] = []

    def is_alive(self) -> bool:
        """Always."""
        return True

    def execute_cell_input(self, source: str, allow_stdin: bool) -> str:
        """Take the next cell, which must be the one asked for."""
        cell = next(self._cells, None)
        if cell is None or cell.source != source:
            raise LookupError(f"the execution does not have this cell in this place: {source[:60]!r}")
        self._messages = [_message(output.output_type, output) for output in cell.outputs]
        self._messages.append(_message("status", {"execution_state": "idle"}))
        return "replayed"

    def await_reply(self, message: str, timeout: float) -> None:
        """All has come already."""

    def await_idle(self, message: str, timeout: float) -> None:
        """It is idle."""

    def get_message(self, stream: str, timeout: float) -> dict[str, Any]:
        """The next output of the cell, and at its end that the kernel is idle."""
        return self._messages.pop(0)


def _message(kind: str, content: dict[str, Any]) -> dict[str, Any]:
    return {"msg_type": kind, "content": content, "parent_header": {"msg_id": "replayed"}}


def differences(session: pytest.Session, committed: Path, executed: NotebookNode) -> list[str]:
    """What nbval has to say about each cell whose outputs are not those that are committed.

    Parameters
    ----------
    session : pytest.Session
        Of the test that asks: nbval takes its options from there.
    committed : Path
        The chapter.
    executed : NotebookNode
        Its execution, with all that it gave.
    """
    live = copy.deepcopy(executed)
    strip(live)
    file = IPyNbFile.from_parent(session, path=committed)
    cells = list(file.collect())
    file.kernel = Replay(live)
    said = []
    for cell in cells:
        try:
            cell.runtest()
        except (NbCellError, LookupError) as error:
            reason = getattr(error, "inner_traceback", None) or ""
            said.append(f"{cell.name}: {error}\n{cell.cell.source}\n{reason}")
    return said
