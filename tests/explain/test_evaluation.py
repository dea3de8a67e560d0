"""Measures with worked answers; the model keeps its weights through its own randomization."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from labkit.explain import (
    best_iou,
    cam,
    centre_blobs,
    compare_localization,
    deletion,
    energy_inside,
    find_layer,
    insertion,
    pointing_game,
    random_maps,
    randomize_weights,
)


def test_a_perfect_map_and_one_beside_it():
    mask = np.zeros((1, 6, 6), bool)
    mask[0, 1:3, 2:5] = True
    for measure in (pointing_game, energy_inside, best_iou):
        assert measure(mask.astype(float), mask)[0] == 1
        assert measure(1.0 - mask, mask)[0] == 0
        assert measure(np.zeros((1, 6, 6)), mask)[0] == 0


def test_best_iou_tries_every_threshold():
    rng = np.random.default_rng(0)
    maps = rng.integers(0, 5, (6, 5, 4)).astype(float)
    masks = rng.random((6, 5, 4)) < 0.4
    masks[:, 0, 0] = True
    for one, mask, found in zip(maps, masks, best_iou(maps, masks), strict=True):
        ious = [((one >= t) & mask).sum() / ((one >= t) | mask).sum() for t in np.unique(one[one > 0])]
        assert found == pytest.approx(max(ious))


def test_a_map_that_is_the_same_everywhere_has_the_objects_share():
    masks = np.zeros((1, 10, 10), bool)
    masks[0, :3, :4] = True
    assert energy_inside(np.ones((1, 10, 10)), masks)[0] == pytest.approx(0.12)
    assert best_iou(np.ones((1, 10, 10)), masks)[0] == pytest.approx(0.12)
    many = np.repeat(masks, 300, axis=0)
    assert energy_inside(random_maps(300, 10, 10), many).mean() == pytest.approx(0.12, abs=0.01)


def test_baselines():
    blob = centre_blobs(1, 9, 7)[0]
    assert np.unravel_index(blob.argmax(), blob.shape) == (4, 3)
    np.testing.assert_allclose(blob, blob[::-1, ::-1])
    np.testing.assert_array_equal(random_maps(2, 8, 8, seed=3), random_maps(2, 8, 8, seed=3))


def test_the_table_of_methods(small_model, images):
    masks = np.zeros((5, 12, 12), bool)
    masks[:, 3:9, 3:9] = True
    table = compare_localization(
        small_model,
        images,
        masks,
        {name: lambda m, x, n=name: cam(m, x, 0, method=n) for name in ("grad-cam", "eigen-cam")},
    )
    assert [row.method for row in table] == ["grad-cam", "eigen-cam", "centre blob", "random"]
    np.testing.assert_array_equal(table["grad-cam"].energy, energy_inside(cam(small_model, images, 0).maps, masks))
    assert "centre blob  1.000 ± 0.000" in str(table)
    assert table["grad-cam"].seconds > 0
    assert '<th scope="row">random</th>' in table._repr_html_()


def test_curves_by_hand(small_model, images):
    """Pixels in the order of a random map; the probability from the model itself."""
    maps = np.random.default_rng(4).random((5, 12, 12))
    for curves, start, end in (
        (deletion(small_model, images, maps, 1, steps=3, fill=0.5), images, np.full_like(images, 0.5)),
        (insertion(small_model, images, maps, 1, steps=3, fill=0.5), np.full_like(images, 0.5), images),
    ):
        for number in range(5):
            mixed = start[number].copy()
            order = np.argsort(-maps[number].ravel())
            for step, count in enumerate((0, 48, 96, 144)):
                mixed.reshape(-1, 3)[order[:count]] = end[number].reshape(-1, 3)[order[:count]]
                expected = small_model(mixed[None]).numpy()[0, 1]
                assert curves.scores[number, step] == pytest.approx(expected, abs=1e-5)
        trapezoids = [(a + 2 * b + 2 * c + d) / 6 for a, b, c, d in curves.scores]
        np.testing.assert_allclose(curves.areas, trapezoids)
    assert insertion(small_model, images, maps, 1, steps=2).scores.shape == (5, 3)


def test_a_good_map_deletes_faster_than_its_opposite():
    import keras

    model = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(2)])
    weights = np.random.default_rng(0).uniform(size=(16, 2))
    model.set_weights([weights, np.zeros(2)])
    good = weights[:, 1].reshape(1, 4, 4)
    image = np.ones((1, 4, 4, 1))
    assert deletion(model, image, good, 1, steps=16).areas < deletion(model, image, 1 - good, 1, steps=16).areas
    assert insertion(model, image, good, 1, steps=16, fill=0).areas > insertion(model, image, 1 - good, 1, fill=0, steps=16).areas  # fmt: skip  # noqa: E501


def test_randomization(any_model, images):
    before = [weight.copy() for weight in any_model.get_weights()]
    maps = cam(any_model, images, 0, "conv2").maps
    seen = []

    def explain(model, pictures):
        seen.append(cam(model, pictures, 0, "conv2").maps)
        return seen[-1]

    found = randomize_weights(any_model, images, explain)
    assert [name.split(".")[-1] for name in found.layers] == ["answer", "conv2", "conv1"]
    for weight, kept in zip(any_model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, kept)
    np.testing.assert_array_equal(seen[0], maps)
    assert np.abs(seen[3] - seen[0]).max() > 0.1
    for row, after in zip(found.correlations, seen[1:], strict=True):
        for value, one, other in zip(row, seen[0], after, strict=True):
            if one.any() and other.any():
                assert value == pytest.approx(spearmanr(one.ravel(), other.ravel()).statistic, abs=1e-6)
    stops = randomize_weights(any_model, images, explain, layers="conv2")
    np.testing.assert_allclose(stops.correlations[0], found.correlations[1])


def test_randomization_gives_the_weights_back_after_an_exception(small_model, images):
    before = small_model.get_weights()
    calls = []

    def explain(model, images):
        calls.append(1)
        if len(calls) == 3:
            raise RuntimeError("inside")
        return np.zeros((5, 12, 12))

    with pytest.raises(RuntimeError, match="inside"):
        randomize_weights(small_model, images, explain)
    for weight, kept in zip(small_model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, kept)
    with pytest.raises(ValueError, match="layers is 'pool'"):
        randomize_weights(small_model, images, explain, layers="pool")
    assert find_layer(small_model, "conv1").layer.trainable


def test_bad_input(small_model, images):
    maps = np.zeros((5, 12, 12))
    for measure in (pointing_game, energy_inside, best_iou):
        for values, masks, words in (
            (maps, maps[:2], r"maps have shape \(5, 12, 12\) and masks \(2, 12, 12\)"),
            (maps - 1, maps + 1, "NaN or negative"),
            (maps, maps, r"masks\[0\] is empty"),
        ):
            with pytest.raises(ValueError, match=words):
                measure(values, masks)
    with pytest.raises(ValueError, match="maps have shape"):
        deletion(small_model, images, maps[:, :5])
    with pytest.raises(ValueError, match="steps is 0"):
        deletion(small_model, images, maps, steps=0)
    with pytest.raises(ValueError, match="fill is 'grey'"):
        insertion(small_model, images, maps, fill="grey")
