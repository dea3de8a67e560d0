"""The exercise of chapter 5 that builds: what it lacks is named."""

import keras

from labkit.course import all_exercises, check

EXERCISE = all_exercises()["05-build-and-train"]


def test_what_is_missing_is_named_with_its_floor():
    def answer(images, labels):
        return EXERCISE.solution(images, (labels + 1) % 10)  # trained well, and on wrong labels

    keras.utils.set_random_seed(0)
    message = check(EXERCISE.id, answer).message
    assert message.startswith("accuracy 0.0")
    assert message.endswith("on 500 held-out digits; at least 0.90 is asked for")


def test_logits_with_a_loss_that_expects_them_are_asked_for_probabilities():
    def answer(images, labels):
        model = keras.Sequential(
            [keras.Input((8, 8, 1)), keras.layers.Conv2D(4, 3), keras.layers.Flatten(), keras.layers.Dense(10)]
        )
        model.compile("adam", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        model.fit(images, labels, epochs=6, verbose=0)
        return model

    assert "ends in linear; ten probabilities are asked for" in check(EXERCISE.id, answer).message


def test_a_network_for_other_images_is_told_so():
    def answer(images, labels):
        return keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10)])

    assert "takes images of shape (28, 28, 1); ours have (8, 8, 1)" in check(EXERCISE.id, answer).message
