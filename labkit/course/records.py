"""Records: long runs, made once with care and kept with what they ran on.

A record is a JSON file in ``book/records``. It grows seed by seed, so that a long one can be made over several
sittings: ``python -m labkit record E2-test-accuracy --seeds 3`` runs the seeds that are still missing.
"""

from __future__ import annotations

import html
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib import import_module, metadata
from importlib.resources import files
from pathlib import Path
from typing import Any

from filelock import FileLock

from labkit import __version__
from labkit.course.claims import LINE, ClaimError, Lines, all_claims, badge, get_claim, show, strict
from labkit.course.journal import note, note_opened

# Name of a record → what it is, and the function that makes one seed of it: ``run(seed)`` returns
# ``(metrics, data)``, a mapping of metric names to numbers or lists of numbers, and what it was measured on.
EXPERIMENTS: Mapping[str, tuple[str, str]] = {
    "activation-sparsity": (
        "Zeros by depth: the decks' network on 2,000 photographs of 96×96, 10 epochs, before and after; and "
        "EfficientNet-Lite0",
        "labkit.training.sparsity_experiments:record_sparsity",
    ),
    "cam-localization": (
        "Maps of 11 methods and the masks of drawn pets: a head on EfficientNet-Lite0, trained on 200, tested on 60",
        "labkit.training.localization_records:record_cam_localization",
    ),
    "cats-dogs-augmented": (
        "The decks' network with dropout and mild changes: 2,000 photographs, 150×150, Adam in one cycle, 40 epochs",
        "labkit.training.augmentation_records:record_augmented",
    ),
    "cats-dogs-baseline": (
        "The decks' network on 2,000 photographs of cats and dogs: 150×150, batches of 20, RMSprop, 20 epochs",
        "labkit.training.pets_records:record_baseline",
    ),
    "cats-dogs-deck-augmentation": (
        "The same with the decks' changes, which are larger: 2,000 photographs, 150×150, Adam in one cycle, 40 epochs",
        "labkit.training.augmentation_records:record_deck_augmented",
    ),
    "cats-dogs-fine-tuned": (
        "EfficientNet-Lite0 on 2,000 photographs: a head on frozen features, then its last block tuned, 3 epochs",
        "labkit.training.transfer_records:record_fine_tuned",
    ),
    "cats-dogs-frozen": (
        "Frozen features of EfficientNet-Lite0 and logistic regression: 2,000 photographs of cats and dogs, 224×224",
        "labkit.training.transfer_records:record_frozen",
    ),
    "cats-dogs-set-size": (
        "The decks' network on 100 to 2,000 photographs of 64×64, with and without augmentation: 20,000 shown to each",
        "labkit.training.augmentation_records:record_set_size",
    ),
    "cats-dogs-vgg16": (
        "VGG16 as in the decks on 2,000 photographs of 150×150: a head on frozen maps, then block 5 tuned, 30 epochs",
        "labkit.training.transfer_records:record_vgg16",
    ),
    "degradation": (
        "Plain and residual networks of 8, 20 and 56 layers: 3,000 pictures of Fashion-MNIST at 14×14, one cycle, "
        "10 epochs",
        "labkit.training.depth_experiments:record_degradation",
    ),
    "drawn-pets-bands": (
        "Five ways of telling drawn pets; networks from scratch at 96×96: 12 epochs, 24 augmented, 6 on backgrounds",
        "labkit.training.drawn_pets_bands:record_drawn_pets_bands",
    ),
    "family-race": (
        "Five families of 60,000 parameters on 6,000 pictures of Fashion-MNIST: batches of 64, one cycle, 5 epochs",
        "labkit.training.family_race:record_family_race",
    ),
    "fashion-deck-recipe": (
        "The deck's recipe on Fashion-MNIST: 60,000 training images, Adam, batches of 32, 5 epochs",
        "labkit.training.recipes:record_deck_recipe",
    ),
    "fashion-recipes": (
        "Three recipes for one network on Fashion-MNIST in one run: the deck's, a short one and a long one",
        "labkit.training.recipes:record_recipes",
    ),
    "features-by-depth": (
        "A linear probe on each depth of EfficientNet-Lite0: photographs and clothes of 160×160, trained and random "
        "weights",
        "labkit.training.transfer_experiments:record_by_depth",
    ),
    "few-pictures": (
        "A linear probe on the frozen features of EfficientNet-Lite0: 10 to 1,000 photographs a class of 224×224",
        "labkit.training.transfer_experiments:record_few_pictures",
    ),
    "fine-tune-depth": (
        "EfficientNet-Lite0 tuned from three layers on: 300 and 30 photographs of 64×64, shown 3 and 10 times, Adam",
        "labkit.training.fine_tuning_experiments:record_fine_tune_depth",
    ),
    "forgetting": (
        "EfficientNet-Lite0 tuned from block 5 on at four rates: 300 photographs of 64×64, each shown twice, Adam",
        "labkit.training.fine_tuning_experiments:record_forgetting",
    ),
    "lenet-c3": (
        "The LeNet-5 of 1998 on MNIST with its sparse C3 and with a dense one: batches of 32, one cycle, 10 epochs",
        "labkit.training.lenet_records:record_lenet_c3",
    ),
    "lenet-choices": (
        "Today's LeNet-5 on MNIST with tanh or ReLU, average or max pooling: batches of 32, one cycle, 10 epochs",
        "labkit.training.lenet_records:record_lenet_choices",
    ),
    "mnist-deck-recipe": (
        "The deck's recipe on MNIST: RMSprop, batches of 64, test accuracy after 5 and after 30 epochs",
        "labkit.training.digit_records:record_mnist_deck_recipe",
    ),
    "mnist-overfitting": (
        "The convnet on 300 digits of MNIST for 30 epochs: as it is, with dropout, narrower, with more pictures",
        "labkit.training.digit_records:record_digit_overfitting",
    ),
    "mnist-shifted-digits": (
        "Convnet and dense network on 100 to 1,000 digits of MNIST, in the middle and at random places: 400 steps",
        "labkit.training.digit_records:record_shifted_digits",
    ),
    "pooling-comparison": (
        "Max pooling, average pooling and stride compared on Fashion-MNIST: same start, same batches of 64, 5 epochs",
        "labkit.training.comparisons:record_pooling_comparison",
    ),
    "small-and-fast": (
        "The convnet on Fashion-MNIST made smaller: separable, pruned and tuned, in int8; 3 epochs, and 1 of tuning",
        "labkit.training.compression_records:record_small_and_fast",
    ),
    "training-choices": (
        "A residual network of 8 layers: whose means normalize, darker pictures, three rates, 6 and 3 epochs; "
        "dropout, 40",
        "labkit.training.training_choices:record_training_choices",
    ),
}


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
        """The claim's own, with the band that it means; *unexplained* where the recorded mean lies outside."""
        stored = get_claim(self.claim_id)
        low, high = stored.band or (float("nan"), float("nan"))
        return f"{stored.verdict} (within {show(low)} to {show(high)})" if self.within_band else "unexplained"

    def __str__(self) -> str:
        stored = get_claim(self.claim_id)
        machine = next(iter(self.record.seeds.values()))["made"]["hardware"]
        return (
            f"{self.claim_id}  published {show(stored.published)} · recorded {self.record.describe(self.metric)} · "
            f"{self.verdict} · {self.record.data['source']}; {machine}"
        )

    __repr__ = __str__

    def cells(self) -> list[str]:
        """That it is recorded, and all the rest on one line, as HTML."""
        figures = str(self).partition("  ")[2]
        sentence = f"{html.escape(get_claim(self.claim_id).sentence)} · {html.escape(figures)}"
        return [badge("recorded"), f"{sentence} (claim {html.escape(self.claim_id)})"]

    def _repr_html_(self) -> str:
        return f'<div class="claim" style="{LINE}">{" ".join(self.cells())}</div>'


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
        return _read(path)

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
    note("claim", id=claim_id, record=stored.record, verdict=stored.verdict if value.within_band else "unexplained")
    if strict() and not value.within_band:
        raise ClaimError(f"{value} lies outside {stored.band}")
    return value


