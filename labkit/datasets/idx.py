"""IDX, the file format of MNIST: a short header, then the numbers.

The format is described on MNIST's page (Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits"):
two zero bytes, one byte for the type (8 is an unsigned byte), one for the number of dimensions, then each dimension as
a big-endian 32-bit integer.
"""

import gzip
import hashlib
import math
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from labkit.store.errors import DataError

MAX_BYTES = 1024**3  # MNIST's largest file has 47 MB
UNSIGNED_BYTE = 0x08
MAX_DIMENSIONS = 4


def read_idx(path: Path) -> tuple[NDArray[np.uint8], str]:
    """Read an IDX file of unsigned bytes, gzipped or not.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    array : ndarray of uint8
        Its numbers, in the shape that its header gives; read-only.
    sha256 : str
        The SHA-256 of its unpacked bytes.

    Raises
    ------
    DataError
        If it cannot be read, is damaged, or is no IDX file of unsigned bytes.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "labels-idx1-ubyte"
    >>> _ = file.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 2, 1]))
    >>> read_idx(file)[0].tolist()
    [7, 2, 1]
    """
    try:
        content = _unpacked(path)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read: {error}. Put a whole copy of the file there.") from error
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] != UNSIGNED_BYTE:
        raise DataError(f"{path} is not an IDX file of unsigned bytes (it starts with {content[:4].hex(' ')}).")
    dimensions = content[3]
    if not 1 <= dimensions <= MAX_DIMENSIONS:
        raise DataError(
            f"{path} has {dimensions} dimensions; labels have 1 and images 3. Put a whole copy of the file there."
        )
    start = 4 + 4 * dimensions
    if len(content) < start:
        raise DataError(f"{path} ends within its header. Put a whole copy of the file there.")
    shape = struct.unpack(f">{dimensions}I", content[4:start])
    if len(content) - start != math.prod(shape):
        raise DataError(
            f"{path} has {len(content) - start:,} numbers, but its header promises {math.prod(shape):,} "
            f"({'×'.join(map(str, shape))}). Put a whole copy of the file there."
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape), hashlib.sha256(content).hexdigest()


def _unpacked(path: Path) -> bytes:
    with open(path, "rb") as raw:
        is_gzip = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        with gzip.open(raw) if is_gzip else raw as stream:
            content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise DataError(f"{path} holds more than {MAX_BYTES:,} bytes; that is no file of this course.")
    return content
