"""Exercises of chapter 12: answers that come in another dress, and some that are no answers."""

import numpy as np
import pytest

from labkit.course import all_exercises, check


@pytest.mark.parametrize(
    "dressed",
    [
        tuple,
        lambda maps: dict(enumerate(maps)),
        lambda maps: [each.tolist() for each in maps],
        lambda maps: [np.float32(each) for each in maps],
    ],
    ids=["tuple", "dictionary", "nested lists", "single precision"],
)
def test_maps_may_come_in_any_row(dressed):
    tapped = all_exercises()["12-tapped"].solution
    assert check("12-tapped", lambda picture, kernels: dressed(tapped(picture, kernels))).passed


def test_a_number_instead_of_maps_is_told():
    assert "a list should come, with the map of each layer, and 3 came" in check("12-tapped", lambda *_: 3).message
