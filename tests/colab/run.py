"""Run the chapters as on Colab: `make colab`.

An environment gets the versions that Colab's image has (`requirements.txt` beside this file, a list of our own). The
chapters' own set-up cell installs labkit into it, in a kernel that believes itself on Colab; git is told that the
repository it names is this checkout as it stands. No package that was there may have another version afterwards. Then
each chapter is executed, and fails on an error, on outputs that are not the committed ones, on anything on stderr,
which Colab shows in red under the cell, and on more seconds than a chapter may take.

    .venv/bin/python tests/colab/run.py [--python PYTHON] [--seconds SECONDS] [--keep] [CHAPTER ...]

PYTHON is the interpreter, by default Python 3.13 if one is found, as on Colab; CHAPTER is the beginning of a name, such
as 05. ``--keep`` takes the environment that stands and installs nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
VENV = ROOT / ".venv-colab"
BIN = VENV / "bin"
UV = Path(sys.executable).with_name("uv")
KEPT = ROOT / "_build" / "colab"  # what each chapter gave, to be looked at
WIDGET = "application/vnd.jupyter.widget-view+json"
COLAB_PYTHON = "3.13"
SECONDS = 90  # for a chapter in the quick profile, alone on two cores
LIST = (
    "import json, importlib.metadata as m; print(json.dumps({each.name: each.version for each in m.distributions()}))"
)

sys.path[:0] = [str(ROOT / "book" / "_tools"), str(ROOT / "tests"), str(HERE)]
import compat  # noqa: E402
from comparison import differences  # noqa: E402
from execute import Run  # noqa: E402
from execute import run as execute  # noqa: E402
from notebooks import setup_source  # noqa: E402
from sliders import MOVED, PANEL, PAST_PYTHON  # noqa: E402

# ----------------------------------------------------------------------------------------------------- the environment


def find_python() -> str:
    """Python as on Colab if there is one, else the one that runs this."""
    for name in (f"python{COLAB_PYTHON}", *sorted(Path.home().glob(f".pyenv/versions/{COLAB_PYTHON}.*/bin/python"))):
        # One that is found need not run: pyenv has a file of this name for every version that it could choose.
        if shutil.which(name) and not subprocess.run([name, "--version"], capture_output=True, check=False).returncode:
            return str(name)
    return sys.executable


def make_environment(python: str) -> None:
    """The versions of Colab's image, without labkit."""
    code = "import sys; print('{}.{}'.format(*sys.version_info))"
    version = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    if version != COLAB_PYTHON:
        print(f"NOT COLAB'S PYTHON: Colab has {COLAB_PYTHON}, this is {version}; name another by COLAB_PYTHON=...")
    compat.run(UV, "venv", "--quiet", "--clear", "--python", python, VENV)
    into = ["--quiet", "--python", BIN / "python", "--no-deps"]
    compat.run(UV, "pip", "install", *into, "-r", HERE / "requirements.txt")


def packages() -> dict[str, str]:
    """The installed packages and their versions."""
    listed = subprocess.run([BIN / "python", "-P", "-c", LIST], cwd=VENV, capture_output=True, text=True, check=True)
    return json.loads(listed.stdout)


def moved(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """What an installation changed of the packages that were there.

    >>> moved({"numpy": "2.1.3", "rich": "13.9.4"}, {"numpy": "2.4.0", "cnn-labkit": "0.1.0"})
    ['numpy 2.1.3 → 2.4.0', 'rich 13.9.4 → gone']
    """
    return [
        f"{name} {version} → {after.get(name, 'gone')}"
        for name, version in before.items()
        if after.get(name) != version
    ]


def as_on_colab(folder: Path) -> dict[str, str]:
    """Environment variables of a kernel that believes itself on Colab, with this checkout at its address."""
    kernel = folder / "jupyter" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    argv = [str(BIN / "python"), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (kernel / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "Colab", "language": "python"}))
    return compat.as_on_colab(folder)


def install(folder: Path, colab: dict[str, str]) -> list[str]:
    """Run the set-up cell where labkit is missing; return what is amiss."""
    before = packages()
    path = folder / "setup.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(setup_source())]), path)
    came = execute(path, colab | {"LABKIT_PROFILE": "quick"})
    after = packages()
    added = [f"{name} {version}" for name, version in after.items() if name not in before]
    print(f"The set-up cell took {came.seconds:.0f} s and installed {', '.join(added)}.")
    wrong = [f"another version after the set-up cell: {change}" for change in moved(before, after)]
    if came.error:
        wrong.append(f"the set-up cell failed: {came.error}")
    return wrong


