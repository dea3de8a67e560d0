"""What a chapter's kernel notes for who executes it: the claims it showed, the files of labkit that it opened, and
where it took the full side of a choice.

It notes them only where the environment names a file, ``LABKIT_JOURNAL``, which gets one JSON object a line. The book
is made from these notes: its claims page shows the values of this very execution, and a chapter is executed again when
a file changed that it opened or imported.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

VARIABLE = "LABKIT_JOURNAL"


def note(kind: str, **facts: Any) -> None:
    """Append one fact to the journal, if there is one.

    Parameters
    ----------
    kind : str
        ``"claim"``, ``"opened"`` or ``"picked"``.
    **facts
        What JSON can hold, and NumPy's numbers and arrays.
    """
    path = os.environ.get(VARIABLE)
    if path:
        with Path(path).open("a", encoding="utf-8") as journal:
            journal.write(json.dumps({"kind": kind, **facts}, default=_plain, ensure_ascii=False) + "\n")


def note_opened(path: Path) -> None:
    """Note a file of labkit, other than a module, that what the chapter shows depends on."""
    note("opened", path=str(path))


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else str(value)
