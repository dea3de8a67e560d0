"""Finding the images in a folder, and their classes: cats and dogs however they are laid out, or one folder a class."""

import os
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

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
    """A file that should be an image of one of the classes.

    Attributes
    ----------
    name : str
        Its place below the folder that was searched, with ``/`` between the parts.
    label : int
        An index into the class names: of cats and dogs, 0 for a cat and 1 for a dog.
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
    found = sorted(_cats_and_dogs(folder), key=lambda candidate: candidate.order)
    missing = [f"{name}s" for label, name in enumerate(CLASS_NAMES) if all(file.label != label for file in found)]
    if missing:
        raise DataError(f"{source or folder} holds no {' and no '.join(missing)}. {_advice(folder)}")
    return found


@dataclass(frozen=True)
class ClassFolders:
    """What lies in a folder that has one folder a class.

    Attributes
    ----------
    class_names : tuple of str
        The folders' names in alphabetical order; an index into them is a label.
    candidates : tuple of Candidate
        The files in these folders and below them, in order of class, number and name.
    ignored : tuple of str
        The files and folders that are of no class, or that systems leave there; a folder's name ends in ``/``.
    """

    class_names: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    ignored: tuple[str, ...]


def find_class_folders(folder: Path) -> ClassFolders:
    """List the files of a folder that has one folder a class, whatever the classes are called; none is opened.

    Parameters
    ----------
    folder : pathlib.Path
        Searched down to six folders below; a link that leads back up is followed once.

    Returns
    -------
    ClassFolders

    Examples
    --------
    >>> import pathlib, tempfile
    >>> place = pathlib.Path(tempfile.mkdtemp())
    >>> for name in ("mug/1.JPG", "mug/.DS_Store", "bowl/old/7.png", "plan.txt", "__MACOSX/1"):
    ...     (place / name).parent.mkdir(parents=True, exist_ok=True)
    ...     (place / name).touch()
    >>> found = find_class_folders(place)
    >>> found.class_names, [candidate.name for candidate in found.candidates]
    (('bowl', 'mug'), ['bowl/old/7.png', 'mug/1.JPG'])
    >>> found.ignored
    ('__MACOSX/', 'mug/.DS_Store', 'plan.txt')
    """
    # Names that begin small and large stand side by side, and those that differ in nothing else in one order always.
    names = sorted(
        (path.name for path in folder.iterdir() if path.is_dir() and not _is_hidden(path.name)),
        key=lambda name: (name.casefold(), name),
    )
    labels = {name: label for label, name in enumerate(names)}
    candidates: list[Candidate] = []
    ignored: list[str] = []
    for file in _files(folder, ignored):
        if len(file.parts) == 1:
            ignored.append(str(file))
        else:
            candidates.append(Candidate(str(file), labels[file.parts[0]]))
    candidates.sort(key=lambda candidate: candidate.order)
    return ClassFolders(tuple(names), tuple(candidates), tuple(sorted(ignored)))


def is_junk(name: str) -> bool:
    """Whether a file is one that systems leave in folders of images: hidden, or Windows' Thumbs.db and desktop.ini.

    >>> is_junk(".DS_Store"), is_junk("Thumbs.db"), is_junk("cat.0.jpg")
    (True, True, False)
    """
    return _is_hidden(name) or name.lower() in _NOT_PICTURES


def _cats_and_dogs(folder: Path) -> Iterator[Candidate]:
    for file in _files(folder):
        label = next((_FOLDERS[part.lower()] for part in reversed(file.parts[:-1]) if part.lower() in _FOLDERS), None)
        if label is None and (found := _FILE_NAME.fullmatch(file.name)):
            label = _FOLDERS[found[1].lower()]
        if label is not None:
            yield Candidate(str(file), label)


def _files(folder: Path, ignored: list[str] | None = None) -> Iterator[PurePosixPath]:
    """Every file below a folder, by its place there, but for what systems leave; that goes into `ignored`."""
    seen: set[tuple[int, int]] = set()  # folders that links lead to again
    ignored = [] if ignored is None else ignored
    for place, folders, files in os.walk(folder, followlinks=True):
        state = os.stat(place)
        if (state.st_dev, state.st_ino) in seen:
            folders.clear()
            continue
        seen.add((state.st_dev, state.st_ino))
        here = PurePosixPath(Path(place).relative_to(folder).as_posix())
        ignored += [f"{here / name}/" for name in folders if _is_hidden(name)]
        folders[:] = [name for name in folders if len(here.parts) < DEPTH and not _is_hidden(name)]
        for file in files:
            if is_junk(file):
                ignored.append(str(here / file))
            else:
                yield here / file


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
