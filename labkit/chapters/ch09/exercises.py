"""Exercises of chapter 9, augmentation."""

from dataclasses import dataclass

import numpy as np

from labkit.course.exercises import Exercise, Told


def augmenter():
    """Build three random changes for images of cats and dogs.

    Return a keras.Sequential of three layers: a flip, left to right
    only; a rotation by at most 18 degrees, either way; a zoom, in or
    out, by at most 0.2. Images keep their shape, and their range from 0
    to 255; at inference they come out as they went in.
    """
    import keras

    flip = keras.layers.RandomFlip("horizontal")
    turn = keras.layers.RandomRotation(18 / 360)
    zoom = keras.layers.RandomZoom(0.2)
    return keras.Sequential([flip, turn, zoom])


@dataclass(frozen=True)
class Changes:
    """What an augmentation did to 128 copies of an image with three dots, and to images of noise; plain values.

    Attributes
    ----------
    shape : tuple of int
        Of the 128 images afterwards.
    lowest, highest : float
        Of the noise afterwards, which went in with pixels from 0 to 255.
    kept : bool
        Whether images come out at inference as they went in.
    repeated : bool
        Whether a second call made the same changes.
    mirrored : float
        Share of the images that were mirrored.
    angles : tuple of float
        By how many degrees each was turned, an image that was mirrored left to right counting as not turned.
    scales : tuple of float
        By what each was enlarged.
    shift : float
        The farthest that a centre has moved, in pixels.
    light : float
        By how much the middle of an even grey has become lighter or darker, at most.
    """

    shape: tuple[int, ...]
    lowest: float = 0.0
    highest: float = 0.0
    kept: bool = False
    repeated: bool = False
    mirrored: float = 0.0
    angles: tuple[float, ...] = ()
    scales: tuple[float, ...] = ()
    shift: float = 0.0
    light: float = 0.0

    @property
    def upside_down(self) -> float:
        """Share of the images that stand on their heads."""
        return float(np.mean(np.abs(self.angles) > 155))

    @property
    def turned(self) -> float:
        """The largest angle, images on their heads left out."""
        return max((abs(angle) for angle in self.angles if abs(angle) <= 155), default=0.0)


SIDE, ARM, COPIES = 64, 12.0, 128  # pixels: of the image with dots, from the middle one to the others; how many images


def _dots():
    """A dot in the middle, one to its right and one above it, a channel each, far enough from the border."""
    row, column = np.indices((SIDE, SIDE)) - (SIDE - 1) / 2
    centres = ((0, 0), (0, ARM), (-ARM, 0))
    return np.stack([np.exp(-((row - r) ** 2 + (column - c) ** 2) / 8) for r, c in centres], axis=-1) * 255


