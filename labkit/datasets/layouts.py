"""Finding the cats and the dogs in a folder, in whichever of the usual ways they are laid out."""

import os
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from labkit.store.errors import DataError

CLASS_NAMES = ("cat", "dog")
# kagglecatsanddogs/PetImages/Cat/0.jpg is three folders deep; one more for the folder of whoever unpacked it.
DEPTH = 4
_FOLDERS = {"cat": 0, "cats": 0, "dog": 1, "dogs": 1}
_KAGGLE_NAME = re.compile(r"(cat|dog)\.\d+\.\w+", re.IGNORECASE)
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

    A file is taken for a cat if its folder is called `cat` or `cats`, or it is itself called `cat.N.jpg` or the like;
    for dogs the same; upper and lower case are one. That covers Microsoft's archive (``PetImages/Cat/0.jpg``),
    Kaggle's (``train/cat.0.jpg``) and class folders below ``train``, ``validation`` and ``test``, which are merged.

    Parameters
    ----------
    folder : pathlib.Path
        Searched down to four folders below.
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


def _search(folder: Path) -> Iterator[Candidate]:
    for place, folders, files in os.walk(folder, followlinks=True):
        depth = len(Path(place).relative_to(folder).parts)
        folders[:] = [name for name in folders if depth < DEPTH and not _is_hidden(name)]
        label = _FOLDERS.get(os.path.basename(place).lower()) if depth else None
        for file in files:
            own = label
            if own is None and _KAGGLE_NAME.fullmatch(file):
                own = _FOLDERS[file[:3].lower()]
            if own is not None and not _is_hidden(file) and file.lower() not in _NOT_PICTURES:
                yield Candidate(Path(place, file).relative_to(folder).as_posix(), own)


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name == "__MACOSX"


def _advice(folder: Path) -> str:
    if (folder / "train.zip").is_file():
        return "There is a train.zip in it, as in Kaggle's download: unpack that one, and name the folder it gives."
    return (
        "Cats are looked for in folders called cat or cats and in files called cat.0.jpg and so on, dogs likewise: "
        "as in PetImages/Cat/0.jpg, train/cat.0.jpg or train/cats/0.jpg."
    )
