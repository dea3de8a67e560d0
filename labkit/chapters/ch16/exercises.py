"""Exercises of chapter 16, training deep networks."""

import functools
from dataclasses import dataclass

import numpy as np

from labkit.course.exercises import Exercise, Told
from labkit.datasets import small_digits


def chain_slope(x, weights):
    """Differentiate a chain of sigmoids.

    The number `x` goes through one layer for each number of `weights`:
    it is multiplied by the weight, and the product z goes through the
    sigmoid, s(z) = 1 / (1 + exp(-z)). What comes out is the input of the
    next layer. Return the derivative of what comes out at the end by `x`.
    The slope of the sigmoid is s(z) * (1 - s(z)).
    """
    slope = 1.0
    for weight in weights:
        x = 1 / (1 + np.exp(-weight * x))
        slope *= weight * x * (1 - x)
    return slope


def _outputs(x, weights):
    return [x := 1 / (1 + np.exp(-weight * x)) for weight in weights]


def _slopes(x, weights):
    return np.array([weight * a * (1 - a) for weight, a in zip(weights, _outputs(x, weights))])


def _slope_at_the_output(x, weights):
    again = 1 / (1 + np.exp(-np.array(_outputs(x, weights))))
    return np.prod(weights * again * (1 - again))


def _slope_of_the_sum(x, weights):
    sums = weights * np.array([x, *_outputs(x, weights)[:-1]])
    return np.prod(weights * sums * (1 - sums))


chain = Exercise(
    id="16-chain",
    title="The slope of a chain of sigmoids",
    prompt=(
        "Write `chain_slope(x, weights)`. By hand first: 0 goes through one layer with weight 4. The sum is 0, "
        "the sigmoid gives a half, its slope there is a quarter. What is the slope of the layer?"
    ),
    solution=chain_slope,
    hints=(
        "The chain rule: the slope of the whole is the product of the slopes of the layers.",
        "A layer's slope by its input is its weight times the slope of the sigmoid at z.",
        "Go through the layers, and keep two numbers: what comes out so far, and the product of the slopes so far.",
        "In the loop: `x = 1 / (1 + np.exp(-weight * x))`, then `slope *= weight * x * (1 - x)`.",
    ),
    inputs=lambda: [(0.0, [4.0]), (0.5, [1.0, 1.0, 1.0]), (-1.0, [2.0, -3.0, 0.5, 1.5])],
    fresh=lambda random: [
        (round(random.normal(), 2), random.normal(0, 2, layers).round(2).tolist()) for layers in (1, 2, 5)
    ],
    mistakes={
        "That is what comes out of the chain. Its derivative by x is asked for.": lambda x, weights: _outputs(
            x, weights
        )[-1],
        "Each layer also multiplies by its weight, and so does its slope.": lambda x, weights: np.prod(
            _slopes(x, weights) / weights
        ),
        "You put what came out through the sigmoid once more. With a = s(z) the slope is a · (1 − a).": _slope_at_the_output,
        "You took z · (1 − z). The slope is s(z) · (1 − s(z)).": _slope_of_the_sum,
        "You added the slopes of the layers. The chain rule multiplies them.": lambda x, weights: np.sum(
            _slopes(x, weights)
        ),
        "You took a quarter for every layer. The slope is that only where z is 0.": lambda x, weights: np.prod(
            np.array(weights) / 4
        ),
        "Every layer got x. Only the first does: hand each output on to the next layer.": lambda x, weights: np.prod(
            [chain_slope(x, [weight]) for weight in weights]
        ),
        "That is the slope of the first layer. Does your `return` stand inside the loop?": lambda x, weights: (
            chain_slope(x, weights[:1])
        ),
    },
)


def through_blocks(slopes):
    """Compare the slope of a plain chain with that of a residual one.

    `slopes` holds F'(x) of each block, at the number that comes to it.
    A plain block gives F(x), a residual block F(x) + x. Return two
    numbers: the derivative of the output of the whole chain by its
    input if all blocks are plain, and if all are residual.
    """
    slopes = np.asarray(slopes)
    return np.prod(slopes), np.prod(slopes + 1)


