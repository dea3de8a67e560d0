"""Records as they are read: what the book shows of them, and that it stands by it."""

import json
from dataclasses import asdict

import pytest

from labkit.course import ClaimError, all_claims, all_records, recorded


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="has no record"):
        recorded("B9-first")
    with pytest.raises(ValueError, match=r"metric is 'speed'.*test_accuracy"):
        all_records()["fashion-deck-recipe"].values("speed")


@pytest.mark.parametrize("id", [claim.id for claim in all_claims().values() if claim.record])
def test_the_book_stands_by_what_was_recorded(id, monkeypatch):
    monkeypatch.setenv("LABKIT_STRICT", "1")
    value = recorded(id)
    assert value.within_band
    assert len(value.record.seeds) >= 3
    assert value.record.data["sha256"]


@pytest.mark.parametrize("name", all_records())
def test_every_record_names_checksums_of_what_it_was_made_from(name):
    checksums = all_records()[name].data["sha256"]
    assert checksums
    assert all(len(value) >= 12 for value in checksums.values())


def test_a_recorded_value_outside_its_band_raises_where_claims_must_hold(monkeypatch):
    monkeypatch.setenv("LABKIT_STRICT", "1")
    monkeypatch.setattr("labkit.course.records.RecordedValue.within_band", False)
    with pytest.raises(ClaimError, match="E2-test-accuracy"):
        recorded("E2-test-accuracy")


@pytest.mark.parametrize("content", ["{", "[]", '{"name": "x"}', "\x00"])
def test_a_damaged_record_is_named_and_harms_no_other(tmp_path, content):
    good = next(iter(all_records().values()))
    (tmp_path / "damaged.json").write_text(content)
    (tmp_path / "good.json").write_text(json.dumps(asdict(good)))
    found = all_records(tmp_path)
    assert found["good"].name == good.name
    with pytest.raises(ValueError, match=r"damaged\.json is no record that can be read"):
        found["damaged"]
