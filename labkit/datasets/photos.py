"""Four photographs to try a convolution on; scikit-image brings them along."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from labkit.datasets.dataset import OfKnownOrigin, Provenance
from labkit.store.errors import DataError
from labkit.tables import Paragraph


@dataclass(frozen=True)
class _Entry:
    file: str
    sha256: str
    description: str
    credit: str


# All four lie inside the wheels of scikit-image 0.22, 0.23, 0.24, 0.25 and 0.26 (looked up in each), with these same
# bytes; the checksums are those of scikit-image's own table, skimage/data/_registry.py. Credits: skimage.data's pages.
PHOTOS = {
    "astronaut": _Entry(
        "astronaut.png",
        "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
        "Astronaut Eileen Collins in an orange suit, before a flag and a model of a shuttle",
        "NASA, public domain",
    ),
    "chelsea": _Entry(
        "chelsea.png",
        "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb",
        "Chelsea the cat: a ginger face with striking eyes and long whiskers",
        "Stéfan van der Walt, CC0",
    ),
    "coffee": _Entry(
        "coffee.png",
        "cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7",
        "A cup of coffee on a saucer, with a spoon, on a wooden table",
        "Rachel Michetti, CC0",
    ),
    "rocket": _Entry(
        "rocket.jpg",
        "c2dd0de7c538df8d111e479619b129464d0269d0ae5fd18ca91d33a7fdfea95c",
        "A Falcon 9 rocket standing between the towers of its launch pad at dusk",
        "SpaceX, CC0",
    ),
}


@dataclass(frozen=True, eq=False)
class Photo(OfKnownOrigin, Paragraph):
    """One photograph, and where it came from.

    It is not an `ImageDataset`: an image without a label has nothing to train or test. It has that type's
    `provenance`, `is_stand_in` and `title_note`, so that whatever draws either can say the same things.

    Attributes
    ----------
    name : str
        The name that `load_photo` knows it by.
    image : ndarray of uint8, shape (height, width, 3)
        Red, green and blue, 0 to 255; read-only.
    description : str
        What is to be seen: serves as alt text.
    provenance : Provenance
        Source, kind, checksum.
    """

    name: str
    image: NDArray[np.uint8]
    description: str
    provenance: Provenance

    def __str__(self) -> str:
        height, width = self.image.shape[:2]
        return f"{self.name}: {self.description}; {height}×{width} pixels (height × width). {self.provenance}"

    __repr__ = __str__


def load_photo(name: str) -> Photo:
    """Load a photograph that scikit-image brings along; nothing is ever downloaded.

    Parameters
    ----------
    name : {"astronaut", "chelsea", "coffee", "rocket"}
        Which one.

    Returns
    -------
    Photo
        Its `image` is uint8 of shape (height, width, 3).

    Raises
    ------
    ValueError
        If the name is not one of these.
    DataError
        If this copy of scikit-image lacks the file, or has a damaged one.

    Examples
    --------
    >>> photo = load_photo("chelsea")
    >>> photo.image.shape, photo.image.dtype.name
    ((300, 451, 3), 'uint8')
    """
    if name not in PHOTOS:
        raise ValueError(f"name={name!r} is not a photo; use one of {', '.join(map(repr, PHOTOS))}.")
    entry = PHOTOS[name]
    path = photo_path(name)
    advice = "Install scikit-image anew: `python -m pip install --force-reinstall --no-deps scikit-image`."
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}). {advice}") from error
    if digest != entry.sha256:
        raise DataError(f"{path} is damaged: its SHA-256 is {digest[:12]}…, not {entry.sha256[:12]}…. {advice}")
    from skimage.io import imread

    image = np.ascontiguousarray(imread(path)[..., :3])
    image.flags.writeable = False
    source = f"scikit-image ({entry.credit})"
    return Photo(name, image, entry.description, Provenance(source, "real", sha256={entry.file: digest}))


def photo_path(name: str) -> Path:
    """Give the place of a photo's file in the installed scikit-image, without importing its images."""
    import skimage

    return Path(skimage.__file__).parent / "data" / PHOTOS[name].file