blocks = Exercise(
    id="16-through-blocks",
    title="The slope of a chain of blocks",
    prompt=(
        "Write `through_blocks(slopes)`. By hand first: two blocks, F′ is a half in both. What is the slope of "
        "the chain if they are plain? And if each adds what came to it?"
    ),
    solution=through_blocks,
    hints=(
        "The slope of F(x) + x is F′(x) + 1, block by block.",
        "The chain rule multiplies: once the numbers F′, once the numbers F′ + 1.",
        "`np.prod` multiplies all numbers of an array. `np.asarray(slopes) + 1` adds 1 to each.",
    ),
    inputs=lambda: [([0.5, 0.5],), ([0.25, 2.0, -0.5, 0.1],), ([0.3, -1.0, 0.8],)],
    mistakes={
        "You added 1 to the product. Every block has a shortcut of its own.": lambda slopes: (
            np.prod(slopes),
            np.prod(slopes) + 1,
        ),
        "You added the ones at the end. In each block the 1 is added to F′, and then all are multiplied.": lambda slopes: (
            np.prod(slopes),
            np.prod(slopes) + len(slopes),
        ),
        "That is the way along all shortcuts. There are also the ways through the blocks.": lambda slopes: (
            np.prod(slopes),
            1.0,
        ),
        "You added the slopes. The chain rule multiplies them.": lambda slopes: (
            np.sum(slopes),
            np.sum(slopes) + len(slopes),
        ),
        "You took 1 plus the sum. That is what is left of the product for small slopes; multiply all the same.": lambda slopes: (
            np.prod(slopes),
            np.sum(slopes) + 1,
        ),
        "You dropped the signs. A slope of −1 in a residual block gives 0.": lambda slopes: through_blocks(
            np.abs(slopes)
        ),
        "The plain chain is right. In the residual one F′ + 1 is multiplied too, not added up.": lambda slopes: (
            np.prod(slopes),
            np.sum(slopes) + len(slopes),
        ),
        "You multiplied by F′ and then added 1. The shortcut carries all that came so far: multiply by F′ + 1.": lambda slopes: (
            np.prod(slopes),
            functools.reduce(lambda product, slope: product * slope + 1, slopes, 1),
        ),
    },
)


def residual_block(shape):
    """Build a residual block as a Keras model.

    `shape` is (height, width, channels) of what comes in. It goes
    through a convolution of 3 by 3 that keeps size and number of
    channels, a ReLU, and a second convolution of the same kind. To the
    result what came in is added, and the sum goes through a ReLU. The
    convolutions have biases. Return the model, a `keras.Model`.
    """
    import keras
    from keras import layers

    entered = keras.Input(shape)
    changed = layers.Conv2D(shape[-1], 3, padding="same", activation="relu")(entered)
    changed = layers.Conv2D(shape[-1], 3, padding="same")(changed)
    left = layers.ReLU()(layers.Add()([changed, entered]))
    return keras.Model(entered, left)


def _relu_on_the_second(shape):
    import keras
    from keras import layers

    entered = keras.Input(shape)
    changed = layers.Conv2D(shape[-1], 3, padding="same", activation="relu")(entered)
    changed = layers.Conv2D(shape[-1], 3, padding="same", activation="relu")(changed)
    return keras.Model(entered, layers.ReLU()(layers.Add()([changed, entered])))


def _block(shape, *, join="Add", first="relu", second=None, last="relu", before=None, twice=False, normalized=False):
    """A block that differs from the right one in what is named."""
    import keras
    from keras import layers

    entered = keras.Input(shape)
    convolve = [layers.Conv2D(shape[-1], 3, padding="same") for _ in range(2)]
    changed = layers.Activation(before)(entered)
    for layer, activation in zip([convolve[0]] * 2 if twice else convolve, (first, second), strict=True):
        changed = layer(changed)
        changed = layers.BatchNormalization()(changed) if normalized else changed
        changed = layers.Activation(activation)(changed)
    changed = getattr(layers, join)()([changed, entered]) if join else changed
    return keras.Model(entered, layers.Activation(last)(changed))


