"""A time limit for code that others wrote: an endless loop ends in an exception, not in a hanging kernel."""

from __future__ import annotations

import ctypes
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

AGAIN = 0.05  # seconds until code that swallows every exception is interrupted again


class TimeIsUp(BaseException):
    """Raised inside code that has run too long; no `except Exception` catches it."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `TimeIsUp` inside the block when it has run for ``seconds``.

    In the main thread a timer signal interrupts, which also ends a ``time.sleep``. In another thread, and on Windows,
    a second thread asks the interpreter to raise it, which ends loops but waits for a sleep, and does not always get
    the better of a loop that swallows every exception. Neither interrupts one long call into compiled code: that is
    ended when it returns.

    Examples
    --------
    >>> with time_limit(5):
    ...     total = sum(range(10))
    """
    in_main_thread = threading.current_thread() is threading.main_thread()
    with _by_signal(seconds) if in_main_thread and hasattr(signal, "setitimer") else _by_thread(seconds):
        yield


@contextmanager
def _by_signal(seconds: float) -> Iterator[None]:
    running, times = True, 0

    def interrupt(number: int, frame: Any) -> None:
        nonlocal times
        times += 1
        if running and times == 1:
            raise TimeIsUp
        if running and frame is not None:
            # It was swallowed. A signal mostly arrives inside the `try` of such a loop, so from now on it is raised
            # at the beginning of whatever line comes next, which sooner or later stands outside.
            frame.f_trace = raise_at_next_line
            sys.settrace(raise_at_next_line)

    def raise_at_next_line(frame: Any, event: str, argument: Any) -> Any:
        if running:
            raise TimeIsUp

    began, trace_before = time.monotonic(), sys.gettrace()
    handler_before = signal.signal(signal.SIGALRM, interrupt)
    left_before, again_before = signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.001), AGAIN)
    try:
        yield
    finally:
        running = False
        if times > 1:
            sys.settrace(trace_before)
        # A timer that somebody else had set goes on as if nothing had been.
        left = max(left_before - (time.monotonic() - began), 0.001) if left_before else 0
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler_before)
        signal.setitimer(signal.ITIMER_REAL, left, again_before)


@contextmanager
def _by_thread(seconds: float) -> Iterator[None]:
    caller = ctypes.c_ulong(threading.get_ident())
    ended = threading.Event()
    lock = threading.Lock()

    def watch() -> None:
        wait = seconds
        while not ended.wait(wait):
            with lock:
                if not ended.is_set():
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(caller, ctypes.py_object(TimeIsUp))
            wait = AGAIN

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        with lock:
            ended.set()
            ctypes.pythonapi.PyThreadState_SetAsyncExc(caller, None)  # one that was asked for and not yet raised
        watcher.join()
