"""Exercises of chapter 14, Grad-CAM."""

import numpy as np

from labkit.course.exercises import Exercise, WrongAnswer

# ── Exercise 1 ────────────────────────────────────────────────────────────────────────────────────────────────────


def class_activation(maps, weights):
    """Say what each place of the maps adds to the score of a class.

    `maps` is an array of shape (height, width, channels), `weights`
    holds the class's weight for each channel. Return an array of shape
    (height, width): at each place, weight times map, summed over the
    channels. Negative values stay.
    """
    return np.sum(maps * weights, axis=-1)


def _over_the_places(maps, weights):
    return np.sum(maps * weights, axis=(0, 1))


def _not_summed(maps, weights):
    return maps * weights


def _score(maps, weights):
    return np.sum(np.mean(maps, axis=(0, 1)) * weights)


def _over_rows(maps, weights):
    return np.sum(maps * weights, axis=0)


def _strongest_channel(maps, weights):
    return np.max(maps * weights, axis=-1)


def _mean_over_channels(maps, weights):
    return np.mean(maps * weights, axis=-1)


def _unweighted(maps, weights):
    return np.sum(maps, axis=-1)


def _share_of_each_place(maps, weights):
    return np.sum(maps * weights, axis=-1) / (maps.shape[0] * maps.shape[1])


def _size_of_the_weights(maps, weights):
    return np.sum(maps * np.abs(weights), axis=-1)


def _as_shown(maps, weights):
    sums = np.maximum(np.sum(maps * weights, axis=-1), 0)
    return sums / sums.max()


def _cut_off(maps, weights):
    return np.maximum(np.sum(maps * weights, axis=-1), 0)


def _each_cut_off(maps, weights):
    return np.sum(np.maximum(maps * weights, 0), axis=-1)


def _stacks():
    random = np.random.default_rng(14)
    by_hand = np.stack([[[4.0, 0], [0, 0]], [[0, 2.0], [0, 2]]], axis=-1)
    return [
        (by_hand, np.array([3.0, -1.0])),
        (random.uniform(0, 3, (2, 3, 4)), np.array([1.0, -2.0, 0.5, 0.0])),
        (random.uniform(0, 3, (7, 7, 5)), random.normal(size=5)),
    ]


# ── Exercise 2 ────────────────────────────────────────────────────────────────────────────────────────────────────


def grad_cam_map(maps, gradients):
    """Make a Grad-CAM map of one layer's maps and their gradients.

    Both arrays have the shape (height, width, channels). Weigh each map
    by the mean of its gradient, add up the weighted maps, set negative
    values to 0, and divide by the largest value. A map that is 0
    everywhere stays so. Return an array of shape (height, width).
    """
    weights = gradients.mean(axis=(0, 1))
    heatmap = np.maximum((maps * weights).sum(axis=-1), 0)
    peak = heatmap.max()
    return heatmap / peak if peak > 0 else heatmap


def _peak_one(sums):
    positive = np.maximum(sums, 0)
    return positive / (positive.max() or 1)


def _flat_is_nan(maps, gradients):
    heatmap = np.maximum((maps * gradients.mean(axis=(0, 1))).sum(axis=-1), 0)
    with np.errstate(invalid="ignore"):
        return heatmap / heatmap.max()


def _no_relu(maps, gradients):
    sums = (maps * gradients.mean(axis=(0, 1))).sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return sums / sums.max()


def _no_relu_flat_kept(maps, gradients):
    sums = (maps * gradients.mean(axis=(0, 1))).sum(axis=-1)
    return sums / sums.max() if sums.max() > 0 else np.zeros_like(sums)


def _divided_first(maps, gradients):
    sums = (maps * gradients.mean(axis=(0, 1))).sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.maximum(sums / sums.max(), 0)


def _absolute_weights(maps, gradients):
    return _peak_one((maps * np.abs(gradients.mean(axis=(0, 1)))).sum(axis=-1))


def _positive_place_by_place(maps, gradients):
    return _peak_one((maps * np.maximum(gradients, 0)).sum(axis=-1))


def _size_instead_of_relu(maps, gradients):
    sums = np.abs((maps * gradients.mean(axis=(0, 1))).sum(axis=-1))
    return sums / (sums.max() or 1)


