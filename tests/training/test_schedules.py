"""The one-cycle schedule: its corners, its area, its trip through a file."""

import keras
import numpy as np
import pytest

from labkit.training import OneCycle


def rates(schedule, steps):
    return np.array([float(schedule(step)) for step in range(steps + 1)])


@pytest.mark.parametrize("rise", [0.1, 0.25, 0.5])
def test_is_a_triangle(rise):
    """A triangle of height `peak` on the base 0 … 1: zero at both ends, one corner, an area of half its peak."""
    values = rates(OneCycle(peak=0.3, steps=200, rise=rise), 200)
    assert values[0] == values[-1] == 0
    assert values.argmax() == round(200 * rise)
    assert values.max() == pytest.approx(0.3)
    assert (values[1:] + values[:-1]).sum() / 2 / 200 == pytest.approx(0.15, rel=1e-4)


def test_stays_at_zero_after_the_last_step():
    assert float(OneCycle(0.1, steps=10)(25)) == 0


def test_an_optimizer_follows_it():
    """Plain gradient descent on the loss w moves w by exactly minus the learning rate."""
    schedule = OneCycle(peak=1.0, steps=8)
    optimizer = keras.optimizers.SGD(schedule)
    weight = keras.Variable(0.0)
    for step in range(8):
        before = float(weight)
        optimizer.apply([keras.ops.ones(())], [weight])
        assert before - float(weight) == pytest.approx(float(schedule(step)), abs=1e-6)


def test_travels_with_the_optimizer():
    optimizer = keras.optimizers.AdamW(OneCycle(0.004, steps=70, rise=0.3))
    copy = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    assert copy._learning_rate.get_config() == {"peak": 0.004, "steps": 70, "rise": 0.3}


@pytest.mark.parametrize(("wrong", "name"), [({"peak": 0}, "peak"), ({"steps": 0}, "steps"), ({"rise": 1}, "rise")])
def test_bad_input_is_named(wrong, name):
    with pytest.raises(ValueError, match=f"{name} is"):
        OneCycle(**({"peak": 0.1, "steps": 5} | wrong))
