"""The built site, what the configuration says that it must be, and small books to build."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml

ROOT = Path(__file__).parents[2]

# A chapter of the small books notes each of its executions in a file.
TALLY = "import os; print('executed', file=open(os.environ['TALLIES'] + '/{name}', 'a'))"


@pytest.fixture(scope="session")
def site():
    """The folder of the built site."""
    folder = ROOT / "_build" / "html"
    if not (folder / "index.html").exists():
        pytest.fail(f"{folder} holds no book; build it with: make book")
    return folder


@pytest.fixture(scope="session")
def chromium():
    """Debian's Chromium or Google's Chrome; playwright's own browser is not downloaded for these tests."""
    known = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    path = next(filter(None, map(shutil.which, known)), None)
    if path is None:
        outcome = pytest.fail if os.environ.get("LABKIT_REQUIRE_BROWSER") == "1" else pytest.skip
        outcome(f"no browser: none of {', '.join(known)} is on the PATH")
    return path


@pytest.fixture(scope="session")
def config():
    """What ``_config.yml`` says."""
    return yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))


class SmallBook:
    """A root page and some notebooks under the book's own configuration, with a labkit of its own to be changed."""

    def __init__(self, folder):
        self.folder, self.tallies, self.library = folder / "book", folder / "tallies", folder / "library"
        self.tallies.mkdir()
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "labkit", self.library / "labkit", ignore=ignore)
        shutil.copytree(ROOT / "book" / "records", self.library / "book" / "records")
        for part in ("_static", "_tools"):
            shutil.copytree(ROOT / "book" / part, self.folder / "book" / part, ignore=ignore)
        for name in ("_config.yml", "requirements.txt"):
            shutil.copy(ROOT / name, self.folder)
        self.write("root.md", "# A small book")
        # What a reader's own folder holds: neither a page nor a reason to fail.
        self.write(".venv/lib/README.md", "A [broken](nowhere.md) reference.")

    def write(self, name, text):
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(text)

    def change(self, name, old, new):
        """Change one file of the library."""
        path = self.library / name
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new, 1))

    def chapter(self, name, *cells):
        """Write a chapter; a cell is its source or a whole cell."""
        title = nbformat.v4.new_markdown_cell(f"# Chapter {name}")
        cells = [nbformat.v4.new_code_cell(cell) if isinstance(cell, str) else cell for cell in cells]
        tally = nbformat.v4.new_code_cell(TALLY.format(name=Path(name).name))
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        notebook = nbformat.v4.new_notebook(cells=[title, tally, *cells], metadata=kernel)
        (self.folder / name).parent.mkdir(exist_ok=True)
        nbformat.write(notebook, self.folder / f"{name}.ipynb")

    def build(self):
        """Exit code, and all that was said."""
        return self.run(sys.executable, self._tool("build"), self.folder)

    def execute(self):
        """The same of executing what has to be, without making pages."""
        return self.run(sys.executable, self._tool("execute"), self.folder)

    def sphinx(self):
        """The same of making the pages without executing anything first."""
        command = [Path(sys.executable).with_name("jupyter-book"), "build", self.folder, "--path-output", self.folder]
        return self.run(*command, "-W", LABKIT_PROFILE="quick", LABKIT_STRICT="1")

    def run(self, *command, **environment):
        """Run a command in this book, with its own labkit."""
        sources = [path for folder in (".", "book", "notebooks") for path in (self.folder / folder).glob("*.*")]
        pages = sorted(
            path.relative_to(self.folder).with_suffix("").as_posix()
            for path in sources
            if path.suffix in (".ipynb", ".md")
        )
        entries = "".join(f"- file: {page}\n" for page in pages if page != "root")
        self.write("_toc.yml", f"format: jb-book\nroot: root\nchapters:\n{entries}")
        here = {"PYTHONPATH": str(self.library), "TALLIES": str(self.tallies), "LABKIT_OFFLINE": "1", **environment}
        ran = subprocess.run(
            [str(word) for word in command], env={**os.environ, **here}, capture_output=True, text=True, check=False
        )
        print(ran.stdout + ran.stderr)  # shown where a test fails
        return ran.returncode, ran.stdout + ran.stderr

    def executions(self):
        """How often each chapter has been executed so far."""
        return {file.name: len(file.read_text().splitlines()) for file in self.tallies.iterdir()}

    def page(self, name):
        """The page's HTML."""
        return self.page_file(name).read_text()

    def page_file(self, name):
        """Where it is."""
        return self.folder / "_build" / "html" / f"{name}.html"

    def _tool(self, name):
        return self.folder / "book" / "_tools" / f"{name}.py"


@pytest.fixture
def book(tmp_path):
    return SmallBook(tmp_path)