def _not_divided(maps, gradients):
    return np.maximum((maps * gradients.mean(axis=(0, 1))).sum(axis=-1), 0)


def _lowest_to_highest(maps, gradients):
    sums = (maps * gradients.mean(axis=(0, 1))).sum(axis=-1)
    return (sums - sums.min()) / (np.ptp(sums) or 1)


def _place_by_place(maps, gradients):
    return _peak_one((maps * gradients).sum(axis=-1))


def _weights_of_channels_mixed(maps, gradients):
    return _peak_one((maps * gradients.mean(axis=-1, keepdims=True)).sum(axis=-1))


def _one_weight_for_all(maps, gradients):
    return _peak_one((maps * gradients.mean()).sum(axis=-1))


def _mean_over_one_axis(maps, gradients):
    return _peak_one((maps * gradients.mean(axis=0)).sum(axis=-1))


def _strongest_gradient(maps, gradients):
    return _peak_one((maps * gradients.max(axis=(0, 1))).sum(axis=-1))


def _positive_weights(maps, gradients):
    return _peak_one((maps * np.maximum(gradients.mean(axis=(0, 1)), 0)).sum(axis=-1))


def _positive_gradients(maps, gradients):
    return _peak_one((maps * np.maximum(gradients, 0).mean(axis=(0, 1))).sum(axis=-1))


def _gradient_only(maps, gradients):
    return _peak_one(gradients.sum(axis=-1))


def _strongest_map(maps, gradients):
    return _peak_one((maps * gradients.mean(axis=(0, 1))).max(axis=-1))


def _maps_pooled_too(maps, gradients):
    return _peak_one((maps.mean(axis=(0, 1)) * gradients).sum(axis=-1))


def _layers():
    random = np.random.default_rng(7)
    by_hand = np.stack([[[4.0, 0], [0, 0]], [[0, 2.0], [0, 2]]], axis=-1)
    return [
        (by_hand, np.broadcast_to([0.75, -0.25], (2, 2, 2)).copy()),
        (np.stack([[[1.0, 3], [2, 0]], [[0, 1.0], [4, 1]]], axis=-1), np.stack([[[0.0, 8], [0, 0]], [[-4.0, 0], [0, 8]]], axis=-1)),
        (by_hand, np.broadcast_to([-0.75, -0.25], (2, 2, 2)).copy()),
        (random.uniform(0, 3, (7, 7, 6)), random.normal(0.05, 1, (7, 7, 6))),
    ]  # fmt: skip


# ── Exercise 3 ────────────────────────────────────────────────────────────────────────────────────────────────────


def lay_over(picture, colours, strength):
    """Add the colours of a heatmap to a picture, as the decks do.

    `picture` is of shape (height, width, 3), whole numbers 0 to 255, red
    first. `colours` is alike, as OpenCV's applyColorMap returns it: blue
    first. Return picture plus `strength` times colours, red first, cut
    off at 255, rounded, as whole numbers (np.uint8).
    """
    mixed = picture + strength * colours[..., ::-1]
    return np.clip(np.rint(mixed), 0, 255).astype(np.uint8)


def _blue_left_first(picture, colours, strength):
    return np.clip(np.rint(picture + strength * colours.astype(float)), 0, 255).astype(np.uint8)


def _picture_turned(picture, colours, strength):
    return np.clip(np.rint(picture[..., ::-1] + strength * colours.astype(float)), 0, 255).astype(np.uint8)


def _wrapped(picture, colours, strength):
    return np.rint(picture + strength * colours[..., ::-1]).astype(np.int64).astype(np.uint8)


def _both_turned(picture, colours, strength):
    mixed = picture[..., ::-1] + strength * colours[..., ::-1].astype(float)
    return np.clip(np.rint(mixed), 0, 255).astype(np.uint8)


def _wrapped_not_rounded(picture, colours, strength):
    return (picture + strength * colours[..., ::-1]).astype(np.int64).astype(np.uint8)


def _blue_left_first_and_wrapped(picture, colours, strength):
    return (picture + strength * colours.astype(float)).astype(np.int64).astype(np.uint8)


def _not_cut_off(picture, colours, strength):
    return np.rint(picture + strength * colours[..., ::-1])


