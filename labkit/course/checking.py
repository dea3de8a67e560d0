"""Checking an answer: the simplest input first, in words that say what is wrong and never how to do it.

>>> from labkit.course import check
>>> def my_correlate(signal, kernel):
...     return None
>>> print(check("02-sliding-sum", my_correlate))
02-sliding-sum: not attempted yet. Your function returns None: ...
"""

from __future__ import annotations

import contextlib
import html
import inspect
import io
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np

from labkit.course.comparing import agree, as_numbers, brief, cut, listed
from labkit.course.diagnosis import findings
from labkit.course.exceptions import usual_meaning
from labkit.course.exercises import Exercise, get_exercise
from labkit.course.outcomes import Outcome, run

Status = Literal["passed", "failed", "not attempted"]

OF_SEVERAL = {"kind", "_not_a_number", "_few_wrong"}  # what makes sense of numbers that mean different things
NOTHING_CAME = "Your function returns None: write your answer in its place. It has to be returned, not printed."


@dataclass(frozen=True)
class CheckResult:
    """What a check found; it shows itself.

    Attributes
    ----------
    exercise : Exercise
        What was checked.
    status : str
        ``"passed"``, ``"failed"`` or ``"not attempted"``.
    message : str
        What the reader is told.
    mistake : str
        The message of the listed mistake that gives just what the answer gave; empty if none does.
    diagnosis : str
        What the machine sees by itself; told if no listed mistake fits.
    """

    exercise: Exercise
    status: Status
    message: str
    mistake: str = ""
    diagnosis: str = ""

    @property
    def passed(self) -> bool:
        """Whether the answer is right."""
        return self.status == "passed"

    def __str__(self) -> str:
        joint = {"passed": ". ", "failed": ". With\n", "not attempted": " yet. "}[self.status]
        return f"{self.exercise.id}: {self.status}{joint}{self.message}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        colour = {"passed": "#1b6e3c", "failed": "#a3271b", "not attempted": "#56648a"}[self.status]
        mark = {"passed": "✓", "failed": "✗", "not attempted": "…"}[self.status]
        return (
            f'<div class="exercise-check" style="border-left: 4px solid {colour}; padding: .3em .8em; margin: .4em 0">'
            f'<span style="background: {colour}; color: #fff; border-radius: .6em; padding: .05em .6em">'
            f"{mark} {self.status}</span> <strong>{html.escape(self.exercise.title)}</strong>"
            f'<div style="white-space: pre-wrap; margin-top: .3em">{html.escape(self.message)}</div></div>'
        )


def check(id: str, answer: Callable[..., Any]) -> CheckResult:
    """Try an answer and say what is right or wrong with it, without giving the answer away.

    Parameters
    ----------
    id : str
        The exercise.
    answer : callable
        The function you wrote.

    Returns
    -------
    CheckResult
        *passed*, *failed* with the input that failed, what was expected and what came, or *not attempted*.

    Raises
    ------
    ValueError
        If there is no exercise of that id.
    TypeError
        If ``answer`` is not a function.
    """
    return check_answer(get_exercise(id), answer)


def check_answer(exercise: Exercise, answer: Callable[..., Any]) -> CheckResult:
    """Try an answer to an exercise that need not stand in a chapter; otherwise as `check`."""
    if not callable(answer):
        raise TypeError(f"answer is{brief(answer)}; give the function itself: check({exercise.id!r}, {exercise.name})")
    if exercise.missing is not None:
        return _check_built(exercise, answer)
    outcomes: list[Outcome] = []
    allowed = exercise.seconds
    for number, arguments in enumerate(_inputs(exercise)):
        # The solution goes first: what it has to import is then imported, and a slow machine is known to be slow.
        allowed += 3 * _expected(exercise, number).seconds
        left = allowed - sum(outcome.seconds for outcome in outcomes)
        outcomes.append(run(exercise, answer, arguments, max(left, 0.01)))
        if outcomes[-1].late:
            break
    if all(outcome.nothing for outcome in outcomes):
        return CheckResult(exercise, "not attempted", _nothing_came(outcomes[0]))
    # What is wrong with a value comes first, of whichever input; then what is wrong although all values are right.
    for fault_in in (_fault_in_value, _fault_besides):
        for number, outcome in enumerate(outcomes):
            fault = fault_in(exercise, _expected(exercise, number), outcome)
            if fault:
                return _failure(exercise, number, outcomes, fault)
    lines = ["Right on every input." if len(outcomes) > 1 else "Right."]
    called = dict.fromkeys(name for outcome in outcomes for name in outcome.called)
    if called:
        names = listed(f"`{name}`" for name in called)
        lines.append(f"It calls {names}, though, which does the work for you: now write the loop that is behind it.")
    return CheckResult(exercise, "passed", "\n".join(lines))


