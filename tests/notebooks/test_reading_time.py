"""The rule that a chapter's stated time follows, on chapters made to be counted by hand."""

import sys
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

sys.path.insert(0, str(Path(__file__).parents[2] / "book" / "_tools"))
import reading_time

TITLE = "# 5. A title\n\n**Time:** some hours. **Before this chapter** you need nothing."


def chapter(*cells):
    return new_notebook(cells=[new_markdown_cell(TITLE), *cells])


def text(words, heading=""):
    return new_markdown_cell(heading + "word " * words)


def code(source="x = 1", **metadata):
    return new_code_cell(source, metadata=metadata)


@pytest.mark.parametrize(
    ("cells", "right"),
    [
        ([text(1700)], (10, 0)),  # 9.4 minutes, and the 14 words of the title
        ([text(1800)], (20, 0)),
        ([code(), code(), code()], (10, 0)),
        ([code() for _ in range(4)], (20, 0)),
        ([code(tags=["hide-input"]) for _ in range(9)], (10, 0)),  # folded
        ([code(tags=["hide-input"], mystnb={}) for _ in range(11)], (20, 0)),  # figures
        ([text(0, "| a |\n| --- |\n| 1 |\n\n") for _ in range(10)], (20, 0)),  # tables, and words
        ([code(labkit={"part": "stub"}), code("check('05-a', f)"), text(900)], (20, 0)),
        ([text(100), text(1700, "## Going deeper: a\n"), text(1700, "### b\n"), text(9, "## Quiz\n")], (10, 20)),
        ([text(100, "## A\n"), text(1000, "### Going deeper\n"), text(1000, "### More\n")], (10, 10)),
    ],
)  # fmt: skip
def test_minutes(cells, right):
    assert reading_time.minutes(chapter(*cells)) == right


def test_code_of_the_opening_chapter_counts_nothing_and_the_rest_as_elsewhere():
    cells = [code() for _ in range(9)] + [code(tags=["hide-input"], mystnb={}) for _ in range(5)]
    opening = new_notebook(cells=[new_markdown_cell("# 0. A title"), *cells, text(800)])
    assert reading_time.minutes(opening) == (10, 0)  # 5 figures, and 4.5 minutes of words
    opening.cells.append(text(200))
    assert reading_time.minutes(opening) == (20, 0)


def test_a_cell_with_both_is_cut_at_the_heading():
    cell = new_markdown_cell("## Core\n" + "word " * 100 + "\n## Going deeper: more\n" + "word " * 1900)
    assert reading_time.minutes(chapter(cell)) == (10, 20)


def test_a_heading_in_a_stub_or_hint_ends_nothing():
    hints = new_markdown_cell("### Exercise 5.1: Sum", metadata={"labkit": {"part": "prompt"}})
    assert reading_time.minutes(chapter(text(0, "## Going deeper: a\n"), hints, text(1790))) == (10, 10)


def test_the_time_is_stated_in_the_first_cell():
    made = chapter(text(1900), text(10, "## Going deeper: a\n"))
    reading_time.state(made)
    assert "**Time:** 20 minutes; 10 more for *Going deeper*. **Before this chapter**" in made.cells[0].source
    once = made.cells[0].source
    reading_time.state(made)
    assert made.cells[0].source == once
