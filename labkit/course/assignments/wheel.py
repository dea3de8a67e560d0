"""A wheel of labkit for students: all of the library, and of the chapters only what checks the assignment."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from labkit.course.assignments.banks import bank_for_students
from labkit.course.discovery import chapter_folders
from labkit.course.exercises import Exercise
from labkit.course.projects import Project

SOURCES = ("pyproject.toml", "README.md", "LICENSE")  # what building a wheel needs besides the package


def student_wheel(
    clone: Path, exercises: Sequence[Exercise], projects: Iterable[Project], hints: int | None, folder: Path
) -> Path:
    """Build the wheel that is handed out.

    Parameters
    ----------
    clone : pathlib.Path
        The clone of the book.
    exercises : sequence of Exercise
        Those of the assignment, chapter by chapter.
    projects : iterable of Project
        Those of the assignment.
    hints : int or None
        How many hints of each exercise are handed out; all where it is None.
    folder : pathlib.Path
        Where the wheel comes to.

    Returns
    -------
    pathlib.Path
        The wheel. Its version ends in ``+assignment``, so that nobody takes it for the library itself.
    """
    with tempfile.TemporaryDirectory(prefix="labkit-assignment-") as place:
        staged = Path(place)
        for name in SOURCES:
            shutil.copy(clone / name, staged)
        shutil.copytree(clone / "book" / "explorables", staged / "book" / "explorables")
        (staged / "book" / "records").mkdir()
        without = shutil.ignore_patterns("__pycache__", "ch[0-9][0-9]*")
        shutil.copytree(clone / "labkit", staged / "labkit", ignore=without)
        _mark_version(staged / "labkit" / "__init__.py")
        for number, some in groupby(exercises, key=lambda exercise: exercise.chapter):
            text, data = bank_for_students(list(some), hints)
            chapter = _chapter(staged, number)
            (chapter / "exercises.py").write_text(text, encoding="utf-8")
            (chapter / "exercises.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        for project in projects:
            shutil.copy(chapter_folders()[project.chapter] / "project.py", _chapter(staged, project.chapter))
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder.resolve())]
        ran = subprocess.run(command, cwd=staged, capture_output=True, text=True, check=False)
        if ran.returncode:
            raise ValueError(f"the wheel cannot be built; hatchling says: {ran.stderr.strip()[-500:]}")
    return next(folder.glob("cnn_labkit-*+assignment-*.whl"))


def _mark_version(init: Path) -> None:
    text, times = re.subn(
        r'^(__version__ = "[^"+]*)"$', r'\1+assignment"', init.read_text(encoding="utf-8"), flags=re.M
    )
    assert times == 1, f"{init} states no version"
    init.write_text(text, encoding="utf-8")


def _chapter(staged: Path, number: str) -> Path:
    folder = staged / "labkit" / "chapters" / f"ch{number}"
    folder.mkdir(exist_ok=True)
    (folder / "__init__.py").touch()
    return folder