def _check_built(exercise: Exercise, answer: Callable[..., Any]) -> CheckResult:
    """Try an answer that builds or trains something, on each input, until one shows a mistake or a lack."""
    assert exercise.missing is not None
    for arguments in _inputs(exercise):
        came = run(exercise, answer, arguments, exercise.seconds)
        if came.nothing:
            return CheckResult(exercise, "not attempted", _nothing_came(came))
        if came.broken:
            lines = [came.failure(exercise.seconds), usual_meaning(came.raised, came.reason) if came.raised else ""]
            return CheckResult(exercise, "failed", "\n".join(filter(None, lines)))
        told = (message for message, mistake in exercise.mistakes.items() if mistake.sign(came.value))  # type: ignore[attr-defined]
        mistake = next(told, "")
        if mistake or (missing := exercise.missing(came.value)):
            return CheckResult(exercise, "failed", mistake or missing, mistake)
    return CheckResult(exercise, "passed", "It does all that was asked for.")


# Inputs, right outcomes and those of the listed mistakes are made once; an exercise always makes the same ones.


@cache
def _inputs(exercise: Exercise) -> Sequence[tuple[Any, ...]]:
    return tuple(exercise.inputs())


@cache
def _expected(exercise: Exercise, number: int) -> Outcome:
    if exercise.recorded is not None:
        return exercise.recorded.expected[number]
    outcome = run_quietly(exercise, exercise.solution, _inputs(exercise)[number], 600.0)
    if outcome.broken:
        raise RuntimeError(
            f"the solution of {exercise.id} fails on its own input {number}: "
            f"{outcome.raised} {outcome.reason or outcome.unusable}"
        )
    return outcome


@cache
def _mistaken(exercise: Exercise, message: str, number: int) -> Outcome:
    if exercise.recorded is not None:
        return exercise.recorded.mistakes[message][number]
    seconds = exercise.seconds + 3 * _expected(exercise, number).seconds
    return run_quietly(exercise, exercise.mistakes[message], _inputs(exercise)[number], seconds)


def run_quietly(
    exercise: Exercise, function: Callable[..., Any], arguments: tuple[Any, ...], seconds: float
) -> Outcome:
    """Run a function of the bank; what it prints, and what NumPy warns of in it, does not concern the reader."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return run(exercise, function, arguments, seconds)


def _nothing_came(outcome: Outcome) -> str:
    if not outcome.printed.strip():
        return NOTHING_CAME
    return f"{NOTHING_CAME} Yours printed {cut(outcome.printed.strip())!r}: write `return` in place of `print`."


def _fault_in_value(exercise: Exercise, expected: Outcome, came: Outcome) -> str:
    """Say in a few lines what is wrong with an outcome's value; empty if nothing is."""
    if came.broken:
        return came.failure(exercise.seconds)
    if came.nothing and not expected.nothing:
        return (
            "your function returned None with this input, though not with every one: "
            "does each way through it end in a `return`?"
        )
    if not agree(expected.value, came.value):
        right, got = as_numbers(expected.value), as_numbers(came.value)
        shapes = ""
        if right is not None and got is not None and right.shape != got.shape:
            shapes = f"expected the shape {right.shape}, but {got.shape} came\n"
        return f"{shapes}expected{brief(expected.value)}\ncame{brief(came.value)}"
    return ""


def _fault_besides(exercise: Exercise, expected: Outcome, came: Outcome) -> str:
    """Say what is wrong with an outcome of the right value."""
    if exercise.dtype and not _is_of(came.dtype, exercise.dtype):
        return (
            f"the values are right, but of the type {came.dtype}, and {exercise.dtype} is asked for: "
            "convert them at the end, with `.astype`"
        )
    if came.changed and not exercise.in_place:
        return f"the values are right, but {_changes(came)}"
    return ""


