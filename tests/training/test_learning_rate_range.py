"""The range test against a loss whose greatest bearable rate is known, and what it must leave as it was."""

import keras
import numpy as np
import pytest

from labkit.training import OneCycle, learning_rate_range_test


def one_weight(optimizer="sgd"):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")])
    model.compile(optimizer, "mse")
    return model


ONES, ZEROS = np.ones((16, 1), np.float32), np.zeros((16, 1), np.float32)


def test_a_parabola_blows_up_just_above_the_rate_that_theory_gives():
    # loss w², gradient 2 w: a step takes w to (1 - 2·rate)·w, which grows as soon as the rate is above 1.
    test = learning_rate_range_test(one_weight(), ONES, ZEROS, lowest=0.01, highest=100, steps=81, batch_size=16)
    by_hand, weight = [], 1.0
    for rate in test.rates:
        by_hand.append(weight**2)
        weight *= 1 - 2 * rate
    np.testing.assert_allclose(test.losses, by_hand, rtol=1e-3, atol=1e-12)
    assert test.lowest_at > 1  # up to there every step lowers the loss; to grow back it needs some more
    assert test.suggested == test.lowest_at / 10
    assert len(test.rates) < 81  # ended when it had blown up
    assert test.smoothed[-1] > 4 * min(test.smoothed)
    np.testing.assert_allclose(np.diff(np.log(test.rates)), np.log(1e4) / 80, rtol=1e-5)


def test_the_running_mean_begins_at_the_first_loss():
    test = learning_rate_range_test(one_weight(), ONES, ZEROS, lowest=1e-4, highest=1e-3, steps=5, batch_size=4)
    assert test.smoothed[0] == pytest.approx(test.losses[0])
    assert test.smoothed[1] == pytest.approx((0.9 * test.losses[0] + test.losses[1]) / 1.9)


def test_everything_is_as_before():
    model = one_weight(keras.optimizers.Adam(0.02))
    model.fit(ONES, ZEROS, verbose=0)
    before = [variable.numpy() for variable in (*model.variables, *model.optimizer.variables)]
    learning_rate_range_test(model, ONES, ZEROS, highest=1, steps=10, batch_size=4)
    for variable, value in zip((*model.variables, *model.optimizer.variables), before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)
    assert float(model.optimizer.learning_rate.numpy()) == pytest.approx(0.02)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"lowest": 0}, "lowest is 0 and highest 10.0; allowed"),
        ({"lowest": 2, "highest": 1}, "lowest is 2 and highest 1"),
        ({"steps": 1}, "steps is 1; allowed"),
        ({"batch_size": 17}, "batch_size is 17; allowed is 1 to the number of images, 16"),
    ],
)
def test_bad_numbers(options, words):
    with pytest.raises(ValueError, match=words):
        learning_rate_range_test(one_weight(), ONES, ZEROS, **options)


def test_bad_models():
    with pytest.raises(ValueError, match="schedule"):
        learning_rate_range_test(one_weight(keras.optimizers.SGD(OneCycle(0.1, 10))), ONES, ZEROS, batch_size=4)
    bare = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    with pytest.raises(ValueError, match="not compiled"):
        learning_rate_range_test(bare, ONES, ZEROS, batch_size=4)
