"""Exercises of chapter 8, cats and dogs."""

from dataclasses import dataclass
from itertools import count, cycle, islice, pairwise, repeat

import numpy as np

from labkit.course.exercises import Exercise, Told


def make_pipeline(images, labels, batch):
    """Make a pipeline that a network can be trained from.

    `images` is an array of bytes, (n, height, width, channels), and
    `labels` holds a whole number for each. Return a tf.data.Dataset
    whose elements are pairs: up to `batch` images, as float32 from 0 to
    1, and their labels. In one pass, which is an epoch, every image
    comes once; each pass is shuffled anew. Prefetch comes last.
    """
    import tensorflow as tf

    def scale(images, labels):
        return tf.cast(images, tf.float32) / 255, labels

    dataset = tf.data.Dataset.from_tensor_slices((images, labels))
    dataset = dataset.shuffle(len(images)).batch(batch).map(scale)
    return dataset.prefetch(tf.data.AUTOTUNE)


@dataclass(frozen=True)
class Passes:
    """What two passes through a pipeline gave, in plain values.

    Attributes
    ----------
    batched, prefetched, ends : bool
        Whether images come in batches; whether prefetching is the last step; whether an epoch ends.
    sizes : tuple of int
        Images a batch, in the first pass.
    dtype : str
        Of the images.
    highest : float
        The greatest value of a pixel; 255 in the images that went in.
    first, second : tuple of int
        Which image came when, in each pass; -1 for one that did not go in.
    images, batch : int
        What was asked for.
    strangers : int
        How many images came with the label of another one.
    """

    batched: bool
    prefetched: bool
    ends: bool
    sizes: tuple[int, ...]
    dtype: str
    highest: float
    first: tuple[int, ...]
    second: tuple[int, ...]
    images: int
    batch: int
    strangers: int

    @property
    def complete(self) -> bool:
        """Whether each image came once."""
        return sorted(self.first) == list(range(self.images))

    @property
    def neighbours(self) -> bool:
        """Whether each batch holds images that stood side by side."""
        starts = np.cumsum((0, *self.sizes))
        return all(np.all(np.diff(self.first[start:end]) == 1) for start, end in pairwise(starts))

    @property
    def forward(self) -> int:
        """By how many positions an image came too early at most: a buffer lets it come no earlier than its length."""
        return max((number - position for position, number in enumerate(self.first)), default=0)


def _two_passes(dataset, images, labels, batch):
    """what two passes through your pipeline give"""
    import tensorflow as tf

    if not isinstance(dataset, tf.data.Dataset):
        raise TypeError(f"your function returned {type(dataset).__name__}; a tf.data.Dataset was asked for")
    if not (isinstance(dataset.element_spec, tuple) and len(dataset.element_spec) == 2):
        raise TypeError("its elements are not pairs of images and labels: give from_tensor_slices both, as a pair")
    shape = dataset.element_spec[0].shape
    batched = shape.rank is None or shape.rank == images.ndim
    most = len(images) + 1 if batched else 3  # so that a pipeline without end is left as well
    passes, endings = [], []
    for _ in range(2):
        came = [(np.asarray(some), np.asarray(said)) for some, said in islice(dataset, most)]
        endings.append(len(came) < most)
        passes.append(came)
    sizes = tuple(len(some) for some, _ in passes[0]) if batched else ()
    first, second = ([_which(images, one) for some, _ in came for one in some] if batched else [] for came in passes)
    said = [label for _, some in passes[0] for label in some] if batched else []
    if any(np.ndim(label) for label in said):
        raise TypeError("there is more than one number to an image's label: hand the labels on as they are")
    return Passes(
        batched=batched,
        prefetched="Prefetch" in type(dataset).__name__,
        ends=all(endings),
        sizes=sizes,
        dtype=passes[0][0][0].dtype.name if passes[0] else "",
        highest=max((float(some.max()) for some, _ in passes[0]), default=0.0),
        first=tuple(first),
        second=tuple(second),
        images=len(images),
        batch=batch,
        strangers=sum(number >= 0 and label != labels[number] for number, label in zip(first, said, strict=True)),
    )


def _which(images, one):
    """The number of an image, whatever it has been divided by: each has a white pixel."""
    likeness = np.abs(images / 255 - one / max(float(np.max(one)), 1e-9)).max(axis=(1, 2, 3))
    nearest = int(likeness.argmin())
    return nearest if likeness[nearest] < 1e-3 else -1


