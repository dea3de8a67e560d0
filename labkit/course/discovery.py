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
from typing import Any

import labkit.chapters

FOLDER = re.compile(r"ch(\d\d[a-z]?)")
OPENING_CHAPTER = "00"  # the opening chapter: it has neither exercises, quiz nor claims, so that it needs no folder


def shown_number(number: str) -> str:
    """A chapter's number as a reader sees it: without the zero that files have in front.

    >>> shown_number("02b"), shown_number("10"), shown_number("00")
    ('2b', '10', '0')
    """
    return f"{int(number[:2])}{number[2:]}"


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


@cache
def listed_in(number: str, part: str) -> dict[str, Any]:
    """What a chapter's module lists under its own name in capitals, by their ids and in order: its EXERCISES, say.

    No other chapter is imported.

    Raises
    ------
    ValueError
        If two have one id, or one bears the number of another chapter.
    """
    module, kind = chapter_part(number, part), part.removesuffix("s")
    found: dict[str, Any] = {}
    for entry in getattr(module, part.upper()) if module else ():
        if entry.chapter != number:
            raise ValueError(f"{kind} {entry.id!r} is defined in chapter {number}; its id must begin {number}-")
        if entry.id in found:
            raise ValueError(f"{kind} {entry.id!r} is defined twice")
        found[entry.id] = entry
    return found


def all_listed(part: str) -> dict[str, Any]:
    """What the modules of this name list, of all chapters, by their ids."""
    return {id: entry for number in chapters_with(part) for id, entry in listed_in(number, part).items()}


def chapters_with(part: str) -> list[str]:
    """The numbers of the chapters that have this module; none is imported."""
    return [number for number, folder in chapter_folders().items() if (folder / f"{part}.py").exists()]


def paired_chapters(clone: Path) -> dict[str, Path]:
    """The notebook of each chapter of a clone by its number; each has one, and one folder, but for the opening chapter.

    Raises
    ------
    ValueError
        If two notebooks bear one number, or there is a notebook without a folder or a folder without a notebook.
    """
    notebooks: dict[str, Path] = {}
    for path in sorted(clone.glob("notebooks/*.ipynb")):
        number = path.stem.partition("_")[0]
        if number in notebooks:
            raise ValueError(f"{path.name} and {notebooks[number].name} both bear the number {number}")
        notebooks[number] = path
    for number, folder in chapter_folders().items():
        if number not in notebooks:
            raise ValueError(
                f"{folder} is the folder of a chapter without a notebook; notebooks/{number}_….ipynb is it"
            )
    for number, path in notebooks.items():
        if number not in chapter_folders() and number != OPENING_CHAPTER:
            raise ValueError(f"{path.name} has no folder; labkit/chapters/ch{number} is it")
    return notebooks
