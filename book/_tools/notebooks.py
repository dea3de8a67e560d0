"""Execute the chapters that changed, and write all back in the one form that is committed.

    python book/_tools/notebooks.py [NOTEBOOK ...]
    python book/_tools/notebooks.py --set-up    # only make the set-up cells anew, without executing

What does not have to be executed is not: the outputs come from the last execution that still holds (`executions.py`).

A chapter is written by hand but for what comes from elsewhere, so that it cannot drift: its set-up cell; around each
``check("id", name)`` the exercise's prompt, stub, a wrong answer, hints and solution, which come from labkit's bank;
the time it states; and the marks that fold a cell.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import nbformat
import yaml
from folding import fold
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbval.plugin import coalesce_streams
from reading_time import state
from wrong_answers import solution, wrong_answer

from labkit import __version__
from labkit.course import Exercise, all_claims, all_exercises
from labkit.course.discovery import shown_number
from labkit.store.checks import write_whole

ROOT = Path(__file__).parents[2]
CHAPTERS = ROOT / "notebooks"
IGNORE = "nbval-ignore-output"

CHECK = re.compile(r"""^check\(["']([\w-]+)["'], \w+\)""", re.M)
QUOTED = re.compile(r"""["']([\w-]+)["']""")
# Cells whose output depends on the machine, on training, or on a random id in a page.
VARYING = re.compile(r"(?<!ImageOps)\.fit\(|\bshow_quiz\(|\bstart\(")


def repository() -> tuple[str, str]:
    """Address and branch or tag of the book's repository, as ``_config.yml`` names them."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    return config["repository"]["url"], config["repository"]["branch"]


def setup_source() -> str:
    """The set-up cell of every chapter.

    It installs where labkit is missing, and there only: where labkit is and something that it needs is not, the error
    says what, and nothing is replaced.
    """
    url, branch = repository()
    return f"""\
# Set-up, the same in every chapter. Where labkit is missing, as on Colab, it is installed first.
try:
    from labkit.course import start
except ModuleNotFoundError as error:
    if error.name != "labkit":
        raise
    %pip install -q "cnn-labkit[pretrained] @ git+{url}@{branch}"
    from labkit.course import start
profile = start(version="{__version__}")"""


def release_problems(tags: Iterable[str]) -> list[str]:
    """What keeps a commit with these tags from being the releases that they name (``v1.2.0``); empty if nothing.

    A reader who opens a chapter of a release on Colab gets labkit from its set-up cell: it has to be that release's.
    """
    (_, branch), found = repository(), []
    for tag in tags:
        if re.fullmatch(r"v\d[\w.]*", tag):
            if branch != tag:
                found.append(f"the set-up cells install {branch}, not {tag}: labkit adopt ADDRESS --branch {tag}")
            if tag != f"v{__version__}":
                found.append(f"labkit says that it is {__version__}, and the tag {tag}")
    return found


def prompt_source(exercise: Exercise, number: int) -> str:
    """The Markdown cell that poses an exercise."""
    return f"### Exercise {shown_number(exercise.chapter)}.{number}: {exercise.title}\n\n{exercise.prompt}"


def help_source(exercise: Exercise) -> str:
    """The Markdown cell with a wrong answer; hints and solution are folded away, as HTML, which all homes fold."""
    folds = [(f"Hint {place}", text) for place, text in enumerate(exercise.hints, start=1)]
    folds.append(("A solution", f"```python\n{solution(exercise)}\n```"))
    folded = [f"<details>\n<summary>{summary}</summary>\n\n{text}\n\n</details>" for summary, text in folds]
    return "\n\n".join([wrong_answer(exercise), *folded])


def refresh(notebook: NotebookNode) -> None:
    """Bring the set-up cell and the exercises up to date, in place."""
    cells: list[NotebookNode] = []
    made = {cell.id: cell for cell in notebook.cells}
    numbers = 0
    for cell in notebook.cells:
        part = cell.metadata.get("labkit", {}).get("part")
        if part in ("prompt", "stub", "help"):
            continue  # made anew around the exercise's check
        if cell.cell_type == "code" and "setup" in cell.metadata.get("tags", []):
            cell.source = setup_source()
            cell.metadata.tags = ["setup", "hide-input", IGNORE]
        found = CHECK.search(cell.source) if cell.cell_type == "code" else None
        if not found:
            cells.append(cell)
            continue
        exercise = all_exercises()[found[1]]
        numbers += 1
        cell.source = f'check("{exercise.id}", {exercise.name})'
        cells += [
            _exercise_cell(made, new_markdown_cell(prompt_source(exercise, numbers)), exercise, "prompt"),
            _exercise_cell(made, new_code_cell(exercise.stub.rstrip(), metadata={"tags": ["stub"]}), exercise, "stub"),
            cell,
            _exercise_cell(made, new_markdown_cell(help_source(exercise)), exercise, "help"),
        ]
    notebook.cells = cells
    for cell in notebook.cells:
        if cell.cell_type == "code" and _varies(cell):
            tags = cell.metadata.setdefault("tags", [])
            if IGNORE not in tags:
                tags.append(IGNORE)
        if cell.cell_type == "code":
            fold(cell)
    state(notebook)


def _exercise_cell(made: dict[str, NotebookNode], cell: NotebookNode, exercise: Exercise, part: str) -> NotebookNode:
    """The cell as the bank has it now; the one that stands already, with its execution count, if it says the same."""
    cell.id = f"{exercise.id}-{part}"
    cell.metadata["labkit"] = {"exercise": exercise.id, "part": part}
    standing = made.get(cell.id)
    if standing is None or standing.source != cell.source:
        return cell
    standing.metadata = cell.metadata
    return standing


def claims_in(cell: NotebookNode) -> list[str]:
    """The ids of the claims that a code cell shows."""
    return [id for id in QUOTED.findall(cell.source) if id in all_claims()] if cell.cell_type == "code" else []


def _varies(cell: NotebookNode) -> bool:
    measured = any(all_claims()[id].kind == "measured" for id in claims_in(cell)) and "recorded" not in cell.source
    return measured or bool(VARYING.search(cell.source))


def strip(notebook: NotebookNode) -> None:
    """Leave of the outputs what is the same on every machine, in place.

    That is text, where the tests compare it: nothing of cells whose output is ignored, no images, no warnings, and no
    HTML where text says the same.
    """
    notebook.metadata = NotebookNode(
        kernelspec={"display_name": "Python 3", "language": "python", "name": "python3"},
        language_info={"name": "python"},
        labkit={"sources": digest(notebook)},
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    count = 0
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type != "code":
            continue
        count += 1
        cell.execution_count = count if cell.execution_count else None
        # A kernel sends what is printed in as many pieces as time allowed.
        cell.outputs = coalesce_streams(list(_kept(cell)))


def _kept(cell: NotebookNode) -> Iterator[NotebookNode]:
    ignored = IGNORE in cell.metadata.get("tags", [])
    for output in cell.outputs:
        if ignored and output.output_type != "error":
            continue
        if output.output_type == "stream" and output.name == "stderr":
            continue
        if "data" in output:
            for kind in [kind for kind in output.data if kind.startswith(("image/", "application/"))]:
                del output.data[kind]
            if "text/plain" in output.data:
                output.data.pop("text/html", None)
            output.metadata = NotebookNode()
            if not output.data:
                continue
        if "execution_count" in output:
            output.execution_count = cell.execution_count
        yield output


def digest(notebook: NotebookNode) -> str:
    """A hash over what was executed; a chapter that was edited and not executed again betrays itself by it."""
    sources = json.dumps([(cell.cell_type, cell.source) for cell in notebook.cells])
    return hashlib.sha256(sources.encode()).hexdigest()[:16]


def problems(notebook: NotebookNode) -> list[str]:
    """What keeps a committed chapter from being what ``make notebooks`` writes; empty if nothing."""
    found = []
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if notebook.metadata.get("labkit", {}).get("sources") != digest(notebook):
        found.append("a cell was changed after the last execution")
    if [cell.execution_count for cell in code] != list(range(1, len(code) + 1)):
        found.append("not executed from top to bottom")
    before = nbformat.writes(notebook)
    again = nbformat.reads(before, as_version=4)
    refresh(again)
    strip(again)
    if nbformat.writes(again) != before:
        found.append("set-up cell, exercises or outputs are not in the committed form")
    return found


def make(paths: Iterable[Path]) -> list[str]:
    """Execute what has to be of these chapters and write them back; return the pages that failed."""
    # Here, because the form of a chapter is tested where there is neither Sphinx nor jupyter-cache.
    from execute import execute
    from executions import Executions

    executions = Executions()
    pages = {path.resolve().relative_to(ROOT).with_suffix("").as_posix(): path for path in paths}
    for path in pages.values():
        notebook = nbformat.read(path, as_version=4)
        refresh(notebook)
        _write(path, notebook)
    failed = execute(ROOT, pages)
    for page, path in pages.items():
        if page not in failed:
            notebook = nbformat.read(path, as_version=4)
            take_outputs(notebook, executions.executed(page))
            strip(notebook)
            _write(path, notebook)
    return failed


def renew_set_up(path: Path) -> None:
    """Make a chapter's set-up cell anew and keep its outputs, which do not depend on where labkit comes from.

    A chapter that was edited and not executed goes on betraying itself.
    """
    notebook = nbformat.read(path, as_version=4)
    executed = notebook.metadata.get("labkit", {}).get("sources") == digest(notebook)
    for cell in notebook.cells:
        if "setup" in cell.metadata.get("tags", []):
            cell.source = setup_source()
    if executed:
        notebook.metadata["labkit"]["sources"] = digest(notebook)
    _write(path, notebook)


def take_outputs(notebook: NotebookNode, executed: NotebookNode) -> None:
    """Give each code cell the outputs of its execution, in place; prose may have changed since."""
    done = iter(cell for cell in executed.cells if cell.cell_type == "code")
    for cell in notebook.cells:
        if cell.cell_type == "code":
            same = next(done)
            cell.outputs, cell.execution_count = same.outputs, same.execution_count


def _write(path: Path, notebook: NotebookNode) -> None:
    """Not if nothing changed."""
    text = nbformat.writes(notebook) + "\n"
    if path.read_text(encoding="utf-8") != text:
        write_whole(path, text.encode())


def main(names: list[str]) -> int:
    """Make the chapters named, or all."""
    if names == ["--set-up"]:
        for path in CHAPTERS.glob("*.ipynb"):
            renew_set_up(path)
        return 0
    return 1 if make([Path(name) for name in names] or sorted(CHAPTERS.glob("*.ipynb"))) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
