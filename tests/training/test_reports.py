"""The report on a classifier: counts by hand, scikit-learn as oracle, calibration in closed form."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, classification_report

from labkit.training import calibration, classifier_report


@pytest.fixture(scope="module")
def answered():
    """Four hundred images of four classes, and probabilities of a classifier that is right more often than not."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, 400)
    logits = rng.normal(size=(400, 4))
    logits[np.arange(400), labels] += 1.5
    return labels, np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)


def test_agrees_with_scikit_learn(answered):
    labels, probabilities = answered
    ours = classifier_report(labels, probabilities, "abcd")
    theirs = classification_report(labels, probabilities.argmax(axis=1), target_names=list("abcd"), output_dict=True)
    for place, name in enumerate("abcd"):
        assert ours.recall[place] == pytest.approx(theirs[name]["recall"])
        assert ours.precision[place] == pytest.approx(theirs[name]["precision"])
        assert ours.f1[place] == pytest.approx(theirs[name]["f1-score"])
    assert ours.accuracy == pytest.approx(accuracy_score(labels, probabilities.argmax(axis=1)))
    assert ours.confusion.sum() == 400


def test_pairs_count_both_ways_and_the_greatest_comes_first():
    labels = [0, 0, 0, 1, 1, 2]
    said = [1, 1, 0, 0, 1, 1]
    report = classifier_report(labels, np.eye(3)[said], ["coat", "shirt", "bag"])
    assert report.confused_pairs() == [("coat", "shirt", 3), ("shirt", "bag", 1)]
    assert report.confused_pairs(1) == [("coat", "shirt", 3)]


def test_confident_mistakes_are_mistakes_the_surest_first():
    probabilities = [[0.6, 0.4], [0.9, 0.1], [0.2, 0.8], [0.7, 0.3]]
    report = classifier_report([1, 1, 1, 0], probabilities, ["no", "yes"])
    assert report.confident_mistakes().tolist() == [1, 0]
    assert report.confident_mistakes(1).tolist() == [1]


def test_a_class_never_seen_and_never_said_has_zeros_and_no_warning():
    report = classifier_report([0, 1], np.eye(3)[[0, 1]], ["a", "b", "c"])
    assert report.recall.tolist() == [1, 1, 0]
    assert report.confused_pairs() == []
    assert "No image was taken" in str(report)


def test_the_html_table_has_a_row_a_class(answered):
    page = classifier_report(*answered, ["<a>", "b", "c", "d"])._repr_html_()
    assert page.count("<tr>") == 1 + 4 + 1
    assert "&lt;a&gt;" in page


def test_calibration_error_is_the_gap_weighted_by_pictures():
    # Ten answers at 0.95, all right: gap 0.05. Thirty at 0.65, a third right: gap 0.65 − 1/3.
    confidence = [0.95] * 10 + [0.65] * 30
    is_right = [True] * 10 + [True] * 10 + [False] * 20
    result = calibration(confidence, is_right)
    assert result.error == pytest.approx((10 * 0.05 + 30 * (0.65 - 1 / 3)) / 40)
    assert result.counts.tolist() == [0] * 6 + [30, 0, 0, 10]


def test_a_perfectly_calibrated_classifier_has_a_small_error():
    rng = np.random.default_rng(1)
    confidence = rng.uniform(0.1, 1, 50_000)
    assert calibration(confidence, rng.uniform(size=50_000) < confidence).error < 0.01


@pytest.mark.parametrize(("edge", "place"), [(0.0, 0), (0.1, 0), (0.5, 4), (0.7, 6), (1.0, 9)])
def test_a_bin_holds_its_upper_limit(edge, place):
    assert np.flatnonzero(calibration([edge], [True]).counts).tolist() == [place]


@pytest.mark.parametrize(
    ("labels", "probabilities", "message"),
    [
        ([0, 1], [[2.0, -1.0], [0.3, 0.1]], "softmax"),
        ([0, 2], [[0.5, 0.5], [0.5, 0.5]], "allowed are integers below 2"),
        ([0], [[0.5, 0.5], [0.5, 0.5]], r"\(n, 2\)"),
        ([0, 1], [[0.5, np.nan], [0.5, 0.5]], "probabilities"),
        ([], np.zeros((0, 2)), "labels has shape"),
        ([0.0, 1.0], [[0.5, 0.5], [0.5, 0.5]], "integers"),
    ],
)
def test_bad_input_is_named(labels, probabilities, message):
    with pytest.raises(ValueError, match=message):
        classifier_report(labels, probabilities, ["no", "yes"])


@pytest.mark.parametrize(
    ("confidence", "is_right", "bins", "message"),
    [([0.5], [True], 0, "bins"), ([0.5], [True, False], 10, "shape"), ([1.5], [True], 10, "0 to 1")],
)
def test_bad_calibration_input_is_named(confidence, is_right, bins, message):
    with pytest.raises(ValueError, match=message):
        calibration(confidence, is_right, bins)


@pytest.mark.parametrize("shape", [(-1,), (-1, 1)])
def test_one_sigmoid_is_the_probability_of_the_second_class(shape):
    second = np.array([0.1, 0.6, 0.8, 0.3])
    labels = [0, 0, 1, 1]
    report = classifier_report(labels, second.reshape(shape), ["cat", "dog"])
    both = classifier_report(labels, np.stack([1 - second, second], axis=1), ["cat", "dog"])
    np.testing.assert_array_equal(report.confusion, both.confusion)
    np.testing.assert_array_equal(report.confidence, both.confidence)
    with pytest.raises(ValueError, match=r"with 3 class_names, allowed are \(n,\) and \(n, 3\)"):
        classifier_report(labels, second.reshape(shape), ["cat", "dog", "bird"])
