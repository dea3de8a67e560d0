"""The wrong answer shown below each exercise is one that the check turns down, in the words shown."""

import builtins
import dataclasses
import dis
import html
import inspect
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from labkit.course import all_exercises, check

sys.path.insert(0, str(Path(__file__).parents[2] / "book" / "_tools"))
from wrong_answers import solution, wrong_answer

# Where `missing` judges, a check may train for seconds; the bank's own tests run each mistake of these exercises.
QUICK = [id for id, exercise in all_exercises().items() if exercise.missing is None]
SHOWN = re.compile(r"One wrong answer hears: ✗ <em>(.*)</em></summary>\n\n```python\n(.*)\n```\n\n</details>$", re.S)


def pasted(code, exercise):
    """The function of an exercise, made by code where nothing is known but NumPy."""
    known = {"np": np}
    exec(code, known)
    return known[exercise.name]


def unknown_in(function):
    """The names that a pasted function would look for in vain, in whichever way through it."""
    codes, read = [function.__code__], set()
    for code in codes:
        codes += [constant for constant in code.co_consts if inspect.iscode(constant)]
        read |= {step.argval for step in dis.get_instructions(code) if step.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    return read - function.__globals__.keys() - set(dir(builtins))


@pytest.mark.parametrize("id", QUICK)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # a reader is warned, too: one of them divides 0 by 0
def test_it_fails_with_the_message_shown(id):
    exercise = all_exercises()[id]
    shown = SHOWN.search(wrong_answer(exercise))
    result = check(id, pasted(shown[2], exercise))
    assert result.status == "failed"
    assert result.mistake == html.unescape(re.sub("</?code>", "`", shown[1]))


@pytest.mark.parametrize("id", all_exercises())
def test_every_exercise_shows_code_that_runs_wherever_it_is_pasted(id):
    exercise = all_exercises()[id]
    assert not unknown_in(pasted(SHOWN.search(wrong_answer(exercise))[2], exercise))


def test_an_exercise_without_a_mistake_that_can_be_read_is_refused():
    exercise = all_exercises()["02-convolve"]
    unreadable = {"It calls the solution.": lambda image, kernel: exercise.solution(image, kernel) + 1}
    with pytest.raises(ValueError, match="none of the mistakes of exercise '02-convolve' can be read by itself"):
        wrong_answer(dataclasses.replace(exercise, mistakes=unreadable))


def test_what_is_shown_is_short():
    for exercise in all_exercises().values():
        assert wrong_answer(exercise).count("\n") < 20


@pytest.mark.parametrize("id", all_exercises())
def test_the_solution_runs_wherever_it_is_pasted(id):
    """It says of itself what it needs besides NumPy."""
    exercise = all_exercises()[id]
    assert not unknown_in(pasted(solution(exercise), exercise))
