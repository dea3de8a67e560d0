"""The body in one of four poses, and how the head sits on it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from labkit.datasets.drawn_pets.chance import Chance
from labkit.datasets.drawn_pets.heads import Head, build_head
from labkit.datasets.drawn_pets.solids import Part, Solids, Vector, frame_facing, unit
from labkit.datasets.drawn_pets.traits import Traits

POSES = {"standing": 0.3, "walking": 0.15, "sitting": 0.35, "lying": 0.2}

Side = tuple[float, float]  # a place in the animal's middle plane: forward, up
At = Callable[[float, float, float], Vector]  # from (forward, up, left) in the animal to the world


@dataclass(frozen=True)
class Animal:
    """One animal, built and posed, in the world.

    Attributes
    ----------
    solids : Solids
        What it consists of.
    head : Head
        Its face.
    points : dict of str to ndarray
        The named points of the whole animal.
    traits : Traits
        Its proportions.
    """

    solids: Solids
    head: Head
    points: dict[str, Vector]
    traits: Traits


def build_animal(
    traits: Traits, pose: str, body_yaw: float, head_angles: tuple[float, float, float], chance: Chance
) -> Animal:
    """Build one animal.

    Parameters
    ----------
    traits : Traits
        Its proportions.
    pose : {"standing", "walking", "sitting", "lying"}
        How it stands.
    body_yaw : float
        Degrees the body is turned from the viewer to the picture's right.
    head_angles : tuple of 3 float
        Yaw, pitch and roll of the head, in degrees.
    chance : Chance
        Draws what is left open: the gait, the tail's curve.
    """
    frame = frame_facing(body_yaw)
    solids = Solids()

    def at(forward: float, up: float, left: float) -> Vector:
        return np.array([forward, up, left]) @ frame

    if pose == "sitting":
        chest, rump = _sit(solids, at, frame, traits)
    elif pose == "lying":
        chest, rump = _lie(solids, at, frame, traits, chance)
    else:
        stride = chance.uniform(0.5, 1.0) if pose == "walking" else chance.uniform(0, 0.2)
        chest, rump = _stand(solids, at, frame, traits, stride)
    tail_tip = _tail(solids, at, rump, pose, traits, chance)

    head_frame = frame_facing(*head_angles)
    lift = {"standing": 0.75, "walking": 0.6, "sitting": 0.95, "lying": 0.75}[pose]
    shoulder = at(chest[0] + 0.05, chest[1] + 0.45 * traits.girth, 0)
    direction = lift * np.array([0, 1.0, 0]) + (1 - lift) * 1.3 * frame[0]
    # The skull sits on the neck's end by its back, so that a head turned aside still joins it.
    end = shoulder + traits.neck * unit(direction)
    centre = end + traits.head * (0.35 * head_frame[0] + 0.55 * np.array([0, 1.0, 0]))
    thick = 0.62 * traits.head * (1 + 0.2 * traits.fluff)
    base = at(chest[0] - 0.06, chest[1] + 0.12 * traits.girth, 0)
    solids.limb(Part.CHEST, [base, centre - 0.25 * traits.head * head_frame[0]], [thick * 1.2, thick], 0.1)
    if chance.happens(0.2):
        _collar(solids, (shoulder + 2 * end) / 3, unit(centre - base), thick * 1.08)
    head = build_head(solids, centre, head_frame, traits, 2 * chance.fractions(2, 4, 2) - 1)
    return Animal(solids, head, {**head.points, "tail_tip": tail_tip}, traits)


def _trunk(solids: Solids, at: At, frame: Vector, front: Side, end: Side, traits: Traits) -> None:
    """Add the trunk from the chest to the rump, thinner where the belly is tucked in."""
    chest, rump = np.array(front), np.array(end)
    along = (chest - rump) / np.linalg.norm(chest - rump)
    above = np.array([-along[1], along[0]])
    axes = np.array([at(along[0], along[1], 0), at(above[0], above[1], 0), frame[2]])
    girth = traits.girth
    for share, tall, wide, part in (
        (1.0, 1.1, 0.92, Part.CHEST),
        (0.75, 1.05, 0.95, Part.BODY),
        (0.5, 0.85 + 0.15 * traits.tuck, 0.95, Part.BODY),
        (0.25, 0.72 + 0.22 * traits.tuck, 0.9, Part.BODY),
        (0.0, 0.95, 0.88, Part.BODY),
    ):
        place = rump + share * (chest - rump) + above * girth * (1 - tall) * 0.6
        solids.add(
            part,
            at(place[0], place[1], 0),
            (0.3, girth * tall, girth * wide),
            axes,
            (share, axes[0]),
            (0.1, axes[1] * 0.9 / girth),
        )


def _leg(solids: Solids, points: Sequence[Vector], traits: Traits) -> None:
    """Add a leg along three points, thinner from one to the next."""
    width = traits.leg_width
    solids.limb(Part.LEG, points, [1.5 * width, 1.05 * width, 0.85 * width], -0.3)


def _paw(solids: Solids, place: Vector, frame: Vector, traits: Traits) -> None:
    """Add a paw with three toes."""
    width = traits.leg_width
    for toe in (-0.5, 0, 0.5):
        solids.add(
            Part.PAW,
            place + 0.55 * width * frame[0] + toe * width * frame[2] + np.array([0, 0.55 * width, 0]),
            (1.25 * width, 0.6 * width, 0.62 * width),
            frame,
        )


def _stand(solids: Solids, at: At, frame: Vector, traits: Traits, stride: float) -> tuple[Side, Side]:
    """Add trunk and legs of an animal that stands or walks; return where its chest and its rump are."""
    hips = traits.legs + 0.55 * traits.girth
    chest, rump = (0.42, hips), (-0.42, hips)
    _trunk(solids, at, frame, chest, rump, traits)
    half = 0.55 * traits.girth
    for side in (1, -1):
        swing = side * stride * 0.22
        foot = at(0.44 + swing, 0.04, side * half * 0.85)
        _leg(
            solids,
            [at(0.42, hips - 0.2 * traits.girth, side * half), at(0.4 + 0.4 * swing, hips * 0.5, side * half), foot],
            traits,
        )
        _paw(solids, foot - [0, 0.04, 0], frame, traits)
        foot = at(-0.46 - swing, 0.04, side * half * 0.85)
        solids.add(
            Part.LEG,
            at(-0.42, hips - 0.3 * traits.girth, side * half),
            (0.19, 0.26, 0.11),
            frame,
            (0.2, frame[0]),
            (-0.1, (0, 1, 0)),
        )
        hock = at(-0.55 - 0.8 * swing, hips * 0.42, side * half * 0.95)
        _leg(solids, [at(-0.4, hips * 0.75, side * half), hock, foot], traits)
        _paw(solids, foot - [0, 0.04, 0], frame, traits)
    return chest, rump


def _sit(solids: Solids, at: At, frame: Vector, traits: Traits) -> tuple[Side, Side]:
    """Add trunk and legs of an animal that sits; return where its chest and its rump are."""
    girth = traits.girth
    chest, rump = (0.2, 0.42 + 0.5 * traits.legs), (-0.22, 0.9 * girth)
    _trunk(solids, at, frame, chest, rump, traits)
    half = 0.5 * girth
    for side in (1, -1):
        foot = at(0.34, 0.04, side * half * 0.8)
        _leg(solids, [at(0.27, chest[1] - 0.1, side * half), at(0.3, chest[1] * 0.5, side * half), foot], traits)
        _paw(solids, foot - [0, 0.04, 0], frame, traits)
        solids.add(
            Part.LEG,
            at(-0.08, 0.25, side * (0.75 * girth + 0.02)),
            (0.3, 0.24, 0.13),
            _tilted(frame, 25),
            (0.2, frame[0]),
            (0, (0, 2, 0)),
        )
        _paw(solids, at(0.2, 0.0, side * (0.95 * girth + 0.02)), frame, traits)
    return chest, rump


def _lie(solids: Solids, at: At, frame: Vector, traits: Traits, chance: Chance) -> tuple[Side, Side]:
    """Add trunk and legs of an animal that lies; return where its chest and its rump are."""
    girth = traits.girth
    chest, rump = (0.36, 1.05 * girth), (-0.42, 0.92 * girth)
    _trunk(solids, at, frame, chest, rump, traits)
    reach = chance.uniform(0.2, 0.45)
    for side in (1, -1):
        width = traits.leg_width
        foot = at(0.5 + reach, width * 0.6, side * (0.45 * girth + 0.02))
        _leg(solids, [at(0.3, 0.6 * girth, side * 0.75 * girth), at(0.38, width, side * 0.7 * girth), foot], traits)
        _paw(solids, foot * [1, 0, 1], frame, traits)
        solids.add(
            Part.LEG,
            at(-0.3, 0.24, side * 0.85 * girth),
            (0.27, 0.23, 0.12),
            _tilted(frame, 15),
            (0.2, frame[0]),
            (0, (0, 2, 0)),
        )
        _paw(solids, at(-0.05, 0.0, side * 1.1 * girth), frame, traits)
    return chest, rump


def _tail(solids: Solids, at: At, rump: Side, pose: str, traits: Traits, chance: Chance) -> Vector:
    """Add the tail; return the place of its tip."""
    side = chance.pick((1, -1)) * chance.uniform(0.1, 0.5)
    length, lift = traits.tail_length, traits.tail_lift
    start = np.array([rump[0] - 0.22, rump[1] + 0.25 * traits.girth, 0.0])
    if pose in ("sitting", "lying"):  # it lies on the ground, or is held up behind
        start[1] = min(start[1], 0.2)
        if lift < 0.45:
            ground = traits.tail_width * 1.1
            end = (start[0] + 0.1, ground, 2.2 * side)
            controls = [
                start,
                (start[0] - 0.4 * length, ground, 0.8 * side),
                (start[0] - 0.2 * length, ground, 2.2 * side),
                end,
            ]
        else:
            controls = [
                start,
                start + np.array([-0.3, 0.1, side * 0.2]),
                start + np.array([-0.35, 0.5 * length, side]),
                start + np.array([-0.15, 0.8 * length, side]),
            ]
    else:
        high = start + np.array([-0.4 * length, 0.3 * lift * length, 0.2 * side])
        far = start + np.array([-0.55 * length, (0.75 * lift - 0.15) * length, 0.6 * side])
        controls = [
            start,
            high,
            far,
            start + np.array([-0.45 * length - 0.2 * (1 - abs(lift)), (1.0 * lift - 0.1) * length, side]),
        ]
        controls = [np.maximum(np.asarray(point), [-9, traits.tail_width, -9]) for point in controls]
    t = np.linspace(0, 1, 12)[:, np.newaxis]
    a, b, c, d = (np.asarray(point) for point in controls)
    curve = (1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t**2 * (1 - t) * c + t**3 * d
    points = [at(*point) for point in curve]
    widths = traits.tail_width * (1.15 - 0.45 * t[:, 0] ** 2 + 0.5 * traits.fluff * np.sin(np.pi * t[:, 0] ** 0.8))
    solids.limb(Part.TAIL, points[:9], widths[:9].tolist(), 0.4)
    solids.limb(Part.TAIL_TIP, points[8:], widths[8:].tolist(), 0.4)
    return points[-1]


def _collar(solids: Solids, centre: Vector, along: Vector, radius: float) -> None:
    """Add a ring of beads round the neck."""
    across = unit(np.cross(along, [0.3, 0.2, 1]))
    other = np.cross(along, across)
    for angle in np.linspace(0, 2 * np.pi, 20, endpoint=False):
        place = centre + radius * (np.cos(angle) * across + np.sin(angle) * other)
        solids.add(Part.COLLAR, place, (0.032,) * 3, np.eye(3))


def _tilted(frame: Vector, degrees: float) -> Vector:
    """Return a frame with its nose up by some degrees."""
    cos, sin = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return np.array([cos * frame[0] + sin * frame[1], cos * frame[1] - sin * frame[0], frame[2]])
