"""Choosing by the images that are reported on: closed forms for networks that guess."""

import numpy as np
import pytest

from labkit.chapters.ch07.experiments import choose_on_half


def test_one_network_is_no_choice():
    choice = choose_on_half(np.random.default_rng(0).uniform(size=(1, 1000)) < 0.9, draws=2000)
    assert choice.optimism == pytest.approx(0, abs=0.001)


def test_guessing_networks_look_as_good_as_the_luckiest():
    """The expected greatest of 10 standard normal values is 1.5388 (H. L. Harter, 1961)."""
    coins = np.random.default_rng(1).integers(0, 2, (10, 2000))
    choice = choose_on_half(coins, draws=3000)
    # Over all draws both halves hold the same images, so luck on the whole set must be allowed for.
    sigma = 0.5 / np.sqrt(1000)
    assert choice.optimism == pytest.approx(1.5388 * sigma, rel=0.35)


def test_a_network_that_is_truly_better_is_chosen_and_its_figure_holds():
    right = np.zeros((3, 1000), bool)
    right[1, :800] = True
    right[[0, 2], :500] = True
    choice = choose_on_half(right, draws=200)
    assert choice.fresh.mean() == pytest.approx(0.8, abs=0.005)
    assert abs(choice.optimism) < 0.01
    assert "too high by" in str(choice)


def test_the_same_seed_draws_the_same():
    coins = np.random.default_rng(1).integers(0, 2, (5, 100))
    assert choose_on_half(coins, draws=9, seed=4).optimism == choose_on_half(coins, draws=9, seed=4).optimism


@pytest.mark.parametrize("wrong", [np.ones(5), np.ones((0, 5)), np.ones((2, 1))])
def test_wrong_shapes_are_named(wrong):
    with pytest.raises(ValueError, match="is_right has shape"):
        choose_on_half(wrong)


def test_no_draws_is_refused():
    with pytest.raises(ValueError, match="draws"):
        choose_on_half(np.ones((2, 4)), draws=0)
