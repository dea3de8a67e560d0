"""Exercises of chapter 13, filter patterns."""

import numpy as np

from labkit.course.exercises import Exercise


def slope_of_the_sum(kernel, size, stride):
    """Say how much each pixel counts in the sum of a filter's activations.

    The image is square, `size` pixels a side, and grey. The filter is
    linear: at each position its activation is the sum of kernel times
    pixels. The kernel is square; it stands first at row 0, column 0 and
    moves by `stride`, as long as it lies inside the image. Return an
    array of shape (size, size): for each pixel, the slope of the sum.
    """
    side = len(kernel)
    slope = np.zeros((size, size))
    for top in range(0, size - side + 1, stride):
        for left in range(0, size - side + 1, stride):
            slope[top : top + side, left : left + side] += kernel
    return slope


def _kernels():
    random = np.random.default_rng(13)
    by_hand = np.array([[1.0, 2.0], [3.0, 4.0]])
    return [
        (by_hand, 3, 1),
        (np.array([[1.0, -2.0, 4.0], [0.0, 1.0, 0.0], [2.0, 0.0, 0.0]]), 7, 2),
        (random.normal(size=(3, 3)), 6, 1),
    ]


def _put_over(kernel, size, stride):
    side = len(kernel)
    slope = np.zeros((size, size))
    for top in range(0, size - side + 1, stride):
        for left in range(0, size - side + 1, stride):
            slope[top : top + side, left : left + side] = kernel
    return slope


def _one_pixel_apart(kernel, size, stride):
    places = (size - len(kernel)) // stride + 1
    reached = len(kernel) + places - 1
    return np.pad(slope_of_the_sum(kernel, reached, 1), (0, size - reached))


which_pixels_count = Exercise(
    id="13-slope-of-the-sum",
    title="Which pixels count",
    prompt=(
        "Write `slope_of_the_sum(kernel, size, stride)`. By hand first: the kernel with the rows 1, 2 and 3, 4 on a "
        "image of 3×3 with stride 1. It stands at four positions. The pixel in the middle is in all of them, each time "
        "under another weight."
    ),
    solution=slope_of_the_sum,
    hints=(
        "At one position, the slope of the activation at each pixel is the weight that lies on it. Elsewhere it is 0.",
        "The slope of a sum is the sum of the slopes: begin with zeros, and add the kernel at each position.",
        "The positions are `range(0, size - side + 1, stride)`, down and across; "
        "`slope[top : top + side, left : left + side] += kernel`.",
    ),
    inputs=_kernels,
    mistakes={
        "The kernel is turned about. At each position it lies on the pixels just as it is.": lambda kernel, size, stride: (
            slope_of_the_sum(kernel[::-1, ::-1], size, stride)
        ),
        "That is the slope of the mean. The sum was asked for: do not divide.": lambda kernel, size, stride: (
            slope_of_the_sum(kernel, size, stride) / len(range(0, size - len(kernel) + 1, stride)) ** 2
        ),
        "You put one kernel over the other. Where they overlap, their weights are added: `+=` and not `=`.": _put_over,
        "The kernel moves by `stride` pixels, not by one.": lambda kernel, size, stride: slope_of_the_sum(
            kernel, size, 1
        ),
        "The last position in each direction is missing. `range` stops before its end: use size − side + 1.": lambda kernel, size, stride: (
            np.pad(slope_of_the_sum(kernel, size - 1, stride), (0, 1))
        ),
        "You counted under how many positions each pixel is. Add the weights that lie on it.": lambda kernel, size, stride: (
            slope_of_the_sum(np.ones_like(kernel), size, stride)
        ),
        "The number of positions is right, but they are one pixel apart. Position 1 begins at pixel `stride`.": _one_pixel_apart,
        "Your kernel moves down and across at once. Each row of positions has all columns: use two loops.": lambda kernel, size, stride: (
            sum(
                np.pad(kernel, (place, size - place - len(kernel)))
                for place in range(0, size - len(kernel) + 1, stride)
            )
        ),
    },
)


def climb(image, gradient):
    """Take one step of gradient ascent.

    Divide the gradient by its root mean square (square all its values,
    take their mean, then the root), to which 1e-5 has been added. Add
    the result to the image, and return the new image.
    """
    size = np.sqrt(np.mean(gradient**2))
    return image + gradient / (size + 1e-5)


