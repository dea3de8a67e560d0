"""What a layer without a rule sees, found by trying it out.

Some places of its input are changed, and it is looked at which places of its output change with them. That is done on
an input of a comfortable size, where a rule shows (a window, its step, its padding), and on the real size, where the
rule must hold. What an operation does when it is trained does not matter; its weights are replaced by random positive
ones, so that none is zero by chance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labkit.calculators.layers.base import Reach, Shape, Window
from labkit.calculators.links import SAME, Link, Taps, moving, whole

Run = Callable[[Sequence[NDArray]], NDArray]
"""The operation: from its inputs, batch in front, to its output."""

COMFORTABLE = 24
PERIOD = 12  # a multiple of the usual strides: "same" padding depends on the remainder
SMALL = 40  # up to this side every place of the real input is tried
AT_ONCE = 4_000_000  # numbers in one call
AT_MOST = 1_500_000_000  # numbers in all
POINTS = 12


class Undecided(Exception):
    """Trying it out does not tell; says why."""


def probe(run: Run, shapes: Sequence[Shape], output: Shape, dtypes: Sequence[str]) -> list[Reach | tuple[Link, ...]]:
    """Return, for each input, which of its places reach which places of the output.

    >>> probe(lambda inputs: inputs[0][:, ::2] + 1, [(8, 8, 1)], (4, 8, 1), ["float32"])[0][0].window
    Window(span=1, stride=2, before=0, dilation=1)

    Parameters
    ----------
    run
        The operation, which must not depend on chance.
    shapes, output
        Shapes without the batch.
    dtypes
        Of the inputs.

    Raises
    ------
    Undecided
        When the operation cannot be run, or mixes the axes.
    """
    return [_one_input(run, shapes, output, dtypes, which) for which in range(len(shapes))]


def _one_input(
    run: Run, shapes: Sequence[Shape], output: Shape, dtypes: Sequence[str], which: int
) -> Reach | tuple[Link, ...]:
    shape = shapes[which]
    if len(shape) == 1:
        return _from_a_row(_Trial(run, shapes, dtypes, which), output)
    if len(output) == 1:
        return _to_a_row(_Trial(run, shapes, dtypes, which))
    real = _Trial(run, shapes, dtypes, which)
    rules = _rules(run, shapes, dtypes, which)
    links = tuple(_link(real, axis, output, None if rules is None else rules[axis]) for axis in range(len(shape) - 1))
    _check_single_places(real, links, output)
    kept = all(link.window == SAME and link.to == axis for axis, link in enumerate(links))
    if kept and output == tuple(shape) and _number_by_number(real):
        return Reach.SAME_PLACE
    return links


class _Trial:
    """An operation and inputs of one size, one of which is changed here and there."""

    def __init__(self, run: Run, shapes: Sequence[Shape], dtypes: Sequence[str], which: int):
        self.run, self.dtypes, self.which = run, dtypes, which
        self.shapes = [tuple(map(int, shape)) for shape in shapes]
        self.shape = self.shapes[which]

    @property
    def large(self) -> bool:
        """Whether an axis is too long for all its places to be tried; then a few are, to see that a rule holds."""
        return max(self.shape[:-1], default=0) > SMALL

    def changed(self, masks: Sequence[NDArray[np.bool_]], quickly: bool = False) -> NDArray[np.bool_]:
        """For each mask of the input's numbers: which numbers of the output change when these do."""
        kinds = _VALUES[:2] if quickly else _VALUES
        size = sum(int(np.prod(shape)) for shape in self.shapes)
        if size * len(masks) * len(kinds) > AT_MOST:
            raise Undecided("it is too large to be tried out")
        found: list[NDArray[np.bool_]] | None = None
        failure: Exception | None = None
        rng = np.random.default_rng(0)
        for values in kinds:
            base = [values(rng, shape, dtype) for shape, dtype in zip(self.shapes, self.dtypes, strict=True)]
            other = base[self.which][1]
            step = max(AT_ONCE // size, 1)
            try:
                parts = [
                    self._differences([each[0] for each in base], other, masks[start : start + step])
                    for start in range(0, len(masks), step)
                ]
            except Exception as error:  # a stranger's code, and values it may not admit
                failure = error
                continue
            found = parts if found is None else [a | b for a, b in zip(found, parts, strict=True)]
        if found is None:
            raise Undecided(f"it fails with {type(failure).__name__}")
        return np.concatenate(found)

    def _differences(self, base: list[NDArray], other: NDArray, masks: Sequence[NDArray[np.bool_]]) -> NDArray:
        batch = [np.repeat(each[None], len(masks) + 1, axis=0) for each in base]
        for row, mask in enumerate(masks, start=1):
            batch[self.which][row] = np.where(mask, other, base[self.which])
        got = np.asarray(self.run(batch))
        if got.shape[:1] != (len(masks) + 1,):
            raise Undecided("it mixes the images of a batch")
        half = got.dtype.itemsize <= 2 and got.dtype.kind not in "iub"
        got = got.astype(np.float32 if half else np.promote_types(got.dtype, np.float32))
        with np.errstate(invalid="ignore"):
            usual = np.abs(got[0])
            usual = usual + (usual[np.isfinite(usual)].mean() if np.isfinite(usual).any() else 0)
            differ = np.abs(got[1:] - got[:1]) > (2e-3 if half else 1e-5) * usual
        return differ | (np.isfinite(got[1:]) != np.isfinite(got[:1]))


def _values(low: float, high: float, other_low: float, other_high: float) -> Callable[..., tuple[NDArray, NDArray]]:
    """Numbers of a kind, and others to put in their place."""

    def draw(rng: np.random.Generator, shape: Shape, dtype: str) -> tuple[NDArray, NDArray]:
        if dtype == "bool":
            bits = rng.random(shape) < 0.5
            return bits, ~bits
        if "int" in dtype:
            top = 2 if high <= 1 else 256
            numbers = rng.integers(0, top, shape)
            return numbers.astype(dtype), ((numbers + top // 2) % top).astype(dtype)
        return rng.uniform(low, high, shape).astype(dtype), rng.uniform(other_low, other_high, shape).astype(dtype)

    return draw


# Small and large numbers, changed upwards and downwards: for operations that keep the largest, cut off or round.
_VALUES = (
    _values(-1, 1, 1.5, 3),
    _values(-1, 1, -3, -1.5),
    _values(0.1, 0.9, 40, 60),
    _values(20, 120, 130, 250),
    _values(120, 250, 0, 100),
)


def _slabs(shape: Shape, axis: int, places: Sequence[int]) -> list[NDArray[np.bool_]]:
    """Masks of all numbers at one place of an axis."""
    masks = []
    for place in places:
        mask = np.zeros(shape, bool)
        mask[(slice(None),) * axis + (place,)] = True
        masks.append(mask)
    return masks


# ------------------------------------------------------------------------------------------------- rows of numbers


def _from_a_row(trial: _Trial, output: Shape) -> Reach:
    """A row goes in: whether every number of the output sees all of it, or one number only."""
    (count,) = trial.shape
    reached = trial.changed(_slabs(trial.shape, 0, range(count))).reshape(count, -1)
    if reached.all():
        return Reach.EVERYWHERE
    if output == trial.shape and (reached == np.eye(count, dtype=bool)).all():
        return Reach.SAME_PLACE
    if len(output) == 1 and reached.any(axis=1).all() and (reached.sum(axis=0) == 1).all():
        return Reach.RENAMED
    if len(output) > 1 and reached.reshape(count, -1, output[-1]).any(axis=2).all():
        return Reach.EVERYWHERE  # every place sees all of it
    raise Undecided("some of its numbers see more than others")


def _to_a_row(trial: _Trial) -> Reach | tuple[Link, ...]:
    """A map goes in, a row comes out: whether every number sees the same places, or each its own."""
    links = []
    for axis, side in enumerate(trial.shape[:-1]):
        reached = trial.changed(_slabs(trial.shape, axis, range(side))).reshape(side, -1)
        if (reached != reached[:, :1]).any():
            if reached.any(axis=1).all():
                return Reach.RENAMED
            raise Undecided("it leaves places out, in ways of its own")
        links.append(Link(None, _listed(reached[:, :1])))
    return tuple(links)


# ------------------------------------------------------------------------------------------------------------- maps


def _rules(run: Run, shapes: Sequence[Shape], dtypes: Sequence[str], which: int) -> list[Link] | None:
    """The links on an input of comfortable size; none where it takes no other size than its own."""

    def comfortable(side: int) -> int:
        return side if side == 1 else COMFORTABLE + (side - COMFORTABLE) % PERIOD

    others = [(*map(comfortable, shape[:-1]), shape[-1]) if len(shape) > 1 else shape for shape in shapes]
    trial = _Trial(run, others, dtypes, which)
    try:
        return [_found(trial, axis, range(trial.shape[axis])) for axis in range(len(trial.shape) - 1)]
    except Undecided:
        return None


def _found(trial: _Trial, axis: int, places: Sequence[int]) -> Link:
    """The link of an axis, all of whose places are tried."""
    reached: Any = trial.changed(_slabs(trial.shape, axis, places)).any(axis=-1)
    if reached.ndim < 2:
        raise Undecided("its output has no places")
    alive = reached.any(axis=0)  # the others see nothing, as in zero padding: by which axis is not to be told
    if not alive.any():
        raise Undecided("nothing changes what comes out")
    anywhere = reached.reshape(len(reached), -1).any(axis=1)
    if (reached == anywhere.reshape(-1, *[1] * alive.ndim) & alive).all() and (alive.size > 1 or len(places) > 1):
        return Link(None, _listed(anywhere[:, None]))
    for to in range(alive.ndim):
        others = tuple(other for other in range(1, reached.ndim) if other != to + 1)
        if (reached == reached.any(axis=others, keepdims=True) & alive).all():
            taps = _listed(reached.any(axis=others))
            return Link(to, taps, _window(taps, trial.shape[axis]))
    raise Undecided("it mixes the axes")


def _listed(reached: NDArray[np.bool_]) -> Taps:
    """From (input places, output places) to the list of input places of each output place."""
    return tuple(tuple(np.flatnonzero(column).tolist()) for column in reached.T)


def _window(taps: Taps, side: int) -> Window | None:
    """The one window that gives such lists, if there is one and they are many enough to tell."""
    found = {window for stride in range(1, PERIOD + 1) if (window := _window_of_stride(taps, side, stride))}
    return found.pop() if len(found) == 1 else None


def _window_of_stride(taps: Taps, side: int, stride: int) -> Window | None:
    offsets = sorted({seen - place * stride for place, row in enumerate(taps) for seen in row})
    inside = [row for row in taps if row and row[0] > 0 and row[-1] < side - 1]
    if not offsets or max(map(len, inside), default=0) < len(offsets):
        return None  # no place away from the border shows the whole window
    low, high = offsets[0], offsets[-1]
    gaps = {b - a for a, b in pairwise(offsets)}
    if len(gaps) > 1:
        return None
    window = Window(high - low + 1, stride, -low, gaps.pop() if gaps else 1)
    return window if moving(0, window, side, len(taps)).taps == taps else None


def _link(real: _Trial, axis: int, output: Shape, rule: Link | None) -> Link:
    """The link of an axis at its real size; with a rule only where the rule holds there."""
    side = real.shape[axis]
    expected = None if rule is None else _at(rule, side, output)
    if expected is None or side <= SMALL:
        link = _found(real, axis, range(side))
        return link if expected is None or expected.taps != link.taps else expected
    places = [0, side // 2, side - 1]
    reached: Any = real.changed(_slabs(real.shape, axis, places), quickly=True).any(axis=-1)
    predicted = _predicted(expected, places, reached.shape[1:])
    others = tuple(other for other in range(1, reached.ndim) if expected.to is None or other != expected.to + 1)
    if (reached <= predicted).all() and (reached.any(axis=others) == predicted.any(axis=others)).all():
        return expected
    return _found(real, axis, range(side))


def _at(rule: Link, side: int, output: Shape) -> Link | None:
    """A rule found at another size, for this one."""
    if rule.to is None:
        return whole(side) if len(rule.taps[0]) > 1 else None
    if rule.window is None or rule.to >= len(output) - 1:
        return None
    return moving(rule.to, rule.window, side, int(output[rule.to]))


def _predicted(link: Link, places: Sequence[int], output: Shape) -> NDArray[np.bool_]:
    """Which output places a link says that each of these input places reaches."""
    reached = np.array([[place in row for row in link.taps] for place in places])
    shape = [len(places)] + [1] * len(output)
    if link.to is not None:
        shape[link.to + 1] = output[link.to]
    return np.broadcast_to(reached.reshape(shape), (len(places), *output))


def _check_single_places(trial: _Trial, links: Sequence[Link], output: Shape) -> None:
    """The axes by themselves must tell the whole: what one place reaches is where all its axes reach."""
    rng = np.random.default_rng(1)
    sides, places = trial.shape[:-1], tuple(output[:-1])
    every = int(np.prod(sides)) <= POINTS**2
    some = POINTS // 3 if trial.large else POINTS
    chosen = np.argwhere(np.ones(sides, bool)) if every else rng.integers(0, sides, (some, len(sides)))
    masks = []
    expected = np.ones((len(chosen), *places), bool)
    for row, point in enumerate(chosen):
        mask = np.zeros(trial.shape, bool)
        mask[tuple(point)] = True
        masks.append(mask)
        for link, place in zip(links, point, strict=True):
            expected[row] &= _predicted(link, [int(place)], places)[0]
    if (trial.changed(masks, quickly=trial.large).any(axis=-1) != expected).any():
        raise Undecided("what it sees is no rectangle")


def _number_by_number(trial: _Trial) -> bool:
    """Whether the channels of a place do not meet either."""
    channels = trial.shape[-1]
    if channels == 1:
        return True
    some = range(min(channels, POINTS // 3 if trial.large else POINTS))
    reached = trial.changed(_slabs(trial.shape, len(trial.shape) - 1, some), quickly=trial.large)
    apart = reached.reshape(len(reached), -1, channels).any(axis=1)
    return bool((apart == np.eye(channels, dtype=bool)[: len(reached)]).all())
