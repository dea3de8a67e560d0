"""Photographs of pedestrians with their boxes and masks: the Penn-Fudan database, or drawn scenes in its place.

L. Wang, J. Shi, G. Song, I. Shen, "Object Detection Combining Recognition and Segmentation", ACCV (2007): 170
photographs taken around the University of Pennsylvania and Fudan University, in which 423 people are outlined. Some
people are not: the annotations say that those who are hidden or very small may be left out.
"""

from __future__ import annotations

import html
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from labkit import store
from labkit.datasets.boxed_images import BoxedImages
from labkit.datasets.dataset import Kind, OfKnownOrigin, Provenance
from labkit.datasets.drawn_scenes import SOURCE as DRAWN
from labkit.datasets.drawn_scenes import draw_scenes
from labkit.datasets.reading import UnreadablePicture, read_picture
from labkit.store.errors import DataError, SourcesUnreachable
from labkit.store.folders import FolderSet, some_of
from labkit.store.web import WebFolder

NAME, TITLE = "penn-fudan", "Penn-Fudan pedestrians"
CLASS_NAMES = ("pedestrian",)
SOURCES = ("auto", "upenn", "drawn")
ROOT = "PennFudanPed"
IMAGES, MASKS, ANNOTATIONS = "PNGImages", "PedMasks", "Annotation"
TEST_POSITIONS = (1, 4, 7)  # modulo 10, of the images sorted by name and counted from 0: three of ten
DRAWN_SIZE, DRAWN_SEEDS = (160, 208), (0, 1)  # of the stand-in: a usual photograph's, smaller; training and test
ADDRESS = "https://www.cis.upenn.edu/~jshi/ped_html/"


@dataclass(frozen=True, eq=False)
class BoxedDataset(OfKnownOrigin):
    """Images with boxes and masks, in a training and a test part, and where they came from.

    Attributes
    ----------
    name : str
        What the set is called.
    train, test : BoxedImages
        The two parts. What is chosen (a threshold, an epoch) is to be chosen on images of the first.
    provenance : Provenance
        Source, kind, checksums, counts.
    """

    name: str
    train: BoxedImages
    test: BoxedImages
    provenance: Provenance

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes, in the order of their labels."""
        return self.train.class_names

    def __str__(self) -> str:
        parts = [
            f"{len(part):,} {name} images with {part.counts.sum():,} boxes"
            for name, part in (("training", self.train), ("test", self.test))
        ]
        return f"{self.name}: {' and '.join(parts)}. {self.provenance}"

    __repr__ = __str__  # the arrays themselves would fill the screen

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(str(self))}</p>"


@cache
def published() -> FolderSet:
    """Return what the University of Pennsylvania has published: its address, and the beginnings of all checksums.

    The archive itself has not been seen where this was written, only its 510 files; so it is those that are compared.
    """
    sha256 = {}
    for line in Path(__file__).with_name("penn_fudan.sha256").read_text(encoding="ascii").splitlines():
        name, *digests = line.split()
        for path, digest in zip(_paths_of(name), digests, strict=True):
            sha256[f"{ROOT}/{path}"] = digest
    return FolderSet(
        name=NAME,
        archive=f"{ROOT}.zip",
        most_bytes=60_000_000,  # 53.7 million are known
        sha256=sha256,
        sources=(WebFolder(ADDRESS, suffix=""),),
        advice=(
            f"check the connection and run `python -m labkit data fetch {NAME}`; or put {ROOT}.zip, or the folder "
            f"{ROOT} that is in it, into a folder that LABKIT_DATA names; or go on with drawn scenes: "
            'load_penn_fudan(source="drawn").'
        ),
    )


def _paths_of(name: str) -> tuple[str, str, str]:
    return f"{IMAGES}/{name}.png", f"{MASKS}/{name}_mask.png", f"{ANNOTATIONS}/{name}.txt"


def load_penn_fudan(source: str = "auto") -> BoxedDataset:
    """Load photographs of pedestrians with the box and the mask of each.

    With ``source="auto"`` they are looked for in `LABKIT_DATA` (the folder ``PennFudanPed``, or ``PennFudanPed.zip``),
    in the cache, and at the University of Pennsylvania (54 MB, once). Where nothing answers, drawn scenes stand in,
    and the result says so: as many images, in which drawn animals are one class.

    Boxes are the tightest round the masks. Sorted by name and counted from 0, the images at positions 1, 4 and 7
    modulo 10 are for testing: 51 of the 170, with people of both universities.

    Parameters
    ----------
    source : {"auto", "upenn", "drawn"}
        Where to take them from.

    Returns
    -------
    BoxedDataset
        119 training and 51 test images of about 300 to 550 pixels a side, each of its own size.

    Raises
    ------
    ValueError
        If `source` is none of these.
    DataError
        If the user's folder or archive is damaged or unsafe, or lacks images; if the University's is asked for and
        cannot be had.

    Examples
    --------
    >>> pedestrians = load_penn_fudan(source="drawn")
    >>> print(pedestrians)  # doctest: +ELLIPSIS
    Penn-Fudan pedestrians: 119 training images with ... and 51 test images with ... boxes. STAND-IN: drawn scenes: ...
    """
    if source not in SOURCES:
        raise ValueError(f"source is {source!r}; allowed are {', '.join(map(repr, SOURCES))}")
    if source == "upenn":
        return _read(Found(store.fetch_folder(published(), again=True), ADDRESS))
    found = find() if source == "auto" else None
    if found is None and source == "auto":
        with suppress(SourcesUnreachable):
            found = Found(store.fetch_folder(published()), ADDRESS)
    return _drawn() if found is None else _read(found)


@dataclass(frozen=True)
class Found:
    """A folder in which `PennFudanPed` lies, and where that is from."""

    folder: Path
    source: str


def find() -> Found | None:
    """Find the photographs in the user's folder or in the cache; None without any."""
    found = find_users()
    if found is not None:
        return found
    cached = store.cached_folder(published())
    return None if cached is None else Found(cached, ADDRESS)


