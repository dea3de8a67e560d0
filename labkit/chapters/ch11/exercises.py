"""Exercises of chapter 11, fine-tuning."""

from dataclasses import dataclass

import numpy as np

from labkit.course.built import Built, built
from labkit.course.exercises import Exercise, Told


def prepare_fine_tuning(model, first_layer, rate):
    """Make a network ready to be fine-tuned.

    `model` is a Keras model whose layer "base" is a trained base, frozen;
    its head has been trained. Let the layer of the base that is called
    `first_layer` and all after it learn again, but no batch
    normalization. What comes before stays frozen; the head goes on
    learning. Compile with Adam at `rate` and the binary cross-entropy,
    and return the model.
    """
    import keras

    base = model.get_layer("base")
    base.trainable = True
    reached = False
    for layer in base.layers:
        reached = reached or layer.name == first_layer
        norm = isinstance(layer, keras.layers.BatchNormalization)
        layer.trainable = reached and not norm
    model.compile(
        optimizer=keras.optimizers.Adam(rate),
        loss="binary_crossentropy",
        metrics=["accuracy"],
    )
    return model


@dataclass(frozen=True)
class Ready:
    """What is ready to be tuned in a network, in plain values.

    Attributes
    ----------
    network : Built
        The whole.
    base : bool
        Whether the base as such is trainable; if not, nothing in it is, whatever its layers say.
    tuned, asked : tuple of str
        The layers of the base with weights that are trainable, and those that should be.
    norms : tuple of str
        Batch normalization in the base that is trainable.
    before : tuple of str
        Layers with weights, without batch normalization, that should stay frozen.
    head : bool
        Whether the head goes on learning.
    rate : float
        What was asked for.
    """

    network: Built
    base: bool
    tuned: tuple[str, ...]
    norms: tuple[str, ...]
    asked: tuple[str, ...]
    before: tuple[str, ...]
    head: bool
    rate: float

    @property
    def right_layers(self) -> bool:
        """Whether exactly those layers are tuned that should be."""
        return self.head and not self.norms and self.tuned == self.asked

    @property
    def compiled_anew(self) -> bool:
        """Whether it was compiled after the head was trained: its optimizer has made no step yet."""
        return self.network.steps == 0 and bool(self.network.loss)

    def has_rate(self, rate: float) -> bool:
        """Whether this is its learning rate, as far as 32 bits tell."""
        return abs(self.network.learning_rate - rate) < 1e-4 * rate


HEAD_RATE = 0.01  # the head of the exercise was trained with it
ADAM_RATE = 0.001  # Keras's Adam without an argument


def _ready(model, original, first_layer, rate):
    """which layers of your model are trainable, and how it was compiled"""
    import keras

    network = built(model)
    names = [layer.name for layer in original.get_layer("base").layers]
    if "base" not in [layer.name for layer in model.layers]:
        raise TypeError('the layer "base" is not in the model any more: return the model that came in')
    base = model.get_layer("base")
    start = names.index(first_layer)
    norms = {layer.name for layer in base.layers if isinstance(layer, keras.layers.BatchNormalization)}
    weighty = [layer.name for layer in base.layers if layer.weights and layer.name not in norms]
    open_now = [layer.name for layer in base.layers if layer.trainable and layer.weights and layer.trainable_weights]
    outside = [layer for layer in model.layers if layer.name != "base" and layer.weights]
    return Ready(
        network=network,
        base=bool(base.trainable),
        tuned=tuple(name for name in open_now if name not in norms),
        norms=tuple(name for name in open_now if name in norms),
        asked=tuple(name for name in weighty if names.index(name) >= start),
        before=tuple(name for name in weighty if names.index(name) < start),
        head=bool(model.trainable) and all(layer.trainable for layer in outside),
        rate=rate,
    )


