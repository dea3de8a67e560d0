"""Exercises of chapter 20, Every pixel. Segmentation."""

import warnings
from dataclasses import dataclass
from functools import cache

import numpy as np

from labkit.course.built import Built, built
from labkit.course.exercises import Exercise, Told

SAID = np.array([[0, 0, 0, 0], [0, 1, 1, 1], [0, 1, 1, 1], [0, 0, 0, 0]], bool)
THERE = np.array([[0, 0, 0, 0], [0, 1, 1, 0], [0, 1, 1, 0], [0, 1, 1, 0]], bool)


def mask_scores(said, there):
    """Return the IoU and the Dice coefficient of two masks.

    `said` and `there` are arrays of True and False of one shape: the
    mask of a network, and the true one. IoU: shared pixels over those
    in either mask. Dice: twice the shared ones over the sum of both.
    """
    shared = np.sum(said & there)
    either = np.sum(said | there)
    return shared / either, 2 * shared / (np.sum(said) + np.sum(there))


def _pairs_of_masks():
    random = np.random.default_rng(20)
    wide, high = np.zeros((2, 6, 8), bool)
    wide[2:4, 1:7], high[1:6, 2:4] = True, True
    noise = random.uniform(0, 1, (2, 5, 7)) < [[[0.3]], [[0.6]]]
    return [(SAID, THERE), (wide, high), (wide, wide), (wide, ~wide), tuple(noise)]


def _other_masks(random):
    shapes = random.integers(4, 9, (5, 2))
    parts = [random.uniform(0, 1, (2, *shape)) < random.uniform(0.25, 0.7, (2, 1, 1)) for shape in shapes]
    for said, there in parts:
        said[0, 0] = there[0, 0] = there[0, 1] = True
        said[0, 1] = False
    return [tuple(pair) for pair in parts]


def _counts(said, there):
    return np.sum(said & there), np.sum(said | there), np.sum(said), np.sum(there)


def _accuracy(said, there):
    right = np.mean(said == there)
    return right, right


def _sum_for_union(said, there):
    both = np.sum(said) + np.sum(there)
    return np.sum(said & there) / both, 2 * np.sum(said & there) / both


def _dice_without_two(said, there):
    shared, either, a, b = _counts(said, there)
    return shared / either, shared / (a + b)


def _dice_over_union(said, there):
    shared, either, _, _ = _counts(said, there)
    return shared / either, 2 * shared / either


def _over_true(said, there):
    shared, _, a, b = _counts(said, there)
    return shared / b, 2 * shared / (a + b)


def _over_said(said, there):
    shared, _, a, b = _counts(said, there)
    return shared / a, 2 * shared / (a + b)


def _of_background(said, there):
    shared, either, a, b = _counts(~said, ~there)
    return shared / either, 2 * shared / (a + b)


def _rows_for_pixels(said, there):
    return len(said & there) / len(said | there), 2 * len(said & there) / (len(said) + len(there))


def _just_one(said, there):
    shared, _, a, b = _counts(said, there)
    return shared / np.sum(said ^ there), 2 * shared / (a + b)


def _over_all_pixels(said, there):
    shared, _, a, b = _counts(said, there)
    return shared / said.size, 2 * shared / (a + b)


def _both_sizes(said, there):
    shared = np.sum(said & there)
    return shared / said.size, 2 * shared / (said.size + there.size)


def _both_over_all_pixels(said, there):
    shared = np.sum(said & there)
    return shared / said.size, 2 * shared / said.size


