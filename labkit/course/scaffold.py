"""Beginnings of what a chapter is made of: a chapter, an exercise, a claim that pass the tests as they are written.

They work in a clone of the book, where the notebooks lie beside the package.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from labkit.course.discovery import OPENING_CHAPTER, shown_number

CLONE = Path(__file__).parents[2]
NUMBER = re.compile(r"(\d{1,2})([a-z]?)")
NAME = re.compile(r"[a-z][a-z0-9_]*")
EXERCISE = re.compile(r"[a-z][a-z0-9-]*")
CLAIM = re.compile(r"[A-Z]\d+[A-Za-z0-9]*-[a-z0-9-]+")

OPENING = """\
# {shown}. {title}

What this chapter is about, in one or two sentences that promise something.

**By the end you can**

- *compute* something by hand;
- *say* why it is so;
- *use* it in a network.

**Time:** 30 minutes. **Before this chapter** you need chapter 1."""

CLOSING = """\
## What you can do now

- *Compute* it by hand: where it was shown.
- *Say* why: where it was shown.
- *Use* it: where it was shown.

## Sources

- Whoever found it, *Title* (publisher, year)."""

EXERCISES = '''\
"""Exercises of chapter {shown}, {title}."""

from labkit.course.exercises import Exercise

EXERCISES = []
'''

EXERCISE_TEXT = '''\
def {function}(numbers):
    """Return the sum of a list of numbers.

    This text and the arguments become the stub that the reader starts from.
    """
    total = 0
    for number in numbers:
        total += number
    return total


{variable} = Exercise(
    id="{id}",
    title="{title}",
    prompt="What to do, in Markdown: add up `numbers`.",
    solution={function},
    hints=("A gentle hint.", "A hint that is nearly the answer."),
    # The first is the simplest: it can be done by hand.
    inputs=lambda: [([1, 2, 4],), ([-3, 5],), ([10],)],
    mistakes={{
        "That is how many there are: add them up.": lambda numbers: len(numbers),
        "Every number counts, also a negative one.": lambda numbers: sum(abs(number) for number in numbers),
    }},
)


'''

QUIZ = '''\
"""Quiz of chapter {shown}, {title}."""

from labkit.course.quiz import Question

QUIZ = [
    Question(
        text="What is {sum_of}?",
        key=lambda: {sum_of},
        distractors={{{less}: "That is one too few.", {more}: "That is one too many."}},
        because="Code computes the key, so that it cannot be typed wrong.",
    ),
'''

CLAIM_TEXT = """\
  - id: {id}
    sentence: "What is stated, in one sentence of our own."
    source: S1, the slide's title  # and origin: own, if it is an aim or a bound of this book
    kind: exact
    verdict: agrees  # one that differs has a reason, and errata: mistake, changed, not-reproduced or paper
    published: 1
