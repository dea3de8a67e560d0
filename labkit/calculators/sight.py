"""What each place of a map sees of the image, carried from layer to layer.

Two things are kept along each axis of the image. One is the **extent**, the rule of the textbooks: interval and step,
as if the image had no border. The other is what each place really **sees**, first and last image place, without what
lies in padding: padding is cut off at every map and not only at the image, because zeros around a map are no part of
any image. The extent is what is said of a place in the middle; what is seen is what a layer that looks at all places
gets to see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from math import prod

from labkit.calculators.field import Extent, ReceptiveField
from labkit.calculators.graph import Graph, How, Node
from labkit.calculators.layers import Unknown
from labkit.calculators.layers.base import Reach, Shape, Window
from labkit.calculators.links import Link, Mixed, Taps, links
from labkit.calculators.unknown_layers import UnknownLayerError

NOT_ONE_SIZE = "is not of one size, or not evenly spaced, for all its places"
Seen = tuple[tuple[int, int], ...]
"""For each place of a map, the first and the last image place it sees."""

NOTHING = (2**31, -1)
"""First and last place seen by a place that sees nothing of the image, such as one of zero padding."""


@dataclass(frozen=True, eq=False)
class Axis:
    """What a map sees along one axis of the image.

    Attributes
    ----------
    along
        The map's axis that moves along this one; ``None`` when all places see the same.
    seen
        What each place sees; one entry where all see the same.
    extent
        What place 0 sees of an endless image, and the step to the next place's; ``None`` where there is no such rule.
    fixed
        Whether all places see the same region, although the map may move on (as after squeeze-and-excitation).
    """

    along: int | None
    seen: Seen
    extent: Extent | None
    fixed: bool = False

    @cached_property
    def hull(self) -> tuple[int, int]:
        """First and last place seen from anywhere on the map."""
        return _hull(self.seen)

    @property
    def blind(self) -> bool:
        """Whether no place sees anything of the image."""
        return self.seen[len(self.seen) // 2] == NOTHING and self.hull == NOTHING

    @property
    def jump(self) -> int | None:
        """How far apart, in the image, two neighbouring places are."""
        return self.extent.jump if self.extent else None


@dataclass(frozen=True, eq=False)
class Sight:
    """What a map sees: one :class:`Axis` for each of the image's, and what is to be said of it.

    Attributes
    ----------
    image
        The image's size along its axes.
    axes
        ``None`` for numbers that each have a place of their own (after Flatten).
    answer
        The receptive field, or why there is none to tell.
    untouched
        Whether these are still the image's own numbers, each in its place.
    lost_in
        Where the axes are not known: first and last place along each that the numbers see together.
    """

    image: Shape
    axes: tuple[Axis, ...] | None
    answer: ReceptiveField | Exception
    untouched: bool = False
    lost_in: tuple[tuple[int, int], ...] = ()

    @cached_property
    def hull(self) -> tuple[tuple[int, int], ...]:
        """First and last place along each axis of the image that the numbers see together."""
        return self.lost_in if self.axes is None else tuple(axis.hull for axis in self.axes)

    @property
    def fixed(self) -> bool:
        """Whether every number sees the same region."""
        return self.axes is not None and all(axis.fixed for axis in self.axes)


def picture(shape: Shape) -> Sight:
    """Return what an image sees of itself: every place sees that place."""
    sides = tuple(int(side) for side in shape[:-1])
    axes = tuple(
        Axis(i, tuple((place, place) for place in range(side)), Extent(0, 0, 1)) for i, side in enumerate(sides)
    )
    field = ReceptiveField((Extent(0, 0, 1),) * len(sides), sides, sides)
    return Sight(sides, axes, field, untouched=True)


def passed_on(graph: Graph, index: int, before: Sequence[Sight]) -> Sight | Exception:
    """Return what a node's output sees, from what its inputs see; an exception when that is lost for good."""
    node = graph[index]
    shapes = graph.shapes_into(node.inputs)
    if shapes is None or node.shape is None:
        return UnknownLayerError("receptive field", node.kind)
    try:
        hows = node.reaches(shapes, node.shape)
        arriving = [_step(node, *each) for each in zip(before, hows, shapes, strict=True)]
    except UnknownLayerError as error:
        if not all(sight.fixed for sight in before):
            return error
        arriving = [_of_all(node, sight) for sight in before]  # whatever it does: where all is seen, all stays seen
    return arriving[0] if len(arriving) == 1 else _merged(node, arriving)