how_well_two_masks_agree = Exercise(
    id="20-mask-scores",
    title="How well two masks agree",
    prompt=(
        "Write `mask_scores(said, there)`, which returns both scores. By hand first, with the masks of the drawing above: "
        "how many pixels do they share, how many are in either, and how many has each?"
    ),
    solution=mask_scores,
    hints=(
        "`said & there` is true where both are, `said | there` where at least one is.",
        "`np.sum` of an array of True and False counts what is true.",
        "IoU is shared over either. Dice is twice shared, over `np.sum(said) + np.sum(there)`.",
    ),
    inputs=_pairs_of_masks,
    fresh=_other_masks,
    mistakes={
        "You counted the pixels on which both agree, background and all: that is the pixel accuracy.": _accuracy,
        "In your IoU what is shared counts twice below the line. Either mask or both: `said | there`.": _sum_for_union,
        "The IoU is right. Your Dice lacks the factor 2, so that even the same mask twice gets a half.": _dice_without_two,
        "The IoU is right. Dice is divided by the sum of both areas, not by what either covers.": _dice_over_union,
        "The Dice is right. For the IoU you divided by the true mask alone: too large a mask would cost nothing.": (
            _over_true
        ),
        "The Dice is right. For the IoU you divided by the network's mask alone: what it misses would cost nothing.": (
            _over_said
        ),
        "Those are the scores of the background. Count the pixels that are True.": _of_background,
        "One number came, the IoU; return both.": lambda said, there: mask_scores(said, there)[0],
        "One number came, the Dice coefficient; return both.": lambda said, there: mask_scores(said, there)[1],
        "Both are right, but in the other order: the IoU first.": lambda said, there: mask_scores(said, there)[::-1],
        "`len` of a mask is the number of its rows, whatever is in them. Count what is True.": _rows_for_pixels,
        "The Dice is right. `^` is true where only one mask is: what they share is missing below the line.": _just_one,
        "The Dice is right. You divided the IoU by all pixels, which counts the background of both.": _over_all_pixels,
        "`size` of a mask is the number of all its pixels. Divide by those that are True.": _both_sizes,
        "You divided by all pixels of the image. What is background in both counts in neither score.": (
            _both_over_all_pixels
        ),
    },
)


def stamped(image, kernel, stride):
    """Return the transposed convolution of an image, by loops.

    `image` and `kernel` are two-dimensional. The number at (row,
    column) of the image adds itself, times the kernel, to the part of
    the result that begins at (stride * row, stride * column). The
    result is just large enough for the last stamp.
    """
    rows, columns = image.shape
    high, wide = kernel.shape
    result = np.zeros((stride * (rows - 1) + high, stride * (columns - 1) + wide))
    for row in range(rows):
        for column in range(columns):
            top, left = stride * row, stride * column
            result[top : top + high, left : left + wide] += image[row, column] * kernel
    return result


BY_HAND = np.array([[1.0, 2.0], [0.0, 3.0]]), np.array([[1.0, 2.0, 1.0], [0.0, 1.0, 0.0], [2.0, 0.0, 1.0]])


def _images_to_stamp():
    random = np.random.default_rng(20)
    return [
        (*BY_HAND, 2),
        (np.array([[2.0, -1.0, 4.0]]), np.array([[1.0, 3.0], [0.0, 2.0]]), 1),
        (random.integers(-4, 5, (3, 2)).astype(float), random.integers(1, 6, (4, 4)).astype(float), 2),
        (random.integers(-4, 5, (2, 4)).astype(float), random.integers(1, 6, (3, 4)).astype(float), 2),
    ]


def _other_images_to_stamp(random):
    plans = [((2, 2), (3, 3), 2), ((1, 3), (2, 2), 1), ((3, 4), (4, 3), 2), ((2, 3), (5, 4), 3)]
    return [
        (random.integers(-5, 6, size).astype(float) + 0.5, random.integers(1, 7, kernel).astype(float), stride)
        for size, kernel, stride in plans
    ]


def _stamps(image, kernel, stride, put, size=None):
    rows, columns = image.shape
    high, wide = kernel.shape
    result = np.zeros(size or (stride * (rows - 1) + high, stride * (columns - 1) + wide))
    for row in range(rows):
        for column in range(columns):
            place = np.s_[stride * row : stride * row + high, stride * column : stride * column + wide]
            put(result, place, image[row, column] * kernel)
    return result


def _last_wins(image, kernel, stride):
    rows, columns = image.shape
    high, wide = kernel.shape
    result = np.zeros((stride * (rows - 1) + high, stride * (columns - 1) + wide))
    for row in range(rows):
        for column in range(columns):
            top, left = stride * row, stride * column
            result[top : top + high, left : left + wide] = image[row, column] * kernel
    return result