def _block_at_work(model, shape):
    """the shape that the block gives, its number of parameters, and its answer to an image with fixed weights"""
    import keras

    if not isinstance(model, keras.Model):
        raise TypeError(f"return a keras.Model; this is a {type(model).__name__}")
    image = np.random.default_rng(16).normal(size=(1, *shape)).astype(np.float32)
    model(image)  # a subclass of Model has no weights before it is called
    for variable in model.trainable_variables:
        # Drawn by shape alone: the order in which the layers were made does not matter.
        variable.assign(np.random.default_rng(15).normal(scale=0.3, size=tuple(variable.shape)))
    answer = np.asarray(model(image, training=False))
    return np.concatenate([answer.shape[1:], [model.count_params()], answer.ravel()]).astype(np.float32)


block = Exercise(
    id="16-block",
    title="A residual block in Keras",
    seconds=20,  # networks are built
    prompt=(
        "Write `residual_block(shape)`. By hand first: how many parameters has such a block for 2 channels? And "
        "what does it give if all its weights are 0?"
    ),
    solution=residual_block,
    hints=(
        'Begin with `entered = keras.Input(shape)`, and use `keras.layers.Conv2D(shape[-1], 3, padding="same")`.',
        "The first convolution has a ReLU after it. The second has none: that comes after the sum.",
        "`keras.layers.Add()([changed, entered])` adds; `keras.layers.ReLU()` comes last.",
        "`return keras.Model(entered, left)`, with what the last ReLU gives.",
    ),
    inputs=lambda: [((3, 3, 2),), ((4, 5, 3),)],
    fresh=lambda random: [(tuple(map(int, shape)),) for shape in random.integers(3, 8, (2, 3))],
    mistakes={
        "Nothing is added: this is a plain block.": lambda shape: _block(shape, join=None),
        "The ReLU after the sum is missing.": lambda shape: _block(shape, last=None),
        "Between the two convolutions a ReLU is missing: they could be one.": lambda shape: _block(shape, first=None),
        "You put a ReLU on the second convolution as well. Then the block could only add, never take away.": _relu_on_the_second,
        "The last ReLU comes before the sum. Add first, then take the ReLU.": lambda shape: _block(
            shape, second="relu", last=None
        ),
        "You put the two side by side (concatenated). They are added, number by number.": lambda shape: _block(
            shape, join="Concatenate"
        ),
        "Your ReLUs come before the convolutions. That is the block of 2016; here they come after the first "
        "one, and after the sum.": lambda shape: _block(shape, before="relu", last=None),
        "You used one layer twice, so both steps share their weights. Make two layers.": lambda shape: _block(
            shape, twice=True
        ),
        "There is batch normalization in your block. Most residual networks have it; this block has not.": lambda shape: (
            _block(shape, normalized=True)
        ),
    },
    judge=_block_at_work,
)


def normalized(batch, mean, variance, training):
    """Normalize a batch, in training and in inference.

    `batch` has its channels on the last axis; before it there may be one
    axis (the images) or three (images, rows, columns). In training
    take the mean and the variance of each channel over all the other
    axes of this batch. Else take `mean` and `variance`, which hold a
    number for each channel and were stored before. Subtract the mean,
    and divide by the square root of the variance plus 0.001.
    """
    if training:
        axes = tuple(range(batch.ndim - 1))
        mean, variance = batch.mean(axis=axes), batch.var(axis=axes)
    return (batch - mean) / np.sqrt(variance + 0.001)


def _over_the_images_only(batch, mean, variance, training):
    if training:
        mean, variance = batch.mean(axis=0), batch.var(axis=0)
    return (batch - mean) / np.sqrt(variance + 0.001)


def _with(own, batch, mean, variance, training, *, by=lambda variance: np.sqrt(variance + 0.001)):
    """Normalize, in training by the mean and the variance that `own` takes of the batch."""
    mean, variance = own(batch) if training else (mean, variance)
    return (batch - mean) / by(variance)


def _by_channel(batch, ddof=0):
    axes = tuple(range(batch.ndim - 1))
    return batch.mean(axis=axes), batch.var(axis=axes, ddof=ddof)


def _batches():
    random = np.random.default_rng(16)
    stored = np.array([0.5, -1.0, 2.0]), np.array([4.0, 0.25, 1.0])
    images = random.normal(1.0, 2.0, (3, 2, 2, 3)).round(2)
    return [
        (np.array([[1.0], [3.0]]), np.array([0.0]), np.array([4.0]), True),
        (np.array([[1.0], [3.0]]), np.array([0.0]), np.array([4.0]), False),
        (images, *stored, True),
        (images, *stored, False),
    ]


