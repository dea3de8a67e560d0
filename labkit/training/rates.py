"""One network at several learning rates, of which its validation images choose one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from labkit.training.fitting import Run


def metrics_by_rate(name: str, runs: Mapping[float, Run]) -> dict[str, Any]:
    """Return for a record what a network reached at several learning rates, of which its validation images choose one.

    >>> from labkit.training.fitting import Curves
    >>> def run(validation, test):
    ...     return Run((), (), {"validation": Curves((), (validation,)), "test": Curves((), (test,))})
    >>> metrics = metrics_by_rate("small", {0.1: run(0.7, 0.9), 0.01: run(0.8, 0.6)})
    >>> metrics["small_rate"], metrics["small_test"], metrics["small_test_by_rate"]
    (0.01, 0.6, [0.9, 0.6])

    Parameters
    ----------
    name : str
        Put before every metric.
    runs : mapping of float to Run
        One a rate, the same sets watched in all; among them ``"validation"``, whose accuracy at the chosen rate is not
        given by itself, since it was chosen for being high.
    """
    rates = list(runs)
    watched = runs[rates[0]].watched
    metrics: dict[str, Any] = {
        f"{name}_{part}_by_rate": [round(run.watched[part].accuracy[-1], 4) for run in runs.values()]
        for part in watched
    }
    best = int(np.argmax(metrics[f"{name}_validation_by_rate"]))
    metrics[f"{name}_rate"] = rates[best]
    for part in watched:
        if part != "validation":
            metrics[f"{name}_{part}"] = metrics[f"{name}_{part}_by_rate"][best]
    return metrics
