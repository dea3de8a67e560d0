"""The edition of the book: as published, or for students, without the solutions of the exercises.

    make book EDITION=student

The chapters stay as they are; a solution is left out where a page, or the notebook that a page offers, is made.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from sphinx.application import Sphinx

EDITIONS = ("", "student")
SOLUTION = re.compile(r"\n*<details>\n<summary>A solution</summary>\n.*?\n</details>", re.S)


def edition() -> str:
    """The edition that is built: ``"student"``, or nothing for the published one.

    Raises
    ------
    ValueError
        If the environment names another.
    """
    named = os.environ.get("EDITION", "")
    if named not in EDITIONS:
        raise ValueError(f"EDITION is {named!r}; allowed is student, or nothing")
    return named


def site_of(folder: Path) -> Path:
    """Where the pages of this edition of the book in ``folder`` come to; the two do not overwrite each other."""
    return folder / "_build" / "student" if edition() == "student" else folder


def without_solutions(notebook: str) -> str:
    """Leave the folded solutions out of the text of a notebook file."""
    read = json.loads(notebook)
    for cell in read["cells"]:
        if cell["cell_type"] == "markdown":
            source = cell["source"]
            cell["source"] = SOLUTION.sub("", source if isinstance(source, str) else "".join(source))
    return json.dumps(read, ensure_ascii=False, indent=1)


def leave_solutions_out(app: Sphinx, page: str, source: list[str]) -> None:
    """Give Sphinx a chapter without its solutions."""
    if app.env.doc2path(page).endswith(".ipynb"):
        source[0] = without_solutions(source[0])


def offer_no_other_notebooks(app: Sphinx, config: object) -> None:
    """Drop the buttons that lead to the repository's chapters, which hold solutions."""
    app.config.html_theme_options |= {"launch_buttons": {}, "use_repository_button": False}


def clean_downloads(app: Sphinx, error: Exception | None) -> None:
    """Leave solutions out of the notebooks that the pages offer."""
    for path in Path(app.outdir, "_sources").rglob("*.ipynb"):
        path.write_text(without_solutions(path.read_text(encoding="utf-8")), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Do nothing for the published edition."""
    if edition() == "student":
        app.connect("config-inited", offer_no_other_notebooks)
        app.connect("source-read", leave_solutions_out)
        app.connect("build-finished", clean_downloads)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
