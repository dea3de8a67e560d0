"""Exercises of chapter 6, LeNet-5."""

import numpy as np

from labkit.course.exercises import Exercise


def subsample(maps, coefficient, bias):
    """Shrink a map as LeNet-5's S2 does, before its activation.

    `maps` is one map, an array with even numbers of rows and columns.
    Cut it into windows of 2×2 side by side. Each gives one activation:
    the sum of its four, times the coefficient, plus the bias.
    """
    sums = maps[0::2, 0::2] + maps[0::2, 1::2] + maps[1::2, 0::2] + maps[1::2, 1::2]
    return coefficient * sums + bias


def _of_greatest(maps, coefficient, bias):
    corners = [maps[row::2, column::2] for row in (0, 1) for column in (0, 1)]
    return coefficient * np.max(corners, axis=0) + bias


def _overlapping(maps, coefficient, bias):
    sums = maps[:-1, :-1] + maps[:-1, 1:] + maps[1:, :-1] + maps[1:, 1:]
    return coefficient * sums + bias


subsampling = Exercise(
    id="06-subsample",
    title="Subsample a map",
    prompt=(
        "Write `subsample(maps, coefficient, bias)`, without the activation function that follows. By hand first: the window "
        "`[[1, 3], [2, 2]]` with the coefficient 0.5 and the bias 1."
    ),
    solution=subsample,
    hints=(
        "For one window: add up its four numbers, multiply once, add once.",
        "`maps[0::2, 0::2]` is the value at the upper left of every window, all windows at once.",
        "Three more such slices give the other corners; add the four arrays, then `coefficient * sums + bias`.",
    ),
    inputs=lambda: [
        (np.array([[1.0, 3.0], [2.0, 2.0]]), 0.5, 1.0),
        (np.array([[1.0, 3.0, 0.0, 0.0], [2.0, 2.0, 0.0, 4.0]]), 0.25, -1.0),
        (np.arange(24.0).reshape(4, 6), -0.3, 2.0),
    ],
    mistakes={
        "You took the mean of the four. LeNet-5 takes their sum; 1/4 can be learned.": (
            lambda maps, factor, bias: subsample(maps, factor / 4, bias)
        ),
        "You took the greatest of the four, as max pooling does. LeNet-5 adds them up.": _of_greatest,
        "The bias is added after the multiplication.": (
            lambda maps, factor, bias: subsample(maps, factor, factor * bias)
        ),
        "The bias is missing.": lambda maps, factor, bias: subsample(maps, factor, 0),
        "Your windows overlap. They lie side by side: a map of 4 columns has 2 windows in a row.": _overlapping,
        "You took only the upper left value of each window. Add up all four.": (
            lambda maps, factor, bias: factor * maps[0::2, 0::2] + bias
        ),
    },
)


def scaled_tanh(a):
    """Squash as LeNet-5 does: 1.7159·tanh(2a/3).

    `a` is a number or an array of numbers.
    """
    return 1.7159 * np.tanh(2 * a / 3)


squashing = Exercise(
    id="06-scaled-tanh",
    title="Squash",
    prompt="Write `scaled_tanh(a)` in NumPy. It should give 1.0000 at 1.",
    solution=scaled_tanh,
    hints=(
        "`np.tanh` takes a number or an array; `math.tanh` takes a number only.",
        "Two thirds of `a` go in; what comes out is multiplied.",
    ),
    inputs=lambda: [(1.0,), (2.0,), (np.array([-3.0, -1.0, 0.0, 0.5, 10.0]),)],
    mistakes={
        "That is plain tanh; at 1 it gives 0.76.": lambda a: np.tanh(a),
        "The factor 1.7159 is missing.": lambda a: np.tanh(2 * a / 3),
        "The 2/3 is missing: tanh takes two thirds of a.": lambda a: 1.7159 * np.tanh(a),
        "You multiplied by 3/2; it is 2/3.": lambda a: 1.7159 * np.tanh(3 * a / 2),
        "1.7159 multiplies the result of tanh, not what goes into it.": lambda a: np.tanh(1.7159 * 2 * a / 3),
        "The two factors are exchanged: 2/3 goes inside, 1.7159 outside.": lambda a: 2 / 3 * np.tanh(1.7159 * a),
        "The 2/3 belongs inside: tanh takes two thirds of a.": lambda a: 1.7159 * 2 / 3 * np.tanh(a),
        "That is the tangent, np.tan. The hyperbolic one is np.tanh.": lambda a: 1.7159 * np.tan(2 * a / 3),
    },
)


