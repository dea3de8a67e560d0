"""What a machine sees by itself: each kind of mistake, in arrays and in single numbers, and never in a right answer."""

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from labkit import ops
from labkit.course.comparing import agree
from labkit.course.diagnosis import diagnosis, findings
from labkit.course.exceptions import usual_meaning

ROW = np.array([3.25, -1.5, 7.75, 0.5, 2.125])
TABLE = np.array([[1.5, -2.25, 3.0, 8.0], [0.25, 5.0, -6.5, 2.0], [9.0, 4.75, 7.0, -1.0]])
SQUARE = TABLE[:, :3]
IMAGE = np.arange(60.0).reshape(4, 5, 3) ** 1.5


@pytest.mark.parametrize(
    ("expected", "came", "said"),
    [
        # of another kind
        (ROW, lambda x: x, "A function came"),
        (ROW, len, "A function came"),
        (ROW, dict, "A class came, `dict`"),
        ([1, 2], (n for n in (1, 2)), "generator or iterator"),
        ([1, 2], map(int, "12"), "generator or iterator"),
        ([1, 2], {1, 2}, "A set came"),
        ([1, 2], {"a": 1}, "a dictionary instead of numbers"),
        (12, "12", "a text instead of a number. Leave the quotes away"),
        ([1, 2], [1, None], "`None` among the values"),
        ([[1, 2], [3, 4]], [[1, 2], [3]], "rows differ in length"),
        (ROW, object(), "It is of another kind: object instead of numbers"),
        # text, dictionaries, several things
        ("PNG", b"PNG", "bytes instead of a text"),
        ("PNG", "png", "capital and small letters"),
        ("a b", "a  b\n", "blanks"),
        ("abc", "cba", "reverse order"),
        (["a", "b", "c"], ["c", "b", "a"], "reverse order"),
        (["a", "b", "c"], ["b", "c", "a"], "another order"),
        (["a", "b", "c"], ["a", "b"], "There are 2 entries; there should be 3"),
        (["a", "b", "c"], ["a", "B", "c"], "Only the second of the 3 entries is wrong. Only capital"),
        (
            [ROW, TABLE],
            [ROW, TABLE.T],
            "Only the second of the 2 entries is wrong. The values are right, but transposed",
        ),
        ({"a": 1, "b": 2}, {"a": 1}, "Of the keys, 1 of 2 are missing, and 0"),
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, "Only the value of 'b'"),
        # shape
        (2.5, [2.5], "A list of one number came instead of the number. The value is right"),
        ([2.5], 2.5, "A number came instead of a list of one number"),
        (TABLE, TABLE[None], "axis of length 1 too much"),
        (TABLE[None], TABLE, "axis of length 1 too few"),
        (TABLE, TABLE.T, "transposed"),
        (IMAGE, IMAGE.transpose(2, 0, 1), "another order, (2, 0, 1)"),
        (TABLE, TABLE.T + TABLE.mean(), "The axes are of the right lengths, but in another order"),
        (TABLE, TABLE.ravel(), "one long row"),
        (TABLE, TABLE.reshape(2, 6), "only the shape"),
        (TABLE.sum(0), TABLE, "axis 0 is left and has to be summed"),
        (IMAGE.mean(2), IMAGE, "axis 2 is left and has to be averaged"),
        (IMAGE.mean(2), IMAGE.mean((0, 2)), "axis 0 should be left, but is averaged"),
        (TABLE, TABLE.max(1), "axis 1 should be left, but is reduced to its largest value"),
        (ROW, ROW[:-1], "The last number is missing, all others are right"),
        (ROW, ROW[1:], "The first number is missing"),
        (ROW, [*ROW, 0], "The last number is too much"),
        (ROW, [0, *ROW], "The first number is too much"),
        (ROW, np.ones(6), "one number too many: where does your loop end?"),
        (TABLE, TABLE[:-2], "The last 2 rows are missing"),
        (TABLE, TABLE[:, 1:], "The first column is missing"),
        (TABLE, np.zeros((5, 6)), "Along 2 axes there are 2 too many"),
        # numbers
        (ROW, ROW + 0j, "take the real part, `.real`. The real part is right"),
        (ROW, ROW + 1j, "take the real part"),
        (ROW, np.where(ROW > 3, np.nan, ROW), "2 of the 5 numbers are NaN"),
        (2.5, np.nan, "It is NaN"),
        (ROW, np.where(ROW > 5, np.inf, ROW), "1 of the 5 numbers are infinite"),
        (ROW, np.zeros(5), "Everything that came is 0"),
        (ROW, np.full(5, 3.0), "The same number came everywhere"),
        (ROW, ROW[::-1], "reverse order"),
        (SQUARE, SQUARE.T, "transposed"),
        (SQUARE, SQUARE[::-1], "upside down"),
        (TABLE, TABLE[:, ::-1], "left and right"),
        (TABLE, TABLE[::-1, ::-1], "turned by 180 degrees"),
        (IMAGE, IMAGE[..., ::-1], "BGR and RGB"),
        (ROW, np.roll(ROW, 1), "one place too late along axis 0"),
        (ROW, [*ROW[1:], 0], "one place too early along axis 0"),
        (TABLE, np.roll(TABLE, -1, axis=1), "one place too early along axis 1"),
        (ROW, np.sort(ROW), "sorted"),
        (ROW, ROW[[1, 0, 3, 2, 4]], "in another order"),
        (ROW, -ROW, "The sign is wrong"),
        (3, -3, "The sign is wrong"),
        (ROW, np.abs(ROW), "The sign of the negative numbers is lost"),
        (ROW, np.maximum(ROW, 0), "The negative numbers have become 0"),
        (ROW, ROW + 1, "Every number is 1 too large: off by one"),
        (7, 6, "It is 1 too small: off by one"),
        (ROW, ROW - 0.75, "Every number is 0.75 too small"),
        (ROW, ROW * 2, "Every number is 2 times what it should be"),
        (ROW, ROW / 255, "1/255 of what it should be, and 255 is the largest value of a byte"),
        (ROW, ROW * -3, "3 times what it should be, and has the wrong sign"),
        (ROW, ROW * 1.37, "1.37 times"),
        (4, 8, "It is 2 times"),
        (0.2, 0.6, "It is 3 times"),
        (ROW / 10, 1 - ROW / 10, "1 − x came"),
        (0.2, 0.8, "1 − x came"),
        (np.array([0, 7, 200]), np.array([255, 248, 55]), "255 − x came"),
        (np.array([2.0, 5, 0.5]), np.array([0.5, 0.2, 2]), "1/x came"),
        (np.array([2.0, 5, 7]), np.array([4.0, 25, 49]), "The square came"),
        (np.array([4.0, 25, 7]), np.sqrt([4.0, 25, 7]), "The square root came"),
        (np.array([4.0, 2.5, 7]), np.exp([4.0, 2.5, 7]), "The exponential"),
        (np.array([250, 260, 300]), np.array([250, 4, 44]), "wrapped around at 256"),
        (ROW, np.rint(ROW), "rounded to whole numbers"),
        (ROW, np.floor(ROW), "rounded down to whole numbers"),
        (ROW, np.ceil(ROW), "rounded up to whole numbers"),
        (ROW, ROW.astype(int), "cut off to whole numbers"),
        (np.pi, 3.14, "rounded to 2 digits"),
        (ROW, ROW * 2.5 - 3, "one factor and one offset"),
        (ROW, [*ROW[:4], 99], "Only the fifth of the 5 numbers is wrong"),
        ([2.5, 3.0], [2.5, 6.0], "Only the second of the 2 numbers is wrong. It is 2 times"),
        (TABLE, TABLE + np.eye(3, 4)[[2, 0, 0]] * [[1], [0], [0]] * 5, "Only the number at (0, 2) is wrong"),
        (ROW, [9, *ROW[1:4], 9], "Only the first and the last number"),
        (IMAGE[..., 0], np.pad(IMAGE[1:-1, 1:-1, 0], 1, constant_values=5), "Only the border is wrong"),
        (IMAGE[..., 0], np.pad(IMAGE[1:, :, 0], ((1, 0), (0, 0)), constant_values=5), "Only the first row is wrong"),
        (ROW, np.where(ROW < 0, ROW * 0.1, ROW) - np.where(ROW < 0, 1, 0), "Only the second of the 5 numbers is wrong"),
        (TABLE, np.where(TABLE < 0, 0.1 * TABLE, TABLE), "Only the numbers that should be negative are wrong"),
        (ROW, ROW * [1, 2, 1, 2, 1], "2 of the 5 numbers are wrong"),
        (ROW, ROW * [1.001, 0.998, 1.002, 0.999, 1.001], "nearly right"),
    ],
)
def test_each_kind_is_told(expected, came, said):
    assert said in diagnosis(expected, came)