normalization = Exercise(
    id="16-normalized",
    title="In training, and in inference",
    prompt=(
        "Write `normalized(batch, mean, variance, training)`. By hand first: a batch of 1 and 3, one channel; "
        "stored are the mean 0 and the variance 4. What comes out in training? And in inference?"
    ),
    solution=normalized,
    hints=(
        "The two cases differ in one thing: where mean and variance come from. What follows is the same.",
        "`batch.mean(axis=0)` is right for a batch with two axes. With four, `axis=(0, 1, 2)`.",
        "For any number of axes: `axes = tuple(range(batch.ndim - 1))`.",
        "`(batch - mean) / np.sqrt(variance + 0.001)`, after `if training:` has replaced the two.",
    ),
    inputs=_batches,
    mistakes={
        "You always took the batch's own numbers. In inference those that were stored are taken.": lambda batch, mean, variance, training: (
            normalized(batch, mean, variance, True)
        ),
        "You always took what was stored. In training the batch has its own numbers.": lambda batch, mean, variance, training: (
            normalized(batch, mean, variance, False)
        ),
        "You took the mean over the images only, one for each position. A channel has one mean: over rows and "
        "columns too.": _over_the_images_only,
        "You took one mean for all channels. Each channel has its own.": lambda *given: _with(
            lambda batch: (batch.mean(), batch.var()), *given
        ),
        "You took the mean over the last axis, across the channels. Take it over all axes but the last.": lambda *given: (
            _with(lambda batch: (batch.mean(-1, keepdims=True), batch.var(-1, keepdims=True)), *given)
        ),
        "You divided by the variance. Take its square root.": lambda *given: _with(
            _by_channel, *given, by=lambda variance: variance + 0.001
        ),
        "You added 0.001 after the square root. It belongs under it.": lambda *given: _with(
            _by_channel, *given, by=lambda variance: np.sqrt(variance) + 0.001
        ),
        "The 0.001 is missing. It guards against dividing by zero.": lambda *given: _with(
            _by_channel, *given, by=np.sqrt
        ),
        "You divided the squares by n − 1. Batch normalization divides by n, as `var` does.": lambda *given: _with(
            lambda batch: _by_channel(batch, ddof=1), *given
        ),
    },
)


def train_epoch(model, optimizer, loss, batches):
    """Train for one epoch, step by step, and return the mean loss.

    `batches` is a list of pairs (images, labels); the last one is
    smaller. For each pair compute `loss(labels, logits)` under a
    `tf.GradientTape`, with the model as it is in training, and let
    `optimizer` take one step along the gradient by the trainable
    weights. Return the mean of the loss over all images of the epoch,
    each as it was just before the step of its batch.
    """
    import tensorflow as tf

    total, images_seen = 0.0, 0
    for images, labels in batches:
        with tf.GradientTape() as tape:
            value = loss(labels, model(images, training=True))
        weights = model.trainable_variables
        gradients = tape.gradient(value, weights)
        optimizer.apply_gradients(zip(gradients, weights))
        total += float(value) * len(images)
        images_seen += len(images)
    return total / images_seen


@functools.cache
def _digits():
    """200 of the small digits."""
    images, labels = small_digits(seed=16)
    return images[:200], labels[:200]


def _small_network():
    """A network for small digits: its first convolution is frozen, and batch normalization follows.

    The first weights have seeds of their own, so that the check neither depends on the reader's nor changes it.
    """
    import keras
    from keras import initializers, layers

    he, glorot = initializers.HeNormal(seed=16), initializers.GlorotUniform(seed=16)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(8, 3, kernel_initializer=he, name="frozen", trainable=False),
            layers.BatchNormalization(momentum=0.9, name="normalized"),
            layers.ReLU(name="relu"),
            layers.Flatten(name="flat"),
            layers.Dense(10, kernel_initializer=glorot, name="logits"),
        ]
    )
    # Each answer gets a copy. Keras would make it through a saved file; building it again is quicker.
    model.__deepcopy__ = lambda memo: _small_network()
    return model


def _something_to_train():
    """A network, an optimizer, a loss, and seven batches: six of 32, one of 8."""
    import keras

    images, labels = _digits()
    batches = [(images[start : start + 32], labels[start : start + 32]) for start in range(0, len(images), 32)]
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return [(_small_network(), keras.optimizers.SGD(0.1), loss, batches)]


