"""Judging a model that somebody handed in for a project, by images that are made at that moment.

>>> from labkit.course import check_project
>>> print(check_project("05-wandering-digits", "missing.keras"))
05-wandering-digits: refused
missing.keras is not there: no file has that name

A model is judged by what it says of those images, beside a test split that everybody knows. It is never trained here,
and stays as it is.
"""

from __future__ import annotations

import html
import os
import secrets
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from labkit.arguments import whole_number
from labkit.course.handed_in import RefusedModel, open_model, outputs_of, ready_for, reason
from labkit.course.projects import Answers, Point, Project, show_project
from labkit.tables import rows_as_html, rows_as_text

Status = Literal["passed", "failed", "refused"]

# Seeds of images made for judging begin here; what the book gives away is drawn from smaller ones.
FIRST_FRESH_SEED, LAST_FRESH_SEED = 10**6, 2**31


@dataclass(frozen=True)
class Reached:
    """A point of a rubric, and what a model reached in it; NaN where it could not be measured."""

    point: Point
    value: float
    floor: float

    @property
    def passed(self) -> bool:
        """Whether the floor is reached; to three digits, as it is shown."""
        return bool(round(self.value, 3) >= self.floor)


@dataclass(frozen=True)
class ProjectResult:
    """What was found of a model; it shows itself.

    Attributes
    ----------
    project : Project
        What it was made for.
    status : str
        ``"passed"`` where all points are reached, ``"failed"``, or ``"refused"``: not judged at all.
    reached : sequence of Reached
        Each point with its value.
    notes : sequence of str
        What else was seen; why a model is refused.
    seed : int, optional
        What the images were made from.
    given : bool
        Whether that seed was given, so that the images may have been seen before.
    """

    project: Project
    status: Status
    reached: Sequence[Reached] = ()
    notes: Sequence[str] = ()
    seed: int | None = None
    given: bool = False

    @property
    def passed(self) -> bool:
        """Whether all points are reached."""
        return self.status == "passed"

    @property
    def _score(self) -> str:
        if not self.reached:
            return self.status
        return f"{self.status}, {sum(each.passed for each in self.reached)} of {len(self.reached)} points"

    @property
    def _seed_line(self) -> str:
        if self.seed is None:
            return ""
        return f"seed {self.seed}" + (", given: a repetition" if self.given else ", taken just now")

    def __str__(self) -> str:
        rows = [
            ("✓" if each.passed else "✗", each.point.name, f"{each.value:.3f}", f"≥ {each.floor:.2f}")
            for each in self.reached
        ]
        table = [rows_as_text(rows)] if rows else []
        return "\n".join(
            part for part in (f"{self.project.id}: {self._score}", *table, *self.notes, self._seed_line) if part
        )

    __repr__ = __str__

    def _repr_html_(self) -> str:
        colour = {"passed": "#1b6e3c", "failed": "#a3271b", "refused": "#56648a"}[self.status]
        mark = {"passed": "✓", "failed": "✗", "refused": "…"}[self.status]
        rows = [
            (each.point.name, f"{each.value:.3f}", f"{each.floor:.2f}", "✓ reached" if each.passed else "✗ not reached")
            for each in self.reached
        ]
        table = rows_as_html(("point", "reached", "floor", ""), rows) if rows else ""
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in self.notes)
        seed = f"<p><small>{html.escape(self._seed_line)}</small></p>" if self._seed_line else ""
        return (
            f'<div class="project-check" style="border-left: 4px solid {colour}; padding: .3em .8em; margin: .4em 0">'
            f'<span style="background: {colour}; color: #fff; border-radius: .6em; padding: .05em .6em">'
            f"{mark} {html.escape(self._score)}</span> <strong>{html.escape(self.project.title)}</strong>"
            f"{table}{notes}{seed}</div>"
        )


def check_project(id: str, path: str | os.PathLike[str], seed: int | None = None) -> ProjectResult:
    """Judge a saved model, by images made at this moment and by a test split.

    >>> print(check_project("14-right-reason", "no_such_model.keras"))
    14-right-reason: refused
    no_such_model.keras is not there: no file has that name

    Nothing of the file is run: it is loaded in safe mode, and refused if it holds code.

    Parameters
    ----------
    id : str
        The project.
    path : str or path-like
        The file that ``model.save("….keras")`` wrote.
    seed : int, optional
        Makes the same images again as a judgement that printed this seed. By default a new one is taken.

    Returns
    -------
    ProjectResult
        *passed* where all points of the rubric are reached, *failed*, or *refused* with the reason in a sentence; each
        point with its value and its floor.

    Raises
    ------
    ValueError
        If there is no project of that id, or `seed` is negative.
    TypeError
        If `path` is no path, or `seed` no whole number.
    """
    return judge(show_project(id), path, seed)