def _gradients():
    random = np.random.default_rng(2)
    return [
        (np.array([[10.0, 10.0], [10.0, 10.0]]), np.array([[1.0, 7.0], [5.0, -5.0]])),
        (random.uniform(-20, 275, (4, 4, 3)), random.normal(0.3, 2, (4, 4, 3))),
        (random.uniform(128, 148, (3, 3, 3)), random.normal(0, 3e-5, (3, 3, 3))),
        (np.full((2, 2), 5.0), np.zeros((2, 2))),
    ]


def _root_mean_square(gradient):
    return np.sqrt(np.mean(gradient**2))


def _nothing_added(image, gradient):
    with np.errstate(all="ignore"):
        return image + gradient / _root_mean_square(gradient)


one_step_up = Exercise(
    id="13-climb",
    title="One step up",
    prompt=(
        "Write `climb(image, gradient)`. By hand first: a gradient of 1, 7, 5 and −5. The squares are 1, 49, 25 and 25, "
        "their mean is 25, the root of it 5. An image of 10s becomes 10.2, 11.4, 11 and 9. In the last check the "
        "gradient is 0 everywhere, as it is for an inactive filter."
    ),
    solution=climb,
    hints=(
        "`np.mean(gradient**2)` is the mean of the squares.",
        "Root mean square, read from behind: square, mean, root. The 1e-5 is added to the root.",
    ),
    inputs=_gradients,
    mistakes={
        "You went down. To make the activation larger, add the gradient.": lambda image, gradient: climb(
            image, -gradient
        ),
        "You divided by the length, the root of the sum. Then larger images change less; take the mean.": lambda image, gradient: (
            image + gradient / (np.linalg.norm(gradient.ravel()) + 1e-5)
        ),
        "The root is missing.": lambda image, gradient: image + gradient / (np.mean(gradient**2) + 1e-5),
        "The standard deviation takes the mean off before it squares. Here the numbers are squared as they are.": lambda image, gradient: (
            image + gradient / (gradient.std() + 1e-5)
        ),
        "Where the gradient is 0 everywhere, that is 0 by 0. Add 1e-5 to the root mean square.": _nothing_added,
        "Add 1e-5 after the root. Under it, it counts as 0.003.": lambda image, gradient: (
            image + gradient / np.sqrt(np.mean(gradient**2) + 1e-5)
        ),
        "`/` is done before `+`, so 1e-5 was added to the image. Put the divisor in brackets.": lambda image, gradient: (
            _nothing_added(image, gradient) + 1e-5
        ),
        "That is the change. Return the image with the change added.": lambda image, gradient: climb(0, gradient),
        "You cut off at 0 and 255. While it climbs, the image may have any values.": lambda image, gradient: np.clip(
            climb(image, gradient), 0, 255
        ),
    },
)


def viewable(image):
    """Bring an image of any values to mean 0.5, deviation 0.1, and bytes.

    Take the mean of all its values off, divide by their standard
    deviation plus 1e-5, multiply by 0.1, add 0.5. Cut off what is below 0
    or above 1. Multiply by 255, drop what is behind the point, and return
    whole numbers of type uint8.
    """
    x = (image - image.mean()) / (image.std() + 1e-5)
    x = np.clip(0.1 * x + 0.5, 0, 1)
    return (255 * x).astype(np.uint8)


def _any_numbers():
    random = np.random.default_rng(3)
    with_a_spike = random.normal(0, 1, (8, 8, 1))
    with_a_spike[0, 0], with_a_spike[7, 7] = 90, -90
    tinted = random.normal(0, 40, (6, 6, 3)) + np.array([0.0, 60.0, 120.0])
    return [(np.array([[0.0, 10.0], [20.0, 30.0]]),), (with_a_spike,), (tinted,), (np.full((2, 2), 7.0),)]


def _as_bytes(came, image):
    """your image"""
    array = np.asarray(came)
    if array.dtype != np.uint8:
        raise ValueError(f"its numbers are of type {array.dtype}; `.astype(np.uint8)` makes bytes of them")
    return array.astype(int)


def _standardized(image):
    return (image - image.mean()) / (image.std() + 1e-5)


def _nothing_added_to_the_deviation(image):
    with np.errstate(all="ignore"):
        x = (image - image.mean()) / image.std()
        return (255 * np.clip(0.1 * x + 0.5, 0, 1)).astype(np.uint8)


def _black_to_white(image):
    x = (image - image.min()) / (np.ptp(image) + 1e-5)
    return (255 * x).astype(np.uint8)


def _variance(image):
    x = (image - image.mean()) / (image.var() + 1e-5)
    return (255 * np.clip(0.1 * x + 0.5, 0, 1)).astype(np.uint8)


