"""The wheel holds all that the checkout does: claims, exercises, quizzes, experiments and records of every chapter."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

from labkit.course.explorables import names

ROOT = Path(__file__).parents[1]
# In a folder where no labkit lies beside, so that only the installed one can answer.
ASK = """
import labkit
from labkit.course import all_claims, all_exercises, all_experiments, all_questions, all_records
from labkit.course.discovery import chapters_with
print(labkit.__file__)
for found in (all_claims, all_exercises, all_experiments, all_records):
    print(len(found()))
print(sum(len(all_questions(chapter)) for chapter in chapters_with("quiz")))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return next(folder.glob("*.whl"))


def test_it_holds_every_chapter_and_every_record(wheel):
    held = set(zipfile.ZipFile(wheel).namelist())
    chapters = [path for path in (ROOT / "labkit" / "chapters").rglob("*") if path.suffix in (".py", ".yml")]
    missing = {path.relative_to(ROOT).as_posix() for path in chapters} - held
    assert not missing
    records = {f"labkit/course/_records/{path.name}" for path in (ROOT / "book" / "records").glob("*.json")}
    assert records
    assert records <= held


MOVES = """
import numpy as np
from labkit.course import explorable, pencil
from labkit.course.explorables import folder, module, names
print(folder())
shown = explorable("slide", still=np.zeros((2, 2), np.uint8), alt="A signal.", signal=[1, 2], kernel=[1])._repr_html_()
assert module("slide") in shown
everything = [shown, pencil("02-positions")._repr_html_(), *map(module, names())]
print(len(names()), *(word for word in ("import ", "export ", "fetch(") if any(word in page for page in everything)))
"""


def test_installed_elsewhere_it_shows_what_moves(wheel, tmp_path):
    """An explorable and a pencil check, each complete in its piece of the page."""
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    program = f"import sys; sys.path.insert(0, {str(tmp_path / 'installed')!r})\n{MOVES}"
    command = [sys.executable, "-P", "-c", program]
    ran = subprocess.run(command, cwd=tmp_path, env={"PATH": ""}, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    place, *counted = ran.stdout.split()
    assert place == str(tmp_path / "installed" / "labkit" / "course" / "_explorables")
    assert counted == [str(len(names()))]


@pytest.mark.nightly
def test_installed_elsewhere_it_lists_what_the_checkout_lists(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")  # a pure wheel is installed by being unpacked

    def answer(path):
        program = f"import sys; sys.path.insert(0, {str(path)!r})\n{ASK}"
        command = [sys.executable, "-P", "-c", program]
        ran = subprocess.run(command, cwd=tmp_path, env={"PATH": ""}, check=True, capture_output=True, text=True)
        return ran.stdout.split()

    installed, checkout = answer(tmp_path / "installed"), answer(ROOT)
    assert installed[0].startswith(str(tmp_path))
    assert installed[1:] == checkout[1:]
    assert all(int(count) for count in installed[1:])


@pytest.mark.nightly
def test_installed_elsewhere_it_runs_chapter_1(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    notebook = nbformat.read(ROOT / "notebooks" / "01_images_as_numbers.ipynb", as_version=4)
    notebook.cells.append(new_code_cell("import labkit; print(labkit.__file__)"))
    client = NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": tmp_path}})
    client.execute(env={**os.environ, "PYTHONPATH": str(tmp_path / "installed"), "LABKIT_STRICT": "1"})
    assert notebook.cells[-1].outputs[0].text.startswith(str(tmp_path))
