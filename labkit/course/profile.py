"""How much a chapter computes: *quick* on a CPU, *full* where a GPU is found, and the same code in both.

>>> Profile("quick", "CPU").pick(quick=2, full=5)
2
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeVar

Choice = TypeVar("Choice")


@dataclass(frozen=True)
class Profile:
    """The size of this run.

    Attributes
    ----------
    name : {"quick", "full"}
        *quick* keeps a chapter within 90 seconds on two cores; *full* trains as the sources do.
    device : str
        What TensorFlow will compute on, for example ``"CPU, 2 cores"``.
    """

    name: Literal["quick", "full"]
    device: str

    def pick(self, *, quick: Choice, full: Choice) -> Choice:
        """Return the value that belongs to this profile."""
        return quick if self.name == "quick" else full

    def __str__(self) -> str:
        return f"{self.name} profile on {self.device}"


def current_profile() -> Profile:
    """Tell the profile of this session: ``LABKIT_PROFILE`` if it is set, else *full* with a GPU and *quick* without.

    Raises
    ------
    ValueError
        If ``LABKIT_PROFILE`` is neither ``quick`` nor ``full``.
    """
    gpu = _gpu_name()
    device = gpu or f"CPU, {_cores()} cores"
    chosen = os.environ.get("LABKIT_PROFILE") or ("full" if gpu else "quick")
    if chosen not in ("quick", "full"):
        raise ValueError(f"LABKIT_PROFILE is {chosen!r}; allowed are 'quick' and 'full'")
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
