"""Which code cells are folded: those that only plot, check or import. What teaches stays open.

Each home has its own mark: the tag ``hide-input`` for the book, ``jupyter.source_hidden`` for JupyterLab and the form
view for Colab. A cell that is told from its code to be folded gets all three; so does one that its author has tagged
``hide-input``. The tag ``open`` keeps a cell open whose plotting is the lesson.
"""

from __future__ import annotations

import ast

from nbformat import NotebookNode

from labkit import plots

# An exercise's own `check` stays in sight.
CHECKS = {"claim", "claim_all", "recorded", "recorded_all", "show_project", "show_quiz", "pencil"}
DRAWS = {*plots.__all__, "plots", "plt"}


def fold(cell: NotebookNode) -> None:
    """Write the three marks, or take them away, in place."""
    tags = cell.metadata.get("tags", [])
    if "open" not in tags and "hide-input" not in tags and only_plots_or_checks(cell.source):
        tags = cell.metadata.setdefault("tags", [])
        tags.append("hide-input")
    if "hide-input" in tags:
        cell.metadata.setdefault("jupyter", NotebookNode())["source_hidden"] = True
        cell.metadata["cellView"] = "form"
    else:
        cell.metadata.pop("cellView", None)
        cell.metadata.pop("jupyter", None)


def only_plots_or_checks(source: str) -> bool:
    """Whether each statement of a cell imports, draws or checks.

    >>> only_plots_or_checks("claim('C7-total', model.count_params())")
    True
    >>> only_plots_or_checks("model = keras.Sequential()\\nclaim('C7-total', model.count_params())")
    False
    """
    try:
        statements = ast.parse(source).body
    except SyntaxError:  # a magic command
        return False
    drawn = set(DRAWS)
    return bool(statements) and all(_draws_or_checks(statement, drawn) for statement in statements)


def _draws_or_checks(statement: ast.stmt, drawn: set[str]) -> bool:
    """Whether one statement does; what it makes by drawing, a figure or axes, is added to ``drawn``."""
    match statement:
        case ast.Import() | ast.ImportFrom() | ast.Assert():
            return True
        case ast.Expr(ast.Name(name)):
            return name in drawn
        case ast.Expr(ast.Call() as call):
            return _root(call) in drawn | CHECKS
        case ast.Assign(targets, ast.Call() as call) if _root(call) in drawn:
            drawn |= {node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)}
            return True
        case ast.For(target, of, body):
            if any(isinstance(node, ast.Name) and node.id in drawn for node in ast.walk(of)):
                drawn |= {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}
            return all(_draws_or_checks(inner, drawn) for inner in body)
        case ast.With(items, body):
            return all(_root(item.context_expr) in drawn for item in items) and all(
                _draws_or_checks(inner, drawn) for inner in body
            )
    return False


def _root(node: ast.expr) -> str:
    """The name that a chain of calls, attributes and indices begins with."""
    while isinstance(node, ast.Call | ast.Attribute | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""
