"""Exercises of chapter 3, padding, stride and pooling."""

import math

import numpy as np

from labkit import ops
from labkit.course.exercises import Exercise


def count_positions(size, kernel, stride, padding):
    """Count the positions of a kernel along one axis.

    All four are whole numbers: the length of the axis, the length of
    the kernel, the stride from position to position, and the zeros
    added on EACH side of the axis.
    """
    room = size + 2 * padding - kernel
    return room // stride + 1


def _axes():
    # In (10, 3, 4, 0) three quarters of a step are left over: rounding to the nearest goes wrong.
    return [
        (7, 3, 1, 0),
        (7, 3, 2, 0),
        (13, 6, 5, 0),
        (10, 3, 4, 0),
        (5, 3, 1, 1),
        (224, 11, 4, 4),
        (28, 5, 3, 2),
        (6, 6, 4, 0),
    ]


count_them = Exercise(
    id="03-places",
    title="Count the positions",
    prompt=(
        "Write `count_positions(size, kernel, stride, padding)`. The first check is the one above: a kernel of 3 on "
        "7 pixels, a stride of 1, no padding."
    ),
    solution=count_positions,
    hints=(
        "How far can the kernel's first weight move? At the start it stands on the first entry of the padded "
        "axis; at the end the kernel's LAST weight stands on the last one.",
        "It can move by (padded length − kernel) in all. How many steps fit into that? `//` divides and rounds down.",
        "The number of positions is the number of steps plus one: the position where it began counts too.",
    ),
    inputs=_axes,
    fresh=lambda random: [
        (int(size), int(kernel), int(stride), int(padding))
        for size, kernel, stride, padding in random.integers((12, 2, 1, 0), (100, 12, 6, 4), (6, 4))
    ],
    mistakes={
        "You counted the steps. There is one position more than steps: the first.": lambda n, k, s, p: (
            (n + 2 * p - k) // s
        ),
        "The padding is added on each side, so the axis grows by twice as much.": lambda n, k, s, p: (
            (n + p - k) // s + 1
        ),
        "The padding is not in it yet: it makes the axis longer, on each side.": lambda n, k, s, p: count_positions(
            n, k, s, 0
        ),
        "A part of a step is no position: round down, with `//`, before you add the first one.": lambda n, k, s, p: (
            (n + 2 * p - k) / s + 1
        ),
        "Add the 1 after dividing by the stride: the first position is not a pixel more.": lambda n, k, s, p: (
            (n + 2 * p - k + 1) // s
        ),
        "Rounded up, the last position hangs over the end. Round down.": lambda n, k, s, p: (
            math.ceil((n + 2 * p - k) / s) + 1
        ),
        "`round` goes to the nearest number, so "
        "most of a step counts as a whole one. Always round down.": lambda n, k, s, p: round((n + 2 * p - k) / s) + 1,
        "You took every position. With a stride of s, the kernel moves s at a time.": lambda n, k, s, p: (
            n + 2 * p - k + 1
        ),
    },
)


def zeros_for_same(size, kernel, stride):
    """Find the zeros that same padding puts before and after an axis.

    There are to be size / stride positions, rounded up. Return the pair
    (before, after): as few zeros as are enough, shared as evenly as
    possible, the odd one after.
    """
    positions = math.ceil(size / stride)
    needed = (positions - 1) * stride + kernel
    zeros = max(needed - size, 0)
    before = zeros // 2
    return before, zeros - before


def _shared(zeros):
    return zeros // 2, zeros - zeros // 2


def _axes_to_pad():
    return [(5, 3, 1), (13, 6, 5), (12, 4, 1), (28, 3, 2), (224, 11, 4), (10, 1, 2)]


