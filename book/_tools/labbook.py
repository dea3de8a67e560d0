"""What the book adds to Sphinx: pages made from claims, records and the build itself, and chapters executed beforehand.

Sphinx executes no chapter. It finds each in jupyter-cache, where `execute.py` put it, and a chapter without a valid
execution stops the build here. Each page notes the files it is made from, and is made anew when one of them changes.
"""

from __future__ import annotations

import platform
import re
import time
from importlib import metadata
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from executions import Executions
from labkit import datasets
from labkit.course import Claim, all_claims, all_records, claims, current_profile, records
from labkit.course.claims import ERRATA, FILE, show
from labkit.course.discovery import chapter_folders

LOGGER = logging.getLogger(__name__)
VERSIONS = ("tensorflow", "keras", "numpy", "scipy", "matplotlib", "scikit-image", "jupyter-book", "sphinx", "nbval")


class Table(SphinxDirective):
    """A directive that writes one table; each kind makes its header and rows, in Markdown."""

    def run(self) -> list[nodes.Node]:
        """Parse the rows as the page's own Markdown, so that links and mathematics work in them."""
        for path in self.sources():
            self.env.note_dependency(str(path))
        header, rows = self.table()
        if not rows:
            return self.parse_text_to_nodes("Nothing yet.")
        lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
        lines += ["| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in rows]
        # A wide table scrolls in its own box on a phone; the page must not.
        table = self.parse_text_to_nodes("\n".join(lines))
        return [nodes.container("", *table, classes=["wide-table", self.name])]

    def sources(self) -> list[Path]:
        """The files that the table is made from."""
        return []

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Header and rows."""
        raise NotImplementedError


def _linked(claim: Claim) -> str:
    """A claim's id, as a link to the chapter that holds it against the code."""
    return f"[{claim.id}](../notebooks/{claim.chapter}.ipynb)"


class Claims(Table):
    """A table of claims with what the executions of this build gave for each; nothing is shown from memory."""

    def sources(self) -> list[Path]:
        """Claims, records, executions, and the code that writes them down."""
        executions = Executions(Path(self.env.srcdir))
        stated = [folder / FILE for folder in chapter_folders().values() if (folder / FILE).exists()]
        shown = [executions.facts(chapter) for chapter in executions.chapters()]
        return [*stated, *shown, *_record_files(), Path(claims.__file__), Path(records.__file__)]

    def given(self) -> dict[str, tuple[str, str]]:
        """What the code gave for each claim, in words, and the verdict of this build."""
        shown = Executions(Path(self.env.srcdir)).claims()
        for id in all_claims().keys() - shown.keys():
            LOGGER.warning("no chapter of this build shows claim %s", id, location=self.env.docname)
        return {id: _given(all_claims()[id], shown[id]) for id in all_claims() if id in shown}


class ClaimsTable(Claims):
    """Every claim, linked to its chapter: what is stated, by whom, the stated value, this build's, the verdict."""

    def table(self) -> tuple[list[str], list[list[str]]]:
        """One row a claim."""
        rows = []
        for id, (value, verdict) in self.given().items():
            claim = all_claims()[id]
            stated = f"{claim.sentence} *{claim.source}*"
            figure = _stated(claim).removeprefix("published ")
            rows.append([_linked(claim), stated, figure or "–", value, f"*{verdict}*"])
        return ["claim", "what is stated", "its figure", "the code gives", "verdict"], rows


def _stated(claim: Claim) -> str:
    """The figure, and whether it is published or an aim; a statement that is true or false has none."""
    no_figure = claim.published is None or isinstance(claim.published, bool)
    return "" if no_figure else f"{claim.word} {show(claim.published)}"


def _given(claim: Claim, shown: list[dict[str, Any]]) -> tuple[str, str]:
    """Value and verdict of what a chapter showed of a claim: a value of this execution, a record, or both.

    The verdict on a value of this execution goes before that on a record, unless the value was not to be tested.
    """
    values, verdicts = [], []
    for entry in sorted(shown, key=lambda entry: ("record" in entry, entry["verdict"] == "not tested here")):
        verdicts.append(entry["verdict"])
        if "record" in entry:
            values.append(f"recorded {all_records()[entry['record']].describe(claim.metric or '')}")
        elif isinstance(claim.published, bool) and entry["value"] is not None:
            values.append("it holds" if entry["value"] else "it does not hold")
        elif entry["value"] is not None:
            values.append(show(entry["value"]))
    tested = [verdict for verdict in verdicts if verdict != "not tested here"]
    return "; ".join(values) or "–", (tested or verdicts)[0]


class ErrataList(Claims):
    """One list of the errata, which its argument names. A card for each claim, so that all of it fits on a phone."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The cards, in the order of the chapters."""
        (errata,) = self.arguments
        if errata not in ERRATA:
            raise self.error(f"errata-list is {errata!r}, allowed are {', '.join(ERRATA)}")
        for path in self.sources():
            self.env.note_dependency(str(path))
        listed = [(all_claims()[id], given) for id, given in self.given().items() if all_claims()[id].errata == errata]
        cards = [
            nodes.container("", *self.parse_text_to_nodes(_erratum(claim, *given)), classes=["erratum"])
            for claim, given in listed
        ]
        return [nodes.container("", *cards, classes=["errata"])]


def _erratum(claim: Claim, value: str, verdict: str) -> str:
    """What is stated and where, both figures, and why they differ, as Markdown."""
    gives = value if value.startswith("recorded") else f"the code gives {value}"
    figures = [_stated(claim), "" if claim.kind == "argued" else gives]
    if isinstance(claim.published, bool):
        figures = [f"checked here: {value}"]
    if verdict not in ("differs", "argued"):
        figures.append(verdict)
    line = " · ".join(f"**{figure}**" for figure in figures if figure)
    transcribed = ", as transcribed" if claim.transcribed else ""
    where = f"*{claim.source}*{transcribed} · {_linked(claim)}"
    return "\n\n".join(part for part in (claim.sentence, where, line, f"Why: {claim.reason}.") if part)


def _record_files() -> list[Path]:
    return sorted(records.records_folder().glob("*.json"))


class RecordsTable(Table):
    """The long runs kept in book/records: their main figure, and what they ran on."""

    def sources(self) -> list[Path]:
        """The records, and the code that reads them."""
        return [*_record_files(), Path(records.__file__)]

    def table(self) -> tuple[list[str], list[list[str]]]:
        """One row a record and seed."""
        rows = []
        for record in all_records().values():
            for seed, run in record.seeds.items():
                made: dict[str, Any] = dict(run["made"])
                metric, value = next(iter(run["metrics"].items()))
                versions = ", ".join(f"{name} {version}" for name, version in made["versions"].items())
                rows.append(
                    [
                        record.title,
                        seed,
                        f"{metric.replace('_', ' ')} {value}",
                        f"{made['seconds']:.0f} s",
                        f"{made['hardware']}, Python {made['python']}, {versions}",
                        made["date"],
                        f"`{record.command}`",
                    ]
                )
        return ["record", "seed", "figure", "time", "ran on", "on", "command"], rows


class BuildTable(Table):
    """What this build of the book ran on; its page is made anew in every build."""

    def table(self) -> tuple[list[str], list[list[str]]]:
        """One row a fact."""
        self.env.metadata[self.env.docname]["of-each-build"] = True
        rows = [
            ["built", time.strftime("%Y-%m-%d", time.gmtime())],
            ["profile and device", str(current_profile())],
            ["system", f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"],
            ["versions", ", ".join(f"{name} {metadata.version(name)}" for name in VERSIONS)],
        ]
        rows += [[f"data: {entry.name}", f"{entry.kind}, {entry.source}"] for entry in datasets.status()]
        return ["fact", "this build"], rows


def refuse_pictures_without_words(app: Sphinx, document: nodes.document) -> None:
    """Warn, and so fail the build, for a picture without alt text. myst-nb puts the file's path where none is given."""
    for image in document.findall(nodes.image):
        alt = image.get("alt", "").strip()
        if not alt or alt == image["uri"] or Path(alt).suffix in (".png", ".svg", ".jpg", ".jpeg", ".gif"):
            LOGGER.warning("a picture has no alt text (mystnb.image.alt in its cell's metadata)", location=image)


UNIT = re.compile(r"(?<=\d) (?=(?:%|×|°|m?s\b|[kMG]B\b))")


def keep_numbers_with_their_units(app: Sphinx, document: nodes.document) -> None:
    """Let no line end between a number and its unit, as in "35 %"; programs and tables stay as they are."""
    for text in list(document.findall(nodes.Text)):
        if isinstance(text.parent, nodes.paragraph) and not isinstance(text.parent.parent, nodes.entry):
            text.parent.replace(text, nodes.Text(UNIT.sub("\N{NO-BREAK SPACE}", text)))


def pages_of_each_build(app: Sphinx, env: BuildEnvironment, *_: set[str]) -> list[str]:
    """The pages that are made anew although none of their sources changed."""
    return [page for page, facts in env.metadata.items() if "of-each-build" in facts]


def refuse_what_was_not_executed(app: Sphinx, env: BuildEnvironment, pages: list[str]) -> None:
    """Stop before a chapter without a valid execution is read: Sphinx would execute it, or show an old one."""
    executions = Executions(Path(app.srcdir))
    missing = [chapter for chapter in executions.chapters() if executions.find(chapter) is None]
    if missing:
        raise ExtensionError(f"not executed, or changed since: {', '.join(missing)}; `make book` executes them first")


def follow_the_execution(app: Sphinx, document: nodes.document) -> None:
    """Make a chapter's page anew after each of its executions, and warn, so fail the build, if it failed."""
    executions = Executions(Path(app.srcdir))
    chapter = app.env.docname
    if not executions.facts(chapter).exists():
        return
    app.env.note_dependency(str(executions.facts(chapter)))
    execution = executions.find(chapter)
    if execution is not None and execution.error:
        LOGGER.warning("its execution failed: %s", execution.error.strip().splitlines()[-1], location=chapter)


def load_each_script_once(app: Sphinx, page: str, template: str, context: dict[str, Any], document: Any) -> None:
    """Drop repeats: Sphinx takes some inline scripts twice, and a second ``const`` of one name is an error."""
    once = {(script.filename or "", *sorted(script.attributes.items())): script for script in context["script_files"]}
    context["script_files"] = list(once.values())


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives, the care for executions, pictures and scripts."""
    app.connect("env-get-outdated", pages_of_each_build)
    app.connect("env-before-read-docs", refuse_what_was_not_executed)
    app.connect("doctree-read", follow_the_execution)
    app.connect("doctree-read", refuse_pictures_without_words)
    app.connect("doctree-read", keep_numbers_with_their_units)
    # Late, when every extension has named its scripts.
    app.connect("html-page-context", load_each_script_once, priority=900)
    directives.register_directive("claims-table", ClaimsTable)
    directives.register_directive("errata-list", ErrataList)
    directives.register_directive("records-table", RecordsTable)
    directives.register_directive("build-table", BuildTable)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