@dataclass(frozen=True)
class Epoch:
    """What an epoch of training did, in plain values.

    Attributes
    ----------
    mean : float
        The loss that was returned.
    steps, batches : int
        Updates by the optimizer, and batches that were given.
    still : tuple of str
        Trainable weights that are what they were.
    frozen_moved, averages_moved : bool
        Whether frozen weights have changed; whether the moving averages of batch normalization have.
    before, after : float
        The loss on all the images with the first weights and with the last ones, in inference.
    right : float
        The mean loss that a right epoch gives.
    by_batch, last, total : float
        Of a right epoch: the mean in which each batch counts the same, the last batch's loss, the sum.
    """

    mean: float
    steps: int
    batches: int
    still: tuple[str, ...]
    frozen_moved: bool
    averages_moved: bool
    before: float
    after: float
    right: float
    by_batch: float
    last: float
    total: float

    @property
    def trained_well(self) -> bool:
        """Whether the training itself is right, whatever was returned."""
        moved = self.averages_moved and not self.still and not self.frozen_moved
        return moved and self.steps == self.batches and self.after < self.before

    def returned(self, value: float) -> bool:
        """Whether a certain loss was returned."""
        return abs(self.mean - value) < 2e-3 * abs(value)


@functools.cache
def _right_losses():
    """Each batch's loss in a right epoch, written with what Keras has for single steps, not with the solution."""
    model, optimizer, loss, batches = _something_to_train()[0]
    model.compile(optimizer, loss)
    losses = []
    for images, labels in batches:
        model.reset_metrics()  # some versions of Keras give the mean of all batches so far
        losses.append(float(model.train_on_batch(images, labels)))
    return losses


def _what_it_did(mean, model, optimizer, loss, batches):
    """what your epoch did to the network, and the loss that you returned"""
    if np.ndim(mean) or not np.issubdtype(np.asarray(mean).dtype, np.number):
        raise TypeError(f"one number is asked for, the mean loss; a {type(mean).__name__} came")
    first = _small_network()
    pairs = list(zip(first.variables, model.variables, strict=True))
    trainable = {variable.path for variable in model.trainable_variables}

    def changed(one, other):
        return not np.array_equal(one.numpy(), other.numpy())

    def name(variable):
        return "/".join(variable.path.split("/")[-2:])  # layer and weight

    images, labels = (np.concatenate(parts) for parts in zip(*batches, strict=True))
    losses, sizes = _right_losses(), [len(labels) for _, labels in batches]
    return Epoch(
        mean=float(mean),
        steps=int(optimizer.iterations),
        batches=len(batches),
        still=tuple(name(now) for then, now in pairs if now.path in trainable and not changed(then, now)),
        frozen_moved=any(changed(then, now) for then, now in pairs if name(now).startswith("frozen/")),
        averages_moved=any(changed(then, now) for then, now in pairs if "/moving_" in now.path),
        before=float(loss(labels, first(images, training=False))),
        after=float(loss(labels, model(images, training=False))),
        right=float(np.average(losses, weights=sizes)),
        by_batch=float(np.mean(losses)),
        last=losses[-1],
        total=float(np.sum(losses)),
    )


def _still_lacks(epoch):
    """What is still asked for; empty if it is all there."""
    if epoch.steps != epoch.batches:
        return f"the optimizer took {epoch.steps} steps; one for each of the {epoch.batches} batches is asked for"
    if epoch.still:
        return f"these trainable weights are what they were: {', '.join(epoch.still)}"
    if not epoch.after < epoch.before:
        return f"the loss on the 200 images was {epoch.before:.2f} before and is {epoch.after:.2f} now; it has to fall"
    if not epoch.returned(epoch.right):
        return f"the mean loss that you returned is {epoch.mean:.4f}; over all images of the epoch it was another one"
    return ""


def _not_as_in_training(model, optimizer, loss, batches):
    import tensorflow as tf

    total, images_seen = 0.0, 0
    for images, labels in batches:
        with tf.GradientTape() as tape:
            value = loss(labels, model(images))
        weights = model.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(value, weights), weights))
        total += float(value) * len(images)
        images_seen += len(images)
    return total / images_seen


