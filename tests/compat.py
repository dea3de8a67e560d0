"""Prove the lower bounds of pyproject.toml: `make compat`.

An environment is resolved to the lowest version of every library that pyproject.toml names, as on a Colab machine that
has not been renewed for a while. Into it the chapters' own set-up cell installs labkit, unmodified: git is told that
the repository it names is this checkout as it stands. Then come the chapters and the unit tests.

    .venv/bin/python tests/compat.py [PYTHON]
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
VENV = ROOT / ".venv-compat"
UV = Path(sys.executable).with_name("uv")
# What the tests need; of these any version will do.
TOOLS = [
    "beautifulsoup4",
    "hatchling",
    "hypothesis",
    "ipykernel",
    "nbval",
    "nbclient",
    "pytest",
    "pytest-xdist",
    "playwright",
    "sphinx",
]
CHAPTERS = sorted((ROOT / "notebooks").glob("*.ipynb"))

sys.path.insert(0, str(ROOT / "book" / "_tools"))
from notebooks import repository  # noqa: E402


def passes(*command: object, **environment: str) -> bool:
    """Run a command, shown, and say whether it succeeded."""
    words = [str(word) for word in command]
    print("$", " ".join(words), flush=True)
    # Without the caller's PYTHONPATH: labkit must come from where it was installed.
    return subprocess.run(words, cwd=ROOT, env={**os.environ, "PYTHONPATH": "", **environment}).returncode == 0


def run(*command: object) -> None:
    """Run a command, shown, that all the others need."""
    if not passes(*command):
        sys.exit(f"{Path(str(command[0])).name} failed, and the rest needs it.")


def make_environment(python: str, folder: Path) -> None:
    """A fresh environment with the lowest versions, without labkit."""
    lowest = folder / "lowest.txt"
    extras = ["--extra", "overlay", "--extra", "pretrained"]
    compile_lowest = ["pip", "compile", "--quiet", "--resolution", "lowest-direct", *extras]
    run(UV, *compile_lowest, "--python", python, "pyproject.toml", "-o", lowest)
    shutil.rmtree(VENV, ignore_errors=True)
    run(UV, "venv", "--quiet", "--seed", "--python", python, VENV)
    run(UV, "pip", "install", "--quiet", "--python", VENV / "bin" / "python", "-r", lowest, *TOOLS)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = [requirement.split(">=")[0] for requirement in project["dependencies"]]
    pins = [line for line in lowest.read_text().splitlines() if line.split("==")[0] in named]
    print("lowest versions:", ", ".join(pins))


def as_on_colab(folder: Path) -> dict[str, str]:
    """Environment variables that make this machine look like Colab: its module, and this checkout at its address.

    What is not yet committed is in it as well, but for files that git does not know.
    """
    module = folder / "fake" / "google" / "colab"
    module.mkdir(parents=True)
    (module / "__init__.py").write_text('"""Stands for the module by which programs recognize Colab."""\n')
    url, branch = repository()
    copy = folder / "repository.git"
    _git("init", "--quiet", "--bare", str(copy))
    # One commit without a past: this may be a checkout whose history was cut off, from which nothing can be cloned.
    whole = _git("commit-tree", "-m", "as it stands", f"{_git('stash', 'create') or 'HEAD'}^{{tree}}")
    _git("push", "--quiet", "--no-verify", str(copy), f"{whole}:refs/heads/{branch}")
    return {
        "PYTHONPATH": str(folder / "fake"),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{copy.as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": url,
    }


def _git(*words: str) -> str:
    command = ["git", "-c", "user.name=compat", "-c", "user.email=compat@localhost", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def main(python: str) -> int:
    """Make the environment, run the chapters and the unit tests in it, and say how long it took."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_environment(python, folder)
        colab = as_on_colab(folder)
        pytest = VENV / "bin" / "pytest"
        quick = {"LABKIT_PROFILE": "quick", "LABKIT_STRICT": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
        nbval = [pytest, "-q", "--nbval", "--nbval-cell-timeout", "600"]
        # Old libraries beside new ones warn about each other; with the pinned ones, warnings are errors.
        marks = ["-W", "default", "-m", "not slow and not browser and not nightly"]
        built = ["--ignore", "tests/book", "--ignore", "tests/chapters_run"]
        passed = {
            # The first chapter's set-up cell installs labkit; all outputs are compared, as with the newest versions.
            "the first chapter": passes(*nbval, CHAPTERS[0], **quick, **colab),
            "the other chapters": passes(*nbval, "-n", "2", "--dist", "loadscope", *CHAPTERS[1:], **quick, **colab),
            "labkit doctor": passes(VENV / "bin" / "python", "-m", "labkit", "doctor", **colab),
            # Each by its name as it ends: a run that is cut short has told what failed. With the checkout's labkit:
            # many tests are of what works in a clone only.
            "the tests": passes(
                pytest, "-v", "-n", "2", *marks, *built, "tests", LABKIT_OFFLINE="1", PYTHONPATH=str(ROOT), **quick
            ),
        }
    minutes = (time.perf_counter() - started) / 60
    for part, well in passed.items():
        print(f"{part}: {'passed' if well else 'FAILED'}")
    print(f"The lowest versions {'work' if all(passed.values()) else 'do not work'} ({minutes:.0f} minutes).")
    return 0 if all(passed.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else sys.executable))
