"""Running an answer in a closed room: its own copies, a time limit, and nothing it raises gets out."""

from __future__ import annotations

import contextlib
import copy
import functools
import importlib
import inspect
import io
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from labkit.course.comparing import cut, same_contents
from labkit.course.exercises import Exercise
from labkit.course.timing import TimeIsUp, time_limit

PRINTED = 10_000  # characters that an answer may print in one call; a loop without end would drown the browser


@dataclass(frozen=True)
class Outcome:
    """What one call of an answer gave; plain values, so that nothing of the call is kept alive.

    Attributes
    ----------
    value : object
        What is compared: what was returned, or what the exercise's judge made of it.
    dtype : numpy.dtype or None
        The type of the returned numbers, if the exercise judges it.
    raised, reason : str
        The name of an exception's type and its text; empty if none was raised.
    line : int
        The line of the function, its ``def`` being 1, that raised; 0 if unknown.
    unusable : str
        Why the judge can do nothing with what was returned.
    late : bool
        The time was up.
    printed : str
        The beginning of what was printed.
    changed : tuple of str
        The arguments that hold something else after the call.
    called : tuple of str
        The watched library functions that were called.
    seconds : float
        How long it took.
    """

    value: Any = None
    dtype: np.dtype | None = None
    raised: str = ""
    reason: str = ""
    line: int = 0
    unusable: str = ""
    late: bool = False
    printed: str = ""
    changed: tuple[str, ...] = ()
    called: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def broken(self) -> bool:
        """Whether there is no value to look at."""
        return bool(self.raised or self.unusable or self.late)

    @property
    def nothing(self) -> bool:
        """Whether ``None`` came."""
        return not self.broken and self.value is None

    def failure(self, seconds: float) -> str:
        """Say why there is no value to look at; empty if there is one. ``seconds`` is what the exercise allows."""
        if self.late:
            return (
                f"your function had not ended after {seconds:g} seconds: "
                "is there a loop whose condition never becomes false?"
            )
        if self.raised:
            line = f" in its line {self.line}" if self.line else ""
            reason = f": {cut(self.reason)}" if self.reason else ""
            return f"your function raised {self.raised}{line}{reason}"
        return f"your answer cannot be used: {cut(self.unusable)}" if self.unusable else ""


def _import_first(exercise: Exercise) -> None:
    """Import Keras before the clock runs, if what is to run wants it.

    It takes seconds, which are not the answer's; and TensorFlow, cut short in its import, cannot be imported again.
    """
    waiting: list[Any] = [exercise.solution, exercise.judge]
    seen: set[Any] = set()
    while waiting and "keras" not in sys.modules:
        function = waiting.pop()
        if not inspect.isfunction(function) or function in seen:
            continue
        seen.add(function)
        names = function.__code__.co_names  # of globals, and of what it imports
        if "keras" in names:
            importlib.import_module("keras")
        waiting += [function.__globals__.get(name) for name in names]


def run(exercise: Exercise, answer: Callable[..., Any], arguments: tuple[Any, ...], seconds: float) -> Outcome:
    """Call an answer once, and judge what it returned, within a time limit.

    Parameters
    ----------
    exercise : Exercise
        Gives the judge, the names of the arguments and the functions to watch.
    answer : callable
        Whatever the reader wrote.
    arguments : tuple
        Copied first: an answer that writes into its arguments must not spoil them for the next call.
    seconds : float
        For the answer and the judge together.

    Raises
    ------
    KeyboardInterrupt
        If the reader interrupts; one that the answer raises itself is part of the outcome.
    """
    _import_first(exercise)
    given = copy.deepcopy(arguments)
    printed = _Echo(sys.stdout)
    found: dict[str, Any] = {}
    called: list[str] = []
    began = time.perf_counter()
    with contextlib.redirect_stdout(printed), _interrupts() as interrupted:
        try:
            with time_limit(seconds), _watching(exercise.by_hand, answer, called):
                returned = answer(*given)
                found["dtype"] = _dtype(returned) if exercise.dtype else None
                try:
                    # Copied at once: an answer may fill one array again and again.
                    found["value"] = _copied(_judged(exercise, returned, arguments, given))
                except Exception as error:
                    found["unusable"] = str(error) or type(error).__name__
        except TimeIsUp:
            found["late"] = True
        except BaseException as error:  # whatever a learner's code raises is an answer to be explained
            if interrupted:
                raise
            found.update(raised=type(error).__name__, reason=_text(error), line=_line(error, answer))
    names = inspect.signature(exercise.solution).parameters
    changed = [name for name, *pair in zip(names, arguments, given, strict=False) if not _same(*pair)]
    return Outcome(
        **found,
        printed=printed.start,
        changed=tuple(changed),
        called=tuple(dict.fromkeys(called)),
        seconds=time.perf_counter() - began,
    )


