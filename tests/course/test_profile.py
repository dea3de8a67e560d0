"""The profile: quick on a CPU, full with a GPU, and the environment has the last word."""

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


@pytest.mark.parametrize("name", ["quick", "full"])
def test_the_environment_overrides(monkeypatch, name):
    monkeypatch.setenv("LABKIT_PROFILE", name)
    assert current_profile().name == name
    assert current_profile().pick(quick="q", full="f") == name[0]


def test_an_unknown_profile_is_refused(monkeypatch):
    monkeypatch.setenv("LABKIT_PROFILE", "fast")
    with pytest.raises(ValueError, match="LABKIT_PROFILE is 'fast'; allowed are 'quick' and 'full'"):
        current_profile()
