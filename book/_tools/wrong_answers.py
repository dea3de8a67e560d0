"""What stands below each exercise: a wrong answer with what the check says of it, and the solution, as code."""

from __future__ import annotations

import ast
import builtins
import html
import inspect
import re
import textwrap
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from labkit.course import Exercise
from labkit.course.exercises import Told, imports_of

LINES, WIDTH = 12, 88  # longer ones, and wider ones, are not shown


def wrong_answer(exercise: Exercise) -> str:
    """The first listed mistake that can be read by itself, and its message, as Markdown."""
    message, code = readable_mistake(exercise)
    words = re.sub("`([^`]+)`", r"<code>\1</code>", html.escape(message, quote=False))
    heard = f"One wrong answer hears: ✗ <em>{words}</em>"
    return f"<details>\n<summary>{heard}</summary>\n\n```python\n{code}\n```\n\n</details>"


def readable_mistake(exercise: Exercise) -> tuple[str, str]:
    """The message and the code of the first listed mistake that can be read, and run wherever it is pasted.

    Raises
    ------
    ValueError
        If there is none.
    """
    for message, answer in exercise.mistakes.items():
        code = _code(exercise, answer)
        if code:
            return message, code
    raise ValueError(
        f"none of the mistakes of exercise {exercise.id!r} can be read by itself; one has to do with NumPy, its "
        f"arguments and imports, in at most {LINES} lines of {WIDTH} characters"
    )


def solution(exercise: Exercise) -> str:
    """The reference solution, with the imports that it needs besides NumPy: it runs wherever it is pasted."""
    source = inspect.getsource(exercise.solution).rstrip()
    return "\n\n\n".join(filter(None, ["\n".join(exercise.imports), source]))


def _code(exercise: Exercise, answer: Callable[..., Any]) -> str:
    """The answer as a function of the exercise's name, below what it has to import besides NumPy.

    Nothing where it needs what the reader does not see.
    """
    answer = answer.wrong if isinstance(answer, Told) else answer
    function = _syntax(answer)
    if function is None:
        return ""
    if isinstance(function, ast.Lambda):
        body = f"return {ast.unparse(function.body)}"
    else:
        body = "\n".join(ast.unparse(statement) for statement in function.body if not _is_docstring(statement))
    named = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    needed = named - _made_known(function) - set(dir(builtins)) - {"np"}
    imports = "\n".join(imports_of(answer.__code__.co_filename, needed))
    code = f"def {exercise.name}({ast.unparse(function.args)}):\n{textwrap.indent(body, '    ')}"
    code = "\n\n\n".join(filter(None, [imports, code]))
    fits = code.count("\n") < LINES and max(map(len, code.splitlines())) <= WIDTH
    return code if fits and needed <= _made_known(ast.parse(imports)) else ""


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _made_known(code: ast.AST) -> set[str]:
    """The names of all arguments, variables, functions and imports in a piece of code."""
    known = set()
    for node in ast.walk(code):
        if isinstance(node, ast.arg):
            known.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            known.add(node.id)
        elif isinstance(node, ast.FunctionDef):
            known.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            known |= {(name.asname or name.name).partition(".")[0] for name in node.names}
    return known


def _syntax(answer: Callable[..., Any]) -> ast.Lambda | ast.FunctionDef | None:
    """Where the answer is defined."""
    code = getattr(answer, "__code__", None)
    if code is None:
        return None
    defined = [node for node in _functions(code.co_filename) if node.lineno == code.co_firstlineno]
    return defined[0] if len(defined) == 1 else None


@cache
def _functions(file: str) -> list[ast.Lambda | ast.FunctionDef]:
    tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.Lambda | ast.FunctionDef)]