def table_parameters(connections, kernel):
    """Count the parameters of a convolution with a table of connections.

    `connections` is an array of 0 and 1, a row for each filter and a
    column for each map before it: 1 where the filter looks at the map.
    It has a kernel of `kernel` × `kernel` for each map it looks at, and
    one bias.
    """
    filters = len(connections)
    return kernel * kernel * int(connections.sum()) + filters


counting = Exercise(
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
    inputs=lambda: [
        (np.array([[1, 1, 0], [0, 1, 1]]), 3),
        (np.array([[1, 0, 0, 0], [1, 1, 1, 1], [0, 1, 1, 0]]), 5),
        (np.ones((16, 6), int), 5),
    ],
    mistakes={
        "You counted a kernel for every map. Only those with a 1 in the table are there.": (
            lambda table, k: k**2 * table.size + len(table)
        ),
        "The biases are missing: one for each filter.": lambda table, k: k**2 * table.sum(),
        "A filter has one bias, however many maps it looks at.": lambda table, k: (k**2 + 1) * table.sum(),
        "The biases belong to the filters, which are the rows.": lambda table, k: k**2 * table.sum() + table.shape[1],
        "A filter has a kernel of its own for each map that it looks at, not one for all.": (
            lambda table, k: (k**2 + 1) * len(table)
        ),
        "There is a bias for each filter, not one for the layer.": lambda table, k: k**2 * table.sum() + 1,
    },
)


def nearest_code(shown, codes):
    """Name the class whose code is nearest, as LeNet-5's output does.

    `shown` holds the activations of the layer before; `codes` has a row
    of as many numbers for each class. The distance is the sum of the squared
    differences. Return the number of the class.
    """
    distances = ((codes - shown) ** 2).sum(axis=1)
    return int(distances.argmin())


def _shown_numbers():
    # On these, each of the mistakes below answers differently from all the others.
    return [
        (np.array([0.5, 1.0]), np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0]])),
        (np.array([-1.0, 1, -1]), np.array([[-1.0, -1, -2], [1, -2, -2], [-1, 2, 0], [1, 2, -2]])),
        (np.array([-1.0, 2, 1]), np.array([[1.0, 2, 2], [-1, 0, 1], [2, 2, -2], [-1, 1, 0]])),
        (np.array([0.0, 2, 2, -2]), np.array([[-1.0, -2, 2, 1], [-1, 0, 2, 2], [2, 1, 0, 2], [0, 0, -2, 1]])),
        (
            np.array([0.0, 0, 1, 2]),
            np.array([[-2.0, 2, 0, -1], [1, 0, -1, -1], [1, 0, 0, -1], [1, -1, -1, 2], [-1, -1, 1, 1]]),
        ),
    ]


nearest = Exercise(
    id="06-nearest-code",
    title="The nearest code wins",
    prompt=(
        "Write `nearest_code(shown, codes)`. By hand first: `[0.5, 1]`, and the codes `[1, 1]`, `[1, −1]` and "
        "`[−1, 1]`. Which distance is least?"
    ),
    solution=nearest_code,
    hints=(
        "`codes - shown` subtracts the activations from every row at once.",
        "Square first, then add up each row: `.sum(axis=1)`.",
        "`argmin` gives the position of the smallest distance.",
    ),
    inputs=_shown_numbers,
    mistakes={
        "That is the code farthest away. The nearest wins: argmin.": (
            lambda shown, codes: ((codes - shown) ** 2).sum(axis=1).argmax()
        ),
        "That is the smallest distance. The number of its class was asked for: argmin.": (
            lambda shown, codes: ((codes - shown) ** 2).sum(axis=1).min()
        ),
        "You added up the columns. Each row is a code: add along it, axis=1.": (
            lambda shown, codes: ((codes - shown) ** 2).sum(axis=0).argmin()
        ),
        "Square the differences before adding them up: otherwise +1 and −1 cancel each other.": (
            lambda shown, codes: (codes - shown).sum(axis=1).argmin()
        ),
        "You added first and squared then. Square each difference, then add.": (
            lambda shown, codes: ((codes - shown).sum(axis=1) ** 2).argmin()
        ),
        "You added up the differences without their signs. They are squared here.": (
            lambda shown, codes: np.abs(codes - shown).sum(axis=1).argmin()
        ),
        "You took the greatest product. That gives the nearest code only where all codes are equally long.": (
            lambda shown, codes: (codes @ shown).argmax()
        ),
    },
)

EXERCISES = [subsampling, squashing, counting, nearest]