def find_users() -> Found | None:
    """Find the user's own folder or archive of this data set; an archive is unpacked into the cache, once."""
    root = store.data_folder()
    if root is None:
        return None
    if (root / ROOT).is_dir():
        return Found(root, f"{ROOT}/ in LABKIT_DATA")
    archive = root / f"{ROOT}.zip"
    if not archive.is_file():
        return None
    sha256 = store.remembered_sha256(archive) or store.sha256_of(archive)
    store.remember_sha256(archive, sha256)
    folder = store.build_folder(f"unpacked/{sha256[:20]}", lambda folder: store.unpack(archive, folder))
    return Found(folder, f"{archive.name} in LABKIT_DATA")


def recently_unreachable() -> bool:
    """Whether the University did not answer a short while ago."""
    return store.recently_unreachable(published().as_files()) is not None


def account_of(folder: Path) -> tuple[Kind, str]:
    """Say whether the files in a folder are the published ones, and what else there is to say."""
    wrong = published().differences(folder)
    return ("user's data", f"not as published: {some_of(wrong)}") if wrong else ("real", "")


def _read(found: Found) -> BoxedDataset:
    kind, note = account_of(found.folder)
    root = found.folder / ROOT
    names = sorted(path.stem for path in (root / IMAGES).glob("*.png"))
    if not names:
        raise DataError(f"{root} has no {IMAGES}/*.png. What to do: {published().advice}")
    with ThreadPoolExecutor(4) as pool:  # Pillow decodes outside Python's lock
        read = list(pool.map(lambda name: _read_one(root, name), names))
    images, maps = [image for image, _ in read], [numbers for _, numbers in read]
    sha256 = {ROOT: published().fingerprint(found.folder)}
    provenance = Provenance(found.source, kind, note=note, sha256=sha256)
    labels = [np.zeros(int(numbers.max()), np.int64) for numbers in maps]
    everything = BoxedImages.from_masks(images, maps, labels, CLASS_NAMES, provenance, names=tuple(names))
    is_test = np.isin(np.arange(len(names)) % 10, TEST_POSITIONS)
    return _divided(everything[~is_test], everything[is_test], provenance)


def _divided(train: BoxedImages, test: BoxedImages, provenance: Provenance) -> BoxedDataset:
    counted = replace(provenance, counts={"train": len(train), "test": len(test)})
    return BoxedDataset(TITLE, replace(train, provenance=counted), replace(test, provenance=counted), counted)


def _read_one(root: Path, name: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    image_path, mask_path, _ = (root / path for path in _paths_of(name))
    try:
        with Image.open(mask_path) as mask:
            numbers = np.asarray(mask)
    except OSError as error:
        raise UnreadablePicture(f"{mask_path} cannot be read ({error})") from error
    return read_picture(image_path), numbers


def _drawn() -> BoxedDataset:
    train, test = (
        replace(scenes, class_names=("animal",), labels=tuple(np.zeros_like(labels) for labels in scenes.labels))
        for scenes in (
            draw_scenes(count, DRAWN_SIZE, seed=seed) for count, seed in zip((119, 51), DRAWN_SEEDS, strict=True)
        )
    )
    note = f"in place of photographs, 54 MB: python -m labkit data fetch {NAME}"
    return _divided(train, test, Provenance(DRAWN, "stand-in", note=note))


BOX = re.compile(r"\((\d+), (\d+)\) - \((\d+), (\d+)\)")


def annotated_boxes(text: str) -> NDArray[np.float64]:
    """Return the boxes that an annotation names, half-open and counted from 0.

    >>> annotated_boxes("(Xmin, Ymin) - (Xmax, Ymax) : (160, 182) - (302, 431)").astype(int).tolist()
    [[159, 181, 302, 431]]

    There pixels are counted from 1, and the last one is part of the box: (1, 1) - (1, 1) is the first pixel.

    Parameters
    ----------
    text : str
        What is in a file of ``Annotation``.
    """
    counted_from_one = np.array([list(map(int, box)) for box in BOX.findall(text)], np.float64).reshape(-1, 4)
    return counted_from_one - [1, 1, 0, 0]
