"""Exercises of chapter 12, activations."""

import numpy as np

from labkit.course.exercises import Exercise, WrongAnswer
from labkit.ops import convolve2d, correlate2d, relu

# ── Exercise 1 ────────────────────────────────────────────────────────────────────────────────────────────────────


def tapped(picture, kernels):
    """Keep what every layer gives, not only what the last one gives.

    `picture` is a grey picture, `kernels` a list of kernels, one a
    layer. Each layer correlates what comes to it with its kernel
    (`ops.correlate2d`), puts the result through ReLU (`ops.relu`), and
    hands it on. Return a list with the map of each layer, in order.
    """
    maps = []
    for kernel in kernels:
        picture = relu(correlate2d(picture, kernel))
        maps.append(picture)
    return maps


def _last_only(picture, kernels):
    return tapped(picture, kernels)[-1:]


def _last_as_it_is(picture, kernels):
    return tapped(picture, kernels)[-1]


def _first_only(picture, kernels):
    return tapped(picture, kernels)[:1]


def _relu_at_the_end(picture, kernels):
    maps = _no_relu(picture, kernels)
    return [*maps[:-1], relu(maps[-1])]


def _all_from_the_picture(picture, kernels):
    return [relu(correlate2d(picture, kernel)) for kernel in kernels]


def _before_relu_kept(picture, kernels):
    maps = []
    for kernel in kernels:
        maps.append(correlate2d(picture, kernel))
        picture = relu(maps[-1])
    return maps


def _no_relu(picture, kernels):
    maps = []
    for kernel in kernels:
        picture = correlate2d(picture, kernel)
        maps.append(picture)
    return maps


def _relu_on_what_is_kept_only(picture, kernels):
    return [relu(one) for one in _no_relu(picture, kernels)]


def _none_at_the_end(picture, kernels):
    maps = tapped(picture, kernels)
    before = maps[-2] if len(maps) > 1 else picture
    return [*maps[:-1], correlate2d(before, kernels[-1])]


def _without_sign(picture, kernels):
    maps = []
    for kernel in kernels:
        picture = np.abs(correlate2d(picture, kernel))
        maps.append(picture)
    return maps


def _yes_or_no(picture, kernels):
    maps = []
    for kernel in kernels:
        picture = correlate2d(picture, kernel) > 0
        maps.append(picture)
    return maps


def _picture_every_time(picture, kernels):
    return [picture for _ in kernels]


def _row_by_row(picture, kernels):
    return [row for one in tapped(picture, kernels) for row in one]


def _one_number_a_map(picture, kernels):
    return [one.sum() for one in tapped(picture, kernels)]