def _lacking(passes):
    """Say what a pipeline lacks, besides the listed mistakes."""
    if not passes.batched:
        return "Single images come, not batches: `.batch(batch)` is missing."
    if max(passes.sizes, default=0) != passes.batch:
        return f"Batches of {max(passes.sizes, default=0)} images come; {passes.batch} were asked for."
    if -1 in passes.first:
        return "Images come that did not go in: something besides the scaling changes their pixels."
    if not passes.complete:
        return f"In one pass {len(set(passes.first))} different images come; {passes.images} went in."
    if abs(passes.highest - 1) > 1e-6:
        return f"The whitest pixel is {passes.highest:.4g}; it should be 1. Has something been divided twice?"
    if passes.dtype != "float32":
        return f"The images are {passes.dtype}; float32 was asked for."
    if not passes.prefetched:
        return "All is right but the end: prefetch has to be the last step, or the network waits for its batches."
    return ""


def _few_images():
    random = np.random.default_rng(8)
    given = []
    for number, batch in ((100, 16), (64, 32)):
        images = random.integers(0, 256, (number, 4, 4, 3)).astype("uint8")
        images[:, 0, 0] = 255  # a white pixel each, by which the judge sees what an image was divided by
        given.append((images, np.arange(number) % 10, batch))
    return given


def _slices(images, labels):
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices((images, labels))


def _scaled(images, labels):
    return images / np.float32(255), labels


def _not_scaled(images, labels, batch):
    return _slices(images.astype("float32"), labels).shuffle(len(images)).batch(batch).prefetch(2)


def _in_double(images, labels, batch):
    return _slices(images / 255, labels).shuffle(len(images)).batch(batch).prefetch(2)


def _batched_first(images, labels, batch):
    import tensorflow as tf

    dataset = tf.data.Dataset.from_tensor_slices((images / np.float32(255), labels))
    return dataset.batch(batch).shuffle(len(images)).prefetch(tf.data.AUTOTUNE)


def _torn_apart(images, labels, batch):
    import tensorflow as tf

    images, labels = (tf.data.Dataset.from_tensor_slices(one).shuffle(len(one)) for one in _scaled(images, labels))
    return tf.data.Dataset.zip((images, labels)).batch(batch).prefetch(2)


def _rest_dropped(images, labels, batch):
    dataset = _slices(*_scaled(images, labels)).shuffle(len(images))
    return dataset.batch(batch, drop_remainder=True).prefetch(2)


def _for_ever(images, labels, batch):
    return _slices(*_scaled(images, labels)).shuffle(len(images)).repeat().batch(batch).prefetch(2)


def _small_buffer(images, labels, batch):
    return _slices(*_scaled(images, labels)).shuffle(batch).batch(batch).prefetch(2)


def _shuffled_once(images, labels, batch):
    dataset = _slices(*_scaled(images, labels)).shuffle(len(images)).cache()
    return dataset.batch(batch).prefetch(2)


pipeline = Exercise(
    id="08-make-pipeline",
    title="A pipeline to train from",
    prompt=(
        "Write `make_pipeline(images, labels, batch)`, which returns a `tf.data.Dataset`. The check goes through it "
        "twice, with 100 images in batches of 16. By hand first: how many batches is that, and how many images has the "
        "last?"
    ),
    solution=make_pipeline,
    hints=(
        "`tf.data.Dataset.from_tensor_slices((images, labels))` gives one pair after the other: image and label stay "
        "together.",
        "Shuffle single images, then batch them. The buffer has to hold them all.",
        "`map` scales: `tf.cast(images, tf.float32) / 255`, and hands the labels on as they are.",
    ),
    inputs=_few_images,
    judge=_two_passes,
    missing=_lacking,
    seconds=60,
    mistakes={
        "It never ends. Leave `repeat` out: one pass is one epoch, and `fit` begins the next by itself.": Told(
            _for_ever, lambda passes: passes.batched and not passes.ends
        ),
        "Your pixels still go up to 255: divide by 255, in a `map`.": Told(
            _not_scaled, lambda passes: passes.highest > 1.5
        ),
        "Your images are float64, twice the memory for nothing: NumPy's `images / 255` makes that. Use `tf.cast` to "
        "float32 and then divide.": Told(
            _in_double, lambda passes: passes.dtype == "float64" and passes.highest <= 1.5
        ),
        "The images have lost their labels: you shuffled the two apart. Shuffle pairs.": Told(
            _torn_apart, lambda passes: passes.ends and passes.strangers > 0.2 * passes.images
        ),
        "Each batch holds neighbours: you shuffled whole batches. Where all cats come first, such a batch has cats "
        "only. Shuffle before `batch`.": Told(
            _batched_first, lambda passes: passes.complete and passes.neighbours and passes.forward > 0
        ),
        "An image hardly leaves its position. It comes no earlier than the buffer is long: give `shuffle` a buffer for all "
        "of them.": Told(_small_buffer, lambda passes: passes.complete and passes.forward < passes.images / 2),
        "The last images of an epoch are missing: `drop_remainder=True` drops the batch that is not full.": Told(
            _rest_dropped,
            lambda passes: passes.ends and len(passes.first) < passes.images and set(passes.sizes) == {passes.batch},
        ),
        "The second epoch has the order of the first: shuffle after `cache`, and leave "
        "`reshuffle_each_iteration` alone.": Told(
            _shuffled_once, lambda passes: passes.complete and passes.first == passes.second
        ),
    },
)


