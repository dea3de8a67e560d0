"""Exercises of chapter 11, fine-tuning."""

import numpy as np

from labkit.course.exercises import Exercise


def tensors_to_tune(layers, first):
    """Count the weight tensors that are tuned from a layer on.

    `layers` is a list of pairs (name, number of weight tensors), in the
    order of the network. Everything before the layer called `first` is
    frozen; that layer and all after it are tuned. Return a number.
    """
    names = [name for name, _ in layers]
    start = names.index(first)
    return sum(tensors for _, tensors in layers[start:])


def _networks():
    small = [("conv1", 2), ("pool", 0), ("conv2", 2), ("dense", 2)]
    vgg_end = [("block4_conv3", 2), ("block4_pool", 0)]
    vgg_end += [(f"block5_conv{number}", 2) for number in (1, 2, 3)]
    vgg_end += [("block5_pool", 0), ("flatten", 0), ("dense_1", 2), ("dense_2", 2)]
    without_bias = [("conv1", 1), ("batch_norm", 4), ("conv2", 1), ("dense", 2), ("softmax", 0)]
    # Names that begin and end like the one that is meant.
    alike = [("first_dense", 1), ("dense_bottleneck", 2), ("pool", 0), ("dense", 2), ("dense_2", 2)]
    return [
        (small, "conv2"),
        (vgg_end, "block5_conv1"),
        (vgg_end, "flatten"),
        (without_bias, "conv2"),
        (alike, "dense"),
    ]


tuning = Exercise(
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
    mistakes={
        "The layer called `first` is tuned as well; you began after it.": (
            lambda layers, first: tensors_to_tune(layers, first) - dict(layers)[first]
        ),
        "These are the tensors before that layer: the frozen ones.": (
            lambda layers, first: sum(dict(layers).values()) - tensors_to_tune(layers, first)
        ),
        "You counted layers. Add up their tensors: a pooling layer has none, a convolution with a bias two.": (
            lambda layers, first: tensors_to_tune([(name, 1) for name, _ in layers], first)
        ),
        "You counted the layers that have weights. Add up their tensors.": (
            lambda layers, first: tensors_to_tune([(name, tensors > 0) for name, tensors in layers], first)
        ),
        "Another layer has `first` within a longer name. Compare whole names, with ==.": (
            lambda layers, first: tensors_to_tune(layers, next(name for name, _ in layers if first in name))
        ),
        "Another layer has a name that only begins like `first`. Compare whole names, with ==.": (
            lambda layers, first: tensors_to_tune(layers, next(name for name, _ in layers if name.startswith(first)))
        ),
    },
)


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


def _chance(features, weights, bias):
    return 1 / (1 + np.exp(-(features @ weights + bias)))


def _heads():
    random = np.random.default_rng(11)
    return [
        (np.array([1.0, 2.0]), np.array([2.0, -1.0]), 0.0, 1),
        (np.array([1.0, 2.0]), np.array([2.0, -1.0]), 3.0, 1),
        (random.uniform(0, 2, 6), random.normal(size=6), -0.5, 0),
    ]


sending_back = Exercise(
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
    mistakes={
        "That is the gradient for the head's own weights, (p − label) · feature. Asked for is the one that goes "
        "on, to the features.": lambda f, w, b, y: (_chance(f, w, b) - y) * f,
        "That is p − label, one number. Each feature gets it times its own weight.": (
            lambda f, w, b, y: _chance(f, w, b) - y
        ),
        "The sigmoid is missing: it is p, not the score, from which the label is taken.": (
            lambda f, w, b, y: (f @ w + b - y) * w
        ),
        "Add the bias to the score.": lambda f, w, b, y: gradient_to_features(f, w, 0, y),
        "p·(1 − p), the slope of the sigmoid, is in p − label already: in the cross-entropy's derivative it "
        "cancels.": lambda f, w, b, y: gradient_to_features(f, w, b, y) * _chance(f, w, b) * (1 - _chance(f, w, b)),
        "p − 1 is right for a dog. For a cat the label is 0: take `label` from p.": (
            lambda f, w, b, y: gradient_to_features(f, w, b, 1)
        ),
        "Twice p − label comes of the squared error. The cross-entropy has no square, and its derivative no 2.": (
            lambda f, w, b, y: 2 * gradient_to_features(f, w, b, y)
        ),
    },
)


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


