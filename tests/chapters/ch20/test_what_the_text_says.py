"""What chapter 20 says in words of its records, held against them."""

import numpy as np
import pytest

from labkit.course import all_records


@pytest.fixture(scope="module")
def drawn():
    return all_records()["pixels-drawn"]


def test_without_skips_not_even_half_is_shared_and_the_boundary_f_is_about_a_fifth(drawn):
    assert max(drawn.values("none")) < 0.5
    assert drawn.mean("none_outline") == pytest.approx(0.2, abs=0.05)


def test_with_skips_the_outlines_are_good(drawn):
    assert min(drawn.values("skips_outline")) > 0.8


def test_with_dice_three_to_six_points_more_of_small_animals_are_found(drawn):
    for loss in ("dice", "both"):
        more = np.subtract(drawn.values(f"{loss}_found"), drawn.values("entropy_found"))
        assert ((more > 0.025) & (more < 0.065)).all()


def test_half_of_each_is_the_best_with_each_seed_by_less_than_two_points(drawn):
    others = np.maximum(drawn.values("entropy"), drawn.values("dice"))
    ahead = np.subtract(drawn.values("both"), others)
    assert ((ahead > 0) & (ahead < 0.02)).all()


def test_what_the_skips_bring_is_more_than_what_a_loss_does(drawn):
    assert drawn.mean("skips_gain") > 5 * abs(drawn.mean("dice_gain"))


class TestStreets:
    streets = all_records()["pixels-pedestrians"]

    def test_nine_in_ten_of_the_pixels_are_found_and_the_outlines_are_harder(self):
        assert self.streets.mean("streets_found") == pytest.approx(0.9, abs=0.03)
        assert self.streets.mean("streets_outline") < self.streets.mean("streets")

    def test_background_everywhere_has_the_accuracy_that_the_figures_imply(self):
        """Of the people's pixels, recall · (1/IoU − 1) is how many are wrong; of all, 1 − accuracy."""
        from labkit.chapters.ch20.experiments import figures

        random = np.random.default_rng(0)
        said, there = random.uniform(size=(2, 4, 16, 16)) < np.array([0.3, 0.2]).reshape(2, 1, 1, 1)
        got = figures("x", said, there)
        people = (1 - got["x_accuracy"]) / (got["x_found"] * (1 / got["x"] - 1))
        assert people == pytest.approx(there.mean(), abs=1e-3)

    def test_the_pixel_accuracy_looks_best(self):
        others = ("streets", "streets_image", "streets_dice", "streets_outline", "streets_found")
        assert self.streets.mean("streets_accuracy") > max(map(self.streets.mean, others))

    def test_it_was_trained_and_asked_on_as_many_photographs_as_stated(self):
        assert set(self.streets.values("train")) == {119}
        assert {len(each) for each in self.streets.values("streets_each")} == {51}
