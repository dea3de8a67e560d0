"""Exercises of chapter 17, small and fast."""

import numpy as np

from labkit.course.exercises import Exercise


def two_costs(positions, kernel, channels, filters):
    """Count the multiply-adds of a convolution, whole and taken apart.

    The output has so many `positions`: its height times its width. The
    kernels are `kernel` wide and high, the input has `channels`
    channels, the output `filters`. Return two numbers: for a standard
    convolution, and for a depthwise separable one. Without biases.
    """
    standard = positions * kernel * kernel * channels * filters
    depthwise = positions * kernel * kernel * channels
    pointwise = positions * channels * filters
    return standard, depthwise + pointwise


def _separable(share):
    """A wrong second number beside the right first one; `share` is what it is at one position."""
    return lambda positions, kernel, channels, filters: (
        positions * kernel**2 * channels * filters,
        positions * share(kernel, channels, filters),
    )


def _one_depthwise_kernel(positions, kernel, channels, filters):
    standard = positions * kernel * kernel * channels * filters
    depthwise = positions * kernel * kernel
    pointwise = positions * channels * filters
    return standard, depthwise + pointwise


costs = Exercise(
    id="17-two-costs",
    title="Whole and taken apart",
    prompt=(
        "Write `two_costs(positions, kernel, channels, filters)`. By hand first: an output of 4 positions, kernels of 3×3, 2 "
        "channels, 5 filters. The standard convolution has 4·9·2·5 multiply-adds. And taken apart?"
    ),
    solution=two_costs,
    hints=(
        "The depthwise step filters each channel by itself, and gives as many channels as came in.",
        "The pointwise step is a convolution with 1×1 kernels: at each position, from all channels to all filters.",
        "Depthwise: `positions * kernel * kernel * channels`. Pointwise: `positions * channels * filters`. Add them.",
    ),
    inputs=lambda: [(4, 3, 2, 5), (100, 5, 3, 256), (49, 3, 64, 32)],
    fresh=lambda random: [
        tuple(map(int, numbers)) for numbers in random.integers((10, 2, 2, 2), (400, 8, 70, 130), (3, 4))
    ],
    mistakes={
        "The pointwise step is missing: it mixes the channels at each position.": _separable(
            lambda kernel, channels, filters: kernel**2 * channels
        ),
        "One step comes after the other, so their costs are added, not multiplied.": _separable(
            lambda kernel, channels, filters: kernel**2 * channels * channels * filters
        ),
        "These are the weights. Each of them is used once at every position.": lambda positions, kernel, channels, filters: (
            two_costs(1, kernel, channels, filters)
        ),
        "A kernel is as high as it is wide: `kernel * kernel` numbers.": lambda positions, kernel, channels, filters: (
            positions * kernel * channels * filters,
            positions * channels * (kernel + filters),
        ),
        "Your depthwise step is the whole convolution. It has one kernel a channel, and knows nothing of the filters.": _separable(
            lambda kernel, channels, filters: (kernel**2 + 1) * channels * filters
        ),
        "Your depthwise step has one kernel in all. It has one for each channel of the input.": _one_depthwise_kernel,
        "Your pointwise step has large kernels again. Its kernels are 1×1.": _separable(
            lambda kernel, channels, filters: kernel**2 * channels * (1 + filters)
        ),
        "These are twice the right numbers. A multiplication with its addition counts as one.": lambda *counts: tuple(
            2 * cost for cost in two_costs(*counts)
        ),
    },
)


def prune_to(kernels, budget):
    """Keep as many weights as the budget says, and make the rest zero.

    `kernels` is a list of arrays. Of all their weights together, the
    `budget` weights with the greatest magnitudes stay. Return a list of
    new arrays with the same shapes. No two magnitudes are equal.
    """
    together = np.concatenate([np.abs(kernel).ravel() for kernel in kernels])
    falling = np.sort(together)[::-1]
    kept = falling[:budget]
    least = kept[-1] if budget else np.inf
    return [np.where(np.abs(kernel) >= least, kernel, 0) for kernel in kernels]


def _total(kernels):
    return sum(kernel.size for kernel in kernels)


def _compare(kernels, budget, rank, compare):
    """Rank by one thing, and compare another with the least that stays."""
    falling = np.sort(np.concatenate([rank(kernel).ravel() for kernel in kernels]))[::-1]
    least = falling[budget - 1] if budget else np.inf
    return [np.where(compare(kernel) >= least, kernel, 0) for kernel in kernels]


def _minus_zero(kernels, budget):
    together = np.concatenate([np.abs(kernel).ravel() for kernel in kernels])
    least = np.sort(together)[-budget]
    return [np.where(np.abs(kernel) >= least, kernel, 0) for kernel in kernels]


def _shapes_and_numbers(kernels, *arguments):
    """how many arrays came, the shape of each, and then all their numbers"""
    each = [np.asarray(kernel, float) for kernel in kernels]
    shapes = [length for kernel in each for length in (kernel.ndim, *kernel.shape)]
    return np.concatenate([[len(each)], shapes, *(kernel.ravel() for kernel in each)])


