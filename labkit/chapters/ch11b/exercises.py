"""Exercises of chapter 11b, your own images."""

import random

import numpy as np

from labkit.course.exercises import Exercise


def split_by_photograph(files, share, seed):
    """Divide crops into a training and a validation part.

    `files` is a list of names such as "IMG_0012_3.jpg": crop 3 of the
    photograph "IMG_0012", which is what stands before the last "_".
    Draw `round(share * n)` of the n photographs, but at least one, with
    `random.Random(seed)`. Return two lists of file names: the crops of
    all other photographs, and the crops of the drawn ones.
    """

    def photograph(file):
        return file.rpartition("_")[0]

    photographs = sorted({photograph(file) for file in files})
    number = max(1, round(share * len(photographs)))
    drawn = random.Random(seed).sample(photographs, number)
    training = [file for file in files if photograph(file) not in drawn]
    validation = [file for file in files if photograph(file) in drawn]
    return training, validation


def _photograph(file):
    return file.rpartition("_")[0]


def _photographs(files):
    return sorted({_photograph(file) for file in files})


def _what_became_of_the_crops(parts, files, share, seed):
    """what became of the crops"""
    try:
        training, validation = (list(part) for part in parts)
    except (TypeError, ValueError):
        raise ValueError("two lists should be returned, training and validation") from None
    strange = [name for name in training + validation if name not in files]
    if strange:
        return f"{strange[0]!r} is none of the files"
    if set(training) & set(validation):
        return "a file is in both parts"
    if sorted(training + validation) != sorted(files):
        return "a file is in neither part, or in one part twice"
    if set(_photographs(training)) & set(_photographs(validation)):
        return "crops of one photograph are in both parts"
    return f"{len(_photographs(training))} photographs for training, {len(_photographs(validation))} for validation"


def _collections():
    one_each = [f"tree_{number}_0.jpg" for number in range(6)]
    four = ["beach_0.jpg", "beach_1.jpg", "beach_2.jpg", "hill_0.jpg", "lake_0.jpg", "lake_1.jpg", "wood_0.jpg"]
    # Photographs of a phone, with two to four crops each; the names of all begin alike.
    many = [f"IMG_{photo:04}_{crop}.JPG" for photo in range(1, 8) for crop in range(2 + photo % 3)]
    return [(one_each, 0.3, 0), (four, 0.1, 1), (many, 0.4, 2)]


def _drawn(files, drawn):
    """Both parts, where these photographs are drawn."""
    training = [file for file in files if _photograph(file) not in drawn]
    return training, [file for file in files if _photograph(file) in drawn]


def _number_drawn(number):
    """An answer that is right but for how many photographs are drawn."""
    return lambda files, share, seed: _drawn(files, _photographs(files)[: number(files, share)])


def _single_files_drawn(files, share, seed):
    shuffled = random.Random(seed).sample(files, len(files))
    number = max(1, round(share * len(files)))
    return shuffled[number:], shuffled[:number]


def _up_to_the_first(files, share, seed):
    begins = sorted({file.partition("_")[0] for file in files})
    drawn = random.Random(seed).sample(begins, max(1, round(share * len(begins))))
    training = [file for file in files if file.partition("_")[0] not in drawn]
    return training, [file for file in files if file.partition("_")[0] in drawn]


splitting = Exercise(
    id="11b-split-by-photograph",
    title="No photograph on both sides",
    prompt=(
        "Write `split_by_photograph(files, share, seed)`. It is judged by what it does to the files, not by which "
        "photographs it draws. By hand first: seven crops of the four photographs beach, hill, lake and wood, and a "
        "share of 0.1. How many photographs are drawn?"
    ),
    solution=split_by_photograph,
    hints=(
        'Two steps: draw photographs, then send each crop where its photograph goes. `"IMG_0012_3.jpg".rpartition("_")` '
        'gives three pieces, of which the first is "IMG_0012".',
        "`sorted({file.rpartition('_')[0] for file in files})` lists each photograph once; `random.Random(seed).sample` "
        "draws from a list.",
        "Two list comprehensions make the parts: one with `not in drawn`, one with `in drawn`.",
    ),
    inputs=_collections,
    fresh=lambda random: [
        ([f"photo_{photo}_{crop}.jpg" for photo in range(count) for crop in range(random.integers(1, 5))], share, seed)
        for seed, (count, share) in enumerate([(5, 0.1), (9, 0.3), (12, 0.5)])
    ],
    mistakes={
        "Crops of one photograph are on both sides: you drew files. Draw photographs, and let their crops follow.": (
            _single_files_drawn
        ),
        'All photographs of a phone begin with "IMG_": you cut at the first underscore. Cut at the last.': (
            _up_to_the_first
        ),
        "The parts are exchanged: first training, then validation.": (
            lambda files, share, seed: split_by_photograph(files, share, seed)[::-1]
        ),
        "The drawn crops are still in the training part, too. Then validation asks for what was learned.": (
            lambda files, share, seed: (files, split_by_photograph(files, share, seed)[1])
        ),
        "Nothing is drawn where the share is less than half a photograph. At least one has to be.": _number_drawn(
            lambda files, share: round(share * len(_photographs(files)))
        ),
        "`int` cuts off; `round` was asked for.": _number_drawn(
            lambda files, share: max(1, int(share * len(_photographs(files))))
        ),
        "The share is one of photographs; you took it of the crops.": _number_drawn(
            lambda files, share: max(1, round(share * len(files)))
        ),
        "These are the names of photographs. Return those of their crops, the files.": (
            lambda files, share, seed: tuple(_photographs(part) for part in split_by_photograph(files, share, seed))
        ),
    },
    judge=_what_became_of_the_crops,
)


