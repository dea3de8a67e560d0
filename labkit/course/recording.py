"""Making records: a decorated function in a chapter's ``experiments.py`` is a long run that can be recorded.

A record grows seed by seed, so that a long one can be made over several sittings:
``python -m labkit record E2-test-accuracy --seeds 3`` runs the seeds that are still missing.
"""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock

from labkit import __version__
from labkit.course.claims import all_claims, get_claim
from labkit.course.discovery import chapter_part, chapters_with
from labkit.course.records import Record, read_record, records_folder
from labkit.store.checks import write_whole

MODULE = "experiments"  # of a chapter: where its records are made
# What one seed of an experiment gives: its metrics, numbers or lists of numbers by name, and what it was measured on.
Outcome = tuple[dict[str, Any], dict[str, Any]]
Run = TypeVar("Run", bound=Callable[..., Outcome])


@dataclass(frozen=True)
class Experiment:
    """A long run that a chapter offers to be recorded.

    Attributes
    ----------
    name, title : str
        File stem of its record, and what it is.
    run : callable
        ``run(seed)`` makes one seed of it.
    """

    name: str
    title: str
    run: Callable[..., Outcome]


_registered: dict[str, Experiment] = {}


def record(name: str, title: str) -> Callable[[Run], Run]:
    """Offer a function of a chapter's ``experiments.py`` as a long run; the function itself stays as it is.

    >>> @record("coin", "A coin, tossed once a seed")
    ... def toss(seed):
    ...     return {"heads": seed % 2}, {"source": "a coin", "sha256": {}}
    >>> _registered.pop("coin").run(3)
    ({'heads': 1}, {'source': 'a coin', 'sha256': {}})

    Parameters
    ----------
    name : str
        File stem of the record in ``book/records``.
    title : str
        What it is: network, data, how it is trained.

    Raises
    ------
    ValueError
        If another function makes a record of this name.
    """

    def register(function: Run) -> Run:
        known = _registered.get(name)
        if known is not None and _place(known.run) != _place(function):
            raise ValueError(f"record {name!r} is made twice: by {_place(known.run)} and by {_place(function)}")
        _registered[name] = Experiment(name, title, function)
        return function

    return register


def all_experiments() -> Mapping[str, Experiment]:
    """Every long run that a chapter offers, by name; this imports the experiments of all chapters.

    Raises
    ------
    ValueError
        If two functions make one record, or a claim names a record that none makes.
    """
    for number in chapters_with(MODULE):
        chapter_part(number, MODULE)
    for claim in all_claims().values():
        if claim.record is not None and claim.record not in _registered:
            raise ValueError(
                f"claim {claim.id!r} names the record {claim.record!r}, which no chapter makes; "
                f"there are {', '.join(sorted(_registered))}"
            )
    return dict(sorted(_registered.items()))


def run_record(
    name: str, seeds: Sequence[int], folder: Path | None = None, report: Callable[[str], None] = print
) -> Record:
    """Run the seeds of a record that are not there yet, and write each as soon as it is done.

    Parameters
    ----------
    name : str
        As an experiment was named by `record`.
    seeds : sequence of int
        The seeds the record should hold in the end; those it holds already are not run again.
    folder : Path, optional
        Where the file is; ``book/records`` by default.
    report : callable
        Told a line for each seed.

    Raises
    ------
    ValueError
        For an unknown name, or when the data is not what the earlier seeds were measured on.
    """
    experiments = all_experiments()
    if name not in experiments:
        raise ValueError(f"name is {name!r}, which is no experiment; there are {', '.join(experiments)}")
    title, experiment = experiments[name].title, experiments[name].run
    path = (records_folder() if folder is None else folder) / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        # One recorder at a time, and each reads what the others have written.
        with FileLock(path.with_suffix(".lock")):
            made = read_record(path) if path.exists() else Record(name, title, f"python -m labkit record {name}")
            if str(seed) in made.seeds:
                report(f"{name}: seed {seed} is there already")
                continue
            started = time.perf_counter()
            metrics, data = experiment(seed)
            if made.seeds and made.data != data:
                raise ValueError(f"data is {data!r}, but record {name!r} was begun on {dict(made.data)!r}")
            run = {"metrics": metrics, "made": _circumstances(time.perf_counter() - started)}
            _write(path, Record(name, title, made.command, data, {**made.seeds, str(seed): run}))
            report(f"{name}: seed {seed} done in {run['made']['seconds']:.0f} s")
    path.with_suffix(".lock").unlink(missing_ok=True)
    return read_record(path)


def experiments_for(claim_ids: Sequence[str]) -> list[str]:
    """The records that measure these claims; a record's own name is taken as well.

    Raises
    ------
    ValueError
        If a claim has no recorded experiment.
    """
    experiments = all_experiments()
    names = []
    for id in claim_ids:
        name = id if id in experiments else get_claim(id).record
        if name is None:
            known = [claim.id for claim in all_claims().values() if claim.record]
            raise ValueError(f"claim {id!r} is not recorded; these are: {', '.join(known)}")
        if name not in names:
            names.append(name)
    return names


def _place(function: Callable[..., Any]) -> str:
    return f"{function.__module__}.{function.__qualname__}"


def _circumstances(seconds: float) -> dict[str, Any]:
    versions = {name: metadata.version(name) for name in ("tensorflow", "keras", "numpy")}
    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "seconds": round(seconds, 1),
        "hardware": _hardware(),
        "python": platform.python_version(),
        "versions": {"labkit": __version__, **versions},
    }


def _hardware() -> str:
    from labkit.course.profile import current_profile

    return f"{platform.machine()} {platform.system()}, {current_profile().device}"


def _write(path: Path, record: Record) -> None:
    write_whole(path, (json.dumps(asdict(record), indent=1, ensure_ascii=False) + "\n").encode())
