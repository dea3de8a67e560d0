"""The exercise of chapter 7 that trains: other right ways pass, and what no list foresees is told."""

import keras
import numpy as np
import pytest

from labkit.course import all_exercises, check

EXERCISE = all_exercises()["07-train"]


def fitted(model, images, labels, *, optimizer=None, loss=None, labels_as_rows=True):
    schedule = keras.optimizers.schedules.CosineDecay(0.0, 17, warmup_target=0.005, warmup_steps=2)
    model.compile(
        optimizer or keras.optimizers.AdamW(schedule),
        loss=loss or keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1),
    )
    model.fit(images, np.eye(10)[labels] if labels_as_rows else labels, verbose=0)
    return model


def test_another_schedule_that_warms_up_and_falls_passes():
    class Triangle(keras.optimizers.schedules.LearningRateSchedule):
        def __call__(self, step):
            done = keras.ops.cast(step, "float32") / 190
            return 0.005 * keras.ops.minimum(done / 0.2, (1 - done) / 0.8)

    def answer(model, images, labels):
        loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.05)
        model.compile(keras.optimizers.AdamW(Triangle(), weight_decay=0.01), loss=loss)
        model.fit(images, np.eye(10)[labels], epochs=10, verbose=0)
        return model

    keras.utils.set_random_seed(0)
    assert check(EXERCISE.id, answer).passed


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (lambda model, images, labels: fitted(model, images, labels, labels_as_rows=False), "to_categorical"),
        (lambda model, images, labels: fitted(model, images, (labels + 1) % 10), "after very few steps"),
        (
            lambda model, images, labels: fitted(
                model,
                images,
                labels,
                optimizer=keras.optimizers.SGD(
                    keras.optimizers.schedules.CosineDecay(0.0, 17, warmup_target=0.1, warmup_steps=2)
                ),
            ),
            "the optimizer is sgd; AdamW is asked for",
        ),
        (
            lambda model, images, labels: keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten()]),
            "return the model that was given",
        ),
        (lambda model, images, labels: model.fit, "a Keras model was asked for"),
    ],
)
def test_what_else_may_come_back(answer, told):
    keras.utils.set_random_seed(0)
    result = check(EXERCISE.id, answer)
    assert result.status == "failed"
    assert told in result.message


def test_what_is_missing_is_named_with_its_floor():
    def answer(model, images, labels):
        return EXERCISE.solution(model, images, (labels + 1) % 10)  # trained well, and on wrong labels

    keras.utils.set_random_seed(0)
    message = check(EXERCISE.id, answer).message
    assert message.startswith("accuracy 0.0")
    assert message.endswith("on 500 held-out digits; at least 0.92 is asked for")
