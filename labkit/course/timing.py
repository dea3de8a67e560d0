"""A time limit for code that others wrote: an endless loop ends in an exception, not in a hanging kernel."""

from __future__ import annotations

import ctypes
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

AGAIN = 0.05  # seconds; code that swallows every exception is interrupted again and again


class TimeIsUp(BaseException):
    """Raised inside code that has run too long; no `except Exception` catches it."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `TimeIsUp` inside the block when it has run for ``seconds``.

    In the main thread a timer signal interrupts, which also ends a ``time.sleep``. In another thread, and on Windows,
    a second thread asks the interpreter to raise it, which ends loops but waits for a sleep. Neither interrupts one
    long call into compiled code: it is ended when it returns.

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
    running = True

    def interrupt(*_: Any) -> None:
        if running:
            raise TimeIsUp

    began = time.monotonic()
    handler_before = signal.signal(signal.SIGALRM, interrupt)
    left_before, again_before = signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.001), AGAIN)
    try:
        yield
    finally:
        running = False
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
