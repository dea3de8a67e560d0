"""Exercises of chapter 3, padding, stride and pooling."""

import math

import numpy as np

from labkit import ops
from labkit.course.exercises import Exercise, WrongAnswer

# ── Exercise 1 ────────────────────────────────────────────────────────────────────────────────────────────────────


def count_places(size, kernel, stride, padding):
    """Count the places where a kernel can lie along one axis.

    All four are whole numbers: the length of the axis, the length of
    the kernel, the step from place to place, and the number of zeros
    added on EACH side of the axis.
    """
    room = size + 2 * padding - kernel
    return room // stride + 1


def _without_the_first(size, kernel, stride, padding):
    return (size + 2 * padding - kernel) // stride


def _padded_on_one_side(size, kernel, stride, padding):
    return (size + padding - kernel) // stride + 1


def _not_rounded(size, kernel, stride, padding):
    return (size + 2 * padding - kernel) / stride + 1


def _one_added_too_early(size, kernel, stride, padding):
    return (size + 2 * padding - kernel + 1) // stride


def _rounded_up(size, kernel, stride, padding):
    return math.ceil((size + 2 * padding - kernel) / stride) + 1


def _rounded_to_the_nearest(size, kernel, stride, padding):
    return round((size + 2 * padding - kernel) / stride) + 1


def _stride_forgotten(size, kernel, stride, padding):
    return size + 2 * padding - kernel + 1


def _padding_forgotten(size, kernel, stride, padding):
    return count_places(size, kernel, stride, 0)


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


# ── Exercise 2 ────────────────────────────────────────────────────────────────────────────────────────────────────


def zeros_for_same(size, kernel, stride):
    """Find the zeros that same padding puts before and after an axis.

    There are to be size / stride places, rounded up. Return the pair
    (before, after): as few zeros as are enough, shared as evenly as
    possible, the odd one after.
    """
    places = math.ceil(size / stride)
    needed = (places - 1) * stride + kernel
    zeros = max(needed - size, 0)
    before = zeros // 2
    return before, zeros - before


def _odd_one_before(size, kernel, stride):
    return zeros_for_same(size, kernel, stride)[::-1]


def _stride_ignored(size, kernel, stride):
    return zeros_for_same(size, kernel, 1)


def _rule_for_odd_kernels(size, kernel, stride):
    return (kernel - 1) // 2, (kernel - 1) // 2


def _below_zero(size, kernel, stride):
    zeros = (math.ceil(size / stride) - 1) * stride + kernel - size
    return zeros // 2, zeros - zeros // 2


