"""How the places of a map depend on the places of the map before it, axis by axis.

Every layer whose places can be told apart is such a **link** along each axis of its input: a list, for each place of
the output, of the input places that reach it. A window is the regular case, where the list moves on by the stride;
up-sampling, transposed convolution or a mirror image have other lists; after global pooling there is one list of all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod

from labkit.calculators.layers.base import Reach, Shape, Window

Taps = tuple[tuple[int, ...], ...]
"""For each place of an output, the places of the input that reach it."""


@dataclass(frozen=True)
class Link:
    """From one axis of an input to the output.

    Attributes
    ----------
    to
        The axis of the output that moves along this one; ``None`` when all places of the output see the same.
    taps
        The input places that are seen by each place of the output; one list where all see the same. Where a window
        lies on padding there is no place; in zero padding a list is empty.
    window
        The rule of the lists where they move on evenly, else ``None``.
    """

    to: int | None
    taps: Taps
    window: Window | None = None


class Mixed(Exception):
    """Places and numbers are mixed so that no axis of the output moves along one of the input."""


def links(how: Reach | Sequence[Window | Link], shape: Shape, output: Shape) -> tuple[Link, ...]:
    """Return the link of every axis of a layer's input of this shape.

    >>> [link.taps for link in links([Window(3, 2, 1)], (5, 1), (3, 1))]
    [((0, 1), (1, 2, 3), (3, 4))]

    Raises
    ------
    Mixed
        When the numbers are only renamed, and what was one axis is spread over several.
    """
    sides, places = tuple(shape[:-1]), tuple(output[:-1])
    if how is Reach.EVERYWHERE:
        return tuple(whole(side) for side in sides)
    if how is Reach.RENAMED:
        return _renamed(tuple(shape), tuple(output))
    if how is Reach.SAME_PLACE:
        new = len(places) - len(sides)  # axes are counted from the last, as in merging
        return tuple(
            whole(side) if axis + new < 0 or side != places[axis + new] else moving(axis + new, SAME, side, side)
            for axis, side in enumerate(sides)
        )
    return tuple(
        each if isinstance(each, Link) else moving(axis, Window(*each), sides[axis], places[axis])
        for axis, each in enumerate(how)
    )


SAME = Window(1, 1, 0)


@lru_cache(maxsize=4096)
def moving(to: int, window: Window, side: int, places: int) -> Link:
    """Return the link that a window makes along an axis of ``side`` places, onto ``places``."""
    span, stride, before, dilation = window
    firsts = range(-before, -before + places * stride, stride)
    taps = tuple(tuple(i for i in range(first, first + span, dilation) if 0 <= i < side) for first in firsts)
    return Link(to, taps, window)


@lru_cache(maxsize=4096)
def painted(to: int, side: int, places: int, kernel: int, stride: int, before: int, dilation: int) -> Link:
    """Return the link of an axis of ``side`` places, each of which paints a kernel into the output.

    >>> painted(0, side=3, places=7, kernel=3, stride=2, before=0, dilation=1).taps
    ((0,), (0,), (0, 1), (1,), (1, 2), (2,), (2,))
    """
    lists: list[list[int]] = [[] for _ in range(places)]
    for place in range(side):
        for weight in range(kernel):
            if 0 <= (reached := place * stride - before + weight * dilation) < places:
                lists[reached].append(place)
    span = (kernel - 1) * dilation + 1  # without steps it is a window, mirrored
    window = Window(span, 1, span - 1 - before, dilation) if stride == 1 else None
    return Link(to, tuple(map(tuple, lists)), window)


@lru_cache(maxsize=4096)
def whole(side: int) -> Link:
    """Return the link of an axis all of whose places are seen from everywhere."""
    return Link(None, (tuple(range(side)),))


def _renamed(shape: Shape, output: Shape) -> tuple[Link, ...]:
    """The numbers keep their order: an axis stays one where as many numbers lie before it as before."""
    before = {prod(output[:axis]): axis for axis in range(len(output) - 1) if output[axis] > 1}
    found = []
    for axis, side in enumerate(shape[:-1]):
        count = prod(shape[:axis])
        to = before.get(count)
        if side == 1 or count % prod(output[:-1]) == 0:  # all of it lies in the channels now
            found.append(whole(side))
        elif to is not None and output[to] == side:
            found.append(moving(to, SAME, side, side))
        else:
            raise Mixed
    return tuple(found)
