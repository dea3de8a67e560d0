"""Anybody's own images: a folder with one folder a class, looked through and divided into three parts."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from labkit import store
from labkit.arguments import share, whole_number
from labkit.datasets.dataset import Provenance
from labkit.datasets.layouts import Candidate, ClassFolders, find_class_folders
from labkit.datasets.picture_files import PARTS, FileSplit, PictureFiles
from labkit.datasets.screening import Screened, ScreeningReport, screen_images
from labkit.datasets.splitting import place_in_draw, split_by_group
from labkit.store.errors import DataError

MOST_CLASSES = 256  # a label is one byte
MIN_SIDE = 32  # pixels: what is smaller is a thumbnail, an icon or a counting pixel, and no photograph
PART_NAMES = {"train", "training", "val", "valid", "validation", "test", "testing"}

Group = str | Callable[[Path], Hashable] | None


def load_folder(
    path: str | Path,
    *,
    validation: float = 0.2,
    test: float = 0.2,
    seed: int = 0,
    group: Group = None,
    min_side: int = MIN_SIDE,
) -> PictureFiles:
    """Find your own images in a folder with one folder a class, and divide them into three parts.

    >>> import tempfile
    >>> from PIL import Image
    >>> place = Path(tempfile.mkdtemp()) / "kitchen"
    >>> for name, red in (("mug", 0), ("bowl", 255)):
    ...     (place / name).mkdir(parents=True)
    ...     for number in range(5):
    ...         Image.new("RGB", (40, 40), (red, 40 * number, 0)).save(place / name / f"IMG_{number}.JPG")
    >>> kitchen = load_folder(place)
    >>> kitchen.class_names, len(kitchen.train), len(kitchen.validation), len(kitchen.test)
    (('bowl', 'mug'), 6, 2, 2)

    Every file in a class's folder, and below it, is decoded once, whatever it is called. What cannot be decoded or is
    too small is set aside; of files with the same bytes one is kept, or none if they are in two classes. What lies
    beside the class folders, and what systems leave (``.DS_Store``, ``__MACOSX``), is ignored. All of it is named in
    the result's `screening`.

    Images that show the same thing, such as crops of one photograph or a burst of shots, belong into one part: tested
    on the neighbour of an image that it was trained on, a network looks better than it is. `group` says which these
    are. Without it only exact copies are known to be alike.

    Parameters
    ----------
    path : str or pathlib.Path
        The folder. Its folders are the classes, 2 to 256 of them; their names are the classes' names.
    validation, test : float
        Share of each class's images that goes into these parts, 0 or more; at least one image, unless the share is 0.
        Together less than 1; the rest is for training. With groups, as near to it as whole groups allow.
    seed : int
        Which draw, 0 or more.
    group : str or callable, optional
        Images with one key stay together. A string separates the key from the rest at the end of a file's name: with
        ``"_"`` the files ``beach_1.jpg`` and ``beach_2.jpg`` belong together, in whichever class they are. A function
        takes the file's path and returns its key.
    min_side : int
        Images of which a side has fewer pixels are set aside.

    Returns
    -------
    PictureFiles
        Paths and labels of each part, in the order in which they were drawn; labels are indices into `class_names`,
        which are in alphabetical order.

    Raises
    ------
    TypeError
        If an argument is not of one of these types, or the key that `group` returns cannot be hashed.
    ValueError
        If there is no such folder, an argument is out of range, or `group` returns None for a file.
    DataError
        If the folder does not have one folder for each of at least two classes, names of classes differ in nothing
        but upper and lower case, or a class has no usable image, or too few for all parts.
    """
    shares = {"test": float(share("test", test)), "validation": float(share("validation", validation))}
    if sum(shares.values()) >= 1:
        raise ValueError(f"validation is {validation} and test is {test}; allowed is less than 1 together")
    seed, min_side = whole_number("seed", seed, minimum=0), whole_number("min_side", min_side)
    if not (group is None or callable(group) or (isinstance(group, str) and group)):
        raise TypeError(f"group is {group!r}; allowed are None, a separator such as '_', and a function of a path")
    folder = _folder(path)
    found = find_class_folders(folder)
    _check_classes(found, folder)
    screened = screen_images(folder, found.candidates, folder.name, min_side=min_side, ignored=found.ignored)
    # Which files lack a JFIF header matters in Microsoft's archive of cats and dogs only.
    screened = replace(screened, report=replace(screened.report, without_jfif=0))
    _check_usable(found, screened.report, screened.usable, folder)

    drawn = sorted(screened.usable, key=lambda image: place_in_draw(seed, image[1]))
    paths = [folder / candidate.name for candidate, _ in drawn]
    labels = [candidate.label for candidate, _ in drawn]
    keys = [_key(group, path) for path in paths]
    parts = np.array(split_by_group(keys, labels, found.class_names, shares))
    everything = FileSplit(tuple(paths), np.array(labels, np.uint8))
    splits = {part: everything[parts == part] for part in PARTS}
    return PictureFiles(
        folder.name,
        **splits,
        class_names=found.class_names,
        provenance=_provenance(folder, splits, screened, None if group is None else len(set(keys))),
        screening=screened.report,
    )


def _folder(path: str | Path) -> Path:
    folder = store.expanded(path).absolute()
    if folder.is_dir():
        return folder
    what = "is not a folder (an archive has to be unpacked first)" if folder.exists() else "is not there"
    raise ValueError(f"path is {str(path)!r}, which {what}; allowed is a folder with one folder a class")


def _check_classes(found: ClassFolders, folder: Path) -> None:
    names = found.class_names
    if len(names) < 2:
        there = f"one folder, {names[0]!r}" if names else "no folder"
        raise DataError(f"{folder} has {there} in it; allowed are two or more, one a class, named as the class is.")
    if len(names) > MOST_CLASSES:
        raise DataError(f"{folder} has {len(names):,} folders in it; allowed are 2 to {MOST_CLASSES}, one a class.")
    if all(name.lower() in PART_NAMES for name in names):
        raise DataError(
            f"{folder} has the folders {', '.join(names)}, which are parts and not classes; name one of them, or put "
            "the images of each class into one folder: they are divided here."
        )
    alike: dict[str, str] = {}
    for name in names:
        other = alike.setdefault(unicodedata.normalize("NFC", name).casefold(), name)
        if other != name:
            raise DataError(
                f"classes {other!r} and {name!r} in {folder} differ only in upper and lower case; give them different "
                "names, or put their images into one folder."
            )


def _check_usable(
    found: ClassFolders, report: ScreeningReport, usable: Sequence[tuple[Candidate, str]], folder: Path
) -> None:
    files = Counter(candidate.label for candidate in found.candidates)
    left = Counter(candidate.label for candidate, _ in usable)
    for label, name in enumerate(found.class_names):
        if not files[label]:
            raise DataError(f"class {name!r} has no file in {folder / name}; at least one image is needed.")
        if not left[label]:
            raise DataError(f"class {name!r} has {files[label]:,} files and none can be used ({report}).")


def _key(group: Group, path: Path) -> Hashable:
    if group is None:
        return path
    if isinstance(group, str):
        before, separator, _ = path.stem.rpartition(group)
        return before if separator else path.stem
    key = group(path)
    if key is None:
        raise ValueError(f"group returned None for {path}; a key is needed for every file")
    try:
        hash(key)
    except TypeError:
        raise TypeError(f"group returned {key!r} for {path}; allowed is what can be hashed, such as a text") from None
    return key


def _provenance(folder: Path, splits: dict[str, FileSplit], screened: Screened, groups: int | None) -> Provenance:
    divided = [] if groups is None else [f"divided by {groups:,} groups"]
    return Provenance(
        source=f"{folder.name}/",
        kind="user's data",
        sha256={"all usable images": screened.contents},
        counts={part: len(split) for part, split in splits.items() if len(split)},
        note="; ".join([*divided, str(screened.report)]),
    )
