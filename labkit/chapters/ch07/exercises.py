"""Exercises of chapter 7, Fashion-MNIST."""

import numpy as np

from labkit.course.exercises import Exercise, WrongAnswer

# ── Exercise 1 ────────────────────────────────────────────────────────────────────────────────────────────────────


def hold_out(labels, per_class):
    """Set pictures aside for validation: the first few of each class.

    `labels` is an array of class numbers, `per_class` how many of each
    class to set aside. Return two arrays of indices into `labels`, each
    in rising order: those to train on, and those to validate on.
    """
    chosen = []
    for number in np.unique(labels):
        chosen.extend(np.flatnonzero(labels == number)[:per_class])
    validate = np.sort(chosen)
    train = np.setdiff1d(np.arange(len(labels)), validate)
    return train, validate


def _validation_in_training(labels, per_class):
    return np.arange(len(labels)), hold_out(labels, per_class)[1]


def _first_of_all(labels, per_class):
    count = per_class * len(np.unique(labels))
    return np.arange(count, len(labels)), np.arange(count)


def _exchanged(labels, per_class):
    return hold_out(labels, per_class)[::-1]


def _last_of_each(labels, per_class):
    chosen = [np.flatnonzero(labels == number)[-per_class:] for number in np.unique(labels)]
    validate = np.sort(np.concatenate(chosen))
    return np.setdiff1d(np.arange(len(labels)), validate), validate


def _class_by_class(labels, per_class):
    validate = np.concatenate([np.flatnonzero(labels == number)[:per_class] for number in np.unique(labels)])
    return np.setdiff1d(np.arange(len(labels)), validate), validate


def _yes_or_no_for_each(labels, per_class):
    validate = np.isin(np.arange(len(labels)), hold_out(labels, per_class)[1])
    return ~validate, validate


def _labels_instead(labels, per_class):
    train, validate = hold_out(labels, per_class)
    return labels[train], labels[validate]


def _both_parts(parts, labels, per_class):
    """your two arrays, written one after the other with −1 between them"""
    if len(parts) != 2:
        raise ValueError(f"two arrays should come, and {len(parts)} came")
    train, validate = parts
    if np.ndim(train) != 1 or np.ndim(validate) != 1:
        raise ValueError("two arrays should come, those to train on and those to validate on")
    return [*np.asarray(train).tolist(), -1, *np.asarray(validate).tolist()]


def _label_lists():
    return [
        (np.array([0, 0, 1, 1, 0, 1]), 1),
        (np.array([2, 2, 2, 0, 1, 1, 0, 2, 1, 0]), 2),
    ]


# ── Exercise 2 ────────────────────────────────────────────────────────────────────────────────────────────────────


def conv_parameters(kernel, channels, filters):
    """Count the parameters of a convolutional layer.

    Its kernels are `kernel` × `kernel`, its input has `channels`
    channels, and it has `filters` filters with a bias each.
    """
    return (kernel * kernel * channels + 1) * filters


def _without_bias(kernel, channels, filters):
    return kernel * kernel * channels * filters


def _one_bias(kernel, channels, filters):
    return kernel * kernel * channels * filters + 1


def _without_channels(kernel, channels, filters):
    return (kernel * kernel + 1) * filters


def _weights_of_one_filter(kernel, channels, filters):
    return kernel * kernel * channels + filters


def _bias_a_kernel(kernel, channels, filters):
    return (kernel * kernel + 1) * channels * filters


# ── Exercise 3 ────────────────────────────────────────────────────────────────────────────────────────────────────


def cross_entropy(logits, label):
    """Compute the loss of one picture.

    `logits` is an array of scores, one a class; `label` is the number
    of the right class. Return minus the natural logarithm of the
    probability that softmax gives to that class.
    """
    # Subtracting changes no probability, and np.exp cannot overflow.
    shifted = logits - logits.max()
    probabilities = np.exp(shifted) / np.exp(shifted).sum()
    return -np.log(probabilities[label])


def _without_softmax(logits, label):
    return -logits[label]


def _without_minus(logits, label):
    return -cross_entropy(logits, label)


def _probability_itself(logits, label):
    return np.exp(-cross_entropy(logits, label))


def _base_two(logits, label):
    return cross_entropy(logits, label) / np.log(2)


def _base_ten(logits, label):
    return cross_entropy(logits, label) / np.log(10)


def _overflowing(logits, label):
    with np.errstate(all="ignore"):
        return -np.log(np.exp(logits)[label] / np.exp(logits).sum())


def _overflowing_sum(logits, label):
    with np.errstate(all="ignore"):
        return np.log(np.exp(logits).sum()) - logits[label]


