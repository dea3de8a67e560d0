"""A time limit for each cell of a notebook that is graded without one."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from labkit.course.timing import time_limit


def limit_cells(seconds: float, shell: Any = None) -> None:
    """Interrupt each cell that runs longer than ``seconds``, from the next cell on.

    Parameters
    ----------
    seconds : float
        For one cell.
    shell : IPython shell, optional
        The running one by default.
    """
    if shell is None:
        from IPython import get_ipython

        shell = get_ipython()
    run_code = shell.run_code

    async def limited(*arguments: Any, **named: Any) -> Any:
        with ExitStack() as stack:
            stack.enter_context(time_limit(seconds))
            return await run_code(*arguments, **named)

    shell.run_code = limited
