"""The report on a detector: by hand, by pycocotools' numbers, and the defined values of nothing."""

import json
from pathlib import Path

import numpy as np
import pytest

from labkit.datasets import draw_scenes
from labkit.training import Detections, detection_report, match_boxes

BOX, LEFT, RIGHT = [0, 0, 10, 10], [0, 0, 10, 5], [20, 0, 30, 10]
KEPT = json.loads(Path(__file__).with_name("coco_average_precision.json").read_text())


@pytest.mark.parametrize("number", range(len(KEPT["sets"])))
def test_average_precision_is_pycocotools(number):
    """Its numbers were written by tests/benchmarks/peers_detection.py, which compares many more sets."""
    one = KEPT["sets"][number]
    names = [str(label) for label in range(one["classes"])]
    report = detection_report([Detections(*said) for said in one["said"]], one["truths"], names)
    expected = np.array(one["average_precision"], float)  # None, for a class without objects, becomes not a number
    np.testing.assert_allclose(report.average_precision, expected, atol=1e-9)
    assert report.ap50 == pytest.approx(np.nanmean(expected[:, 0]), abs=1e-9)
    assert report.ap75 == pytest.approx(np.nanmean(expected[:, 5]), abs=1e-9)
    assert report.ap == pytest.approx(np.nanmean(expected), abs=1e-9)


def test_five_boxes_by_hand():
    """Right, wrong, right, right, wrong, of four objects.

    Interpolated, the precision is 1 at the 26 recalls up to 0.25, 3/4 at the 50 up to 0.75, and 0 at the 25 beyond.
    """
    places = [[20 * number, 0, 20 * number + 10, 10] for number in range(6)]
    said = [places[0], places[5], places[1], places[2], [0, 20, 10, 30]]
    report = detection_report([Detections(said, [0.9, 0.8, 0.7, 0.6, 0.5])], [(places[:4], [0] * 4)], ["cat"])
    curve = report.curve()
    assert curve.precision.tolist() == [1, 1 / 2, 2 / 3, 3 / 4, 3 / 5]
    assert curve.recall.tolist() == [0.25, 0.25, 0.5, 0.75, 0.75]
    assert report.ap50 == pytest.approx((26 * 1 + 50 * 0.75) / 101)
    assert report.ap == pytest.approx(report.ap50)  # the right ones are exactly right


def test_a_second_box_on_an_object_is_wrong_and_the_surest_chooses():
    assert match_boxes([BOX, BOX], [BOX]).tolist() == [0, -1]
    assert match_boxes([LEFT, BOX], [BOX]).tolist() == [0, -1]
    assert match_boxes([LEFT, BOX], [BOX], 0.55).tolist() == [-1, 0]
    assert match_boxes([BOX], [LEFT, BOX]).tolist() == [1]
    assert match_boxes([BOX], [BOX, BOX]).tolist() == [1]  # as pycocotools
    assert match_boxes([BOX], [BOX], 1.0).tolist() == [0]
    assert match_boxes([], [BOX]).tolist() == []
    assert match_boxes([BOX], []).tolist() == [-1]


def test_equal_scores_go_in_the_order_of_images_and_boxes():
    truths = [([BOX], [0]), ([BOX], [0])]
    right_first = detection_report([Detections([BOX], [0.5]), Detections([RIGHT], [0.5])], truths)
    wrong_first = detection_report([Detections([RIGHT], [0.5]), Detections([BOX], [0.5])], truths)
    assert right_first.ap50 == pytest.approx(51 / 101)
    assert wrong_first.ap50 == pytest.approx(51 / 101 / 2)


def test_only_a_hundred_boxes_of_an_image_count():
    far = [[20 + 2 * number, 50, 21 + 2 * number, 51] for number in range(100)]
    scores = np.linspace(0.9, 0.5, 100).tolist()
    assert detection_report([Detections([*far, BOX], [*scores, 0.4])], [([BOX], [0])]).ap50 == 0
    assert detection_report([Detections([*far[1:], BOX], [*scores[1:], 0.4])], [([BOX], [0])]).ap50 > 0


