"""The notebook of an assignment: the teacher's, with solutions and hidden cases, and the student's, made from it.

Regions are marked as nbgrader marks them, so that it makes the same student's notebook.
"""

from __future__ import annotations

import ast
import copy
import inspect
import json
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from labkit.course.assignments.fresh import fresh_inputs
from labkit.course.assignments.recorded import record
from labkit.course.discovery import shown_number
from labkit.course.exercises import Exercise
from labkit.course.projects import Project

VISIBLE, HIDDEN, BUILT, PER_POINT = 1, 3, 4, 2  # points: of the two parts, of what is built, of a line of a project
STUB = "return None  # your code here"
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
BEGIN_HIDDEN, END_HIDDEN = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
GRADED = "# This cell is graded after you hand in: leave it as it is."


@dataclass(frozen=True)
class Line:
    """One line of a rubric that gives points.

    Attributes
    ----------
    task : str
        The exercise or the project.
    name : str
        What has to be right.
    points : int
        What it is worth.
    call : str
        A call of a function of `grading`, which raises if it is not right; in it ``_answer`` is the student's function
        and ``_cases`` are the cases.
    answer : str
        The name of that function; empty for a project.
    cases : str
        What no student sees, as JSON.
    """

    task: str
    name: str
    points: int
    call: str
    answer: str = ""
    cases: str = ""


def rubric_of(exercise: Exercise, seed: int) -> list[Line]:
    """Return the lines of an exercise's rubric: the inputs that `check` shows, and these together with fresh ones."""
    call = f'_grading.visible("{exercise.id}", _answer)'
    if exercise.missing is not None:
        return [Line(exercise.id, "what was built", BUILT, call, exercise.name)]
    visible = list(exercise.inputs())
    cases = record(exercise, [*visible, *fresh_inputs(exercise, seed, visible)], visible)
    hidden = f'_grading.hidden("{exercise.id}", _answer, _cases)'
    return [
        Line(exercise.id, "inputs of check", VISIBLE, call, exercise.name),
        Line(exercise.id, "other inputs", HIDDEN, hidden, exercise.name, json.dumps(cases, ensure_ascii=False)),
    ]


def rubric_of_project(project: Project, seed: int) -> list[Line]:
    """Return the lines of a project's rubric, for images that ``seed`` makes."""
    # Seeds of a million and more make images that the book never gives away.
    file, number = f"{project.id}.keras", 10**6 + seed
    return [
        Line(project.id, point.name, PER_POINT, f'_grading.point("{project.id}", "{file}", {number}, {point.name!r})')
        for point in project.rubric
    ]


def instructor_notebook(
    exercises: Sequence[Exercise], projects: Sequence[Project], lines: Sequence[Line], hints: int | None
) -> NotebookNode:
    """Make the teacher's notebook: each task with its solution, its check, and a cell that gives points."""
    imports = "import keras\n" if any(_needs_keras(each) for each in exercises) or projects else ""
    cells = [
        new_markdown_cell(
            "# Assignment\n\nRun the next cell first. Write each answer in place of `return None`, run it, and then "
            "its `check`: it says what is wrong, as often as you like. Leave the names of the functions as they are."
        ),
        new_code_cell(
            f"{imports}import numpy as np\n\nfrom labkit.course import check, check_project, hint, project_data"
        ),
    ]
    for exercise in exercises:
        cells += _exercise_cells(exercise, hints)
        cells.append(_graded_cell(exercise.id, [line for line in lines if line.task == exercise.id]))
    for project in projects:
        cells += _project_cells(project)
        cells.append(_graded_cell(project.id, [line for line in lines if line.task == project.id]))
    for place, cell in enumerate(cells):
        cell.id = f"cell-{place}"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}})


def student_notebook(instructor: NotebookNode) -> NotebookNode:
    """Make the student's notebook: the teacher's without solutions and hidden cases."""
    notebook = copy.deepcopy(instructor)
    for cell in notebook.cells:
        cell.source = without_solutions(cell.source)
    return notebook


