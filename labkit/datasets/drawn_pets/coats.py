"""Coats: colours and patterns, from the same palette for cats and dogs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labkit.datasets.drawn_pets.chance import Chance, Field
from labkit.datasets.drawn_pets.solids import Part

Colour = tuple[float, float, float]

# Red, green and blue, 0 to 1, of fur in even light; beside each the colour that goes with it in a pattern.
FUR: tuple[tuple[Colour, Colour], ...] = (
    ((0.16, 0.15, 0.15), (0.55, 0.36, 0.20)),  # black and tan
    ((0.27, 0.26, 0.27), (0.13, 0.12, 0.12)),  # charcoal
    ((0.48, 0.48, 0.50), (0.20, 0.20, 0.22)),  # grey
    ((0.70, 0.70, 0.70), (0.30, 0.29, 0.29)),  # silver
    ((0.36, 0.25, 0.17), (0.17, 0.11, 0.08)),  # brown
    ((0.50, 0.40, 0.30), (0.20, 0.15, 0.12)),  # agouti
    ((0.66, 0.48, 0.30), (0.34, 0.22, 0.13)),  # tan
    ((0.78, 0.64, 0.46), (0.45, 0.31, 0.20)),  # fawn
    ((0.80, 0.50, 0.24), (0.58, 0.29, 0.11)),  # ginger
    ((0.90, 0.80, 0.64), (0.70, 0.52, 0.33)),  # cream
    ((0.91, 0.89, 0.86), (0.35, 0.28, 0.23)),  # white
)
GREEN, AMBER, COPPER = (0.52, 0.60, 0.24), (0.74, 0.58, 0.18), (0.62, 0.36, 0.12)
BLUE, HAZEL = (0.42, 0.60, 0.76), (0.36, 0.22, 0.10)
WHITE = np.array((0.93, 0.91, 0.88))
PATTERNS = {
    "cat": {"plain": 0.22, "tabby": 0.3, "spots": 0.1, "patches": 0.16, "saddle": 0.1, "points": 0.12},
    "dog": {"plain": 0.3, "tabby": 0.04, "spots": 0.13, "patches": 0.2, "saddle": 0.18, "points": 0.15},
}
IRIS: dict[str, dict[Colour, float]] = {
    "cat": {GREEN: 0.3, AMBER: 0.3, COPPER: 0.2, BLUE: 0.1, HAZEL: 0.1},
    "dog": {GREEN: 0.05, AMBER: 0.15, COPPER: 0.2, BLUE: 0.1, HAZEL: 0.5},
}
# How dark the nose is, from pink to black.
NOSE = {"cat": {0.0: 0.4, 0.5: 0.25, 0.9: 0.35}, "dog": {0.0: 0.05, 0.5: 0.1, 0.9: 0.35, 1.0: 0.5}}
POINT_PARTS = {
    Part.EAR: 1.0, Part.MUZZLE: 0.9, Part.CHIN: 0.6, Part.PAW: 0.8, Part.TAIL: 0.8, Part.TAIL_TIP: 1.0, Part.LEG: 0.35,
}  # fmt: skip


@dataclass(frozen=True)
class Coat:
    """How one animal is coloured.

    Attributes
    ----------
    main, second : ndarray, (3,)
        Its colours.
    pattern : str
        What is drawn on it in the second colour.
    stripes : float
        Stripes a body length.
    spread : float
        How much of it the pattern takes, −1 to 1.
    white : dict of Part to float
        How surely a part is white, over 0.5 or under it.
    bare : dict of Part to ndarray
        The colours of what has no fur.
    iris : ndarray, (3,)
        The colour of the eyes.
    """

    main: NDArray[np.float64]
    second: NDArray[np.float64]
    pattern: str
    stripes: float
    spread: float
    white: dict[Part, float]
    bare: dict[Part, NDArray[np.float64]]
    iris: NDArray[np.float64]


def draw_coat(species: str, chance: Chance) -> Coat:
    """Draw a coat."""
    main, second = (np.array(colour) * chance.around(1, 0.12) for colour in chance.pick(FUR))
    pattern = chance.weighted(PATTERNS[species])
    white: dict[Part, float] = {}
    if chance.happens(0.5):  # bicolour: any of these, with soft borders drawn by noise
        amount = chance.uniform(0.2, 1.0)
        for part, likely in (
            (Part.PAW, 0.9),
            (Part.CHEST, 0.8),
            (Part.MUZZLE, 0.7),
            (Part.CHIN, 0.8),
            (Part.TAIL_TIP, 0.5),
            (Part.LEG, 0.35),
        ):
            if chance.happens(likely * amount + 0.1):
                white[part] = chance.uniform(0.6, 1.1)
        if chance.happens(0.5 * amount):
            white[Part.BODY] = chance.uniform(0.3, 0.7)
    pink, dark = np.array((0.80, 0.53, 0.50)), np.array((0.14, 0.11, 0.11))
    nose = chance.weighted(NOSE[species])
    iris = chance.weighted(IRIS[species])
    collar = chance.pick(
        ((0.75, 0.12, 0.14), (0.12, 0.25, 0.65), (0.12, 0.5, 0.3), (0.85, 0.65, 0.1), (0.1, 0.1, 0.1), (0.6, 0.2, 0.55))
    )
    skin = 0.45 * pink + 0.55 * np.clip(main * 1.1, 0, 1)
    bare = {
        Part.INNER_EAR: skin,
        Part.NOSE: pink * (1 - nose) + dark * nose,
        Part.TONGUE: np.array((0.86, 0.42, 0.45)),
        Part.MOUTH: np.array((0.22, 0.08, 0.08)),
        Part.COLLAR: np.array(collar),
        Part.EYE: dark,
    }
    return Coat(
        main,
        second,
        pattern,
        chance.uniform(6, 11),
        chance.around(0, 0.5),
        white,
        bare,
        np.array(iris) * chance.around(1, 0.15),
    )


def paint(
    coat: Coat,
    parts: NDArray[np.intp],
    stripe: Field,
    back: Field,
    broad: Field,
    fine: Field,
) -> Field:
    """Return the colour of each visible point of the animal.

    Parameters
    ----------
    coat : Coat
        Its colours.
    parts : ndarray of int, (n,)
        The part that each point belongs to.
    stripe, back : ndarray, (n,)
        How far along the trunk or the limb, and how near the back.
    broad, fine : ndarray, (n,)
        Noise as wide as patches, and as wide as tufts.

    Returns
    -------
    ndarray of float32, (n, 3)
        Red, green, blue, 0 to 1.
    """
    if coat.pattern == "tabby":
        wave = np.sin(2 * np.pi * coat.stripes * stripe + 2.2 * broad + 0.8 * fine)
        amount = 0.85 * _step(wave + 0.5 * back + coat.spread - 0.1, 0.45)
    elif coat.pattern == "spots":
        amount = 0.9 * _step(fine - 0.25 + 0.3 * coat.spread + 0.2 * back, 0.15)
    elif coat.pattern == "patches":
        amount = _step(broad + 0.25 * fine + 0.5 * coat.spread, 0.08)
    elif coat.pattern == "saddle":
        amount = _step(back + 0.35 * broad + 0.2 * fine - 0.25 + coat.spread, 0.3)
    elif coat.pattern == "points":
        weights = np.array([POINT_PARTS.get(part, 0.0) for part in Part], np.float32)
        amount = np.clip(weights[parts] + 0.25 * fine * (weights[parts] > 0), 0, 1)
    else:
        amount = 0.25 * _step(back + 0.4 * fine - 0.2, 0.8)
    amount = amount[:, np.newaxis].astype(np.float32)
    colour = coat.main.astype(np.float32) * (1 - amount) + coat.second.astype(np.float32) * amount
    whites = np.array([coat.white.get(part, 0.0) for part in Part], np.float32)
    if coat.white:
        belly = 0.35 * np.clip(-back, 0, 1) * (whites[parts] > 0)
        share = _step(whites[parts] + belly + 0.35 * broad + 0.15 * fine - 0.5, 0.08)[:, np.newaxis]
        colour += (WHITE.astype(np.float32) - colour) * share
    for part, bare in coat.bare.items():
        colour[parts == part] = bare
    return colour


def _step(values: Field, width: float) -> Field:
    """Rise from 0 to 1 over `width` on both sides of 0."""
    return np.clip(values / (2 * width) + 0.5, 0, 1)