def _step(node: Node, before: Sight, how: How, shape: Shape) -> Sight:
    """What comes out sees of the image by way of one input."""
    output: Shape = node.shape or ()
    if how is Reach.EVERYWHERE:
        return _of_all(node, before)
    if how is Reach.RENAMED:
        return _renamed(node, before, shape, output)
    if how is Reach.SAME_PLACE and (before.axes is None or tuple(shape) == tuple(output)):
        if before.axes is None and len(output) > 1:  # a row repeated at every place of a map
            return _of_all(node, before)
        changed = before.untouched and not node.layer.number_by_number
        return replace(before, untouched=False) if changed else before
    if before.axes is None:
        if isinstance(how, tuple) and all(_sees_all(link, side) for link, side in zip(how, shape[:-1], strict=True)):
            return _of_all(node, before)
        raise UnknownLayerError("receptive field", node.kind, "is not known where every number has its own")
    return _through(node, before, links(how, shape, output), told=how is not Reach.SAME_PLACE)


def _sees_all(link: Window | Link, side: int) -> bool:
    return isinstance(link, Link) and link.to is None and len(link.taps[0]) == side


def _through(node: Node, before: Sight, each: Sequence[Link], told: bool) -> Sight:
    """Through the links of all axes; the working of windows is told."""
    axes: list[Axis] = []
    steps: dict[str, None] = {}  # a set that keeps its order: equal axes are written once
    formulas: dict[str, None] = {}
    for axis in before.axes or ():
        if axis.along is None:
            axes.append(axis)
            continue
        link = each[axis.along]
        seen = _gathered(axis.seen, link.taps)
        moved = _moved(axis, link, seen)
        axes.append(moved)
        if axis.extent and moved.extent and link.window and not moved.fixed:
            was, span, jump, size = axis.extent.size, link.window.span, axis.jump, moved.extent.size
            steps[f"{was} + ({span} − 1)·{jump} = {size}"] = None
            formulas[rf"{was} + ({span} - 1) \cdot {jump} = {size}"] = None
    working, latex = (", ".join(steps), r",\quad ".join(formulas)) if told else ("", "")
    return _sight(node, [before], axes, working, latex)


@lru_cache(maxsize=512)
def _gathered(seen: Seen, taps: Taps) -> Seen:
    """What places see that see by way of others."""
    return tuple(
        (min([seen[place][0] for place in row]), max([seen[place][1] for place in row])) if row else NOTHING
        for row in taps
    )


def _moved(axis: Axis, link: Link, seen: Seen) -> Axis:
    window = link.window
    if link.to is None:
        return Axis(None, seen, Extent(*_hull(seen), None), fixed=True)
    jump = axis.jump * window.stride if axis.jump is not None and window else None
    if axis.fixed:
        return Axis(link.to, seen, Extent(*_hull(seen), jump), fixed=True)
    if axis.extent is None or axis.jump is None or window is None:
        return Axis(link.to, seen, None)
    start = axis.extent.start - window.before * axis.jump
    stop = axis.extent.stop + (window.span - 1 - window.before) * axis.jump
    return Axis(link.to, seen, Extent(start, stop, jump))


@lru_cache(maxsize=512)
def _hull(seen: Seen) -> tuple[int, int]:
    return min(first for first, _ in seen), max(last for _, last in seen)


def _of_all(node: Node, before: Sight) -> Sight:
    """Every number sees what all of them see together."""
    axes = [Axis(None, (hull,), Extent(*hull, None), fixed=True) for hull in before.hull]
    return _sight(node, [before], axes, "all places of the map before", r"\text{all places}", everywhere=True)


def _renamed(node: Node, before: Sight, shape: Shape, output: Shape) -> Sight:
    """The same numbers in the same order, in another shape."""
    if prod(shape) != prod(output):
        raise UnknownLayerError("receptive field", node.kind, "is lost: it mixes the images of a batch")
    if before.untouched and prod(output[:-1]) > prod(shape[:-1]):
        return picture(output)  # rows of numbers that are made an image: that is the image
    if len(output) == 1:
        if before.fixed:
            axes = tuple(replace(axis, along=None, seen=(axis.hull,)) for axis in before.axes or ())
            return replace(before, axes=axes, untouched=False)
        return replace(before, axes=None, untouched=False, lost_in=before.hull)
    if before.fixed:
        return before
    try:
        if before.axes is None:
            raise Mixed
        return _through(node, before, links(Reach.RENAMED, shape, output), told=False)
    except Mixed:
        lost = UnknownLayerError("receptive field", node.kind, "is lost: it puts numbers in other places")
        return replace(before, axes=None, answer=lost, untouched=False, lost_in=before.hull)


