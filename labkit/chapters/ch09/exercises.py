"""Exercises of chapter 9, augmentation."""

import numpy as np

from labkit.course.exercises import Exercise, WrongAnswer

# ── Exercise 1 ────────────────────────────────────────────────────────────────────────────────────────────────────


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


def _clockwise(x, y, degrees, size):
    return place_to_look_at(x, y, -degrees, size)


def _about_the_corner(x, y, degrees, size):
    angle = np.deg2rad(degrees)
    return np.cos(angle) * x - np.sin(angle) * y, np.sin(angle) * x + np.cos(angle) * y


def _half_a_pixel_off(x, y, degrees, size):
    angle, centre = np.deg2rad(degrees), size / 2
    right, down = x - centre, y - centre
    return (
        np.cos(angle) * right - np.sin(angle) * down + centre,
        np.sin(angle) * right + np.cos(angle) * down + centre,
    )


def _not_put_back(x, y, degrees, size):
    centre = (size - 1) / 2
    found = place_to_look_at(x, y, degrees, size)
    return found[0] - centre, found[1] - centre


def _degrees_as_radians(x, y, degrees, size):
    return place_to_look_at(x, y, np.rad2deg(degrees), size)


def _centre_a_whole_pixel(x, y, degrees, size):
    centre, angle = size // 2, np.deg2rad(degrees)
    right, down = x - centre, y - centre
    return (
        np.cos(angle) * right - np.sin(angle) * down + centre,
        np.sin(angle) * right + np.cos(angle) * down + centre,
    )


def _rounded(x, y, degrees, size):
    return tuple(np.round(place_to_look_at(x, y, degrees, size)))


def _first_overwritten(x, y, degrees, size):
    centre, angle = (size - 1) / 2, np.deg2rad(degrees)
    x, y = x - centre, y - centre
    x = np.cos(angle) * x - np.sin(angle) * y
    y = np.sin(angle) * x + np.cos(angle) * y
    return x + centre, y + centre


def _row_first(x, y, degrees, size):
    return place_to_look_at(x, y, degrees, size)[::-1]


def _places():
    return [(0, 0, 90, 3), (2, 1, 90, 3), (1, 3, 30, 5), (10, 0, -40, 20)]


# ── Exercise 2 ────────────────────────────────────────────────────────────────────────────────────────────────────


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


def _nearest_pixel(picture, x, y):
    return picture[round(y), round(x)]


def _pixel_before(picture, x, y):
    return picture[int(y), int(x)]


def _row_for_column(picture, x, y):
    return between_pixels(picture.T, x, y) if x <= picture.shape[0] - 1 and y <= picture.shape[1] - 1 else np.nan


def _shares_exchanged(picture, x, y):
    left, top = int(x), int(y)
    return between_pixels(
        picture,
        left + (1 - (x - left) if left < picture.shape[1] - 1 else 0),
        top + (1 - (y - top) if top < picture.shape[0] - 1 else 0),
    )


def _left_and_right_exchanged(picture, x, y):
    left = int(x)
    return between_pixels(picture, left + (1 - (x - left) if left < picture.shape[1] - 1 else 0), y)


def _upper_and_lower_exchanged(picture, x, y):
    top = int(y)
    return between_pixels(picture, x, top + (1 - (y - top) if top < picture.shape[0] - 1 else 0))


def _whole_number(picture, x, y):
    return int(between_pixels(picture, x, y))


def _floor_and_ceiling(picture, x, y):
    left, right, top, bottom = int(np.floor(x)), int(np.ceil(x)), int(np.floor(y)), int(np.ceil(y))
    upper = (right - x) * picture[top, left] + (x - left) * picture[top, right]
    lower = (right - x) * picture[bottom, left] + (x - left) * picture[bottom, right]
    return (bottom - y) * upper + (y - top) * lower


def _sideways_only(picture, x, y):
    return between_pixels(picture, x, int(y))


def _mean_of_four(picture, x, y):
    top, left = int(y), int(x)
    return picture[top : top + 2, left : left + 2].mean()


