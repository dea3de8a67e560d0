"""What was tried on a network is undone, also where two threads try at the same time."""

import threading

import keras
import numpy as np
import pytest

from labkit.training.restoring import restored


def test_values_come_back_after_an_error_too():
    variables = [keras.Variable(1.0), keras.Variable(np.arange(3.0))]

    def fail():
        with restored(variables):
            for variable in variables:
                variable.assign(variable + 5)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert float(variables[0].numpy()) == 1
    np.testing.assert_array_equal(variables[1].numpy(), [0, 1, 2])


def test_two_threads_give_back_the_first_values():
    """The second begins while the first is at it: without waiting it would take the first's trial for the truth."""
    variable = keras.Variable(1.0)
    begun, second = threading.Event(), threading.Event()

    def later():
        begun.wait(5)
        second.set()
        with restored([variable]):
            seen.append(float(variable.numpy()))
            variable.assign(7.0)

    seen = []
    thread = threading.Thread(target=later)
    thread.start()
    with restored([variable]):
        variable.assign(5.0)
        begun.set()
        second.wait(5)
        thread.join(0.3)  # time enough for the other to go wrong
    thread.join(5)
    assert seen == [1.0]
    assert float(variable.numpy()) == 1.0


def test_a_trial_within_a_trial():
    variable = keras.Variable(1.0)
    with restored([variable]):
        variable.assign(2.0)
        with restored([variable]):
            variable.assign(3.0)
        assert float(variable.numpy()) == 2.0
    assert float(variable.numpy()) == 1.0