def judge(project: Project, path: str | os.PathLike[str], seed: int | None = None) -> ProjectResult:
    """Judge a model by a project that need not stand in a chapter; otherwise as `check_project`."""
    given = seed is not None
    number = FIRST_FRESH_SEED + secrets.randbelow(LAST_FRESH_SEED - FIRST_FRESH_SEED)
    if seed is not None:
        number = whole_number("seed", seed, minimum=0)
    try:
        model = open_model(path)
        name = Path(path).name
        # One image of zeros, before many are made: a model of the wrong form is told so at once.
        outputs_of(
            model, ready_for(model, np.zeros((1, *project.input_shape), np.uint8), name), _classes(project), name
        )
        asked = project.judging(number)
        given_outputs = {
            key: outputs_of(model, ready_for(model, each.images, name), _classes(project), name)
            for key, each in asked.items()
        }
    except RefusedModel as error:
        return ProjectResult(project, "refused", notes=(str(error),))
    answers = Answers(model, asked, as_probabilities(given_outputs))
    notes: list[str] = []
    reached = [_measured(point, answers, project.is_stand_in(), notes) for point in project.rubric]
    passed = all(each.passed for each in reached)
    if not passed:
        notes += _seen(project, answers, name)
    return ProjectResult(project, "passed" if passed else "failed", reached, notes, number, given)


def _classes(project: Project) -> int:
    return len(project.class_names)


def as_probabilities(outputs: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float64]]:
    """Turn what a network gave, logits or probabilities, into probabilities of shape (n, classes).

    Numbers are taken as probabilities where all lie from 0 to 1 and, of several, add up to 1; else as logits.

    >>> as_probabilities({"two": np.array([[0.0, 0.0]], np.float32)})["two"].tolist()
    [[0.5, 0.5]]
    >>> as_probabilities({"one": np.array([[0.75]], np.float32)})["one"].tolist()
    [[0.25, 0.75]]
    """
    everything = np.concatenate(list(outputs.values())).astype(np.float64)
    single = everything.shape[1] == 1
    sums_to_one = single or np.allclose(everything.sum(axis=1), 1, atol=1e-2)
    probable = everything.min() >= 0 and everything.max() <= 1 + 1e-6 and sums_to_one

    def turned(values: NDArray[np.float64]) -> NDArray[np.float64]:
        if probable:
            return np.hstack([1 - values, values]) if single else values
        logits = np.hstack([np.zeros_like(values), values]) if single else values
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    return {name: turned(values.astype(np.float64)) for name, values in outputs.items()}


def _measured(point: Point, answers: Answers, stand_in: bool, notes: list[str]) -> Reached:
    """Measure a point; what a network does not allow to be measured is not reached, and the reason is noted."""
    value = float("nan")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = float(point.measure(answers))
    except (TypeError, ValueError) as error:
        notes.append(f"{point.name} cannot be measured: {reason(error)}")
    return Reached(point, value, point.floor_for(stand_in))


def _seen(project: Project, answers: Answers, name: str) -> list[str]:
    """What often is behind a failure, where it shows."""
    public, *others = answers.asked
    images = ready_for(answers.model, answers.asked[public].images, name)
    dim = as_probabilities({public: outputs_of(answers.model, images / np.float32(255), _classes(project), name)})
    if Answers(answers.model, answers.asked, dim).accuracy(public) > answers.accuracy(public) + 0.2:
        return ["With pixels from 0 to 1 it is better by far: let Rescaling(1/255) be its first layer."]
    every = np.concatenate([each.argmax(axis=1) for each in answers.probabilities.values()])
    if (every == every[0]).all():
        return [f"It gives one answer to every image: {project.class_names[every[0]]}."]
    worst = min(others, key=answers.accuracy, default=public)
    if answers.accuracy(public) > answers.accuracy(worst) + 0.1:
        return [f"It is far better on {public} than on {worst}: what it has learned does not hold there."]
    return []
