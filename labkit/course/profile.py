"""How much a chapter computes: *quick* on a CPU, *full* where a GPU is found, and the same code in both.

A *rehearsal* of the full profile takes the full side of every choice on any machine; see `labkit.training.rehearsal`.

>>> Profile("quick", "CPU").pick(quick=2, full=5)
2
>>> Profile("rehearsal", "CPU").pick(quick=2, full=5)
5
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeVar, get_args

from labkit.course.journal import note

Choice = TypeVar("Choice")
Name = Literal["quick", "full", "rehearsal"]


@dataclass(frozen=True)
class Profile:
    """The size of this run.

    Attributes
    ----------
    name : {"quick", "full", "rehearsal"}
        *quick* keeps a chapter within 90 seconds on two cores; *full* trains as the sources do; a *rehearsal* runs all
        of *full* with every training cut short.
    device : str
        What TensorFlow will compute on, for example ``"CPU, 2 cores"``.
    """

    name: Name
    device: str

    def pick(self, *, quick: Choice, full: Choice) -> Choice:
        """Return the value that belongs to this profile."""
        if self.name == "quick":
            return quick
        # So that a rehearsal can be shown to have taken each choice: which line asked, and what it got.
        note("picked", line=sys._getframe(1).f_lineno, full=repr(full))
        return full

    def __str__(self) -> str:
        return f"{self.name} profile on {self.device}"


def current_profile() -> Profile:
    """Tell the profile of this session: ``LABKIT_PROFILE`` if it is set, else *full* with a GPU and *quick* without.

    Raises
    ------
    ValueError
        If ``LABKIT_PROFILE`` is no profile's name.
    """
    gpu = _gpu_name()
    cores = _cores()
    device = gpu or f"CPU, {cores} core{'s' if cores > 1 else ''}"
    chosen = os.environ.get("LABKIT_PROFILE") or ("full" if gpu else "quick")
    if chosen not in get_args(Name):
        raise ValueError(f"LABKIT_PROFILE is {chosen!r}; allowed are 'quick', 'full' and 'rehearsal'")
    return Profile(chosen, device)  # type: ignore[arg-type]


def _cores() -> int:
    # What this process may use, not what the machine has: the two differ in containers.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def _gpu_name() -> str | None:
    """Name the GPU that TensorFlow can use, if there is one.

    The driver is asked first: where it knows of no GPU, TensorFlow need not be imported, which takes seconds.
    """
    try:
        driver = subprocess.run(
            ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    import tensorflow as tf

    return f"GPU, {driver.stdout.splitlines()[0].strip()}" if tf.config.list_physical_devices("GPU") else None
