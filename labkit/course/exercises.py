"""Exercises that check themselves: one definition each, from prompt to reference solution.

>>> from labkit.course import check
>>> def my_correlate(signal, kernel):
...     return None
>>> print(check("02-sliding-sum", my_correlate))
02-sliding-sum: not attempted yet. Your function returns None: ...
"""

from __future__ import annotations

import copy
import html
import inspect
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

import numpy as np

from labkit.course.discovery import chapter_part, chapters_with

Status = Literal["passed", "failed", "not attempted"]


@dataclass(frozen=True)
class WrongAnswer:
    """A mistake that learners make: the function that makes it, and what to tell them."""

    function: Callable[..., Any]
    message: str


@dataclass(frozen=True)
class Exercise:
    """One exercise, from which notebook, page and test are all made.

    Attributes
    ----------
    id : str
        The chapter's number with two digits, a hyphen, a name.
    title : str
        A few words.
    prompt : str
        What to do, in Markdown.
    solution : callable
        A right answer, written to be read; other right answers pass as well. Its name, arguments and docstring make
        the stub that the reader starts from, so its docstring says what the function is to do.
    hints : sequence of str
        From gentle to nearly there.
    inputs : callable
        Makes the argument tuples that an answer is tried on. The first should be small enough to do by hand.
    wrong_answers : sequence of WrongAnswer
        Named mistakes; each gets its own message.
    judge : callable, optional
        Turns what the answer returned, and the arguments it got, into the value that is compared; by default the
        returned value itself. For answers that are not numbers, such as a kernel to be tried on a picture. Its
        docstring, a noun phrase, tells the reader what is compared.
    """

    id: str
    title: str
    prompt: str
    solution: Callable[..., Any]
    hints: Sequence[str]
    inputs: Callable[[], Sequence[tuple[Any, ...]]]
    wrong_answers: Sequence[WrongAnswer] = ()
    judge: Callable[..., Any] | None = None
    mistakes: Mapping[str, Callable[..., Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        more = tuple(WrongAnswer(function, message) for message, function in self.mistakes.items())
        object.__setattr__(self, "wrong_answers", (*self.wrong_answers, *more))

    @property
    def chapter(self) -> str:
        """The number of its chapter, as in the chapter's file name: ``"02"``."""
        return self.id.split("-")[0]

    @property
    def name(self) -> str:
        """The name of the function to write."""
        return self.solution.__name__

    @property
    def stub(self) -> str:
        """The code that the reader starts from: it returns ``None``."""
        lines = inspect.cleandoc(self.solution.__doc__ or "").splitlines()
        lines = [f'"""{lines[0]}', *lines[1:]]
        lines = [*lines[:-1], f'{lines[-1]}"""'] if len(lines) == 1 else [*lines, '"""']
        body = textwrap.indent("\n".join([*lines, "return None  # your code here"]), "    ")
        return f"def {self.name}{inspect.signature(self.solution)}:\n{body}\n"

    def outcome(self, answer: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        """What an answer gives for one input, as the value to compare; ``None`` if it returned ``None``."""
        # The answer gets copies: one that writes into its arguments must not spoil them for the next call.
        returned = answer(*copy.deepcopy(arguments))
        if returned is None or self.judge is None:
            return returned
        try:
            return self.judge(returned, *copy.deepcopy(arguments))
        except Exception as error:
            raise Unusable(f"your answer cannot be used: {error}") from error


class Unusable(Exception):
    """What an answer returned is not of the kind that was asked for."""


@dataclass(frozen=True)
class CheckResult:
    """What a check found; it shows itself."""

    exercise: Exercise
    status: Status
    message: str

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


@dataclass(frozen=True)
class Help:
    """A hint or a solution, shown as Markdown."""

    text: str

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    def _repr_markdown_(self) -> str:
        return self.text


@cache
def bank(chapter: str) -> Mapping[str, Exercise]:
    """The exercises of one chapter by their ids, in order; no other chapter is imported.

    Raises
    ------
    ValueError
        If two have one id, or one bears the number of another chapter.
    """
    module = chapter_part(chapter, "exercises")
    found: dict[str, Exercise] = {}
    for exercise in module.EXERCISES if module else ():
        if exercise.chapter != chapter:
            raise ValueError(f"exercise {exercise.id!r} is defined in chapter {chapter}; its id must begin {chapter}-")
        if exercise.id in found:
            raise ValueError(f"exercise {exercise.id!r} is defined twice")
        found[exercise.id] = exercise
    return found


def all_exercises() -> Mapping[str, Exercise]:
    """Every exercise of the book by its id, chapter by chapter."""
    return {id: exercise for chapter in chapters_with("exercises") for id, exercise in bank(chapter).items()}


def _get(id: str) -> Exercise:
    known = bank(str(id).split("-")[0])
    if id not in known:
        names = ", ".join(known or all_exercises())
        raise ValueError(f"id is {id!r}, which is no exercise; there are {names}")
    return known[id]


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
    exercise = _get(id)
    if not callable(answer):
        raise TypeError(f"answer is {answer!r}; give the function itself: check({id!r}, {exercise.name})")
    inputs = exercise.inputs()
    outcomes = []
    for arguments in inputs:
        try:
            outcomes.append(exercise.outcome(answer, arguments))
        except Unusable as error:
            return CheckResult(exercise, "failed", f"{_show_call(exercise, arguments)}\n{error}")
        except Exception as error:  # whatever a learner's code raises is an answer to be explained
            where = _show_call(exercise, arguments)
            return CheckResult(exercise, "failed", f"{where}\nyour function raised {type(error).__name__}: {error}")
    if all(outcome is None for outcome in outcomes):
        return CheckResult(exercise, "not attempted", NOTHING_CAME)
    for arguments, came in zip(inputs, outcomes, strict=True):
        expected = exercise.outcome(exercise.solution, arguments)
        difference = _difference(expected, came)
        if difference:
            known = _known_mistake(exercise, inputs, outcomes)
            message = [_show_call(exercise, arguments), difference, known]
            return CheckResult(exercise, "failed", "\n".join(line for line in message if line))
    return CheckResult(exercise, "passed", "Right on every input." if len(inputs) > 1 else "Right.")


def hint(id: str, number: int = 1) -> Help:
    """Show a hint; the first is the gentlest.

    Raises
    ------
    ValueError
        If there is no such exercise or no such hint.
    """
    hints = _get(id).hints
    if number not in range(1, len(hints) + 1):
        raise ValueError(f"number is {number!r}; exercise {id!r} has hints 1 to {len(hints)}")
    more = f" (`hint({id!r}, {number + 1})` says more)" if number < len(hints) else ""
    return Help(f"**Hint {number} of {len(hints)}.** {hints[number - 1]}{more}")


def solution(id: str) -> Help:
    """Show the reference solution as code."""
    return Help(f"```python\n{inspect.getsource(_get(id).solution)}```")


def _difference(expected: Any, came: Any) -> str:
    """Say in a few lines how an outcome differs from the expected one; empty if it does not."""
    try:
        right, got = np.asarray(expected), np.asarray(came)
    except ValueError:  # rows of unequal length
        return f"expected{_brief(expected)}\ncame {came!r}, which is not an array: its rows differ in length"
    if right.dtype.kind not in NUMBERS or got.dtype.kind not in NUMBERS:
        same = type(expected) is type(came) and expected == came
        return "" if same else f"expected{_brief(expected)}\ncame{_brief(came)}"
    if right.shape == got.shape and np.allclose(right, got, rtol=1e-6, atol=1e-9, equal_nan=True):
        return ""
    shapes = "" if right.shape == got.shape else f"expected the shape {right.shape}, but {got.shape} came\n"
    return f"{shapes}expected{_brief(expected)}\ncame{_brief(came)}"


def _known_mistake(exercise: Exercise, inputs: Sequence[tuple[Any, ...]], outcomes: Sequence[Any]) -> str:
    """The message of the wrong answer that gives just these outcomes, if there is one."""
    for wrong in exercise.wrong_answers:
        if all(
            not _difference(exercise.outcome(wrong.function, arguments), came)
            for arguments, came in zip(inputs, outcomes, strict=True)
        ):
            return wrong.message
    return ""


def _show_call(exercise: Exercise, arguments: tuple[Any, ...]) -> str:
    names = list(inspect.signature(exercise.solution).parameters)
    lines = [f"{name} ={_brief(value)}" for name, value in zip(names, arguments, strict=True)]
    if exercise.judge is not None:
        lines.append(f"What is compared is {exercise.judge.__doc__}.")
    return "\n".join(lines)


NOTHING_CAME = "Your function returns None: write your answer in its place. It has to be returned, not printed."
NUMBERS = "biufc"


def _brief(value: Any) -> str:
    """Numbers on one line, small tables row by row, large arrays by their shape and range."""
    try:
        array = np.asarray(value)
    except ValueError:  # arrays of unequal shape in one list
        return f" {value!r}"
    if array.dtype.kind not in NUMBERS:
        return f" {value!r}"
    if array.size > 60:
        return f" an array of shape {array.shape} with values from {array.min():.4g} to {array.max():.4g}"
    text = np.array2string(array, separator=", ", precision=4, suppress_small=True, max_line_width=200)
    return f"\n{text}" if array.ndim > 1 else f" {text}"