def _readings():
    small = np.array([[10.0, 20.0], [30.0, 40.0]])
    larger = np.random.default_rng(4).integers(0, 256, (4, 5)).astype(float)
    return [(small, 0.25, 0.5), (small, 1.0, 0.75), (larger, 2.7, 1.4), (larger, 4.0, 3.0), (larger, 0.2, 3.0)]


# ── Exercise 3 ────────────────────────────────────────────────────────────────────────────────────────────────────


def mirrored(images):
    """Mirror pictures: left and right change places in each.

    `images` is an array of shape (pictures, height, width, channels).
    Return an array of the same shape.
    """
    return images[:, :, ::-1]


def _upside_down(images):
    return images[:, ::-1]


def _colours_exchanged(images):
    return images[..., ::-1]


def _pictures_exchanged(images):
    return images[::-1]


def _half_turn(images):
    return images[:, ::-1, ::-1]


def _axes_exchanged(images):
    return images.swapaxes(1, 2)


def _all_reversed(images):
    return np.flip(images)


def _last_column(images):
    return images[:, :, -1]


def _first_only(images):
    return images[0, :, ::-1]


def _batches():
    numbers = np.random.default_rng(9).integers(0, 256, (3, 2, 3, 3))
    return [
        (np.arange(6).reshape(1, 2, 3, 1),),
        (np.array([[[[1, 2, 3], [4, 5, 6]]], [[[7, 8, 9], [0, 1, 2]]]]),),
        (numbers,),
    ]


# ── Exercise 4 ────────────────────────────────────────────────────────────────────────────────────────────────────


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


def _yes_or_no(pictures, changed):
    return [bool(np.array_equal(one, other)) for one, other in zip(pictures, changed)]


def _own_or_none(pictures, changed):
    return [n if np.array_equal(pictures[n], changed[n]) else -1 for n in range(len(pictures))]


def _old_labels(pictures, changed):
    return list(range(len(pictures)))


def _without_gaps(pictures, changed):
    return [label for label in labels_after(pictures, changed) if label >= 0]


def _most_alike(pictures, changed):
    return [
        int(np.argmin([np.abs(np.subtract(picture, one, dtype=float)).sum() for picture in pictures]))
        for one in changed
    ]


def _some_pixel_equal(pictures, changed):
    return [next((n for n, picture in enumerate(pictures) if (picture == one).any()), -1) for one in changed]


def _which_becomes_it(pictures, changed):
    return labels_after(changed, pictures)


def _none_where_none(pictures, changed):
    return [None if label < 0 else label for label in labels_after(pictures, changed)]


def _like_any(pictures, changed):
    return [any(np.array_equal(picture, one) for picture in pictures) for one in changed]


def _every_pair(pictures, changed):
    return [n if np.array_equal(picture, one) else -1 for one in changed for n, picture in enumerate(pictures)]


def _same_sum(pictures, changed):
    return [next((n for n, picture in enumerate(pictures) if picture.sum() == one.sum()), -1) for one in changed]


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


