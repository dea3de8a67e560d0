"""Images with boxes and masks: boxes against pixels counted, what moves together, what is refused."""

from dataclasses import replace

import numpy as np
import pytest

from labkit.datasets import BoxedImages, Provenance, letterbox, mask_boxes

ORIGIN = Provenance("a test", "stand-in")


def made_up(seed=0, count=4, sizes=((20, 30), (31, 17))):
    """Images with random blocks, some of which hide others; every object has a pixel."""
    rng = np.random.default_rng(seed)
    images, maps = [], []
    for number in range(count):
        height, width = sizes[number % len(sizes)]
        numbers = np.zeros((height, width), np.uint8)
        for instance in range(1, 4):
            y, x = rng.integers(0, height - 6), rng.integers(0, width - 6)
            numbers[y : y + 6, x : x + 5] = instance
        present = np.unique(numbers)[1:]
        maps.append(np.searchsorted(present, numbers, side="right").astype(np.uint8))
        images.append(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))
    labels = [rng.integers(0, 2, numbers.max()) for numbers in maps]
    return BoxedImages.from_masks(images, maps, labels, ("cat", "dog"), ORIGIN, names=[f"n{i}" for i in range(count)])


def counted_box(mask):
    rows, columns = np.nonzero(mask)
    return [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]


@pytest.mark.parametrize("seed", range(5))
def test_boxes_are_the_tightest_round_the_masks(seed):
    scenes = made_up(seed)
    for index in range(len(scenes)):
        masks = scenes.masks(index)
        assert scenes.boxes[index].tolist() == [counted_box(mask) for mask in masks]
        assert not (masks.sum(axis=0) > 1).any()
        assert (masks.any(axis=0) == (scenes.instances[index] > 0)).all()


def test_a_map_without_objects_has_no_boxes_and_a_gap_is_refused():
    assert mask_boxes(np.zeros((3, 4), int)).shape == (0, 4)
    with pytest.raises(ValueError, match=r"instances has no pixel of object 1; 1 to 2 need some each"):
        mask_boxes([[0, 2]])


def test_some_of_them_take_all_along():
    scenes = made_up()
    some = scenes[[2, 0]]
    assert some.names == ("n2", "n0")
    assert some.images[1] is scenes.images[0]
    assert (some.boxes[0] == scenes.boxes[2]).all()
    assert len(scenes[scenes.counts > 5]) == 0
    with pytest.raises(TypeError, match="selection is 1; allowed are a slice"):
        scenes[1]


@pytest.mark.parametrize("size", [24, 64])
def test_letterboxed_boxes_are_near_the_scaled_ones_and_go_back(size):
    scenes = made_up()
    square = scenes.letterboxed(size)
    assert square.pixels.shape == (4, size, size, 3)
    assert square.foreground.sum(axis=(1, 2)).tolist() == [(numbers > 0).sum() for numbers in square.instances]
    for index, image in enumerate(scenes.images):
        frame = letterbox(image.shape, size)
        scale = size / max(image.shape)
        assert len(square.boxes[index]) == len(scenes.boxes[index])
        back = frame.to_original(square.boxes[index])
        assert np.abs(back - scenes.boxes[index]).max() <= 0.5 / scale + 1  # half a pixel, and rounded sides
        bars = np.ones((size, size), bool)
        bars[frame.top : frame.top + frame.inner[0], frame.left : frame.left + frame.inner[1]] = False
        assert bars.any()
        assert not square.images[index][bars].any()


def test_letterboxing_an_image_of_that_size_changes_nothing():
    scenes = made_up(sizes=((32, 32),))
    same = scenes.letterboxed(32)
    assert (same.pixels == scenes.pixels).all()
    assert all((one == other).all() for one, other in zip(same.boxes, scenes.boxes, strict=True))