def _same_size(picture, kernels):
    maps = []
    for kernel in kernels:
        height, width = np.shape(kernel)
        sides = (((height - 1) // 2, height // 2), ((width - 1) // 2, width // 2))
        picture = relu(correlate2d(np.pad(picture, sides), kernel))
        maps.append(picture)
    return maps


def _framed(picture, kernels):
    maps = []
    for kernel in kernels:
        picture = relu(correlate2d(np.pad(picture, 1), kernel))
        maps.append(picture)
    return maps


def _picture_too(picture, kernels):
    return [picture, *tapped(picture, kernels)]


def _shifted(picture, kernels):
    return [picture, *tapped(picture, kernels)][:-1]


def _convolved(picture, kernels):
    maps = []
    for kernel in kernels:
        picture = relu(convolve2d(picture, kernel))
        maps.append(picture)
    return maps


def _backwards(picture, kernels):
    return tapped(picture, kernels)[::-1]


def _relu_first(picture, kernels):
    maps = []
    for kernel in kernels:
        picture = correlate2d(relu(picture), kernel)
        maps.append(picture)
    return maps


def _one_after_another(maps, picture, kernels):
    """how many maps came, and then all their numbers, one map after another"""
    each = list(maps.values() if isinstance(maps, dict) else maps)
    return np.concatenate([[len(each)], *(np.ravel(np.asarray(one, float)) for one in each)])


def _pictures_and_kernels():
    random = np.random.default_rng(12)
    return [
        ([[0, 3, 1], [0, 3, 1], [2, 0, 4]], [[[-1, 1], [-1, 1]], [[1, -1], [-1, 1]]]),
        (random.integers(0, 10, (6, 7)), [random.integers(-2, 3, (3, 3)), random.integers(-2, 3, (2, 2))]),
        (random.integers(-5, 6, (8, 8)), [random.integers(-2, 3, (2, 2)) for _ in range(3)]),
    ]


# ── Exercise 2 ────────────────────────────────────────────────────────────────────────────────────────────────────


def sheet(maps, columns, margin):
    """Lay the channels of a layer side by side, row by row.

    `maps` has the shape (height, width, channels). The sheet is
    `columns` channels wide, and has as many rows as all channels need.
    Between two channels, and between two rows, lie `margin` zeros; there
    are none at the edges. Places that stay empty are zero. Return the
    sheet, an array with two axes.
    """
    height, width, channels = maps.shape
    rows = -(-channels // columns)  # rounded up
    result = np.zeros((rows * (height + margin) - margin, columns * (width + margin) - margin))
    for channel in range(channels):
        top = channel // columns * (height + margin)
        left = channel % columns * (width + margin)
        result[top : top + height, left : left + width] = maps[:, :, channel]
    return result


def _rounded_down(maps, columns, margin):
    whole = maps.shape[2] // columns * columns
    if not whole:
        return np.zeros((0, columns * (maps.shape[1] + margin) - margin))
    return sheet(maps[:, :, :whole], columns, margin)


def _edge_margins(maps, columns, margin):
    return np.pad(sheet(maps, columns, margin), margin)


def _margin_after_each(maps, columns, margin):
    return np.pad(sheet(maps, columns, margin), ((0, margin), (0, margin)))


def _column_by_column(maps, columns, margin):
    rows = -(-maps.shape[2] // columns)
    order = [column * rows + row for row in range(rows) for column in range(columns)]
    padded = np.concatenate([maps, np.zeros((*maps.shape[:2], rows * columns - maps.shape[2]))], axis=2)
    return sheet(padded[:, :, order], columns, margin)


def _without_margin(maps, columns, margin):
    return sheet(maps, columns, 0)


def _margin_forgotten_in_places(maps, columns, margin):
    result = np.zeros_like(sheet(maps, columns, margin))
    packed = sheet(maps, columns, 0)
    result[: packed.shape[0], : packed.shape[1]] = packed
    return result


def _margin_between_columns_only(maps, columns, margin):
    height, rows = maps.shape[0], -(-maps.shape[2] // columns)
    right = sheet(maps, columns, margin)
    return np.concatenate([right[row * (height + margin) :][:height] for row in range(rows)])


def _margin_between_rows_only(maps, columns, margin):
    width = maps.shape[1]
    right = sheet(maps, columns, margin)
    return np.concatenate([right[:, c * (width + margin) :][:, :width] for c in range(columns)], axis=1)


def _margin_before_each(maps, columns, margin):
    return np.pad(sheet(maps, columns, margin), ((margin, 0), (margin, 0)))


def _first_left_out(maps, columns, margin):
    maps = maps.copy()
    maps[:, :, 0] = 0
    return sheet(maps, columns, margin)


def _begins_again(maps, columns, margin):
    places = -(-maps.shape[2] // columns) * columns
    return sheet(maps[:, :, np.arange(places) % maps.shape[2]], columns, margin)


def _side_by_side(maps, columns, margin):
    return maps.reshape(maps.shape[0], -1)


def _ones_between(maps, columns, margin):
    right = sheet(maps, columns, margin)
    return np.where(right == 0, 1, right)


def _own_range(maps, columns, margin):
    low, span = maps.min(axis=(0, 1)), np.ptp(maps, axis=(0, 1))
    return sheet((maps - low) / np.where(span == 0, 1, span), columns, margin)


def _one_row_too_many(maps, columns, margin):
    height, width, channels = maps.shape
    rows = channels // columns + 1
    result = np.zeros((rows * (height + margin) - margin, columns * (width + margin) - margin))
    right = sheet(maps, columns, margin)
    result[: len(right)] = right
    return result


def _columns_are_rows(maps, columns, margin):
    return sheet(maps, -(-maps.shape[2] // columns), margin)


def _turned(maps, columns, margin):
    return sheet(maps.transpose(1, 0, 2), columns, margin)


def _channels_first(maps, columns, margin):
    return sheet(maps.transpose(1, 2, 0), columns, margin)


def _not_a_number_between(maps, columns, margin):
    right = sheet(maps, columns, margin)
    return np.where(right == 0, np.nan, right)


def _white_between(maps, columns, margin):
    right = sheet(maps, columns, margin)
    return np.where(right == 0, 255, right)


def _maps_to_lay_out():
    random = np.random.default_rng(3)
    return [
        (np.array([[[1, 3, 5], [2, 4, 6]]]), 2, 1),
        (random.integers(1, 10, (2, 3, 8)), 4, 1),
        (random.integers(1, 10, (3, 2, 7)), 3, 2),
    ]


# ── Exercise 3 ────────────────────────────────────────────────────────────────────────────────────────────────────


def silence(maps):
    """Tell how much of a layer's answer to one picture is silence.

    `maps` has the shape (height, width, channels). Return two numbers:
    the share of all numbers that are exactly zero, and how many
    channels are zero at every place.
    """
    zero = maps == 0
    return zero.mean(), zero.all(axis=(0, 1)).sum()


def _negative_too(maps):
    return (maps <= 0).mean(), (maps <= 0).all(axis=(0, 1)).sum()


def _zeros_counted(maps):
    return (maps == 0).sum(), silence(maps)[1]


def _places_counted(maps):
    return (maps == 0).mean(), (maps == 0).all(axis=2).sum()


def _any_zero(maps):
    return (maps == 0).mean(), (maps == 0).any(axis=(0, 1)).sum()


def _mean_is_zero(maps):
    return (maps == 0).mean(), (maps.mean(axis=(0, 1)) == 0).sum()


def _smallest_is_zero(maps):
    return silence(maps)[0], (maps.min(axis=(0, 1)) == 0).sum()


def _no_spread(maps):
    return silence(maps)[0], (maps.std(axis=(0, 1)) == 0).sum()


def _share_only(maps):
    return (maps == 0).mean()


def _columns_of_it(maps):
    return silence(maps)[0], (maps == 0).all(axis=(1, 2)).sum()


def _whole_layer(maps):
    return silence(maps)[0], (maps == 0).all()


def _which_channels(maps):
    return silence(maps)[0], np.flatnonzero((maps == 0).all(axis=(0, 1)))


def _all_channels(maps):
    return silence(maps)[0], maps.shape[-1]


def _among_those_that_answer(maps):
    silent = (maps == 0).all(axis=(0, 1))
    return (maps[:, :, ~silent] == 0).mean(), silent.sum()


def _zeros_a_channel(maps):
    return (maps == 0).sum() / maps.shape[2], silence(maps)[1]


def _shares_of_channels(maps):
    zero = maps == 0
    return zero.mean(axis=(0, 1)), zero.all(axis=(0, 1)).sum()


def _rounded(maps):
    return round(float(silence(maps)[0]), 2), silence(maps)[1]


def _per_cent_twice(maps):
    zero = maps == 0
    return 100 * zero.mean(), 100 * zero.all(axis=(0, 1)).mean()


def _greatest_is_zero(maps):
    return silence(maps)[0], (maps.max(axis=(0, 1)) == 0).sum()


def _greatest_is_not_above_zero(maps):
    return silence(maps)[0], (maps.max(axis=(0, 1)) <= 0).sum()


def _true_or_false(maps):
    return silence(maps)[0], (maps == 0).all(axis=(0, 1))


def _zeros_a_place(maps):
    return (maps == 0).sum() / (maps.shape[0] * maps.shape[1]), silence(maps)[1]


def _share_of_negative_too(maps):
    return (maps <= 0).mean(), silence(maps)[1]


def _share_of_channels(maps):
    return (maps == 0).mean(), (maps == 0).all(axis=(0, 1)).mean()


def _those_that_answer(maps):
    return (maps != 0).mean(), silence(maps)[1]


def _channels_that_answer(maps):
    return silence(maps)[0], maps.shape[-1] - silence(maps)[1]


def _per_cent(maps):
    return 100 * silence(maps)[0], silence(maps)[1]


def _exchanged(maps):
    return silence(maps)[::-1]


def _share_by_channel(maps):
    return silence(maps)[0], (maps == 0).mean(axis=(0, 1))


def _rows_of_it(maps):
    return silence(maps)[0], (maps == 0).all(axis=0).sum()


def _as_numbers(pair, maps):
    """your two numbers"""
    parts = pair if isinstance(pair, tuple | list) else [pair]
    return np.concatenate([np.ravel(np.asarray(part, float)) for part in parts])


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


# ── Exercise 4 ────────────────────────────────────────────────────────────────────────────────────────────────────


def stands_out(maps):
    """Find the channel in which each picture stands out most.

    `maps` has the shape (pictures, height, width, channels), with no
    negative numbers. A channel's answer to a picture is the mean of its
    map. Divide it by the mean of the channel's answers to all pictures,
    and take the channel for which that is greatest. A channel that is
    zero for all pictures cannot win. Return a number for each picture.
    """
    answers = maps.mean(axis=(1, 2))
    usual = answers.mean(axis=0)
    return (answers / np.where(usual == 0, 1, usual)).argmax(axis=1)


def _loudest(maps):
    return maps.mean(axis=(1, 2)).argmax(axis=1)


def _by_peak(maps):
    answers = maps.max(axis=(1, 2))
    usual = answers.mean(axis=0)
    return (answers / np.where(usual == 0, 1, usual)).argmax(axis=1)


def _by_difference(maps):
    answers = maps.mean(axis=(1, 2))
    return (answers - answers.mean(axis=0)).argmax(axis=1)


def _by_the_median(maps):
    answers = maps.mean(axis=(1, 2))
    usual = np.median(answers, axis=0)
    return (answers / np.where(usual == 0, 1, usual)).argmax(axis=1)


def _one_added(maps):
    answers = maps.mean(axis=(1, 2))
    return (answers / (answers.mean(axis=0) + 1)).argmax(axis=1)


def _floor_too_high(maps):
    answers = maps.mean(axis=(1, 2))
    return (answers / np.maximum(answers.mean(axis=0), 0.01)).argmax(axis=1)


def _by_share_of_the_picture(maps):
    answers = maps.mean(axis=(1, 2))
    answers = answers / answers.sum(axis=1, keepdims=True)
    usual = answers.mean(axis=0)
    return (answers / np.where(usual == 0, 1, usual)).argmax(axis=1)


def _peak_by_mean(maps):
    usual = maps.mean(axis=(0, 1, 2))
    return (maps.max(axis=(1, 2)) / np.where(usual == 0, 1, usual)).argmax(axis=1)


def _quotients(maps):
    answers = maps.mean(axis=(1, 2))
    usual = answers.mean(axis=0)
    return answers / np.where(usual == 0, 1, usual)


def _loudest_of_all(maps):
    return maps.mean(axis=(0, 1, 2)).argmax()


def _zero_by_zero(maps):
    answers = maps.mean(axis=(1, 2))
    with np.errstate(invalid="ignore"):
        return (answers / answers.mean(axis=0)).argmax(axis=1)


def _picture_for_each_channel(maps):
    answers = maps.mean(axis=(1, 2))
    usual = answers.mean(axis=0)
    return (answers / np.where(usual == 0, 1, usual)).argmax(axis=0)


def _counted_from_one(maps):
    return stands_out(maps) + 1


def _quietest(maps):
    answers = maps.mean(axis=(1, 2))
    usual = answers.mean(axis=0)
    return (answers / np.where(usual == 0, 1, usual)).argmin(axis=1)


def _by_the_greatest_answer(maps):
    answers = maps.mean(axis=(1, 2))
    most = answers.max(axis=0)
    return (answers / np.where(most == 0, 1, most)).argmax(axis=1)


def _by_deviations(maps):
    answers = maps.mean(axis=(1, 2))
    spread = answers.std(axis=0)
    return ((answers - answers.mean(axis=0)) / np.where(spread == 0, 1, spread)).argmax(axis=1)


def _one_number(maps):
    answers = maps.mean(axis=(1, 2))
    usual = answers.mean(axis=0)
    return (answers / np.where(usual == 0, 1, usual)).argmax()


def _how_much(maps):
    answers = maps.mean(axis=(1, 2))
    usual = answers.mean(axis=0)
    return (answers / np.where(usual == 0, 1, usual)).max(axis=1)


def _answers_of_pictures():
    random = np.random.default_rng(7)
    by_hand = np.array([[8.0, 2, 0], [8, 1, 0], [11, 0, 0]]).reshape(3, 1, 1, 3)
    some, more = (
        np.maximum(random.normal(0, 1, shape), 0) * random.uniform(0.2, 5, shape[-1])
        for shape in ((4, 3, 3, 6), (6, 2, 2, 9))
    )
    some[..., 2] = 0
    more[..., 0] += 40  # always loud, and never by much more than usual
    # Pictures of unequal contrast, and a third channel that hardly ever answers.
    levels = np.array([[3, 2, 0], [0, 10, 0], [30, 0, 0], [1, 1, 0.003]])
    quiet = levels[:, np.newaxis, np.newaxis] * np.array([0.5, 1.5])[:, np.newaxis]
    return [(by_hand,), (some,), (more,), (quiet,)]


EXERCISES = [
    Exercise(
        id="12-tapped",
        title="Tap every layer",
        prompt=(
            "Write `tapped(picture, kernels)`. By hand first: the picture with the rows 0 3 1, 0 3 1 and 2 0 4. The first "
            "kernel has −1 1 in both rows, the second has the rows 1 −1 and −1 1. The first map has 2×2 numbers, the "
            "second map one."
        ),
        solution=tapped,
        hints=(
            "Go through the kernels in a loop. What one layer gives is the picture of the next.",
            "Begin with an empty list, and append the map of each layer to it.",
            "In the loop: `picture = ops.relu(ops.correlate2d(picture, kernel))`, then `maps.append(picture)`.",
        ),
        inputs=_pictures_and_kernels,
        judge=_one_after_another,
        wrong_answers=(
            WrongAnswer(_last_only, "Only the last map came. Keep those of the layers before it, too."),
            WrongAnswer(
                _last_as_it_is, "Only the last map came, and not in a list. Keep those of the layers before it, too."
            ),
            WrongAnswer(
                _none_at_the_end,
                "ReLU is missing after the last layer. In the first example nothing is negative there, in others it is.",
            ),
            WrongAnswer(
                _without_sign, "You took away the sign. ReLU makes a negative number zero: −4 becomes 0, not 4."
            ),
            WrongAnswer(_yes_or_no, "You kept only where a sum is positive. ReLU keeps the positive sum itself."),
            WrongAnswer(
                _picture_every_time,
                "You kept the picture each time. Keep the map, and hand it on: it is the next layer's picture.",
            ),
            WrongAnswer(
                _row_by_row,
                "Your list has the rows of the maps one by one. `append` puts a whole map in, `extend` its rows.",
            ),
            WrongAnswer(_one_number_a_map, "You kept one number a layer, the sum of its map. Keep the map itself."),
            WrongAnswer(_same_size, "You padded, so that the maps keep their size. Here they shrink: no padding."),
            WrongAnswer(_framed, "You put a frame of zeros around what comes to each layer. Here there is no padding."),
            WrongAnswer(
                _first_only,
                "Only the first map came. If `return` stands inside the loop, the loop ends there: move it out.",
            ),
            WrongAnswer(_relu_at_the_end, "ReLU comes after every layer, not only after the last one."),
            WrongAnswer(
                _all_from_the_picture,
                "Every layer got the picture itself. The second one gets what the first one gives.",
            ),
            WrongAnswer(_no_relu, "ReLU is missing: what is negative becomes zero before it is handed on."),
            WrongAnswer(
                _before_relu_kept, "You kept the maps as they are before ReLU. What the layer hands on comes after it."
            ),
            WrongAnswer(
                _relu_on_what_is_kept_only,
                "What you kept went through ReLU, but what was handed on did not. The next layer gets the rectified map.",
            ),
            WrongAnswer(_picture_too, "The picture itself is no layer's answer; leave it out."),
            WrongAnswer(
                _shifted, "You appended before the layer was computed, so you have the picture, and not the last map."
            ),
            WrongAnswer(_convolved, "`ops.convolve2d` turns the kernel. Layers correlate: `ops.correlate2d`."),
            WrongAnswer(_relu_first, "ReLU comes after the correlation, not before it."),
            WrongAnswer(_backwards, "The maps are in the wrong order: the first layer's comes first."),
        ),
    ),
    Exercise(
        id="12-sheet",
        title="Every channel on one sheet",
        prompt=(
            "Write `sheet(maps, columns, margin)`. By hand first: three channels of one row and two columns, 1 2 and 3 4 "
            "and 5 6. Two channels fit in a row of the sheet, with a margin of 1. How large is the sheet? And what stands "
            "in its last two places?"
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
        wrong_answers=(
            WrongAnswer(
                _rounded_down,
                "You left channels out: the last row is not full, and `//` rounds it away. Round up.",
            ),
            WrongAnswer(_edge_margins, "There is a margin around the sheet. It belongs between channels only."),
            WrongAnswer(
                _margin_after_each, "There is a margin after the last row and column. It belongs between two only."
            ),
            WrongAnswer(_column_by_column, "You filled column by column. Fill row by row: 0, 1, 2, … side by side."),
            WrongAnswer(_without_margin, "The margin is missing."),
            WrongAnswer(
                _margin_forgotten_in_places,
                "The sheet has the right size, but the channels stand without a gap. Each step is a height, or a width, and a "
                "margin.",
            ),
            WrongAnswer(_margin_between_columns_only, "There is no margin between two rows of channels."),
            WrongAnswer(_margin_between_rows_only, "There is no margin between channels that stand side by side."),
            WrongAnswer(
                _margin_before_each,
                "There is a margin above the first row and left of the first column. There are none at the edges.",
            ),
            WrongAnswer(_first_left_out, "Channel 0 is missing: channels are counted from 0."),
            WrongAnswer(_begins_again, "After the last channel yours begin again. Places that stay empty are zero."),
            WrongAnswer(
                _side_by_side,
                "`reshape` keeps the numbers in their order in memory, and there the channels of one place stand side by side. "
                "Put each channel in its place.",
            ),
            WrongAnswer(_ones_between, "Margins and empty places should be zeros; yours are 1."),
            WrongAnswer(_not_a_number_between, "Margins and empty places should be zeros; yours are not a number."),
            WrongAnswer(_white_between, "Margins and empty places should be zeros; yours are 255."),
            WrongAnswer(_own_range, "You scaled the channels. The sheet should hold their numbers as they are."),
            WrongAnswer(
                _one_row_too_many,
                "`channels // columns + 1` is one row too many where the last row is full. Round up instead.",
            ),
            WrongAnswer(_columns_are_rows, "`columns` is how many channels stand side by side, not how many rows."),
            WrongAnswer(_turned, "Each map is turned: its height and width are exchanged."),
            WrongAnswer(_channels_first, "The channels are the last axis of `maps`: `maps[:, :, channel]`."),
        ),
    ),
    Exercise(
        id="12-silence",
        title="How silent is a layer?",
        prompt=(
            "Write `silence(maps)`. By hand first: three channels of 2×2. The first has a 5 in one corner and zeros "
            "elsewhere, the second has 1, 2, 0, 3, the third has only zeros. Its maps may come from a layer without "
            "ReLU: a negative number is not a zero."
        ),
        solution=silence,
        hints=(
            "`maps == 0` is an array of the same shape, true where a number is zero.",
            "The mean of true and false is a share.",
            "`zero.all(axis=(0, 1))` asks for each channel whether it is true at all its places.",
        ),
        inputs=_layers,
        judge=_as_numbers,
        wrong_answers=(
            WrongAnswer(_negative_too, "You counted negative numbers as well. They are an answer; zero is none."),
            WrongAnswer(_zeros_counted, "Your first number counts the zeros. Divide by how many numbers there are."),
            WrongAnswer(
                _places_counted, "You counted places where all channels are zero. Turn it round: `axis=(0, 1)`."
            ),
            WrongAnswer(_any_zero, "You counted channels with a zero somewhere. Silent means zero everywhere: `all`."),
            WrongAnswer(
                _smallest_is_zero,
                "You looked at the smallest number of each channel. It can be zero while others are positive.",
            ),
            WrongAnswer(
                _no_spread,
                "You counted channels whose numbers are all the same. That can be −1 everywhere: no silence.",
            ),
            WrongAnswer(
                _share_only, "Only the share came. Return the number of silent channels after it: two numbers."
            ),
            WrongAnswer(
                _columns_of_it,
                "The channels are the last axis, and you asked along it: `axis=(1, 2)` leaves the rows. Use `axis=(0, 1)`.",
            ),
            WrongAnswer(
                _whole_layer, "`all()` without an axis asks the whole layer at once. Ask each channel: `axis=(0, 1)`."
            ),
            WrongAnswer(
                _which_channels, "After the share come the numbers of the silent channels. Say how many they are."
            ),
            WrongAnswer(
                _all_channels, "Your second number is how many channels there are. Count those that are silent."
            ),
            WrongAnswer(
                _among_those_that_answer,
                "You left the silent channels out of the share. The share is of all numbers of the layer.",
            ),
            WrongAnswer(
                _zeros_a_channel,
                "You divided by the number of channels only. Divide by how many numbers there are in all: `maps.size`.",
            ),
            WrongAnswer(
                _shares_of_channels, "You have a share for each channel. One share for the whole layer was asked for."
            ),
            WrongAnswer(_rounded, "Your share is rounded. Return it as it is."),
            WrongAnswer(
                _per_cent_twice, "Yours are per cent. A share goes from 0 to 1, and silent channels are counted."
            ),
            WrongAnswer(
                _mean_is_zero,
                "You looked at the mean, or the sum, of each channel. Where negative and positive numbers cancel it is zero, too.",
            ),
            WrongAnswer(
                _greatest_is_zero,
                "You looked at the greatest number of each channel. It can be zero while others are negative.",
            ),
            WrongAnswer(
                _greatest_is_not_above_zero,
                "You counted channels without a positive number. Negative numbers are an answer, too.",
            ),
            WrongAnswer(
                _true_or_false, "In the second place you have true or false for each channel. Count them: `.sum()`."
            ),
            WrongAnswer(
                _zeros_a_place,
                "You divided by the places of one map. Divide by how many numbers there are in all channels: `maps.size`.",
            ),
            WrongAnswer(_share_of_negative_too, "Your share counts negative numbers as well. Only zero is silence."),
            WrongAnswer(_share_of_channels, "The second number should be how many channels, not which share of them."),
            WrongAnswer(_those_that_answer, "Your first number is the share of the others: those that are not zero."),
            WrongAnswer(_channels_that_answer, "Your second number counts the channels that do answer."),
            WrongAnswer(_per_cent, "A share goes from 0 to 1; yours is in per cent."),
            WrongAnswer(_exchanged, "The two numbers are exchanged: the share first."),
            WrongAnswer(
                _share_by_channel,
                "In the second place you have a share of zeros for each channel. Count those for which it is 1.",
            ),
            WrongAnswer(
                _rows_of_it, "`axis=0` looks down the columns of each map. A channel has two axes: `axis=(0, 1)`."
            ),
        ),
    ),
    Exercise(
        id="12-stands-out",
        title="In which channel does it stand out?",
        prompt=(
            "Write `stands_out(maps)`. By hand first: three pictures, maps of 1×1, three channels. The answers are 8 2 0 to "
            "the first picture, 8 1 0 to the second, 11 0 0 to the third. Channel 0 is the loudest for all of them. In "
            "which channel does each stand out?"
        ),
        solution=stands_out,
        hints=(
            "`maps.mean(axis=(1, 2))` is a table: a row for each picture, a column for each channel.",
            "The usual answer of each channel is the mean of its column: `answers.mean(axis=0)`.",
            "Where the usual answer is 0, put a 1 in its place before you divide: `np.where(usual == 0, 1, usual)`.",
            "`argmax(axis=1)` gives for each row the number of the column with the greatest value.",
        ),
        inputs=_answers_of_pictures,
        wrong_answers=(
            WrongAnswer(
                _loudest,
                "These are the loudest channels. Some are loud for every picture; divide each by its own mean over the pictures, "
                "`answers.mean(axis=0)`. To divide all channels by one number changes nothing.",
            ),
            WrongAnswer(_by_peak, "You took the greatest number of each map. The answer is the mean of the map."),
            WrongAnswer(
                _by_difference,
                "You took the difference to the usual answer. It favours loud channels; divide instead.",
            ),
            WrongAnswer(
                _zero_by_zero,
                "A channel that is zero for all pictures won: 0 by 0 is not a number, and `argmax` takes it for the "
                "greatest. Divide by 1 there.",
            ),
            WrongAnswer(
                _picture_for_each_channel,
                "You found a picture for each channel. A channel for each picture was asked for: `argmax(axis=1)`.",
            ),
            WrongAnswer(
                _by_the_median,
                "You divided by the median of each channel's answers. The usual answer is their mean here.",
            ),
            WrongAnswer(
                _one_added,
                "You added 1 to the usual answer. That changes every quotient; put the 1 only where it is 0.",
            ),
            WrongAnswer(
                _floor_too_high,
                "You raised small means to 0.01. A quiet channel can stand out too: only one that is zero for all pictures cannot.",
            ),
            WrongAnswer(
                _by_share_of_the_picture,
                "You first divided each picture's answers by their sum over the channels. Only the channel's mean divides.",
            ),
            WrongAnswer(
                _peak_by_mean,
                "You divided the greatest number of each map by the channel's mean. Its answer is the mean of the map, too.",
            ),
            WrongAnswer(
                _quotients,
                "These are the quotients. Say for each picture which channel has the greatest: `argmax(axis=1)`.",
            ),
            WrongAnswer(
                _loudest_of_all,
                "That is the channel that is loudest over all pictures, one number. Find one for each picture.",
            ),
            WrongAnswer(_counted_from_one, "Channels are counted from 0."),
            WrongAnswer(_quietest, "You took the smallest quotient; take the greatest."),
            WrongAnswer(
                _by_the_greatest_answer,
                "You divided by the greatest answer of each channel. The usual one is its mean over the pictures.",
            ),
            WrongAnswer(
                _by_deviations,
                "You measured in standard deviations. That is a good question too, but here it is: how many times the mean?",
            ),
            WrongAnswer(
                _one_number, "That is one number for the whole table. Ask for one in each row: `argmax(axis=1)`."
            ),
            WrongAnswer(
                _how_much, "That is by how much each picture stands out. The number of the channel is asked for."
            ),
        ),
    ),
]
