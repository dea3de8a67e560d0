"""What chapter 18 says in words of its records, held against them."""

import numpy as np
import pytest

from labkit.course import all_records


@pytest.fixture(scope="module")
def drawn():
    return all_records()["one-box-drawn"]


@pytest.fixture(scope="module")
def streets():
    return all_records()["one-box-pedestrians"]


def test_the_form_of_the_head_brings_thirty_points(drawn):
    assert drawn.mean("l1") - drawn.mean("flat_l1") == pytest.approx(0.30, abs=0.015)


def test_giou_is_ahead_in_each_draw_once_by_three_points_and_twice_by_less_than_half_a_point(drawn):
    low, middle, high = sorted(drawn.values("giou_gain"))
    assert 0 < low <= middle < 0.005
    assert high == pytest.approx(0.03, abs=0.005)


def test_smooth_l1_is_a_little_behind_in_all_three(drawn):
    behind = np.subtract(drawn.values("l1"), drawn.values("smooth_l1"))
    assert (behind > 0).all()
    assert behind.mean() < 0.03


def test_the_threshold_was_the_same_in_each_draw_and_the_map_finds_about_half(drawn):
    assert drawn.values("threshold") == [0.6] * 3
    assert drawn.mean("map_half") == pytest.approx(0.5, abs=0.05)


def test_fifteen_boxes_bring_what_the_map_brings(drawn):
    assert drawn.mean("giou_15") == pytest.approx(drawn.mean("map"), abs=0.03)


def test_from_60_to_240_boxes_it_gains_nine_points_and_from_there_to_480_three(drawn):
    assert drawn.mean("giou_60") - drawn.mean("map") > 0.1
    assert drawn.mean("giou_240") - drawn.mean("giou_60") == pytest.approx(0.09, abs=0.005)
    assert drawn.mean("giou") - drawn.mean("giou_240") == pytest.approx(0.03, abs=0.005)


def test_the_flattened_head_has_about_what_the_map_has_or_a_little_less(drawn):
    behind = drawn.mean("map") - drawn.mean("flat_l1")
    assert 0 < behind < 0.06


def test_of_21_pedestrians_all_are_found_in_each_training(streets):
    assert streets.values("test") == [21] * 3
    assert streets.values("giou_half") == [1.0] * 3


def test_for_the_map_the_people_are_hard(streets):
    assert streets.mean("map") < streets.mean("flat_l1") < streets.mean("l1")
