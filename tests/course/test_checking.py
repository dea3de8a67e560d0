"""What `check` says, with small made-up exercises: what passes, what fails and why, and what must not get out."""

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from labkit.course.checking import check_answer
from labkit.course.exercises import Exercise

UNBOUND = "You did not subtract the mean."
LOOKED_UP = "`@` is the product of matrices."


def centred(values):
    """Subtract the mean."""
    return values - values.mean()


def exercise(**fields):
    made = {
        "id": "00-centred",
        "title": "Centred",
        "prompt": "Write `centred`.",
        "solution": centred,
        "hints": ("One.", "Two."),
        "inputs": lambda: [(np.array([1.0, 2.0, 6.0]),), (np.array([4.0, -1.0, 0.5, 0.5]),)],
    }
    return Exercise(**{**made, **fields})


def windows(signal, size):
    """Sum each window."""
    return [sum(signal[start : start + size]) for start in range(len(signal) - size + 1)]


def sliding(**fields):
    return exercise(solution=windows, inputs=lambda: [([1, 2, 4, 8], 2), ([3, 1, 4, 1, 5, 9], 3)], **fields)


def in_place(values):
    values -= values.mean()
    return values


class TestPasses:
    @pytest.mark.parametrize(
        "change",
        [tuple, list, np.array, np.float32, lambda values: values.astype(object), lambda values: values.tolist()],
    )
    def test_other_forms_of_the_same_numbers(self, change):
        assert check_answer(exercise(), lambda values: change(centred(values))).message == "Right on every input."

    def test_single_precision(self):
        huge = exercise(inputs=lambda: [(np.array([1e6, 2.0, 3.3]),)])
        result = check_answer(huge, lambda values: values.astype(np.float32) - values.astype(np.float32).mean())
        assert result.message == "Right."

    def test_one_output_array_that_is_filled_again_and_again(self):
        room = np.empty(3)

        def answer(values):
            room[:] = values - values.mean()
            return room

        assert check_answer(exercise(inputs=lambda: [(np.arange(3.0) ** n,) for n in (2, 3, 4)]), answer).passed

    def test_an_object_with_a_call(self):
        class Answer:
            def __call__(self, values):
                return centred(values)

        assert check_answer(exercise(), Answer()).passed


class TestSideEffects:
    def test_an_argument_changed_in_place_fails(self):
        result = check_answer(exercise(), in_place)
        assert result.status == "failed"
        assert "the values are right, but your function changes its argument `values` in place" in result.message

    def test_it_is_said_besides_what_is_wrong_with_the_values(self):
        result = check_answer(sliding(), lambda signal, size: [signal.reverse(), 0, 0][1:])
        assert "\nBesides, your function changes its argument `signal` in place" in result.message

    def test_a_wrong_value_of_a_later_input_comes_first(self):
        def answer(values):
            values -= 3
            return values

        result = check_answer(exercise(), answer)
        assert result.message.startswith("values = [ 4. , -1. ,  0.5,  0.5]\nexpected")
        assert "\nEvery number is 2 too small.\nBesides, your function changes" in result.message

    def test_where_it_is_the_task_it_passes(self):
        assert check_answer(exercise(in_place=True), in_place).passed

    @pytest.mark.parametrize(("in_place_asked", "seen"), [(True, -2.0), (False, 1.0)])
    def test_the_judge_sees_what_the_answer_left_where_that_is_the_task(self, in_place_asked, seen):
        judged = []

        def judge(returned, values):
            """the first value"""
            judged.append(values[0])
            return returned

        check_answer(exercise(in_place=in_place_asked, judge=judge), in_place)
        assert judged[1] == seen  # after the solution

    def test_it_is_seen_though_the_input_may_only_be_read(self):
        values = np.array([1.0, 2.0])
        values.setflags(write=False)
        assert "in place" in check_answer(exercise(inputs=lambda: [(values,)]), in_place).message

    def test_a_random_generator_may_be_drawn_from(self):
        def drawn(random):
            """Draw."""
            return random.normal()

        drawing = exercise(solution=drawn, inputs=lambda: [(np.random.default_rng(1),), (np.random.default_rng(2),)])
        assert check_answer(drawing, lambda random: random.normal()).passed

    def test_lists_of_arrays_and_dictionaries_are_looked_into(self):
        def total(parts):
            """Add."""
            return parts["all"][0].sum()

        def answer(parts):
            parts["all"][0] += 0
            parts["all"][0][0] = np.nan
            return 3.0

        result = check_answer(exercise(solution=total, inputs=lambda: [({"all": [np.array([1.0, 2])]},)]), answer)
        assert "`parts` in place" in result.message


