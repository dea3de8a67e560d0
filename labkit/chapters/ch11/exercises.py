"""Exercises of chapter 11, fine-tuning."""

import numpy as np

from labkit.course.exercises import Exercise, WrongAnswer

# ── Exercise 1 ────────────────────────────────────────────────────────────────────────────────────────────────────


def tensors_to_tune(layers, first):
    """Count the weight tensors that are tuned from a layer on.

    `layers` is a list of pairs (name, number of weight tensors), in the
    order of the network. Everything before the layer called `first` is
    frozen; that layer and all after it are tuned. Return a number.
    """
    names = [name for name, _ in layers]
    start = names.index(first)
    return sum(tensors for _, tensors in layers[start:])


def _without_the_first(layers, first):
    names = [name for name, _ in layers]
    return sum(tensors for _, tensors in layers[names.index(first) + 1 :])


def _the_frozen_ones(layers, first):
    names = [name for name, _ in layers]
    return sum(tensors for _, tensors in layers[: names.index(first)])


def _layers_not_tensors(layers, first):
    names = [name for name, _ in layers]
    return len(layers) - names.index(first)


def _layers_with_weights(layers, first):
    names = [name for name, _ in layers]
    return sum(tensors > 0 for _, tensors in layers[names.index(first) :])


def _that_layer_only(layers, first):
    return dict(layers)[first]


def _all_tensors(layers, first):
    return sum(tensors for _, tensors in layers)


def _networks():
    small = [("conv1", 2), ("pool", 0), ("conv2", 2), ("dense", 2)]
    vgg_end = [("block4_conv3", 2), ("block4_pool", 0)]
    vgg_end += [(f"block5_conv{number}", 2) for number in (1, 2, 3)]
    vgg_end += [("block5_pool", 0), ("flatten", 0), ("dense_1", 2), ("dense_2", 2)]
    without_bias = [("conv1", 1), ("batch_norm", 4), ("conv2", 1), ("dense", 2), ("softmax", 0)]
    return [(small, "conv2"), (vgg_end, "block5_conv1"), (vgg_end, "flatten"), (without_bias, "conv2")]


# ── Exercise 2 ────────────────────────────────────────────────────────────────────────────────────────────────────


def gradient_to_features(features, weights, bias, label):
    """Compute what the head sends back to the features it was given.

    `features` and `weights` are arrays of shape (n,), `bias` a number.
    The head says p = sigmoid(sum of features times weights, plus bias).
    The loss is the cross-entropy with the `label`, 0 or 1. Return the
    derivative of the loss with respect to each feature, shape (n,).
    """
    score = np.sum(features * weights) + bias
    p = 1 / (1 + np.exp(-score))
    return (p - label) * weights


def _to_the_weights(features, weights, bias, label):
    return (_chance(features, weights, bias) - label) * features


def _downhill(features, weights, bias, label):
    return (label - _chance(features, weights, bias)) * weights


def _error_only(features, weights, bias, label):
    return _chance(features, weights, bias) - label


def _score_for_chance(features, weights, bias, label):
    return (np.sum(features * weights) + bias - label) * weights


def _no_bias(features, weights, bias, label):
    return (_chance(features, weights, 0) - label) * weights


def _through_the_sigmoid_again(features, weights, bias, label):
    p = _chance(features, weights, bias)
    return (p - label) * p * (1 - p) * weights


def _label_forgotten(features, weights, bias, label):
    return _chance(features, weights, bias) * weights


def _always_a_dog(features, weights, bias, label):
    return (_chance(features, weights, bias) - 1) * weights


def _chance(features, weights, bias):
    return 1 / (1 + np.exp(-(np.sum(np.asarray(features) * weights) + bias)))


def _heads():
    random = np.random.default_rng(11)
    return [
        (np.array([1.0, 2.0]), np.array([2.0, -1.0]), 0.0, 1),
        (np.array([1.0, 2.0]), np.array([2.0, -1.0]), 3.0, 1),
        (random.uniform(0, 2, 6), random.normal(size=6), -0.5, 0),
    ]


# ── Exercise 3 ────────────────────────────────────────────────────────────────────────────────────────────────────


def averages_after(batch, moving_mean, moving_variance, momentum):
    """Say what batch normalization remembers after one training batch.

    `batch` holds the numbers of one channel. It keeps the share
    `momentum` of its two moving averages and takes the rest from the
    mean and the variance of the batch (the mean of the squared distances
    from the batch's mean). Return the two new averages (mean, variance).
    """
    rest = 1 - momentum
    mean = momentum * moving_mean + rest * np.mean(batch)
    variance = momentum * moving_variance + rest * np.var(batch)
    return mean, variance


def _momentum_exchanged(batch, moving_mean, moving_variance, momentum):
    return averages_after(batch, moving_mean, moving_variance, 1 - momentum)


def _of_this_batch(batch, moving_mean, moving_variance, momentum):
    return float(np.mean(batch)), float(np.var(batch))