def _less_the_mean(logits, label):
    return _overflowing(logits - logits.mean(), label)


def _loss_of_the_winner(logits, label):
    return cross_entropy(logits, logits.argmax())


def _loss_of_the_first(logits, label):
    return cross_entropy(logits, 0)


def _all_losses(logits, label):
    return np.array([cross_entropy(logits, number) for number in range(len(logits))])


def _chance_of_a_mistake(logits, label):
    return 1 - np.exp(-cross_entropy(logits, label))


def _score_lists():
    # The last cannot be saved by subtracting the mean, or the least score, in place of the greatest.
    return [
        (np.array([2.0, 1.0, 0.0]), 0),
        (np.array([1.0, 0.5, 2.0]), 1),
        (np.zeros(10), 3),
        (np.array([1000.0, 999.0, 998.0]), 1),
        (np.array([2000.0, 0.0, 0.0]), 0),
    ]


# ── Exercise 4 ────────────────────────────────────────────────────────────────────────────────────────────────────


def confusion(labels, predictions, classes):
    """Make a confusion matrix.

    `labels` holds the true class numbers and `predictions` what the
    network said. Return an array of shape (classes, classes) whose entry
    [i, j] counts the pictures of class i that were called class j.
    """
    matrix = np.zeros((classes, classes), dtype=int)
    for label, prediction in zip(labels, predictions):
        matrix[label, prediction] += 1
    return matrix


def _rows_are_predictions(labels, predictions, classes):
    return confusion(predictions, labels, classes)


def _only_yes_or_no(labels, predictions, classes):
    return (confusion(labels, predictions, classes) > 0).astype(int)


def _rows_that_are_one(labels, predictions, classes):
    return np.tile(confusion(labels, predictions, classes).sum(axis=0), (classes, 1))


def _only_classes_that_occur(labels, predictions, classes):
    matrix = confusion(labels, predictions, classes)
    present = np.union1d(labels, predictions)
    return matrix[np.ix_(present, present)]


def _shares(labels, predictions, classes):
    matrix = confusion(labels, predictions, classes)
    return matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)


def _mistakes_only(labels, predictions, classes):
    matrix = confusion(labels, predictions, classes)
    return matrix - np.diag(np.diag(matrix))


def _said_and_true():
    return [
        (np.array([0, 0, 1, 1, 1]), np.array([0, 1, 1, 1, 1]), 2),
        (np.array([2, 0, 2, 1, 3]), np.array([1, 0, 1, 1, 2]), 4),
        (np.array([0, 0, 1]), np.array([0, 1, 1]), 3),  # nobody has class 2, and its row is there all the same
    ]


