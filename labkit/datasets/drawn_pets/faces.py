"""What is drawn upon the head once its surface is known: eyes, mouth and whiskers."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from labkit.datasets.drawn_pets.bodies import Animal
from labkit.datasets.drawn_pets.chance import Field
from labkit.datasets.drawn_pets.coats import Coat
from labkit.datasets.drawn_pets.surfaces import Surface, View


def draw_eye(colour: Field, surface: Surface, animal: Animal, view: View, coat: Coat, eye: int) -> None:
    """Paint lid, rim, iris, pupil and highlight of one eye into `colour`.

    Parameters
    ----------
    colour : ndarray of float32, (height, width, 3)
        The animal's colours, changed in place.
    surface : Surface
        What is seen.
    animal, view, coat : Animal, View, Coat
        Whose eye, from where, in which colour.
    eye : int
        The ellipsoid.
    """
    y, x = np.nonzero(surface.owner == eye)
    axes = animal.solids.semi_axes[eye] @ view.turn.T
    offsets = np.stack([x, y, surface.depth[y, x]], axis=1) - view.project(animal.solids.centres[eye])
    local = offsets @ axes.T / (axes**2).sum(axis=1)  # −1 to 1 along the eye's own axes
    up, left = local[:, 1], local[:, 2]
    traits = animal.traits
    rim, size = 0.84, 0.6
    distance = np.hypot(up, left)
    eye_colour = coat.iris * np.clip(0.65 + 0.55 * distance, 0, 1.2)[:, np.newaxis]
    eye_colour[distance > rim] = (0.07, 0.05, 0.05)
    eye_colour[(left / (size * traits.pupil)) ** 2 + (up / size) ** 2 < 1] = 0.03
    eye_colour[np.hypot(left - 0.3, up - 0.35) < 0.2] = 0.97
    if traits.lids:
        lash = 1 - 1.1 * traits.lids
        eye_colour[up > lash - 0.15] = (0.08, 0.06, 0.06)
        eye_colour[up > lash] = 0.8 * coat.main
    colour[y, x] = eye_colour


def draw_lines(colour: Field, surface: Surface, animal: Animal, view: View, coat: Coat) -> Field:
    """Return the animal's colours with mouth and whiskers drawn in."""
    image = Image.fromarray((np.clip(colour, 0, 1) * 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    head = view.scale * animal.traits.head
    for line in animal.head.mouth:
        _draw_where_seen(
            draw, surface, view, line, (0.12 * head, 0.12 * head), (35, 25, 25), max(1, round(0.035 * head))
        )
    plain = np.asarray(image, np.float32)
    pale = (240, 238, 232) if coat.main.mean() < 0.75 else (90, 85, 80)
    for line in animal.head.whiskers:  # they may stand far out before what is behind them
        _draw_where_seen(draw, surface, view, line, (0.1 * head, np.inf), pale, 1)
    return (0.5 * plain + 0.5 * np.asarray(image, np.float32)) / np.float32(255)  # a hair is finer than a pixel


def _draw_where_seen(
    draw: ImageDraw.ImageDraw,
    surface: Surface,
    view: View,
    line: NDArray[np.float64],
    reach: Sequence[float],
    fill: tuple[int, int, int],
    width: int,
) -> None:
    """Draw a line, but for where it is more than reach[0] behind the surface or more than reach[1] before it."""
    rows, columns = surface.depth.shape
    corners = view.project(line)
    steps = np.linspace(0, len(line) - 1, 6 * len(line))
    across, down, depth = (np.interp(steps, np.arange(len(line)), corners[:, axis]) for axis in range(3))
    inside = (across >= 0) & (across < columns) & (down >= 0) & (down < rows)
    x, y = np.where(inside, across, 0).astype(int), np.where(inside, down, 0).astype(int)
    before = depth - surface.depth[y, x]
    seen = inside & (before > -reach[0]) & (before < reach[1])
    points = np.stack([across, down], axis=1)
    changes = np.flatnonzero(seen[1:] != seen[:-1]) + 1
    for run, shown in zip(np.split(points, changes), np.split(seen, changes), strict=True):
        if shown[0] and len(run) > 1:
            draw.line(run.ravel().tolist(), fill=fill, width=width)