def _mixed(picture, colours, strength):
    mixed = (1 - strength) * picture + strength * colours[..., ::-1]
    return np.clip(np.rint(mixed), 0, 255).astype(np.uint8)


def _full_strength(picture, colours, strength):
    return np.clip(picture.astype(float) + colours[..., ::-1], 0, 255).astype(np.uint8)


def _mirrored(picture, colours, strength):
    mixed = picture + strength * colours[:, ::-1].astype(float)
    return np.clip(np.rint(mixed), 0, 255).astype(np.uint8)


def _rows_turned(picture, colours, strength):
    mixed = picture + strength * colours[::-1].astype(float)
    return np.clip(np.rint(mixed), 0, 255).astype(np.uint8)


def _not_rounded(picture, colours, strength):
    return np.clip(picture + strength * colours[..., ::-1], 0, 255).astype(np.uint8)


def _scaled_to_fit(picture, colours, strength):
    mixed = picture + strength * colours[..., ::-1]
    return np.rint(255 * mixed / mixed.max()).astype(np.uint8)


def _pictures():
    random = np.random.default_rng(3)
    pixel, dark_blue = np.array([[[100, 150, 200]]], np.uint8), np.array([[[130, 20, 0]]], np.uint8)
    return [
        (pixel, dark_blue, 0.4),
        (np.array([[[250, 250, 10]]], np.uint8), np.array([[[0, 100, 255]]], np.uint8), 0.4),
        (random.integers(0, 256, (4, 5, 3)).astype(np.uint8), random.integers(0, 256, (4, 5, 3)).astype(np.uint8), 0.6),
    ]


# ── Exercise 4 ────────────────────────────────────────────────────────────────────────────────────────────────────


def measures(heatmap, mask, threshold):
    """Measure how well a heatmap finds an object.

    Both arrays have the shape (height, width); `mask` is true where the
    object is. Return two things. First, whether the strongest place of
    the heatmap lies on the object, True or False. Second, the IoU:
    places that are at least `threshold` count as found; divide the
    number of places that are found and on the object by the number of
    those that are found or on the object.
    """
    row, column = np.unravel_index(np.argmax(heatmap), heatmap.shape)
    found = heatmap >= threshold
    return bool(mask[row, column]), np.sum(found & mask) / np.sum(found | mask)


def _hit(heatmap, mask):
    return bool(mask.ravel()[np.argmax(heatmap)])


def _iou(heatmap, mask, threshold):
    found = heatmap >= threshold
    return np.sum(found & mask) / np.sum(found | mask)


def _precision(heatmap, mask, threshold):
    found = heatmap >= threshold
    return _hit(heatmap, mask), np.sum(found & mask) / max(np.sum(found), 1)


def _recall(heatmap, mask, threshold):
    found = heatmap >= threshold
    return _hit(heatmap, mask), np.sum(found & mask) / np.sum(mask)


def _twice_counted(heatmap, mask, threshold):
    found = heatmap >= threshold
    return _hit(heatmap, mask), np.sum(found & mask) / (np.sum(found) + np.sum(mask))


def _dice(heatmap, mask, threshold):
    found = heatmap >= threshold
    return _hit(heatmap, mask), 2 * np.sum(found & mask) / (np.sum(found) + np.sum(mask))


def _accuracy(heatmap, mask, threshold):
    return _hit(heatmap, mask), np.mean((heatmap >= threshold) == mask)


def _strictly_more(heatmap, mask, threshold):
    found = heatmap > threshold
    return _hit(heatmap, mask), np.sum(found & mask) / np.sum(found | mask)


def _rows_and_columns_exchanged(heatmap, mask, threshold):
    return bool(mask.T.ravel()[np.argmax(heatmap)]), _iou(heatmap, mask, threshold)


def _share_of_the_peak(heatmap, mask, threshold):
    return _hit(heatmap, mask), _iou(heatmap, mask, threshold * heatmap.max())


def _either_not_both(heatmap, mask, threshold):
    found = heatmap >= threshold
    return _hit(heatmap, mask), np.sum(found & mask) / max(np.sum(found ^ mask), 1)


def _share_of_the_picture(heatmap, mask, threshold):
    return _hit(heatmap, mask), np.mean((heatmap >= threshold) & mask)


