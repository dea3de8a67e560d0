"""How long a chapter takes, by one rule, held against readers who had never seen the book.

A minute for 180 words, one for a figure or table, three for a code cell that teaches, six for an exercise; rounded up
to ten. Sections whose heading begins with *Going deeper* are counted apart: the core path never needs them. In the
opening chapter code is looked at, not worked through, and counts nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from itertools import pairwise

from nbformat import NotebookNode

WORDS_A_MINUTE = 180
FIGURE, TEACHING_CELL, EXERCISE = 1, 3, 6
CORE_AT_MOST = 60
OPENING = "# 0. "  # how the opening chapter begins

HEADING = re.compile(r"^(#{1,6}) +(.*)$", re.M)
DEEPER = re.compile(r"Going deeper\b")
TIME = re.compile(r"\*\*Time:\*\* .*?(?=\s\*\*Before)", re.S)


def minutes(notebook: NotebookNode) -> tuple[int, int]:
    """Minutes for the core path and for what goes deeper, each rounded up to ten."""
    teaching_cell = 0 if notebook.cells[0].source.startswith(OPENING) else TEACHING_CELL
    core, deeper = parts(notebook)
    return _rounded(core, teaching_cell), _rounded(deeper, teaching_cell)


def _rounded(cells: list[NotebookNode], teaching_cell: int) -> int:
    return 10 * math.ceil(_minutes(cells, teaching_cell) / 10)


def _minutes(cells: Iterable[NotebookNode], teaching_cell: int) -> float:
    """What the rule gives for some cells, without rounding."""
    total = 0.0
    for cell in cells:
        tags, part = cell.metadata.get("tags", []), cell.metadata.get("labkit", {}).get("part")
        if part in ("prompt", "stub", "help"):
            total += EXERCISE * (part == "stub")
        elif cell.cell_type == "markdown":
            total += len(cell.source.split()) / WORDS_A_MINUTE
            total += FIGURE * len(re.findall(r"^\s*\|[\s:|-]+\|\s*$|!\[", cell.source, re.M))
        else:
            total += FIGURE * ("mystnb" in cell.metadata)
            total += teaching_cell * ("hide-input" not in tags and not cell.source.startswith("check("))
    return total


def parts(notebook: NotebookNode) -> tuple[list[NotebookNode], list[NotebookNode]]:
    """The cells of the core path, and those that go deeper. A cell that holds both is cut at the heading."""
    core: list[NotebookNode] = []
    deeper: list[NotebookNode] = []
    level = 0  # of the heading *Going deeper* that we are under; 0 for the core path
    for cell in notebook.cells:
        for piece in _at_headings(cell):
            heading = HEADING.match(piece.source) if piece.cell_type == "markdown" else None
            if heading and (not level or len(heading[1]) <= level):
                level = len(heading[1]) if DEEPER.match(heading[2]) else 0
            (deeper if level else core).append(piece)
    return core, deeper


def _at_headings(cell: NotebookNode) -> list[NotebookNode]:
    """The pieces of a Markdown cell that each begin with a heading; a code cell as it is."""
    if cell.cell_type != "markdown" or cell.metadata.get("labkit", {}).get("part"):
        return [cell]
    places = sorted({0, *(heading.start() for heading in HEADING.finditer(cell.source)), len(cell.source)})
    pieces = []
    for begin, end in pairwise(places):
        piece = NotebookNode(cell_type="markdown", metadata=NotebookNode(), source=cell.source[begin:end])
        pieces.append(piece)
    return pieces


def stated(notebook: NotebookNode) -> str:
    """The words in which a chapter states its time."""
    core, deeper = minutes(notebook)
    return f"**Time:** {core} minutes" + (f"; {deeper} more for *Going deeper*." if deeper else ".")


def state(notebook: NotebookNode) -> None:
    """Write the time into the chapter's first cell, in place, where it states one in the form of a chapter."""
    first = notebook.cells[0]
    first.source = TIME.sub(stated(notebook), first.source, count=1)
