"""Exercises of chapter 14, Grad-CAM."""

import numpy as np

from labkit.course.exercises import Exercise


def class_activation(maps, weights):
    """Say what each position of the maps adds to the score of a class.

    `maps` is an array of shape (height, width, channels), `weights`
    holds the class's weight for each channel. Return an array of shape
    (height, width): at each position, weight times map, summed over the
    channels. Negative values stay.
    """
    return np.sum(maps * weights, axis=-1)


def _stacks():
    random = np.random.default_rng(14)
    by_hand = np.stack([[[4.0, 0], [0, 0]], [[0, 2.0], [0, 2]]], axis=-1)
    return [
        (by_hand, np.array([3.0, -1.0])),
        (random.uniform(0, 3, (2, 3, 4)), np.array([1.0, -2.0, 0.5, 0.0])),
        (random.uniform(0, 3, (7, 7, 5)), random.normal(size=5)),
    ]


what_each_position_adds = Exercise(
    id="14-class-activation",
    title="What each position adds",
    prompt=(
        "Write `class_activation(maps, weights)`. The first check is the example above, with two maps of 2×2. Do it by "
        "hand before: what is at the position of the 4, and what at the positions of the twos?"
    ),
    solution=class_activation,
    hints=(
        "The channels are the last axis. NumPy multiplies each of them by its weight if you write `maps * weights`.",
        "Then sum over the last axis only: `axis=-1`.",
    ),
    inputs=_stacks,
    mistakes={
        "You summed over the positions, and a number for each channel is left. Sum over the channels, the last axis.": lambda maps, weights: (
            np.sum(maps * weights, axis=(0, 1))
        ),
        "That is the score itself. Asked for is what each position adds to it.": lambda maps, weights: np.sum(
            np.mean(maps, axis=(0, 1)) * weights
        ),
        "You took the strongest channel at each position. All of them count: take the sum.": lambda maps, weights: (
            np.max(maps * weights, axis=-1)
        ),
        "The weights are missing: a map can also speak against the class.": lambda maps, weights: np.sum(maps, axis=-1),
        "You divided by the number of positions. Then the values add up to the score; asked for is the sum before that.": lambda maps, weights: (
            class_activation(maps, weights) / maps[..., 0].size
        ),
        "Every map counts as if it spoke for the class. Keep the sign of each weight.": lambda maps, weights: (
            class_activation(maps, np.abs(weights))
        ),
        "You set negative values to 0. That comes later; here they stay.": lambda maps, weights: np.maximum(
            class_activation(maps, weights), 0
        ),
        "Before adding, you left out what is negative. What speaks against the class counts too.": lambda maps, weights: (
            np.sum(np.maximum(maps * weights, 0), axis=-1)
        ),
    },
)


def grad_cam_map(maps, gradients):
    """Make a Grad-CAM map of one layer's maps and their gradients.

    Both arrays have the shape (height, width, channels). Weigh each map
    by the mean of its gradient, add up the weighted maps, set negative
    values to 0, and divide by the largest value. A map that is 0
    everywhere stays so. Return an array of shape (height, width).
    """
    weights = gradients.mean(axis=(0, 1))
    heatmap = np.maximum((maps * weights).sum(axis=-1), 0)
    peak = heatmap.max()
    return heatmap / peak if peak > 0 else heatmap


def _layers():
    random = np.random.default_rng(7)
    by_hand = np.stack([[[4.0, 0], [0, 0]], [[0, 2.0], [0, 2]]], axis=-1)
    return [
        (by_hand, np.broadcast_to([0.75, -0.25], (2, 2, 2)).copy()),
        (np.stack([[[1.0, 3], [2, 0]], [[0, 1.0], [4, 1]]], axis=-1), np.stack([[[0.0, 8], [0, 0]], [[-4.0, 0], [0, 8]]], axis=-1)),
        (by_hand, np.broadcast_to([-0.75, -0.25], (2, 2, 2)).copy()),
        (random.uniform(0, 3, (7, 7, 6)), random.normal(0.05, 1, (7, 7, 6))),
    ]  # fmt: skip


