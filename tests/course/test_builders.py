"""Exercises that ask for something built: whatever the seed, the solution passes, and each mistake gets its message."""

import keras
import pytest

from labkit.course import all_exercises, check, checking

BUILDERS = [exercise for exercise in all_exercises().values() if exercise.missing]


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("exercise", BUILDERS, ids=lambda exercise: exercise.id)
def test_whatever_the_seed(exercise, seed):
    checking._inputs.cache_clear()  # the networks that are handed out start from other weights
    keras.utils.set_random_seed(seed)
    assert check(exercise.id, exercise.solution).passed
    for message, mistake in exercise.mistakes.items():
        keras.utils.set_random_seed(seed)
        result = check(exercise.id, mistake)
        assert (result.status, result.mistake) == ("failed", message)


def test_the_chapters_that_train_have_one():
    assert {exercise.chapter for exercise in BUILDERS} >= {"05", "07", "08", "09", "10", "11", "16"}
