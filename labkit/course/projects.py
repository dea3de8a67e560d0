"""Projects: a goal, images, floors to reach, and nothing to start from.

>>> from labkit.course import show_project
>>> show_project("05-wandering-digits").title
'Digits that wander'
"""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from labkit.course.discovery import chapter_part, chapters_with
from labkit.tables import rows_as_html

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True, eq=False)
class LabelledImages:
    """Images, what they show, and where, if that is known.

    Attributes
    ----------
    images : ndarray of uint8, (n, height, width, channels)
        Pixels from 0 to 255.
    labels : ndarray of int, (n,)
        The class of each image, from 0.
    masks : ndarray of bool, (n, height, width), optional
        True where the object is.
    """

    images: NDArray[np.uint8]
    labels: NDArray[Any]
    masks: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self.images)

    def __str__(self) -> str:
        return f"{len(self):,} images of {'×'.join(map(str, self.images.shape[1:]))}"

    __repr__ = __str__


@dataclass(frozen=True, eq=False)
class Answers:
    """A model, and its answers to the images it is judged on; what a point of a rubric is measured on.

    Attributes
    ----------
    model : keras.Model
        As it was handed in.
    asked : mapping of str to LabelledImages
        The images by the name of their set.
    probabilities : mapping of str to ndarray, (n, classes)
        What the model gave for them, as probabilities.
    """

    model: keras.Model
    asked: Mapping[str, LabelledImages]
    probabilities: Mapping[str, NDArray[np.float64]]

    def right(self, name: str) -> NDArray[np.bool_]:
        """Whether each image of a set got its own class."""
        return self.probabilities[name].argmax(axis=1) == self.asked[name].labels

    def accuracy(self, name: str) -> float:
        """Return the share of a set's images that got their own class."""
        return float(self.right(name).mean())

    def weakest_class(self, name: str) -> float:
        """Return the share of right answers among the images of the class that has the fewest: its recall."""
        right, labels = self.right(name), self.asked[name].labels
        return float(min(right[labels == label].mean() for label in np.unique(labels)))


@dataclass(frozen=True)
class Point:
    """One line of a rubric.

    Attributes
    ----------
    name : str
        What it is called, in a few words.
    text : str
        What is measured, a noun phrase.
    measure : callable
        From `Answers` to a number from 0 to 1, of which more is better.
    floor : float
        The least that reaches the point.
    stand_in_floor : float, optional
        The floor where the project's data had to be replaced by a stand-in; the same by default.
    """

    name: str
    text: str
    measure: Callable[[Answers], float]
    floor: float
    stand_in_floor: float | None = None

    def floor_for(self, stand_in: bool) -> float:
        """Return the floor that holds for these data."""
        return self.stand_in_floor if stand_in and self.stand_in_floor is not None else self.floor

    @property
    def floors(self) -> str:
        """The floor, and in brackets that with a stand-in, where it is another."""
        other = "" if self.stand_in_floor is None else f" ({self.stand_in_floor:.2f})"
        return f"{self.floor:.2f}{other}"


@dataclass(frozen=True)
class Project:
    """A task without a stub; it shows itself.

    Attributes
    ----------
    id : str
        The chapter's number, a hyphen and a name.
    title, goal : str
        What it is called, and what is to be built.
    input_shape : tuple of int
        Height, width and channels of an image; pixels go from 0 to 255.
    class_names : tuple of str
        The classes, in the order of the model's outputs.
    training : callable
        Gives the images to train on.
    judging : callable
        From a seed to the images a model is judged on, by name; the first set is the public one.
    rubric : sequence of Point
        What is measured, and how much of it is asked for.
    is_stand_in : callable
        Whether the images stand in for data that could not be had.
    """

    id: str
    title: str
    goal: str
    input_shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    training: Callable[[], LabelledImages]
    judging: Callable[[int], Mapping[str, LabelledImages]]
    rubric: Sequence[Point]
    is_stand_in: Callable[[], bool] = lambda: False

    @property
    def chapter(self) -> str:
        """The number of its chapter: ``"05"``."""
        return self.id.split("-")[0]

    @property
    def _size(self) -> str:
        return "×".join(map(str, self.input_shape))

    def __str__(self) -> str:
        head = [self.id, self.title, f"input: {self._size}, 0 to 255", f"classes: {' '.join(self.class_names)}"]
        points = [line for point in self.rubric for line in (f"≥ {point.floors} {point.name}", f"  {point.text}")]
        return "\n".join([*head, *points])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = [(point.name, point.floors, point.text) for point in self.rubric]
        form = f"Input {self._size}, pixels from 0 to 255; classes: {', '.join(self.class_names)}."
        return (
            f'<div class="project"><p><strong>{html.escape(self.title)}.</strong> {html.escape(form)}</p>'
            f"{rows_as_html(('point', 'floor', 'what is measured'), rows)}</div>"
        )


@cache
def project_of(chapter: str) -> Project | None:
    """The project of one chapter, or ``None``; no other chapter is imported.

    Raises
    ------
    ValueError
        If it bears the number of another chapter.
    """
    module = chapter_part(chapter, "project")
    if module is None:
        return None
    found: Project = module.PROJECT
    if found.chapter != chapter:
        raise ValueError(f"project {found.id!r} is defined in chapter {chapter}; its id must begin {chapter}-")
    return found


def all_projects() -> Mapping[str, Project]:
    """Every project of the book by its id.

    >>> list(all_projects())
    ['05-wandering-digits', '11-pets-from-few', '14-right-reason']
    """
    found = [project_of(chapter) for chapter in chapters_with("project")]
    return {project.id: project for project in found if project}


def show_project(id: str) -> Project:
    """Show what a project asks for: input, classes, and the rubric with its floors.

    >>> print(show_project("05-wandering-digits").title)
    Digits that wander

    Raises
    ------
    ValueError
        If there is no project of that id.
    """
    project = project_of(str(id).split("-")[0])
    if project is None or project.id != id:
        raise ValueError(f"id is {id!r}, which is no project; there are {', '.join(all_projects())}")
    return project


def project_data(id: str) -> LabelledImages:
    """Return the images to train on.

    >>> digits = project_data("05-wandering-digits")
    >>> digits.images.shape[1:], digits.labels.shape == digits.images.shape[:1]
    ((28, 28, 1), True)

    Raises
    ------
    ValueError
        If there is no project of that id.
    """
    return show_project(id).training()