def _sums(maps, gradients):
    return (maps * gradients.mean(axis=(0, 1))).sum(axis=-1)


def _zero_by_zero(maps, gradients):
    weights = gradients.mean(axis=(0, 1))
    heatmap = np.maximum((maps * weights).sum(axis=-1), 0)
    return heatmap / heatmap.max()


def _by_the_largest(sums):
    with np.errstate(invalid="ignore", divide="ignore"):
        return sums / sums.max()


def _peak_one(sums):
    positive = np.maximum(sums, 0)
    return positive / (positive.max() or 1)


def _no_relu_flat_kept(maps, gradients):
    sums = _sums(maps, gradients)
    return sums / sums.max() if sums.max() > 0 else np.zeros_like(sums)


def _lowest_to_highest(maps, gradients):
    sums = _sums(maps, gradients)
    return (sums - sums.min()) / (np.ptp(sums) or 1)


grad_cam = Exercise(
    id="14-grad-cam",
    title="Grad-CAM",
    prompt=(
        "Write `grad_cam_map(maps, gradients)`. The first check is the example above. In the second the gradient is "
        "not the same at all positions; by hand, the weights are 2 and 1. In the third all positions speak against the class."
    ),
    solution=grad_cam_map,
    hints=(
        "One number for each channel: the mean of its gradient over both axes of positions, `axis=(0, 1)`.",
        "`(maps * weights).sum(axis=-1)` adds up the weighted maps; `np.maximum(…, 0)` comes after the sum.",
        "Before you divide, look whether the largest value is 0.",
    ),
    inputs=_layers,
    mistakes={
        "Where no position speaks for the class, the largest value is 0, and 0/0 gives NaN. Let such a map be.": _zero_by_zero,
        (
            "Negative values are left, and where none is positive the division fails too. Set negative values to 0, "
            "and divide only if something is left."
        ): lambda maps, gradients: _by_the_largest(_sums(maps, gradients)),
        (
            "You divided before you set negative values to 0. Where no position speaks for the class, the largest value "
            "is not above 0, and dividing by it fails. Cut off first, and divide only if something is left."
        ): lambda maps, gradients: np.maximum(_by_the_largest(_sums(maps, gradients)), 0),
        "Negative values are left. Set them to 0 before you divide.": _no_relu_flat_kept,
        "You took the absolute value. What speaks against the class would be shown as if it spoke for it.": lambda maps, gradients: (
            _peak_one(np.abs(_sums(maps, gradients)))
        ),
        (
            "You stretched from the smallest to the largest value. Then 0, which means nothing, becomes evidence. Set "
            "negative values to 0 and divide by the largest."
        ): _lowest_to_highest,
        (
            "You multiplied each position by its own gradient; that is another method, HiResCAM. Take the mean of the "
            "gradient over the positions first."
        ): lambda maps, gradients: _peak_one((maps * gradients).sum(axis=-1)),
        (
            "You took one mean over everything, and each map needs its own. (`axis=(0, 1, 2)` is for arrays with a "
            "batch in front. Here the positions are the axes 0 and 1.)"
        ): lambda maps, gradients: _peak_one((maps * gradients.mean()).sum(axis=-1)),
        "Maps with negative weights are left out of your sum. They count: only the sum is cut off at 0.": lambda maps, gradients: (
            _peak_one((maps * np.maximum(gradients.mean(axis=(0, 1)), 0)).sum(axis=-1))
        ),
    },
)


