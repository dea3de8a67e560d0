"""Exercises of chapter 10, transfer learning."""

import math

import numpy as np

from labkit.course.exercises import Exercise


def prepare(pictures, mean, deviation, blue_first):
    """Bring pictures to the numbers that a trained network expects.

    `pictures` is an array of shape (n, height, width, 3): red, green and
    blue, 0 to 255. If `blue_first` is true, the network wants blue,
    green, red. `mean` and `deviation` hold a number for each channel, in
    the order that the network wants: take the mean off, then divide.
    """
    if blue_first:
        pictures = pictures[..., ::-1]
    return (pictures - np.array(mean)) / np.array(deviation)


def _turned_at_the_end(pictures, mean, deviation, blue_first):
    prepared = prepare(pictures, mean, deviation, False)
    return prepared[..., ::-1] if blue_first else prepared


def _turned(pictures, blue_first):
    return pictures[..., ::-1] if blue_first else pictures


@np.errstate(invalid="ignore")
def _back_in_bytes(pictures, mean, deviation, blue_first):
    return prepare(pictures, mean, deviation, blue_first).astype(np.uint8)


def _pictures():
    one_pixel = np.array([[[[255, 127, 0]]]], np.uint8)
    some = np.random.default_rng(10).integers(0, 256, (2, 3, 4, 3)).astype(np.uint8)
    return [
        (one_pixel, [127.0, 127.0, 127.0], [128.0, 128.0, 128.0], False),
        (one_pixel, [103.939, 116.779, 123.68], [1.0, 1.0, 1.0], True),
        (some, [123.675, 116.28, 103.53], [58.395, 57.12, 57.375], False),
        (some, [100.0, 110.0, 120.0], [50.0, 60.0, 70.0], True),
    ]


preparing = Exercise(
    id="10-prepare",
    title="The numbers it was trained on",
    prompt=(
        "Write `prepare(pictures, mean, deviation, blue_first)`. By hand first: one pixel with red 255, green 127 and "
        "blue 0, mean 127 and deviation 128 in all channels. The second check is the same pixel as VGG16 wants it, "
        "with blue first."
    ),
    solution=prepare,
    hints=(
        "Two steps: exchange the channels if need be, then subtract and divide.",
        "`pictures[..., ::-1]` turns the last axis about, and that is the one of the channels.",
        "NumPy subtracts an array of three numbers from every pixel: `pictures - np.array(mean)`.",
    ),
    inputs=_pictures,
    mistakes={
        "You divided by 255 first. These means are for pixels from 0 to 255; nearly black is all that is left.": (
            lambda pictures, m, d, bgr: prepare(pictures / 255, m, d, bgr)
        ),
        "Where `blue_first` is true, the channels have to be exchanged.": (
            lambda pictures, m, d, bgr: prepare(pictures, m, d, False)
        ),
        "Each channel met the mean of another one. The means are already in the order that the network wants: "
        "exchange the channels of the pictures, only those, and do it first.": _turned_at_the_end,
        "You turned an axis of the picture about, so it is mirrored. The channels come last.": (
            lambda pictures, m, d, bgr: prepare(pictures[:, :, ::-1] if bgr else pictures, m, d, False)
        ),
        "`pictures[::-1]` turns the order of the pictures about. The channels are the last axis: `[..., ::-1]`.": (
            lambda pictures, m, d, bgr: prepare(pictures[::-1] if bgr else pictures, m, d, False)
        ),
        "Only the mean was divided: `/` is done before `-`. Put the difference in brackets.": (
            lambda pictures, m, d, bgr: _turned(pictures, bgr) - np.array(m) / np.array(d)
        ),
        "The division by the deviation is missing.": lambda pictures, m, d, bgr: prepare(pictures, m, np.ones(3), bgr),
        "An array of bytes holds whole numbers from 0 to 255: what you write into it is cut off, and below 0 wraps "
        "around. Begin with `pictures.astype(float)`.": _back_in_bytes,
    },
)


def what_is_trained(layers):
    """Count what a training can change: weight tensors, and numbers.

    `layers` is a list of pairs (frozen, shapes): whether the layer is
    frozen, and the shapes of its weight tensors. Return two numbers: how
    many tensors are not frozen, and how many numbers they hold together.
    """
    open_tensors = [shape for frozen, shapes in layers if not frozen for shape in shapes]
    return len(open_tensors), sum(math.prod(shape) for shape in open_tensors)


def _sums_of_shapes(layers):
    open_tensors = [shape for frozen, shapes in layers if not frozen for shape in shapes]
    return len(open_tensors), sum(map(sum, open_tensors))


