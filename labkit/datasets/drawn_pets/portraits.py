"""The animal alone: its surface, its coat, its face and the light on it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labkit.datasets.drawn_pets.bodies import Animal
from labkit.datasets.drawn_pets.chance import Chance, Field
from labkit.datasets.drawn_pets.coats import Coat, paint
from labkit.datasets.drawn_pets.faces import draw_eye, draw_lines
from labkit.datasets.drawn_pets.scenes import FINER, shrunk
from labkit.datasets.drawn_pets.solids import HEAD_PARTS, Part
from labkit.datasets.drawn_pets.surfaces import Surface, View, extents, light, part_of, trace


@dataclass(frozen=True)
class Portrait:
    """The part of a picture that has the animal in it.

    Attributes
    ----------
    place : tuple of two slice
        Rows and columns of the picture that it takes.
    layer : ndarray, (rows, columns, 4)
        Red, green, blue and how much the animal covers.
    head : ndarray, (rows, columns)
        How much its head covers.
    surface, view : Surface, View
        What is seen and from where, `FINER` times as fine, counted from the corner of `place`.
    """

    place: tuple[slice, slice]
    layer: Field
    head: Field
    surface: Surface
    view: View


def draw_portrait(
    animal: Animal,
    view: View,
    coat: Coat,
    direction: NDArray[np.float64],
    ambient: float,
    chance: Chance,
    height: int,
    width: int,
) -> Portrait:
    """Draw the animal alone.

    Parameters
    ----------
    animal, view, coat : Animal, View, Coat
        What, from where, in which colours; the view counts pixels `FINER` times as fine as the picture's.
    direction, ambient : ndarray and float
        Unit vector to the light, and the share of it that comes from everywhere.
    chance : Chance
        Draws fur and pattern.
    height, width : int
        Of the picture, in pixels.
    """
    head = view.scale * animal.traits.head  # a head's radius in pixels: fur and pattern grow with the animal
    fray = (0.02 + 0.05 * animal.traits.fluff) * head
    place = _window(animal, view, 2 * fray, height, width)
    corner = FINER * np.array([place[1].start, place[0].start, 0])
    view = View(view.turn, view.shift - corner)
    rows, columns = (FINER * (span.stop - span.start) for span in place)

    tuft = max(2.0, 0.07 * head)
    sway, bob = (np.float32(fray) * chance.noise(rows, columns, 1.6 * tuft, 0.8 * tuft) for _ in range(2))
    across = np.arange(columns, dtype=np.float32) + sway
    down = np.arange(rows, dtype=np.float32)[:, np.newaxis] + bob
    surface = trace(animal.solids, view, across, down)
    parts = part_of(surface, animal.solids)
    seen = parts >= 0

    broad, fine = chance.noise(rows, columns, 0.9 * head), chance.noise(rows, columns, 0.22 * head)
    colour = np.zeros((rows, columns, 3), np.float32)
    colour[seen] = paint(coat, parts[seen], surface.stripe[seen], surface.back[seen], broad[seen], fine[seen])
    for eye in animal.head.eyes:
        draw_eye(colour, surface, animal, view, coat, eye)

    hair = _hair(rows, columns, tuft, head, chance)
    hair[~seen | (parts > Part.EAR)] = 0
    bright = 1.15 * light(surface, hair, 0.016 * head, direction, ambient) * (1 + 0.1 * hair)
    wet = parts == Part.EYE
    bright[wet] = 0.4 + 0.6 * bright[wet]
    colour = draw_lines(colour * bright[..., np.newaxis], surface, animal, view, coat)

    cover = shrunk(seen[..., np.newaxis].astype(np.float32))
    colour = shrunk(colour * seen[..., np.newaxis]) / np.maximum(cover, 1e-3)
    is_head = np.isin(parts, HEAD_PARTS).astype(np.float32)
    return Portrait(place, np.concatenate([colour, cover], axis=2), shrunk(is_head), surface, view)


def _window(animal: Animal, view: View, margin: float, height: int, width: int) -> tuple[slice, slice]:
    """Return the rows and columns of the picture that the animal takes, with a margin in fine pixels."""
    low, high = extents(animal.solids, view.turn)
    left, top = (low.min(axis=0) + view.shift[:2] - margin) / FINER
    right, bottom = (high.max(axis=0) + view.shift[:2] + margin) / FINER
    return (
        slice(max(0, int(top)), min(height, int(bottom) + 1)),
        slice(max(0, int(left)), min(width, int(right) + 1)),
    )


def _hair(rows: int, columns: int, tuft: float, head: float, chance: Chance) -> Field:
    """Return the relief of the fur: strokes in two directions, each here and there."""
    lie = chance.uniform(-35, 35)
    other = lie + chance.uniform(35, 80)
    here = np.clip(0.5 + 1.5 * chance.noise(rows, columns, 0.8 * head), 0, 1)
    strokes = chance.strokes(rows, columns, 2.4 * tuft, 0.45 * tuft, lie)
    return strokes * here + (1 - here) * chance.strokes(rows, columns, 2 * tuft, 0.4 * tuft, other)
