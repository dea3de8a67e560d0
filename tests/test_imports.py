"""The rules of the house about imports: one way, nothing heavy before it is needed, no name twice."""

import ast
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "labkit"
sys.path.insert(0, str(PACKAGE.parent / "book" / "_tools"))
import api_page  # noqa: E402

ROOMS = sorted(path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists() and path.name[0] != "_")

# What a room may import of the other rooms.
ALLOWED = {
    "calculators": set(),
    "store": set(),
    "plots": set(),
    "explain": set(),
    "ops": {"calculators", "store"},
    "models": {"calculators", "store", "explain"},
    "datasets": {"calculators", "store"},
    "training": {"calculators", "store", "ops", "models", "datasets", "explain"},
    "course": {"calculators", "store", "ops", "models", "datasets", "training", "plots"},
    "chapters": {"calculators", "store", "ops", "models", "datasets", "training", "plots", "explain", "course"},
}
# The one file that knows that there are chapters; it finds them by their folders.
DISCOVERY = PACKAGE / "course" / "discovery.py"
FACADES = [room for room in ROOMS if room != "chapters"]


def imported_rooms(path):
    """The rooms a file imports, anywhere in it, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "labkit" and len(parts) > 1 and parts[1] in ROOMS:
                yield parts[1]


@pytest.mark.parametrize("room", ROOMS)
def test_imports_run_one_way(room):
    for path in (PACKAGE / room).rglob("*.py"):
        foreign = set(imported_rooms(path)) - {room}
        if path == DISCOVERY:
            foreign -= {"chapters"}
        assert foreign <= ALLOWED[room], f"{path} imports {foreign - ALLOWED[room]}"


def imported_modules(path):
    """The files of labkit that a file imports by name, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            place = PACKAGE.parent.joinpath(*name.split("."))
            yield from (file for file in (place.with_suffix(".py"), place / "__init__.py") if file.exists())


def circles(arrows):
    """The nodes that can be reached from themselves."""
    found = set()
    for start in arrows:
        reached, open_ends = set(), [start]
        while open_ends:
            for end in arrows.get(open_ends.pop(), ()):
                if end not in reached:
                    reached.add(end)
                    open_ends.append(end)
        if start in reached:
            found.add(start)
    return found


def test_no_circles():
    """Neither among the files, inside functions or outside, nor among a room's folders."""
    files = {path: set(imported_modules(path)) - {path} for path in PACKAGE.rglob("*.py")}
    assert not circles(files)
    folders = {}
    for path, targets in files.items():
        folders.setdefault(path.parent, set()).update(target.parent for target in targets)
    within = {folder: {end for end in ends if end != folder and folder not in end.parents and end not in folder.parents}
              for folder, ends in folders.items()}  # fmt: skip
    assert not circles(within)


def test_no_chapter_imports_another():
    for path in (PACKAGE / "chapters").rglob("*.py"):
        own = path.relative_to(PACKAGE / "chapters").parts[0]
        text = path.read_text(encoding="utf-8")
        assert set(re.findall(r"labkit\.chapters\.(ch\w+)", text)) <= {own}, path


def loaded_after(statement):
    """The heavy modules in ``sys.modules`` after a statement in a fresh interpreter."""
    heavy = ("tensorflow", "keras", "cv2", "matplotlib", "sklearn", "skimage", "scipy", "numpy", "IPython")
    program = f"{statement}\nimport sys\nprint([name for name in {heavy!r} if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(ast.literal_eval(answer.stdout.splitlines()[-1]))


def test_import_labkit_imports_nothing_heavy():
    assert loaded_after("import labkit") == set()


@pytest.mark.parametrize("room", ["ops", "calculators", "plots", "store", "course", "chapters"])
def test_these_rooms_import_without_tensorflow(room):
    modules = [
        path.relative_to(PACKAGE.parent)
        for path in (PACKAGE / room).rglob("*.py")
        if not {"network", "measured_fields.py"} & {*path.parts}  # what reads or runs a Keras model
    ]
    everything = "\n".join(f"import {'.'.join(path.with_suffix('').parts)}" for path in modules)
    assert not loaded_after(everything) & {"tensorflow", "keras", "cv2"}


@pytest.mark.parametrize("room", FACADES)
def test_no_submodule_has_the_name_of_something_public(room):
    """Else the name means one thing before the submodule is imported, and another after."""
    module = import_module(f"labkit.{room}")
    for path in (PACKAGE / room).iterdir():
        name = path.name.removesuffix(".py")
        if name in module.__all__:
            assert type(getattr(module, name)).__name__ == "module", f"labkit.{room}.{name} is also a submodule"


@pytest.mark.parametrize("room", FACADES)
def test_every_public_name_is_there_and_explained(room):
    module = import_module(f"labkit.{room}")
    assert module.__doc__
    for name in module.__all__:
        thing = getattr(module, name)
        if callable(thing):
            assert thing.__doc__, f"labkit.{room}.{name} has no docstring"


def test_every_public_name_is_on_its_rooms_page():
    assert set(api_page.ROOMS) == set(FACADES)
    for room in FACADES:
        assert (PACKAGE.parent / f"{api_page.FOLDER}{room}.md").exists()
        page = api_page.room_page(room)
        module = import_module(f"labkit.{room}")
        for name in module.__all__:
            home = getattr(getattr(module, name), "__module__", None)
            if home and home.startswith("labkit."):
                assert f".. automodule:: {home}\n" in page, f"{home} ({name}) is missing"
