"""Sizes and padding: the worked numbers of FACTS C, Keras as the oracle, and what bad input gets."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.calculators import (
    Worked,
    effective_kernel,
    output_size,
    padding_amount,
    same_padding,
    transposed_output_size,
)
from quantity import cases


@pytest.mark.parametrize(
    ("n", "k", "s", "padding", "expected"),
    [
        (13, 6, 5, "valid", 2),  # C3
        (13, 6, 5, "same", 3),
        (7, 3, 1, "valid", 5),  # C4
        (7, 3, 2, "valid", 3),
        (28, 5, 1, "valid", 24),
        (32, 5, 1, 2, 32),  # C5
        (224, 11, 4, 4, 56),  # C17: the deck says 55
        (227, 11, 4, 0, 55),
        (224, 11, 4, 2, 55),
        (224, 11, 4, "same", 56),
        (5, 3, 1, 1, 5),  # C2
        (8, 3, 1, "valid", 6),  # B21
        (227, 11, 4, "valid", 55),  # C11
        (5, 3, 1, "valid", 3),  # B18: the deck says 4
    ],
)
def test_worked_sizes(n, k, s, padding, expected):
    assert output_size(n, k, s, padding) == expected


def test_padding_is_as_even_as_possible_with_the_odd_one_after():
    assert padding_amount(13, 6, 5) == (1, 2)  # C3
    assert padding_amount(28, 3) == (1, 1)
    assert padding_amount(28, 3, padding="valid") == (0, 0)
    assert padding_amount(28, 3, padding=4) == (4, 4)
    assert padding_amount(28, 3, padding=(1, 3)) == (1, 3)


def test_the_same_padding_of_an_odd_kernel():
    assert [same_padding(k) for k in (1, 3, 5, 11)] == [0, 1, 2, 5]
    assert 5 + 2 * same_padding(3) == 7  # C2: the deck once says 6


def test_the_working_is_the_formula_with_the_numbers_in_it():
    assert output_size(28, 3).working == "⌊(28 + 0 − 3)/1⌋ + 1 = 26"
    assert output_size(224, 11, 4, 2).working == "⌊(224 + 2·2 − 11)/4⌋ + 1 = 55"
    assert output_size(28, 3, dilation=2).working == "⌊(28 + 0 − (2·(3 − 1) + 1))/1⌋ + 1 = 24"
    assert output_size(13, 6, 5, "same").working == "⌈13/5⌉ = 3"
    assert "⌊" not in output_size(28, 3).latex
    assert output_size(28, 3)._repr_latex_().strip("$").endswith("= 26")
    assert padding_amount(13, 6, 5).working == "max((⌈13/5⌉ − 1)·5 + 6 − 13, 0) = 3: 1 before, 2 after"


def test_a_worked_number_is_a_plain_int_to_everything_else():
    answer = output_size(28, 3)
    assert isinstance(answer, int)
    assert range(answer)[-1] == 25
    assert np.zeros(answer).shape == (26,)
    assert type(answer + 0) is int
    assert f"{answer:,} {answer}" == "26 26"


@pytest.mark.parametrize("twin", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
@pytest.mark.parametrize("answer", [output_size(28, 3), padding_amount(13, 6, 5)])
def test_copies_keep_their_working(twin, answer):
    assert twin(answer) == answer
    assert (twin(answer).working, twin(answer).latex) == (answer.working, answer.latex)


@pytest.mark.parametrize("number", [np.int64(3), np.uint8(3)])
def test_numpy_integers_are_whole_numbers(number):
    assert output_size(np.int32(28), number) == 26


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: output_size(28, 3, stride=-1), ValueError, ["stride", "-1", "at least 1"]),
        (lambda: output_size(28, 3, stride=0), ValueError, ["stride", "0", "at least 1"]),
        (lambda: output_size(0, 3), ValueError, ["size", "0", "at least 1"]),
        (lambda: output_size(28, 3.0), TypeError, ["kernel", "3.0", "whole number"]),
        (lambda: output_size(28, True), TypeError, ["kernel", "True", "whole number"]),
        (lambda: output_size("28", 3), TypeError, ["size", "'28'", "whole number"]),
        (lambda: output_size(28, 3, dilation=0), ValueError, ["dilation", "0"]),
        (lambda: output_size(28, 29), ValueError, ["kernel", "29", "28"]),
        (lambda: output_size(4, 3, dilation=2), ValueError, ["kernel", "5 with dilation 2", "4"]),
        (lambda: output_size(2, 5, padding=1), ValueError, ["kernel", "5", "padding 1 + 1 (4)"]),
        (lambda: output_size(28, 3, padding="full"), ValueError, ["padding", "'full'", '"same"']),
        (lambda: output_size(28, 3, padding=-1), ValueError, ["padding", "-1"]),
        (lambda: output_size(28, 3, padding=(1, 2, 3)), ValueError, ["padding", "(1, 2, 3)"]),
        (lambda: output_size(28, 3, padding=1.5), TypeError, ["padding", "1.5"]),
        (lambda: padding_amount(28, -3), ValueError, ["kernel", "-3"]),
        (lambda: same_padding(4), ValueError, ["kernel", "4", "odd"]),
        (lambda: transposed_output_size(4, 3, padding=1), ValueError, ["padding", "1", "valid"]),
    ],
)
def test_bad_input_names_the_argument_the_value_and_what_is_allowed(call, error, words):
    with pytest.raises(error) as caught:
        call()
    message = str(caught.value)
    assert "allowed" in message
    for word in words:
        assert word in message


sizes = st.tuples(st.integers(1, 40), st.integers(1, 9), st.integers(1, 6), st.integers(1, 4))


@cases(2000)
@given(sizes, st.sampled_from(["valid", "same"]))
def test_sizes_are_those_of_keras(numbers, padding):
    import keras

    n, k, s, d = numbers
    if s > 1 and d > 1:  # Keras refuses the pair
        d = 1
    layer = keras.layers.Conv1D(1, k, s, padding, dilation_rate=d)
    if padding == "valid" and effective_kernel(k, d) > n:
        with pytest.raises(ValueError, match="kernel is"):
            output_size(n, k, s, padding, d)
    else:
        assert output_size(n, k, s, padding, d) == layer.compute_output_shape((1, n, 1))[1]


@cases(2000)
@given(st.tuples(st.integers(1, 40), st.integers(1, 9), st.integers(1, 6)), st.sampled_from(["valid", "same"]))
def test_transposed_sizes_are_those_of_keras(numbers, padding):
    import keras

    n, k, s = numbers
    layer = keras.layers.Conv1DTranspose(1, k, s, padding)
    assert transposed_output_size(n, k, s, padding) == layer.compute_output_shape((1, n, 1))[1]


@cases(300)
@given(sizes)
def test_same_padding_lies_where_keras_puts_it(numbers):
    """A "same" convolution is a valid one on a row padded by hand with our two numbers."""
    import tensorflow as tf

    n, k, s, d = numbers  # tf.nn admits stride with dilation, through the space-to-batch detour of conv2d
    row = np.arange(1, n + 1, dtype="float32").reshape(1, 1, n, 1)
    kernel = np.arange(1, k + 1, dtype="float32").reshape(1, k, 1, 1)
    before, after = padding_amount(n, k, s, "same", d)
    padded = np.pad(row, [(0, 0), (0, 0), (before, after), (0, 0)])
    same = tf.nn.conv2d(row, kernel, strides=(1, s), padding="SAME", dilations=(1, d))
    by_hand = tf.nn.conv2d(padded, kernel, strides=(1, s), padding="VALID", dilations=(1, d))
    np.testing.assert_allclose(by_hand.numpy()[:, :, : same.shape[2]], same, rtol=1e-5)
    assert by_hand.shape[2] == same.shape[2] or s > effective_kernel(k, d)


def test_answers_are_worked():
    answers = [output_size(9, 3), same_padding(3), effective_kernel(3, 2), transposed_output_size(4, 3)]
    assert all(isinstance(answer, Worked) and answer.working and answer.latex for answer in answers)
