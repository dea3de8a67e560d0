"""Reading one image file, whatever it holds, as red, green and blue.

Everything in the course that opens a photograph goes through `read_picture`, so that all of it sees the same pixels.
"""

import importlib.util
import io
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from labkit.store.errors import DataError

# Pillow knows more, but some of those run other programs (EPS calls Ghostscript) or are no photographs.
FORMATS = ("JPEG", "MPO", "PNG", "BMP", "DIB", "GIF", "WEBP", "TIFF", "PPM")
MAX_PIXELS = 40_000_000  # a large camera's image; 120 MB once decoded
MAX_FILE_BYTES = 100_000_000

# ISO/IEC 23008-12, annex B: how a file of the HEIF family says at its beginning what it is.
HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")

ORIENTATION = 0x0112
# EXIF's orientation (CIPA DC-008, section 4.6.4), and what puts the image upright.
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# The filters of `warnings` belong to the whole process, so only one thread at a time may change them.
_one_at_a_time = threading.Lock()


class UnreadablePicture(DataError):
    """A file that cannot be decoded as an image in red, green and blue; the message says why."""


@dataclass(frozen=True, eq=False)
class Decoded:
    """An image as it came out of its file.

    Attributes
    ----------
    pixels : ndarray of uint8, shape (height, width, 3)
        Red, green and blue, 0 to 255, upright.
    format, mode : str
        What the file really was, in Pillow's words, such as JPEG and RGB.
    turned : bool
        Whether it lay on its side or was mirrored, and EXIF said so.
    """

    pixels: NDArray[np.uint8]
    format: str
    mode: str
    turned: bool


def read_picture(path: str | Path) -> NDArray[np.uint8]:
    """Read an image as red, green and blue, upright, whatever its format and whatever its name says.

    JPEG, PNG, BMP, GIF (its first frame), WebP, TIFF and PPM are read, and the HEIC of phones where ``pillow-heif`` is
    installed (``cnn-labkit[heic]``); greyscale, palette and CMYK become RGB, 16 bits
    become 8, what is transparent lies on white, and EXIF's orientation is followed.

    Parameters
    ----------
    path : str or pathlib.Path
        The file.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
        0 to 255.

    Raises
    ------
    UnreadablePicture
        If there is no such file, or it is empty, truncated, no image, or larger than 40 million pixels.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from PIL import Image
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "grey.jpg"
    >>> Image.new("L", (4, 3), 200).save(file)
    >>> read_picture(file).shape, int(read_picture(file).max())
    ((3, 4, 3), 200)
    """
    path = Path(path)
    try:
        return decode_picture(read_bytes(path)).pixels
    except UnreadablePicture as problem:
        raise UnreadablePicture(f"{path} cannot be read as an image: {problem}.") from problem


def read_mask(path: str | Path) -> NDArray[np.bool_]:
    """Read a mask that was kept as a black-and-white image: True where it is white.

    Returns
    -------
    ndarray of bool, shape (height, width)

    Raises
    ------
    UnreadablePicture
        As `read_picture`.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from PIL import Image
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "mask.png"
    >>> Image.new("1", (4, 3), 1).save(file)
    >>> read_mask(file).sum()
    np.int64(12)
    """
    return read_picture(path)[..., 0] > 127


def read_bytes(path: Path) -> bytes:
    """Read a file that may be an image; raise `UnreadablePicture` if it cannot be one or cannot be read."""
    try:
        size = path.stat().st_size
        if size == 0:
            raise UnreadablePicture("it is empty")
        if size > MAX_FILE_BYTES:
            raise UnreadablePicture(f"it has {size / 1e6:,.0f} MB, and {MAX_FILE_BYTES / 1e6:,.0f} MB are allowed")
        return path.read_bytes()
    except OSError as error:
        raise UnreadablePicture(error.strerror or str(error)) from error


def decode_picture(content: bytes) -> Decoded:
    """Decode the bytes of an image file; raise `UnreadablePicture`, with the reason alone, where that fails."""
    try:
        return _decode(content)
    except UnreadablePicture:
        raise
    except UnidentifiedImageError as error:
        raise UnreadablePicture(_what_it_is(content)) from error
    except Exception as error:  # damaged files lead decoders astray in any way there is
        raise UnreadablePicture(f"it is damaged ({error or type(error).__name__})") from error


def reads_heic() -> bool:
    """Whether the photographs of phones can be read as they are: whether ``pillow-heif`` is installed.

    >>> reads_heic() in (True, False)
    True
    """
    return importlib.util.find_spec("pillow_heif") is not None


def _what_it_is(content: bytes) -> str:
    """What a file is that is none of the formats that are read here; phones make HEIC, and the web AVIF."""
    brand = content[8:12] if content[4:8] == b"ftyp" else b""
    if brand[:3] == b"avi":
        return "it is an AVIF image, which is not read here: save it as JPEG or PNG"
    if brand in HEIC_BRANDS:
        if reads_heic():
            return "it is a HEIC image that is damaged"
        return "it is a HEIC image; install pillow-heif, or save it as JPEG or PNG"
    return "it is not an image"


def _decode(content: bytes) -> Decoded:
    Image.preinit()
    Image.init()
    formats = [name for name in FORMATS if name in Image.OPEN]
    if content[8:12] in HEIC_BRANDS and content[4:8] == b"ftyp" and reads_heic():
        import pillow_heif  # only for whom it concerns: it brings a decoder of its own

        pillow_heif.register_heif_opener()
        formats.append("HEIF")
    with _quietly():
        image: Image.Image = Image.open(io.BytesIO(content), formats=formats)
    format_, mode = image.format or "", image.mode
    if image.width * image.height > MAX_PIXELS:
        raise UnreadablePicture(f"it has {image.width:,}×{image.height:,} pixels, and 40 million are allowed")
    if format_ == "PNG":  # its EXIF may come after the pixels: decode these first, not while others wait
        image.load()
    _exif_orientation(image)
    image.load()
    # Asked again: of a TIFF, newer versions of Pillow follow the orientation while loading, and then forget it.
    way = UPRIGHT.get(_exif_orientation(image))
    # Each step forgets the image before it: a photograph of 12 million pixels takes 48 MB in Pillow's memory.
    image = _on_white(image)
    if way is not None:
        image = image.transpose(way)
    return Decoded(np.array(image), format_, mode, turned=way is not None)


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    if image.mode.startswith("I"):  # 16 bits a pixel; Pillow's own conversion would cut off all above 255
        return Image.fromarray((np.asarray(image) >> 8).clip(0, 255).astype(np.uint8)).convert("RGB")
    if image.mode == "F":
        raise UnreadablePicture("its pixels are floating-point numbers, of which nobody says which is white")
    if image.mode in {"RGBA", "LA", "PA", "RGBa", "La"} or "transparency" in image.info:
        if image.mode != "RGBA":
            image = image.convert("RGBA")
        on_white = Image.new("RGB", image.size, "white")
        on_white.paste(image, mask=image.getchannel("A"))
        return on_white
    return image.convert("RGB")


def _exif_orientation(image: Image.Image) -> int:
    with _quietly():
        try:
            return int(image.getexif().get(ORIENTATION, 1))
        except Exception:  # a damaged EXIF block says nothing about the pixels
            return 1


@contextmanager
def _quietly() -> Iterator[None]:
    """Hush Pillow's warnings about damaged EXIF blocks and the like."""
    with _one_at_a_time, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