def _changes(came: Outcome) -> str:
    names = listed(f"`{name}`" for name in came.changed)
    return f"your function changes its argument {names} in place: whoever calls it still needs that, so work on a copy"


def _is_of(dtype: np.dtype | None, wanted: str) -> bool:
    kind = np.bool_ if wanted == "bool" else getattr(np, wanted, wanted)  # before NumPy 2, `np.bool` is a warning
    return dtype is not None and np.issubdtype(dtype, kind)


def _failure(exercise: Exercise, number: int, outcomes: Sequence[Outcome], fault: str) -> CheckResult:
    came = outcomes[number]
    mistake = _known_mistake(exercise, outcomes)
    seen = _seen(exercise, number, outcomes)
    lines = [_show_call(exercise, _inputs(exercise)[number]), fault, mistake or seen]
    if came.changed and not exercise.in_place and not came.broken and "in place" not in fault:
        said = _changes(came)
        lines.append(f"Besides, {said}.")
    return CheckResult(exercise, "failed", "\n".join(line for line in lines if line), mistake, seen)


def _known_mistake(exercise: Exercise, outcomes: Sequence[Outcome]) -> str:
    """The message of the listed mistake that gives just these outcomes, if there is one."""
    ended = [number for number, outcome in enumerate(outcomes) if not outcome.late]
    alike = []
    for message in exercise.mistakes if exercise.recorded is None else exercise.recorded.mistakes:
        likeness = 2
        for number in ended:
            likeness = min(likeness, _likeness(_mistaken(exercise, message, number), outcomes[number]))
            if not likeness:
                break
        if likeness == 2 and ended:
            return message
        if likeness == 1:
            alike.append(message)
    wrong = any(_is_wrong(exercise, number, outcome) for number, outcome in enumerate(outcomes))
    return alike[0] if alike and wrong else ""


def _likeness(made: Outcome, came: Outcome) -> int:
    """2 if two outcomes are the same, 1 if they differ in type, side effects or an exception's text, otherwise 0."""
    if made.broken or came.broken:
        alike = (made.raised, made.unusable, made.late) == (came.raised, came.unusable, came.late)
        return (2 if made.reason == came.reason else 1) if alike else 0
    if not agree(made.value, came.value):
        return 0
    return 2 if (made.changed, made.dtype) == (came.changed, came.dtype) else 1


def _is_wrong(exercise: Exercise, number: int, came: Outcome) -> bool:
    """Whether a value came, and a wrong one."""
    return not (came.broken or came.nothing) and not agree(_expected(exercise, number).value, came.value)


def _seen(exercise: Exercise, number: int, outcomes: Sequence[Outcome]) -> str:
    """What the machine sees in the first wrong outcome, preferably what it sees in all that are wrong."""
    came = outcomes[number]
    if came.raised:
        return usual_meaning(came.raised, came.reason)
    if came.broken or came.nothing:
        return ""
    seen = [
        findings(_expected(exercise, at).value, outcome.value, _named(exercise, _inputs(exercise)[at]))
        for at, outcome in enumerate(outcomes)
        if _is_wrong(exercise, at, outcome)
    ]
    if exercise.judge is not None and isinstance(_expected(exercise, number).value, (list, tuple)):
        # A judge's list of this and that has no order or scale of its own.
        seen = [{rule: said for rule, said in each.items() if rule in OF_SEVERAL} for each in seen]
    if not seen or not seen[0]:
        return ""
    everywhere = [rule for rule in seen[0] if all(rule in other for other in seen)]
    if everywhere:
        return seen[0][everywhere[0]]
    return f"With this input: {next(iter(seen[0].values()))}"


def _named(exercise: Exercise, arguments: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip(inspect.signature(exercise.solution).parameters, arguments, strict=False))


def _show_call(exercise: Exercise, arguments: tuple[Any, ...]) -> str:
    lines = [f"{name} ={brief(value)}" for name, value in _named(exercise, arguments).items()]
    if exercise.judge is not None:
        lines.append(f"What is compared is {exercise.judge.__doc__}.")
    return "\n".join(lines)