def _unready(ready):
    """Say what is still missing in a network that is to be tuned, besides the listed mistakes."""
    if not ready.head:
        return "The head is frozen: it should go on learning."
    if not ready.right_layers:
        return f"Trainable in the base: {', '.join(ready.tuned) or 'nothing'}; asked for: {', '.join(ready.asked)}."
    if not ready.compiled_anew:
        return "The model is not compiled, or not compiled anew."
    if ready.network.optimizer != "adam":
        return f"It is compiled with {ready.network.optimizer}; Adam was asked for."
    if not ready.has_rate(ready.rate):
        return f"The learning rate is {ready.network.learning_rate:.4g}; asked for is {ready.rate:g}."
    if ready.network.loss != "binary_crossentropy" or ready.network.from_logits:
        return f"The loss is {ready.network.loss}; the head ends in a sigmoid, so the binary one was asked for."
    return ""


def _models_to_tune():
    return [(_with_trained_head(), "block2_conv", 1e-5), (_with_trained_head(), "top_conv", 3e-4)]


def _with_trained_head():
    """A small network as it is when a head has been trained for some steps on a frozen base."""
    import keras

    blocks = [
        layer
        for name in ("stem", "block1", "block2", "top")
        for layer in (
            keras.layers.Conv2D(4, 3, padding="same", use_bias=False, name=f"{name}_conv"),
            keras.layers.BatchNormalization(name=f"{name}_norm"),
            keras.layers.ReLU(name=f"{name}_relu"),
        )
    ]
    base = keras.Sequential([keras.Input((8, 8, 3)), *blocks], name="base")
    base.trainable = False
    head = keras.layers.Dense(1, activation="sigmoid", name="head")
    model = keras.Sequential([keras.Input((8, 8, 3)), base, keras.layers.GlobalAveragePooling2D(), head])
    model.compile(keras.optimizers.Adam(HEAD_RATE), loss="binary_crossentropy", metrics=["accuracy"])
    model.optimizer.build(model.trainable_variables)
    model.optimizer.iterations.assign(200)  # as after some epochs of training
    # A copy that Keras makes, by saving and loading, forgets that the base as a whole is frozen.
    model.__deepcopy__ = lambda memo: _with_trained_head()
    return model


def _opened(model, is_tuned, compiled_with):
    """Open the layers of the base that `is_tuned` names, by name and kind, and compile."""
    import keras

    base = model.get_layer("base")
    base.trainable = True
    for layer in base.layers:
        layer.trainable = is_tuned(layer.name, isinstance(layer, keras.layers.BatchNormalization))
    model.compile(compiled_with, loss="binary_crossentropy", metrics=["accuracy"])
    return model


def _adam(rate):
    import keras

    return keras.optimizers.Adam(rate)


def _from(model, first):
    """The names from a layer of the base on."""
    names = [layer.name for layer in model.get_layer("base").layers]
    return names[names.index(first) :]


def _not_compiled(model, first_layer, rate):
    loss, optimizer = model.loss, model.optimizer
    names = _from(model, first_layer)
    return _opened(model, lambda name, norm: name in names and not norm, optimizer) if loss else model


def _whole_base(model, first_layer, rate):
    return _opened(model, lambda name, norm: not norm, _adam(rate))


def _norms_too(model, first_layer, rate):
    import keras

    base = model.get_layer("base")
    base.trainable = True
    first = [layer.name for layer in base.layers].index(first_layer)
    for layer in base.layers[:first]:
        layer.trainable = False
    model.compile(keras.optimizers.Adam(rate), loss="binary_crossentropy")
    return model


def _by_default(model, first_layer, rate):
    names = _from(model, first_layer)
    return _opened(model, lambda name, norm: name in names and not norm, "adam")


def _rate_of_the_head(model, first_layer, rate):
    names = _from(model, first_layer)
    return _opened(model, lambda name, norm: name in names and not norm, _adam(HEAD_RATE))


def _wrong_way_about(model, first_layer, rate):
    names = _from(model, first_layer)
    return _opened(model, lambda name, norm: name not in names and not norm, _adam(rate))


def _after_the_first(model, first_layer, rate):
    names = _from(model, first_layer)[1:]
    return _opened(model, lambda name, norm: name in names and not norm, _adam(rate))


def _base_still_closed(model, first_layer, rate):
    import keras

    names = _from(model, first_layer)
    base = model.get_layer("base")
    for layer in base.layers:
        layer.trainable = layer.name in names and not isinstance(layer, keras.layers.BatchNormalization)
    model.compile(_adam(rate), loss="binary_crossentropy", metrics=["accuracy"])
    return model


