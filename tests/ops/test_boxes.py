"""Boxes against pixels that are counted, suppression against TensorFlow, and what is refused."""

import numpy as np
import pytest
import tensorflow as tf

from labkit import ops


def whole_boxes(rng, count, side):
    """Boxes whose corners lie on pixels of an image of ``side`` × ``side``."""
    low = rng.integers(0, side - 1, (count, 2))
    high = low + 1 + rng.integers(0, side - 1 - low + 1, (count, 2))
    return np.concatenate([low, np.minimum(high, side)], axis=1)


def pixels(box, side):
    """The pixels that a box holds."""
    held = np.zeros((side, side), bool)
    held[box[1] : box[3], box[0] : box[2]] = True
    return held


@pytest.mark.parametrize("seed", range(5))
def test_iou_equals_pixels_counted(seed):
    rng = np.random.default_rng(seed)
    a, b = whole_boxes(rng, 12, 9), whole_boxes(rng, 7, 9)
    expected = [[(pixels(p, 9) & pixels(q, 9)).sum() / (pixels(p, 9) | pixels(q, 9)).sum() for q in b] for p in a]
    np.testing.assert_allclose(ops.box_iou(a, b), expected, rtol=1e-12)


def test_iou_of_fractions_does_not_change_with_the_unit():
    rng = np.random.default_rng(0)
    a, b = whole_boxes(rng, 10, 30), whole_boxes(rng, 10, 30)
    np.testing.assert_allclose(ops.box_iou(a / 7 + 0.1, b / 7 + 0.1), ops.box_iou(a, b), rtol=1e-9, atol=1e-12)


def test_boxes_that_touch_share_nothing_and_no_box_has_no_pairs():
    assert ops.box_iou([[0, 0, 2, 2]], [[2, 0, 4, 2], [0, 2, 2, 4]]).tolist() == [[0, 0]]
    assert ops.box_iou([], [[0, 0, 1, 1]]).shape == (0, 1)
    assert ops.non_max_suppression([], [], 0.5).tolist() == []


@pytest.mark.parametrize("seed", range(40))
def test_suppression_equals_tensorflow(seed):
    """On boxes of whole numbers and scores of few values, so that there are ties and exact thresholds."""
    rng = np.random.default_rng(seed)
    boxes = whole_boxes(rng, 60, 16)
    scores = rng.integers(1, 12, 60) / 16
    threshold = [0.0, 0.25, 0.5, 0.75][seed % 4]
    expected = tf.image.non_max_suppression(
        boxes[:, [1, 0, 3, 2]].astype(np.float32), scores.astype(np.float32), 60, threshold, 0.2
    )
    assert ops.non_max_suppression(boxes, scores, threshold, 0.2).tolist() == expected.numpy().tolist()


def test_ties_go_by_order_and_only_more_than_the_threshold_is_struck_out():
    boxes = [[0, 0, 4, 2], [2, 0, 6, 2], [0, 0, 4, 2]]  # the first two share 4 of 12 pixels
    assert ops.non_max_suppression(boxes, [0.5, 0.5, 0.5], 1 / 3).tolist() == [0, 1]
    assert ops.non_max_suppression(boxes, [0.5, 0.5, 0.5], 0.33).tolist() == [0]
    assert ops.non_max_suppression(boxes, [0.5, 0.6, 0.5], 1.0, score_threshold=0.5).tolist() == [1, 0, 2]
    assert ops.non_max_suppression(boxes, [0.5, 0.6, 0.5], 1.0, score_threshold=0.51).tolist() == [1]


@pytest.mark.parametrize(
    ("box", "message"),
    [
        ([0, 0, 0, 2], r"a has the box \(0, 0, 0, 2\) at index 1; allowed is left < right"),
        ([3, 0, 1, 2], r"a has the box \(3, 0, 1, 2\) at index 1; allowed is left < right"),
        ([0, 0, np.nan, 2], r"a is nan at index \(1, 2\); allowed are finite numbers"),
    ],
)
def test_no_area_and_nan_are_refused(box, message):
    with pytest.raises(ValueError, match=message):
        ops.box_iou([[0, 0, 1, 1], box], [[0, 0, 1, 1]])


def test_other_shapes_and_numbers_are_refused():
    good = [[0, 0, 1, 1]]
    with pytest.raises(ValueError, match=r"b has shape \(1, 3\); allowed is \(n, 4\)"):
        ops.box_iou(good, [[0, 0, 1]])
    with pytest.raises(ValueError, match=r"scores has shape \(2,\); allowed is \(1,\)"):
        ops.non_max_suppression(good, [0.5, 0.6], 0.5)
    with pytest.raises(ValueError, match=r"scores is nan at index \(0,\)"):
        ops.non_max_suppression(good, [np.nan], 0.5)
    with pytest.raises(ValueError, match=r"iou_threshold is 1.5; allowed is a number from 0 to 1"):
        ops.non_max_suppression(good, [0.5], 1.5)
