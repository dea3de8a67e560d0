"""Exercises of chapter 8, cats and dogs."""

from itertools import islice

import numpy as np

from labkit.course.exercises import Exercise, WrongAnswer

# ── Exercise 1 ────────────────────────────────────────────────────────────────────────────────────────────────────


def kind_of_file(first):
    """Say what a picture file is by its first bytes.

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


def _jfif_only(first):
    if b"JFIF" in first:
        return "JPEG"
    kind = kind_of_file(first)
    return "unknown" if kind == "JPEG" else kind


def _two_kinds_of_jpeg(first):
    kind = kind_of_file(first)
    return "unknown" if kind == "JPEG" and b"JFIF" not in first and b"Exif" not in first else kind


def _first_byte(first):
    return {b"\xff": "JPEG", b"\x89": "PNG", b"G": "GIF"}.get(first[:1], "unknown")


def _text_for_bytes(first):
    return "unknown"


def _anywhere(first):
    for mark, kind in ((b"\xff\xd8\xff", "JPEG"), (b"PNG", "PNG"), (b"GIF8", "GIF")):
        if mark in first:
            return kind
    return "unknown"


def _none_for_unknown(first):
    kind = kind_of_file(first)
    return None if kind == "unknown" else kind


def _jpeg_for_the_rest(first):
    kind = kind_of_file(first)
    return "JPEG" if kind == "unknown" else kind


def _small_letters(first):
    return kind_of_file(first).lower()


def _beginnings():
    return [
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01",),
        (b"GIF89a\x96\x00\x96\x00\xf7\x00\x00\x00\x00\x00",),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",),
        (b"\xff\xd8\xff\xe1\x00\x18Exif\x00\x00II*\x00",),  # from a camera: a JPEG without a JFIF header
        (b"\xff\xd8\xff\xee\x00\x0eAdobe\x00d\x00",),  # four inks: a JPEG with neither
        (b"About GIF89a: ..",),
        (b"\xff\xfb\x90\x00\x00\x00\x00\x00\x00\x00",),  # a piece of music, MP3
        (b"Goldfish, 2 photos",),
        (b"",),
    ]


# ── Exercise 2 ────────────────────────────────────────────────────────────────────────────────────────────────────


def middle_square(height, width):
    """Find the largest square in the middle of a picture.

    The picture has `height` rows and `width` columns of pixels. Return
    (top, left, side): the row and the column where the square begins,
    and its length, as whole numbers. Where the middle falls between two
    pixels, take the smaller number.
    """
    side = min(height, width)
    return (height - side) // 2, (width - side) // 2, side


def _from_the_corner(height, width):
    return 0, 0, min(height, width)


def _left_first(height, width):
    top, left, side = middle_square(height, width)
    return left, top, side


def _centre_itself(height, width):
    return height // 2, width // 2, min(height, width)


def _longer_side(height, width):
    side = max(height, width)
    return (height - side) // 2, (width - side) // 2, side


def _half_pixels(height, width):
    side = min(height, width)
    return (height - side) / 2, (width - side) / 2, side


def _all_of_the_rest(height, width):
    side = min(height, width)
    return height - side, width - side, side


def _larger_number(height, width):
    side = min(height, width)
    return (height - side + 1) // 2, (width - side + 1) // 2, side


def _side_first(height, width):
    top, left, side = middle_square(height, width)
    return side, top, left


def _wide_pictures_only(height, width):
    return 0, (width - height) // 2, height


def _opposite_corners(height, width):
    top, left, side = middle_square(height, width)
    return top, left, top + side, left + side


# ── Exercise 3 ────────────────────────────────────────────────────────────────────────────────────────────────────


def batches_for_ever(items, size):
    """Give the items in batches, without end.

    `items` is a list. Yield lists of `size` items, in their order. The
    last batch of an epoch may be shorter; then it begins again.
    """
    while True:
        for start in range(0, len(items), size):
            yield items[start : start + size]


def _one_epoch(items, size):
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _short_batch_dropped(items, size):
    while True:
        for start in range(0, len(items) - size + 1, size):
            yield items[start : start + size]


def _across_the_end(items, size):
    place = 0
    while True:
        yield [items[(place + offset) % len(items)] for offset in range(size)]
        place += size


def _one_by_one(items, size):
    while True:
        yield from items


def _overlapping(items, size):
    while True:
        for start in range(len(items)):
            yield items[start : start + size]


def _never_back(items, size):
    start = 0
    while True:
        yield items[start : start + size]
        start += size


def _back_too_late(items, size):
    start = 0
    while True:
        yield items[start : start + size]
        start = 0 if start + size > len(items) else start + size


def _start_across_the_end(items, size):
    start = 0
    while True:
        yield items[start : start + size]
        start = (start + size) % len(items)


def _size_for_the_end(items, size):
    while True:
        for start in range(0, len(items), size):
            yield items[start:size]


def _returned(items, size):
    return items[:size]


def _an_epoch_at_once(items, size):
    while True:
        yield [items[start : start + size] for start in range(0, len(items), size)]


def _first_for_ever(items, size):
    while True:
        yield items[:size]


def _first_batches(generator, items, size):
    """the first eight batches that it gives, with bars between them"""
    batches = list(islice(iter(generator), 8))
    shown = [
        " ".join(map(str, batch if isinstance(batch, list | tuple | np.ndarray) else [batch])) for batch in batches
    ]
    return " | ".join(shown) + (" | and no more" if len(batches) < 8 else " | …")


# ── Exercise 4 ────────────────────────────────────────────────────────────────────────────────────────────────────


def binary_loss(probabilities, labels):
    """Compute the loss of a batch with two classes.

    `probabilities` holds, for each picture, the probability of a dog,
    and `labels` what it is: 0 for a cat, 1 for a dog; both are arrays.
    The loss of a picture is minus the natural logarithm of the
    probability of its right class. Return the mean over the batch.
    """
    right = np.where(labels == 1, probabilities, 1 - probabilities)
    return np.mean(-np.log(right))


def _dogs_only(probabilities, labels):
    return np.mean(-labels * np.log(probabilities))


def _labels_ignored(probabilities, labels):
    return np.mean(-np.log(probabilities))


def _classes_exchanged(probabilities, labels):
    with np.errstate(divide="ignore"):
        return binary_loss(probabilities, 1 - labels)


def _sum(probabilities, labels):
    return binary_loss(probabilities, labels) * len(labels)


def _each_alone(probabilities, labels):
    return -np.log(np.where(labels == 1, probabilities, 1 - probabilities))


def _no_minus(probabilities, labels):
    return -binary_loss(probabilities, labels)


def _base_two(probabilities, labels):
    return binary_loss(probabilities, labels) / np.log(2)


def _base_ten(probabilities, labels):
    return binary_loss(probabilities, labels) / np.log(10)


def _logarithm_of_the_mean(probabilities, labels):
    return -np.log(np.mean(np.where(labels == 1, probabilities, 1 - probabilities)))


def _squares(probabilities, labels):
    return np.mean((probabilities - labels) ** 2)


def _what_it_says(probabilities, labels):
    return binary_loss(probabilities, (probabilities > 0.5).astype(int))


def _zero_times_infinity(probabilities, labels):
    with np.errstate(all="ignore"):
        return -np.mean(labels * np.log(probabilities) + (1 - labels) * np.log(1 - probabilities))


def _share_of_mistakes(probabilities, labels):
    return np.mean((probabilities > 0.5) != labels)


def _answers():
    return [
        (np.array([0.8]), np.array([1])),
        (np.array([0.8]), np.array([0])),
        (np.array([0.9, 0.2, 0.6]), np.array([1, 0, 0])),
        (np.array([1.0, 0.5]), np.array([1, 1])),  # certain and right: that costs nothing
    ]


EXERCISES = [
    Exercise(
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
        wrong_answers=(
            WrongAnswer(
                _jfif_only,
                "You ask for more than the first three bytes. A JPEG from a camera may have Exif where others have JFIF, "
                "and is a JPEG all the same.",
            ),
            WrongAnswer(
                _two_kinds_of_jpeg, "A JPEG may have neither of these words. Only its first three bytes count."
            ),
            WrongAnswer(_first_byte, "One byte is not enough: other files begin with it, too. Compare the whole mark."),
            WrongAnswer(
                _text_for_bytes,
                'You find no picture at all. `first` holds bytes, and bytes never equal a text: write b"GIF8", with the b.',
            ),
            WrongAnswer(_anywhere, "You look anywhere in the bytes. The mark counts at the beginning only."),
            WrongAnswer(_none_for_unknown, 'Where nothing fits, return the word "unknown", not None.'),
            WrongAnswer(_jpeg_for_the_rest, "What is neither PNG nor GIF need not be a JPEG; it may be no picture."),
            WrongAnswer(_small_letters, "In capital letters, please, as in the task."),
        ),
    ),
    Exercise(
        id="08-middle-square",
        title="The largest square in the middle",
        prompt=(
            "Write `middle_square(height, width)`, which says what *crop* keeps. By hand first: of a picture with 100 rows "
            "and 200 columns, which square of 100 lies in the middle?"
        ),
        solution=middle_square,
        hints=(
            "How long may the side of a square be, if it must fit in both directions?",
            "What is left over in a direction is shared between its two ends.",
            "`(width - side) // 2` columns are left out on the left.",
        ),
        inputs=lambda: [(100, 200), (300, 200), (5, 5), (7, 4), (150, 157)],
        wrong_answers=(
            WrongAnswer(_from_the_corner, "That square begins in the upper left corner, not in the middle."),
            WrongAnswer(_left_first, "Top and left are exchanged: rows come first, as in the shape of an array."),
            WrongAnswer(_centre_itself, "That is where the middle of the picture is. Say where the square begins."),
            WrongAnswer(_longer_side, "A square with the longer side does not fit into the picture."),
            WrongAnswer(_half_pixels, "There are no half pixels: divide with //."),
            WrongAnswer(
                _all_of_the_rest, "All that is left over lies on one side of your square. Share it between the two."
            ),
            WrongAnswer(_larger_number, "Where the middle falls between two pixels, the smaller number was asked for."),
            WrongAnswer(_side_first, "The order is top, left, side."),
            WrongAnswer(
                _wide_pictures_only, "That is right for wide pictures only. A picture may be higher than wide."
            ),
            WrongAnswer(_opposite_corners, "Three numbers: where it begins, and its length; not where it ends."),
        ),
    ),
    Exercise(
        id="08-batches-for-ever",
        title="Batches without end",
        prompt=(
            "Write the generator `batches_for_ever(items, size)`. By hand first: what are the first four batches of "
            "`[1, 2, 3, 4, 5]`, two at a time?"
        ),
        solution=batches_for_ever,
        hints=(
            "Two loops, one in the other: the outer one never ends, the inner one is an epoch.",
            "`range(0, len(items), size)` gives the places where batches begin. A slice may reach beyond the end.",
            "`yield items[start : start + size]`; and take the `return None` away.",
        ),
        # A batch is never longer than the list: an answer that leaves short batches out would search for ever.
        inputs=lambda: [([1, 2, 3, 4, 5], 2), (["a", "b", "c", "d"], 2), ([6, 7, 8], 3)],
        judge=_first_batches,
        wrong_answers=(
            WrongAnswer(_one_epoch, "It ends after one epoch. Put a `while True:` around it."),
            WrongAnswer(_short_batch_dropped, "The last batch of the epoch is missing, because it is shorter."),
            WrongAnswer(
                _across_the_end,
                "Your batches reach across the end of the epoch. The last one is shorter, and then it begins again.",
            ),
            WrongAnswer(_one_by_one, "These are single items. Yield lists of them."),
            WrongAnswer(_overlapping, "Your batches overlap: the next begins `size` items further on."),
            WrongAnswer(_never_back, "After one epoch your batches are empty. Begin again at the first item."),
            WrongAnswer(
                _back_too_late,
                "Where the batches fill the list exactly, yours has an empty one after them. Begin again as soon as "
                "nothing is left.",
            ),
            WrongAnswer(
                _start_across_the_end,
                "Your second epoch does not begin with the first item. After the last batch, start at 0 again.",
            ),
            WrongAnswer(_size_for_the_end, "A slice ends at a place, not after a number of items: start + size."),
            WrongAnswer(
                _returned, "`return` ends the function with a single batch. `yield` hands one out and goes on."
            ),
            WrongAnswer(_an_epoch_at_once, "You hand out all batches of an epoch in one list. Yield one at a time."),
            WrongAnswer(_first_for_ever, "It gives the first batch again and again. Where does the next one begin?"),
        ),
    ),
    Exercise(
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
            "First the probability of the right class of each picture: `np.where(labels == 1, ..., ...)`.",
            "Then minus `np.log` of it, and `np.mean` of that.",
        ),
        inputs=_answers,
        wrong_answers=(
            WrongAnswer(_dogs_only, "Your cats cost nothing. The probability of a cat is 1 − p."),
            WrongAnswer(_labels_ignored, "That is the loss if all were dogs. For a cat, take 1 − p."),
            WrongAnswer(_classes_exchanged, "Cats and dogs are exchanged: p is the probability of a dog, label 1."),
            WrongAnswer(_sum, "That is the sum. The mean was asked for, so that batches of any size compare."),
            WrongAnswer(_each_alone, "A loss for each picture. Return their mean."),
            WrongAnswer(_no_minus, "The sign: the logarithm of a probability is negative, a loss is positive."),
            WrongAnswer(_base_two, "You took the logarithm to base 2; the natural one was asked for, np.log."),
            WrongAnswer(_base_ten, "You took the logarithm to base 10; the natural one was asked for, np.log."),
            WrongAnswer(
                _logarithm_of_the_mean,
                "You took the mean first and its logarithm afterwards. Each picture has a loss; take the mean of these.",
            ),
            WrongAnswer(_squares, "That is the mean of squared differences. The loss asked for has a logarithm."),
            WrongAnswer(
                _what_it_says,
                "You took the probability of the class that the network says. Take that of the class that is right.",
            ),
            WrongAnswer(
                _zero_times_infinity,
                "Right, but where the network is certain 0·ln 0 is not a number. Choose the probability of the right "
                "class first, and take one logarithm.",
            ),
            WrongAnswer(_share_of_mistakes, "That is the share of wrong answers. The loss asks how sure they were."),
        ),
    ),
]
