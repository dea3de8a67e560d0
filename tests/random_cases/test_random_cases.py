"""No wrong value in random cases: a thousand each time, ten thousand others at night."""

import pytest

from random_runner import run


def test_a_thousand(capsys):
    tally = run(1_000)
    print(tally)
    assert not tally.failures, str(tally)
    assert tally.count >= 1_000
    assert tally.ran["receptive field"] >= 50


@pytest.mark.nightly
def test_ten_thousand_others(capsys):
    tally = run(10_000, seed=100_000)
    with capsys.disabled():
        print(f"\n{tally}")
    assert not tally.failures, str(tally)
    assert tally.count >= 10_000
    assert tally.unanswered["receptive field"] < tally.ran["receptive field"] / 3
