"""Whoever makes the book their own sets one address, and all that leads to the book follows."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from labkit.course.adoption import adopt

ROOT = Path(__file__).parents[2]
ADDRESS = "https://github.com/me/my-book"
OLD = yaml.safe_load((ROOT / "_config.yml").read_text())["repository"]["url"]


def tracked():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def test_no_other_file_names_the_address():
    naming = {path.relative_to(ROOT) for path in tracked() if OLD.encode() in path.read_bytes()}
    assert {path for path in naming if path.parent != Path("notebooks")} == {Path("_config.yml"), Path("CITATION.cff")}
    for name in naming - {Path("_config.yml"), Path("CITATION.cff")}:
        cells = json.loads((ROOT / name).read_text())["cells"]
        assert [cell["metadata"].get("tags", [])[:1] for cell in cells if OLD in "".join(cell["source"])] == [["setup"]]


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """This checkout as it stands, without what is not committed beside it."""
    clone = tmp_path_factory.mktemp("clone")
    for path in tracked():
        copy = clone / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    return clone


@pytest.fixture(scope="module")
def changed(clone):
    """What the command says that it changed."""
    command = [sys.executable, "-m", "labkit", "adopt", f"{ADDRESS}.git", "--branch", "v1.0"]
    environment = {**os.environ, "PYTHONPATH": str(clone)}
    done = subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.split()


class TestInAClone:
    def test_every_file_that_named_the_address_is_changed(self, changed):
        naming = [path for path in tracked() if OLD.encode() in path.read_bytes()]
        assert sorted(changed) == sorted(str(path.relative_to(ROOT)) for path in naming)

    def test_the_old_address_is_gone(self, clone, changed):
        assert [name for name in changed if OLD in (clone / name).read_text()] == []

    def test_configuration_and_citation_name_the_new_one(self, clone, changed):
        repository = yaml.safe_load((clone / "_config.yml").read_text())["repository"]
        assert repository == {"url": ADDRESS, "branch": "v1.0"}
        assert yaml.safe_load((clone / "CITATION.cff").read_text())["repository-code"] == ADDRESS

    def test_the_chapters_are_in_the_committed_form(self, clone, changed):
        code = (
            "import sys; sys.path.insert(0, 'book/_tools'); import nbformat, notebooks; "
            "chapters = sorted(notebooks.CHAPTERS.glob('0[1-4]*.ipynb')); "
            "print([notebooks.problems(nbformat.read(path, 4)) for path in chapters])"
        )
        environment = {**os.environ, "PYTHONPATH": str(clone)}
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=clone, env=environment, capture_output=True, text=True, check=True
        )
        assert f"git+{ADDRESS}@v1.0" in (clone / "notebooks" / "02_convolution.ipynb").read_text()
        assert json.loads(done.stdout) == [[]] * 5


@pytest.mark.parametrize(
    "address", ["", "my-book", "http://github.com/me/my-book", "https://github.com/me", "git@a:b/c"]
)
def test_what_is_no_address_is_refused(address, tmp_path):
    with pytest.raises(ValueError, match=r"^address is '.*'; allowed is that of a repository"):
        adopt(address, clone=tmp_path)


def test_a_branch_with_a_space_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"^branch is 'my branch'"):
        adopt(ADDRESS, "my branch", tmp_path)


def test_elsewhere_than_in_a_clone_it_says_so(tmp_path):
    with pytest.raises(ValueError, match="works in a clone of the book"):
        adopt(ADDRESS, clone=tmp_path)