def test_a_factor_is_named_by_the_argument_whose_length_it_is():
    arguments = {"image": TABLE, "kernel": np.ones((2, 7)), "count": 20}
    assert diagnosis(ROW, ROW * 12, arguments).endswith(
        "12 times what it should be, and 12 is the number of values in `image`."
    )
    assert "1/7 of what it should be, and 7 is the length of axis 1 of `kernel`" in diagnosis(2.5, 2.5 / 7, arguments)
    assert "and 20 is your `count`" in diagnosis(2.5, 50.0, arguments)


def test_an_argument_returned_unchanged_is_told():
    assert diagnosis(TABLE * 2.5, TABLE, {"maps": TABLE}) == "What came is your argument `maps`, unchanged."


def test_nothing_is_made_up():
    random = np.random.default_rng(0)
    assert diagnosis(random.normal(size=9), random.normal(size=9)) == ""
    assert diagnosis(17.3, 4.1) == ""
    assert diagnosis([], [1]) != ""


@pytest.mark.parametrize(
    ("expected", "came", "false"),
    [
        (5, -251, "wrapped around"),  # no byte is below zero
        (True, False, "off by one"),
        (np.array([True, True]), np.array([False, False]), "too small"),
        (np.array([2, 3]), np.array([1, 1]), "same number"),
    ],
)
def test_what_a_reader_would_not_say_is_not_said(expected, came, false):
    assert false not in diagnosis(expected, came)


