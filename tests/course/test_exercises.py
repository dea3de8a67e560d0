"""Every exercise of the bank: solution, stub and mistakes get what they must; and what `check` says."""

import re
import warnings

import numpy as np
import pytest

from labkit.course import all_exercises, all_questions, check, hint, solution
from labkit.course.discovery import chapters_with

EXERCISES = all_exercises().values()
MISTAKES = [(exercise, message) for exercise in EXERCISES for message in exercise.mistakes]


def stub_of(exercise):
    space = {"np": np}
    exec(exercise.stub, space)
    return space[exercise.name]


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
class TestBank:
    def test_the_solution_passes_and_passes_again(self, exercise):
        """Inputs are made anew from a seed, or not written to: a second check sees the same."""
        first = check(exercise.id, exercise.solution)
        assert first.passed
        assert check(exercise.id, exercise.solution) == first

    def test_the_untouched_stub_is_not_attempted(self, exercise):
        assert check(exercise.id, stub_of(exercise)).status == "not attempted"

    def test_an_answer_that_raises_fails_with_what_it_raised(self, exercise):
        def answer(*_):
            raise KeyError("oh no")

        result = check(exercise.id, answer)
        assert result.status == "failed"
        assert "KeyError" in result.message

    def test_a_string_fails(self, exercise):
        assert check(exercise.id, lambda *_: "an answer").status == "failed"

    def test_it_has_hints_and_mistakes_and_fits_the_page(self, exercise):
        assert len(exercise.hints) >= 2
        assert len(exercise.mistakes) >= 2
        assert re.fullmatch(r"\d\d[a-z]?-[a-z0-9-]+", exercise.id)
        longest = max(map(len, (exercise.stub + solution(exercise.id).text).splitlines()))
        assert longest <= 100, f"{longest} characters do not fit a page"

    def test_hints_are_numbered_from_1(self, exercise):
        for number, text in enumerate(exercise.hints, start=1):
            assert text in hint(exercise.id, number).text
        with pytest.raises(ValueError, match="number is 0"):
            hint(exercise.id, 0)
        with pytest.raises(ValueError, match=f"hints 1 to {len(exercise.hints)}"):
            hint(exercise.id, len(exercise.hints) + 1)


@pytest.mark.parametrize(
    ("exercise", "message"), MISTAKES, ids=[f"{exercise.id}: {message[:50]}" for exercise, message in MISTAKES]
)
def test_each_mistake_fails_with_its_own_message_and_no_other(exercise, message):
    """Nor does the message hold the solution."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # some overflow; that is what is wrong with them
        result = check(exercise.id, exercise.mistakes[message])
    assert (result.status, result.mistake) == ("failed", message)
    assert message in result.message
    assert not any(other in result.message for other in exercise.mistakes if other != message and other not in message)
    assert solution(exercise.id).text.splitlines()[-2].strip() not in result.message


@pytest.mark.parametrize("chapter", chapters_with("quiz"))
def test_each_quiz_has_one_right_choice_and_feedback_for_all(chapter):
    questions = all_questions(chapter)
    assert len(questions) >= 3
    for question in questions:
        choices = question.choices()
        assert sum(right for _, right, _ in choices) == 1
        assert len({text for text, _, _ in choices}) == len(choices) >= 3
        assert all(feedback for _, _, feedback in choices)


def test_the_right_choice_has_no_place_of_its_own():
    places = [
        [right for _, right, _ in question.choices()].index(True)
        for chapter in chapters_with("quiz")
        for question in all_questions(chapter)
    ]
    assert len(set(places)) > 1


def test_a_failure_says_input_expected_and_what_came():
    message = check("02-sliding-sum", lambda signal, kernel: [0, 0]).message
    assert message.splitlines() == [
        "signal = [1, 2, 4, 8]",
        "kernel = [ 1,  0, -1]",
        "expected [-3, -6]",
        "came [0, 0]",
        "With this input: Everything that came is 0.",
    ]


def test_a_wrong_shape_is_told():
    assert "expected the shape (2,), but (3,) came" in check("02-sliding-sum", lambda *_: [1, 2, 3]).message


def test_printing_is_not_returning():
    result = check("02-sliding-sum", lambda signal, kernel: print("[-3, -6]"))
    assert result.status == "not attempted"
    assert "not printed" in result.message


@pytest.mark.parametrize(
    ("id", "answer", "message"),
    [
        ("02-shift-right", lambda: np.eye(5), "the kernel should have the shape (3, 3), but has the shape (5, 5)"),
        ("07-hold-out", lambda labels, per_class: (labels,), "two arrays should come, and 1 came"),
        (
            "07-confusion",
            lambda labels, predictions, classes: _counted_once(labels, predictions, classes),
            "use a loop",
        ),
        ("07-cross-entropy", lambda logits, label: -np.log(_unsafe(logits - logits.mean())[label]), "2000"),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_mistakes_that_readers_made(id, answer, message):
    result = check(id, answer)
    assert result.status == "failed"
    assert message in result.message
    assert "raised" not in result.message


def _counted_once(labels, predictions, classes):
    matrix = np.zeros((classes, classes), dtype=int)
    matrix[labels, predictions] += 1
    return matrix


def _unsafe(scores):
    return np.exp(scores) / np.exp(scores).sum()


def test_ragged_rows_are_told():
    assert "rows differ in length" in check("02-correlate", lambda *_: [[1, 2], [3]]).message


def test_an_imaginary_part_is_told():
    """As a forgotten .real after a Fourier transform leaves it."""
    result = check("02-sliding-sum", lambda signal, kernel: np.correlate(signal, kernel, "valid") + 0j)
    assert result.status == "failed"
    assert "`.real`. The real part is right." in result.message


def test_an_answer_cannot_spoil_the_inputs_for_the_solution():
    def answer(signal, kernel):
        signal[:] = [0] * len(signal)
        return [0] * (len(signal) - len(kernel) + 1)

    assert check("02-sliding-sum", answer).status == "failed"


def test_other_right_answers_pass():
    assert check("02-sliding-sum", lambda signal, kernel: np.correlate(signal, kernel, "valid")).passed


def test_the_result_of_a_call_instead_of_the_function_is_refused():
    with pytest.raises(TypeError, match=r"answer is \[1\].*check\('02-sliding-sum', sliding_sum\)"):
        check("02-sliding-sum", [1])


@pytest.mark.parametrize(
    "function", [lambda: check("02-none", print), lambda: hint("02-none"), lambda: solution("02-none")]
)
def test_an_unknown_exercise_is_refused(function):
    with pytest.raises(ValueError, match=r"id is '02-none'.*02-sliding-sum"):
        function()


def test_the_quiz_of_an_unknown_chapter_is_refused():
    with pytest.raises(ValueError, match="chapter is '77'"):
        all_questions("77")