EXERCISES = [
    Exercise(
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
        inputs=_places,
        wrong_answers=(
            WrongAnswer(
                _clockwise,
                "That turns the picture clockwise. To turn what is seen counter-clockwise, the place to look at moves "
                "clockwise.",
            ),
            WrongAnswer(
                _about_the_corner, "You turned about the pixel (0, 0), the upper left corner; the centre was asked for."
            ),
            WrongAnswer(
                _half_a_pixel_off,
                "The centre is half a pixel off. Of pixels 0, 1, 2 the middle one is 1, not 1.5: (size − 1) / 2.",
            ),
            WrongAnswer(_not_put_back, "These are distances from the centre. Add the centre again."),
            WrongAnswer(_degrees_as_radians, "NumPy's cos and sin take radians: 180° are π."),
            WrongAnswer(
                _centre_a_whole_pixel,
                "The centre need not be a pixel: that of 20 pixels lies between two of them, at 9.5: (size − 1) / 2.",
            ),
            WrongAnswer(_rounded, "Do not round: the place may lie between pixels. What to read there comes next."),
            WrongAnswer(
                _first_overwritten,
                "Your x is already the new one when you compute y from it. Both must come from the old coordinates.",
            ),
            WrongAnswer(_row_first, "x and y are exchanged: x, to the right, comes first."),
        ),
    ),
    Exercise(
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
        wrong_answers=(
            WrongAnswer(_nearest_pixel, "That is the nearest pixel. Mix the four around the place."),
            WrongAnswer(_pixel_before, "That is the pixel to the upper left. Mix it with its three neighbours."),
            WrongAnswer(_row_for_column, "Rows and columns are exchanged: it is picture[y, x]."),
            WrongAnswer(
                _shares_exchanged,
                "The shares are exchanged: the closer a pixel is, the more of it must be in the mixture.",
            ),
            WrongAnswer(
                _left_and_right_exchanged,
                "The shares of left and right are exchanged. Up and down you have right. The closer, the larger the share.",
            ),
            WrongAnswer(
                _upper_and_lower_exchanged,
                "The shares of the two rows are exchanged. Along the rows you have it right. The closer, the larger the share.",
            ),
            WrongAnswer(_whole_number, "Between 10 and 40 there are more than whole numbers: do not cut off the rest."),
            WrongAnswer(
                _floor_and_ceiling,
                "At a whole number, floor and ceiling are the same pixel, and both shares become 0. Make the shares "
                "1 − share and share, which always add up to 1.",
            ),
            WrongAnswer(_sideways_only, "You mixed along the row. Do it in the row below as well, and mix the two."),
            WrongAnswer(
                _mean_of_four, "All four pixels have the same share here. The closer one is, the larger its share."
            ),
        ),
    ),
    Exercise(
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
        inputs=_batches,
        wrong_answers=(
            WrongAnswer(_upside_down, "You turned the rows about: the pictures stand on their heads."),
            WrongAnswer(
                _colours_exchanged,
                "You reversed the channels: red and blue are exchanged. With the single channel of the first check that "
                "changes nothing at all.",
            ),
            WrongAnswer(
                _pictures_exchanged,
                "You reversed the order of the pictures. They stay as they are, but meet each other's labels.",
            ),
            WrongAnswer(_half_turn, "Width and height are both reversed: that is half a turn, not a mirror image."),
            WrongAnswer(_axes_exchanged, "You exchanged height and width; that mirrors at the diagonal."),
            WrongAnswer(
                _all_reversed, "All four axes are reversed: height, channels and the order of the pictures, too."
            ),
            WrongAnswer(
                _last_column, "That is the last column of each picture. `::-1` runs backwards; -1 is one place."
            ),
            WrongAnswer(_first_only, "Only the first picture came back. Mirror all of the batch."),
        ),
    ),
    Exercise(
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
        wrong_answers=(
            WrongAnswer(_yes_or_no, "You say whether each picture is still the same. Say which class it is now."),
            WrongAnswer(
                _own_or_none,
                "You compared each picture with its own class only. It may look like another class now: that is the "
                "dangerous case.",
            ),
            WrongAnswer(
                _old_labels, "These are the old labels, as an augmentation that does not look would keep them."
            ),
            WrongAnswer(_without_gaps, "Put −1 where a changed picture equals none, so that the places stay in line."),
            WrongAnswer(_most_alike, "That is the class it is most like. If it equals none, the answer is −1."),
            WrongAnswer(
                _which_becomes_it,
                "You say for each class which other one becomes it. Say for each class what it becomes: look for the "
                "changed picture among the old ones.",
            ),
            WrongAnswer(_none_where_none, "Where it equals none, put −1, not None."),
            WrongAnswer(_like_any, "You say whether each changed picture is some class. Say which one."),
            WrongAnswer(
                _every_pair, "You give an answer for each pair of pictures. Give one for each changed picture."
            ),
            WrongAnswer(_same_sum, "Equally many bright pixels are not yet the same picture: all places must agree."),
            WrongAnswer(_some_pixel_equal, "One equal pixel is not enough: all of them must agree."),
        ),
    ),
]
