"""Every room's arguments are brought to one form, or refused in one sentence that says what is allowed."""

import subprocess
import sys

import numpy as np
import pytest

from labkit.arguments import (
    as_float,
    as_numbers,
    image_shape,
    margins,
    one_of,
    padding_rule,
    per_axis,
    share,
    whole_number,
)


@pytest.mark.parametrize("number", [3, np.int8(3), np.uint64(3)])
def test_whole_numbers_of_any_type_become_ints(number):
    assert type(whole_number("n", number)) is int


@pytest.mark.parametrize("value", [True, np.True_, 3.0, "3", None])
def test_what_is_no_whole_number_is_refused(value):
    with pytest.raises(TypeError, match=r"n is .*; allowed is a whole number of at least 1"):
        whole_number("n", value)


def test_one_number_stands_for_all_axes():
    assert per_axis("stride", 2, rank=3) == (2, 2, 2)
    assert margins("padding", (1, 2), rank=2) == ((1, 1), (2, 2))
    assert padding_rule("VALID") == "valid"
    with pytest.raises(ValueError, match="stride is \\(1, 2, 3\\); allowed is one whole number, or 2"):
        per_axis("stride", (1, 2, 3), rank=2)


def test_one_of_names_what_is_allowed():
    assert one_of("c3", None, [None, "sparse"]) is None
    with pytest.raises(ValueError, match="fill is 'wrap'; allowed are 'zeros', 'edge'"):
        one_of("fill", "wrap", ("zeros", "edge"))
    with pytest.raises(ValueError, match=r"fill is \['edge'\]; allowed are 'zeros', 'edge'"):
        one_of("fill", ["edge"], {"zeros": 0, "edge": 1})


@pytest.mark.parametrize(
    ("shape", "error", "message"),
    [
        ((28, 28), ValueError, r"input_shape is \(28, 28\); allowed is \(height, width, channels\)"),
        (28, ValueError, "input_shape is 28; allowed is"),
        ("abc", ValueError, "input_shape is 'abc'; allowed is"),
        ((28, 28.0, 1), TypeError, "input_shape's width is 28.0; allowed is a whole number"),
        ((28, 28, 0), ValueError, "input_shape's channels is 0; allowed is a whole number"),
        ((28, 17, 1), ValueError, "with a height and a width of at least 18"),
    ],
)
def test_an_image_has_a_height_a_width_and_channels(shape, error, message):
    with pytest.raises(error, match=message):
        image_shape(shape, smallest=18)


def test_small_integers_are_widened_before_they_are_added():
    numbers = as_numbers("x", np.array([200, 100], np.uint8))
    assert numbers.dtype == np.int64
    assert numbers.sum() == 300
    with pytest.raises(ValueError, match="epsilon is -1; allowed is a number of at least 0"):
        as_float("epsilon", -1, minimum=0)


def test_the_ground_floor_imports_nothing_heavy():
    program = (
        "import sys, labkit.arguments, labkit.tables; print({'numpy', 'tensorflow', 'matplotlib'} & {*sys.modules})"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout == "set()\n"


def test_a_share_is_from_0_to_below_1():
    assert share("dropout", 0) == 0
    assert share("dropout", np.float32(0.25)) == 0.25
    for value in (1, 1.0, -0.01, float("nan"), float("inf")):
        with pytest.raises(ValueError, match=r"dropout is .*; allowed is a number from 0 to below 1"):
            share("dropout", value)
    for value in (True, "0.5", None, [0.5]):
        with pytest.raises(TypeError, match=r"dropout is .*; allowed is a number from 0 to below 1"):
            share("dropout", value)
