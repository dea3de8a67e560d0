"""The head: skull, muzzle, ears and eyes, from the proportions of one animal."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from labkit.datasets.drawn_pets.solids import Part, Solids, Vector, unit
from labkit.datasets.drawn_pets.traits import Traits

Place = tuple[float, float, float]
At = Callable[[float, float, float], Vector]  # from (forward, up, left) in the head, in its radii, to the world
Add = Callable[
    [Part, Place, Place, float], int
]  # adds an ellipsoid at a place, with half-axes and nearness to the back


@dataclass(frozen=True)
class Head:
    """Where the things of a face are, in the world.

    Attributes
    ----------
    frame : ndarray, (3, 3)
        Forward, up and left of the head, one a row.
    radius : float
        The skull's.
    eyes : tuple of two int
        The ellipsoids that are the left and the right eye.
    points : dict of str to ndarray
        The named points of the head.
    mouth, whiskers : list of ndarray, (points, 3)
        Lines that are drawn over it.
    """

    frame: Vector
    radius: float
    eyes: tuple[int, int]
    points: dict[str, Vector]
    mouth: list[Vector]
    whiskers: list[Vector]


def build_head(solids: Solids, centre: Vector, frame: Vector, traits: Traits, whisker_bends: Vector) -> Head:
    """Add a head to `solids`.

    Parameters
    ----------
    solids : Solids
        What it is added to.
    centre : ndarray, (3,)
        The middle of the skull, in the world.
    frame : ndarray, (3, 3)
        Forward, up and left of the head.
    traits : Traits
        Its proportions.
    whisker_bends : ndarray, (2, 4, 2)
        How far each of four whiskers a side departs from its usual direction.
    """
    radius = traits.head

    def at(forward: float, up: float, left: float) -> Vector:
        return centre + radius * (np.array([forward, up, left]) @ frame)

    def add(part: Part, place: tuple[float, float, float], halves: tuple[float, float, float], back: float) -> int:
        scaled = [radius * half for half in halves]
        stripe = (place[2], frame[2] / radius)
        return solids.add(part, at(*place), scaled, frame, stripe, (back, frame[1] * 0.8 / radius))

    skull = np.array([0.95, 0.88, traits.head_width * 0.95])
    add(Part.SKULL, (0, 0, 0), tuple(skull), 0.5)
    for side in (1, -1):
        add(Part.CHEEK, (0.25, -0.32, side * 0.42 * traits.head_width), (0.5, 0.48, 0.3 + 0.35 * traits.cheeks), -0.2)

    tip, nose_top = _muzzle(add, at, traits)
    eyes = tuple(_eye(solids, at, frame, skull, traits, side) for side in (1, -1))
    ears = [_ear(solids, at, frame, skull, traits, side) for side in (1, -1)]
    points = {
        "left_eye": solids.centres[eyes[0]],
        "right_eye": solids.centres[eyes[1]],
        "nose": nose_top,
        "left_ear": ears[0],
        "right_ear": ears[1],
    }
    return Head(
        frame, radius, (eyes[0], eyes[1]), points, _mouth(at, tip, traits), _whiskers(at, tip, traits, whisker_bends)
    )


def _muzzle(add: Add, at: At, traits: Traits) -> tuple[Place, Vector]:
    """Add muzzle, chin, nose and tongue.

    Returns
    -------
    tuple
        In the head, how far forward and how low the muzzle ends, and how high the nose is; and the nose in the world.
    """
    width, end = traits.muzzle_width, 0.72 + traits.muzzle
    low = -0.3 - traits.muzzle_drop
    steps = max(2, round(traits.muzzle / 0.14))
    for step in range(steps + 1):
        part = step / steps
        size = width * (1.25 + (traits.muzzle_taper - 1.25) * part)
        add(
            Part.MUZZLE,
            (0.5 + (end - 0.5) * part, -0.22 + (low + 0.22) * part, 0),
            (0.24, size * 0.85, size),
            0.2 - 0.5 * part,
        )
    for side in (1, -1):  # the pads the whiskers grow on
        add(Part.MUZZLE, (end - 0.02, low - 0.06, side * 0.5 * width), (0.24, 0.72 * width, 0.68 * width), -0.6)
    jaw = low - 0.72 * width
    open_by = 0.16 if traits.tongue else 0.0
    add(
        Part.CHIN,
        (0.35 + 0.55 * traits.muzzle, jaw - 0.5 * open_by, 0),
        (0.45 + 0.45 * traits.muzzle, 0.16, 0.62 * width),
        -0.8,
    )
    add(Part.CHIN, (end - 0.1, jaw - 0.08 - open_by, 0), (0.2, 0.15, 0.5 * width), -0.9)
    if traits.tongue:
        add(Part.MOUTH, (0.4 + 0.5 * traits.muzzle, jaw + 0.04, 0), (0.4 + 0.5 * traits.muzzle, 0.2, 0.8 * width), 0)
        add(Part.TONGUE, (end - 0.02, jaw - 0.1, 0), (0.22, 0.06, 0.36 * width), 0)
        add(Part.TONGUE, (end + 0.1, jaw - 0.26, 0), (0.07, 0.24, 0.34 * width), 0)
    size = 0.115 * traits.nose
    nose = (end + 0.2, low + 0.5 * width, 0.0)
    add(Part.NOSE, nose, (0.8 * size, 0.72 * size, 1.15 * size), 0)
    add(Part.NOSE, (nose[0] - 0.01, nose[1] - 0.5 * size, 0.0), (0.6 * size, 0.6 * size, 0.55 * size), 0)
    return (end, low, nose[1]), at(*nose)


def _eye(solids: Solids, at: At, frame: Vector, skull: Vector, traits: Traits, side: int) -> int:
    """Add one eye, set into the skull's surface; return its number."""
    across, above = np.deg2rad([traits.eye_spread, traits.eye_height])
    direction = np.array([np.cos(above) * np.cos(across), np.sin(above), side * np.cos(above) * np.sin(across)])
    place = direction * skull * 0.97
    normal = unit(direction / skull)
    slant = side * np.deg2rad(traits.eye_slant)
    up = unit(np.array([0, np.cos(slant), 0]) + np.array([0, 0, -np.sin(slant)]))
    up = unit(up - normal * (up @ normal))
    local = np.array([normal, up, np.cross(normal, up)])
    size = traits.eye * traits.head
    tall = 0.86 if traits.species == "cat" else 0.95
    return solids.add(Part.EYE, at(*place), (0.5 * size, tall * size, size), local @ frame)


