"""Records: they grow seed by seed, survive interruption, and refuse to mix data."""

import json

import pytest

from labkit.course import ClaimError, all_claims, all_records, recorded, records, run_record
from labkit.course.records import experiments_for

DATA = {"source": "made here", "sha256": {}}


class Experiment:
    """Stands for a long run: counts its calls, and can break."""

    def __init__(self):
        self.seeds = []
        self.data = DATA
        self.breaks_at = None

    def __call__(self, seed):
        if seed == self.breaks_at:
            raise KeyboardInterrupt
        self.seeds.append(seed)
        return {"score": 0.5 + seed / 10}, self.data


@pytest.fixture
def experiment(monkeypatch):
    made = Experiment()
    monkeypatch.setattr("labkit.training.recipes.record_deck_recipe", made)
    return made


def run(folder, seeds):
    return run_record("fashion-deck-recipe", seeds, folder, report=lambda line: None)


def test_it_grows_over_several_sittings(tmp_path, experiment):
    run(tmp_path, [0, 1])
    record = run(tmp_path, [0, 1, 2])
    assert experiment.seeds == [0, 1, 2]
    assert record.values("score") == [0.5, 0.6, 0.7]
    assert record.mean("score") == pytest.approx(0.6)
    assert record.deviation("score") == pytest.approx(0.1)
    assert record.describe("score") == "0.6000 ± 0.1000 (3 seeds)"


def test_an_interruption_loses_only_the_seed_at_work(tmp_path, experiment):
    experiment.breaks_at = 1
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, [0, 1])
    assert list(all_records(tmp_path)["fashion-deck-recipe"].seeds) == ["0"]
    assert [path.name for path in tmp_path.iterdir() if path.suffix not in (".json", ".lock")] == []


def test_an_interrupted_write_leaves_the_record_as_it_was(tmp_path, experiment, monkeypatch):
    run(tmp_path, [0])
    before = (tmp_path / "fashion-deck-recipe.json").read_text()
    monkeypatch.setattr(records.os, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space left"):
        run(tmp_path, [0, 1])
    assert (tmp_path / "fashion-deck-recipe.json").read_text() == before


def test_seeds_on_other_data_are_refused(tmp_path, experiment):
    run(tmp_path, [0])
    experiment.data = {"source": "somewhere else", "sha256": {}}
    with pytest.raises(ValueError, match=r"somewhere else.*made here"):
        run(tmp_path, [1])


def test_every_seed_says_what_it_ran_on(tmp_path, experiment):
    run(tmp_path, [0])
    made = json.loads((tmp_path / "fashion-deck-recipe.json").read_text())["seeds"]["0"]["made"]
    assert {"date", "seconds", "hardware", "python", "versions"} <= set(made)
    assert {"labkit", "tensorflow", "keras", "numpy"} <= set(made["versions"])


def test_one_seed_has_no_spread(tmp_path, experiment):
    assert "no spread" in run(tmp_path, [0]).describe("score")


def test_unknown_names_are_refused(tmp_path):
    with pytest.raises(ValueError, match="name is 'nothing'"):
        run_record("nothing", [0], tmp_path)
    with pytest.raises(ValueError, match="'B9-first' is not recorded"):
        experiments_for(["B9-first"])
    with pytest.raises(ValueError, match="has no record"):
        recorded("B9-first")
    with pytest.raises(ValueError, match=r"metric is 'speed'.*test_accuracy"):
        all_records()["fashion-deck-recipe"].values("speed")


def test_claims_and_record_names_lead_to_the_same_experiment():
    assert experiments_for(["E2-test-accuracy", "E2-epoch-1", "fashion-deck-recipe"]) == ["fashion-deck-recipe"]


@pytest.mark.parametrize("id", [claim.id for claim in all_claims().values() if claim.record])
def test_the_book_stands_by_what_was_recorded(id, monkeypatch):
    monkeypatch.setenv("LABKIT_STRICT", "1")
    value = recorded(id)
    assert value.within_band
    assert len(value.record.seeds) >= 3
    assert value.record.data["sha256"]


def test_a_recorded_value_outside_its_band_raises_where_claims_must_hold(monkeypatch):
    monkeypatch.setenv("LABKIT_STRICT", "1")
    monkeypatch.setattr("labkit.course.records.RecordedValue.within_band", False)
    with pytest.raises(ClaimError, match="E2-test-accuracy"):
        recorded("E2-test-accuracy")
