"""The proportions of cats and dogs: what tells them apart, and how far they overlap."""

from dataclasses import dataclass
from typing import Literal

from labkit.datasets.drawn_pets.chance import Chance

EarKind = Literal["pricked", "folded", "hanging"]
Species = Literal["cat", "dog"]


@dataclass(frozen=True)
class Traits:
    """The proportions of one animal. Lengths of the body count its trunk as 1, those of the head its radius as 1."""

    species: Species
    head: float  # radius of the skull
    head_width: float
    cheeks: float
    muzzle: float  # how far it stands out
    muzzle_width: float
    muzzle_taper: float
    muzzle_drop: float
    nose: float
    ear_kind: EarKind
    ear_length: float
    ear_width: float
    ear_spread: float  # degrees from the crown
    eye: float
    eye_height: float  # degrees above the middle of the skull
    eye_spread: float  # degrees from the middle of the face
    eye_slant: float
    pupil: float  # its width over its height: a slit is 0.2, a disc 1
    lids: float  # how far the eyes are shut, 0 to 1
    legs: float
    leg_width: float
    girth: float
    tuck: float  # how far the belly is drawn in
    neck: float
    tail_length: float
    tail_width: float
    tail_lift: float  # −1 hanging, 1 up
    tongue: bool
    whiskers: float
    fluff: float


def draw_traits(species: Species, chance: Chance) -> Traits:
    """Draw the proportions of one animal of a species.

    Every range of the cats meets or overlaps that of the dogs; only together do they tell.
    """
    return _cat(chance) if species == "cat" else _dog(chance)


def _cat(chance: Chance) -> Traits:
    ears: EarKind = chance.weighted({"pricked": 0.97, "folded": 0.03})
    return Traits(
        species="cat",
        head=chance.around(0.285, 0.035),
        head_width=chance.around(1.07, 0.12),
        cheeks=chance.around(0.5, 0.3),
        muzzle=chance.around(0.2, 0.14),
        muzzle_width=chance.around(0.27, 0.05),
        muzzle_taper=chance.around(0.95, 0.1),
        muzzle_drop=chance.around(0.0, 0.1),
        nose=chance.around(0.8, 0.2),
        ear_kind=ears,
        ear_length=chance.around(0.8, 0.17),
        ear_width=chance.around(0.42, 0.07),
        ear_spread=chance.around(36, 7),
        eye=chance.around(0.22, 0.04),
        eye_height=chance.around(10, 6),
        eye_spread=chance.around(27, 4),
        eye_slant=chance.around(7, 12),
        pupil=chance.weighted({0.25: 0.3, 0.5: 0.3, 1.0: 0.4}),
        lids=chance.weighted({0.0: 0.7, 0.35: 0.2, 0.75: 0.1}),
        legs=chance.around(0.44, 0.1),
        leg_width=chance.around(0.075, 0.015),
        girth=chance.around(0.25, 0.05),
        tuck=chance.around(0.9, 0.1),
        neck=chance.around(0.18, 0.08),
        tail_length=chance.around(0.88, 0.25),
        tail_width=chance.around(0.065, 0.025),
        tail_lift=chance.around(0.1, 0.9),
        tongue=False,
        whiskers=chance.around(0.95, 0.4),
        fluff=chance.around(0.5, 0.45),
    )


def _dog(chance: Chance) -> Traits:
    ears: EarKind = chance.weighted({"pricked": 0.07, "folded": 0.27, "hanging": 0.66})
    flat_faced = ears != "pricked" and chance.happens(0.15)
    return Traits(
        species="dog",
        head=chance.around(0.28, 0.04),
        head_width=chance.around(0.94, 0.1),
        cheeks=chance.around(0.42, 0.28),
        # Pricked ears are the cats'; a dog that has them too is known by its long muzzle.
        muzzle=chance.around(0.42, 0.1) if flat_faced else chance.around(0.95 if ears == "pricked" else 0.87, 0.25),
        muzzle_width=chance.around(0.45, 0.05) if flat_faced else chance.around(0.39, 0.06),
        muzzle_taper=chance.around(0.85, 0.12),
        muzzle_drop=chance.around(0.08, 0.15),
        nose=chance.around(1.5, 0.3),
        ear_kind=ears,
        ear_length=chance.around(0.95, 0.2) if ears == "pricked" else chance.around(1.1, 0.35),
        ear_width=chance.around(0.36, 0.06) if ears == "pricked" else chance.around(0.38, 0.09),
        ear_spread=chance.around(30, 8) if ears == "pricked" else chance.around(62, 10),
        eye=chance.around(0.165, 0.03),
        eye_height=chance.around(13, 6),
        eye_spread=chance.around(29, 5),
        eye_slant=chance.around(0, 11),
        pupil=1.0,
        lids=chance.weighted({0.0: 0.7, 0.35: 0.25, 0.75: 0.05}),
        legs=chance.around(0.52, 0.18),
        leg_width=chance.around(0.085, 0.025),
        girth=chance.around(0.27, 0.06),
        tuck=chance.around(0.8, 0.2),
        neck=chance.around(0.24, 0.09),
        tail_length=chance.around(0.68, 0.3),
        tail_width=chance.around(0.07, 0.03),
        tail_lift=chance.around(0.3, 0.7),
        tongue=chance.happens(0.25),
        whiskers=chance.around(0.45, 0.35),
        fluff=chance.around(0.5, 0.45),
    )