def kind_of_file(first):
    """Say what an image file is by its first bytes.

    `first` holds the first 16 bytes of the file, as bytes (fewer if
    the file is shorter). Return "JPEG", "PNG" or "GIF", and "unknown"
    for anything else.
    """
    if first.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if first.startswith(b"\x89PNG"):
        return "PNG"
    if first.startswith(b"GIF8"):
        return "GIF"
    return "unknown"


def _beginnings():
    return [
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01",),
        (b"GIF89a\x96\x00\x96\x00\xf7\x00\x00\x00\x00\x00",),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",),
        (b"\xff\xd8\xff\xe1\x00\x18Exif\x00\x00II*\x00",),  # from a camera: a JPEG without a JFIF header
        (b"\xff\xd8\xff\xee\x00\x0eAdobe\x00d\x00",),  # four inks: a JPEG with neither
        (b"GIF87a\x96\x00\x96\x00\xf7\x00\x00\x00\x00\x00",),  # the older kind of GIF
        (b"About GIF89a: ..",),
        (b"\xff\xfb\x90\x00\x00\x00\x00\x00\x00\x00",),  # a piece of music, MP3
        (b"\xff\xd8 is a mark ..",),
        (b"GIFTS: a list ..",),
        (b"\x89P: a short mark",),
        (b"*PNG, JPEG, GIF8",),
        (b"Goldfish, 2 photos",),
        (b"",),
    ]


def _anywhere(first):
    marks = {b"\xff\xd8\xff": "JPEG", b"\x89PNG": "PNG", b"GIF8": "GIF"}
    return next((kind for mark, kind in marks.items() if mark in first), "unknown")


kinds = Exercise(
    id="08-kind-of-file",
    title="What is in this file?",
    prompt=(
        'Write `kind_of_file(first)`. A JPEG begins with the three bytes `b"\\xff\\xd8\\xff"`, a PNG with '
        '`b"\\x89PNG"`, a GIF with `b"GIF8"`. What follows may differ: a photograph straight from a camera often has '
        "`Exif` where others have `JFIF`."
    ),
    solution=kind_of_file,
    hints=(
        "Bytes have the methods of strings: one of them asks how they begin.",
        '`first.startswith(b"GIF8")` is true or false, also where there are no bytes at all.',
        'Three `if`s, each with a `return`, and `return "unknown"` after them.',
    ),
    inputs=_beginnings,
    fresh=lambda random: [
        (begins + random.bytes(16 - len(begins)),)
        for begins in (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"\xff\xd8\x00", b"GIF7", b"\x89P\x00", b"xGIF8")
    ],
    mistakes={
        "You ask for more than the first three bytes. A JPEG from a camera may have Exif where others have JFIF, "
        "and is a JPEG all the same.": (
            lambda first: "JPEG" if b"JFIF" in first else kind_of_file(first).replace("JPEG", "unknown")
        ),
        "One byte is not enough: other files begin with it, too. Compare the whole mark.": (
            lambda first: {b"\xff": "JPEG", b"\x89": "PNG", b"G": "GIF"}.get(first[:1], "unknown")
        ),
        "There are older GIFs, which begin with GIF87a. Ask for the four bytes GIF8 only.": (
            lambda first: "unknown" if first.startswith(b"GIF87") else kind_of_file(first)
        ),
        'The mark of a PNG has four bytes. In front of the three letters stands b"\\x89", so that no text begins so.': (
            lambda first: "PNG" if first[1:4] == b"PNG" else kind_of_file(first)
        ),
        'You find no image at all. `first` holds bytes, and bytes never equal a text: write b"GIF8", with the b.': (
            lambda first: "unknown"
        ),
        "You look anywhere in the bytes. The mark counts at the beginning only.": _anywhere,
        "What is neither PNG nor GIF need not be a JPEG; it may be no image at all.": (
            lambda first: kind_of_file(first).replace("unknown", "JPEG")
        ),
        'JPG is how many file names end. The name of the kind has four letters, "JPEG".': (
            lambda first: kind_of_file(first).replace("JPEG", "JPG")
        ),
    },
)