def _deviation(batch, moving_mean, moving_variance, momentum):
    mean, _ = averages_after(batch, moving_mean, moving_variance, momentum)
    return mean, momentum * moving_variance + (1 - momentum) * np.std(batch)


def _sample_variance(batch, moving_mean, moving_variance, momentum):
    mean, _ = averages_after(batch, moving_mean, moving_variance, momentum)
    return mean, momentum * moving_variance + (1 - momentum) * np.var(batch, ddof=1)


def _about_the_moving_mean(batch, moving_mean, moving_variance, momentum):
    mean, _ = averages_after(batch, moving_mean, moving_variance, momentum)
    squares = np.mean((np.asarray(batch) - moving_mean) ** 2)
    return mean, momentum * moving_variance + (1 - momentum) * squares


def _added_up(batch, moving_mean, moving_variance, momentum):
    return moving_mean + (1 - momentum) * np.mean(batch), moving_variance + (1 - momentum) * np.var(batch)


def _variance_left(batch, moving_mean, moving_variance, momentum):
    mean, _ = averages_after(batch, moving_mean, moving_variance, momentum)
    return mean, moving_variance


def _about_the_new_mean(batch, moving_mean, moving_variance, momentum):
    mean, _ = averages_after(batch, moving_mean, moving_variance, momentum)
    squares = np.mean((np.asarray(batch) - mean) ** 2)
    return mean, momentum * moving_variance + (1 - momentum) * squares


def _exchanged(batch, moving_mean, moving_variance, momentum):
    mean, variance = averages_after(batch, moving_mean, moving_variance, momentum)
    return variance, mean


def _unchanged(batch, moving_mean, moving_variance, momentum):
    return moving_mean, moving_variance


def _batches():
    random = np.random.default_rng(3)
    return [
        (np.array([2.0, 4.0, 6.0, 8.0]), 0.0, 1.0, 0.9),
        (np.array([1.0, 1.0, 1.0]), 1.0, 2.0, 0.5),
        (random.normal(3, 2, 8), 1.5, 4.0, 0.99),
    ]


# ── Exercise 4 ────────────────────────────────────────────────────────────────────────────────────────────────────


def answer_or_not(chances, sure):
    """Let the network say cat, dog, or nothing at all.

    `chances` is a list of its outputs, each the probability of a dog.
    Return a list of the same length: "dog" where that probability is at
    least `sure`, "cat" where the probability of a cat is at least
    `sure`, and "not sure" elsewhere.
    """
    answers = []
    for dog in chances:
        if dog >= sure:
            answers.append("dog")
        elif 1 - dog >= sure:
            answers.append("cat")
        else:
            answers.append("not sure")
    return answers


def _dogs_only(chances, sure):
    return ["dog" if dog >= sure else "not sure" for dog in chances]


def _always_something(chances, sure):
    return ["dog" if dog >= sure else "cat" for dog in chances]


def _half(chances, sure):
    return ["dog" if dog >= 0.5 else "cat" for dog in chances]


def _cat_below_a_half(chances, sure):
    return ["dog" if dog >= sure else "cat" if dog <= 0.5 else "not sure" for dog in chances]


def _names_exchanged(chances, sure):
    other = {"dog": "cat", "cat": "dog", "not sure": "not sure"}
    return [other[answer] for answer in answer_or_not(chances, sure)]


def _more_than(chances, sure):
    return ["dog" if dog > sure else "cat" if 1 - dog > sure else "not sure" for dog in chances]


def _ninety_whatever_is_asked(chances, sure):
    return answer_or_not(chances, 0.9)


def _outputs():
    return [([0.99, 0.5, 0.03], 0.9), ([0.75, 0.25, 0.74, 0.26], 0.75), ([0.6, 0.4, 0.999, 0.001, 0.9], 0.95)]


