"""The map of the course says what the chapters say of themselves."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "book" / "_tools"))
from course_map import card, needed, read, stages  # noqa: E402


@pytest.mark.parametrize(
    ("sentence", "right"),
    [
        ("you need Python lists and loops.", ()),
        ("you need chapter 2: kernels.", ("2",)),
        ("you need chapter 2, what a kernel does, and chapter 3, what padding does.", ("2", "3")),
        ("you need chapters 3 to 5: pooling, counting, training.", ("3", "4", "5")),
        ("you need chapters 2b and 10.", ("2b", "10")),
        ("you need chapter 8 (cats) and, for dropout, chapter 5; chapter 8 most of all", ("8", "5")),
    ],
)
def test_what_a_chapter_needs_is_read_from_its_sentence(sentence, right):
    assert needed(sentence) == right


def test_every_chapter_is_on_the_map_and_needs_only_earlier_ones():
    stops = [stop for listed in stages(ROOT).values() for stop in listed]
    assert sorted(stop.page for stop in stops) == sorted(
        f"notebooks/{path.stem}" for path in (ROOT / "notebooks").glob("*.ipynb")
    )
    numbers = [stop.number for stop in stops]
    for at, stop in enumerate(stops):
        assert set(stop.needs) <= set(numbers[:at]), stop


def test_a_card_says_title_needs_and_minutes():
    stop = read(next((ROOT / "notebooks").glob("03_*.ipynb")))
    assert stop.needs == ("2",)
    assert card(stop).startswith("[**3. Padding, stride and pooling**](../notebooks/03_")
    assert f"after 2 · {stop.core}" in card(stop)


def test_a_notebook_that_is_no_chapter_is_named(tmp_path):
    import nbformat

    page = tmp_path / "x.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Hello")]), page)
    with pytest.raises(ValueError, match=r"x.ipynb begins with '# Hello'"):
        read(page)
