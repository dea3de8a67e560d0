"""The teacher's folder for Otter-Grader: tests that ``otter generate`` packs, and the notebook with solutions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from labkit.course.assignments.notebooks import Line

OPENING = """\
from otter.test_files import test_case

from labkit.course.assignments import grading as _grading

OK_FORMAT = False
name = "{task}"
points = None
"""
CASE = """

@test_case(name="{name}", points={points}, hidden={hidden})
def test_{number}(env):
    _answer = env.get("{answer}")
    {call}
"""
CELL_LIMIT = "labkit.course.assignments.for_otter.CellLimit"

COMMANDS = """\
    pip install otter-grader instructor/{wheel}
    cd instructor
    otter generate -t tests -c otter_config.json -r requirements.txt -o autograder.zip {wheel}
    otter run -a autograder.zip STUDENT.ipynb    # points, and what was said, in results.json
"""


def write(folder: Path, lines: Sequence[Line], notebook: NotebookNode, wheel: Path, seconds: int) -> None:
    """Write tests and settings; ``seconds`` is how long a cell may take."""
    tests = folder / "tests"
    tests.mkdir(parents=True)
    nbformat.write(notebook, folder / "solutions.ipynb")
    (folder / wheel.name).write_bytes(wheel.read_bytes())
    for task, some in groupby(lines, key=lambda line: line.task):
        (tests / f"{task}.py").write_text(_test(task, list(some)), encoding="utf-8")
    config = {"plugins": [{CELL_LIMIT: {"seconds": seconds}}], "show_hidden": False}
    (folder / "otter_config.json").write_text(json.dumps(config, indent=2), encoding="utf-8")
    # Where the zip file is unpacked in a container or on Gradescope.
    (folder / "requirements.txt").write_text(f"/autograder/source/files/{wheel.name}\n", encoding="utf-8")


def _test(task: str, lines: Sequence[Line]) -> str:
    cases = "".join(f"_cases = r'''{line.cases}'''\n" for line in lines if line.cases)
    return OPENING.format(task=task) + cases + "".join(_case(number, line) for number, line in enumerate(lines, 1))


def _case(number: int, line: Line) -> str:
    hidden = bool(line.cases or not line.answer)
    return CASE.format(
        name=line.name, points=line.points, hidden=hidden, number=number, answer=line.answer, call=line.call
    )


class CellLimit:
    """A plugin of Otter: each cell of a submission is interrupted after some seconds, and the rest is graded.

    Parameters
    ----------
    submission_path, submission_metadata : object
        What Otter gives every plugin.
    plugin_config : dict
        ``seconds`` says how many.
    """

    def __init__(self, submission_path: Any, submission_metadata: Any, plugin_config: dict[str, Any]) -> None:
        self.seconds = float(plugin_config["seconds"])

    def before_execution(self, submission: NotebookNode) -> NotebookNode:
        """Put a cell before all others that limits what follows."""
        limit = f"from labkit.course.assignments.limits import limit_cells\nlimit_cells({self.seconds})"
        submission.cells.insert(0, nbformat.v4.new_code_cell(limit))
        return submission
