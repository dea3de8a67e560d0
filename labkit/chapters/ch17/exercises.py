"""Exercises of chapter 17, small and fast."""

import numpy as np

from labkit.course.exercises import Exercise, WrongAnswer

# ── Exercise 1 ────────────────────────────────────────────────────────────────────────────────────────────────────


def two_costs(places, kernel, channels, filters):
    """Count the multiply-adds of a convolution, whole and taken apart.

    The output has `places` places (its height times its width). The
    kernels are `kernel` wide and high, the input has `channels`
    channels, the output `filters`. Return two numbers: for a standard
    convolution, and for a depthwise separable one. Without biases.
    """
    standard = places * kernel * kernel * channels * filters
    depthwise = places * kernel * kernel * channels
    pointwise = places * channels * filters
    return standard, depthwise + pointwise


def _no_pointwise(places, kernel, channels, filters):
    return two_costs(places, kernel, channels, filters)[0], places * kernel * kernel * channels


def _only_pointwise(places, kernel, channels, filters):
    return two_costs(places, kernel, channels, filters)[0], places * channels * filters


def _multiplied(places, kernel, channels, filters):
    standard, _ = two_costs(places, kernel, channels, filters)
    return standard, places * kernel * kernel * channels * channels * filters


def _multiplied_with_places(places, kernel, channels, filters):
    standard, _ = two_costs(places, kernel, channels, filters)
    return standard, places * kernel * kernel * channels * places * channels * filters


def _weights(places, kernel, channels, filters):
    return two_costs(1, kernel, channels, filters)


def _kernel_once(places, kernel, channels, filters):
    return places * kernel * channels * filters, places * (kernel * channels + channels * filters)


def _depthwise_at_one_place(places, kernel, channels, filters):
    standard, _ = two_costs(places, kernel, channels, filters)
    return standard, kernel * kernel * channels + places * channels * filters


def _pointwise_at_one_place(places, kernel, channels, filters):
    standard, _ = two_costs(places, kernel, channels, filters)
    return standard, places * kernel * kernel * channels + channels * filters


def _filters_in_both(places, kernel, channels, filters):
    standard, _ = two_costs(places, kernel, channels, filters)
    return standard, standard + places * channels * filters


def _one_depthwise_kernel(places, kernel, channels, filters):
    standard, _ = two_costs(places, kernel, channels, filters)
    return standard, places * (kernel * kernel + channels * filters)


def _depthwise_for_filters(places, kernel, channels, filters):
    standard, _ = two_costs(places, kernel, channels, filters)
    return standard, places * (kernel * kernel * filters + channels * filters)


def _one_channel_only(places, kernel, channels, filters):
    _, separable = two_costs(places, kernel, channels, filters)
    return places * kernel * kernel * filters, separable


def _with_biases(places, kernel, channels, filters):
    standard, separable = two_costs(places, kernel, channels, filters)
    return standard + places * filters, separable + places * filters


def _separable_at_one_place(places, kernel, channels, filters):
    standard, _ = two_costs(places, kernel, channels, filters)
    return standard, two_costs(1, kernel, channels, filters)[1]


def _pointwise_with_kernels(places, kernel, channels, filters):
    standard, _ = two_costs(places, kernel, channels, filters)
    return standard, places * kernel * kernel * channels + standard


def _pointwise_from_one_channel(places, kernel, channels, filters):
    standard, _ = two_costs(places, kernel, channels, filters)
    return standard, places * (kernel * kernel * channels + filters)


def _depthwise_kernel_once(places, kernel, channels, filters):
    standard, _ = two_costs(places, kernel, channels, filters)
    return standard, places * (kernel * channels + channels * filters)


def _two_for_each(places, kernel, channels, filters):
    standard, separable = two_costs(places, kernel, channels, filters)
    return 2 * standard, 2 * separable


def _steps_apart(places, kernel, channels, filters):
    standard, _ = two_costs(places, kernel, channels, filters)
    return standard, places * kernel * kernel * channels, places * channels * filters


def _the_share(places, kernel, channels, filters):
    return 1 / _the_quotient(places, kernel, channels, filters)


def _turned_round(places, kernel, channels, filters):
    return two_costs(places, kernel, channels, filters)[::-1]


