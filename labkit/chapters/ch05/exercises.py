"""Exercises of chapter 5, a first convolutional network."""

import warnings
from dataclasses import dataclass
from functools import cache

import numpy as np

from labkit.course.built import Built, built
from labkit.course.exercises import Exercise, Told
from labkit.datasets import small_digits


def batch_loss(probabilities, labels):
    """Compute the loss of a batch: the mean of the losses of its images.

    `probabilities` has a row for each image, with a probability for
    each class; `labels` holds the number of the right class of each.
    The loss of an image is minus the natural logarithm of the
    probability of its right class.
    """
    losses = []
    for row, label in zip(probabilities, labels):
        losses.append(-np.log(row[label]))
    return np.mean(losses)


def _batches():
    return [
        (np.array([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25]]), np.array([0, 2])),
        (np.array([[0.2, 0.7, 0.1]]), np.array([1])),
        (np.array([[0.6, 0.4], [0.1, 0.9], [0.8, 0.2]]), np.array([1, 1, 0])),
    ]


loss_of_a_batch = Exercise(
    id="05-batch-loss",
    title="The loss of a batch",
    prompt=(
        "Write `batch_loss(probabilities, labels)`. By hand first: two images of three classes, with the "
        "probabilities `[0.5, 0.25, 0.25]` and `[0.25, 0.5, 0.25]`, and the labels 0 and 2. The losses are "
        "$-\\ln 0.5 = 0.693$ and $-\\ln 0.25 = 1.386$. What is their mean?"
    ),
    solution=batch_loss,
    hints=(
        "Go through images and labels together: `zip(probabilities, labels)`.",
        "Of each row only one number counts: the one at position `label`.",
        "Take `-np.log` of it, and the mean of all at the end.",
    ),
    inputs=_batches,
    mistakes={
        "That is the sum of the losses. Divide by the number of images.": lambda p, y: batch_loss(p, y) * len(y),
        "First the logarithm of each probability, then the mean; the order matters.": lambda p, y: (
            -np.log(p[np.arange(len(y)), y].mean())
        ),
        "You took the greatest probability of each row; take that of the right class.": lambda p, y: (
            -np.log(p.max(axis=1)).mean()
        ),
        "probabilities[:, labels] takes every label for every image. Each image has its own.": lambda p, y: (
            -np.log(p[:, y]).mean()
        ),
        "You averaged over all classes. Only the right class of each image counts.": lambda p, y: -np.log(p).mean(),
        "That is 1 − p. The loss is minus the logarithm of p.": lambda p, y: 1 - p[np.arange(len(y)), y].mean(),
        "That is the loss of the first image alone. Is a return in the loop?": lambda p, y: batch_loss(p[:1], y[:1]),
        "You took the class before the right one: classes are counted from 0.": lambda p, y: batch_loss(p, y - 1),
        "You took the logarithm to base 10; the natural one was asked for, np.log.": lambda p, y: (
            batch_loss(p, y) / np.log(10)
        ),
        "That is −p · log p. The loss of an image is −log p alone: nothing multiplies it.": lambda p, y: np.mean(
            [-row[right] * np.log(row[right]) for row, right in zip(p, y)]
        ),
        "probabilities[label] is a row: that of the image whose number the "
        "label happens to be. Each image has its own row.": lambda p, y: np.mean([-np.log(p[right]) for right in y]),
        "You took the class after the right "
        "one, and the last class has none after it: classes are counted from 0.": lambda p, y: batch_loss(p, y + 1),
    },
)


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


def _tiny_batches():
    return [
        (1.0, np.array([2.0]), np.array([6.0]), 0.1),
        (0.5, np.array([1.0, 3.0]), np.array([1.0, 0.0]), 0.05),
        (-2.0, np.array([0.5, -1.0, 2.0]), np.array([1.0, 1.0, 1.0]), 0.2),
    ]


def _a_step_for_each_pair(weight, inputs, targets, rate):
    for pair in range(len(inputs)):
        weight = gradient_step(weight, inputs[pair], targets[pair], rate)
    return weight


