"""What the records of chapter 18 measure, on maps and boxes that can be worked out by hand."""

import keras
import numpy as np
import pytest

from labkit.chapters.ch18 import experiments as records
from labkit.datasets import load_penn_fudan
from labkit.training import RandomAffine
from labkit.training.localization.losses import generalized_iou, smooth_l1


def test_each_sixty_scenes_have_a_seed_of_their_own(monkeypatch):
    asked = []
    drawn = records.scenes_with_one(1, 0)
    monkeypatch.setattr(records, "draw_scenes", lambda n, size, animals, seed: asked.append((n, seed)) or drawn)
    records.scenes_with_one(130, first_seed=7)
    assert asked == [(60, 7), (60, 8), (10, 9)]


def test_overlaps_are_those_of_pairs_and_a_box_turned_inside_out_has_none():
    said = [[0, 0, 4, 4], [6, 0, 2, 4], [0, 0, 4, 4]]
    there = [[0, 0, 4, 4], [2, 0, 6, 4], [2, 1, 6, 4]]
    assert records.overlaps(said, there) == pytest.approx([1, 0, 6 / 22])


def test_where_nothing_is_bright_the_box_is_the_whole_image():
    assert records.largest_box(np.zeros((4, 6)), 0.5).tolist() == [0, 0, 6, 4]


def test_the_best_threshold_is_the_one_that_cuts_at_the_box():
    heat = np.zeros((1, 20, 20))
    heat[0, 4:16, 4:16], heat[0, 6:12, 6:12] = 0.42, 1
    assert records.best_threshold(heat, [[6, 6, 12, 12]]) == 0.45
    assert records.best_threshold(heat, [[4, 4, 16, 16]]) == 0.1


class TestCopies:
    scenes = records.scenes_with_one(3, first_seed=0)

    def test_copies_stay_beside_their_scenes(self):
        copies = records.changed(self.scenes, records.changes(seed=0))
        assert [labels.tolist() for labels in copies.labels] == [labels.tolist() for labels in self.scenes.labels]
        assert copies.counts.tolist() == [1, 1, 1]
        assert not np.array_equal(copies.pixels, self.scenes.pixels)

    def test_an_animal_that_would_leave_the_image_stays(self):
        class Away(RandomAffine):
            """Shifts everything out of the image."""

            def draw_matrices(self, images):
                return np.tile(np.float32([[1, 0, 500], [0, 1, 0]]), (len(images), 1, 1))

        copies = records.changed(self.scenes, Away(fill_mode="constant"))
        assert np.array_equal(copies.pixels, self.scenes.pixels)

    def test_copies_come_after_the_scenes(self):
        more = records.with_copies(self.scenes, records.changes(seed=0), 2)
        assert len(more) == 9
        assert np.array_equal(more.pixels[:3], self.scenes.pixels)


def test_the_voting_head_is_a_weighted_mean_of_the_boxes_of_all_positions():
    """Against a sum over positions, written out."""
    keras.utils.set_random_seed(0)
    head = records.voting_head()
    maps = np.random.default_rng(0).normal(size=(2, 14, 14, 112)).astype(np.float32)
    raw = keras.Model(head.input, next(layer.output for layer in head.layers if layer.output.shape[1:] == (196, 5)))
    for votes, box in zip(raw.predict(maps, verbose=0).astype(float), head.predict(maps, verbose=0), strict=True):
        trust = np.exp(votes[:, 0]) / np.exp(votes[:, 0]).sum()
        total = np.zeros(4)
        for place, (weight, vote) in enumerate(zip(trust, votes[:, 1:], strict=True)):
            x, y = (place % 14 + 0.5) / 14, (place // 14 + 0.5) / 14
            left, top, right, bottom = 1 / (1 + np.exp(-vote))
            total += weight * np.array([x - left, y - top, x + right, y + bottom])
        assert box == pytest.approx(total, abs=1e-5)


def test_the_losses_are_those_of_the_library():
    random = np.random.default_rng(1)
    low = random.uniform(0, 0.5, (2, 20, 2))
    boxes = np.concatenate([low, low + random.uniform(0.05, 0.5, low.shape)], axis=-1).astype(np.float32)
    assert np.allclose(records.giou_loss(*boxes), 1 - np.asarray(generalized_iou(*boxes)))
    assert np.allclose(records.smooth_loss(*boxes), smooth_l1(*boxes, beta=0.1))


@pytest.mark.nightly
def test_a_head_learns_boxes_that_maps_show():
    """One channel is bright where the box is; the flattened head and the votes get it from the same 60 maps."""
    random = np.random.default_rng(2)
    sizes = random.integers(3, 8, (60, 2))
    low = random.integers(0, 14 - sizes)
    boxes = 16.0 * np.concatenate([low, low + sizes], axis=1)
    maps = random.normal(0, 0.1, (60, 14, 14, 112)).astype(np.float32)
    for each, (left, top, right, bottom) in zip(maps, (boxes / 16).astype(int), strict=True):
        each[top:bottom, left:right, :8] += 1
    found = records.heads_measured((maps[:50], boxes[:50]), (maps[50:], boxes[50:]), seed=0, steps=120)
    assert set(found) == {"flat_l1", "l1", "smooth_l1", "giou"}
    assert found["giou"].mean() > 0.6


def test_figures_of_a_seed_say_what_giou_gains():
    found = {"l1": np.array([0.4, 0.6]), "giou": np.array([0.5, 0.8])}
    assert records._figures(found) == {
        "l1": 0.5, "l1_half": 0.5, "giou": 0.65, "giou_half": 0.5, "giou_gain": 0.15
    }  # fmt: skip


def test_no_record_of_photographs_is_made_of_drawings(monkeypatch):
    drawn = load_penn_fudan(source="drawn")
    monkeypatch.setattr("labkit.datasets.load_penn_fudan", lambda: drawn)
    with pytest.raises(RuntimeError, match="a record needs the photographs of Penn-Fudan"):
        records.record_one_box_pedestrians(0)
