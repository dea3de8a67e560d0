"""A chapter in rehearsal: trainings are cut short, and what it measures is not judged.

Equations and counts are judged as ever. A bound, such as ``assert accuracy > 0.8``, is what a chapter asks of something
that it measured.

>>> code = Bounds().visit(ast.parse("assert accuracy > 0.8"))
>>> exec(compile(ast.fix_missing_locations(code), "cell", "exec"), {"accuracy": 0.3})
not judged in a rehearsal: accuracy > 0.8
"""

from __future__ import annotations

import ast

from labkit.training.rehearsal import cut_fits

BOUNDS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)


class Bounds(ast.NodeTransformer):
    """Turns each assertion of a bound into a line that says that it was missed."""

    def visit_Assert(self, node: ast.Assert) -> ast.stmt:
        """Leave an assertion that compares nothing by its size as it is."""
        compared = [each for each in ast.walk(node.test) if isinstance(each, ast.Compare)]
        if not any(isinstance(sign, BOUNDS) for each in compared for sign in each.ops):
            return node
        said = f"not judged in a rehearsal: {ast.unparse(node.test)}"
        attempt = ast.parse(f"try:\n    pass\nexcept AssertionError:\n    print({said!r})").body[0]
        assert isinstance(attempt, ast.Try)
        attempt.body = [node]
        return ast.copy_location(attempt, node)


def rehearse() -> None:
    """Make this session a rehearsal, the cells that follow included; more calls change nothing."""
    from IPython.core.getipython import get_ipython

    cut_fits()
    shell = get_ipython()
    if shell is not None and not any(isinstance(each, Bounds) for each in shell.ast_transformers):
        shell.ast_transformers.append(Bounds())
