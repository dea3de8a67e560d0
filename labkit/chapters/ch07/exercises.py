"""Exercises of chapter 7, Fashion-MNIST."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from labkit.course.built import Built, built
from labkit.course.exercises import Exercise, Told
from labkit.datasets import small_digits


def hold_out(labels, per_class):
    """Set images aside for validation: the first few of each class.

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
    title="Set images aside",
    prompt=(
        "Write `hold_out(labels, per_class)`, which splits training images into those to train on and those to "
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
    fresh=lambda random: [
        (random.permutation(np.repeat(random.permutation(9)[:3], (4, 3, 5))), per_class) for per_class in (1, 2, 3)
    ],
    mistakes={
        "You still train on the images that you set aside. What has been trained on cannot measure anything.": (
            lambda labels, per_class: (np.arange(len(labels)), hold_out(labels, per_class)[1])
        ),
        "You took the first images whatever their class. Take the same number of each class, or a rare class "
        "may not be measured at all.": _first_of_all,
        "You set aside `per_class` images in all. That many are to be set aside of each class.": (
            lambda labels, per_class: (np.arange(per_class, len(labels)), np.arange(per_class))
        ),
        "Classes need not be numbered 0, 1, 2 …: np.unique(labels) gives those that occur.": _classes_from_zero,
        "The two parts are exchanged: first those to train on, then those to validate on.": (
            lambda labels, per_class: hold_out(labels, per_class)[::-1]
        ),
        "The right images, class after class. Put each part in rising order: np.sort.": (
            lambda labels, per_class: _of_each_class(labels, slice(per_class), np.unique(labels))
        ),
        "These are masks, true or false for each image. np.flatnonzero gives the indices.": (
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
    fresh=lambda random: [tuple(map(int, numbers)) for numbers in random.integers((1, 2, 2), (8, 130, 260), (3, 3))],
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
    """Compute the loss of one image.

    `logits` is an array of logits, one a class; `label` is the number
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
    title="The loss of one image",
    prompt=(
        "Write `cross_entropy(logits, label)` in NumPy. The first check is the example above. Others have logits of "
        "1,000 and more: think of what `np.exp(1000)` gives, and of what may be subtracted from all of them without "
        "changing any probability."
    ),
    solution=cross_entropy,
    hints=(
        "First softmax: `np.exp` of every logit, divided by the sum of them all. Then the logarithm.",
        "`np.exp(1000)` is infinite to a computer. Softmax does not change when the same number is subtracted from "
        "all logits, so subtract the greatest.",
        "Minus `np.log` of the probability at index `label`.",
    ),
    inputs=lambda: [
        (np.array([2.0, 1.0, 0.0]), 0),
        (np.array([1.0, 0.5, 2.0]), 1),
        (np.zeros(10), 3),
        (np.array([1000.0, 999.0, 998.0]), 1),
        # This one cannot be saved by subtracting the mean, or the least logit, in place of the greatest.
        (np.array([2000.0, 0.0, 0.0]), 0),
    ],
    mistakes={
        "That is minus the logit. Turn the logits into probabilities first.": lambda logits, label: -logits[label],
        "That is the probability; the loss is minus its logarithm.": (
            lambda logits, label: np.exp(-cross_entropy(logits, label))
        ),
        "That is the loss of the greatest logit, whichever class is the right one.": (
            lambda logits, label: cross_entropy(logits, logits.argmax())
        ),
        "The logits themselves are divided by their sum. Take np.exp of each first; a logit may be negative or 0.": (
            _without_exponential
        ),
        "You put the one logit through a sigmoid. Softmax compares it with the logits of all the other classes.": (
            lambda logits, label: np.log1p(np.exp(-logits[label]))
        ),
        "You took the logarithm to base 2; the natural one was asked for, np.log.": (
            lambda logits, label: cross_entropy(logits, label) / np.log(2)
        ),
        "Right, but for large logits: np.exp overflows. Subtract the greatest from all of them first.": (_overflowing),
        "Nearly: with the mean subtracted, one logit can still be large. Subtract the greatest instead.": (
            lambda logits, label: _overflowing(logits - logits.mean(), label)
        ),
    },
)


def confusion(labels, predictions, classes):
    """Make a confusion matrix.

    `labels` holds the true class numbers and `predictions` what the
    network said. Return an array of shape (classes, classes) whose entry
    [i, j] counts the images of class i that were called class j.
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
        "Go through labels and predictions together with `zip`, and add 1 at one position for each pair.",
        "The position is `[label, prediction]`: the row is what it is, the column what the network said.",
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
        "matrix[labels, predictions] += 1 adds only once to an entry: use a loop.": (
            lambda labels, predictions, classes: confusion(labels, predictions, classes) > 0
        ),
        "Every row holds the counts of all classes. [[0] * n] * n makes one row and shows it n times; np.zeros "
        "makes n rows.": (lambda labels, predictions, classes: [np.bincount(predictions, minlength=classes)] * classes),
        "The shape is (classes, classes), also where a class does not occur.": _only_classes_that_occur,
        "These are shares of the rows. Counts were asked for.": _shares,
    },
)


def train(model, images, labels):
    """Compile the model, fit it, and return it.

    `model` gives ten logits for images of shape (8, 8, 1), and is not
    compiled yet. `images` has the shape (600, 8, 8, 1), pixels from 0
    to 1; `labels` holds the digits, 0 to 9. Use AdamW, a learning rate
    that warms up and falls, and label smoothing. At least 0.92 of the
    held-out digits must be read right.
    """
    import keras

    epochs, batch = 10, 32
    steps = epochs * int(np.ceil(len(images) / batch))
    warmup = steps // 10
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, decay_steps=steps - warmup, warmup_target=0.005, warmup_steps=warmup
    )
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)
    model.compile(keras.optimizers.AdamW(rate), loss=loss)
    one_hot = keras.utils.to_categorical(labels, 10)
    model.fit(images, one_hot, batch_size=batch, epochs=epochs, verbose=0)
    return model


