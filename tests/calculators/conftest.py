"""What the calculators' tests share."""

from contextlib import contextmanager

import pytest


@contextmanager
def _without_weights():
    import keras

    with keras.StatelessScope(initialize_variables=False):
        yield
    # Keras has put the variables on a waiting list; whoever builds next would fill them all with random numbers.
    keras.utils.clear_session()


@pytest.fixture(scope="session")
def without_weights():
    """A context in which Keras builds layers but makes no weights: counting needs no random numbers."""
    return _without_weights