def grad_cam_of(model, image, class_index, layer):
    """Make the Grad-CAM map of a class, as large as the image.

    `model` is a functional Keras model. Its layer "logits" gives the
    scores, the last one the probabilities. `image` is an array of shape
    (height, width, channels). `layer` is the name of the layer whose
    maps are weighed. Cut off at 0, divide by the peak (a map that is 0
    everywhere stays so), and then enlarge with `tf.image.resize`, which
    is bilinear. Return an array of shape (height, width).
    """
    import keras
    import tensorflow as tf

    outputs = [model.get_layer(name).output for name in (layer, "logits")]
    both = keras.Model(model.input, outputs)
    pixels = tf.constant(image[np.newaxis], tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(pixels)
        maps, scores = both(pixels)
        score = scores[:, class_index]
    weights = tf.reduce_mean(tape.gradient(score, maps), axis=(1, 2))
    heatmap = tf.nn.relu(tf.reduce_sum(maps[0] * weights[0], axis=-1))
    heatmap = tf.math.divide_no_nan(heatmap, tf.reduce_max(heatmap))
    return tf.image.resize(heatmap[..., np.newaxis], image.shape[:2])[..., 0].numpy()


def _batch_wanted(images):
    """Pass a batch on, and say in words that an image alone is none: Keras would take it for images of one row."""
    from keras import layers

    rows = tuple(images.shape[1:])

    class Batch(layers.Layer):
        def call(self, found):
            if tuple(found.shape[1:]) != rows:
                raise ValueError("The model wants a batch: image[np.newaxis]")
            return found

    return Batch(name="batch")(images)


def _by_hand():
    """Maps of 4 0 / 0 0 and 0 2 / 0 2 for the image below; the classes have the weights (3, −1) and (−1, −2)."""
    import keras
    from keras import layers

    entered = keras.Input((4, 4, 1))
    maps = layers.Conv2D(2, 2, strides=2, activation="relu", name="maps")(_batch_wanted(entered))
    logits = layers.Dense(2, name="logits")(layers.GlobalAveragePooling2D()(maps))
    model = keras.Model(entered, layers.Softmax(name="probabilities")(logits))
    model.set_weights([np.full((2, 2, 1, 2), [0.25, -0.25]), np.zeros(2), np.array([[3, -1], [-1, -2]]), np.zeros(2)])
    return model


def _of_two_convolutions():
    """Its gradients differ from position to position, since a dense layer follows the maps at once."""
    import keras
    from keras import layers

    entered = keras.Input((8, 12, 3))
    first = layers.Conv2D(4, 3, padding="same", activation="relu", name="first")(entered)
    second = layers.Conv2D(5, 3, padding="same", activation="relu", name="second")(layers.MaxPooling2D()(first))
    logits = layers.Dense(3, name="logits")(layers.Flatten()(second))
    model = keras.Model(entered, layers.Softmax(name="probabilities")(logits))
    random = np.random.default_rng(14)
    # Sums of a hundred products stay near 1, so that no class is certain.
    model.set_weights([random.normal(size=weights.shape) / 10 for weights in model.get_weights()])
    return model


def _built_anew_by(build):
    """A network that is built anew where it would be copied, as each call's arguments are: Keras copies by a file."""
    model = build()
    model.__deepcopy__ = lambda _: build()
    return model


def _models():
    small, larger = _built_anew_by(_by_hand), _built_anew_by(_of_two_convolutions)
    image = np.zeros((4, 4, 1), np.float32)
    image[:2, :2], image[:, 2:] = 4, -2
    photo = np.random.default_rng(3).uniform(0, 1, (8, 12, 3)).astype(np.float32)
    return [
        (small, image, 0, "maps"),
        (small, image, 1, "maps"),
        (larger, photo, 0, "second"),
        (larger, photo, 2, "second"),
        (larger, photo, 1, "first"),
    ]


def _taped(model, image, class_index, layer):
    """The maps of a layer and the gradients of a score, for the mistakes: (rows, columns, channels) each."""
    import keras
    import tensorflow as tf

    both = keras.Model(model.input, [model.get_layer(name).output for name in (layer, "logits")])
    pixels = tf.constant(image[np.newaxis], tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(pixels)
        maps, found = both(pixels)
        score = found[:, class_index]
    return maps.numpy()[0], tape.gradient(score, maps).numpy()[0]


def _as_large_as(image, heatmap):
    import tensorflow as tf

    return tf.image.resize(heatmap[..., np.newaxis], image.shape[:2])[..., 0].numpy()


def _made_by(heatmap_of):
    """A mistake: what a function makes of maps and gradients, as large as the image."""
    return lambda model, image, class_index, layer: _as_large_as(
        image, heatmap_of(*_taped(model, image, class_index, layer))
    )


def _of_the_probability(model, image, class_index, layer):
    import keras
    import tensorflow as tf

    both = keras.Model(model.input, [model.get_layer(layer).output, model.output])
    with tf.GradientTape() as tape:
        maps, probabilities = both(image[np.newaxis])
        chosen = probabilities[:, class_index]
    weights = tf.reduce_mean(tape.gradient(chosen, maps), axis=(1, 2))
    heatmap = tf.nn.relu(tf.reduce_sum(maps * weights, axis=-1))
    heatmap = tf.math.divide_no_nan(heatmap, tf.reduce_max(heatmap))
    return tf.image.resize(heatmap[..., np.newaxis], image.shape[:2])[0, ..., 0].numpy()


def _of_the_first_class(model, image, class_index, layer):
    first = int(np.argmax(model(image[np.newaxis])[0]))
    return grad_cam_of(model, image, first, layer)


def _by_the_pixels(model, image, class_index, layer):
    _, gradients = _taped(model, image, class_index, model.layers[0].name)
    return _peak_one(np.abs(gradients).max(axis=-1))


def _enlarged_first(model, image, class_index, layer):
    maps, gradients = _taped(model, image, class_index, layer)
    return _peak_one(_as_large_as(image, np.maximum(_sums(maps, gradients), 0)))


grad_cam_of_a_model = Exercise(
    id="14-grad-cam-of",
    title="Grad-CAM of a model",
    prompt=(
        "Write `grad_cam_of(model, image, class_index, layer)` in plain Keras, if you can without looking up. It is tried "
        "on two small networks with fixed weights. The first has the two maps of 2×2 from above and two classes, with the "
        "weights (3, −1) and (−1, −2). By hand: which map do you expect for class 1?"
    ),
    solution=grad_cam_of,
    hints=(
        "Three things are asked for beyond `grad_cam` above: an image without a batch, any layer, and the enlarging.",
        'A `keras.Model` with the outputs of `layer` and of "logits" gives maps and scores at once. It has to run inside '
        "the tape, which watches what goes in.",
        "`tf.image.resize` wants a last axis for channels: `heatmap[..., np.newaxis]`, and `[..., 0]` afterwards.",
    ),
    inputs=_models,
    mistakes={
        (
            'You took the gradient of the probability. Asked for is that of the score before the softmax: layer "logits".'
        ): _of_the_probability,
        "You explained the class that the model finds first. `class_index` says which is asked for.": _of_the_first_class,
        "What you return has the size of the layer's maps. Enlarge it to the size of the image.": lambda model, image, class_index, layer: (
            grad_cam_map(*_taped(model, image, class_index, layer))
        ),
        "You enlarged before you divided by the peak. Between positions the enlarged map is lower, so the order matters.": _enlarged_first,
        "Negative values are left. Set them to 0 after the weighted sum.": _made_by(_no_relu_flat_kept),
        "You took the absolute value. What speaks against the class would be shown as if it spoke for it.": _made_by(
            lambda maps, gradients: _peak_one(np.abs(_sums(maps, gradients)))
        ),
        "Where no position speaks for the class, the largest value is 0, and 0/0 gives NaN. Let such a map be.": _made_by(
            _zero_by_zero
        ),
        (
            "You took the gradient's mean over the channels. One weight a channel is asked for: the mean over the "
            "positions, the axes of rows and columns."
        ): _made_by(lambda maps, gradients: _peak_one((maps * gradients.mean(axis=-1, keepdims=True)).sum(axis=-1))),
        (
            "You multiplied each position by its own gradient; that is another method, HiResCAM. Take the mean of the "
            "gradient over the positions first."
        ): _made_by(lambda maps, gradients: _peak_one((maps * gradients).sum(axis=-1))),
        "You summed the channels without their weights, so the map is the same for every class.": _made_by(
            lambda maps, _: _peak_one(maps.sum(axis=-1))
        ),
        "That is the gradient by the pixels, a saliency map. Take the gradient by the maps of the layer.": _by_the_pixels,
    },
    seconds=60.0,
)


def lay_over(image, colours, strength):
    """Add the colours of a heatmap to an image.

    `image` is of shape (height, width, 3), whole numbers 0 to 255, red
    first. `colours` is alike, as OpenCV's applyColorMap returns it: blue
    first. Return image plus `strength` times colours, red first, cut
    off at 255, rounded, as whole numbers (np.uint8).
    """
    mixed = image + strength * colours[..., ::-1]
    return np.clip(np.rint(mixed), 0, 255).astype(np.uint8)


def _images():
    random = np.random.default_rng(3)
    pixel, dark_blue = np.array([[[100, 150, 200]]], np.uint8), np.array([[[130, 20, 0]]], np.uint8)
    return [
        (pixel, dark_blue, 0.4),
        (np.array([[[250, 250, 10]]], np.uint8), np.array([[[0, 100, 255]]], np.uint8), 0.4),
        (random.integers(0, 256, (4, 5, 3)).astype(np.uint8), random.integers(0, 256, (4, 5, 3)).astype(np.uint8), 0.6),
    ]


def _added(image, colours, strength):
    return np.rint(image + strength * colours.astype(float))


def _to_bytes(mixed):
    return np.clip(mixed, 0, 255).astype(np.uint8)


red_is_first = Exercise(
    id="14-lay-over",
    title="Red is first",
    prompt=(
        "Write `lay_over(image, colours, strength)`. By hand first: a pixel with red 100, green 150, blue 200, and "
        "OpenCV's colour (130, 20, 0), which is a blue. Strength 0.4. Which of the three channels grows the most?"
    ),
    solution=lay_over,
    hints=(
        "`colours[..., ::-1]` turns the last axis about, and that is the one of the channels.",
        "0.4 times an array of bytes is an array of floats, so nothing wraps around yet. `np.clip(…, 0, 255)` comes "
        "before `.astype(np.uint8)`.",
    ),
    inputs=_images,
    dtype="uint8",
    mistakes={
        (
            "The colours are still blue first, and the image is red first. What is blue in the one is added to the "
            "red of the other."
        ): lambda image, colours, strength: _to_bytes(_added(image, colours, strength)),
        "Your result is blue first. Leave the image as it is, and turn the colours about.": lambda image, colours, strength: (
            _to_bytes(_added(image[..., ::-1], colours, strength))
        ),
        "You turned the columns about. The channels are the last axis: `[..., ::-1]`.": lambda image, colours, strength: (
            _to_bytes(_added(image, colours[:, ::-1], strength))
        ),
        "Sums over 255 wrapped around: 352 became 96. Cut off at 255 before you make whole numbers.": lambda image, colours, strength: (
            _added(image, colours[..., ::-1], strength).astype(np.int64).astype(np.uint8)
        ),
        (
            "Made to bytes, 352 became 96: sums over 255 wrapped around. Round and cut off at 255 before you make "
            "whole numbers; `astype` does neither."
        ): lambda image, colours, strength: (image + strength * colours[..., ::-1]).astype(np.int64).astype(np.uint8),
        "Some values are over 255. Cut them off, and return np.uint8.": lambda image, colours, strength: _added(
            image, colours[..., ::-1], strength
        ),
        "You took (1 − strength) times the image. Add to the image as it is, so that it brightens.": lambda image, colours, strength: (
            lay_over((1 - strength) * image, colours, strength)
        ),
        "`astype` cuts off what is behind the point. Round before that, with `np.rint`.": lambda image, colours, strength: (
            _to_bytes(image + strength * colours[..., ::-1])
        ),
    },
)


def measures(heatmap, mask, threshold):
    """Measure how well a heatmap finds an object.

    Both arrays have the shape (height, width); `mask` is true where the
    object is. Return two things. First, whether the strongest position of
    the heatmap lies on the object, True or False. Second, the IoU:
    positions that are at least `threshold` count as found; divide the
    number of positions that are found and on the object by the number of
    those that are found or on the object.
    """
    row, column = np.unravel_index(np.argmax(heatmap), heatmap.shape)
    found = heatmap >= threshold
    return bool(mask[row, column]), np.sum(found & mask) / np.sum(found | mask)


def _finds():
    random = np.random.default_rng(5)
    heatmap = np.array([[1.0, 0.5, 0.0], [0.2, 0.6, 0.0]])
    mask = np.array([[False, True, True], [False, True, False]])
    values = random.uniform(0, 0.8, (6, 6))
    values[2, 3] = 1.0
    square = np.zeros((6, 6), bool)
    square[1:4, 3:6] = True  # as a table of columns and rows, it misses the strongest position
    return [
        (heatmap, mask, 0.5),
        (np.array([[0.1, 0.9], [0.3, 1.0]]), np.eye(2, dtype=bool), 0.3),
        (np.array([[0.8, 0.2], [0.0, 0.45]]), np.array([[False, False], [False, True]]), 0.5),
        (values, square, 0.6),
    ]


def _hit(heatmap, mask):
    return bool(mask.ravel()[np.argmax(heatmap)])


def _iou(heatmap, mask, threshold):
    found = heatmap >= threshold
    return np.sum(found & mask) / np.sum(found | mask)


def _row_of_the_mask(heatmap, mask, threshold):
    found = heatmap >= threshold
    return mask[np.argmax(heatmap)], np.sum(found & mask) / np.sum(found | mask)


pointing_game_and_iou = Exercise(
    id="14-measures",
    title="Pointing game and IoU",
    prompt=(
        "Write `measures(heatmap, mask, threshold)`. The first check is the small example above: is the strongest position "
        "on the object? How many positions are found, how many of them on the object?"
    ),
    solution=measures,
    hints=(
        "`np.argmax(heatmap)` gives the number of the strongest position, counted row by row. `mask.ravel()` puts the mask "
        "in the same order.",
        "`found = heatmap >= threshold` is an array of True and False, like the mask.",
        "`found & mask` is true where both are, `found | mask` where one of them or both; `np.sum` counts.",
    ),
    inputs=_finds,
    mistakes={
        (
            "`np.argmax` counts the positions row by row, and `mask[…]` with that number takes a whole row of the mask. "
            "Use `mask.ravel()[…]`, or make row and column of the number first."
        ): _row_of_the_mask,
        "You divided by the number of positions found. Divide by those found or on the object.": lambda heatmap, mask, threshold: (
            _hit(heatmap, mask),
            np.sum((heatmap >= threshold) & mask) / max(np.sum(heatmap >= threshold), 1),
        ),
        "You divided by the size of the object. Divide by the positions found or on the object.": lambda heatmap, mask, threshold: (
            _hit(heatmap, mask),
            np.sum((heatmap >= threshold) & mask) / np.sum(mask),
        ),
        "Positions that are found and on the object are counted twice in your denominator.": lambda heatmap, mask, threshold: (
            _hit(heatmap, mask),
            np.sum((heatmap >= threshold) & mask) / (np.sum(heatmap >= threshold) + np.sum(mask)),
        ),
        "That is the Dice coefficient, a relative of the IoU. Use `found | mask` below the line.": lambda heatmap, mask, threshold: (
            _hit(heatmap, mask),
            2 * np.sum((heatmap >= threshold) & mask) / (np.sum(heatmap >= threshold) + np.sum(mask)),
        ),
        "You counted the positions where both say the same. Empty background would help any heatmap.": lambda heatmap, mask, threshold: (
            _hit(heatmap, mask),
            np.mean((heatmap >= threshold) == mask),
        ),
        "A position that is exactly at the threshold counts as found.": lambda heatmap, mask, threshold: measures(
            heatmap, mask, np.nextafter(threshold, 1)
        ),
        "For the first answer only one position counts, the strongest of the whole heatmap.": lambda heatmap, mask, threshold: (
            bool(np.any((heatmap >= threshold) & mask)),
            _iou(heatmap, mask, threshold),
        ),
        "Your first answer is the number of a position. Look up the mask there.": lambda heatmap, mask, threshold: (
            int(np.argmax(heatmap)),
            _iou(heatmap, mask, threshold),
        ),
        "You multiplied the threshold by the largest value. Take the threshold as it is.": lambda heatmap, mask, threshold: (
            _hit(heatmap, mask),
            _iou(heatmap, mask, threshold * heatmap.max()),
        ),
    },
)


EXERCISES = [what_each_position_adds, grad_cam, grad_cam_of_a_model, red_is_first, pointing_game_and_iou]
