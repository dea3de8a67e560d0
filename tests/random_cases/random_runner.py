"""Runs random cases and counts them: ``python tests/random_cases/random_runner.py 10000``.

Each case is made from the number printed beside a failure, so that it can be made again:
``python tests/random_cases/random_runner.py --kind convolution --seed 123``.
"""

import argparse
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

import random_graphs
import random_maps
import random_operations

SHARES = {"operations": 0.4, "calculators": 0.4, "maps": 0.2}


@dataclass
class Tally:
    """How many cases of each kind ran, how many were wrong, how many had no answer; and how to repeat the wrong."""

    ran: Counter = field(default_factory=Counter)
    wrong: Counter = field(default_factory=Counter)
    unanswered: Counter = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def note(self, source: str, kind: str, seed: int, right: bool | None, why: str = "") -> None:
        """Count one case; without an answer it is counted apart."""
        if right is None:
            self.unanswered[kind] += 1
            return
        self.ran[kind] += 1
        if not right:
            self.wrong[kind] += 1
            self.failures.append(f"{kind} is wrong: --kind {source} --seed {seed} {why}".rstrip())

    @property
    def count(self) -> int:
        """Cases with an answer."""
        return self.ran.total()

    def __str__(self) -> str:
        lines = [f"{'kind':<32}{'ran':>8}{'wrong':>8}{'no answer':>11}"]
        for kind in sorted(self.ran | self.unanswered):
            lines.append(f"{kind:<32}{self.ran[kind]:>8,}{self.wrong[kind]:>8,}{self.unanswered[kind]:>11,}")
        totals = [each.total() for each in (self.ran, self.wrong, self.unanswered)]
        lines.append(f"{'all':<32}{totals[0]:>8,}{totals[1]:>8,}{totals[2]:>11,}")
        return "\n".join([*lines, *self.failures])


def _operation(problem):
    def cases(rng):
        yield problem.__name__, problem(rng)

    return cases


def _layers(rng):
    yield "multiply-adds by ones", random_graphs.counted_layer(rng)


SOURCES = {
    "operations": {problem.__name__: _operation(problem) for problem in random_operations.KINDS},
    "calculators": {"network": random_graphs.network, "layer": _layers},
    "maps": {"explained": random_maps.network},
}


def one(tally: Tally, source: str, cases, seed: int) -> None:
    """Make what a seed makes, and count its cases; an exception is a wrong case."""
    try:
        for kind, right in cases(np.random.default_rng(seed)):
            tally.note(source, kind, seed, None if right is None else bool(right))
    except Exception as error:
        tally.note(source, source, seed, False, f"({type(error).__name__}: {str(error)[:200]})")


def run(count: int, seed: int = 0) -> Tally:
    """Run at least so many cases with answers."""
    tally = Tally()
    for part, sources in SOURCES.items():
        goal = tally.count + round(count * SHARES[part])
        number = seed
        while tally.count < goal:
            for source, cases in sources.items():
                one(tally, source, cases, number)
            number += 1
    return tally


def main() -> int:
    """Print the counts; 1 when a case was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kind", help="one kind, once, with this seed")
    given = parser.parse_args()
    start = time.perf_counter()
    if given.kind:
        tally = Tally()
        every = {source: cases for sources in SOURCES.values() for source, cases in sources.items()}
        one(tally, given.kind, every[given.kind], given.seed)
    else:
        tally = run(given.count, given.seed)
    print(tally)
    print(f"{tally.count:,} cases in {time.perf_counter() - start:.0f} s")
    return bool(tally.failures)


if __name__ == "__main__":
    sys.exit(main())