def _the_quotient(places, kernel, channels, filters):
    standard, separable = two_costs(places, kernel, channels, filters)
    return standard / separable


def _squared_places(places, kernel, channels, filters):
    return two_costs(places * places, kernel, channels, filters)


def _only_separable(places, kernel, channels, filters):
    return two_costs(places, kernel, channels, filters)[1]


# ── Exercise 2 ────────────────────────────────────────────────────────────────────────────────────────────────────


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


def _strictly_above(kernels, budget):
    return prune_to(kernels, max(budget - 1, 0))


def _one_more(kernels, budget):
    return prune_to(kernels, budget + 1)


def _budget_goes(kernels, budget):
    total = sum(kernel.size for kernel in kernels)
    return prune_to(kernels, max(total - budget, 0))


def _smallest_kept(kernels, budget):
    total = sum(kernel.size for kernel in kernels)
    big = prune_to(kernels, max(total - budget, 0))
    return [np.where(one == 0, kernel, 0) for one, kernel in zip(big, kernels)]


def _by_value(kernels, budget):
    together = np.sort(np.concatenate([kernel.ravel() for kernel in kernels]))[::-1]
    least = together[:budget][-1] if budget else np.inf
    return [np.where(kernel >= least, kernel, 0) for kernel in kernels]


def _each_alone(kernels, budget):
    return [prune_to([kernel], budget)[0] for kernel in kernels]


def _same_share(kernels, budget):
    total = sum(kernel.size for kernel in kernels)
    return [prune_to([kernel], round(budget * kernel.size / total))[0] for kernel in kernels]


def _without_signs(kernels, budget):
    return [np.abs(kernel) for kernel in prune_to(kernels, budget)]


def _ones(kernels, budget):
    return [(kernel != 0).astype(float) for kernel in prune_to(kernels, budget)]


def _in_one_piece(kernels, budget):
    return [np.concatenate([kernel.ravel() for kernel in prune_to(kernels, budget)])]


def _cut_out(kernels, budget):
    return [kernel[kernel != 0] for kernel in prune_to(kernels, budget)]


def _counted_from_the_end(kernels, budget):
    """What `np.sort(…)[-budget:]` does when the budget is 0: it keeps everything."""
    return prune_to(kernels, budget) if budget else [kernel.copy() for kernel in kernels]


def _one_missing_when_all_stay(kernels, budget):
    """What a threshold by `np.quantile` and `>` does."""
    total = sum(kernel.size for kernel in kernels)
    return prune_to(kernels, min(budget, total - 1))


def _compared_by_value(kernels, budget):
    """Finds the least magnitude that stays, and then compares the weights themselves with it."""
    together = np.sort(np.concatenate([np.abs(kernel).ravel() for kernel in kernels]))[::-1]
    least = together[budget - 1] if budget else np.inf
    return [np.where(kernel >= least, kernel, 0) for kernel in kernels]


def _compared_by_value_without_0(kernels, budget):
    together = np.sort(np.concatenate([np.abs(kernel).ravel() for kernel in kernels]))[::-1]
    return [np.where(kernel >= together[budget - 1], kernel, 0) for kernel in kernels]


def _strictly_above_without_0(kernels, budget):
    """What `falling[budget - 1]` and `>` do: with a budget of 0 all but the least stay."""
    total = sum(kernel.size for kernel in kernels)
    return prune_to(kernels, (budget or total) - 1)


def _greatest_go(kernels, budget):
    kept = prune_to(kernels, budget)
    return [np.where(one == 0, kernel, 0) for one, kernel in zip(kept, kernels)]


def _counted_from_the_least(kernels, budget):
    """What `np.sort(…)[budget - 1]` and `>=` do."""
    together = np.sort(np.concatenate([np.abs(kernel).ravel() for kernel in kernels]))
    return [np.where(np.abs(kernel) >= together[budget - 1], kernel, 0) for kernel in kernels]


def _counted_from_the_least_but_0(kernels, budget):
    return _counted_from_the_least(kernels, budget) if budget else prune_to(kernels, 0)