def _merged(node: Node, arriving: Sequence[Sight]) -> Sight | Exception:
    """Several inputs placed over one another: the smallest interval that holds what each of them sees."""
    answers = [sight.answer for sight in arriving]
    known = [answer for answer in answers if isinstance(answer, ReceptiveField)]
    branches = tuple(known) if len(known) == len(answers) else ()
    working = "the interval that holds " + ", ".join(dict.fromkeys(map(str, known)))
    if any(sight.axes is None for sight in arriving):
        return _rows(node, arriving, branches)
    axes: list[Axis] = []
    problem: Exception | None = None
    for parts in zip(*(sight.axes or () for sight in arriving), strict=True):
        if len({axis.along for axis in parts if axis.along is not None}) > 1:
            return UnknownLayerError("receptive field", node.kind, "is lost: it merges maps that are turned")
        try:
            axes.append(_union(node, parts))
        except ValueError as error:
            problem = error
            axes.append(_union(node, [replace(axis, extent=None) for axis in parts]))
    return _sight(node, arriving, axes, working, rf"\text{{{working}}}", branches=branches, problem=problem)


def _union(node: Node, parts: Sequence[Axis]) -> Axis:
    along = next((axis.along for axis in parts if axis.along is not None), None)
    most = max(len(axis.seen) for axis in parts)
    each = [axis.seen if len(axis.seen) == most else axis.seen * most for axis in parts]
    seen = tuple((min(first for first, _ in ends), max(last for _, last in ends)) for ends in zip(*each, strict=True))
    jumps = {axis.jump for axis in parts if axis.jump is not None}
    if len(jumps) > 1:
        raise ValueError(
            f"layer {node.name!r} merges branches with effective strides {sorted(jumps)}; allowed are equal ones, "
            f"or its places would not lie over one another"
        )
    jump = jumps.pop() if jumps else None
    if any(axis.fixed for axis in parts):
        # A region now, no longer a moving window, if it holds whatever the moving ones see.
        fixed = len(set(seen)) == 1
        return Axis(along, seen, Extent(*_hull(seen), jump) if fixed else None, fixed)
    extents = [axis.extent for axis in parts if axis.extent]
    if len(extents) < len(parts):
        return Axis(along, seen, None)
    start, stop = min(extent.start for extent in extents), max(extent.stop for extent in extents)
    extent = Extent(start, stop, jump)
    if isinstance(node.layer, Unknown) and not _somewhere(extent, seen):
        return Axis(along, seen, None)  # maps side by side, for instance: no place sees by way of all of them
    return Axis(along, seen, extent)


def _somewhere(extent: Extent, seen: Seen) -> bool:
    """Whether some place really sees as far as the rule says."""
    steps = (place * (extent.jump or 0) for place in range(len(seen)))
    return any(ends == (extent.start + step, extent.stop + step) for ends, step in zip(seen, steps, strict=True))


def _rows(node: Node, arriving: Sequence[Sight], branches: tuple[ReceptiveField, ...]) -> Sight:
    """Rows of numbers with places of their own, added or put behind one another."""
    image = arriving[0].image
    hull = tuple(
        (min(first for first, _ in ends), max(last for _, last in ends))
        for ends in zip(*(sight.hull for sight in arriving), strict=True)
    )
    same = len(branches) > 0 and len({(one.extents, one.everywhere) for one in branches}) == 1
    answer: ReceptiveField | Exception = branches[0] if same else _own(node)
    return Sight(image, None, answer, lost_in=hull)


def _own(node: Node) -> UnknownLayerError:
    return UnknownLayerError("receptive field", node.kind, "is not one: its numbers see regions of different sizes")


def _sight(
    node: Node,
    before: Sequence[Sight],
    axes: Sequence[Axis],
    working: str,
    latex: str,
    *,
    everywhere: bool = False,
    branches: tuple[ReceptiveField, ...] = (),
    problem: Exception | None = None,
) -> Sight:
    """The axes, and what is to be said of them: a receptive field, or why there is none."""
    image = before[0].image
    # An image without axes, a row of numbers, has no axis that could tell.
    everywhere = all(axis.fixed for axis in axes) if axes else everywhere or any(_everywhere(one) for one in before)
    answer: ReceptiveField | Exception
    if problem is None and any(axis.blind for axis in axes):
        problem = UnknownLayerError("receptive field", node.kind, "is empty: it sees nothing of the image")
    if problem is None and any(axis.extent is None for axis in axes):
        earlier = (one.answer for one in before if isinstance(one.answer, Exception))
        problem = next(earlier, None) or UnknownLayerError("receptive field", node.kind, NOT_ONE_SIZE)
    if problem is not None:
        answer = problem
    else:
        extents = tuple(axis.extent for axis in axes if axis.extent)
        places = tuple(1 if axis.along is None else int((node.shape or ())[axis.along]) for axis in axes)
        answer = ReceptiveField(extents, image, places, everywhere, working, latex, branches)
    return Sight(image, tuple(axes), answer)


def _everywhere(sight: Sight) -> bool:
    return isinstance(sight.answer, ReceptiveField) and sight.answer.everywhere
