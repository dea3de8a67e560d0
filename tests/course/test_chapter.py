"""The set-up of a chapter: one line, one seed."""

import keras
import numpy as np
import pytest

import labkit
from labkit.course import profile, start


@pytest.fixture(autouse=True)
def _no_gpu(monkeypatch):
    monkeypatch.setattr(profile, "_gpu_name", lambda: None)


@pytest.mark.parametrize(("name", "warned"), [("quick", False), ("full", True)])
def test_it_says_profile_device_seed_and_data_in_one_line(monkeypatch, capsys, name, warned):
    monkeypatch.setenv("LABKIT_PROFILE", name)
    assert start().name == name
    line = capsys.readouterr().out
    assert line.count("\n") == 1
    for part in (f"{name} profile on CPU", "seed 0", "fashion-mnist", "mnist", "photos"):
        assert part in line
    assert ("ten minutes" in line) == warned


def test_a_rehearsal_says_so_and_cuts_trainings(monkeypatch, capsys):
    monkeypatch.setenv("LABKIT_PROFILE", "rehearsal")
    monkeypatch.setattr(keras.Model, "fit", keras.Model.fit)
    start()
    assert capsys.readouterr().out.startswith("rehearsal profile on CPU")
    assert hasattr(keras.Model.fit, "whole")


@pytest.mark.parametrize("name", ["quick", "full"])
def test_no_other_profile_touches_keras(monkeypatch, name):
    monkeypatch.setenv("LABKIT_PROFILE", name)
    start()
    assert not hasattr(keras.Model.fit, "whole")


def test_another_version_is_said_in_one_line(monkeypatch, capsys):
    monkeypatch.setattr(labkit, "__version__", "3.1.4")
    for same in (None, "3.1.4"):
        start(version=same)
        assert capsys.readouterr().out.count("\n") == 1
    start(version="2.7.1")
    setup, line = capsys.readouterr().out.splitlines()
    assert setup.startswith(("quick", "full"))
    assert "written with labkit 2.7.1; installed is 3.1.4" in line
    assert "%pip uninstall -y cnn-labkit" in line  # what to do: the cell then installs the chapter's own


def test_it_seeds_everything_once(capsys):
    draws = []
    for _ in range(2):
        start(seed=3)
        weights = keras.initializers.GlorotUniform()((2, 2))  # as a layer makes them
        draws.append([np.random.rand(), *np.ravel(weights)])  # noqa: NPY002 (the global one is meant)
    assert draws[0] == draws[1]
