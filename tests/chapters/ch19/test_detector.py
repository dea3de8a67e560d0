"""What the records of chapter 19 measure, on boxes that can be worked out by hand; and the code of its page."""

from dataclasses import replace
from pathlib import Path

import keras
import nbformat
import numpy as np
import pytest

from labkit.chapters.ch19 import experiments as records
from labkit.datasets import load_penn_fudan
from labkit.datasets.boxed_images import BoxedImages
from labkit.datasets.dataset import Provenance
from labkit.models import centre_head
from labkit.ops import box_iou
from labkit.training import CentreLoss, Detections, RandomAffine, decode_centres, encode_centres

NOTEBOOK = Path(__file__).parents[3] / "notebooks" / "19_how_many.ipynb"


def scenes_with(*all_boxes, labels=None):
    """Grey images of 100×100 with these boxes, each filled."""
    maps = []
    for boxes in all_boxes:
        numbers = np.zeros((100, 100), np.uint8)
        for number, (left, top, right, bottom) in enumerate(boxes, start=1):
            numbers[top:bottom, left:right] = number
        maps.append(numbers)
    grey = [np.full((100, 100, 3), 128, np.uint8)] * len(maps)
    labels = labels or [[0] * len(boxes) for boxes in all_boxes]
    named = [np.array(each, np.int64) for each in labels]
    return BoxedImages.from_masks(grey, maps, named, ("cat", "dog"), Provenance("made up", "stand-in"))


def test_each_hundred_scenes_have_a_seed_of_their_own(monkeypatch):
    asked = []
    drawn = records.crowded_scenes(1, 0)
    monkeypatch.setattr(records, "draw_scenes", lambda n, size, seed: asked.append((n, size, seed)) or drawn)
    assert len(records.crowded_scenes(230, first_seed=7, size=96)) == 3
    assert asked == [(100, 96, 7), (100, 96, 8), (30, 96, 9)]


def test_joining_keeps_images_without_an_object():
    both = BoxedImages.joined([scenes_with([(10, 10, 20, 20)], []), scenes_with([(0, 0, 5, 9), (50, 50, 60, 90)])])
    assert both.counts.tolist() == [1, 0, 2]


class TestFound:
    two = scenes_with([(10, 10, 30, 50), (60, 10, 90, 50)], labels=[[0, 1]])

    def found(self, boxes, scores, labels):
        return records.found_objects([Detections(boxes, scores, labels)], self.two, score=0.3).tolist()

    def test_a_box_of_the_right_class_that_is_sure_enough(self):
        assert self.found([[60, 10, 90, 50]], [0.3], [1]) == [False, True]

    def test_a_box_of_the_wrong_class_finds_nothing(self):
        assert self.found([[60, 10, 90, 50], [10, 10, 30, 50]], [0.9, 0.9], [0, 1]) == [False, False]

    def test_a_box_that_is_not_sure_enough_finds_nothing(self):
        assert self.found([[10, 10, 30, 50]], [0.29], [0]) == [False, False]

    def test_a_box_that_sits_badly_finds_nothing(self):
        assert self.found([[10, 10, 30, 29], [60, 10, 90, 31]], [0.9, 0.9], [0, 1]) == [False, True]

    def test_images_follow_each_other(self):
        scenes = scenes_with([], [(0, 0, 10, 10)], [(0, 0, 10, 10), (50, 50, 70, 70)])
        said = [
            Detections(np.zeros((0, 4)), []),
            Detections([[0, 0, 10, 10]], [0.9]),
            Detections([[50, 50, 70, 70]], [0.9]),
        ]
        assert records.found_objects(said, scenes, score=0.3).tolist() == [True, False, True]


def test_what_became_of_each_object():
    """Found; found with the wrong class; with a box that was struck out; with none that shares half with it."""
    there = [(10, 10, 30, 50), (60, 10, 90, 50), (10, 60, 40, 90), (60, 60, 90, 90)]
    scenes = scenes_with(there, labels=[[0, 0, 1, 1]])
    kept = Detections([there[0], there[1], (60, 60, 90, 72)], [0.9, 0.8, 0.7], [0, 1, 1])
    boxes = [*kept.boxes.tolist(), there[2]]
    everything = Detections(boxes, [*kept.scores, 0.4], [*kept.labels, 1])
    fate = records.fates([kept], [everything], scenes)
    assert [records.FATES[each] for each in fate] == ["found", "wrong class", "struck out", "no box"]


