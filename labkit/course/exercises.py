"""Exercises: one definition each, from prompt to reference solution, and the bank that holds them."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from labkit.course.discovery import all_listed, listed_in


@dataclass(frozen=True, eq=False)
class Told:
    """A mistake in something built or trained, told by a sign in it: to recognize it, nothing is trained again.

    Attributes
    ----------
    wrong : callable
        The function that makes the mistake; it runs in the tests.
    sign : callable
        Whether what the exercise's judge made of an answer shows the mistake.
    """

    wrong: Callable[..., Any]
    sign: Callable[[Any], bool]

    def __call__(self, *arguments: Any) -> Any:
        """Make the mistake."""
        return self.wrong(*arguments)


@dataclass(frozen=True, eq=False)
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
    mistakes : mapping
        What to tell the reader, and beside it the function that makes the mistake: about eight misconceptions. A
        mistake is recognized by giving what the answer gave on every input. What `diagnosis` sees by itself need not
        be listed.
    judge : callable, optional
        Turns what the answer returned, and the arguments it got, into the value that is compared; by default the
        returned value itself. For answers that are not numbers, such as a kernel to be tried on a picture. Its
        docstring, a noun phrase, tells the reader what is compared.
    dtype : str, optional
        The type that the returned numbers must have, where the exercise asks for one: ``"uint8"``, ``"bool"``, or a
        kind, ``"integer"`` or ``"floating"``.
    by_hand : sequence of str
        Library functions, with their modules, that do what the reader is to write: ``"numpy.correlate"``. A right
        answer that calls one passes, and is asked for the loop.
    seconds : float
        How long the answer may take on all inputs together.
    in_place : bool
        Whether the task is to change an argument; otherwise an answer that does so fails. The judge then gets the
        arguments as the answer left them, and otherwise as they were.
    missing : callable, optional
        For answers that build or train something, of which many are right: says what is still missing in what the
        judge made of the answer, and nothing if it is all there. Neither the solution nor a mistake runs then; each
        mistake is a `Told`, and the first whose sign is seen is told.
    fresh : callable, optional
        From a random generator to further inputs, for assignments; by default the inputs with other numbers.
    recorded : object, optional
        What the solution and the mistakes gave on the inputs, where they themselves stay with a teacher.
    """

    id: str
    title: str
    prompt: str
    solution: Callable[..., Any]
    hints: Sequence[str]
    inputs: Callable[[], Sequence[tuple[Any, ...]]]
    mistakes: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    judge: Callable[..., Any] | None = None
    dtype: str | None = None
    by_hand: Sequence[str] = ()
    seconds: float = 5.0
    in_place: bool = False
    missing: Callable[[Any], str] | None = None
    fresh: Callable[[np.random.Generator], Sequence[tuple[Any, ...]]] | None = None
    recorded: Any = None

    def __post_init__(self) -> None:
        if self.missing is not None and not all(isinstance(mistake, Told) for mistake in self.mistakes.values()):
            raise TypeError(f"exercise {self.id!r}: where `missing` judges, each mistake is a Told, with its sign")

    @property
    def chapter(self) -> str:
        """The number of its chapter, as in the chapter's file name: ``"02"``."""
        return self.id.split("-")[0]

    @property
    def name(self) -> str:
        """The name of the function to write."""
        return self.solution.__name__

    @property
    def imports(self) -> list[str]:
        """The imports that the solution needs besides NumPy, as lines: with these it runs wherever it is pasted."""
        names = ast.walk(ast.parse(textwrap.dedent(inspect.getsource(self.solution))))
        used = {node.id for node in names if isinstance(node, ast.Name)} - {"np"}
        return imports_of(inspect.getfile(self.solution), used)

    @property
    def stub(self) -> str:
        """The code that the reader starts from: it returns ``None``."""
        lines = inspect.cleandoc(self.solution.__doc__ or "").splitlines()
        lines = [f'"""{lines[0]}', *lines[1:]]
        lines = [*lines[:-1], f'{lines[-1]}"""'] if len(lines) == 1 else [*lines, '"""']
        body = textwrap.indent("\n".join([*lines, "return None  # your code here"]), "    ")
        return f"def {self.name}{inspect.signature(self.solution)}:\n{body}\n"


def imports_of(file: str, used: Set[str]) -> list[str]:
    """The imports at the top of a file that make some of the names that are used known, as lines."""
    return [
        ast.unparse(type(node)(**{**vars(node), "names": kept}))
        for node in _imports_at_the_top(file)
        if (kept := [name for name in node.names if (name.asname or name.name) in used])
    ]


@cache
def _imports_at_the_top(file: str) -> list[ast.Import | ast.ImportFrom]:
    body = ast.parse(Path(file).read_text(encoding="utf-8")).body
    return [node for node in body if isinstance(node, ast.Import | ast.ImportFrom)]


@dataclass(frozen=True)
class Help:
    """A hint or a solution, shown as Markdown."""

    text: str

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    def _repr_markdown_(self) -> str:
        return self.text


def all_exercises() -> Mapping[str, Exercise]:
    """Every exercise of the book by its id, chapter by chapter."""
    return all_listed("exercises")


def get_exercise(id: str) -> Exercise:
    """One exercise, by its id.

    Raises
    ------
    ValueError
        If there is none.
    """
    known = listed_in(str(id).split("-")[0], "exercises")
    if id not in known:
        names = ", ".join(known or all_exercises())
        raise ValueError(f"id is {id!r}, which is no exercise; there are {names}")
    found: Exercise = known[id]
    return found


def hint(id: str, number: int = 1) -> Help:
    """Show a hint; the first is the gentlest.

    Raises
    ------
    ValueError
        If there is no such exercise or no such hint.
    """
    hints = get_exercise(id).hints
    if not hints:
        return Help("This exercise comes without hints.")
    if number not in range(1, len(hints) + 1):
        raise ValueError(f"number is {number!r}; exercise {id!r} has hints 1 to {len(hints)}")
    more = f" (`hint({id!r}, {number + 1})` says more)" if number < len(hints) else ""
    return Help(f"**Hint {number} of {len(hints)}.** {hints[number - 1]}{more}")


def solution(id: str) -> Help:
    """Show the reference solution as code; where it stays with a teacher, say so."""
    exercise = get_exercise(id)
    if exercise.recorded is not None:
        return Help(f"This package was made for an assignment: the solution of {id} stays with your teacher.")
    return Help(f"```python\n{inspect.getsource(exercise.solution)}```")
