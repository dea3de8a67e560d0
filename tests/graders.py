"""Grade made students with nbgrader and with Otter-Grader: `make graders`.

The assignment of chapters 5 and 9 is written as a teacher writes it, and graded in an environment that holds the two
graders and the student's wheel. One student is right, one makes named mistakes in every other exercise, one hands in
the stubs; others hand in notebooks with missing, renamed and doubled cells, and loops without end. The points that
come out, and the reasons, are compared with those that they should get.

    .venv/bin/python tests/graders.py [TASK ...]
"""

from __future__ import annotations

import copy
import html
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).parents[1]
VENV = ROOT / ".venv-graders"
UV = Path(sys.executable).with_name("uv")
GRADERS = ("nbgrader==0.9.6", "otter-grader==7.0.0")
TASKS, SEED = ("05", "09"), 7
SHORT = ("05-batch-loss", "05-gradient-step", "09-labels-after", "09-mirrored")
PROJECT = "05-wandering-digits"
CELL_SECONDS, LOOP_SECONDS = 180, 30  # for one cell; where one has a loop without end, that costs no more
SCORES = """
import json, sys
from nbgrader.api import Gradebook
with Gradebook("sqlite:///gradebook.db") as book:
    given = {each.student.id: {grade.cell.name: grade.score for notebook in each.notebooks for grade in notebook.grades}
             for each in book.assignment_submissions(sys.argv[1])}
print(json.dumps(given))
"""

sys.path.insert(0, str(ROOT / "book" / "_tools"))
from wrong_answers import readable_mistake  # noqa: E402

from labkit.course import check_project, project_data  # noqa: E402
from labkit.course.assignments.writing import chosen, write_assignment  # noqa: E402


def run(*command: object, folder: Path) -> str:
    """Run a command of the graders' environment, shown; return what it printed."""
    words = [str(word) for word in command]
    print("$", " ".join(words), flush=True)
    # Without the caller's PYTHONPATH: labkit must be the one in the student's wheel. And without a network.
    environment = {**os.environ, "PATH": f"{VENV / 'bin'}:{os.environ['PATH']}", "LABKIT_OFFLINE": "1"}
    environment |= {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    environment.pop("PYTHONPATH", None)
    ran = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if ran.returncode:
        print(ran.stdout[-3000:], ran.stderr[-6000:])
        raise SystemExit(f"it ended with {ran.returncode}")
    return ran.stdout


def make_environment(wheel: Path) -> None:
    """Both graders and the student's wheel, with the TensorFlow that stands here already."""
    subprocess.run([UV, "venv", "--quiet", "--clear", "--python", sys.executable, VENV], check=True)
    into = ["--quiet", "--python", VENV / "bin" / "python"]
    subprocess.run([UV, "pip", "install", *into, *GRADERS, wheel, f"tensorflow=={version('tensorflow')}"], check=True)


# ------------------------------------------------------------------------------------------------------- made students


def answer(notebook: NotebookNode, id: str) -> NotebookNode:
    """The cell that a student writes."""
    return next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == f"{id}-answer")


def graded(notebook: NotebookNode, id: str) -> NotebookNode:
    """The cell that gives points."""
    return next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == f"{id}-points")


def right(student: NotebookNode, instructor: NotebookNode, ids: list[str]) -> NotebookNode:
    """Every answer is the solution."""
    notebook = copy.deepcopy(student)
    for id in ids:
        answer(notebook, id).source = answer(instructor, id).source
    return notebook


def mistaken(notebook: NotebookNode, mistakes: dict[str, str]) -> NotebookNode:
    """Some answers are wrong, in ways that are listed."""
    notebook = copy.deepcopy(notebook)
    for id, code in mistakes.items():
        answer(notebook, id).source = code
    return notebook


