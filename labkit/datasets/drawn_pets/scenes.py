"""Where the animal is: walls, floors and things lying about, drawn without knowing which animal will come."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from labkit.datasets.drawn_pets.chance import Chance, Field

FINER = 2  # things are drawn this much larger, then shrunk, so that their edges are smooth


@dataclass(frozen=True)
class Scene:
    """A place, and how it is lit and photographed.

    Attributes
    ----------
    background : ndarray of float32, (height, width, 3)
        What is behind the animal, 0 to 1.
    foreground : ndarray of float32, (height, width, 4)
        What is before it: red, green, blue and how much it covers.
    light : ndarray, (3,)
        Unit vector to the light: right, down, towards the viewer.
    ambient : float
        Share of the light that comes from everywhere.
    shade : Field
        Uneven light over the whole picture.
    tint : ndarray, (3,)
        Colour of the light.
    blur : float
        Of the whole picture, in pixels.
    grain : Field
        Noise of the sensor, (height, width, 3).
    """

    background: Field
    foreground: Field
    light: NDArray[np.float64]
    ambient: float
    shade: Field
    tint: Field
    blur: float
    grain: Field


def draw_scene(height: int, width: int, ground: float, chance: Chance) -> Scene:
    """Draw a place for one animal.

    Parameters
    ----------
    height, width : int
        Of the picture, in pixels.
    ground : float
        How far down the animal's feet are, as a share of the height; the floor begins above it.
    chance : Chance
        Draws everything.
    """
    size = min(height, width)
    horizon = ground - chance.uniform(0.08, 0.45)
    wall, floor = (chance.pick(SURFACES)(height, width, chance) for _ in range(2))
    rows = np.arange(height, dtype=np.float32)[:, np.newaxis, np.newaxis] / height
    edge = np.clip((rows - horizon) * height / chance.uniform(1, 0.06 * size) + 0.5, 0, 1)
    background: Field = wall * chance.uniform(0.7, 1.05) * (1 - edge) + floor * edge
    far = Image.new("RGBA", (width * FINER, height * FINER), (0, 0, 0, 0))
    for _ in range(chance.weighted({0: 0.25, 1: 0.3, 2: 0.25, 3: 0.15, 5: 0.05})):
        _thing(far, chance, horizon + 0.05, max(ground, horizon + 0.1))
    background = over(background, as_layer(far))
    soft = chance.weighted({0.0: 0.35, 0.006: 0.35, 0.02: 0.3}) * size
    background = blurred(background, soft)

    near = Image.new("RGBA", (width * FINER, height * FINER), (0, 0, 0, 0))
    if chance.happens(0.3):
        _before(near, chance)
    turn, rise = chance.uniform(-1.2, 1.2), chance.uniform(0.2, 1.1)
    light = np.array([np.sin(turn) * np.cos(rise), -np.sin(rise), np.cos(turn) * np.cos(rise)])
    shade = 1 + chance.uniform(0, 0.4) * chance.noise(height, width, 0.6 * size)[..., np.newaxis]
    warm = chance.around(0, 0.2)
    tint = np.array([1 + warm, 1 + 0.2 * chance.around(0, 0.14), 1 - warm], np.float32) * chance.around(1.0, 0.3)
    grain = chance.grain(height, width, 3) * np.float32(chance.uniform(0.01, 0.045))
    blur = chance.weighted({0.0: 0.55, 0.5: 0.3, 0.8: 0.15}) * size / 150
    return Scene(background, as_layer(near), light, chance.uniform(0.3, 0.6), shade, tint, blur, grain)


def over(picture: Field, layer: Field) -> Field:
    """Lay a layer of red, green, blue and cover over a picture."""
    cover = layer[..., 3:]
    return picture + (layer[..., :3] - picture) * cover


def as_layer(image: Image.Image) -> Field:
    """Shrink a drawing to the picture's size and scale it to 0 to 1."""
    if image.getbbox() is None:
        return np.zeros((image.height // FINER, image.width // FINER, 4), np.float32)
    values = np.asarray(image, np.float32) / np.float32(255)
    values[..., :3] *= values[..., 3:]
    values = shrunk(values)
    values[..., :3] /= np.maximum(values[..., 3:], 1e-3)
    return values


def shrunk(field: Field) -> Field:
    """Return a field at half its size, each pixel the mean of four."""
    return (field[::2, ::2] + field[1::2, ::2] + field[::2, 1::2] + field[1::2, 1::2]) / 4


def blurred(picture: Field, radius: float) -> Field:
    """Return a picture of (height, width, 3) out of focus by `radius` pixels."""
    if radius < 0.2:
        return picture
    image = Image.fromarray((np.clip(picture, 0, 1) * 255).round().astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(radius)), np.float32) / np.float32(255)


def _colour(chance: Chance, low: float = 0.2, high: float = 0.85, strength: float = 0.35) -> Field:
    """Draw a colour: a brightness, and how far each channel departs from it."""
    value = chance.uniform(low, high)
    return np.clip(value + strength * chance.uniform(0, 1) * (chance.fractions(3) - 0.5), 0.03, 0.97).astype(np.float32)


def _textured(colour: Field, relief: Field, contrast: float) -> Field:
    return colour * (1 + contrast * relief[..., np.newaxis])


def _grass(height: int, width: int, chance: Chance) -> Field:
    size = min(height, width)
    colour = np.array([chance.uniform(0.25, 0.5), chance.uniform(0.4, 0.62), chance.uniform(0.12, 0.28)], np.float32)
    blades = chance.noise(height, width, size / 15, size / 90) + 0.7 * chance.noise(height, width, size / 10)
    return _textured(colour, blades, chance.uniform(0.2, 0.45))


def _carpet(height: int, width: int, chance: Chance) -> Field:
    size = min(height, width)
    speckle = chance.noise(height, width, 1) + chance.noise(height, width, size / 40)
    carpet = _textured(_colour(chance), speckle, chance.uniform(0.06, 0.2))
    if chance.happens(0.5):  # a pattern: rings, stripes or lozenges
        y, x = np.mgrid[:height, :width].astype(np.float32) / size * chance.uniform(3, 9)
        wave = chance.pick(
            (np.sin(6.28 * y), np.sin(6.28 * (x + y)) * np.sin(6.28 * (x - y)), np.sin(6.28 * np.hypot(x - 4, y - 5)))
        )
        carpet = np.where((wave > 0.4)[..., np.newaxis], carpet * _colour(chance, 0.5, 1.2), carpet)
    return carpet


def _wood(height: int, width: int, chance: Chance) -> Field:
    size = min(height, width)
    value = chance.uniform(0.25, 0.7)
    colour = value * np.array([1.15, chance.uniform(0.78, 0.95), chance.uniform(0.5, 0.75)], np.float32)
    grain = chance.noise(height, width, size / 70, size / 4) + 0.5 * chance.noise(height, width, size / 25, size / 1.5)
    board = size / chance.uniform(5, 14)
    number = (np.arange(height) // board).astype(int)
    tones = chance.fractions(int(number.max()) + 1)[number][:, np.newaxis]
    seam = (np.arange(height) % board < size / 120)[:, np.newaxis]
    wood = _textured(colour, grain + 1.2 * (tones - 0.5) - 1.5 * seam, 0.16).astype(np.float32)
    return np.ascontiguousarray(np.swapaxes(wood, 0, 1)) if height == width and chance.happens(0.4) else wood


def _fabric(height: int, width: int, chance: Chance) -> Field:
    size = min(height, width)
    folds = chance.noise(height, width, size / chance.uniform(2, 6), size / chance.uniform(2, 6))
    weave = chance.noise(height, width, 1.5)
    return _textured(_colour(chance, strength=0.5), folds + 0.3 * weave, chance.uniform(0.12, 0.35))


def _tiles(height: int, width: int, chance: Chance) -> Field:
    size = min(height, width)
    side = size / chance.uniform(3, 8)
    y, x = np.mgrid[:height, :width] + chance.uniform(0, 20)
    shift = chance.pick((0.0, 0.5)) * ((y // side) % 2)
    joint = (y % side < size / 60) | ((x / side + shift) % 1 < size / 60 / side)
    tone = np.sin(12.9898 * (y // side) + 78.233 * np.floor(x / side + shift))
    relief = chance.noise(height, width, size / 12) + 0.5 * tone
    return np.where(
        joint[..., np.newaxis], _colour(chance), _textured(_colour(chance, 0.35), relief.astype(np.float32), 0.12)
    )


def _gradient(height: int, width: int, chance: Chance) -> Field:
    ramp = np.linspace(0, 1, height, dtype=np.float32)[:, np.newaxis, np.newaxis]
    return (
        _colour(chance, 0.35, 0.95) * (1 - ramp)
        + _colour(chance, 0.25, 0.85) * ramp
        + np.zeros((height, width, 1), np.float32)
    )


def _leaves(height: int, width: int, chance: Chance) -> Field:
    size = min(height, width)
    layers = [chance.noise(height, width, size / cells) for cells in (5, 14, 30)]
    colour = np.array([chance.uniform(0.2, 0.55), chance.uniform(0.35, 0.6), chance.uniform(0.15, 0.4)], np.float32)
    return _textured(colour, layers[0] + layers[1] + 0.8 * layers[2], chance.uniform(0.2, 0.4))


def _gravel(height: int, width: int, chance: Chance) -> Field:
    size = min(height, width)
    relief = (
        chance.noise(height, width, size / 50)
        + chance.noise(height, width, size / 25)
        + 0.6 * chance.noise(height, width, size / 5)
    )
    return _textured(_colour(chance, 0.35, 0.9, 0.2), relief, chance.uniform(0.1, 0.28))


SURFACES: tuple[Callable[[int, int, Chance], Field], ...] = (
    _grass, _carpet, _wood, _fabric, _tiles, _gradient, _leaves, _gravel,
)  # fmt: skip


def _thing(image: Image.Image, chance: Chance, top: float, bottom: float) -> None:
    """Put one thing on the floor: a ball, a cushion, a box or a plant."""
    width, height = image.size
    unit = min(width, height)
    x, y = chance.uniform(0, 1) * width, chance.uniform(min(top, bottom), bottom) * height
    radius = chance.uniform(0.06, 0.2) * unit
    draw = ImageDraw.Draw(image)
    colour = _bytes(_colour(chance, 0.2, 0.85, 0.8))
    kind = chance.pick(("ball", "cushion", "box", "plant"))
    if kind == "ball":
        _ball(image, (x, y - radius), radius, colour, chance)
    elif kind == "cushion":
        box = (x - 1.5 * radius, y - 1.6 * radius, x + 1.5 * radius, y)
        draw.rounded_rectangle(box, radius=0.5 * radius, fill=(*colour, 255))
        shade = tuple(int(0.75 * value) for value in colour)
        for share in np.linspace(0.15, 0.85, chance.weighted({2: 1, 4: 1, 6: 1})):
            across = box[0] + share * 3 * radius
            draw.line(
                (across, box[1] + 0.2 * radius, across, y - 0.15 * radius),
                fill=(*shade, 255),
                width=max(1, int(radius / 8)),
            )
    elif kind == "box":
        draw.rectangle((x - radius, y - 1.4 * radius, x + radius, y), fill=(*colour, 255))
        side = tuple(int(0.65 * value) for value in colour)
        corner = chance.pick((1, -1)) * radius
        draw.polygon(
            [
                (x + corner, y),
                (x + corner, y - 1.4 * radius),
                (x + 1.5 * corner, y - 1.7 * radius),
                (x + 1.5 * corner, y - 0.35 * radius),
            ],
            fill=(*side, 255),
        )
        lid = tuple(min(255, int(1.15 * value)) for value in colour)
        draw.polygon(
            [
                (x - corner, y - 1.4 * radius),
                (x + corner, y - 1.4 * radius),
                (x + 1.5 * corner, y - 1.7 * radius),
                (x - 0.5 * corner, y - 1.7 * radius),
            ],
            fill=(*lid, 255),
        )
    else:
        pot = _bytes(_colour(chance, 0.3, 0.7, 0.5))
        draw.polygon(
            [
                (x - 0.6 * radius, y - radius),
                (x + 0.6 * radius, y - radius),
                (x + 0.4 * radius, y),
                (x - 0.4 * radius, y),
            ],
            fill=(*pot, 255),
        )
        _sprig(draw, (x, y - radius), 2.2 * radius, chance)


def _ball(
    image: Image.Image, centre: tuple[float, float], radius: float, colour: tuple[int, ...], chance: Chance
) -> None:
    """A ball, lighter above, with a stripe on half of them."""
    box = [round(centre[0] - radius), round(centre[1] - radius), round(centre[0] + radius), round(centre[1] + radius)]
    side = box[2] - box[0]
    y, x = (np.mgrid[:side, :side] + 0.5) * 2 / side - 1
    glow = 0.55 + 0.55 * np.clip(np.sqrt(np.clip(1 - x**2 - y**2, 0, 1)) * 0.7 - 0.35 * x - 0.5 * y, 0, 1)
    shades = np.empty((side, side, 4))
    shades[..., :3] = np.array(colour)
    if chance.happens(0.5):
        shades[np.abs(y + 0.3 * x**2) < 0.25, :3] = np.array(_bytes(_colour(chance, 0.4, 0.95)))
    shades[..., :3] *= glow[..., np.newaxis]
    shades[..., 3] = 255 * (x**2 + y**2 <= 1)
    ball = Image.fromarray(np.clip(shades, 0, 255).astype(np.uint8))
    image.paste(ball, (box[0], box[1]), ball)


def _sprig(draw: ImageDraw.ImageDraw, root: tuple[float, float], length: float, chance: Chance) -> None:
    """Leaves that fan out from a root."""
    for _ in range(int(chance.uniform(5, 12))):
        angle = chance.around(0, 1.1)
        along = np.array([np.sin(angle), -np.cos(angle)])
        side = np.array([along[1], -along[0]])
        reach, half = length * chance.uniform(0.6, 1.1), length * chance.uniform(0.05, 0.12)
        green = (int(chance.uniform(30, 110)), int(chance.uniform(80, 160)), int(chance.uniform(20, 80)), 255)
        start = np.array(root)
        points = [
            start,
            start + 0.5 * reach * along + half * side,
            start + reach * along,
            start + 0.5 * reach * along - half * side,
        ]
        draw.polygon([tuple(point) for point in points], fill=green)


def _before(image: Image.Image, chance: Chance) -> None:
    """Put something before the animal, at the picture's lower edge or at a side."""
    width, height = image.size
    unit = min(width, height)
    kind = chance.pick(("blades", "sprig", "cushion", "ball"))
    draw = ImageDraw.Draw(image)
    if kind == "blades":
        for _ in range(int(chance.uniform(10, 40))):
            x, tall = chance.uniform(0, width), chance.uniform(0.05, 0.25) * height
            lean, half = chance.around(0, 0.08) * height, 0.008 * unit
            green = (int(chance.uniform(60, 130)), int(chance.uniform(100, 170)), int(chance.uniform(30, 80)), 255)
            draw.polygon([(x - half, height), (x + lean, height - tall), (x + half, height)], fill=green)
    elif kind == "sprig":
        _sprig(
            draw,
            (chance.pick((0.0, 1.0)) * width, chance.uniform(0.5, 1.0) * height),
            chance.uniform(0.2, 0.38) * unit,
            chance,
        )
    elif kind == "cushion":
        colour = _bytes(_colour(chance, 0.2, 0.85, 0.6))
        x, top = chance.uniform(-0.2, 0.8) * width, chance.uniform(0.8, 0.93) * height
        draw.rounded_rectangle((x, top, x + 0.6 * unit, height + unit), radius=0.06 * unit, fill=(*colour, 255))
    else:
        radius = chance.uniform(0.05, 0.11) * unit
        _ball(
            image,
            (chance.uniform(0, 1) * width, height - radius * chance.uniform(0.2, 1.2)),
            radius,
            _bytes(_colour(chance, 0.3, 0.9, 0.8)),
            chance,
        )


def _bytes(colour: Field) -> tuple[int, int, int]:
    red, green, blue = (int(255 * value) for value in np.clip(colour, 0, 1))
    return red, green, blue
