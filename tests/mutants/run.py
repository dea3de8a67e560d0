"""Put in each fault of ``faults.py``, run the tests that should see it, and say which did: ``make mutants``.

    python tests/mutants/run.py [FAULT ...]

The exit code is 1 if a fault was not seen by any test.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

from faults import FAULTS, Fault

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
# What `make test` runs: a fault that only a nightly test sees would stand for a day.
DAILY = "not slow and not browser and not nightly"
FAILURE = re.compile(r"^(?:FAILED|ERROR) (\S+(?:\[[^\n]*?\])?)", re.M)


def first_failure(name: str, fault: Fault) -> str:
    """The first test that turns red with a fault; empty if none does."""
    path = os.pathsep.join([str(HERE / "inject"), str(ROOT), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "LABKIT_FAULT": name, "LABKIT_OFFLINE": "1", "PYTHONPATH": path}
    for tests in fault.seen_by:
        of_a_chapter = ["--nbval", "--nbval-cell-timeout", "300"] if tests.endswith(".ipynb") else []
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-x",
            "-q",
            "-p",
            "no:cacheprovider",
            "-m",
            DAILY,
            *of_a_chapter,
            tests,
        ]
        ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if ran.returncode not in (0, 1):
            raise RuntimeError(f"{name}: pytest ended with {ran.returncode}\n{ran.stdout[-2000:]}{ran.stderr[-2000:]}")
        if ran.returncode == 1:
            found = FAILURE.search(ran.stdout)
            return found[1] if found else tests
    return ""


def main(names: list[str]) -> int:
    """Try the faults named, or all; print a line each."""
    unseen = []
    for name in names or FAULTS:
        started = time.perf_counter()
        seen = first_failure(name, FAULTS[name])
        print(f"{'seen' if seen else 'UNSEEN':7}{name:50} {time.perf_counter() - started:5.0f} s  {seen}", flush=True)
        unseen += [] if seen else [name]
    print(f"{len(names or FAULTS) - len(unseen)} of {len(names or FAULTS)} faults seen")
    return int(bool(unseen))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