one_step_downhill = Exercise(
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
    mistakes={
        "That step goes uphill. Two signs matter: the "
        "error is answer minus target, and the slope is subtracted.": lambda w, x, y, rate: w + rate * _slope(w, x, y),
        "That is the slope. The new weight was asked for.": lambda w, x, y, rate: _slope(w, x, y),
        "The slope lacks a factor x: a large input makes the weight count for more.": lambda w, x, y, rate: (
            w - rate * np.mean(2 * (w * x - y))
        ),
        "The slope lacks the factor 2, from the square.": lambda w, x, y, rate: w - rate * _slope(w, x, y) / 2,
        "The loss is a mean over the batch; you took the sum of the slopes.": lambda w, x, y, rate: (
            w - rate * _slope(w, x, y) * len(x)
        ),
        "You subtracted the loss. What is subtracted is its slope.": lambda w, x, y, rate: (
            w - rate * np.mean((w * x - y) ** 2)
        ),
        "The learning rate is missing: it scales the step.": lambda w, x, y, rate: w - _slope(w, x, y),
        "You returned the step; subtract it from the weight.": lambda w, x, y, rate: rate * _slope(w, x, y),
        "That is by how much the weight moves. Add the weight from before.": lambda w, x, y, rate: (
            -rate * _slope(w, x, y)
        ),
        "The mean over the pairs is missing: the batch gives one slope, and one new weight.": lambda w, x, y, rate: (
            w - rate * 2 * x * (w * x - y)
        ),
        "You took a step for each pair. A batch gives one mean slope, and one step.": _a_step_for_each_pair,
        "You multiplied the mean input by the mean error. Multiply "
        "pair by pair, then take the mean.": lambda w, x, y, rate: w - rate * 2 * np.mean(x) * np.mean(w * x - y),
    },
)


def build_and_train(images, labels):
    """Build a convolutional network, compile it, fit it, and return it.

    `images` has the shape (600, 8, 8, 1), pixels from 0 to 1; `labels`
    holds the digits, 0 to 9. The network gives ten probabilities for
    each image. At least 0.90 of the held-out digits must be read right.
    """
    import keras
    from keras import layers

    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(16, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", loss="sparse_categorical_crossentropy")
    model.fit(images, labels, epochs=15, verbose=0)
    return model


FLOOR, FEW_STEPS = 0.90, 100


@cache
def _eight_by_eight():
    """600 of the small digits to learn from, and 500 others to be judged on."""
    images, labels = small_digits()
    return (images[:600], labels[:600]), (images[600:1100], labels[600:1100])


@dataclass(frozen=True)
class TrainedReader:
    """A network for small digits, and the share of held-out ones that it reads right."""

    network: Built
    accuracy: float

    @property
    def poor(self) -> bool:
        """Whether it reads too few of them."""
        return self.accuracy < FLOOR


def _reads(model, images, labels):
    """a network, and how it reads digits that it was not trained on"""
    network = built(model)
    held_out, right = _eight_by_eight()[1]
    if network.input_shape != held_out.shape[1:]:
        raise TypeError(f"the network takes images of shape {network.input_shape}; ours have (8, 8, 1)")
    answers = model.predict(held_out, verbose=0)
    fits = answers.shape == (len(right), 10)
    return TrainedReader(network, float(np.mean(answers.argmax(axis=1) == right)) if fits else 0.0)


def _lacks(reader):
    """What is still asked for; empty if it is all there."""
    if reader.network.ends_in != "softmax":
        return f"the network ends in {reader.network.ends_in}; ten probabilities are asked for, so softmax"
    if reader.poor:
        return f"accuracy {reader.accuracy:.2f} on 500 held-out digits; at least {FLOOR:.2f} is asked for"
    return ""


def _network(last="softmax", units=10, convolution=True):
    import keras
    from keras import layers

    middle = [layers.Conv2D(16, 3, activation="relu")] if convolution else []
    return keras.Sequential([keras.Input((8, 8, 1)), *middle, layers.Flatten(), layers.Dense(units, activation=last)])


def _fitted(model, images, labels, *, optimizer="adam", loss="sparse_categorical_crossentropy", epochs=15):
    model.compile(optimizer, loss=loss)
    model.fit(images, labels, epochs=epochs, verbose=0)
    return model


def _no_activation(images, labels):
    import keras

    model = keras.Sequential([keras.Input((8, 8, 1))])
    model.add(keras.layers.Conv2D(16, 3, activation="relu"))
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dense(10))
    model.compile("adam", loss="sparse_categorical_crossentropy")
    model.fit(images, labels, epochs=15, verbose=0)
    return model


def _only_compiled(images, labels):
    model = _network()
    model.compile("adam", loss="sparse_categorical_crossentropy")
    return model


def _loss_told_logits(images, labels):
    import keras

    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # Keras asks whether this is meant; so it does with the reader
        return _fitted(_network(), images, labels, loss=loss, epochs=2)


