"""Build the book: execute what changed, then let Sphinx make the pages that changed, warnings as errors.

    python book/_tools/build.py [FOLDER]

FOLDER holds ``_config.yml``, ``_toc.yml`` and what they name; the site comes to ``FOLDER/_build/html``, or with
EDITION=student in the environment, without solutions, to ``FOLDER/_build/student/_build/html``.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

from sphinx_external_toc.parsing import parse_toc_yaml

from edition import site_of
from execute import execute
from executions import ROOT, circumstances


def everything_key(folder: Path) -> str:
    """A hash over what all pages depend on: configuration, tools, style, versions and the titles in the side bar."""
    files = [folder / "_config.yml", folder / "_toc.yml", ROOT / "requirements.txt"]
    for part in ("_tools", "_static"):
        files += sorted(path for path in (folder / "book" / part).rglob("*") if path.suffix != ".pyc")
    key = hashlib.sha256(sys.version.encode())
    for path in files:
        key.update(f"\0{path.name}\0".encode() + (path.read_bytes() if path.is_file() else b""))
    for page in parse_toc_yaml(folder / "_toc.yml"):
        key.update(f"\0{page}\0{_title(folder / page)}".encode())
    return key.hexdigest()


def _title(page: Path) -> str:
    """The line of a page's source that holds its title, whatever the source is."""
    for source in (page.with_name(f"{page.name}{suffix}") for suffix in (".md", ".ipynb")):
        if source.exists():
            lines = source.read_text(encoding="utf-8").splitlines()
            return next((line for line in lines if line.lstrip(' "').startswith("# ")), "")
    return ""


def build(folder: Path = ROOT) -> int:
    """Build one book; return 0, or another number if a chapter or a page failed."""
    site = site_of(folder)
    failed = execute(folder)
    jupyter_book = Path(sys.executable).with_name("jupyter-book")
    command = [str(jupyter_book), "build", str(folder), "--path-output", str(site), "-n", "-W", "--keep-going"]
    # Sphinx warns of a page only when it makes it. So the stamp says that all pages came without a warning: after a
    # build that failed, all are made again, and it fails again.
    stamp, key = site / "_build" / ".all-pages-good", everything_key(folder)
    if not stamp.exists() or stamp.read_text() != key:
        command.append("--all")
    stamp.unlink(missing_ok=True)
    code = subprocess.run(command, cwd=folder, env={**os.environ, **circumstances()}, check=False).returncode
    if code == 0 and not failed:
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(key)
    return code or len(failed)


def main(arguments: list[str]) -> int:
    """Build, and say where the site is and how long it took."""
    folder = Path(arguments[0]).resolve() if arguments else ROOT
    started = time.perf_counter()
    code = build(folder)
    outcome = f"The book is at {site_of(folder)}/_build/html/index.html" if code == 0 else "The book was not built"
    print(f"{outcome} ({time.perf_counter() - started:.0f} s).")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
