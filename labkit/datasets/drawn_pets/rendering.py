"""One picture, from its seed and its number to pixels, masks and the places of its parts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from labkit.datasets.drawn_pets.bodies import POSES, Animal, build_animal
from labkit.datasets.drawn_pets.chance import Chance, Field
from labkit.datasets.drawn_pets.coats import draw_coat
from labkit.datasets.drawn_pets.portraits import Portrait, draw_portrait
from labkit.datasets.drawn_pets.scenes import FINER, blurred, draw_scene, over
from labkit.datasets.drawn_pets.solids import HEAD_PARTS, Part
from labkit.datasets.drawn_pets.surfaces import View, camera, extents
from labkit.datasets.drawn_pets.traits import Species, draw_traits

# How much of the animal the picture is made to show.
FRAMINGS = {"whole": 0.42, "half": 0.34, "head": 0.24}
SPECIES: tuple[Species, ...] = ("cat", "dog")


@dataclass(frozen=True)
class Rendering:
    """One picture.

    Attributes
    ----------
    image : ndarray of uint8, (height, width, 3)
        The picture.
    label : int
        0 for a cat, 1 for a dog.
    animal, head : ndarray of bool, (height, width)
        Where the animal and its head are seen.
    parts : dict of str to ndarray, (2,)
        Place of each named part, in pixels from the left and from the top; NaN if it is not seen.
    """

    image: NDArray[np.uint8]
    label: int
    animal: NDArray[np.bool_]
    head: NDArray[np.bool_]
    parts: dict[str, NDArray[np.float32]]


def render(index: int, height: int, width: int, seed: int) -> Rendering:
    """Draw picture number `index` of a seed.

    Pictures 2k and 2k + 1 are a cat and a dog, in either order. What surrounds the animal, its pose, the camera and
    the light come from a stream of draws that knows nothing of the species, so they cannot tell it.
    """
    first_is_dog = Chance(seed, index // 2, 0).happens(0.5)
    label = (index + first_is_dog) % 2
    stage, being = Chance(seed, index, 1), Chance(seed, index, 2)

    animal, view = _posed(SPECIES[label], stage, being, height * FINER, width * FINER)
    coat = draw_coat(SPECIES[label], being)
    scene = draw_scene(height, width, float(view.project(np.zeros(3))[1]) / (height * FINER), stage)

    portrait = draw_portrait(animal, view, coat, scene.light, scene.ambient, being, height, width)

    shadow = _shadow(animal, view, scene.light, height, width)
    picture = scene.background * (1 - 0.55 * shadow[..., np.newaxis])
    picture[portrait.place] = over(picture[portrait.place], portrait.layer)
    picture = blurred(over(picture, scene.foreground) * scene.shade * scene.tint, scene.blur) + scene.grain

    uncovered = scene.foreground[..., 3] < 0.5
    seen, head = np.zeros((2, height, width), bool)
    seen[portrait.place] = (portrait.layer[..., 3] >= 0.5) & uncovered[portrait.place]
    head[portrait.place] = (portrait.head >= 0.5) & seen[portrait.place]
    return Rendering(
        (np.clip(picture, 0, 1) * 255).round().astype(np.uint8),
        label,
        seen,
        head,
        {name: _seen_at(point, portrait, animal, seen) for name, point in animal.points.items()},
    )


def _posed(species: Species, stage: Chance, being: Chance, height: int, width: int) -> tuple[Animal, View]:
    """Pose an animal and put a camera before it."""
    pose = stage.weighted(POSES)
    body_yaw = stage.pick((1, -1)) * stage.uniform(0, 105)
    towards_viewer = float(np.clip(body_yaw * stage.uniform(0, 0.8) + stage.around(0, 45), -75, 75))
    head_yaw = body_yaw + float(np.clip(towards_viewer - body_yaw, -75, 75))  # no neck turns further
    head_angles = (head_yaw, stage.around(-4, 22), stage.around(0, 20))
    turn = camera(stage.around(12, 14))
    framing, fill = stage.weighted(FRAMINGS), stage.uniform(0.8, 1.05)
    shift = np.array([stage.around(0, 1), stage.around(0, 1)])

    animal = build_animal(draw_traits(species, being), pose, body_yaw, head_angles, being)
    wanted = {"whole": tuple(Part), "half": (*HEAD_PARTS, Part.CHEST), "head": HEAD_PARTS}[framing]
    chosen = np.isin(np.array(animal.solids.parts), wanted)
    corners = extents(animal.solids, turn)
    low, high = corners[0][chosen].min(axis=0), corners[1][chosen].max(axis=0)
    frame = np.array([width, height])
    scale = fill * float((frame / (high - low)).min())
    # Where it fills the frame it may still hang over the edge a little.
    room = np.maximum(frame - scale * (high - low), 0.08 * frame.min())
    middle = (frame + room * shift) / 2
    return animal, View(scale * turn, np.array([*(middle - scale * (low + high) / 2), 0.0]))


def _shadow(animal: Animal, view: View, direction: NDArray[np.float64], height: int, width: int) -> Field:
    """Return how dark the animal's shadow makes the ground, 0 to 1, (height, width)."""
    centres = np.array(animal.solids.centres)
    halves = np.linalg.norm(animal.solids.semi_axes, axis=1)
    # What is u above the ground throws its shadow u times this to the right and towards the viewer.
    slant = np.clip(-direction[[0, 2]] / max(-direction[1], 0.35), -1.2, 1.2)
    ground = np.zeros_like(centres)
    ground[:, [0, 2]] = centres[:, [0, 2]] + slant * centres[:, 1:2]
    places = view.project(ground) / FINER
    wide = halves[:, 0] * view.scale / FINER
    deep = np.maximum(halves[:, 2] * abs(view.turn[1, 2]) / FINER, 0.15 * wide)
    image = Image.new("L", (width, height), 0)
    draw = ImageDraw.Draw(image)
    for (x, y, _), a, b in zip(places.tolist(), wide.tolist(), deep.tolist(), strict=True):
        draw.ellipse((x - a, y - b, x + a, y + b), fill=255)
    image = image.filter(ImageFilter.GaussianBlur(0.015 * view.scale + 1))
    return np.asarray(image, np.float32) / np.float32(255)


def _seen_at(
    point: NDArray[np.float64], portrait: Portrait, animal: Animal, seen: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Return where a point of the animal is in the picture, NaN if it is outside or something is before it."""
    x, y, depth = portrait.view.project(point)
    hidden = np.full(2, np.nan, np.float32)
    rows, columns = portrait.surface.depth.shape
    if not (0 <= y < rows and 0 <= x < columns):
        return hidden
    near = 0.3 * portrait.view.scale * animal.traits.head  # named points lie inside, a little under the surface
    place = np.array([x, y]) / FINER + [portrait.place[1].start, portrait.place[0].start]
    if portrait.surface.depth[int(y), int(x)] - depth > near or not seen[int(place[1]), int(place[0])]:
        return hidden
    return place.astype(np.float32)
