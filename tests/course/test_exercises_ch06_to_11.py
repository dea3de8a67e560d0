"""Chapters 6 to 11: wrong answers that once passed fail, right ones that once failed pass, silent ones get a word."""

import random

import numpy as np
import pytest

from labkit.course import check
from labkit.course.discovery import chapter_part

BANKS = {number: chapter_part(number, "exercises") for number in ("07", "08", "09", "10", "11")}
kind_of_file, middle_square = BANKS["08"].kind_of_file, BANKS["08"].middle_square
prepare, what_is_trained = BANKS["10"].prepare, BANKS["10"].what_is_trained
answer_or_not = BANKS["11"].answer_or_not


def epochs(number):
    def batches(items, size):
        for _ in range(number):
            for start in range(0, len(items), size):
                yield items[start : start + size]

    return batches


def shuffled(items, size):
    while True:
        order = random.sample(items, len(items))
        for start in range(0, len(items), size):
            yield order[start : start + size]


def never_a_batch(items, size):
    while size:
        pass
    yield items


def classes_from_zero(labels, per_class):
    chosen = [np.flatnonzero(labels == number)[:per_class] for number in range(len(np.unique(labels)))]
    validate = np.sort(np.concatenate(chosen))
    return np.setdiff1d(np.arange(len(labels)), validate), validate


def mirrored_in_place(images):
    images[:] = images[:, :, ::-1].copy()
    return images


def prepared_in_place(pictures, mean, deviation, blue_first):
    pictures -= np.array(mean)
    pictures /= np.array(deviation)
    return pictures


def prepared_in_bytes(pictures, mean, deviation, blue_first):
    pictures = pictures[..., ::-1].copy() if blue_first else pictures.copy()
    for channel in range(3):
        pictures[..., channel] = (pictures[..., channel] - mean[channel]) / deviation[channel]
    return pictures


def from_the_first_that(fits):
    def tensors(layers, first):
        start = next(index for index, (name, _) in enumerate(layers) if fits(name, first))
        return sum(number for _, number in layers[start:])

    return tensors


def kept_in_the_picture(x, y, degrees, size):
    return np.clip(BANKS["09"].place_to_look_at(x, y, degrees, size), 0, size - 1)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(
    ("id", "answer", "told"),
    [
        ("07-hold-out", classes_from_zero, "np.unique(labels)"),
        ("07-hold-out", lambda labels, n: (np.arange(n, len(labels)), np.arange(n)), "`per_class` images in all"),
        ("07-conv-parameters", lambda kernel, channels, filters: (kernel**2 * filters + 1) * channels, "exchanged"),
        ("07-cross-entropy", lambda logits, label: -np.log(logits[label] / logits.sum()), "np.exp of each"),
        ("07-cross-entropy", lambda logits, label: np.log(1 + np.exp(-logits[label])), "sigmoid"),
        ("08-kind-of-file", lambda first: kind_of_file(first.replace(b"GIF87a", b"")), "GIF87a"),
        ("08-kind-of-file", lambda first: "PNG" if first[1:4] == b"PNG" else kind_of_file(first), "four bytes"),
        ("08-kind-of-file", lambda first: kind_of_file(first).replace("JPEG", "JPG"), "four letters"),
        ("08-kind-of-file", lambda first: "JPEG" if first[:2] == b"\xff\xd8" else kind_of_file(first), "'unknown'"),
        ("08-middle-square", lambda height, width: np.array(middle_square(height, width), float), "integer"),
        ("08-batches-for-ever", shuffled, "not to be shuffled"),
        ("08-batches-for-ever", epochs(100), "no more after 300"),
        ("08-batches-for-ever", epochs(5000), "no more after 15000"),
        ("08-batches-for-ever", lambda items, size: 5, "by `yield`"),
        ("08-batches-for-ever", never_a_batch, "had not ended"),
        ("09-place-to-look-at", kept_in_the_picture, "outside the image"),
        ("09-mirrored", mirrored_in_place, "in place"),
        ("10-prepare", prepared_in_place, "in place"),
        ("10-prepare", prepared_in_bytes, "An array of bytes"),
        ("10-what-is-trained", lambda layers: what_is_trained(layers)[1], "Return both"),
        ("11-tensors-to-tune", from_the_first_that(str.startswith), "only begins like"),
        ("11-tensors-to-tune", from_the_first_that(str.endswith), "within a longer name"),
        (
            "11-gradient-to-features",
            lambda features, weights, bias, label: 2 * BANKS["11"].gradient_to_features(features, weights, bias, label),
            "squared error",
        ),
        (
            "11-answer-or-not",
            lambda chances, sure: [None if word == "not sure" else word for word in answer_or_not(chances, sure)],
            "not None",
        ),
    ],
)
def test_a_wrong_answer_is_told_what_is_wrong_with_it(id, answer, told):
    result = check(id, answer)
    assert result.status == "failed"
    assert told in result.message


@pytest.mark.parametrize(
    ("id", "answer"),
    [
        ("08-middle-square", lambda height, width: np.array(middle_square(height, width))),
        ("10-prepare", lambda pictures, *given: prepare(pictures, *given).astype("float32")),
        ("11-answer-or-not", lambda chances, sure: tuple(answer_or_not(chances, sure))),
        ("11-answer-or-not", lambda chances, sure: np.array(answer_or_not(chances, sure))),
    ],
)
def test_another_right_answer_passes(id, answer):
    assert check(id, answer).passed


def test_images_may_be_prepared_by_keras():
    from keras.layers import Normalization  # here, because loading it takes longer than an answer may

    def prepared(pictures, mean, deviation, blue_first):
        pictures = pictures[..., ::-1] if blue_first else pictures
        return Normalization(mean=mean, variance=np.square(deviation))(pictures)

    assert check("10-prepare", prepared).passed