FLOOR, FEW_STEPS, HIGH_RATE = 0.92, 60, 0.3


@cache
def _eight_by_eight():
    """600 of the small digits to learn from, and 500 others to be judged on."""
    images, labels = small_digits()
    return (images[:600], labels[:600]), (images[600:1100], labels[600:1100])


def _a_model_and_digits():
    import keras
    from keras import layers

    class Untrained(keras.Sequential):
        def __deepcopy__(self, memo):  # each check gets a copy: an ordinary model, with the same starting weights
            copied = keras.models.clone_model(self)
            copied.set_weights(self.get_weights())
            return copied

    model = Untrained(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(16, 3, activation="relu"),
            layers.Conv2D(32, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(10),
        ]
    )
    return [(model, *_eight_by_eight()[0])]


@dataclass(frozen=True)
class Trained:
    """How a model was trained, and the share of held-out digits that it reads right."""

    network: Built
    rates: tuple[
        float, ...
    ]  # at up to 100 of its steps, the first and the last among them; none if there is no schedule
    weight_decay: float
    smoothing: float
    accuracy: float

    @property
    def poor(self) -> bool:
        """Whether it reads too few of them."""
        return self.accuracy < FLOOR

    @property
    def peak(self) -> float:
        """The highest learning rate."""
        return max(self.rates, default=self.network.learning_rate)


def _was_trained(answer, model, images, labels):
    """a model, how it was trained, and how it reads digits that it was not trained on"""
    network = built(answer)
    held_out, right = _eight_by_eight()[1]
    if (network.input_shape, network.output_shape) != ((8, 8, 1), (10,)):
        raise TypeError(f"it turns {network.input_shape} into {network.output_shape}; return the model that was given")
    optimizer, loss = getattr(answer, "optimizer", None), getattr(answer, "loss", None)
    settings = loss.get_config() if hasattr(loss, "get_config") else {}
    return Trained(
        network,
        _rates(optimizer, network.steps) if network.steps else (),
        weight_decay=float(getattr(optimizer, "weight_decay", 0) or 0),
        smoothing=float(settings.get("label_smoothing", 0)),
        accuracy=float(np.mean(answer.predict(held_out, verbose=0).argmax(axis=1) == right)),
    )


def _rates(optimizer, steps):
    from keras.optimizers.schedules import LearningRateSchedule

    rate = optimizer._learning_rate  # Keras's own attribute gives the rate of the moment, not the schedule
    if not isinstance(rate, LearningRateSchedule):
        return ()
    return tuple(float(rate(int(step))) for step in np.linspace(0, steps - 1, min(steps, 100)))


def _lacks(trained):
    """What is still asked for; empty if it is all there."""
    if trained.network.optimizer != "adam_w":
        return f"the optimizer is {trained.network.optimizer}; AdamW is asked for"
    if not trained.weight_decay > 0:
        return f"the weight decay is {trained.weight_decay:g}; without any, AdamW is Adam"
    if trained.network.loss != "categorical_crossentropy":
        return f"the loss is {trained.network.loss}; the categorical cross-entropy is asked for"
    if trained.smoothing > 0.3:
        return f"the label smoothing is {trained.smoothing:g}, which leaves the right class little; 0.1 is usual"
    if trained.poor:
        return f"accuracy {trained.accuracy:.2f} on 500 held-out digits; at least {FLOOR:.2f} is asked for"
    return ""


