"""How many random cases a property is tried on: an eighth of them by day, all of them in ``make nightly``."""

import os
from typing import Any

import pytest
from hypothesis import settings


def cases(at_night: int) -> Any:
    """Decorator of a property that Hypothesis tries on so many cases at night; the same ones each time."""
    count = at_night if os.environ.get("LABKIT_NIGHTLY") == "1" else at_night // 8
    limits = settings(max_examples=count, deadline=None, derandomize=True)
    return lambda test: pytest.mark.many_cases(limits(test))