def _what_changed(layer):
    """what your layers do to 128 images"""
    import keras

    if not isinstance(layer, keras.layers.Layer):
        raise TypeError(f"your function returned {type(layer).__name__}; a keras.Sequential was asked for")
    images = np.repeat(_dots()[np.newaxis], COPIES, axis=0).astype("float32")
    changed, again = (np.asarray(layer(images, training=True), float) for _ in range(2))
    if changed.shape != images.shape:
        return Changes(changed.shape)
    noise = np.random.default_rng(9).integers(0, 256, (COPIES // 2, SIDE, SIDE, 3)).astype("float32")
    of_noise = np.asarray(layer(noise, training=True))
    grey = np.asarray(layer(np.full_like(images, 100), training=True))[:, SIDE // 2, SIDE // 2]
    maps, centres = _maps(changed)
    mirrored = np.linalg.det(maps) < 0
    maps[mirrored, :, 0] *= -1  # mirrored back
    angles = np.rad2deg(np.arctan2(maps[:, 1, 0] - maps[:, 0, 1], maps[:, 0, 0] + maps[:, 1, 1]))
    return Changes(
        shape=changed.shape,
        lowest=float(of_noise.min()),
        highest=float(of_noise.max()),
        kept=bool(np.allclose(np.asarray(layer(noise, training=False)), noise, atol=1e-3)),
        repeated=bool(np.allclose(changed, again)),
        mirrored=float(mirrored.mean()),
        angles=tuple(angles.tolist()),
        scales=tuple(np.sqrt(np.abs(np.linalg.det(maps))).tolist()),
        shift=float(np.hypot(*centres.T).max()),
        light=float(np.abs(grey - 100).max()),
    )


def _maps(images):
    """For each image the 2×2 matrix that the dots have gone through, and where the middle one lies; x right, y down."""
    places = np.arange(SIDE) - (SIDE - 1) / 2
    images = np.maximum(images, 0)
    mass = images.sum(axis=(1, 2)) + 1e-9
    x, y = (np.tensordot(images.sum(axis=axis), places, (1, 0)) / mass for axis in (1, 2))
    middle, right, above = np.moveaxis(np.stack([x, y], axis=-1), 1, 0)
    return np.stack([(right - middle) / ARM, (middle - above) / ARM], axis=-1), middle


def _lacking(changes):
    """Say what an augmentation lacks, besides the listed mistakes."""
    if changes.shape != (COPIES, SIDE, SIDE, 3):
        return f"Images of {SIDE}×{SIDE} go in, and the shape {changes.shape} comes out; they should keep theirs."
    if changes.lowest < -0.01 or changes.highest > 255.01:
        return f"Pixels from 0 to 255 go in; {changes.lowest:.0f} to {changes.highest:.0f} come out."
    if not changes.kept:
        return "At inference images come out changed."
    if changes.light > 0.5:
        return "Something besides the three changes pixels: an even grey comes out lighter or darker."
    if changes.repeated:
        return "Two calls make the same changes: draw them anew each time."
    if not 0.25 <= changes.mirrored <= 0.75:
        return f"{changes.mirrored:.0%} of the images are mirrored; about half should be."
    if changes.turned < 6:
        return f"No image is turned by more than {changes.turned:.0f}°: the rotation is missing, or too small."
    if changes.turned > 20:
        return f"Images are turned by up to {changes.turned:.0f}°; 18° is the most that was asked for."
    if max(changes.scales) - min(changes.scales) < 0.1:
        return "Animals stay as large as they are: the zoom is missing, or too small."
    if not (min(changes.scales) > 0.78 and max(changes.scales) < 1.33):
        return (
            f"Animals get {min(changes.scales):.2f} to {max(changes.scales):.2f} times as large; a zoom of 0.2 makes them "
            "0.83 to 1.25 times as large."
        )
    return ""


def _three(*layers):
    import keras

    return keras.Sequential([getattr(keras.layers, name)(*arguments) for name, *arguments in layers])


def _flips_both_ways():
    import keras

    flip = keras.layers.RandomFlip()
    turn = keras.layers.RandomRotation(18 / 360)
    zoom = keras.layers.RandomZoom(0.2)
    return keras.Sequential([flip, turn, zoom])


def _flips_always():
    import keras
    import tensorflow as tf

    return keras.Sequential(
        [
            keras.layers.Lambda(tf.image.random_flip_left_right),
            keras.layers.RandomRotation(0.05),
            keras.layers.RandomZoom(0.2),
        ]
    )


def _one_way(scales):
    return (min(scales) > 0.97 and max(scales) > 1.05) or (max(scales) < 1.03 and min(scales) < 0.95)


FLIP, TURN, ZOOM = ("RandomFlip", "horizontal"), ("RandomRotation", 0.05), ("RandomZoom", 0.2)

building = Exercise(
    id="09-augmenter",
    title="Three layers that change an image",
    prompt=(
        "Write `augmenter()`. The check sends 128 copies of an image through your layers, with `training=True` and with "
        "`training=False`, and measures how each was flipped, turned and zoomed. By hand first: which part of a full "
        "turn are 18°?"
    ),
    solution=augmenter,
    hints=(
        "`keras.Sequential` takes a list of layers: RandomFlip, RandomRotation, RandomZoom.",
        "`RandomFlip` has a mode; the one that it takes unasked does more than is wanted here.",
        "`RandomRotation` takes a part of a full turn of 360°, `RandomZoom` a part of the size.",
    ),
    inputs=lambda: [()],
    judge=_what_changed,
    missing=_lacking,
    seconds=60,
    mistakes={
        "Pixels come out between 0 and 1, and the network, whose first layer divides by 255, would do so once more. Leave the "
        "range alone.": Told(
            lambda: _three(("Rescaling", 1 / 255), FLIP, TURN, ZOOM), lambda changes: 0 < changes.highest <= 1.5
        ),
        "Images are changed at inference, too: a function in place of a layer does not know whether this is training. "
        "Take Keras's random layers, which do.": Told(
            _flips_always, lambda changes: 1.5 < changes.highest < 255.01 and not changes.kept
        ),
        'Some images stand on their heads: `RandomFlip()` flips both ways. Say "horizontal".': Told(
            _flips_both_ways,
            lambda changes: changes.kept and changes.upside_down > 0.1 and changes.turned <= 30,
        ),
        "Images are turned much too far: the number is a part of a full turn, so 0.18 are 65°. Divide degrees by 360.": Told(
            lambda: _three(FLIP, ("RandomRotation", 0.18), ZOOM),
            lambda changes: changes.kept and changes.turned > 30,
        ),
        "No image is mirrored: the flip is missing.": Told(
            lambda: _three(TURN, ZOOM), lambda changes: changes.kept and changes.turned <= 30 and changes.mirrored == 0
        ),
        "It zooms one way only: a pair such as (0, 0.2) goes from the one to the other, a single 0.2 from −0.2 to 0.2.": Told(
            lambda: _three(FLIP, TURN, ("RandomZoom", (0.0, 0.2))),
            lambda changes: changes.kept and changes.mirrored > 0 and changes.shift < 3 and _one_way(changes.scales),
        ),
        "Images are shifted, which was not asked for: take RandomZoom in place of RandomTranslation.": Told(
            lambda: _three(FLIP, TURN, ("RandomTranslation", 0.2, 0.2)),
            lambda changes: changes.kept and changes.mirrored > 0 and changes.shift > 3,
        ),
    },
)


def place_to_look_at(x, y, degrees, size):
    """Say where in the old image a pixel of the turned one comes from.

    The image is turned counter-clockwise by `degrees` about its
    centre; it is square, of `size` pixels. Pixels are counted from 0,
    `x` to the right, `y` down. Return the two numbers (x, y).
    """
    centre = (size - 1) / 2
    angle = np.deg2rad(degrees)
    right, down = x - centre, y - centre
    from_x = np.cos(angle) * right - np.sin(angle) * down + centre
    from_y = np.sin(angle) * right + np.cos(angle) * down + centre
    return from_x, from_y


def _about(centre, x, y, degrees):
    """Turn rightly, but about another centre."""
    return place_to_look_at(x, y, degrees, 2 * centre + 1)


def _first_overwritten(x, y, degrees, size):
    centre, angle = (size - 1) / 2, np.deg2rad(degrees)
    x, y = x - centre, y - centre
    x = np.cos(angle) * x - np.sin(angle) * y
    y = np.sin(angle) * x + np.cos(angle) * y
    return x + centre, y + centre


turning = Exercise(
    id="09-place-to-look-at",
    title="Where does this pixel come from?",
    prompt=(
        "Write `place_to_look_at(x, y, degrees, size)`. By hand first: an image of 3×3 is turned by 90° "
        "counter-clockwise. Which of its corners has gone to the upper left, `(0, 0)`?"
    ),
    solution=place_to_look_at,
    hints=(
        "Three steps: distances from the centre, rotate these, add the centre again.",
        "The centre of pixels 0, 1, 2 is pixel 1: `(size - 1) / 2`.",
        "With the distances r (right) and d (down): r·cos − d·sin to the right, and r·sin + d·cos down. NumPy's cos "
        "and sin take radians: `np.deg2rad`.",
    ),
    # Two corners of the image turned by 30° come from places outside the old one.
    inputs=lambda: [(0, 0, 90, 3), (2, 1, 90, 3), (0, 0, 30, 3), (2, 0, 30, 3), (1, 3, 30, 5), (10, 0, -40, 20)],
    fresh=lambda random: [
        (*map(int, random.integers(0, size, 2)), int(random.integers(-80, 80)), size) for size in (4, 7, 12, 31)
    ],
    mistakes={
        "That turns the image clockwise. To turn what is seen counter-clockwise, the position to look at moves "
        "clockwise.": lambda x, y, degrees, size: place_to_look_at(x, y, -degrees, size),
        "You turned about the pixel (0, 0), the upper left corner; the centre was asked for.": (
            lambda x, y, degrees, size: _about(0, x, y, degrees)
        ),
        "The centre is half a pixel off. Of pixels 0, 1, 2 the middle one is 1, not 1.5: (size − 1) / 2.": (
            lambda x, y, degrees, size: _about(size / 2, x, y, degrees)
        ),
        "The centre need not be a pixel: that of 20 pixels lies between two of them, at 9.5: (size − 1) / 2.": (
            lambda x, y, degrees, size: _about(size // 2, x, y, degrees)
        ),
        "These are distances from the centre. Add the centre again.": (
            lambda x, y, degrees, size: np.array(place_to_look_at(x, y, degrees, size)) - (size - 1) / 2
        ),
        "NumPy's cos and sin take radians: 180° are π.": (
            lambda x, y, degrees, size: place_to_look_at(x, y, np.rad2deg(degrees), size)
        ),
        "You brought positions outside the image back to its border. Say where the pixel would come from; what is "
        "to be seen there is another question.": (
            lambda x, y, degrees, size: np.clip(place_to_look_at(x, y, degrees, size), 0, size - 1)
        ),
        "Your x is already the new one when you compute y from it. Both must come from the old coordinates.": (
            _first_overwritten
        ),
    },
)


def between_pixels(image, x, y):
    """Read a grey image between its pixels, by bilinear interpolation.

    `image` is an array of shape (height, width). The position is `x` to
    the right and `y` down, counted in pixels from the centre of the one
    at the upper left; it lies within the image, and may lie on its
    last row or column. Return a number.
    """
    left, top = int(x), int(y)
    right = min(left + 1, image.shape[1] - 1)
    bottom = min(top + 1, image.shape[0] - 1)
    share_x, share_y = x - left, y - top
    upper = (1 - share_x) * image[top, left] + share_x * image[top, right]
    lower = (1 - share_x) * image[bottom, left] + share_x * image[bottom, right]
    return (1 - share_y) * upper + share_y * lower


def _mixed(image, x, y, share_x, share_y):
    """Mix the right four pixels, but with shares of one's own."""
    height, width = image.shape
    left, top = int(x), int(y)
    columns = image[:, [left, min(left + 1, width - 1)]] @ [1 - share_x, share_x]
    return columns[[top, min(top + 1, height - 1)]] @ [1 - share_y, share_y]


def _readings():
    small = np.array([[10.0, 20.0], [30.0, 40.0]])
    larger = np.random.default_rng(4).integers(0, 256, (4, 5)).astype(float)
    return [(small, 0.25, 0.5), (small, 1.0, 0.75), (larger, 2.7, 1.4), (larger, 4.0, 3.0), (larger, 0.2, 3.0)]


reading = Exercise(
    id="09-between-pixels",
    title="Read between the pixels",
    prompt=(
        "Write `between_pixels(image, x, y)`. The first check is the 22.5 from above. Some checks lie on the last "
        "row or column, where there is no next pixel."
    ),
    solution=between_pixels,
    hints=(
        "`int(x)` is the column to the left, and `x - int(x)` the share of the column to its right.",
        "Interpolate along the upper row, then along the lower row, then between these two.",
        "`image[row, column]`: y comes first. On the last column take that column again: "
        "`min(left + 1, image.shape[1] - 1)`.",
    ),
    inputs=_readings,
    mistakes={
        "That is the nearest pixel. Mix the four around the position.": lambda image, x, y: image[round(y), round(x)],
        "That is the pixel to the upper left. Mix it with its three neighbours.": (
            lambda image, x, y: image[int(y), int(x)]
        ),
        "Rows and columns are exchanged: it is image[y, x].": lambda image, x, y: between_pixels(image.T, x, y),
        "The shares are exchanged: the closer a pixel is, the more of it must be in the mixture.": (
            lambda image, x, y: _mixed(image, x, y, 1 - x % 1, 1 - y % 1)
        ),
        "At a whole number, floor and ceiling are the same pixel, and both shares become 0. Make the shares "
        "1 − share and share, which always add up to 1.": (
            lambda image, x, y: between_pixels(image, x, y) if x % 1 and y % 1 else 0.0
        ),
        "You mixed along the row. Do it in the row below as well, and mix the two.": (
            lambda image, x, y: between_pixels(image, x, int(y))
        ),
        "All four pixels have the same share here. The closer one is, the larger its share.": (
            lambda image, x, y: _mixed(image, x, y, 0.5, 0.5)
        ),
    },
)


def mirrored(images):
    """Mirror images: left and right change places in each.

    `images` is an array of shape (images, height, width, channels).
    Return an array of the same shape.
    """
    return images[:, :, ::-1]


mirroring = Exercise(
    id="09-mirrored",
    title="Mirror a batch",
    prompt=(
        "Write `mirrored(images)`. By hand first: what becomes of the rows `[0, 1, 2]` and `[3, 4, 5]` of the first "
        "check? Mind which of the four axes is the width."
    ),
    solution=mirrored,
    hints=(
        "The axes are images, height, width, channels. Only one of them is to be run through backwards.",
        "`row[::-1]` is a row backwards. In an array of several axes, `:` leaves an axis as it is.",
    ),
    inputs=lambda: [
        (np.arange(6).reshape(1, 2, 3, 1),),
        (np.array([[[[1, 2, 3], [4, 5, 6]]], [[[7, 8, 9], [0, 1, 2]]]]),),
        (np.random.default_rng(9).integers(0, 256, (3, 2, 3, 3)),),
    ],
    mistakes={
        "You turned the rows about: the images stand on their heads.": lambda images: images[:, ::-1],
        "You reversed the channels: red and blue are exchanged. With the single channel of the first check that "
        "changes nothing at all.": lambda images: images[..., ::-1],
        "You reversed the order of the images. They stay as they are, but meet each other's labels.": (
            lambda images: images[::-1]
        ),
        "Width and height are both reversed: that is half a turn, not a mirror image.": (
            lambda images: images[:, ::-1, ::-1]
        ),
        "That is the last column of each image. `::-1` runs backwards; -1 is one position.": (
            lambda images: images[:, :, -1]
        ),
    },
)


def labels_after(images, changed):
    """Say what each image shows after it was changed.

    `images` holds one image of each class: `images[3]` is what
    class 3 looks like. `changed[3]` is that image after a change. Return
    a list: for each class the number of the class whose image the changed
    one equals, or -1 where it equals none.
    """
    labels = []
    for one in changed:
        equal = [number for number, image in enumerate(images) if np.array_equal(image, one)]
        labels.append(equal[0] if equal else -1)
    return labels


def _small_classes():
    left, right, both = np.array([[1, 0]]), np.array([[0, 1]]), np.array([[1, 1]])
    classes = np.stack([left, right, both])
    corner = np.array([[[1, 0], [0, 0]], [[0, 1], [0, 0]], [[1, 0], [0, 1]]])
    places = np.eye(3, dtype=int)[:, np.newaxis]  # one lit pixel: left, in the middle, right
    return [
        (classes, classes[:, :, ::-1]),
        (corner, corner[:, :, ::-1]),
        (corner, corner[:, ::-1, ::-1]),
        (places, np.roll(places, 1, axis=2)),  # moved to the right, and in again on the left
    ]


def _other_classes(random):
    numbers = random.permutation(64)[:5]  # five images of 2×3 pixels, none like another
    classes = (numbers[:, np.newaxis] >> np.arange(6) & 1).reshape(5, 2, 3)
    return [(classes, classes[:, :, ::-1]), (classes, classes[:, ::-1]), (classes, classes[random.permutation(5)])]


labelling = Exercise(
    id="09-labels-after",
    title="Which changes keep the label?",
    prompt=(
        "Write `labels_after(images, changed)`. In the first check the classes are `[1, 0]`, `[0, 1]` and `[1, 1]`, "
        "and the change is a mirror. What is each of them afterwards?"
    ),
    solution=labels_after,
    hints=(
        "Two loops: for each changed image, go through the images of all classes.",
        "`np.array_equal(a, b)` is true only if all pixels agree.",
    ),
    inputs=_small_classes,
    fresh=_other_classes,
    mistakes={
        "You say whether each image is still the same. Say which class it is now.": (
            lambda images, changed: [np.array_equal(*pair) for pair in zip(images, changed)]
        ),
        "You compared each image with its own class only. It may look like another class now: that is the "
        "dangerous case.": lambda images, changed: [
            number if np.array_equal(*pair) else -1 for number, pair in enumerate(zip(images, changed))
        ],
        "These are the old labels, as an augmentation that does not look would keep them.": (
            lambda images, changed: list(range(len(images)))
        ),
        "Put −1 where a changed image equals none, so that the positions stay in line.": (
            lambda images, changed: [label for label in labels_after(images, changed) if label >= 0]
        ),
        "That is the class it is most like. If it equals none, the answer is −1.": (
            lambda images, changed: [np.abs(images - one).sum(axis=(1, 2)).argmin() for one in changed]
        ),
        "You say for each class which other one becomes it. Say for each class what it becomes: look for the "
        "changed image among the old ones.": lambda images, changed: labels_after(changed, images),
        "One equal pixel is not enough: all of them must agree.": lambda images, changed: [
            next((number for number, image in enumerate(images) if (image == one).any()), -1) for one in changed
        ],
    },
)

EXERCISES = [building, labelling, turning, reading, mirroring]
