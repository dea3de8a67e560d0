"""Exercises of chapter 10, transfer learning."""

import math

import numpy as np

from labkit.course.exercises import Exercise, WrongAnswer

# ── Exercise 1 ────────────────────────────────────────────────────────────────────────────────────────────────────


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


def _to_one_first(pictures, mean, deviation, blue_first):
    return prepare(pictures / 255, mean, deviation, blue_first)


def _red_first(pictures, mean, deviation, blue_first):
    return prepare(pictures, mean, deviation, False)


def _turned_at_the_end(pictures, mean, deviation, blue_first):
    prepared = prepare(pictures, mean, deviation, False)
    return prepared[..., ::-1] if blue_first else prepared


def _other_axis(pictures, mean, deviation, blue_first):
    return prepare(pictures[:, :, ::-1] if blue_first else pictures, mean, deviation, False)


def _divided_first(pictures, mean, deviation, blue_first):
    return (pictures[..., ::-1] if blue_first else pictures) / np.array(deviation) - np.array(mean)


def _not_divided(pictures, mean, deviation, blue_first):
    return prepare(pictures, mean, np.ones(3), blue_first)


def _own_mean(pictures, mean, deviation, blue_first):
    turned = pictures[..., ::-1] if blue_first else pictures
    return (turned - turned.mean(axis=(0, 1, 2))) / np.array(deviation)


def _always_turned(pictures, mean, deviation, blue_first):
    return prepare(pictures, mean, deviation, True)


def _turned_the_wrong_ones(pictures, mean, deviation, blue_first):
    return prepare(pictures, mean, deviation, not blue_first)


def _pictures_in_another_order(pictures, mean, deviation, blue_first):
    return prepare(pictures[::-1] if blue_first else pictures, mean, deviation, False)


def _only_the_mean_divided(pictures, mean, deviation, blue_first):
    return (pictures[..., ::-1] if blue_first else pictures) - np.array(mean) / np.array(deviation)


def _pictures():
    random = np.random.default_rng(10)
    one_pixel = np.array([[[[255, 127, 0]]]], np.uint8)
    some = random.integers(0, 256, (2, 3, 4, 3)).astype(np.uint8)
    return [
        (one_pixel, [127.0, 127.0, 127.0], [128.0, 128.0, 128.0], False),
        (one_pixel, [103.939, 116.779, 123.68], [1.0, 1.0, 1.0], True),
        (some, [123.675, 116.28, 103.53], [58.395, 57.12, 57.375], False),
        (some, [100.0, 110.0, 120.0], [50.0, 60.0, 70.0], True),
    ]


# ── Exercise 2 ────────────────────────────────────────────────────────────────────────────────────────────────────


def what_is_trained(layers):
    """Count what a training can change: weight tensors, and numbers.

    `layers` is a list of pairs (frozen, shapes): whether the layer is
    frozen, and the shapes of its weight tensors. Return two numbers: how
    many tensors are not frozen, and how many numbers they hold together.
    """
    open_tensors = [shape for frozen, shapes in layers if not frozen for shape in shapes]
    return len(open_tensors), sum(math.prod(shape) for shape in open_tensors)


def _before_freezing(layers):
    return what_is_trained([(False, shapes) for _, shapes in layers])


def _the_frozen(layers):
    return what_is_trained([(not frozen, shapes) for frozen, shapes in layers])


def _layers_counted(layers):
    return sum(not frozen and bool(shapes) for frozen, shapes in layers), what_is_trained(layers)[1]


def _all_layers_counted(layers):
    return sum(not frozen for frozen, _ in layers), what_is_trained(layers)[1]


def _two_for_each_layer(layers):
    return 2 * _all_layers_counted(layers)[0], what_is_trained(layers)[1]


def _frozen_tensors_counted(layers):
    return sum(len(shapes) for _, shapes in layers), what_is_trained(layers)[1]


def _sums_of_shapes(layers):
    tensors, _ = what_is_trained(layers)
    return tensors, sum(sum(shape) for frozen, shapes in layers if not frozen for shape in shapes)


def _kernels_only(layers):
    return what_is_trained([(frozen, shapes[:1]) for frozen, shapes in layers])


