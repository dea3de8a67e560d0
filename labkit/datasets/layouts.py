"""Finding the cats and the dogs in a folder, in whichever of the usual ways they are laid out."""

import os
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from labkit.store.errors import DataError

CLASS_NAMES = ("cat", "dog")
# kagglecatsanddogs/PetImages/Cat/0.jpg is three folders deep; one more for the folder of whoever unpacked it, and two
# for breeds and the like below a class.
DEPTH = 6
_FOLDERS = {"cat": 0, "cats": 0, "dog": 1, "dogs": 1}
# cat.0.jpg as Kaggle has it, and what file managers and people make of it: "cat.0 (1).jpg", "dog 12.JPG", "cat_3.png".
_FILE_NAME = re.compile(r"(cat|dog)s?(?![a-z]).*\.\w+", re.IGNORECASE)
_NOT_PICTURES = {"thumbs.db", "desktop.ini"}  # what Windows leaves; the first lies in Microsoft's archive, too


@dataclass(frozen=True)
class Candidate:
    """A file that should be an image of a cat or a dog.

    Attributes
    ----------
    name : str
        Its place below the folder that was searched, with ``/`` between the parts.
    label : int
        0 for a cat, 1 for a dog.
    """

    name: str
    label: int

    @property
    def order(self) -> tuple[int, float, str]:
        """By class, then by the last number in the file's name, then by the name: the same on every machine."""
        name = unicodedata.normalize("NFC", self.name)  # macOS gives accents back as letters of their own
        numbers = re.findall(r"\d+", os.path.splitext(name.rpartition("/")[2])[0])
        return self.label, float(numbers[-1]) if numbers else float("inf"), name


def find_cats_and_dogs(folder: Path, source: str = "") -> list[Candidate]:
    """List the files that should be cats and dogs, in order of class, number and name; none of them is opened.

    A file is taken for a cat if its folder, or a folder above it, is called `cat` or `cats`, or it is itself called
    `cat.N.jpg` or the like; for dogs the same; the nearest folder decides; upper and lower case are one. That covers
    Microsoft's archive (``PetImages/Cat/0.jpg``), Kaggle's (``train/cat.0.jpg``), class folders below ``train``,
    ``validation`` and ``test``, which are merged, and breeds below a class (``cats/siamese/1.jpg``).

    Parameters
    ----------
    folder : pathlib.Path
        Searched down to six folders below; a link that leads back up is followed once.
    source : str
        What an error shall call it; its path by default.

    Returns
    -------
    list of Candidate

    Raises
    ------
    DataError
        If there is none, or cats only, or dogs only.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> place = pathlib.Path(tempfile.mkdtemp())
    >>> for name in ("PetImages/Dog/0.jpg", "PetImages/Cat/10.jpg", "PetImages/Cat/9.jpg"):
    ...     (place / name).parent.mkdir(parents=True, exist_ok=True)
    ...     (place / name).touch()
    >>> [candidate.name for candidate in find_cats_and_dogs(place)]
    ['PetImages/Cat/9.jpg', 'PetImages/Cat/10.jpg', 'PetImages/Dog/0.jpg']
    """
    found = sorted(_search(folder), key=lambda candidate: candidate.order)
    missing = [f"{name}s" for label, name in enumerate(CLASS_NAMES) if all(file.label != label for file in found)]
    if missing:
        raise DataError(f"{source or folder} holds no {' and no '.join(missing)}. {_advice(folder)}")
    return found


def is_junk(name: str) -> bool:
    """Whether a file is one that systems leave in folders of images: hidden, or Windows' Thumbs.db and desktop.ini.

    >>> is_junk(".DS_Store"), is_junk("Thumbs.db"), is_junk("cat.0.jpg")
    (True, True, False)
    """
    return _is_hidden(name) or name.lower() in _NOT_PICTURES


def _search(folder: Path) -> Iterator[Candidate]:
    seen: set[tuple[int, int]] = set()  # folders that links lead to again
    for place, folders, files in os.walk(folder, followlinks=True):
        state = os.stat(place)
        if (state.st_dev, state.st_ino) in seen:
            folders.clear()
            continue
        seen.add((state.st_dev, state.st_ino))
        parts = Path(place).relative_to(folder).parts
        folders[:] = [name for name in folders if len(parts) < DEPTH and not _is_hidden(name)]
        label = next((_FOLDERS[part.lower()] for part in reversed(parts) if part.lower() in _FOLDERS), None)
        for file in files:
            own = label
            if own is None and (found := _FILE_NAME.fullmatch(file)):
                own = _FOLDERS[found[1].lower()]
            if own is not None and not is_junk(file):
                yield Candidate(Path(place, file).relative_to(folder).as_posix(), own)


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name == "__MACOSX"


def _advice(folder: Path) -> str:
    if (folder / "train.zip").is_file():
        return "There is a train.zip in it, as in Kaggle's download: unpack that one, and name the folder it gives."
    return (
        "Cats are looked for in folders called cat or cats, and below them, and in files called cat.0.jpg and so on, "
        "dogs likewise: "
        "as in PetImages/Cat/0.jpg, train/cat.0.jpg or train/cats/0.jpg."
    )