def _ear(solids: Solids, at: At, frame: Vector, skull: Vector, traits: Traits, side: int) -> Vector:
    """Add one ear; return the place of its middle."""
    spread = np.deg2rad(traits.ear_spread)
    root = np.array([0.0, np.cos(spread), side * np.sin(spread)]) * skull * 0.88
    outward = np.array([0.0, np.sin(spread) * 0.55, side * np.cos(spread) * 0.55])
    away = unit(np.array([0.0, np.cos(spread * 0.75), side * np.sin(spread * 0.75)]))
    length, width = traits.ear_length, traits.ear_width
    front = np.array([0.9, 0.0, side * 0.42])
    if traits.ear_kind == "pricked":
        line = [root, root + 0.5 * length * away + [0.04, 0, 0], root + length * away]
        widths = [width, 0.62 * width, 0.06]
    elif traits.ear_kind == "folded":
        rise = 0.45 if traits.species == "cat" else 0.5
        crest = root + rise * length * away
        line = [
            root,
            crest,
            crest + length * np.array([0.3, 0.02, side * 0.1]),
            crest + length * np.array([0.42, -0.3, side * 0.12]),
        ]
        widths = [width, 0.85 * width, 0.6 * width, 0.08]
        front = np.array([0.8, 0.7, side * 0.3])
    else:
        bend = root + 0.5 * outward * length + [-0.05, -0.02, side * 0.1]
        line = [
            root,
            bend,
            bend + length * np.array([0.05, -0.6, side * 0.08]),
            bend + length * np.array([0.1, -1.05, side * 0.02]),
        ]
        widths = [0.6 * width, 0.85 * width, 1.1 * width, 0.4 * width]
        front = np.array([0.25, 0.2, side * 1.0])
    world = [at(*point) for point in line]
    radius = traits.head
    solids.limb(Part.EAR, world, [radius * value for value in widths], 0.3, (front @ frame, 0.085 * radius), 0.5)
    if traits.ear_kind == "pricked":  # its inside is seen from the front
        inside = [
            at(*(point + front * 0.1 - away * 0.03))
            for point in (line[0] + 0.12 * length * away, line[1], line[2] - 0.2 * length * away)
        ]
        solids.limb(
            Part.INNER_EAR,
            inside,
            [radius * value * 0.6 for value in (width, 0.66 * width, 0.1)],
            0,
            (front @ frame, 0.04 * radius),
            0.5,
        )
    return (world[0] + world[1]) / 2 if traits.ear_kind == "pricked" else world[-2]


def _mouth(at: At, tip: Place, traits: Traits) -> list[Vector]:
    """Return the lines of the mouth: down from the nose, then to both sides along the muzzle."""
    end, low, nose = tip
    width = traits.muzzle_width
    start = (end + 0.22, nose - 0.08 * traits.nose, 0.0)
    fork = (end + 0.2, low - 0.42 * width, 0.0)
    lines = [[start, fork]]
    for side in (1, -1):
        lines.append(
            [
                fork,
                (end + 0.14, low - 0.72 * width, side * 0.42 * width),
                (end - 0.05, low - 0.7 * width, side * 0.95 * width),
                (end - 0.2 - 0.45 * traits.muzzle, low - 0.4 * width, side * 1.15 * width),
            ]
        )
    return [np.array([at(*point) for point in line]) for line in lines]


def _whiskers(at: At, tip: Place, traits: Traits, bends: Vector) -> list[Vector]:
    """Return four whiskers a side."""
    end, low, _ = tip
    width = traits.muzzle_width
    lines = []
    for place, side in enumerate((1, -1)):
        for number in range(4):
            root = np.array([end + 0.1, low + (0.18 - 0.22 * number) * width, side * 0.75 * width])
            rise, back = (1.5 - number) * 0.16 + 0.12 * bends[place, number, 0], -0.15 + 0.1 * bends[place, number, 1]
            steps = np.linspace(0, 1, 5)[:, np.newaxis] * traits.whiskers
            line = root + steps * [back, rise, side] + steps**2 * [-0.05, -0.18, 0]
            lines.append(np.array([at(*point) for point in line]))
    return lines
