"""The teacher's folder for nbgrader: a course of one assignment, ready for ``nbgrader generate_assignment``."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat import NotebookNode

CONFIG = '''\
"""How nbgrader grades: it reads this file in the folder that it is started in."""

from nbgrader.preprocessors import CheckCellMetadata, ClearOutput, DeduplicateIds, OverwriteCells, OverwriteKernelspec

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "cnn_lab_book"
c.ClearSolutions.code_stub = {{"python": "{stub}"}}

# A cell that does not end is interrupted and counts as wrong; the rest is graded.
c.Execute.timeout = {seconds}
c.Execute.iopub_timeout = 60  # on a busy machine what a cell prints may come late
said = "this cell had not ended after {seconds} seconds: is there a loop that never ends?"
c.Execute.error_on_timeout = {{"ename": "TimeUp", "evalue": said, "traceback": [f"TimeUp: {{said}}"]}}


class RestoreCells(OverwriteCells):
    """Put graded cells that were removed back at the end, whatever else is missing around them."""

    def add_missing_grade_cells(self, nb, resources):
        """Add what the gradebook knows and the notebook has not; forget the marks of cells it does not know."""
        for cell in nb.cells:
            if "grade_id" not in cell.metadata.get("nbgrader", {{"grade_id"}}):
                del cell.metadata["nbgrader"]  # doubled or renamed: nbgrader leaves half of them, and stops there
        known = self.gradebook.find_notebook(self.notebook_id, self.assignment_id)
        held = {{cell.metadata.get("nbgrader", {{}}).get("grade_id") for cell in nb.cells}}
        points = {{cell.name: cell.max_score for cell in known.grade_cells}}
        for cell in known.source_cells:
            if cell.name in points and cell.name not in held:
                self.log.warning("%s is missing, and is put back", cell.name)
                nb.cells.append(self.missing_cell_transform(cell, points[cell.name]))
        return nb, resources


c.OverwriteCells.add_missing_cells = True
c.Autograde.sanitize_preprocessors = [
    ClearOutput,
    DeduplicateIds,
    OverwriteKernelspec,
    RestoreCells,
    CheckCellMetadata,
]
'''

COMMANDS = """\
    pip install nbgrader instructor/source/{name}/{wheel}
    cd instructor
    nbgrader generate_assignment {name}      # writes release/{name}, which is what student/ holds
    # hand it out; put what comes back into submitted/STUDENT/{name}/
    nbgrader autograde {name}
    nbgrader generate_feedback {name}        # a page for each student, in feedback/
    nbgrader export                          # all points, in grades.csv
"""


def write(folder: Path, name: str, notebook: NotebookNode, wheel: Path, stub: str, seconds: int) -> None:
    """Write the course folder; ``seconds`` is how long a cell may take."""
    source = folder / "source" / name
    source.mkdir(parents=True)
    nbformat.write(notebook, source / f"{name}.ipynb")
    (source / wheel.name).write_bytes(wheel.read_bytes())
    (folder / "nbgrader_config.py").write_text(CONFIG.format(stub=stub, seconds=seconds), encoding="utf-8")