class TestTypes:
    def test_a_judged_dtype(self):
        bytes_only = exercise(solution=lambda image: image // 2, dtype="uint8", inputs=lambda: [(np.uint8([4, 9]),)])
        assert check_answer(bytes_only, lambda image: image // 2).passed
        result = check_answer(bytes_only, lambda image: (image // 2).astype(float))
        assert "the values are right, but of the type float64, and uint8 is asked for" in result.message

    @pytest.mark.parametrize(
        ("dtype", "right", "wrong"), [("integer", int, float), ("floating", np.float32, int), ("bool", bool, int)]
    )
    def test_a_kind_of_type(self, dtype, right, wrong):
        kind = exercise(solution=lambda values: values > 0, dtype=dtype, inputs=lambda: [(np.array([1, 0]),)])
        assert check_answer(kind, lambda values: (values > 0).astype(right)).passed
        assert not check_answer(kind, lambda values: (values > 0).astype(wrong)).passed

    def test_whole_numbers_are_equal_or_not(self):
        many = exercise(solution=lambda: 138_357_544, inputs=lambda: [()])
        assert check_answer(many, lambda: 138_357_544.0).passed
        assert not check_answer(many, lambda: 138_357_543).passed
        assert not check_answer(many, lambda: 138_357_543.0).passed


class TestOrder:
    def test_a_wrong_value_of_the_first_input_comes_before_an_exception_of_a_later_one(self):
        result = check_answer(sliding(), lambda signal, size: [3, 6, 13] if len(signal) == 4 else [][0])
        assert "came [ 3,  6, 13]" in result.message
        assert "Only the third of the 3 numbers is wrong. It is 1 too large: off by one." in result.message
        assert "IndexError" not in result.message

    def test_a_listed_mistake_is_known_though_both_raise_later(self):
        def products(left, right):
            """Multiply, number by number."""
            return left * right

        numbers = exercise(
            solution=products,
            inputs=lambda: [(np.eye(2) * 2, np.ones((2, 2))), (np.ones((2, 3)), np.ones((2, 3)))],
            mistakes={LOOKED_UP: lambda left, right: left @ right},
        )
        result = check_answer(numbers, lambda left, right: np.matmul(left, right))
        assert (result.mistake, "raised" in result.message) == (LOOKED_UP, False)

    def test_a_listed_mistake_wins_over_what_the_machine_sees(self):
        result = check_answer(exercise(mistakes={UNBOUND: lambda values: values}), lambda values: values.copy())
        assert result.mistake == UNBOUND
        assert result.message.endswith(UNBOUND)
        assert result.diagnosis == "What came is your argument `values`, unchanged."

    def test_a_mistake_that_fits_the_first_input_only_is_not_named(self):
        result = check_answer(
            exercise(mistakes={UNBOUND: lambda values: values}), lambda values: values * (values.size < 4)
        )
        assert result.mistake == ""
        assert UNBOUND not in result.message

    def test_a_mistake_made_in_place_is_known_too(self):
        def halved(values):
            values /= 2
            return values

        listed = exercise(mistakes={"You halved.": lambda values: values / 2, "You halved in place.": halved})
        assert check_answer(listed, lambda values: values * 0.5).mistake == "You halved."
        assert check_answer(listed, halved).mistake == "You halved in place."

    def test_what_is_seen_in_one_input_only_is_said_of_it(self):
        result = check_answer(sliding(), lambda signal, size: [-3, -6, -12] if len(signal) == 4 else [4, 4, 4, 4])
        assert "With this input: The sign is wrong" in result.message

    def test_what_holds_for_all_wrong_inputs_is_preferred(self):
        single = exercise(
            solution=lambda values: values.sum(), inputs=lambda: [(np.array([0.2, 0.0]),), (np.array([0.7]),)]
        )
        assert check_answer(single, lambda values: 1 - values.sum()).message.endswith("1 − x came, where x is right.")
        assert check_answer(single, lambda values: 4 * values.sum()).message.endswith(
            "It is 4 times what it should be."
        )


class TestNothing:
    def test_the_stub_is_not_attempted(self):
        assert check_answer(exercise(), lambda values: None).status == "not attempted"

    def test_none_for_some_inputs_only(self):
        result = check_answer(exercise(), lambda values: centred(values) if values[0] < 2 else None)
        assert result.status == "failed"
        assert "returned None with this input, though not with every one" in result.message

    def test_printed_instead_of_returned(self, capsys):
        result = check_answer(exercise(), lambda values: print("answer", centred(values)[0]))
        assert "Yours printed 'answer -2.0': write `return` in place of `print`." in result.message
        assert capsys.readouterr().out.startswith("answer -2.0\n")

    def test_printing_without_end_does_not_drown_the_page(self, capsys):
        def answer(values):
            while True:
                print("x" * 100)

        assert "had not ended" in check_answer(exercise(seconds=0.2), answer).message
        assert len(capsys.readouterr().out) < 11_000


class TestTrouble:
    @pytest.mark.parametrize(
        ("answer", "said"),
        [
            (
                lambda signal, size: [signal[start + size] for start in range(len(signal))],
                "IndexError in its line 1: list index out of range\nAn index ran past the end",
            ),
            (lambda signal, size: [1] if np.array(signal) > 0 else [0], "is a whole array: use `np.where`"),
            (lambda signal, size: np.array(signal) + np.ones(size), "arrays of different shapes meet"),
            (lambda signal, size: _write_into_a_read_only_array(), "may only be read: work on a copy"),
            (lambda signal: [], "compare the line of its `def`"),
            (lambda signal, size: [].append(1)[0], "list method such as `append`"),
            (lambda signal, size: signal[: size / 2], "A whole number is needed"),
            (lambda signal, size: signal.shape, "A Python list is not an array"),
            (lambda signal, size: signal.left, "Its entries are reached by their number"),
            (lambda signal, size: signal - 1, "cannot be calculated with as an array"),
            pytest.param(
                lambda signal, size: np.uint8(1).reshape(1) * np.uint8([300]),
                "a byte holds 0 to 255",
                marks=pytest.mark.skipif(np.lib.NumpyVersion(np.__version__) < "2.0.0", reason="NumPy 1 makes it 44"),
            ),
            (lambda signal, size: _half_in_place(), "keeps its type when it is changed in place"),
            (lambda signal, size: undefined, "This name is not known"),  # noqa: F821
            (lambda signal, size: 1 / 0, "You divide by 0"),
            (lambda signal, size: _for_ever(1), "calls itself without end"),
            (lambda signal, size: sys.exit(), "SystemExit"),
            (lambda signal, size: _raised(SystemExit(3)), "use `return`"),
            (lambda signal, size: _raised(KeyboardInterrupt()), "Your code raised it itself"),
            (lambda signal, size: _raised(BaseException("odd")), "BaseException in its line 1: odd"),
            (lambda signal, size: _raised(GeneratorExit()), "GeneratorExit"),
            (lambda signal, size: _raised(_Unprintable()), "_Unprintable"),
            (lambda signal, size: np.zeros(3).sum(axis=4), "no such axis"),
        ],
    )
    def test_an_exception_is_explained(self, answer, said):
        result = check_answer(sliding(), answer)
        assert result.status == "failed"
        assert said in result.message

    def test_an_endless_loop(self):
        def answer(signal, size):
            while True:
                size += 1

        began = time.monotonic()
        result = check_answer(sliding(seconds=0.3), answer)
        assert time.monotonic() - began < 3
        assert result.message.endswith(
            "had not ended after 0.3 seconds: is there a loop whose condition never becomes false?"
        )

    def test_an_endless_loop_with_a_wrong_value_before_it(self):
        def answer(signal, size):
            while len(signal) > 4:
                pass
            return [0, 0, 0]

        assert "came [0, 0, 0]" in check_answer(sliding(seconds=0.2), answer).message

    def test_an_endless_loop_in_another_thread(self):
        def answer(signal, size):
            while True:
                size += 1

        found = []
        thread = threading.Thread(target=lambda: found.append(check_answer(sliding(seconds=0.2), answer)))
        thread.start()
        thread.join(20)
        assert "had not ended" in found[0].message

    @pytest.mark.skipif(sys.platform == "win32", reason="signals")
    def test_the_reader_can_interrupt(self):
        def answer(signal_, size):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(2)

        # As in a kernel; where tests are started in the background, the signal is ignored.
        outside = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            with pytest.raises(KeyboardInterrupt):
                check_answer(sliding(), answer)
            assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        finally:
            signal.signal(signal.SIGINT, outside)

    def test_an_unfinished_value_is_explained(self):
        assert "make a list of it" in check_answer(sliding(), lambda signal, size: (n for n in signal)).message
        assert "A function came" in check_answer(sliding(), lambda signal, size: windows).message

    @pytest.mark.parametrize(
        "value",
        [
            "x" * 5_000_000,
            b"x" * 5_000_000,
            ["x" * 1000] * 5000,
            list(range(300_000)),
            dict.fromkeys(range(5000), "x" * 1000),
            10**4000,
            np.array([None, object(), [1]], dtype=object),
            np.array(["x" * 1000] * 200),
            [[1, [2, [3]]], "a", None],
            np.datetime64("2020-01-01"),
            np.ma.masked_array([1, 2, 3], [True, False, True]),
            np.full((200, 200), np.nan),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_messages_are_bounded_whatever_comes(self, value):
        result = check_answer(sliding(), lambda signal, size: value)
        assert result.status == "failed"
        assert len(result.message) < 5000

    def test_a_long_exception_is_cut(self):
        result = check_answer(sliding(), lambda signal, size: _raised(ValueError("x" * 5_000_000)))
        assert len(result.message) < 3000
        assert "4,999,000 more characters" in result.message

    def test_types_that_resist(self):
        class Resists:
            def __eq__(self, other):
                raise RuntimeError("no")

            def __repr__(self):
                raise RuntimeError("no")

            def __array__(self, *args, **kwargs):
                raise RuntimeError("no")

            __hash__ = None

        own = []
        own.append(own)
        for value in (Resists(), [Resists()], own, [own, own], {"a": own}):
            assert check_answer(sliding(), lambda signal, size, value=value: value).status == "failed"

    def test_a_judge_that_refuses(self):
        def judge(returned, signal, size):
            """the first number"""
            return returned[0]

        result = check_answer(sliding(judge=judge), lambda signal, size: [])
        assert "What is compared is the first number." in result.message
        assert "your answer cannot be used: list index out of range" in result.message

    def test_a_judge_that_never_ends(self):
        def judge(returned, signal, size):
            """all numbers"""
            return list(returned)

        def endless(signal, size):
            while True:
                yield []

        def answer(signal, size):
            return (n for n in endless(signal, size) if n)

        assert "had not ended" in check_answer(sliding(judge=judge, seconds=0.3), answer).message


class TestByHand:
    def test_a_library_call_passes_and_is_told(self):
        watched = sliding(by_hand=("numpy.convolve", "numpy.correlate"))
        result = check_answer(watched, lambda signal, size: np.convolve(signal, np.ones(size), "valid"))
        assert result.passed
        assert "It calls `numpy.convolve`, though" in result.message
        assert check_answer(watched, windows).message == "Right on every input."

    def test_by_another_name(self, monkeypatch):
        monkeypatch.setitem(globals(), "convolve", np.convolve)
        watched = sliding(by_hand=("numpy.convolve",))
        answer = eval('lambda signal, size: convolve(signal, [1] * size, "valid")', globals())
        assert "It calls `numpy.convolve`" in check_answer(watched, answer).message

    def test_nothing_is_left_behind(self):
        before = np.convolve
        check_answer(sliding(by_hand=("numpy.convolve",)), lambda signal, size: 1 / 0)
        assert np.convolve is before


def test_solution_and_mistakes_run_once(monkeypatch):
    ran = []

    def counted(values):
        """Count."""
        ran.append(values)
        return centred(values)

    made = exercise(solution=counted, mistakes={UNBOUND: lambda values: ran.append(1) or values})
    for _ in range(3):
        check_answer(made, lambda values: values * 7)
    assert len(ran) == 2 + 1  # each input once; the mistake differs on the first already


def test_a_solution_that_fails_is_no_fault_of_the_reader():
    broken = exercise(solution=lambda values: values.nothing)
    with pytest.raises(RuntimeError, match="the solution of 00-centred fails on its own input 0: AttributeError"):
        check_answer(broken, centred)


def _write_into_a_read_only_array():
    values = np.ones(2)
    values.setflags(write=False)
    values[0] = 3


def _half_in_place():
    image = np.uint8([1, 2])
    image *= 0.5


def _for_ever(n):
    return _for_ever(n + 1)


def _raised(error):
    raise error


class _Unprintable(Exception):
    def __str__(self):
        raise RuntimeError("no")


SLOW_KERAS = "import time; time.sleep(1); whole = True"
IMPORTS_IT = """
from labkit.course.checking import check_answer
from labkit.course.exercises import Exercise

def solution(x):
    "Return x."
    import keras
    return x

short = Exercise(
    id="00-same", title="", prompt="", solution=solution, hints=(), inputs=lambda: [(1,)],
    missing=lambda made: "", seconds=0.3
)
assert check_answer(short, solution).passed
import keras
assert keras.whole
"""


def test_a_time_limit_does_not_cut_an_import_short(tmp_path):
    """Its seconds are not the answer's, and TensorFlow could not be imported once more."""
    (tmp_path / "keras.py").write_text(SLOW_KERAS)
    (tmp_path / "short.py").write_text(IMPORTS_IT)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    ran = subprocess.run([sys.executable, tmp_path / "short.py"], env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
