"""Build the book: execute what changed, then let Sphinx make the site, warnings as errors.

    python book/_tools/build.py [FOLDER]

FOLDER holds ``_config.yml``, ``_toc.yml`` and what they name; the site comes to ``FOLDER/_build/html``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from execution_key import ROOT, drop_stale_executions


def build(folder: Path = ROOT) -> int:
    """Build one book and return jupyter-book's exit code."""
    drop_stale_executions(folder / "_build" / ".jupyter_cache")
    jupyter_book = Path(sys.executable).with_name("jupyter-book")
    command = [str(jupyter_book), "build", str(folder), "--path-output", str(folder)]
    # --all makes Sphinx forget its last run, so that a build which failed fails again; the chapters' outputs are kept
    # by jupyter-cache, which never keeps one that raised.
    command += ["--all", "-n", "-W", "--keep-going"]
    return subprocess.run(command, cwd=folder, env={**os.environ, "LABKIT_STRICT": "1"}, check=False).returncode


def main(arguments: list[str]) -> int:
    """Build, and say where the site is and how long it took."""
    folder = Path(arguments[0]).resolve() if arguments else ROOT
    started = time.perf_counter()
    code = build(folder)
    outcome = f"The book is at {folder}/_build/html/index.html" if code == 0 else "The book was not built"
    print(f"{outcome} ({time.perf_counter() - started:.0f} s).")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
