"""The container holds what the chapters need, in the versions that the tests have tried."""

import fnmatch
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
HUB = ROOT / "book" / "hub"


def pins(path):
    """The versions that a requirements file pins, by package; several where they depend on Python's version."""
    found = {}
    for name, version in re.findall(r"^([\w.-]+)==(\S+)", path.read_text(), re.M):
        found.setdefault(name, set()).add(version)
    return found


def test_it_has_the_versions_that_were_tested():
    tested, held = pins(ROOT / "requirements.txt"), pins(HUB / "requirements.txt")
    assert {"tensorflow", "keras", "numpy", "jupyterlab"} <= set(held) & set(tested)
    others = {name: (held[name], tested[name]) for name in set(held) & set(tested) if not held[name] <= tested[name]}
    assert others == {}


def test_it_has_all_that_labkit_declares():
    declared = re.findall(
        r'^  "([\w-]+)[>=\[]', (ROOT / "pyproject.toml").read_text().split("[project.optional")[0], re.M
    )
    assert len(declared) > 15
    assert set(declared) <= set(pins(HUB / "requirements.txt"))


def test_what_is_copied_is_let_through():
    """What the image is made from is not kept out by .dockerignore, which lets through what it names and no more."""
    let_through = [line[1:] for line in (ROOT / ".dockerignore").read_text().split() if line.startswith("!")]
    for needed in (
        "pyproject.toml",
        "README.md",
        "labkit",
        "notebooks",
        "book/hub",
        "book/records",
        "book/explorables",
    ):
        assert any(fnmatch.fnmatch(needed, pattern) for pattern in let_through), needed
        assert (ROOT / needed).exists()


@pytest.fixture
def home(tmp_path):
    """A reader's home, and a course of two chapters to start from."""
    course = tmp_path / "opt" / "notebooks"
    course.mkdir(parents=True)
    for name in ("01_first.ipynb", "02_second.ipynb"):
        (course / name).write_text(f"the course's {name}")
    script = (HUB / "start").read_text().replace("/opt/cnn-lab-book", str(tmp_path / "opt"))
    (tmp_path / "start").write_text(script)
    return tmp_path


def started(home, *command):
    environment = {**os.environ, "HOME": str(home)}
    return subprocess.run(
        ["sh", str(home / "start"), *command], env=environment, capture_output=True, text=True, check=True
    ).stdout


def test_a_reader_finds_the_chapters_and_what_was_asked_for_runs_among_them(home):
    assert started(home, "ls").split() == ["01_first.ipynb", "02_second.ipynb"]
    assert started(home, "pwd").strip() == str(home / "cnn-lab-book")


def test_what_a_reader_has_written_is_kept(home):
    started(home, "true")
    (home / "cnn-lab-book" / "01_first.ipynb").write_text("mine")
    (home / "cnn-lab-book" / "02_second.ipynb").unlink()
    started(home, "true")
    texts = [path.read_text() for path in sorted((home / "cnn-lab-book").iterdir())]
    assert texts == ["mine", "the course's 02_second.ipynb"]


def test_the_image_starts_what_stands_in_the_checkout():
    commands = (ROOT / "Dockerfile").read_text()
    place = re.search(r"^WORKDIR (\S+)", commands, re.M)[1]
    entry = re.search(r'^ENTRYPOINT \["([^"]+)"\]', commands, re.M)[1]
    path = ROOT / Path(entry).relative_to(place)
    assert os.access(path, os.X_OK)
    assert place + "/notebooks" in path.read_text()


def test_a_hub_guarantees_no_more_than_it_allows():
    reader = yaml.safe_load((HUB / "values.yaml").read_text())["singleuser"]
    for what in ("memory", "cpu"):
        guarantee, limit = (float(str(reader[what][kind]).rstrip("G")) for kind in ("guarantee", "limit"))
        assert 0 < guarantee < limit
