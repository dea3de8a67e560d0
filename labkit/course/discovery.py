"""Finding what a chapter's folder holds, and reading no more of it than what is asked for.

>>> from labkit.course.discovery import chapter_numbers
>>> chapter_numbers()[:4]
['01', '02', '02b', '03']
"""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import labkit.chapters

FOLDER = re.compile(r"ch(\d\d[a-z]?)")


@cache
def chapter_folders() -> dict[str, Path]:
    """The folder of each chapter by its number, in order.

    Raises
    ------
    ValueError
        If the room of the chapters holds a folder that is no chapter's.
    """
    folders = {}
    for path in sorted(Path(labkit.chapters.__path__[0]).iterdir()):
        if not path.is_dir() or path.name.startswith(("_", ".")):
            continue
        found = FOLDER.fullmatch(path.name)
        if not found:
            raise ValueError(f"{path} is no chapter's folder; allowed are names such as ch05 and ch02b")
        folders[found[1]] = path
    return folders


def chapter_numbers() -> list[str]:
    """The numbers of all chapters that have a folder: two digits, and perhaps a letter."""
    return list(chapter_folders())


def chapter_part(number: str, part: str) -> ModuleType | None:
    """Import one module of one chapter, such as its ``exercises``; ``None`` if the chapter has no such module."""
    name = f"{labkit.chapters.__name__}.ch{number}.{part}"
    if number not in chapter_folders() or find_spec(name) is None:
        return None
    return import_module(name)


def chapters_with(part: str) -> list[str]:
    """The numbers of the chapters that have this module; none is imported."""
    return [number for number, folder in chapter_folders().items() if (folder / f"{part}.py").exists()]
