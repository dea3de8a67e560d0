"""Chapters are found by their folders; what cannot be right is said at once, and nothing is read that was not named."""

import json
import subprocess
import sys

import pytest

from labkit.course import discovery
from labkit.course.discovery import (
    chapter_folders,
    chapter_numbers,
    chapter_part,
    chapters_with,
    paired_chapters,
    shown_number,
)


@pytest.fixture
def house(tmp_path, monkeypatch):
    """A clone with two chapters, 01 and 02b."""
    for number in ("01", "02b"):
        (tmp_path / "labkit" / "chapters" / f"ch{number}").mkdir(parents=True)
        (tmp_path / "notebooks").mkdir(exist_ok=True)
        (tmp_path / "notebooks" / f"{number}_title.ipynb").write_text("{}")
    monkeypatch.setattr(discovery.labkit.chapters, "__path__", [str(tmp_path / "labkit" / "chapters")])
    chapter_folders.cache_clear()
    yield tmp_path
    chapter_folders.cache_clear()


def test_each_chapter_has_one_notebook_and_one_folder(house):
    assert {number: path.name for number, path in paired_chapters(house).items()} == {
        "01": "01_title.ipynb",
        "02b": "02b_title.ipynb",
    }


def test_a_folder_without_a_notebook(house):
    (house / "notebooks" / "02b_title.ipynb").unlink()
    with pytest.raises(ValueError, match="ch02b is the folder of a chapter without a notebook"):
        paired_chapters(house)


def test_a_notebook_without_a_folder(house):
    (house / "notebooks" / "07_new.ipynb").write_text("{}")
    with pytest.raises(ValueError, match=r"07_new\.ipynb has no folder; labkit/chapters/ch07 is it"):
        paired_chapters(house)


@pytest.mark.parametrize("folder", [True, False], ids=["folder", "no folder"])
def test_the_opening_chapter_needs_no_folder(house, folder):
    (house / "notebooks" / "00_opening.ipynb").write_text("{}")
    if folder:
        (house / "labkit" / "chapters" / "ch00").mkdir()
    assert list(paired_chapters(house)) == ["00", "01", "02b"]


def test_the_opening_chapter_needs_a_notebook_if_it_has_a_folder(house):
    (house / "labkit" / "chapters" / "ch00").mkdir()
    with pytest.raises(ValueError, match="ch00 is the folder of a chapter without a notebook"):
        paired_chapters(house)


@pytest.mark.parametrize(
    ("number", "shown"), [("00", "0"), ("01", "1"), ("02b", "2b"), ("10", "10"), ("20", "20"), ("00b", "0b")]
)
def test_a_reader_sees_a_number_without_its_leading_zero(number, shown):
    assert shown_number(number) == shown


def test_two_notebooks_of_one_number(house):
    (house / "notebooks" / "01_other.ipynb").write_text("{}")
    with pytest.raises(ValueError, match=r"01_title\.ipynb and 01_other\.ipynb both bear the number 01"):
        paired_chapters(house)


@pytest.mark.parametrize("name", ["ch1", "chapter01", "CH01", "ch01x2"])
def test_a_folder_that_is_no_chapters(house, name):
    (house / "labkit" / "chapters" / name).mkdir()
    chapter_folders.cache_clear()
    with pytest.raises(ValueError, match=f"{name} is no chapter's folder; allowed are names such as ch05 and ch02b"):
        chapter_numbers()


def test_a_part_that_a_chapter_does_not_have():
    assert chapter_part("01", "pastries") is None
    assert chapter_part("77", "exercises") is None


def test_all_chapters_have_exercises_and_a_quiz():
    assert chapters_with("exercises") == chapters_with("quiz") == chapter_numbers()


def loaded_by(program):
    """The modules of labkit that are loaded after a program, in a fresh interpreter."""
    program += "\nimport json, sys\nprint(json.dumps([name for name in sys.modules if name.startswith('labkit')]))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return json.loads(ran.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    ("program", "chapters"),
    [
        ("from labkit.course import check; check('01-brighten', lambda *_: None)", {"ch01"}),
        ("from labkit.course import hint; hint('05-batch-loss')", {"ch05"}),
        ("from labkit.course import claim; claim('B9-first', 429)", set()),
        ("from labkit.course import recorded; recorded('E2-test-accuracy')", set()),
        ("from labkit.course import all_questions; all_questions('03')", {"ch03"}),
    ],
)
def test_only_the_chapter_that_is_named_is_imported(program, chapters):
    parts = [name.split(".") for name in loaded_by(program)]
    assert {part[2] for part in parts if part[1:2] == ["chapters"] and len(part) > 2} == chapters
