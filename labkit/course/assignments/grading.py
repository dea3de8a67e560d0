"""What runs in a cell or a test that is graded: it says what was found, and gives points or raises.

Graders take what is written to stderr for a failure, so warnings are kept apart here.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from labkit.course.assignments.recorded import read_inputs, read_outcomes
from labkit.course.checking import CheckResult, check_answer
from labkit.course.exercises import Exercise, get_exercise
from labkit.course.judging import ProjectResult, check_project


class NotReached(AssertionError):
    """A point that an answer did not get; the message is the feedback."""


def visible(id: str, answer: Callable[..., Any] | None) -> str:
    """Check an answer on the inputs that `check` shows.

    Parameters
    ----------
    id : str
        The exercise.
    answer : callable or None
        The student's function; None where there is none of that name.

    Returns
    -------
    str
        What the check says of a right answer.

    Raises
    ------
    NotReached
        If it is not right; the message says why, and which of the listed mistakes it is.
    """
    return _required(_missing_or_checked(get_exercise(id), answer))


def hidden(id: str, answer: Callable[..., Any] | None, cases: str) -> str:
    """Check an answer on further inputs, as `visible` does; ``cases`` is JSON: the inputs, and what should come."""
    exercise = get_exercise(id)
    written = json.loads(cases)
    inputs = read_inputs(written, exercise.inputs())
    further = dataclasses.replace(exercise, inputs=lambda: inputs, recorded=read_outcomes(written))
    return _required(_missing_or_checked(further, answer))


def point(id: str, file: str, seed: int, name: str) -> str:
    """Judge a model that was handed in by one point of a project's rubric; the same file is judged once.

    Raises
    ------
    NotReached
        If the model is refused, or does not reach the floor.
    """
    result = _judged(id, file, seed)
    found = [each for each in result.reached if each.point.name == name]
    if not found or not found[0].passed:
        raise NotReached(str(result))
    return f"{id}: {name} {found[0].value:.3f} reaches {found[0].floor:.2f}"


def points(*rows: tuple[str, float, Callable[[], str]]) -> float:
    """Try each line of a rubric, print what it says, and return the points of those that are reached.

    >>> points(("inputs of check", 1, lambda: "Right."))
    ✓ 1 of 1, inputs of check: Right.
    1.0

    Parameters
    ----------
    *rows : tuple of str, float, callable
        What it is called, its points, and what raises `NotReached` if they are not reached.
    """
    reached = 0.0
    for name, worth, row in rows:
        try:
            said = row()
        except NotReached as error:
            print(f"✗ 0 of {worth:g}, {name}: {error}")
        else:
            reached += worth
            print(f"✓ {worth:g} of {worth:g}, {name}: {said}")
    return reached


def _missing_or_checked(exercise: Exercise, answer: Callable[..., Any] | None) -> CheckResult:
    if not callable(answer):
        kind = "is not there" if answer is None else f"is a {type(answer).__name__}, and no function"
        raise NotReached(f"{exercise.id}: not handed in. `{exercise.name}` {kind}: was its cell removed or renamed?")
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        return check_answer(exercise, answer)


def _required(result: CheckResult) -> str:
    if result.passed:
        return str(result)
    kept = result.exercise.recorded
    known = list(kept.mistakes if kept and kept.mistakes else result.exercise.mistakes)
    line = f"\nRubric of {result.exercise.id}, mistake {known.index(result.mistake) + 1}." if result.mistake else ""
    raise NotReached(f"{result}{line}")


@lru_cache
def _judged(id: str, file: str, seed: int) -> ProjectResult:
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        return check_project(id, file, seed)