def sliders(folder: Path, colab: dict[str, str]) -> list[str]:
    """Show controls as a reader gets them, who is no strict build, and move them; return what is amiss.

    The kernel is tried besides: whether it believes itself on Colab, and hears what compiled code says.
    """
    path = folder / "sliders.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(code) for code in (PANEL, MOVED, PAST_PYTHON)]), path)
    came = execute(path, colab | {"LABKIT_STRICT": "0"})
    if came.error:
        return [f"the sliders: {came.error}"]
    said, *shown = came.notebook.cells[0].outputs
    print(f"{said.text.strip()}: the sliders move the picture.")
    views = [each for each in shown if WIDGET in each.get("data", {})]
    heard = noise(came.notebook)
    wrong = [] if len(heard) == 1 and "from compiled code" in heard[0] else [f"stderr is not heard aright: {heard}"]
    return wrong + ([] if len(views) == 1 else ["the sliders: no controls are shown"])


# --------------------------------------------------------------------------------------------------------- the chapters


def noise(notebook: NotebookNode) -> list[str]:
    """What stands on stderr under a chapter's cells, cell by cell."""
    found = []
    for cell in notebook.cells:
        outputs = cell.get("outputs", [])
        text = "".join(each.text for each in outputs if each.output_type == "stream" and each.name == "stderr")
        if text.strip():
            found.append(f"on stderr under {cell.source.strip()[:60]!r}:\n{text.strip()[:1500]}")
    return found


class _Compare:
    """Stands in for a run of pytest that collects nothing: nbval needs its session to compare."""

    def __init__(self, committed: Path, executed: NotebookNode) -> None:
        self.chapter, self.said = (committed, executed), ["nothing was compared"]

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> bool:
        self.said = differences(session, *self.chapter)
        return True


def other_outputs(committed: Path, executed: NotebookNode) -> list[str]:
    """What nbval has to say of outputs that are not the committed ones."""
    compare = _Compare(committed, executed)
    with open(os.devnull, "w") as nowhere:
        out, sys.stdout = sys.stdout, nowhere
        try:
            # Without this repository's settings, which make errors of warnings.
            pytest.main(["-c", os.devnull, "-p", "no:cacheprovider"], plugins=[compare])
        finally:
            sys.stdout = out
    return compare.said


def judge(path: Path, came: Run, processor: float, allowed: float) -> list[str]:
    """All that is amiss with a chapter's execution, which took so many seconds of the processors.

    It is late if these are too many as well as those by the clock, which other work on the machine lets pass.
    """
    if came.error:
        return [came.error, *noise(came.notebook)]
    late = []
    if min(came.seconds, processor) > allowed:
        late = [f"it took {came.seconds:.0f} s, {processor:.0f} of the processors; allowed are {allowed:.0f}"]
    return [*late, *noise(came.notebook), *other_outputs(path, came.notebook)]


def _processor_seconds() -> float:
    """Of all kernels that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main(arguments: Sequence[str]) -> int:
    """Make the environment, run the set-up cell and the chapters, and say how long each took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--python", default="")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("chapters", nargs="*", default=[""])
    asked = parser.parse_args(arguments)
    started, failed = time.perf_counter(), []
    # All that is executed below finds the kernel's description there; and is noise to nobody but the reader.
    os.environ.pop("TF_CPP_MIN_LOG_LEVEL", None)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["JUPYTER_PATH"] = str(folder / "jupyter")
        if not asked.keep:
            make_environment(asked.python or find_python())
        colab = as_on_colab(folder)
        if not asked.keep and (wrong := install(folder, colab)):
            print("\n".join(wrong))
            return 1
        if wrong := sliders(folder, colab):
            print("\n".join(wrong))
            failed.append("the sliders")
        quick = colab | {"LABKIT_PROFILE": "quick", "LABKIT_STRICT": "1"}
        for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
            if path.name.startswith(tuple(asked.chapters)):
                before = _processor_seconds()
                came = execute(path, quick)
                processor = _processor_seconds() - before
                if processor < 1:
                    processor = came.seconds  # whoever ended the kernel did not wait for it
                KEPT.mkdir(parents=True, exist_ok=True)
                nbformat.write(came.notebook, KEPT / path.name)
                wrong = judge(path, came, processor, asked.seconds)
                how = "NOT as it should be" if wrong else "fine"
                print(f"{path.stem}: {came.seconds:.0f} s, {processor:.0f} of the processors: {how}", flush=True)
                failed += [path.stem] if wrong else []
                print("".join(f"{textwrap.indent(each, '  ')}\n" for each in wrong), end="", flush=True)
    print(f"{time.perf_counter() - started:.0f} s in all.", f"Not as on Colab: {', '.join(failed)}" if failed else "")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
