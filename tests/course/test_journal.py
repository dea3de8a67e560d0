"""What a kernel notes for who executes a chapter, and that it reads no chapter but its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from labkit.course import ClaimError, all_records, claim, get_claim, recorded
from labkit.course.claims import all_claims
from labkit.course.discovery import chapter_folders
from labkit.course.records import records_folder


@pytest.fixture
def journal(tmp_path, monkeypatch):
    """A function that gives what was noted so far."""
    path = tmp_path / "journal"
    monkeypatch.setenv("LABKIT_JOURNAL", str(path))
    return lambda kind: [entry for line in path.read_text().splitlines() if (entry := json.loads(line))["kind"] == kind]


def test_without_a_journal_nothing_is_noted(tmp_path, monkeypatch):
    monkeypatch.delenv("LABKIT_JOURNAL", raising=False)
    monkeypatch.chdir(tmp_path)
    assert claim("B9-first", 429).verdict == "agrees"
    assert list(tmp_path.iterdir()) == []


def test_a_claim_notes_its_value_its_verdict_and_its_file(journal):
    claim("B9-first", np.int64(429))
    assert journal("claim") == [{"kind": "claim", "id": "B9-first", "value": 429, "verdict": "agrees"}]
    chapter = all_claims()["B9-first"].chapter.split("_")[0]
    assert journal("opened")[0]["path"] == str(chapter_folders()[chapter] / "claims.yml")


def test_a_claim_that_fails_is_noted_all_the_same(journal, monkeypatch):
    monkeypatch.setenv("LABKIT_STRICT", "1")
    with pytest.raises(ClaimError):
        claim("B9-first", 430)
    assert journal("claim")[0]["verdict"] == "differs"


def test_what_is_not_tested_says_so(journal):
    measured = next(id for id, stored in all_claims().items() if stored.kind == "measured")
    claim(measured, stand_in=True)
    assert journal("claim") == [{"kind": "claim", "id": measured, "value": None, "verdict": "not tested here"}]


def test_arrays_are_noted_as_lists(journal):
    stated = get_claim("B11-stride-1")
    claim(stated.id, np.array(stated.right))
    assert journal("claim")[0]["value"] == stated.right


def test_a_recorded_claim_opens_its_own_record_only(journal):
    stated = next(stored for stored in all_claims().values() if stored.record)
    recorded(stated.id)
    assert journal("claim")[0]["record"] == stated.record
    opened = {Path(entry["path"]) for entry in journal("opened")}
    assert {path for path in opened if path.suffix == ".json"} == {records_folder() / f"{stated.record}.json"}


def test_looking_a_record_up_opens_no_other(journal):
    name = list(all_records())[2]
    assert all_records()[name].name == name
    assert {Path(entry["path"]).stem for entry in journal("opened")} == {name}


def test_an_unknown_record_is_a_missing_key():
    with pytest.raises(KeyError):
        all_records()["no-such-record"]


FIRST_CHAPTER = """
import sys
from labkit.course import check, claim, show_quiz
from labkit.course.claims import chapter_claims
from labkit.course.discovery import listed_in

show_quiz("01")
for exercise in listed_in("01", "exercises").values():
    assert check(exercise.id, exercise.solution).passed
for stated in chapter_claims("01").values():
    if stated.kind == "exact":
        claim(stated.id, stated.expected)
print([name for name in sys.modules if name.startswith("labkit.chapters.")])
"""


def test_chapter_1_holds_no_other_chapters_bank(tmp_path):
    environment = {**os.environ, "LABKIT_JOURNAL": str(tmp_path / "journal")}
    ran = subprocess.run(
        [sys.executable, "-c", FIRST_CHAPTER], env=environment, capture_output=True, text=True, check=True
    )
    assert {name.split(".")[2] for name in eval(ran.stdout.splitlines()[-1])} == {"ch01"}
    noted = [json.loads(line) for line in (tmp_path / "journal").read_text().splitlines()]
    opened = {Path(entry["path"]) for entry in noted if entry["kind"] == "opened"}
    assert opened == {chapter_folders()["01"] / "claims.yml"}
