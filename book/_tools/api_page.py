"""The pages of the package, one a room: what its facade hands on, module by module, written when the page is read.

All rooms on one page would be two megabytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

FOLDER = "book/api/"
# The order of a course: what layers compute, what they cost, what goes in, what comes of it.
ROOMS = ("ops", "calculators", "datasets", "models", "training", "explain", "plots", "course", "store")


def room_page(room: str) -> str:
    """One room in Markdown: its name, its facade's docstring, and its modules."""
    facade = import_module(f"labkit.{room}")
    modules = "\n".join(f".. automodule:: {module}\n   :members:" for module in modules_of(facade))
    return f"# {room}\n\n{title(facade)}\n\n```{{eval-rst}}\n{modules}\n```"


def title(facade: ModuleType) -> str:
    """The first line of a facade's docstring: what the room is for."""
    return (facade.__doc__ or "").strip().partition("\n")[0]


def rooms_list() -> str:
    """A line for each room, in Markdown, with a link to its page."""
    return "\n".join(f"- [{room}](api/{room}.md): {title(import_module(f'labkit.{room}'))}" for room in ROOMS)


def modules_of(facade: ModuleType) -> Iterator[str]:
    """The modules that define what a facade hands on, each once, those of facades below it as well."""
    seen: dict[str, None] = {}
    for name in facade.__all__:
        thing = getattr(facade, name)
        if isinstance(thing, ModuleType):
            # A facade finds its names when asked; a package that holds them itself is one vocabulary, shown as one.
            nested = modules_of(thing) if hasattr(thing, "__getattr__") else [thing.__name__]
            seen.update(dict.fromkeys(nested))
        # A constant does not know where it comes from; its module has other names as well.
        elif str(getattr(thing, "__module__", "")).startswith("labkit."):
            seen[thing.__module__] = None
    return iter(seen)


def fill_in(app: Any, page: str, source: list[str]) -> None:
    """Write the page of a room, and the list on the page above."""
    if page.startswith(FOLDER):
        source[0] = room_page(page.removeprefix(FOLDER))
    elif page == FOLDER.rstrip("/"):
        source[0] += rooms_list()


def setup(app: Any) -> dict[str, bool]:
    """Fill the pages in when Sphinx reads them."""
    app.connect("source-read", fill_in)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
