"""Exercises of chapter 12, activations."""

import numpy as np

from labkit.course.exercises import Exercise
from labkit.ops import convolve2d, correlate2d, relu


def tapped(image, kernels):
    """Keep what every layer gives, not only what the last one gives.

    `image` is a grey image, `kernels` a list of kernels, one a
    layer. Each layer correlates what comes to it with its kernel
    (`ops.correlate2d`), puts the result through ReLU (`ops.relu`), and
    hands it on. Return a list with the map of each layer, in order.
    """
    maps = []
    for kernel in kernels:
        image = relu(correlate2d(image, kernel))
        maps.append(image)
    return maps


def _images_and_kernels():
    random = np.random.default_rng(12)
    return [
        ([[0, 3, 1], [0, 3, 1], [2, 0, 4]], [[[-1, 1], [-1, 1]], [[1, -1], [-1, 1]]]),
        (random.integers(0, 10, (6, 7)), [random.integers(-2, 3, (3, 3)), random.integers(-2, 3, (2, 2))]),
        (random.integers(-5, 6, (8, 8)), [random.integers(-2, 3, (2, 2)) for _ in range(3)]),
    ]


def _one_after_another(maps, image, kernels):
    """how many maps came, and then all their activations, one map after another"""
    if not np.iterable(maps):
        raise TypeError(f"a list should come, with the map of each layer, and {maps!r} came")
    each = list(maps.values() if isinstance(maps, dict) else maps)
    return np.concatenate([[len(each)], *(np.ravel(np.asarray(one, float)) for one in each)])


def _layer_by_layer(image, kernels, layer):
    maps = []
    for kernel in kernels:
        image = layer(image, kernel)
        maps.append(image)
    return maps


tap_every_layer = Exercise(
    id="12-tapped",
    title="Tap every layer",
    prompt=(
        "Write `tapped(image, kernels)`. By hand first, an image and the kernels of two layers:\n\n"
        r"$$\begin{bmatrix} 0 & 3 & 1 \\ 0 & 3 & 1 \\ 2 & 0 & 4 \end{bmatrix} \quad "
        r"\begin{bmatrix} -1 & 1 \\ -1 & 1 \end{bmatrix} \quad \begin{bmatrix} 1 & -1 \\ -1 & 1 \end{bmatrix}$$"
        "\n\nThe first map has 2×2 activations, the second map one."
    ),
    solution=tapped,
    hints=(
        "Go through the kernels in a loop. What one layer gives is the image of the next.",
        "Begin with an empty list, and append the map of each layer to it.",
        "In the loop: `image = ops.relu(ops.correlate2d(image, kernel))`, then `maps.append(image)`.",
    ),
    inputs=_images_and_kernels,
    judge=_one_after_another,
    mistakes={
        "Only the last map came, and not in a list. Keep those of the layers before it, too.": lambda image, kernels: (
            tapped(image, kernels)[-1]
        ),
        "Only the first map came. If `return` stands inside the loop, the loop ends there: move it out.": lambda image, kernels: (
            tapped(image, kernels)[:1]
        ),
        "Every layer got the image itself. The second one gets what the first one gives.": lambda image, kernels: [
            relu(correlate2d(image, kernel)) for kernel in kernels
        ],
        "ReLU is missing: what is negative becomes zero before it is handed on.": lambda image, kernels: (
            _layer_by_layer(image, kernels, correlate2d)
        ),
        "You kept the maps as they are before ReLU. What the layer hands on comes after it.": lambda image, kernels: [
            correlate2d(before, kernel) for before, kernel in zip([image, *tapped(image, kernels)], kernels)
        ],
        "What you kept went through ReLU, but what was handed on did not. The next layer gets the rectified map.": lambda image, kernels: [
            relu(one) for one in _layer_by_layer(image, kernels, correlate2d)
        ],
        "You appended before the layer was computed, so you have the image, and not the last map.": lambda image, kernels: [
            image,
            *tapped(image, kernels)[:-1],
        ],
        "The image itself is in your list. Only what the layers give belongs there: begin with an empty list.": lambda image, kernels: [
            image,
            *tapped(image, kernels),
        ],
        "Your list has the rows of the maps one by one. `append` puts a whole map in, `extend` its rows.": lambda image, kernels: [
            row for one in tapped(image, kernels) for row in one
        ],
        "`ops.convolve2d` turns the kernel. Layers correlate: `ops.correlate2d`.": lambda image, kernels: (
            _layer_by_layer(image, kernels, lambda before, kernel: relu(convolve2d(before, kernel)))
        ),
    },
)


