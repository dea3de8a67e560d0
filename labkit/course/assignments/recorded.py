"""What the solution and the mistakes of an exercise gave on some inputs, as data: a check needs no more of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from labkit.course.assignments.as_data import decode, encode
from labkit.course.checking import run_quietly
from labkit.course.exercises import Exercise
from labkit.course.outcomes import Outcome

KEPT = ("raised", "reason", "unusable", "late", "changed", "seconds")  # of an outcome, besides value and type


@dataclass(frozen=True, eq=False)
class Recorded:
    """What came of each input, in place of the functions that it came from.

    Attributes
    ----------
    expected : sequence of Outcome
        What the solution gave.
    mistakes : mapping of str to sequence of Outcome
        What each listed mistake gave, by its message.
    """

    expected: Sequence[Outcome]
    mistakes: Mapping[str, Sequence[Outcome]]


def record(exercise: Exercise, inputs: Sequence[tuple[Any, ...]], visible: Sequence[tuple[Any, ...]]) -> dict[str, Any]:
    """Run the solution and each mistake on inputs, and write down inputs and what came.

    Parameters
    ----------
    exercise : Exercise
        One whose answers are compared, not judged by what is missing in them.
    inputs : sequence of tuple
        Arguments for an answer.
    visible : sequence of tuple
        The exercise's own inputs. An argument that is no data, such as a network, is written as its place among them.

    Returns
    -------
    dict
        For `read_inputs` and `read_outcomes`, and for JSON.

    Raises
    ------
    TypeError
        If an argument, or what came, cannot be written as data.
    """

    def came_of(function: Callable[..., Any]) -> list[dict[str, Any]]:
        seconds = exercise.seconds if function is not exercise.solution else 600.0
        return [_written(run_quietly(exercise, function, arguments, seconds)) for arguments in inputs]

    return {
        "inputs": [[_argument(value, visible) for value in arguments] for arguments in inputs],
        "expected": came_of(exercise.solution),
        "mistakes": {message: came_of(mistake) for message, mistake in exercise.mistakes.items()},
    }


def read_inputs(written: Mapping[str, Any], visible: Sequence[tuple[Any, ...]] = ()) -> list[tuple[Any, ...]]:
    """Read the inputs that `record` wrote; ``visible`` are the exercise's own, where they are referred to."""
    return [tuple(_read_argument(value, visible) for value in arguments) for arguments in written["inputs"]]


def read_outcomes(written: Mapping[str, Any]) -> Recorded:
    """Read what came of the inputs that `record` wrote."""
    expected = [_read_outcome(outcome) for outcome in written["expected"]]
    return Recorded(expected, {said: list(map(_read_outcome, came)) for said, came in written["mistakes"].items()})


def _argument(value: Any, visible: Sequence[tuple[Any, ...]]) -> Any:
    try:
        return encode(value)
    except TypeError:
        for case, arguments in enumerate(visible):
            for place, own in enumerate(arguments):
                if own is value:
                    return {"own": [case, place]}
        raise


def _read_argument(written: Any, visible: Sequence[tuple[Any, ...]]) -> Any:
    if isinstance(written, dict) and "own" in written:
        case, place = written["own"]
        return visible[case][place]
    return decode(written)


def _written(outcome: Outcome) -> dict[str, Any]:
    kept = {name: value for name in KEPT if (value := getattr(outcome, name))}
    if outcome.value is not None:
        kept["value"] = outcome.value
    if outcome.dtype is not None:
        kept["dtype"] = outcome.dtype.str
    return {name: encode(value) for name, value in kept.items()}


def _read_outcome(written: Mapping[str, Any]) -> Outcome:
    kept = {name: decode(value) for name, value in written.items()}
    if "dtype" in kept:
        kept["dtype"] = np.dtype(kept["dtype"])
    return Outcome(**kept)
