"""A drawing or a photograph of one digit, put into the form of an MNIST image."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labkit.datasets.reading import read_picture

INK, FIELD = 20, 28  # the ink fits a box of 20 × 20; the image is 28 × 28


def to_mnist_picture(image: ArrayLike | str | PathLike[str]) -> NDArray[np.uint8]:
    """Make an image like MNIST's of a drawn or photographed digit: dark on light or light on dark, of any size.

    >>> drawing = np.full((200, 100), 255, np.uint8)  # white paper
    >>> drawing[40:160, 45:55] = 30  # a dark stroke, from top to bottom
    >>> to_mnist_picture(drawing).shape
    (28, 28)

    It does what was done for MNIST. The ink is cut out and scaled, with its proportions, into a box of 20 × 20; grey
    levels come from the smoothing. It is then moved, by whole pixels, so that its centre of mass lies in the middle of
    28 × 28. What is ink is told by its contrast to the border of the image, which is taken to be paper, evenly lit.

    Parameters
    ----------
    image : str, Path or array_like
        The path of an image file; or pixels of shape (height, width), (height, width, 3) or (height, width, 4), uint8
        from 0 to 255 or floats from 0 to 1. What is transparent counts as white paper.

    Returns
    -------
    ndarray of uint8, shape (28, 28)
        The digit, bright on black.

    Raises
    ------
    labkit.datasets.reading.UnreadablePicture
        If there is no such file, or it is no image, damaged or too large; see `read_picture`.
    TypeError, ValueError
        If the array does not hold an image, or nothing is drawn on it.

    References
    ----------
    Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, *Gradient-Based Learning Applied to Document Recognition*, Proceedings
    of the IEEE 86, 1998, section III.A.
    """
    from skimage.transform import resize

    pixels = read_picture(Path(image)) if isinstance(image, str | PathLike) else np.asarray(image)
    ink = _coarse(_cropped(_ink(_grey(pixels))))
    height, width = ink.shape
    scale = INK / max(height, width)
    size = max(1, round(height * scale)), max(1, round(width * scale))
    small = resize(ink, size, order=1, anti_aliasing=True)
    return _centred(np.rint(255 * small / small.max()).astype(np.uint8))


def _grey(pixels: NDArray) -> NDArray[np.floating]:
    """Brightness from 0 to 1."""
    if (
        pixels.ndim not in (2, 3)
        or (pixels.ndim == 3 and pixels.shape[2] not in (1, 3, 4))
        or min(pixels.shape[:2]) < 3
    ):
        raise ValueError(
            f"image has shape {pixels.shape}; allowed is (height, width), with 1, 3 or 4 channels after it or none, "
            "and at least 3 × 3 pixels"
        )
    # In single precision, which is finer than any image and half as large: a photograph has 12 million pixels.
    if pixels.dtype == np.uint8 and pixels.ndim == 3 and pixels.shape[2] != 4:
        return pixels.sum(axis=2, dtype=np.uint16) / np.float32(255 * pixels.shape[2])
    if pixels.dtype == np.uint8:
        values: NDArray[np.floating] = pixels / np.float32(255)
    elif pixels.dtype.kind in "fb":
        values = pixels.astype(np.float32)
    else:
        raise TypeError(f"image is {pixels.dtype}; allowed are uint8 from 0 to 255 and floats from 0 to 1")
    if not np.isfinite(values).all() or values.min() < 0 or values.max() > 1:
        raise ValueError(
            f"image has values from {values.min():g} to {values.max():g}; allowed is 0 to 1 for floats, "
            "0 to 255 for uint8"
        )
    if values.ndim == 2:
        return values
    if values.shape[2] == 4:
        opacity = values[..., 3:]
        values = values[..., :3] * opacity + (1 - opacity)
    return values.mean(axis=2)


def _ink(grey: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Where there is ink: ink or paper, nothing between, as in the images that MNIST was made of."""
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    contrast = np.abs(grey - np.median(border))
    if contrast.max() < 0.1:
        raise ValueError("image has nothing drawn on it: no pixel stands out from its border by a tenth of the range")
    # Half of the strongest contrast leaves out the grain of the paper and a shadow on it.
    return contrast > contrast.max() / 2


def _coarse(ink: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The share of ink in blocks of pixels, so small that no more than a thousand lie side by side."""
    block = -(-max(ink.shape) // 1000)
    rows, columns = (-(-side // block) * block for side in ink.shape)
    whole = np.zeros((rows, columns), bool)
    whole[: ink.shape[0], : ink.shape[1]] = ink
    return whole.reshape(rows // block, block, columns // block, block).mean(axis=(1, 3))


def _cropped(ink: NDArray[np.bool_]) -> NDArray[np.bool_]:
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _centred(small: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Put the ink where its centre of mass is nearest to the middle of the image.

    Counting pixels from 0, MNIST's own centres lie between 13.5 and 14.5 in every image: they were rounded to 14.
    """
    place = []
    for axis in (0, 1):
        profile = small.sum(axis=1 - axis, dtype=np.float64)
        centre = (profile * np.arange(len(profile))).sum() / profile.sum()
        # The ink stays inside the image, however lopsided it is.
        place.append(int(np.clip(np.floor(FIELD / 2 + 0.5 - centre), 0, FIELD - len(profile))))
    field = np.zeros((FIELD, FIELD), np.uint8)
    field[place[0] : place[0] + small.shape[0], place[1] : place[1] + small.shape[1]] = small
    return field
