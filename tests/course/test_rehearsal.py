"""A chapter in rehearsal: what is exact is judged, what is measured is not, and every choice is taken in full."""

import ast
import re
import sys
from pathlib import Path

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from nbformat.v4 import new_code_cell

from labkit.course import all_claims, claim
from labkit.course import rehearsal as room
from labkit.course.rehearsal import Bounds, rehearse

ROOT = Path(__file__).parents[2]
CHAPTERS = sorted((ROOT / "notebooks").glob("*.ipynb"))

sys.path.insert(0, str(ROOT / "book" / "_tools"))
from execute import run as execute  # noqa: E402


def run(code, **names):
    exec(compile(ast.fix_missing_locations(Bounds().visit(ast.parse(code))), "cell", "exec"), names)


@pytest.mark.parametrize(
    "test", ["accuracy > 0.8", "0.5 < accuracy < 0.6", "min([accuracy, 1]) >= 0.5", "not accuracy < 0.5"]
)
def test_a_bound_that_is_missed_is_said_and_no_error(test, capsys):
    run(f"for _ in range(2):\n    assert {test}, 'a message'\nprint('on')", accuracy=0.3)
    assert capsys.readouterr().out == f"not judged in a rehearsal: {test}\n" * 2 + "on\n"


def test_a_bound_that_holds_says_nothing(capsys):
    run("assert accuracy > 0.8", accuracy=0.9)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("test", ["count == 4", "same", "not photographs & others", "4 in []"])
def test_what_is_exact_is_judged(test):
    with pytest.raises(AssertionError):
        run(f"assert {test}", count=3, same=False, photographs={1}, others={1})


def test_an_error_inside_a_bound_is_an_error():
    with pytest.raises(ZeroDivisionError):
        run("assert 1 / 0 > 0.5")


def test_the_cells_that_follow_are_changed_once(monkeypatch, capsys):
    shell = InteractiveShell()
    monkeypatch.setattr("IPython.core.getipython.get_ipython", lambda: shell)
    monkeypatch.setattr(room, "cut_fits", lambda: None)
    rehearse()
    rehearse()
    shell.run_cell("assert 1 > 2").raise_error()
    assert capsys.readouterr().out == "not judged in a rehearsal: 1 > 2\n"
    assert sum(isinstance(each, Bounds) for each in shell.ast_transformers) == 1


class TestClaims:
    MEASURED = next(each for each in all_claims().values() if each.kind == "measured" and each.profile is None)

    @pytest.mark.parametrize("profile", ["rehearsal", "full", None])
    def test_measured_ones_are_not_judged(self, monkeypatch, profile):
        monkeypatch.setenv("LABKIT_STRICT", "1")
        far_off = self.MEASURED.band[1] + 1000
        monkeypatch.setenv("LABKIT_PROFILE", "rehearsal")
        assert claim(self.MEASURED.id, far_off, profile=profile).verdict == "not tested here"
        monkeypatch.setenv("LABKIT_PROFILE", "full")
        with pytest.raises(AssertionError):
            claim(self.MEASURED.id, far_off)

    def test_exact_ones_are(self, monkeypatch):
        monkeypatch.setenv("LABKIT_STRICT", "1")
        monkeypatch.setenv("LABKIT_PROFILE", "rehearsal")
        assert claim("B9-first", 429).verdict == "agrees"
        with pytest.raises(AssertionError):
            claim("B9-first", 430)


# ------------------------------------------------------------------------------------------------- all choices, in full


def syntax(cell):
    """The cell's syntax tree; what only IPython understands is left out."""
    return ast.parse(re.sub(r"(?m)^(\s*)[%!].*", r"\1pass", cell.source))


def choices(path):
    """Each choice of a chapter by its profile: the line of its cell, and what it gives in full."""
    for cell in nbformat.read(path, as_version=4).cells:
        for node in ast.walk(syntax(cell)) if cell.cell_type == "code" else ():
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "profile.pick":
                (full,) = (ast.unparse(given.value) for given in node.keywords if given.arg == "full")
                yield node.lineno, repr(eval(full, {"slice": slice}))


def test_there_are_choices():
    assert sum(len(list(choices(path))) for path in CHAPTERS) > 20


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_chooses_in_no_other_way(path):
    """Nothing but ``pick`` is asked of the profile; its name goes on to claims."""
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            tree = syntax(cell)
            used = sum(isinstance(node, ast.Name) and node.id == "profile" for node in ast.walk(tree))
            code = ast.unparse(tree)
            allowed = ("profile = start(", "profile.pick(quick=", "profile=profile.name")
            assert used == sum(code.count(way) for way in allowed), cell.source
            assert "LABKIT_PROFILE" not in code
            assert "list_physical_devices" not in code


@pytest.mark.nightly
@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_runs_in_rehearsal_and_takes_the_full_side_of_each_choice(path):
    came = execute(path, {"LABKIT_PROFILE": "rehearsal", "LABKIT_STRICT": "1"})
    print(f"{path.stem}: {came.seconds:.0f} s")
    assert not came.error, came.error
    assert {(entry["line"], entry["full"]) for entry in came.journal if entry["kind"] == "picked"} == {*choices(path)}


TWO_DEVICES = """
import functools
import tensorflow as tf

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
# Where there is no GPU, the strategy would take the first processor alone.
tf.distribute.MirroredStrategy = functools.partial(tf.distribute.MirroredStrategy, ["CPU:0", "CPU:1"])
"""


SHARING = [path for path in CHAPTERS if "MirroredStrategy" in path.read_text(encoding="utf-8")]


@pytest.mark.nightly
@pytest.mark.parametrize("path", SHARING, ids=lambda path: path.stem)
def test_a_chapter_that_shares_batches_is_rehearsed_with_a_second_device(path, tmp_path):
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.insert(0, new_code_cell(TWO_DEVICES))
    nbformat.write(notebook, tmp_path / path.name)
    came = execute(tmp_path / path.name, {"LABKIT_PROFILE": "rehearsal", "LABKIT_STRICT": "1"})
    assert not came.error, came.error
    said = "".join(output.get("text", "") for cell in came.notebook.cells for output in cell.get("outputs", []))
    assert "devices that share a batch: 2" in said
    assert "same weights: True" in said
