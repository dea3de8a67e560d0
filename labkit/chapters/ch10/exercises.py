"""Exercises of chapter 10, transfer learning."""

import math
from dataclasses import dataclass

import numpy as np

from labkit.course.built import Built, built
from labkit.course.exercises import Exercise, Told


def prepare(images, mean, deviation, blue_first):
    """Bring images to the numbers that a trained network expects.

    `images` is an array of shape (n, height, width, 3): red, green and
    blue, 0 to 255. If `blue_first` is true, the network wants blue,
    green, red. `mean` and `deviation` hold a number for each channel, in
    the order that the network wants: take the mean off, then divide.
    """
    if blue_first:
        images = images[..., ::-1]
    return (images - np.array(mean)) / np.array(deviation)


def _turned_at_the_end(images, mean, deviation, blue_first):
    prepared = (images - np.array(mean)) / np.array(deviation)
    return prepared[..., ::-1] if blue_first else prepared


def _turned(images, blue_first):
    return images[..., ::-1] if blue_first else images


@np.errstate(invalid="ignore")
def _back_in_bytes(images, mean, deviation, blue_first):
    return prepare(images, mean, deviation, blue_first).astype(np.uint8)


def _images():
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
        "Write `prepare(images, mean, deviation, blue_first)`. By hand first: one pixel with red 255, green 127 and "
        "blue 0, mean 127 and deviation 128 in all channels. The second check is the same pixel as VGG16 wants it, "
        "with blue first."
    ),
    solution=prepare,
    hints=(
        "Two steps: exchange the channels if need be, then subtract and divide.",
        "`images[..., ::-1]` turns the last axis about, and that is the one of the channels.",
        "NumPy subtracts an array of three numbers from every pixel: `images - np.array(mean)`.",
    ),
    inputs=_images,
    mistakes={
        "You divided by 255 first. These means are for pixels from 0 to 255; nearly black is all that is left.": (
            lambda images, m, d, bgr: prepare(images / 255, m, d, bgr)
        ),
        "Where `blue_first` is true, the channels have to be exchanged.": (
            lambda images, m, d, bgr: prepare(images, m, d, False)
        ),
        "Each channel met the mean of another one. The means are already in the order that the network wants: "
        "exchange the channels of the images, only those, and do it first.": _turned_at_the_end,
        "You turned an axis of the image about, so it is mirrored. The channels come last.": (
            lambda images, m, d, bgr: prepare(images[:, :, ::-1] if bgr else images, m, d, False)
        ),
        "`images[::-1]` turns the order of the images about. The channels are the last axis: `[..., ::-1]`.": (
            lambda images, m, d, bgr: prepare(images[::-1] if bgr else images, m, d, False)
        ),
        "Only the mean was divided: `/` is done before `-`. Put the difference in brackets.": (
            lambda images, m, d, bgr: _turned(images, bgr) - np.array(m) / np.array(d)
        ),
        "The division by the deviation is missing.": lambda images, m, d, bgr: prepare(images, m, np.ones(3), bgr),
        "An array of bytes holds whole numbers from 0 to 255: what you write into it is cut off, and below 0 wraps "
        "around. Begin with `images.astype(float)`.": _back_in_bytes,
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


def _layers_counted(layers):
    opened = [shapes for frozen, shapes in layers if not frozen and shapes]
    numbers = [math.prod(shape) for shapes in opened for shape in shapes]
    return len(opened), sum(numbers)


def _sums_of_shapes(layers):
    open_tensors = [shape for frozen, shapes in layers if not frozen for shape in shapes]
    return len(open_tensors), sum(map(sum, open_tensors))


def _frozen_layers():
    convolution = [(3, 3, 1, 2), (2,)]
    small = [(True, convolution), (False, []), (False, [(18, 1), (1,)])]
    vgg_head = [(True, [(3, 3, 3, 64), (64,)]), (True, [(3, 3, 64, 64), (64,)])]
    vgg_head += [(False, []), (False, [(8192, 256), (256,)]), (False, [(256, 1), (1,)])]
    without_bias = [(True, [(3, 3, 3, 32)]), (True, [(32,)] * 4), (False, [(1, 1, 32, 16)]), (False, [(16, 10), (10,)])]
    return [(small,), (vgg_head,), (without_bias,)]


freezing = Exercise(
    id="10-what-is-trained",
    title="What is left to train",
    prompt=(
        "Write `what_is_trained(layers)`. By hand first: a frozen convolution with the shapes (3, 3, 1, 2) and (2,), a "
        "flattening, which has no weights, and a dense layer with (18, 1) and (1,). The second check has a head on VGG16's "
        "maps."
    ),
    solution=what_is_trained,
    hints=(
        "Collect the shapes of all layers that are not frozen in one list.",
        "A tensor of shape (18, 1) holds 18 · 1 numbers: `math.prod(shape)`, or a loop that multiplies.",
        "`[shape for frozen, shapes in layers if not frozen for shape in shapes]` is that list.",
    ),
    inputs=_frozen_layers,
    fresh=lambda random: [
        ([(bool(random.integers(2)), [(3, 3, int(n), 2 * int(n)), (2 * int(n),)][: int(n) % 3]) for n in some],)
        for some in random.integers(2, 70, (3, 5))
    ],
    mistakes={
        "You counted everything. The frozen layers are not trained.": (
            lambda layers: what_is_trained([(False, shapes) for _, shapes in layers])
        ),
        "These are the frozen ones; the others are what is trained.": (
            lambda layers: what_is_trained([(not frozen, shapes) for frozen, shapes in layers])
        ),
        "You counted layers. A dense layer has two tensors: a table of weights, and the biases.": _layers_counted,
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
    """Compute what a head says of one image.

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
        "You added up each map. Take its mean, so that the size of the image does not matter.": (
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

    Both arrays have a row for each image and a column for each
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
        "Write `scaled(train, test)`. By hand first: two training images with the features (1, 10) and (3, 30), and "
        "a test image with (5, 20). Every mean and every deviation is one of the training images: a test image "
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
        "You scaled the test images by their own mean and deviation. Then the same image gets other numbers "
        "in other company; take those of the training images.": (
            lambda train, test: (scaled(train, train)[0], scaled(test, test)[0])
        ),
        "You scaled the test images by their own mean and deviation; of a single image that is 0 by 0. Take "
        "those of the training images.": (
            lambda train, test: [_by(part.std(axis=0), part, part)[0] for part in (train, test)]
        ),
        "Mean and deviation are those of all images together, so the test images have a say in them.": (_all_together),
        "The test images have to be scaled as well, in the same way.": (
            lambda train, test: (scaled(train, test)[0], test)
        ),
        "You scaled each image by itself. Each feature is to be scaled: a column, `axis=0`.": (
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
        "A feature that is the same in all training images has the deviation 0. Do not divide there.": (
            lambda train, test: _by(train.std(axis=0), train, test)
        ),
    },
    judge=_joined,
)


def build_classifier(base):
    """Put a new head on a trained base, for two classes.

    `base` is a Keras model with learned weights: images from 0 to 255
    go in, it scales them by itself, and feature maps come out. Freeze
    it, take the mean of each map, let `Dropout` leave out a fifth of
    the means, and end in one unit that says how probable class 1 is.
    Compile the model and return it; it need not be trained.
    """
    import keras

    base.trainable = False
    model = keras.Sequential(
        [
            keras.Input(base.input_shape[1:]),
            base,
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model


@dataclass(frozen=True)
class Headed:
    """A base with a head, in plain values.

    Attributes
    ----------
    network : Built
        The whole, before it was trained.
    inside : bool
        Whether the whole base is in it.
    base_open, norms_open : int
        Tensors of the base that a training changes, and those among them that belong to batch normalization.
    added : tuple of str
        The classes of the layers besides the base.
    dropout : float
        The share that dropout leaves out; 0 without dropout.
    head : int
        How many parameters a dense unit on the means of the maps has.
    averages_moved : bool
        Whether training has changed what batch normalization stores.
    right : float
        The share of the small training set that it tells rightly, after training.
    """

    network: Built
    inside: bool
    base_open: int
    norms_open: int
    added: tuple[str, ...]
    dropout: float
    head: int
    averages_moved: bool
    right: float

    @property
    def one_unit(self) -> bool:
        """Whether it ends in a single output."""
        return self.network.output_shape == (1,)

    @property
    def logits_fit(self) -> bool:
        """Whether what it ends in is what the loss expects."""
        return self.network.from_logits == (self.network.ends_in == "linear")


BARE = ("InputLayer",)
EPOCHS, LEAST = 15, 0.9


def _headed(model, base):
    """the network that your function built, trained for some seconds on 64 small images"""
    import keras

    network = built(model)
    names = {layer.name for layer in _leaves(base) if type(layer).__name__ not in BARE}
    parts = [layer for layer in _leaves(model) if type(layer).__name__ not in BARE]
    own = [layer for layer in parts if layer.name in names]
    added = [layer for layer in parts if layer.name not in names]
    norms = [layer for layer in own if isinstance(layer, keras.layers.BatchNormalization)]
    open_now = {id(weight) for weight in model.trainable_weights}

    def opened(layers):
        return sum(id(weight) in open_now for layer in layers for weight in layer.weights)

    facts = {
        "network": network,
        "inside": len(own) == len(names),
        "base_open": opened(own),
        "norms_open": opened(norms),
        "added": tuple(type(layer).__name__ for layer in added),
        "dropout": max((layer.rate for layer in added if isinstance(layer, keras.layers.Dropout)), default=0.0),
        "head": base.output_shape[-1] + 1,
    }
    stored = [norm.moving_mean.numpy() for norm in norms]
    right = 0.0
    expects_logits = {"sigmoid": False, "linear": True}.get(network.ends_in)
    fits = network.loss == "binary_crossentropy" and network.from_logits is expects_logits
    if network.trainable and network.output_shape == (1,) and fits:
        images, labels = _red_or_blue()
        model.fit(images, labels, batch_size=4, epochs=EPOCHS, verbose=0)
        says = model.predict(images, verbose=0)[:, 0]
        right = float(np.mean((says > (0 if network.ends_in == "linear" else 0.5)) == labels))
    moved = any(np.any(norm.moving_mean.numpy() != old) for norm, old in zip(norms, stored, strict=True))
    return Headed(**facts, averages_moved=moved, right=right)


def _leaves(model):
    """All layers, a nested model replaced by its own."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from _leaves(layer)
        else:
            yield layer


def _without(headed):
    """Say what is still missing in a network with a head, besides the listed mistakes."""
    network = headed.network
    if not headed.inside:
        return "The base, or a part of it, is not in your model: call it as a layer, or put it into the list of layers."
    if network.trainable == 0:
        return "Nothing can be trained any more: only the base should be frozen, not the head."
    if not headed.one_unit:
        return f"One number should come out for each image; yours gives the shape {network.output_shape}."
    if network.ends_in not in ("sigmoid", "linear"):
        return f"It ends in {network.ends_in}; a probability, or a logit, was asked for."
    if not network.loss:
        return "The model is not compiled: without a loss and an optimizer it cannot learn."
    if not headed.logits_fit:
        return "The loss expects logits (`from_logits=True`), but a sigmoid has made probabilities of them already."
    if not headed.dropout:
        return "`Dropout` is missing between the means and the last unit."
    if not math.isclose(headed.dropout, 0.2):
        return f"Dropout leaves out {headed.dropout:.0%} of the means; a fifth was asked for, `Dropout(0.2)`."
    if network.trainable != headed.head:
        return (
            f"A training changes {network.trainable:,} parameters; a unit on the means of the maps has {headed.head:,}."
        )
    if headed.averages_moved:
        return "Training has changed the averages that batch normalization stores: it should be in inference mode."
    if headed.right < LEAST:
        return f"After {EPOCHS} epochs it tells {headed.right:.2f} of 64 images rightly; at least {LEAST:.2f} is asked for."
    return ""


def _red_or_blue():
    """64 images of 16×16 with noise; those of class 1 are more red than blue."""
    random = np.random.default_rng(10)
    labels = np.arange(64) % 2
    images = random.uniform(0, 160, (64, 16, 16, 3))
    images[labels == 1, :, :, 0] += 90
    images[labels == 0, :, :, 2] += 90
    return images.astype("float32"), labels


def _small_base():
    """A base as small as can be, with weights as if it had been trained: its maps know red, green, blue and edges."""
    import keras

    base = keras.Sequential(
        [
            keras.Input((16, 16, 3)),
            keras.layers.Rescaling(1 / 127.5, offset=-1, name="to_minus_1_to_1"),
            keras.layers.Conv2D(8, 3, strides=2, use_bias=False, name="stem_conv"),
            keras.layers.BatchNormalization(name="stem_norm"),
            keras.layers.ReLU(name="stem_relu"),
            keras.layers.Conv2D(64, 3, use_bias=False, name="top_conv"),
            keras.layers.BatchNormalization(name="top_norm"),
            keras.layers.ReLU(name="top_relu"),
        ],
        name="base",
    )
    random = np.random.default_rng(1)
    maps, _ = _red_or_blue()
    for layer in base.layers:
        if isinstance(layer, keras.layers.Conv2D):
            layer.set_weights([random.normal(0, 0.35, layer.kernel.shape)])
        if isinstance(layer, keras.layers.BatchNormalization):  # as training would have left it
            scale, shift = np.ones(maps.shape[-1]), np.zeros(maps.shape[-1])
            layer.set_weights([scale, shift, maps.mean(axis=(0, 1, 2)), maps.var(axis=(0, 1, 2))])
        maps = layer(maps).numpy()
    base.__deepcopy__ = lambda memo: _small_base()  # quicker than Keras's way of copying, by saving and loading
    return base


def _with_head(base, *head, loss="binary_crossentropy", first=()):
    import keras

    model = keras.Sequential([keras.Input(base.input_shape[1:]), *first, base, *head])
    model.compile("adam", loss=loss, metrics=["accuracy"])
    return model


def _means():
    import keras

    return keras.layers.GlobalAveragePooling2D(), keras.layers.Dropout(0.2)


def _not_frozen(base):
    import keras

    model = keras.Sequential([keras.Input(base.input_shape[1:]), base])
    model.add(keras.layers.GlobalAveragePooling2D())
    model.add(keras.layers.Dropout(0.2))
    model.add(keras.layers.Dense(1, activation="sigmoid"))
    model.compile("adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model


def _norms_open(base):
    import keras

    for layer in base.layers:
        layer.trainable = isinstance(layer, keras.layers.BatchNormalization)
    return _with_head(base, *_means(), keras.layers.Dense(1, "sigmoid"))


def _softmax_of_one(base):
    import keras

    base.trainable = False
    return _with_head(base, *_means(), keras.layers.Dense(1, "softmax"))


def _flattened(base):
    import keras

    base.trainable = False
    layers = keras.layers.Flatten(), keras.layers.Dropout(0.2), keras.layers.Dense(1, "sigmoid")
    return _with_head(base, *layers)


def _logits_as_probabilities(base):
    import keras

    base.trainable = False
    return _with_head(base, *_means(), keras.layers.Dense(1))


def _another_loss(base):
    import keras

    base.trainable = False
    return _with_head(base, *_means(), keras.layers.Dense(1, "sigmoid"), loss="mse")


def _loss_of_many(base):
    import keras

    base.trainable = False
    return _with_head(base, *_means(), keras.layers.Dense(1, "sigmoid"), loss="categorical_crossentropy")


def _scaled_twice(base):
    import keras

    base.trainable = False
    return _with_head(base, *_means(), keras.layers.Dense(1, "sigmoid"), first=[keras.layers.Rescaling(1 / 255)])


def _is_frozen(headed):
    return headed.inside and headed.base_open == 0


building = Exercise(
    id="10-build-classifier",
    title="A new head on a trained base",
    prompt=(
        "Write `build_classifier(base)` in plain Keras. The check has a small base, with 64 maps, counts what "
        "is left to train, and trains your model for some seconds on 64 images. By hand first: how many parameters does "
        "one unit on 64 means have?"
    ),
    solution=build_classifier,
    hints=(
        "`base.trainable = False` freezes the base, batch normalization with it.",
        "The layers in order: `keras.Input(base.input_shape[1:])`, `base`, `GlobalAveragePooling2D()`, `Dropout(0.2)`, "
        "`Dense(1, ...)`.",
        "A unit with a sigmoid goes with the loss `binary_crossentropy`.",
    ),
    inputs=lambda: [(_small_base(),)],
    judge=_headed,
    missing=_without,
    seconds=60,
    mistakes={
        "The base is not frozen: its filters would be trained along with the head. Set `base.trainable = False`.": Told(
            _not_frozen, lambda headed: headed.inside and headed.base_open > headed.norms_open
        ),
        "The convolutions are frozen, but batch normalization is not: it would measure each image against its batch and "
        "change what it stores. Freeze the whole base.": Told(
            _norms_open, lambda headed: headed.inside and headed.base_open == headed.norms_open > 0
        ),
        "A softmax over one unit is 1 whatever comes in: class 1 every time. One unit needs a sigmoid.": Told(
            _softmax_of_one,
            lambda headed: _is_frozen(headed) and headed.one_unit and headed.network.ends_in == "softmax",
        ),
        "`Flatten` keeps every position of every map, and gives the head a weight for each: far more than a few images "
        "can teach. Take the mean of each map.": Told(
            _flattened, lambda headed: _is_frozen(headed) and "Flatten" in headed.added
        ),
        "The last unit gives logits, any numbers, but the loss expects probabilities: add a sigmoid, or say "
        "`keras.losses.BinaryCrossentropy(from_logits=True)`.": Told(
            _logits_as_probabilities,
            lambda headed: (
                _is_frozen(headed)
                and headed.one_unit
                and headed.network.loss == "binary_crossentropy"
                and headed.network.ends_in == "linear"
                and not headed.network.from_logits
            ),
        ),
        "Categorical cross-entropy is for one output a class. Over a single output it is always 0, so nothing is learned: "
        "take the binary one.": Told(
            _loss_of_many,
            lambda headed: (
                _is_frozen(headed) and headed.one_unit and headed.network.loss.endswith("categorical_crossentropy")
            ),
        ),
        "The loss is none for probabilities of two classes: take the binary cross-entropy.": Told(
            _another_loss,
            lambda headed: (
                _is_frozen(headed)
                and headed.one_unit
                and headed.network.ends_in in ("sigmoid", "linear")
                and bool(headed.network.loss)
                and not headed.network.loss.endswith("crossentropy")
            ),
        ),
        "The images are scaled twice, once by your layer and once inside the base: it then sees next to nothing. This base "
        "takes 0 to 255.": Told(
            _scaled_twice,
            lambda headed: (
                _is_frozen(headed) and any(layer in ("Rescaling", "Normalization", "Lambda") for layer in headed.added)
            ),
        ),
    },
)

EXERCISES = [preparing, head, building, freezing, scaling]
