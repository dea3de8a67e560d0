"""Boxes move with their images: exactly where that can be said by hand, and always tightly round the moved mask."""

import numpy as np
import pytest

from labkit.datasets import BoxedImages, Provenance, draw_scenes, mask_boxes
from labkit.training import RandomAffine, affine_matrices, augment_boxed, move_boxed


@pytest.fixture(scope="module")
def scenes():
    return draw_scenes(6, size=(64, 80), animals=(1, 3))


def same(one, other):
    return all((a == b).all() for a, b in zip(one, other, strict=True))


def test_nothing_asked_changes_nothing(scenes):
    moved = augment_boxed(scenes, RandomAffine(seed=0))
    assert (moved.pixels == scenes.pixels).all()
    assert same(moved.boxes, scenes.boxes)
    assert same(moved.instances, scenes.instances)
    assert same(moved.labels, scenes.labels)


def test_shifted_boxes_by_hand():
    """A block of known place goes 7 pixels left and 3 up; what leaves the image is cut, or gone with its label."""
    numbers = np.zeros((40, 50), np.uint8)
    numbers[20:30, 20:25], numbers[5:9, 1:5], numbers[2:10, 30:40] = 1, 2, 3
    image = np.repeat(numbers[..., np.newaxis] * 60, 3, axis=2).astype(np.uint8)
    origin = Provenance("a test", "stand-in")
    scenes = BoxedImages.from_masks([image], [numbers], [[2, 1, 0]], ("a", "b", "c"), origin)
    moved = move_boxed(scenes, affine_matrices((40, 50), shift_x=7.0, shift_y=3.0))
    assert moved.boxes[0].tolist() == [[13, 17, 18, 27], [23, 0, 33, 7]]
    assert moved.labels[0].tolist() == [2, 0]
    assert (moved.images[0][..., 0] > 0).sum() == 50 + 70
    cut = move_boxed(scenes, affine_matrices((40, 50), shift_x=36.0), least_seen=0.5)
    assert cut.counts.tolist() == [0]  # of the third block 4 of 10 columns are left
    kept = move_boxed(scenes, affine_matrices((40, 50), shift_x=36.0), least_seen=0.35)
    assert kept.boxes[0].tolist() == [[0, 2, 4, 10]]
    zoomed = move_boxed(scenes, affine_matrices((40, 50), zoom_x=1.5, zoom_y=1.5), least_seen=0.8)
    assert zoomed.counts.tolist() == [3]  # all are in the image, though they have fewer pixels


@pytest.mark.parametrize("seed", range(4))
def test_moved_boxes_are_tight_and_the_picture_is_under_them(scenes, seed):
    """Painted by their masks, images and masks stay one: so they went the same way."""
    painted = [np.uint8(200) * np.repeat(numbers[..., np.newaxis] > 0, 3, axis=2) for numbers in scenes.instances]
    scenes = scenes.moved(painted, scenes.instances)
    augment = RandomAffine(30, 0.1, 0.1, 10, 0.3, horizontal_flip=True, fill_mode="constant", seed=seed)
    moved = augment_boxed(scenes, augment)
    changed = [not np.array_equal(one, other) for one, other in zip(moved.boxes, scenes.boxes, strict=True)]
    assert all(changed)
    for index, image in enumerate(moved.images):
        assert moved.boxes[index].tolist() == mask_boxes(moved.instances[index]).tolist()
        seen, objects = image[..., 0] >= 100, moved.instances[index] > 0
        assert (seen & objects).sum() > 0.9 * (seen | objects).sum()  # all but pixels that lie on an edge
    again = augment_boxed(
        scenes, RandomAffine(30, 0.1, 0.1, 10, 0.3, horizontal_flip=True, fill_mode="constant", seed=seed)
    )
    assert same(again.boxes, moved.boxes)


def test_what_lies_beyond_the_border_is_no_object(scenes):
    matrices = affine_matrices((64, 80), zoom_x=2.0, zoom_y=2.0)
    mirrored = move_boxed(scenes, matrices, fill_mode="reflect")
    plain = move_boxed(scenes, matrices)
    assert same(mirrored.boxes, plain.boxes)
    assert all((numbers[:16] == 0).all() and (numbers[48:] == 0).all() for numbers in mirrored.instances)


def test_what_does_not_fit_is_refused(scenes):
    with pytest.raises(TypeError, match="augment is None; allowed is a RandomAffine"):
        augment_boxed(scenes, None)
    with pytest.raises(ValueError, match="least_seen is 1"):
        augment_boxed(scenes, RandomAffine(), least_seen=1)
    mixed = BoxedImages.from_masks(
        [scenes.images[0], scenes.images[0][:50]],
        [np.zeros((64, 80), np.uint8), np.zeros((50, 80), np.uint8)],
        [[], []],
        scenes.class_names,
        scenes.provenance,
    )
    with pytest.raises(ValueError, match="the images have 2 sizes"):
        augment_boxed(mixed, RandomAffine())
