"""Exercises of chapter 13: single precision is as right as double, and bytes have to be bytes."""

import numpy as np
import pytest

from labkit.course import all_exercises, check

IDS = [id for id in all_exercises() if id.startswith("13-")]


@pytest.mark.parametrize("id", IDS)
def test_single_precision_is_right(id):
    solution = all_exercises()[id].solution

    def answer(*arguments):
        return solution(*(np.float32(each) if isinstance(each, np.ndarray) else each for each in arguments))

    assert check(id, answer).passed


@pytest.mark.parametrize("type_", [float, int])
def test_bytes_of_another_type_are_told(type_):
    solution = all_exercises()["13-viewable"].solution
    message = check("13-viewable", lambda picture: solution(picture).astype(type_)).message
    assert f"its numbers are of type {np.dtype(type_)}; `.astype(np.uint8)` makes bytes of them" in message
