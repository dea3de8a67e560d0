"""Exercises of chapter 13, filter patterns."""

import numpy as np

from labkit.course.exercises import Exercise, WrongAnswer

# ── Exercise 1 ────────────────────────────────────────────────────────────────────────────────────────────────────


def slope_of_the_sum(kernel, size, stride):
    """Say how much each pixel counts in the sum of a filter's answers.

    The picture is square, `size` pixels a side, and grey. The filter is
    linear: at each place its answer is the sum of kernel times pixels.
    The kernel is square; it stands first at row 0, column 0 and moves by
    `stride`, as long as it lies inside the picture. Return an array of
    shape (size, size): for each pixel, the slope of the sum.
    """
    side = len(kernel)
    slope = np.zeros((size, size))
    for top in range(0, size - side + 1, stride):
        for left in range(0, size - side + 1, stride):
            slope[top : top + side, left : left + side] += kernel
    return slope


def _flipped(kernel, size, stride):
    return slope_of_the_sum(kernel[::-1, ::-1], size, stride)


def _mean_of_answers(kernel, size, stride):
    places = len(range(0, size - len(kernel) + 1, stride)) ** 2
    return slope_of_the_sum(kernel, size, stride) / places


def _put_over(kernel, size, stride):
    side = len(kernel)
    slope = np.zeros((size, size))
    for top in range(0, size - side + 1, stride):
        for left in range(0, size - side + 1, stride):
            slope[top : top + side, left : left + side] = kernel
    return slope


def _no_stride(kernel, size, stride):
    return slope_of_the_sum(kernel, size, 1)


def _one_place(kernel, size, stride):
    slope = np.zeros((size, size))
    slope[: len(kernel), : len(kernel)] = kernel
    return slope


def _last_place_missing(kernel, size, stride):
    side = len(kernel)
    slope = np.zeros((size, size))
    for top in range(0, size - side, stride):
        for left in range(0, size - side, stride):
            slope[top : top + side, left : left + side] += kernel
    return slope


def _how_often(kernel, size, stride):
    return slope_of_the_sum(np.ones_like(kernel), size, stride)


def _over_the_edge(kernel, size, stride):
    return slope_of_the_sum(kernel, size + len(kernel) - 1, stride)[:size, :size]


def _stride_only_counted(kernel, size, stride):
    side = len(kernel)
    places = (size - side) // stride + 1
    slope = np.zeros((size, size))
    for top in range(places):
        for left in range(places):
            slope[top : top + side, left : left + side] += kernel
    return slope


def _along_the_diagonal(kernel, size, stride):
    side = len(kernel)
    slope = np.zeros((size, size))
    for place in range(0, size - side + 1, stride):
        slope[place : place + side, place : place + side] += kernel
    return slope


def _stride_in_rows_only(kernel, size, stride):
    side = len(kernel)
    slope = np.zeros((size, size))
    for top in range(0, size - side + 1, stride):
        for left in range(size - side + 1):
            slope[top : top + side, left : left + side] += kernel
    return slope


def _stride_in_columns_only(kernel, size, stride):
    return _stride_in_rows_only(kernel.T, size, stride).T


def _all_weights_everywhere(kernel, size, stride):
    return np.full((size, size), kernel.sum())


def _kernels():
    random = np.random.default_rng(13)
    by_hand = np.array([[1.0, 2.0], [3.0, 4.0]])
    return [
        (by_hand, 3, 1),
        (np.array([[1.0, -2.0, 4.0], [0.0, 1.0, 0.0], [2.0, 0.0, 0.0]]), 7, 2),
        (random.normal(size=(3, 3)), 6, 1),
    ]


# ── Exercise 2 ────────────────────────────────────────────────────────────────────────────────────────────────────


def climb(picture, gradient):
    """Take one step of gradient ascent, as the decks do.

    Divide the gradient by its root mean square (square all its numbers,
    take their mean, then the root), to which 1e-5 has been added. Add
    the result to the picture, and return the new picture.
    """
    size = np.sqrt(np.mean(gradient**2))
    return picture + gradient / (size + 1e-5)


def _down(picture, gradient):
    return 2 * picture - climb(picture, gradient)


def _as_it_is(picture, gradient):
    return picture + gradient


def _by_the_length(picture, gradient):
    return picture + gradient / (np.sqrt(np.sum(gradient**2)) + 1e-5)


