"""The wrong answer shown below each exercise is one that the check turns down, in the words shown."""

import builtins
import html
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from labkit import ops
from labkit.course import all_exercises, check

sys.path.insert(0, str(Path(__file__).parents[2] / "book" / "_tools"))
from wrong_answers import solution, wrong_answer

SHOWN = re.compile(r"One wrong answer hears: ✗ <em>(.*)</em></summary>\n\n```python\n(.*)\n```\n\n</details>$", re.S)


@pytest.mark.parametrize("id", [id for id in all_exercises() if id[:2] in ("01", "02", "03", "04", "05")])
def test_it_fails_with_the_message_shown(id):
    shown = SHOWN.search(wrong_answer(all_exercises()[id]))
    if shown is None:
        assert wrong_answer(all_exercises()[id]).startswith("One wrong answer hears: ✗ *")
        return
    seen = {"np": np, "ops": ops}
    exec(shown[2], seen)
    result = check(id, seen[all_exercises()[id].name])
    assert result.status == "failed"
    assert result.mistake == html.unescape(re.sub("</?code>", "`", shown[1]))


def test_most_exercises_show_code():
    shown = [SHOWN.search(wrong_answer(exercise)) for exercise in all_exercises().values()]
    assert sum(match is not None for match in shown) >= 0.75 * len(shown)


def test_what_is_shown_is_short():
    for exercise in all_exercises().values():
        assert wrong_answer(exercise).count("\n") < 20


@pytest.mark.parametrize("id", all_exercises())
def test_the_solution_runs_wherever_it_is_pasted(id):
    """It says of itself what it needs besides NumPy."""
    exercise = all_exercises()[id]
    known = {"np": np}
    exec(solution(exercise), known)
    pasted = known[exercise.name].__code__
    assert set(pasted.co_names) & set(exercise.solution.__globals__) <= known.keys() | set(dir(builtins))
