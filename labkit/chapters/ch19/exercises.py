"""Exercises of chapter 19, How many, and where? Detection."""

from dataclasses import dataclass

import numpy as np

from labkit.course.built import Built, built
from labkit.course.exercises import Exercise, Told
from labkit.ops import box_iou


def assign(boxes, stride):
    """Say which cell answers for each box, and what it is to say.

    `boxes` is a list of (left, top, right, bottom), in pixels. The image
    is cut into cells of stride × stride pixels. The cell that holds the
    middle of the box answers. For each box return its row, its column,
    and how far it is from the cell's centre to the left, top, right and
    bottom side: six numbers, in pixels.
    """
    answers = []
    for left, top, right, bottom in boxes:
        column = int((left + right) / 2 // stride)
        row = int((top + bottom) / 2 // stride)
        x, y = (column + 0.5) * stride, (row + 0.5) * stride
        answers.append([row, column, x - left, y - top, right - x, bottom - y])
    return answers


def _some_boxes():
    return [
        ([(18, 6, 58, 30)], 16),
        ([(0, 0, 40, 20), (20, 30, 60, 54)], 8),
        ([(3, 50, 25, 91), (70, 6, 118, 34), (40, 40, 61, 99)], 16),
        ([(5, 9, 120, 70)], 32),
    ]


def _other_boxes(random):
    cases = []
    for stride in (8, 16, 32, 16):
        low = random.integers(0, 60, (3, 2))
        size = 2 * random.integers(6, 20, (3, 2)) + 1  # the middle of an odd side is never the border of a cell
        boxes = np.concatenate([low, low + size], axis=1)
        cases.append(([tuple(map(int, box)) for box in boxes], stride))
    return cases


def _as_told(boxes, stride, cell=None, point=None, say=None):
    """Assign with one step done in another way."""
    answers = []
    for box in boxes:
        left, top, right, bottom = box
        middle = ((left + right) / 2, (top + bottom) / 2)
        column, row = (int(at // stride) for at in middle) if cell is None else cell(box, middle)
        x, y = ((column + 0.5) * stride, (row + 0.5) * stride) if point is None else point(column, row, middle)
        distances = [x - left, y - top, right - x, bottom - y]
        answers.append([row, column, *(distances if say is None else say(distances, (x, y), box))])
    return answers


def _columns_first(boxes, stride):
    return [[column, row, *rest] for row, column, *rest in assign(boxes, stride)]


def _nearest_corner(boxes, stride):
    return _as_told(boxes, stride, cell=lambda box, middle: (round(middle[0] / stride), round(middle[1] / stride)))


def _cell_of_the_corner(boxes, stride):
    return _as_told(boxes, stride, cell=lambda box, middle: (int(box[0] // stride), int(box[1] // stride)))


def _from_the_middle(boxes, stride):
    return _as_told(boxes, stride, point=lambda column, row, middle: middle)


def _from_the_corner(boxes, stride):
    answers = []
    for left, top, right, bottom in boxes:
        column = int((left + right) / 2 // stride)
        row = int((top + bottom) / 2 // stride)
        x, y = column * stride, row * stride
        answers.append([row, column, x - left, y - top, right - x, bottom - y])
    return answers


def _with_signs(boxes, stride):
    return _as_told(boxes, stride, say=lambda told, at, box: [-told[0], -told[1], *told[2:]])


def _in_strides(boxes, stride):
    return _as_told(boxes, stride, say=lambda told, at, box: [each / stride for each in told])


def _sides_as_they_are(boxes, stride):
    return _as_told(boxes, stride, say=lambda told, at, box: list(box))


def _left_right_top_bottom(boxes, stride):
    return _as_told(boxes, stride, say=lambda told, at, box: [told[0], told[2], told[1], told[3]])


def _always_16(boxes, stride):
    return assign(boxes, 16)


def _not_rounded(boxes, stride):
    return _as_told(boxes, stride, cell=lambda box, middle: (middle[0] / stride, middle[1] / stride))


which_cell_answers = Exercise(
    id="19-cells",
    title="Which cell answers",
    prompt=(
        "Write `assign(boxes, stride)`. By hand first: the box (18, 6, 58, 30) and cells of 16 pixels. Where is its "
        "middle, in which row and column is that, and where is the centre of that cell?"
    ),
    solution=assign,
    hints=(
        "The middle is half of left plus right, and half of top plus bottom.",
        "Column: `int(x // stride)`, counted from 0. Its centre lies half a cell further: `(column + 0.5) * stride`.",
        "Distances are positive inside the box: `x - left`, `y - top`, `right - x`, `bottom - y`.",
    ),
    inputs=_some_boxes,
    fresh=_other_boxes,
    mistakes={
        "You measured from the cell's corner. Its centre lies half a cell further.": _from_the_corner,
        "The row comes first, then the column: yours are exchanged.": _columns_first,
        "You rounded to the nearest border. A cell reaches from one border to the next: divide and round down.": (
            _nearest_corner
        ),
        "That is the cell of the box's corner at the top left. Its middle decides.": _cell_of_the_corner,
        "You measured from the middle of the box. The cell does not know that middle: it measures from its own centre.": (
            _from_the_middle
        ),
        "Left and top are distances as well: they are positive inside the box.": _with_signs,
        "Those are distances in cells. Pixels were asked for.": _in_strides,
        "Those are the sides of the box. How far are they from the cell's centre?": _sides_as_they_are,
        "The order is left, top, right, bottom.": _left_right_top_bottom,
        "Your cells are always 16 pixels wide. Their width is the argument `stride`.": _always_16,
        "A row or a column is a whole number: divide by the stride and round down.": _not_rounded,
    },
)


def suppress(boxes, scores, threshold):
    """Keep the surest box of every heap.

    Take the box with the highest score, strike out every box that shares
    more than `threshold` with it (their IoU), and go on with those that
    are left. Return the indices of the boxes that are kept, the surest
    first. `box_iou(boxes, boxes)` gives the IoU of each two.
    """
    overlap = box_iou(boxes, boxes)
    left = sorted(range(len(boxes)), key=lambda number: -scores[number])
    kept = []
    while left:
        best = left[0]
        kept.append(best)
        left = [number for number in left[1:] if overlap[best][number] <= threshold]
    return kept


HEAP = [(0, 0, 10, 10), (5, 0, 15, 10), (9, 0, 19, 10), (30, 0, 40, 10)]
HEAP_SCORES = [0.5, 0.7, 0.9, 0.6]
EXACT = [(0, 0, 15, 10), (5, 0, 20, 10), (40, 40, 55, 50)]  # 10 of 20 columns: exactly one half


def _heaps():
    random = np.random.default_rng(19)
    chain = [(0, 0, 10, 10), (3, 0, 13, 10), (6, 0, 16, 10), (9, 0, 19, 10)]  # each lies on the next
    low = random.integers(0, 30, (9, 2))
    many = [tuple(map(int, (*corner, *(corner + 20)))) for corner in low]
    return [
        (HEAP, HEAP_SCORES, 0.4),
        (chain, [0.9, 0.8, 0.7, 0.6], 0.5),
        (chain, [0.5, 0.8, 0.9, 0.4], 0.3),
        (EXACT, [0.5, 0.7, 0.9], 0.5),
        (many, random.permutation(9).astype(float).tolist(), 0.35),
    ]


def _other_heaps(random):
    cases = []
    for shift, threshold in ((3, 0.5), (2, 0.5), (4, 0.3)):
        chain = [(shift * each, 0, shift * each + 10, 10) for each in range(5)]
        cases.append((chain, (random.permutation(5) / 10 + 0.1).tolist(), threshold))
    cases.append((EXACT, (random.permutation(3) / 10 + 0.3).tolist(), 0.5))
    low = random.integers(0, 26, (9, 2))
    many = [tuple(map(int, (*corner, *(corner + 20)))) for corner in low]
    return [*cases, (many, (random.permutation(9) / 10).tolist(), 0.3)]


def _greedy(boxes, scores, threshold, key=None, strikes=None):
    overlap = box_iou(boxes, boxes)
    left = sorted(range(len(boxes)), key=key or (lambda number: -scores[number]))
    strikes = strikes or (lambda shared: shared > threshold)
    kept = []
    while left:
        best, *left = left
        kept.append(best)
        left = [number for number in left if not strikes(overlap[best][number])]
    return kept


def _as_they_come(boxes, scores, threshold):
    return _greedy(boxes, scores, threshold, key=lambda number: number)


def _least_sure_first(boxes, scores, threshold):
    return _greedy(boxes, scores, threshold, key=lambda number: scores[number])


def _the_dead_strike_too(boxes, scores, threshold):
    overlap = box_iou(boxes, boxes)
    order = sorted(range(len(boxes)), key=lambda number: -scores[number])
    kept = []
    for place, number in enumerate(order):
        if all(overlap[surer][number] <= threshold for surer in order[:place]):
            kept.append(number)
    return kept


def _against_the_best_alone(boxes, scores, threshold):
    overlap = box_iou(boxes, boxes)
    best, *others = sorted(range(len(boxes)), key=lambda number: -scores[number])
    return [best, *(number for number in others if overlap[best][number] <= threshold)]


def _against_the_last_alone(boxes, scores, threshold):
    overlap = box_iou(boxes, boxes)
    kept = []
    for number in sorted(range(len(boxes)), key=lambda number: -scores[number]):
        if not kept or overlap[kept[-1]][number] <= threshold:
            kept.append(number)
    return kept


def _without_scores(boxes, scores, threshold):
    return sorted(suppress(boxes, scores, threshold))


def _only_the_struck(boxes, scores, threshold):
    kept = suppress(boxes, scores, threshold)
    return [number for number in sorted(range(len(boxes)), key=lambda number: -scores[number]) if number not in kept]


def _by_score_alone(boxes, scores, threshold):
    return [
        number for number in sorted(range(len(boxes)), key=lambda each: -scores[each]) if scores[number] > threshold
    ]


def _places_when_sorted(boxes, scores, threshold):
    order = sorted(range(len(boxes)), key=lambda number: -scores[number])
    return [order.index(number) for number in suppress(boxes, scores, threshold)]


def _strikes_itself(boxes, scores, threshold):
    overlap = box_iou(boxes, boxes)
    order = sorted(range(len(boxes)), key=lambda number: -scores[number])
    return [number for number in order if all(overlap[number] <= threshold)]


keep_the_surest = Exercise(
    id="19-suppress",
    title="One box for each animal",
    prompt=(
        "Write `suppress(boxes, scores, threshold)`. By hand first: boxes of 10 × 10 at x = 0, 5, 9 and 30, scores 0.5, "
        "0.7, 0.9, 0.6, threshold 0.4. Which goes first, and which does it strike out? In the second check each box "
        "lies on the next: may a box that has been struck out strike out another?"
    ),
    solution=suppress,
    hints=(
        "Sort the indices by falling score: `sorted(range(len(boxes)), key=lambda number: -scores[number])`.",
        "While any are left: keep the first, and let only those stay that share at most `threshold` with it.",
        "A box that was struck out is gone: it strikes out nobody.",
    ),
    inputs=_heaps,
    fresh=_other_heaps,
    by_hand=("labkit.ops.non_max_suppression",),
    mistakes={
        "In your function a box that has been struck out strikes out others. Compare only with boxes that are kept.": (
            _the_dead_strike_too
        ),
        "You went through the boxes as they come. The surest goes first.": _as_they_come,
        "The least sure went first: sort by falling score.": _least_sure_first,
        "You compared with the surest box alone. Go on with those that are left: each heap has a surest box.": (
            _against_the_best_alone
        ),
        "You compared with the last box that was kept. Compare with each of them.": _against_the_last_alone,
        "A box that shares exactly the threshold stays: it takes more to be struck out.": lambda boxes, scores, threshold: (
            _greedy(boxes, scores, threshold, strikes=lambda shared: shared >= threshold)
        ),
        "You struck out those that share little. It is those that share much that show the same animal.": lambda boxes, scores, threshold: (
            _greedy(boxes, scores, threshold, strikes=lambda shared: shared < threshold)
        ),
        "The right boxes, but not the surest first.": _without_scores,
        "Those are places in your sorted list. Return the indices in the list of boxes as it came in.": _places_when_sorted,
        "Not one box is left: each has struck out itself. A box shares all with itself: compare it with others only.": (
            _strikes_itself
        ),
        "Those are the boxes that are struck out. Return those that are kept.": _only_the_struck,
        "The threshold is one of overlap, not of the score.": _by_score_alone,
        "Those are the scores of the boxes that stay. Return their indices.": lambda boxes, scores, threshold: [
            scores[number] for number in suppress(boxes, scores, threshold)
        ],
        "Those are the boxes that stay. Return their indices.": lambda boxes, scores, threshold: [
            boxes[number] for number in suppress(boxes, scores, threshold)
        ],
        "You say of each box whether it stays. Return the indices of those that do, the surest first.": lambda boxes, scores, threshold: [
            number in suppress(boxes, scores, threshold) for number in range(len(boxes))
        ],
    },
)


def average_precision(is_right, objects):
    """Return the area under the curve of precision against recall.

    `is_right` says of each box, the surest first, whether it found an
    object that no surer box had found. There are `objects` to be found.
    Each right box adds 1 / objects to the recall. Over that step, the
    curve has the best precision that is reached there or later.
    """
    right = np.asarray(is_right, float)
    precision = np.cumsum(right) / np.arange(1, len(right) + 1)
    area = 0.0
    for number in range(len(right)):
        if right[number]:
            area += precision[number:].max() / objects
    return float(area)


BY_HAND, TO_FIND = [True, False, True, True, False], 4


def _answers():
    return [
        ([False, True, True, False], 4),
        (BY_HAND, TO_FIND),
        ([True, True, False, True, False, False, True], 5),
        ([False, False, True, True, True, True], 6),
        ([True, False, False, True], 2),
        ([False, True, False, True, True, False, False, True, False, True], 9),
    ]


def _other_answers(random):
    cases = []
    for count in (6, 8, 9, 12):
        right = [*(random.permutation(count - 2) % 2 == 0).tolist(), True, False]
        right[1] = not right[0]  # an order that tells which way the best is taken
        cases.append((right, sum(right) + int(random.integers(1, 4))))
    return [([False, True, True, False], 3), *cases]


def _precision(is_right):
    right = np.asarray(is_right, float)
    return right, np.cumsum(right) / np.arange(1, len(right) + 1)


def _not_smoothed(is_right, objects):
    right = np.asarray(is_right, float)
    precision = np.cumsum(right) / np.arange(1, len(right) + 1)
    return float((precision * right).sum() / objects)


def _of_those_found(is_right, objects):
    return average_precision(is_right, sum(is_right))


def _of_the_boxes(is_right, objects):
    return average_precision(is_right, len(is_right))


def _mean_of_all(is_right, objects):
    return float(_precision(is_right)[1].mean())


def _best_before(is_right, objects):
    right, precision = _precision(is_right)
    return float((np.maximum.accumulate(precision) * right).sum() / objects)


def _steps_for_all(is_right, objects):
    _, precision = _precision(is_right)
    return float(np.maximum.accumulate(precision[::-1]).sum() / objects)


def _at_101(is_right, objects):
    right, precision = _precision(is_right)
    best = np.append(np.maximum.accumulate(precision[::-1])[::-1], 0)
    places = np.searchsorted(np.cumsum(right) / objects, np.linspace(0, 1, 101), side="left")
    return float(best[places].mean())


def _at_11(is_right, objects):
    right, precision = _precision(is_right)
    best = np.append(np.maximum.accumulate(precision[::-1])[::-1], 0)
    places = np.searchsorted(np.cumsum(right) / objects, np.linspace(0, 1, 11) - 1e-9, side="left")
    return float(best[places].mean())


def _only_later(is_right, objects):
    right, precision = _precision(is_right)
    steps = np.flatnonzero(right)
    return float(sum(precision[number + 1 :].max(initial=0) for number in steps) / objects)


def _counted_from_0(is_right, objects):
    right = np.asarray(is_right, float)
    precision = np.cumsum(right) / np.maximum(np.arange(len(right)), 1)
    best = np.maximum.accumulate(precision[::-1])[::-1]
    return float((best * right).sum() / objects)


def _trapezoids(is_right, objects):
    right, precision = _precision(is_right)
    return float(np.trapezoid(precision, np.cumsum(right) / objects))


area_under_the_curve = Exercise(
    id="19-average-precision",
    title="One number for a detector",
    prompt=(
        "Write `average_precision(is_right, objects)`. By hand first, four boxes: wrong, right, right, wrong, with 4 "
        "animals. How many steps are there, and what is the best precision at each, there or later?"
    ),
    solution=average_precision,
    hints=(
        "Precision after each box: `np.cumsum(is_right) / np.arange(1, len(is_right) + 1)`.",
        "Only right boxes move the recall: the steps are at the right boxes, and each is 1 / objects wide.",
        "The height of a step is `precision[number:].max()`: the best from this box on.",
    ),
    inputs=_answers,
    fresh=_other_answers,
    mistakes={
        "You took the precision as it is at each right box. A later one that is better counts here as well.": _not_smoothed,
        "You divided by the objects that were found. Those that were missed count: divide by all of them.": _of_those_found,
        "You divided by the number of boxes. Each step of the recall is one object of all that are there.": _of_the_boxes,
        "That is the mean precision over all boxes. Wrong boxes do not move the recall: they have no step.": _mean_of_all,
        "You took the best precision up to here. It is the best from here on.": _best_before,
        "You took the best of the later boxes without this one. There or later: this box counts as well.": _only_later,
        "You divided by the index, which begins at 0. After the first box there is 1 box: divide by index + 1.": (
            _counted_from_0
        ),
        "Those are trapezoids under the jagged curve. Each step is flat, as high as the best precision there or later.": (
            _trapezoids
        ),
        "You gave wrong boxes a step as well. Only a right box moves the recall.": _steps_for_all,
        "That is the precision when all boxes count, one point of the curve. The area was asked for.": lambda is_right, objects: (
            sum(is_right) / len(is_right)
        ),
        "That is the recall at the end. The precision counts as well.": lambda is_right, objects: (
            sum(is_right) / objects
        ),
        "That is COCO's way, the mean at 101 recalls, and comes close. Here the area itself was asked for.": _at_101,
        "That is the mean at 11 recalls, as PASCAL VOC had it at first. Here the area itself was asked for.": _at_11,
    },
)


SHAPE, CLASSES = (6, 8, 16), 2


def detection_head(shape, num_classes):
    """Build the head of a detector for one feature map, and return it.

    `shape` is (height, width, channels) of the map. The same small
    network looks at each place: a 3×3 convolution with 32 filters and
    ReLU, then a 3×3 convolution for the logits of the classes and one
    for four distances, which are never negative (softplus). Before any
    training the probability of each class is 0.01 or so everywhere: set
    the bias. Return a Keras model whose output has the shape
    (height * width, num_classes + 4).
    """
    import keras

    layers = keras.layers
    seldom = keras.initializers.Constant(-np.log(99))  # sigmoid(-log 99) is 0.01
    maps = keras.Input(shape)
    x = layers.Conv2D(32, 3, padding="same", activation="relu")(maps)
    what = layers.Conv2D(num_classes, 3, padding="same", bias_initializer=seldom)(x)
    where = layers.Conv2D(4, 3, padding="same", activation="softplus")(x)
    both = layers.Concatenate()([what, where])
    return keras.Model(maps, layers.Reshape((-1, num_classes + 4))(both))


@dataclass(frozen=True)
class LookedAt:
    """A head in plain values.

    Attributes
    ----------
    network : Built
        What it is made of.
    finite : bool
        Whether it gives numbers.
    probability : float
        The mean of the sigmoid of its logits, before any training.
    between_0_and_1 : bool
        Whether all its logits are.
    lowest : float
        Its lowest logit.
    least, mean : float
        The smallest distance, and the mean of all.
    classes_bias : float
        The mean bias of the convolution for the classes; not a number if there is none to be seen.
    filters, kernels : tuple
        Of its convolutions.
    bends : bool
        Whether its logits are more than a sum of weighted inputs: without an activation before them they are not.
    moves_along : bool
        Whether its answers move when the map does.
    """

    network: Built
    finite: bool
    probability: float
    between_0_and_1: bool
    lowest: float
    least: float
    mean: float
    classes_bias: float
    filters: tuple[int, ...]
    kernels: tuple[tuple[int, ...], ...]
    bends: bool
    moves_along: bool


def _looked_at(model, shape, num_classes):
    """the network that your function built, and what it gives for maps of noise"""
    network = built(model)
    height, width, _ = shape
    convolutions = [layer for layer in model.layers if type(layer).__name__ == "Conv2D"]
    filters = tuple(layer.filters for layer in convolutions)
    kernels = tuple(tuple(layer.kernel_size) for layer in convolutions)
    biases = [np.mean(layer.bias) for layer in convolutions if layer.filters == num_classes and layer.use_bias]
    bias = float(biases[0]) if biases else float("nan")
    nothing = LookedAt(network, False, 0.0, False, 0.0, 0.0, 0.0, bias, filters, kernels, False, False)
    if network.input_shape != tuple(shape) or network.output_shape != (height * width, num_classes + 4):
        return nothing
    maps = np.random.default_rng(19).normal(size=(4, *shape)).astype("float32")
    there = np.asarray(model(maps), float).reshape(4, height, width, -1)
    moved = np.asarray(model(np.roll(maps, 1, axis=2)), float).reshape(there.shape)
    logits = there[..., :num_classes]
    mirrored = np.asarray(model(-maps), float).reshape(there.shape)[..., :num_classes]
    empty = np.asarray(model(0 * maps), float).reshape(there.shape)[..., :num_classes]
    distances = there[..., num_classes:]
    inner = slice(2, -2)  # away from the borders, where zeros were added
    along = np.allclose(moved[:, inner, 3:-2], there[:, inner, 2:-3], atol=1e-4)
    return LookedAt(
        network,
        bool(np.isfinite(there).all()),
        float((1 / (1 + np.exp(-logits))).mean()),
        bool((logits >= 0).all() and (logits <= 1).all()),
        float(logits.min()),
        float(distances.min()),
        float(distances.mean()),
        bias,
        filters,
        kernels,
        not np.allclose(logits + mirrored, 2 * empty, atol=1e-3),
        bool(along),
    )


def _not_yet(read):
    """Say what is still missing in a head, besides the listed mistakes."""
    network = read.network
    height, width, channels = SHAPE
    if network.input_shape != SHAPE:
        return (
            f"A map of {height}×{width}×{channels} should go in; yours takes {network.input_shape}: begin with "
            "keras.Input(shape)."
        )
    places, numbers = height * width, CLASSES + 4
    if network.output_shape != (places, numbers):
        return (
            f"For a map of {height}×{width} and {CLASSES} classes the output should have the shape ({places}, {numbers}); "
            f"yours has {network.output_shape}."
        )
    if not read.finite:
        return "It gives something that is not a number."
    if "Conv2D" not in network.layers:
        return "There is no convolution in it. What a place says depends on the places around it."
    if not read.moves_along:
        return "Move the map by one place, and the answers should move along. Yours do not."
    if read.least < 0:
        return f"A distance is {read.least:.2f}; none may be negative."
    if not 0.002 < read.probability < 0.05:
        return f"Before any training the mean probability is {read.probability:.3f}; about 0.01 is asked for."
    if network.layers.count("Conv2D") < 3:
        return "Three convolutions were asked for: one with 32 filters, one for the classes, one for the distances."
    if not read.bends:
        return "Nothing bends between the convolutions: two in a row are no more than one. Give the first a ReLU."
    if read.filters and 32 not in read.filters:
        return f"The first convolution should have 32 filters; yours has {read.filters[0]}."
    if any(kernel != (3, 3) for kernel in read.kernels):
        odd = next(kernel for kernel in read.kernels if kernel != (3, 3))
        return (
            f"All three convolutions should be 3×3; one of yours is {odd[0]}×{odd[1]} and does not see its neighbours."
        )
    return ""


def _a_head(
    shape, num_classes, *, bias=-4.595, what=None, where="softplus", far=0.0, padding="same", extra=0, reshaped=True
):
    import keras

    layers = keras.layers
    maps = keras.Input(shape)
    x = layers.Conv2D(32, 3, padding=padding, activation="relu")(maps)
    first = keras.initializers.Constant(bias)
    classes = layers.Conv2D(num_classes + extra, 3, padding=padding, bias_initializer=first, activation=what)(x)
    seldom = keras.initializers.Constant(far)
    distances = layers.Conv2D(4, 3, padding=padding, bias_initializer=seldom, activation=where)(x)
    both = layers.Concatenate()([classes, distances])
    return keras.Model(maps, layers.Reshape((-1, num_classes + extra + 4))(both) if reshaped else both)


def _bias_of_zero(shape, num_classes):
    import keras

    maps = keras.Input(shape)
    x = keras.layers.Conv2D(32, 3, padding="same", activation="relu")(maps)
    what = keras.layers.Conv2D(num_classes, 3, padding="same")(x)
    where = keras.layers.Conv2D(4, 3, padding="same", activation="softplus")(x)
    both = keras.layers.Concatenate()([what, where])
    return keras.Model(maps, keras.layers.Reshape((-1, num_classes + 4))(both))


def _distances_first(shape, num_classes):
    import keras

    maps = keras.Input(shape)
    x = keras.layers.Conv2D(32, 3, padding="same", activation="relu")(maps)
    seldom = keras.initializers.Constant(-4.6)
    what = keras.layers.Conv2D(num_classes, 3, padding="same", bias_initializer=seldom)(x)
    where = keras.layers.Conv2D(4, 3, padding="same", activation="softplus")(x)
    both = keras.layers.Concatenate()([where, what])
    return keras.Model(maps, keras.layers.Reshape((-1, num_classes + 4))(both))


def _flattened(shape, num_classes):
    import keras

    places = shape[0] * shape[1]
    return keras.Sequential(
        [
            keras.Input(shape),
            keras.layers.Conv2D(32, 3, padding="same", activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(places * (num_classes + 4), activation="softplus"),
            keras.layers.Reshape((places, num_classes + 4)),
        ]
    )


def _one_box(shape, num_classes):
    import keras

    return keras.Sequential(
        [
            keras.Input(shape),
            keras.layers.Conv2D(32, 3, padding="same", activation="relu"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(num_classes + 4),
        ]
    )


PLACES, NUMBERS = SHAPE[0] * SHAPE[1], CLASSES + 4

a_head_for_every_place = Exercise(
    id="19-head",
    title="A head that answers at every place",
    prompt=(
        "Write `detection_head(shape, num_classes)` in plain Keras. The check builds it for a map of 6 × 8 places with 16 "
        "channels and two classes, looks at it, and trains nothing. By hand first: how many numbers come out of it, and "
        "for which logit is the sigmoid 0.01?"
    ),
    solution=detection_head,
    hints=(
        'The functional way: `maps = keras.Input(shape)`, then `x = keras.layers.Conv2D(32, 3, padding="same", '
        'activation="relu")(maps)`.',
        'Two convolutions look at the same `x`: one with `num_classes` filters, one with 4 and `activation="softplus"`. '
        "`keras.layers.Concatenate()` lays them beside each other, `Reshape((-1, num_classes + 4))` makes a list of places.",
        "log(0.01 / 0.99) is about −4.6: `bias_initializer=keras.initializers.Constant(-4.6)`.",
    ),
    inputs=lambda: [(SHAPE, CLASSES)],
    judge=_looked_at,
    missing=_not_yet,
    seconds=60,
    mistakes={
        "The bias is 0, so that each place begins with the probability one half. Nearly all places are empty: begin at 0.01.": Told(
            _bias_of_zero,
            lambda read: (
                read.finite
                and read.moves_along
                and 0.3 < read.probability < 0.7
                and not read.between_0_and_1
                and read.least >= 0
                and not read.classes_bias > 0
            ),
        ),
        "The bias is 0.01. That is the probability; the bias is its logit, log(0.01 / 0.99).": Told(
            lambda shape, num_classes: _a_head(shape, num_classes, bias=0.01),
            lambda read: read.finite and abs(read.classes_bias - 0.01) < 0.002,
        ),
        "The distances have gone through a ReLU: where it says 0 it has no slope, and learns nothing. Use softplus.": Told(
            lambda shape, num_classes: _a_head(shape, num_classes, where="relu"),
            lambda read: read.finite and read.least == 0 and read.mean > 0 and read.lowest < 0,
        ),
        "The bias of the classes is on the distances as well, so that each begins near 0. Only a class is seldom.": Told(
            lambda shape, num_classes: _a_head(shape, num_classes, far=-4.595),
            lambda read: read.finite and read.least >= 0 and 0 < read.mean < 0.15 and read.lowest < 0,
        ),
        "It begins by being sure that there is something everywhere: the bias has the wrong sign.": Told(
            lambda shape, num_classes: _a_head(shape, num_classes, bias=4.595),
            lambda read: read.finite and read.probability > 0.9,
        ),
        "The classes have gone through a sigmoid already. Return logits: the loss takes them, and so does `decode_centres`.": Told(
            lambda shape, num_classes: _a_head(shape, num_classes, what="sigmoid"),
            lambda read: read.finite and read.between_0_and_1 and read.least >= 0,
        ),
        "The classes come first and then the distances: yours are exchanged.": Told(
            _distances_first, lambda read: read.finite and read.lowest >= 0 and read.least < -1
        ),
        "A distance can be negative, so that a box may turn inside out. Give the four distances a softplus.": Told(
            lambda shape, num_classes: _a_head(shape, num_classes, where=None),
            lambda read: read.finite and read.moves_along and read.lowest < 0 and read.least < 0,
        ),
        "A dense layer over the flattened map has weights of its own for every place. Use convolutions: the same weights everywhere.": Told(
            _flattened, lambda read: "Flatten" in read.network.layers and "Dense" in read.network.layers
        ),
        "One answer for the whole image is chapter 18's. Here each place answers: nothing may be averaged over the places.": Told(
            _one_box, lambda read: read.network.output_shape == (NUMBERS,)
        ),
        'Places at the border are lost: the convolutions need padding="same".': Told(
            lambda shape, num_classes: _a_head(shape, num_classes, padding="valid"),
            lambda read: (
                read.network.output_shape[-1] == NUMBERS
                and len(read.network.output_shape) == 2
                and read.network.output_shape[0] < PLACES
            ),
        ),
        "You added a class for “nothing”. It needs none: where every class has a low probability there is nothing.": Told(
            lambda shape, num_classes: _a_head(shape, num_classes, extra=1),
            lambda read: read.network.output_shape == (PLACES, NUMBERS + 1),
        ),
        "It is still a map. Make a list of its places: `Reshape((-1, num_classes + 4))`.": Told(
            lambda shape, num_classes: _a_head(shape, num_classes, reshaped=False),
            lambda read: read.network.output_shape == (*SHAPE[:2], NUMBERS),
        ),
    },
)


EXERCISES = [which_cell_answers, keep_the_surest, area_under_the_curve, a_head_for_every_place]
