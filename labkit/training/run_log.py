"""A log of a training run that survives the kernel: one line of JSON for what it is, and one for each epoch.

A file is read at any time, also while the run goes on or after it was killed; what was half written is left out.
"""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras


@dataclass(frozen=True)
class LoggedRun:
    """A run as its log tells it.

    Attributes
    ----------
    about : mapping
        What was noted at its start: the optimizer, the versions, the date, and what the user added.
    history : mapping of str to list of float
        For each metric a value an epoch, as ``model.fit(...).history`` holds it; under ``"seconds"`` what each epoch
        took.
    """

    about: Mapping[str, Any]
    history: Mapping[str, list[float]]

    def __str__(self) -> str:
        epochs = len(self.history.get("seconds", ()))
        last = ", ".join(f"{name} {values[-1]:.4f}" for name, values in self.history.items() if name != "seconds")
        return f"{epochs} epochs" + (f"; in the last: {last}" if epochs else "")


class RunLog(keras.callbacks.Callback):
    """Write a training run to a file, epoch by epoch.

    >>> import tempfile, numpy as np
    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> file = Path(tempfile.mkdtemp()) / "line.jsonl"
    >>> _ = model.fit(np.ones((4, 1)), np.ones(4), epochs=2, verbose=0, callbacks=[RunLog(file, data="four ones")])
    >>> run = read_run_log(file)
    >>> run.about["data"], len(run.history["loss"])
    ('four ones', 2)

    A run that goes on after an interruption adds its epochs to the file that is there. An epoch that is run twice
    counts as it was the last time.

    Parameters
    ----------
    path : str or Path
        The file, by habit ``….jsonl``; its folder is made.
    **about
        What else to note about this run; anything that JSON can hold.

    Raises
    ------
    TypeError
        If JSON cannot hold what `about` says.
    """

    def __init__(self, path: str | Path, **about: Any) -> None:
        super().__init__()
        self.path = Path(path)
        self.about = json.loads(json.dumps(about))  # refuses here, not after the first epoch
        self._epoch_started = 0.0

    def on_train_begin(self, logs: Mapping[str, float] | None = None) -> None:
        """Note what this run is."""
        optimizer = self.model.optimizer
        self._append(
            {
                "began": time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime()),
                "model": self.model.name,
                "parameters": self.model.count_params(),
                "optimizer": type(optimizer).__name__,
                "epochs": self.params.get("epochs"),
                "steps_an_epoch": self.params.get("steps"),
                "versions": {"python": platform.python_version(), "keras": keras.__version__},
                **self.about,
            }
        )

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Start the clock."""
        self._epoch_started = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Write the epoch's metrics; after this line they are safe."""
        seconds = round(time.perf_counter() - self._epoch_started, 3)
        metrics = {name: float(value) for name, value in (logs or {}).items()}
        self._append({"epoch": epoch + 1, "seconds": seconds, **metrics})

    def _append(self, entry: Mapping[str, Any]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab+") as file:
            # A process that was killed may have left half a line: the next entry starts on its own.
            size = file.seek(0, os.SEEK_END)
            if size:
                file.seek(size - 1)
                if file.read(1) != b"\n":
                    file.write(b"\n")
            file.write(json.dumps(entry, ensure_ascii=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())


def read_run_log(path: str | Path) -> LoggedRun:
    """Read what `RunLog` wrote.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    LoggedRun
        With the epochs in order; of a resumed run, what was noted at its last start.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is not such a log.
    """
    about: dict[str, Any] = {}
    epochs: dict[int, dict[str, float]] = {}
    for line in Path(path).read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:  # half a line, from a process that was killed
            continue
        if isinstance(entry, dict) and "epoch" in entry:
            epochs[entry.pop("epoch")] = entry
        elif isinstance(entry, dict):
            about = entry
    if not about:
        raise ValueError(f"path is {str(path)!r}, which is no run log: no line says what the run is")
    in_order = [epochs[number] for number in sorted(epochs)]
    names = dict.fromkeys(name for metrics in in_order for name in metrics)
    history = {name: [metrics.get(name, float("nan")) for metrics in in_order] for name in names}
    return LoggedRun(about, history)
