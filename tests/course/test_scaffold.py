"""Beginnings of chapters, exercises and claims: they are whole, and stand where they belong."""

import importlib.util
import sys
from pathlib import Path

import nbformat
import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parents[2] / "book" / "_tools"))
from wrong_answers import readable_mistake

from labkit.course.claims import Claim
from labkit.course.scaffold import new_chapter, new_claim, new_exercise

CONTENTS = """\
parts:
  - caption: Chapters
    chapters:
      - file: notebooks/01_first
      - file: notebooks/03_third
  - caption: Behind it
    chapters:
      - file: book/claims
"""


@pytest.fixture
def clone(tmp_path):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "labkit" / "chapters").mkdir(parents=True)
    (tmp_path / "_toc.yml").write_text(CONTENTS)
    return tmp_path


def load(path):
    spec = importlib.util.spec_from_file_location("loaded", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def sources(clone, name):
    return [cell.source for cell in nbformat.read(clone / "notebooks" / name, as_version=4).cells]


def test_a_chapter_has_a_notebook_a_folder_and_a_place_in_the_contents(clone):
    new_chapter("2b", "box_regression", clone)
    folder = clone / "labkit" / "chapters" / "ch02b"
    assert sorted(path.name for path in folder.iterdir()) == ["__init__.py", "claims.yml", "exercises.py", "quiz.py"]
    files = [line.split()[-1] for line in (clone / "_toc.yml").read_text().splitlines() if "file:" in line]
    assert files == ["notebooks/01_first", "notebooks/02b_box_regression", "notebooks/03_third", "book/claims"]
    assert yaml.safe_load((folder / "claims.yml").read_text()) == {"chapter": "02b_box_regression", "claims": []}
    text = sources(clone, "02b_box_regression.ipynb")
    assert text[0].startswith("# 2b. Box regression")
    assert text[-1].startswith("## What you can do now")
    assert 'show_quiz("02b")' in text


def test_its_exercises_and_its_quiz_are_sound(clone):
    new_chapter("18", "boxes", clone)
    new_exercise("18", "count-boxes", clone)
    folder = clone / "labkit" / "chapters" / "ch18"
    exercises = load(folder / "exercises.py").EXERCISES
    assert [exercise.id for exercise in exercises] == ["18-add-up", "18-add-up-again", "18-count-boxes"]
    checks = [source for source in sources(clone, "18_boxes.ipynb") if source.startswith("check(")]
    assert checks == [f'check("{exercise.id}", {exercise.name})' for exercise in exercises]
    for exercise in exercises:
        right = [exercise.solution(*arguments) for arguments in exercise.inputs()]
        for wrong in exercise.mistakes.values():
            assert [wrong(*arguments) for arguments in exercise.inputs()] != right
        assert readable_mistake(exercise)  # the page has to show one
    quiz = load(folder / "quiz.py").QUIZ
    assert len(quiz) >= 3
    assert all(sum(right for _, right, _ in question.choices()) == 1 for question in quiz)


def test_a_claim_stands_in_its_file_and_in_the_notebook_before_the_quiz(clone):
    new_chapter("18", "boxes", clone)
    new_claim("18", "H1-boxes", clone)
    new_claim("18", "H1-more", clone)
    stored = yaml.safe_load((clone / "labkit" / "chapters" / "ch18" / "claims.yml").read_text())
    claims = [Claim(chapter=stored["chapter"], **entry) for entry in stored["claims"]]
    assert [claim.id for claim in claims] == ["H1-boxes", "H1-more"]
    text = sources(clone, "18_boxes.ipynb")
    cells = [place for place, source in enumerate(text) if "claim(" in source]
    assert len(cells) == 2
    assert max(cells) < text.index("## Quiz")


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (lambda clone: new_chapter("118", "boxes", clone), "number is '118'; allowed are one or two digits"),
        (lambda clone: new_chapter("0", "boxes", clone), "number is '0'; the opening chapter is written by hand"),
        (lambda clone: new_exercise("00", "count", clone), "number is '00'; the opening chapter is written by hand"),
        (lambda clone: new_claim("0", "H1-b", clone), "number is '0'; the opening chapter is written by hand"),
        (lambda clone: new_chapter("18", "Boxes", clone), "name is 'Boxes'; allowed are small letters"),
        (lambda clone: new_chapter("19", "again", clone), "notebooks/19_there.ipynb already"),
        (lambda clone: new_exercise("18", "count", clone), "there is no such chapter: python -m labkit new chapter 18"),
        (lambda clone: new_exercise("19", "Count", clone), "name is 'Count'"),
        (lambda clone: new_exercise("19", "add-up", clone), "there is an exercise 19-add-up already"),
        (lambda clone: new_claim("19", "boxes", clone), "id is 'boxes'; allowed are a row"),
        (lambda clone: new_claim("19", "H1-a", clone), "which stands in labkit/chapters/ch19/claims.yml already"),
        (lambda clone: new_chapter("18", "boxes", clone / "elsewhere"), "this works in a clone of the book"),
    ],
)
def test_what_cannot_be_begun(clone, write, words):
    new_chapter("19", "there", clone)
    new_claim("19", "H1-a", clone)
    with pytest.raises(ValueError, match=words):
        write(clone)
