"""Drawn pets as image files in the cache: the stand-in for photographs of cats and dogs."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from labkit.datasets.layouts import CLASS_NAMES
from labkit.store.building import build_folder
from labkit.store.places import cache_folder

if TYPE_CHECKING:
    from labkit.datasets.drawn_pets import DrawnPets

SIZE = (150, 150)  # height and width, those of the deck's network
PICTURES, ANIMAL_MASKS, HEAD_MASKS = "pictures", "animal_masks", "head_masks"


def drawn_pets_folder(count: int, seed: int) -> Path:
    """Give a cache folder with at least `count` drawn pets of a seed, drawing them first where there is none.

    Pet number i of a seed is the same however many are drawn, so that a larger folder serves for fewer images. The
    name of the folder tells the code that drew it: pets drawn by an older version are never taken for today's.

    Returns
    -------
    pathlib.Path
        It has the folders ``images``, ``animal_masks`` and ``head_masks``; in each ``cats/0.png``, ``dogs/1.png``, …
    """
    name = f"drawn-pets/{drawing_version()}/{SIZE[0]}x{SIZE[1]}-seed{seed}"
    there = [path for path in (cache_folder() / name).glob("*") if path.name.isdigit() and int(path.name) >= count]
    if there:
        return min(there, key=lambda path: int(path.name))
    return build_folder(f"{name}/{count}", lambda folder: _write(folder, _draw(count, seed)))


def drawing_version() -> str:
    """Give 12 hexadecimal digits that change with the code that draws."""
    spec = find_spec("labkit.datasets.drawn_pets")
    assert spec is not None
    assert spec.origin is not None
    origin = Path(spec.origin)
    sources = sorted(origin.parent.rglob("*.py")) if spec.submodule_search_locations else [origin]
    return hashlib.sha256(b"\0".join(source.read_bytes() for source in sources)).hexdigest()[:12]


def _draw(count: int, seed: int) -> DrawnPets:
    from labkit.datasets.drawn_pets import draw_pets  # only now: most readers have photographs, or nothing to draw yet

    return draw_pets(count, SIZE, seed)


def _write(folder: Path, pets: DrawnPets) -> None:
    layers = {PICTURES: pets.images, ANIMAL_MASKS: pets.animal_masks, HEAD_MASKS: pets.head_masks}
    for layer, arrays in layers.items():
        for class_name in CLASS_NAMES:
            (folder / layer / f"{class_name}s").mkdir(parents=True)
        for number, (array, label) in enumerate(zip(arrays, pets.labels, strict=True)):
            image = Image.fromarray(np.asarray(array, np.uint8) * (255 if array.dtype == bool else 1))
            # Level 1 packs nearly as well as the usual 6, in a third of the time.
            image.save(folder / layer / f"{CLASS_NAMES[label]}s" / f"{number}.png", compress_level=1)
