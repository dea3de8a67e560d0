"""The page of the package: what the facade of each room hands on, module by module, written when the page is read."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

PLACE = "<!-- The rooms come here, from their facades. -->"
# The order of a course: what layers compute, what they cost, what goes in, what comes of it.
ROOMS = ("ops", "calculators", "datasets", "models", "training", "explain", "plots", "course", "store")


def rooms_page() -> str:
    """All rooms in Markdown: a heading each, its facade's docstring, and its modules."""
    return "\n\n".join(_section(import_module(f"labkit.{room}")) for room in ROOMS)


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


def _section(facade: ModuleType) -> str:
    title, _, _ = (facade.__doc__ or "").strip().partition("\n")
    modules = "\n".join(f".. automodule:: {module}\n   :members:" for module in modules_of(facade))
    room = facade.__name__.removeprefix("labkit.")
    return f"## {room}\n\n{title}\n\n```{{eval-rst}}\n{modules}\n```"


def fill_in(app: Any, page: str, source: list[str]) -> None:
    """Put the rooms into the page that has a place for them."""
    if PLACE in source[0]:
        source[0] = source[0].replace(PLACE, rooms_page())


def setup(app: Any) -> dict[str, bool]:
    """Fill the page in when Sphinx reads it."""
    app.connect("source-read", fill_in)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
