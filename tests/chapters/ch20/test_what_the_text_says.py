"""What chapter 20 says in words of its records, held against them."""

import numpy as np
import pytest

from labkit.course import all_records


@pytest.fixture(scope="module")
def drawn():
    return all_records()["pixels-drawn"]


def test_without_skips_not_even_half_is_shared_and_about_a_fifth_of_the_outline_lies_where_it_should(drawn):
    assert max(drawn.values("none")) < 0.5
    assert drawn.mean("none_outline") == pytest.approx(0.2, abs=0.05)


def test_with_skips_the_outlines_are_good(drawn):
    assert min(drawn.values("skips_outline")) > 0.8


def test_cross_entropy_finds_the_fewest_pixels_of_small_animals_and_dice_the_most(drawn):
    found = np.array([drawn.values(f"{loss}_found") for loss in ("entropy", "both", "dice")])
    assert (np.diff(found, axis=0) > 0).all()


def test_half_of_each_is_the_best_of_three_by_a_few_points(drawn):
    assert 0.005 < drawn.mean("both") - max(drawn.mean("entropy"), drawn.mean("dice")) < 0.05


def test_what_the_skips_bring_is_more_than_what_a_loss_does(drawn):
    assert drawn.mean("skips_gain") > 5 * abs(drawn.mean("dice_gain"))