def _with_variance(measure):
    """An answer that is right but for how the variance of the batch is measured."""

    def answer(batch, moving_mean, moving_variance, momentum):
        mean, _ = averages_after(batch, moving_mean, moving_variance, momentum)
        return mean, momentum * moving_variance + (1 - momentum) * measure(batch, moving_mean)

    return answer


remembering = Exercise(
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
    inputs=lambda: [
        (np.array([2.0, 4.0, 6.0, 8.0]), 0.0, 1.0, 0.9),
        (np.array([1.0, 1.0, 1.0]), 1.0, 2.0, 0.5),
        (np.random.default_rng(3).normal(3, 2, 8), 1.5, 4.0, 0.99),
    ],
    mistakes={
        "The shares are exchanged: with a momentum of 0.9 nine tenths of the old stay.": (
            lambda batch, mean, variance, m: averages_after(batch, mean, variance, 1 - m)
        ),
        "These are the batch's own. Only a part of them goes into the averages.": (
            lambda batch, mean, variance, m: (np.mean(batch), np.var(batch))
        ),
        "That is the standard deviation; the average of the variance was asked for.": (
            _with_variance(lambda batch, moving_mean: np.std(batch))
        ),
        "Divide the squares by their number, not by one less.": (
            _with_variance(lambda batch, moving_mean: np.var(batch, ddof=1))
        ),
        "The variance is taken about the mean of the batch, not about the moving mean.": (
            _with_variance(lambda batch, moving_mean: np.mean((batch - moving_mean) ** 2))
        ),
        "The mean is right. The variance moves in the same way.": (
            lambda batch, mean, variance, m: (averages_after(batch, mean, variance, m)[0], variance)
        ),
        "These are the old averages. That is what a frozen layer keeps; this one is in training.": (
            lambda batch, mean, variance, m: (mean, variance)
        ),
    },
)


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


answering = Exercise(
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
    inputs=lambda: [
        ([0.99, 0.5, 0.03], 0.9),
        ([0.75, 0.25, 0.74, 0.26], 0.75),
        ([0.6, 0.4, 0.999, 0.001, 0.9], 0.95),
    ],
    mistakes={
        "You never say cat. A small probability of a dog is a large one of a cat.": (
            lambda chances, sure: ["dog" if dog >= sure else "not sure" for dog in chances]
        ),
        "What is not surely a dog is not surely a cat. For a cat, compare 1 − dog with `sure`; all the rest is the "
        "third answer.": lambda chances, sure: ["dog" if dog >= sure else "cat" for dog in chances],
        "You took the more probable of the two. Say so only where it reaches `sure`.": (
            lambda chances, sure: ["dog" if dog >= 0.5 else "cat" for dog in chances]
        ),
        "A cat, too, has to be as sure as `sure`: compare 1 − dog with it, not with a half.": (
            lambda chances, sure: ["dog" if dog >= sure else "cat" if dog <= 0.5 else "not sure" for dog in chances]
        ),
        "Cat and dog are exchanged: the number is the probability of a dog.": (
            lambda chances, sure: answer_or_not([1 - dog for dog in chances], sure)
        ),
        "At least `sure` was asked for: exactly that much is enough.": (
            lambda chances, sure: ["dog" if dog > sure else "cat" if 1 - dog > sure else "not sure" for dog in chances]
        ),
        'Where it is sure of neither, the answer is the text "not sure", not None.': (
            lambda chances, sure: [{"not sure": None}.get(word, word) for word in answer_or_not(chances, sure)]
        ),
    },
)

EXERCISES = [tuning, sending_back, remembering, answering]