def worst_mistakes(probabilities, labels, count):
    """Find the mistakes of which a network was most sure.

    `probabilities` has shape (n, classes): for each image a probability
    for each class. `labels` has shape (n,): the right class of each. The
    answer is the class with the largest probability. Return a list of the
    indices of at most `count` images whose answer is wrong, the one with
    the most probable wrong answer first.
    """
    answers = np.argmax(probabilities, axis=1)
    sureness = np.max(probabilities, axis=1)
    wrong = [index for index in range(len(labels)) if answers[index] != labels[index]]
    return sorted(wrong, key=lambda index: -sureness[index])[:count]


def _looked_at():
    four = np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.3, 0.7]])
    three_classes = np.array(
        [[0.5, 0.3, 0.2], [0.1, 0.6, 0.3], [0.45, 0.4, 0.15], [0.05, 0.05, 0.9], [0.3, 0.28, 0.42], [0.7, 0.2, 0.1]]
    )
    random = np.random.default_rng(4)
    drawn = random.dirichlet([1, 1, 1], size=30)
    return [
        (four, np.array([1, 1, 0, 0]), 2),
        (three_classes, np.array([1, 2, 1, 2, 0, 0]), 3),
        (drawn, random.integers(0, 3, 30), 5),
        (four, np.array([0, 1, 1, 0]), 5),
    ]


def _sorted_by(key, of=lambda answers, labels: answers != labels):
    """An answer that sorts by another number, or looks at other images."""

    def answer(probabilities, labels, count):
        chosen = np.flatnonzero(of(np.argmax(probabilities, axis=1), labels))
        return sorted(chosen.tolist(), key=lambda index: key(probabilities[index], labels[index]))[:count]

    return answer


def _cut_too_early(probabilities, labels, count):
    answers = np.argmax(probabilities, axis=1)
    surest = np.argsort(-np.max(probabilities, axis=1))[:count].tolist()
    return [index for index in surest if answers[index] != labels[index]]


looking = Exercise(
    id="11b-worst-mistakes",
    title="Most sure, and wrong",
    prompt=(
        "Write `worst_mistakes(probabilities, labels, count)`. By hand first: the network says (0.9, 0.1), (0.2, 0.8), "
        "(0.4, 0.6), (0.3, 0.7) of four images, whose classes are 1, 1, 0 and 0. Which two mistakes are the worst?"
    ),
    solution=worst_mistakes,
    hints=(
        "`np.argmax(probabilities, axis=1)` gives the answer to each image, `np.max(..., axis=1)` how sure it is.",
        "List the indices where answer and label differ. Then sort this list by the sureness, and cut it.",
        "`sorted(wrong, key=lambda index: -sureness[index])` puts the surest first.",
    ),
    inputs=_looked_at,
    mistakes={
        "These come in the order of the images. The surest mistake comes first.": _sorted_by(lambda row, label: 0),
        "The least sure mistake comes first. Turn the order around.": _sorted_by(lambda row, label: row.max()),
        "Right answers are among them. Look only at those that are wrong.": _sorted_by(
            lambda row, label: -row.max(), of=lambda answers, labels: np.ones(len(labels), bool)
        ),
        "These are right answers, the surest. You wanted those that are wrong.": _sorted_by(
            lambda row, label: -row.max(), of=lambda answers, labels: answers == labels
        ),
        "You sorted by the probability of the right class. With more than two classes that is another order than that "
        "of the wrong answer's probability.": _sorted_by(lambda row, label: row[label]),
        "You sorted before you looked which are wrong, and cut too early: `count` mistakes were asked for, not the "
        "mistakes among the `count` surest.": _cut_too_early,
        "These are the probabilities. Return the indices of the images.": (
            lambda probabilities, labels, count: [
                float(probabilities[index].max()) for index in worst_mistakes(probabilities, labels, count)
            ]
        ),
    },
)

EXERCISES = [splitting, looking]