def _equal_parts(kernels, budget):
    return [prune_to([kernel], min(budget // len(kernels), kernel.size))[0] for kernel in kernels]


def _one_left_when_none_stays(kernels, budget):
    """What a threshold by `np.quantile` and `>=` does."""
    return prune_to(kernels, max(budget, 1))


def _all_numbers(kernels, budget):
    return np.concatenate([kernel.ravel() for kernel in prune_to(kernels, budget)])


def _not_at_all(kernels, budget):
    return [kernel.copy() for kernel in kernels]


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


# ── Exercise 3 ────────────────────────────────────────────────────────────────────────────────────────────────────


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


def _affine(x, low, high, steps=255, least=-128, round_zero=np.round, round_values=np.round, clip=True):
    scale = (high - low) / steps
    zero_point = round_zero(least - low / scale)
    integers = round_values(x / scale) + zero_point
    return scale, zero_point, np.clip(integers, least, least + 255) if clip else integers


def _ends(x):
    return min(x.min(), 0), max(x.max(), 0)


def _not_widened(x):
    return _affine(x, x.min(), x.max())


def _steps_256(x):
    return _affine(x, *_ends(x), steps=256)


def _unsigned(x):
    return _affine(x, *_ends(x), least=0)


def _zero_point_not_rounded(x):
    scale, _, _ = to_int8(x)
    zero_point = -128 - _ends(x)[0] / scale
    return scale, zero_point, np.clip(np.round(x / scale + zero_point), -128, 127)


def _cut_not_rounded(x):
    return _affine(x, *_ends(x), round_values=np.trunc)


def _rounded_down(x):
    return _affine(x, *_ends(x), round_values=np.floor)


def _not_rounded(x):
    scale, zero_point, _ = to_int8(x)
    return scale, zero_point, np.clip(x / scale + zero_point, -128, 127)


def _nothing_rounded(x):
    return _affine(x, *_ends(x), round_zero=np.asarray, round_values=np.asarray)


def _only_values_rounded(x):
    return _affine(x, *_ends(x), round_zero=np.asarray)


def _both_cut_not_rounded(x):
    return _affine(x, *_ends(x), round_zero=np.trunc, round_values=np.trunc)


def _halves_up(x):
    return _affine(x, *_ends(x), round_values=lambda steps: np.floor(steps + 0.5))


def _times_the_scale(x):
    scale, zero_point, _ = to_int8(x)
    return scale, zero_point, np.clip(np.round(x * scale) + zero_point, -128, 127)


def _integers_first(x):
    scale, zero_point, integers = to_int8(x)
    return integers, scale, zero_point


def _zero_point_first(x):
    scale, zero_point, integers = to_int8(x)
    return zero_point, scale, integers


def _least_forgotten(x):
    low, high = _ends(x)
    scale = (high - low) / 255
    zero_point = np.round(-low / scale)
    return scale, zero_point, np.clip(np.round(x / scale) + zero_point, -128, 127)


def _only_low_widened(x):
    return _affine(x, min(x.min(), 0), x.max())


def _only_high_widened(x):
    return _affine(x, x.min(), max(x.max(), 0))


def _steps_254(x):
    low, high = _ends(x)
    scale = (high - low) / 254
    zero_point = np.round(-127 - low / scale)
    return scale, zero_point, np.clip(np.round(x / scale) + zero_point, -127, 127)


def _zero_point_forgotten(x):
    scale, zero_point, _ = to_int8(x)
    return scale, zero_point, np.clip(np.round(x / scale), -128, 127)


def _zero_point_taken_off(x):
    scale, zero_point, _ = to_int8(x)
    return scale, zero_point, np.clip(np.round(x / scale) - zero_point, -128, 127)


def _zero_point_after_the_cut(x):
    scale, zero_point, _ = to_int8(x)
    return scale, zero_point, np.clip(np.round(x / scale), -128, 127) + zero_point


def _zero_point_cut_not_rounded(x):
    return _affine(x, *_ends(x), round_zero=np.trunc)


def _counted_from_low(x):
    scale, zero_point, _ = to_int8(x)
    low, _ = _ends(x)
    return scale, zero_point, np.clip(np.round((x - low) / scale) - 128, -128, 127)


def _sign_of_low(x):
    low, high = _ends(x)
    scale = (high - low) / 255
    zero_point = np.round(-128 + low / scale)
    return scale, zero_point, np.clip(np.round(x / scale) + zero_point, -128, 127)


def _same_on_both_sides(x):
    scale = np.abs(x).max() / 127
    return scale, 0, np.round(x / scale)


def _back_to_reals(x):
    scale, zero_point, integers = to_int8(x)
    return scale, zero_point, scale * (integers - zero_point)


def _not_cut_off(x):
    return _affine(x, *_ends(x), clip=False)


def _as_int8_without_cutting(x):
    scale, zero_point, integers = _not_cut_off(x)
    return scale, zero_point, integers.astype(np.int64).astype(np.int8)


def _integers_only(x):
    return to_int8(x)[2]


def _scale_turned_round(x):
    scale, zero_point, integers = to_int8(x)
    return 1 / scale, zero_point, integers


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


# ── Exercise 4 ────────────────────────────────────────────────────────────────────────────────────────────────────


def integer_sum(x, zero_point, weights):
    """Add up products of int8 numbers, as a quantized layer does.

    `x` and `weights` are int8 arrays of the same length. `zero_point`
    is the integer that stands for 0 in `x`; in `weights` 0 stands for
    0. Return the sum of (x - zero_point) * weights, exactly.
    """
    return np.sum((x.astype(np.int32) - zero_point) * weights.astype(np.int32))


def _in_int8(x, zero_point, weights):
    with np.errstate(over="ignore"):
        return np.sum((x - np.int8(zero_point)) * weights, dtype=np.int8)


def _products_in_int8(x, zero_point, weights):
    with np.errstate(over="ignore"):
        return int(np.sum((x - np.int8(zero_point)) * weights))


def _difference_in_int8(x, zero_point, weights):
    with np.errstate(over="ignore"):
        return int(np.sum((x - np.int8(zero_point)).astype(np.int32) * weights.astype(np.int32)))


def _without_zero_point(x, zero_point, weights):
    return np.sum(x.astype(np.int32) * weights.astype(np.int32))


def _zero_point_at_the_end(x, zero_point, weights):
    return _without_zero_point(x, zero_point, weights) - zero_point


def _zero_point_added(x, zero_point, weights):
    return np.sum((x.astype(np.int32) + zero_point) * weights.astype(np.int32))


def _zero_point_of_weights(x, zero_point, weights):
    return np.sum((x.astype(np.int32) - zero_point) * (weights.astype(np.int32) - zero_point))


def _dots_in_int8(x, zero_point, weights):
    with np.errstate(over="ignore"):
        return int(np.dot(x, weights)) - zero_point * int(np.sum(weights, dtype=np.int64))


def _int8_without_zero_point(x, zero_point, weights):
    with np.errstate(over="ignore"):
        return int(np.sum(x * weights))


def _zero_point_off_each_product(x, zero_point, weights):
    return _without_zero_point(x, zero_point, weights) - zero_point * len(x)


def _off_the_weights(x, zero_point, weights):
    return np.sum(x.astype(np.int32) * (weights.astype(np.int32) - zero_point))


def _product_of_sums(x, zero_point, weights):
    return np.sum(x.astype(np.int32) - zero_point) * np.sum(weights.astype(np.int32))


def _dot_in_int16(x, zero_point, weights):
    with np.errstate(over="ignore"):
        return int(np.dot(x.astype(np.int16) - np.int16(zero_point), weights.astype(np.int16)))


def _no_sum(x, zero_point, weights):
    return (x.astype(np.int32) - zero_point) * weights.astype(np.int32)


def _cut_to_int8(x, zero_point, weights):
    return int(np.clip(integer_sum(x, zero_point, weights), -128, 127))


def _int8_numbers():
    random = np.random.default_rng(4)

    def drawn(size):
        return random.integers(-128, 128, size).astype(np.int8)

    return [
        (np.array([-118, 2, 112], np.int8), -128, np.array([3, -1, 2], np.int8)),
        (drawn(20), -3, drawn(20)),
        (drawn(300), 17, drawn(300)),
    ]


EXERCISES = [
    Exercise(
        id="17-two-costs",
        title="Whole and taken apart",
        prompt=(
            "Write `two_costs(places, kernel, channels, filters)`. By hand first: an output of 4 places, kernels of 3×3, 2 "
            "channels, 5 filters. The standard convolution has 4·9·2·5 multiply-adds. And taken apart?"
        ),
        solution=two_costs,
        hints=(
            "The depthwise step filters each channel by itself, and gives as many channels as came in.",
            "The pointwise step is a convolution with 1×1 kernels: at each place, from all channels to all filters.",
            "Depthwise: `places * kernel * kernel * channels`. Pointwise: `places * channels * filters`. Add them.",
        ),
        inputs=lambda: [(4, 3, 2, 5), (100, 5, 3, 256), (49, 3, 64, 32)],
        wrong_answers=(
            WrongAnswer(_no_pointwise, "The pointwise step is missing: it mixes the channels at each place."),
            WrongAnswer(_only_pointwise, "The depthwise step is missing: it filters each channel by itself."),
            WrongAnswer(_multiplied, "One step comes after the other, so their costs are added, not multiplied."),
            WrongAnswer(
                _multiplied_with_places,
                "One step comes after the other: add the costs of the two, do not multiply them.",
            ),
            WrongAnswer(_weights, "These are the weights. Each of them is used once at every place."),
            WrongAnswer(_kernel_once, "A kernel is as high as it is wide: `kernel * kernel` numbers."),
            WrongAnswer(_depthwise_at_one_place, "The depthwise step happens at every place, not once."),
            WrongAnswer(_pointwise_at_one_place, "The pointwise step happens at every place, not once."),
            WrongAnswer(
                _filters_in_both,
                "Your depthwise step is the whole convolution. It has one kernel a channel, and knows nothing of the filters.",
            ),
            WrongAnswer(
                _one_depthwise_kernel,
                "Your depthwise step has one kernel in all. It has one for each channel of the input.",
            ),
            WrongAnswer(
                _depthwise_for_filters,
                "Your depthwise step has a kernel for each filter. It comes first, so it has one for each channel of the input.",
            ),
            WrongAnswer(
                _separable_at_one_place,
                "Your second number is weights: each of them is used once at every place, in both steps.",
            ),
            WrongAnswer(_pointwise_with_kernels, "Your pointwise step has large kernels again. Its kernels are 1×1."),
            WrongAnswer(
                _pointwise_from_one_channel,
                "Your pointwise step has one weight a filter. Each filter has one for every channel: it mixes them.",
            ),
            WrongAnswer(
                _depthwise_kernel_once, "A depthwise kernel is as high as it is wide: `kernel * kernel` numbers."
            ),
            WrongAnswer(
                _two_for_each, "These are twice the right numbers. A multiplication with its addition counts as one."
            ),
            WrongAnswer(_steps_apart, "Both steps are right. Return their sum as the second number."),
            WrongAnswer(
                _the_share, "That is the share that is left. Return the two numbers of multiply-adds themselves."
            ),
            WrongAnswer(
                _one_channel_only, "In a standard convolution each filter has a kernel for every channel of the input."
            ),
            WrongAnswer(_with_biases, "You counted biases as well. They are added, and nothing is multiplied."),
            WrongAnswer(
                _turned_round, "The two numbers are the wrong way round: the standard convolution comes first."
            ),
            WrongAnswer(_the_quotient, "That is how many times cheaper it is. Return the two numbers themselves."),
            WrongAnswer(_squared_places, "`places` is height times width already, so do not square it."),
            WrongAnswer(_only_separable, "That is the second number. The standard convolution's belongs before it."),
        ),
    ),
    Exercise(
        id="17-prune",
        title="Prune to a budget",
        prompt=(
            "Write `prune_to(kernels, budget)`. By hand first: the kernels 0.5 −2 / 0.1 1 and −0.7 3, and a budget of 3 "
            "weights. Which three stay?"
        ),
        solution=prune_to,
        hints=(
            "Magnitudes are `np.abs(kernel)`. Bring those of all kernels together: `np.concatenate([…ravel() …])`.",
            "Sort them. The magnitude at place `budget`, counted from the greatest, is the least that stays.",
            "`falling = np.sort(together)[::-1]` and `least = falling[budget - 1]`. Then `np.where(np.abs(kernel) >= "
            "least, kernel, 0)`. And if the budget is 0?",
        ),
        inputs=_kernels_and_budgets,
        judge=_shapes_and_numbers,
        wrong_answers=(
            WrongAnswer(
                _strictly_above, "One weight too few stays. Is the least that stays itself kept: `>=`, not `>`?"
            ),
            WrongAnswer(_one_more, "One weight too many stays. Places are counted from 0: take `falling[budget - 1]`."),
            WrongAnswer(_budget_goes, "You took so many weights away. The budget says how many stay."),
            WrongAnswer(_smallest_kept, "The smallest weights stayed. The great ones should."),
            WrongAnswer(_by_value, "You ranked by value. A weight of −2 does more than one of 0.5: rank by magnitude."),
            WrongAnswer(_each_alone, "Each kernel got the whole budget. It is for all kernels together."),
            WrongAnswer(
                _same_share,
                "Each kernel got its share of the budget. Rank the weights of all kernels together instead.",
            ),
            WrongAnswer(
                _without_signs, "The signs are gone. Magnitudes are for the ranking; the weights stay as they are."
            ),
            WrongAnswer(_ones, "These are ones where weights stay. Return the weights themselves."),
            WrongAnswer(_in_one_piece, "All weights came in one array. Return a list with one array a kernel."),
            WrongAnswer(_cut_out, "You left out the weights that go. They become zero, so that the shapes stay."),
            WrongAnswer(
                _counted_from_the_end,
                "Right but for a budget of 0, where everything stays: `[-0]` is the first number, `[-0:]` all, and "
                "`[0 - 1]` the last. Treat 0 apart.",
            ),
            WrongAnswer(
                _one_missing_when_all_stay,
                "The budget is for all weights, and one is missing: `>` leaves out the least of them. Use `>=`.",
            ),
            WrongAnswer(
                _compared_by_value,
                "The threshold is a magnitude, so compare magnitudes with it: all negative weights went.",
            ),
            WrongAnswer(
                _compared_by_value_without_0,
                "The threshold is a magnitude, so compare magnitudes with it: the large negative weights went.",
            ),
            WrongAnswer(
                _strictly_above_without_0,
                "One weight too few stays: the least that stays itself is kept, `>=`, not `>`. And treat a budget of 0 apart.",
            ),
            WrongAnswer(
                _greatest_go,
                "The greatest weights went, as many as the budget says. They should stay, and the others go.",
            ),
            WrongAnswer(
                _counted_from_the_least,
                "You counted the budget from the smallest magnitude. Count it from the greatest, and treat 0 apart.",
            ),
            WrongAnswer(
                _counted_from_the_least_but_0,
                "You counted the budget from the smallest magnitude. Count it from the greatest: `np.sort(…)[::-1]`.",
            ),
            WrongAnswer(
                _equal_parts, "Each kernel got an equal part of the budget. Rank the weights of all kernels together."
            ),
            WrongAnswer(
                _one_left_when_none_stays,
                "Right but for a budget of 0, where one weight stays: no magnitude is above the greatest. Treat 0 apart.",
            ),
            WrongAnswer(_all_numbers, "The weights came as one row of numbers. Return a list with one array a kernel."),
            WrongAnswer(_not_at_all, "All weights are still there."),
        ),
    ),
    Exercise(
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
        judge=_one_after_another,
        wrong_answers=(
            WrongAnswer(
                _not_widened, "Where all numbers have the same sign, 0 is not in your range. Widen it until it is."
            ),
            WrongAnswer(_steps_256, "There are 256 integers, but 255 steps between them."),
            WrongAnswer(_unsigned, "Your integers go from 0 to 255. They should go from −128 to 127."),
            WrongAnswer(_zero_point_not_rounded, "The zero point has to be an integer, or no integer stands for 0."),
            WrongAnswer(_cut_not_rounded, "You cut off what comes after the point. Round to the nearest integer."),
            WrongAnswer(_rounded_down, "You rounded down. Round to the nearest integer: `np.round`."),
            WrongAnswer(
                _not_rounded,
                "Your last result has numbers that are no integers. Round x / scale, then add the zero point.",
            ),
            WrongAnswer(_nothing_rounded, "Nothing is rounded yet. Round the zero point, and x / scale: `np.round`."),
            WrongAnswer(
                _only_values_rounded,
                "The zero point has to be rounded as well, or no integer stands for 0.",
            ),
            WrongAnswer(
                _both_cut_not_rounded,
                "You cut off what comes after the point, also of the zero point. Round both: `np.round`.",
            ),
            WrongAnswer(
                _halves_up,
                "Right but for a number exactly between two integers: yours goes up, with `np.round` it goes to the even one.",
            ),
            WrongAnswer(
                _times_the_scale, "You multiplied by the scale. The scale is one step: divide by it to count steps."
            ),
            WrongAnswer(_integers_first, "The integers came first. Return the scale and the zero point before them."),
            WrongAnswer(_zero_point_first, "Scale and zero point are the wrong way round: the scale comes first."),
            WrongAnswer(
                _least_forgotten,
                "Your zero point makes the low end 0. It should become −128: begin with −128 in the zero point.",
            ),
            WrongAnswer(
                _only_low_widened, "Where all numbers are negative, 0 is not in your range: widen it upwards as well."
            ),
            WrongAnswer(
                _only_high_widened,
                "Where all numbers are positive, 0 is not in your range: widen it downwards as well.",
            ),
            WrongAnswer(_steps_254, "Your integers begin at −127. Here −128 is used as well, so there are 255 steps."),
            WrongAnswer(_zero_point_forgotten, "The integers are x / scale; the zero point has to be added to them."),
            WrongAnswer(_zero_point_taken_off, "You took the zero point off. Add it."),
            WrongAnswer(
                _zero_point_after_the_cut,
                "You added the zero point after the cut. Add it first, then cut off with `np.clip`.",
            ),
            WrongAnswer(
                _zero_point_cut_not_rounded,
                "The zero point is cut off after the point. Round it to the nearest integer: `np.round`.",
            ),
            WrongAnswer(
                _counted_from_low,
                "You counted steps from the low end, so that 0 need not get the zero point. Round x / scale, then add it.",
            ),
            WrongAnswer(_sign_of_low, "The low end does not become −128. The zero point is −128 *minus* low / scale."),
            WrongAnswer(
                _same_on_both_sides,
                "Your range is the same on both sides of 0, as for weights. Here it goes from the smallest number to the greatest.",
            ),
            WrongAnswer(_back_to_reals, "These are the numbers that the integers stand for. Return the integers."),
            WrongAnswer(_not_cut_off, "An integer is beyond 127 or −128. Cut it off with `np.clip`."),
            WrongAnswer(
                _as_int8_without_cutting,
                "An integer beyond 127 came out at the other end, as `int8` counts on from −128. Cut it off first: `np.clip`.",
            ),
            WrongAnswer(_integers_only, "Only the integers came. Return the scale and the zero point before them."),
            WrongAnswer(_scale_turned_round, "Your scale is upside down: it is the distance between two neighbours."),
        ),
    ),
    Exercise(
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
        wrong_answers=(
            WrongAnswer(_in_int8, "int8 ends at 127, and what is more begins again at −128. Calculate in int32."),
            WrongAnswer(_products_in_int8, "Your products are int8, which ends at 127. Make both arrays int32 first."),
            WrongAnswer(
                _dots_in_int8, "`np.dot` of two int8 arrays adds up in int8, which ends at 127. Make both int32 first."
            ),
            WrongAnswer(
                _difference_in_int8,
                "x less its zero point was taken in int8, and goes up to 255. Make `x` int32 before you take it off.",
            ),
            WrongAnswer(_without_zero_point, "The zero point is missing: take it off each x first."),
            WrongAnswer(_zero_point_at_the_end, "The zero point comes off each x, not off the sum."),
            WrongAnswer(_zero_point_added, "The zero point is taken off, not added."),
            WrongAnswer(_zero_point_of_weights, "The zero point belongs to x only. For the weights it is 0."),
            WrongAnswer(
                _int8_without_zero_point,
                "Two things: the zero point is missing, and the products are int8, which ends at 127. Begin with int32.",
            ),
            WrongAnswer(
                _zero_point_off_each_product,
                "The zero point came off each product. Take it off each x, before it is multiplied.",
            ),
            WrongAnswer(_off_the_weights, "The zero point is that of `x`. Take it off `x`, not off the weights."),
            WrongAnswer(
                _product_of_sums, "You multiplied two sums. Multiply each x by its weight, and add the products up."
            ),
            WrongAnswer(
                _dot_in_int16, "int16 is too small: the sum of long arrays goes beyond its end, 32,767. Take int32."
            ),
            WrongAnswer(_no_sum, "These are the products. Add them up."),
            WrongAnswer(_cut_to_int8, "You cut the sum off at int8. The exact sum is asked for."),
        ),
    ),
]
