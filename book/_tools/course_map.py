"""The map of the course, read from the chapters themselves: what leads to what, and how long each takes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import nbformat
import yaml
from docutils import nodes
from reading_time import minutes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

NUMBER = r"\d+[a-z]?"
NEEDS = re.compile(rf"\bchapters? ((?:{NUMBER})(?:(?:,| and| to) {NUMBER})*)")


@dataclass(frozen=True)
class Stop:
    """A chapter on the map.

    Attributes
    ----------
    page : str
        Its page, below the root.
    number, title : str
        As its first line gives them.
    core, deeper : int
        Minutes.
    needs : tuple of str
        Numbers of the chapters that it asks for.
    """

    page: str
    number: str
    title: str
    core: int
    deeper: int
    needs: tuple[str, ...]


def read(path: Path) -> Stop:
    """What the map needs of a chapter."""
    notebook = nbformat.read(path, as_version=4)
    first = notebook.cells[0].source
    found = re.match(rf"# ({NUMBER})[.] (.+)", first)
    if found is None:
        raise ValueError(f"{path} begins with {first.splitlines()[0]!r}; a chapter begins with '# NUMBER. TITLE'")
    core, deeper = minutes(notebook)
    before = " ".join(first.partition("**Before this chapter**")[2].split())
    return Stop(f"notebooks/{path.stem}", found[1], found[2].partition(":")[0], core, deeper, needed(before))


def needed(sentence: str) -> tuple[str, ...]:
    """The chapters that a sentence names, in order.

    >>> needed("you need chapters 3 to 5: pooling; and chapter 2b (what kernels find)")
    ('3', '4', '5', '2b')
    """
    found: list[str] = []
    for group in NEEDS.findall(sentence):
        first, *others = re.findall(rf"(to )?({NUMBER})", group)
        found.append(first[1])
        for to, number in others:
            found += map(str, range(int(found[-1]) + 1, int(number) + 1)) if to else [number]
    return tuple(dict.fromkeys(found))


def stages(root: Path) -> dict[str, list[Stop]]:
    """The chapters by the parts of the table of contents."""
    parts = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))["parts"]
    files = {part["caption"]: [entry["file"] for entry in part["chapters"]] for part in parts}
    return {
        caption: [read(root / f"{file}.ipynb") for file in listed]
        for caption, listed in files.items()
        if all(file.startswith("notebooks/") for file in listed)
    }


class CourseMap(SphinxDirective):
    """Each part a row, each chapter a card."""

    def run(self) -> list[nodes.Node]:
        """Parse each card as Markdown, so that its link is checked."""
        root = Path(self.env.srcdir)
        rows = []
        for caption, stops in stages(root).items():
            cards = []
            for stop in stops:
                self.env.note_dependency(str(root / f"{stop.page}.ipynb"))
                cards.append(nodes.container("", *self.parse_text_to_nodes(card(stop)), classes=["course-chapter"]))
            heading = nodes.paragraph("", "", nodes.strong("", caption), classes=["course-stage-name"])
            chapters = nodes.container("", *cards, classes=["course-chapters"])
            rows.append(nodes.container("", heading, chapters, classes=["course-stage"]))
        return [nodes.container("", *rows, classes=["course-map"])]


def card(stop: Stop) -> str:
    """A chapter's card, as Markdown."""
    after = f"after {_listed(stop.needs)} · " if stop.needs else ""
    deeper = f" + {stop.deeper}" if stop.deeper else ""
    return f"[**{stop.number}. {stop.title}**](../{stop.page}.ipynb)\n\n{after}{stop.core}{deeper} min"


def _listed(numbers: tuple[str, ...]) -> str:
    return " and ".join([", ".join(numbers[:-1]), numbers[-1]]) if len(numbers) > 1 else numbers[0]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("course-map", CourseMap)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