def _number_of_the_place(heatmap, mask, threshold):
    return int(np.argmax(heatmap)), _iou(heatmap, mask, threshold)


def _largest_value(heatmap, mask, threshold):
    return heatmap.max(), _iou(heatmap, mask, threshold)


def _on_the_background(heatmap, mask, threshold):
    return not _hit(heatmap, mask), _iou(heatmap, mask, threshold)


def _any_place_found(heatmap, mask, threshold):
    return bool(np.any((heatmap >= threshold) & mask)), _iou(heatmap, mask, threshold)


def _always_a_hit(heatmap, mask, threshold):
    return True, _iou(heatmap, mask, threshold)


def _energy(heatmap, mask, threshold):
    return _hit(heatmap, mask), np.sum(heatmap * mask) / np.sum(heatmap)


def _half_always(heatmap, mask, threshold):
    return measures(heatmap, mask, 0.5)


def _order_exchanged(heatmap, mask, threshold):
    return _iou(heatmap, mask, threshold), _hit(heatmap, mask)


def _finds():
    random = np.random.default_rng(5)
    heatmap = np.array([[1.0, 0.5, 0.0], [0.2, 0.6, 0.0]])
    mask = np.array([[False, True, True], [False, True, False]])
    values = random.uniform(0, 0.8, (6, 6))
    values[2, 3] = 1.0
    square = np.zeros((6, 6), bool)
    square[1:4, 3:6] = True  # as a table of columns and rows, it misses the strongest place
    return [
        (heatmap, mask, 0.5),
        (np.array([[0.1, 0.9], [0.3, 1.0]]), np.eye(2, dtype=bool), 0.3),
        (np.array([[0.8, 0.2], [0.0, 0.45]]), np.array([[False, False], [False, True]]), 0.5),
        (values, square, 0.6),
    ]


