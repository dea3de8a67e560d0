"""The numbers of chapter 2b that the reader works out with a pencil."""

import numpy as np

from labkit import ops
from labkit.course.pencils import Pencil


def rises(right: float, down: float) -> tuple[float, float]:
    """What the two Sobel kernels give on an even slope, to the right and downwards."""
    slope = np.add.outer(down * np.arange(3), right * np.arange(3))
    across, along = (-ops.correlate2d(slope, ops.kernels.get(name).array)[0, 0] for name in ("sobel x", "sobel y"))
    return float(across), float(along)


def direction(right: float, down: float) -> float:
    """Direction in which an even slope rises fastest, in degrees."""
    across, along = rises(right, down)
    return float(np.degrees(np.arctan2(along, across)))


PENCILS = (
    Pencil(
        id="02b-magnitude",
        question="A slope rises by 5 a step to the right and by 12 a step down. What is its Sobel magnitude?",
        key=lambda: np.hypot(*rises(5, 12)),
        mistakes={
            "That is the steepness per step: the Sobel kernels give eight times as much.": lambda: np.hypot(5, 12),
            "You added the two legs: the magnitude is the longest side of their triangle.": lambda: sum(rises(5, 12)),
            "The weights make a factor of 4; the columns compared lie two pixels apart, which doubles it.": lambda: (
                4 * np.hypot(5, 12)
            ),
        },
        because="Right: eight times the steepness of one step.",
    ),
    Pencil(
        id="02b-direction",
        question="A slope rises with each step right and falls as much with each step down. Its direction, in degrees?",
        key=lambda: direction(4, -4),
        mistakes={
            "That is for a slope that rises downwards: mind the sign, angles count downwards here.": lambda: direction(
                4, 4
            ),
            "That is where it gets darker fastest.": lambda: direction(-4, 4),
            "That slope would fall to the right, too.": lambda: direction(-4, -4),
            "The same direction: np.arctan2 counts it from −180 to 180.": lambda: direction(4, -4) + 360,
        },
        because="Right: half-way between right and up.",
    ),
    Pencil(
        id="02b-gabor",
        question="λ = 8, σ = 2, φ = 0: which weight has the Gabor filter four pixels from its middle, along the wave?",
        key=lambda: ops.kernels.gabor(9, wavelength=8, sigma=2).array[4, 8],
        decimals=2,
        mistakes={
            "The sign: half a wavelength on, the wave is at its lowest.": lambda: np.exp(-(4**2) / (2 * 2**2)),
            "The fading has 2σ² below the line, not σ².": lambda: -np.exp(-(4**2) / 2**2),
            "That is the wave alone: it has faded on the way.": lambda: np.cos(2 * np.pi * 4 / 8),
            "You did not square the distance in the fading.": lambda: -np.exp(-4 / (2 * 2**2)),
        },
        because="Right: the cosine is at its lowest, and the fading leaves a seventh of it.",
    ),
    Pencil(
        id="02b-moved",
        question="With a stride of 4 the image is moved by 12 pixels. By how many positions does the map move?",
        key=lambda: int(np.ravel(ops.correlate1d(np.eye(24)[12], [1], stride=4)).argmax()),
        mistakes={
            "That is in pixels: a position of the map stands for four of them.": lambda: 12,
            "You multiplied: a stride makes the map smaller, and its moves too.": lambda: 12 * 4,
            "You subtracted the stride: the map has one position for every four pixels.": lambda: 12 - 4,
        },
        because="Right: the shift is a multiple of the stride, so the map moves along exactly.",
    ),
)
