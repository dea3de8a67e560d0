"""Putting one fault into labkit while it is imported; no file is changed."""

from __future__ import annotations

import ast
import importlib.util
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import PathFinder
from pathlib import Path

LABKIT = Path(__file__).parents[2] / "labkit"


def home_of(target: str) -> tuple[str, str]:
    """The module that defines a target, and the target's name in it.

    A room's facade names what it hands on and from where, so that a target may be called by its public name and stays
    found when a file in the room is renamed.
    """
    *parts, name = target.split(".")
    path = LABKIT.joinpath(*parts[1:])
    facade = path / "__init__.py"
    if facade.exists():
        for call in ast.walk(ast.parse(facade.read_text(encoding="utf-8"))):
            for keyword in getattr(call, "keywords", ()):
                if keyword.arg == "submod_attrs":
                    for submodule, names in ast.literal_eval(keyword.value).items():
                        if name in names:
                            return ".".join((*parts, submodule)), name
    if path.with_suffix(".py").exists() or facade.exists():
        return ".".join(parts), name
    raise LookupError(f"target is {target!r}; no file of labkit defines it")


class Injector(MetaPathFinder):
    """Lets a module load as ever, then puts a changed thing in place of one of its names."""

    def __init__(self, module: str, name: str, change) -> None:
        self.module, self.name, self.change = module, name, change

    def find_spec(self, fullname, path=None, target=None):
        if fullname != self.module:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            setattr(module, self.name, self.change(getattr(module, self.name)))

        spec.loader.exec_module = exec_module
        return spec


def install(fault: str) -> None:
    """Have one fault of ``faults.py`` put in as soon as its module is imported."""
    spec = importlib.util.spec_from_file_location("faults", Path(__file__).with_name("faults.py"))
    faults = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = faults
    spec.loader.exec_module(faults)
    chosen = faults.FAULTS[fault]
    sys.meta_path.insert(0, Injector(*home_of(chosen.target), chosen.change))