def _kernels_and_budgets():
    random = np.random.default_rng(17)

    def drawn(*shape):
        return random.normal(size=shape).round(6)

    return [
        ([np.array([[0.5, -2.0], [0.1, 1.0]]), np.array([-0.7, 3.0])], 3),
        ([drawn(3, 3, 2, 4), 3 * drawn(5, 6)], 40),
        ([drawn(4, 4), drawn(7)], 0),
        ([drawn(2, 3), drawn(4)], 10),
    ]


prune = Exercise(
    id="17-prune",
    title="Prune to a budget",
    prompt=(
        "Write `prune_to(kernels, budget)`. By hand first: the kernels 0.5 −2 / 0.1 1 and −0.7 3, and a budget of 3 "
        "weights. Which three stay?"
    ),
    solution=prune_to,
    hints=(
        "Magnitudes are `np.abs(kernel)`. Bring those of all kernels together: `np.concatenate([…ravel() …])`.",
        "Sort them. The magnitude at position `budget`, counted from the greatest, is the least that stays.",
        "`falling = np.sort(together)[::-1]` and `least = falling[budget - 1]`. Then `np.where(np.abs(kernel) >= "
        "least, kernel, 0)`. And if the budget is 0?",
    ),
    inputs=_kernels_and_budgets,
    mistakes={
        "One weight too few stays. Is the least that stays itself kept: `>=`, not `>`?": lambda kernels, budget: (
            prune_to(kernels, max(budget - 1, 0))
        ),
        "You took so many weights away. The budget says how many stay.": lambda kernels, budget: prune_to(
            kernels, _total(kernels) - budget
        ),
        "You ranked by value. A weight of −2 does more than one of 0.5: rank by magnitude.": lambda kernels, budget: (
            _compare(kernels, budget, np.array, np.array)
        ),
        "Each kernel got the whole budget. It is for all kernels together.": lambda kernels, budget: [
            prune_to([kernel], budget)[0] for kernel in kernels
        ],
        "Each kernel got its share of the budget. Rank the weights of all kernels together instead.": lambda kernels, budget: [
            prune_to([kernel], round(budget * kernel.size / _total(kernels)))[0] for kernel in kernels
        ],
        "You left out the weights that go. They become zero, so that the shapes stay.": lambda kernels, budget: [
            kernel[kernel != 0] for kernel in prune_to(kernels, budget)
        ],
        "Right but for a budget of 0, where everything stays: `[-0]` is the first number, `[-0:]` all, and "
        "`[0 - 1]` the last. Treat 0 apart.": _minus_zero,
        "The threshold is a magnitude, so compare magnitudes with it: all negative weights went.": lambda kernels, budget: (
            _compare(kernels, budget, np.abs, np.array)
        ),
    },
    judge=_shapes_and_numbers,
)


def to_int8(x):
    """Quantize an array to integers from -128 to 127.

    The range goes from the smallest number of `x` to the greatest. If 0
    is not in it, widen it until it is. The scale is the width of the
    range, divided by 255 steps. The zero point stands for 0: it is
    -128 - low / scale, rounded, so that the low end becomes -128. The
    integers are x / scale, rounded, plus the zero point, and what would
    be beyond -128 or 127 is cut off. Return the scale, the zero point,
    and the integers.
    """
    low, high = min(x.min(), 0), max(x.max(), 0)
    scale = (high - low) / 255
    zero_point = np.round(-128 - low / scale)
    integers = np.clip(np.round(x / scale) + zero_point, -128, 127)
    return scale, zero_point, integers


def _affine(
    x, *, widened=True, steps=255, least=-128, round_zero=np.round, cut=lambda whole: np.clip(whole, -128, 127)
):
    low, high = (min(x.min(), 0), max(x.max(), 0)) if widened else (x.min(), x.max())
    scale = (high - low) / steps
    zero_point = round_zero(least - low / scale)
    return scale, zero_point, cut(np.round(x / scale) + zero_point)


def _integers(x, count):
    """Scale and zero point are right; `count` makes the integers before they are cut off."""
    scale, zero_point, _ = to_int8(x)
    return scale, zero_point, np.clip(count(scale, zero_point), -128, 127)


def _same_on_both_sides(x):
    scale = np.abs(x).max() / 127
    return scale, 0, np.round(x / scale)


def _one_after_another(returned, *arguments):
    """scale and zero point, and then the integers"""
    if not isinstance(returned, tuple | list) or len(returned) != 3:
        return np.asarray(returned, float)
    return np.concatenate([np.ravel(np.asarray(part, float)) for part in returned])


def _arrays_to_quantize():
    random = np.random.default_rng(8)
    return [
        (np.array([-1.0, 0.0, 0.5, 4.1]),),
        (random.normal(size=40).round(3),),
        (random.uniform(2, 6, 30).round(3),),
        (random.uniform(-9, -1, 30).round(3),),
        (np.array([-153.5, 0.0, 10.0, 101.5]),),  # both ends round outwards
    ]


