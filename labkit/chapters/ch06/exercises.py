"""Exercises of chapter 6, LeNet-5."""

import numpy as np

from labkit.course.exercises import Exercise, WrongAnswer

# ── Exercise 1 ────────────────────────────────────────────────────────────────────────────────────────────────────


def subsample(maps, coefficient, bias):
    """Shrink a map as LeNet-5's S2 does, before its activation.

    `maps` is one map, an array with even numbers of rows and columns.
    Cut it into windows of 2×2 side by side. Each gives one number: the
    sum of its four, times the coefficient, plus the bias.
    """
    sums = maps[0::2, 0::2] + maps[0::2, 1::2] + maps[1::2, 0::2] + maps[1::2, 1::2]
    return coefficient * sums + bias


def _of_means(maps, coefficient, bias):
    return coefficient * (subsample(maps, 1, 0) / 4) + bias


def _of_greatest(maps, coefficient, bias):
    height, width = maps.shape
    windows = maps.reshape(height // 2, 2, width // 2, 2)
    return coefficient * windows.max(axis=(1, 3)) + bias


def _bias_first(maps, coefficient, bias):
    return coefficient * (subsample(maps, 1, 0) + bias)


def _bias_four_times(maps, coefficient, bias):
    return coefficient * subsample(maps, 1, 0) + 4 * bias


def _without_the_bias(maps, coefficient, bias):
    return coefficient * subsample(maps, 1, 0)


def _overlapping(maps, coefficient, bias):
    sums = maps[:-1, :-1] + maps[:-1, 1:] + maps[1:, :-1] + maps[1:, 1:]
    return coefficient * sums + bias


def _squashed(maps, coefficient, bias):
    return scaled_tanh(subsample(maps, coefficient, bias))


def _whole_map(maps, coefficient, bias):
    return coefficient * maps.sum() + bias


def _one_of_four(maps, coefficient, bias):
    return coefficient * maps[0::2, 0::2] + bias


def _exchanged(maps, coefficient, bias):
    return subsample(maps, bias, coefficient)


def _bias_taken_off(maps, coefficient, bias):
    return subsample(maps, coefficient, -bias)


def _quartered_at_last(maps, coefficient, bias):
    return subsample(maps, coefficient, bias) / 4


def _small_maps():
    return [
        (np.array([[1.0, 3.0], [2.0, 2.0]]), 0.5, 1.0),
        (np.array([[1.0, 3.0, 0.0, 0.0], [2.0, 2.0, 0.0, 4.0]]), 0.25, -1.0),
        (np.arange(24.0).reshape(4, 6), -0.3, 2.0),
    ]


# ── Exercise 2 ────────────────────────────────────────────────────────────────────────────────────────────────────


def scaled_tanh(a):
    """Squash as LeNet-5 does: 1.7159·tanh(2a/3).

    `a` is a number or an array of numbers.
    """
    return 1.7159 * np.tanh(2 * a / 3)


def _plain_tanh(a):
    return np.tanh(a)


def _not_stretched(a):
    return np.tanh(2 * a / 3)


def _not_slowed(a):
    return 1.7159 * np.tanh(a)


def _upside_down(a):
    return 1.7159 * np.tanh(3 * a / 2)


def _factor_inside(a):
    return np.tanh(1.7159 * 2 * a / 3)


def _factors_exchanged(a):
    return 2 / 3 * np.tanh(1.7159 * a)


def _factors_together(a):
    return 1.7159 * 2 / 3 * np.tanh(a)


def _rounded(a):
    return np.round(1.7159 * np.tanh(2 * a / 3))


def _tangent(a):
    return 1.7159 * np.tan(2 * a / 3)


# ── Exercise 3 ────────────────────────────────────────────────────────────────────────────────────────────────────


def table_parameters(connections, kernel):
    """Count the parameters of a convolution with a table of connections.

    `connections` is an array of 0 and 1, a row for each filter and a
    column for each map before it: 1 where the filter looks at the map.
    It has a kernel of `kernel` × `kernel` for each map it looks at, and
    one bias.
    """
    filters = len(connections)
    return kernel * kernel * int(connections.sum()) + filters


def _as_if_dense(connections, kernel):
    return kernel * kernel * connections.size + len(connections)


def _table_without_biases(connections, kernel):
    return kernel * kernel * int(connections.sum())


def _bias_a_connection(connections, kernel):
    return (kernel * kernel + 1) * int(connections.sum())


def _bias_a_map(connections, kernel):
    return kernel * kernel * int(connections.sum()) + connections.shape[1]


def _kernel_shared_by_maps(connections, kernel):
    return (kernel * kernel + 1) * len(connections)


def _one_side_only(connections, kernel):
    return kernel * int(connections.sum()) + len(connections)


def _one_bias_in_all(connections, kernel):
    return kernel * kernel * int(connections.sum()) + 1


def _dense_without_biases(connections, kernel):
    return kernel * kernel * connections.size


def _dense_bias_a_connection(connections, kernel):
    return (kernel * kernel + 1) * connections.size


def _filter_by_filter(connections, kernel):
    return kernel * kernel * connections.sum(axis=1) + 1


def _tables():
    return [
        (np.array([[1, 1, 0], [0, 1, 1]]), 3),
        (np.array([[1, 0, 0, 0], [1, 1, 1, 1], [0, 1, 1, 0]]), 5),
        (np.ones((16, 6), int), 5),
    ]


# ── Exercise 4 ────────────────────────────────────────────────────────────────────────────────────────────────────


def nearest_code(shown, codes):
    """Name the class whose code is nearest, as LeNet-5's output does.

    `shown` holds the numbers of the layer before; `codes` has a row of
    as many numbers for each class. The distance is the sum of the squared
    differences. Return the number of the class.
    """
    distances = ((codes - shown) ** 2).sum(axis=1)
    return int(distances.argmin())


def _farthest(shown, codes):
    return int(((codes - shown) ** 2).sum(axis=1).argmax())


def _its_distance(shown, codes):
    return ((codes - shown) ** 2).sum(axis=1).min()


def _all_distances(shown, codes):
    return ((codes - shown) ** 2).sum(axis=1)


def _without_square(shown, codes):
    return int((codes - shown).sum(axis=1).argmin())


def _sum_squared(shown, codes):
    return int(((codes - shown).sum(axis=1) ** 2).argmin())


def _absolute(shown, codes):
    return int(np.abs(codes - shown).sum(axis=1).argmin())


def _fewest_signs(shown, codes):
    return int((np.sign(codes) != np.sign(shown)).sum(axis=1).argmin())


def _largest_difference(shown, codes):
    return int(np.abs(codes - shown).max(axis=1).argmin())


def _greatest_product(shown, codes):
    return int((codes @ shown).argmax())


def _least_product(shown, codes):
    return int((codes @ shown).argmin())


def _smallest_difference(shown, codes):
    return int(np.abs(codes - shown).min(axis=1).argmin())


def _by_columns(shown, codes):
    return int(((codes - shown) ** 2).sum(axis=0).argmin())


def _anywhere(shown, codes):
    return int(((codes - shown) ** 2).argmin())


def _added(shown, codes):
    return int(((codes + shown) ** 2).sum(axis=1).argmin())


def _its_code(shown, codes):
    return codes[nearest_code(shown, codes)]


def _shown_numbers():
    # On these, each of the mistakes above answers differently from all the others.
    return [
        (np.array([0.5, 1.0]), np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0]])),
        (np.array([-1.0, 1.0, -1.0]), np.array([[-1.0, -1, -2], [1, -2, -2], [-1, 2, 0], [1, 2, -2]])),
        (np.array([-1.0, 2.0, 1.0]), np.array([[1.0, 2, 2], [-1, 0, 1], [2, 2, -2], [-1, 1, 0]])),
        (np.array([0.0, 2.0, 2.0, -2.0]), np.array([[-1.0, -2, 2, 1], [-1, 0, 2, 2], [2, 1, 0, 2], [0, 0, -2, 1]])),
        (
            np.array([0.0, 0.0, 1.0, 2.0]),
            np.array(
                [
                    [-2.0, 2.0, 0.0, -1.0],
                    [1.0, 0.0, -1.0, -1.0],
                    [1.0, 0.0, 0.0, -1.0],
                    [1.0, -1.0, -1.0, 2.0],
                    [-1.0, -1.0, 1.0, 1.0],
                ]
            ),
        ),
    ]


