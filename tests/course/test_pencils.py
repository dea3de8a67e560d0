"""Pencil checks: what is typed is understood, every mistake gets its message, and no page holds an answer."""

import re

import pytest

from labkit.course import all_pencils, pencil
from labkit.course.pencils import Pencil, hashed, number, units

PENCILS = all_pencils().values()


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("11", 11), (" 1 1 ", 11), ("0,5", 0.5), (".5", 0.5), ("5.", 5), ("1/4", 0.25), ("-3/2", -1.5), ("−2", -2),
        ("93,322", 93322), ("1,234,567", 1234567), ("1,23", 1.23), ("35%", 35), ("+4", 4),
    ],
)  # fmt: skip
def test_what_is_typed_is_understood(text, right):
    assert number(text) == pytest.approx(right)


@pytest.mark.parametrize("text", ["", "two", "1/0", "1/2/3", "1e3", "--1", "1.2.3", "nan", "inf", "∞"])
def test_what_is_no_number_is_none(text):
    assert number(text) != number(text)


@pytest.mark.parametrize("id", list(all_pencils()))
class TestEach:
    def test_the_key_passes(self, id):
        stored = all_pencils()[id]
        assert stored.judge(f"{float(stored.key()):.{stored.decimals}f}")[0]

    def test_each_mistake_gets_its_message_and_no_two_collide(self, id):
        stored = all_pencils()[id]
        known = stored.known()  # raises if two collide
        for message, answer in stored.mistakes.items():
            assert stored.judge(f"{float(answer()):.{stored.decimals}f}") == (False, message)
        assert len({hashed(value) for value in known}) == len(known)

    def test_the_page_does_not_hold_the_answer(self, id):
        """Neither the question nor what is said names it, and the rest of the page is hashes."""
        stored = all_pencils()[id]
        key = re.escape(f"{float(stored.key()):.{stored.decimals}f}")
        told = " ".join([stored.question, *stored.mistakes])
        assert not re.search(rf"(?<![\d.,]){key}(?![\d]|[.,]\d)", told.replace(",", ""))

    def test_it_has_mistakes_and_a_short_question(self, id):
        stored = all_pencils()[id]
        assert len(stored.mistakes) >= 2
        assert len(stored.question) <= 220


def made(**changes):
    return Pencil(**{"id": "02-x", "question": "2 + 2?", "key": lambda: 4, "mistakes": {"a": lambda: 5}} | changes)


def test_two_answers_alike_are_refused():
    with pytest.raises(ValueError, match="the answer to 'b' is known already"):
        made(mistakes={"a": lambda: 5, "b": lambda: 5}).known()
    with pytest.raises(ValueError, match="the answer to 'a' is known already"):
        made(mistakes={"a": lambda: 4}).known()


def test_with_decimals_a_neighbour_is_right_too():
    third = made(key=lambda: 1 / 3, decimals=2, mistakes={"a": lambda: 0.5})
    assert [third.judge(text)[0] for text in ("1/3", "0.32", "0,34", "0.35", "0.31")] == [
        True,
        True,
        True,
        False,
        False,
    ]


def test_units_round_halves_upwards_as_a_page_does():
    assert [units(value, 1) for value in (0.25, -0.25, 1.05)] == ["3", "-3", "11"]


def test_an_unknown_one_is_named():
    with pytest.raises(ValueError, match="id is '02-nothing', which is no pencil check"):
        pencil("02-nothing")
