"""What a graded cell says and gives: points, reasons, and nothing that a grader would take for a failure."""

import asyncio
import json
import sys
import time
import warnings

import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from labkit.course import all_exercises
from labkit.course.assignments import grading
from labkit.course.assignments.for_otter import CellLimit
from labkit.course.assignments.grading import NotReached
from labkit.course.assignments.limits import limit_cells
from labkit.course.assignments.recorded import record
from labkit.course.projects import show_project
from labkit.course.timing import TimeIsUp

ID = "05-batch-loss"
EXERCISE = all_exercises()[ID]
MESSAGE, MISTAKE = next(iter(EXERCISE.mistakes.items()))


@pytest.fixture(scope="module")
def cases():
    visible = list(EXERCISE.inputs())
    return json.dumps(record(EXERCISE, [*visible, (np.array([[0.3, 0.7]]), np.array([0]))], visible))


def test_a_right_answer_passes_both_parts(cases):
    assert "passed" in grading.visible(ID, EXERCISE.solution)
    assert "passed" in grading.hidden(ID, EXERCISE.solution, cases)


def test_a_named_mistake_is_named_with_its_line_of_the_rubric(cases):
    for grade in (lambda answer: grading.visible(ID, answer), lambda answer: grading.hidden(ID, answer, cases)):
        with pytest.raises(NotReached) as said:
            grade(MISTAKE)
        assert MESSAGE in str(said.value)
        assert str(said.value).endswith("Rubric of 05-batch-loss, mistake 1.")


@pytest.mark.parametrize(
    ("answer", "reason"), [(None, "is not there"), (3, "is a int, and no function"), (EXERCISE, "Exercise")]
)
def test_what_is_no_function_was_not_handed_in(answer, reason, cases):
    for grade in (lambda: grading.visible(ID, answer), lambda: grading.hidden(ID, answer, cases)):
        with pytest.raises(NotReached, match=f"not handed in. `batch_loss` .*{reason}"):
            grade()


def test_a_stub_is_not_attempted():
    with pytest.raises(NotReached, match="not attempted"):
        grading.visible(ID, lambda probabilities, labels: None)


def test_a_right_answer_that_warns_writes_nothing_to_stderr(capfd, cases):
    def noisy(probabilities, labels):
        warnings.warn("a warning", stacklevel=1)
        np.log(np.zeros(1))
        print("to stderr", file=sys.stderr)
        return EXERCISE.solution(probabilities, labels)

    grading.visible(ID, noisy)
    grading.hidden(ID, noisy, cases)
    assert capfd.readouterr().err == ""


def test_points_are_added_up_and_reasons_printed(capsys):
    def lost():
        raise NotReached("It is too small.")

    assert grading.points(("first", 1, lambda: "Right."), ("second", 3, lost), ("third", 2, lambda: "Fine.")) == 3.0
    assert capsys.readouterr().out.splitlines() == [
        "✓ 1 of 1, first: Right.",
        "✗ 0 of 3, second: It is too small.",
        "✓ 2 of 2, third: Fine.",
    ]


def test_a_model_that_is_not_there_reaches_no_point(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = show_project("05-wandering-digits").rubric[0].name
    with pytest.raises(NotReached, match=r"05-wandering-digits.keras is not there"):
        grading.point("05-wandering-digits", "05-wandering-digits.keras", 10**6, name)


def test_a_project_is_judged_once_and_point_by_point(monkeypatch):
    judged = []

    class Point:
        name, value, floor = "first", 0.91, 0.9
        passed = True

        @property
        def point(self):
            return self

    class Missed(Point):
        name, passed = "second", False

    class Result:
        reached = (Point(), Missed())

        def __str__(self):
            return "1 of 2 points"

    monkeypatch.setattr(grading, "check_project", lambda *given: judged.append(given) or Result())
    grading._judged.cache_clear()
    assert grading.point("x", "x.keras", 7, "first") == "x: first 0.910 reaches 0.90"
    with pytest.raises(NotReached, match="1 of 2 points"):
        grading.point("x", "x.keras", 7, "second")
    assert judged == [("x", "x.keras", 7)]
    grading._judged.cache_clear()


class Shell:
    """What runs cells."""

    async def run_code(self, code):
        return eval(code)()


def endless():
    while True:
        pass


class TestLimits:
    def test_a_cell_that_does_not_end_is_interrupted_and_the_next_one_runs(self):
        shell = Shell()
        limit_cells(0.2, shell)
        began = time.monotonic()
        with pytest.raises(TimeIsUp):
            asyncio.run(shell.run_code("endless"))
        assert time.monotonic() - began < 30
        assert asyncio.run(shell.run_code("int")) == 0

    def test_otter_gets_the_limit_before_everything_else(self):
        notebook = new_notebook(cells=[new_code_cell("1 + 1")])
        limit, first = CellLimit("a.ipynb", {}, {"seconds": 9}).before_execution(notebook).cells
        assert first.source == "1 + 1"
        assert limit.source.endswith("limit_cells(9.0)")