def _mean_where_they_overlap(image, kernel, stride):
    return stamped(image, kernel, stride) / stamped(np.ones_like(image), np.ones_like(kernel), stride)


def _same(image, kernel, stride):
    return stamped(image, kernel, stride)[: stride * image.shape[0], : stride * image.shape[1]]


def _kernel_as_it_is(image, kernel, stride):
    return stamped(np.ones_like(image), kernel, stride)


def _no_overlap(image, kernel, stride):
    """Each stamp in a place of its own: the Kronecker product."""
    return np.kron(image, kernel)


def _only_corners(image, kernel, stride):
    result = np.zeros_like(stamped(image, kernel, stride))
    result[: stride * image.shape[0] : stride, : stride * image.shape[1] : stride] = image * kernel[0, 0]
    return result


def _stride_only_in_the_size(image, kernel, stride):
    result = np.zeros_like(stamped(image, kernel, stride))
    high, wide = kernel.shape
    for (row, column), number in np.ndenumerate(image):
        result[row : row + high, column : column + wide] += number * kernel
    return result


def _column_before_row(image, kernel, stride):
    result = np.zeros_like(stamped(image, kernel, stride))
    high, wide = kernel.shape
    for row in range(image.shape[0]):
        for column in range(image.shape[1]):
            top, left = stride * row, stride * column
            result[top : top + high, left : left + wide] += image[column, row] * kernel
    return result


def _largest(image, kernel, stride):
    return _stamps(image, kernel, stride, lambda result, place, stamp: _put_largest(result, place, stamp))


def _put_largest(result, place, stamp):
    result[place] = np.maximum(result[place], stamp)


def _add(result, place, stamp):
    result[place] += stamp


def _square(image, kernel, stride):
    side = stride * (image.shape[0] - 1) + kernel.shape[0]
    return _stamps(image, kernel, stride, _add, (side, side))


def _square_by_its_columns(image, kernel, stride):
    side = stride * (image.shape[1] - 1) + kernel.shape[1]
    return _stamps(image, kernel, stride, _add, (side, side))


def _stride_times_the_image(image, kernel, stride):
    return _stamps(image, kernel, stride, _add, (stride * image.shape[0], stride * image.shape[1]))


def _a_kernel_apart(image, kernel, stride):
    result = np.zeros_like(stamped(image, kernel, stride))
    high, wide = kernel.shape
    for (row, column), number in np.ndenumerate(image):
        top, left = high * row, wide * column
        result[top : top + high, left : left + wide] += number * kernel
    return result