def _judged(exercise: Exercise, returned: Any, arguments: tuple[Any, ...], given: tuple[Any, ...]) -> Any:
    """What the judge makes of what came; where the task is to change an argument, it sees the changed ones."""
    if returned is None or exercise.judge is None:
        return returned
    return exercise.judge(returned, *(given if exercise.in_place else copy.deepcopy(arguments)))


def _copied(value: Any) -> Any:
    if type(value) in (list, tuple):
        try:
            return type(value)(map(_copied, value))
        except RecursionError:  # a list that holds itself
            return value
    if type(value) is dict:
        return {key: _copied(entry) for key, entry in value.items()}
    return value.copy() if isinstance(value, np.ndarray) else value


def _dtype(returned: Any) -> np.dtype | None:
    try:
        return np.asarray(returned).dtype
    except Exception:  # no array, so without a type of its numbers
        return None


def _same(before: Any, after: Any) -> bool:
    try:
        return same_contents(before, after)
    except Exception:  # another type stands where a number stood
        return False


def _text(error: BaseException) -> str:
    try:
        return _without_trace(str(error))
    except Exception:
        return ""


def _without_trace(text: str) -> str:
    """Leave out a graph's trace: an error in TensorFlow's graph begins with a dozen lines of other people's files.

    >>> _without_trace('Graph execution error:\\n\\nDetected at node sub\\n  File "a.py"\\n\\nNo.\\n')
    'No.'
    """
    if not text.startswith("Graph execution error:"):
        return text
    begins = ("Graph execution error:", "Detected at node", "  File", "\t [[{{node")
    return "\n".join(line for line in text.splitlines() if line.strip() and not line.startswith(begins))


def _line(error: BaseException, answer: Callable[..., Any]) -> int:
    code = getattr(inspect.unwrap(answer), "__code__", None)
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code is code]
    return lines[0] - code.co_firstlineno + 1 if code and lines else 0


class _Echo(io.TextIOBase):
    """Pass on what is printed, up to a length, and keep its beginning."""

    def __init__(self, to: Any) -> None:
        self.to, self.start, self.length = to, "", 0

    def write(self, text: str) -> int:
        self.start += text[: max(200 - len(self.start), 0)]
        left = PRINTED - self.length
        if left > 0:
            self.to.write(text[:left] + ("\n… (what is printed after this is not shown)\n" if len(text) > left else ""))
        self.length += len(text)
        return len(text)

    def flush(self) -> None:
        self.to.flush()


@contextlib.contextmanager
def _interrupts() -> Iterator[list[bool]]:
    """Tell an interrupt by the reader, who must get through, from a KeyboardInterrupt that the answer raises itself."""
    interrupted: list[bool] = []
    if threading.current_thread() is not threading.main_thread():
        yield interrupted
        return

    def note(number: int, frame: Any) -> Any:
        interrupted.append(True)
        return before(number, frame) if callable(before) else None

    before = signal.signal(signal.SIGINT, note)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before if before is not None else signal.default_int_handler)


@contextlib.contextmanager
def _watching(watched: Sequence[str], answer: Callable[..., Any], called: list[str]) -> Iterator[None]:
    """Note which of some library functions are called, as attributes of their module or by names of the answer's own.

    Anybody else who calls one of them meanwhile gets what he asked for, and is noted as well.
    """
    own_names = getattr(inspect.unwrap(answer), "__globals__", {})
    undo: list[Callable[[], Any]] = []
    try:
        for name in watched:
            home, _, attribute = name.rpartition(".")
            module = importlib.import_module(home)
            function = getattr(module, attribute)
            noted = _noting(name, function, called)
            undo.append(functools.partial(setattr, module, attribute, function))
            setattr(module, attribute, noted)
            for own in [own for own, value in own_names.items() if value is function]:
                undo.append(functools.partial(own_names.__setitem__, own, function))
                own_names[own] = noted
        yield
    finally:
        for step in undo:
            step()


def _noting(name: str, function: Callable[..., Any], called: list[str]) -> Callable[..., Any]:
    @functools.wraps(function)
    def noted(*args: Any, **kwargs: Any) -> Any:
        called.append(name)
        return function(*args, **kwargs)

    return noted