EXERCISES = [
    Exercise(
        id="11-tensors-to-tune",
        title="What will be tuned?",
        prompt=(
            "Write `tensors_to_tune(layers, first)`. By hand first: a network has `conv1` (2 tensors), `pool` (0), `conv2` "
            "(2) and `dense` (2). How many are tuned from `conv2` on? And how many of VGG16 with its head, from `flatten` "
            "on?"
        ),
        solution=tensors_to_tune,
        hints=(
            "Go through the list from the layer `first` to the end, and add up the second numbers.",
            "`[name for name, tensors in layers].index(first)` is the place where to begin.",
            "A slice with that start, `layers[start:]`, includes the layer at `start`.",
        ),
        inputs=_networks,
        wrong_answers=(
            WrongAnswer(_without_the_first, "The layer called `first` is tuned as well; you began after it."),
            WrongAnswer(_the_frozen_ones, "These are the tensors before that layer: the frozen ones."),
            WrongAnswer(
                _layers_not_tensors,
                "You counted layers. Add up their tensors: a pooling layer has none, a convolution with a bias two.",
            ),
            WrongAnswer(_layers_with_weights, "You counted the layers that have weights. Add up their tensors."),
            WrongAnswer(_that_layer_only, "Those are the tensors of the one layer. All after it are tuned, too."),
            WrongAnswer(_all_tensors, "That is every tensor of the network. What is before `first` is frozen."),
        ),
    ),
    Exercise(
        id="11-gradient-to-features",
        title="What the head sends back",
        prompt=(
            "Write `gradient_to_features(features, weights, bias, label)`. By hand first: features 1 and 2, weights 2 and "
            "−1, bias 0, label 1. What is p, and what is the gradient?"
        ),
        solution=gradient_to_features,
        hints=(
            "Score first: features times weights, summed, plus bias. Then p = 1 / (1 + e^(−score)).",
            "With cross-entropy, the derivative of the loss with respect to the score is simply p − label.",
            "Each feature enters the score multiplied by its weight, so its derivative is (p − label) · weight.",
        ),
        inputs=_heads,
        wrong_answers=(
            WrongAnswer(
                _to_the_weights,
                "That is the gradient for the head's own weights, (p − label) · feature. Asked for is the one that goes "
                "on, to the features.",
            ),
            WrongAnswer(
                _downhill, "The sign is turned about: that is the way downhill, and the gradient points uphill."
            ),
            WrongAnswer(_error_only, "That is p − label, one number. Each feature gets it times its own weight."),
            WrongAnswer(
                _score_for_chance, "The sigmoid is missing: it is p, not the score, from which the label is taken."
            ),
            WrongAnswer(_no_bias, "Add the bias to the score."),
            WrongAnswer(
                _through_the_sigmoid_again,
                "p·(1 − p), the slope of the sigmoid, is in p − label already: in the cross-entropy's derivative it "
                "cancels.",
            ),
            WrongAnswer(_label_forgotten, "The label is missing: take it from p."),
            WrongAnswer(_always_a_dog, "p − 1 is right for a dog. For a cat the label is 0: take `label` from p."),
        ),
    ),
    Exercise(
        id="11-averages-after",
        title="What batch normalization remembers",
        prompt=(
            "Write `averages_after(batch, moving_mean, moving_variance, momentum)`. The first check is the four numbers of "
            "the text."
        ),
        solution=averages_after,
        hints=(
            "Both averages change in the same way: a share of the old one, and the rest of the batch's.",
            "`momentum * moving_mean + (1 - momentum) * np.mean(batch)`; the variance likewise, with `np.var`.",
        ),
        inputs=_batches,
        wrong_answers=(
            WrongAnswer(
                _momentum_exchanged, "The shares are exchanged: with a momentum of 0.9 nine tenths of the old stay."
            ),
            WrongAnswer(_of_this_batch, "These are the batch's own. Only a part of them goes into the averages."),
            WrongAnswer(_deviation, "That is the standard deviation; the average of the variance was asked for."),
            WrongAnswer(_sample_variance, "Divide the squares by their number, not by one less."),
            WrongAnswer(
                _about_the_moving_mean, "The variance is taken about the mean of the batch, not about the moving mean."
            ),
            WrongAnswer(
                _about_the_new_mean, "The variance is taken about the mean of the batch, not about the new moving mean."
            ),
            WrongAnswer(_variance_left, "The mean is right. The variance moves in the same way."),
            WrongAnswer(_exchanged, "The mean comes first, then the variance."),
            WrongAnswer(_added_up, "Of the old averages only the share `momentum` stays."),
            WrongAnswer(
                _unchanged, "These are the old averages. That is what a frozen layer keeps; this one is in training."
            ),
        ),
    ),
    Exercise(
        id="11-answer-or-not",
        title="Cat, dog, or no answer",
        prompt=(
            "Write `answer_or_not(chances, sure)`. The first check: the network gives 0.99, 0.5 and 0.03. How sure is it of "
            "a cat in the third picture?"
        ),
        solution=answer_or_not,
        hints=(
            "The probability of a cat is what is missing to 1.",
            "Three cases for each number: `dog >= sure`, `1 - dog >= sure`, and all the rest.",
        ),
        inputs=_outputs,
        wrong_answers=(
            WrongAnswer(_dogs_only, "You never say cat. A small probability of a dog is a large one of a cat."),
            WrongAnswer(
                _always_something,
                "What is not surely a dog is not surely a cat. For a cat, compare 1 − dog with `sure`; all the rest is the "
                "third answer.",
            ),
            WrongAnswer(_half, "You took the more probable of the two. Say so only where it reaches `sure`."),
            WrongAnswer(
                _cat_below_a_half, "A cat, too, has to be as sure as `sure`: compare 1 − dog with it, not with a half."
            ),
            WrongAnswer(_names_exchanged, "Cat and dog are exchanged: the number is the probability of a dog."),
            WrongAnswer(_more_than, "At least `sure` was asked for: exactly that much is enough."),
            WrongAnswer(_ninety_whatever_is_asked, "Use the argument `sure`; it is not always 0.9."),
        ),
    ),
]