quantize = Exercise(
    id="17-quantize",
    title="Eight bits",
    prompt=(
        "Write `to_int8(x)`. By hand first: the numbers −1, 0, 0.5 and 4.1. The range is 5.1 wide, so the scale is 0.02. "
        "Which integer stands for 0? And which for 0.5?"
    ),
    solution=to_int8,
    hints=(
        "`low = min(x.min(), 0)` and `high = max(x.max(), 0)` make a range that holds 0.",
        "Between −128 and 127 lie 255 steps. So `scale = (high - low) / 255`.",
        "`zero_point = np.round(-128 - low / scale)`, then `np.clip(np.round(x / scale) + zero_point, -128, 127)`.",
    ),
    inputs=_arrays_to_quantize,
    mistakes={
        "Where all numbers have the same sign, 0 is not in your range. Widen it until it is.": lambda x: _affine(
            x, widened=False
        ),
        "There are 256 integers, but 255 steps between them.": lambda x: _affine(x, steps=256),
        "Your integers go from 0 to 255. They should go from −128 to 127.": lambda x: _affine(
            x, least=0, cut=lambda whole: np.clip(whole, 0, 255)
        ),
        "The zero point has to be rounded as well, or no integer stands for 0.": lambda x: _affine(
            x, round_zero=np.array
        ),
        "The integers are x / scale; the zero point has to be added to them.": lambda x: _integers(
            x, lambda scale, zero_point: np.round(x / scale)
        ),
        "You counted steps from the low end, so that 0 need not get the zero point. Round x / scale, then add it.": lambda x: (
            _integers(x, lambda scale, zero_point: np.round((x - min(x.min(), 0)) / scale) - 128)
        ),
        "Your range is the same on both sides of 0, as for weights. Here it goes from the smallest number to the greatest.": _same_on_both_sides,
        "An integer is beyond 127 or −128. Cut it off with `np.clip`.": lambda x: _affine(x, cut=np.array),
        "An integer beyond 127 came out at the other end, as `int8` counts on from −128. Cut it off first: `np.clip`.": lambda x: (
            _affine(x, cut=lambda whole: whole.astype(np.int64).astype(np.int8))
        ),
    },
    judge=_one_after_another,
)


def integer_sum(x, zero_point, weights):
    """Add up products of int8 numbers, as a quantized layer does.

    `x` and `weights` are int8 arrays of the same length. `zero_point`
    is the integer that stands for 0 in `x`; in `weights` 0 stands for
    0. Return the sum of (x - zero_point) * weights, exactly.
    """
    return np.sum((x.astype(np.int32) - zero_point) * weights.astype(np.int32))


def _without_zero_point(x, zero_point, weights):
    return np.dot(x.astype(np.int32), weights.astype(np.int32))


def _int8_numbers():
    random = np.random.default_rng(4)

    def drawn(size):
        return random.integers(-128, 128, size).astype(np.int8)

    return [
        (np.array([-118, 2, 112], np.int8), -128, np.array([3, -1, 2], np.int8)),
        (drawn(20), -3, drawn(20)),
        (drawn(300), 17, drawn(300)),
    ]


total = Exercise(
    id="17-integer-sum",
    title="A sum of small integers",
    prompt=(
        "Write `integer_sum(x, zero_point, weights)`. By hand first: the inputs −118, 2 and 112 with the zero point −128 "
        "stand for 10, 130 and 240 steps. The weights are 3, −1 and 2."
    ),
    solution=integer_sum,
    hints=(
        "Products of two int8 numbers go up to 16,384, and int8 ends at 127.",
        "Make both arrays int32 before you calculate: `x.astype(np.int32)`.",
        "`np.sum((x.astype(np.int32) - zero_point) * weights.astype(np.int32))`",
    ),
    inputs=_int8_numbers,
    mistakes={
        "int8 ends at 127, and what is more begins again at −128. Calculate in int32.": lambda x, zero_point, weights: (
            np.sum((x - np.int8(zero_point)) * weights, dtype=np.int8)
        ),
        "Your products are int8, which ends at 127. Make both arrays int32 first.": lambda x, zero_point, weights: (
            np.sum((x - np.int8(zero_point)) * weights)
        ),
        "x less its zero point was taken in int8, and goes up to 255. Make `x` int32 before you take it off.": lambda x, zero_point, weights: (
            integer_sum(x - np.int8(zero_point), 0, weights)
        ),
        "The zero point is missing: take it off each x first.": _without_zero_point,
        "The zero point comes off each x, not off the sum.": lambda x, zero_point, weights: (
            _without_zero_point(x, zero_point, weights) - zero_point
        ),
        "The zero point belongs to x only. For the weights it is 0.": lambda x, zero_point, weights: integer_sum(
            x, zero_point, weights.astype(np.int32) - zero_point
        ),
        "The zero point came off each product. Take it off each x, before it is multiplied.": lambda x, zero_point, weights: (
            _without_zero_point(x, zero_point, weights) - zero_point * len(x)
        ),
        "int16 is too small: the sum of long arrays goes beyond its end, 32,767. Take int32.": lambda x, zero_point, weights: (
            np.dot(x.astype(np.int16) - np.int16(zero_point), weights.astype(np.int16))
        ),
    },
)


EXERCISES = [costs, prune, quantize, total]
