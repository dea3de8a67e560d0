"""What is handed out holds no solution, no hidden case, no key; its package checks the assignment and nothing else."""

import ast
import csv
import importlib.util
import io
import json
import os
import py_compile
import re
import subprocess
import sys
import tempfile
import zipfile
import zlib
from base64 import b64encode
from pathlib import Path

import nbformat
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from searching import bare, body_of, found_in, long_lines_of

import labkit
from labkit.__main__ import main
from labkit.course import all_exercises, all_projects, all_questions
from labkit.course.assignments.notebooks import BEGIN, BEGIN_HIDDEN, solved, without_solutions
from labkit.course.assignments.writing import chosen, write_assignment
from labkit.course.discovery import chapters_with

ROOT = Path(__file__).parents[3]
# Arrays, whole networks (of which nothing is trained here), inputs that are no data, and a project.
IDS = ["02b-is-equivariant", "05-batch-loss", "05-build-and-train", "09-augmenter", "09-mirrored"]
TASKS = [*reversed(IDS), "05-wandering-digits"]
BODIES = {id: body_of(exercise.solution) for id, exercise in all_exercises().items()}
BYTECODES = {id: exercise.solution.__code__.co_code for id, exercise in all_exercises().items()}


def references():
    """Reference solutions of projects."""
    path = ROOT / "tests" / "course" / "test_project_references.py"
    defined = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)]
    return {node.name: bare("\n".join(map(ast.unparse, node.body[1:]))) for node in defined if len(node.body) > 2}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The same assignment for both platforms."""
    folder = tmp_path_factory.mktemp("assignments")
    for platform, hints in (("nbgrader", "first"), ("otter", "none")):
        out = folder / platform
        assert write_assignment(TASKS, platform, out, hints=hints, name="week-3", seed=4) == [
            out / "student",
            out / "instructor",
        ]
    return folder


def files(folder):
    return [(path.name, path.read_bytes()) for path in sorted(folder.rglob("*")) if path.is_file()]


def cells(path):
    return nbformat.read(path, as_version=4).cells


def test_the_hand_out_holds_no_solution_and_no_reference(written):
    for platform in ("nbgrader", "otter"):
        handed_out = files(written / platform / "student")
        assert len(handed_out) == 3
        assert found_in(handed_out, BODIES | references(), BYTECODES) == []


def test_the_hand_out_holds_no_line_of_a_solution_but_what_the_library_has_itself(written):
    lines = {line for id in IDS for line in long_lines_of(all_exercises()[id].solution)}
    assert len(lines) > 10
    found = found_in(files(written / "nbgrader" / "student"), {}, {}, lines)
    assert not [each for each in found if "/chapters/" in each or ".whl" not in each]


def test_the_hand_out_holds_no_hidden_case(written):
    for platform in ("nbgrader", "otter"):
        teacher = " ".join(data.decode("utf-8", "ignore") for _, data in files(written / platform / "instructor"))
        numbers = set(re.findall(r"\d\.\d{3}\b", teacher)) - {"0.000"}
        assert len(numbers) > 5
        pairs = set(re.findall(r"0\.\d{3}, 0\.\d{3}", teacher))
        assert pairs
        assert found_in(files(written / platform / "student"), {}, {}, pairs) == []
        for _, data in files(written / platform / "student"):
            assert b"1000004" not in data  # the seed of the project's images


def test_the_wheel_holds_no_bank_and_no_key(written):
    held = zipfile.ZipFile(next((written / "nbgrader" / "student").glob("*.whl"))).namelist()
    chapters = {name for name in held if name.startswith("labkit/chapters/ch")}
    expected = {
        f"labkit/chapters/ch{number}/exercises.{kind}" for number in ("02b", "05", "09") for kind in ("py", "json")
    }
    expected |= {f"labkit/chapters/ch{number}/__init__.py" for number in ("02b", "05", "09")}
    assert chapters == expected | {"labkit/chapters/ch05/project.py"}
    assert not [name for name in held if name.endswith((".pyc", ".pyo", ".so"))]
    questions = [question for chapter in ("05", "09") for question in all_questions(chapter)]
    assert found_in(files(written / "nbgrader" / "student"), {}, {}, [each.because for each in questions]) == []


@pytest.mark.parametrize(
    "pack",
    [
        lambda source: ("a.py", source),
        lambda source: ("a.py", source.replace(b"    ", b"  ").replace(b"\n", b"  # no\n")),
        lambda source: ("a.txt", b"x = '" + b64encode(source) + b"'"),
        lambda source: ("a.json", json.dumps({"packed": b64encode(zlib.compress(source)).decode()}).encode()),
        lambda source: ("a.ipynb", json.dumps({"cells": [{"source": source.decode().splitlines(True)}]}).encode()),
        lambda source: ("a.whl", _zipped("b/c.py", source)),
        lambda source: ("a.zip", _zipped("b.zip", _zipped("c.txt", b64encode(source)))),
        lambda source: ("a.pyc", _compiled(source)),
    ],
)
def test_the_search_finds_a_solution_however_it_is_packed(pack):
    module = importlib.util.find_spec("labkit.chapters.ch09.exercises").origin
    source = Path(module).read_text(encoding="utf-8")
    source = ast.get_source_segment(
        source, next(node for node in ast.parse(source).body if getattr(node, "name", "") == "between_pixels")
    ).encode()
    assert found_in([pack(source)], BODIES, BYTECODES)


def _zipped(name, data):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return stream.getvalue()


def _compiled(source):
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, "a.py")
        path.write_bytes(source)
        return Path(py_compile.compile(str(path), cfile=str(path) + "c")).read_bytes()


ASK = """
import numpy as np
import labkit
from labkit.course import all_exercises, all_projects, check, hint, solution
from labkit.course.discovery import chapters_with
print(labkit.__version__, *all_exercises(), *all_projects(), chapters_with("quiz"))
right = check("05-batch-loss", lambda p, y: -np.log(p[np.arange(len(y)), y]).mean())
wrong = check("05-batch-loss", lambda p, y: -np.log(p[np.arange(len(y)), y]).sum())
print(right.status, wrong.status, wrong.mistake)
print(check("02b-is-equivariant", lambda machine, image: bool((machine(image) * 0 == 0).all())).status)
print(check("09-mirrored", lambda images: None).status)
print(solution("05-batch-loss"))
print(hint("05-batch-loss"))
try:
    check("05-stop-epoch", len)