def middle_square(height, width):
    """Find the largest square in the middle of an image.

    The image has `height` rows and `width` columns of pixels. Return
    (top, left, side): the row and the column where the square begins,
    and its length, as whole numbers. Where the middle falls between two
    pixels, take the smaller number.
    """
    side = min(height, width)
    return (height - side) // 2, (width - side) // 2, side


cropping = Exercise(
    id="08-middle-square",
    title="The largest square in the middle",
    prompt=(
        "Write `middle_square(height, width)`, which says what *crop* keeps. By hand first: of an image with 100 rows "
        "and 200 columns, which square of 100 lies in the middle?"
    ),
    solution=middle_square,
    hints=(
        "How long may the side of a square be, if it must fit in both directions?",
        "What is left over in a direction is shared between its two ends.",
        "`(width - side) // 2` columns are left out on the left.",
    ),
    inputs=lambda: [(100, 200), (300, 200), (5, 5), (7, 4), (150, 157)],
    fresh=lambda random: [tuple(map(int, sides)) for sides in random.integers(20, 400, (5, 2))],
    mistakes={
        "That square begins in the upper left corner, not in the middle.": lambda h, w: (0, 0, min(h, w)),
        "Top and left are exchanged: rows come first, as in the shape of an array.": lambda h, w: middle_square(w, h),
        "That is where the middle of the image is. Say where the square begins.": (
            lambda h, w: (h // 2, w // 2, min(h, w))
        ),
        "A square with the longer side does not fit into the image.": (
            lambda h, w: (min(h - w, 0) // 2, min(w - h, 0) // 2, max(h, w))
        ),
        "There are no half pixels: divide with //.": lambda h, w: (max(h - w, 0) / 2, max(w - h, 0) / 2, min(h, w)),
        "All that is left over lies on one side of your square. Share it between the two.": (
            lambda h, w: (max(h - w, 0), max(w - h, 0), min(h, w))
        ),
        "Where the middle falls between two pixels, the smaller number was asked for.": (
            lambda h, w: (max(h - w + 1, 0) // 2, max(w - h + 1, 0) // 2, min(h, w))
        ),
        "That is right for wide pictures only. An image may be higher than wide.": lambda h, w: (0, (w - h) // 2, h),
    },
    dtype="integer",
)


def batches_for_ever(items, size):
    """Give the items in batches, without end.

    `items` is a list. Yield lists of `size` items, in their order. The
    last batch of an epoch may be shorter; then it begins again.
    """
    while True:
        for start in range(0, len(items), size):
            yield items[start : start + size]


def _first_batches(generator, items, size):
    """the first eight batches that it gives, with bars between them, and whether many more come"""
    if not hasattr(generator, "__iter__"):
        raise ValueError("batches should come one after the other, by `yield`")
    batches = iter(generator)
    first = [list(batch) if isinstance(batch, (list, tuple, np.ndarray)) else [batch] for batch in islice(batches, 8)]
    epoch = [item for batch in first[: -(-len(items) // size)] for item in batch]
    if epoch != items and sorted(map(str, epoch)) == sorted(map(str, items)):
        raise ValueError("the first epoch has all items, but not in their order: they are not to be shuffled here")
    number = len(first) + sum(1 for _ in islice(batches, 20_000))
    end = "…" if number > 20_000 else f"and no more after {number}"
    return " | ".join([*(" ".join(map(str, batch)) for batch in first), end])


def _epoch(items, size):
    return [items[start : start + size] for start in range(0, len(items), size)]


batching = Exercise(
    id="08-batches-for-ever",
    title="Batches without end",
    prompt=(
        "Write the generator `batches_for_ever(items, size)`. By hand first: what are the first four batches of "
        "`[1, 2, 3, 4, 5]`, two at a time?"
    ),
    solution=batches_for_ever,
    hints=(
        "Two loops, one in the other: the outer one never ends, the inner one is an epoch.",
        "`range(0, len(items), size)` gives the positions where batches begin. A slice may reach beyond the end.",
        "`yield items[start : start + size]`; and take the `return None` away.",
    ),
    # A batch is never longer than the list: an answer that leaves short batches out would search for ever.
    inputs=lambda: [([1, 2, 3, 4, 5], 2), (["a", "b", "c", "d"], 2), ([6, 7, 8], 3)],
    mistakes={
        "`return` ends the function with a single batch. `yield` hands one out and goes on.": (
            lambda items, size: items[:size]
        ),
        "It ends after one epoch. Put a `while True:` around it.": lambda items, size: iter(_epoch(items, size)),
        "The last batch of the epoch is missing, because it is shorter.": (
            lambda items, size: cycle([batch for batch in _epoch(items, size) if len(batch) == size])
        ),
        "Your batches reach across the end of the epoch. The last one is shorter, and then it begins again.": (
            lambda items, size: ((items * 9)[start % len(items) :][:size] for start in count(0, size))
        ),
        "These are single items. Yield lists of them.": lambda items, size: cycle(items),
        "Your batches overlap: the next begins `size` items further on.": (
            lambda items, size: cycle([items[start : start + size] for start in range(len(items))])
        ),
        "After one epoch your batches are empty. Begin again at the first item.": (
            lambda items, size: (items[start : start + size] for start in count(0, size))
        ),
        "A slice ends at a position, not after a number of items: start + size.": (
            lambda items, size: cycle([items[start:size] for start in range(0, len(items), size)])
        ),
        "You hand out all batches of an epoch in one list. Yield one at a time.": (
            lambda items, size: repeat(_epoch(items, size))
        ),
    },
    judge=_first_batches,
)


def binary_loss(probabilities, labels):
    """Compute the loss of a batch with two classes.

    `probabilities` holds, for each image, the probability of a dog,
    and `labels` what it is: 0 for a cat, 1 for a dog; both are arrays.
    The loss of an image is minus the natural logarithm of the
    probability of its right class. Return the mean over the batch.
    """
    right = np.where(labels == 1, probabilities, 1 - probabilities)
    return np.mean(-np.log(right))


@np.errstate(all="ignore")
def _classes_exchanged(probabilities, labels):
    return binary_loss(probabilities, 1 - labels)


@np.errstate(all="ignore")
def _zero_times_infinity(probabilities, labels):
    return -np.mean(labels * np.log(probabilities) + (1 - labels) * np.log(1 - probabilities))


losing = Exercise(
    id="08-binary-loss",
    title="The loss with two classes",
    prompt=(
        "Write `binary_loss(probabilities, labels)` in NumPy. The first two checks are the dog and the cat above. In "
        "the last one the network is certain and right, which costs nothing: mind that $0 \\cdot \\ln 0$ is *not a "
        "number* to a computer."
    ),
    solution=binary_loss,
    hints=(
        "The network gives the probability p of a dog. Which is the probability of a cat?",
        "First the probability of the right class of each image: `np.where(labels == 1, ..., ...)`.",
        "Then minus `np.log` of it, and `np.mean` of that.",
    ),
    inputs=lambda: [
        (np.array([0.8]), np.array([1])),
        (np.array([0.8]), np.array([0])),
        (np.array([0.9, 0.2, 0.6]), np.array([1, 0, 0])),
        (np.array([1.0, 0.5]), np.array([1, 1])),  # certain and right: that costs nothing
    ],
    mistakes={
        "Your cats cost nothing. The probability of a cat is 1 − p.": lambda p, labels: np.mean(-labels * np.log(p)),
        "That is the loss if all were dogs. For a cat, take 1 − p.": lambda p, labels: np.mean(-np.log(p)),
        "Cats and dogs are exchanged: p is the probability of a dog, label 1.": _classes_exchanged,
        "A loss for each image. Return their mean.": lambda p, labels: -np.log(np.where(labels == 1, p, 1 - p)),
        "You took the logarithm to base 2; the natural one was asked for, np.log.": (
            lambda p, labels: binary_loss(p, labels) / np.log(2)
        ),
        "You took the mean first and its logarithm afterwards. Each image has a loss; take the mean of these.": (
            lambda p, labels: -np.log(1 - np.abs(labels - p).mean())
        ),
        "You took the probability of the class that the network says. Take that of the class that is right.": (
            lambda p, labels: binary_loss(p, p > 0.5)
        ),
        "Right, but where the network is certain 0·ln 0 is not a number. Choose the probability of the right "
        "class first, and take one logarithm.": _zero_times_infinity,
    },
)

EXERCISES = [pipeline, losing, kinds, cropping, batching]