def _epoch(
    model,
    optimizer,
    loss,
    batches,
    *,
    of=lambda model: model.trainable_variables,
    steps=1,
    mean=lambda losses, sizes: np.average(losses, weights=sizes),
):
    """An epoch that differs from the right one in what is named."""
    import tensorflow as tf

    losses = []
    for images, labels in batches:
        with tf.GradientTape() as tape:
            value = loss(labels, model(images, training=True))
        weights = of(model)
        gradients = tape.gradient(value, weights)
        for _ in range(steps):
            optimizer.apply_gradients(zip(gradients, weights))
        losses.append(float(value))
    return mean(losses, [len(labels) for _, labels in batches])


def _kernels_and_biases(model):
    """All that gradient descent could move, frozen or not; the moving averages have no gradient."""
    return [variable for variable in model.variables if "/moving_" not in variable.path]


epoch_by_hand = Exercise(
    id="16-train-epoch",
    title="An epoch of your own",
    prompt=(
        "Write `train_epoch(model, optimizer, loss, batches)`, a training loop without `fit`. The check trains a small "
        "network on 200 digits of scikit-learn with it, in batches of 32. Its first convolution is frozen, and it has "
        "batch normalization. By hand first: how many steps are that, and how many images has the last batch?"
    ),
    solution=train_epoch,
    hints=(
        "One step is in the cell above: the loss under the tape, the gradient, `optimizer.apply_gradients`. Put a loop "
        "around it.",
        "Two things are said to Keras by you and not by `fit`: `training=True`, and which weights: "
        "`model.trainable_variables`.",
        "The loss of a batch is a mean over its images. For the mean over all images multiply it by `len(images)`, add "
        "up, and divide by the number of all images at the end.",
    ),
    inputs=_something_to_train,
    judge=_what_it_did,
    missing=_still_lacks,
    in_place=True,
    seconds=60.0,
    mistakes={
        "The optimizer took no step: the gradient has been computed, and nothing was done with it.": Told(
            lambda *given: _epoch(*given, steps=0), lambda epoch: epoch.steps == 0
        ),
        "Only the first batch was used. Does your `return` stand inside the loop?": Told(
            lambda model, optimizer, loss, batches: _epoch(model, optimizer, loss, batches[:1]),
            lambda epoch: epoch.steps == 1 < epoch.batches,
        ),
        "Each gradient was applied twice. After a step the gradient is another one: one step a batch.": Told(
            lambda *given: _epoch(*given, steps=2), lambda epoch: epoch.steps == 2 * epoch.batches
        ),
        "`training=True` is missing: the moving averages of batch normalization are what they were, and a dropout "
        "layer would have dropped nothing.": Told(
            _not_as_in_training, lambda epoch: epoch.steps > 0 and not epoch.averages_moved
        ),
        "Frozen weights have moved. Take the gradient by `model.trainable_variables`, not by all variables.": Told(
            lambda *given: _epoch(*given, of=_kernels_and_biases), lambda epoch: epoch.frozen_moved
        ),
        "Only the last layer has learned. `model.trainable_variables` holds the weights of all layers.": Told(
            lambda *given: _epoch(*given, of=lambda model: model.layers[-1].trainable_variables),
            lambda epoch: epoch.steps > 1 and bool(epoch.still) and not any("logits" in name for name in epoch.still),
        ),
        "That is the loss of the last batch alone.": Told(
            lambda *given: _epoch(*given, mean=lambda losses, sizes: losses[-1]),
            lambda epoch: epoch.trained_well and epoch.returned(epoch.last),
        ),
        "In your mean the last batch, of 8 images, counts as much as one of 32. Weigh each batch by its number of "
        "images.": Told(
            lambda *given: _epoch(*given, mean=lambda losses, sizes: np.mean(losses)),
            lambda epoch: epoch.trained_well and epoch.returned(epoch.by_batch),
        ),
        "That is the sum of the losses of the batches. A mean over all images is asked for.": Told(
            lambda *given: _epoch(*given, mean=lambda losses, sizes: np.sum(losses)),
            lambda epoch: epoch.trained_well and epoch.returned(epoch.total),
        ),
    },
)


EXERCISES = [chain, block, epoch_by_hand, blocks, normalization]