def _rate(images, epochs, peak=0.005, warm_up=True, total=None):
    import keras

    steps = total or epochs * int(np.ceil(len(images) / 32))
    schedule = keras.optimizers.schedules.CosineDecay
    if not warm_up:
        return schedule(peak, steps)
    return schedule(0.0, steps - steps // 10, warmup_target=peak, warmup_steps=steps // 10)


def _smooth(smoothing=0.1, from_logits=True):
    import keras

    return keras.losses.CategoricalCrossentropy(from_logits=from_logits, label_smoothing=smoothing)


def _fitted(model, images, labels, *, rate=None, loss=None, one_hot=True, epochs=2):
    import keras

    rate = _rate(images, epochs) if rate is None else rate
    model.compile(keras.optimizers.AdamW(rate), loss=loss or _smooth())
    model.fit(images, keras.utils.to_categorical(labels, 10) if one_hot else labels, epochs=epochs, verbose=0)
    return model


def _only_compiled(model, images, labels):
    import keras

    model.compile(keras.optimizers.AdamW(_rate(images, 10)), loss=_smooth())
    return model


def _as_in_chapter_5(model, images, labels):
    model.compile("adam", loss="sparse_categorical_crossentropy")
    model.fit(images, labels, epochs=2, verbose=0)
    return model


def _plain_labels(model, images, labels):
    import keras

    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return _fitted(model, images, labels, loss=loss, one_hot=False)


training = Exercise(
    id="07-train",
    title="A recipe of your own",
    prompt=(
        "Write `train(model, images, labels)`: `compile` and `fit`, with AdamW, a `CosineDecay` that begins with a "
        "warm-up, and a label smoothing of 0.1, in plain Keras as above. The check hands it a small convolutional network "
        "and 600 of the small digits that come with scikit-learn, and judges what comes back on 500 others. By hand "
        "first: how many steps has an epoch of 600 images in batches of 32?"
    ),
    solution=train,
    hints=(
        "600 images in batches of 32 are 19 steps an epoch, the last batch being smaller. Ten epochs will do, with a "
        "peak of 0.005 and a tenth of the steps as warm-up.",
        "`keras.optimizers.schedules.CosineDecay(0.0, decay_steps=…, warmup_target=0.005, warmup_steps=…)` goes to "
        "`keras.optimizers.AdamW` as its learning rate.",
        "`keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)` wants each label as a row of ten: "
        "`keras.utils.to_categorical(labels, 10)`.",
    ),
    inputs=_a_model_and_digits,
    judge=_was_trained,
    missing=_lacks,
    seconds=60.0,
    mistakes={
        "The model came back as it was given: neither compiled nor trained.": Told(
            lambda model, images, labels: model, lambda trained: not trained.network.optimizer
        ),
        "It has been compiled, and not trained: `fit` is missing.": Told(
            _only_compiled, lambda trained: trained.network.steps == 0
        ),
        "That is Adam. AdamW also takes a share off each weight in every step.": Told(
            _as_in_chapter_5, lambda trained: trained.network.optimizer == "adam"
        ),
        "The learning rate is one number for all steps. Give the optimizer a schedule in its place.": Told(
            lambda model, images, labels: _fitted(model, images, labels, rate=0.005), lambda trained: not trained.rates
        ),
        "The schedule begins at its peak: the warm-up is missing.": Told(
            lambda model, images, labels: _fitted(model, images, labels, rate=_rate(images, 2, warm_up=False)),
            lambda trained: trained.rates[0] > trained.peak / 2,
        ),
        "The rate is still high at the end of the training. `decay_steps` counts steps: epochs times the batches of an "
        "epoch, not times the images.": Told(
            lambda model, images, labels: _fitted(model, images, labels, rate=_rate(images, 2, total=2 * len(images))),
            lambda trained: trained.rates[-1] > trained.peak / 2,
        ),
        "This loss takes plain labels and leaves them hard. Label smoothing spreads a share over all classes: it is in "
        "the loss that takes each label as a row of ten.": Told(
            _plain_labels, lambda trained: trained.network.loss == "sparse_categorical_crossentropy"
        ),
        "The loss is the right one, but without label smoothing.": Told(
            lambda model, images, labels: _fitted(model, images, labels, loss=_smooth(0.0)),
            lambda trained: trained.network.loss == "categorical_crossentropy" and not trained.smoothing,
        ),
        "The model gives logits, and the loss takes them for probabilities: it has to be told.": Told(
            lambda model, images, labels: _fitted(model, images, labels, loss=_smooth(from_logits=False)),
            lambda trained: not trained.network.from_logits,
        ),
        "The peak of the learning rate is far too high: each step overshoots. A few thousandths are usual.": Told(
            lambda model, images, labels: _fitted(model, images, labels, rate=_rate(images, 4, peak=3.0), epochs=4),
            lambda trained: trained.poor and trained.peak >= HIGH_RATE,
        ),
        "It was stopped after very few steps, and was still learning: fit for more epochs.": Told(
            lambda model, images, labels: _fitted(model, images, labels, epochs=1),
            lambda trained: (
                trained.poor and trained.network.steps < FEW_STEPS and trained.network.optimizer == "adam_w"
            ),
        ),
    },
)

EXERCISES = [confusing, training, holding_out, loss, counting]