def _forward(image, kernel, stride):
    """Slide a window over the image, as a convolution does."""
    (rows, columns), (high, wide) = image.shape, kernel.shape
    result = np.zeros((max(0, (rows - high) // stride + 1), max(0, (columns - wide) // stride + 1)))
    for row, column in np.ndindex(*result.shape):
        top, left = stride * row, stride * column
        result[row, column] = np.sum(image[top : top + high, left : left + wide] * kernel)
    return result


def _forward_in_lists(image, kernel, stride):
    return _forward(image, kernel, stride).tolist()


stamp_by_stamp = Exercise(
    id="20-stamped",
    title="Stamp by stamp",
    prompt=(
        "Write `stamped(image, kernel, stride)` with loops, the transposed convolution of one channel. By hand first: the "
        "drawing above, 2×2 numbers and a kernel of 3×3 at stride 2. How large is the result, and from how many numbers of "
        "the image does its middle get a share?"
    ),
    solution=stamped,
    hints=(
        "Height and width of the result: stride · (n − 1) + kernel. Begin with `np.zeros` of that shape.",
        "Two loops over the rows and columns of the *image*; the stamp of (row, column) begins at (stride · row, "
        "stride · column) and is as large as the kernel.",
        "`result[top : top + high, left : left + wide] += image[row, column] * kernel`.",
    ),
    inputs=_images_to_stamp,
    fresh=_other_images_to_stamp,
    by_hand=("labkit.ops.transposed2d",),
    mistakes={
        "Where stamps overlap they add up. Yours overwrite each other: `+=` in place of `=`.": _last_wins,
        "You took the mean where stamps overlap. They add up, uneven as that is.": _mean_where_they_overlap,
        "The kernel is stamped as it is; you turned it around.": lambda image, kernel, stride: stamped(
            image, kernel[::-1, ::-1], stride
        ),
        "You stamped at a stride of 1: neighbours of the image lie `stride` apart in the result.": (
            lambda image, kernel, stride: stamped(image, kernel, 1)
        ),
        "You stamped beside one another, each in a place of its own. Stamps begin `stride` apart, and may overlap.": (
            _no_overlap
        ),
        "You cut the result to stride times the image. Here everything that was stamped stays.": _same,
        "Each stamp is the kernel *times* the number of the image. Yours are all alike.": _kernel_as_it_is,
        "You wrote one number for each of the image. Each number stamps a whole kernel.": _only_corners,
        "The size is right, but neighbours of the image lie 1 apart in it: stamps begin at stride · row.": (
            _stride_only_in_the_size
        ),
        "You took the image's column for its row: `image[row, column]`.": _column_before_row,
        "Where stamps overlap you kept the larger number. They add up.": _largest,
        "Your result is always square. Its height comes of the rows, its width of the columns.": _square,
        "Your result is always square, as high as it is wide. Its height comes of the rows.": _square_by_its_columns,
        "The result is too small for the last stamp: s(n − 1) + k.": _stride_times_the_image,
        "Your stamps begin a kernel apart, and the last ones run over the rim. They begin at stride · row.": (
            _a_kernel_apart
        ),
        "You slid a window over the image, which makes it smaller: a convolution. Here each number stamps the kernel.": (
            _forward
        ),
        "Nothing is left of the image: a convolution makes it smaller. Here each number stamps the kernel.": (
            _forward_in_lists
        ),
        "Rows and columns of the kernel are exchanged.": lambda image, kernel, stride: stamped(image, kernel.T, stride),
    },
)


SIDE, LEAST, FIT = 24, 0.6, 12


@cache
def rings(count, seed):
    """Grey images of noise with a dark-rimmed disc; the disc, rim and all, is the object."""
    random = np.random.default_rng(seed)
    row, column = np.mgrid[:SIDE, :SIDE]
    centre = random.uniform(7, SIDE - 8, (count, 2, 1, 1))
    radius = random.uniform(4, 7, (count, 1, 1))
    away = np.sqrt((row - centre[:, 0]) ** 2 + (column - centre[:, 1]) ** 2)
    masks = away <= radius
    images = 0.5 + random.normal(0, 0.12, masks.shape) - 0.4 * (masks & (away > radius - 2))
    return images[..., np.newaxis].astype("float32"), masks[..., np.newaxis].astype("float32")


def train_segmenter(images, masks):
    """Train a small U-Net, and return it.

    `images` and `masks` have the shape (n, 24, 24, 1); a mask is 1
    where the object is. The network halves the map at least once,
    doubles it again, and has a skip. It ends in one logit or one
    probability for each pixel. With padding="same" convolutions keep
    the size. Fit it for 12 epochs, batches of 16.
    """
    import keras

    image = keras.Input(images.shape[1:])
    fine = keras.layers.Conv2D(8, 3, padding="same", activation="relu")(image)
    x = keras.layers.MaxPooling2D()(fine)
    x = keras.layers.Conv2D(16, 5, padding="same", activation="relu")(x)
    x = keras.layers.UpSampling2D()(x)
    x = keras.layers.Concatenate()([x, fine])
    x = keras.layers.Conv2D(8, 3, padding="same", activation="relu")(x)
    model = keras.Model(image, keras.layers.Conv2D(1, 1)(x))
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss=loss)
    model.fit(images, masks, batch_size=16, epochs=12, verbose=0)
    return model


@dataclass(frozen=True)
class Segmenter:
    """A trained network for pixels, in plain values.

    Attributes
    ----------
    network : Built
        What it is made of.
    smallest : int
        Rows of its smallest map.
    skips : bool
        Whether it lays two maps beside each other, or adds them.
    iou : float
        On images that it was not trained on, all pixels together.
    """

    network: Built
    smallest: int
    skips: bool
    iou: float


def _segmenter(model, images, masks):
    """the network that your function trained, on 60 images that it has not seen"""
    network = built(model)
    maps = [layer.output.shape[1] for layer in model.layers if len(layer.output.shape) == 4]
    iou = 0.0
    if network.input_shape == (SIDE, SIDE, 1) and network.output_shape == (SIDE, SIDE, 1):
        fresh, there = rings(60, 1)
        with warnings.catch_warnings():  # Keras warns of a softmax over one channel: here it is told
            warnings.simplefilter("ignore", UserWarning)
            says = np.asarray(model.predict(fresh, verbose=0)) > (0.5 if network.ends_in == "sigmoid" else 0)
        iou = float((says & (there > 0)).sum() / max(1, (says | (there > 0)).sum()))
    skips = bool({"Concatenate", "Add"} & set(network.layers))
    return Segmenter(network, min((side for side in maps if side), default=0), skips, iou)


def _not_yet(read):
    """Say what is still missing in a trained network, besides the listed mistakes."""
    network = read.network
    if network.input_shape != (SIDE, SIDE, 1):
        return f"Images of 24×24×1 should go in; yours takes {network.input_shape}: keras.Input(images.shape[1:])."
    if network.output_shape != (SIDE, SIDE, 1):
        return f"One number should come out for each pixel, (24, 24, 1); yours gives {network.output_shape}."
    if not network.loss:
        return "The model is not compiled: without a loss and an optimizer it cannot learn."
    if read.iou < LEAST:
        return f"On 60 images it has not seen the IoU is {read.iou:.2f}; at least {LEAST:.2f} is asked for."
    return ""


def _network(
    images, masks, *, halve=True, double=True, skip=True, ends_in=None, from_logits=True, epochs=FIT, loss=None
):
    import keras
    from keras import layers

    image = keras.Input(images.shape[1:])
    fine = layers.Conv2D(8, 3, padding="same", activation="relu")(image)
    x = layers.MaxPooling2D()(fine) if halve else fine
    x = layers.Conv2D(16, 5, padding="same", activation="relu")(x)
    x = layers.UpSampling2D()(x) if halve and double else x
    x = layers.Concatenate()([x, fine]) if skip and (double or not halve) else x
    x = layers.Conv2D(8, 3, padding="same", activation="relu")(x)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        model = keras.Model(image, layers.Conv2D(1, 1, activation=ends_in)(x))
    model.compile(keras.optimizers.Adam(0.01), loss=loss or keras.losses.BinaryCrossentropy(from_logits=from_logits))
    if epochs:
        wanted = masks if halve is False or double else masks[:, ::2, ::2]
        with warnings.catch_warnings():  # of the mistakes that Keras sees as well
            warnings.simplefilter("ignore", UserWarning)
            model.fit(images, wanted, batch_size=16, epochs=epochs, verbose=0)
    return model


def _one_answer(images, masks):
    import keras

    model = keras.Sequential([keras.Input(images.shape[1:])])
    model.add(keras.layers.Conv2D(8, 3, activation="relu"))
    model.add(keras.layers.GlobalAveragePooling2D())
    model.add(keras.layers.Dense(1, activation="sigmoid"))
    model.compile("adam", loss="binary_crossentropy")
    model.fit(images, masks.max(axis=(1, 2)), epochs=1, verbose=0)
    return model


def _no_skip(images, masks):
    import keras

    image = keras.Input(images.shape[1:])
    x = keras.layers.Conv2D(8, 3, padding="same", activation="relu")(image)
    x = keras.layers.MaxPooling2D()(x)
    x = keras.layers.Conv2D(16, 5, padding="same", activation="relu")(x)
    x = keras.layers.UpSampling2D()(x)
    model = keras.Model(image, keras.layers.Conv2D(1, 1)(x))
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss=loss)
    model.fit(images, masks, batch_size=16, epochs=12, verbose=0)
    return model


def _whole(read):
    return read.network.output_shape == (SIDE, SIDE, 1)


a_small_unet = Exercise(
    id="20-train-segmenter",
    title="A small U-Net",
    prompt=(
        "Write `train_segmenter(images, masks)` in plain Keras. The check has 200 images of noise, each with a disc of which "
        "only the dark rim is seen, and looks at the IoU on 60 others: at least 0.6 is asked for. By hand first: the rim is 2 "
        "pixels wide. How far from the middle of a disc of radius 7 does it begin, and how far to each side does a 5×5 kernel "
        "reach after the map is halved?"
    ),
    solution=train_segmenter,
    hints=(
        "Begin with `image = keras.Input(images.shape[1:])` and a convolution whose result you keep: it is the skip.",
        '`MaxPooling2D()`, a convolution of 5×5 with `padding="same"`, `UpSampling2D()`, then `Concatenate()([x, fine])`. '
        "(5×5 reaches 2 positions, 4 pixels. With the convolutions before and behind it 3×3 reaches the rim, too, just.)",
        "End with `Conv2D(1, 1)` and `BinaryCrossentropy(from_logits=True)`; "
        "`model.fit(images, masks, batch_size=16, epochs=12, verbose=0)`.",
    ),
    inputs=lambda: [rings(200, 0)],
    judge=_segmenter,
    missing=_not_yet,
    seconds=120,
    mistakes={
        "It gives one answer for the whole image. Where is the object? Keep the map, and end in a convolution.": Told(
            _one_answer, lambda read: len(read.network.output_shape) == 1
        ),
        "The map was made smaller and never large again: an answer for each 2×2 pixels. Double it before the end.": Told(
            lambda images, masks: _network(images, masks, double=False),
            lambda read: len(read.network.output_shape) == 3 and read.network.output_shape[0] < SIDE,
        ),
        "It never makes the map smaller, so each pixel sees only its neighbourhood. Halve it at least once.": Told(
            lambda images, masks: _network(images, masks, halve=False),
            lambda read: _whole(read) and read.smallest == SIDE,
        ),
        "There is no skip: what the first convolution saw at full size never reaches the end. Lay it beside the doubled map.": Told(
            _no_skip, lambda read: _whole(read) and not read.skips
        ),
        "A softmax over one channel is 1 everywhere. One number a pixel takes a sigmoid, or none and logits.": Told(
            lambda images, masks: _network(images, masks, ends_in="softmax", from_logits=False, epochs=1),
            lambda read: _whole(read) and read.network.ends_in == "softmax",
        ),
        "The network gives logits, but the loss takes them for probabilities: say `from_logits=True`.": Told(
            lambda images, masks: _network(images, masks, from_logits=False, epochs=1),
            lambda read: (
                "crossentropy" in read.network.loss
                and read.network.ends_in == "linear"
                and not read.network.from_logits
            ),
        ),
        "The network ends in a sigmoid, and the loss puts another on top of it: leave out `from_logits=True`.": Told(
            lambda images, masks: _network(images, masks, ends_in="sigmoid", epochs=1),
            lambda read: read.network.ends_in == "sigmoid" and read.network.from_logits,
        ),
        "The model has not been trained yet: call `fit` before you return it.": Told(
            lambda images, masks: _network(images, masks, epochs=0),
            lambda read: bool(read.network.loss) and read.network.steps == 0,
        ),
        "It has hardly been trained: 200 images in batches of 16 are 13 steps an epoch, and 12 epochs were asked for.": Told(
            lambda images, masks: _network(images, masks, epochs=1),
            lambda read: _whole(read) and read.skips and 0 < read.network.steps < 100 and read.iou < LEAST,
        ),
    },
)


def to_nearest_centre(mask, centres):
    """Make instances of a mask: each pixel goes to its nearest centre.

    `mask` is an array of True and False, `centres` a list of (row,
    column). Return an array of whole numbers of the mask's shape: 0
    where the mask is False, else the number of the nearest centre,
    counted from 1. Nearest is meant as the crow flies.
    """
    rows, columns = np.indices(mask.shape)
    distances = [(rows - row) ** 2 + (columns - column) ** 2 for row, column in centres]
    return np.where(mask, 1 + np.argmin(distances, axis=0), 0)


def _masks_with_centres():
    random = np.random.default_rng(20)
    small = np.array([[1, 1, 0, 0, 1], [1, 1, 1, 0, 1], [0, 0, 0, 1, 1]], bool)
    noise = random.uniform(0, 1, (9, 12)) < 0.6
    return [
        (small, [(0.5, 0.5), (1, 4)]),
        (small, [(1, 4), (0.5, 0.5)]),
        (noise, [(2, 2.3), (7, 3), (4.2, 9)]),
        (noise.T, [(1.1, 5), (9, 2.4), (9.3, 7), (4.7, 1)]),
        (np.ones((9, 9), bool), [(8, 8.2), (1, 6)]),
    ]


def _other_centres(random):
    cases = []
    for count in (2, 2, 3, 4, 3):
        shape = random.integers(7, 12, 2)
        mask = random.uniform(0, 1, shape) < 0.7
        cases.append((mask, [tuple(map(float, each)) for each in random.uniform(0, 1, (count, 2)) * (shape - 1)]))
    return cases


def _numbered(mask, centres, distance, first=1, outside=0, choose=np.argmin):
    rows, columns = np.indices(mask.shape)
    distances = [distance(rows - row, columns - column) for row, column in centres]
    return np.where(mask, first + choose(distances, axis=0), outside)


def _background_too(mask, centres):
    return to_nearest_centre(np.ones_like(mask), centres)


def _from_zero(mask, centres):
    rows, columns = np.indices(mask.shape)
    distances = [(rows - row) ** 2 + (columns - column) ** 2 for row, column in centres]
    return np.where(mask, np.argmin(distances, axis=0), 0)


def _column_first(mask, centres):
    return to_nearest_centre(mask, [(column, row) for row, column in centres])


def _connected(mask, centres):
    from scipy import ndimage

    return ndimage.label(mask)[0]


into_instances = Exercise(
    id="20-nearest-centre",
    title="Each pixel to its nearest centre",
    prompt=(
        "Write `to_nearest_centre(mask, centres)`. By hand first: in a row of five pixels, all of the mask, with centres at "
        "columns 0 and 3: which pixels go to which?"
    ),
    solution=to_nearest_centre,
    hints=(
        "`rows, columns = np.indices(mask.shape)` gives each pixel's row and column.",
        "One array of squared distances for each centre; the root changes nothing about which is nearest.",
        "`np.argmin(distances, axis=0)` is the index of the nearest, from 0; `np.where(mask, ..., 0)` leaves the rest.",
    ),
    inputs=_masks_with_centres,
    fresh=_other_centres,
    mistakes={
        "The background belongs to nobody: 0 where the mask is False.": _background_too,
        "You counted the centres from 0, so that the first one's pixels cannot be told from the background.": _from_zero,
        "A centre is (row, column); you took the column first.": _column_first,
        "You added the distances down and across. Nearest is meant as the crow flies: add their squares.": (
            lambda mask, centres: _numbered(mask, centres, lambda down, right: abs(down) + abs(right))
        ),
        "You took the farthest centre: `argmin`, not `argmax`.": lambda mask, centres: _numbered(
            mask, centres, lambda down, right: down**2 + right**2, choose=np.argmax
        ),
        "You looked at rows only. A distance has two directions.": lambda mask, centres: _numbered(
            mask, centres, lambda down, right: down**2 + 0 * right
        ),
        "You looked at columns only. A distance has two directions.": lambda mask, centres: _numbered(
            mask, centres, lambda down, right: right**2 + 0 * down
        ),
        "You numbered regions that hang together. Two animals that touch are one region: ask the centres.": _connected,
    },
)


EXERCISES = [how_well_two_masks_agree, stamp_by_stamp, a_small_unet, into_instances]
