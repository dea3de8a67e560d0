"""The book for students: what stands in each chapter but for the solutions."""

import json
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "book" / "_tools"))
from wrong_answers import solution  # noqa: E402

from edition import edition, site_of, without_solutions  # noqa: E402
from labkit.course.discovery import chapters_with, listed_in  # noqa: E402


@pytest.mark.parametrize("number", chapters_with("exercises"))
def test_a_chapter_loses_its_solutions_and_nothing_else(number):
    (path,) = (ROOT / "notebooks").glob(f"{number}_*.ipynb")
    before = nbformat.read(path, as_version=4)
    after = nbformat.reads(without_solutions(path.read_text(encoding="utf-8")), as_version=4)
    text = "\n".join(cell.source for cell in after.cells)
    shown = [exercise for exercise in listed_in(number, "exercises").values() if exercise.id in text]
    assert shown
    for exercise in shown:
        assert solution(exercise) in "\n".join(cell.source for cell in before.cells)
        assert solution(exercise) not in text
        assert all(hint in text for hint in exercise.hints)
    assert "<summary>A solution</summary>" not in text
    assert text.count("<details>") == text.count("</details>")
    changed = [cell.get("metadata", {}) for cell, new in zip(before.cells, after.cells, strict=True) if cell != new]
    assert all(metadata["labkit"]["part"] == "help" for metadata in changed)
    assert len(changed) == len(shown)


def test_only_two_editions_are_known(monkeypatch, tmp_path):
    monkeypatch.delenv("EDITION", raising=False)
    assert (edition(), site_of(tmp_path)) == ("", tmp_path)
    monkeypatch.setenv("EDITION", "student")
    assert (edition(), site_of(tmp_path)) == ("student", tmp_path / "_build" / "student")
    monkeypatch.setenv("EDITION", "teacher")
    with pytest.raises(ValueError, match="EDITION is 'teacher'; allowed is student, or nothing"):
        edition()


def test_the_source_may_be_a_list_of_lines():
    cell = {"cell_type": "markdown", "source": ["Before\n", "\n", "<details>\n", "<summary>A solution</summary>\n"]}
    cell["source"] += ["\n", "x\n", "\n", "</details>"]
    code = {"cell_type": "code", "source": "<details>\n<summary>A solution</summary>\n</details>"}
    made = json.loads(without_solutions(json.dumps({"cells": [cell, code]})))
    assert [cell["source"] for cell in made["cells"]] == ["Before", code["source"]]
