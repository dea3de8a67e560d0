"""Images of any shape in a square of one size, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from labkit.arguments import as_boxes, whole_number


@dataclass(frozen=True)
class Letterbox:
    """How an image lies in a square: shrunk or enlarged to `inner` (height, width), `top` and `left` black pixels."""

    size: int
    shape: tuple[int, int]
    inner: tuple[int, int]
    top: int
    left: int

    def place(self, image: NDArray[np.uint8], nearest: bool = False) -> NDArray[np.uint8]:
        """Return an image, or a map of instances, in its square."""
        way = Image.Resampling.NEAREST if nearest else Image.Resampling.BILINEAR
        square = np.zeros((self.size, self.size, *image.shape[2:]), np.uint8)
        resized = np.asarray(Image.fromarray(image).resize(self.inner[::-1], way))  # Pillow counts (width, height)
        square[self.top : self.top + self.inner[0], self.left : self.left + self.inner[1]] = resized
        return square

    def to_original(self, boxes: ArrayLike) -> NDArray[np.float64]:
        """Return boxes of the square as boxes of the image that was put into it, cut at its border."""
        scale = np.array([self.inner[1] / self.shape[1], self.inner[0] / self.shape[0]] * 2)
        shift = np.array([self.left, self.top] * 2)
        height, width = self.shape
        return np.clip((as_boxes("boxes", boxes) - shift) / scale, 0, [width, height] * 2)


def letterbox(shape: Sequence[int], size: int) -> Letterbox:
    """Say how an image of a shape is put into a square: as large as it fits, in the middle.

    >>> frame = letterbox((200, 400), 100)
    >>> frame.inner, frame.top, frame.left
    ((50, 100), 25, 0)
    >>> frame.to_original([[10, 35, 20, 55]]).tolist()
    [[40.0, 40.0, 80.0, 120.0]]

    Parameters
    ----------
    shape : (height, width)
        Of the image, in pixels.
    size : int
        Height and width of the square.
    """
    height, width = (whole_number("shape", length) for length in shape[:2])
    side = whole_number("size", size)
    scale = side / max(height, width)
    inner = max(1, round(height * scale)), max(1, round(width * scale))
    return Letterbox(side, (height, width), inner, (side - inner[0]) // 2, (side - inner[1]) // 2)