def _steps_too_long(images, labels):
    import keras

    return _fitted(_network(), images, labels, optimizer=keras.optimizers.Adam(1.0), epochs=8)


network_of_your_own = Exercise(
    id="05-build-and-train",
    title="A network of your own",
    prompt=(
        "Write `build_and_train(images, labels)`: a `Sequential` with at least one convolution, compiled and fitted, for "
        "the small digits that come with scikit-learn. The check hands it 600 of them, and judges it on 500 others."
    ),
    solution=build_and_train,
    hints=(
        "Begin with `keras.Input((8, 8, 1))`. On an image so small, one convolution of 16 filters, without pooling, "
        "is enough. Then flatten, then a dense layer.",
        'Ten classes: `layers.Dense(10, activation="softmax")`. The labels are plain numbers, so the loss is '
        '`"sparse_categorical_crossentropy"`.',
        "600 images in batches of 32 are 19 steps an epoch. One epoch is too few; with Adam, fifteen will do.",
    ),
    inputs=lambda: [_eight_by_eight()[0]],
    judge=_reads,
    missing=_lacks,
    seconds=60.0,
    mistakes={
        "The network has been built, and compiled perhaps, but not trained: `fit` is missing.": Told(
            _only_compiled, lambda reader: reader.network.steps == 0
        ),
        "There are not ten outputs. Each class needs one of its own, so that each gets a probability.": Told(
            lambda images, labels: _fitted(
                _network("sigmoid", units=1), images, labels, loss="binary_crossentropy", epochs=1
            ),
            lambda reader: reader.network.output_shape != (10,),
        ),
        "There is no convolution in it: the first dense layer sees a row of pixels, not an image.": Told(
            lambda images, labels: _fitted(_network(convolution=False), images, labels, epochs=2),
            lambda reader: "Conv2D" not in reader.network.layers,
        ),
        "It ends in sigmoid: ten answers, each for itself, whose sum is not 1. Of ten classes one is right: "
        "softmax.": Told(
            lambda images, labels: _fitted(_network("sigmoid"), images, labels, epochs=2),
            lambda reader: reader.network.ends_in == "sigmoid",
        ),
        "The last layer is cut off by ReLU: it cannot give probabilities, and where it gives 0, nothing is "
        "learned.": Told(
            lambda images, labels: _fitted(_network("relu"), images, labels, epochs=2),
            lambda reader: reader.network.ends_in == "relu",
        ),
        "The last layer has no activation, so it gives logits, and this loss expects probabilities. Ten "
        "probabilities were asked for: softmax.": Told(
            _no_activation, lambda reader: reader.network.ends_in == "linear" and not reader.network.from_logits
        ),
        "Softmax twice: the network ends in it, and the loss, told `from_logits=True`, takes it once more.": Told(
            _loss_told_logits, lambda reader: reader.network.ends_in == "softmax" and reader.network.from_logits
        ),
        "The learning rate is far too high: each step overshoots. Adam's default is 0.001.": Told(
            _steps_too_long, lambda reader: reader.poor and reader.network.learning_rate >= 0.1
        ),
        "It was stopped after very few steps, and was still learning: fit for more epochs.": Told(
            lambda images, labels: _fitted(_network(), images, labels, epochs=1),
            lambda reader: reader.poor and reader.network.steps < FEW_STEPS and reader.network.learning_rate < 0.1,
        ),
    },
)


def centre_of_mass(image):
    """Find the centre of mass of an image, as (row, column).

    `image` is an array of shape (height, width); each pixel weighs as
    much as its value. The row is the mean of the row numbers, counted
    from 0, with these weights; the column likewise.
    """
    rows = np.arange(image.shape[0])
    columns = np.arange(image.shape[1])
    mass = image.sum()
    row = (image.sum(axis=1) * rows).sum() / mass
    column = (image.sum(axis=0) * columns).sum() / mass
    return row, column


def _small_images():
    return [
        (np.array([[0, 0, 0], [0, 3, 1]]),),
        (np.array([[0, 0, 0, 0], [0, 2, 0, 0], [0, 4, 6, 0], [0, 0, 0, 0], [0, 0, 8, 0]]),),
        (np.pad(np.array([[200.0, 50.0], [10.0, 120.0]]), ((3, 1), (1, 4))),),
    ]


def _middle_of_the_box(image):
    rows, columns = np.nonzero(image)
    return (rows.min() + rows.max()) / 2, (columns.min() + columns.max()) / 2


