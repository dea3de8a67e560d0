"""Exercises of chapter 5, a first convolutional network."""

import numpy as np

from labkit.course.exercises import Exercise, WrongAnswer

# ── Exercise 1 ────────────────────────────────────────────────────────────────────────────────────────────────────


def batch_loss(probabilities, labels):
    """Compute the loss of a batch: the mean of the losses of its pictures.

    `probabilities` has a row for each picture, with a probability for
    each class; `labels` holds the number of the right class of each.
    The loss of a picture is minus the natural logarithm of the
    probability of its right class.
    """
    losses = []
    for row, label in zip(probabilities, labels):
        losses.append(-np.log(row[label]))
    return np.mean(losses)


def _sum_of_losses(probabilities, labels):
    return batch_loss(probabilities, labels) * len(labels)


def _one_a_picture(probabilities, labels):
    return -np.log(probabilities[np.arange(len(labels)), labels])


def _log_of_the_mean(probabilities, labels):
    return -np.log(probabilities[np.arange(len(labels)), labels].mean())


def _of_the_greatest(probabilities, labels):
    return -np.log(probabilities.max(axis=1)).mean()


def _every_label_for_every_row(probabilities, labels):
    return -np.log(probabilities[:, labels]).mean()


def _loss_without_minus(probabilities, labels):
    return -batch_loss(probabilities, labels)


def _mean_of_all(probabilities, labels):
    return -np.log(probabilities).mean()


def _chance_of_mistake(probabilities, labels):
    return 1 - probabilities[np.arange(len(labels)), labels].mean()


def _base_2(probabilities, labels):
    return batch_loss(probabilities, labels) / np.log(2)


def _base_10(probabilities, labels):
    return batch_loss(probabilities, labels) / np.log(10)


def _over_the_classes(probabilities, labels):
    return batch_loss(probabilities, labels) * len(labels) / probabilities.shape[1]


def _only_the_first_picture(probabilities, labels):
    return batch_loss(probabilities[:1], labels[:1])


def _counts_classes_from_1(probabilities, labels):
    return batch_loss(probabilities, labels - 1)


def _weighted_by_the_probability(probabilities, labels):
    of_right = probabilities[np.arange(len(labels)), labels]
    return -(of_right * np.log(of_right)).mean()


def _batches():
    return [
        (np.array([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25]]), np.array([0, 2])),
        (np.array([[0.2, 0.7, 0.1]]), np.array([1])),
        (np.array([[0.6, 0.4], [0.1, 0.9], [0.8, 0.2]]), np.array([1, 1, 0])),
    ]


# ── Exercise 2 ────────────────────────────────────────────────────────────────────────────────────────────────────


def gradient_step(weight, inputs, targets, rate):
    """Return the weight after one step of gradient descent.

    The network is weight · x. Its loss on one pair of an input x and a
    target y is (weight · x − y) squared; the loss of the batch is the
    mean over all pairs. `rate` is the learning rate.
    """
    errors = weight * inputs - targets
    slope = np.mean(2 * inputs * errors)
    return weight - rate * slope


def _slope(weight, inputs, targets):
    return np.mean(2 * inputs * (weight * inputs - targets))


def _uphill(weight, inputs, targets, rate):
    return weight + rate * _slope(weight, inputs, targets)


def _the_slope_itself(weight, inputs, targets, rate):
    return _slope(weight, inputs, targets)


def _without_input(weight, inputs, targets, rate):
    return weight - rate * np.mean(2 * (weight * inputs - targets))


def _without_two(weight, inputs, targets, rate):
    return weight - rate * _slope(weight, inputs, targets) / 2


def _sum_over_the_batch(weight, inputs, targets, rate):
    return weight - rate * _slope(weight, inputs, targets) * len(inputs)


def _down_by_the_loss(weight, inputs, targets, rate):
    return weight - rate * np.mean((weight * inputs - targets) ** 2)


