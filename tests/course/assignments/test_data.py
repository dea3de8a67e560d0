"""Inputs and what came of them as data: nothing is lost, nothing else gets in, and fresh inputs are new and fair."""

import dataclasses
import json
import math

import numpy as np
import pytest

from labkit.course import all_exercises, check
from labkit.course.assignments.as_data import decode, encode
from labkit.course.assignments.fresh import fresh_inputs, varied
from labkit.course.assignments.recorded import read_inputs, read_outcomes, record
from labkit.course.checking import check_answer
from labkit.course.comparing import same_contents
from labkit.course.exercises import Exercise

SLOW = ("14-grad-cam-of", "15-inception", "15-residual", "16-block")  # their answers build Keras networks
NO_ARGUMENTS = ("02-shift-right",)
COMPARED = [exercise for exercise in all_exercises().values() if exercise.missing is None]


def read(written, visible):
    return read_inputs(written, visible), read_outcomes(written)


def through_json(value):
    return decode(json.loads(json.dumps(encode(value))))


class TestData:
    @pytest.mark.parametrize(
        "value",
        [
            None,
            True,
            3,
            0.1 + 0.2,
            "3 × 3",
            b"\xff\xd8",
            (1, [2.5, ("a", None)]),
            {"a": [1], 2: (3,)},
            np.float32(0.1),
            np.int8(-3),
            np.array(5.0),
            np.array([[True, False]]),
            np.array([1 + 2j]),
            np.arange(6, dtype=np.uint8).reshape(2, 3),
            np.zeros((0, 3)),
            np.array(["cat", "dog"]),
            np.array([0.1, math.inf, -math.inf]),
            np.random.default_rng(0).normal(size=(7, 11)),
            np.asfortranarray(np.random.default_rng(0).integers(0, 9, (9, 11))),
        ],
        ids=repr,
    )
    def test_nothing_is_lost(self, value):
        back = through_json(value)
        assert type(back) is type(value)
        assert getattr(back, "dtype", None) == getattr(value, "dtype", None)
        assert getattr(back, "shape", None) == getattr(value, "shape", None)
        assert same_contents(value, back)

    def test_not_a_number_stays_so(self):
        assert math.isnan(through_json(math.nan))
        np.testing.assert_array_equal(through_json(np.array([1, np.nan])), [1, np.nan])

    @pytest.mark.parametrize("value", [len, {1, 2}, object(), [lambda: 1], np.array([None]), {"a": {1}}])
    def test_what_is_no_data_is_refused(self, value):
        with pytest.raises(TypeError, match="is not data; allowed are numbers, text, arrays"):
            encode(value)


def halves(numbers):
    """Halve numbers."""
    return [number / 2 for number in numbers]


def small(**fields):
    fields = {"solution": halves, "inputs": lambda: [([2, 4],)], **fields}
    return Exercise(id="02-halves", title="", prompt="", hints=(), **fields)


class TestRecorded:
    def checked(self, exercise, answer, inputs=None):
        visible = list(exercise.inputs())
        given, recorded = read(json.loads(json.dumps(record(exercise, inputs or visible, visible))), visible)

        def gone(numbers):
            raise AssertionError("a solution that stays with the teacher was called")

        kept = dataclasses.replace(exercise, solution=gone, mistakes={}, inputs=lambda: given, recorded=recorded)
        return check_answer(kept, answer)

    def test_a_check_says_the_same_without_solution_and_mistakes(self):
        exercise = small(mistakes={"You doubled them.": lambda numbers: [2 * number for number in numbers]})
        for answer in (halves, lambda numbers: [2 * number for number in numbers], lambda numbers: None, lambda n: n):
            here, there = check_answer(exercise, answer), self.checked(exercise, answer)
            assert (there.status, there.message, there.mistake) == (here.status, here.message, here.mistake)

    def test_a_mistake_that_raises_is_recognized(self):
        exercise = small(mistakes={"That has no length.": lambda numbers: len(numbers[0])})
        assert self.checked(exercise, lambda numbers: len(numbers[0])).mistake == "That has no length."

    def test_what_is_no_data_is_found_among_the_own_inputs(self):
        machine = object()
        exercise = Exercise(
            id="02-two",
            title="",
            prompt="",
            hints=(),
            solution=lambda machine, number: number,
            inputs=lambda: [(machine, 1)],
        )
        written = record(exercise, [(machine, 5)], [(machine, 1)])
        assert written["inputs"] == [[{"own": [0, 0]}, 5]]
        (arguments,), recorded = read(written, [(machine, 1)])
        assert arguments == (machine, 5)
        assert recorded.expected[0].value == 5

    def test_what_is_neither_is_refused(self):
        with pytest.raises(TypeError, match="a object is not data"):
            record(small(), [(object(),)], [([1],)])