def _head_frozen(model, first_layer, rate):
    model = prepare_fine_tuning(model, first_layer, rate)
    model.get_layer("head").trainable = False
    model.compile(_adam(rate), loss="binary_crossentropy", metrics=["accuracy"])
    return model


preparing = Exercise(
    id="11-prepare-fine-tuning",
    title="Ready to be tuned",
    prompt=(
        "Write `prepare_fine_tuning(model, first_layer, rate)` in plain Keras. The base of the check has four blocks, "
        "`stem`, `block1`, `block2` and `top`, each with a convolution and a batch normalization. By hand first: from "
        "`block2_conv` on, which layers of the base are trained?"
    ),
    solution=prepare_fine_tuning,
    hints=(
        '`base = model.get_layer("base")`, and then `base.trainable = True`, which opens all of it.',
        "Go through `base.layers` in order, and remember whether `first_layer` has been reached.",
        "`isinstance(layer, keras.layers.BatchNormalization)` tells which layers stay frozen all the same.",
        "`compile` comes last: Keras has to make a new training step.",
    ),
    inputs=_models_to_tune,
    judge=_ready,
    missing=_unready,
    seconds=60,
    mistakes={
        "The base as a whole is frozen still, and that holds for everything in it, whatever its layers say. Set "
        "`base.trainable = True` first.": Told(_base_still_closed, lambda ready: not ready.base),
        "Batch normalization is trainable: a few batches would change the averages that it took from a million images. "
        "Leave it frozen.": Told(_norms_too, lambda ready: ready.base and bool(ready.norms)),
        "The whole base is trainable, from its first layer on. `first_layer` says where to begin.": Told(
            _whole_base, lambda ready: ready.base and not ready.norms and ready.tuned == ready.before + ready.asked
        ),
        "It is the wrong way about: what comes before `first_layer` is trained, and what comes after it is frozen.": Told(
            _wrong_way_about, lambda ready: ready.base and not ready.norms and ready.tuned == ready.before
        ),
        "The layer called `first_layer` is to be trained as well; you began after it.": Told(
            _after_the_first, lambda ready: ready.base and not ready.norms and ready.tuned == ready.asked[1:]
        ),
        "The head is frozen. It should go on learning, together with what you opened.": Told(
            _head_frozen, lambda ready: ready.base and not ready.norms and ready.tuned == ready.asked and not ready.head
        ),
        "The right layers are open, but the model goes on with the training step from before: nothing of the base would "
        "be trained, and no error would say so. Compile it again, with a new optimizer.": Told(
            _not_compiled, lambda ready: ready.right_layers and bool(ready.network.loss) and not ready.compiled_anew
        ),
        f'The learning rate is {ADAM_RATE:g}: that is what the text "adam" stands for. Make the optimizer yourself: '
        "`keras.optimizers.Adam(rate)`.": Told(
            _by_default, lambda ready: ready.right_layers and ready.compiled_anew and ready.has_rate(ADAM_RATE)
        ),
        f"The learning rate is {HEAD_RATE:g}, as it was for the head: far too high for weights that are good already. "
        "Take `rate`.": Told(
            _rate_of_the_head, lambda ready: ready.right_layers and ready.compiled_anew and ready.has_rate(HEAD_RATE)
        ),
    },
)


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


def _tuned_after_it(layers, first):
    tuned, total = False, 0
    for name, tensors in layers:
        if tuned:
            total += tensors
        if name == first:
            tuned = True
    return total


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
        "`[name for name, tensors in layers].index(first)` is the position where to begin.",
        "A slice with that start, `layers[start:]`, includes the layer at `start`.",
    ),
    inputs=_networks,
    fresh=lambda random: [
        ([(f"layer{place}", int(tensors)) for place, tensors in enumerate(counts)], f"layer{random.integers(1, 7)}")
        for counts in random.integers(0, 5, (3, 8))
    ],
    mistakes={
        "The layer called `first` is tuned as well; you began after it.": _tuned_after_it,
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
        "a cat in the third image?"
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

EXERCISES = [sending_back, preparing, tuning, remembering, answering]
