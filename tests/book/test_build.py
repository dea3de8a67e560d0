"""The build, on small books: what must fail it, and what it executes again."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]

# A chapter of these books notes each of its executions in a file, and shows a value of labkit.
TALLY = "import os; print('executed', file=open(os.environ['TALLIES'] + '/{name}', 'a'))"
SEED = "from labkit.course import chapter; print('the seed is', chapter.SEED)"

PICTURE = """
import base64
from IPython.display import Image
pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
Image(base64.b64decode(pixel))
"""


def picture(alt):
    cell = nbformat.v4.new_code_cell(PICTURE)
    cell.metadata["mystnb"] = {"image": {"alt": alt}} if alt else {}
    return cell


class SmallBook:
    """A root page and some notebooks under the book's own configuration."""

    def __init__(self, folder):
        self.folder, self.tallies, self.library = folder / "book", folder / "tallies", folder / "library"
        self.tallies.mkdir()
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "labkit", self.library / "labkit", ignore=ignore)
        for part in ("_static", "_tools"):
            shutil.copytree(ROOT / "book" / part, self.folder / "book" / part, ignore=ignore)
        shutil.copy(ROOT / "_config.yml", self.folder)
        self.write("root.md", "# A small book")
        # What a reader's own folder holds: neither a page nor a reason to fail.
        self.write(".venv/lib/README.md", "A [broken](nowhere.md) reference.")

    def write(self, name, text):
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(text)

    def chapter(self, name, *cells):
        title = nbformat.v4.new_markdown_cell(f"# Chapter {name}")
        tally = nbformat.v4.new_code_cell(TALLY.format(name=name))
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        notebook = nbformat.v4.new_notebook(cells=[title, tally, *cells], metadata=kernel)
        nbformat.write(notebook, self.folder / f"{name}.ipynb")

    def build(self):
        """Exit code, and all that was said."""
        pages = [page.stem for page in self.folder.glob("*.*") if page.suffix in (".ipynb", ".md")]
        entries = "".join(f"- file: {page}\n" for page in sorted(pages) if page != "root")
        self.write("_toc.yml", f"format: jb-book\nroot: root\nchapters:\n{entries}")
        command = [sys.executable, str(ROOT / "book" / "_tools" / "build.py"), str(self.folder)]
        here = {"PYTHONPATH": str(self.library), "TALLIES": str(self.tallies), "LABKIT_OFFLINE": "1"}
        ran = subprocess.run(command, env={**os.environ, **here}, capture_output=True, text=True, check=False)
        return ran.returncode, ran.stdout + ran.stderr

    def executions(self):
        """How often each chapter has been executed so far."""
        return {file.name: len(file.read_text().splitlines()) for file in self.tallies.iterdir()}

    def page(self, name):
        return (self.folder / "_build" / "html" / f"{name}.html").read_text()


@pytest.fixture
def book(tmp_path):
    return SmallBook(tmp_path)


def test_what_is_wrong_fails_the_build_each_time(book):
    book.chapter("raises", nbformat.v4.new_code_cell("1 / 0"))
    book.chapter("wordless", picture(""))
    book.chapter("path", picture("_build/jupyter_execute/pixel.png"))
    book.chapter("sound", picture("One red pixel"))
    book.write(
        "broken.md", "# Broken\n\nA [reference](nowhere.md), a {term}`lost word`, and ![](book/_static/logo.svg)."
    )
    for _ in range(2):
        code, said = book.build()
        assert code != 0
        assert "The book was not built" in said
        faults = [line for line in said.splitlines() if "WARNING" in line and str(book.folder) in line]
        assert [line for line in faults if "raises.ipynb" in line and "[mystnb.exec]" in line]
        assert [line for line in faults if "wordless.ipynb" in line and "no alt text" in line]
        assert [line for line in faults if "path.ipynb" in line and "no alt text" in line]
        assert [line for line in faults if "broken.md" in line and "nowhere.md" in line]
        assert [line for line in faults if "broken.md" in line and "lost word" in line]
        assert [line for line in faults if "broken.md" in line and "no alt text" in line]
        assert not [line for line in faults if "sound.ipynb" in line or ".venv" in line]


def test_the_build_executes_what_changed_and_nothing_else(book):
    seed = nbformat.v4.new_code_cell(SEED)
    book.chapter("one", seed)
    book.chapter("two", picture("One red pixel"))
    code, said = book.build()
    assert code == 0, said
    assert book.executions() == {"one": 1, "two": 1}
    assert "the seed is 0" in book.page("one")

    assert book.build()[0] == 0
    assert book.executions() == {"one": 1, "two": 1}

    book.chapter("two", picture("One red pixel"), nbformat.v4.new_code_cell("print('six times', 6 * 7)"))
    assert book.build()[0] == 0
    assert book.executions() == {"one": 1, "two": 2}
    assert "six times 42" in book.page("two")
    assert "the seed is 0" in book.page("one")

    constants = book.library / "labkit" / "course" / "chapter.py"
    constants.write_text(constants.read_text().replace("SEED = 0", "SEED = 1234"))
    assert book.build()[0] == 0
    assert book.executions() == {"one": 2, "two": 3}
    assert "the seed is 1234" in book.page("one")
