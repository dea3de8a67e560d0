"""Each committed chapter has been through `make notebooks`, and keeps to the anatomy of a chapter.

The opening chapter has a form of its own.
"""

import builtins
import copy
import dataclasses
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest

import labkit
from labkit.course import all_claims, all_exercises

ROOT = Path(__file__).parents[2]
CHAPTERS = sorted((ROOT / "notebooks").glob("*.ipynb"))
OPENING = ROOT / "notebooks" / "00_ten_minutes.ipynb"
LESSONS = [path for path in CHAPTERS if path != OPENING]

sys.path.insert(0, str(ROOT / "book" / "_tools"))
import reading_time  # noqa: E402

import notebooks as tool  # noqa: E402


@pytest.fixture(params=CHAPTERS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture(params=LESSONS, ids=lambda path: path.stem)
def lesson_path(request):
    return request.param


def read(path):
    return nbformat.read(path, as_version=4)


@pytest.fixture
def chapter(path):
    return read(path)


@pytest.fixture
def lesson(lesson_path):
    return read(lesson_path)


@pytest.fixture
def opening():
    return read(OPENING)


def prose(chapter):
    return [cell.source for cell in chapter.cells if cell.cell_type == "markdown"]


def code(chapter):
    return [cell for cell in chapter.cells if cell.cell_type == "code"]


def test_it_has_been_through_make_notebooks(chapter):
    assert tool.problems(chapter) == []


def test_it_is_in_the_table_of_contents(path):
    assert f"notebooks/{path.stem}" in (ROOT / "_toc.yml").read_text()


def test_a_lesson_opens_with_title_promise_and_objectives(lesson, lesson_path):
    first = prose(lesson)[0]
    number = re.fullmatch(r"0?(\d+[a-z]?)_\w+", lesson_path.stem)[1]
    assert first.startswith(f"# {number}. ")
    for part in ("**By the end you can**", "**Time:**", "**Before this chapter**"):
        assert part in first
    assert 3 <= first.count("\n- ") <= 6


def test_a_lesson_closes_with_the_objectives_again_and_sources(lesson):
    last = prose(lesson)[-1]
    assert last.startswith("## What you can do now")
    assert "\n## Sources\n" in last
    assert last.split("## Sources")[0].count("\n- ") == prose(lesson)[0].count("\n- ")


def test_a_lesson_has_exercises_and_a_quiz(lesson, lesson_path):
    source = "\n".join(cell.source for cell in code(lesson))
    number = lesson_path.stem.split("_")[0]
    shown = re.findall(r'^check\("([\w-]+)"', source, re.M)
    assert shown == [exercise.id for exercise in all_exercises().values() if exercise.chapter == number]
    assert 2 <= len(shown) <= 5
    assert source.count(f'show_quiz("{number}")') == 1


class TestOpening:
    """Ten minutes in which something works: the picture first, nothing to solve, and where each thing is built."""

    def test_it_opens_with_title_and_time_and_then_shows_its_picture(self, opening):
        title, setup, picture, *_ = opening.cells
        assert title.source.startswith("# 0. ")
        assert "\n**Time:** ten minutes." in title.source
        assert "setup" in setup.metadata.tags
        assert "hide-input" in picture.metadata.tags
        assert len(picture.metadata.mystnb.image.alt.split()) >= 8

    def test_it_is_read_in_a_few_minutes(self, opening):
        words = sum(len(text.split()) for text in prose(opening))
        assert words <= 900
        assert reading_time.minutes(opening) == (10, 0)

    def test_what_it_shows_leads_to_the_chapters_that_build_it(self, opening):
        linked = set(re.findall(r"\]\((\w+\.ipynb)\)", "\n".join(prose(opening))))
        assert linked <= {path.name for path in LESSONS}
        assert len(linked) >= 6

    def test_nothing_is_asked_of_the_reader(self, opening):
        text = "\n".join(cell.source for cell in opening.cells)
        assert not re.search(r"\bcheck\(|\bshow_quiz\(|\bclaim(_all)?\(|\brecorded(_all)?\(", text)
        assert "Exercise" not in text
        assert "By the end you can" not in text

    def test_a_line_is_marked_that_the_reader_is_to_change(self, opening):
        (line,) = [line for cell in code(opening) for line in cell.source.splitlines() if "# change this" in line]
        assert line.startswith("changed[")


def test_the_number_of_an_exercise_is_that_of_its_chapters_title():
    first = {exercise.chapter: exercise for exercise in reversed(all_exercises().values())}
    headings = {number: tool.prompt_source(first[number], 1).split(":")[0] for number in ("01", "02b", "10")}
    assert headings == {"01": "### Exercise 1.1", "02b": "### Exercise 2b.1", "10": "### Exercise 10.1"}


def test_the_number_of_an_exercise_of_chapter_0_has_one_digit():
    opening = dataclasses.replace(all_exercises()["01-brighten"], id="00-brighten")
    assert tool.prompt_source(opening, 2).startswith("### Exercise 0.2: ")


def test_it_shows_every_claim_that_names_it_and_no_other(chapter, path):
    shown = {id for cell in chapter.cells for id in tool.claims_in(cell)}
    assert shown == {claim.id for claim in all_claims().values() if claim.chapter == path.stem}


def test_its_core_path_takes_at_most_an_hour(chapter):
    assert reading_time.minutes(chapter)[0] <= reading_time.CORE_AT_MOST


def test_a_lessons_quiz_stands_at_the_end_of_the_core_path(lesson):
    core, _ = reading_time.parts(lesson)
    assert any("show_quiz(" in cell.source for cell in core)
    headings = re.findall(r"^## (Quiz|Going deeper)", "\n".join(prose(lesson)), re.M)
    assert headings[0] == "Quiz"


def test_it_serves_its_reader_and_does_not_argue_with_its_sources(chapter):
    """The decks are named among the sources, and where the story is about a mistake."""
    words = " ".join(prose(chapter)[:-1])
    assert len(re.findall(r"\bdecks?\b", words)) <= 2


def test_markdown_is_plain_enough_for_colab(chapter):
    for text in prose(chapter):
        assert not re.search(r"^(```+|~~~+|:::+)\s*\{\w", text, re.M), "a MyST directive, which Colab shows raw"
        assert not re.search(r"(?<!`)\{(?:ref|doc|cite|numref|term|eq)\}`", text), "a MyST role, which Colab shows raw"


def test_every_heading_has_words_and_only_the_first_is_the_title(chapter):
    headings = re.findall(r"^(#{1,6})(?:[ \t]+(.*))?$", "\n".join(prose(chapter)), re.M)
    assert [marks for marks, words in headings if not words.strip()] == []
    assert [place for place, (marks, _) in enumerate(headings) if marks == "#"] == [0]


def test_nothing_that_differs_between_machines_is_committed(chapter):
    for cell in code(chapter):
        assert not (tool.IGNORE in cell.metadata.get("tags", []) and cell.outputs)
        for output in cell.outputs:
            kinds = set(output.get("data", {}))
            assert not {kind for kind in kinds if kind.startswith("image/")}
            assert not {"text/html", "text/plain"} <= kinds


def test_what_is_printed_is_committed_in_one_piece(chapter):
    """In how many pieces a kernel sends it is chance."""
    for cell in code(chapter):
        names = [output.get("name") for output in cell.outputs]
        assert not any(one == other == "stdout" for one, other in pairwise(names))


def test_code_fits_the_page(chapter):
    lines = [
        line
        for cell in code(chapter)
        if "setup" not in cell.metadata.get("tags", [])
        for line in cell.source.splitlines()
    ]
    too_long = [line for line in lines if len(line) > 100]
    assert too_long == []


class TestRefusals:
    """What `problems` must find, tried on a good chapter."""

    @pytest.fixture
    def good(self):
        return read(LESSONS[0])

    def test_a_changed_cell(self, good):
        code(good)[-1].source += "\n# changed"
        assert tool.problems(good)

    def test_a_cell_that_was_not_executed(self, good):
        code(good)[3].execution_count = None
        assert tool.problems(good)

    def test_a_picture_in_the_output(self, good):
        picture = nbformat.v4.new_output("display_data", {"image/png": "AAAA", "text/plain": "<Figure>"})
        code(good)[3].outputs.append(picture)
        assert tool.problems(good)

    def test_text_of_a_cell_whose_output_is_ignored(self, good):
        (setup,) = (cell for cell in code(good) if "setup" in cell.metadata.get("tags", []))
        setup.outputs.append(nbformat.v4.new_output("stream", name="stdout", text="2 cores"))
        assert tool.problems(good)

    def test_html_beside_text(self, good):
        both = {"text/html": "<b>4</b>", "text/plain": "4"}
        code(good)[3].outputs.append(nbformat.v4.new_output("display_data", both))
        assert tool.problems(good)

    def test_a_warning_in_the_output(self, good):
        code(good)[3].outputs.append(nbformat.v4.new_output("stream", name="stderr", text="careful"))
        assert tool.problems(good)

    def test_an_exercise_that_departs_from_the_bank(self, good):
        for cell in good.cells:
            if cell.metadata.get("labkit", {}).get("part") == "stub":
                cell.source = cell.source.replace("return None", "return 42")
        good.metadata["labkit"] = {"sources": tool.digest(good)}
        assert tool.problems(good)

    def test_another_set_up_cell(self, good):
        for cell in code(good):
            if "setup" in cell.metadata.get("tags", []):
                cell.source = "start()"
        good.metadata["labkit"] = {"sources": tool.digest(good)}
        assert tool.problems(good)

    def test_nothing_in_a_good_one(self, good):
        before = copy.deepcopy(good)
        assert tool.problems(good) == []
        assert good == before


def test_the_set_up_cell_installs_from_where_the_configuration_says():
    url, branch = tool.repository()
    source = tool.setup_source()
    assert f"git+{url}@{branch}" in source
    assert "cnn-labkit[pretrained] @" in source  # with the weights of chapters 10 and 11
    # The name labkit on the package index is somebody else's.
    assert not re.search(r"pip install[^\n]*\blabkit\b(?! @)", source.replace("cnn-labkit[pretrained]", ""))


class TestARelease:
    """What a tag names is what its set-up cells install."""

    @pytest.fixture
    def prepared(self, monkeypatch):
        monkeypatch.setattr(tool, "repository", lambda: ("https://github.com/me/my-book", "v1.2.0"))
        monkeypatch.setattr(tool, "__version__", "1.2.0")

    def test_the_tag_stands_in_the_set_up_cell(self, prepared):
        assert tool.release_problems(["v1.2.0"]) == []
        assert "git+https://github.com/me/my-book@v1.2.0" in tool.setup_source()
        assert 'start(version="1.2.0")' in tool.setup_source()

    def test_another_branch_or_tag_in_the_cell_is_refused(self, prepared, monkeypatch):
        monkeypatch.setattr(tool, "repository", lambda: ("https://github.com/me/my-book", "main"))
        (said,) = tool.release_problems(["v1.2.0"])
        assert said.startswith("the set-up cells install main, not v1.2.0")

    def test_another_version_is_refused(self, prepared, monkeypatch):
        monkeypatch.setattr(tool, "__version__", "1.1.0")
        (said,) = tool.release_problems(["v1.2.0"])
        assert said.startswith("labkit says that it is 1.1.0")

    @pytest.mark.parametrize("tags", [[], ["reviewed"], ["version-of-monday"]])
    def test_what_is_no_release_needs_nothing(self, tags):
        assert tool.release_problems(tags) == []

    def test_this_commit_is_what_its_tags_say(self):
        listed = subprocess.run(["git", "tag", "--points-at", "HEAD"], cwd=ROOT, capture_output=True, text=True)
        assert tool.release_problems(listed.stdout.split()) == []


class TestSetUpCell:
    """The cell is run, with an import and an installer that are watched."""

    @pytest.fixture
    def run(self, monkeypatch):
        def run_cell(*missing):
            """Run the cell where these modules cannot be found; return what was installed, and what start was told."""
            installed, started = [], []
            code = re.sub(r"%(pip .*)", lambda magic: f"pip({magic[1]!r})", tool.setup_source())

            def find(name, *arguments, **options):
                if name == "labkit.course":
                    for module in missing:
                        if not (module == "labkit" and installed):
                            raise ModuleNotFoundError(f"No module named {module!r}", name=module)
                return __import__(name, *arguments, **options)

            monkeypatch.setattr(labkit.course, "start", lambda **told: started.append(told) or "profile", raising=False)
            spaces = {"__builtins__": {**vars(builtins), "__import__": find}, "pip": installed.append}
            exec(code, spaces)
            assert spaces["profile"] == "profile"
            return installed, started

        return run_cell

    def test_nothing_is_installed_where_labkit_is(self, run):
        installed, started = run()
        assert installed == []
        assert started == [{"version": labkit.__version__}]

    def test_labkit_is_installed_where_it_is_missing(self, run):
        (installed,), started = run("labkit")
        assert '"cnn-labkit[pretrained] @ git+' in installed
        assert len(started) == 1

    @pytest.mark.parametrize("module", ["keras", "numpy", "lazy_loader", "labkit.course", "tensorflow"])
    def test_what_else_is_missing_is_seen_and_nothing_installed(self, run, module):
        with pytest.raises(ModuleNotFoundError, match=f"No module named '{module}'") as caught:
            run(module)
        assert caught.value.name == module

    def test_it_is_short(self):
        assert len(tool.setup_source().splitlines()) <= 10
