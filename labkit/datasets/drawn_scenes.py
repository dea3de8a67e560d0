"""Scenes with several drawn animals: where each is, and how much of it others hide, is known exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from labkit.arguments import per_axis, whole_number
from labkit.datasets.boxed_images import BoxedImages
from labkit.datasets.dataset import Provenance
from labkit.datasets.drawn_pets.bodies import POSES, build_animal
from labkit.datasets.drawn_pets.chance import Chance, Field
from labkit.datasets.drawn_pets.coats import draw_coat
from labkit.datasets.drawn_pets.portraits import draw_portrait
from labkit.datasets.drawn_pets.rendering import SPECIES
from labkit.datasets.drawn_pets.scenes import FINER, draw_scene
from labkit.datasets.drawn_pets.surfaces import View, camera, extents
from labkit.datasets.drawn_pets.traits import draw_traits

SOURCE = "drawn scenes"
SMALLEST = 64  # pixels; in a smaller scene the animals at the back are a few pixels each
MOST = 5
# An animal takes 20 ms to draw, and pasting it 0.2 ms: so 300 scenes share their animals and places, which are drawn
# once and met again at other sizes, mirrored, elsewhere and in other company. The next 300 have others.
TOGETHER, ANIMALS, PLACES = 300, 64, 32
SIZES = (0.24, 0.62)  # longest side of an animal, as a share of the scene's smaller side
LEAST_SEEN = 0.45  # an animal of which others leave less than this is put elsewhere
TRIES = 12
ANIMAL_STREAM, PLACE_STREAM, SCENE_STREAM = 10, 11, 12  # drawn pets use 0 to 2


@dataclass(frozen=True)
class Sprite:
    """An animal alone: red, green, blue and cover as bytes, cut to what is seen of it, and its class."""

    layer: NDArray[np.uint8]
    label: int


def draw_scenes(
    n: int, size: Any = (128, 128), animals: int | tuple[int, int] = (1, MOST), seed: int = 0
) -> BoxedImages:
    """Draw scenes with cats and dogs, each with its box, its mask and how much of it others hide.

    >>> scenes = draw_scenes(2, size=(96, 96), animals=(2, 3))
    >>> print(scenes)
    2 images with 5 objects in 2 classes (cat, dog). STAND-IN: drawn scenes: 2 images (seed 0)
    >>> scenes.boxes[0].shape, scenes.masks(0).shape
    ((2, 4), (2, 96, 96))

    The animals are those of `draw_pets`, whole. One that stands lower in the image is nearer, and hides what is behind
    it; boxes are the tightest round what is seen.

    Parameters
    ----------
    n : int
        How many, at least 1.
    size : int or (height, width)
        In pixels, each at least 64.
    animals : int or (fewest, most)
        How many a scene has, 1 to 5. Where there is no room left without hiding another, it has fewer.
    seed : int
        Which scenes, 0 or more; different seeds have different animals and places. Scene i of a seed is the same
        whatever `n` is.

    Returns
    -------
    BoxedImages
        With `occlusion`: of what an animal would show in the image if it were alone, the share that others hide.

    Raises
    ------
    TypeError, ValueError
        If an argument is not one of the above.
    """
    n, seed = whole_number("n", n), whole_number("seed", seed, minimum=0)
    height, width = per_axis("size", size, rank=2, minimum=SMALLEST)
    fewest, most = per_axis("animals", animals, rank=2)
    if not fewest <= most <= MOST:
        raise ValueError(f"animals is {animals!r}; allowed is a number from 1 to {MOST}, or a pair (fewest, most)")
    drawn = [_draw(index, height, width, fewest, most, seed) for index in range(n)]
    return BoxedImages.from_masks(
        [scene.image for scene in drawn],
        [scene.instances for scene in drawn],
        [scene.labels for scene in drawn],
        SPECIES,
        Provenance(SOURCE, "stand-in", counts={"images": n}, note=f"seed {seed}"),
        occlusion=tuple(np.array(scene.occlusion) for scene in drawn),
    )


@dataclass(frozen=True)
class _Drawn:
    image: NDArray[np.uint8]
    instances: NDArray[np.uint8]
    labels: list[int]
    occlusion: list[float]


@dataclass(frozen=True)
class _Placed:
    """A sprite in its place: the slices of the scene and of the sprite that lie on each other."""

    layer: NDArray[np.uint8]
    label: int
    rows: slice
    columns: slice
    bottom: float


def _draw(index: int, height: int, width: int, fewest: int, most: int, seed: int) -> _Drawn:
    chance = Chance(seed, index, SCENE_STREAM)
    side = min(height, width)
    company = index // TOGETHER
    background, light = _place(seed, PLACES * company + chance.pick(range(PLACES)), height, width)
    wanted = chance.pick(range(fewest, most + 1))
    placed: list[_Placed] = []
    for _ in range(TRIES):
        if len(placed) == wanted:
            break
        number = ANIMALS * company + chance.pick(range(ANIMALS))
        sprite = _sprite(seed, number, round(SIZES[1] * side))
        more = sorted([*placed, _put(sprite, height, width, chance)], key=lambda each: each.bottom)
        _, full, seen = _stacked(more, height, width)
        if (seen >= LEAST_SEEN * full).all():
            placed = more
    instances, full, seen = _stacked(placed, height, width)
    picture = background[:, ::-1] if chance.happens(0.5) else background
    picture = picture.copy()
    for each in placed:
        _paste(picture, each)
    grain = chance.grain(height, width, 3) * np.float32(255 * chance.uniform(0.005, 0.03))
    picture = picture * light + grain
    occlusion = (1 - seen / full).tolist()
    return _Drawn(
        np.clip(picture, 0, 255).round().astype(np.uint8), instances, [each.label for each in placed], occlusion
    )


def _put(sprite: Sprite, height: int, width: int, chance: Chance) -> _Placed:
    """Choose size, side and place: at least three quarters of its width and all of its height are in the scene."""
    rows, columns = sprite.layer.shape[:2]
    scale = chance.uniform(*SIZES) * min(height, width) / max(rows, columns)
    rows, columns = max(1, round(scale * rows)), max(1, round(scale * columns))
    image = Image.fromarray(sprite.layer, "RGBA").resize((columns, rows), Image.Resampling.BILINEAR)
    layer = np.asarray(image)
    if chance.happens(0.5):
        layer = layer[:, ::-1]
    top = round(chance.uniform(0.05 * height, height - rows))
    left = round(chance.uniform(-0.25 * columns, width - 0.75 * columns))
    first, last = max(0, -left), min(columns, width - left)
    return _Placed(
        layer[:, first:last], sprite.label, slice(top, top + rows), slice(left + first, left + last), top + rows
    )


def _stacked(placed: Sequence[_Placed], height: int, width: int) -> tuple[NDArray[np.uint8], Any, Any]:
    """Return the map of instances, and how many pixels each would have alone, and has."""
    instances = np.zeros((height, width), np.uint8)
    for number, each in enumerate(placed, start=1):
        instances[each.rows, each.columns][each.layer[..., 3] >= 128] = number
    full = np.array([np.count_nonzero(each.layer[..., 3] >= 128) for each in placed])
    return instances, full, np.bincount(instances.ravel(), minlength=len(placed) + 1)[1:]


def _paste(picture: Field, each: _Placed) -> None:
    """Lay an animal over the picture, after the shadow on the ground that it stands on."""
    rows, columns = each.layer.shape[:2]
    low = max(2, rows // 6)
    cover = Image.fromarray(np.ascontiguousarray(each.layer[..., 3])).resize((columns, low))
    shadow = np.asarray(cover.filter(ImageFilter.BoxBlur(low / 4)), np.float32) / np.float32(255)
    foot = min(each.rows.stop + low // 3, picture.shape[0])
    ground = picture[foot - low : foot, each.columns]
    ground *= 1 - np.float32(0.5) * shadow[..., np.newaxis]
    place = picture[each.rows, each.columns]
    share = each.layer[..., 3:] / np.float32(255)
    place += (each.layer[..., :3] - place) * share


@lru_cache(maxsize=4 * ANIMALS)
def _sprite(seed: int, number: int, side: int) -> Sprite:
    """Draw one animal whole, its longest side about `side` pixels."""
    label = number % len(SPECIES)
    stage, being = Chance(seed, number, ANIMAL_STREAM, 1), Chance(seed, number, ANIMAL_STREAM, 2)
    pose = stage.weighted(POSES)
    body = stage.pick((1, -1)) * stage.uniform(0, 105)
    head = body + float(np.clip(stage.around(0, 60) - body, -75, 75))  # no neck turns further
    turn = camera(stage.around(12, 14))
    angles = (head, stage.around(-4, 22), stage.around(0, 20))
    animal = build_animal(draw_traits(SPECIES[label], being), pose, body, angles, being)
    low, high = (corners.min(axis=0) if end == 0 else corners.max(axis=0)
                 for end, corners in enumerate(extents(animal.solids, turn)))  # fmt: skip
    scale = 0.9 * side * FINER / float((high - low).max())
    view = View(scale * turn, np.array([*(side * FINER / 2 - scale * (low + high) / 2), 0.0]))
    bearing, rise = stage.uniform(-1.2, 1.2), stage.uniform(0.2, 1.1)
    sun = np.array([np.sin(bearing) * np.cos(rise), -np.sin(rise), np.cos(bearing) * np.cos(rise)])
    layer = draw_portrait(
        animal, view, draw_coat(SPECIES[label], being), sun, stage.uniform(0.35, 0.6), being, side, side
    ).layer
    seen = layer[..., 3] >= 0.5
    rows, columns = (np.flatnonzero(seen.any(axis=axis)) for axis in (1, 0))
    cut = layer[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return Sprite((np.clip(cut, 0, 1) * 255).round().astype(np.uint8), label)


@lru_cache(maxsize=4 * PLACES)
def _place(seed: int, number: int, height: int, width: int) -> tuple[Field, Field]:
    """Draw a place without animals, 0 to 255, and the light on it, by which all in it is multiplied."""
    scene = draw_scene(height, width, 0.75, Chance(seed, number, PLACE_STREAM))
    return (255 * np.clip(scene.background, 0, 1)).astype(np.float32), (scene.shade * scene.tint).astype(np.float32)
