"""Chapters are found by their folders; what cannot be right is said at once, and nothing is read that was not named."""

import json
import subprocess
import sys

import pytest

from labkit.course import discovery
from labkit.course.discovery import chapter_folders, chapter_numbers, chapter_part, chapters_with


@pytest.fixture
def house(tmp_path, monkeypatch):
    """A clone with two chapters, 01 and 02b."""
    for number in ("01", "02b"):
        (tmp_path / "labkit" / "chapters" / f"ch{number}").mkdir(parents=True)
    monkeypatch.setattr(discovery.labkit.chapters, "__path__", [str(tmp_path / "labkit" / "chapters")])
    chapter_folders.cache_clear()
    yield tmp_path
    chapter_folders.cache_clear()


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
