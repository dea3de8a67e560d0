"""From images of any size to what a backbone was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import ArrayLike, NDArray

SHARE_KEPT = 0.875
"""Of the shorter side: 224 of 256, the central crop that ImageNet networks are tested with."""
BRIGHTEST_OF_UNIT_SCALE = 1.5
AT_A_TIME = 64  # images: more need memory for each step of their preparation, and none the less time


@dataclass(frozen=True)
class Normalization:
    """Red, green and blue from 0 to 255, shifted and scaled as in training: ``(pixel − mean) / deviation``.

    >>> Normalization((127.0,) * 3, (128.0,) * 3)(np.array([[[255.0, 127.0, -1.0]]])).tolist()
    [[[1.0, 0.0, -1.0]]]

    Attributes
    ----------
    mean, deviation
        For each channel, in the order of the result.
    bgr
        Whether the result has blue first, as networks trained in Caffe want it.
    """

    mean: tuple[float, float, float]
    deviation: tuple[float, float, float]
    bgr: bool = False

    def __call__(self, pixels: Any) -> Any:
        """Normalize an array or a Keras tensor of shape ``(..., 3)``."""
        if self.bgr:
            pixels = pixels[..., ::-1]
        return (pixels - np.array(self.mean, "float32")) / np.array(self.deviation, "float32")

    def in_layers(self, pixels: Any) -> Any:
        """Normalize a Keras tensor in layers that any Keras can load, also in safe mode."""
        import keras

        if self.bgr:
            pixels = keras.ops.flip(pixels, axis=-1)
        variance = [deviation**2 for deviation in self.deviation]
        return keras.layers.Normalization(mean=list(self.mean), variance=variance, name="normalization")(pixels)


def prepare(
    images: ArrayLike | Sequence[ArrayLike], size: int, normalization: Normalization, scale: float | None = None
) -> NDArray[np.float32]:
    """Check images, bring them to the size of a network's input, and normalize them.

    >>> gray = np.full((300, 400, 3), 127, np.uint8)
    >>> prepared = prepare(gray, 224, Normalization((127.0,) * 3, (128.0,) * 3))
    >>> prepared.shape, float(abs(prepared).max()) < 1e-6
    ((1, 224, 224, 3), True)

    An image that has the size already stays as it is. Of any other the central square is cut out, 7/8 of the shorter
    side, and resized bicubically, with antialiasing where it becomes smaller.

    Parameters
    ----------
    images
        One image of shape ``(height, width, 3)``, a batch ``(n, height, width, 3)``, or a list of images of any
        sizes; red, green, blue.
    size
        Height and width wanted.
    normalization
        What to do with the pixels.
    scale
        What white is: 255 or 1. Not needed for whole numbers, which are 0 to 255, nor for floats up to 255.

    Returns
    -------
    ndarray of float32, shape (n, size, size, 3)

    Raises
    ------
    TypeError
        When the images are not numbers.
    ValueError
        When they have another shape, hold NaN or infinity, or are not in the range that ``scale`` says; float images
        whose maximum is at most 1.5 are refused unless it says so.
    """
    if scale not in (None, 1, 255):
        raise ValueError(f"scale is {scale!r}; allowed are 1 and 255, what white is in images")
    pictures = _listed(images)
    for place, picture in enumerate(pictures):
        _check_range(f"images[{place}]" if isinstance(images, list | tuple) else "images", picture, scale)
    prepared = np.empty((sum(map(len, pictures)), size, size, 3), np.float32)
    done, white = 0, 255 if scale == 1 else 1
    for group in _of_one_shape(pictures):
        for begin in range(0, len(group), AT_A_TIME):
            resized = _resize(group[begin : begin + AT_A_TIME], size)
            prepared[done : done + len(resized)] = normalization(np.clip(resized * white, 0, 255))
            done += len(resized)
    return prepared


def _listed(images: Any) -> list[NDArray[Any]]:
    """Return batches, each of shape ``(n, height, width, 3)``: one, or one for every image of a list."""
    in_a_list = isinstance(images, list | tuple)
    parts = images if in_a_list else [images]
    if len(parts) == 0:
        raise ValueError("images is empty; at least one image is needed")
    arrays = []
    for part in parts:
        try:
            array = np.asarray(part)
        except ValueError:
            raise ValueError("images holds rows of unequal length; give a list of arrays (height, width, 3)") from None
        if array.dtype.kind not in "uif":
            raise TypeError(f"images has dtype {array.dtype}; whole numbers from 0 to 255, or floats, are allowed")
        if array.ndim not in ((3,) if in_a_list else (3, 4)) or array.shape[-1] != 3:
            raise ValueError(f"images has shape {array.shape}; {_advice(array.shape)}")
        if array.size == 0:
            raise ValueError(f"images has shape {array.shape}; there must be at least one image, and it not empty")
        arrays.append(array[None] if array.ndim == 3 else array)
    return arrays


def _advice(shape: tuple[int, ...]) -> str:
    needed = "(height, width, 3) or (n, height, width, 3) is needed, red, green, blue"
    if len(shape) == 2 or shape[-1:] == (1,):
        return f"{needed}; repeat a gray image three times: np.repeat(image[..., None], 3, axis=-1)"
    if shape[-1:] == (4,):
        return f"{needed}; drop the fourth channel: images[..., :3]"
    if len(shape) >= 3 and shape[-3] == 3:
        return f"{needed}; bring the channels to the end: np.moveaxis(images, -3, -1)"
    return needed


def _check_range(name: str, image: NDArray[Any], scale: float | None) -> None:
    """Judge an image, or a batch in one array, by its own type and range: the others in a list say nothing about it."""
    are = "are" if name == "images" else "is"
    darkest, brightest = float(np.min(image)), float(np.max(image))
    if not (np.isfinite(darkest) and np.isfinite(brightest)):  # the minimum of anything with NaN in it is NaN
        raise ValueError(f"{name} holds NaN or infinite pixels; every pixel must be a number")
    floats = image.dtype.kind == "f"
    if scale is None and floats and brightest <= BRIGHTEST_OF_UNIT_SCALE:
        raise ValueError(
            f"{name} {are} floats from {darkest:.3g} to {brightest:.3g}, where 0 to 255 is expected. "
            "If white is 1, say scale=1; if they are this dark, say scale=255; if they are prepared already, "
            "hand them to .model"
        )
    if scale == 1 and not floats:
        raise ValueError(f"{name} {are} whole numbers, which run from 0 to 255; scale=1 is for floats")
    white = 1 if scale == 1 else 255
    if darkest < 0 or brightest > white:
        raise ValueError(f"{name} {are} from {darkest:.3g} to {brightest:.3g}; 0 to {white} is allowed")


def _of_one_shape(images: list[NDArray[Any]]) -> list[NDArray[Any]]:
    """Join neighbours of the same shape, so that they are resized in one go."""
    groups: list[list[NDArray[Any]]] = []
    for image in images:
        if groups and groups[-1][0].shape[1:] == image.shape[1:]:
            groups[-1].append(image)
        else:
            groups.append([image])
    return [np.concatenate(group) for group in groups]


def _resize(images: NDArray[Any], size: int) -> NDArray[np.float32]:
    height, width = images.shape[1:3]
    if (height, width) == (size, size):
        return images.astype(np.float32)
    side = max(1, round(min(height, width) * SHARE_KEPT))
    top, left = (height - side) // 2, (width - side) // 2
    square = images[:, top : top + side, left : left + side].astype(np.float32)
    resized = keras.ops.image.resize(square, (size, size), interpolation="bicubic", antialias=True)
    return keras.ops.convert_to_numpy(resized)
