"""Timing several ways of doing the same, in turn: what else the machine does slows them all alike."""

import statistics
import time


def medians(functions, rounds):
    """Return the median seconds of each function, by the clock and of all cores; a first round does not count."""
    times = {name: [] for name in functions}
    for _ in range(rounds + 1):
        for name, function in functions.items():
            start, worked = time.perf_counter(), time.process_time()
            function()
            times[name].append((time.perf_counter() - start, time.process_time() - worked))
    return {name: tuple(map(statistics.median, zip(*taken[1:], strict=True))) for name, taken in times.items()}