def without_solutions(source: str) -> str:
    """Put a stub in place of each solution, and take hidden cases out.

    >>> print(without_solutions("def f(x):\\n    ### BEGIN SOLUTION\\n    return x + 1\\n    ### END SOLUTION"))
    def f(x):
        return None  # your code here
    """
    source = re.sub(rf"^( *){BEGIN}\n.*?^ *{END}$", rf"\1{STUB}", source, flags=re.M | re.S)
    return re.sub(rf"^ *{BEGIN_HIDDEN}\n.*?^ *{END_HIDDEN}\n?", "", source, flags=re.M | re.S).rstrip("\n")


def solved(exercise: Exercise) -> str:
    """Return the stub with the solution in it, between the marks; modules that it needs are imported inside."""
    function = ast.parse(textwrap.dedent(inspect.getsource(exercise.solution))).body[0]
    assert isinstance(function, ast.FunctionDef)
    assert isinstance(function.body[0].end_lineno, int)
    lines = textwrap.dedent(inspect.getsource(exercise.solution)).rstrip().splitlines()[function.body[0].end_lineno :]
    body = textwrap.indent("\n".join([BEGIN, *exercise.imports]), "    ")
    begin = exercise.stub.rstrip().removesuffix(STUB).rstrip(" ")
    return f"{begin}{body}\n" + "\n".join(line for line in lines if line.strip()) + f"\n    {END}"


def _needs_keras(exercise: Exercise) -> bool:
    return "keras" in inspect.getsource(exercise.solution)


def _exercise_cells(exercise: Exercise, hints: int | None) -> list[NotebookNode]:
    kept = len(exercise.hints[:hints])
    helps = {0: "", 1: f'\n\nStuck? `hint("{exercise.id}")`'}.get(
        kept, f'\n\nStuck? `hint("{exercise.id}", 1)` up to `hint("{exercise.id}", {kept})`'
    )
    heading = f"## {shown_number(exercise.chapter)}. {exercise.title}"
    return [
        new_markdown_cell(f"{heading}\n\n{exercise.prompt}{helps}"),
        new_code_cell(solved(exercise), metadata=_marked(f"{exercise.id}-answer", solution=True)),
        new_code_cell(f'check("{exercise.id}", {exercise.name})'),
    ]


def _project_cells(project: Project) -> list[NotebookNode]:
    rubric = "\n".join(f"- {point.name}: {point.text}, at least {point.floors}" for point in project.rubric)
    size = "×".join(map(str, project.input_shape))
    return [
        new_markdown_cell(
            f"## {shown_number(project.chapter)}. Project: {project.title}\n\n{project.goal} It takes images of "
            f"{size}, pixels from 0 to 255, and answers for {', '.join(project.class_names)}. Asked for are\n\n"
            f"{rubric}\n\nHand in the file `{project.id}.keras` together with this notebook. It is judged as you "
            "hand it in; your training is not run again while the file is there."
        ),
        new_code_cell(
            "from pathlib import Path\n\n"
            f'if not Path("{project.id}.keras").exists():  # delete the file to train anew\n'
            f'    given = project_data("{project.id}")\n'
            f'    # Build a network, train it on given.images and given.labels: model.save("{project.id}.keras")'
        ),
        new_code_cell(f'check_project("{project.id}", "{project.id}.keras")'),
    ]


def _graded_cell(task: str, lines: Sequence[Line]) -> NotebookNode:
    total = sum(line.points for line in lines)
    answer = lines[0].answer
    source = [
        f"# {task}: {total} points",
        GRADED,
        BEGIN_HIDDEN,
        "from labkit.course.assignments import grading as _grading",
        *([f'_answer = globals().get("{answer}")'] if answer else []),
        *(f"_cases = r'''{line.cases}'''" for line in lines if line.cases),
        "_grading.points(",
        *(f'    ("{line.name}", {line.points}, lambda: {line.call}),' for line in lines),
        ")",
        END_HIDDEN,
    ]
    return new_code_cell("\n".join(source), metadata=_marked(f"{task}-points", grade=True, locked=True, points=total))


def _marked(grade_id: str, **marks: Any) -> dict[str, Any]:
    """What nbgrader wants to know of a cell."""
    asked = {
        "schema_version": 3,
        "grade_id": grade_id,
        "grade": False,
        "solution": False,
        "locked": False,
        "task": False,
    }
    return {"nbgrader": asked | marks}
