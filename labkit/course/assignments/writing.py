"""Writing an assignment: what students get, what the teacher keeps, and how the two are graded.

The command is ``python -m labkit assignment 05 09 --for nbgrader --out week3``. It works in a clone of the book.
"""

from __future__ import annotations

import csv
import re
import secrets
from collections.abc import Sequence
from pathlib import Path

import nbformat

from labkit.course.assignments import for_nbgrader, for_otter
from labkit.course.assignments.notebooks import (
    STUB,
    Line,
    instructor_notebook,
    rubric_of,
    rubric_of_project,
    student_notebook,
)
from labkit.course.assignments.wheel import student_wheel
from labkit.course.discovery import chapters_with
from labkit.course.exercises import Exercise, all_exercises, get_exercise
from labkit.course.projects import Project, all_projects, project_of

CLONE = Path(__file__).parents[3]
PLATFORMS = ("nbgrader", "otter")
HINTS = {"none": 0, "first": 1, "all": None}
NAME = re.compile(r"[a-z][a-z0-9_-]*")
SECONDS = 120  # a cell may take as long, and as long as three tries of what is built

FOR_STUDENTS = """\
# {name}

    pip install {wheel}
    python -m labkit data fetch        # once, while there is a network
    jupyter lab {name}.ipynb           # from here on it works offline

Write each answer where `return None` stands. `check(...)` says whether it is right, and if not, what is wrong; it tries
a few inputs, and others are tried after you hand in. Hand in `{name}.ipynb`{and_models}, under this name.
"""
FOR_TEACHERS = """\
# {name}: {total} points

`student/` is what you hand out. It holds no solution, no hidden case, and a package that can check these tasks and no
others. `instructor/` stays with you: solutions, hidden cases, points. `rubric.csv` lists what gives points, and
each mistake that the feedback names.

The published book shows a solution below each exercise. Two things help: hand out a book that was built without them,
`make book EDITION=student`, and count on the hidden cases, whose numbers stand nowhere else. `--seed {seed}` makes the
same ones again.

## Grading with {platform}

{commands}
Code of students runs when it is graded. Do that in a container or an account that holds nothing of value.
"""


def write_assignment(
    tasks: Sequence[str],
    platform: str,
    out: Path,
    *,
    hints: str = "first",
    name: str = "assignment",
    seed: int | None = None,
    clone: Path = CLONE,
) -> list[Path]:
    """Write an assignment for a platform.

    Parameters
    ----------
    tasks : sequence of str
        Chapters, by their numbers, for all exercises and the project of each; or ids of exercises and projects.
    platform : str
        ``"nbgrader"`` or ``"otter"``.
    out : pathlib.Path
        A new or empty folder.
    hints : str
        How many hints of each exercise are handed out: ``"none"``, ``"first"`` or ``"all"``.
    name : str
        Of the assignment and its notebook.
    seed : int, optional
        Makes the inputs of the hidden cases; by default a new one, which the teacher's README names.
    clone : pathlib.Path
        The clone of the book.

    Returns
    -------
    list of pathlib.Path
        The folders for students and for the teacher.

    Raises
    ------
    ValueError
        If there is no such task or platform, ``out`` holds something, or another argument is none of those allowed.
    """
    if platform not in PLATFORMS:
        raise ValueError(f"--for is {platform!r}; allowed is {' or '.join(PLATFORMS)}")
    if hints not in HINTS:
        raise ValueError(f"--hints is {hints!r}; allowed is {', '.join(HINTS)}")
    if not NAME.fullmatch(name):
        raise ValueError(f"--name is {name!r}; allowed are small letters, digits, hyphens and underscores: week-3")
    if seed is None:
        seed = secrets.randbelow(2**30)
    if seed < 0:
        raise ValueError(f"--seed is {seed}; allowed is a whole number of at least 0")
    if not (clone / "notebooks").is_dir():
        raise ValueError(f"{clone} holds no notebooks; this works in a clone of the book")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ValueError(f"--out is {out}, and there is something already; allowed is a new or an empty folder")
    exercises, projects = chosen(tasks)
    lines = [line for exercise in exercises for line in rubric_of(exercise, seed)]
    lines += [line for project in projects for line in rubric_of_project(project, seed)]
    notebook = instructor_notebook(exercises, projects, lines, HINTS[hints])

    student, instructor = out / "student", out / "instructor"
    student.mkdir(parents=True)
    wheel = student_wheel(clone, exercises, projects, HINTS[hints], student)
    nbformat.write(student_notebook(notebook), student / f"{name}.ipynb")
    seconds = max([SECONDS, *(3 * round(exercise.seconds) for exercise in exercises)])
    if platform == "nbgrader":
        for_nbgrader.write(instructor, name, notebook, wheel, STUB, seconds)
        commands = for_nbgrader.COMMANDS
    else:
        for_otter.write(instructor, lines, notebook, wheel, seconds)
        commands = for_otter.COMMANDS
    _write_rubric(out / "rubric.csv", lines, exercises)
    words = {
        "name": name,
        "wheel": wheel.name,
        "seed": seed,
        "platform": platform,
        "total": sum(line.points for line in lines),
        "and_models": "".join(f" and `{project.id}.keras`" for project in projects),
        "commands": commands.format(name=name, wheel=wheel.name),
    }
    (student / "README.md").write_text(FOR_STUDENTS.format(**words), encoding="utf-8")
    (out / "README.md").write_text(FOR_TEACHERS.format(**words), encoding="utf-8")
    return [student, instructor]


def chosen(tasks: Sequence[str]) -> tuple[list[Exercise], list[Project]]:
    """Find the exercises and projects that are named, or stand in the named chapters, in the book's order.

    Raises
    ------
    ValueError
        If there is no chapter with exercises, no exercise and no project of a name.
    """
    ids: set[str] = set()
    for task in tasks:
        number = f"0{task}" if re.fullmatch(r"\d[a-z]?", task) else task
        if number in chapters_with("exercises"):
            project = project_of(number)
            ids |= {id for id in all_exercises() if id.startswith(f"{number}-")} | ({project.id} if project else set())
        elif task in all_exercises() or task in all_projects():
            ids.add(task)
        else:
            raise ValueError(
                f"chapter is {task!r}; allowed are {', '.join(chapters_with('exercises'))}, "
                "or the id of an exercise or a project, such as 09-mirrored"
            )
    exercises = [get_exercise(id) for id in all_exercises() if id in ids]
    return exercises, [project for id, project in all_projects().items() if id in ids]


def _write_rubric(file: Path, lines: Sequence[Line], exercises: Sequence[Exercise]) -> None:
    """List what gives points, and what the feedback names, which gives none."""
    rows: list[tuple[str, str, int, str]] = [(line.task, line.name, line.points, "") for line in lines]
    rows += [
        (exercise.id, f"mistake {number}", 0, message)
        for exercise in exercises
        for number, message in enumerate(exercise.mistakes, 1)
    ]
    with file.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened).writerows([("task", "line", "points", "what the feedback says"), *rows])