def test_the_root_of_an_area_and_the_nearest_neighbour():
    scenes = scenes_with([(0, 0, 10, 40)], [(0, 0, 20, 20), (60, 60, 70, 70)])
    assert records.root_areas(scenes).tolist() == [20, 20, 10]
    close = replace(scenes, boxes=(scenes.boxes[0], np.array([[0.0, 0, 20, 20], [10, 0, 30, 20]])))
    assert records.nearest_overlap(close) == pytest.approx([0, 1 / 3, 1 / 3])


def test_groups_lie_between_their_limits():
    found, values = np.array([True, False, True, True]), np.array([0.1, 0.2, 0.5, 0.9])
    assert records.by_group(found, values, [0.2, 0.6]) == [[1, 1], [1, 2], [1, 1]]


class TestInterval:
    scenes = scenes_with(*[[(10, 10, 30, 50)]] * 8)
    right, nothing = Detections([[10, 10, 30, 50]], [0.9]), Detections(np.zeros((0, 4)), [])

    def test_where_all_is_right_it_is_a_point(self):
        assert records.resampled_ap50([self.right] * 8, self.scenes, draws=20) == (1.0, 1.0)

    def test_where_half_is_found_it_lies_around_one_half(self):
        low, high = records.resampled_ap50([self.right, self.nothing] * 4, self.scenes, draws=200)
        assert 0.05 < low < 0.5 < high < 0.95


def test_maps_and_answers_of_scenes_and_copies_stand_beside_each_other():
    """With a pyramid that is nothing but means over the pixels of a place."""
    images = keras.Input((64, 64, 3))
    pyramid = keras.Model(images, [keras.layers.AveragePooling2D(stride)(images) for stride in (8, 16, 32)])
    scenes = records.crowded_scenes(3, first_seed=0, size=64)
    known = records.known_of(pyramid, scenes, copies=1, seed=0)
    assert [maps.shape for maps in known.maps] == [(6, side, side, 3) for side in (8, 4, 2)]
    assert known.answers.shape == (6, 84, 7)
    for maps, scale in zip(known.maps, known.scales, strict=True):
        assert maps[:3].astype(float).std() == pytest.approx(1, abs=0.01)
        assert scale > 1
    means = scenes.pixels[0, :8, :8].mean(axis=(0, 1))
    assert known.maps[0][0, 0, 0] * known.scales[0] == pytest.approx(means, rel=0.01)
    assert np.array_equal(known.answers[1], encode_centres(scenes.boxes[1], scenes.labels[1], 64, 2))
    assert not np.array_equal(known.answers[4], known.answers[1])


def test_a_head_learns_boxes_that_maps_show():
    """One channel of each map is bright inside the box; 40 maps are enough to find it again in others."""
    random = np.random.default_rng(0)
    low = random.integers(4, 24, (50, 2))
    boxes = np.concatenate([low, low + random.integers(24, 38, (50, 2))], axis=1).astype(float)
    maps = []
    for stride in (8, 16, 32):
        at = np.arange(stride / 2, 64, stride)
        inside = [(at >= boxes[:, [axis]]) & (at < boxes[:, [axis + 2]]) for axis in (0, 1)]
        bright = (inside[1][:, :, np.newaxis] & inside[0][:, np.newaxis, :]).astype(np.float16)
        maps.append(np.stack([bright, random.normal(0, 0.1, bright.shape).astype(np.float16)], axis=-1))
    answers = np.stack([encode_centres([box], [0], 64, 1) for box in boxes])
    known = records.Known([level[:40] for level in maps], answers[:40], (1.0,) * 3)
    head = records.trained_head(known, 1, seed=0, steps=120, width=16)
    assert head.optimizer.iterations == 120
    said = head.predict([level[40:] for level in maps], verbose=0)
    surest = [decode_centres(each, 64)[:1] for each in said]
    unseen = [box_iou(each.boxes, [box])[0, 0] for each, box in zip(surest, boxes[40:], strict=True)]
    assert np.mean(unseen) > 0.5


class TestFreshBatches:
    scenes = records.crowded_scenes(5, first_seed=0, size=64)

    def epoch(self, batches):
        pixels, answers = zip(*(next(batches) for _ in range(3)), strict=True)
        assert [len(each) for each in pixels] == [2, 2, 1]
        assert all(0 <= np.min(each) < np.max(each) <= 255 for each in pixels)
        return np.concatenate(answers)

    def test_an_epoch_sees_each_scene_once_in_another_order(self, monkeypatch):
        """Told by the answers, where nothing is moved."""
        monkeypatch.setattr(records, "changes", lambda seed: RandomAffine(seed=seed))
        expected = [
            encode_centres(boxes, labels, 64, 2)
            for boxes, labels in zip(self.scenes.boxes, self.scenes.labels, strict=True)
        ]
        batches, orders = records.fresh_batches(self.scenes, seed=0, batch=2), []
        for _ in range(2):
            answers = self.epoch(batches)
            orders.append([[np.allclose(one, each) for each in expected].index(True) for one in answers])
        assert [sorted(order) for order in orders] == [[0, 1, 2, 3, 4]] * 2
        assert orders[0] != orders[1]

    def test_each_epoch_moves_them_anew(self):
        batches = records.fresh_batches(self.scenes, seed=0, batch=2)
        first, second = self.epoch(batches), self.epoch(batches)
        assert not any(np.allclose(one, other) for one in first for other in second)