EXERCISES = [
    Exercise(
        id="06-subsample",
        title="Subsample a map",
        prompt=(
            "Write `subsample(maps, coefficient, bias)`, without the squashing that follows. By hand first: the window "
            "`[[1, 3], [2, 2]]` with the coefficient 0.5 and the bias 1."
        ),
        solution=subsample,
        hints=(
            "For one window: add up its four numbers, multiply once, add once.",
            "`maps[0::2, 0::2]` is the number at the upper left of every window, all windows at once.",
            "Three more such slices give the other corners; add the four arrays, then `coefficient * sums + bias`.",
        ),
        inputs=_small_maps,
        wrong_answers=(
            WrongAnswer(_of_means, "You took the mean of the four. LeNet-5 takes their sum; 1/4 can be learned."),
            WrongAnswer(_of_greatest, "You took the greatest of the four, as max pooling does. LeNet-5 adds them up."),
            WrongAnswer(_bias_first, "The bias is added after the multiplication."),
            WrongAnswer(_bias_four_times, "You added the bias four times. It comes once to each window."),
            WrongAnswer(_without_the_bias, "The bias is missing."),
            WrongAnswer(
                _overlapping, "Your windows overlap. They lie side by side: a map of 4 columns has 2 windows in a row."
            ),
            WrongAnswer(_squashed, "You have squashed the result already. This layer's sums alone were asked for."),
            WrongAnswer(_one_of_four, "You took only the upper left number of each window. Add up all four."),
            WrongAnswer(_exchanged, "The two are exchanged: the coefficient multiplies, the bias is added."),
            WrongAnswer(_bias_taken_off, "The bias is added, not taken off."),
            WrongAnswer(_quartered_at_last, "Do not divide by four: the sum is asked for, not the mean."),
            WrongAnswer(_whole_map, "You added up the whole map. Each window of 2×2 gives a number of its own."),
        ),
    ),
    Exercise(
        id="06-scaled-tanh",
        title="Squash",
        prompt="Write `scaled_tanh(a)` in NumPy. It should give 1.0000 at 1.",
        solution=scaled_tanh,
        hints=(
            "`np.tanh` takes a number or an array; `math.tanh` takes a number only.",
            "Two thirds of `a` go in; what comes out is multiplied.",
        ),
        inputs=lambda: [(2.0,), (1.0,), (np.array([-3.0, -1.0, 0.0, 0.5, 10.0]),)],
        wrong_answers=(
            WrongAnswer(_plain_tanh, "That is plain tanh; at 1 it gives 0.76."),
            WrongAnswer(_not_stretched, "The factor 1.7159 is missing."),
            WrongAnswer(_not_slowed, "The 2/3 is missing: tanh takes two thirds of a."),
            WrongAnswer(_upside_down, "You multiplied by 3/2; it is 2/3."),
            WrongAnswer(_factor_inside, "1.7159 multiplies the result of tanh, not what goes into it."),
            WrongAnswer(_factors_exchanged, "The two factors are exchanged: 2/3 goes inside, 1.7159 outside."),
            WrongAnswer(_factors_together, "The 2/3 belongs inside: tanh takes two thirds of a."),
            WrongAnswer(_rounded, "Do not round the result."),
            WrongAnswer(_tangent, "That is the tangent, np.tan. The hyperbolic one is np.tanh."),
        ),
    ),
    Exercise(
        id="06-table-parameters",
        title="Count by a table",
        prompt=(
            "Write `table_parameters(connections, kernel)`. By hand first: two filters with kernels of 3×3, each looking "
            "at two of three maps."
        ),
        solution=table_parameters,
        hints=(
            "How many kernels are there in all? Count the ones in the table.",
            "Each kernel has `kernel * kernel` weights. How many biases are there?",
            "`connections.sum()` kernels and `len(connections)` biases.",
        ),
        inputs=_tables,
        wrong_answers=(
            WrongAnswer(
                _as_if_dense, "You counted a kernel for every map. Only those with a 1 in the table are there."
            ),
            WrongAnswer(
                _dense_without_biases,
                "You counted a kernel for every map, and no biases. Count the ones in the table; each filter has a bias.",
            ),
            WrongAnswer(
                _dense_bias_a_connection,
                "You counted a kernel and a bias for every map. Count the ones in the table; each filter has one bias.",
            ),
            WrongAnswer(
                _filter_by_filter, "These are each filter's parameters. Add them up: the layer's were asked for."
            ),
            WrongAnswer(_table_without_biases, "The biases are missing: one for each filter."),
            WrongAnswer(_bias_a_connection, "A filter has one bias, however many maps it looks at."),
            WrongAnswer(_bias_a_map, "The biases belong to the filters, which are the rows."),
            WrongAnswer(
                _kernel_shared_by_maps,
                "A filter has a kernel of its own for each map that it looks at, not one for all.",
            ),
            WrongAnswer(_one_side_only, "A kernel has kernel · kernel weights, not kernel."),
            WrongAnswer(_one_bias_in_all, "There is a bias for each filter, not one for the layer."),
        ),
    ),
    Exercise(
        id="06-nearest-code",
        title="The nearest code wins",
        prompt=(
            "Write `nearest_code(shown, codes)`. By hand first: `[0.5, 1]`, and the codes `[1, 1]`, `[1, −1]` and "
            "`[−1, 1]`. Which distance is least?"
        ),
        solution=nearest_code,
        hints=(
            "`codes - shown` subtracts the numbers from every row at once.",
            "Square first, then add up each row: `.sum(axis=1)`.",
            "`argmin` gives the place of the smallest number.",
        ),
        inputs=_shown_numbers,
        wrong_answers=(
            WrongAnswer(_farthest, "That is the code farthest away. The nearest wins: argmin."),
            WrongAnswer(_its_distance, "That is the smallest distance. The number of its class was asked for: argmin."),
            WrongAnswer(_all_distances, "These are all the distances. Return the place of the smallest: argmin."),
            WrongAnswer(_its_code, "That is the nearest code itself. Return its number, the place of its row."),
            WrongAnswer(_least_product, "You took the least product. The least distance was asked for."),
            WrongAnswer(
                _smallest_difference,
                "You compared only the smallest difference of each row. Add up all of them, squared.",
            ),
            WrongAnswer(_by_columns, "You added up the columns. Each row is a code: add along it, axis=1."),
            WrongAnswer(_anywhere, "Add up each row before argmin: otherwise it looks for one small difference."),
            WrongAnswer(_added, "You added the code to the numbers shown. Subtract: their differences count."),
            WrongAnswer(
                _without_square, "Square the differences before adding them up: otherwise +1 and −1 cancel each other."
            ),
            WrongAnswer(_sum_squared, "You added first and squared then. Square each difference, then add."),
            WrongAnswer(_absolute, "You added up the differences without their signs. They are squared here."),
            WrongAnswer(_fewest_signs, "You counted different signs. How far the numbers are apart counts as well."),
            WrongAnswer(
                _largest_difference,
                "You compared only the largest difference of each row. Add up all of them, squared.",
            ),
            WrongAnswer(
                _greatest_product,
                "You took the greatest product. That gives the nearest code only where all codes are equally long.",
            ),
        ),
    ),
]
