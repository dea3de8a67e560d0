"""The profile: quick on a CPU, full with a GPU, and the environment has the last word."""

import json

import pytest

from labkit.course import Profile, current_profile, profile


@pytest.fixture(autouse=True)
def _no_choice(monkeypatch):
    monkeypatch.delenv("LABKIT_PROFILE", raising=False)
    monkeypatch.setattr(profile, "_gpu_name", lambda: None)


def test_quick_on_a_cpu():
    assert current_profile().name == "quick"
    assert current_profile().device.startswith("CPU, ")


def test_full_where_there_is_a_gpu(monkeypatch):
    monkeypatch.setattr(profile, "_gpu_name", lambda: "GPU, Tesla T4")
    assert current_profile() == Profile("full", "GPU, Tesla T4")


@pytest.mark.parametrize(("name", "picked"), [("quick", "q"), ("full", "f"), ("rehearsal", "f")])
def test_the_environment_overrides(monkeypatch, name, picked):
    monkeypatch.setenv("LABKIT_PROFILE", name)
    assert current_profile().name == name
    assert current_profile().pick(quick="q", full="f") == picked


@pytest.mark.parametrize(("name", "noted"), [("quick", []), ("full", [5, "None"]), ("rehearsal", [5, "None"])])
def test_it_notes_where_the_full_side_was_taken(monkeypatch, tmp_path, name, noted):
    journal = tmp_path / "journal"
    journal.touch()
    monkeypatch.setenv("LABKIT_JOURNAL", str(journal))
    # As a kernel compiles a cell: its lines are counted from its first.
    exec("\n\n\n\ncount = profile.pick(quick=3, full=None)", {"profile": Profile(name, "CPU")})
    entries = [json.loads(line) for line in journal.read_text().splitlines()]
    assert [value for entry in entries for value in (entry["line"], entry["full"])] == noted


def test_an_unknown_profile_is_refused(monkeypatch):
    monkeypatch.setenv("LABKIT_PROFILE", "fast")
    with pytest.raises(ValueError, match="LABKIT_PROFILE is 'fast'; allowed are 'quick', 'full' and 'rehearsal'"):
        current_profile()
