"""How long one image takes: several networks timed in turn, so that a busy moment hits all of them alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from labkit.arguments import whole_number


@dataclass(frozen=True)
class Latency:
    """How long something took, in milliseconds.

    Attributes
    ----------
    median : float
        Half of the runs took longer.
    low, high : float
        The quartiles: the middle half of the runs lies between them.
    runs : int
        How many there were.
    """

    median: float
    low: float
    high: float
    runs: int

    def __str__(self) -> str:
        return f"{self.median:.3g} ms (middle half {self.low:.3g} to {self.high:.3g}; {self.runs} runs)"


def latencies(
    programs: Mapping[str, Callable[[Any], Any]], inputs: Sequence[Any], *, warm_up: int = 10
) -> dict[str, Latency]:
    """Time programs on the same inputs, one input at a time.

    >>> times = latencies({"sum": sum, "sorted": sorted}, [[3, 1, 2]] * 100)
    >>> times["sum"].runs
    100

    Each input goes through all programs before the next one comes. The median is taken, because another task on the
    same machine makes some runs much longer and none shorter.

    Parameters
    ----------
    programs : mapping of str to callable
        What is timed, by its name; each takes one input.
    inputs : sequence
        For instance images.
    warm_up : int
        How often each program runs before the clock does; the first runs allocate memory and compile.

    Returns
    -------
    dict of str to Latency

    Raises
    ------
    ValueError
        If there is nothing to time, or `warm_up` is negative.
    """
    if not programs:
        raise ValueError("programs is empty; allowed is at least one")
    if not len(inputs):
        raise ValueError("inputs is empty; allowed is at least one")
    warm_up = whole_number("warm_up", warm_up, minimum=0)
    for program in programs.values():
        for _ in range(warm_up):
            program(inputs[0])
    seconds: dict[str, list[float]] = {name: [] for name in programs}
    for one in inputs:
        for name, program in programs.items():
            started = perf_counter()
            program(one)
            seconds[name].append(perf_counter() - started)
    return {name: _latency(taken) for name, taken in seconds.items()}


def _latency(seconds: Sequence[float]) -> Latency:
    low, median, high = (1000 * float(value) for value in np.percentile(seconds, [25, 50, 75]))
    return Latency(median, low, high, len(seconds))
