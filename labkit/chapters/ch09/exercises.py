"""Exercises of chapter 9, augmentation."""

import numpy as np

from labkit.course.exercises import Exercise


def place_to_look_at(x, y, degrees, size):
    """Say where in the old picture a pixel of the turned one comes from.

    The picture is turned counter-clockwise by `degrees` about its
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
        "Write `place_to_look_at(x, y, degrees, size)`. By hand first: a picture of 3×3 is turned by 90° "
        "counter-clockwise. Which of its corners has gone to the upper left, `(0, 0)`?"
    ),
    solution=place_to_look_at,
    hints=(
        "Three steps: distances from the centre, rotate these, add the centre again.",
        "The centre of pixels 0, 1, 2 is pixel 1: `(size - 1) / 2`.",
        "With the distances r (right) and d (down): r·cos − d·sin to the right, and r·sin + d·cos down. NumPy's cos "
        "and sin take radians: `np.deg2rad`.",
    ),
    # Two corners of the picture turned by 30° come from places outside the old one.
    inputs=lambda: [(0, 0, 90, 3), (2, 1, 90, 3), (0, 0, 30, 3), (2, 0, 30, 3), (1, 3, 30, 5), (10, 0, -40, 20)],
    mistakes={
        "That turns the picture clockwise. To turn what is seen counter-clockwise, the place to look at moves "
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
        "You brought places outside the picture back to its border. Say where the pixel would come from; what is "
        "to be seen there is another question.": (
            lambda x, y, degrees, size: np.clip(place_to_look_at(x, y, degrees, size), 0, size - 1)
        ),
        "Your x is already the new one when you compute y from it. Both must come from the old coordinates.": (
            _first_overwritten
        ),
    },
)


def between_pixels(picture, x, y):
    """Read a grey picture between its pixels, by bilinear interpolation.

    `picture` is an array of shape (height, width). The place is `x` to
    the right and `y` down, counted in pixels from the centre of the one
    at the upper left; it lies within the picture, and may lie on its
    last row or column. Return a number.
    """
    left, top = int(x), int(y)
    right = min(left + 1, picture.shape[1] - 1)
    bottom = min(top + 1, picture.shape[0] - 1)
    share_x, share_y = x - left, y - top
    upper = (1 - share_x) * picture[top, left] + share_x * picture[top, right]
    lower = (1 - share_x) * picture[bottom, left] + share_x * picture[bottom, right]
    return (1 - share_y) * upper + share_y * lower


def _mixed(picture, x, y, share_x, share_y):
    """Mix the right four pixels, but with shares of one's own."""
    height, width = picture.shape
    left, top = int(x), int(y)
    columns = picture[:, [left, min(left + 1, width - 1)]] @ [1 - share_x, share_x]
    return columns[[top, min(top + 1, height - 1)]] @ [1 - share_y, share_y]


def _readings():
    small = np.array([[10.0, 20.0], [30.0, 40.0]])
    larger = np.random.default_rng(4).integers(0, 256, (4, 5)).astype(float)
    return [(small, 0.25, 0.5), (small, 1.0, 0.75), (larger, 2.7, 1.4), (larger, 4.0, 3.0), (larger, 0.2, 3.0)]


reading = Exercise(
    id="09-between-pixels",
    title="Read between the pixels",
    prompt=(
        "Write `between_pixels(picture, x, y)`. The first check is the 22.5 from above. Some checks lie on the last "
        "row or column, where there is no next pixel."
    ),
    solution=between_pixels,
    hints=(
        "`int(x)` is the column to the left, and `x - int(x)` the share of the column to its right.",
        "Interpolate along the upper row, then along the lower row, then between these two.",
        "`picture[row, column]`: y comes first. On the last column take that column again: "
        "`min(left + 1, picture.shape[1] - 1)`.",
    ),
    inputs=_readings,
    mistakes={
        "That is the nearest pixel. Mix the four around the place.": lambda picture, x, y: picture[round(y), round(x)],
        "That is the pixel to the upper left. Mix it with its three neighbours.": (
            lambda picture, x, y: picture[int(y), int(x)]
        ),
        "Rows and columns are exchanged: it is picture[y, x].": lambda picture, x, y: between_pixels(picture.T, x, y),
        "The shares are exchanged: the closer a pixel is, the more of it must be in the mixture.": (
            lambda picture, x, y: _mixed(picture, x, y, 1 - x % 1, 1 - y % 1)
        ),
        "At a whole number, floor and ceiling are the same pixel, and both shares become 0. Make the shares "
        "1 − share and share, which always add up to 1.": (
            lambda picture, x, y: between_pixels(picture, x, y) if x % 1 and y % 1 else 0.0
        ),
        "You mixed along the row. Do it in the row below as well, and mix the two.": (
            lambda picture, x, y: between_pixels(picture, x, int(y))
        ),
        "All four pixels have the same share here. The closer one is, the larger its share.": (
            lambda picture, x, y: _mixed(picture, x, y, 0.5, 0.5)
        ),
    },
)