except ValueError as error:
    print(error)
"""


def asked(wheel, folder, program):
    zipfile.ZipFile(wheel).extractall(folder / "installed")
    path = f"import sys; sys.path.insert(0, {str(folder / 'installed')!r})\n"
    environment = {"PATH": os.environ["PATH"], "LABKIT_OFFLINE": "1"}
    command = [sys.executable, "-P", "-c", path + program]
    return subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, text=True).stdout


def test_its_package_checks_the_assignment_and_says_why_there_is_no_solution(written, tmp_path):
    said = asked(next((written / "nbgrader" / "student").glob("*.whl")), tmp_path, ASK).splitlines()
    assert said[0] == f"{labkit.__version__}+assignment {' '.join(IDS)} 05-wandering-digits []"
    assert said[1] == "passed failed That is the sum of the losses. Divide by the number of images."
    assert said[2] == "failed"
    assert said[3] == "not attempted"
    assert said[4].endswith("the solution of 05-batch-loss stays with your teacher.")
    assert said[5].startswith("**Hint 1 of 1.**")
    assert said[6].startswith("id is '05-stop-epoch', which is no exercise; there are 05-batch-loss")


def test_hints_are_as_the_teacher_chose(written, tmp_path):
    program = 'from labkit.course import hint\nprint(hint("05-batch-loss"))'
    assert asked(next((written / "otter" / "student").glob("*.whl")), tmp_path, program) == (
        "This exercise comes without hints.\n"
    )
    sources = [cell.source for cell in cells(written / "otter" / "student" / "week-3.ipynb")]
    assert not any("Stuck?" in source for source in sources)
    assert any(
        'Stuck? `hint("05-batch-loss")`' in cell.source for cell in cells(written / "nbgrader/student/week-3.ipynb")
    )


def undefined_names(out, folder):
    """What ruff says of the banks in the wheel that is handed out; nothing where all is well."""
    zipfile.ZipFile(next((out / "student").glob("*.whl"))).extractall(folder)
    banks = map(str, folder.glob("labkit/chapters/ch*/exercises.py"))
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--quiet", "--select", "F821,F811"]
    return subprocess.run([*ruff, *banks], capture_output=True, text=True, check=False).stdout


def test_every_bank_for_students_defines_all_that_it_uses(written, tmp_path):
    assert undefined_names(written / "nbgrader", tmp_path) == ""


@pytest.mark.nightly
@pytest.mark.parametrize("number", chapters_with("exercises"))
def test_every_chapter_can_be_handed_out(number, tmp_path):
    write_assignment([number], "nbgrader", tmp_path / "out", hints="none", seed=1)
    lines = {line for each in chosen([number])[0] for line in long_lines_of(each.solution)}
    handed_out = files(tmp_path / "out" / "student")
    assert found_in(handed_out, BODIES | references(), BYTECODES) == []
    found = found_in(handed_out, {}, {}, lines)
    assert not [each for each in found if "/chapters/" in each or ".whl" not in each]
    assert undefined_names(tmp_path / "out", tmp_path / "unpacked") == ""


def test_the_notebooks_agree_but_for_solutions_and_hidden_cases(written):
    teacher = cells(written / "nbgrader" / "instructor" / "source" / "week-3" / "week-3.ipynb")
    student = cells(written / "nbgrader" / "student" / "week-3.ipynb")
    assert [without_solutions(cell.source) for cell in teacher] == [cell.source for cell in student]
    assert sum(BEGIN in cell.source for cell in teacher) == len(IDS)
    assert sum(BEGIN_HIDDEN in cell.source for cell in teacher) == len(IDS) + 1
    by_id = {cell.metadata.nbgrader.grade_id: cell for cell in student if "nbgrader" in cell.metadata}
    for id in IDS:
        assert by_id[f"{id}-answer"].source == all_exercises()[id].stub.rstrip()
        assert by_id[f"{id}-points"].metadata.nbgrader.points == 4
    assert by_id["05-wandering-digits-points"].metadata.nbgrader.points == 6


def test_the_teachers_notebook_passes_its_own_hidden_cases(written, capsys):
    space = {}
    for cell in cells(written / "nbgrader" / "instructor" / "source" / "week-3" / "week-3.ipynb"):
        id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if (cell.cell_type == "code" and re.match("0(2b-is|5-batch|9-mirr)", id)) or cell.source.startswith("import"):
            exec(cell.source.replace("_grading.points(", "given = _grading.points("), space)
            if id.endswith("-points"):
                assert space["given"] == 4.0
    assert "✓ 3 of 3, other inputs" in capsys.readouterr().out


@pytest.mark.parametrize("exercise", all_exercises().values(), ids=lambda exercise: exercise.id)
def test_a_solved_cell_runs_by_itself_and_becomes_the_stub(exercise):
    source = solved(exercise)
    assert without_solutions(source) == exercise.stub.rstrip()
    space = {"np": np}
    exec(source, space)
    names = space[exercise.name].__code__.co_names
    assert {name for name in names if name in exercise.solution.__globals__} <= space.keys() | {"np"} | imported(source)


def imported(source):
    """The names that a function imports inside."""
    found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import | ast.ImportFrom)]
    return {(alias.asname or alias.name).partition(".")[0] for node in found for alias in node.names}


def test_the_rubric_lists_points_and_mistakes(written):
    for platform in ("nbgrader", "otter"):
        with (written / platform / "rubric.csv").open(newline="", encoding="utf-8") as opened:
            rows = list(csv.DictReader(opened))
        assert sum(int(row["points"]) for row in rows) == 4 * len(IDS) + 6
        assert f"{4 * len(IDS) + 6} points" in (written / platform / "README.md").read_text()
        for id in IDS:
            said = [row["what the feedback says"] for row in rows if row["task"] == id and "mistake" in row["line"]]
            assert said == list(all_exercises()[id].mistakes)


def test_what_graders_read_can_be_read(written):
    compile((written / "nbgrader" / "instructor" / "nbgrader_config.py").read_text(), "config", "exec")
    folder = written / "otter" / "instructor"
    tests = {path.stem: path.read_text(encoding="utf-8") for path in (folder / "tests").glob("*.py")}
    assert tests.keys() == {*IDS, "05-wandering-digits"}
    for id, text in tests.items():
        compile(text, id, "exec")
        assert sum(map(int, re.findall(r"points=(\d+)", text))) == (4 if id in IDS else 6)
    assert "hidden=True" in tests["05-batch-loss"]
    assert json.loads((folder / "otter_config.json").read_text())["plugins"]


def test_a_seed_makes_the_same_hidden_cases_again(written, tmp_path):
    inputs = []
    for number, seed in enumerate((4, 4, 5)):
        write_assignment(["05-batch-loss"], "otter", tmp_path / str(number), seed=seed)
        text = (tmp_path / str(number) / "instructor" / "tests" / "05-batch-loss.py").read_text(encoding="utf-8")
        inputs.append(json.loads(re.search("r'''(.*?)'''", text)[1])["inputs"])
    assert inputs[0] == inputs[1] != inputs[2]


class TestBadInput:
    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["42", "--for", "otter"], "chapter is '42'; allowed are 01, 02, 02b"),
            (["00", "--for", "otter"], "chapter is '00'; allowed are 01, 02, 02b"),
            (["05-none", "--for", "otter"], "chapter is '05-none'; allowed are 01"),
            (["05", "--for", "moodle"], "--for is 'moodle'; allowed is nbgrader or otter"),
            (["05", "--for", "otter", "--hints", "two"], "--hints is 'two'; allowed is none, first, all"),
            (["05", "--for", "otter", "--name", "Week 3"], "--name is 'Week 3'; allowed are small letters"),
            (["05", "--for", "otter", "--seed", "-1"], "--seed is -1; allowed is a whole number of at least 0"),
        ],
    )
    def test_one_clear_error_and_nothing_written(self, arguments, said, tmp_path, capsys):
        assert main(["assignment", *arguments, "--out", str(tmp_path / "out")]) == 1
        error = capsys.readouterr().err
        assert f"Error: {said}" in error
        assert "Traceback" not in error
        assert not (tmp_path / "out").exists()

    def test_a_folder_that_holds_something_stays_as_it_is(self, tmp_path, capsys):
        (tmp_path / "mine.txt").write_text("mine")
        for out in (tmp_path, tmp_path / "mine.txt"):
            assert main(["assignment", "09-mirrored", "--for", "otter", "--out", str(out)]) == 1
            assert f"--out is {out}, and there is something already" in capsys.readouterr().err
        assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]

    def test_outside_a_clone(self, tmp_path):
        with pytest.raises(ValueError, match="holds no notebooks; this works in a clone of the book"):
            write_assignment(["05"], "otter", tmp_path / "out", clone=tmp_path)


def test_chapters_and_ids_are_put_in_the_books_order():
    exercises, projects = chosen(["9", "05-stop-epoch", "05-wandering-digits", "09-mirrored"])
    assert [exercise.id for exercise in exercises] == [
        "05-stop-epoch",
        *(id for id in all_exercises() if id.startswith("09-")),
    ]
    assert projects == [all_projects()["05-wandering-digits"]]
