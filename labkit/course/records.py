"""Records: long runs, made once with care and kept with what they ran on; here they are read and shown.

A record is a JSON file in ``book/records``; `labkit.course.recording` makes it.
"""

from __future__ import annotations

import html
import json
import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from labkit.course.claim_lines import Lines, badge
from labkit.course.claims import ClaimError, get_claim, show, strict
from labkit.course.journal import note, note_opened


@dataclass(frozen=True)
class Record:
    """A recorded run: the value of each metric for each seed, and what it ran on.

    Attributes
    ----------
    name, title : str
        Its file stem, and what it is.
    seeds : mapping of str to mapping
        For each seed its metrics, and under ``"made"`` when, on what, with which versions and how long it took.
    data : mapping
        Source and checksum of the data, the same for every seed.
    command : str
        What makes it again.
    """

    name: str
    title: str
    command: str
    data: Mapping[str, Any] = field(default_factory=dict)
    seeds: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def values(self, metric: str) -> list[Any]:
        """The metric of each seed.

        Raises
        ------
        ValueError
            If the record has no such metric.
        """
        try:
            return [run["metrics"][metric] for run in self.seeds.values()]
        except KeyError:
            known = sorted({name for run in self.seeds.values() for name in run["metrics"]})
            raise ValueError(f"metric is {metric!r}; record {self.name!r} has {', '.join(known)}") from None

    def mean(self, metric: str) -> float:
        """Mean over the seeds."""
        return statistics.fmean(self.values(metric))

    def deviation(self, metric: str) -> float:
        """Standard deviation over the seeds (n − 1); not a number for a single seed."""
        values = self.values(metric)
        return statistics.stdev(values) if len(values) > 1 else float("nan")

    def describe(self, metric: str) -> str:
        """Mean ± standard deviation of a metric with the number of seeds."""
        values = self.values(metric)
        if len(values) == 1:
            return f"{values[0]:.4f} (1 seed, so no spread)"
        return f"{self.mean(metric):.4f} ± {self.deviation(metric):.4f} ({len(values)} seeds)"

    def __str__(self) -> str:
        return f"recorded {self.name}: {self.title}; seeds {', '.join(self.seeds)}; {self.data.get('source', '')}"


@dataclass(frozen=True)
class RecordedValue:
    """A metric of a record beside the claim it measured. It was recorded, not measured by this build."""

    claim_id: str
    record: Record
    metric: str

    @property
    def within_band(self) -> bool:
        """Whether the mean over the seeds is what the claim stands by."""
        low, high = get_claim(self.claim_id).band or (float("nan"), float("nan"))
        return low <= self.record.mean(self.metric) <= high

    @property
    def verdict(self) -> str:
        """The claim's own; *unexplained* where the mean over the seeds lies outside its band."""
        return get_claim(self.claim_id).verdict if self.within_band else "unexplained"

    def __str__(self) -> str:
        stored = get_claim(self.claim_id)
        machine = next(iter(self.record.seeds.values()))["made"]["hardware"]
        low, high = stored.band or (float("nan"), float("nan"))
        band = f" (within {show(low)} to {show(high)})" if self.within_band else ""
        return (
            f"{self.claim_id}  {stored.word} {show(stored.published)} · recorded {self.record.describe(self.metric)} · "
            f"{self.verdict}{band} · {self.record.data['source']}; {machine}"
        )

    __repr__ = __str__

    @property
    def agrees(self) -> bool:
        """Whether there is nothing here that a reader has to know."""
        return self.verdict == "agrees"

    @property
    def brief(self) -> str:
        """What stands where it is folded away by itself."""
        return f"recorded {self.record.describe(self.metric)}"

    def line(self) -> str:
        """That it is recorded, and all the rest on one line, as HTML."""
        figures = str(self).partition("  ")[2]
        sentence = f"{html.escape(get_claim(self.claim_id).sentence)} · {html.escape(figures)}"
        return f"{badge('recorded')} {sentence} (claim {html.escape(self.claim_id)})"

    def _repr_html_(self) -> str:
        return Lines((self,))._repr_html_()


def records_folder() -> Path:
    """Where records are: ``book/records`` of the checkout, or the copy inside an installed package."""
    in_checkout = Path(__file__).parents[2] / "book" / "records"
    return in_checkout if in_checkout.is_dir() else Path(str(files("labkit.course"))) / "_records"


class Records(Mapping[str, Record]):
    """The records of a folder by name; each is read when it is asked for, and no other."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __getitem__(self, name: str) -> Record:
        path = self._folder / f"{name}.json"
        if not path.exists():
            raise KeyError(name)
        note_opened(path)
        return read_record(path)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(path.stem for path in self._folder.glob("*.json")))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"records: {', '.join(self)}"


def all_records(folder: Path | None = None) -> Records:
    """Every record there is, by name; none is read before it is asked for."""
    return Records(records_folder() if folder is None else folder)


def recorded(claim_id: str) -> RecordedValue:
    """Show what a long run gave for a measured claim.

    Raises
    ------
    ValueError
        If the claim is unknown or has no record yet; the message gives the command that makes one.
    ClaimError
        Only with ``LABKIT_STRICT=1``: the mean over the seeds lies outside the claim's band.
    """
    stored = get_claim(claim_id)
    records = all_records()
    if stored.record is None or stored.metric is None or stored.record not in records:
        raise ValueError(
            f"claim_id is {claim_id!r}, which has no record; `python -m labkit record {claim_id}` makes one"
        )
    value = RecordedValue(claim_id, records[stored.record], stored.metric)
    note("claim", id=claim_id, record=stored.record, verdict=value.verdict)
    if strict() and not value.within_band:
        raise ClaimError(f"{value} lies outside {stored.band}")
    return value


def recorded_all(*claim_ids: str, quiet: bool = False) -> Lines:
    """Show what long runs gave for several claims, as :func:`recorded` does for one; ``quiet`` as for `claim_all`."""
    return Lines(tuple(recorded(id) for id in claim_ids), quiet)


def read_record(path: Path) -> Record:
    """Read one record from its file.

    Raises
    ------
    ValueError
        If the file is damaged or no record; the message names it.
    """
    try:
        return Record(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is no record that can be read: {error}") from error
