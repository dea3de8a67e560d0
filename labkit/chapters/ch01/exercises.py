"""Exercises of chapter 1, Images as numbers."""

import numpy as np

from labkit.course.exercises import Exercise


def brighten(image, amount):
    """Make an image brighter.

    `image` is a NumPy array of type uint8, `amount` a whole number from
    0 to 255. Add it to every value; what would get above 255 becomes
    255. Return an array of type uint8.
    """
    brighter = image.astype(int) + amount
    return np.minimum(brighter, 255).astype(np.uint8)


def _images_and_amounts():
    gradient = np.arange(0, 256, 51, dtype=np.uint8).reshape(2, 3)
    colour = np.arange(12, 252, 20, dtype=np.uint8).reshape(2, 2, 3)  # two loops over a grey image fail on it
    return [(np.array([[100, 200]], np.uint8), 100), (gradient, 60), (gradient, 255), (colour, 90)]


nothing_turns_dark = Exercise(
    id="01-brighten",
    title="Brighter, and nothing turns dark",
    prompt=(
        "Write `brighten(image, amount)`. By hand first: `[[100, 200]]` made brighter by 100 is `[[200, 255]]`, "
        "not `[[200, 44]]`."
    ),
    solution=brighten,
    hints=(
        "The sum must be made in a type that has room for it. What type of integer goes beyond 255?",
        "`image.astype(int)` gives the same values in a larger type. Now 300 stays 300 and can be seen to be too much.",
        "`np.minimum(values, 255)` cuts off what is too much. At the end, back to `np.uint8` with `astype`.",
    ),
    inputs=_images_and_amounts,
    dtype="uint8",
    mistakes={
        "What got beyond 255 started again at 0. In uint8 it is too late to cut it off, for nothing there is ever "
        "above 255: add in a larger type, cut off at 255 while "
        "still in it, and only then go back.": lambda image, amount: (image.astype(int) + amount).astype(np.uint8),
        "There are values above 255: cut them off there, with np.minimum or np.clip.": lambda image, amount: (
            image.astype(int) + amount
        ),
        "These are numbers from 0 to 1. There are good reasons for such images, "
        "but here 0 to 255 was asked for.": lambda image, amount: np.minimum((image.astype(int) + amount) / 255, 1),
        "The values are right, the type is not: return an "
        "array of type uint8, as the image was.": lambda image, amount: np.minimum(image.astype(int) + amount, 255),
        "np.maximum takes the greater of the two. What may not get above 255 is the smaller "
        "of itself and 255.": lambda image, amount: np.maximum(image.astype(int) + amount, 255).astype(np.uint8),
    },
)


def to_channels_last(images):
    """Bring images into the order that Keras expects.

    `images` has the shape (batch, channels, height, width). Return the
    same images in the shape (batch, height, width, channels).
    """
    return np.moveaxis(images, 1, -1)


def _channels_first_images():
    small = np.array([[[[1, 2, 3], [4, 5, 6]], [[10, 20, 30], [40, 50, 60]]]])
    return [(small,), (np.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5),)]


channels_to_the_end = Exercise(
    id="01-channels-last",
    title="Channels to the end",
    prompt=(
        "Write `to_channels_last(images)`. The first check has one image of $2 \\times 3$ pixels with two "
        "channels; its first pixel has the values 1 and 10, so the result has to begin with `[1, 10]`."
    ),
    solution=to_channels_last,
    hints=(
        "At which position is each axis before, and which one after? Number them 0, 1, 2, 3.",
        "`reshape` keeps all values in their order and only cuts them anew. Here the order itself has to change.",
        "`np.moveaxis(images, source, destination)` takes one axis out and puts it in elsewhere; the last position is −1. "
        "`np.transpose` can do it too.",
    ),
    inputs=_channels_first_images,
    mistakes={
        "The shape is right and the image is scrambled: reshape does not move values, so neighbours in a row have "
        "become channels of one pixel.": lambda images: images.reshape(len(images), *images.shape[2:], images.shape[1]),
        "The channels are where they should be, but width has "
        "come before height, so every image is mirrored in its diagonal.": lambda images: np.swapaxes(images, 1, 3),
        "`.T` turns the order of all axes round. The batch has to stay in front.": lambda images: images.T,
        "The batch axis has gone. Keep it, also when there is only one image.": lambda images: np.moveaxis(
            images[0], 0, -1
        ),
        "You returned the first image only. Keep all images of the batch.": lambda images: np.moveaxis(
            images[:1], 1, -1
        ),
        "That is the way back, from channels last to channels first: the last axis has "
        "gone to position 1. Here the axis at position 1 has to go to the end.": lambda images: np.moveaxis(
            images, -1, 1
        ),
    },
)


def bounding_box(mask):
    """Find the smallest box that holds all of an object.

    `mask` is an array of True and False, True on the object. Return
    four whole numbers: the first row, the first column, the height and
    the width of the box.
    """
    rows = np.flatnonzero(mask.any(axis=1))
    columns = np.flatnonzero(mask.any(axis=0))
    height = rows[-1] - rows[0] + 1
    width = columns[-1] - columns[0] + 1
    return rows[0], columns[0], height, width


def _from(box):
    """A mistake that is made with the right box."""
    return lambda mask: box(*bounding_box(mask))


def _masks():
    bar = np.zeros((5, 6), bool)
    bar[1:3, 2:6] = True
    two_parts = np.zeros((6, 8), bool)
    two_parts[[1, 4, 4], [6, 2, 3]] = True
    single = np.zeros((3, 3), bool)
    single[2, 0] = True
    return [(bar,), (two_parts,), (single,)]


