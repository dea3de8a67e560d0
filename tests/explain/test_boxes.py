"""Boxes from maps: regions found by OpenCV, and by hand."""

import numpy as np
import pytest

from labkit.explain import boxes_from_map

cv2 = pytest.importorskip("cv2")


@pytest.mark.parametrize("seed", range(8))
def test_regions_are_opencvs(seed):
    rng = np.random.default_rng(seed)
    heat = cv2.GaussianBlur(rng.random((25, 31)), (5, 5), 1) ** 2
    threshold = [0.3, 0.5, 0.7, 0.9][seed % 4]
    mask = (heat > threshold * heat.max()).astype(np.uint8)
    _, _, found, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    x, y, width, height, area = found[1:].T
    expected = np.stack([x, y, x + width, y + height], axis=1)
    boxes = boxes_from_map(heat, threshold)
    assert sorted(boxes.tolist()) == sorted(expected.astype(float).tolist())
    assert boxes[0].tolist() in expected[area == area.max()].astype(float).tolist()


def test_a_block_and_its_box_in_the_image():
    heat = np.zeros((7, 7))
    heat[2:4, 1:6] = 0.6
    heat[3, 3] = 1.0
    assert boxes_from_map(heat, 0.5).tolist() == [[1, 2, 6, 4]]
    assert boxes_from_map(heat, 0.7).tolist() == [[3, 3, 4, 4]]
    assert boxes_from_map(heat, 0.5, image_size=(70, 140)).tolist() == [[20, 20, 120, 40]]


def test_corners_that_touch_are_two_regions_and_nothing_has_no_box():
    assert len(boxes_from_map(np.eye(3))) == 3
    assert boxes_from_map(np.zeros((3, 3))).shape == (0, 4)
    assert boxes_from_map(np.zeros((3, 3)), 0).shape == (0, 4)
    assert boxes_from_map(np.ones((3, 5)), 0).tolist() == [[0, 0, 5, 3]]


@pytest.mark.parametrize(
    ("heat", "threshold", "message"),
    [
        (np.ones((1, 3, 3)), 0.5, r"heat has shape \(1, 3, 3\); allowed is one map"),
        (np.full((3, 3), np.nan), 0.5, r"heat is nan at index \(0, 0\)"),
        (-np.eye(3), 0.5, "heat goes down to -1; allowed are numbers from 0 on"),
        (np.eye(3), 1.0, "threshold is 1.0; allowed is a number from 0 to below 1"),
    ],
)
def test_what_is_no_map_is_refused(heat, threshold, message):
    with pytest.raises(ValueError, match=message):
        boxes_from_map(heat, threshold)