def _turned_about(layers):
    return what_is_trained(layers)[::-1]


def _frozen_layers():
    convolution = [(3, 3, 1, 2), (2,)]
    small = [(True, convolution), (False, []), (False, [(18, 1), (1,)])]
    deck_head = [(True, [(3, 3, 3, 64), (64,)]), (True, [(3, 3, 64, 64), (64,)])]
    deck_head += [(False, []), (False, [(8192, 256), (256,)]), (False, [(256, 1), (1,)])]
    without_bias = [(True, [(3, 3, 3, 32)]), (True, [(32,)] * 4), (False, [(1, 1, 32, 16)]), (False, [(16, 10), (10,)])]
    return [(small,), (deck_head,), (without_bias,)]


# ── Exercise 3 ────────────────────────────────────────────────────────────────────────────────────────────────────


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


def _sums(maps, weights, bias):
    return _sigmoid(maps.sum(axis=(0, 1)) @ weights + bias)


def _greatest(maps, weights, bias):
    return _sigmoid(maps.max(axis=(0, 1)) @ weights + bias)


def _one_mean(maps, weights, bias):
    return _sigmoid(maps.mean() * np.sum(weights) + bias)


def _score_only(maps, weights, bias):
    return maps.mean(axis=(0, 1)) @ weights + bias


def _no_bias(maps, weights, bias):
    return _sigmoid(maps.mean(axis=(0, 1)) @ weights)


def _of_a_cat(maps, weights, bias):
    return 1 - probability_of_a_dog(maps, weights, bias)


def _place_by_place(maps, weights, bias):
    return _sigmoid(maps @ weights + bias)


def _sigmoid_before_the_mean(maps, weights, bias):
    return _sigmoid(maps @ weights + bias).mean()


def _bias_for_each_map(maps, weights, bias):
    return _sigmoid((maps.mean(axis=(0, 1)) * weights + bias).sum())


def _mean_of_the_products(maps, weights, bias):
    return _sigmoid((maps.mean(axis=(0, 1)) * weights).mean() + bias)


def _sigmoid_before_the_weights(maps, weights, bias):
    return _sigmoid(maps.mean(axis=(0, 1))) @ weights + bias


def _maps():
    random = np.random.default_rng(3)
    small = np.array([[[1.0, 2.0], [3.0, 2.0]], [[0.0, 2.0], [0.0, 2.0]]])
    return [
        (small, np.array([1.0, -1.0]), 0.0),
        (small, np.array([2.0, 1.0]), -3.0),
        (random.uniform(0, 2, (3, 4, 5)), random.normal(size=5), 0.5),
    ]


# ── Exercise 4 ────────────────────────────────────────────────────────────────────────────────────────────────────


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


def _each_by_its_own(train, test):
    return scaled(train, train)[0], scaled(test, test)[0]


def _all_together(train, test):
    both = np.concatenate([train, test])
    return scaled(both, train)[1], scaled(both, test)[1]


def _training_only(train, test):
    return scaled(train, test)[0], test


def _by_rows(train, test):
    def by_row(rows):
        deviation = rows.std(axis=1, keepdims=True)
        return (rows - rows.mean(axis=1, keepdims=True)) / np.where(deviation == 0, 1, deviation)

    return by_row(train), by_row(test)


def _one_for_all(train, test):
    return (train - train.mean()) / train.std(), (test - train.mean()) / train.std()


def _by_variance(train, test):
    variance = train.var(axis=0)
    variance = np.where(variance == 0, 1, variance)
    return (train - train.mean(axis=0)) / variance, (test - train.mean(axis=0)) / variance


def _not_scaled(train, test):
    return train - train.mean(axis=0), test - train.mean(axis=0)


def _divided_by_nothing(train, test):
    with np.errstate(all="ignore"):
        return (train - train.mean(axis=0)) / train.std(axis=0), (test - train.mean(axis=0)) / train.std(axis=0)


def _each_by_its_own_even_nothing(train, test):
    return _divided_by_nothing(train, train)[0], _divided_by_nothing(test, test)[0]