def _columns_taken_as_sorted(mask):
    rows, columns = np.nonzero(mask)
    return rows[0], columns[0], rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1


from_mask_to_box = Exercise(
    id="01-bounding-box",
    title="From a mask to a box",
    prompt=(
        "Write `bounding_box(mask)`, which turns an answer to the fourth question into the box of the second. The first "
        "check has a bar of two rows, 1 and 2, and four columns, 2 to 5: its box is `1, 2, 2, 4`."
    ),
    solution=bounding_box,
    hints=(
        "Rows and columns can be treated apart. Which rows have any True in them?",
        "`mask.any(axis=1)` says so for each row, `mask.any(axis=0)` for each column; `np.flatnonzero` gives their numbers.",
        "From the first to the last row it is `last - first + 1` rows: both ends belong to the box.",
    ),
    inputs=_masks,
    mistakes={
        "The box is one short: from row 1 to row 2 there are 2 rows, not 1.": _from(
            lambda row, column, height, width: (row, column, height - 1, width - 1)
        ),
        "Rows and columns are exchanged: row before column and height before width. (`any(axis=1)` "
        "gives an answer for each row.)": _from(lambda row, column, height, width: (column, row, width, height)),
        "The corner is right. Then comes the height, before the width.": _from(
            lambda row, column, height, width: (row, column, width, height)
        ),
        "You gave the first and last row, then the first and last "
        "column. Asked for are the first corner, then height and width.": _from(
            lambda row, column, height, width: (row, row + height - 1, column, column + width - 1)
        ),
        "np.nonzero and np.where go through the mask row by row. So the rows they give are in order, the "
        "columns are not: the first column is the smallest of them, the last the greatest.": _columns_taken_as_sorted,
        "You gave two corners. Asked for are the first corner, then height and width.": _from(
            lambda row, column, height, width: (row, column, row + height - 1, column + width - 1)
        ),
        "You gave where the box ends (as a slice would). Asked for are the first corner, then height and width.": _from(
            lambda row, column, height, width: (row, column, row + height, column + width)
        ),
        "You counted the rows and columns with True in them. An object may have gaps: take the last one minus the "
        "first one, plus 1.": lambda mask: (*bounding_box(mask)[:2], mask.any(axis=1).sum(), mask.any(axis=0).sum()),
    },
)


def three_counts(size, kernel):
    """Count the weights of three layers on a grey image.

    The image has `size` × `size` pixels. Each layer has an output for
    every position where a window of `kernel` × `kernel` pixels fits into
    the image. Return three numbers, without biases: the weights of a
    dense layer, of one whose outputs see only their window, and of one
    that uses the same weights in every window.
    """
    outputs = (size - kernel + 1) ** 2
    dense = outputs * size**2
    local = outputs * kernel**2
    shared = kernel**2
    return dense, local, shared


def _with_outputs(outputs, size, kernel):
    return outputs * size**2, outputs * kernel**2, kernel**2


def _with_biases(size, kernel):
    outputs = (size - kernel + 1) ** 2
    return outputs * (size**2 + 1), outputs * (kernel**2 + 1), kernel**2 + 1


three_layers = Exercise(
    id="01-three-counts",
    title="Three layers, three counts",
    prompt=(
        "Write `three_counts(size, kernel)`. By hand first: a window of $2 \\times 2$ fits into an image of "
        "$4 \\times 4$ at 9 positions. What are the three counts?"
    ),
    solution=three_counts,
    hints=(
        "How many outputs are there? Along a row, a window can start at 0, 1, … up to `size - kernel`.",
        "There are `(size - kernel + 1) ** 2` outputs. In a dense layer, how many weights has each of them?",
        "Dense: outputs times pixels. Local: outputs times the pixels of a window. Shared: the pixels of one window.",
    ),
    inputs=lambda: [(4, 2), (28, 3), (200, 5)],
    fresh=lambda random: [(int(size), int(random.integers(2, 7))) for size in random.integers(8, 120, 3)],
    mistakes={
        "You gave the layer an output for every pixel. "
        "There is one for every position where the window fits, which is fewer.": lambda n, k: (
            n**4,
            n**2 * k**2,
            k**2,
        ),
        "You gave the dense layer an output for every pixel. Here all three layers have "
        "the same outputs: one for every position where the window fits.": lambda n, k: (n**4, *three_counts(n, k)[1:]),
        "Your windows lie side by side. They may overlap: each position counts.": lambda n, k: _with_outputs(
            (n // k) ** 2, n, k
        ),
        "You counted the positions along one row. The window can move down as well.": lambda n, k: _with_outputs(
            n - k + 1, n, k
        ),
        "In each direction one position is missing: a window can start at 0 as well.": lambda n, k: _with_outputs(
            (n - k) ** 2, n, k
        ),
        "Those are the weights of one output. In the first two layers, how many outputs are there?": lambda n, k: (
            _with_outputs(1, n, k)
        ),
        "You counted the biases too; this time, the weights alone were asked for.": _with_biases,
        "The third layer uses the SAME weights in every window: they are counted once.": lambda n, k: (
            *three_counts(n, k)[:2],
            three_counts(n, k)[1],
        ),
    },
)


EXERCISES = [nothing_turns_dark, channels_to_the_end, three_layers, from_mask_to_box]
