"""What counts as the same value, what counts as changed, and how values are shown in little room."""

import numpy as np
import pytest

from labkit.course.comparing import agree, as_numbers, brief, same_contents


@pytest.mark.parametrize(
    ("expected", "came"),
    [
        ([1, 2], (1, 2)),
        ([1, 2], np.array([1.0, 2.0])),
        (1, True),
        (np.array([1.0, np.nan]), [1.0, np.nan]),
        (np.pi, np.float32(np.pi)),
        (np.array([1e6, 0.25]), np.array([1e6, 0.25 + 2e-2], np.float32)),  # what is left of large summands
        (np.float16(0.1), 0.1),
        ([1.5, 2], np.array([1.5, 2], dtype=object)),
        (["a", "b"], ("a", "b")),
        (["a", "b"], np.array(["a", "b"])),
        ("a", np.str_("a")),
        ({"a": [1.0]}, {"a": (1,)}),
        ([np.zeros((2, 3)), np.ones((4, 4))], (np.zeros((2, 3)), np.ones((4, 4)))),
        ([], ()),
        (None, None),
        (2 + 1j, np.complex64(2 + 1j)),
        (2 + 0j, 2),
    ],
)
def test_the_same(expected, came):
    assert agree(expected, came)


@pytest.mark.parametrize(
    ("expected", "came"),
    [
        ([1, 2], [2, 1]),
        (1, 1.00001),
        (1.0, 1.00001),
        (1.0, np.float32(1.0001)),
        (0.5, np.float16(0.503)),
        (2**40, 2**40 + 1),
        (10**30, 10**30 + 10**25),
        (2, 2 + 0j),
        (2, "2"),
        (2, None),
        (2, [2]),
        ("a", b"a"),
        (["a"], ["a", "b"]),
        (["a"], []),
        ({"a": 1}, {"b": 1}),
        ({"a": 1}, [1]),
        ({1, 2}, [1, 2]),
        ([[1, 2], [3]], [[1, 2], [4]]),
    ],
)
def test_not_the_same(expected, came):
    assert not agree(expected, came)


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        (np.array([1.0, np.nan]), np.array([1.0, np.nan]), True),
        (np.array([1.0, 2]), np.array([1.0, 3]), False),
        (np.array([1, 2]), np.array([1.0, 2.0]), False),
        (np.array([np.ones(2), None], dtype=object), np.array([np.ones(2), None], dtype=object), True),
        ([1, 2], [1, 3], False),
        ([1, float("nan")], [1, float("nan")], True),
        ([1, 2], [1, 2, 3], False),
        ([np.ones(2)], [np.zeros(2)], False),
        ({"a": [1]}, {"a": [2]}, False),
        ({1}, {1, 2}, False),
        (bytearray(b"ab"), bytearray(b"aa"), False),
        ("ab", "ab", True),
        (None, None, True),
        ([1], [np.array(1)], False),
        (np.random.default_rng(1), np.random.default_rng(2), True),
    ],
)
def test_what_counts_as_changed(before, after, same):
    assert same_contents(before, after) is same


def test_endless_lists_and_text_are_no_numbers():
    own = []
    own += [own, own]
    assert as_numbers(own) is None
    assert as_numbers(["1", "2"]) is None
    assert as_numbers([1, None]) is None


def test_large_arrays_are_shown_by_shape_and_range():
    values = np.arange(100.0)
    values[3] = np.nan
    assert brief(values) == " an array of shape (100,) with values from 0 to 99, 1 of them NaN"
    assert brief(np.full(100, np.nan)) == " an array of shape (100,), 100 of them NaN"


def test_what_is_no_table_is_shown_too():
    assert "array" in brief([np.zeros((2, 3)), np.zeros((4, 4))])
    assert brief({"b": 1, "a": [2]}) == " {'b': 1, 'a': [2]}"