def _frozen_layers():
    convolution = [(3, 3, 1, 2), (2,)]
    small = [(True, convolution), (False, []), (False, [(18, 1), (1,)])]
    deck_head = [(True, [(3, 3, 3, 64), (64,)]), (True, [(3, 3, 64, 64), (64,)])]
    deck_head += [(False, []), (False, [(8192, 256), (256,)]), (False, [(256, 1), (1,)])]
    without_bias = [(True, [(3, 3, 3, 32)]), (True, [(32,)] * 4), (False, [(1, 1, 32, 16)]), (False, [(16, 10), (10,)])]
    return [(small,), (deck_head,), (without_bias,)]


freezing = Exercise(
    id="10-what-is-trained",
    title="What is left to train",
    prompt=(
        "Write `what_is_trained(layers)`. By hand first: a frozen convolution with the shapes (3, 3, 1, 2) and (2,), a "
        "flattening, which has no weights, and a dense layer with (18, 1) and (1,). The second check has the head of "
        "the decks."
    ),
    solution=what_is_trained,
    hints=(
        "Collect the shapes of all layers that are not frozen in one list.",
        "A tensor of shape (18, 1) holds 18 · 1 numbers: `math.prod(shape)`, or a loop that multiplies.",
        "`[shape for frozen, shapes in layers if not frozen for shape in shapes]` is that list.",
    ),
    inputs=_frozen_layers,
    mistakes={
        "You counted everything. The frozen layers are not trained.": (
            lambda layers: what_is_trained([(False, shapes) for _, shapes in layers])
        ),
        "These are the frozen ones; the others are what is trained.": (
            lambda layers: what_is_trained([(not frozen, shapes) for frozen, shapes in layers])
        ),
        "You counted layers. A dense layer has two tensors: a table of weights, and the biases.": (
            lambda layers: (sum(not frozen and bool(shapes) for frozen, shapes in layers), what_is_trained(layers)[1])
        ),
        "The tensors of frozen layers are in your first number, too.": (
            lambda layers: (sum(len(shapes) for _, shapes in layers), what_is_trained(layers)[1])
        ),
        "A tensor of shape (18, 1) holds 18 · 1 numbers, not 18 + 1: multiply.": _sums_of_shapes,
        "The biases are missing. They are tensors, too.": (
            lambda layers: what_is_trained([(frozen, shapes[:1]) for frozen, shapes in layers])
        ),
        "These are the numbers in the tensors. Return both: how many tensors there are, then how many numbers.": (
            lambda layers: what_is_trained(layers)[1]
        ),
    },
)


def probability_of_a_dog(maps, weights, bias):
    """Compute what a head says of one picture.

    `maps` are the last feature maps, shape (height, width, channels).
    Take the mean of each map, multiply each by its weight (`weights` has
    shape (channels,)), add it all up with `bias`, and put the sum s
    through the sigmoid, 1 / (1 + exp(-s)).
    """
    means = maps.mean(axis=(0, 1))
    score = means @ weights + bias
    return 1 / (1 + np.exp(-score))


def _sigmoid(score):
    return 1 / (1 + np.exp(-score))


def _maps():
    random = np.random.default_rng(3)
    small = np.array([[[1.0, 2.0], [3.0, 2.0]], [[0.0, 2.0], [0.0, 2.0]]])
    return [
        (small, np.array([1.0, -1.0]), 0.0),
        (small, np.array([2.0, 1.0]), -3.0),
        (random.uniform(0, 2, (3, 4, 5)), random.normal(size=5), 0.5),
    ]


head = Exercise(
    id="10-probability-of-a-dog",
    title="The head, by hand",
    prompt=(
        "Write `probability_of_a_dog(maps, weights, bias)`. By hand first: two maps of 2×2, one with 1, 3, 0, 0 and one "
        "with 2 everywhere, the weights 1 and −1, and no bias. What are the two means, and what is their weighted sum?"
    ),
    solution=probability_of_a_dog,
    hints=(
        "The mean of each map: over height and width, the axes 0 and 1. One number a channel is left.",
        "`means @ weights` multiplies pair by pair and adds up.",
    ),
    inputs=_maps,
    mistakes={
        "You added up each map. Take its mean, so that the size of the picture does not matter.": (
            lambda maps, w, b: _sigmoid(maps.sum(axis=(0, 1)) @ w + b)
        ),
        "That is one mean for all maps. Each channel has its own: `axis=(0, 1)`.": (
            lambda maps, w, b: _sigmoid(maps.mean() * w.sum() + b)
        ),
        "That is the sum s. The sigmoid makes a probability of it.": lambda maps, w, b: maps.mean(axis=(0, 1)) @ w + b,
        "Add the bias before the sigmoid.": lambda maps, w, b: _sigmoid(maps.mean(axis=(0, 1)) @ w),
        "The sigmoid comes last, once, when all is added up.": (
            lambda maps, w, b: _sigmoid(maps.mean(axis=(0, 1))) @ w + b
        ),
        "That is 1 minus what was asked for. Look at the sign in exp(-s).": (
            lambda maps, w, b: 1 - probability_of_a_dog(maps, w, b)
        ),
        "You took the mean of probabilities. Take the means of the maps first; the sigmoid comes last, once.": (
            lambda maps, w, b: _sigmoid(maps @ w + b).mean()
        ),
    },
)