def test_the_right_value_is_never_in_the_words():
    """A factor or an offset may be named: the reader then knows what is wrong, and still has to find out why."""
    secret = np.array([1234.5, 987.25, 555.125])
    for came in (secret * 2, secret + 1, secret[::-1], secret[:2], secret**2, -secret, np.zeros(3), secret * [1, 1, 2]):
        assert not any(str(number) in " ".join(findings(secret, came).values()) for number in secret)


SOME = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
ARRAYS = arrays.arrays(float, arrays.array_shapes(max_dims=3, max_side=5), elements=st.floats(-1e3, 1e3))


@SOME
@given(ARRAYS, st.floats(-50, 50), st.floats(-50, 50))
def test_an_affine_change_never_passes_and_is_told(array, slope, intercept):
    changed = array * slope + intercept
    assume(array.size > 2 and np.abs(changed - array).max() > 1e-2 and np.ptp(array) > 1)
    assert not agree(array, changed)
    assert diagnosis(array, changed)


@SOME
@given(ARRAYS, st.sampled_from([np.float32, np.float64]))
def test_nothing_is_wrong_with_what_is_right(array, dtype):
    assert agree(array, array.astype(dtype))
    assert agree(array, array.tolist())
    assert agree(array.astype(dtype), array)


@SOME
@given(ARRAYS, st.data())
def test_another_arrangement_is_told(array, data):
    axis = data.draw(st.integers(0, array.ndim - 1))
    changed = data.draw(st.sampled_from([np.flip(array, axis), np.swapaxes(array, 0, axis), np.roll(array, 1, axis)]))
    assume(not agree(array, changed))
    assert diagnosis(array, changed)


THINGS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.complex_numbers(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner) | ARRAYS,
    max_leaves=6,
)


@SOME
@given(THINGS, THINGS)
def test_whatever_comes_is_compared_and_explained_without_an_error(expected, came):
    if not agree(expected, came):
        assert isinstance(diagnosis(expected, came), str)


class TestUsualMeaning:
    """What an exception mostly means; a word in its text must not be taken for another."""

    def raised(self, call):
        with pytest.raises(ValueError) as caught:  # noqa: PT011
            call()
        return usual_meaning(caught.type.__name__, str(caught.value))

    def test_an_empty_array(self):
        assert "Something is empty" in self.raised(lambda: np.array([]).max())
        assert "Something is empty" in self.raised(lambda: max([]))

    def test_an_error_that_only_speaks_of_emptiness(self):
        assert "empty" not in usual_meaning("ValueError", "kwargs=<class 'inspect._empty'>")
        assert "empty" not in self.raised(lambda: ops.correlate2d(np.zeros((2, 3, 3)), np.zeros((2, 2, 2))))

    def test_another_shape_than_the_layer_expects(self):
        said = 'Input 0 of layer "conv" is incompatible with the layer: expected min_ndim=4, found ndim=3'
        assert "keras.Input" in usual_meaning("ValueError", said)
