import subprocess
import sys
from pathlib import Path

import pytest

from labkit import __main__ as command_line
from labkit import doctor
from labkit.datasets import DatasetStatus


@pytest.fixture(autouse=True)
def environment(tmp_path, monkeypatch):
    monkeypatch.delenv("LABKIT_DATA", raising=False)
    monkeypatch.setenv("LABKIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("LABKIT_OFFLINE", "1")
    monkeypatch.setenv("COLUMNS", "200")


def test_data_lists_every_data_set(capsys):
    assert command_line.main(["data"]) == 0
    printed = capsys.readouterr().out
    for text in (
        "fashion-mnist",
        "not fetched",
        "mnist",
        "stand-in",
        "scikit-learn digits",
        "cats-vs-dogs",
        "drawn pets",
        "penn-fudan",
        "drawn scenes",
        "photos",
        "1.6 MB",
        "yes",
    ):
        assert text in printed


def test_data_does_without_tensorflow():
    code = (
        "import sys; from labkit.__main__ import main; main(['data']);"
        "sys.exit(bool({'tensorflow', 'keras', 'cv2', 'sklearn', 'requests'} & set(sys.modules)))"
    )
    root = Path(__file__).parents[1]
    result = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_data_fetch_by_name(capsys):
    assert command_line.main(["data", "fetch", "photos"]) == 0
    printed = capsys.readouterr().out
    assert "photos" in printed
    assert "mnist" not in printed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["data", "fetch", "mist"], "names=['mist'] are not data sets"),
        (["data", "fetch", "mnist"], "LABKIT_OFFLINE is set"),
        (["data", "fetch"], "fashion-mnist could not be fetched"),
    ],
)
def test_failures_are_explained(arguments, message, capsys):
    assert command_line.main(arguments) == 1
    assert message in capsys.readouterr().err


def test_data_folder_that_is_not_there(monkeypatch, capsys):
    monkeypatch.setenv("LABKIT_DATA", "/no/such/folder")
    assert command_line.main(["data"]) == 1
    assert "LABKIT_DATA='/no/such/folder' is not a folder" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["dance"], ["doctor", "please"]])
def test_bad_usage(arguments, capsys):
    with pytest.raises(SystemExit, match="2"):
        command_line.main(arguments)
    assert "usage: python -m labkit" in capsys.readouterr().err


@pytest.fixture
def complete(monkeypatch):
    """An installation that lacks nothing, whatever this one lacks."""
    monkeypatch.setattr(doctor, "_installed", lambda package: "1.0")


def complaining(**complaints):
    return lambda module: complaints.get(module, "")


def test_doctor_reports(complete, monkeypatch, capsys):
    monkeypatch.setattr(doctor, "_import_complaint", complaining())
    assert command_line.main(["doctor"]) == 0
    printed = capsys.readouterr().out
    for text in (
        "python",
        "labkit",
        "tensorflow",
        "keras",
        "numpy",
        "opencv",
        "profile",
        "CPU",
        "python -m labkit data fetch",
    ):
        assert text in printed


def test_doctor_names_libraries_that_opencv_lacks(complete, monkeypatch, capsys):
    complaint = "ImportError: libGL.so.1: cannot open shared object file: No such file or directory"
    monkeypatch.setattr(doctor, "_import_complaint", complaining(cv2=complaint))
    assert command_line.main(["doctor"]) == 0, "the course can do without overlays"
    assert "apt-get install libgl1" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("library", "remedy"),
    [
        ("libGL.so.1", "apt-get install libgl1"),
        ("libgthread-2.0.so.0", "apt-get install libglib2.0-0"),
        ("libglib-2.0.so.0", "apt-get install libglib2.0-0"),
        ("libSM.so.6", "apt-get install libsm6"),
        ("libunheard-of.so.3", "install the system package that has libunheard-of.so.3"),
    ],
)
def test_opencv_remedies(library, remedy):
    complaint = f"ImportError: {library}: cannot open shared object file: No such file or directory"
    assert remedy in doctor.opencv_remedy(complaint)
    assert "opencv-python-headless" in doctor.opencv_remedy(complaint)


def test_opencv_remedy_for_another_complaint():
    assert "Install it anew" in doctor.opencv_remedy("ImportError: numpy.core.multiarray failed to import")


def test_doctor_without_opencv(monkeypatch):
    monkeypatch.setattr(doctor, "OPENCV", ("no-such-package",))
    finding = doctor.opencv()
    assert (finding.found, finding.fine, finding.needed) == ("not installed", False, False)
    assert "pip install opencv-python-headless" in finding.remedy


def test_doctor_fails_without_tensorflow(complete, monkeypatch, capsys):
    monkeypatch.setattr(doctor, "_import_complaint", complaining(tensorflow="import tensorflow crashed (-4)"))
    assert command_line.main(["doctor"]) == 1
    assert "crashed (-4)" in capsys.readouterr().out


def test_doctor_explains_a_bad_profile(monkeypatch):
    monkeypatch.setenv("LABKIT_PROFILE", "slow")
    finding = doctor._profile()
    assert not finding.fine
    assert "quick, full or rehearsal" in finding.remedy


def test_import_that_fails_crashes_or_works():
    assert doctor._import_complaint("json") == ""
    assert doctor._import_complaint("no_such_module").startswith("ModuleNotFoundError")
    assert doctor._import_complaint("os; os.abort()") == "import os; os.abort() crashed (-6)"


def test_remedies_for_data():
    def remedy(kind):
        return doctor.data_remedy(DatasetStatus("mnist", kind, "somewhere", 0, False))

    assert remedy("real") == remedy("user's data") == ""
    assert "data fetch mnist" in remedy("not fetched")
    assert "LABKIT_DATA" in remedy("stand-in")
