"""Losses against Keras and by hand, targets there and back, and a detector that learns one image."""

import keras
import numpy as np
import pytest

from labkit import ops
from labkit.models import centre_head
from labkit.training import (
    CentreLoss,
    GIoULoss,
    PixelLoss,
    cell_centres,
    centre_form,
    corner_form,
    decode_centres,
    detect,
    detection_report,
    dice_loss,
    encode_centres,
    focal_loss,
    generalized_iou,
    mirrored_answers,
    pyramid_features,
    smooth_l1,
)

RNG = np.random.default_rng(0)


def boxes_of(count, side, seed=0, smallest=16):
    rng = np.random.default_rng(seed)
    low = rng.uniform(0, side - smallest, (count, 2))
    high = low + rng.uniform(smallest, side, (count, 2))
    return np.concatenate([low, np.minimum(high, side)], axis=1)


# ------------------------------------------------------------------------------------------------------------ losses


@pytest.mark.parametrize("beta", [0.1, 1.0, 3.0])
def test_smooth_l1_is_hubers_over_beta(beta):
    true, said = RNG.normal(size=(2, 50, 4)).astype("float32") * 3
    expected = keras.losses.huber(true, said, delta=beta) / beta
    np.testing.assert_allclose(smooth_l1(true, said, beta), expected, rtol=1e-5)


@pytest.mark.parametrize("gamma", [0.0, 1.0, 2.0])
def test_focal_loss_of_zeros_and_ones_is_keras(gamma):
    true, logits = RNG.integers(0, 2, (40, 1)).astype("float32"), RNG.normal(size=(40, 1)).astype("float32") * 3
    expected = keras.losses.binary_focal_crossentropy(true, logits, gamma=gamma, from_logits=True)
    np.testing.assert_allclose(focal_loss(true, logits, gamma)[:, 0], expected, rtol=1e-4, atol=1e-6)


def test_focal_loss_near_a_centre_and_far_out():
    by_hand = (1 - 0.6) ** 4 * 0.25**2 * -np.log(0.75)
    np.testing.assert_allclose(focal_loss([0.6], [np.log(1 / 3)]), [by_hand], rtol=1e-5)
    # Logits that no probability of 32 bits can tell from 0 or 1 still cost what they should.
    np.testing.assert_allclose(focal_loss([1.0, 0.0], [-80.0, 80.0]), [80, 80], rtol=1e-5)
    np.testing.assert_allclose(focal_loss([1.0, 0.0], [80.0, -80.0]), [0, 0], atol=1e-30)


def test_dice_loss_is_keras_image_by_image():
    true, said = RNG.integers(0, 2, (5, 6, 7, 1)).astype("float32"), RNG.random((5, 6, 7, 1)).astype("float32")
    expected = [float(keras.losses.Dice()(one, other)) for one, other in zip(true, said, strict=True)]
    np.testing.assert_allclose(dice_loss(true, said), expected, rtol=1e-5)
    nothing = np.zeros((1, 4), "float32")
    assert float(dice_loss(nothing, nothing)[0]) == 0
    assert float(dice_loss(nothing, nothing + 1)[0]) == pytest.approx(1)


def test_generalized_iou_is_iou_less_the_empty_share_of_the_hull():
    a, b = boxes_of(60, 40, seed=1), boxes_of(60, 40, seed=2)
    b[:10] = a[:10]
    b[10:20] = a[10:20] + 100
    iou = np.array([ops.box_iou(one[None], other[None])[0, 0] for one, other in zip(a, b, strict=True)])
    hull = np.concatenate([np.minimum(a[:, :2], b[:, :2]), np.maximum(a[:, 2:], b[:, 2:])], axis=1)

    def area(boxes):
        return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])

    union = (area(a) + area(b)) / (1 + iou)
    expected = iou - (area(hull) - union) / area(hull)
    np.testing.assert_allclose(generalized_iou(a, b), expected, atol=1e-5)
    assert expected[:10] == pytest.approx(1)
    assert (expected[10:20] < 0).all()


def test_losses_of_models_are_made_of_the_formulas():
    true, said = RNG.uniform(0.2, 0.8, (2, 6, 4)).astype("float32")
    low, high = (np.concatenate([one[:, :2] - one[:, 2:] / 2, one[:, :2] + one[:, 2:] / 2], 1) for one in (true, said))
    assert float(GIoULoss()(true, said)) == pytest.approx(float(np.mean(1 - generalized_iou(low, high))), rel=1e-5)
    mask, logits = RNG.integers(0, 2, (3, 4, 5, 1)).astype("float32"), RNG.normal(size=(3, 4, 5, 1)).astype("float32")
    entropy = float(keras.losses.BinaryCrossentropy(from_logits=True)(mask, logits))
    dice = float(np.mean(dice_loss(mask, keras.ops.sigmoid(logits))))
    assert float(PixelLoss(0)(mask, logits)) == pytest.approx(entropy, rel=1e-5)
    assert float(PixelLoss(1)(mask, logits)) == pytest.approx(dice, rel=1e-5)
    assert float(PixelLoss(0.25)(mask, logits)) == pytest.approx(0.75 * entropy + 0.25 * dice, rel=1e-5)


