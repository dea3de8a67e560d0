"""What chapter 16 says in words of its record on depth is what stands there."""

import numpy as np
import pytest

from labkit.course import all_records


def test_about_half_of_the_gap_was_the_rate():
    one, own = all_records()["degradation"], all_records()["degradation-by-rate"]
    gap = "plain_56_minus_20_train"
    assert (one.mean(gap), one.deviation(gap)) == (pytest.approx(-0.42, abs=0.005), pytest.approx(0.19, abs=0.005))
    assert (own.mean(gap), own.deviation(gap)) == (pytest.approx(-0.21, abs=0.005), pytest.approx(0.03, abs=0.005))
    assert one.values("plain_56_train") == [rates[0] for rates in own.values("plain_56_train_by_rate")]
    assert np.max(own.values("plain_56_train_by_rate")) < 0.70


def test_with_shortcuts_56_layers_do_as_well_as_20():
    own = all_records()["degradation-by-rate"]
    for part in ("train", "test"):
        assert np.abs(own.values(f"residual_56_minus_20_{part}")).max() < 0.01


def test_the_figures_of_the_picture():
    own = all_records()["degradation-by-rate"]
    assert [round(own.mean(f"plain_{depth}_train"), 2) for depth in (8, 20)] == [0.93, 0.90]
    assert (
        own.mean("residual_8_train")
        < own.mean("residual_20_train")
        == pytest.approx(own.mean("residual_56_train"), abs=0.01)
    )