def _no_root(picture, gradient):
    return picture + gradient / (np.mean(gradient**2) + 1e-5)


def _by_the_greatest(picture, gradient):
    return picture + gradient / (np.abs(gradient).max() + 1e-5)


def _by_the_deviation(picture, gradient):
    return picture + gradient / (gradient.std() + 1e-5)


def _by_the_mean_size(picture, gradient):
    return picture + gradient / (np.abs(gradient).mean() + 1e-5)


def _signs_only(picture, gradient):
    return picture + np.sign(gradient)


def _nothing_added(picture, gradient):
    with np.errstate(all="ignore"):
        return picture + gradient / np.sqrt(np.mean(gradient**2))


def _added_under_the_root(picture, gradient):
    return picture + gradient / np.sqrt(np.mean(gradient**2) + 1e-5)


def _added_after_dividing(picture, gradient):
    with np.errstate(all="ignore"):
        return picture + gradient / np.sqrt(np.mean(gradient**2)) + 1e-5


def _change_only(picture, gradient):
    return climb(picture, gradient) - picture


def _picture_normalized_too(picture, gradient):
    moved = picture + gradient
    return moved / (np.sqrt(np.mean(gradient**2)) + 1e-5)


def _by_the_mean(picture, gradient):
    return picture + gradient / (gradient.mean() + 1e-5)


def _root_of_the_mean_size(picture, gradient):
    return picture + gradient / (np.sqrt(np.abs(gradient).mean()) + 1e-5)


def _by_the_size_of_the_picture(picture, gradient):
    return picture + gradient / (np.sqrt(np.mean(picture**2)) + 1e-5)


def _times_the_size(picture, gradient):
    return picture + gradient * (np.sqrt(np.mean(gradient**2)) + 1e-5)


def _times_the_picture(picture, gradient):
    return picture * gradient / (np.sqrt(np.mean(gradient**2)) + 1e-5)


def _mean_taken_off(picture, gradient):
    return picture + (gradient - gradient.mean()) / (gradient.std() + 1e-5)


def _added_only_if_zero(picture, gradient):
    size = np.sqrt(np.mean(gradient**2))
    return picture + gradient / size if size > 0 else picture


def _kept_to_bytes(picture, gradient):
    return np.clip(climb(picture, gradient), 0, 255)


def _gradients():
    random = np.random.default_rng(2)
    return [
        (np.array([[10.0, 10.0], [10.0, 10.0]]), np.array([[1.0, 7.0], [5.0, -5.0]])),
        (random.uniform(-20, 275, (4, 4, 3)), random.normal(0.3, 2, (4, 4, 3))),
        (random.uniform(128, 148, (3, 3, 3)), random.normal(0, 3e-5, (3, 3, 3))),
        (np.full((2, 2), 5.0), np.zeros((2, 2))),
    ]


# ── Exercise 3 ────────────────────────────────────────────────────────────────────────────────────────────────────


def viewable(picture):
    """Bring a picture of any numbers to mean 0.5, deviation 0.1, and bytes.

    Take the mean of all its numbers off, divide by their standard
    deviation plus 1e-5, multiply by 0.1, add 0.5. Cut off what is below 0
    or above 1. Multiply by 255, drop what is behind the point, and return
    whole numbers of type uint8.
    """
    x = (picture - picture.mean()) / (picture.std() + 1e-5)
    x = np.clip(0.1 * x + 0.5, 0, 1)
    return (255 * x).astype(np.uint8)


def _rounded(picture):
    x = (picture - picture.mean()) / (picture.std() + 1e-5)
    return (255 * np.clip(0.1 * x + 0.5, 0, 1)).round().astype(np.uint8)


def _not_cut(picture):
    x = (picture - picture.mean()) / (picture.std() + 1e-5)
    return (255 * (0.1 * x + 0.5)).astype(np.int64).astype(np.uint8)


def _full_deviation(picture):
    x = (picture - picture.mean()) / (picture.std() + 1e-5)
    return (255 * np.clip(x + 0.5, 0, 1)).astype(np.uint8)


def _no_middle(picture):
    x = (picture - picture.mean()) / (picture.std() + 1e-5)
    return (255 * np.clip(0.1 * x, 0, 1)).astype(np.uint8)


def _black_to_white(picture):
    x = (picture - picture.min()) / (np.ptp(picture) + 1e-5)
    return (255 * x).astype(np.uint8)