def _one_weight_a_pair(weight, inputs, targets, rate):
    return weight - rate * 2 * inputs * (weight * inputs - targets)


def _without_rate(weight, inputs, targets, rate):
    return weight - _slope(weight, inputs, targets)


def _only_the_move(weight, inputs, targets, rate):
    return -rate * _slope(weight, inputs, targets)


def _a_step_for_each_pair(weight, inputs, targets, rate):
    for pair in range(len(inputs)):
        weight = gradient_step(weight, inputs[pair], targets[pair], rate)
    return weight


def _only_the_first_pair(weight, inputs, targets, rate):
    return gradient_step(weight, inputs[:1], targets[:1], rate)


def _product_of_means(weight, inputs, targets, rate):
    return weight - rate * 2 * np.mean(inputs) * np.mean(weight * inputs - targets)


def _rate_times_slope(weight, inputs, targets, rate):
    return rate * _slope(weight, inputs, targets)


def _tiny_batches():
    return [
        (1.0, np.array([2.0]), np.array([6.0]), 0.1),
        (0.5, np.array([1.0, 3.0]), np.array([1.0, 0.0]), 0.05),
        (-2.0, np.array([0.5, -1.0, 2.0]), np.array([1.0, 1.0, 1.0]), 0.2),
    ]


# ── Exercise 3 ────────────────────────────────────────────────────────────────────────────────────────────────────


def stop_epoch(losses, patience):
    """Say after how many epochs early stopping ends the training.

    `losses` holds the validation loss after each epoch. Training ends
    once `patience` epochs in a row have not brought a loss lower than
    the lowest before them. If that never happens, all epochs are run.
    """
    lowest = np.inf
    waited = 0
    for epoch, loss in enumerate(losses, start=1):
        if loss < lowest:
            lowest = loss
            waited = 0
        else:
            waited += 1
        if waited == patience:
            return epoch
    return len(losses)


def _compares_with_the_last_epoch(losses, patience):
    waited = 0
    for epoch in range(1, len(losses)):
        waited = waited + 1 if losses[epoch] >= losses[epoch - 1] else 0
        if waited == patience:
            return epoch + 1
    return len(losses)


def _never_starts_again(losses, patience):
    lowest, waited = np.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        waited += loss >= lowest
        lowest = min(lowest, loss)
        if waited == patience:
            return epoch
    return len(losses)


def _counts_from_0(losses, patience):
    return stop_epoch(losses, patience) - 1


def _best_epoch_so_far(losses, patience):
    return int(np.argmin(losses[: stop_epoch(losses, patience)])) + 1


def _best_of_all(losses, patience):
    return int(np.argmin(losses)) + 1


def _one_epoch_too_long(losses, patience):
    return stop_epoch(losses, patience + 1)


def _first_rise(losses, patience):
    return stop_epoch(losses, 1)


def _an_equal_loss_counts_as_better(losses, patience):
    lowest, waited = np.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        waited = 0 if loss <= lowest else waited + 1
        lowest = min(lowest, loss)
        if waited == patience:
            return epoch
    return len(losses)


def _numbered_from_0(losses, patience):
    stopped = stop_epoch(
        [*losses, -np.inf], patience
    )  # one more, always lower: it tells stopping at the end from running out
    return len(losses) if stopped > len(losses) else stopped - 1


def _counts_rises(losses, patience):
    waited = 0
    for epoch in range(1, len(losses)):
        waited = waited + 1 if losses[epoch] > losses[epoch - 1] else 0
        if waited == patience:
            return epoch + 1
    return len(losses)


def _waits_from_the_best_of_all(losses, patience):
    return min(int(np.argmin(losses)) + 1 + patience, len(losses))


def _waits_in_the_first_epoch(losses, patience):
    return stop_epoch([losses[0], *losses], patience) - 1


def _never_stops(losses, patience):
    return len(losses)