def recorded_all(*claim_ids: str) -> Lines:
    """Show what long runs gave for several claims, as :func:`recorded` does for one."""
    return Lines(tuple(recorded(id) for id in claim_ids))


def run_record(
    name: str, seeds: Sequence[int], folder: Path | None = None, report: Callable[[str], None] = print
) -> Record:
    """Run the seeds of a record that are not there yet, and write each as soon as it is done.

    Parameters
    ----------
    name : str
        A name of ``EXPERIMENTS``.
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
    if name not in EXPERIMENTS:
        raise ValueError(f"name is {name!r}, which is no experiment; there are {', '.join(EXPERIMENTS)}")
    title, target = EXPERIMENTS[name]
    module, function = target.split(":")
    experiment = getattr(import_module(module), function)
    path = (records_folder() if folder is None else folder) / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        # One recorder at a time, and each reads what the others have written.
        with FileLock(path.with_suffix(".lock")):
            record = _read(path) if path.exists() else Record(name, title, f"python -m labkit record {name}")
            if str(seed) in record.seeds:
                report(f"{name}: seed {seed} is there already")
                continue
            started = time.perf_counter()
            metrics, data = experiment(seed)
            if record.seeds and record.data != data:
                raise ValueError(f"data is {data!r}, but record {name!r} was begun on {dict(record.data)!r}")
            run = {"metrics": metrics, "made": _circumstances(time.perf_counter() - started)}
            record = Record(name, title, record.command, data, {**record.seeds, str(seed): run})
            _write(path, record)
            report(f"{name}: seed {seed} done in {run['made']['seconds']:.0f} s")
    path.with_suffix(".lock").unlink(missing_ok=True)
    return _read(path)


def experiments_for(claim_ids: Sequence[str]) -> list[str]:
    """The records that measure these claims; a record's own name is taken as well.

    Raises
    ------
    ValueError
        If a claim has no recorded experiment.
    """
    names = []
    for id in claim_ids:
        name = id if id in EXPERIMENTS else get_claim(id).record
        if name is None:
            known = [claim.id for claim in all_claims().values() if claim.record]
            raise ValueError(f"claim {id!r} is not recorded; these are: {', '.join(known)}")
        if name not in names:
            names.append(name)
    return names


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


def _read(path: Path) -> Record:
    return Record(**json.loads(path.read_text(encoding="utf-8")))


def _write(path: Path, record: Record) -> None:
    """Whole or not at all: an interrupted write leaves the earlier record."""
    partial = path.with_suffix(".part")
    partial.write_text(json.dumps(asdict(record), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(partial, path)