middle_of_a_digit = Exercise(
    id="05-centre-of-mass",
    title="The middle of a digit",
    prompt=(
        "Write `centre_of_mass(image)`. By hand first: in an image of two rows, `[0, 0, 0]` and `[0, 3, 1]`, the "
        "pixel in column 1 weighs three times as much as the one in column 2. Where is their centre?"
    ),
    solution=centre_of_mass,
    hints=(
        "How much does each row weigh? `image.sum(axis=1)`.",
        "The row: each row number times the weight of that row, summed up, divided by the weight of the image.",
        "The columns weigh `image.sum(axis=0)`. Return both numbers, the row first.",
    ),
    inputs=_small_images,
    mistakes={
        "Row and column are exchanged: the row comes first, as in an array's index.": lambda image: centre_of_mass(
            image
        )[::-1],
        "All pixels with ink weigh the same here. Weigh them by their values.": lambda image: centre_of_mass(
            (image > 0).astype(float)
        ),
        "That is the middle of the box around the ink, whatever is in it.": _middle_of_the_box,
        "That is the middle of the whole image, ink or not.": lambda image: (
            (image.shape[0] - 1) / 2,
            (image.shape[1] - 1) / 2,
        ),
        "That is the middle of the whole image, and half a pixel too far besides: "
        "the last row has the number height − 1.": lambda image: (image.shape[0] / 2, image.shape[1] / 2),
        "That is the pixel in the middle of the whole image, wherever the ink is.": lambda image: (
            image.shape[0] // 2,
            image.shape[1] // 2,
        ),
        "That is the brightest pixel. All pixels have a say, each with the weight of its value.": lambda image: (
            np.unravel_index(image.argmax(), image.shape)
        ),
        "Divide by the weight of the whole image.": lambda image: np.multiply(centre_of_mass(image), image.sum()),
        "You divided by the number of pixels. Divide by the weight "
        "of the image, the sum of its pixels.": lambda image: np.multiply(centre_of_mass(image), image.mean()),
        "`sum(axis=0)` runs down the rows, so it gives one weight for each column; `sum(axis=1)` gives "
        "one for each row.": lambda image: ((image.sum(axis=0) * np.arange(len(image))).sum() / image.sum(), 0),
    },
)


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


def _loss_lists():
    return [
        ([0.9, 0.5, 0.6, 0.7, 0.8], 2),
        ([0.9, 0.5, 0.7, 0.6, 0.55, 0.3, 0.2], 3),  # falls, but not below 0.5
        ([0.9, 0.8, 0.85, 0.7, 0.75, 0.6, 0.65, 0.5], 3),  # never three in a row
        ([0.6, 0.5, 0.5, 0.5, 0.4, 0.3], 2),
        ([0.3, 0.4, 0.5, 0.6, 0.2], 2),  # rises from the start
    ]


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


def _an_equal_loss_counts_as_better(losses, patience):
    lowest, waited = np.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        waited = 0 if loss <= lowest else waited + 1
        lowest = min(lowest, loss)
        if waited == patience:
            return epoch
    return len(losses)


when_to_stop = Exercise(
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
    mistakes={
        "You compare with the epoch before. What counts is the "
        "lowest loss so far: falling back to it is no gain.": _compares_with_the_last_epoch,
        "The epochs must follow one another: a new lowest loss sets the waiting back to 0.": _never_starts_again,
        "One too few where it stops early: the first epoch is number 1.": lambda losses, patience: (
            stop_epoch([*losses, -np.inf], patience) - 1
        ),
        "That is the best epoch. Training runs on for `patience` epochs to find that out.": lambda losses, patience: (
            int(np.argmin(losses[: stop_epoch(losses, patience)])) + 1
        ),
        "You looked for the lowest loss in all epochs. When the training is stopped, only "
        "those so far are known.": lambda losses, patience: min(int(np.argmin(losses)) + 1 + patience, len(losses)),
        "The first epoch is the lowest so far, with nothing before "
        "it: waiting begins with the second.": lambda losses, patience: stop_epoch([losses[0], *losses], patience) - 1,
        "You ran all epochs each time. Stop when the waiting reaches `patience`.": lambda losses, patience: len(losses),
        "One too many: stop as soon as `patience` epochs have been waited.": lambda losses, patience: stop_epoch(
            losses, patience + 1
        ),
        "An equal loss is not lower: it counts as an epoch without improvement.": _an_equal_loss_counts_as_better,
    },
)


EXERCISES = [loss_of_a_batch, one_step_downhill, network_of_your_own, middle_of_a_digit, when_to_stop]
