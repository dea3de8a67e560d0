"""What chapter 19 says in words of its record, held against it."""

import inspect

import numpy as np
import pytest

from labkit.chapters.ch19.experiments import record_detector_drawn
from labkit.course import all_records


@pytest.fixture(scope="module")
def streets():
    return all_records()["detector-pedestrians"]


def test_119_photographs_to_learn_from_and_51_with_126_people_to_be_asked_about(streets):
    for key, count in {"train": 119, "test": 51, "people": 126}.items():
        assert set(streets.values(key)) == {count}


def test_the_interval_holds_what_was_measured_and_is_as_wide_as_126_people_make_it(streets):
    low, high = streets.mean("ap50_low"), streets.mean("ap50_high")
    assert low < streets.mean("ap50") < high
    assert 0.03 < high - low < 0.2


def test_some_photographs_hold_people_without_a_box(streets):
    assert all(46 <= count < 51 for count in streets.values("labelled"))


def test_people_who_are_small_or_have_somebody_beside_them_are_missed_more(streets):
    for key, easy in {"by_size": 2, "by_neighbour": 0}.items():
        found, there = np.sum(streets.values(key), axis=0).T
        shares = found / np.maximum(there, 1)
        assert shares[easy] > shares[2 - easy]


def test_ap_at_075_is_not_quite_half_as_high_and_differs_most_between_trainings(streets):
    assert 0.4 < streets.mean("ap75") / streets.mean("ap50") < 0.5
    others = ("ap50", "ap", "ap50_labelled")
    assert streets.deviation("ap75") > max(streets.deviation(key) for key in others)


class TestDrawn:
    @pytest.fixture
    def drawn(self):
        return all_records()["detector-drawn"]

    def test_tuning_brings_most_and_mirror_images_little(self, drawn):
        """On the page a minute's training has an AP@.5 of some 0.66, and an AP@.75 of 0.14 to 0.18."""
        assert set(drawn.values("train")) == {900}
        run = inspect.signature(record_detector_drawn).parameters
        assert [run[name].default for name in ("size", "epochs")] == [256, 6]
        head, tuned, mirrored = (drawn.mean(f"{step}ap50") for step in ("head_", "tuned_", ""))
        assert 0.72 < head < tuned - 0.05
        assert abs(mirrored - tuned) < 0.03
        assert drawn.mean("tuned_ap75") > drawn.mean("head_ap75") + 0.1

    def test_tuning_helps_with_names_most(self, drawn):
        lost_to_names = [drawn.mean(f"{step}ap50_animal") - drawn.mean(f"{step}ap50") for step in ("head_", "tuned_")]
        assert lost_to_names[1] < 0.75 * lost_to_names[0]

    def test_who_is_hidden_is_missed_more_and_names_cost_some_of_the_ap(self, drawn):
        free, _, hidden = np.sum(drawn.values("by_hidden"), axis=0)
        assert free[0] / free[1] > hidden[0] / hidden[1] + 0.2
        assert drawn.mean("ap50_animal") > drawn.mean("ap50") + 0.005