def _each_channel(image):
    return viewable(image) if image.ndim == 2 else np.stack([viewable(one) for one in image.transpose(2, 0, 1)], -1)


made_to_be_looked_at = Exercise(
    id="13-viewable",
    title="Made to be looked at",
    prompt=(
        "Write `viewable(image)`. By hand first: the values 0, 10, 20 and 30 have the mean 15 and the deviation "
        "11.18. So 0 is 1.342 deviations below the mean, and becomes 0.5 − 0.1342 = 0.3658, and 93 as a byte."
    ),
    solution=viewable,
    hints=(
        "`image.mean()` and `image.std()` are over all values of the image, all channels together.",
        "`np.clip(x, 0, 1)` cuts off. Do it before you multiply by 255.",
        "`.astype(np.uint8)` drops what is behind the point.",
    ),
    inputs=_any_numbers,
    judge=_as_bytes,
    mistakes={
        "You rounded. Here what is behind the point is dropped.": lambda image: np.rint(
            255 * np.clip(0.1 * _standardized(image) + 0.5, 0, 1)
        ).astype(np.uint8),
        "Values below 0 or above 255 start again at the other end when they become bytes. Cut off first.": lambda image: (
            (255 * (0.1 * _standardized(image) + 0.5)).astype(np.int64).astype(np.uint8)
        ),
        "The factor 0.1 is missing: most of it is black or white now.": lambda image: (
            255 * np.clip(_standardized(image) + 0.5, 0, 1)
        ).astype(np.uint8),
        "That goes from the smallest to the greatest value. Use mean and deviation.": _black_to_white,
        "You divided by the variance. Its root is the standard deviation.": _variance,
        "Multiply by 255 before you make bytes: of 0 to 1, bytes leave only 0 and 1.": lambda image: np.clip(
            0.1 * _standardized(image) + 0.5, 0, 1
        ).astype(np.uint8),
        "You took mean and deviation of each channel by itself, so the tint is lost. Take them over everything.": _each_channel,
        "Where all values are the same, that is 0 by 0. Add 1e-5 to the deviation, in brackets: `/` comes before `+`.": _nothing_added_to_the_deviation,
        "You cut off too early. Cut off after you have multiplied by 0.1 and added 0.5.": lambda image: (
            255 * (0.1 * np.clip(_standardized(image), 0, 1) + 0.5)
        ).astype(np.uint8),
    },
)