def _nothing_at_the_end(losses, patience):
    stopped = stop_epoch([*losses, -np.inf], patience)
    return None if stopped > len(losses) else stopped


def _loss_lists():
    return [
        ([0.9, 0.5, 0.6, 0.7, 0.8], 2),
        ([0.9, 0.5, 0.7, 0.6, 0.55, 0.3, 0.2], 3),  # falls, but not below 0.5
        ([0.9, 0.8, 0.85, 0.7, 0.75, 0.6, 0.65, 0.5], 3),  # never three in a row
        ([0.6, 0.5, 0.5, 0.5, 0.4, 0.3], 2),
        ([0.3, 0.4, 0.5, 0.6, 0.2], 2),  # rises from the start
    ]


# ── Exercise 4 ────────────────────────────────────────────────────────────────────────────────────────────────────


def centre_of_mass(picture):
    """Find the centre of mass of a picture, as (row, column).

    `picture` is an array of shape (height, width); each pixel weighs as
    much as its value. The row is the mean of the row numbers, counted
    from 0, with these weights; the column likewise.
    """
    rows = np.arange(picture.shape[0])
    columns = np.arange(picture.shape[1])
    mass = picture.sum()
    row = (picture.sum(axis=1) * rows).sum() / mass
    column = (picture.sum(axis=0) * columns).sum() / mass
    return row, column


def _column_first(picture):
    return centre_of_mass(picture)[::-1]


def _every_ink_pixel_alike(picture):
    return centre_of_mass((picture > 0).astype(float))


def _middle_of_the_box(picture):
    rows, columns = np.nonzero(picture)
    return (rows.min() + rows.max()) / 2, (columns.min() + columns.max()) / 2


def _counted_from_1(picture):
    row, column = centre_of_mass(picture)
    return row + 1, column + 1


def _middle_of_the_picture(picture):
    return (picture.shape[0] - 1) / 2, (picture.shape[1] - 1) / 2


def _not_divided(picture):
    row, column = centre_of_mass(picture)
    return row * picture.sum(), column * picture.sum()


def _divided_by_the_pixels(picture):
    row, column = _not_divided(picture)
    return row / picture.size, column / picture.size


def _divided_by_the_length(picture):
    row, column = _not_divided(picture)
    return row / picture.shape[0], column / picture.shape[1]


def _rounded_down(picture):
    row, column = centre_of_mass(picture)
    return int(row), int(column)


def _rounded(picture):
    row, column = centre_of_mass(picture)
    return round(row), round(column)


def _small_pictures():
    return [
        (np.array([[0, 0, 0], [0, 3, 1]]),),
        (np.array([[0, 0, 0, 0], [0, 2, 0, 0], [0, 4, 6, 0], [0, 0, 0, 0], [0, 0, 8, 0]]),),
        (np.pad(np.array([[200.0, 50.0], [10.0, 120.0]]), ((3, 1), (1, 4))),),
    ]


