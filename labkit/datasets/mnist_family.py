"""What MNIST and Fashion-MNIST share: four IDX files, and the order in which they are looked for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from labkit import store
from labkit.datasets.dataset import ImageDataset, Kind, Provenance
from labkit.datasets.idx import read_idx
from labkit.store.errors import DataError
from labkit.store.fetching import FileSet

TRAIN_IMAGES, TRAIN_LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
TEST_IMAGES, TEST_LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"
FILE_NAMES = (TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS)
IMAGE_SHAPE = (28, 28)


@dataclass(frozen=True)
class Family:
    """A data set in MNIST's layout.

    Attributes
    ----------
    title : str
        Its name, as a reader knows it.
    files : FileSet
        Its four files, with the published checksums, and their sources.
    class_names : tuple of str
        The ten classes.
    user_folders : mapping of str to str
        Where in `LABKIT_DATA` it is looked for, in this order, each with what is to be said when it was found there;
        ``{train}`` is replaced by the number of training images.
    """

    title: str
    files: FileSet
    class_names: tuple[str, ...]
    user_folders: Mapping[str, str]


@dataclass(frozen=True)
class Found:
    """The four files of a set on this machine, and what is known about them without reading them through."""

    paths: Mapping[str, Path]
    kind: Kind
    source: str
    note: str = ""

    @property
    def size(self) -> int:
        """Bytes on the disk."""
        return sum(path.stat().st_size for path in self.paths.values())

    @property
    def sha256(self) -> dict[str, str]:
        """The SHA-256 of each file's unpacked bytes."""
        return {name: _unpacked_sha256(path) for name, path in self.paths.items()}


def load(family: Family) -> ImageDataset:
    """Load from the user's folder, else from the cache, else from the sources.

    Raises
    ------
    SourcesUnreachable
        If it is not on this machine and no source answered.
    DataError
        If files are damaged, missing from the user's folder, or were not sent as they should be.
    """
    found = find_in_user_folder(family)
    if found is not None:
        return _read(family, found)
    for _ in range(2):
        found = _in_cache(family, store.fetch_files(family.files))
        dataset = _read(family, found)
        if dataset.provenance.sha256 == _published(family):
            return dataset
        # A file changed in the cache without its size or time showing it. Note what it holds now: it is fetched anew.
        for name, digest in dataset.provenance.sha256.items():
            store.remember_sha256(found.paths[name], digest)
    raise DataError(f"{family.title}: the files in {store.cache_folder()} change while they are read.")


def find(family: Family) -> Found | None:
    """Find the files on this machine, in the user's folder or in the cache; None where they are in neither."""
    found = find_in_user_folder(family)
    if found is None:
        cached = store.cached_files(family.files)
        found = None if cached is None else _in_cache(family, cached)
    return found


def find_in_user_folder(family: Family) -> Found | None:
    """Find the files below `LABKIT_DATA`; real if their checksums are the published ones, else the user's data.

    Raises
    ------
    DataError
        If a folder there has some of the four files, but not all.
    """
    root = store.data_folder()
    for name, note in family.user_folders.items() if root else ():
        assert root is not None
        paths = {file: path for file in FILE_NAMES if (path := _user_file(root / name, file)) is not None}
        if not paths:
            continue
        missing = [file for file in FILE_NAMES if file not in paths]
        if missing:
            raise DataError(
                f"{root / name} lacks {', '.join(missing)} (as it is, or with .gz). "
                f"Put all four files of {family.title} there, or take the folder away."
            )
        published = _published(family)
        unknown = [file for file, path in paths.items() if _unpacked_sha256(path) != published[file]]
        source = f"the folder {name}/ in LABKIT_DATA"
        if not unknown:
            return Found(paths, "real", source)
        train = len(read_idx(paths[TRAIN_LABELS])[0])
        own = f"not {family.title}'s published checksum: {', '.join(unknown)}"
        return Found(paths, "user's data", source, "; ".join(filter(None, [note.format(train=f"{train:,}"), own])))
    return None


def _in_cache(family: Family, paths: Mapping[str, Path]) -> Found:
    sources = dict.fromkeys(store.source_of(path) or "the cache" for path in paths.values())
    return Found(paths, "real", " and ".join(sources))


def _read(family: Family, found: Found) -> ImageDataset:
    contents = {name: read_idx(path) for name, path in found.paths.items()}
    arrays = {name: array for name, (array, _) in contents.items()}
    for name in (TRAIN_IMAGES, TEST_IMAGES):
        if arrays[name].shape[1:] != IMAGE_SHAPE:
            raise DataError(f"{found.paths[name]} has the shape {arrays[name].shape}; (n, 28, 28) is needed.")
    counts = {"train": len(arrays[TRAIN_IMAGES]), "test": len(arrays[TEST_IMAGES])}
    sha256 = {name: digest for name, (_, digest) in contents.items()}
    try:
        return ImageDataset(
            family.title,
            x_train=arrays[TRAIN_IMAGES],
            y_train=arrays[TRAIN_LABELS],
            x_test=arrays[TEST_IMAGES],
            y_test=arrays[TEST_LABELS],
            class_names=family.class_names,
            provenance=Provenance(found.source, found.kind, sha256, counts, found.note),
        )
    except (TypeError, ValueError) as error:
        raise DataError(f"{found.source} does not hold a data set like {family.title}: {error}") from error


def _user_file(folder: Path, name: str) -> Path | None:
    return next((path for path in _spellings(folder, name) if path.is_file()), None)


def _spellings(folder: Path, name: str) -> Iterator[Path]:
    for spelling in (name, name.replace("-idx", ".idx")):  # some sites give train-images.idx3-ubyte
        yield folder / spelling
        yield folder / f"{spelling}.gz"


def _unpacked_sha256(path: Path) -> str:
    """Hash a file's unpacked bytes, or remember the hash from the last time."""
    digest = store.remembered_sha256(path)
    if digest is None:
        digest = read_idx(path)[1]
        store.remember_sha256(path, digest)
    return digest


def _published(family: Family) -> dict[str, str]:
    return {file.name: file.sha256 for file in family.files.files}