what_same_adds = Exercise(
    id="03-same-padding",
    title="What same padding adds",
    prompt=(
        "Write `zeros_for_same(size, kernel, stride)`, which returns the zeros before and after the axis. By hand "
        "first: 5 pixels, a kernel of 3 and a stride of 1; then 13, 6 and 5 as above."
    ),
    solution=zeros_for_same,
    hints=(
        "Begin with the number of positions: `math.ceil(size / stride)`.",
        "How long must the axis be for that many positions? The last one begins at (positions − 1) · stride, and "
        "the kernel covers `kernel` entries from there.",
        "Zeros = needed − size, but never below 0. Then `zeros // 2` go before, the others after.",
    ),
    inputs=_axes_to_pad,
    fresh=lambda random: [
        (int(size), int(kernel), int(stride))
        for size, kernel, stride in random.integers((12, 1, 1), (100, 12, 6), (6, 3))
    ],
    mistakes={
        "The odd zero goes after, in Keras. You put it before.": lambda n, k, s: zeros_for_same(n, k, s)[::-1],
        "That is right at stride 1. With larger strides fewer positions are asked for.": lambda n, k, s: zeros_for_same(
            n, k, 1
        ),
        "(k − 1)/2 on each side is right for an "
        "odd kernel at stride 1. Here, count the zeros that are missing.": lambda n, k, s: ((k - 1) // 2, (k - 1) // 2),
        "No axis can get less than no zeros: take `max(…, 0)`.": lambda n, k, s: _shared(
            (math.ceil(n / s) - 1) * s + k - n
        ),
        "The number of positions, size / stride, is rounded up, not down.": lambda n, k, s: _shared(
            max((n // s - 1) * s + k - n, 0)
        ),
        "An odd number of zeros cannot be shared equally: one is missing, after.": lambda n, k, s: (
            (zeros_for_same(n, k, s)[0],) * 2
        ),
        "There is no half zero. If their number is odd, the odd one goes after.": lambda n, k, s: (
            (sum(zeros_for_same(n, k, s)) / 2,) * 2
        ),
        "The first position is 0, so the last of m positions begins after m − 1 strides, not m.": lambda n, k, s: (
            _shared(max(math.ceil(n / s) * s + k - n, 0))
        ),
        "All of them stand after the axis. Share them: half before, half after.": lambda n, k, s: (
            0,
            sum(zeros_for_same(n, k, s)),
        ),
    },
)


def window_around(image, row, column):
    """Cut out the 3×3 window with image[row, column] in its middle.

    The image is a NumPy array of shape (height, width); the position
    is never on its border. Return the window, a 3×3 array.
    """
    return image[row - 1 : row + 2, column - 1 : column + 2]


def _positions_in_an_image():
    image = np.arange(49).reshape(7, 7)
    return [(image, 1, 1), (image, 3, 2), (image, 2, 4)]


around_a_position = Exercise(
    id="03-window",
    title="The window around a position",
    prompt="Write `window_around(image, row, column)` as one slice of the image. Mind where a Python slice ends.",
    solution=window_around,
    hints=(
        "Which three rows are meant? Write down the number of the first and of the last.",
        "A slice `a:b` begins with a and ends before b.",
    ),
    inputs=_positions_in_an_image,
    mistakes={
        "Your slice ends too early: `a:b` leaves b out, so this is 2×2.": lambda image, r, c: image[
            r - 1 : r + 1, c - 1 : c + 1
        ],
        "Here the position is the window's first corner. It should be in its middle.": lambda image, r, c: image[
            r : r + 3, c : c + 3
        ],
        "Here the position is the window's last corner. It should be in its middle.": lambda image, r, c: image[
            r - 2 : r + 1, c - 2 : c + 1
        ],
        "Your second pair of brackets cuts rows "
        "again. Write both slices in one: `[rows, columns]`.": lambda image, r, c: image[r - 1 : r + 2][c - 1 : c + 2],
        "Your slice ends too late: the last row is row + 1, and `a:b` leaves b out.": lambda image, r, c: image[
            r - 1 : r + 3, c - 1 : c + 3
        ],
        "Row and column are exchanged: the first index goes down.": lambda image, r, c: image[
            c - 1 : c + 2, r - 1 : r + 2
        ],
    },
)


def max_pool(image):
    """Keep the largest entry of each 2×2 window.

    The image is a NumPy array of shape (height, width). Windows lie
    side by side; a last row or column that fills no window is left
    out. Return an array.
    """
    height, width = image.shape[0] // 2, image.shape[1] // 2
    output = np.zeros((height, width))
    for row in range(height):
        for column in range(width):
            window = image[2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
            output[row, column] = window.max()
    return output


def _maps():
    random = np.random.default_rng(3)
    # The second has an odd width and negative numbers: a rest that is kept, or a maximum that begins at 0, shows.
    return [
        (np.array([[3, 2, 5, 6], [8, 9, 5, 3], [4, 4, 6, 8], [1, 1, 2, 1]]),),
        (random.integers(-9, 4, (4, 7)),),
        (random.integers(-9, -1, (5, 6)),),
    ]


def _loops_to_the_edge(image):
    output = np.zeros((image.shape[0] // 2, image.shape[1] // 2))
    for row in range(0, image.shape[0], 2):
        for column in range(0, image.shape[1], 2):
            output[row // 2, column // 2] = image[row : row + 2, column : column + 2].max()
    return output


with_two_loops = Exercise(
    id="03-max-pool",
    title="Max pooling with two loops",
    prompt=(
        "Write `max_pool(image)` for windows of 2×2 that lie side by side. The first check is the map above; "
        "others have an odd side, or no positive entry."
    ),
    solution=max_pool,
    hints=(
        "The output has half as many rows and columns, rounded down.",
        "Output entry `[row, column]` comes from the window whose corner is at `[2 * row, 2 * column]`.",
        "Cut the window out with a slice of two rows and two columns, and take its `.max()`.",
    ),
    inputs=_maps,
    by_hand=("labkit.ops.max_pool2d",),
    mistakes={
        "Your windows overlap: move on by two, not by one.": lambda image: ops.max_pool2d(image, 2, stride=1),
        "You kept the first entry of each window. Keep the largest.": lambda image: image[:-1:2, :-1:2],
        "You took the mean of each window. Keep the largest entry.": lambda image: ops.average_pool2d(image, 2),
        "You took the smallest entry of each window. Keep the largest.": lambda image: ops.min_pool2d(image, 2),
        "Your windows overlap: the one for `[row, column]` begins at `[2 * row, 2 * column]`.": lambda image: (
            ops.max_pool2d(image, 2, stride=1)[: len(image) // 2, : image.shape[1] // 2]
        ),
        "You pooled the last row or column too, which fills no window. Leave it out.": lambda image: ops.max_pool2d(
            image, 2, padding="same"
        ),
        "Where all of a window is negative you gave "
        "0, which is not in the window. Begin with one of its entries.": lambda image: np.maximum(max_pool(image), 0),
        "Your loops reach a last row or column "
        "that fills no window: there are `height // 2` and `width // 2` windows, rounded down.": _loops_to_the_edge,
    },
)


def paired_difference(first, second):
    """Compare two ways of doing something, seed by seed.

    Both are NumPy arrays: the accuracy of each way for each seed, the
    seeds in the same order. Return two numbers: the mean of the
    differences (first minus second), and their standard deviation
    (with n - 1).
    """
    differences = first - second
    return differences.mean(), differences.std(ddof=1)


def _accuracies():
    return [
        (np.array([0.90, 0.92, 0.88]), np.array([0.89, 0.90, 0.88])),
        (np.array([0.81, 0.84, 0.80, 0.83]), np.array([0.82, 0.81, 0.80, 0.85])),
    ]


is_it_a_difference = Exercise(
    id="03-paired-difference",
    title="Is it a difference?",
    prompt=(
        "Write `paired_difference(first, second)`. By hand: accuracies of 0.90, 0.92, 0.88 against 0.89, 0.90, "
        "0.88 differ by 0.01, 0.02 and 0."
    ),
    solution=paired_difference,
    hints=(
        "Subtract first, seed by seed: `first - second` does it for whole arrays.",
        "Then take mean and standard deviation of these differences, not of the accuracies.",
        "NumPy's `.std()` divides by n unless you tell it `ddof=1`.",
    ),
    inputs=_accuracies,
    mistakes={
        "The standard deviation divides by n here; from a few "
        "seeds, divide by n − 1 (`ddof=1`).": lambda first, second: ((first - second).mean(), (first - second).std()),
        "The sign is wrong: first minus second was asked for.": lambda first, second: paired_difference(second, first),
        "This spread is that of two unrelated samples. Subtract "
        "seed by seed first: what both ways share cancels.": lambda first, second: (
            first.mean() - second.mean(),
            np.sqrt(first.var(ddof=1) + second.var(ddof=1)),
        ),
        "You subtracted two spreads. What is asked is the spread of the differences.": lambda first, second: (
            first.mean() - second.mean(),
            first.std(ddof=1) - second.std(ddof=1),
        ),
        "Without their signs the differences cannot cancel, and every way would be ahead.": lambda first, second: (
            paired_difference(np.abs(first - second), 0)
        ),
        "This is the variance. The standard deviation is its root.": lambda first, second: (
            (first - second).mean(),
            (first - second).var(ddof=1),
        ),
        "This is the standard error of the mean. What is asked is the spread of the "
        "differences themselves.": lambda first, second: paired_difference(first, second) / np.sqrt([1, len(first)]),
    },
)


EXERCISES = [count_them, what_same_adds, with_two_loops, around_a_position, is_it_a_difference]
