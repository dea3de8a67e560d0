"""What an animal is made of: ellipsoids in space, each with its place in the body and in the coat's pattern."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum, auto

import numpy as np
from numpy.typing import ArrayLike, NDArray

Vector = NDArray[np.float64]
UPRIGHT, NOWHERE = np.eye(3), np.zeros(3)


class Part(IntEnum):
    """The part of the animal that an ellipsoid belongs to; the coat is painted by it."""

    BODY = 0
    CHEST = auto()
    LEG = auto()
    PAW = auto()
    TAIL = auto()
    TAIL_TIP = auto()
    SKULL = auto()
    CHEEK = auto()
    MUZZLE = auto()
    CHIN = auto()
    EAR = auto()
    INNER_EAR = auto()
    NOSE = auto()
    EYE = auto()
    TONGUE = auto()
    MOUTH = auto()
    COLLAR = auto()


HEAD_PARTS = (
    Part.SKULL, Part.CHEEK, Part.MUZZLE, Part.CHIN, Part.EAR, Part.INNER_EAR, Part.NOSE, Part.EYE, Part.TONGUE,
    Part.MOUTH,
)  # fmt: skip
BARE_PARTS = (Part.INNER_EAR, Part.NOSE, Part.EYE, Part.TONGUE, Part.MOUTH, Part.COLLAR)


@dataclass
class Solids:
    """A growing list of ellipsoids.

    World axes: x to the right of the picture, y up, z towards the viewer. The ground is y = 0.

    Attributes
    ----------
    centres : list of ndarray, (3,)
        Where each is.
    semi_axes : list of ndarray, (3, 3)
        Its three half-axes, one a row.
    parts : list of Part
        What it belongs to.
    stripes, backs : list of tuple
        Two coordinates for the coat's pattern, each a value at the centre and its gradient: how far along the limb or
        the trunk (stripes run across it), and how near the back (1) or the belly (−1).
    """

    centres: list[Vector] = field(default_factory=list)
    semi_axes: list[Vector] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    stripes: list[tuple[float, Vector]] = field(default_factory=list)
    backs: list[tuple[float, Vector]] = field(default_factory=list)

    def add(
        self,
        part: Part,
        centre: ArrayLike,
        radii: Sequence[float],
        frame: Vector,
        stripe: tuple[float, ArrayLike] = (0.0, NOWHERE),
        back: tuple[float, ArrayLike] = (0.0, NOWHERE),
    ) -> int:
        """Add one ellipsoid and return its number.

        Parameters
        ----------
        part : Part
            What it belongs to.
        centre : array_like, (3,)
            Its centre, in the world.
        radii : sequence of 3 float
            Half-axes along the rows of `frame`.
        frame : ndarray, (3, 3)
            Three perpendicular unit vectors, one a row: forward, up and to the animal's left.
        stripe, back : tuple of float and array_like
            Pattern coordinates: value at the centre, and gradient in the world.
        """
        self.centres.append(np.asarray(centre, float))
        self.semi_axes.append(frame * np.asarray(radii, float)[:, np.newaxis])
        self.parts.append(part)
        self.stripes.append((float(stripe[0]), np.asarray(stripe[1], float)))
        self.backs.append((float(back[0]), np.asarray(back[1], float)))
        return len(self.parts) - 1

    def limb(
        self,
        part: Part,
        points: Sequence[ArrayLike],
        radii: Sequence[float],
        back: float = 0.0,
        flat: tuple[ArrayLike, float] | None = None,
        step: float = 0.75,
    ) -> None:
        """Add a chain of ellipsoids along a line of points: a leg, a tail, an ear.

        Parameters
        ----------
        part : Part
            What it belongs to.
        points : sequence of array_like, (3,)
            The line.
        radii : sequence of float
            Half its width at each point.
        back : float
            How near the back the whole limb counts.
        flat : tuple of array_like and float, optional
            A direction, and the half-thickness in it: the limb is a leaf at right angles to it.
        step : float
            Distance of two ellipsoids in half-widths.
        """
        line = np.asarray(points, float)
        lengths = np.r_[0, np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))]
        at, places = 0.0, []
        while at < lengths[-1]:
            places.append(at)
            at += max(step * float(np.interp(at, lengths, radii)), lengths[-1] / 24)
        places.append(float(lengths[-1]))
        centres = np.stack([np.interp(places, lengths, line[:, axis]) for axis in range(3)], axis=1)
        widths = np.interp(places, lengths, radii).tolist()
        segments = np.clip(np.searchsorted(lengths, places, side="right") - 1, 0, len(line) - 2)
        directions = np.diff(line, axis=0)[segments]
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        if flat is None:
            frames = np.broadcast_to(UPRIGHT, (len(places), 3, 3))
            halves = [(width, width, width) for width in widths]
        else:
            normals = flat[0] - directions * (directions @ np.asarray(flat[0], float))[:, np.newaxis]
            normals /= np.linalg.norm(normals, axis=1, keepdims=True)
            frames = np.stack([normals, directions, np.cross(normals, directions)], axis=1)
            halves = [(flat[1], max(width, flat[1]), width) for width in widths]
        self.centres += list(centres)
        self.semi_axes += list(frames * np.array(halves)[..., np.newaxis])
        self.parts += [part] * len(places)
        self.stripes += zip(places, directions, strict=True)
        self.backs += [(back, NOWHERE)] * len(places)


def unit(vector: ArrayLike) -> Vector:
    """Return a vector of length 1 in the same direction."""
    vector = np.asarray(vector, float)
    return vector / np.linalg.norm(vector)


def frame_facing(yaw: float, pitch: float = 0.0, roll: float = 0.0) -> Vector:
    """Return the axes (forward, up, left), one a row, of something that faces a direction.

    >>> frame_facing(0).astype(int).tolist()  # facing the viewer, whose right is its left
    [[0, 0, 1], [0, 1, 0], [1, 0, 0]]

    Parameters
    ----------
    yaw, pitch, roll : float
        Degrees: turned from the viewer to the picture's right, nose up, and tilted to its own left.
    """
    a, b, c = np.deg2rad([yaw, pitch, roll])
    flat = np.array([np.sin(a), 0.0, np.cos(a)])
    left = np.array([np.cos(a), 0.0, -np.sin(a)])
    above = np.array([0.0, 1.0, 0.0])
    forward = np.cos(b) * flat + np.sin(b) * above
    up = np.cos(b) * above - np.sin(b) * flat
    return np.array([forward, np.cos(c) * up + np.sin(c) * left, np.cos(c) * left - np.sin(c) * up])