def lay_out(images, columns, margin):
    """Lay grey images side by side, row after row, on a black sheet.

    `images` has the shape (n, height, width). `columns` of them are in
    a row; image 1 stands at the right of image 0. `margin` black
    pixels are between two neighbours, and none at the edges. The last
    row may be short; what is missing there stays black.
    """
    number, height, width = images.shape
    rows = -(-number // columns)
    down, across = rows * (height + margin), columns * (width + margin)
    sheet = np.zeros((down - margin, across - margin))
    for place, image in enumerate(images):
        row, column = place // columns, place % columns
        top, left = row * (height + margin), column * (width + margin)
        sheet[top : top + height, left : left + width] = image
    return sheet


def _sheets():
    random = np.random.default_rng(4)
    return [
        (np.array([[[1.0]], [[2.0]], [[3.0]]]), 2, 1),
        (random.uniform(1, 255, (6, 3, 2)), 3, 2),
        (random.uniform(1, 255, (5, 2, 4)), 4, 1),
    ]


def _margin_after_the_last(images, columns, margin):
    number, height, width = images.shape
    rows = -(-number // columns)
    sheet = np.zeros((rows * (height + margin), columns * (width + margin)))
    for place, image in enumerate(images):
        top = place // columns * (height + margin)
        left = place % columns * (width + margin)
        sheet[top : top + height, left : left + width] = image
    return sheet


def _down_the_columns(images, columns, margin):
    """Image 1 below image 0."""
    empty = np.zeros((-len(images) % columns, *images.shape[1:]))
    places = np.concatenate([images, empty])
    return lay_out(places[np.arange(len(places)).reshape(columns, -1).T.ravel()], columns, margin)


def _touching(images, columns, margin):
    rows = -(-len(images) // columns)
    return np.pad(lay_out(images, columns, 0), ((0, (rows - 1) * margin), (0, (columns - 1) * margin)))


def _one_row_more(images, columns, margin):
    row = 0 if len(images) % columns else images.shape[1] + margin
    return np.pad(lay_out(images, columns, margin), ((0, row), (0, 0)))


a_mosaic = Exercise(
    id="13-lay-out",
    title="A mosaic",
    prompt=(
        "Write `lay_out(images, columns, margin)`. By hand first: three images of one pixel, 1, 2 and 3, two in a "
        "row, margin 1. The sheet is 3×3, with the rows 1 0 2, 0 0 0 and 3 0 0."
    ),
    solution=lay_out,
    hints=(
        "How many rows? `-(-number // columns)` divides and rounds up.",
        "Image `place` stands in row `place // columns` and in column `place % columns`.",
        "Its first pixel is at row × (height + margin), column × (width + margin).",
    ),
    inputs=_sheets,
    mistakes={
        "There is a margin after the last image, too. It belongs between two only.": _margin_after_the_last,
        "The margin between the images is missing.": lambda images, columns, margin: lay_out(images, columns, 0),
        "The last row was left out because it is short. Round up.": lambda images, columns, margin: lay_out(
            images[: len(images) // columns * columns], columns, margin
        ),
        "Image 1 stands below image 0. Fill row after row: rows by `//`, columns by `%`.": _down_the_columns,
        "Rows and columns are exchanged: `columns` images stand in each row.": lambda images, columns, margin: lay_out(
            images, -(-len(images) // columns), margin
        ),
        "The sheet has the right size, but the images touch. Each begins an image and a margin after the last.": _touching,
        "Where the images fill the last row, your sheet has an empty row more. Divide and round up.": _one_row_more,
        "What is behind the point is lost: your sheet holds whole numbers. Make it by `np.zeros`, without a type.": lambda images, columns, margin: (
            lay_out(images.astype(int), columns, margin)
        ),
    },
)


def total_variation(image):
    """Measure how rough a grey image is: its total variation.

    Take the difference of each pixel to the one below it and to the one
    at its right, where there is one. Return the sum of the sizes
    (without signs) of all these differences.
    """
    down = np.abs(image[1:] - image[:-1])
    right = np.abs(image[:, 1:] - image[:, :-1])
    return down.sum() + right.sum()


def _rough_images():
    random = np.random.default_rng(5)
    return [
        (np.array([[0.0, 1.0], [3.0, 2.0]]),),
        (random.uniform(0, 255, (5, 4)),),
        (np.indices((4, 6)).sum(axis=0) % 2 * 10.0,),
    ]


def _differences(image):
    return image[1:] - image[:-1], image[:, 1:] - image[:, :-1]


def _lengths(image):
    down, right = _differences(image)
    return np.hypot(down[:, :-1], right[:-1]).sum()


def _around_the_edge(image):
    return sum(np.abs(image - np.roll(image, 1, axis)).sum() for axis in (0, 1))


how_rough = Exercise(
    id="13-total-variation",
    title="How rough is it?",
    prompt=(
        "Write `total_variation(image)`. By hand first: an image with the rows 0, 1 and 3, 2. The differences down "
        "are 3 and 1, those to the right 1 and −1. So it is 3 + 1 + 1 + 1 = 6."
    ),
    solution=total_variation,
    hints=(
        "`image[1:] - image[:-1]` are the differences to the row below.",
        "`image[:, 1:] - image[:, :-1]` are those to the right.",
        "`np.abs` takes the signs off. Do it before you add up.",
    ),
    inputs=_rough_images,
    mistakes={
        "Ups and downs cancelled. Take the signs off before you add.": lambda image: sum(
            each.sum() for each in _differences(image)
        ),
        "The signs have to go before the sum, from each difference by itself.": lambda image: sum(
            abs(each.sum()) for each in _differences(image)
        ),
        "You squared the differences. Their sizes were asked for.": lambda image: sum(
            (each**2).sum() for each in _differences(image)
        ),
        "The differences to the right are missing.": lambda image: np.abs(image[1:] - image[:-1]).sum(),
        "The differences to the row below are missing.": lambda image: np.abs(image[:, 1:] - image[:, :-1]).sum(),
        "You compared the last row with the first, too: `np.roll` goes around the edge. There is no pixel there.": _around_the_edge,
        "Add the differences up; you took their mean.": lambda image: sum(
            np.abs(each).mean() for each in _differences(image)
        ),
        "Pairs are missing: the last row has differences to the right, too, and the last column has some down.": lambda image: (
            total_variation(image) - total_variation(image[-1:]) - total_variation(image[:, -1:])
        ),
        "You took the root of both squares together. Add the size down and the size to the right.": _lengths,
    },
)


EXERCISES = [which_pixels_count, one_step_up, made_to_be_looked_at, a_mosaic, how_rough]