def bad_notebooks(good: NotebookNode) -> dict[str, tuple[NotebookNode, dict[str, float], dict[str, str]]]:
    """Notebooks with something amiss: the points that each exercise still gets, and the reason where it gets none."""
    one, two, three, four = SHORT
    full = dict.fromkeys(SHORT, 4.0)
    missing, renamed, doubled, endless = (copy.deepcopy(good) for _ in range(4))

    for cell in (graded(missing, one), answer(missing, two), answer(missing, three), graded(missing, three)):
        missing.cells.remove(cell)

    answer(renamed, one).source = answer(renamed, one).source.replace("def batch_loss", "def my_loss")
    graded(renamed, two).metadata["nbgrader"]["grade_id"] = "mine"

    for cell in (answer(doubled, one), graded(doubled, one), answer(doubled, four)):
        again = copy.deepcopy(cell)
        again.id = f"{cell.id}-again"
        doubled.cells.insert(doubled.cells.index(cell) + 1, again)

    answer(endless, one).source = "def batch_loss(probabilities, labels):\n    while True:\n        pass"
    answer(endless, two).source = "while True:\n    pass"

    not_there = "was its cell removed or renamed?"
    return {
        "missing": (missing, full | {two: 0, three: 0}, {two: not_there, three: not_there}),
        "renamed": (renamed, full | {one: 0}, {one: not_there}),
        "doubled": (doubled, full, {}),
        "endless": (endless, full | {one: 0, two: 0}, {one: "a loop whose condition never becomes", two: not_there}),
    }


def trained_model(file: Path) -> float:
    """Save a small network for the project, and return the points that it should get."""
    import keras
    import numpy as np
    from keras import layers

    keras.utils.set_random_seed(0)
    digits = project_data(PROJECT)
    some = np.random.default_rng(0).permutation(len(digits))[:6000]
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(digits.images[some], digits.labels[some], epochs=4, batch_size=64, verbose=0)
    model.save(file)
    return 2.0 * sum(each.passed for each in check_project(PROJECT, file, seed=10**6 + SEED).reached)


# ------------------------------------------------------------------------------------------------------------ nbgrader


def by_nbgrader(course: Path, name: str, students: dict[str, NotebookNode], model: Path | None) -> dict[str, dict]:
    """Release, collect, autograde, write feedback and export; return the points of each student and cell."""
    limit = f"--Execute.timeout={CELL_SECONDS if model else LOOP_SECONDS}"
    run("nbgrader", "generate_assignment", name, folder=course)
    for student, notebook in students.items():
        folder = course / "submitted" / student / name
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / f"{name}.ipynb")
        if model and student != "empty":
            (folder / f"{PROJECT}.keras").write_bytes(model.read_bytes())
    run("nbgrader", "autograde", name, limit, folder=course)
    run("nbgrader", "generate_feedback", name, folder=course)
    run("nbgrader", "export", folder=course)
    exported = (course / "grades.csv").read_text()
    assert all(student in exported for student in students), exported
    cells = json.loads(run(VENV / "bin" / "python", "-c", SCORES, name, folder=course))
    return {
        student: {cell.removesuffix("-points"): score for cell, score in scores.items()}
        for student, scores in cells.items()
    }


def nbgrader_feedback(course: Path, name: str, student: str) -> str:
    """The text of a student's page."""
    page = (course / "feedback" / student / name / f"{name}.html").read_text(encoding="utf-8")
    return _plain(html.unescape(re.sub(r"<[^>]+>", "", page)))


# --------------------------------------------------------------------------------------------------------------- Otter


def by_otter(folder: Path, students: dict[str, NotebookNode], model: Path | None) -> dict[str, tuple[dict, str]]:
    """Generate the grader and run it on each student; return points by task, and the feedback."""
    config = json.loads((folder / "otter_config.json").read_text())
    next(iter(config["plugins"][0].values()))["seconds"] = CELL_SECONDS if model else LOOP_SECONDS
    (folder / "otter_config.json").write_text(json.dumps(config))
    wheel = next(folder.glob("*.whl")).name
    settings = ["-c", "otter_config.json", "-r", "requirements.txt", "-o", "autograder.zip"]
    run("otter", "generate", "-t", "tests", *settings, wheel, folder=folder)
    results = {}
    for student, notebook in students.items():
        place = folder / "collected" / student
        place.mkdir(parents=True)
        nbformat.write(notebook, place / "assignment.ipynb")
        with zipfile.ZipFile(place / "handed_in.zip", "w") as archive:
            archive.write(place / "assignment.ipynb", "assignment.ipynb")
            if model and student != "empty":
                archive.write(model, f"{PROJECT}.keras")
        run("otter", "run", "--no-logo", "-a", "autograder.zip", "-o", place, place / "handed_in.zip", folder=folder)
        tests = json.loads((place / "results.json").read_text(encoding="utf-8"))["tests"]
        points: dict[str, float] = {}
        for test in tests:
            task = next((id for id in re.findall(r"\d\d[a-z]?-[a-z-]+", test["name"])), None)
            if task and "score" in test:
                points[task] = points.get(task, 0.0) + test["score"]
        results[student] = points, _plain("\n".join(str(test.get("output", "")) for test in tests))
    return results