EXERCISES = [
    Exercise(
        id="07-hold-out",
        title="Set pictures aside",
        prompt=(
            "Write `hold_out(labels, per_class)`, which splits training pictures into those to train on and those to "
            "validate on. By hand first: in the labels `[0, 0, 1, 1, 0, 1]`, which two indices are the first of each "
            "class, and which four are left?"
        ),
        solution=hold_out,
        hints=(
            "Work on one class at a time: where in `labels` is it?",
            "`np.flatnonzero(labels == number)` gives the indices of one class, in rising order; a slice takes the "
            "first few of them.",
            "The indices to train on are all those that were not chosen: `np.setdiff1d(np.arange(len(labels)), chosen)`.",
        ),
        inputs=_label_lists,
        judge=_both_parts,
        wrong_answers=(
            WrongAnswer(
                _validation_in_training,
                "You still train on the pictures that you set aside. What has been trained on cannot measure anything.",
            ),
            WrongAnswer(
                _first_of_all,
                "You took the first pictures whatever their class. Take the same number of each class, or a rare class "
                "may not be measured at all.",
            ),
            WrongAnswer(_exchanged, "The two parts are exchanged: first those to train on, then those to validate on."),
            WrongAnswer(_last_of_each, "You took the last few of each class; the first few were asked for."),
            WrongAnswer(
                _class_by_class, "The right pictures, class after class. Put each part in rising order: np.sort."
            ),
            WrongAnswer(
                _yes_or_no_for_each,
                "These are masks, true or false for each picture. np.flatnonzero gives the indices.",
            ),
            WrongAnswer(_labels_instead, "These are labels. Return where they stand: indices into `labels`."),
        ),
    ),
    Exercise(
        id="07-conv-parameters",
        title="Count a layer",
        prompt=(
            "Write `conv_parameters(kernel, channels, filters)`. The first check is `conv1` of the table above; you have "
            "its 320 to compare with."
        ),
        solution=conv_parameters,
        hints=(
            "How many weights has one filter? It has a kernel for each channel of its input.",
            "To the weights of one filter comes one bias. Then there are `filters` of them.",
        ),
        inputs=lambda: [(3, 1, 32), (3, 32, 64), (5, 3, 10)],
        wrong_answers=(
            WrongAnswer(_without_bias, "The biases are missing: one for each filter."),
            WrongAnswer(_one_bias, "The layer has one bias for each filter, not one for all."),
            WrongAnswer(
                _without_channels,
                "A filter has a kernel for EACH channel of its input. With one channel that makes no difference; with 32 "
                "it does.",
            ),
            WrongAnswer(
                _weights_of_one_filter, "A bias for each filter, but the weights of one filter only: each has its own."
            ),
            WrongAnswer(_bias_a_kernel, "A filter has one bias for its whole stack of kernels, not one a kernel."),
        ),
    ),
    Exercise(
        id="07-cross-entropy",
        title="The loss of one picture",
        prompt=(
            "Write `cross_entropy(logits, label)` in NumPy. The first check is the example above. Others have scores of "
            "1,000 and more: think of what `np.exp(1000)` gives, and of what may be subtracted from all scores without "
            "changing any probability."
        ),
        solution=cross_entropy,
        hints=(
            "First softmax: `np.exp` of every score, divided by the sum of them all. Then the logarithm.",
            "`np.exp(1000)` is infinite to a computer. Softmax does not change when the same number is subtracted from "
            "all scores, so subtract the greatest.",
            "Minus `np.log` of the probability at index `label`.",
        ),
        inputs=_score_lists,
        wrong_answers=(
            WrongAnswer(_without_softmax, "That is minus the score. Turn the scores into probabilities first."),
            WrongAnswer(_without_minus, "The sign: the logarithm of a probability is negative, a loss is positive."),
            WrongAnswer(_probability_itself, "That is the probability; the loss is minus its logarithm."),
            WrongAnswer(
                _loss_of_the_winner, "That is the loss of the greatest score, whichever class is the right one."
            ),
            WrongAnswer(_loss_of_the_first, "That is the loss of class 0, whatever the label."),
            WrongAnswer(_all_losses, "That is a loss for each class. Pick the one of the right class."),
            WrongAnswer(
                _chance_of_a_mistake, "That is the chance of a mistake, 1 − p. The loss is minus the logarithm of p."
            ),
            WrongAnswer(_base_two, "You took the logarithm to base 2; the natural one was asked for, np.log."),
            WrongAnswer(_base_ten, "You took the logarithm to base 10; the natural one was asked for, np.log."),
            WrongAnswer(
                _overflowing,
                "Right, but for large scores: np.exp overflows. Subtract the greatest score from all of them first.",
            ),
            WrongAnswer(
                _overflowing_sum,
                "ln of the sum, minus the score: a good short cut. But the sum overflows for large scores; subtract the "
                "greatest score from all of them first.",
            ),
            WrongAnswer(
                _less_the_mean,
                "Nearly: with the mean subtracted, one score can still be large. Subtract the greatest instead.",
            ),
        ),
    ),
    Exercise(
        id="07-confusion",
        title="Make a confusion matrix",
        prompt=(
            "Write `confusion(labels, predictions, classes)`. By hand first: the labels `[0, 0, 1, 1, 1]` with the "
            "predictions `[0, 1, 1, 1, 1]` make a matrix of two rows."
        ),
        solution=confusion,
        hints=(
            "Start from zeros of shape `(classes, classes)`, of integers.",
            "Go through labels and predictions together with `zip`, and add 1 in one place for each pair.",
            "The place is `[label, prediction]`: the row is what it is, the column what the network said.",
        ),
        inputs=_said_and_true,
        wrong_answers=(
            WrongAnswer(
                _rows_are_predictions, "Rows and columns are exchanged: row = true class, column = what was said."
            ),
            WrongAnswer(
                _only_yes_or_no,
                "A pair that occurs several times is counted once. Add 1 for each; and note that "
                "matrix[labels, predictions] += 1 adds only once to a place: use a loop.",
            ),
            WrongAnswer(
                _rows_that_are_one,
                "Every row holds the counts of all classes. [[0] * n] * n makes one row and shows it n times; np.zeros "
                "makes n rows.",
            ),
            WrongAnswer(
                _only_classes_that_occur, "The shape is (classes, classes), also where a class does not occur."
            ),
            WrongAnswer(_shares, "These are shares of the rows. Counts were asked for."),
            WrongAnswer(_mistakes_only, "The right answers are missing: they belong on the diagonal."),
        ),
    ),
]