def test_what_nothing_is_worth():
    nothing = Detections([], [])
    none_said = detection_report([nothing, nothing], [([BOX], [0]), ([], [])], ["cat", "dog"])
    assert none_said.ap == none_said.ap50 == 0
    assert np.isnan(none_said.average_precision[1]).all()  # no dog: no number, and left out of the mean
    none_there = detection_report([Detections([BOX], [0.9]), nothing], [([], []), ([], [])], ["cat"])
    assert np.isnan(none_there.ap)
    assert np.isnan(none_there.ap50)
    assert "–" in str(none_there)
    assert np.isnan(detection_report([], [], ["cat"]).ap)


def test_the_truth_itself_has_one():
    scenes = draw_scenes(4, size=64)
    said = [
        Detections(boxes, np.ones(len(boxes)), labels)
        for boxes, labels in zip(scenes.boxes, scenes.labels, strict=True)
    ]
    report = detection_report(said, scenes)
    assert report.class_names == ("cat", "dog")
    assert report.ap == report.ap50 == 1
    assert sum(row[0].objects for row in report.curves) == scenes.counts.sum()


def test_it_shows_itself():
    report = detection_report([Detections([BOX], [0.9], [1])], [([BOX], [1])], ["cat", "dog"])
    lines = str(report).splitlines()
    assert lines[3].split() == ["cat", "0", "0", "0", "–", "–", "–"]
    assert lines[4].split() == ["dog", "1", "1", "1", "1.000", "1.000", "1.000"]
    assert "<table>" in report._repr_html_()


@pytest.mark.parametrize(
    ("predictions", "truths", "error", "message"),
    [
        ([Detections([BOX], [0.5])], [], ValueError, "predictions has length 1; allowed is 0"),
        (Detections([BOX], [0.5]), [([BOX], [0])], TypeError, "predictions is no sequence of Detections"),
        ([[BOX]], [([BOX], [0])], TypeError, "predictions is no sequence of Detections"),
        ([Detections([BOX], [0.5], [2])], [([BOX], [0])], ValueError, "predictions has the label 2; allowed is 0 to 1"),
        ([Detections([BOX], [0.5])], [([BOX], [3])], ValueError, "truths has the label 3; allowed is 0 to 1"),
        ([Detections([BOX], [0.5])], [([BOX], [])], ValueError, r"truths\[0\] has 1 boxes, but 0 labels"),
        ([Detections([BOX], [0.5])], [([[3, 0, 1, 1]], [0])], ValueError, r"truths\[0\]'s boxes has the box \(3, 0, 1"),
    ],
)
def test_what_does_not_fit_is_refused(predictions, truths, error, message):
    with pytest.raises(error, match=message):
        detection_report(predictions, truths, ["cat", "dog"])


def test_bad_detections_are_refused():
    with pytest.raises(ValueError, match=r"scores is nan at index \(1,\); allowed are finite numbers"):
        Detections([BOX, BOX], [0.5, np.nan])
    with pytest.raises(ValueError, match=r"scores has shape \(1,\); allowed is \(2,\)"):
        Detections([BOX, BOX], [0.5])
    with pytest.raises(ValueError, match=r"labels is int64 of shape \(1,\); allowed are whole numbers from 0 on"):
        Detections([BOX], [0.5], [-1])
    with pytest.raises(ValueError, match=r"boxes has the box \(0, 0, 0, 1\) at index 0"):
        Detections([[0, 0, 0, 1]], [0.5])


def test_an_unknown_curve_is_named():
    report = detection_report([Detections([BOX], [0.5])], [([BOX], [0])], ["cat"])
    assert report.curve("cat", 0.75) is report.curves[0][5]
    with pytest.raises(ValueError, match="class_name is 'dog'; allowed are 'cat'"):
        report.curve("dog")
    with pytest.raises(ValueError, match=r"iou_threshold is 0\.52"):
        report.curve("cat", 0.52)