def _variance(picture):
    x = (picture - picture.mean()) / (picture.var() + 1e-5)
    return (255 * np.clip(0.1 * x + 0.5, 0, 1)).astype(np.uint8)


def _bytes_too_early(picture):
    x = (picture - picture.mean()) / (picture.std() + 1e-5)
    return 255 * np.clip(0.1 * x + 0.5, 0, 1).astype(np.uint8)


def _not_to_255(picture):
    x = (picture - picture.mean()) / (picture.std() + 1e-5)
    return np.clip(0.1 * x + 0.5, 0, 1).astype(np.uint8)


def _each_channel(picture):
    axes = tuple(range(picture.ndim - 1)) if picture.ndim == 3 else None
    x = (picture - picture.mean(axis=axes, keepdims=True)) / (picture.std(axis=axes, keepdims=True) + 1e-5)
    return (255 * np.clip(0.1 * x + 0.5, 0, 1)).astype(np.uint8)


def _nothing_added_to_the_deviation(picture):
    with np.errstate(all="ignore"):
        x = (picture - picture.mean()) / picture.std()
        return (255 * np.clip(0.1 * x + 0.5, 0, 1)).astype(np.uint8)


def _only_the_mean_divided(picture):
    x = picture - picture.mean() / (picture.std() + 1e-5)
    return (255 * np.clip(0.1 * x + 0.5, 0, 1)).astype(np.uint8)


def _mean_left_in(picture):
    x = picture / (picture.std() + 1e-5)
    return (255 * np.clip(0.1 * x + 0.5, 0, 1)).astype(np.uint8)


def _not_divided(picture):
    return (255 * np.clip(0.1 * (picture - picture.mean()) + 0.5, 0, 1)).astype(np.uint8)


def _cut_too_early(picture):
    x = (picture - picture.mean()) / (picture.std() + 1e-5)
    return (255 * (0.1 * np.clip(x, 0, 1) + 0.5)).astype(np.uint8)


def _middle_before_the_factor(picture):
    x = (picture - picture.mean()) / (picture.std() + 1e-5)
    return (255 * np.clip(0.1 * (x + 0.5), 0, 1)).astype(np.uint8)


def _times_256(picture):
    x = (picture - picture.mean()) / (picture.std() + 1e-5)
    return (256 * np.clip(0.1 * x + 0.5, 0, 1)).astype(np.int64).astype(np.uint8)


def _by_one_less(picture):
    x = (picture - picture.mean()) / (picture.std(ddof=1) + 1e-5)
    return (255 * np.clip(0.1 * x + 0.5, 0, 1)).astype(np.uint8)


def _as_bytes(came, picture):
    """your picture"""
    array = np.asarray(came)
    if array.dtype != np.uint8:
        raise ValueError(f"its numbers are of type {array.dtype}; `.astype(np.uint8)` makes bytes of them")
    return array.astype(int)


def _any_numbers():
    random = np.random.default_rng(3)
    with_a_spike = random.normal(0, 1, (8, 8, 1))
    with_a_spike[0, 0], with_a_spike[7, 7] = 90, -90
    tinted = random.normal(0, 40, (6, 6, 3)) + np.array([0.0, 60.0, 120.0])
    return [(np.array([[0.0, 10.0], [20.0, 30.0]]),), (with_a_spike,), (tinted,), (np.full((2, 2), 7.0),)]


# ── Exercise 4 ────────────────────────────────────────────────────────────────────────────────────────────────────