def test_the_centre_loss_by_hand():
    """Two places of one image: a centre that is missed by half, and a place without anything."""
    true = np.array([[[1, 8, 8, 8, 8, 1], [0, 0, 0, 0, 0, 0]]], "float32")
    said = np.array([[[0, 8, 8, 8, 0.001], [0, 1, 1, 1, 1]]], "float32")
    focal = 2 * 0.25 * np.log(2)
    assert float(CentreLoss(1, box_weight=3.0)(true, said)) == pytest.approx(focal + 3 * 0.5, rel=1e-3)
    without = np.zeros_like(true)
    assert float(CentreLoss(1)(without, said)) == pytest.approx(focal, rel=1e-3)


@pytest.mark.parametrize("loss", [CentreLoss(3, 2.0, 1.5), PixelLoss(0.25), GIoULoss()])
def test_losses_are_made_again_from_what_is_saved(loss):
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    assert again.get_config() == loss.get_config()


# ----------------------------------------------------------------------------------------------------------- targets


@pytest.mark.parametrize("size", [(64, 96), 32])
def test_places_lie_in_the_middles_of_their_cells(size):
    height, width = (size, size) if isinstance(size, int) else size
    places = cell_centres(size)
    assert len(places) == sum(height // stride * (width // stride) for stride in (8, 16, 32))
    at = 0
    for stride in (8, 16, 32):
        for row in range(height // stride):
            for column in range(width // stride):
                assert places[at].tolist() == [(column + 0.5) * stride, (row + 0.5) * stride, stride]
                at += 1


def as_answers(targets, classes):
    """What a detector would say that has learnt its targets by heart."""
    heat = np.clip(targets[:, :classes], 1e-4, 1 - 1e-4)
    return np.concatenate([np.log(heat / (1 - heat)), targets[:, classes : classes + 4]], axis=1)


@pytest.mark.parametrize("seed", range(12))
def test_there_and_back(seed):
    """Boxes that are far enough from each other come back as they were, with their classes."""
    rng = np.random.default_rng(seed)
    corners = np.array([(x, y) for x in (0, 160) for y in (0, 96, 192)])[: 1 + seed % 6]
    low = corners + rng.uniform(0, 20, corners.shape)
    boxes = np.concatenate([low, low + rng.uniform(16, [130, 70], corners.shape)], axis=1)
    labels = rng.integers(0, 3, len(boxes))
    targets = encode_centres(boxes, labels, (288, 320), 3)
    assert (targets[:, :3] == 1).sum() == len(boxes)
    found = decode_centres(as_answers(targets, 3), (288, 320), score_threshold=0.9)
    assert len(found) == len(boxes)
    order = np.lexsort(found.boxes.T[:2])
    expected = np.lexsort(boxes.T[:2])
    np.testing.assert_allclose(found.boxes[order], boxes[expected], atol=1e-3)
    assert found.labels[order].tolist() == labels[expected].tolist()


def test_every_place_that_learns_a_box_tells_it_and_lies_in_it():
    boxes = boxes_of(5, 256, seed=3)
    targets = encode_centres(boxes, [0] * 5, 256, 1)
    places = cell_centres(256)
    learning = targets[:, 5] > 0
    assert learning.sum() > 5
    told = places[learning][:, [0, 1, 0, 1]] + targets[learning, 1:5] * [-1, -1, 1, 1]
    assert np.abs(told[:, None] - boxes).max(axis=2).min(axis=1).max() < 1e-3
    assert (targets[learning, 1:5] > 0).all()
    assert (targets[learning, 0] >= 0.3).all()


def test_size_chooses_the_map_and_the_smaller_one_wins():
    strides = cell_centres(320)[:, 2]
    for side, stride in ((20, 8), (64, 8), (65, 16), (192, 16), (193, 32)):
        targets = encode_centres([[0, 0, side, side]], [0], 320, 1)
        assert set(strides[targets[:, 0] > 0.01]) == {stride}
    both = encode_centres([[90, 90, 150, 150], [100, 100, 140, 140]], [0, 1], 320, 2)
    at = np.flatnonzero((both[:, :2] == 1).all(axis=1))
    assert len(at) == 1
    assert both[at[0], 2:6].sum() == 80  # 40 across, 40 down


def test_nothing_and_something_tiny():
    assert not encode_centres([], [], 64, 2).any()
    tiny = encode_centres([[9, 9, 11, 11]], [0], 64, 1)
    assert (tiny[:, 0] == 1).sum() == 1
    assert not tiny[:, 5].any()
    assert len(decode_centres(np.full((84, 5), -20.0), 64)) == 0


def test_decoding_keeps_the_surest_of_each_class():
    answers = np.full((84, 6), -9.0)
    answers[:, 2:] = 20
    answers[[9, 10], 0], answers[10, 1] = [3, 2], 1
    found = decode_centres(answers, 64)
    assert found.labels.tolist() == [0, 1]
    assert found.scores.tolist() == pytest.approx([1 / (1 + np.exp(-3)), 1 / (1 + np.exp(-1))])
    assert len(decode_centres(answers, 64, most=1)) == 1
    assert len(decode_centres(answers, 64, iou_threshold=1.0)) == 3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: cell_centres(40), "size is 40; allowed are multiples of 32"),
        (lambda: encode_centres([[0, 0, 9, 9]], [1], 64, 1), r"labels is \[1\]; allowed are 1 numbers from 0 to 0"),
        (lambda: encode_centres([[5, 0, 5, 9]], [0], 64, 1), r"boxes has the box \(5, 0, 5, 9\)"),
        (lambda: decode_centres(np.zeros((80, 5)), 64), r"answers has shape \(80, 5\); allowed is \(84, num_classes"),
        (lambda: decode_centres(np.full((84, 5), np.nan), 64), r"answers is nan at index \(0, 0\)"),
        (
            lambda: mirrored_answers(np.zeros((1, 80, 5)), 64),
            r"answers has shape \(1, 80, 5\); allowed is \(n, 84, num",
        ),
        (lambda: corner_form([[0.5, 0.5]], 64), r"centres has shape \(1, 2\); allowed is \(n, 4\)"),
        (lambda: smooth_l1([0.0], [1.0], 0), "beta is 0; allowed is a number above 0"),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_centres_and_corners_there_and_back():
    boxes = boxes_of(30, 50)
    np.testing.assert_allclose(corner_form(centre_form(boxes, (50, 80)), (50, 80)), boxes, atol=1e-4)


# ---------------------------------------------------------------------------------------------------------- learning


@pytest.mark.parametrize("size", [(64, 96), 128])
def test_answers_about_a_mirror_image_are_those_about_mirrored_boxes(size):
    height, width = size if isinstance(size, tuple) else (size, size)
    boxes = boxes_of(4, min(height, width), seed=3)
    mirrored = np.stack([width - boxes[:, 2], boxes[:, 1], width - boxes[:, 0], boxes[:, 3]], axis=1)
    of_image, of_mirror = (encode_centres(each, [0, 1, 0, 1], size, 2)[..., :-1] for each in (boxes, mirrored))
    np.testing.assert_allclose(mirrored_answers([of_mirror], size)[0], of_image, atol=1e-4)
    assert np.abs(of_image - of_mirror).max() > 1


def test_asking_about_mirror_images_too_averages_both_answers():
    answers = dict(zip((0, 1), RNG.uniform(0, 9, (2, 21, 5)).astype("float32"), strict=True))

    class LeftOrRight:
        """Says one thing about an image that is brighter on its left, and another about one that is not."""

        def predict(self, images, **_):
            left, right = images[:, :, :16].mean(axis=(1, 2, 3)), images[:, :, 16:].mean(axis=(1, 2, 3))
            return np.stack([answers[int(one)] for one in left < right])

    images = np.zeros((1, 32, 32, 3), np.float32)
    images[:, :, :8] = 1
    (found,) = detect(LeftOrRight(), images, 32, mirror=True, score_threshold=0)
    expected = decode_centres((answers[0] + mirrored_answers([answers[1]], 32)[0]) / 2, 32, score_threshold=0)
    np.testing.assert_allclose(found.boxes, expected.boxes, rtol=1e-6)
    np.testing.assert_allclose(found.scores, expected.scores, rtol=1e-6)
    with pytest.raises(ValueError, match="inputs is a list of 3 maps"):
        detect(LeftOrRight(), [images] * 3, 32, mirror=True)


def test_a_head_learns_two_images_by_heart():
    """From maps of random numbers, which tell the images apart: the loss can be lowered, and leads to the boxes."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    maps = [rng.normal(size=(2, n, n, 8)).astype("float16") for n in (8, 4, 2)]
    truths = [([[4, 4, 28, 40], [36, 30, 60, 62]], [0, 1]), ([[10, 20, 50, 50]], [1])]
    targets = np.stack([encode_centres(boxes, labels, 64, 2) for boxes, labels in truths])
    head = centre_head([(8, 8, 8), (4, 4, 8), (2, 2, 8)], num_classes=2, width=16)
    head.compile(keras.optimizers.Adam(0.02), CentreLoss(2))
    head.fit(maps, targets, epochs=60, batch_size=2, verbose=0)
    report = detection_report(detect(head, maps, 64), truths, ["cat", "dog"])
    assert report.ap50 == 1
    assert report.ap75 > 0.9


def test_features_are_the_pyramids_in_half_the_room():
    inputs = keras.Input((8, 8, 3))
    pyramid = keras.Model(inputs, [keras.layers.AveragePooling2D(2)(inputs), keras.layers.AveragePooling2D(4)(inputs)])
    images = RNG.integers(0, 256, (5, 8, 8, 3), dtype=np.uint8)
    fine, coarse = pyramid_features(pyramid, images, batch_size=2)
    assert fine.dtype == coarse.dtype == np.float16
    np.testing.assert_allclose(fine, ops.average_pool2d(images, 2), rtol=1e-3)
    np.testing.assert_allclose(coarse, ops.average_pool2d(images, 4), rtol=1e-3)
