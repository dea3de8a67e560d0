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
from labkit.course.exercises import Told

LINES = 12  # longer ones are not shown


def wrong_answer(exercise: Exercise) -> str:
    """The first listed mistake that can be read by itself, and its message, as Markdown; else a message alone."""
    shown = readable_mistake(exercise)
    if shown is None:
        return f"One wrong answer hears: ✗ *{_plain(next(iter(exercise.mistakes)))}*"
    message, code = shown
    words = re.sub("`([^`]+)`", r"<code>\1</code>", html.escape(message, quote=False))
    heard = f"One wrong answer hears: ✗ <em>{words}</em>"
    return f"<details>\n<summary>{heard}</summary>\n\n```python\n{code}\n```\n\n</details>"


def readable_mistake(exercise: Exercise) -> tuple[str, str] | None:
    """The message and the code of the first listed mistake that can be read and run by itself, if there is one."""
    shown = ((message, _code(exercise, answer)) for message, answer in exercise.mistakes.items())
    return next((each for each in shown if each[1]), None)


def solution(exercise: Exercise) -> str:
    """The reference solution, with the imports that it needs besides NumPy: it runs wherever it is pasted."""
    source = inspect.getsource(exercise.solution).rstrip()
    return "\n\n\n".join(filter(None, ["\n".join(exercise.imports), source]))


def _plain(message: str) -> str:
    """Without what Markdown would read as emphasis."""
    return message.replace("*", r"\*").replace("_", r"\_")


def _code(exercise: Exercise, answer: Callable[..., Any]) -> str:
    """The answer as a function of the exercise's name, or nothing where it needs what the reader does not see."""
    answer = answer.wrong if isinstance(answer, Told) else answer
    function = _syntax(answer)
    if function is None:
        return ""
    arguments = {argument.arg for argument in ast.walk(function.args) if isinstance(argument, ast.arg)}
    if isinstance(function, ast.Lambda):
        body = f"return {ast.unparse(function.body)}"
    else:
        body = "\n".join(ast.unparse(statement) for statement in function.body if not _is_docstring(statement))
    named = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    made = {node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    made |= {
        (name.asname or name.name).partition(".")[0]
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }
    known = arguments | made | set(dir(builtins)) | _imported(answer)
    code = f"def {exercise.name}({ast.unparse(function.args)}):\n{textwrap.indent(body, '    ')}"
    fits = code.count("\n") < LINES and max(map(len, code.splitlines())) <= 88
    return code if fits and named <= known else ""


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _imported(answer: Callable[..., Any]) -> set[str]:
    """Modules that the answer's file imports under a name."""
    return {name for name, value in answer.__globals__.items() if inspect.ismodule(value) and not name.startswith("_")}


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