def _plain(text: str) -> str:
    """As one line, so that it may be searched however it is broken."""
    return re.sub(r"\s+", " ", re.sub(r"\x1b\[[0-9;]*m", "", text))


# ---------------------------------------------------------------------------------------------------------------- main


def main(tasks: Sequence[str]) -> int:
    """Write, grade and compare; return 1 if anything is not as it should be."""
    started = time.perf_counter()
    wrong: list[str] = []

    def compare(whose: str, came: object, expected: object) -> None:
        print(f"{'as expected' if came == expected else 'WRONG'}: {whose}: {came}", flush=True)
        if came != expected:
            wrong.append(f"{whose}: {came}, and {expected} was expected")

    exercises, projects = chosen(tasks)
    ids = [exercise.id for exercise in exercises]
    mistakes = {exercise.id: readable_mistake(exercise) for exercise in exercises[::2]}
    print(f"named mistakes in: {', '.join(mistakes)}")
    with tempfile.TemporaryDirectory(prefix="labkit-graders-") as place:
        folder = Path(place)
        for platform in ("nbgrader", "otter"):
            write_assignment(tasks, platform, folder / platform, hints="none", name="assignment", seed=SEED)
            write_assignment(SHORT, platform, folder / f"{platform}-bad", name="bad", seed=SEED)
        wheel = next((folder / "nbgrader" / "student").glob("*.whl"))
        make_environment(wheel)
        model, of_project = None, {}
        if projects:
            model = folder / f"{PROJECT}.keras"
            of_project = {PROJECT: trained_model(model)}

        student = nbformat.read(folder / "nbgrader" / "student" / "assignment.ipynb", as_version=4)
        source = folder / "nbgrader" / "instructor" / "source" / "assignment" / "assignment.ipynb"
        good = right(student, nbformat.read(source, as_version=4), ids)
        codes = {id: code for id, (_, code) in mistakes.items()}
        students = {"right": good, "mistaken": mistaken(good, codes), "empty": student}
        full = dict.fromkeys(ids, 4.0) | of_project
        expected = {"right": full, "mistaken": full | dict.fromkeys(mistakes, 0.0), "empty": dict.fromkeys(full, 0.0)}
        short = nbformat.read(folder / "nbgrader-bad" / "student" / "bad.ipynb", as_version=4)
        source = folder / "nbgrader-bad" / "instructor" / "source" / "bad" / "bad.ipynb"
        bad = bad_notebooks(right(short, nbformat.read(source, as_version=4), list(SHORT)))

        course = folder / "nbgrader" / "instructor"
        came = by_nbgrader(course, "assignment", students, model)
        for name, points in expected.items():
            compare(f"nbgrader, {name}", came[name], points)
        said = nbgrader_feedback(course, "assignment", "mistaken")
        for id, (message, _) in mistakes.items():
            compare(f"nbgrader names the mistake of {id}", _plain(message) in said, True)
        course = folder / "nbgrader-bad" / "instructor"
        came = by_nbgrader(course, "bad", {name: notebook for name, (notebook, *_) in bad.items()}, None)
        for name, (_, points, reasons) in bad.items():
            compare(f"nbgrader, {name} cells", came[name], points)
            said = nbgrader_feedback(course, "bad", name)
            for id, reason in reasons.items():
                compare(f"nbgrader says why {id} gets nothing", reason in said, True)

        by = by_otter(folder / "otter" / "instructor", students, model)
        for name, points in expected.items():
            compare(f"Otter, {name}", by[name][0], points)
        for id, (message, _) in mistakes.items():
            compare(f"Otter names the mistake of {id}", _plain(message) in by["mistaken"][1], True)
        by = by_otter(
            folder / "otter-bad" / "instructor", {name: notebook for name, (notebook, *_) in bad.items()}, None
        )
        for name, (_, points, reasons) in bad.items():
            compare(f"Otter, {name} cells", by[name][0], points)
            for id, reason in reasons.items():
                compare(f"Otter says why {id} gets nothing", reason in by[name][1], True)
    print(f"{time.perf_counter() - started:.0f} s")
    print("\n".join(wrong) or "Both graders give the expected points.")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or TASKS))