EXERCISES = [
    Exercise(
        id="05-batch-loss",
        title="The loss of a batch",
        prompt=(
            "Write `batch_loss(probabilities, labels)`. By hand first: two pictures of three classes, with the "
            "probabilities `[0.5, 0.25, 0.25]` and `[0.25, 0.5, 0.25]`, and the labels 0 and 2. The losses are "
            "$-\\ln 0.5 = 0.693$ and $-\\ln 0.25 = 1.386$. What is their mean?"
        ),
        solution=batch_loss,
        hints=(
            "Go through pictures and labels together: `zip(probabilities, labels)`.",
            "Of each row only one number counts: the one at the place `label`.",
            "Take `-np.log` of it, and the mean of all at the end.",
        ),
        inputs=_batches,
        wrong_answers=(
            WrongAnswer(_sum_of_losses, "That is the sum of the losses. Divide by the number of pictures."),
            WrongAnswer(_one_a_picture, "A loss for each picture: right. Now their mean."),
            WrongAnswer(_log_of_the_mean, "First the logarithm of each probability, then the mean; the order matters."),
            WrongAnswer(
                _of_the_greatest, "You took the greatest probability of each row; take that of the right class."
            ),
            WrongAnswer(
                _every_label_for_every_row,
                "probabilities[:, labels] takes every label for every picture. Each picture has its own.",
            ),
            WrongAnswer(_loss_without_minus, "The sign: the logarithm of a probability is negative, a loss positive."),
            WrongAnswer(_mean_of_all, "You averaged over all classes. Only the right class of each picture counts."),
            WrongAnswer(_chance_of_mistake, "That is 1 − p. The loss is minus the logarithm of p."),
            WrongAnswer(_base_2, "You took the logarithm to base 2; the natural one was asked for, np.log."),
            WrongAnswer(_base_10, "You took the logarithm to base 10; the natural one was asked for, np.log."),
            WrongAnswer(_over_the_classes, "Divide the sum by the number of pictures, not by the number of classes."),
            WrongAnswer(
                _only_the_first_picture, "That is the loss of the first picture alone. Is a return in the loop?"
            ),
            WrongAnswer(_counts_classes_from_1, "You took the class before the right one: classes are counted from 0."),
            WrongAnswer(
                _weighted_by_the_probability,
                "That is −p · log p. The loss of a picture is −log p alone: nothing multiplies it.",
            ),
        ),
    ),
    Exercise(
        id="05-gradient-step",
        title="One step downhill",
        prompt=(
            "Write `gradient_step(weight, inputs, targets, rate)`: the step worked above, for a batch of pairs. The first "
            "check is the example above; the others have several pairs."
        ),
        solution=gradient_step,
        hints=(
            "The error of a pair is weight · x − y, the slope 2 · x · error.",
            "The loss is a mean over the batch, and so is its slope.",
            "Downhill is against the slope: `weight - rate * slope`.",
        ),
        inputs=_tiny_batches,
        wrong_answers=(
            WrongAnswer(
                _uphill,
                "That step goes uphill. Two signs matter: the error is answer minus target, and the slope is subtracted.",
            ),
            WrongAnswer(_the_slope_itself, "That is the slope. The new weight was asked for."),
            WrongAnswer(_without_input, "The slope lacks a factor x: a large input makes the weight count for more."),
            WrongAnswer(_without_two, "The slope lacks the factor 2, from the square."),
            WrongAnswer(_sum_over_the_batch, "The loss is a mean over the batch; you took the sum of the slopes."),
            WrongAnswer(_down_by_the_loss, "You subtracted the loss. What is subtracted is its slope."),
            WrongAnswer(_one_weight_a_pair, "A weight for each pair came out. Take the mean of the slopes first."),
            WrongAnswer(_without_rate, "The learning rate is missing: it scales the step."),
            WrongAnswer(_only_the_move, "That is by how much the weight moves. Add the weight from before."),
            WrongAnswer(_rate_times_slope, "That is rate times slope. Subtract it from the weight from before."),
            WrongAnswer(
                _a_step_for_each_pair, "You took a step for each pair. A batch gives one mean slope, and one step."
            ),
            WrongAnswer(_only_the_first_pair, "Only the first pair counts here. Take the mean over all pairs."),
            WrongAnswer(
                _product_of_means,
                "You multiplied the mean input by the mean error. Multiply pair by pair, then take the mean.",
            ),
        ),
    ),
    Exercise(
        id="05-centre-of-mass",
        title="The middle of a digit",
        prompt=(
            "Write `centre_of_mass(picture)`. By hand first: in a picture of two rows, `[0, 0, 0]` and `[0, 3, 1]`, the "
            "pixel in column 1 weighs three times as much as the one in column 2. Where is their centre?"
        ),
        solution=centre_of_mass,
        hints=(
            "How much does each row weigh? `picture.sum(axis=1)`.",
            "The row: each row number times the weight of that row, summed up, divided by the weight of the picture.",
            "The columns weigh `picture.sum(axis=0)`. Return both numbers, the row first.",
        ),
        inputs=_small_pictures,
        wrong_answers=(
            WrongAnswer(_column_first, "Row and column are exchanged: the row comes first, as in an array's index."),
            WrongAnswer(_every_ink_pixel_alike, "All pixels with ink weigh the same here. Weigh them by their values."),
            WrongAnswer(_middle_of_the_box, "That is the middle of the box around the ink, whatever is in it."),
            WrongAnswer(_counted_from_1, "Rows and columns are counted from 0."),
            WrongAnswer(_middle_of_the_picture, "That is the middle of the whole picture, ink or not."),
            WrongAnswer(_not_divided, "Divide by the weight of the whole picture."),
            WrongAnswer(
                _divided_by_the_pixels,
                "You divided by the number of pixels. Divide by the weight of the picture, the sum of its pixels.",
            ),
            WrongAnswer(
                _divided_by_the_length,
                "You divided by the number of rows, or columns. Divide by the weight of the picture, the sum of its pixels.",
            ),
            WrongAnswer(_rounded_down, "The centre may lie between pixels: do not make whole numbers of it."),
            WrongAnswer(_rounded, "The centre may lie between pixels: do not round."),
        ),
    ),
    Exercise(
        id="05-stop-epoch",
        title="When to stop",
        prompt=(
            "Write `stop_epoch(losses, patience)`: what `EarlyStopping` decides. By hand first: with the losses 0.9, 0.5, "
            "0.6, 0.7, 0.8 and a patience of 2, after which epoch does the training end?"
        ),
        solution=stop_epoch,
        hints=(
            "Remember the lowest loss so far, and how many epochs you have waited since.",
            "A lower loss sets the waiting back to 0; any other, also an equal one, adds 1.",
            "When the waiting reaches `patience`, return the number of this epoch, counted from 1; after the loop, "
            "`len(losses)`.",
        ),
        inputs=_loss_lists,
        wrong_answers=(
            WrongAnswer(
                _compares_with_the_last_epoch,
                "You compare with the epoch before. What counts is the lowest loss so far: falling back to it is no gain.",
            ),
            WrongAnswer(
                _never_starts_again, "The epochs must follow one another: a new lowest loss sets the waiting back to 0."
            ),
            WrongAnswer(
                _counts_rises,
                "You count rises from one epoch to the next. What counts is whether a loss is below the lowest so far.",
            ),
            WrongAnswer(_counts_from_0, "One too few: the first epoch is number 1."),
            WrongAnswer(_numbered_from_0, "One too few where it stops early: the first epoch is number 1."),
            WrongAnswer(
                _best_epoch_so_far, "That is the best epoch. Training runs on for `patience` epochs to find that out."
            ),
            WrongAnswer(
                _best_of_all,
                "You looked at all epochs, also those after the end. Nobody knows them when the training is stopped.",
            ),
            WrongAnswer(
                _waits_from_the_best_of_all,
                "You looked for the lowest loss in all epochs. When the training is stopped, only those so far are known.",
            ),
            WrongAnswer(
                _waits_in_the_first_epoch,
                "The first epoch is the lowest so far, with nothing before it: waiting begins with the second.",
            ),
            WrongAnswer(_never_stops, "You ran all epochs each time. Stop when the waiting reaches `patience`."),
            WrongAnswer(
                _nothing_at_the_end, "If the waiting never reaches `patience`, return the number of all epochs."
            ),
            WrongAnswer(_one_epoch_too_long, "One too many: stop as soon as `patience` epochs have been waited."),
            WrongAnswer(_first_rise, "You stop at the first epoch that is not better. Have patience."),
            WrongAnswer(
                _an_equal_loss_counts_as_better,
                "An equal loss is not lower: it counts as an epoch without improvement.",
            ),
        ),
    ),
]
