"""Trying something on a network and undoing it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def restored(variables: Iterable[Any]) -> Iterator[None]:
    """Give variables their values back when the block ends, also when it ends with an error.

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
    stored = [(variable, variable.numpy()) for variable in variables]
    try:
        yield
    finally:
        for variable, value in stored:
            variable.assign(value)
