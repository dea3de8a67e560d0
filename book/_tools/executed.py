"""Write the chapters with all their outputs, for viewers that run nothing: GitHub's, nbviewer's.

    python book/_tools/executed.py TARGET

The committed notebooks hold no pictures. These hold what the last executions gave; where no script runs, what moves
in the book stands as its still picture.
"""

from __future__ import annotations

import base64
import io
import sys
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from PIL import Image

from executions import ROOT, Executions
from notebooks import take_outputs

LARGE = 200_000  # characters of a PNG
README = """\
# The chapters with their pictures

Each notebook as it was executed when the book was last built, to be looked at here. To run one, or to change it, take
it from the branch `main`.

"""


def lighter(notebook: NotebookNode) -> None:
    """Turn large pictures into JPEG, in place: photographs, which PNG makes several times as large."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            png = output.get("data", {}).get("image/png")
            if png and len(png) > LARGE:
                file = io.BytesIO()
                Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB").save(file, "JPEG", quality=85)
                del output.data["image/png"]
                output.data["image/jpeg"] = base64.b64encode(file.getvalue()).decode()


def write(target: Path, book: Path = ROOT) -> list[Path]:
    """Write each chapter as it was executed, and a README that lists them; return the notebooks.

    Raises
    ------
    ValueError
        If there is something in the folder, or a chapter has not been executed as it stands.
    """
    if target.exists() and any(target.iterdir()):
        raise ValueError(f"target is {target}, which is not empty; allowed is an empty folder, or a new one")
    executions = Executions(book)
    notebooks = {}
    for page in executions.chapters():
        notebooks[page] = nbformat.read(executions.source(page), as_version=4)
        take_outputs(notebooks[page], executions.executed(page))
        lighter(notebooks[page])

    target.mkdir(parents=True, exist_ok=True)
    lines, written = [], []
    for page, notebook in notebooks.items():
        path = target / f"{Path(page).name}.ipynb"
        nbformat.write(notebook, path)
        title = notebook.cells[0].source.splitlines()[0].removeprefix("# ")
        lines.append(f"- [{title}]({path.name})")
        written.append(path)
    (target / "README.md").write_text(README + "\n".join(lines) + "\n", encoding="utf-8")
    return written


def main(arguments: list[str]) -> int:
    """Write them, and say how large the largest is: viewers show no notebook of any size."""
    if len(arguments) != 1:
        raise SystemExit("usage: python book/_tools/executed.py TARGET")
    try:
        written = write(Path(arguments[0]).resolve())
    except ValueError as error:
        raise SystemExit(str(error)) from error
    largest = max(path.stat().st_size for path in written)
    print(f"{len(written)} notebooks, the largest of {largest / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