def _places_rounded_down(size, kernel, stride):
    zeros = max((size // stride - 1) * stride + kernel - size, 0)
    return zeros // 2, zeros - zeros // 2


def _odd_one_lost(size, kernel, stride):
    before = zeros_for_same(size, kernel, stride)[0]
    return before, before


def _shared_unevenly(size, kernel, stride):
    return 0, sum(zeros_for_same(size, kernel, stride))


def _odd_one_on_both_sides(size, kernel, stride):
    after = zeros_for_same(size, kernel, stride)[1]
    return after, after


def _zeros_in_halves(size, kernel, stride):
    half = sum(zeros_for_same(size, kernel, stride)) / 2
    return half, half


def _all_in_one(size, kernel, stride):
    return sum(zeros_for_same(size, kernel, stride))


def _one_stride_too_many(size, kernel, stride):
    zeros = max(math.ceil(size / stride) * stride + kernel - size, 0)
    return zeros // 2, zeros - zeros // 2


def _axes_to_pad():
    return [(5, 3, 1), (13, 6, 5), (12, 4, 1), (28, 3, 2), (224, 11, 4), (10, 1, 2)]


# ── Exercise 3 ────────────────────────────────────────────────────────────────────────────────────────────────────


def window_around(image, row, column):
    """Cut out the 3×3 window with image[row, column] in its middle.

    The image is a NumPy array of shape (height, width); the place is
    never on its border. Return the window, a 3×3 array.
    """
    return image[row - 1 : row + 2, column - 1 : column + 2]


def _two_by_two(image, row, column):
    return image[row - 1 : row + 1, column - 1 : column + 1]


def _place_in_the_corner(image, row, column):
    return image[row : row + 3, column : column + 3]


def _place_in_the_last_corner(image, row, column):
    return image[row - 2 : row + 1, column - 2 : column + 1]


def _rows_cut_twice(image, row, column):
    return image[row - 1 : row + 2][column - 1 : column + 2]


def _four_by_four(image, row, column):
    return image[row - 1 : row + 3, column - 1 : column + 3]


def _indices_exchanged(image, row, column):
    return image[column - 1 : column + 2, row - 1 : row + 2]


def _places_in_a_picture():
    image = np.arange(49).reshape(7, 7)
    return [(image, 1, 1), (image, 3, 2), (image, 2, 4)]


# ── Exercise 4 ────────────────────────────────────────────────────────────────────────────────────────────────────


def max_pool(image):
    """Keep the largest number of each 2×2 window.

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


def _overlapping_windows(image):
    return ops.max_pool2d(image, 2, stride=1)


def _every_second_number(image):
    return image[:-1:2, :-1:2]


def _average_pool(image):
    return ops.average_pool2d(image, 2)


def _min_pool(image):
    return ops.min_pool2d(image, 2)


def _corner_not_doubled(image):
    height, width = image.shape[0] // 2, image.shape[1] // 2
    return ops.max_pool2d(image, 2, stride=1)[:height, :width]


def _rest_kept(image):
    return ops.max_pool2d(image, 2, padding="same")


def _compared_with_zero(image):
    return np.maximum(max_pool(image), 0)


def _maps():
    random = np.random.default_rng(3)
    # The second has an odd width and negative numbers: a rest that is kept, or a maximum that begins at 0, shows.
    return [
        (np.array([[3, 2, 5, 6], [8, 9, 5, 3], [4, 4, 6, 8], [1, 1, 2, 1]]),),
        (random.integers(-9, 4, (4, 7)),),
        (random.integers(-9, -1, (5, 6)),),
    ]


# ── Exercise 5 ────────────────────────────────────────────────────────────────────────────────────────────────────


def paired_difference(first, second):
    """Compare two ways of doing something, seed by seed.

    Both are NumPy arrays: the accuracy of each way for each seed, the
    seeds in the same order. Return two numbers: the mean of the
    differences (first minus second), and their standard deviation
    (with n - 1).
    """
    differences = first - second
    return differences.mean(), differences.std(ddof=1)


def _divided_by_n(first, second):
    return (first - second).mean(), (first - second).std()


def _other_way_round(first, second):
    return paired_difference(second, first)


def _mean_only(first, second):
    return (first - second).mean()


def _not_paired(first, second):
    return first.mean() - second.mean(), np.sqrt(first.var(ddof=1) + second.var(ddof=1))


def _difference_of_spreads(first, second):
    return first.mean() - second.mean(), first.std(ddof=1) - second.std(ddof=1)


def _signs_dropped(first, second):
    distances = np.abs(first - second)
    return distances.mean(), distances.std(ddof=1)


def _variance(first, second):
    return (first - second).mean(), (first - second).var(ddof=1)


def _deviation_first(first, second):
    return paired_difference(first, second)[::-1]


def _standard_error(first, second):
    mean, deviation = paired_difference(first, second)
    return mean, deviation / np.sqrt(len(first))


def _accuracies():
    return [
        (np.array([0.90, 0.92, 0.88]), np.array([0.89, 0.90, 0.88])),
        (np.array([0.81, 0.84, 0.80, 0.83]), np.array([0.82, 0.81, 0.80, 0.85])),
    ]


EXERCISES = [
    Exercise(
        id="03-places",
        title="Count the places",
        prompt=(
            "Write `count_places(size, kernel, stride, padding)`. The first check is the one above: a kernel of 3 on "
            "7 numbers, one step at a time, nothing padded."
        ),
        solution=count_places,
        hints=(
            "How far can the kernel's first number move? At the start it stands on the first number of the padded "
            "axis; at the end the kernel's LAST number stands on the last one.",
            "It can move by (padded length − kernel) in all. How many steps fit into that? `//` divides and rounds down.",
            "The number of places is the number of steps plus one: the place where it began counts too.",
        ),
        inputs=_axes,
        wrong_answers=(
            WrongAnswer(_without_the_first, "You counted the steps. There is one place more than steps: the first."),
            WrongAnswer(_padded_on_one_side, "The padding is added on each side, so the axis grows by twice as much."),
            WrongAnswer(_padding_forgotten, "The padding is not in it yet: it makes the axis longer, on each side."),
            WrongAnswer(
                _not_rounded, "A part of a step is no place: round down, with `//`, before you add the first place."
            ),
            WrongAnswer(
                _one_added_too_early, "Add the 1 after dividing by the stride: the first place is a place, not a pixel."
            ),
            WrongAnswer(_rounded_up, "Rounded up, the last place hangs over the end. Round down."),
            WrongAnswer(
                _rounded_to_the_nearest,
                "`round` goes to the nearest number, so most of a step counts as a whole one. Always round down.",
            ),
            WrongAnswer(_stride_forgotten, "You took every place. With a stride of s, the kernel moves s at a time."),
        ),
    ),
    Exercise(
        id="03-same-padding",
        title="What same padding adds",
        prompt=(
            "Write `zeros_for_same(size, kernel, stride)`, which returns the zeros before and after the axis. By hand "
            "first: 5 numbers, a kernel of 3 and a stride of 1; then 13, 6 and 5 as above."
        ),
        solution=zeros_for_same,
        hints=(
            "Begin with the number of places: `math.ceil(size / stride)`.",
            "How long must the axis be for that many places? The last one begins at (places − 1) · stride, and the "
            "kernel reaches `kernel` numbers from there.",
            "Zeros = needed − size, but never below 0. Then `zeros // 2` go before, the others after.",
        ),
        inputs=_axes_to_pad,
        wrong_answers=(
            WrongAnswer(_odd_one_before, "The odd zero goes after, in Keras. You put it before."),
            WrongAnswer(_stride_ignored, "That is right at stride 1. With larger strides fewer places are asked for."),
            WrongAnswer(
                _rule_for_odd_kernels,
                "(k − 1)/2 on each side is right for an odd kernel at stride 1. Here, count the zeros that are missing.",
            ),
            WrongAnswer(_below_zero, "No axis can get less than no zeros: take `max(…, 0)`."),
            WrongAnswer(_places_rounded_down, "The number of places, size / stride, is rounded up, not down."),
            WrongAnswer(_odd_one_lost, "An odd number of zeros cannot be shared equally: one is missing, after."),
            WrongAnswer(
                _odd_one_on_both_sides,
                "You rounded up on both sides, so one zero too many is added when their number is odd.",
            ),
            WrongAnswer(_zeros_in_halves, "There is no half zero. If their number is odd, the odd one goes after."),
            WrongAnswer(_all_in_one, "This is their number in all. Return a pair: how many before, how many after."),
            WrongAnswer(
                _one_stride_too_many,
                "The first place begins at 0, so the last of m places begins after m − 1 strides, not m.",
            ),
            WrongAnswer(_shared_unevenly, "All of them stand after the axis. Share them: half before, half after."),
        ),
    ),
    Exercise(
        id="03-window",
        title="The window around a place",
        prompt=("Write `window_around(image, row, column)` as one slice of the image. Mind where a Python slice ends."),
        solution=window_around,
        hints=(
            "Which three rows are meant? Write down the number of the first and of the last.",
            "A slice `a:b` begins with a and ends before b.",
        ),
        inputs=_places_in_a_picture,
        wrong_answers=(
            WrongAnswer(_two_by_two, "Your slice ends too early: `a:b` leaves b out, so this is 2×2."),
            WrongAnswer(
                _place_in_the_corner, "Here the place is the window's first corner. It should be in its middle."
            ),
            WrongAnswer(
                _place_in_the_last_corner, "Here the place is the window's last corner. It should be in its middle."
            ),
            WrongAnswer(
                _rows_cut_twice,
                "Your second pair of brackets cuts rows again. Write both slices in one: `[rows, columns]`.",
            ),
            WrongAnswer(_four_by_four, "Your slice ends too late: the last row is row + 1, and `a:b` leaves b out."),
            WrongAnswer(_indices_exchanged, "Row and column are exchanged: the first index goes down."),
        ),
    ),
    Exercise(
        id="03-max-pool",
        title="Max pooling with two loops",
        prompt=(
            "Write `max_pool(image)` for windows of 2×2 that lie side by side. The first check is the map above; "
            "others have an odd side, or no positive number."
        ),
        solution=max_pool,
        hints=(
            "The output has half as many rows and columns, rounded down.",
            "Output entry `[row, column]` comes from the window whose corner is at `[2 * row, 2 * column]`.",
            "Cut the window out with a slice of two rows and two columns, and take its `.max()`.",
        ),
        inputs=_maps,
        wrong_answers=(
            WrongAnswer(_overlapping_windows, "Your windows overlap: move on by two, not by one."),
            WrongAnswer(_every_second_number, "You kept the first number of each window. Keep the largest."),
            WrongAnswer(_average_pool, "You took the mean of each window. Keep the largest number."),
            WrongAnswer(_min_pool, "You took the smallest number of each window. Keep the largest."),
            WrongAnswer(
                _corner_not_doubled,
                "Your windows overlap: the one for `[row, column]` begins at `[2 * row, 2 * column]`.",
            ),
            WrongAnswer(_rest_kept, "You pooled the last row or column too, which fills no window. Leave it out."),
            WrongAnswer(
                _compared_with_zero,
                "Where all of a window is negative you gave 0, which is not in the window. Begin with one of its numbers.",
            ),
        ),
    ),
    Exercise(
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
        wrong_answers=(
            WrongAnswer(
                _divided_by_n, "The standard deviation divides by n here; from a few seeds, divide by n − 1 (`ddof=1`)."
            ),
            WrongAnswer(_mean_only, "Two numbers were asked for; the standard deviation is missing."),
            WrongAnswer(_other_way_round, "The sign is wrong: first minus second was asked for."),
            WrongAnswer(
                _not_paired,
                "This spread is that of two unrelated samples. Subtract seed by seed first: what both ways share cancels.",
            ),
            WrongAnswer(
                _difference_of_spreads, "You subtracted two spreads. What is asked is the spread of the differences."
            ),
            WrongAnswer(
                _signs_dropped, "Without their signs the differences cannot cancel, and every way would be ahead."
            ),
            WrongAnswer(_variance, "This is the variance. The standard deviation is its root."),
            WrongAnswer(_deviation_first, "The two numbers are exchanged: first the mean, then the deviation."),
            WrongAnswer(
                _standard_error,
                "This is the standard error of the mean. What is asked is the spread of the differences themselves.",
            ),
        ),
    ),
]
