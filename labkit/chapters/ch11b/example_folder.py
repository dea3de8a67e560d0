"""A folder as it comes from a phone, made of photographs that scikit-image and scikit-learn bring along."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from labkit.datasets import load_photo

# Eight photographs in two classes. Half of what nature made is grey, and a quarter of what people made.
PHOTOGRAPHS = {
    "made": ("brick", "china", "coffee", "rocket"),
    "nature": ("chelsea", "flower", "grass", "gravel"),
}
SIDE = 96  # pixels of a crop
CROPS = 12  # from each photograph
QUALITY = 95  # of the JPEG files
ORIENTATION, LYING = 0x0112, 6  # EXIF's tag, and what it says where the camera was turned to the left


def write_example(folder: str | Path) -> Path:
    """Cut the photographs into labelled crops that do not overlap, and leave with them what phones and systems leave.

    >>> import tempfile
    >>> folder = write_example(tempfile.mkdtemp())
    >>> sorted(path.name for path in folder.iterdir())
    ['.DS_Store', 'made', 'nature', 'shopping list.txt']
    >>> (folder / "nature" / "chelsea_01.JPG").exists()
    True

    Parameters
    ----------
    folder : str or pathlib.Path
        Where ``made/`` and ``nature/`` shall be; it is made where it is not there.

    Returns
    -------
    pathlib.Path
        The folder. A file is called by its photograph, an underscore and a number.
    """
    folder = Path(folder)
    for name, photographs in PHOTOGRAPHS.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for photograph in photographs:
            for number, crop in enumerate(_crops(_pixels(photograph))):
                Image.fromarray(crop).save(folder / name / f"{photograph}_{number:02}.jpg", quality=QUALITY)
    nature, made = folder / "nature", folder / "made"
    (nature / "chelsea_01.jpg").rename(nature / "chelsea_01.JPG")
    _lay_on_its_side(nature / "flower_05.jpg")
    shutil.copy(made / "coffee_05.jpg", made / "coffee_05 (1).jpg")
    Image.open(made / "china_03.jpg").resize((16, 16)).save(made / "china_thumbnail.jpg")
    (made / "rocket_99.jpg").write_bytes((made / "rocket_05.jpg").read_bytes()[:400])
    (folder / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
    (folder / "shopping list.txt").write_text("milk, bread", encoding="utf-8")
    return folder


def _pixels(name: str) -> NDArray[np.uint8]:
    """A photograph as red, green and blue."""
    if name in ("china", "flower"):
        from sklearn.datasets import load_sample_image

        return load_sample_image(f"{name}.jpg")
    if name in ("brick", "grass", "gravel"):
        from skimage import data

        return np.stack([getattr(data, name)()] * 3, axis=-1)
    return load_photo(name).image


def _crops(photograph: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """Cut out squares beside one another, around the middle, as many as are wanted and nearest to it."""
    rows, columns = (length // SIDE for length in photograph.shape[:2])
    top, left = (photograph.shape[0] - rows * SIDE) // 2, (photograph.shape[1] - columns * SIDE) // 2
    places = [(row, column) for row in range(rows) for column in range(columns)]
    places.sort(key=lambda place: abs(place[0] - (rows - 1) / 2) + abs(place[1] - (columns - 1) / 2))
    corners = [(top + row * SIDE, left + column * SIDE) for row, column in places[:CROPS]]
    return [photograph[y : y + SIDE, x : x + SIDE] for y, x in corners]


def _lay_on_its_side(file: Path) -> None:
    """Save the image as a phone does that was turned: the pixels lie, and EXIF says how to put them upright."""
    exif = Image.Exif()
    exif[ORIENTATION] = LYING
    Image.open(file).transpose(Image.Transpose.ROTATE_90).save(file, quality=QUALITY, exif=exif.tobytes())