def _by_a_little_more(little):
    def scaled_by_a_little_more(train, test):
        mean, deviation = train.mean(axis=0), train.std(axis=0) + little
        return (train - mean) / deviation, (test - mean) / deviation

    return scaled_by_a_little_more


def _by_the_sample_deviation(train, test):
    mean, deviation = train.mean(axis=0), train.std(axis=0, ddof=1)
    deviation = np.where(deviation == 0, 1, deviation)
    return (train - mean) / deviation, (test - mean) / deviation


def _by_range(train, test):
    low, width = train.min(axis=0), np.ptp(train, axis=0)
    width = np.where(width == 0, 1, width)
    return (train - low) / width, (test - low) / width


def _no_mean(train, test):
    deviation = np.where(train.std(axis=0) == 0, 1, train.std(axis=0))
    return train / deviation, test / deviation


def _constant_set_to_zero(train, test):
    constant = train.std(axis=0) == 0
    return tuple(np.where(constant, 0, part) for part in scaled(train, test))


def _constant_left_alone(train, test):
    constant = train.std(axis=0) == 0
    return tuple(
        np.where(constant, before, after) for before, after in zip((train, test), scaled(train, test), strict=True)
    )


def _joined(pair, train, test):
    """your two arrays, the rows of the second beneath those of the first"""
    if len(pair) != 2 or np.shape(pair[0]) != train.shape or np.shape(pair[1]) != test.shape:
        raise ValueError("two arrays should come, of the same shapes as `train` and `test`")
    return np.concatenate([np.asarray(part, float) for part in pair])


def _feature_tables():
    random = np.random.default_rng(4)
    return [
        (np.array([[1.0, 10.0], [3.0, 30.0]]), np.array([[5.0, 20.0]])),
        (random.normal(2, 3, (6, 4)), random.normal(0, 1, (3, 4))),
        (np.array([[1.0, 4.0], [3.0, 4.0], [8.0, 4.0]]), np.array([[2.0, 5.0], [6.0, 4.0]])),
    ]