class TestVaried:
    def test_shape_type_and_range_stay(self):
        random = np.random.default_rng(0)
        for value in (np.array([[3, 9], [4, 5]], np.uint8), np.array([0.5, -2.0, 7.0]), [3, 1, 4, 1]):
            made = varied(value, random)
            assert type(made) is type(value)
            assert np.shape(made) == np.shape(value)
            assert np.asarray(made).dtype == np.asarray(value).dtype
            assert np.min(value) <= np.min(made) <= np.max(made) <= np.max(value)

    def test_rows_of_probabilities_add_up_to_one(self):
        made = varied(np.array([[0.5, 0.25, 0.25], [0.1, 0.2, 0.7]]), np.random.default_rng(1))
        np.testing.assert_allclose(made.sum(axis=1), 1, atol=1e-9)
        assert (made >= 0).all()

    def test_what_is_sorted_stays_sorted_and_zeros_stay_zero(self):
        assert (np.diff(varied(np.array([1.0, 2, 5, 9]), np.random.default_rng(2))) >= 0).all()
        assert varied(np.array([0.0, 3, 0, 1]), np.random.default_rng(2))[[0, 2]].tolist() == [0, 0]

    def test_yes_and_no_keep_their_number(self):
        assert varied(np.eye(4, dtype=bool), np.random.default_rng(3)).sum() == 4

    def test_what_holds_no_numbers_is_kept(self):
        thing = object()
        assert varied(thing, np.random.default_rng(0)) is thing
        assert varied("same", np.random.default_rng(0)) == "same"


def of_all(*nightly):
    return [
        pytest.param(exercise, id=exercise.id, marks=[pytest.mark.nightly] if exercise.id in nightly else [])
        for exercise in COMPARED
    ]


@pytest.mark.parametrize("exercise", of_all("14-grad-cam-of"))
def test_fresh_inputs_are_new_and_the_same_for_a_seed(exercise):
    visible = list(exercise.inputs())
    once, again, other = (fresh_inputs(exercise, seed, visible) for seed in (5, 5, 6))
    assert all(len(arguments) == len(visible[0]) for arguments in once)
    if exercise.id not in NO_ARGUMENTS:
        assert same_contents(once, again)
        assert not same_contents(once, other)
        assert not same_contents(tuple(map(tuple, once)), tuple(map(tuple, visible)))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("exercise", of_all(*SLOW))
def test_hidden_cases_pass_the_solution_and_name_each_mistake(exercise):
    visible = list(exercise.inputs())
    cases = record(exercise, [*visible, *fresh_inputs(exercise, 5, visible)], visible)
    assert not [case for case in cases["expected"] if case.keys() & {"raised", "unusable", "late"}]
    inputs, recorded = read(json.loads(json.dumps(cases)), visible)
    hidden = dataclasses.replace(exercise, inputs=lambda: inputs, recorded=recorded)
    assert check_answer(hidden, exercise.solution).passed
    for message, mistake in exercise.mistakes.items():
        result = check_answer(hidden, mistake)
        assert (result.status, result.mistake) == ("failed", message)


def test_an_answer_that_knows_only_the_visible_inputs_fails_the_hidden_ones():
    exercise = all_exercises()["05-batch-loss"]
    visible = list(exercise.inputs())
    table = [(arguments[0].tolist(), exercise.solution(*arguments)) for arguments in visible]

    def by_heart(probabilities, labels):
        return next((value for key, value in table if key == probabilities.tolist()), 0.0)

    assert check(exercise.id, by_heart).passed
    cases = record(exercise, [*visible, *fresh_inputs(exercise, 1, visible)], visible)
    inputs, recorded = read(cases, visible)
    assert not check_answer(dataclasses.replace(exercise, inputs=lambda: inputs, recorded=recorded), by_heart).passed
