"""From ellipsoids to pixels: what is seen where, and how light falls on it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labkit.datasets.drawn_pets.chance import Field
from labkit.datasets.drawn_pets.solids import BARE_PARTS, Solids

NOTHING = -1e4  # depth where there is nothing


@dataclass(frozen=True)
class View:
    """A camera without perspective: world points times `turn`, plus `shift`, are pixels right, pixels down and depth.

    Attributes
    ----------
    turn : ndarray, (3, 3)
        Turns, scales, and points the second axis down.
    shift : ndarray, (3,)
        Moves the animal to its place in the picture.
    """

    turn: NDArray[np.float64]
    shift: NDArray[np.float64]

    @property
    def scale(self) -> float:
        """Pixels a unit of the world."""
        return float(np.linalg.norm(self.turn[0]))

    def project(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return pixels right, pixels down and depth of points of shape (..., 3)."""
        return points @ self.turn.T + self.shift


def camera(elevation: float, scale: float = 1.0) -> NDArray[np.float64]:
    """Return `View.turn` of a camera that looks down by `elevation` degrees."""
    cos, sin = np.cos(np.deg2rad(elevation)), np.sin(np.deg2rad(elevation))
    return scale * np.array([[1, 0, 0], [0, -cos, sin], [0, sin, cos]])


def extents(solids: Solids, turn: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the corners of the box round each ellipsoid as a camera sees it, (n, 2) each."""
    centres = np.array(solids.centres) @ turn.T
    halves = np.sqrt(((np.array(solids.semi_axes) @ turn.T) ** 2).sum(axis=1))
    return (centres - halves)[:, :2], (centres + halves)[:, :2]


@dataclass(frozen=True)
class Surface:
    """What the camera sees: for each pixel the ellipsoid in front (−1 for none), its depth and pattern coordinates."""

    owner: NDArray[np.int16]
    depth: Field
    stripe: Field
    back: Field


def trace(solids: Solids, view: View, across: Field, down: Field) -> Surface:
    """Find what is seen at each point of the picture.

    Neighbouring ellipsoids are joined by a smooth maximum of their depths, so that limbs grow out of the trunk instead
    of being stuck into it.

    Parameters
    ----------
    solids : Solids
        The animal.
    view : View
        The camera.
    across, down : ndarray of float32, (height, width)
        The point of the picture that each pixel looks at; a little noise in them frays the outline like fur.

    References
    ----------
    I. Quilez, *Smooth minimum*, 2013: the quadratic polynomial.
    """
    height, width = across.shape
    depth = np.full(across.shape, NOTHING, np.float32)
    owner = np.full(across.shape, -1, np.int16)
    centres = view.project(np.array(solids.centres))
    axes = np.array(solids.semi_axes) @ view.turn.T
    spans = np.swapaxes(axes, 1, 2) @ axes
    forms = np.linalg.inv(spans)  # an ellipsoid is where d · form · d ≤ 1
    halves = np.sqrt(np.diagonal(spans, axis1=1, axis2=2))
    fray, joint = 3 + 0.02 * view.scale, np.float32(0.03 * view.scale)
    for number, (centre, form, half) in enumerate(zip(centres, forms, halves, strict=True)):
        left, right = int(max(0, centre[0] - half[0] - fray)), int(min(width, centre[0] + half[0] + fray + 1))
        top, bottom = int(max(0, centre[1] - half[1] - fray)), int(min(height, centre[1] + half[1] + fray + 1))
        if left >= right or top >= bottom:
            continue
        part = solids.parts[number]
        place = np.s_[top:bottom, left:right]
        if part in BARE_PARTS:  # skin has no fur to fray
            y, x = np.ogrid[top:bottom, left:right]
            x, y = (x - centre[0]).astype(np.float32), (y - centre[1]).astype(np.float32)
        else:
            x, y = across[place] - np.float32(centre[0]), down[place] - np.float32(centre[1])
        ahead = _front(form, x, y) + np.float32(centre[2]) - depth[place]
        blend = np.float32(0.5) if part in BARE_PARTS else joint
        share = np.clip(0.5 + 0.5 * ahead / blend, 0, 1)
        depth[place] += share * (ahead + blend * (1 - share))
        owner[place][share > 0.5] = number
    stripe, back = (_pattern(rule, view, centres, owner, depth) for rule in (solids.stripes, solids.backs))
    return Surface(owner, depth, stripe, back)


def _front(form: NDArray[np.float64], x: Field, y: Field) -> Field:
    """Return how far an ellipsoid's front stands out of its centre at offsets x, y; far behind all where it is not."""
    ((xx, xy, xz), (_, yy, yz), (_, _, zz)) = form.tolist()  # Python's numbers leave float32 arrays as they are
    root = zz - x * ((zz * xx - xz**2) * x + 2 * (zz * xy - xz * yz) * y) - (zz * yy - yz**2) * y * y
    front: Field = (np.sqrt(np.maximum(root, 0)) - (xz * x + yz * y)) / zz
    front[root <= 0] = 2 * NOTHING
    return front


def _pattern(
    rule: Sequence[tuple[float, NDArray[np.float64]]],
    view: View,
    centres: NDArray[np.float64],
    owner: NDArray[np.int16],
    depth: Field,
) -> Field:
    """Return a coordinate of the coat at each pixel, from its value in each ellipsoid and its slope in space."""
    slopes = np.array([slope for _, slope in rule]) @ view.turn.T / view.scale**2
    at_corner = np.array([value for value, _ in rule]) - (slopes * centres).sum(axis=1)
    seen = owner >= 0
    numbers, (y, x) = owner[seen], np.nonzero(seen)
    pattern = np.zeros(depth.shape, np.float32)
    table = np.column_stack([at_corner, slopes]).astype(np.float32)
    value, right, down, near = table.T[:, numbers]
    pattern[seen] = value + right * x.astype(np.float32) + down * y.astype(np.float32) + near * depth[seen]
    return pattern


def light(surface: Surface, fur: Field, roughness: float, direction: NDArray[np.float64], ambient: float) -> Field:
    """Return how bright each pixel of the animal is, about 0.3 to 1.2.

    Parameters
    ----------
    surface : Surface
        What is seen.
    fur : ndarray, (height, width)
        Noise that stands for single tufts.
    roughness : float
        How far they stand out, in pixels.
    direction : ndarray, (3,)
        Unit vector to the light: right, down, towards the viewer.
    ambient : float
        Share of the light that comes from everywhere.
    """
    relief = np.where(surface.owner >= 0, surface.depth, np.nan) + roughness * fur
    slope_down, slope_across = np.gradient(relief)
    slope_across, slope_down = (np.clip(np.nan_to_num(slope), -2.5, 2.5) for slope in (slope_across, slope_down))
    right, down, near = direction.tolist()  # Python's numbers leave float32 arrays as they are
    facing = near - right * slope_across - down * slope_down
    facing /= np.sqrt(1 + slope_across**2 + slope_down**2)
    lambert = np.clip(0.35 + 0.65 * facing, 0, 1)  # light wraps round fur
    bright: Field = ambient + (1 - ambient) * lambert
    return bright


def part_of(surface: Surface, solids: Solids) -> NDArray[np.intp]:
    """Return the part seen at each pixel, −1 where there is none."""
    return np.append(np.array(solids.parts, np.intp), -1)[surface.owner]
