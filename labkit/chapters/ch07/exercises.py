"""Exercises of chapter 7, Fashion-MNIST."""

import numpy as np

from labkit.course.exercises import Exercise


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


def _both_parts(parts, labels, per_class):
    """your two arrays, written one after the other with −1 between them"""
    if len(parts) != 2:
        raise ValueError(f"two arrays should come, and {len(parts)} came")
    train, validate = parts
    if np.ndim(train) != 1 or np.ndim(validate) != 1:
        raise ValueError("two arrays should come, those to train on and those to validate on")
    return [*np.asarray(train).tolist(), -1, *np.asarray(validate).tolist()]


def _of_each_class(labels, few, classes):
    """Choose by a slice from each class, one class after the other."""
    validate = np.concatenate([np.flatnonzero(labels == number)[few] for number in classes])
    return np.setdiff1d(np.arange(len(labels)), validate), validate


def _first_of_all(labels, per_class):
    count = per_class * len(np.unique(labels))
    return np.arange(count, len(labels)), np.arange(count)


def _classes_from_zero(labels, per_class):
    train, validate = _of_each_class(labels, slice(per_class), range(len(np.unique(labels))))
    return train, np.sort(validate)


holding_out = Exercise(
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
    inputs=lambda: [
        (np.array([0, 0, 1, 1, 0, 1]), 1),
        (np.array([2, 2, 2, 0, 1, 1, 0, 2, 1, 0]), 2),
        (np.array([7, 7, 1, 4, 1, 7, 4, 4]), 1),  # only three of the classes, and not the first three
    ],
    mistakes={
        "You still train on the pictures that you set aside. What has been trained on cannot measure anything.": (
            lambda labels, per_class: (np.arange(len(labels)), hold_out(labels, per_class)[1])
        ),
        "You took the first pictures whatever their class. Take the same number of each class, or a rare class "
        "may not be measured at all.": _first_of_all,
        "You set aside `per_class` pictures in all. That many are to be set aside of each class.": (
            lambda labels, per_class: (np.arange(per_class, len(labels)), np.arange(per_class))
        ),
        "Classes need not be numbered 0, 1, 2 …: np.unique(labels) gives those that occur.": _classes_from_zero,
        "The two parts are exchanged: first those to train on, then those to validate on.": (
            lambda labels, per_class: hold_out(labels, per_class)[::-1]
        ),
        "The right pictures, class after class. Put each part in rising order: np.sort.": (
            lambda labels, per_class: _of_each_class(labels, slice(per_class), np.unique(labels))
        ),
        "These are masks, true or false for each picture. np.flatnonzero gives the indices.": (
            lambda labels, per_class: [np.isin(range(len(labels)), part) for part in hold_out(labels, per_class)]
        ),
        "These are labels. Return where they stand: indices into `labels`.": (
            lambda labels, per_class: [labels[part] for part in hold_out(labels, per_class)]
        ),
    },
    judge=_both_parts,
)


def conv_parameters(kernel, channels, filters):
    """Count the parameters of a convolutional layer.

    Its kernels are `kernel` × `kernel`, its input has `channels`
    channels, and it has `filters` filters with a bias each.
    """
    return (kernel * kernel * channels + 1) * filters


counting = Exercise(
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
    mistakes={
        "The biases are missing: one for each filter.": lambda k, c, f: k**2 * c * f,
        "The layer has one bias for each filter, not one for all.": lambda k, c, f: k**2 * c * f + 1,
        "A filter has a kernel for EACH channel of its input. With one channel that makes no difference; with 32 "
        "it does.": lambda k, c, f: (k**2 + 1) * f,
        "A bias for each filter, but the weights of one filter only: each has its own.": lambda k, c, f: k**2 * c + f,
        "A filter has one bias for its whole stack of kernels, not one a kernel.": lambda k, c, f: (k**2 + 1) * c * f,
        "Channels and filters are exchanged: the channels come in, and there are as many biases as filters.": (
            lambda k, c, f: conv_parameters(k, f, c)
        ),
    },
)


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


@np.errstate(all="ignore")
def _overflowing(logits, label):
    return -np.log(np.exp(logits)[label] / np.exp(logits).sum())


@np.errstate(all="ignore")
def _without_exponential(logits, label):
    return -np.log(logits[label] / logits.sum())


loss = Exercise(
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
    inputs=lambda: [
        (np.array([2.0, 1.0, 0.0]), 0),
        (np.array([1.0, 0.5, 2.0]), 1),
        (np.zeros(10), 3),
        (np.array([1000.0, 999.0, 998.0]), 1),
        # This one cannot be saved by subtracting the mean, or the least score, in place of the greatest.
        (np.array([2000.0, 0.0, 0.0]), 0),
    ],
    mistakes={
        "That is minus the score. Turn the scores into probabilities first.": lambda logits, label: -logits[label],
        "That is the probability; the loss is minus its logarithm.": (
            lambda logits, label: np.exp(-cross_entropy(logits, label))
        ),
        "That is the loss of the greatest score, whichever class is the right one.": (
            lambda logits, label: cross_entropy(logits, logits.argmax())
        ),
        "The scores themselves are divided by their sum. Take np.exp of each first; a score may be negative or 0.": (
            _without_exponential
        ),
        "You put the one score through a sigmoid. Softmax compares it with the scores of all the other classes.": (
            lambda logits, label: np.log1p(np.exp(-logits[label]))
        ),
        "You took the logarithm to base 2; the natural one was asked for, np.log.": (
            lambda logits, label: cross_entropy(logits, label) / np.log(2)
        ),
        "Right, but for large scores: np.exp overflows. Subtract the greatest score from all of them first.": (
            _overflowing
        ),
        "Nearly: with the mean subtracted, one score can still be large. Subtract the greatest instead.": (
            lambda logits, label: _overflowing(logits - logits.mean(), label)
        ),
    },
)


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


def _only_classes_that_occur(labels, predictions, classes):
    present = np.union1d(labels, predictions)
    return confusion(labels, predictions, classes)[np.ix_(present, present)]


def _shares(labels, predictions, classes):
    matrix = confusion(labels, predictions, classes)
    return matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)


confusing = Exercise(
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
    inputs=lambda: [
        (np.array([0, 0, 1, 1, 1]), np.array([0, 1, 1, 1, 1]), 2),
        (np.array([2, 0, 2, 1, 3]), np.array([1, 0, 1, 1, 2]), 4),
        (np.array([0, 0, 1]), np.array([0, 1, 1]), 3),  # nobody has class 2, and its row is there all the same
    ],
    mistakes={
        "Rows and columns are exchanged: row = true class, column = what was said.": (
            lambda labels, predictions, classes: confusion(predictions, labels, classes)
        ),
        "A pair that occurs several times is counted once. Add 1 for each; and note that "
        "matrix[labels, predictions] += 1 adds only once to a place: use a loop.": (
            lambda labels, predictions, classes: confusion(labels, predictions, classes) > 0
        ),
        "Every row holds the counts of all classes. [[0] * n] * n makes one row and shows it n times; np.zeros "
        "makes n rows.": (lambda labels, predictions, classes: [np.bincount(predictions, minlength=classes)] * classes),
        "The shape is (classes, classes), also where a class does not occur.": _only_classes_that_occur,
        "These are shares of the rows. Counts were asked for.": _shares,
    },
)

EXERCISES = [holding_out, counting, loss, confusing]
