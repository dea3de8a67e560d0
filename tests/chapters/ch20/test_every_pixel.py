"""What the records of chapter 20 measure, on masks and maps that can be worked out by hand."""

import keras
import numpy as np
import pytest
from scipy.signal import correlate2d

from labkit import ops
from labkit.chapters.ch20 import exercises, pencils
from labkit.chapters.ch20 import experiments as records
from labkit.datasets import load_penn_fudan
from labkit.training.localization.losses import dice_loss


def test_each_hundred_and_twenty_scenes_have_a_seed_of_their_own(monkeypatch):
    asked = []
    drawn = records.scenes(1, 0)
    monkeypatch.setattr(
        records, "draw_scenes", lambda n, size, animals, seed: asked.append((n, seed, animals)) or drawn
    )
    records.scenes(250, first_seed=7)
    assert asked == [(120, 7, (1, 3)), (120, 8, (1, 3)), (10, 9, (1, 3))]


def test_small_animals_are_small_and_as_many_as_asked_for():
    some = records.small_ones(40, first_seed=3)
    shares = some.foreground.mean(axis=(1, 2))
    assert len(some) == 40
    assert (shares > 0).all()
    assert (shares <= 0.04).all()
    assert (some.counts == 1).all()


def test_a_mirrored_mask_is_that_of_the_mirrored_image():
    scenes = records.scenes(2, first_seed=0)
    images, masks = records.mirrored(scenes.pixels), records.mirrored(scenes.foreground)
    assert np.array_equal(images[2:], scenes.pixels[:, :, ::-1])
    assert np.array_equal(masks[3], scenes.foreground[1, :, ::-1])


def test_figures_are_those_of_masks_counted_by_hand():
    """Four shared of 6 and 6 pixels."""
    found = records.figures("x", exercises.SAID[np.newaxis], exercises.THERE[np.newaxis])
    assert found["x"] == found["x_image"] == 0.5
    assert found["x_dice"] == pytest.approx(2 / 3, abs=1e-4)
    assert found["x_found"] == pytest.approx(4 / 6, abs=1e-4)
    assert found["x_accuracy"] == 12 / 16


def square_maps(count, seed):
    """Maps as an encoder of 64×64 pixels would make them: the finest shows edges, the coarsest where about."""
    random = np.random.default_rng(seed)
    masks = np.zeros((count, 64, 64), bool)
    for mask, (top, left), (high, wide) in zip(
        masks, random.integers(0, 36, (count, 2)), random.integers(12, 28, (count, 2)), strict=True
    ):
        mask[top : top + high, left : left + wide] = True
    maps = []
    for stride, channels in zip(records.STRIDES, (4, 4, 4, 4, 4), strict=True):
        side = 64 // stride
        shares = masks.reshape(count, side, stride, side, stride).mean(axis=(2, 4))
        noise = random.normal(0, 0.05, (count, side, side, channels))
        maps.append((noise + shares[..., np.newaxis]).astype(np.float16))
    return maps, masks


@pytest.fixture(scope="module")
def with_and_without():
    maps, masks = square_maps(96, 0)
    asked, there = square_maps(24, 1)
    return {
        skips: records.figures("x", records.said_by(records.trained(maps, masks, 0, skips=skips), asked), there)
        for skips in (True, False)
    }


def test_with_skips_a_decoder_finds_the_outline(with_and_without):
    assert with_and_without[True]["x"] > 0.9
    assert with_and_without[True]["x"] > with_and_without[False]["x"] + 0.1
    assert with_and_without[True]["x_outline"] > with_and_without[False]["x_outline"] + 0.2


def test_fresh_copies_differ_and_masks_go_along():
    scenes = records.scenes(3, first_seed=1)
    copies = records.fresh_copies(scenes, seed=0)
    (images, masks), (others, _) = next(copies), next(copies)
    assert images.shape == (3, 128, 128, 3)
    assert masks.shape == (3, 128, 128, 1)
    assert set(np.unique(masks)) == {0, 1}
    assert images.min() >= 0
    assert images.max() <= 255
    assert not np.array_equal(images, others)


def test_probabilities_are_the_mean_with_the_mirror_image():
    """A network whose logit is its own column's brightness: the mirrored answer has to be turned back."""
    image = keras.Input((4, 4, 3))
    network = keras.Model(image, image[..., :1] * np.float32([0, 1, 2, 3]).reshape(1, 1, 4, 1) / 255)
    pixels = np.full((1, 4, 4, 3), 255, np.uint8)
    given = 1 / (1 + np.exp(-np.arange(4.0)))
    assert records.probabilities(network, pixels)[0, 0] == pytest.approx((given + given[::-1]) / 2, abs=1e-6)


def test_in_the_second_half_the_encoder_is_tuned_but_for_its_normalization_and_first_blocks(monkeypatch):
    seen = []

    def look(model, *arguments, **others):
        layers = next(layer for layer in model._flatten_layers() if layer.name == "backbone").layers
        seen.append({layer.name: bool(layer.trainable_weights) for layer in layers})

    monkeypatch.setattr(keras.Model, "fit", look)
    records.street_network(records.scenes(2, first_seed=0), seed=0, frozen=1, tuned=1)
    frozen, tuned = seen
    assert not any(frozen.values())
    learning = {name for name, trains in tuned.items() if trains}
    assert learning
    assert all(name.startswith(records.TUNED) and "bn" not in name.split("_")[-1] for name in learning)


def test_no_record_of_photographs_is_made_of_drawings(monkeypatch):
    drawn = load_penn_fudan(source="drawn")
    monkeypatch.setattr("labkit.datasets.load_penn_fudan", lambda: drawn)
    with pytest.raises(RuntimeError, match="a record needs the photographs of Penn-Fudan"):
        records.record_pixels_pedestrians(0)


class TestExercises:
    """Solutions against other ways to the same numbers."""

    @pytest.mark.parametrize("stride", [1, 2, 3])
    def test_stamps_are_those_of_the_library_and_the_gradient_of_a_convolution(self, stride):
        random = np.random.default_rng(stride)
        image, kernel = random.integers(-3, 4, (3, 4)).astype(float), random.integers(-3, 4, (4, 3)).astype(float)
        result = exercises.stamped(image, kernel, stride)
        assert np.array_equal(result, ops.transposed2d(image, kernel, stride=stride))
        # <stamp(image), x> = <image, convolve(x)> for every x: one is the other's transpose.
        x = random.normal(size=result.shape)
        assert np.sum(result * x) == pytest.approx(np.sum(image * correlate2d(x, kernel, "valid")[::stride, ::stride]))

    def test_dice_is_one_less_the_loss(self):
        said, there = exercises.SAID, exercises.THERE
        _, dice = exercises.mask_scores(said, there)
        assert dice == pytest.approx(1 - float(dice_loss(there[np.newaxis], said[np.newaxis])[0]), abs=1e-6)

    @pytest.mark.parametrize(("kernel", "stride"), [(3, 2), (4, 2), (5, 2), (5, 3), (6, 3)])
    def test_how_often_a_pixel_is_written_at_most(self, kernel, stride):
        counts = ops.transposed2d(np.ones((9, 9)), np.ones((kernel, kernel)), stride=stride)
        assert pencils.most_written(kernel, stride) == counts.max()

    def test_the_nearest_centre_of_a_row(self):
        row = np.ones((1, 5), bool)
        assert exercises.to_nearest_centre(row, [(0, 0), (0, 3)]).tolist() == [[1, 1, 2, 2, 2]]