def sheet(maps, columns, margin):
    """Lay the channels of a layer side by side, row by row.

    `maps` has the shape (height, width, channels). The sheet is
    `columns` channels wide, and has as many rows as all channels need.
    Between two channels, and between two rows, lie `margin` zeros; there
    are none at the edges. Positions that stay empty are zero. Return the
    sheet, an array with two axes.
    """
    height, width, channels = maps.shape
    rows = -(-channels // columns)  # rounded up
    down, across = rows * (height + margin), columns * (width + margin)
    result = np.zeros((down - margin, across - margin))
    for channel in range(channels):
        top = channel // columns * (height + margin)
        left = channel % columns * (width + margin)
        result[top : top + height, left : left + width] = maps[:, :, channel]
    return result


def _maps_to_lay_out():
    random = np.random.default_rng(3)
    return [
        (np.array([[[1, 3, 5], [2, 4, 6]]]), 2, 1),
        (random.integers(1, 10, (2, 3, 8)), 4, 1),
        (random.integers(1, 10, (3, 2, 7)), 3, 2),
    ]


def _column_by_column(maps, columns, margin):
    empty = np.zeros((*maps.shape[:2], -maps.shape[2] % columns))
    places = np.concatenate([maps, empty], axis=2)
    order = np.arange(places.shape[2]).reshape(columns, -1).T.ravel()
    return sheet(places[:, :, order], columns, margin)


def _without_a_gap(maps, columns, margin):
    result = np.zeros_like(sheet(maps, columns, margin))
    packed = sheet(maps, columns, 0)
    result[: packed.shape[0], : packed.shape[1]] = packed
    return result


def _one_row_more(maps, columns, margin):
    row = 0 if maps.shape[2] % columns else maps.shape[0] + margin
    return np.pad(sheet(maps, columns, margin), ((0, row), (0, 0)))


one_sheet = Exercise(
    id="12-sheet",
    title="Every channel on one sheet",
    prompt=(
        "Write `sheet(maps, columns, margin)`. By hand first: three channels of one row and two columns, `[1, 2]`, "
        "`[3, 4]` and `[5, 6]`. Two channels fit in a row of the sheet, with a margin of 1. How large is the sheet? And what stands "
        "at its last two positions?"
    ),
    solution=sheet,
    hints=(
        "Seven channels, three in a row, need three rows: round up. `-(-7 // 3)` is 3, `math.ceil(7 / 3)` as well.",
        "With n rows there are n − 1 margins: the sheet is n · (height + margin) − margin high.",
        "Channel number c goes to row `c // columns` and column `c % columns`.",
        "`result[top : top + height, left : left + width] = maps[:, :, c]` with "
        "`top = c // columns * (height + margin)`.",
    ),
    inputs=_maps_to_lay_out,
    mistakes={
        "You left channels out: the last row is not full, and `//` rounds it away. Round up.": lambda maps, columns, margin: (
            sheet(maps[:, :, : maps.shape[2] // columns * columns], columns, margin)
        ),
        "There is a margin around the sheet. It belongs between channels only.": lambda maps, columns, margin: np.pad(
            sheet(maps, columns, margin), margin
        ),
        "There is a margin after the last row and column. It belongs between two only.": lambda maps, columns, margin: (
            np.pad(sheet(maps, columns, margin), (0, margin))
        ),
        "You filled column by column. Fill row by row: 0, 1, 2, … side by side.": _column_by_column,
        (
            "The sheet has the right size, but the channels stand without a gap. Each step is a height, or a width, "
            "and a margin."
        ): _without_a_gap,
        (
            "`reshape` keeps the activations in their order in memory, and there the channels of one position stand side by "
            "side. Put each channel in its place."
        ): lambda maps, columns, margin: maps.reshape(maps.shape[0], -1),
        "`channels // columns + 1` is one row too many where the last row is full. Round up instead.": _one_row_more,
        "`columns` is how many channels stand side by side, not how many rows.": lambda maps, columns, margin: sheet(
            maps, -(-maps.shape[2] // columns), margin
        ),
    },
)


def silence(maps):
    """Tell how much of a layer's output for one image is silence.

    `maps` has the shape (height, width, channels). Return two numbers:
    the share of all activations that are exactly zero, and how many
    channels are zero at every position.
    """
    zero = maps == 0
    return zero.mean(), zero.all(axis=(0, 1)).sum()


def _layers():
    random = np.random.default_rng(2)
    first = np.zeros((2, 2, 3))
    first[0, 0, 0], first[:, :, 1] = 5, [[1, 2], [0, 3]]
    signed = random.integers(-1, 2, (3, 4, 8)).astype(float)
    signed[:, :, 1] = 0
    signed[:, :, 2] = np.minimum(signed[:, :, 2], 0)  # negative and zero: not silent either
    signed[:, :, 0] = -np.arange(12).reshape(3, 4)  # its greatest number is zero
    signed[:, :, 3] = -1
    signed[:, :, 7] = -1 - np.arange(12).reshape(3, 4)
    signed[:, :, 4:7] = np.array([[1, -1, 1, -1]] * 3)[..., None]  # their mean is zero, and they are not silent
    many = np.maximum(random.normal(-1, 1, (4, 4, 20)), 0) * (np.arange(20) % 3 > 0)
    many[0] = 0  # a row in which nothing answers
    return [(first,), (signed,), (many,)]


def _as_numbers(pair, maps):
    """your two numbers"""
    parts = pair if isinstance(pair, tuple | list) else [pair]
    return np.concatenate([np.ravel(np.asarray(part, float)) for part in parts])


how_silent = Exercise(
    id="12-silence",
    title="How silent is a layer?",
    prompt=(
        "Write `silence(maps)`. By hand first, three channels of 2×2:\n\n"
        r"$$\begin{bmatrix} 5 & 0 \\ 0 & 0 \end{bmatrix} \quad \begin{bmatrix} 1 & 2 \\ 0 & 3 \end{bmatrix} \quad "
        r"\begin{bmatrix} 0 & 0 \\ 0 & 0 \end{bmatrix}$$"
        "\n\nIts maps may come from a layer without "
        "ReLU: a negative activation is not a zero."
    ),
    solution=silence,
    hints=(
        "`maps == 0` is an array of the same shape, true where an activation is zero.",
        "The mean of true and false is a share.",
        "`zero.all(axis=(0, 1))` asks for each channel whether it is true at all its positions.",
    ),
    inputs=_layers,
    fresh=lambda random: [
        (np.maximum(random.normal(-1, 1, (3, 4, 12)), 0) * random.integers(0, 2, 12),),
        (random.integers(-1, 2, (3, 3, 9)).astype(float) * random.integers(0, 2, 9),),
    ],
    judge=_as_numbers,
    mistakes={
        "You counted negative activations as well. Silent means exactly zero.": lambda maps: silence(
            np.maximum(maps, 0)
        ),
        "Your first number counts the zeros. Divide by how many activations there are.": lambda maps: (
            (maps == 0).sum(),
            silence(maps)[1],
        ),
        "You counted positions where all channels are zero. Turn it round: `axis=(0, 1)`.": lambda maps: (
            silence(maps)[0],
            (maps == 0).all(axis=2).sum(),
        ),
        "You counted channels with a zero somewhere. Silent means zero everywhere: `all`.": lambda maps: (
            silence(maps)[0],
            (maps == 0).any(axis=(0, 1)).sum(),
        ),
        (
            "You looked at the mean, or the sum, of each channel. Where negative and positive activations cancel it is "
            "zero, too."
        ): lambda maps: (
            (maps == 0).mean(),
            (maps.mean(axis=(0, 1)) == 0).sum(),
        ),
        "You looked at the greatest activation of each channel. It can be zero while others are negative.": lambda maps: (
            silence(maps)[0],
            (maps.max(axis=(0, 1)) == 0).sum(),
        ),
        "In the second place you have true or false for each channel. Count them: `.sum()`.": lambda maps: (
            silence(maps)[0],
            (maps == 0).all(axis=(0, 1)),
        ),
        "The second number should be how many channels, not which share of them.": lambda maps: (
            silence(maps)[0],
            (maps == 0).all(axis=(0, 1)).mean(),
        ),
    },
)


def stands_out(maps):
    """Find the channel in which each image stands out most.

    `maps` has the shape (images, height, width, channels), with no
    negative activations. A channel's response to an image is the mean
    of its map. Divide it by the mean of its responses to all images, and
    take the channel for which that is greatest. A channel that is zero
    for all images cannot win. Return a number for each image.
    """
    answers = maps.mean(axis=(1, 2))
    usual = answers.mean(axis=0)
    return (answers / np.where(usual == 0, 1, usual)).argmax(axis=1)


def _answers_of_images():
    random = np.random.default_rng(7)
    by_hand = np.array([[8.0, 2, 0], [8, 1, 0], [11, 0, 0]]).reshape(3, 1, 1, 3)
    some, more = (
        np.maximum(random.normal(0, 1, shape), 0) * random.uniform(0.2, 5, shape[-1])
        for shape in ((4, 3, 3, 6), (6, 2, 2, 9))
    )
    some[..., 2] = 0
    more[..., 0] += 40  # always loud, and never by much more than usual
    # Images of unequal contrast, and a third channel that hardly ever answers.
    levels = np.array([[3, 2, 0], [0, 10, 0], [30, 0, 0], [1, 1, 0.003]])
    quiet = levels[:, np.newaxis, np.newaxis] * np.array([0.5, 1.5])[:, np.newaxis]
    return [(by_hand,), (some,), (more,), (quiet,)]


def _quotients(maps, usual=np.mean):
    divisors = usual(answers := maps.mean(axis=(1, 2)), axis=0)
    return answers / np.where(divisors == 0, 1, divisors)


def _by_deviations(maps):
    answers = maps.mean(axis=(1, 2))
    spread = answers.std(axis=0)
    return ((answers - answers.mean(axis=0)) / np.where(spread == 0, 1, spread)).argmax(axis=1)


def _zero_by_zero(maps):
    answers = maps.mean(axis=(1, 2))
    with np.errstate(divide="ignore", invalid="ignore"):  # before NumPy 2, 0/0 may be either
        return (answers / answers.mean(axis=0)).argmax(axis=1)


which_channel = Exercise(
    id="12-stands-out",
    title="In which channel does it stand out?",
    prompt=(
        "Write `stands_out(maps)`. By hand first: three images, maps of 1×1, three channels. The responses, a row "
        "for each image and a column for each channel:\n\n"
        r"$$\begin{bmatrix} 8 & 2 & 0 \\ 8 & 1 & 0 \\ 11 & 0 & 0 \end{bmatrix}$$"
        "\n\nChannel 0 is the loudest for all of them. In "
        "which channel does each stand out?"
    ),
    solution=stands_out,
    hints=(
        "`maps.mean(axis=(1, 2))` is a table: a row for each image, a column for each channel.",
        "The usual response of each channel is the mean of its column: `answers.mean(axis=0)`.",
        "Where the usual response is 0, put a 1 in its place before you divide: `np.where(usual == 0, 1, usual)`.",
        "`argmax(axis=1)` gives for each row the number of the column with the greatest value.",
    ),
    inputs=_answers_of_images,
    mistakes={
        (
            "These are the loudest channels. Some are loud for every image; divide each by its own mean over the "
            "images, `answers.mean(axis=0)`. A mean with `axis=1`, or over everything, is one number for all channels "
            "of an image, and to divide by it changes nothing."
        ): lambda maps: maps.mean(axis=(1, 2)).argmax(axis=1),
        "`axis=1` takes the mean over the channels of each image. The usual response of a channel is its mean over the "
        "images: `axis=0`.": lambda maps: (maps.mean(axis=(1, 2)) / maps.mean(axis=(1, 2, 3))).argmax(axis=1),
        "You took the greatest activation of each map. The response is the mean of the map.": lambda maps: stands_out(
            maps.max(axis=(1, 2), keepdims=True)
        ),
        "You took the difference to the usual response. It favours loud channels; divide instead.": lambda maps: (
            maps.mean(axis=(1, 2)) - maps.mean(axis=(0, 1, 2))
        ).argmax(axis=1),
        (
            "A channel that is zero for all images won: 0 by 0 is not a number, and `argmax` takes it for the "
            "greatest. Divide by 1 there."
        ): _zero_by_zero,
        "You found an image for each channel. A channel for each image was asked for: `argmax(axis=1)`.": lambda maps: (
            _quotients(maps).argmax(axis=0)
        ),
        "You added 1 to the usual response. That changes every quotient; put the 1 only where it is 0.": lambda maps: (
            maps.mean(axis=(1, 2)) / (maps.mean(axis=(0, 1, 2)) + 1)
        ).argmax(axis=1),
        "You divided by the greatest response of each channel. The usual one is its mean over the images.": lambda maps: (
            _quotients(maps, np.max).argmax(axis=1)
        ),
        "You measured in standard deviations. That is a good question too, but here it is: how many times the mean?": _by_deviations,
        "That is by how much each image stands out. The number of the channel is asked for.": lambda maps: _quotients(
            maps
        ).max(axis=1),
    },
)


EXERCISES = [tap_every_layer, how_silent, which_channel, one_sheet]