"""


def new_chapter(number: str, name: str, clone: Path = CLONE) -> list[Path]:
    """Write the beginnings of a chapter: its notebook, its folder, and its line in the table of contents.

    Parameters
    ----------
    number : str
        One or two digits and perhaps a letter: ``"18"``, ``"2b"``.
    name : str
        Small letters, digits and underscores: the rest of the notebook's file name, and the first title.
    clone : pathlib.Path
        The clone of the book.

    Returns
    -------
    list of pathlib.Path
        The files that were written or changed.

    Raises
    ------
    ValueError
        If the number or the name is not of that form, or there is such a chapter already.
    """
    number, shown = _number(number)
    if not NAME.fullmatch(name):
        raise ValueError(f"name is {name!r}; allowed are small letters, digits and underscores, such as box_regression")
    folder = _folder(number, clone)
    standing = [*clone.glob(f"notebooks/{number}_*.ipynb"), *([folder] if folder.exists() else [])]
    if standing:
        raise ValueError(f"number is {number!r}; there is {standing[0].relative_to(clone)} already")
    title = name.replace("_", " ").capitalize()
    words = {"shown": shown, "title": title}
    notebook = clone / "notebooks" / f"{number}_{name}.ipynb"

    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text(f'"""Chapter {shown}: {title}."""\n', encoding="utf-8")
    (folder / "claims.yml").write_text(f"chapter: {notebook.stem}\nclaims: []\n", encoding="utf-8")
    (folder / "exercises.py").write_text(EXERCISES.format(**words), encoding="utf-8")
    (folder / "quiz.py").write_text(_quiz(words), encoding="utf-8")
    cells = [
        new_markdown_cell(OPENING.format(**words)),
        new_code_cell("start()", metadata={"tags": ["setup"]}),
        new_markdown_cell("## Something to want\n\nA picture, a puzzle, a number by hand."),
        new_code_cell("from labkit.course import check, show_quiz"),
        new_markdown_cell("## Exercises"),
        new_markdown_cell("## Quiz"),
        new_code_cell(f'show_quiz("{number}")'),
        new_markdown_cell(CLOSING),
    ]
    nbformat.write(new_notebook(cells=cells), notebook)
    contents = _add_to_contents(notebook.stem, clone)
    written = [folder, notebook, contents]
    for exercise in ("add-up", "add-up-again"):
        new_exercise(number, exercise, clone)
    return written


def new_exercise(number: str, name: str, clone: Path = CLONE) -> list[Path]:
    """Write the beginning of an exercise: its definition in the chapter's folder, and its cell in the notebook.

    Parameters
    ----------
    number : str
        The chapter's.
    name : str
        Small letters, digits and hyphens; with underscores it is the function to write.
    clone : pathlib.Path
        The clone of the book.

    Raises
    ------
    ValueError
        If there is no such chapter, the name is not of that form, or there is such an exercise already.
    """
    number, _ = _number(number)
    if not EXERCISE.fullmatch(name):
        raise ValueError(f"name is {name!r}; allowed are small letters, digits and hyphens, such as count-boxes")
    notebook, bank = _chapter(number, clone), _folder(number, clone) / "exercises.py"
    id, function = f"{number}-{name}", name.replace("-", "_")
    text = bank.read_text(encoding="utf-8")
    if f'"{id}"' in text:
        raise ValueError(f"name is {name!r}; there is an exercise {id} already")
    listed = next(
        node
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "EXERCISES"
    )
    names = [ast.unparse(entry) for entry in getattr(listed.value, "elts", ())]
    variable = f"{function}_exercise"
    lines = text.splitlines(keepends=True)
    definition = EXERCISE_TEXT.format(
        function=function, variable=variable, id=id, title=name.replace("-", " ").capitalize()
    )
    before = "".join(lines[: listed.lineno - 1]).rstrip("\n") + "\n\n\n"
    bank.write_text(
        before + definition + f"EXERCISES = [{', '.join([*names, variable])}]\n" + "".join(lines[listed.end_lineno :]),
        encoding="utf-8",
    )
    _add_cell(notebook, f'check("{id}", {function})')
    return [bank, notebook]


def new_claim(number: str, id: str, clone: Path = CLONE) -> list[Path]:
    """Write the beginning of a claim: its entry in the chapter's ``claims.yml``, and its cell in the notebook.

    Parameters
    ----------
    number : str
        The chapter's.
    id : str
        A row of the sources, a hyphen, a name: ``"H1-boxes"``.
    clone : pathlib.Path
        The clone of the book.

    Raises
    ------
    ValueError
        If there is no such chapter, the id is not of that form, or some chapter has such a claim already.
    """
    number, _ = _number(number)
    if not CLAIM.fullmatch(id):
        raise ValueError(f"id is {id!r}; allowed are a row of the sources, a hyphen and a name, such as H1-boxes")
    notebook, claims = _chapter(number, clone), _folder(number, clone) / "claims.yml"
    for other in sorted(clone.glob("labkit/chapters/ch*/claims.yml")):
        if re.search(rf"^\s*- id: {re.escape(id)}\s*$", other.read_text(encoding="utf-8"), re.M):
            raise ValueError(f"id is {id!r}, which stands in {other.relative_to(clone)} already")
    text = claims.read_text(encoding="utf-8").replace("claims: []", "claims:").rstrip("\n")
    claims.write_text(f"{text}\n{CLAIM_TEXT.format(id=id)}", encoding="utf-8")
    _add_cell(notebook, f'from labkit.course import claim\n\nclaim("{id}", 1)')
    return [claims, notebook]


def execute(number: str, clone: Path = CLONE) -> None:
    """Execute a chapter and write it back in the form that is committed."""
    tool = clone / "book" / "_tools" / "notebooks.py"
    subprocess.run([sys.executable, str(tool), str(_chapter(_number(number)[0], clone))], cwd=clone, check=True)


def _number(number: str) -> tuple[str, str]:
    """A chapter's number as its files have it, and as its title has it."""
    found = NUMBER.fullmatch(str(number))
    if not found:
        raise ValueError(f"number is {number!r}; allowed are one or two digits and perhaps a letter, such as 18 or 2b")
    filed = f"{int(found[1]):02d}{found[2]}"
    if filed == OPENING_CHAPTER:
        raise ValueError(
            f"number is {number!r}; the opening chapter is written by hand, without exercises or claims; "
            f"allowed are numbers from 1"
        )
    return filed, shown_number(filed)


def _folder(number: str, clone: Path) -> Path:
    if not (clone / "notebooks").is_dir():
        raise ValueError(f"{clone} holds no notebooks; this works in a clone of the book")
    return clone / "labkit" / "chapters" / f"ch{number}"


def _chapter(number: str, clone: Path) -> Path:
    """The notebook of a chapter."""
    found = sorted(clone.glob(f"notebooks/{number}_*.ipynb"))
    if len(found) != 1 or not _folder(number, clone).is_dir():
        raise ValueError(f"number is {number!r}; there is no such chapter: python -m labkit new chapter {number} NAME")
    return found[0]


def _quiz(words: dict[str, str]) -> str:
    questions = QUIZ.format(sum_of="2 + 2", less=3, more=5, **words)
    for sum_of, less, more in (("3 + 4", 6, 8), ("5 + 5", 9, 11)):
        again = QUIZ.format(sum_of=sum_of, less=less, more=more, **words)
        questions += again[again.index("    Question(") :]
    return questions + "]\n"


def _add_cell(notebook: Path, source: str) -> None:
    """Put a code cell before the quiz."""
    read = nbformat.read(notebook, as_version=4)
    places = [place for place, cell in enumerate(read.cells) if cell.source.startswith("## Quiz")]
    read.cells.insert(places[0] if places else len(read.cells), new_code_cell(source))
    nbformat.write(read, notebook)


def _add_to_contents(stem: str, clone: Path) -> Path:
    """Put a chapter in its place among the others of ``_toc.yml``."""
    path = clone / "_toc.yml"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    places = [place for place, line in enumerate(lines) if re.match(r"\s*- file: notebooks/", line)]
    before = [place for place in places if lines[place].split("notebooks/")[1].strip() < stem]
    at = before[-1] + 1 if before else places[0]
    lines.insert(at, re.sub(r"notebooks/.*", f"notebooks/{stem}", lines[places[0]].rstrip("\n")) + "\n")
    path.write_text("".join(lines), encoding="utf-8")
    return path
