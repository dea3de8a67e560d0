"""The numbers of chapter 9 that the reader works out with a pencil."""

import math

import numpy as np
from scipy.ndimage import map_coordinates

from labkit.course.pencils import Pencil

FOUR = np.array([[8.0, 16], [24, 64]])
ROWS, COLUMNS = np.indices((7, 7))


def between(x: float, y: float) -> float:
    """The four numbers read between their positions, x to the right and y down."""
    return float(map_coordinates(FOUR, [[y], [x]], order=1)[0])


PENCILS = (
    Pencil(
        id="09-turn",
        question="Images are to be turned by at most 27°, either way. Which number does RandomRotation get?",
        key=lambda: 27 / 360,
        decimals=3,
        mistakes={
            "That is a part of half a turn: a full turn is 360°.": lambda: 27 / 180,
            "The layer takes neither degrees nor a hundredth of them, but a part of a full turn.": lambda: 27 / 100,
            "Those are radians: the layer takes a part of a full turn.": lambda: math.radians(27),
            "Those are degrees, as in the old generator: the layer takes a part of a full turn.": lambda: 27,
        },
        because="Right: a part of a full turn, the same number for both ways.",
    ),
    Pencil(
        id="09-look",
        question="7 × 7 pixels are turned by 90° counter-clockwise. At which old column does the new pixel in row 1, "
        "column 0 look? (Counted from 0.)",
        key=lambda: np.rot90(COLUMNS)[1, 0],
        mistakes={
            "That is for a clockwise turn.": lambda: np.rot90(COLUMNS, -1)[1, 0],
            "That is counted from the centre, which is column 3.": lambda: np.rot90(COLUMNS)[1, 0] - 3,
            "One too far: the corner looks there, and this pixel is in row 1.": lambda: np.rot90(COLUMNS)[0, 0],
        },
        because="Right: x = −3 and y = −2 look at x′ = 2, y′ = −3.",
    ),
    Pencil(
        id="09-between",
        question="The rows are 8, 16 and 24, 64. What is there three quarters to the right and a half down?",
        key=lambda: between(0.75, 0.5),
        mistakes={
            "You took the shares the wrong way round: the closer number counts more.": lambda: between(0.25, 0.5),
            "That is the middle: the position lies nearer to the right column.": lambda: between(0.5, 0.5),
            "You exchanged right and down.": lambda: between(0.5, 0.75),
            "That is on the upper row: go half of the way to the lower one.": lambda: between(0.75, 0),
        },
        because="Right: half of 14 and half of 54.",
    ),
    Pencil(
        id="09-siblings",
        question="Of very many photographs three versions each are made, and half of all files are set aside at random."
        " Which share of these has a sibling in the other half?",
        key=lambda: 1 - 0.5**2,
        decimals=2,
        mistakes={
            "That is the share without a sibling there.": lambda: 0.5**2,
            "A file is no sibling of itself: of three versions, two are its siblings.": lambda: 1 - 0.5**3,
            "That would be so with one sibling; here, one of two is enough.": lambda: 0.5,
        },
        because="Right: both siblings are set aside as well in one case of four.",
    ),
)
