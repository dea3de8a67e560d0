"""The report on a segmentation: pixels counted by scikit-learn, outlines by brute force, closed forms."""

import numpy as np
import pytest
from sklearn.metrics import f1_score, jaccard_score

from labkit.training import boundary_f, segmentation_report


@pytest.fixture(scope="module")
def maps():
    rng = np.random.default_rng(0)
    truths = rng.integers(0, 3, (5, 12, 9))
    predictions = np.where(rng.random(truths.shape) < 0.6, truths, rng.integers(0, 3, truths.shape))
    return predictions, truths


def test_overlap_is_scikit_learns(maps):
    predictions, truths = maps
    report = segmentation_report(predictions, truths, "abc")
    np.testing.assert_allclose(report.iou, jaccard_score(truths.ravel(), predictions.ravel(), average=None))
    np.testing.assert_allclose(report.dice, f1_score(truths.ravel(), predictions.ravel(), average=None))
    np.testing.assert_allclose(
        report.image_iou,
        [jaccard_score(t.ravel(), p.ravel(), average=None) for p, t in zip(predictions, truths, strict=True)],
    )
    assert report.accuracy == pytest.approx((predictions == truths).mean())
    np.testing.assert_allclose(report.dice, 2 * report.iou / (1 + report.iou))


def brute_force_f(prediction, truth, tolerance):
    """Every pixel of an outline against every one of the other."""

    def outline(mask):
        height, width = mask.shape
        return [
            (y, x)
            for y, x in np.argwhere(mask)
            if any(
                0 <= y + v < height and 0 <= x + h < width and not mask[y + v, x + h]
                for v, h in ((0, 1), (1, 0), (0, -1), (-1, 0))
            )
        ]

    ours, theirs = outline(prediction), outline(truth)
    near = [[np.hypot(y - v, x - h) <= tolerance for v, h in theirs] for y, x in ours]
    precision, recall = np.mean([any(row) for row in near]), np.mean([any(row) for row in zip(*near, strict=True)])
    return 2 * precision * recall / (precision + recall)


@pytest.mark.parametrize("seed", range(6))
def test_boundary_f_is_brute_force(seed):
    rng = np.random.default_rng(seed)
    prediction, truth = rng.random((2, 14, 11)) < 0.7
    for tolerance in (0, 1, 1.5):
        expected = brute_force_f(prediction, truth, tolerance)
        assert boundary_f(prediction, truth, tolerance) == pytest.approx(expected)


def test_what_nothing_is_worth():
    empty, half, full = np.zeros((6, 6), bool), np.arange(36).reshape(6, 6) < 18, np.ones((6, 6), bool)
    assert np.isnan(boundary_f(empty, empty))
    assert np.isnan(boundary_f(full, full))  # the image's border is no outline
    assert boundary_f(half, empty) == boundary_f(empty, half) == 0
    assert boundary_f(half, half, 0) == 1
    report = segmentation_report([empty, half], [empty, half])
    assert np.isnan(report.image_iou[0, 1])
    assert report.iou.tolist() == [1, 1]
    never = segmentation_report([empty], [empty])
    assert never.iou[0] == 1
    assert np.isnan(never.iou[1])
    assert str(never).splitlines()[4].split() == ["foreground", "0.0%", "–", "–", "–", "–"]
    assert "<table>" in never._repr_html_()
    missed = segmentation_report([empty], [half])
    assert missed.iou[1] == missed.dice[1] == 0


@pytest.mark.parametrize(
    ("predictions", "truths", "error", "message"),
    [
        (
            np.zeros((1, 2, 2)),
            np.zeros((1, 2, 2), int),
            TypeError,
            "predictions has dtype float64; allowed",
        ),
        (
            np.zeros((2, 2), int),
            np.zeros((1, 2, 2), int),
            ValueError,
            r"predictions has shape \(2, 2\); allowed",
        ),
        (np.zeros((1, 2, 3), int), np.zeros((1, 2, 2), int), ValueError, r"predictions has shape \(1, 2, 3\); allowed"),
        (np.zeros((1, 2, 2), int), np.full((1, 2, 2), 2), ValueError, "truths goes from 2 to 2; allowed is 0 to 1"),
    ],
)
def test_what_does_not_fit_is_refused(predictions, truths, error, message):
    with pytest.raises(error, match=message):
        segmentation_report(predictions, truths)
