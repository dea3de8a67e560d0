"""A kernel that dies fails its chapter, and not the program that executes them all."""

import sys
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

sys.path.insert(0, str(Path(__file__).parents[2] / "book" / "_tools"))
import execute


def test_a_kernel_that_dies(tmp_path):
    cells = [new_code_cell("import os, sys; print('last words', file=sys.__stderr__, flush=True); os._exit(1)")]
    nbformat.write(new_notebook(cells=cells), tmp_path / "dies.ipynb")
    assert "died" in execute.run(tmp_path / "dies.ipynb", {}).error


def test_what_nbclient_says_of_a_kernel_it_no_longer_has(tmp_path, monkeypatch):
    """It clears up after it twice, and asserts that there is one."""

    def cleared_twice(self, **options):
        raise AssertionError

    monkeypatch.setattr(execute.NotebookClient, "execute", cleared_twice)
    nbformat.write(new_notebook(cells=[new_code_cell("1")]), tmp_path / "dies.ipynb")
    assert "died" in execute.run(tmp_path / "dies.ipynb", {}).error
