"""The faults of ``make mutants`` can be put in, and name tests that there are; to run them all takes minutes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))

from faults import FAULTS  # noqa: E402
from injection import home_of  # noqa: E402


def test_there_are_enough():
    assert len(FAULTS) >= 20


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_target_and_tests_are_there(fault):
    module, _ = home_of(fault.target)
    assert module.startswith("labkit.")
    assert fault.seen_by
    for tests in fault.seen_by:
        assert (ROOT / tests.split("::")[0]).exists(), tests


def run_python(program, **environment):
    path = os.pathsep.join([str(HERE / "inject"), str(ROOT)])
    return subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def test_a_fault_is_put_in_on_import_and_only_when_asked_for():
    program = "from labkit import ops; print(ops.softmax([0.0, 0.0]).sum().round(3))"
    assert run_python(program) == "1.0"
    assert run_python(program, LABKIT_FAULT="softmax not normalized") == "1.01"