@pytest.fixture(scope="module")
def tuned():
    """A pyramid of two layers, its head, their weights before they were tuned together, and what came of it."""
    keras.utils.set_random_seed(0)
    images = keras.Input((64, 64, 3))
    early = keras.layers.Conv2D(4, 1, name="early")(keras.layers.AveragePooling2D(8)(images))
    fine = keras.layers.Conv2D(4, 1, name=records.TUNED_FROM)(early)
    coarser = [keras.layers.AveragePooling2D(side)(fine) for side in (2, 4)]
    pyramid = keras.Model(images, [fine, *coarser])
    head = centre_head(pyramid.output_shape, num_classes=2, width=8)
    before = {layer.name: layer.get_weights() for layer in pyramid.layers if layer.weights}
    scenes = records.crowded_scenes(12, first_seed=0, size=64)  # two batches
    network = records.tuned_detector(pyramid, head, (2.0, 1.0, 1.0), scenes, 0, epochs=2)
    return pyramid, head, before, network


def test_what_stands_before_the_third_block_stays_and_the_rest_learns(tuned):
    pyramid, _, before, network = tuned
    changed = {
        name: any((old != new).any() for old, new in zip(weights, pyramid.get_layer(name).get_weights(), strict=True))
        for name, weights in before.items()
    }
    assert changed == {"early": False, records.TUNED_FROM: True}
    assert network.optimizer.iterations == 4


def test_the_tuned_detector_says_of_images_what_the_head_says_of_their_divided_maps(tuned):
    pyramid, head, _, network = tuned
    pixels = records.crowded_scenes(3, first_seed=9, size=64).pixels.astype(np.float32)
    fine, *coarser = pyramid.predict(pixels, verbose=0)
    expected = head.predict([fine / 2, *coarser], verbose=0)
    np.testing.assert_allclose(network.predict(pixels, verbose=0), expected, rtol=1e-4, atol=1e-4)


def test_no_record_of_photographs_is_made_of_drawings(monkeypatch):
    drawn = load_penn_fudan(source="drawn")
    monkeypatch.setattr("labkit.datasets.load_penn_fudan", lambda: drawn)
    with pytest.raises(RuntimeError, match="a record needs the photographs of Penn-Fudan"):
        records.record_detector_pedestrians(0)


@pytest.fixture(scope="module")
def page():
    """What the page defines: its loss, and how it reads boxes off answers."""
    cells = {cell.id: cell.source for cell in nbformat.read(NOTEBOOK, as_version=4).cells}
    space = {}
    for name in ("c19-imports", "c19-loss"):
        exec(cells[name], space)
    exec(cells["c19-decode"].partition("\nanswers =")[0], space)
    return space


@pytest.fixture
def answers():
    """What places might say: logits mostly below zero, and distances."""
    random = np.random.default_rng(19)
    said = np.concatenate([random.normal(-3, 2, (756, 2)), random.uniform(4, 40, (756, 4))], axis=1)
    return said.astype(np.float32)


class TestPage:
    """The functions that the page writes by hand are those of the library."""

    def test_its_boxes_are_those_of_decode_centres(self, page, answers):
        found, right = page["find"](answers), decode_centres(answers, 192, most=2000)
        order = np.lexsort((found.labels, -found.scores))
        other = np.lexsort((right.labels, -right.scores))
        assert len(found) == len(right) > 50
        assert np.allclose(found.scores[order], right.scores[other], atol=1e-6)
        assert np.allclose(found.boxes[order], right.boxes[other], atol=1e-3)

    def test_nothing_is_found_where_nothing_is_sure(self, page, answers):
        assert len(page["find"](answers - [9, 9, 0, 0, 0, 0])) == 0

    def test_its_loss_is_the_librarys(self, page, answers):
        truths = encode_centres([[10, 20, 70, 90], [100, 30, 190, 160]], [0, 1], 192, 2)
        both, said = np.stack([truths, 0 * truths]), np.stack([answers, answers])
        own = float(page["detector_loss"](both, said))
        assert own == pytest.approx(float(CentreLoss(2, box_weight=2.0)(both, said)), rel=1e-4)
