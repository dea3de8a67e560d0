"""Trying something on a network and undoing it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

# Trials on one network by two threads would each take the other's numbers for those to give back.
_one_at_a_time = threading.RLock()


@contextmanager
def restored(variables: Iterable[Any]) -> Iterator[None]:
    """Give variables their values back when the block ends, also when it ends with an error.

    One thread at a time: another that begins such a block waits until this one has ended.

    >>> import keras
    >>> variable = keras.Variable(1.0)
    >>> with restored([variable]):
    ...     _ = variable.assign(5.0)
    >>> float(variable.numpy())
    1.0

    Parameters
    ----------
    variables
        Keras variables: a network's, an optimizer's.
    """
    with _one_at_a_time:
        stored = [(variable, np.array(variable.numpy())) for variable in variables]
        try:
            yield
        finally:
            for variable, value in stored:
                variable.assign(value)