def test_an_object_that_vanishes_is_dropped_with_its_label():
    numbers = np.zeros((40, 40), np.uint8)
    numbers[0, 0], numbers[10:30, 10:30] = 1, 2
    image = np.zeros((40, 40, 3), np.uint8)
    scenes = BoxedImages.from_masks([image], [numbers], [[1, 0]], ("a", "b"), ORIGIN, occlusion=([0.5, 0.1],))
    small = scenes.letterboxed(8)
    assert small.boxes[0].tolist() == [[2, 2, 6, 6]]
    assert small.labels[0].tolist() == [0]
    assert small.occlusion[0].tolist() == [0.1]


def test_joined_they_have_all_that_each_had():
    """The halves of a set are the set again; what only one of two has, or has otherwise, is refused."""
    whole = made_up()
    again = BoxedImages.joined([whole[:1], whole[1:]])
    assert again.provenance == whole.provenance
    for name in ("images", "boxes", "labels", "instances", "names"):
        pairs = zip(getattr(again, name), getattr(whole, name), strict=True)
        assert all(np.array_equal(one, other) for one, other in pairs), name
    with pytest.raises(ValueError, match="names has length 3; allowed is 4"):
        BoxedImages.joined([whole[:1], replace(whole[1:2], names=()), whole[2:]])
    with pytest.raises(ValueError, match="parts is empty"):
        BoxedImages.joined([])
    with pytest.raises(ValueError, match=r"parts have the classes \('cat', 'dog'\) and \('a', 'b'\)"):
        BoxedImages.joined([whole, replace(whole, class_names=("a", "b"))])


def test_images_of_several_sizes_are_no_array():
    with pytest.raises(ValueError, match=r"the images have 2 sizes; bring them to one first"):
        made_up().pixels  # noqa: B018


IMAGE, MAP = np.zeros((4, 6, 3), np.uint8), np.zeros((4, 6), np.uint8)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"boxes": ([[1, 1, 1, 3]],)}, r"boxes\[0\] has the box \(1, 1, 1, 3\) at index 0; allowed is left < right"),
        ({"boxes": ([[3, 1, 1, 3]],)}, r"boxes\[0\] has the box \(3, 1, 1, 3\) at index 0; allowed is left < right"),
        (
            {"boxes": ([[0, 0, 7, 3]],)},
            r"boxes\[0\] has the box \(0, 0, 7, 3\) at index 0; allowed is within",
        ),
        ({"boxes": ([[-1, 0, 2, 3]],)}, r"boxes\[0\] has the box \(-1, 0, 2, 3\) at index 0; allowed is within"),
        ({"boxes": ([[0, 0, np.nan, 3]],)}, r"boxes\[0\] is nan at index \(0, 2\)"),
        ({"instances": (np.zeros((4, 5), np.uint8),)}, r"instances\[0\] has shape \(4, 5\); allowed is \(4, 6\)"),
        ({"instances": (MAP + 2,)}, r"instances\[0\] counts to 2; allowed is up to 1"),
        ({"labels": ([1],)}, r"labels\[0\] goes from 1 to 1; allowed is 0 to 0, the classes"),
        ({"labels": ([0, 0],)}, r"labels\[0\] is int64 of shape \(2,\); allowed are 1 integers"),
        ({"labels": ()}, r"labels has length 0; allowed is 1"),
        ({"images": (IMAGE / 1,)}, r"images\[0\] is float64 of shape"),
        ({"occlusion": ([0.1, 0.2],)}, r"occlusion\[0\] has shape \(2,\); allowed is \(1,\)"),
    ],
)
def test_what_does_not_fit_is_refused(changed, message):
    good = {"images": (IMAGE,), "boxes": ([[0, 0, 2, 3]],), "labels": ([0],), "instances": (MAP,)}
    BoxedImages(**good, class_names=("cat",), provenance=ORIGIN)
    with pytest.raises(ValueError, match=message):
        BoxedImages(**{**good, **changed}, class_names=("cat",), provenance=ORIGIN)