def mirrored(images):
    """Mirror pictures: left and right change places in each.

    `images` is an array of shape (pictures, height, width, channels).
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
        "The axes are pictures, height, width, channels. Only one of them is to be run through backwards.",
        "`row[::-1]` is a row backwards. In an array of several axes, `:` leaves an axis as it is.",
    ),
    inputs=lambda: [
        (np.arange(6).reshape(1, 2, 3, 1),),
        (np.array([[[[1, 2, 3], [4, 5, 6]]], [[[7, 8, 9], [0, 1, 2]]]]),),
        (np.random.default_rng(9).integers(0, 256, (3, 2, 3, 3)),),
    ],
    mistakes={
        "You turned the rows about: the pictures stand on their heads.": lambda images: images[:, ::-1],
        "You reversed the channels: red and blue are exchanged. With the single channel of the first check that "
        "changes nothing at all.": lambda images: images[..., ::-1],
        "You reversed the order of the pictures. They stay as they are, but meet each other's labels.": (
            lambda images: images[::-1]
        ),
        "Width and height are both reversed: that is half a turn, not a mirror image.": (
            lambda images: images[:, ::-1, ::-1]
        ),
        "That is the last column of each picture. `::-1` runs backwards; -1 is one place.": (
            lambda images: images[:, :, -1]
        ),
    },
)


def labels_after(pictures, changed):
    """Say what each picture shows after it was changed.

    `pictures` holds one picture of each class: `pictures[3]` is what
    class 3 looks like. `changed[3]` is that picture after a change. Return
    a list: for each class the number of the class whose picture the changed
    one equals, or -1 where it equals none.
    """
    labels = []
    for one in changed:
        equal = [number for number, picture in enumerate(pictures) if np.array_equal(picture, one)]
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


labelling = Exercise(
    id="09-labels-after",
    title="Which changes keep the label?",
    prompt=(
        "Write `labels_after(pictures, changed)`. In the first check the classes are `[1, 0]`, `[0, 1]` and `[1, 1]`, "
        "and the change is a mirror. What is each of them afterwards?"
    ),
    solution=labels_after,
    hints=(
        "Two loops: for each changed picture, go through the pictures of all classes.",
        "`np.array_equal(a, b)` is true only if all pixels agree.",
    ),
    inputs=_small_classes,
    mistakes={
        "You say whether each picture is still the same. Say which class it is now.": (
            lambda pictures, changed: [np.array_equal(*pair) for pair in zip(pictures, changed)]
        ),
        "You compared each picture with its own class only. It may look like another class now: that is the "
        "dangerous case.": lambda pictures, changed: [
            number if np.array_equal(*pair) else -1 for number, pair in enumerate(zip(pictures, changed))
        ],
        "These are the old labels, as an augmentation that does not look would keep them.": (
            lambda pictures, changed: list(range(len(pictures)))
        ),
        "Put −1 where a changed picture equals none, so that the places stay in line.": (
            lambda pictures, changed: [label for label in labels_after(pictures, changed) if label >= 0]
        ),
        "That is the class it is most like. If it equals none, the answer is −1.": (
            lambda pictures, changed: [np.abs(pictures - one).sum(axis=(1, 2)).argmin() for one in changed]
        ),
        "You say for each class which other one becomes it. Say for each class what it becomes: look for the "
        "changed picture among the old ones.": lambda pictures, changed: labels_after(changed, pictures),
        "One equal pixel is not enough: all of them must agree.": lambda pictures, changed: [
            next((number for number, picture in enumerate(pictures) if (picture == one).any()), -1) for one in changed
        ],
    },
)

EXERCISES = [turning, reading, mirroring, labelling]