def scaled(train, test):
    """Shift and scale features, each by what it is like in training.

    Both arrays have a row for each picture and a column for each
    feature. From each column take off the mean that it has in `train`,
    and divide by its standard deviation there; where that is 0, do not
    divide. Return both arrays, scaled.
    """
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    deviation = np.where(deviation == 0, 1, deviation)
    return (train - mean) / deviation, (test - mean) / deviation


def _joined(pair, train, test):
    """your two arrays, the rows of the second beneath those of the first"""
    if len(pair) != 2 or np.shape(pair[0]) != train.shape or np.shape(pair[1]) != test.shape:
        raise ValueError("two arrays should come, of the same shapes as `train` and `test`")
    return np.concatenate([np.asarray(part, float) for part in pair])


@np.errstate(all="ignore")
def _by(deviation, train, test):
    """Take off the right mean and divide by a deviation of one's own."""
    return (train - train.mean(axis=0)) / deviation, (test - train.mean(axis=0)) / deviation


def _not_by_zero(deviation):
    return np.where(deviation == 0, 1, deviation)


def _by_a_little_more(little):
    return lambda train, test: _by(train.std(axis=0) + little, train, test)


def _all_together(train, test):
    both = np.concatenate([train, test])
    return scaled(both, train)[1], scaled(both, test)[1]


def _feature_tables():
    random = np.random.default_rng(4)
    return [
        (np.array([[1.0, 10.0], [3.0, 30.0]]), np.array([[5.0, 20.0]])),
        (random.normal(2, 3, (6, 4)), random.normal(0, 1, (3, 4))),
        (np.array([[1.0, 4.0], [3.0, 4.0], [8.0, 4.0]]), np.array([[2.0, 5.0], [6.0, 4.0]])),
    ]


scaling = Exercise(
    id="10-scaled",
    title="A fair scale",
    prompt=(
        "Write `scaled(train, test)`. By hand first: two training pictures with the features (1, 10) and (3, 30), and "
        "a test picture with (5, 20). Every mean and every deviation is one of the training pictures: a test picture "
        "may not have a say in how it is measured."
    ),
    solution=scaled,
    hints=(
        "`train.mean(axis=0)` and `train.std(axis=0)` give a number for each column.",
        "Use the same two for both arrays.",
        "`np.where(deviation == 0, 1, deviation)` puts 1 where nothing is to be divided.",
    ),
    inputs=_feature_tables,
    mistakes={
        "You scaled the test pictures by their own mean and deviation. Then the same picture gets other numbers "
        "in other company; take those of the training pictures.": (
            lambda train, test: (scaled(train, train)[0], scaled(test, test)[0])
        ),
        "You scaled the test pictures by their own mean and deviation; of a single picture that is 0 by 0. Take "
        "those of the training pictures.": (
            lambda train, test: [_by(part.std(axis=0), part, part)[0] for part in (train, test)]
        ),
        "Mean and deviation are those of all pictures together, so the test pictures have a say in them.": (
            _all_together
        ),
        "The test pictures have to be scaled as well, in the same way.": (
            lambda train, test: (scaled(train, test)[0], test)
        ),
        "You scaled each picture by itself. Each feature is to be scaled: a column, `axis=0`.": (
            lambda train, test: [scaled(part.T, part.T)[0].T for part in (train, test)]
        ),
        "One mean for all features: each column has its own, `axis=0`.": (
            lambda train, test: [(part - train.mean()) / train.std() for part in (train, test)]
        ),
        "You divided by the variance; its square root is the standard deviation.": (
            lambda train, test: _by(_not_by_zero(train.var(axis=0)), train, test)
        ),
        "You divided by n − 1 in the deviation (`ddof=1`). Here it is the plain one, `train.std(axis=0)`.": (
            lambda train, test: _by(_not_by_zero(train.std(axis=0, ddof=1)), train, test)
        ),
        **{
            f"You added {little:.0e} to each deviation. Where it is 0, that is all you divide by, and 1 becomes "
            f"{1 / little:,.0f}. Put 1 there instead.": _by_a_little_more(little)
            for little in (1e-7, 1e-8)
        },
        "A feature that is the same in all training pictures has the deviation 0. Do not divide there.": (
            lambda train, test: _by(train.std(axis=0), train, test)
        ),
    },
    judge=_joined,
)

EXERCISES = [preparing, freezing, head, scaling]