EXERCISES = [
    Exercise(
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
        wrong_answers=(
            WrongAnswer(
                _to_one_first,
                "You divided by 255 first. These means are for pixels from 0 to 255; nearly black is all that is left.",
            ),
            WrongAnswer(_red_first, "Where `blue_first` is true, the channels have to be exchanged."),
            WrongAnswer(
                _turned_the_wrong_ones, "It is the other way round: exchange the channels where `blue_first` is true."
            ),
            WrongAnswer(
                _turned_at_the_end,
                "Each channel met the mean of another one. The means are already in the order that the network wants: "
                "exchange the channels of the pictures, only those, and do it first.",
            ),
            WrongAnswer(
                _other_axis, "You turned an axis of the picture about, so it is mirrored. The channels come last."
            ),
            WrongAnswer(
                _pictures_in_another_order,
                "`pictures[::-1]` turns the order of the pictures about. The channels are the last axis: `[..., ::-1]`.",
            ),
            WrongAnswer(
                _only_the_mean_divided,
                "Only the mean was divided: `/` is done before `-`. Put the difference in brackets.",
            ),
            WrongAnswer(_divided_first, "First the mean is taken off, then the rest is divided."),
            WrongAnswer(_not_divided, "The division by the deviation is missing."),
            WrongAnswer(
                _own_mean,
                "You took off the mean of these pictures. The network was trained with the means that it comes with.",
            ),
            WrongAnswer(_always_turned, "Exchange the channels only where `blue_first` is true."),
        ),
    ),
    Exercise(
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
        wrong_answers=(
            WrongAnswer(_before_freezing, "You counted everything. The frozen layers are not trained."),
            WrongAnswer(_the_frozen, "These are the frozen ones; the others are what is trained."),
            WrongAnswer(
                _layers_counted,
                "You counted layers. A dense layer has two tensors: a table of weights, and the biases.",
            ),
            WrongAnswer(
                _all_layers_counted,
                "You counted layers. A dense layer has two tensors, and a flattening has none.",
            ),
            WrongAnswer(
                _two_for_each_layer,
                "Not every layer has two tensors: a flattening has none, a layer without biases one.",
            ),
            WrongAnswer(_frozen_tensors_counted, "The tensors of frozen layers are in your first number, too."),
            WrongAnswer(_sums_of_shapes, "A tensor of shape (18, 1) holds 18 · 1 numbers, not 18 + 1: multiply."),
            WrongAnswer(_kernels_only, "The biases are missing. They are tensors, too."),
            WrongAnswer(_turned_about, "The two numbers are exchanged: tensors first, then the numbers in them."),
        ),
    ),
    Exercise(
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
        wrong_answers=(
            WrongAnswer(
                _sums, "You added up each map. Take its mean, so that the size of the picture does not matter."
            ),
            WrongAnswer(_greatest, "You took the greatest number of each map; its mean was asked for."),
            WrongAnswer(_one_mean, "That is one mean for all maps. Each channel has its own: `axis=(0, 1)`."),
            WrongAnswer(_score_only, "That is the sum s. The sigmoid makes a probability of it."),
            WrongAnswer(_no_bias, "Add the bias before the sigmoid."),
            WrongAnswer(_bias_for_each_map, "You added the bias once for each map. Add it once, to the sum."),
            WrongAnswer(
                _mean_of_the_products,
                "The means and their weights are right, but the products are to be added up, not averaged.",
            ),
            WrongAnswer(_sigmoid_before_the_weights, "The sigmoid comes last, once, when all is added up."),
            WrongAnswer(_of_a_cat, "That is 1 minus what was asked for. Look at the sign in exp(-s)."),
            WrongAnswer(_place_by_place, "You got a number for each place. Take the mean of each map first."),
            WrongAnswer(
                _sigmoid_before_the_mean,
                "You took the mean of probabilities. Take the means of the maps first; the sigmoid comes last, once.",
            ),
        ),
    ),
    Exercise(
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
        judge=_joined,
        wrong_answers=(
            WrongAnswer(
                _each_by_its_own,
                "You scaled the test pictures by their own mean and deviation. Then the same picture gets other numbers "
                "in other company; take those of the training pictures.",
            ),
            WrongAnswer(
                _all_together,
                "Mean and deviation are those of all pictures together, so the test pictures have a say in them.",
            ),
            WrongAnswer(
                _each_by_its_own_even_nothing,
                "You scaled the test pictures by their own mean and deviation; of a single picture that is 0 by 0. Take "
                "those of the training pictures.",
            ),
            WrongAnswer(_training_only, "The test pictures have to be scaled as well, in the same way."),
            WrongAnswer(
                _by_rows, "You scaled each picture by itself. Each feature is to be scaled: a column, `axis=0`."
            ),
            WrongAnswer(_one_for_all, "One mean for all features: each column has its own, `axis=0`."),
            WrongAnswer(_by_variance, "You divided by the variance; its square root is the standard deviation."),
            WrongAnswer(
                _by_the_sample_deviation,
                "You divided by n − 1 in the deviation (`ddof=1`). Here it is the plain one, `train.std(axis=0)`.",
            ),
            WrongAnswer(
                _by_range,
                "That brings the training pictures to 0 to 1, by smallest and greatest. Here it is by mean and deviation.",
            ),
            WrongAnswer(_no_mean, "The mean has to be taken off before you divide."),
            *(
                WrongAnswer(
                    _by_a_little_more(little),
                    f"You added {little:.0e} to each deviation. Where it is 0, that is all you divide by, and 1 becomes "
                    f"{1 / little:,.0f}. Put 1 there instead.",
                )
                for little in (1e-7, 1e-8)
            ),
            WrongAnswer(
                _constant_set_to_zero,
                "You set a feature to 0 that does not vary in training. Take its mean off there, too, and do not divide.",
            ),
            WrongAnswer(
                _constant_left_alone,
                "You left a feature as it was that does not vary in training. Take its mean off all the same.",
            ),
            WrongAnswer(_not_scaled, "The division by the standard deviation is missing."),
            WrongAnswer(
                _divided_by_nothing,
                "A feature that is the same in all training pictures has the deviation 0. Do not divide there.",
            ),
        ),
    ),
]
