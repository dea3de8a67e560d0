"""Exercises of chapter 18, Where is it? A box."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from labkit.course.built import Built, built
from labkit.course.exercises import Exercise, Told
from labkit.ops import box_iou


def iou(a, b):
    """Divide what two boxes share by what they cover together.

    `a` and `b` are boxes (left, top, right, bottom); right and bottom
    lie just outside, so the width is right - left. Return a number
    from 0, nothing shared, to 1, the same box.
    """
    width = max(0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0, min(a[3], b[3]) - max(a[1], b[1]))
    shared = width * height
    both = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return shared / (both - shared)


def _other_pairs(random):
    """Pairs of boxes that overlap, pairs that lie apart, and one that lies apart along one axis only."""
    pairs = []
    for least, most in ((0, 4), (1, 6), (2, 5), (12, 20), (15, 30), ((12, 1), (20, 5))):
        first, second = random.integers(6, 12, (2, 2))
        corner, shift = random.integers(0, 30, 2), random.integers(least, most, 2)
        moved = corner + shift
        pairs.append(tuple(tuple(map(int, (*low, *(low + size)))) for low, size in ((corner, first), (moved, second))))
    return pairs


def _pairs():
    return [
        ((0, 0, 4, 4), (2, 1, 6, 4)),
        ((10, 20, 50, 60), (20, 10, 40, 90)),  # crossed
        ((0, 0, 10, 10), (2, 3, 6, 8)),  # one in the other
        ((0, 0, 4, 4), (7, 1, 9, 3)),  # beside each other
        ((0, 0, 4, 4), (6, 6, 9, 9)),  # apart along both axes
        ((5, 1, 8, 4), (5, 1, 8, 4)),
        ((3, 4, 8, 6), (4, 1, 7, 6)),
    ]


def _sides(a, b):
    """Width and height of what is shared, without a look at the sign; the areas of both."""
    wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    return wide, high, (a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1])


def _over(a, b, below):
    wide, high, first, second = _sides(a, b)
    shared = max(0, wide) * max(0, high)
    return shared / below(shared, first, second)


def _never_apart(a, b):
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    both = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return width * height / (both - width * height)


def _last_pixel_inside(a, b):
    return iou((*a[:2], a[2] + 1, a[3] + 1), (*b[:2], b[2] + 1, b[3] + 1))


def _corner_and_size(a, b):
    return iou((*a[:2], a[0] + a[2], a[1] + a[3]), (*b[:2], b[0] + b[2], b[1] + b[3]))


def _hull_below(a, b):
    hull = (max(a[2], b[2]) - min(a[0], b[0])) * (max(a[3], b[3]) - min(a[1], b[1]))
    return _over(a, b, lambda shared, first, second: hull)


def _along_one_axis(a, b):
    """It stands on the page as the wrong answer, so it counts columns: nothing in it gives the cut at 0 away."""
    columns = set(range(a[0], a[2]))
    others = set(range(b[0], b[2]))
    return len(columns & others) / len(columns | others)


def _only_shared(a, b):
    wide, high, _, _ = _sides(a, b)
    return max(0, wide) * max(0, high)


def _without_signs(a, b):
    wide, high, first, second = _sides(a, b)
    return abs(wide) * abs(high) / (first + second - abs(wide) * abs(high))


how_well_two_boxes_agree = Exercise(
    id="18-iou",
    title="How well two boxes agree",
    prompt=(
        "Write `iou(a, b)`. By hand first, with the boxes of the drawing above: (0, 0, 4, 4) and (2, 1, 6, 4). How many "
        "pixels do they share, and how many do they cover together? Later checks have boxes that lie apart."
    ),
    solution=iou,
    hints=(
        "What is shared is a box too: its left is the larger of the two lefts, its right the smaller of the two rights.",
        "Where its right is not beyond its left, nothing is shared: `max(0, right - left)`.",
        "Together they cover the area of both, less what is shared: that was counted twice.",
    ),
    inputs=_pairs,
    fresh=_other_pairs,
    mistakes={
        "That is how well they agree across. A box has a height as well.": _along_one_axis,
        "Boxes that lie apart share nothing. Yours give something else: cut width and height off at 0.": _never_apart,
        "Right and bottom lie just outside: the box from 0 to 4 holds four columns, not five.": _last_pixel_inside,
        "What is shared counts twice in your denominator: take it off once.": lambda a, b: _over(
            a, b, lambda shared, first, second: first + second
        ),
        "That is the Dice coefficient, a relative of the IoU: twice what is shared, over the sum of both areas.": lambda a, b: (
            _over(a, b, lambda shared, first, second: (first + second) / 2)
        ),
        "You divided by the area of the first box. Then a huge second box would be perfect.": lambda a, b: _over(
            a, b, lambda shared, first, second: first
        ),
        "You divided by the area of the second box. Then a huge first box would be perfect.": lambda a, b: _over(
            a, b, lambda shared, first, second: second
        ),
        "You divided by the smaller box. Then any box inside another would be perfect.": lambda a, b: _over(
            a, b, lambda shared, first, second: min(first, second)
        ),
        "You divided by the box around both. What neither of them covers does not count.": _hull_below,
        "You read the last two numbers as width and height; they are right and bottom.": _corner_and_size,
        "That is what they share, in pixels. Divide it by what they cover together.": _only_shared,
        "Boxes that lie apart have a negative width or height in common. abs() makes a shared region of it; there is none.": (
            _without_signs
        ),
    },
)


def box_from_map(heatmap, threshold):
    """Return the box around the largest bright region of a map.

    A position is bright if it has more than `threshold` times the
    largest value of the map. Bright positions that touch along an edge
    form a region: `scipy.ndimage.label` finds them. Return left, top,
    right, bottom in positions; right and bottom lie just outside.
    """
    from scipy import ndimage

    bright = heatmap > threshold * heatmap.max()
    regions, count = ndimage.label(bright)
    sizes = [np.sum(regions == number) for number in range(1, count + 1)]
    rows, columns = np.nonzero(regions == 1 + np.argmax(sizes))
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


def _maps():
    random = np.random.default_rng(18)
    by_hand = np.array([[0.0, 1, 0, 0, 0], [2, 8, 6, 0, 0], [0, 4, 1, 0, 0], [0, 0, 0, 0, 9]])
    corners = np.array([[6.0, 0, 0, 0], [0, 5, 5, 0], [0, 5, 2, 0], [0, 0, 0, 10]])  # touch at corners only
    steps = np.array([[0.0, 8, 6, 0], [0, 6, 4, 0], [0, 0, 4, 0]])  # half of 8 is exactly 4
    many = np.array([[4.0, 4, 4, 0, 0], [0, 0, 0, 0, 0], [0, 9, 9, 0, 0]])  # more positions, but a smaller sum
    smooth = random.uniform(0, 1, (14, 14))
    smooth[3:9, 5:12] += 2
    smooth[11:13, 1:3] += 2.5
    return [
        (by_hand, 0.25),
        (corners, 0.45),
        (by_hand, 0.5),
        (by_hand.T, 0.25),
        (steps, 0.5),
        (smooth, 0.6),
        (many, 0.4),
    ]


def _labelled(heatmap, bright, choose, structure=None):
    from scipy import ndimage

    regions, count = ndimage.label(bright, structure)
    return regions == choose(regions, count)


def _largest(regions, count):
    return 1 + int(np.argmax(np.bincount(regions.ravel())[1:]))


def _box_of(found):
    rows, columns = np.nonzero(found)
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


def _bright(heatmap, threshold):
    return heatmap > threshold * heatmap.max()


def _around_all(heatmap, threshold):
    rows, columns = np.nonzero(heatmap > threshold * heatmap.max())
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


def _rows_first(heatmap, threshold):
    left, top, right, bottom = box_from_map(heatmap, threshold)
    return top, left, bottom, right


def _last_inside(heatmap, threshold):
    left, top, right, bottom = box_from_map(heatmap, threshold)
    return left, top, right - 1, bottom - 1


def _width_and_height(heatmap, threshold):
    left, top, right, bottom = box_from_map(heatmap, threshold)
    return left, top, right - left, bottom - top


def _region_of_the_peak(heatmap, threshold):
    peak = np.unravel_index(heatmap.argmax(), heatmap.shape)
    return _box_of(_labelled(heatmap, _bright(heatmap, threshold), lambda regions, _: regions[peak]))


def _touching_at_corners(heatmap, threshold):
    return _box_of(_labelled(heatmap, _bright(heatmap, threshold), _largest, np.ones((3, 3))))


def _first_region(heatmap, threshold):
    return _box_of(_labelled(heatmap, _bright(heatmap, threshold), lambda regions, count: 1))


def _largest_sum(heatmap, threshold):
    def of_largest_sum(regions, count):
        return 1 + int(np.argmax([heatmap[regions == number].sum() for number in range(1, count + 1)]))

    return _box_of(_labelled(heatmap, _bright(heatmap, threshold), of_largest_sum))


def _background_too(heatmap, threshold):
    def of_all_labels(regions, count):
        return int(np.argmax(np.bincount(regions.ravel())))

    return _box_of(_labelled(heatmap, _bright(heatmap, threshold), of_all_labels))


def _one_label_short(heatmap, threshold):
    def counted_from_0(regions, count):
        return _largest(regions, count) - 1

    return _box_of(_labelled(heatmap, _bright(heatmap, threshold), counted_from_0))


def _as_bright_as_the_threshold(heatmap, threshold):
    return _box_of(_labelled(heatmap, heatmap >= threshold * heatmap.max(), _largest))


def _threshold_as_it_is(heatmap, threshold):
    return _box_of(_labelled(heatmap, heatmap > threshold, _largest))


box_from_a_map = Exercise(
    id="18-box-from-map",
    title="From a map to a box",
    prompt=(
        "Write `box_from_map(heatmap, threshold)`. By hand first: the map above, with the threshold 0.25. More than "
        "which value counts as bright? Which positions are left, and which of them hang together? In the second check "
        "regions touch at corners only."
    ),
    solution=box_from_map,
    hints=(
        "`heatmap > threshold * heatmap.max()` is true at the bright positions.",
        "`regions, count = scipy.ndimage.label(bright)` numbers the regions from 1 on; 0 is what is not bright.",
        "`rows, columns = np.nonzero(regions == number)` gives the positions of one region: the smallest column is "
        "left, the largest plus 1 is right.",
    ),
    inputs=_maps,
    mistakes={
        "You put the box around all that is bright. Only the largest region that hangs together counts.": _around_all,
        "You took the region with the largest value. The region with the most positions was asked for.": (
            _region_of_the_peak
        ),
        "You took the region with the largest sum. The region with the most positions was asked for.": _largest_sum,
        "You counted what is not bright as a region: that is label 0.": _background_too,
        "Regions are numbered from 1 on, and argmax counts from 0: your label is one short.": _one_label_short,
        "You took the first region that `label` numbers, not the largest one.": _first_region,
        "Positions that touch at a corner only do not hang together here.": _touching_at_corners,
        "Left and right are columns, top and bottom rows: yours are exchanged.": _rows_first,
        "Right and bottom lie just outside: the last column and the last row, plus 1.": _last_inside,
        "The last two numbers are right and bottom, not width and height.": _width_and_height,
        "The threshold is a share of the map's largest value, not a value itself.": _threshold_as_it_is,
        "A position that has exactly the threshold is not bright: it takes more.": _as_bright_as_the_threshold,
    },
)


SIDE, CHANNELS = 7, 8
TRAINED, LEAST, EPOCHS = 800, 0.64, 30  # the solution has 0.71 to 0.81 in twenty trainings: four deviations below


@cache
def _blobs(n, seed):
    """Small feature maps: in some channels a bright box with soft edges, in others noise; and the boxes, in shares."""
    random = np.random.default_rng(seed)
    size = random.uniform(0.25, 0.7, (n, 2))
    centre = random.uniform(size / 2, 1 - size / 2)
    at = (np.arange(SIDE) + 0.5) / SIDE
    inside = [1 / (1 + np.exp(30 * (np.abs(at - centre[:, [axis]]) - size[:, [axis]] / 2))) for axis in (0, 1)]
    bright = inside[1][:, :, np.newaxis] * inside[0][:, np.newaxis, :]
    maps = random.uniform(0, 0.3, (n, SIDE, SIDE, CHANNELS))
    maps[..., ::2] += bright[..., np.newaxis] * random.uniform(0.7, 1, CHANNELS // 2)
    boxes = np.concatenate([centre - size / 2, centre + size / 2], axis=1)
    return maps.astype("float32"), boxes.astype("float32")


def train_box_head(maps, boxes):
    """Train a network that reads a box off a feature map, and return it.

    `maps` is an array of shape (n, 7, 7, 8), `boxes` of shape (n, 4):
    left, top, right, bottom as shares of the image, from 0 to 1. Build
    a model with a hidden layer that gives four numbers from 0 to 1 for
    each map, without losing where anything is; compile it with the mean
    absolute error, and fit it for 30 epochs in batches of 32.
    """
    import keras

    model = keras.Sequential(
        [
            keras.Input(maps.shape[1:]),
            keras.layers.Flatten(),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(4, activation="sigmoid"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.003), loss="mean_absolute_error")
    model.fit(maps, boxes, batch_size=32, epochs=30, verbose=0)
    return model


@dataclass(frozen=True)
class ReadOff:
    """A trained head in plain values.

    Attributes
    ----------
    network : Built
        What it is made of.
    means_only : bool
        Whether all positions are averaged before anything could look at where they are.
    sums_to_one : bool
        Whether its four numbers always add up to 1.
    range : tuple of float
        The smallest and the largest number that it gives.
    overlap : float
        Mean IoU on maps that it was not trained on.
    """

    network: Built
    means_only: bool
    sums_to_one: bool
    range: tuple[float, float]
    overlap: float


def _read_off(model, maps, boxes):
    """the network that your function trained, on 100 maps that it has not seen"""
    network = built(model)
    fresh, there = _blobs(100, 1)
    overlap, low, high, to_one = 0.0, 0.0, 0.0, False
    if network.input_shape == maps.shape[1:] and network.output_shape == (4,):
        says = np.asarray(model.predict(fresh, verbose=0), float)
        low, high = float(says.min()), float(says.max())
        to_one = bool(np.allclose(says.sum(axis=1), 1, atol=1e-3))
        overlap = float(np.mean([_iou_or_nothing(one, other) for one, other in zip(says, there, strict=True)]))
    first = next((name for name in network.layers if name in ("Flatten", *MEANS)), "")
    return ReadOff(network, first in MEANS, to_one, (low, high), overlap)


MEANS = ("GlobalAveragePooling2D", "GlobalMaxPooling2D")


def _iou_or_nothing(said, there):
    """The overlap; a box that is turned inside out has none."""
    return float(box_iou([said], [there])[0, 0]) if said[2] > said[0] and said[3] > said[1] else 0.0


def _not_yet(read):
    """Say what is still missing in a trained head, besides the listed mistakes."""
    network = read.network
    if network.output_shape != (4,):
        return f"Four numbers should come out for each map; yours gives the shape {network.output_shape}."
    if network.input_shape != (SIDE, SIDE, CHANNELS):
        return f"Maps of 7×7×8 should go in; yours takes {network.input_shape}: begin with keras.Input(maps.shape[1:])."
    if not network.loss:
        return "The model is not compiled: without a loss and an optimizer it cannot learn."
    if network.loss not in ("mean_absolute_error", "mae"):
        return f"The loss is {network.loss}; the mean absolute error was asked for."
    if read.range[0] < 0 or read.range[1] > 1:
        return (
            f"It gives numbers from {read.range[0]:.2f} to {read.range[1]:.2f}; shares of an image lie between 0 and 1."
        )
    if read.overlap < LEAST:
        return f"On 100 maps it has not seen the mean IoU is {read.overlap:.3f}; at least {LEAST:.3f} is asked for."
    return ""


def _head(maps, boxes, *layers, loss="mean_absolute_error", epochs=EPOCHS):
    import keras

    model = keras.Sequential([keras.Input(maps.shape[1:]), *layers])
    model.compile(keras.optimizers.Adam(0.003), loss=loss)
    if epochs:
        model.fit(maps, boxes, batch_size=32, epochs=epochs, verbose=0)
    return model


def _flat(units=4, ends_in="sigmoid"):
    from keras import layers

    return layers.Flatten(), layers.Dense(64, activation="relu"), layers.Dense(units, activation=ends_in)


def _only_means(maps, boxes):
    import keras

    model = keras.Sequential([keras.Input(maps.shape[1:])])
    model.add(keras.layers.GlobalAveragePooling2D())
    model.add(keras.layers.Dense(64, activation="relu"))
    model.add(keras.layers.Dense(4, activation="sigmoid"))
    model.compile("adam", loss="mean_absolute_error")
    model.fit(maps, boxes, batch_size=32, epochs=30, verbose=0)
    return model


def _centre_only(maps, boxes):
    return _head(maps, (boxes[:, :2] + boxes[:, 2:]) / 2, *_flat(units=2))


def _untrained(maps, boxes):
    return _head(maps, boxes, *_flat(), epochs=0)


def _in_pixels(maps, boxes):
    return _head(maps, 224 * boxes, *_flat())


def _nothing_hidden(maps, boxes):
    from keras import layers

    return _head(maps, boxes, layers.Flatten(), layers.Dense(4, activation="sigmoid"))


def _is_stuck_at_one(read):
    return read.network.ends_in == "sigmoid" and read.range[0] > 0.95


a_head_that_reads_a_box_off = Exercise(
    id="18-box-head",
    title="A head for a box",
    prompt=(
        "Here the maps are small, 7×7×8, and clean: a bright region and some noise. So even a flattened head manages. "
        "It is practice in putting such a head together; the better head comes next.\n\n"
        f"Write `train_box_head(maps, boxes)` in plain Keras. The check has {TRAINED} such maps, and looks at the mean IoU on "
        f"100 others: at least {LEAST:.2f} is asked for. By hand first: how many activations has a flattened map of 7×7×8?"
    ),
    solution=train_box_head,
    hints=(
        "`Flatten` keeps every position; an average over the positions would not.",
        'After it a hidden layer, `Dense(64, activation="relu")`, and `Dense(4, activation="sigmoid")`: each of the '
        "four numbers lies between 0 and 1 by itself.",
        '`model.compile(keras.optimizers.Adam(0.003), loss="mean_absolute_error")`, then `model.fit(maps, boxes, '
        "batch_size=32, epochs=30, verbose=0)` and `return model`.",
    ),
    inputs=lambda: [_blobs(TRAINED, 0)],
    judge=_read_off,
    missing=_not_yet,
    seconds=60,
    mistakes={
        "It takes the mean of each map first, and with that it has lost where anything is. Flatten the maps.": Told(
            _only_means, lambda read: read.means_only
        ),
        "A softmax makes four shares of one whole, so they always add up to 1. Each side of a box is a number of its own: sigmoid.": Told(
            lambda maps, boxes: _head(maps, boxes, *_flat(ends_in="softmax")),
            lambda read: read.sums_to_one,
        ),
        "Two numbers are a point. A box takes four: left, top, right, bottom.": Told(
            _centre_only, lambda read: read.network.output_shape == (2,)
        ),
        "The model has not been trained yet: call `fit` before you return it.": Told(
            _untrained, lambda read: bool(read.network.loss) and read.network.steps == 0
        ),
        "Cross-entropy is made for answers of yes or no. How far is each side off? Compile with the mean absolute error.": Told(
            lambda maps, boxes: _head(maps, boxes, *_flat(), loss="binary_crossentropy"),
            lambda read: "crossentropy" in read.network.loss and not read.sums_to_one,
        ),
        "It gives 1 nearly everywhere, as if it had been shown boxes in pixels. A sigmoid ends at 1: leave them as shares.": Told(
            _in_pixels, lambda read: read.network.steps > 0 and _is_stuck_at_one(read)
        ),
        "It has hardly been trained: 800 maps in batches of 32 are 25 steps an epoch, and 30 epochs were asked for.": Told(
            lambda maps, boxes: _head(maps, boxes, *_flat(), epochs=1),
            lambda read: 0 < read.network.steps < 200 and read.network.loss.startswith("mean_abs"),
        ),
        "Each of your four numbers is one weighted sum of the activations. A hidden layer was asked for, with a ReLU, before them.": Told(
            _nothing_hidden,
            lambda read: read.network.layers == ("Flatten", "Dense") and read.network.steps >= 400,
        ),
    },
)


def giou_of_two(a, b):
    """Return the generalized IoU of two boxes that may lie apart.

    `a` and `b` are boxes (left, top, right, bottom). The hull is the
    smallest box around both. Take the IoU, and subtract the share of
    the hull that neither box covers.
    """
    shared = max(0, min(a[2], b[2]) - max(a[0], b[0])) * max(0, min(a[3], b[3]) - max(a[1], b[1]))
    together = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared
    hull = (max(a[2], b[2]) - min(a[0], b[0])) * (max(a[3], b[3]) - min(a[1], b[1]))
    return shared / together - (hull - together) / hull


def _areas(a, b):
    shared = max(0, min(a[2], b[2]) - max(a[0], b[0])) * max(0, min(a[3], b[3]) - max(a[1], b[1]))
    both = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    hull = (max(a[2], b[2]) - min(a[0], b[0])) * (max(a[3], b[3]) - min(a[1], b[1]))
    return shared, both - shared, hull


def _uncovered_by_together(a, b):
    shared, together, hull = _areas(a, b)
    return shared / together - (hull - together) / together


def _uncovered_added(a, b):
    width = max(0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0, min(a[3], b[3]) - max(a[1], b[1]))
    both = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    union = both - width * height
    hull_width = max(a[2], b[2]) - min(a[0], b[0])
    hull_height = max(a[3], b[3]) - min(a[1], b[1])
    hull = hull_width * hull_height
    return width * height / union + (hull - union) / hull


def _hull_less_shared(a, b):
    shared, together, hull = _areas(a, b)
    return shared / together - (hull - shared) / hull


def _hull_less_both(a, b):
    shared, together, hull = _areas(a, b)
    return shared / together - (hull - together - shared) / hull


def _common_box(a, b):
    """The hull taken for the shared box, cut off at 0."""
    shared, together, _ = _areas(a, b)
    return shared / together - (1 if not shared else 0)


def _uncovered_undivided(a, b):
    shared, together, hull = _areas(a, b)
    return shared / together - (hull - together)


def _shared_by_hull(a, b):
    shared, _, hull = _areas(a, b)
    return shared / hull


def _never_cut(a, b):
    wide, high, first, second = _sides(a, b)
    together = first + second - wide * high
    _, _, hull = _areas(a, b)
    return wide * high / together - (hull - together) / hull


generalized = Exercise(
    id="18-giou",
    title="What tells boxes apart that do not touch",
    prompt=(
        "Write `giou_of_two(a, b)`. By hand first: (0, 0, 4, 4) and (2, 1, 6, 4), the boxes of the drawing. How large is the box "
        "around both, and how much of it do they leave uncovered? The second check has boxes that lie apart."
    ),
    solution=giou_of_two,
    hints=(
        "The hull: the smaller of the lefts and of the tops, the larger of the rights and of the bottoms.",
        "Both together cover the sum of their areas less what they share; the rest of the hull is uncovered.",
        "Divide what is uncovered by the hull, and subtract that from the IoU.",
    ),
    inputs=lambda: [
        ((0, 0, 4, 4), (2, 1, 6, 4)),
        ((0, 0, 2, 2), (6, 0, 8, 2)),
        ((0, 0, 4, 4), (5, 6, 8, 9)),
        ((10, 20, 50, 60), (20, 10, 40, 90)),
        ((5, 1, 8, 4), (5, 1, 8, 4)),
    ],
    fresh=_other_pairs,
    mistakes={
        "That is the IoU. Subtract the share of the hull that neither box covers.": iou,
        "The share of the hull: divide what is uncovered by the hull, not by what both cover.": _uncovered_by_together,
        "What is uncovered speaks against the pair: subtract it.": _uncovered_added,
        "You took off the hull only what is shared. All that the two boxes cover belongs off it.": _hull_less_shared,
        "What is shared was taken off the hull twice: both together cover it once.": _hull_less_both,
        "That is the loss, 1 − GIoU. The GIoU itself was asked for.": lambda a, b: 1 - giou_of_two(a, b),
        "You subtracted what is uncovered in pixels. It is the share of the hull that counts: divide by the hull.": (
            _uncovered_undivided
        ),
        "That is what is shared, divided by the hull. Begin with the IoU, and subtract the uncovered share.": (
            _shared_by_hull
        ),
        "Boxes that lie apart share nothing. Yours take a negative width or height into account.": _never_cut,
        "For boxes that lie apart you give −1, however far apart they are. The hull tells how far.": _common_box,
    },
)


EXERCISES = [how_well_two_boxes_agree, box_from_a_map, a_head_that_reads_a_box_off, generalized]
