"""Exercises of chapter 14: an image is laid over in bytes, whatever it was reckoned in."""

import numpy as np
import pytest

from labkit.course import check


def mixed(picture, colours, strength, type_=float):
    return np.clip(np.rint(picture + type_(strength) * colours[..., ::-1]), 0, 255)


@pytest.mark.parametrize("type_", [float, np.float32, int])
def test_the_right_numbers_in_another_type_fail_and_are_told(type_):
    result = check("14-lay-over", lambda *arguments: mixed(*arguments).astype(type_))
    assert result.status == "failed"
    assert f"the values are right, but of the type {np.dtype(type_)}, and uint8 is asked for" in result.message


def test_single_precision_on_the_way_is_right():
    assert check("14-lay-over", lambda *arguments: mixed(*arguments, type_=np.float32).astype(np.uint8)).passed
