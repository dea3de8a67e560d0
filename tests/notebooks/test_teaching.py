"""The teachers' page: its chapters, times and exercises are those of the book, and its commands are those that run."""

import re
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "book" / "_tools"))
from reading_time import minutes  # noqa: E402

from labkit.course.assignments import for_nbgrader, for_otter  # noqa: E402
from labkit.course.assignments.writing import chosen  # noqa: E402
from labkit.course.discovery import paired_chapters, shown_number  # noqa: E402

PAGE = (ROOT / "book" / "teaching.md").read_text(encoding="utf-8")
CHAPTERS = paired_chapters(ROOT)
WEEKS, DAYS = (re.findall(r"^\| \d+ \|(.*)\|(.*)\|$", part, re.M) for part in re.split(r"^## ", PAGE, flags=re.M)[1:3])


def taught(rows):
    return [each for chapters, _ in rows for each in re.findall(r"\[(\w+)\]\(\.\./(notebooks/\S+)\) (\d+)", chapters)]


def test_twelve_weeks_teach_every_chapter_once_and_three_days_some():
    assert len(WEEKS) == 12
    assert len(DAYS) == 3
    assert [number for number, _, _ in taught(WEEKS)] == [shown_number(number) for number in CHAPTERS]
    days = [number for number, _, _ in taught(DAYS)]
    assert days == sorted(set(days), key=[shown_number(number) for number in CHAPTERS].index)


@pytest.mark.parametrize(("number", "path", "stated"), sorted({*taught(WEEKS), *taught(DAYS)}))
def test_the_times_are_those_that_the_chapters_state(number, path, stated):
    assert {shown_number(each): file for each, file in CHAPTERS.items()}[number] == ROOT / path
    assert minutes(nbformat.read(ROOT / path, as_version=4))[0] == int(stated)


def test_what_is_to_be_assigned_is_taught_by_then():
    for rows in (WEEKS, DAYS):
        seen = set()
        for chapters, tasks in rows:
            seen |= {number for number, _, _ in taught([(chapters, "")])}
            named = re.findall(r"`(\d[\w-]+)`", tasks)
            exercises, projects = chosen(named)
            assert len(exercises) + len(projects) == len(named)
            assert {shown_number(each.chapter) for each in [*exercises, *projects]} <= seen


def test_the_hours_of_a_day_are_as_stated():
    for row in DAYS[:2]:
        assert 230 <= sum(int(stated) for _, _, stated in taught([row])) <= 250


@pytest.mark.parametrize("commands", [for_nbgrader.COMMANDS, for_otter.COMMANDS])
def test_the_commands_are_those_of_the_graders_readme(commands):
    words = {"name": "assignment", "wheel": "cnn_labkit-*.whl"}
    for line in commands.format(**words).splitlines():
        command = line.partition("#")[0].strip().replace("STUDENT.ipynb", "handed_in.ipynb")
        assert command in PAGE
