"""A chapter's exercises without what stays with the teacher, as the text of a module for students.

Of a chapter's bank it keeps what a check needs and cannot be data: the judge, and for what is built or trained also the
inputs, the signs of the mistakes, and what is still missing. Everything else becomes data (`recorded`).
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from labkit.course.assignments.recorded import record
from labkit.course.exercises import Exercise

OPENING = '''\
"""Exercises of an assignment: what checks them. Solutions are not in this package."""

from pathlib import Path

from labkit.course.assignments.handed_out import stays_with_the_teacher, stored
from labkit.course.exercises import Exercise, Told

DATA = Path(__file__).with_name("exercises.json")
'''
KEPT = ("dtype", "by_hand", "seconds", "in_place")


def bank_for_students(exercises: Sequence[Exercise], hints: int | None) -> tuple[str, dict[str, Any]]:
    """Write the module and the data of one chapter's exercises.

    Parameters
    ----------
    exercises : sequence of Exercise
        Some of one chapter.
    hints : int or None
        How many hints of each are handed out; all where it is None.

    Returns
    -------
    tuple of str and dict
        The module's text, and what stands in the file of data beside it.

    Raises
    ------
    ValueError
        If a check needs the solution itself.
    """
    source = _Source(Path(inspect.getfile(exercises[0].solution)))
    data: dict[str, Any] = {}
    parts, roots = [], []
    for exercise in exercises:
        written = source.exercise(exercise.id)
        entry: dict[str, Any] = {"imports": _imports_inside(exercise)}
        keywords = {
            "id": repr(exercise.id),
            "title": repr(exercise.title),
            "prompt": repr(exercise.prompt),
            "solution": exercise.name,
            "hints": repr(tuple(exercise.hints[:hints])),
        }
        keywords |= {name: repr(getattr(exercise, name)) for name in KEPT}
        code = [name for name in ("judge", "missing") if getattr(exercise, name) is not None]
        if exercise.missing is None:
            visible = list(exercise.inputs())
            entry |= record(exercise, visible, visible)
        else:
            signs = source.signs(written["mistakes"])
            told = (f"Told(stays_with_the_teacher, {ast.unparse(sign)})" for sign in signs)
            keywords["mistakes"] = _dictionary(zip(map(repr, exercise.mistakes), told, strict=True))
            roots += signs
        own = exercise.missing is not None or _refers(entry["inputs"])
        if own:
            code.append("inputs")
        keywords |= {name: ast.unparse(written[name]) for name in code}
        roots += [written[name] for name in code]
        given = f", {keywords.pop('inputs')}" if own else ""
        listed = "".join(f"        {name}={value},\n" for name, value in keywords.items())
        parts.append(f"    Exercise(\n{listed}        **stored(DATA, {exercise.id!r}{given}),\n    ),\n")
        data[exercise.id] = entry
    needed = source.needed(roots, withheld={exercise.name for exercise in exercises})
    stubs = "\n\n".join(exercise.stub for exercise in exercises)
    return f"{OPENING}\n{needed}\n\n\n{stubs}\n\nEXERCISES = [\n{''.join(parts)}]\n", data


def _dictionary(entries: Iterable[tuple[str, str]]) -> str:
    return "{" + "".join(f"\n            {key}: {value}," for key, value in entries) + "\n        }"


def _refers(inputs: Sequence[Sequence[Any]]) -> bool:
    return any(isinstance(value, dict) and "own" in value for arguments in inputs for value in arguments)


def _imports_inside(exercise: Exercise) -> list[str]:
    """What the solution imports when it is called: an answer will, too, and its time is not to be spent on that."""
    tree = ast.parse(inspect.getsource(exercise.solution))
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    return list(dict.fromkeys(names))


class _Source:
    """The text of a bank, taken apart into what is defined in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = path.read_text(encoding="utf-8")
        self.body = ast.parse(self.text).body
        self.defined = {name: node for node in self.body for name in _defines(node)}
        values = [node.value for node in self.body if isinstance(node, ast.Assign)]
        self.calls = [call for call in values if isinstance(call, ast.Call) and ast.unparse(call.func) == "Exercise"]

    def exercise(self, id: str) -> Mapping[str, ast.expr]:
        """The arguments of one exercise, by name."""
        for call in self.calls:
            given = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
            if ast.unparse(given["id"]) == repr(id):
                return given
        raise ValueError(f"{self.path} does not write out exercise {id!r} as `name = Exercise(id={id!r}, …)`")

    def signs(self, mistakes: ast.expr) -> list[ast.expr]:
        """The second argument of each `Told`."""
        assert isinstance(mistakes, ast.Dict)
        return [told.args[1] for told in mistakes.values if isinstance(told, ast.Call)]

    def needed(self, roots: Sequence[ast.AST], withheld: set[str]) -> str:
        """The definitions and imports that these expressions reach, in the order of the file."""
        reached: set[str] = set()
        open_ends = [name for root in roots for name in _names(root)]
        while open_ends:
            name = open_ends.pop()
            if name in reached or name not in self.defined:
                continue
            if name in withheld or name in self._solutions():
                raise ValueError(f"the checks of {self.path} need {name}, a solution, so they cannot be handed out")
            reached.add(name)
            if not isinstance(self.defined[name], ast.Import | ast.ImportFrom):
                open_ends += _names(self.defined[name])
        kept = []
        for node in self.body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [alias for alias in node.names if (alias.asname or alias.name.partition(".")[0]) in reached]
                if names:
                    kept.append(ast.unparse(type(node)(**{**vars(node), "names": names})))
            elif reached & set(_defines(node)):
                first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", ()))])
                kept.append("\n\n" + "\n".join(self.text.splitlines()[first - 1 : node.end_lineno]))
        return "\n".join(kept)

    def _solutions(self) -> set[str]:
        given = ({keyword.arg: keyword.value for keyword in call.keywords} for call in self.calls)
        return {ast.unparse(each["solution"]) for each in given}


def _defines(node: ast.stmt) -> list[str]:
    """The names that a statement at the top of a module defines."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [alias.asname or alias.name.partition(".")[0] for alias in node.names]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)]


def _names(node: ast.AST) -> list[str]:
    """The names that are read in it and made elsewhere."""
    read = {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}
    made = {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
    made |= {each.arg for each in ast.walk(node) if isinstance(each, ast.arg)}
    return sorted(read - made)
