"""The time limit ends what does not end by itself, in the main thread and in others, and leaves no trace."""

import signal
import sys
import threading
import time

import pytest

from labkit.course.timing import TimeIsUp, _by_signal, _by_thread, time_limit


def _loop():
    while True:
        pass


def _loop_that_swallows():
    while True:
        try:
            sum(range(1000))
            sum(range(1000))
        except BaseException:
            continue


BOTH = pytest.mark.parametrize(
    "limit",
    [
        pytest.param(_by_signal, marks=pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="Windows")),
        _by_thread,
    ],
)


@BOTH
def test_an_endless_loop_is_ended(limit):
    began = time.monotonic()
    with pytest.raises(TimeIsUp), limit(0.2):
        _loop()
    assert time.monotonic() - began < 2


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="Windows has no such timer")
def test_a_loop_that_swallows_every_exception_is_ended_and_tracing_is_as_before():
    before = sys.gettrace()
    with pytest.raises(TimeIsUp), time_limit(0.1):
        _loop_that_swallows()
    assert sys.gettrace() is before


@BOTH
def test_what_ends_in_time_is_left_alone(limit):
    with limit(0.1):
        total = sum(range(10))
    time.sleep(0.2)
    assert total == 45


def test_in_another_thread():
    ended = []

    def work():
        try:
            with time_limit(0.2):
                while True:
                    pass
        except TimeIsUp:
            ended.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(10)
    assert ended == [True]


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="Windows has no such timer")
def test_a_sleep_is_ended_and_the_timer_of_others_goes_on():
    rung = []
    before = signal.signal(signal.SIGALRM, lambda *_: rung.append(True))
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    try:
        with pytest.raises(TimeIsUp), time_limit(0.1):
            time.sleep(5)
        assert not rung
        time.sleep(0.6)
        assert rung == [True]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