EXERCISES = [
    Exercise(
        id="14-class-activation",
        title="What each place adds",
        prompt=(
            "Write `class_activation(maps, weights)`. The first check is the example above, with two maps of 2×2. Do it by "
            "hand before: what is at the place of the 4, and what at the places of the twos?"
        ),
        solution=class_activation,
        hints=(
            "The channels are the last axis. NumPy multiplies each of them by its weight if you write `maps * weights`.",
            "Then sum over the last axis only: `axis=-1`.",
        ),
        inputs=_stacks,
        wrong_answers=(
            WrongAnswer(
                _over_the_places,
                "You summed over the places, and a number for each channel is left. Sum over the channels, the last axis.",
            ),
            WrongAnswer(_over_rows, "You summed over the rows, axis 0. The channels are the last axis."),
            WrongAnswer(_not_summed, "These are the weighted maps, one a channel. Add them up."),
            WrongAnswer(_score, "That is the score itself. Asked for is what each place adds to it."),
            WrongAnswer(
                _strongest_channel, "You took the strongest channel at each place. All of them count: take the sum."
            ),
            WrongAnswer(
                _mean_over_channels,
                "That is the mean over the channels. It has the same pattern; the sum was asked for.",
            ),
            WrongAnswer(_unweighted, "The weights are missing: a map can also speak against the class."),
            WrongAnswer(
                _share_of_each_place,
                "You divided by the number of places. Then the values add up to the score; asked for is the sum before "
                "that.",
            ),
            WrongAnswer(_cut_off, "You set negative values to 0. That comes later; here they stay."),
            WrongAnswer(
                _as_shown, "That is the map as it is shown. Here negative values stay, and nothing is divided."
            ),
            WrongAnswer(
                _size_of_the_weights, "Every map counts as if it spoke for the class. Keep the sign of each weight."
            ),
            WrongAnswer(
                _each_cut_off,
                "Before adding, you left out what is negative. What speaks against the class counts too.",
            ),
        ),
    ),
    Exercise(
        id="14-grad-cam",
        title="Grad-CAM",
        prompt=(
            "Write `grad_cam_map(maps, gradients)`. The first check is the example above. In the second the gradient is "
            "not the same at all places; by hand, the weights are 2 and 1. In the third all places speak against the class."
        ),
        solution=grad_cam_map,
        hints=(
            "One number for each channel: the mean of its gradient over both axes of places, `axis=(0, 1)`.",
            "`(maps * weights).sum(axis=-1)` adds up the weighted maps; `np.maximum(…, 0)` comes after the sum.",
            "Before you divide, look whether the largest value is 0.",
        ),
        inputs=_layers,
        wrong_answers=(
            WrongAnswer(
                _flat_is_nan,
                "Where no place speaks for the class, the largest value is 0, and 0/0 gives NaN. Let such a map be.",
            ),
            WrongAnswer(
                _no_relu,
                "Negative values are left, and where none is positive the division fails too. Set negative values to 0, and "
                "divide only if something is left.",
            ),
            WrongAnswer(
                _divided_first,
                "You divided before you set negative values to 0. Where no place speaks for the class, the largest value is "
                "not above 0, and dividing by it fails. Cut off first, and divide only if something is left.",
            ),
            WrongAnswer(_no_relu_flat_kept, "Negative values are left. Set them to 0 before you divide."),
            WrongAnswer(
                _size_instead_of_relu,
                "You took the absolute value. What speaks against the class would be shown as if it spoke for it.",
            ),
            WrongAnswer(_not_divided, "Divide by the largest value."),
            WrongAnswer(
                _lowest_to_highest,
                "You stretched from the smallest to the largest value. Then 0, which means nothing, becomes evidence. Set "
                "negative values to 0 and divide by the largest.",
            ),
            WrongAnswer(
                _place_by_place,
                "You multiplied each place by its own gradient; that is another method, HiResCAM. Take the mean of the "
                "gradient over the places first.",
            ),
            WrongAnswer(
                _weights_of_channels_mixed,
                "You took the mean over the channels, axis −1. Each channel has its own weight: take it over the places.",
            ),
            WrongAnswer(
                _one_weight_for_all,
                "You took one mean over everything, and each map needs its own. (`axis=(0, 1, 2)`, as in the decks, is for "
                "arrays with a batch in front. Here the places are the axes 0 and 1.)",
            ),
            WrongAnswer(
                _mean_over_one_axis, "You took the mean over the rows only. The places have two axes: `axis=(0, 1)`."
            ),
            WrongAnswer(
                _positive_place_by_place,
                "You multiplied each place by the positive part of its own gradient; that is another method, LayerCAM. Take "
                "the mean of the gradient over the places, with its negative values.",
            ),
            WrongAnswer(
                _absolute_weights, "Every map counts as if it spoke for the class. Keep the sign of each map's weight."
            ),
            WrongAnswer(_strongest_gradient, "You took the largest gradient of each map; the mean was asked for."),
            WrongAnswer(
                _positive_weights,
                "Maps with negative weights are left out of your sum. They count: only the sum is cut off at 0.",
            ),
            WrongAnswer(
                _positive_gradients, "You set negative gradients to 0. Only the sum of the weighted maps is cut off."
            ),
            WrongAnswer(_gradient_only, "The maps are missing: the gradient's means are their weights."),
            WrongAnswer(_strongest_map, "You took the strongest of the weighted maps; add them up."),
            WrongAnswer(
                _maps_pooled_too,
                "You took the mean of the maps instead of that of the gradients, and the places come from the gradients.",
            ),
        ),
    ),
    Exercise(
        id="14-lay-over",
        title="Red is first",
        prompt=(
            "Write `lay_over(picture, colours, strength)`. By hand first: a pixel with red 100, green 150, blue 200, and "
            "OpenCV's colour (130, 20, 0), which is a blue. Strength 0.4. Which of the three channels grows the most?"
        ),
        solution=lay_over,
        hints=(
            "`colours[..., ::-1]` turns the last axis about, and that is the one of the channels.",
            "0.4 times an array of bytes is an array of floats, so nothing wraps around yet. `np.clip(…, 0, 255)` comes "
            "before `.astype(np.uint8)`.",
        ),
        inputs=_pictures,
        wrong_answers=(
            WrongAnswer(
                _blue_left_first,
                "The colours are still blue first, and the picture is red first. What is blue in the one is added to the "
                "red of the other.",
            ),
            WrongAnswer(
                _picture_turned, "Your result is blue first. Leave the picture as it is, and turn the colours about."
            ),
            WrongAnswer(
                _both_turned,
                "You turned the picture and the colours about. Only the colours are blue first: turn these alone.",
            ),
            WrongAnswer(
                _wrapped_not_rounded,
                "Made to bytes, 352 became 96: sums over 255 wrapped around. Round and cut off at 255 before you make "
                "whole numbers; `astype` does neither.",
            ),
            WrongAnswer(
                _blue_left_first_and_wrapped,
                "Two things: the colours are still blue first, so turn them about. And sums over 255 wrapped around: round "
                "and cut off at 255 before you make whole numbers.",
            ),
            WrongAnswer(
                _wrapped, "Sums over 255 wrapped around: 352 became 96. Cut off at 255 before you make whole numbers."
            ),
            WrongAnswer(_not_cut_off, "Some values are over 255. Cut them off, and return np.uint8."),
            WrongAnswer(
                _mixed,
                "You took (1 − strength) times the picture. The decks add to the picture as it is; so it brightens.",
            ),
            WrongAnswer(_full_strength, "Multiply the colours by `strength`."),
            WrongAnswer(_not_rounded, "`astype` cuts off what is behind the point. Round before that, with `np.rint`."),
            WrongAnswer(_mirrored, "You turned the columns about. The channels are the last axis: `[..., ::-1]`."),
            WrongAnswer(_rows_turned, "You turned the rows about. The channels are the last axis: `[..., ::-1]`."),
            WrongAnswer(
                _scaled_to_fit, "You divided by the largest value, which changes all pixels. Only cut off at 255."
            ),
        ),
    ),
    Exercise(
        id="14-measures",
        title="Pointing game and IoU",
        prompt=(
            "Write `measures(heatmap, mask, threshold)`. The first check is the small example above: is the strongest place "
            "on the object? How many places are found, how many of them on the object?"
        ),
        solution=measures,
        hints=(
            "`np.argmax(heatmap)` gives the number of the strongest place, counted row by row. `mask.ravel()` puts the mask "
            "in the same order.",
            "`found = heatmap >= threshold` is an array of True and False, like the mask.",
            "`found & mask` is true where both are, `found | mask` where one of them or both; `np.sum` counts.",
        ),
        inputs=_finds,
        wrong_answers=(
            WrongAnswer(
                _precision, "You divided by the number of places found. Divide by those found or on the object."
            ),
            WrongAnswer(_recall, "You divided by the size of the object. Divide by the places found or on the object."),
            WrongAnswer(
                _twice_counted, "Places that are found and on the object are counted twice in your denominator."
            ),
            WrongAnswer(
                _dice, "That is the Dice coefficient, a relative of the IoU. Use `found | mask` below the line."
            ),
            WrongAnswer(
                _accuracy, "You counted the places where both say the same. Empty background would help any heatmap."
            ),
            WrongAnswer(_strictly_more, "A place that is exactly at the threshold counts as found."),
            WrongAnswer(
                _any_place_found, "For the first answer only one place counts, the strongest of the whole heatmap."
            ),
            WrongAnswer(
                _always_a_hit,
                "Your first answer is True also where the strongest place lies off the object. Find this one place with "
                "`np.argmax(heatmap)`, before you look at the mask.",
            ),
            WrongAnswer(
                _rows_and_columns_exchanged,
                "You looked at another place of the mask: rows and columns are exchanged. The row comes first.",
            ),
            WrongAnswer(_number_of_the_place, "Your first answer is the number of a place. Look up the mask there."),
            WrongAnswer(
                _largest_value,
                "Your first answer is the largest value. Asked is whether the place that has it lies on the object.",
            ),
            WrongAnswer(
                _on_the_background,
                "Your first answer is the opposite of what was asked: True means that the place lies on the object.",
            ),
            WrongAnswer(
                _share_of_the_peak, "You multiplied the threshold by the largest value. Take the threshold as it is."
            ),
            WrongAnswer(
                _either_not_both, "Below the line belong also the places that are both found and on the object."
            ),
            WrongAnswer(
                _share_of_the_picture, "You divided by all places. Divide by the places found or on the object."
            ),
            WrongAnswer(_energy, "That is the energy inside. For the IoU, count places."),
            WrongAnswer(_half_always, "Use the argument `threshold`; it is not always 0.5."),
            WrongAnswer(_order_exchanged, "The order: first whether it points at the object, then the IoU."),
        ),
    ),
]
