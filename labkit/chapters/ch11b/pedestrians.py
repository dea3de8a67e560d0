"""Person or street: crops from the photographs of Penn-Fudan, named by the photograph that they are from.

L. Wang, J. Shi, G. Song, I. Shen, *Object Detection Combining Recognition and Segmentation*, ACCV (2007).
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from PIL import Image

from labkit import store

ARCHIVE = "PennFudanPed.zip"
BOX = re.compile(r"\(Xmin, Ymin\) - \(Xmax, Ymax\) : \((\d+), (\d+)\) - \((\d+), (\d+)\)")
MARGIN = 1.1  # a crop is so much higher than the person in it, and half as wide as high
TRIES = 200
TEST_POSITIONS = (1, 4, 7)  # modulo 10, of the photographs sorted by name: the usual split of this book

Box = tuple[int, int, int, int]  # left, top, right, bottom, in pixels; right and bottom are no longer part of it


def archive() -> Path:
    """Find the photographs in the folder that `LABKIT_DATA` names.

    Raises
    ------
    RuntimeError
        If they are not there.
    """
    folder = store.data_folder()
    if folder is None or not (folder / ARCHIVE).is_file():
        raise RuntimeError(
            f"a record needs the photographs of Penn-Fudan; put {ARCHIVE} into a folder, and name that in LABKIT_DATA"
        )
    return folder / ARCHIVE


def write_crops(photographs: Path, training: Path, testing: Path, seed: int) -> None:
    """Cut from every photograph each person, and as many pieces of street without one.

    Both are cut upright, twice as high as wide, and a piece of street has the size of a person of the same photograph:
    otherwise the size would give the class away. Where no such piece is free of people, none is cut.

    Parameters
    ----------
    photographs : pathlib.Path
        The unpacked archive, with ``PNGImages`` and ``Annotation``.
    training, testing : pathlib.Path
        Where to write them: a folder ``person`` and a folder ``street`` in each, and in these files that are called by
        photograph, underscore and number.
    seed : int
        Of the places on the street.
    """
    chance = np.random.default_rng(seed)
    for position, file in enumerate(sorted(photographs.rglob("PNGImages/*.png"))):
        folder = testing if position % 10 in TEST_POSITIONS else training
        photograph = Image.open(file).convert("RGB")
        people = boxes((file.parents[1] / "Annotation" / f"{file.stem}.txt").read_text(encoding="latin-1"))
        frames = [frame for box in people if (frame := around(box, photograph.size))]
        streets = [place for frame in frames if (place := free_place(frame, people, photograph.size, chance))]
        for name, places in {"person": frames, "street": streets}.items():
            (folder / name).mkdir(parents=True, exist_ok=True)
            for number, place in enumerate(places):
                photograph.crop(place).save(folder / name / f"{file.stem}_{number}.png")


def boxes(annotation: str) -> list[Box]:
    """Read the boxes of an annotation, whose pixels are counted from 1.

    >>> boxes('Bounding box for object 1 (Xmin, Ymin) - (Xmax, Ymax) : (160, 182) - (302, 431)')
    [(159, 181, 302, 431)]
    """
    found = [tuple(map(int, numbers)) for numbers in BOX.findall(annotation)]
    return [(left - 1, top - 1, right, bottom) for left, top, right, bottom in found]


def around(box: Box, size: tuple[int, int]) -> Box | None:
    """Put a frame twice as high as wide around a person, moved into the image; None if it is larger than that.

    >>> around((100, 50, 140, 150), size=(300, 200))
    (92, 45, 147, 155)
    """
    left, top, right, bottom = box
    height = round(MARGIN * (bottom - top))
    width = height // 2
    if width > size[0] or height > size[1]:
        return None
    x = min(max((left + right - width) // 2, 0), size[0] - width)
    y = min(max((top + bottom - height) // 2, 0), size[1] - height)
    return x, y, x + width, y + height


def free_place(frame: Box, people: list[Box], size: tuple[int, int], chance: np.random.Generator) -> Box | None:
    """Find by lot a place for a frame of this size that no person's box reaches into; None if there is none soon."""
    width, height = frame[2] - frame[0], frame[3] - frame[1]
    for _ in range(TRIES):
        x, y = int(chance.integers(size[0] - width + 1)), int(chance.integers(size[1] - height + 1))
        if not any(
            x < right and left < x + width and y < bottom and top < y + height for left, top, right, bottom in people
        ):
            return x, y, x + width, y + height
    return None


def photograph_of(file: Path) -> str:
    """Name the photograph that a crop is from.

    >>> photograph_of(Path("person/FudanPed00063_2.png"))
    'FudanPed00063'
    """
    return file.stem.rpartition("_")[0]