def lay_out(pictures, columns, margin):
    """Lay grey pictures side by side, row after row, on a black sheet.

    `pictures` has the shape (n, height, width). `columns` of them are in
    a row; picture 1 stands at the right of picture 0. `margin` black
    pixels are between two neighbours, and none at the edges. The last
    row may be short; what is missing there stays black.
    """
    number, height, width = pictures.shape
    rows = -(-number // columns)
    sheet = np.zeros((rows * (height + margin) - margin, columns * (width + margin) - margin))
    for place, picture in enumerate(pictures):
        row, column = place // columns, place % columns
        top, left = row * (height + margin), column * (width + margin)
        sheet[top : top + height, left : left + width] = picture
    return sheet


def _margin_at_the_end(pictures, columns, margin):
    return np.pad(lay_out(pictures, columns, margin), ((0, margin), (0, margin)))


def _margin_all_around(pictures, columns, margin):
    return np.pad(lay_out(pictures, columns, margin), margin)


def _without_margins(pictures, columns, margin):
    return lay_out(pictures, columns, 0)


def _short_row_left_out(pictures, columns, margin):
    return lay_out(pictures[: len(pictures) // columns * columns], columns, margin)


def _down_the_columns(pictures, columns, margin):
    """As the decks count: picture 1 below picture 0."""
    number, height, width = pictures.shape
    rows = -(-number // columns)
    sheet = np.zeros((rows * (height + margin) - margin, columns * (width + margin) - margin))
    for place, picture in enumerate(pictures):
        top, left = place % rows * (height + margin), place // rows * (width + margin)
        sheet[top : top + height, left : left + width] = picture
    return sheet


def _rows_for_columns(pictures, columns, margin):
    return lay_out(pictures, -(-len(pictures) // columns), margin)


def _laid_out_with(pictures, columns, margin, rows, step_down, step_across):
    height, width = pictures.shape[1:]
    sheet = np.zeros((rows * (height + margin) - margin, columns * (width + margin) - margin))
    for place, picture in enumerate(pictures):
        top, left = place // columns * step_down, place % columns * step_across
        sheet[top : top + height, left : left + width] = picture
    return sheet


def _margins_at_the_far_edges(pictures, columns, margin):
    number, height, width = pictures.shape
    return _laid_out_with(pictures, columns, margin, -(-number // columns), height, width)


def _one_row_too_many(pictures, columns, margin):
    number, height, width = pictures.shape
    return _laid_out_with(pictures, columns, margin, number // columns + 1, height + margin, width + margin)


def _whole_numbers(pictures, columns, margin):
    return lay_out(pictures.astype(int), columns, margin)


def _on_white(pictures, columns, margin):
    sheet = lay_out(pictures, columns, margin)
    return np.where(lay_out(np.ones_like(pictures), columns, margin) == 1, sheet, 255)


def _sheets():
    random = np.random.default_rng(4)
    return [
        (np.array([[[1.0]], [[2.0]], [[3.0]]]), 2, 1),
        (random.uniform(1, 255, (6, 3, 2)), 3, 2),
        (random.uniform(1, 255, (5, 2, 4)), 4, 1),
    ]


# ── Exercise 5 ────────────────────────────────────────────────────────────────────────────────────────────────────


def total_variation(picture):
    """Measure how rough a grey picture is: its total variation.

    Take the difference of each pixel to the one below it and to the one
    at its right, where there is one. Return the sum of the sizes
    (without signs) of all these differences.
    """
    down = np.abs(picture[1:] - picture[:-1])
    right = np.abs(picture[:, 1:] - picture[:, :-1])
    return down.sum() + right.sum()


def _with_signs(picture):
    return (picture[1:] - picture[:-1]).sum() + (picture[:, 1:] - picture[:, :-1]).sum()


def _squares(picture):
    return ((picture[1:] - picture[:-1]) ** 2).sum() + ((picture[:, 1:] - picture[:, :-1]) ** 2).sum()


def _down_only(picture):
    return np.abs(picture[1:] - picture[:-1]).sum()


def _right_only(picture):
    return np.abs(picture[:, 1:] - picture[:, :-1]).sum()


def _around_the_edge(picture):
    return np.abs(picture - np.roll(picture, 1, 0)).sum() + np.abs(picture - np.roll(picture, 1, 1)).sum()


def _means(picture):
    return np.abs(picture[1:] - picture[:-1]).mean() + np.abs(picture[:, 1:] - picture[:, :-1]).mean()


def _each_twice(picture):
    return 2 * total_variation(picture)


def _sizes_of_the_sums(picture):
    return abs((picture[1:] - picture[:-1]).sum()) + abs((picture[:, 1:] - picture[:, :-1]).sum())


def _last_row_and_column_left_out(picture):
    down = np.abs(picture[1:, :-1] - picture[:-1, :-1])
    right = np.abs(picture[:-1, 1:] - picture[:-1, :-1])
    return down.sum() + right.sum()


def _lengths(picture):
    down = picture[1:, :-1] - picture[:-1, :-1]
    right = picture[:-1, 1:] - picture[:-1, :-1]
    return np.hypot(down, right).sum()


def _root_of_the_squares(picture):
    return np.sqrt(_squares(picture))


def _for_each_pixel(picture):
    return total_variation(picture) / picture.size


def _diagonals_too(picture):
    return total_variation(picture) + np.abs(picture[1:, 1:] - picture[:-1, :-1]).sum()


def _differences_of_differences(picture):
    return np.abs(np.diff(np.diff(picture, axis=0), axis=1)).sum()


def _rough_pictures():
    random = np.random.default_rng(5)
    return [
        (np.array([[0.0, 1.0], [3.0, 2.0]]),),
        (random.uniform(0, 255, (5, 4)),),
        (np.indices((4, 6)).sum(axis=0) % 2 * 10.0,),
    ]


EXERCISES = [
    Exercise(
        id="13-slope-of-the-sum",
        title="Which pixels count",
        prompt=(
            "Write `slope_of_the_sum(kernel, size, stride)`. By hand first: the kernel with the rows 1, 2 and 3, 4 on a "
            "picture of 3×3 with stride 1. It stands in four places. The pixel in the middle is in all of them, each time "
            "under another weight."
        ),
        solution=slope_of_the_sum,
        hints=(
            "In one place, the slope of the answer at each pixel is the weight that lies on it. Elsewhere it is 0.",
            "The slope of a sum is the sum of the slopes: begin with zeros, and add the kernel at each place.",
            "The places are `range(0, size - side + 1, stride)`, down and across; "
            "`slope[top : top + side, left : left + side] += kernel`.",
        ),
        inputs=_kernels,
        wrong_answers=(
            WrongAnswer(_flipped, "The kernel is turned about. In each place it lies on the pixels just as it is."),
            WrongAnswer(_mean_of_answers, "That is the slope of the mean. The sum was asked for: do not divide."),
            WrongAnswer(
                _put_over,
                "You put one kernel over the other. Where they overlap, their weights are added: `+=` and not `=`.",
            ),
            WrongAnswer(_no_stride, "The kernel moves by `stride` pixels, not by one."),
            WrongAnswer(_one_place, "That is the slope of the first answer alone. The sum has all places in it."),
            WrongAnswer(
                _last_place_missing,
                "The last place in each direction is missing. `range` stops before its end: use size − side + 1.",
            ),
            WrongAnswer(_how_often, "You counted in how many places each pixel is. Add the weights that lie on it."),
            WrongAnswer(
                _over_the_edge,
                "Your kernel also stands where it hangs over the edge. The last place begins at size − side at most.",
            ),
            WrongAnswer(
                _stride_only_counted,
                "The number of places is right, but they are one pixel apart. Place 1 begins at pixel `stride`.",
            ),
            WrongAnswer(
                _along_the_diagonal,
                "Your kernel moves down and across at once. Each row of places has all columns: use two loops.",
            ),
            WrongAnswer(_stride_in_rows_only, "Down it moves by `stride`, but across by one. It is `stride` in both."),
            WrongAnswer(
                _stride_in_columns_only, "Across it moves by `stride`, but down by one. It is `stride` in both."
            ),
            WrongAnswer(
                _all_weights_everywhere,
                "Not all weights reach each pixel: near the edge some do not, and neither do all with a larger stride.",
            ),
        ),
    ),
    Exercise(
        id="13-climb",
        title="One step up",
        prompt=(
            "Write `climb(picture, gradient)`. By hand first: a gradient of 1, 7, 5 and −5. The squares are 1, 49, 25 and 25, "
            "their mean is 25, the root of it 5. A picture of 10s becomes 10.2, 11.4, 11 and 9. In the last check the "
            "gradient is 0 everywhere, as it is for a filter that does not answer at all."
        ),
        solution=climb,
        hints=(
            "`np.mean(gradient**2)` is the mean of the squares.",
            "Root mean square, read from behind: square, mean, root. The 1e-5 is added to the root.",
        ),
        inputs=_gradients,
        wrong_answers=(
            WrongAnswer(_down, "You went down. To make the answer larger, add the gradient."),
            WrongAnswer(_as_it_is, "The gradient has to be divided by its root mean square first."),
            WrongAnswer(
                _by_the_length,
                "You divided by the length, the root of the sum. Then larger pictures change less; take the mean.",
            ),
            WrongAnswer(_no_root, "The root is missing."),
            WrongAnswer(_by_the_greatest, "You divided by the greatest number; it is the root mean square here."),
            WrongAnswer(
                _by_the_deviation,
                "The standard deviation takes the mean off before it squares. Here the numbers are squared as they are.",
            ),
            WrongAnswer(
                _by_the_mean_size, "That is the mean of the sizes. Square first, and take the root at the end."
            ),
            WrongAnswer(_signs_only, "Only the signs are left. Strong slopes should change more than weak ones."),
            WrongAnswer(
                _nothing_added, "Where the gradient is 0 everywhere, that is 0 by 0. Add 1e-5 to the root mean square."
            ),
            WrongAnswer(_added_under_the_root, "Add 1e-5 after the root. Under it, it counts as 0.003."),
            WrongAnswer(
                _added_after_dividing,
                "`/` is done before `+`, so 1e-5 was added to the picture. Put the divisor in brackets.",
            ),
            WrongAnswer(_change_only, "That is the change. Return the picture with the change added."),
            WrongAnswer(_picture_normalized_too, "You divided the picture, too. Only the gradient is divided."),
            WrongAnswer(
                _by_the_mean, "You divided by the mean. Square each number before it, and take the root after it."
            ),
            WrongAnswer(
                _root_of_the_mean_size,
                "You took the root, but the numbers were not squared before their mean was taken.",
            ),
            WrongAnswer(
                _by_the_size_of_the_picture, "You divided by the root mean square of the picture. Take the gradient's."
            ),
            WrongAnswer(_times_the_size, "You multiplied by the root mean square. Divide by it."),
            WrongAnswer(_times_the_picture, "You multiplied the picture by the step. Add the step to it."),
            WrongAnswer(_mean_taken_off, "Do not take the mean of the gradient off. Only divide, as it is."),
            WrongAnswer(
                _added_only_if_zero,
                "You left 1e-5 out where the gradient is not 0. It is always added; beside tiny slopes it counts.",
            ),
            WrongAnswer(
                _kept_to_bytes,
                "You cut off at 0 and 255. While it climbs, the picture may have any numbers.",
            ),
        ),
    ),
    Exercise(
        id="13-viewable",
        title="Made to be looked at",
        prompt=(
            "Write `viewable(picture)`. By hand first: the numbers 0, 10, 20 and 30 have the mean 15 and the deviation "
            "11.18. So 0 is 1.342 deviations below the mean, and becomes 0.5 − 0.1342 = 0.3658, and 93 as a byte."
        ),
        solution=viewable,
        hints=(
            "`picture.mean()` and `picture.std()` are over all numbers of the picture, all channels together.",
            "`np.clip(x, 0, 1)` cuts off. Do it before you multiply by 255.",
            "`.astype(np.uint8)` drops what is behind the point.",
        ),
        inputs=_any_numbers,
        judge=_as_bytes,
        wrong_answers=(
            WrongAnswer(_rounded, "You rounded. Here what is behind the point is dropped, as in the decks."),
            WrongAnswer(
                _not_cut,
                "Numbers below 0 or above 255 start again at the other end when they become bytes. Cut off first.",
            ),
            WrongAnswer(_full_deviation, "The factor 0.1 is missing: most of it is black or white now."),
            WrongAnswer(_no_middle, "Add 0.5, so that the mean is middle grey; all below it was cut off."),
            WrongAnswer(_black_to_white, "That goes from the smallest to the greatest number. Use mean and deviation."),
            WrongAnswer(_variance, "You divided by the variance. Its root is the standard deviation."),
            WrongAnswer(_not_to_255, "Multiply by 255 before you make bytes: of 0 to 1, bytes leave only 0 and 1."),
            WrongAnswer(_bytes_too_early, "Of 0 to 1, bytes leave only 0 and 1. Multiply by 255 before."),
            WrongAnswer(
                _each_channel,
                "You took mean and deviation of each channel by itself, so the tint is lost. Take them over everything.",
            ),
            WrongAnswer(
                _nothing_added_to_the_deviation,
                "Where all numbers are the same, that is 0 by 0. Add 1e-5 to the deviation, in brackets: `/` comes before `+`.",
            ),
            WrongAnswer(
                _only_the_mean_divided,
                "`/` is done before `-`, so only the mean was divided. Put brackets around the difference.",
            ),
            WrongAnswer(_mean_left_in, "The mean is still in it. Take it off before you divide."),
            WrongAnswer(_not_divided, "You did not divide by the standard deviation."),
            WrongAnswer(
                _cut_too_early, "You cut off too early. Cut off after you have multiplied by 0.1 and added 0.5."
            ),
            WrongAnswer(
                _middle_before_the_factor, "You added 0.5 before you multiplied by 0.1. First multiply, then add."
            ),
            WrongAnswer(_times_256, "You multiplied by 256. White is 255."),
            WrongAnswer(
                _by_one_less,
                "Your deviation divides by one less than the number of pixels. `picture.std()` divides by their number.",
            ),
        ),
    ),
    Exercise(
        id="13-lay-out",
        title="A mosaic",
        prompt=(
            "Write `lay_out(pictures, columns, margin)`. By hand first: three pictures of one pixel, 1, 2 and 3, two in a "
            "row, margin 1. The sheet is 3×3, with the rows 1 0 2, 0 0 0 and 3 0 0."
        ),
        solution=lay_out,
        hints=(
            "How many rows? `-(-number // columns)` divides and rounds up.",
            "Picture `place` stands in row `place // columns` and in column `place % columns`.",
            "Its first pixel is at row × (height + margin), column × (width + margin).",
        ),
        inputs=_sheets,
        wrong_answers=(
            WrongAnswer(
                _margin_at_the_end, "There is a margin after the last picture, too. It belongs between two only."
            ),
            WrongAnswer(_margin_all_around, "There is a margin all around. It belongs between two pictures only."),
            WrongAnswer(_without_margins, "The margin between the pictures is missing."),
            WrongAnswer(_short_row_left_out, "The last row was left out because it is short. Round up."),
            WrongAnswer(
                _down_the_columns,
                "Picture 1 stands below picture 0. Fill row after row: rows by `//`, columns by `%`.",
            ),
            WrongAnswer(_rows_for_columns, "Rows and columns are exchanged: `columns` pictures stand in each row."),
            WrongAnswer(
                _margins_at_the_far_edges,
                "The sheet has the right size, but the pictures touch. Each begins a picture and a margin after the last.",
            ),
            WrongAnswer(
                _one_row_too_many,
                "Where the pictures fill the last row, your sheet has an empty row more. Divide and round up.",
            ),
            WrongAnswer(
                _whole_numbers,
                "What is behind the point is lost: your sheet holds whole numbers. Make it by `np.zeros`, without a type.",
            ),
            WrongAnswer(_on_white, "Your sheet is white. Black is 0."),
        ),
    ),
    Exercise(
        id="13-total-variation",
        title="How rough is it?",
        prompt=(
            "Write `total_variation(picture)`. By hand first: a picture with the rows 0, 1 and 3, 2. The differences down "
            "are 3 and 1, those to the right 1 and −1. So it is 3 + 1 + 1 + 1 = 6."
        ),
        solution=total_variation,
        hints=(
            "`picture[1:] - picture[:-1]` are the differences to the row below.",
            "`picture[:, 1:] - picture[:, :-1]` are those to the right.",
            "`np.abs` takes the signs off. Do it before you add up.",
        ),
        inputs=_rough_pictures,
        wrong_answers=(
            WrongAnswer(_with_signs, "Ups and downs cancelled. Take the signs off before you add."),
            WrongAnswer(_sizes_of_the_sums, "The signs have to go before the sum, from each difference by itself."),
            WrongAnswer(_squares, "You squared the differences. Their sizes were asked for."),
            WrongAnswer(_down_only, "The differences to the right are missing."),
            WrongAnswer(_right_only, "The differences to the row below are missing."),
            WrongAnswer(
                _around_the_edge,
                "You compared the last row with the first, too: `np.roll` goes around the edge. There is no pixel there.",
            ),
            WrongAnswer(_means, "Add the differences up; you took their mean."),
            WrongAnswer(_each_twice, "You counted each pair twice, once from each side."),
            WrongAnswer(
                _last_row_and_column_left_out,
                "Pairs are missing: the last row has differences to the right, too, and the last column has some down.",
            ),
            WrongAnswer(
                _lengths,
                "You took the root of both squares together. Add the size down and the size to the right.",
            ),
            WrongAnswer(_root_of_the_squares, "You took the root of the sum of squares. Add the sizes as they are."),
            WrongAnswer(_for_each_pixel, "You divided by the number of pixels. The sum was asked for."),
            WrongAnswer(_diagonals_too, "You took differences along the diagonal, too. Only down and to the right."),
            WrongAnswer(
                _differences_of_differences,
                "You took the differences of the differences. Take those down and those to the right of the picture.",
            ),
        ),
    ),
]
