"""Sphinx directives for the pages that are made by the build: claims, errata, records, and how the build ran."""

from __future__ import annotations

import platform
import time
from importlib import metadata
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from labkit import datasets
from labkit.course import Claim, all_claims, all_records, current_profile
from labkit.course.claims import show

LOGGER = logging.getLogger(__name__)
VERSIONS = ("tensorflow", "keras", "numpy", "scipy", "matplotlib", "scikit-image", "jupyter-book", "sphinx", "nbval")


class Table(SphinxDirective):
    """A directive that writes one table; each kind makes its header and rows, in Markdown."""

    def run(self) -> list[nodes.Node]:
        """Parse the rows as the page's own Markdown, so that links and mathematics work in them."""
        header, rows = self.table()
        if not rows:
            return self.parse_text_to_nodes("Nothing yet.")
        lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
        lines += ["| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in rows]
        # A wide table scrolls in its own box on a phone; the page must not.
        table = self.parse_text_to_nodes("\n".join(lines))
        return [nodes.container("", *table, classes=["wide-table", self.name])]

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Header and rows."""
        raise NotImplementedError


def _linked(claim: Claim) -> str:
    """A claim's id, as a link to the chapter that holds it against the code."""
    return f"[{claim.id}](../notebooks/{claim.chapter}.ipynb)"


class ClaimsTable(Table):
    """Every claim, linked to its chapter: what is stated, by whom, the published value and what the code must give."""

    def table(self) -> tuple[list[str], list[list[str]]]:
        """One row a claim."""
        rows = [
            [
                _linked(claim),
                f"{claim.sentence} *{claim.source}*",
                _published(claim),
                _given(claim),
                f"*{claim.verdict}*",
            ]
            for claim in all_claims().values()
        ]
        return ["claim", "what is stated", "published", "the code gives", "verdict"], rows


def _published(claim: Claim) -> str:
    """The figure; a statement that is true or false has none."""
    return "–" if claim.published is None or isinstance(claim.published, bool) else show(claim.published)


def _given(claim: Claim) -> str:
    if claim.kind == "argued":
        return "–"
    if isinstance(claim.published, bool):
        return "it holds" if claim.expected else "it does not hold"
    if claim.kind == "exact":
        return show(claim.expected)
    record = all_records().get(claim.record or "")
    if record is None or claim.metric is None:
        return f"between {claim.band[0]} and {claim.band[1]}"  # type: ignore[index]
    return f"recorded {record.describe(claim.metric)}"


class ErrataTable(Table):
    """The claims that do not hold as published."""

    def table(self) -> tuple[list[str], list[list[str]]]:
        """One row a mistake."""
        wrong = [claim for claim in all_claims().values() if claim.verdict in ("differs", "unexplained")]
        rows = [
            [
                _linked(claim),
                f"{claim.sentence} *{claim.source}*",
                _published(claim),
                f"{_given(claim)}: {claim.reason}",
            ]
            for claim in wrong
        ]
        return ["claim", "what is stated", "published", "the code gives, and why"], rows


class RecordsTable(Table):
    """The long runs kept in book/records: their main figure, and what they ran on."""

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
    """What this build of the book ran on."""

    def table(self) -> tuple[list[str], list[list[str]]]:
        """One row a fact."""
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


def load_each_script_once(app: Sphinx, page: str, template: str, context: dict[str, Any], document: Any) -> None:
    """Drop repeats: Sphinx takes some inline scripts twice, and a second ``const`` of one name is an error."""
    once = {(script.filename or "", *sorted(script.attributes.items())): script for script in context["script_files"]}
    context["script_files"] = list(once.values())


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives, the test of the pictures and the care for scripts."""
    app.connect("doctree-read", refuse_pictures_without_words)
    # Late, when every extension has named its scripts.
    app.connect("html-page-context", load_each_script_once, priority=900)
    directives.register_directive("claims-table", ClaimsTable)
    directives.register_directive("errata-table", ErrataTable)
    directives.register_directive("records-table", RecordsTable)
    directives.register_directive("build-table", BuildTable)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
